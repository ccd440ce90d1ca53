"""Legal holds: they keep what an authority ordered, by two people, until their day and not longer."""

from __future__ import annotations

import json
import math
import shutil
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peelian.domain.errors import BadInput, Refused
from peelian.domain.identity import uuid7
from peelian.domain.time import SimulatedClock, iso
from peelian.governance.act import carry_out_as_house
from peelian.governance.keeping.hold_scope import Scope, scope_from_document
from peelian.governance.keeping.holds import Hold, approve_hold, lift_hold, list_holds, set_hold
from peelian.governance.keeping.written import note_written
from peelian.governance.service import hold_against_ledger
from peelian.storage.rows import Record, Writes
from tests.city.erasure.orders import carry_out, found_town, order, stored
from tests.houses import TestHouse

ROWS = [
    "A1|2026-02-03 10:00:00|2026-02-04 10:00:00|-87.65|41.85|burglary",
    "A2|2026-02-03 11:00:00|2026-02-04 10:00:00|-87.61|41.86|burglary",
    "A3|2026-02-05 12:00:00|2026-02-06 10:00:00|-87.65|41.87|vehicle theft",
    "bad|never|2026-02-04 10:00:00|-87.6|41.86|burglary",
]
TERM = timedelta(days=1095)
HERE = Scope(kind="incident", bbox=(-87.66, 41.8, -87.64, 41.9), first=date(2026, 2, 3), end=date(2026, 2, 4))
BY = "Circuit Court, 2026-CR-17"


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> TestHouse:
    house = found_town(tmp_path_factory.mktemp("held"), ROWS)
    house.clock.advance(TERM - timedelta(days=10))
    return house


@pytest.fixture
def house(founded: TestHouse, tmp_path: Path) -> TestHouse:
    """A house ten days before its incidents are over."""
    shutil.copytree(founded.home.parent, tmp_path, dirs_exist_ok=True)
    return TestHouse(tmp_path / "home", SimulatedClock(founded.clock.now()), tmp_path / "witness")


def set_for(house: TestHouse, scope: Scope, *, days: int, approve: bool = True) -> Hold:
    with house.open() as opened:
        ends = house.clock.now() + timedelta(days=days)
        why = "Evidence in a pending case."
        hold = set_hold(opened.kit, actor=opened.signer("Ann"), scope=scope, authority=BY, why=why, ends=ends)
        if approve:
            approve_hold(opened.kit, actor=opened.signer("Abe"), hold_id=hold.hold_id)
    return hold


def days_later(house: TestHouse, days: int) -> list[str]:
    """Return the days of the incidents that are stored so much later, everything held against the ledger."""
    house.clock.advance(timedelta(days=days))
    with house.open() as opened:
        hold_against_ledger(opened.kit)
    return [day for day, _, _ in stored(house)]


ALL = ["2026-02-03", "2026-02-03", "2026-02-05"]


@pytest.mark.requirement("R05")
def test_a_hold_keeps_what_is_over_until_its_day_and_then_it_goes(house: TestHouse) -> None:
    set_for(house, Scope(kind="incident"), days=100)
    assert days_later(house, 98) == ALL
    assert days_later(house, 3) == []


@pytest.mark.requirement("R05")
def test_of_a_part_only_the_held_rows_stay(house: TestHouse) -> None:
    set_for(house, HERE, days=100)
    assert days_later(house, 50) == ["2026-02-03"]
    assert days_later(house, 51) == []


def test_what_nobody_approves_lapses_after_three_days(house: TestHouse) -> None:
    hold = set_for(house, Scope(kind="incident"), days=100, approve=False)
    house.clock.advance(timedelta(hours=71))
    with house.open() as opened:
        (shown,) = list_holds(opened.kit, actor=opened.signer("Aud"))
        assert shown.state(at=house.clock.now()) == "in force, not approved yet"
    assert days_later(house, 11) == []
    with house.open() as opened:
        (shown,) = list_holds(opened.kit, actor=opened.signer("Aud"))
        assert (shown.hold_id, shown.state(at=house.clock.now())) == (
            hold.hold_id,
            "lapsed, for nobody approved it",
        )
        with pytest.raises(BadInput, match="is lapsed"):
            approve_hold(opened.kit, actor=opened.signer("Abe"), hold_id=hold.hold_id)


