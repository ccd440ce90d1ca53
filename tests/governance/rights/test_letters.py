"""Letters word for word, the facts of a deferral, and from which instant a notice is due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest

from peelian.domain.errors import BadInput
from peelian.domain.plan import LEGAL_EFFECT
from peelian.domain.statement import PlaceStatement
from peelian.domain.time import Period
from peelian.governance.desk import Kept
from peelian.governance.rights.letter import (
    ROLE_OF_THE_SYSTEM,
    Held,
    lifting_letter,
    neither_letter,
    person_letter,
    place_letter,
    place_reasons,
)
from peelian.governance.rights.notice import Deferral, Notice, awaiting, deferred
from peelian.governance.rights.request import Point
from peelian.governance.rights.restriction import Restriction

NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)
REMEDY = "Write to the supervisory authority."


def said(text: str) -> tuple[str, ...]:
    """Return the paragraphs of a letter: its heading, the line under it, and what follows."""
    assert text.endswith("\n")
    heading, line, *paragraphs = text.removesuffix("\n").split("\n\n")
    assert line == "=" * min(len(heading), 78)
    return heading, *paragraphs


@pytest.mark.requirement("T05")
def test_the_letter_that_says_neither_yes_nor_no_says_the_same_to_everybody() -> None:
    assert said(neither_letter("r-1", remedy=REMEDY).text()) == (
        "Answer to request r-1",
        "Your request was received, your identity was established, and all that could be held was searched. You can "
        "have the supervisory authority exercise your rights in your place; it will tell you at least that all "
        "necessary verifications have taken place (Article 17(3)).",
        "What was found: Whether anything is held about you is neither confirmed nor denied; that is said to "
        "everybody who asks.",
        "On which rule: Directive (EU) 2016/680, Articles 15(3) and 16(4), as the law of this place applies them.",
        "Who decided: An officer who had no part in anything that may be held; the ledger names the entry of this "
        "answer.",
        f"What you can do: {REMEDY}",
    )


SIGHTING = Held("sighting", "suspect", NOW, "A blue ladder.")
STATEMENT = Held("statement", "victim", NOW + timedelta(days=1), "It was seen.", restricted=True)
TOLD = "sighting, as suspect, since 2026-05-04T09:00:00.000Z: A blue ladder."
RESTING = (
    "statement, as victim, since 2026-05-05T09:00:00.000Z (restricted: it stays, and nobody works with it): "
    "It was seen."
)


@pytest.mark.requirement("T05")
@pytest.mark.parametrize(
    ("held", "told", "found"),
    [
        ((), (), "No record on you is held here."),
        ((SIGHTING,), (TOLD,), "Held on you here, and shown above: 1 record."),
        ((SIGHTING, STATEMENT), (TOLD, RESTING), "Held on you here, and shown above: 2 records."),
    ],
)
def test_a_person_is_told_each_record_since_when_and_whether_it_rests(
    held: Sequence[Held], told: Sequence[str], found: str
) -> None:
    assert said(person_letter("r-1", held=held, remedy=REMEDY).text()) == (
        "Answer to request r-1",
        *told,
        ROLE_OF_THE_SYSTEM,
        f"What was found: {found}",
        "On which rule: Each kind is kept on the ground, and no longer than the time, that this house's public "
        "register names.",
        "Who decided: A rights officer, by the ledger entry of this answer.",
        f"What you can do: {REMEDY}",
    )


@pytest.mark.requirement("T05")
@pytest.mark.parametrize(
    ("cause", "ground"),
    [("contested", "you contested that they are right"), ("evidence", "they were evidence")],
)
def test_whose_restriction_is_to_end_is_told_why_it_stood_and_what_was_found_since(
    cause: str, ground: str
) -> None:
    letter = lifting_letter(why="The plate was read twice.", ends=NOW, cause=cause, remedy=REMEDY)
    assert said(letter.text()) == (
        "Notice that a restriction is to end",
        "The restriction may end on 2026-05-04T09:00:00.000Z, and not before; until then nobody works with these data.",
        f"What was found: Data on you are restricted here because {ground}. What was found since: The plate was read "
        "twice.",
        "On which rule: Directive (EU) 2016/680, Article 16(3), as the law of this place applies it.",
        "Who decided: A rights officer put this forward; another one decides.",
        f"What you can do: {REMEDY}",
    )


def stated(work: str, number: int) -> PlaceStatement:
    week = Period(date(2026, 5, 4), date(2026, 5, 11), "UTC")
    return PlaceStatement(
        work, f"{work}-{number}", number, "burglary", week, "It was said.", "By a model.", 0.5, ("ann",)
    )


@pytest.mark.requirement("T05")
@pytest.mark.parametrize(
    ("statements", "charters", "told", "found", "rule"),
    [
        (
            (),
            (),
            ("Nothing that is kept was forecast, planned or decided for this place.",),
            "No statement about the place is kept.",
            "Nothing is done here without a charter; none was used for this place.",
        ),
        (
            (stated("plan", 9), stated("forecast", 7), stated("forecast", 8)),
            ("c1", "c2"),
            (
                "plan plan-9, ledger entry 9, for 2026-05-04 to 2026-05-10 (UTC): It was said. By a model.",
                "forecast forecast-7, ledger entry 7, for 2026-05-04 to 2026-05-10 (UTC): It was said. By a model.",
                "forecast forecast-8, ledger entry 8, for 2026-05-04 to 2026-05-10 (UTC): It was said. By a model.",
            ),
            "3 statements about the place are kept (forecast, plan); each stands above.",
            "They stand on the charters c1, c2, which others approved and which the ledger names.",
        ),
    ],
)
def test_who_asks_about_a_place_is_told_every_statement_and_on_which_charters_it_stands(
    statements: Sequence[PlaceStatement], charters: Sequence[str], told: Sequence[str], found: str, rule: str
) -> None:
    decider = "The people who acted by these entries."
    reasons = place_reasons(statements, charters=charters, decider=decider, remedy=REMEDY)
    letter = place_letter("r-1", point=Point(-87.65, 41.85), statements=statements, reasons=reasons)
    assert said(letter.text()) == (
        "Answer to request r-1: longitude -87.65, latitude 41.85",
        *told,
        ROLE_OF_THE_SYSTEM,
        LEGAL_EFFECT,
        f"What was found: {found}",
        f"On which rule: {rule}",
        f"Who decided: {decider}",
        f"What you can do: {REMEDY}",
    )


POINTS = {
    "controller": "The agency",
    "officer": "its data protection officer",
    "purpose": "finding a stolen vehicle",
    "legal_basis": "The police act of this place, section 12.",
    "kept": "until the case is closed",
    "recipients": "the prosecutor",
    "remedy": "You may ask for access, and complain to the authority.",
}


@pytest.mark.requirement("T05")
def test_a_notice_says_every_point_of_the_article_or_is_none() -> None:
    assert said(Notice(**POINTS).letter().text()) == (
        "Notice to a person whom data are about",
        "Responsible: The agency. Asked about data protection: its data protection officer.",
        "How long the data are kept: until the case is closed. Who may receive them: the prosecutor.",
        "What was found: Data about you are processed here, for this purpose: finding a stolen vehicle.",
        "On which rule: The police act of this place, section 12.",
        "Who decided: The agency, through its rights officer.",
        "What you can do: You may ask for access, and complain to the authority.",
    )
    for point in POINTS:
        with pytest.raises(BadInput, match=rf"^A notice says {point} too \(LED Article 13\); write it\.$"):
            Notice(**(POINTS | {point: " "})).letter()


LATEST = NOW + timedelta(days=183)


@pytest.mark.parametrize("ground", list(Restriction))
def test_a_deferral_is_recorded_with_its_ground_and_its_end(ground: Restriction) -> None:
    put_off = deferred(ground, until=LATEST.astimezone(tz=None), now=NOW)
    assert put_off == Deferral(ground, LATEST)
    assert put_off.document() == {
        "given": False,
        "ground": ground.value,
        "until": "2026-11-03T09:00:00.000Z",
    }


@pytest.mark.parametrize("until", [NOW, LATEST + timedelta(milliseconds=1)])
def test_no_deferral_ends_at_once_or_later_than_half_a_year_on(until: datetime) -> None:
    with pytest.raises(
        BadInput,
        match=r"^A notice is put off until an instant within 183 days from now; 2026-[-0-9]+T09:00:00\.00[01]Z is not"
        r"\. Give an earlier end; when it comes, look at the ground again\.$",
    ):
        deferred(Restriction.OTHERS, until=until, now=NOW)


def kept(index: int, subject: str, until: datetime | None) -> Kept:
    given = {"given": True, "ground": None, "until": None}
    body = given if until is None else Deferral(Restriction.INQUIRIES, until).document()
    return Kept(f"n{index}", "notice", subject, body, index, NOW)


def test_a_notice_is_due_from_the_instant_until_which_it_was_put_off_and_the_last_word_counts() -> None:
    instant = timedelta(milliseconds=1)
    notices = [
        kept(9, "given since", None),
        kept(8, "put off anew", NOW + instant),
        kept(7, "due now", NOW),
        kept(6, "not due yet", NOW + instant),
        kept(5, "due before", NOW - instant),
        kept(4, "due now", NOW - instant),
        kept(3, "put off anew", NOW),
        kept(2, "given since", NOW),
        kept(1, "told at once", None),
    ]
    assert awaiting(notices, now=NOW) == ("due before", "due now")
    assert awaiting(notices, now=NOW - 2 * instant) == ()
