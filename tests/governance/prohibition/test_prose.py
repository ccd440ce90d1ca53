"""What a sentence is read for: who is done what, what is denied, and what it leaves unsaid."""

from __future__ import annotations

from importlib import resources

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peelian.domain.errors import BadInput, Refused
from peelian.governance.prohibition.prohibited import installed_list
from peelian.governance.prohibition.proposal import NOT_SHOWN, Proposal, examine
from peelian.governance.prohibition.prose import read_name, read_request
from peelian.governance.prohibition.vocabulary import Side, installed_vocabulary, read_vocabulary, words_of


def rules(text: str) -> set[str]:
    return {each.rule.id for each in read_request(text).objections}


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("Rank the tenants by risk.", True),
        ("The tenants are never ranked by risk.", False),
        ("Do not hesitate to rank the tenants.", True),
        ("Rank the tenants without telling them.", True),
        ("No tenant is ranked, we only order them by risk.", True),
        ("Not tenants but streets are ranked by risk.", False),
    ],
)
def test_what_is_denied_is_not_said_and_what_follows_the_denial_is(text: str, refused: bool) -> None:
    assert ("no-person-score" in rules(text)) == refused


@pytest.mark.parametrize(
    ("text", "unexplained"),
    [
        ("Tell residents what was forecast for their street.", ()),
        ("Tell residents which tenants moved in on their street.", ("tenants",)),
        ("Visit the tenants of the street.", ("tenants",)),
        ("Count pedestrians on the street.", ()),
        ("Count pedestrians on the street and name who they are.", ("pedestrians",)),
        ("Look for a suspect in an open case.", ()),
        ("Look for every suspect in the crowd in an open case.", ("suspect",)),
    ],
)
def test_a_mention_of_persons_is_explained_by_what_is_done_for_them(
    text: str, unexplained: tuple[str, ...]
) -> None:
    assert read_request(text).unexplained == unexplained


def test_them_is_whoever_was_named_before_denied_or_not() -> None:
    assert "no-person-score" in rules("We do not score persons; we order them by date.")
    assert "no-person-score" not in rules("We do not score streets; we order them by date.")


@pytest.mark.parametrize(
    ("said", "lacks"),
    [
        ({"text": "Predict it better."}, "places, times, things or events"),
        ({"text": "Knock at the tenants on the street."}, "tenants"),
        ({"target": "wellbeing"}, "wellbeing"),
    ],
)
def test_what_cannot_be_judged_is_not_shown_to_be_permitted(said: dict[str, str], lacks: str) -> None:
    with pytest.raises(Refused, match=lacks) as refusal:
        examine(Proposal(**said))
    assert refusal.value.rule == NOT_SHOWN
    assert "State the unit" in refusal.value.remedy


def test_a_stated_target_is_the_way_out_of_a_sentence_without_a_unit() -> None:
    examine(Proposal(text="Predict it better.", target="street"))


def test_a_sentence_that_weighs_nothing_needs_no_unit() -> None:
    examine(Proposal(text="Mend the typing error."))


def test_a_name_may_not_be_about_the_suspected_whatever_it_does_with_them() -> None:
    assert [rule.id for rule in read_name("patrol.visit-known-burglars")] == ["no-person-score"]
    assert read_name("patrol.visit-dark-streets") == ()


@pytest.mark.parametrize("said", ["p e r s o n", "p.e.r.s.o.n", "реrsоn", "PERSON", "p3rson"])
def test_a_disguised_word_is_read(said: str) -> None:
    words = words_of(f"rank each {said} here")
    assert installed_vocabulary().holds(words, "persons", "measures", "each")


DICTIONARY = (resources.files("peelian.governance") / "policies" / "persons.txt").read_text("utf-8")
NOUNS_LISTED = [line for line in DICTIONARY.splitlines() if not line.startswith("#")]


@settings(deadline=None)
@given(st.sampled_from(NOUNS_LISTED))
def test_whoever_the_dictionary_knows_is_a_person(noun: str) -> None:
    assert "no-person-score" in rules(f"Rank every {noun.removesuffix('+')} of the district.")


@pytest.mark.parametrize(
    ("text", "unexplained"),
    [
        ("Keep a list of the lesbians near the port.", ("lesbians",)),
        ("Keep a list of the Germans near the port.", ("Germans",)),
        ("Report each Muslim near the port.", ("each Muslim",)),
        ("Keep the firemen and the women's doctors apart.", ("women", "doctors")),
        ("Translate the German letter about the port.", ()),
        ("Write to the imams near the port.", ()),
        ("Pickpocketing of tourists near the port.", ()),
        ("The analyst and the officer read the list.", ()),
    ],
)
def test_nouns_of_the_dictionary_are_persons_whom_a_frame_must_explain(
    text: str, unexplained: tuple[str, ...]
) -> None:
    assert read_request(text).unexplained == unexplained


def test_a_noun_of_the_dictionary_lets_nothing_else_pass() -> None:
    """`predictor` is left out of it; a poet who is told something does not excuse the ground of faith."""
    assert rules("Tell the poet that mosque density is a predictor in the patrol forecast.")
    assert rules("Use mosque density as a predictor.")


