"""Nothing stored is read, changed or let out without a ledger entry: every door and every command is walked.

The exempt are named here with the reason, and the lists must be total: a new door or command that nobody
walked fails the first test.
"""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
import typer

import peelian
from peelian.app.cli import application
from peelian.city import service as city
from peelian.city.mapping.file import parse_mapping
from peelian.city.quality.window import UnreliableWindow
from peelian.domain.time import Period, utc
from peelian.forecast import service as forecasting
from peelian.forecast.auditing import service as auditing
from peelian.forecast.proxies import AreaShares
from peelian.governance import service as governance
from peelian.governance.examine import service as examine
from peelian.governance.principals import Role
from peelian.patrol import service as patrol
from peelian.storage import parts as part_files
from peelian.storage.store import Store
from tests.house.city_walk import CITY_WALK
from tests.house.persons_walk import PERSONS_WALK, TOLD
from tests.house.review_walk import REVIEW_WALK
from tests.house.rights_walk import RIGHTS_WALK
from tests.house.stage import Stage
from tests.houses import MAPPING, PURPOSE, TestHouse, charter, found, week_of_incidents

LAWFULNESS = examine.LogPurpose.LAWFULNESS
PACKAGE = Path(peelian.__file__).parent
DOORS = tuple(
    ".".join(path.relative_to(PACKAGE).parent.parts) for path in sorted(PACKAGE.rglob("service.py"))
)
"""Every room, and every part of a room, that has a door."""

EXEMPT_DOORS = {
    "city.read_own": "reads the caller's own file and stores nothing",
    "forecast.evaluate_incidents": "works on the caller's own table",
    "patrol.prices": "compares values that were read before",
    "patrol.within_charter": "compares values",
    "simulate.simulate": "invents; reads and stores nothing",
    # governance's own tables: they are what the desk decides by (listed in the design as outside the claim)
    "governance.charter_of": "governance's own table",
    "governance.person_named": "governance's own table",
    "governance.receipt": "proof of an entry the caller just made",
    "governance.signer_for": "makes a value",
    # what is brought here, drafted or prepared without touching anything stored
    "city.fetch.fetch_source": "brings a delivery to a folder, after city.begin_collection; the load is the act",
    "city.fetch.let_go": "destroys what was brought",
    "city.fetch.let_go_of_old": "destroys what was brought and never loaded",
    "city.fetch.letting_go_of_all": "destroys what was brought and never loaded, with the erasure it is part of",
    "city.fetch.remember": "writes down how far a delivery got, once its load is durable",
    "city.feed.parse_feed": "reads the caller's own file",
    "city.feed.take_in": "carries each file to the door of the room",
    "city.drafting.check_source": "reads the caller's own file and stores nothing",
    "city.drafting.source_page": "reads the caller's own file and stores nothing",
    # asked of a house that was restored from a backup only; tests/city/release/test_restored.py walks them in one
    "city.release.state_releases": "in any other house it says that nothing is asked",
    "city.release.stated_releases": "in any other house nothing waits",
    "city.release.approve_releases": "in any other house there is nothing to approve",
    # counts at the sitting that a door of the room has opened, and only there
    "forecast.counting.models_named": "chooses models",
    "forecast.counting.require_exact": "asks at a sitting that is already open",
    "forecast.counting.require_known": "asks at a sitting that is already open",
    "forecast.counting.stored_histories": "asks at a sitting that is already open",
    "forecast.counting.stored_span": "asks at a sitting that is already open",
    "city.environment.dwellings": "asks at a sitting that is already open",
    "city.environment.fewest_dwellings": "asks at a sitting that is already open",
    "city.streets.street_file": "chooses a reader",
    "city.erasure.erasable": "binds a key",
    "city.feed.know_inbox": "notes where a feed's deliveries lie; each pass and each push has its own entry",
    "city.feed.let_go_of_unread": "destroys what was never taken in, after the entry it is handed",
}

