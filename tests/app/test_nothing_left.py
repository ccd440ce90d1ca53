"""Every file of a deployment that worked in all the ways there are, as people type it: when all is over, nothing."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import create_engine, text

from peelian.app import keeping
from peelian.app.feeding import feed_from
from peelian.app.fetching import bring
from peelian.app.receiving import receiver as receiver_for
from peelian.app.wiring import house
from peelian.city.feed.service import sign
from peelian.domain.errors import PeelianError
from peelian.domain.time import SimulatedClock, SystemClock
from peelian.governance.charter import example_text
from peelian.governance.conduct.staffing import record_training
from peelian.governance.principals import Role
from tests.app.line import Line
from tests.app.test_fetching import mapping_of
from tests.app.test_push import post
from tests.city.fetch.publishers.office import open_office, status
from tests.city.fetch.publishers.socrata import Socrata
from tests.governance.residue import residue
from tests.houses import MAPPING, PURPOSE, week_of_incidents

HEADER = "id,when,recorded,lon,lat,offence\n"
SECRET = bytes(range(32))
THEIRS = ("theirs/", "mapping.yaml")
"""What is the publisher's and the operator's own: deliveries as they were handed over, their database, the mapping."""

MARKED = {
    "ingested": ("KEY-INGESTED", "-87.6123456", "41.8654321"),
    "rejected": ("KEY-REJECTED", "-87.6123457", "41.8654322"),
    "dropped": ("KEY-DROPPED", "-87.6123458", "41.8654323"),
    "put aside": ("KEY-ASIDE", "-87.6123459", "41.8654324"),
    "unread": ("KEY-UNREAD", "-87.6123461", "41.8654326"),
    "pushed": ("KEY-PUSHED", "-87.6123462", "41.8654327"),
    "asked": ("KEY-ASKED", "-87.6123463", "41.8654328"),
    "staged": ("KEY-STAGED", "-87.6123464", "41.8654329"),
}
"""Values that stand nowhere else, by the way on which they come in."""


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimulatedClock:
    """The machine's clock, as every command reads it; files are dated by the real one, so it begins there."""
    made = SimulatedClock(datetime.now(UTC))
    monkeypatch.setattr(SystemClock, "now", lambda _: made.now())
    return made


