"""Reasons and cases: a look at a person needs a reason of the vocabulary and an open case of one's own, and says so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peelian.domain.errors import BadInput, Refused
from peelian.governance.cases import CaseFacts, CaseStanding, standing_in
from peelian.governance.conduct.case_acts import assign, cases, close_case, open_case
from peelian.governance.conduct.oversight import shares_by_unit
from peelian.governance.conduct.said import note_said
from peelian.governance.conduct.staffing import post
from peelian.governance.conduct.tails import Share, wilson
from peelian.governance.desk import Sitting
from peelian.governance.reasons import needs_reason, reason_named, vocabulary
from peelian.governance.register import installed_register
from peelian.governance.service import person_named
from peelian.governance.wording import check_note
from tests.governance.persons.made import PLATE, FileHouse, found_files
from tests.houses import PURPOSE

NOTE = "Two neighbours saw the same van leave Mill Lane with the ladder."


# --- words


REFUSED_NOTES = [
    ".",
    "case",
    "inv",
    "investigation",
    "for the case please",
    "police investigation of a crime for official use",
    "ongoing investigation, requested, see file 12345 of 2026",
    "",
    "    ",
    "\t\n",
    "inv inv inv inv inv inv inv",
    "van seen van seen van seen van seen",
    "aaaaaaaa bbbbbbb ccccccc ddddd",
    "\N{POLICE CARS REVOLVING LIGHT} van seen at the mill lane",
    "van\N{ZERO WIDTH SPACE} seen near the mill lane",
    "van seen near \N{RIGHT-TO-LEFT OVERRIDE}enal llim eht",
    "v\N{CYRILLIC SMALL LETTER A}n seen near the mill lane",
    "van seen near the mill lane\nand then =cmd()",
    "van seen near the mill lane " * 40_000,
    "\N{COMBINING ACUTE ACCENT}" * 30,
    "12345 67890 11111 22222 33333",
]


@pytest.mark.requirement("H05", "L03")
@pytest.mark.parametrize("text", REFUSED_NOTES, ids=lambda text: ascii(text[:24]))
def test_words_that_say_nothing_are_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(BadInput, match=r"^the note .*\.$"):
        check_note(text, where="the note")


@pytest.mark.parametrize(
    "text",
    [
        NOTE,
        "Der Lieferwagen stand um drei Uhr vor der Bäckerei in der Mühlgasse.",
        "Το φορτηγό στεκόταν έξω από τον φούρνο στις τρεις.",
        "Warrant 14/2026 of the county court names this address.",
    ],
)
def test_words_that_say_what_is_the_case_pass_in_any_alphabet(text: str) -> None:
    check_note(text, where="the note")


@pytest.mark.parametrize("again", [NOTE, NOTE.upper(), NOTE.replace(" ", "  "), NOTE.rstrip(".") + "!"])
def test_the_same_words_again_are_boilerplate(again: str) -> None:
    with pytest.raises(BadInput, match="given before"):
        check_note(again, where="the note", earlier=[NOTE])


@given(st.text(max_size=600))
@settings(deadline=None)
def test_whatever_is_written_is_answered_with_a_short_sentence_or_passes(text: str) -> None:
    try:
        check_note(text, where="the note")
        answer = "the note passes."
    except BadInput as problem:
        answer = str(problem)
    assert answer.startswith("the note ")
    assert len(answer) < 700


def test_the_vocabulary_is_closed_and_says_what_each_reason_means() -> None:
    assert {code for code, reason in vocabulary().items() if reason.vague} == {"other-in-case"}
    assert all(reason.says.endswith(".") for reason in vocabulary().values())
    with pytest.raises(BadInput, match=r"^the reason for this look-up: 'inv' is not a known reason"):
        reason_named("inv")
    asked = {kind.id for kind in installed_register().data_kinds if needs_reason(kind)}
    assert {"subject", "contact", "rejected-row", "backup"} <= asked
    assert asked.isdisjoint({"principal", "incident", "case", "training", "ledger"})


# --- cases

DAY = date(2026, 3, 2)
CASE = CaseFacts("C-12", PURPOSE, DAY, DAY + timedelta(days=10), "North", frozenset({"ann"}))

STANDINGS = [
    # what is asked otherwise                   how the officer then stands
    ({}, CaseStanding.FITS),
    ({"case": None}, CaseStanding.UNKNOWN),
    ({"today": DAY - timedelta(days=1)}, CaseStanding.CLOSED),
    ({"today": DAY + timedelta(days=9)}, CaseStanding.FITS),
    ({"today": DAY + timedelta(days=10)}, CaseStanding.CLOSED),
    ({"purpose": "violence-prevention"}, CaseStanding.OTHER_PURPOSE),
    ({"unit": "South"}, CaseStanding.OTHER_UNIT),
    ({"unit": None}, CaseStanding.OTHER_UNIT),
    ({"officer": "col"}, CaseStanding.NOT_ASSIGNED),
]


@pytest.mark.parametrize(("otherwise", "stands"), STANDINGS)
def test_how_an_officer_stands_to_a_case(otherwise: dict[str, object], stands: CaseStanding) -> None:
    asked = {"case": CASE, "officer": "ann", "unit": "North", "purpose": PURPOSE, "today": DAY}
    asked |= otherwise
    case = asked.pop("case")
    assert standing_in(case, **asked) is stands  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> FileHouse:
    """A house with one person on file, Ann in the North unit, and her cases C-1 (open), C-2 (closed), C-3 (Col's)."""
    house = found_files(tmp_path_factory.mktemp("files"))
    subject = house.register()
    house.keep(subject)
    with house.open() as opened:
        kit, col = opened.kit, opened.signer("Col")
        ann = person_named(kit, "Ann")
        post(kit, actor=col, person=ann, unit="North")
        for case_id, unit, purpose, officers in (
            ("C-1", "North", PURPOSE, [ann]),
            ("C-2", "North", PURPOSE, [ann]),
            ("C-3", "North", PURPOSE, [col.principal]),
            ("C-4", "South", PURPOSE, [ann]),
            ("C-5", "North", "violence-prevention", [ann]),
        ):
            open_case(kit, actor=col, case_id=case_id, purpose=purpose, unit=unit, officers=officers)
        close_case(kit, actor=col, case_id="C-2")
    return house


@contextmanager
def sitting(
    house: FileHouse, *, case: str | None = None, reason: str | None = None, note: str | None = None
) -> Iterator[Sitting]:
    told = {"case": case, "reason": reason, "note": note}
    with house.desk() as desk, desk.open(purpose=PURPOSE, capability="file.keep", **told) as seat:
        yield seat


LOOKS = [
    # case, reason                    the rule that refuses
    (None, None, "reason-required"),
    ("C-1", None, "reason-required"),
    (None, "recorded-crime", "case-required"),
    ("C-9", "recorded-crime", "case-unknown"),
    ("C-2", "recorded-crime", "case-closed"),
    ("C-3", "recorded-crime", "case-not-yours"),
    ("C-4", "recorded-crime", "case-of-another-unit"),
    ("C-5", "recorded-crime", "case-for-another-purpose"),
    ("C-2", "request-of-the-person", "case-closed"),
    ("C-1", "source-repair", "reason-for-another-kind"),
    ("C-1", "inv", "reason-says-nothing"),
    ("C-1", "", "reason-says-nothing"),
]


@pytest.mark.requirement("L03", "H05")
@pytest.mark.parametrize(("case", "reason", "rule"), LOOKS)
def test_a_person_is_not_looked_up_without_reason_and_case(
    files: FileHouse, case: str | None, reason: str | None, rule: str
) -> None:
    with pytest.raises(Refused) as refused, sitting(files, case=case, reason=reason) as seat:
        seat.find_subject(PLATE)
    assert refused.value.rule == rule
    (entry,) = files.last()
    assert (entry.kind, entry.rule) == ("request.refused", rule)
    if rule == "reason-says-nothing":
        assert entry.facts == {"capability": "file.keep"}, "words outside the vocabulary may tell a name"


@pytest.mark.requirement("L03")
def test_a_look_up_tells_its_reason_and_its_case_by_a_name_that_dies_with_the_case(files: FileHouse) -> None:
    with sitting(files, case="C-1", reason="recorded-crime") as seat:
        assert seat.find_subject(PLATE) is not None
    with sitting(files, case="C-1", reason="recorded-crime") as seat:
        seat.records("sighting")
    one, other = files.last(2)
    assert one.facts["reason"] == other.facts["reason"] == "recorded-crime"
    assert one.facts["case"] == other.facts["case"]
    assert len(str(one.facts["case"])) == 64
    with files.open() as opened:
        envelopes = b"".join(entry.envelope for entry in opened.kit.ledger.entries())
    assert b"C-1" not in envelopes


@pytest.mark.requirement("H05")
def test_a_vague_reason_asks_for_words_which_are_kept_sealed(files: FileHouse) -> None:
    with pytest.raises(Refused, match="says too little"), sitting(files, case="C-1", reason="other-in-case"):
        pass
    with sitting(files, case="C-1", reason="other-in-case", note=NOTE) as seat:
        seat.find_subject(PLATE)
    noted, looked = files.last(2)
    assert (noted.kind, looked.kind) == ("reason.noted", "subject.sought")
    assert noted.facts["case"] == looked.facts["case"]
    with files.open() as opened:
        sealed = opened.kit.ledger.blob(noted.index)
        assert sealed is not None
        assert b"Mill Lane" not in sealed
        assert note_said(opened.kit, sealed) == NOTE


def test_a_case_is_kept_by_commanders_and_read_by_whoever_oversees(files: FileHouse) -> None:
    with files.open() as opened:
        kit, col, ann = opened.kit, opened.signer("Col"), opened.signer("Ann")
        told = {"purpose": PURPOSE, "unit": "North", "officers": [ann.principal]}
        with pytest.raises(Refused, match="default-deny"):
            open_case(kit, actor=ann, case_id="C-7", **told)  # type: ignore[arg-type]
        for case_id in ("C-1", "=HYPERLINK(1)", "x", "a b", "C-7\n", "<b>C-7</b>", "'; drop table records"):
            with pytest.raises(BadInput):
                open_case(kit, actor=col, case_id=case_id, **told)  # type: ignore[arg-type]
        with pytest.raises(BadInput, match="not in the register"):
            open_case(kit, actor=col, case_id="C-7", purpose="curiosity", unit="North", officers=[])
        with pytest.raises(BadInput, match="no open case"):
            assign(kit, actor=col, case_id="C-2", officers=[])
        open_case(kit, actor=col, case_id="C-8", **told)  # type: ignore[arg-type]
        assign(kit, actor=col, case_id="C-8", officers=[])
        found = {case.case_id: case for case in cases(kit, actor=opened.signer("Aud"))}
        assert found["C-8"].officers == frozenset()
        assert found["C-2"].closed == found["C-2"].opened
        with pytest.raises(Refused, match="default-deny"):
            cases(kit, actor=ann)


# --- the figure


@pytest.mark.requirement("H05")
def test_the_share_of_vague_reasons_is_a_figure_for_each_unit(files: FileHouse) -> None:
    """Recomputed from the entries of the tests above and of this one: what was refused as empty counts as vague."""
    with files.open() as opened:
        start = opened.kit.ledger.size
    for reason, note in (
        ("recorded-crime", None),
        ("recorded-crime", None),
        ("other-in-case", NOTE),
        ("inv", None),
    ):
        try:
            with sitting(files, case="C-1", reason=reason, note=note) as seat:
                seat.find_subject(PLATE)
        except Refused:
            assert reason == "inv"
    with files.open() as opened:
        ann = person_named(opened.kit, "Ann").id
        entries = [e for e in opened.kit.ledger.entries(start) if e.kind != "reason.noted"]
        (north,) = shares_by_unit(entries, units={ann: "North"}, vague=frozenset({"other-in-case"}))
    assert (north.unit, north.looked, north.vague) == ("North", 4, 2)
    assert north.share == wilson(Share(2, 4))


def test_the_interval_of_a_share_is_wilsons() -> None:
    interval = wilson(Share(2, 4))
    assert (round(interval.lo, 4), round(interval.hi, 4)) == (0.1500, 0.8500)
    assert (wilson(Share(0, 0)).lo, wilson(Share(0, 0)).hi) == (0.0, 1.0)
    assert wilson(Share(0, 50)).lo == 0.0