EXEMPT_COMMANDS = {
    "prohibited try": "judges the caller's own words",
    "prohibited duties": "shows what comes with the house",
    "evaluate": "works on the caller's own file and stores nothing",
    "ledger witness": "asks the witness for a signature; shows the signed head only",
    "charter new": "writes an empty form",
    "charter check": "reads the caller's own file",
    "charter list": "governance's own table",
    "capability list": "governance's own table",
    "principal list": "governance's own table",
    "source list": "shows what comes with the house",
    "source draft": "works on the caller's own file and stores nothing",
    "source check": "works on the caller's own file and stores nothing",
    "source page": "works on the caller's own file and stores nothing",
    "backup keys": "seals key files; there is no row in them",
    "witness key": "a witness is somebody else's: it has no workspace",
    "witness serve": "a witness is somebody else's: it has no workspace, and remembers signed heads only",
    "backup restore": "there is no ledger to enter into before it; what it then erases is entered",
    "witness list": "governance's own record",
}

WALKED_COMMANDS = {
    *("init", "principal new", "charter submit", "charter approve", "ingest", "quality", "forecast", "score"),
    *("plan", "approve", "export", "report", "ledger prove", "ledger export"),  # tests/app/test_cli.py
    *("ledger list", "ledger show", "ledger verify"),  # tests/app/test_cli.py
    *("demo", "serve"),  # tests/app/test_demo.py, tests/app/test_serve.py
    *(f"place {kind}" for kind in ("streets", "boundaries", "shifts", "layer", "condition", "list", "page")),
    *("mark set", "mark lift", "mark list", "address waiting", "address fix", "address street"),
    *("erasure order", "erasure carry-out", "backup make", "backup erasures", "backup approve"),
    *("backup stated", "backup releases", "backup stated-releases", "backup approve-releases"),
    *("release", "fetch", "feed run", "feed merge", "feed receive"),
    *("audit proxies",),  # tests/forecast/test_proxies.py
    # tests/app/test_cli_city.py
    *(f"rights {step}" for step in ("request", "prove", "answer", "decide", "fulfil", "close")),
    *(f"rights {step}" for step in ("contest", "withdraw", "status", "list")),
    # tests/app/test_cli_rights.py
    *("keep", "hold set", "hold approve", "hold lift", "hold list", "erasure certificate"),
    # tests/app/test_cli_keeping.py
    *(
        f"rights {step}"
        for step in (
            *(
                "request",
                "prove",
                "answer",
                "decide",
                "fulfil",
                "close",
                "contest",
                "withdraw",
                "status",
                "list",
                "contact",
                "notice",
                "notices",
                "defer-notice",
            ),
        )
    ),  # tests/app/test_cli_rights.py
    *("keep", "hold set", "hold approve", "hold lift", "hold list"),  # tests/app/test_cli_keeping.py
    *("stop", "resume", *(f"capability {verb}" for verb in ("review", "restore", "withdraw", "approve"))),
    *(f"case {verb}" for verb in ("open", "assign", "close", "list")),
    *("audit watch", "audit misuse", "audit vague", "principal train", "principal post"),
    *(f"break-glass {verb}" for verb in ("open", "list", "review")),
    *(f"breach {verb}" for verb in ("record", "notify", "list", "export")),
    # tests/app/test_cli_oversight.py
    *(f"review {name}" for name in ("list", "read", "dispose", "handover", "statistics")),
    *("review decoys add", "review decoys stock"),
    # tests/app/test_cli_review.py
    *(f"authorisation {verb}" for verb in ("request", "decide", "list", "show")),
    # tests/app/test_cli_authorisation.py
    *(f"person {verb}" for verb in ("register", "find", "merge", "order-erasure", "erase", "orders")),
    "person validate",
    *(f"rights {step}" for step in ("restrict", "propose-lifting", "lift", "restrictions")),
    *("rights ask-to-open", "rights open"),
    # tests/app/test_cli_persons.py
    *("witness set", "principal end"),
    # tests/app/test_cli_people.py
}


def public(module_name: str) -> set[str]:
    module = importlib.import_module(f"peelian.{module_name}.service")
    return {
        f"{module_name}.{name}"
        for name, item in vars(module).items()
        if inspect.isfunction(item) and not name.startswith("_") and _is_of(module_name, item)
    }


def _is_of(module_name: str, function: Callable[..., object]) -> bool:
    """Return whether a function is this door's own: written there, or in its package and taking a desk."""
    where = function.__module__
    beside = where.startswith(f"peelian.{module_name}.") and "desk" in inspect.signature(function).parameters
    return beside or where == f"peelian.{module_name}.service"


