"""The analyst's page: what a mapping means, what a file shows of it, and nothing that a file could smuggle in."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import cast

import pyarrow.csv as arrow_csv
import pytest

from peelian.city.drafting.page import mapping_page
from peelian.city.drafting.seen import Seen, SeenCode, see
from peelian.city.drafting.service import source_page
from peelian.city.findings import Findings, LoadHeld, Reason, UnknownCode
from peelian.city.intake.clean import clean
from peelian.city.intake.delivery import Block
from peelian.city.intake.read import raw_table
from peelian.city.mapping.origin_rules import OriginRule, Origins
from peelian.city.mapping.precision import Snapped
from peelian.city.mapping.source import Assertions, Bbox, Correction, Offences, Resolution, SourceMapping
from peelian.domain.incident import Origin
from tests.city.drawn import DRAWN, KEY, TODAY, table

MAPPED = replace(
    DRAWN,
    offences=Offences(
        groups={"BURG": "burglary", "DRUG": "drugs", "NOIS": "noise"}, nibrs={"BURG": "220", "DRUG": "35A"}
    ),
    origins=Origins(
        rules=(
            OriginRule("by", ("OFFICER",), Origin.ENFORCEMENT_FOUND, "an officer came upon it"),
            OriginRule("by", ("ALARM", "OFFICER"), Origin.SENSOR_FOUND, "a device <b>reported</b> it"),
        )
    ),
    corrections=(Correction("offence", "BRUG", "BURG", "told by mail in 2024"),),
    assertions=Assertions(rows_min=3, rows_max=9, filled={"offence": 0.9}, shares={"burglary": (0.1, 0.4)}),
)

FILE = """
time              lon    lat   offence  by
2024-01-01T10:00  -87.5  41.9  BURG     CITIZEN
2024-01-01T11:00  -87.5  41.9  BURG     OFFICER
2024-01-01T12:00  -87.5  41.9  BRUG     ALARM
2024-01-01T13:00  -87.5  41.9  DRUG     CITIZEN
2024-01-01T14:00  -87.5  41.9  .        .
"""

STRANGE = FILE + "2024-01-01T15:00  -87.5  41.9  <script>alert(1)</script>  CITIZEN\n"


def look(drawing: str, mapping: SourceMapping = MAPPED) -> tuple[Seen, Findings]:
    raw = raw_table(table(drawing))
    seen = see(raw.blocks(), mapping=mapping)
    try:
        return seen, clean(raw, mapping=mapping, key=KEY, epsg=32616, loaded_on=TODAY).findings
    except LoadHeld as held:
        return seen, held.findings


def page(drawing: str, mapping: SourceMapping = MAPPED) -> str:
    seen, findings = look(drawing, mapping)
    return mapping_page(mapping, seen=seen, findings=findings)


class Words(HTMLParser):
    """The words of a page by table cell, and the tags it is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.cells: list[list[str]] = []
        self.tags: list[str] = []
        self.inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag == "tr":
            self.cells.append([])
        elif tag in {"td", "th"}:
            self.cells[-1].append("")
            self.inside = True

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag not in {"td", "th"}

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.cells[-1][-1] += data.strip()


def rows_of(html: str) -> list[list[str]]:
    words = Words()
    words.feed(html)
    return words.cells


def test_what_a_file_shows_is_counted() -> None:
    seen, _ = look(FILE)
    assert seen.rows == 5
    assert dict(seen.filled) == {"occurred_start": 5, "x": 5, "y": 5, "offence": 4}
    assert seen.codes == (
        SeenCode(
            "BURG", 3, ((Origin.VICTIM_REPORTED, 1), (Origin.ENFORCEMENT_FOUND, 1), (Origin.SENSOR_FOUND, 1))
        ),
        SeenCode("DRUG", 1, ((Origin.ENFORCEMENT_FOUND, 1),)),
    )
    assert (seen.ruled, seen.corrected) == ((1, 1), (1,))


