"""What a name says once its disguises are off, letter by letter; and where the reading stops."""

from __future__ import annotations

import pytest

from peelian.governance.prohibition.names import Lexicon, is_plain, person_key, singular, unmask

LOOKED_FOR = Lexicon(
    words=frozenset({("nationality",), ("income",), ("race",), ("home", "address")}),
    stems=("ethnic",),
    pairs=(frozenset({"suspect", "person"}), frozenset({"score", "risk"})),
    within=2,
    unless=frozenset({("race", "track"), ("income", "tax", "office")}),
)

NAMES = """
race                      hit    as it stands
races                     hit    in the plural
incomeLastYear            hit    a word among others
RACE                      hit
r4ce                      hit    a digit for a letter
r_a_c_e                   hit    letters apart
in_come                   hit    torn in two
na_tion_ality             hit    torn in three
ra_ce                     hit    torn, and short
pctrace                   hit    a figure's word before it
localincome               hit    something said around a long word
incomings                 -
ratrace                   -      other words before it
horserace                 -
natiomality               hit    one letter changed
nationalitx               hit    the last one changed
nazionality               hit
xationality               -      the first one changed
natinality                hit    one left out
nationalit                hit    the last one left out
natiionality              hit    one too many
nattinality               -      two slips
icnome                    hit    the second and the third swapped
incoem                    hit    the last two swapped
nicome                    -      the first two swapped
emocni                    hit    backwards
ecar                      -      backwards, but short
ntnlty                    hit    without vowels
ncm                       -      without vowels, but short
multiethnicity            hit    a stem inside a word
home_address              hit    a phrase
address_home              -      its words the other way round
home_of_address           -      its words apart
suspect_score             hit    a pair
risk_of_person            hit    a pair in the other order, within two words
score_for_each_suspect    -      three words apart
suspectscore              hit    a pair written together
scoreperson               hit
suspects                  -      one of a pair
race_track                -      a harmless phrase
race_track_race           hit    beside a harmful word
income_tax_office         -
income_tax                hit
"""


@pytest.mark.parametrize("line", NAMES.split("\n")[1:-1])
def test_a_lexicon_finds_what_it_looks_for_in_disguise_and_nothing_else(line: str) -> None:
    name, verdict, *_ = line.split()
    assert LOOKED_FOR.hits(name) is (verdict == "hit")


@pytest.mark.parametrize(
    ("plural", "one"),
    [
        ("cities", "city"),
        ("ties", "tie"),
        ("churches", "church"),
        ("bushes", "bush"),
        ("boxes", "box"),
        ("classes", "class"),
        ("class", "class"),
        ("cells", "cell"),
        ("cars", "car"),
        ("gas", "gas"),
        ("is", "is"),
        ("cell", "cell"),
    ],
)
def test_the_singular_as_far_as_the_end_of_a_word_tells(plural: str, one: str) -> None:
    assert singular(plural) == one


def test_a_name_in_plain_letters() -> None:
    assert unmask("Ra\u200bc\u0435 \u2177 \u00e9\u00f8\u00df") == "Race viii eoss"
    assert person_key(" J\u00fcrgen  O'Neil-2 ") == "jurgenoneil2"
    assert [is_plain(name) for name in ("age", "\u00e2ge", "\u5e74", "12", "")] == [
        True,
        True,
        False,
        False,
        False,
    ]


def test_what_is_left_when_single_words_are_taken_out() -> None:
    assert LOOKED_FOR.without("race_and_home_address") == "and home address"