def commands(app: typer.Typer, prefix: str = "") -> set[str]:
    names = {
        prefix + (c.name or (c.callback.__name__ if c.callback else "")) for c in app.registered_commands
    }
    for group in app.registered_groups:
        assert group.typer_instance is not None
        names |= commands(group.typer_instance, f"{prefix}{group.name} ")
    return names


@pytest.mark.requirement("L02")
def test_every_door_is_walked_or_exempt_for_a_reason() -> None:
    doors = set().union(*(public(room) for room in DOORS))
    assert doors - set(EXEMPT_DOORS) == set(WALK)
    assert set(EXEMPT_DOORS) <= doors


def test_every_command_is_walked_or_exempt_for_a_reason() -> None:
    assert commands(application()) == WALKED_COMMANDS | set(EXEMPT_COMMANDS)


@pytest.fixture
def walked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TestHouse:
    house = found(tmp_path)
    charter(house)
    house.load(week_of_incidents(first=date(2026, 1, 26), days=34))
    for key in ("S1", "S2"):  # two small parts, which are worth merging
        house.load([f"{key}|2026-02-10 10:00:00|2026-02-11 10:00:00|-87.65|41.85|burglary"])
    return house


@pytest.mark.requirement("L02", "L07")
def test_no_door_opens_without_an_entry(
    walked: TestHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readers = spy_on_storage(monkeypatch)
    stage: Stage | None = None
    for name, step in WALK.items():
        with walked.open() as opened:
            stage = replace(stage, house=opened) if stage else Stage(opened, tmp_path)
            if name == "forecast.score":
                walked.clock.advance(timedelta(days=9))
            if name == TOLD:
                walked.clock.advance(timedelta(days=15))
            before = opened.kit.ledger.size
            stage = step(stage) or stage
            left = {entry.kind for entry in opened.kit.ledger.entries(before)}
            assert left - {"request.refused", "act.abandoned"}, f"{name} left no entry of what it did"
    outside = {who for who in readers if not who.startswith("peelian.governance.")}
    assert outside == set()
    desk_only = {who for who in readers if who not in OWN_TABLE_READERS}
    assert desk_only == {"peelian.governance.reading"}


OWN_TABLE_READERS = {
    "peelian.governance.people",  # principals
    "peelian.governance.chartered",  # charters
    "peelian.governance.service",  # whether a charter's version is known
    "peelian.governance.circumstances.own_records",  # what the desk decides by: stops, suspensions, cases, training
    "peelian.governance.circumstances.roles_today",  # when each was enrolled
    "peelian.governance.persons.silence",  # for the desk: how many there are, sealed into entries and shown to nobody
    "peelian.governance.recovery",  # acts, not their content
    "peelian.governance.derived",  # the hashes and terms of parts, not their rows
    "peelian.governance.keeping.erase",  # the rows that an order names, to destroy them
    "peelian.governance.keeping.named_rows",  # the same, where they lie
    "peelian.governance.merge",  # which parts there are; their rows go from part to part and to nobody
    "peelian.governance.complete",  # whether what an entry announced is there
    "peelian.governance.dropped",  # whether what was taken away is back
    "peelian.governance.persons.sealed_records",  # for the desk: opens records about a person, each with its entry
    "peelian.governance.persons.lapse",  # whether a request in which somebody was searched for still stands open
    "peelian.governance.persons.subject_erasure",  # the records of the person whom an order names, to destroy them
    "peelian.governance.backups.past_persons",  # orders and certificates, for the list beside the backups
    "peelian.governance.keeping.sweep",  # what is over, to destroy it
    "peelian.governance.keeping.holds",  # holds
    "peelian.governance.backup_terms",  # which parts stand, to destroy the keys of those that do not
    "peelian.governance.ends",  # whether a charter stands
    "peelian.governance.keeping.held",  # the rows of parts that are over, for what a hold keeps of them
    "peelian.governance.committed",  # for the desk: a part's row beside its entry
    "peelian.governance.keeping.stopped_uses",  # what came of uses without authorisation, to destroy it
    "peelian.governance.keeping.written",  # where files were put, to destroy them at their end
    "peelian.governance.reconciled",  # for `ledger verify`: rows against entries, shown to nobody
    "peelian.governance.keeping.departed",  # what is filed under whoever left long ago, to destroy it
}


def spy_on_storage(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note which module calls each reading method of the store, and each opening of a part."""
    seen: list[str] = []

    def noting(original: Callable[..., object]) -> Callable[..., object]:
        def note(*arguments: object, **named: object) -> object:
            seen.append(sys._getframe(1).f_globals["__name__"])
            return original(*arguments, **named)

        return note

    reading = (
        "parts",
        "records",
        "records_about",
        "rejected",
        "principals",
        "charters",
        "approvals",
        "act_indices",
    )
    for name in reading:
        monkeypatch.setattr(Store, name, noting(getattr(Store, name)))
    located = noting(part_files.located)
    monkeypatch.setattr("peelian.governance.reading.located", located)
    return seen


# -- the walk, in an order in which each step finds what it needs --------------------------------------


def _desk(stage: Stage, name: str = "Ann"):
    return stage.house.desk(stage.house.signer(name))


def _enrol(stage: Stage) -> None:
    keys = stage.house.folder("keys")
    admin = stage.house.signer("Adm")
    governance.enrol(stage.house.kit, actor=admin, name="New", roles=[Role.ANALYST], keys=keys)


def _charter_text(stage: Stage) -> str:
    from peelian.governance.charter import example_text

    first = stage.house.kit.clock.now().date()
    return example_text(valid_from=first, expires=first + timedelta(days=99)).replace(
        "version = 1", "version = 2"
    )


def _submit(stage: Stage) -> None:
    governance.submit_charter(stage.house.kit, actor=stage.house.signer("Ann"), text=_charter_text(stage))


def _approve_charter(stage: Stage) -> None:
    submitted = governance.charters(stage.house.kit)[-1].charter
    governance.approve_charter(
        stage.house.kit, actor=stage.house.signer("Abe"), charter_digest=submitted.digest
    )


def _prove(stage: Stage) -> None:
    stage.house.cosign()
    examine.prove_entry(stage.house.kit, actor=stage.house.signer("Aud"), purpose=LAWFULNESS, index=0)


def _export_ledger(stage: Stage) -> None:
    examine.export_ledger(
        stage.house.kit,
        actor=stage.house.signer("Aud"),
        purpose=LAWFULNESS,
        folder=stage.folder / "bundle",
    )


def _begin_collection(stage: Stage) -> None:
    mapping = parse_mapping(MAPPING, name="test.yaml")
    city.begin_collection(_desk(stage), purpose=PURPOSE, mapping=mapping, database="sqlite, table incidents")


def _load(stage: Stage) -> Stage:
    bad, good = "K1,never,2026-02-01 10:00:00", "K2,2026-02-01 09:00:00,2026-02-01 10:00:00"
    return replace(stage, load_id=_delivered(stage, bad, good))


def _delivered(stage: Stage, *rows: str) -> str:
    path = stage.folder / "again.csv"
    lines = ["id,when,recorded,lon,lat,offence", *(f"{row},-87.65,41.85,burglary" for row in rows)]
    path.write_text("\n".join(lines) + "\n")
    report = city.load(
        _desk(stage),
        file=path,
        mapping=parse_mapping(MAPPING, name="test.yaml"),
        purpose=PURPOSE,
        naming_key=stage.house.naming_key,
        epsg=32616,
        progress=lambda done, total: None,
    )
    return report.load_id


def _score(stage: Stage) -> None:
    period = _read_forecast(stage).period
    _delivered(stage, f"K9,{period.end} 01:00:00,{period.end} 02:00:00")
    forecasting.score(_desk(stage), purpose=PURPOSE, forecast_id=stage.forecast_id)


def _commit(stage: Stage) -> Stage:
    kept = forecasting.commit(
        _desk(stage), purpose=PURPOSE, grid=stage.house.settings.grid, zone="America/Chicago"
    )
    return replace(stage, forecast_id=kept.forecast_id)


def _read_forecast(stage: Stage) -> forecasting.KeptForecast:
    return forecasting.read(_desk(stage), purpose=PURPOSE, forecast_id=stage.forecast_id)


def _evaluate(stage: Stage) -> None:
    forecasting.evaluate_stored(
        _desk(stage),
        purpose=PURPOSE,
        grid=stage.house.settings.grid,
        zone="America/Chicago",
        origins=2,
        rng=np.random.default_rng(1),
    )


def _propose(stage: Stage) -> Stage:
    forecast = _read_forecast(stage)
    kept = patrol.propose_plan(
        _desk(stage),
        purpose=PURPOSE,
        surface=forecast.surface("burglary"),
        places=2,
        shift_start=utc(forecast.period.start_utc + timedelta(hours=16)),
        seed=1,
    )
    return replace(stage, plan_id=kept.plan.plan_id)


def _approve_plan(stage: Stage) -> None:
    surface = _read_forecast(stage).surface("burglary")
    patrol.approve_plan(_desk(stage, "Abe"), purpose=PURPOSE, plan_id=stage.plan_id, surface=surface)


def _measure_proxies(stage: Stage) -> None:
    grid = stage.house.settings.grid
    cells = np.unique(_read_forecast(stage).surfaces[0].cells, axis=0)
    auditing.measure_proxies(
        _desk(stage),
        purpose=PURPOSE,
        grid=grid,
        zone="America/Chicago",
        areas=AreaShares(grid.centres(cells), ("share_renting",), np.linspace(0, 1, len(cells))[:, None]),
        rng=np.random.default_rng(0),
    )


def _export_plan(stage: Stage) -> None:
    surface = _read_forecast(stage).surface("burglary")
    path = stage.folder / "plan.geojson"
    patrol.export_plan(
        _desk(stage),
        purpose=PURPOSE,
        plan_id=stage.plan_id,
        surface=surface,
        path=path,
        recipient="Patrol units of the demonstration agency",
    )


WALK: dict[str, Callable[[Stage], Stage | object | None]] = {
    "governance.enrol": _enrol,
    "governance.submit_charter": _submit,
    "governance.approve_charter": _approve_charter,
    "governance.examine.prove_entry": _prove,
    "governance.examine.export_ledger": _export_ledger,
    "governance.examine.list_entries": lambda s: void(
        examine.list_entries(s.house.kit, actor=s.house.signer("Aud"), purpose=LAWFULNESS)
    ),
    "governance.examine.show_entry": lambda s: void(
        examine.show_entry(s.house.kit, actor=s.house.signer("Aud"), purpose=LAWFULNESS, index=0)
    ),
    "governance.examine.verify_ledger": lambda s: void(examine.verify_ledger(s.house.kit, actor=None)),
    "city.begin_collection": _begin_collection,
    "city.load": _load,
    "city.quality": lambda s: void(city.quality(_desk(s), purpose=PURPOSE, zone="America/Chicago")),
    "city.rejected_rows": lambda s: void(city.rejected_rows(_desk(s), load_id=s.load_id, purpose=PURPOSE)),
    "forecast.evaluate_stored": _evaluate,
    "forecast.commit": _commit,
    "forecast.without_marked_days": lambda s: void(
        forecasting.without_marked_days(
            _desk(s),
            purpose=PURPOSE,
            grid=s.house.settings.grid,
            forecast=_read_forecast(s),
            windows=[
                UnreliableWindow(
                    "w",
                    Period(date(2026, 2, 2), date(2026, 2, 3), "America/Chicago"),
                    "",
                    (),
                    (),
                    "a new system",
                    "",
                )
            ],
            layers={},
        )
    ),
    "forecast.read": lambda s: void(_read_forecast(s)),
    "forecast.read_all": lambda s: void(forecasting.read_all(_desk(s), purpose=PURPOSE)),
    "patrol.propose_plan": _propose,
    "patrol.approve_plan": _approve_plan,
    "patrol.read_plan": lambda s: void(patrol.read_plan(_desk(s), purpose=PURPOSE, plan_id=s.plan_id)),
    "patrol.export_plan": _export_plan,
    **CITY_WALK,
    "forecast.score": _score,
    "forecast.read_scores": lambda s: void(
        forecasting.read_scores(_desk(s), purpose=PURPOSE, forecast_id=s.forecast_id)
    ),
    "forecast.auditing.measure_proxies": _measure_proxies,
    **RIGHTS_WALK,
    **REVIEW_WALK,
    **PERSONS_WALK,
}


def void(_: object) -> None:
    """Drop what a door returned."""
