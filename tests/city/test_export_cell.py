"""Cells that would run as a formula in a spreadsheet, and those that would not."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peelian.city.export_cell import STARTS_A_FORMULA, neutral_cell

CELLS = [
    ("THEFT", "THEFT"),
    ("", ""),
    ("=1+1", "'=1+1"),
    ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
    ("-2+3", "'-2+3"),
    ("@SUM(A1:A9)", "'@SUM(A1:A9)"),
    ("\t=1+1", "'\t=1+1"),
    ("\r=1+1", "'\r=1+1"),
    ("  =1+1", "'  =1+1"),
    ("\uff1d1+1", "'\uff1d1+1"),
    ("-87.65", "-87.65"),
    ("+1.5e-3", "+1.5e-3"),
    ("-87.65 W", "'-87.65 W"),
    ("a=b", "a=b"),
]


@pytest.mark.parametrize(("published", "exported"), CELLS)
def test_a_cell(published: str, exported: str) -> None:
    assert neutral_cell(published) == exported


@given(text=st.text(max_size=20))
def test_no_exported_text_begins_a_formula_unless_it_is_a_number(text: str) -> None:
    out = neutral_cell(text)
    assert out in (text, f"'{text}")
    if out.startswith(STARTS_A_FORMULA):
        float(out)


@given(
    text=st.sampled_from(STARTS_A_FORMULA).flatmap(
        lambda sign: st.text(max_size=9).map(lambda rest: sign + rest)
    )
)
def test_a_neutral_cell_stays_so_through_a_csv_file(text: str) -> None:
    file = io.StringIO(newline="")
    csv.writer(file).writerow([neutral_cell(text), "next"])
    (row,) = csv.reader(io.StringIO(file.getvalue(), newline=""))
    assert row == [neutral_cell(text), "next"]