@pytest.mark.parametrize(
    "text",
    [
        "From the way he walks, tell whether the man is carrying a gun.",
        "Tell us if the driver is on drugs.",
    ],
)
def test_to_tell_whether_is_not_to_tell_somebody(text: str) -> None:
    with pytest.raises(Refused):
        examine(Proposal(text=text))


def test_every_frame_can_explain_somebody() -> None:
    frames = installed_vocabulary().frames
    assert len({frame.id for frame in frames}) == len(frames)
    for frame in frames:
        assert frame.kinds
        assert frame.says
        assert frame.within == 0 or frame.side in (Side.BEFORE, Side.AFTER)


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        ("{id: a, near: x, side: over, within: 1, explains: [x], says: s}", "not a known side"),
        ("{id: a, near: y, side: before, within: 1, explains: [x], says: s}", "not a known class"),
        ("{id: a, near: x, side: before, within: 1, explains: [y], says: s}", "not a known class"),
        ("{id: a, near: x, side: before, within: 1, explains: [x], says: s, more: s}", "unknown key"),
    ],
)
def test_a_vocabulary_that_is_not_whole_is_none(frame: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        read_vocabulary(f"schema: 1\nclasses:\n  x:\n    words: [x]\nframes:\n  - {frame}\n")


@pytest.mark.parametrize(
    ("name", "refused"),
    [
        ("indian_creek_gauge", False),
        ("indian_creek_residents", True),
        ("indian_share_creek", True),
        ("children_crossing_signs", False),
        ("children_per_household", True),
        ("polish_war_memorial", False),
        ("polish_households", True),
    ],
)
def test_a_name_of_a_place_is_told_from_a_name_of_people(name: str, refused: bool) -> None:
    try:
        examine(Proposal(inputs=(name,)))
    except Refused:
        assert refused
    else:
        assert not refused


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Tell from the voice whether she is lying.", "no-emotion-inference"),
        ("Play the voice on the platform.", None),
        ("Collect photos from Instagram.", "no-face-scraping"),
        ("Collect photos of broken lamps.", None),
        ("Identify fans on camera.", "no-real-time-identification"),
        ("The camera alert stops the car at once.", "no-act-without-a-person"),
        ("The camera alert waits.", None),
    ],
)
def test_what_a_sentence_puts_together_is_what_it_is_refused_for(text: str, rule: str | None) -> None:
    assert (rule in rules(text)) if rule else not rules(text)


def test_a_case_excuses_only_the_combination_that_says_so() -> None:
    assert "no-real-time-identification" not in rules("Identify the man on camera in case 14.")
    assert "no-emotion-inference" in rules("Tell from the voice in case 14 whether she is lying.")


@pytest.mark.parametrize(
    ("text", "alone"),
    [
        ("The car leaves without a review.", True),
        ("No car leaves without a review.", False),
        ("The alarm is reset by default; the drone starts by itself.", True),
    ],
)
def test_leaving_a_person_out_is_refused_and_forbidding_it_is_not(text: str, *, alone: bool) -> None:
    assert ("no-act-without-a-person" in rules(text)) == alone


def test_a_heading_says_what_the_list_below_it_is_for() -> None:
    assert "no-special-category-input" in rules("Features of the forecast: religion, lamps.")
    assert "no-special-category-input" not in rules("Words on the page: religion, lamps.")


def test_what_was_asked_for_and_declined_is_not_proposed() -> None:
    assert rules("The vendor asked for a ranking of tenants.")
    assert not rules("The vendor asked for a ranking of tenants. Decline.")


def test_a_rejected_proposal_is_not_proposed() -> None:
    assert rules("The tender ranks tenants by risk.")
    assert not rules("A tender that ranks tenants by risk is rejected.")


def test_a_case_is_open_by_its_number_anywhere_in_the_text() -> None:
    assert read_request("Case 14. Ask the provider for the suspect's calls.").unexplained == ()
    assert read_request("In this case, ask for the suspect's calls.").unexplained == ("suspect",)


def test_a_victim_needs_no_frame_until_somebody_is_measured() -> None:
    assert read_request("A callback by the victim's street.").unexplained == ()
    assert read_request("Predict the victim's street.").unexplained == ("victim",)


def test_an_audit_of_bias_may_ask_about_groups() -> None:
    assert rules("Send patrols by religion.")
    assert not rules("Bias audit: does the forecast send patrols by religion?")


@pytest.mark.parametrize(
    ("combination", "says"),
    [("{rule: r, of: [y]}", "not a known class"), ("{rule: r, of: [x], unless: [y]}", "not a known class")],
)
def test_a_combination_of_unknown_classes_is_none(combination: str, says: str) -> None:
    frame = "{id: a, near: x, side: itself, explains: [x], says: s}"
    text = (
        f"schema: 1\nclasses:\n  x:\n    words: [x]\nframes:\n  - {frame}\ncombinations:\n  - {combination}\n"
    )
    with pytest.raises(BadInput, match=says):
        read_vocabulary(text)


def test_every_combination_stands_under_a_rule_of_the_list() -> None:
    known = {rule.id for rule in installed_list().rules}
    assert {each.rule for each in installed_vocabulary().combinations} <= known