APART = """
day         clock  lon    lat   offence  by
2024-01-01  1000   -87.5  41.9  BURG     CITIZEN
2024-01-01  .      -87.5  41.9  DRUG     OFFICER
.           1100   -87.5  41.9  BURG     CITIZEN
"""


def test_a_date_and_a_time_of_day_are_put_together_before_they_are_looked_at() -> None:
    columns, combine = replace(MAPPED.columns, occurred_start="at"), {"at": ("day", "clock")}
    mapping = replace(MAPPED, columns=columns, combine=combine, time_format="%Y-%m-%d %H%M")
    seen, _ = look(APART, mapping)
    assert dict(seen.filled) == {"occurred_start": 2, "x": 3, "y": 3, "offence": 3}
    assert rows_of(page(APART, mapping))[1] == ["time", "day + clock", "66.7%"]


def test_columns_that_are_not_read_are_listed() -> None:
    seen, findings = look(FILE)
    rows = rows_of(mapping_page(MAPPED, seen=seen, findings=findings, not_read=("Beat", "<b>Officer</b>")))
    assert [row[1] for row in rows if row[0] == "not read"] == ["Beat", "<b>Officer</b>"]


def test_the_page_of_a_file_lists_what_the_mapping_leaves_in_it(tmp_path: Path) -> None:
    arrow_csv.write_csv(table(FILE.replace("  by", "  seen by")), tmp_path / "file.csv")
    rows = rows_of(source_page(replace(MAPPED, origins=Origins()), tmp_path / "file.csv", today=TODAY))
    assert [row[1] for row in rows if row and row[0] == "not read"] == ["seen by"]


def test_roles_are_called_as_in_the_yaml() -> None:
    assert [row[0] for row in rows_of(page(FILE))[1:5]] == ["time", "lon", "lat", "offence"]
    feet = replace(MAPPED, crs="EPSG:3435", assertions=Assertions(filled={"x": 0.5, "occurred_start": 1.0}))
    rows = [row[0] for row in rows_of(page(FILE, feet))]
    assert rows[1:4] == ["time", "x", "y"]
    assert {"x filled", "time filled"} <= set(rows)


def test_blocks_add_up() -> None:
    halves = [Block(table(FILE)[:2], None), Block(table(FILE)[2:], None)]  # type: ignore[arg-type]
    whole, _ = look(FILE)
    parted = see(halves, mapping=MAPPED)
    assert (parted.rows, parted.filled, parted.ruled, parted.corrected) == (
        whole.rows, whole.filled, whole.ruled, whole.corrected
    )  # fmt: skip
    assert {(each.code, each.rows) for each in parted.codes} == {
        (each.code, each.rows) for each in whole.codes
    }


def test_every_code_stands_with_its_group_and_the_reason_of_its_origin() -> None:
    rows = {row[0]: row[1:] for row in rows_of(page(FILE)) if row}
    assert rows["DRUG"][:4] == ["1", "drugs", "35A Drug or Narcotic Violations", "enforcement-found"]
    assert rows["DRUG"][4].startswith("NIBRS 35A Drug or Narcotic Violations: nobody reports it")
    assert rows["NOIS"] == ["0", "noise", "", "victim-reported", "the source's default"]
    assert rows["BURG"][3] == "victim-reported (1), enforcement-found (1), sensor-found (1)"
    assert rows["offence"] == ["BRUG", "BURG", "told by mail in 2024", "1"]


def test_unknown_codes_come_first_with_lines_to_paste() -> None:
    html = page(STRANGE)
    assert html.index("Unknown codes") < html.index("<h2>Columns</h2>") < html.index("<h2>Offences</h2>")
    assert "held back as a whole, because" in html
    assert "&quot;&lt;script&gt;alert(1)&lt;/script&gt;&quot;: script-alert-1-script  # check" in html