@pytest.mark.requirement("R05")
def test_two_people_make_a_hold_and_its_author_does_not_lift_it(house: TestHouse) -> None:
    hold = set_for(house, Scope(kind="incident"), days=100, approve=False)
    with house.open() as opened:
        ann, abe = opened.signer("Ann"), opened.signer("Abe")
        for person in (ann, opened.signer("Col"), opened.signer("Aud"), opened.signer("Adm")):
            with pytest.raises(Refused):
                approve_hold(opened.kit, actor=person, hold_id=hold.hold_id)
        approve_hold(opened.kit, actor=abe, hold_id=hold.hold_id)
        with pytest.raises(BadInput, match="approved before by Abe"):
            approve_hold(opened.kit, actor=abe, hold_id=hold.hold_id)
        with pytest.raises(Refused, match="two-persons"):
            lift_hold(opened.kit, actor=ann, hold_id=hold.hold_id, why="The case was closed.")
        for why in ("Done", " Done ", "x" * 301):
            with pytest.raises(BadInput, match="Say in 5 to 300 characters why the hold is lifted"):
                lift_hold(opened.kit, actor=abe, hold_id=hold.hold_id, why=why)
        lifted = lift_hold(opened.kit, actor=abe, hold_id=hold.hold_id, why=" Done. ")
        ((record, index),) = opened.kit.store.records("legal-hold", subject=hold.hold_id)
        assert (json.loads(record.body), index) == ({"lifts": hold.hold_id, "why": "Done."}, lifted.index)
        told = {"hold": hold.hold_id, "reason": "erasure-or-correction", "case": None}
        assert {name: lifted.facts[name] for name in told} == told
        kinds = [entry.kind for entry in opened.kit.ledger.entries()]
        assert [kind for kind in kinds if kind.startswith("hold.")] == [
            "hold.set",
            "hold.approved",
            "hold.lifted",
        ]
    assert days_later(house, 20) == []


@pytest.mark.parametrize("name", ["Adm", "Aud"])
def test_who_keeps_the_machine_and_who_audits_sets_none(house: TestHouse, name: str) -> None:
    with house.open() as opened, pytest.raises(Refused):
        ends = house.clock.now() + timedelta(days=9)
        why = "Evidence in a case."
        set_hold(opened.kit, actor=opened.signer(name), scope=HERE, authority=BY, why=why, ends=ends)


@pytest.mark.parametrize(
    ("days", "authority", "says"),
    [(0, BY, "ends after now"), (732, BY, "within 731 days"), (9, "", "5 to 300")],
)
def test_a_hold_has_an_end_within_two_years_and_an_authority(
    house: TestHouse, days: int, authority: str, says: str
) -> None:
    with house.open() as opened, pytest.raises(BadInput, match=says):
        ends = house.clock.now() + timedelta(days=days)
        why = "Evidence in a case."
        set_hold(opened.kit, actor=opened.signer("Ann"), scope=HERE, authority=authority, why=why, ends=ends)


def test_authority_and_reason_have_5_to_300_characters_and_the_end_is_at_most_731_days_away(
    house: TestHouse,
) -> None:
    with house.open() as opened:
        last = house.clock.now() + timedelta(days=731)

        def held(authority: str, why: str) -> Hold:
            actor = opened.signer("Ann")
            return set_hold(opened.kit, actor=actor, scope=HERE, authority=authority, why=why, ends=last)

        for text in ("Four", " Four ", "x" * 301):
            with pytest.raises(BadInput, match="Give the authority of the hold in 5 to 300 characters"):
                held(text, "Trial")
            with pytest.raises(BadInput, match="Give the reason of the hold in 5 to 300 characters"):
                held("Court", text)
        short, long = held(" Court ", " Trial "), held("x" * 300, "y" * 300)
        assert (short.authority, short.why, short.ends, short.scope) == ("Court", "Trial", last, HERE)
        assert (long.authority, long.why) == ("x" * 300, "y" * 300)
        lifted = lift_hold(opened.kit, actor=opened.signer("Abe"), hold_id=long.hold_id, why="z" * 300)
        states = [hold.state(at=lifted.time) for hold in list_holds(opened.kit, actor=opened.signer("Aud"))]
        assert states == ["in force, not approved yet", "lifted"]


@pytest.mark.requirement("R05")
def test_an_ordered_erasure_waits_for_the_hold(tmp_path: Path) -> None:
    house = found_town(tmp_path, ROWS)
    held, free = order(house, "A1").order_id, order(house, "A2").order_id
    hold = set_for(house, HERE, days=5)
    with pytest.raises(Refused) as refused:
        carry_out(house, held)
    assert str(refused.value) == (
        f"Rows of this order are kept by the legal hold {hold.hold_id} until {hold.ends:%Y-%m-%d %H:%M} UTC. "
        "[legal-hold: house rule, after Directive (EU) 2016/680, Article 16(3)(b)] "
        "Carry the order out when the hold has ended, or have another person than its author lift it."
    )
    assert house.entries()[-1] == "request.refused"
    assert carry_out(house, free)[0].rows == 1
    house.clock.advance(timedelta(days=6))
    assert carry_out(house, held)[0].rows == 1


