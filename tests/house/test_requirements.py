"""Every requirement is shown by a test that names it, or the catalogue says for what it waits."""

from __future__ import annotations

import ast

import pytest

from docs.pages.requirements import PART_TWO, _marked, shown_by
from peelian.domain.errors import BadInput
from peelian.governance.requirements import installed_requirements, read_requirements

MOST_BEYOND = 10
"""Rows that may wait for other rooms than oversight."""


def test_no_mark_names_a_requirement_that_is_not_in_the_catalogue() -> None:
    assert set(shown_by()) <= {row.id for row in installed_requirements()}


def test_a_row_waits_if_and_only_if_no_test_shows_it() -> None:
    shown = shown_by()
    assert {row.id for row in installed_requirements() if not row.waits} == set(shown)


def test_few_rows_wait_for_other_rooms() -> None:
    beyond = [row.id for row in installed_requirements() if row.waits and row.waits != PART_TWO]
    assert len(beyond) <= MOST_BEYOND, beyond


def test_marks_of_a_function_a_class_and_a_whole_file_are_found() -> None:
    text = """
pytestmark = [pytest.mark.fault, pytest.mark.requirement("L01")]
@pytest.mark.requirement("L07", "L08")
def test_one(): ...
def no_test(): ...
@pytest.mark.requirement("R03")
class TestMany:
    def test_two(self): ...
"""
    assert dict(_marked(ast.parse(text).body, "f.py")) == {
        "f.py::test_one": ["L01", "L07", "L08"],
        "f.py::TestMany::test_two": ["L01", "R03"],
    }


def test_two_rows_of_one_id_are_refused() -> None:
    row = "{id: A, area: a, says: b, source: c, seen: text, proof: d}"
    with pytest.raises(BadInput, match="two rows one id"):
        read_requirements(f"schema: 1\nrequirements: [{row}, {row}]")
