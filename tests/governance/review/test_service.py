"""A finding's way through the house: proposed, read blind, judged, acted on; and everything that is refused."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from peelian.domain.errors import BadInput, Refused, Tampered
from peelian.domain.finding import GROUNDS, About, Severity
from peelian.governance.principals import Role
from peelian.governance.review import service as review
from peelian.governance.review.announcement import Announcement
from peelian.governance.review.decoys import BODY_BYTES, Nature
from peelian.governance.review.grounds import Ground, GroundKind
from peelian.governance.review.states import State
from peelian.governance.review.verdict import Opinion
from peelian.governance.review.views import BlindView, FullView
from peelian.governance.service import enrol
from tests.governance.review.made import (
    CONFIRMED,
    GROUND,
    UNFOUNDED,
    decoy,
    place_decoy,
    put_forward,
    reviewing,
)
from tests.houses import PURPOSE, TestHouse

SILENT: list[Announcement] = []


@pytest.fixture
def house(tmp_path: Path) -> TestHouse:
    return reviewing(tmp_path)


def opened(house: TestHouse, name: str, finding_id: str) -> BlindView:
    with house.desk(name) as desk:
        return review.open_finding(desk, purpose=PURPOSE, finding_id=finding_id)


def judged(house: TestHouse, name: str, finding_id: str, opinion: Opinion = CONFIRMED) -> FullView:
    opened(house, name, finding_id)
    with house.desk(name) as desk:
        return review.judge(desk, purpose=PURPOSE, finding_id=finding_id, opinion=opinion)


def acted(
    house: TestHouse, finding_id: str, *, ground: Ground = GROUND, urgent: bool = False, name: str = "Col"
) -> tuple[FullView, list[Announcement]]:
    said: list[Announcement] = []
    with house.desk(name) as desk:
        view = review.dispose(
            desk, purpose=PURPOSE, finding_id=finding_id, ground=ground, urgent=urgent, announce=said.append
        )
    return view, said


def refusal(house: TestHouse) -> str | None:
    """Return the rule of the last refusal that was entered."""
    with house.open() as opened_house:
        entries = [e for e in opened_house.kit.ledger.entries() if e.kind == "request.refused"]
    return entries[-1].rule if entries else None


def waiting(house: TestHouse) -> review.Queue:
    with house.desk("Rea") as desk:
        return review.queue(desk, purpose=PURPOSE)


def test_a_place_is_read_once_and_acted_on_over_another_ground(house: TestHouse) -> None:
    finding_id = put_forward(house)
    assert [item.finding_id for item in waiting(house).waiting] == [finding_id]
    full = judged(house, "Rea", finding_id)
    assert (full.state, full.finding.score, full.votes[0].reader) == (State.CONFIRMED, 0.87, "Rea")
    assert [item.finding_id for item in waiting(house).confirmed] == [finding_id]
    other = put_forward(house)
    view, announced = acted(house, finding_id)
    assert (view.state, announced) == (State.ACTED_ON, [])
    kinds = [kind for kind in house.entries() if kind.startswith("finding.")]
    assert kinds == [
        "finding.proposed",
        "finding.opened",
        "finding.judged",
        "finding.proposed",
        "finding.acted",
    ]
    assert [item.finding_id for item in waiting(house).waiting] == [other]


@pytest.mark.requirement("H02")
@pytest.mark.parametrize("about", [About.PERSON, About.VEHICLE])
def test_whoever_is_identified_is_read_by_two_different_people(house: TestHouse, about: About) -> None:
    finding_id = put_forward(house, about=about)
    assert judged(house, "Rea", finding_id).state is State.READ_ONCE
    with pytest.raises(Refused, match="twice") as again:
        opened(house, "Rea", finding_id)
    assert again.value.rule == refusal(house) == "two-readers"
    with pytest.raises(Refused) as early:
        acted(house, finding_id)
    assert early.value.rule == refusal(house) == "acted-on-after-reading"
    assert judged(house, "Ruth", finding_id).state is State.CONFIRMED
    assert acted(house, finding_id)[0].state is State.ACTED_ON


def test_a_charter_may_ask_for_two_readers_of_everything(tmp_path: Path) -> None:
    house = reviewing(tmp_path, approvals=2)
    with house.open() as opened_house:
        from peelian.governance.service import approve_charter, charters

        submitted = charters(opened_house.kit)[-1].charter
        keys = opened_house.folder("keys")
        second = enrol(
            opened_house.kit,
            actor=opened_house.signer("Adm"),
            name="Amy",
            roles=[Role.APPROVER],
            keys=keys,
        )
        approve_charter(opened_house.kit, actor=second, charter_digest=submitted.digest)
    finding_id = put_forward(house)
    assert judged(house, "Rea", finding_id).state is State.READ_ONCE


def test_two_who_differ_leave_it_inconclusive_and_nothing_follows(house: TestHouse) -> None:
    finding_id = put_forward(house, about=About.PERSON)
    judged(house, "Rea", finding_id)
    assert judged(house, "Ruth", finding_id, UNFOUNDED).state is State.INCONCLUSIVE
    with pytest.raises(Refused) as refused:
        acted(house, finding_id)
    assert refused.value.rule == "acted-on-after-reading"


@pytest.mark.requirement("H04")
def test_a_reader_sees_neither_score_nor_votes_before_committing(house: TestHouse) -> None:
    finding_id = put_forward(house, about=About.PERSON)
    judged(house, "Rea", finding_id)
    size = len(house.entries())
    view = opened(house, "Ruth", finding_id)
    shown = json.dumps(view.document())
    for hidden in ("0.87", "0.31", "glass 1.2", "microphone", "sound fits", "Rea", "confirmed"):
        assert hidden not in shown
    assert not {"score", "area_prior", "explanation", "votes", "state"} & set(vars(view))
    with house.open() as opened_house:
        seen = [e.facts["kind"] for e in list(opened_house.kit.ledger.entries())[size:] if "kind" in e.facts]
    assert set(seen) == {"sealed-finding", "review-state"}, "no judgement"
    with house.desk("Ruth") as desk, pytest.raises(Refused) as refused:
        review.read_finding(desk, purpose=PURPOSE, finding_id=finding_id)
    assert refused.value.rule == refusal(house) == "blind-first"
    with house.desk("Rea") as desk:
        assert review.read_finding(desk, purpose=PURPOSE, finding_id=finding_id).finding.score == 0.87


def test_nobody_judges_what_they_never_opened(house: TestHouse) -> None:
    finding_id = put_forward(house)
    with house.desk("Rea") as desk, pytest.raises(BadInput, match="never opened"):
        review.judge(desk, purpose=PURPOSE, finding_id=finding_id, opinion=CONFIRMED)


def test_the_proposer_is_no_reader(house: TestHouse) -> None:
    with house.open() as opened_house:
        both = enrol(
            opened_house.kit,
            actor=opened_house.signer("Adm"),
            name="Bea",
            roles=[Role.ANALYST, Role.REVIEWER],
            keys=opened_house.folder("keys"),
        ).principal
    with house.desk("Bea") as desk:
        from tests.governance.review.made import put_forward_at

        brought = put_forward_at(desk)
    made = put_forward(house, proposer=both.id)
    for finding_id in (brought, made):
        with pytest.raises(Refused) as refused:
            opened(house, "Bea", finding_id)
        assert refused.value.rule == refusal(house) == "proposer-is-no-reader"


@pytest.mark.parametrize("name", ["Ann", "Abe", "Aud", "Col", "Adm"])
def test_only_reviewers_open_findings(house: TestHouse, name: str) -> None:
    finding_id = put_forward(house)
    with pytest.raises(Refused):
        opened(house, name, finding_id)


@pytest.mark.requirement("H03")
@pytest.mark.parametrize(
    "ground",
    [
        Ground(
            GroundKind.CALL, "CAD 1", "The system said with a high score that a pane was broken at the gate."
        ),
        Ground(
            GroundKind.THING, "clip 4711", "It shows how somebody breaks the pane and climbs into the shop."
        ),
        Ground(GroundKind.WITNESS, " ", "A neighbour told the officer that she saw the pane being broken."),
    ],
    ids=["the system's words", "the system's evidence", "no number"],
)
def test_an_act_on_the_system_s_own_word_is_refused(house: TestHouse, ground: Ground) -> None:
    finding_id = put_forward(house)
    judged(house, "Rea", finding_id)
    with pytest.raises(Refused, match="Article 11") as refused:
        acted(house, finding_id, ground=ground)
    assert refused.value.rule == refusal(house) == "independent-ground"


def test_life_at_risk_acts_on_one_reading_is_announced_and_is_read_again_within_the_hour(
    house: TestHouse,
) -> None:
    finding_id = put_forward(house, about=About.PERSON, severity=Severity.LIFE_AT_RISK)
    judged(house, "Rea", finding_id)
    view, announced = acted(house, finding_id, urgent=True)
    assert view.state is State.ACTED_URGENTLY
    assert [(a.finding_id, a.by) for a in announced] == [(finding_id, "Col")]
    put_forward(house, severity=Severity.LIFE_AT_RISK)
    first = waiting(house).waiting[0]
    assert first.finding_id == finding_id
    assert timedelta(minutes=50) < first.due - house.clock.now() <= timedelta(hours=1)
    house.clock.advance(timedelta(hours=1))
    assert waiting(house).waiting[0].escalated(house.clock.now())
    assert judged(house, "Ruth", finding_id, UNFOUNDED).state is State.CALLED_BACK
    with house.desk("Aud") as desk:
        found = review.figures(desk, purpose=PURPOSE, rng=np.random.default_rng(1))
    assert (found.urgent_acts, found.called_back) == (1, 1)


def test_the_urgent_route_is_for_life_at_risk_only(house: TestHouse) -> None:
    finding_id = put_forward(house, about=About.PERSON, severity=Severity.HIGH)
    judged(house, "Rea", finding_id)
    with pytest.raises(Refused) as refused:
        acted(house, finding_id, urgent=True)
    assert refused.value.rule == "acted-on-after-reading"


@pytest.mark.parametrize("holds", [True, False])
def test_a_decoy_is_read_like_any_and_never_acted_on(house: TestHouse, *, holds: bool) -> None:
    with house.desk("Ann") as desk:
        finding_id = place_decoy(desk, decoy(holds=holds))
    told = judged(house, "Rea", finding_id)
    assert (told.state, told.nature) == (State.CONFIRMED, Nature.HOLDS if holds else Nature.FALSE)
    assert told.lines()[-2].startswith("This was a ")
    with pytest.raises(Refused) as refused:
        acted(house, finding_id)
    assert refused.value.rule == refusal(house) == "closed-after-review"
    assert "decoy" not in str(refused.value)


def test_what_is_stale_is_closed_in_the_same_words_as_a_decoy(house: TestHouse) -> None:
    finding_id = put_forward(house)
    judged(house, "Rea", finding_id)
    house.clock.advance(timedelta(days=8))
    with pytest.raises(Refused, match="closed after review"):
        acted(house, finding_id)


def test_whoever_read_too_much_is_sent_to_a_break_but_not_where_life_is_at_risk(house: TestHouse) -> None:
    finding_id = put_forward(house)
    for _ in range(8):
        opened(house, "Rea", finding_id)
        house.clock.advance(timedelta(minutes=7))
    with pytest.raises(Refused, match="without a break") as refused:
        opened(house, "Rea", put_forward(house))
    assert refused.value.rule == refusal(house) == "workload"
    opened(house, "Rea", put_forward(house, severity=Severity.LIFE_AT_RISK))
    house.clock.advance(timedelta(minutes=10))
    opened(house, "Rea", put_forward(house))


def test_the_queue_is_handed_over_with_what_waited_too_long(house: TestHouse) -> None:
    late = put_forward(house)
    house.clock.advance(timedelta(hours=2))
    put_forward(house, severity=Severity.LOW)
    note = "The camera at the north gate was cleaned at noon; its earlier pictures are blurred."
    with house.desk("Rea") as desk:
        ruth = next(p for p in _people(desk) if p.name == "Ruth")
        handed = review.hand_over(desk, purpose=PURPOSE, to=ruth, note=note)
    assert (handed.by, handed.to, handed.escalated, len(handed.waiting)) == ("Rea", "Ruth", 1, 2)
    assert handed.waiting[0].finding_id == late
    with house.desk("Ruth") as desk:
        assert review.handovers(desk, purpose=PURPOSE) == (handed,)
        with pytest.raises(Refused, match="one person"):
            review.hand_over(desk, purpose=PURPOSE, to=ruth, note=note)
        col = next(p for p in _people(desk) if p.name == "Col")
        with pytest.raises(BadInput, match="Col is no reviewer"):
            review.hand_over(desk, purpose=PURPOSE, to=col, note=note)


def _people(desk: object) -> tuple:
    from peelian.governance.people import people

    return people(desk._kit)  # type: ignore[attr-defined]


@pytest.mark.requirement("P06")
def test_every_channel_carries_the_legal_effect(house: TestHouse) -> None:
    finding_id = put_forward(house, about=About.PERSON, severity=Severity.LIFE_AT_RISK)
    view = opened(house, "Rea", finding_id)
    full = judged(house, "Rea", finding_id)
    _, announced = acted(house, finding_id, urgent=True)
    with house.desk("Aud") as desk:
        figures = review.figures(desk, purpose=PURPOSE, rng=np.random.default_rng(1))
    for document in (view, full, announced[0], waiting(house), figures):
        assert document.document()["grounds"] == GROUNDS
    assert waiting(house).document()["waiting"][0]["grounds"] == GROUNDS  # type: ignore[index,call-overload]


def test_a_judgement_somebody_else_signed_does_not_count(house: TestHouse) -> None:
    finding_id = put_forward(house)
    judged(house, "Rea", finding_id)
    with house.open() as opened_house:
        store = opened_house.kit.store
        ((record, _),) = store.records("judgement")
    changed = record.body.replace('"confirmed"', '"unfounded"')
    import sqlite3

    with sqlite3.connect(house.home / "records" / "records.db") as connection:
        connection.execute("UPDATE records SET body = ? WHERE kind = 'judgement'", (changed,))
    connection.close()
    with house.desk("Rea") as desk, pytest.raises(Tampered):
        review.read_finding(desk, purpose=PURPOSE, finding_id=finding_id)


def test_figures_tell_who_reads_how(house: TestHouse) -> None:
    for number in range(3):
        judged(house, "Rea", put_forward(house), CONFIRMED if number else UNFOUNDED)
    with house.desk("Ann") as desk:
        false = place_decoy(desk, decoy())
    judged(house, "Rea", false)
    with house.desk("Aud") as desk:
        found = review.figures(desk, purpose=PURPOSE, rng=np.random.default_rng(1))
    (rea,) = found.readers
    assert (rea.reader, rea.readings, rea.flagged_after) == ("Rea", 4, None)
    assert (rea.decoys_right.value, rea.decoys_right.of) == (0.0, 1)
    assert rea.overrides.value == pytest.approx(1 / 3)
    assert rea.repeated.value == 0.5
    assert rea.seconds.value == 60.0
    with house.desk("Rea") as desk, pytest.raises(Refused):
        review.figures(desk, purpose=PURPOSE, rng=np.random.default_rng(1))


def test_figures_are_of_what_each_reader_did_alone_and_look_into_no_finding(house: TestHouse) -> None:
    """Minutes by the house's clock, one at each opening: Rea opens it again and reads for 3, Ruth for 3 in between."""
    finding_id = put_forward(house, about=About.PERSON)
    opened(house, "Rea", finding_id)
    opened(house, "Rea", finding_id)
    opened(house, "Ruth", finding_id)
    house.clock.advance(timedelta(minutes=1))
    for name in ("Rea", "Ruth"):
        with house.desk(name) as desk:
            review.judge(desk, purpose=PURPOSE, finding_id=finding_id, opinion=CONFIRMED)
    place = put_forward(house)
    judged(house, "Ruth", place, UNFOUNDED)
    size = len(house.entries())
    with house.desk("Aud") as desk:
        found = review.figures(desk, purpose=PURPOSE, rng=np.random.default_rng(1))
    assert [(each.reader, each.readings, each.seconds.value) for each in found.readers] == [
        ("Rea", 1, 180.0),
        ("Ruth", 2, 120.0),
    ]
    with house.open() as opened_house:
        seen = [e.facts["kind"] for e in list(opened_house.kit.ledger.entries())[size:] if "kind" in e.facts]
    assert set(seen) == {"review-state", "judgement"}, "no finding"


def test_every_stored_finding_has_one_size(house: TestHouse) -> None:
    put_forward(house)
    put_forward(house, explanation="x" * 3_000)
    put_forward(house, explanation="x" * 3_000, about=About.PERSON)
    put_forward(house, about=About.VEHICLE)
    with house.desk("Ann") as desk:
        place_decoy(desk, decoy())
        place_decoy(desk, decoy(about=About.PERSON))
    with house.open() as opened_house:
        sizes = {len(record.body) for record, _ in opened_house.kit.store.records("finding")}
        sealed = {len(record.body) for record, _ in opened_house.kit.store.records("sealed-finding")}
    assert sizes == {BODY_BYTES}
    assert len(sealed) == 1
    with pytest.raises(BadInput, match="shorten"):
        put_forward(house, explanation="x" * 9_000)
