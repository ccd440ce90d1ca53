"""Findings: they carry their legal effect and the grade of their evidence wherever they go, or they go nowhere."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peelian.domain.errors import BadInput, PeelianError
from peelian.domain.finding import (
    GROUNDS,
    About,
    Assertion,
    Evidence,
    Finding,
    Severity,
    finding_from_document,
)
from tests.governance.made import NOON

WORDS = st.text(st.characters(categories=("L", "Zs"), exclude_characters="\n"), min_size=1).filter(str.strip)
EVIDENCE = st.builds(
    Evidence,
    reference=WORDS.map(str.strip),
    shows=WORDS.map(str.strip),
    assertion=st.sampled_from(Assertion),
    grade=st.from_regex(r"[A-F][1-6]", fullmatch=True),
)
SHARES = st.floats(0, 1)
FINDINGS = st.builds(
    Finding,
    finding_id=st.uuids(version=4).map(str),
    capability=st.just("sensing.glass"),
    about=st.sampled_from(About),
    severity=st.sampled_from(Severity),
    says=st.just("A pane broke at the north gate."),
    score=SHARES,
    explanation=WORDS.map(str.strip),
    model_version=st.just("glass 1.2"),
    area_prior=SHARES,
    evidence=st.lists(EVIDENCE, min_size=1, max_size=4, unique_by=lambda item: item.reference).map(tuple),
    proposer=st.just("microphone 7"),
    made_at=st.just(NOON),
)


@given(FINDINGS)
def test_a_finding_reads_back_as_what_was_written(finding: Finding) -> None:
    document = json.loads(json.dumps(finding.document()))
    assert finding_from_document(document) == finding
    assert finding.identifies is (finding.about in {About.PERSON, About.VEHICLE})


@pytest.mark.requirement("P06")
@given(FINDINGS, st.sampled_from([None, "", "not a ground", GROUNDS.upper(), 1]))
def test_without_its_legal_effect_a_finding_is_neither_shown_nor_handed_on(
    finding: Finding, said: object
) -> None:
    document = dict(finding.document())
    assert document["grounds"] == GROUNDS == "not by itself a ground for stop, search, arrest or detention"
    spoilt = {key: value for key, value in document.items() if key != "grounds"}
    if said is not None:
        spoilt["grounds"] = said  # type: ignore[assignment]
    with pytest.raises(PeelianError, match="P06"):
        finding_from_document(spoilt)


def test_what_is_no_document_is_no_finding() -> None:
    for nothing in (None, [], "finding"):
        with pytest.raises(PeelianError):
            finding_from_document(nothing)


@pytest.mark.requirement("D02")
@pytest.mark.parametrize("missing", ["grade", "assertion"])
def test_evidence_without_its_grade_or_its_kind_is_not_passed_on(missing: str) -> None:
    finding = made()
    document = json.loads(json.dumps(finding.document()))
    assert document["assertion"] == "assessment"
    del document["evidence"][0][missing]
    with pytest.raises(BadInput, match=missing):
        finding_from_document(document)


@pytest.mark.requirement("D02")
def test_a_grade_travels_spelled_out() -> None:
    item = Evidence("clip 1", "a pane", Assertion.FACT, "B2").document()
    assert (item["assertion"], item["source"], item["information"]) == (
        "fact",
        "usually reliable",
        "probably true",
    )


def made(**changes: object) -> Finding:
    terms: dict[str, object] = {
        "finding_id": "f",
        "capability": "sensing.glass",
        "about": About.PLACE,
        "severity": Severity.LOW,
        "says": "A pane broke.",
        "score": 0.5,
        "explanation": "It sounds so.",
        "model_version": "glass 1.2",
        "area_prior": 0.1,
        "evidence": (Evidence("clip 1", "a pane", Assertion.FACT, "B2"),),
        "proposer": "microphone 7",
        "made_at": NOON,
    }
    return Finding(**(terms | changes))  # type: ignore[arg-type]


TWICE = Evidence("clip 1", "the same", Assertion.FACT, "A1")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"score": 1.01}, "score"),
        ({"score": float("nan")}, "score"),
        ({"area_prior": -0.1}, "area_prior"),
        ({"explanation": " "}, "explains itself"),
        ({"model_version": ""}, "explains itself"),
        ({"says": "A pane broke (87 %)."}, "first reader"),
        ({"says": "A pane broke, 0.87."}, "first reader"),
        ({"says": "A pane broke, score .9"}, "first reader"),
        ({"says": "A pane broke, ninety per cent."}, "first reader"),
        ({"evidence": ()}, "no evidence"),
        ({"evidence": (TWICE, TWICE)}, "twice"),
        ({"made_at": datetime(2026, 1, 1)}, "no zone"),  # noqa: DTZ001
    ],
)
def test_a_finding_that_lacks_something_is_refused(changes: dict[str, object], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        made(**changes)


@pytest.mark.parametrize("grade", ["", "B", "G1", "A7", "b2", "B2 ", "2B"])
def test_a_grade_is_one_of_the_admiralty_code(grade: str) -> None:
    with pytest.raises(BadInput, match="graded"):
        Evidence("clip 1", "a pane", Assertion.FACT, grade)


def test_evidence_says_where_it_lies_and_what_it_shows() -> None:
    for reference, shows in ((" ", "a pane"), ("clip 1", "")):
        with pytest.raises(BadInput, match="lacks"):
            Evidence(reference, shows, Assertion.FACT, "B2")


def test_a_claim_may_hold_other_numbers() -> None:
    assert made(says="Two panes broke at 14 Mill Road at 21:15.").says
