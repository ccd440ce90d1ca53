"""Decoys: nothing stored in the clear tells them apart, and they come when real findings come."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from peelian.domain.canonical import canonical
from peelian.domain.errors import BadInput, Refused, Tampered
from peelian.domain.finding import About, Finding, Severity
from peelian.domain.identity import uuid7
from peelian.domain.time import SimulatedClock
from peelian.governance.notes import NOTE_BYTES, Notes
from peelian.governance.reconciled import hold_against_ledger
from peelian.governance.review.agreement import wilson
from peelian.governance.review.decoys import BODY_BYTES, Decoy, Nature, as_if_made, stored
from peelian.governance.review.placing import FEWEST, Arrival, Placing, arrival_of, chance
from peelian.governance.review.service import REASON, _place
from peelian.governance.review.stock import Stocked, lay_in, stock_figures, untaken
from tests.governance.review.made import CAPABILITY, decoy, finding, place_decoy, put_forward_at, reviewing
from tests.houses import PURPOSE

START = datetime(2026, 3, 2, tzinfo=UTC)
NOTES = Notes(b"k" * 32, lambda size: np.random.default_rng(size).bytes(size))
DAYS, A_DAY, SHARE = 8, 220, 0.05
SORTS = ((About.PLACE, Severity.HIGH), (About.SCENE, Severity.LOW), (About.VEHICLE, Severity.MEDIUM))


def arrivals(rng: np.random.Generator) -> list[datetime]:
    """Return the instants of real findings, one by one, most of them in the evening (a Poisson stream, thinned)."""
    seconds = np.cumsum(rng.exponential(86_400 / (2 * A_DAY), size=2 * A_DAY * DAYS))
    hour = seconds / 3_600 % 24
    kept = seconds[rng.random(seconds.size) < 0.5 * (1 + 0.9 * np.cos((hour - 20) / 24 * 2 * np.pi))]
    return [START + timedelta(seconds=float(at)) for at in kept]


def stream(seed: int) -> list[tuple[datetime, Finding, Nature]]:
    """Return what comes into a queue: real findings, and the decoys that the house places while it watches."""
    rng, house = np.random.default_rng(seed), np.random.default_rng(seed + 1)
    clock, came = SimulatedClock(START), list[tuple[datetime, Finding, Nature]]()
    stock = [Stocked("", decoy(about=about, severity=severity)) for about, severity in SORTS]

    def place(stocked: Stocked, lag: timedelta) -> None:
        named = uuid7(clock=clock, entropy=house.bytes)
        made = as_if_made(stocked.decoy, finding_id=named, now=clock.now(), lag=lag)
        came.append((clock.now(), made, stocked.decoy.nature))

    placing = Placing(clock=clock.now, stock=lambda: stock, rng=house)
    for at in arrivals(rng):
        while (rounds := clock.now() + timedelta(seconds=float(house.uniform(5, 20)))) < at:
            clock.set(rounds)
            placing()
        clock.set(at)
        about, severity = SORTS[int(rng.choice(3, p=(0.6, 0.3, 0.1)))]
        lag = timedelta(seconds=float(rng.gamma(2.0, 5.0)))
        named = uuid7(clock=clock, entropy=rng.bytes)
        real = finding(finding_id=named, made_at=at - lag, about=about, severity=severity)
        came.append((at, real, Nature.REAL))
        placing.arrived(arrival_of(real, at=at), share=SHARE, place=place)
    return came


def seen(came: Sequence[tuple[datetime, Finding, Nature]]) -> np.ndarray:
    """Return all that a reader can see of what comes, a row each: ids, times between, sizes, sorts."""
    instants = [at for at, _, _ in came]
    before = [instants[0], *instants[:-1]]
    after = [*instants[1:], instants[-1]]
    rows = []
    for (at, made, nature), earlier, later in zip(came, before, after, strict=True):
        note = NOTES.seal(nature, about=made.finding_id)
        identifier = int(made.finding_id.replace("-", ""), 16)
        rows.append(
            [
                len(canonical(stored(made, nature=note))),
                len(note),
                int(note[:6], 16),
                at.hour + at.minute / 60,
                at.second,
                at.microsecond,
                (at - earlier).total_seconds(),
                (later - at).total_seconds(),
                (at - made.made_at).total_seconds(),
                (identifier >> 80) % 1000,
                identifier >> 64 & 0xFFF,
                identifier % 2**20,
                list(About).index(made.about),
                list(Severity).index(made.severity),
            ]
        )
    return np.array(rows, dtype=float)


@pytest.mark.requirement("H04")
def test_nothing_a_reader_sees_of_a_finding_tells_a_classifier_that_it_is_a_decoy() -> None:
    """Some 3,600 findings in two streams: trained on one, tried on the other; times before and after it too."""
    streams = [stream(seed) for seed in (11, 211)]
    rows = [seen(came) for came in streams]
    truth = [np.array([nature is not Nature.REAL for _, _, nature in came]) for came in streams]
    items, share = sum(map(len, streams)), float(np.mean(np.concatenate(truth)))
    print(f"{items} findings, {share:.1%} of them decoys")
    assert items >= 2_000
    assert abs(share - SHARE) < 0.01
    for judge in (
        GradientBoostingClassifier(n_estimators=40, subsample=0.5, min_samples_leaf=20, random_state=0),
        make_pipeline(StandardScaler(), LogisticRegression(max_iter=500)),
    ):
        guessed = [judge.fit(rows[a], truth[a]).predict_proba(rows[b])[:, 1] for a, b in ((0, 1), (1, 0))]
        found = float(np.mean([_auc(guessed[0], truth[1]), _auc(guessed[1], truth[0])]))
        print(f"{type(judge).__name__}: area under the curve {found:.3f} (chance: 0.500)")
        assert 0.45 <= found <= 0.55


def _auc(score: np.ndarray, truth: np.ndarray) -> float:
    """Return the area under the curve; 0.5 is chance. Its standard error here is about 0.023."""
    ranks = np.argsort(np.argsort(score)) + 1.0
    positive = int(truth.sum())
    return float((ranks[truth].sum() - positive * (positive + 1) / 2) / (positive * (len(truth) - positive)))


def test_a_classifier_would_find_decoys_that_betray_themselves() -> None:
    """The same judge, given one tell: it can fail."""
    rng = np.random.default_rng(3)
    truth = rng.random(4_000) < 0.05
    rows = rng.normal(size=(4_000, 3)) + truth[:, None] * np.array([1.0, 0.0, 0.0])
    guesser = RandomForestClassifier(30, min_samples_leaf=20, random_state=0)
    guessed = cross_val_predict(guesser, rows, truth, cv=5, method="predict_proba")[:, 1]
    assert _auc(guessed, truth) > 0.65


def test_in_a_house_a_decoy_s_rows_and_entries_have_the_shape_of_any_other(tmp_path: Path) -> None:
    house = reviewing(tmp_path)
    with house.desk("Ann") as desk:
        real = put_forward_at(desk)
        false = place_decoy(desk, decoy())
    with house.open() as opened:
        entries = [e for e in opened.kit.ledger.entries() if e.kind == "finding.proposed"]
        rows = {
            record.subject: json.loads(record.body) for record, _ in opened.kit.store.records("review-state")
        }
        bodies = {record.record_id: record.body for record, _ in opened.kit.store.records("finding")}
    assert [entry.facts["finding"] for entry in entries] == [real, false]
    assert len({(e.actor, e.rule, e.purpose, tuple(e.facts), len(e.envelope)) for e in entries}) == 1
    assert {key: len(str(value)) for key, value in rows[real].items()} == {
        key: len(str(value)) for key, value in rows[false].items()
    }
    assert {len(body) for body in bodies.values()} == {BODY_BYTES}
    assert "decoy" not in "".join(bodies.values())


def test_a_note_says_nothing_and_cannot_be_moved_or_changed() -> None:
    sealed = [NOTES.seal(nature, about="f1") for nature in Nature]
    assert {len(note) for note in sealed} == {2 * (12 + NOTE_BYTES + 16)}
    assert [Nature(NOTES.open(note, about="f1")) for note in sealed] == list(Nature)
    assert "key" not in repr(NOTES)
    for note, about in [(sealed[0], "f2"), (sealed[0][:-2] + "00", "f1"), ("", "f1"), ("zz", "f1")]:
        with pytest.raises(Tampered, match="sealed note"):
            NOTES.open(note, about=about)
    with pytest.raises(BadInput, match="longer"):
        NOTES.seal("x" * (NOTE_BYTES + 1), about="f1")


CHANCES = [
    # arrivals, seconds between, seconds since the last, of the round   chance
    (8, 60.0, 0.0, 60.0, 7 / 480 * 60 * 0.05 / 0.95),
    (7, 60.0, 0.0, 60.0, 0.0),
    (12, 1.0, 0.0, 0.0, 0.0),
    (12, 1.0, 3_600.0, 1.0, 11 / 3_612 * 0.05 / 0.95),
]


@pytest.mark.parametrize(("number", "between_s", "since_s", "round_s", "expected"), CHANCES)
def test_the_chance_follows_the_rate_of_late(
    number: int, between_s: float, since_s: float, round_s: float, expected: float
) -> None:
    came = [START + timedelta(seconds=between_s * n) for n in range(number)]
    arrived = [Arrival(at, timedelta(0), About.PLACE, Severity.HIGH) for at in came]
    round_began = came[-1] + timedelta(seconds=since_s)
    now = round_began + timedelta(seconds=round_s)
    found = chance(arrived, since=round_began, now=now, share=SHARE)
    assert found == pytest.approx(expected, rel=0.05)


def test_in_a_house_the_watch_places_what_oversight_laid_in_each_once_and_tells_oversight_alone(
    tmp_path: Path,
) -> None:
    house = reviewing(tmp_path)
    with house.open() as opened:
        kit = opened.kit
        for number in range(2):
            made = Decoy(finding(says=f"A shutter was forced at gate {number}."), holds=False)
            lay_in(kit, actor=opened.signer("Aud"), decoy=made)
        with pytest.raises(Refused, match="default-deny"):
            stock_figures(kit, actor=opened.signer("Rea"))
        with pytest.raises(Refused):
            lay_in(kit, actor=opened.signer("Ann"), decoy=decoy())
        desk = opened.desk(opened.signer("Ann"))
        for _ in range(FEWEST):
            house.clock.advance(timedelta(seconds=30))
            put_forward_at(desk)
        (placing,) = kit.chores
        assert isinstance(placing, Placing)
        for _ in range(200):  # findings go on coming, faster than they could be stored here
            house.clock.advance(timedelta(minutes=1))
            came = Arrival(house.clock.now(), timedelta(seconds=9), About.PLACE, Severity.HIGH)
            placing.arrived(came, share=0.5, place=placing._place)
            time.sleep(0.05)
        told = stock_figures(kit, actor=opened.signer("Aud"))
        assert (told.left, told.placed, told.findings) == (0, 2, FEWEST + 2)
        says = sorted(
            json.loads(record.body)["finding"]["says"] for record, _ in kit.store.records("finding")
        )
        assert [text for text in says if "shutter" in text] == [
            "A shutter was forced at gate 0.",
            "A shutter was forced at gate 1.",
        ]
        proposed = [e for e in kit.ledger.entries() if e.kind == "finding.proposed"]
        assert len({(e.actor, e.rule, tuple(e.facts), len(e.envelope)) for e in proposed}) == 1
        assert "shutter" not in "".join(record.body for record, _ in kit.store.records("decoy"))
        hold_against_ledger(kit)


def test_what_is_stored_of_a_finding_is_all_of_it_its_note_and_blanks_up_to_the_one_size() -> None:
    note = NOTES.seal(Nature.REAL, about=finding().finding_id)
    body = stored(finding(), nature=note)
    room = len(str(body["pad"]))
    assert body == {"finding": finding().document(), "nature": note, "pad": " " * room}
    explanation = finding().explanation + "x" * room
    assert stored(finding(explanation=explanation), nature=note)["pad"] == ""
    with pytest.raises(
        BadInput,
        match=r"^The finding takes 8193 bytes of at most 8192; shorten its explanation, or refer to evidence instead "
        r"of describing it\.$",
    ):
        stored(finding(explanation=f"{explanation}x"), nature=note)


def placed(
    stock: Sequence[Stocked], *, lags: Sequence[float] = (9.0,), rounds: int = 1
) -> list[tuple[str, float]]:
    """Return what is placed in so many rounds, each with a chance that is as good as one, and how long after."""
    clock, came = SimulatedClock(START), list[tuple[str, float]]()
    placing = Placing(clock=clock.now, stock=lambda: stock, rng=np.random.default_rng(5))
    for number in range(FEWEST):
        lag = timedelta(seconds=lags[number % len(lags)])
        placing.arrived(
            Arrival(clock.now(), lag, About.PLACE, Severity.HIGH),
            share=0.999,
            place=lambda stocked, lag: came.append((stocked.finding_id, lag.total_seconds())),
        )
        clock.advance(timedelta(minutes=1))
    for _ in range(rounds):
        clock.advance(timedelta(hours=1))
        placing()
    return came


def in_stock(finding_id: str, *, holds: bool, **changes: object) -> Stocked:
    return Stocked(finding_id, decoy(holds=holds, **changes))


def test_false_decoys_are_placed_four_times_of_five_and_what_there_is_where_one_sort_has_run_out() -> None:
    false, true = in_stock("false", holds=False), in_stock("true", holds=True)
    others = [
        in_stock("about another thing", holds=False, about=About.SCENE),
        in_stock("of another weight", holds=True, severity=Severity.LOW),
    ]
    both = placed([*others, false, true], lags=(2.0, 7.0), rounds=600)
    names = [name for name, _ in both]
    assert len(names) == 600
    assert set(names) == {"false", "true"}
    assert 0.75 <= names.count("false") / 600 <= 0.85
    assert {lag for _, lag in both} == {2.0, 7.0}, "as long after it was made as real ones came"
    for alone in (false, true):
        assert placed([*others, alone], rounds=20) == [(alone.finding_id, 9.0)] * 20
    assert placed(others, rounds=20) == []


def test_oversight_is_told_what_is_left_in_stock_and_that_it_asked_is_entered(tmp_path: Path) -> None:
    house = reviewing(tmp_path)
    with house.open() as opened:
        kit, aud = opened.kit, opened.signer("Aud")
        here, elsewhere = decoy(holds=True), decoy(capability="forecast.place")
        laid = [lay_in(kit, actor=aud, decoy=made) for made in (here, elsewhere)]
        before = stock_figures(kit, actor=aud)
        asked = kit.ledger.entry(kit.ledger.size - 1)
        (left,) = untaken(kit, CAPABILITY)
        assert left.decoy == here
        desk = opened.desk(opened.signer("Ann"))
        put_forward_at(desk)
        with desk.open(purpose=PURPOSE, capability=CAPABILITY, reason=REASON) as sitting:
            _place(sitting, left, timedelta(minutes=1))
        assert untaken(kit, CAPABILITY) == ()
        after = stock_figures(kit, actor=aud)
        (place,) = [each.decoy for each in untaken(kit, "forecast.place")]
        assert place == elsewhere
        kept = [(record.subject, index) for record, index in kit.store.records("decoy")]
    none = {"value": None, "lo": 0.0, "hi": 1.0, "of": 0}
    assert before.document() == {"left": 2, "placed": 0, "findings": 0, "share": none}
    half = wilson(1, 2).document()
    assert after.document() == {"left": 1, "placed": 1, "findings": 2, "share": half}
    assert (asked.kind, asked.rule) == ("record.read", "auditor-keeps-decoys")
    assert asked.facts == {"kind": "decoy", "figure": "stock"}
    assert kept == [(CAPABILITY, laid[0].index), ("forecast.place", laid[1].index)]
    assert {(entry.kind, entry.rule) for entry in laid} == {("decoy.stocked", "auditor-keeps-decoys")}


def test_a_decoy_knows_what_it_is() -> None:
    assert Decoy(finding(), holds=True).nature is Nature.HOLDS
    assert Decoy(finding(), holds=False).nature is Nature.FALSE
