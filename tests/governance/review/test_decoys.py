"""Decoys: nothing stored in the clear tells them apart, and they come when real findings come."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import cross_val_predict

from peelian.domain.canonical import canonical
from peelian.domain.errors import BadInput, Tampered
from peelian.domain.identity import uuid7
from peelian.domain.time import SimulatedClock
from peelian.governance.notes import NOTE_BYTES, Notes
from peelian.governance.review import service as review
from peelian.governance.review.decoys import (
    BODY_BYTES,
    FALSE_SHARE,
    Decoy,
    Nature,
    as_if_made,
    schedule,
    stored,
)
from tests.governance.review.made import decoy, finding, put_forward_at, reviewing
from tests.houses import PURPOSE

START = datetime(2026, 3, 2, tzinfo=UTC)
NOTES = Notes(b"k" * 32, lambda size: np.random.default_rng(size).bytes(size))


def day_of_findings(rng: np.random.Generator, *, day: int, number: int) -> list[datetime]:
    """Return the instants of a day's findings, most of them in the evening."""
    hours = rng.normal(18.0, 4.0, size=number) % 24
    return sorted(START + timedelta(days=day, hours=float(hour)) for hour in hours)


@pytest.mark.requirement("H04")
def test_id_time_and_size_tell_a_classifier_nothing() -> None:
    """15 days of findings with their decoys, as they would be stored; guessed from all that lies in the clear."""
    rng = np.random.default_rng(11)
    clock = SimulatedClock(START)
    rows, truth = [], []
    yesterday = day_of_findings(rng, day=0, number=200)
    for day in range(1, 16):
        today = day_of_findings(rng, day=day, number=200)
        due = schedule(yesterday, share=0.05, ahead=timedelta(days=1), rng=rng)
        coming = sorted([*((at, False) for at in today), *((each.at, True) for each in due)])
        earlier = coming[0][0]
        for at, is_decoy in coming:
            clock.set(at)
            lag = timedelta(seconds=float(rng.gamma(2.0, 5.0)))
            named = uuid7(clock=clock, entropy=rng.bytes)
            made = (
                as_if_made(decoy(), finding_id=named, now=at, lag=lag)
                if is_decoy
                else finding(finding_id=named, made_at=at - lag)
            )
            nature = Nature.FALSE if is_decoy else Nature.REAL
            note = NOTES.seal(nature, about=named)
            size = len(canonical(stored(made, nature=note)))
            identifier = int(named.replace("-", ""), 16)
            rows.append(
                [
                    size,
                    len(note),
                    at.hour + at.minute / 60,
                    at.second,
                    at.microsecond,
                    (at - earlier).total_seconds(),
                    (at - made.made_at).total_seconds(),
                    (identifier >> 80) % 1000,
                    identifier % 2**20,
                    int(note[:6], 16),
                ]
            )
            truth.append(is_decoy)
            earlier = at
        yesterday = today
    guesser = RandomForestClassifier(30, min_samples_leaf=20, random_state=0)
    guessed = cross_val_predict(guesser, np.array(rows), np.array(truth), cv=5, method="predict_proba")[:, 1]
    found = _auc(guessed, np.array(truth))
    print(f"area under the curve of a guesser of decoys: {found:.3f} (chance: 0.500)")
    assert abs(found - 0.5) < 0.07
    assert 0.03 < np.mean(truth) < 0.07


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
        false = review.place_decoy(desk, purpose=PURPOSE, decoy=decoy(), lag=timedelta(minutes=1))
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


def test_decoys_come_in_the_share_that_is_asked_and_mostly_do_not_hold() -> None:
    rng = np.random.default_rng(5)
    arrivals = day_of_findings(rng, day=0, number=20_000)
    for share in (0.02, 0.05):
        due = schedule(arrivals, share=share, ahead=timedelta(days=1), rng=rng)
        assert len(due) / (len(due) + len(arrivals)) == pytest.approx(share, rel=0.15)
        assert np.mean([not each.holds for each in due]) == pytest.approx(FALSE_SHARE, abs=0.05)
        assert list(due) == sorted(due)
    assert schedule([], share=0.05, ahead=timedelta(days=1), rng=rng) == ()
    for share in (0.019, 0.051):
        with pytest.raises(BadInput, match="share"):
            schedule(arrivals, share=share, ahead=timedelta(days=1), rng=rng)


def test_a_decoy_knows_what_it_is() -> None:
    assert Decoy(finding(), holds=True).nature is Nature.HOLDS
    assert Decoy(finding(), holds=False).nature is Nature.FALSE