def test_a_good_file_is_said_to_load() -> None:
    loose = Assertions(rows_min=3, rows_max=9, at_most={Reason.OFFENCE_MISSING: 0.5})
    html = page(FILE, replace(MAPPED, assertions=loose))
    assert "This file would load: 4 of 5 rows are accepted, 1 turned away with a reason." in html
    assert "Unknown codes" not in html


ASSERTED = """
rows                  3 to 9            5
offence filled        90.0% or more     80.0%
share of burglary     10.0% to 40.0%    75.0%
offence-missing       5.0% or less      20.0% (1 of 5)
"""


def test_assertions_stand_beside_what_the_file_shows() -> None:
    rows = {row[0]: row[1:] for row in rows_of(page(FILE)) if row}
    for line in ASSERTED.strip().splitlines():
        what, *said = re.split(r"\s{2,}", line.strip())
        assert rows[what] == said
    assert page(FILE).count('<tr class="broken">') + page(FILE).count("<tr class=broken>") == 3


def test_of_thousands_of_unknown_codes_the_commonest_are_listed_and_the_rest_counted() -> None:
    seen, findings = look(FILE)
    codes = tuple(UnknownCode("offence", f"C{n:04d}", 1 + n % 7) for n in range(1_000))
    html = mapping_page(MAPPED, seen=seen, findings=replace(findings, unknown_codes=codes))
    listed = [row for row in rows_of(html) if row[:1] == ["offence"] and row[1].startswith("C")]
    assert len(listed) == 200
    assert {row[2] for row in listed} == {"7", "6"}
    left = sum(code.rows for code in codes) - sum(int(row[2]) for row in listed)
    assert f"And 800 more codes in {left:,} rows" in html
    assert "more code" not in page(FILE)


def test_nothing_of_a_file_or_a_mapping_becomes_markup() -> None:
    words = Words()
    words.feed(page(STRANGE))
    assert not {"script", "b", "img", "a", "link", "iframe"} & set(words.tags)
    assert "http" not in page(STRANGE)


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        (MAPPED, "<dt>Smallest cell for a claim</dt><dd>20 m</dd>"),
        (replace(MAPPED, snapped=Snapped(8, 1000.0)), "<dt>Smallest cell for a claim</dt><dd>640 m</dd>"),
        (replace(MAPPED, kind="call"), "<dd>a call for service</dd>"),
        (MAPPED, "<dt>Places let in</dt><dd>-88 to -87 degrees east, 41 to 42.5 degrees north</dd>"),
        (replace(MAPPED, bbox=Bbox()), "<dt>Places let in</dt><dd>anywhere</dd>"),
        (MAPPED, "<dt>Days let in</dt><dd>2023-01-01 to the day of the load, and 1 day more</dd>"),
    ],
)
def test_the_head_says_what_the_places_can_carry(mapping: SourceMapping, words: str) -> None:
    assert words in page(FILE, mapping)


WRITTEN = """
format             resolution  tells
.                  second      the second at best
%m/%d/%Y %H%M      second      the minute
%m/%d/%Y %H:%M:%S  second      the second
%d.%m.%Y %I %p     second      the hour
%m/%d/%Y           second      the day
%Y-%m              month       the month
%m/%d/%Y %H%M      day         the day
"""


@pytest.mark.parametrize("line", WRITTEN.strip().splitlines()[1:])
def test_the_head_says_how_times_are_written_and_what_they_tell(line: str) -> None:
    form, resolution, tells = re.split(r"\s{2,}", line.strip())
    written = None if form == "." else form
    html = page(FILE, replace(MAPPED, time_format=written, time_resolution=cast(Resolution, resolution)))
    assert f"<dt>Times are written</dt><dd>{written or 'ISO 8601'}</dd>" in html
    assert f"<dt>Times tell</dt><dd>{tells}</dd>" in html


def test_times_that_are_written_differently_are_said_one_by_one() -> None:
    both = replace(MAPPED, columns=replace(MAPPED.columns, reported="time"), time_formats={"reported": "%Y"})
    assert "<dd>time ISO 8601; reported %Y</dd>" in page(FILE, both)
