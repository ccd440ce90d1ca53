"""Our NIBRS table agrees with a published one, and where it differs the difference is drawn here with its reason."""

from __future__ import annotations

import csv

import pytest

from peelian.city.mapping.nibrs import nibrs_offence, nibrs_offences
from peelian.domain.errors import BadInput
from tests.data import DATA, data_folder

DIFFERENT = """
code  theirs    ours    because
09C   Person    none    the manual: justifiable homicide is not a crime
90I   Society   none    the manual: a runaway is not a crime
90Z   PersonPropertyOrSociety  any  one word for the same
"""


@data_folder("investigate")
def test_the_table_agrees_with_a_published_one() -> None:
    with (DATA / "investigate" / "nibrs" / "nibrs_codes.csv").open(encoding="utf-8", newline="") as file:
        theirs = {row["code"]: row for row in csv.DictReader(file) if row["table"] == "Offense"}
    ours = nibrs_offences()
    assert set(theirs) <= set(ours)
    assert set(ours) - set(theirs) == {"360"}  # came with the federal offences, after that table was written
    assert {code: row["group_or_extra"] for code, row in theirs.items()} == {
        code: ours[code].group for code in theirs
    }
    differing = {
        code: (row["crime_against"], ours[code].against)
        for code, row in theirs.items()
        if row["crime_against"].lower() != ours[code].against
    }
    drawn = [line.split(maxsplit=3) for line in DIFFERENT.strip().splitlines()[1:]]
    assert differing == {code: (theirs_say, ours_says) for code, theirs_say, ours_says, _ in drawn}


@data_folder("investigate")
def test_the_names_are_the_same_offences_in_our_words() -> None:
    """Every name shares its first long word with the published description, but for one slip of theirs."""
    with (DATA / "investigate" / "nibrs" / "nibrs_codes.csv").open(encoding="utf-8", newline="") as file:
        theirs = {
            row["code"]: row["description"] for row in csv.DictReader(file) if row["table"] == "Offense"
        }

    def words(text: str) -> set[str]:
        return {
            word[:5] for word in text.lower().replace("/", " ").replace("-", " ").split() if len(word) > 3
        }

    strangers = {code for code, text in theirs.items() if not words(text) & words(nibrs_offence(code).name)}
    assert strangers == {"526"}  # theirs repeats 522's description; the manual has explosives


def test_what_police_activity_finds_says_why() -> None:
    found = {code for code, offence in nibrs_offences().items() if offence.found_by_police}
    assert found >= {
        "35A",
        "35B",
        "39A",
        "39B",
        "39C",
        "40A",
        "40B",
        "40C",
        "520",
        "90B",
        "90D",
        "90E",
        "90G",
        "90J",
    }
    assert not found & {"09A", "11A", "13A", "13B", "120", "200", "220", "23F", "240", "290", "90F", "90Z"}
    assert all(len(offence.found_by_police or "x" * 50) > 40 for offence in nibrs_offences().values())


def test_group_b_is_the_nineties() -> None:
    assert all((offence.group == "B") == code.startswith("90") for code, offence in nibrs_offences().items())


@pytest.mark.parametrize("code", ["999", "", "35a", "22"])
def test_another_code_is_refused_with_an_example(code: str) -> None:
    with pytest.raises(BadInput, match="is no NIBRS offence code; give three characters such as '220'"):
        nibrs_offence(code)