@pytest.fixture
def told(clock: SimulatedClock, line: Line, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A chartered workspace with a feed from a folder, pushes and a database; return the feed's file."""
    today = clock.now().date() - timedelta(days=1)
    written = line.file("charter.toml", example_text(valid_from=today, expires=today + timedelta(days=60)))
    submitted = line.ask("charter", "submit", written, who="Ann")
    line.ask("charter", "approve", submitted["digest"], who="Abe")
    inbox, theirs = line.folder / "inbox", line.folder / "theirs"
    inbox.mkdir()
    theirs.mkdir()
    url = f"sqlite:///{theirs / 'rms.db'}"
    monkeypatch.setenv("PEELIAN_FEED_URL", url)
    columns = '"when" TEXT, recorded TEXT, lon TEXT, lat TEXT, offence TEXT, changed DATETIME'
    changed = f"{clock.now() - timedelta(hours=9):%Y-%m-%d %H:%M:%S}.000000"
    values = ", ".join(f"'{each}'" for each in (*row("asked").strip().split(","), changed))
    with create_engine(url).begin() as connection:
        connection.execute(text(f"CREATE TABLE incidents (id TEXT PRIMARY KEY, {columns})"))
        connection.execute(text(f"INSERT INTO incidents VALUES ({values})"))
    return line.file(
        "feed.yaml",
        f"schema: 1\nsource: {line.file('mapping.yaml', MAPPING)}\ninbox: {inbox}\nsettle_seconds: 0\n"
        "database: {table: incidents, changed: changed, key: id, overlap_minutes: 10}\n",
    )


def row(of: str, *, offence: str = "burglary") -> str:
    key, lon, lat = MARKED[of]
    day = f"{datetime.now(UTC) - timedelta(days=9):%Y-%m-%d}"
    return f"{key},{day} 02:00:00,{day} 08:00:00,{lon},{lat},{offence}\n"


def came_in(line: Line, told: Path, clock: SimulatedClock) -> None:
    """Bring rows in on every way: a delivery, a feed's folder, its database, a push, a fetch that is cut."""
    first = clock.now().date() - timedelta(days=29)
    weeks = [each.replace("|", ",") + "\n" for each in week_of_incidents(first=first)]
    delivery = line.file("theirs/delivery.csv", HEADER + "".join(weeks) + row("ingested"))
    with delivery.open("a") as lines:
        lines.write(row("rejected", offence=""))
    line.ask("ingest", delivery, "--mapping", line.folder / "mapping.yaml", who="Ann", purpose=True)
    line.file("inbox/1.csv", HEADER + row("dropped"))
    line.file("inbox/2.csv", HEADER.replace("offence", "crime") + row("put aside"))
    line.ask("feed", "run", told, "--once", who="Ann", purpose=True)
    pushed(line, told, clock)
    with open_office(Socrata()) as office:
        office.faults = dict.fromkeys(range(4, 14), status(502))
        with pytest.raises(PeelianError):
            bring(line.home, mapping_of(office), who="Ann", purpose=PURPOSE, sleep=lambda _: None)
    line.file("inbox/3.csv", HEADER + row("unread"))
    line.file("home/staging/left.parquet", row("staged"))


def pushed(line: Line, told: Path, clock: SimulatedClock) -> None:
    made = receiver_for(
        line.home, feed_from(told), who="Ann", purpose=PURPOSE, secret=SECRET, port=0, announce=print
    )
    with made, made.pushes.opened(now=clock.now()):
        thread = threading.Thread(target=made.handle_request)
        thread.start()
        content = (HEADER + row("pushed")).encode()
        signature = sign(content, secret=SECRET, at_s=int(clock.now().timestamp()))
        assert post(made, content, Peelian_Signature=signature)[0] == 202
        thread.join()


def went_out(line: Line) -> str:
    """Forecast, plan, and write files in the house's own folder and in two others; return what they all name."""
    forecast = line.ask("forecast", who="Ann", purpose=True)
    start = date.fromisoformat(forecast["period"]["start"])
    options = ("--forecast", forecast["forecast_id"], "--offence", "burglary")
    shift = ("--shift-start", f"{start}T16:00", "--places", 3, "--seed", 7)
    plan = line.ask("plan", *options, *shift, who="Ann", purpose=True)["plan"]["plan_id"]
    line.ask("approve", plan, who="Abe", purpose=True)
    to = ("--to", "Patrol units of the demonstration agency")
    for name in ("home/reports/plan.geojson", "out.geojson", "edited.geojson"):
        line.ask("export", plan, line.folder / name, *to, who="Ann", purpose=True)
    line.ask("report", *options, "--plan", plan, who="Ann", purpose=True)
    return str(plan)


def schooled(line: Line, name: str) -> None:
    """Have an analyst trained again, years later."""
    with house(line.home) as opened:
        person, admin, beside = opened.signer(name).principal, opened.signer("Adm"), opened.signer("Abe")
        until = opened.kit.clock.now().date() + timedelta(days=200)
        record_training(
            opened.kit,
            actor=admin,
            person=person,
            role=Role.ANALYST,
            course="Refresher",
            until=until,
            beside=beside,
        )


def left(line: Line, *things: str) -> list[tuple[str, str]]:
    """Return what is left in any file of the deployment; ids in entries of the ledger say nothing, and stay."""
    return [
        (path, thing)
        for path, thing in residue(line.folder, things)
        if not path.startswith(THEIRS) and not (path == "home/ledger/ledger.db" and thing.count("-") == 4)
    ]


@pytest.mark.requirement("R01", "R03")
def test_of_what_came_in_on_every_way_and_went_out_nothing_is_left_when_it_is_over(
    clock: SimulatedClock,
    line: Line,
    told: Path,
) -> None:
    came_in(line, told, clock)
    plan = went_out(line)
    backup = ("backup", "make", line.folder / "backup", "--erasures", line.folder / "list.json")
    line.ask(*backup, who="Adm")
    (line.folder / "edited.geojson").write_text("mine now")
    things = [each for values in MARKED.values() for each in values] + [f"HX{n}" for n in range(101, 113)]
    before = {thing for _, thing in left(line, *things, plan)}
    clear = {thing for name, values in MARKED.items() for thing in values if name != "rejected"}
    hashed = {"KEY-INGESTED", "KEY-DROPPED"}
    swept_at_once = set(MARKED["staged"])
    assert before >= (clear | {plan}) - hashed - swept_at_once

    clock.advance(timedelta(days=300))
    schooled(line, "Ann")
    assert "geojson" not in line.type("keep", who="Ann").out
    clock.advance(timedelta(days=100))
    schooled(line, "Ann")
    listed = line.type("keep", who="Ann").out.replace("\n", "")
    assert "out.geojson was over on" in listed
    assert "edited.geojson was over on" in listed
    assert "which nobody touches" in listed
    assert not (line.home / "reports" / "plan.geojson").exists()
    assert line.ask("keep", "--files")["files_destroyed"] == [str(line.folder / "out.geojson")]

    clock.advance(timedelta(days=700))
    assert "parts of incident" in line.type("keep").out
    assert left(line, *things, plan) == []
    assert (line.folder / "edited.geojson").read_text() == "mine now"
    assert line.ask("ledger", "verify")["entries"] > 50


@pytest.mark.requirement("R01")
def test_whoever_watches_leaves_nothing_a_minute_after_it_fell_due(
    clock: SimulatedClock,
    line: Line,
    told: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Files nobody reads any more are over thirty days after they came, charter or no charter."""
    came_in(line, told, clock)
    unread = [each for name in ("put aside", "unread", "pushed") for each in MARKED[name]] + ["KEY-ASKED"]
    due = clock.now() + timedelta(days=30)
    clock.set(due - timedelta(seconds=5))
    ticks: list[datetime] = []

    def tick(_seconds: float) -> None:
        assert ticks or left(line, *unread), "it was not due yet"
        clock.advance(timedelta(seconds=1))
        ticks.append(clock.now())
        if ticks[-1] > due + timedelta(seconds=60):
            raise KeyboardInterrupt

    monkeypatch.setattr(keeping, "time", SimpleNamespace(sleep=tick))  # other threads sleep as ever
    line.type("keep", "--watch")
    assert left(line, *unread) == []