def test_a_record_is_held_by_its_id_and_sealed_rows_by_the_id_of_their_load(house: TestHouse) -> None:
    with house.open() as opened:
        ((load, _),) = opened.kit.store.records("load")
        rejected = sum(opened.kit.store.rejected_counts().values())
    assert rejected == 0, "they were over long before"
    set_for(house, Scope(record=load.record_id), days=50)
    assert days_later(house, 20) == []
    with house.open() as opened:
        assert [record.record_id for record, _ in opened.kit.store.records("load")] == [load.record_id]
    days_later(house, 31)
    with house.open() as opened:
        assert opened.kit.store.records("load") == ()


def test_a_hold_leaves_itself_ten_years_after_its_day(house: TestHouse) -> None:
    set_for(house, HERE, days=100)
    days_later(house, 100 + 3650)
    with house.open() as opened:
        assert len(opened.kit.store.records("legal-hold")) == 1
    days_later(house, 4)
    with house.open() as opened:
        assert opened.kit.store.records("legal-hold") == ()
        hold_against_ledger(opened.kit)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({}, "Say what is to be held"),
        ({"bbox": (0, 0, 1, 1)}, "for a period"),
        ({"first": date(2026, 1, 1), "end": date(2026, 1, 2)}, "for a period"),
        ({"bbox": (0, 0, 1, 1), "first": date(2026, 1, 1), "end": date(2026, 1, 1)}, "has no day"),
        ({"bbox": (1, 0, 0, 1), "first": date(2026, 1, 1), "end": date(2026, 1, 2)}, "wrong way round"),
    ],
)
def test_which_scopes_are_none(fields: dict[str, object], says: str) -> None:
    with pytest.raises(BadInput, match=says):
        Scope(**fields)  # type: ignore[arg-type]


PERSONS = [
    # what is held                                      a person p?  a sighting r of p?
    (Scope(subject="p"), True, True),
    (Scope(subject="q"), False, False),
    (Scope(kind="subject"), True, False),
    (Scope(kind="sighting"), False, True),
    (Scope(kind="sighting", subject="p"), True, True),
    (Scope(kind="sighting", subject="q"), False, False),
    (Scope(kind="subject", subject="p"), True, False),
    (Scope(record="r"), False, True),
    (Scope(record="p"), True, False),
    (HERE, False, False),
]


@pytest.mark.parametrize(("scope", "person", "record"), PERSONS)
def test_which_holds_keep_a_person_and_what_is_kept_about_them(
    scope: Scope, *, person: bool, record: bool
) -> None:
    assert scope.keeps_person("p") is person
    assert scope.keeps_record(kind="sighting", record_id="r", subject="p") is record


@pytest.mark.parametrize(
    ("scope", "kept"), [(Scope(subject="p"), True), (Scope(subject="q"), False), (Scope(kind="plan"), False)]
)
def test_a_hold_keeps_the_files_that_were_made_from_what_it_keeps(
    house: TestHouse, scope: Scope, *, kept: bool
) -> None:
    with house.open() as opened:
        kit, path = opened.kit, opened.folder("reports") / "notice.json"
        path.write_text("{}")
        record = Record(
            uuid7(clock=house.clock, entropy=kit.entropy),
            "notice",
            "p",
            "{}",
            iso(house.clock.now() + timedelta(days=5)),
        )
        carry_out_as_house(kit, "notice.given", rule="test", facts={}, writes=Writes(records=(record,)))
        note_written(kit, path, of=record.record_id)
        assert kit.ledger.entry(kit.ledger.size - 1).facts["of"] == "notice"
    set_for(house, scope, days=9)
    for days, there in ((6, kept), (4, False)):
        house.clock.advance(timedelta(days=days))
        with house.open() as opened:
            assert path.exists() is there
            hold_against_ledger(opened.kit)


degrees = st.floats(-1, 1, allow_nan=False)


@settings(deadline=None)
@given(
    rows=st.lists(
        st.tuples(degrees | st.just(float("nan")), degrees, st.integers(0, 5)), min_size=1, max_size=8
    ),
    west=degrees,
    south=degrees,
    first=st.integers(0, 4),
)
def test_rows_are_held_inside_the_place_on_its_days_and_where_it_cannot_be_told(
    rows: list[tuple[float, float, int]], west: float, south: float, first: int
) -> None:
    day = date(2026, 1, 1)
    begin, end = day + timedelta(days=first), day + timedelta(days=first + 1)
    scope = Scope(bbox=(west, south, west + 0.5, south + 0.5), first=begin, end=end)
    days = [day + timedelta(days=number) for _, _, number in rows]
    lon, lat = [r[0] for r in rows], [r[1] for r in rows]
    table = pa.table({"lon": lon, "lat": lat, "local_date": pa.array(days, pa.date32())})
    expected = [
        (math.isnan(x) or west <= x <= west + 0.5) and south <= y <= south + 0.5 and number == first
        for x, y, number in rows
    ]
    assert scope.keeps_rows(table).tolist() == expected
    assert scope_from_document(scope.document()) == scope
