"""What codes mean, row by row: groups, origins with the rule that decides, and shares that give drift away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peelian.city.intake.codes import Codes, read_codes, share_problems
from peelian.city.intake.combine import combined
from peelian.city.intake.parse import parse
from peelian.city.mapping.origin_rules import OriginRule, Origins, origin_of
from peelian.city.mapping.source import Assertions, Columns, Offences, SourceMapping
from peelian.domain.incident import Origin
from tests.city.drawn import DRAWN, table

RULED = replace(
    DRAWN,
    offences=Offences(
        groups={"BURG": "burglary", "DRUG": "drugs", "TRES": "trespass", "NOIS": "noise"},
        nibrs={"BURG": "220", "DRUG": "35A", "TRES": "90J"},
    ),
    origins=Origins(
        default=Origin.VICTIM_REPORTED,
        by_offence={"trespass": Origin.VICTIM_REPORTED},
        rules=(
            OriginRule("by", ("OFFICER",), Origin.ENFORCEMENT_FOUND, "an officer came upon it"),
            OriginRule("by", ("ALARM", "OFFICER"), Origin.SENSOR_FOUND, "a device reported it"),
            OriginRule("offence", ("NOIS",), Origin.UNKNOWN, "complaints and patrols under one code"),
        ),
    ),
)


def codes_of(drawing: str, mapping: SourceMapping) -> Codes:
    return read_codes(parse(table(drawing), mapping=mapping), mapping=mapping)


DRAWING = """
time              lon    lat   offence  by       means      origin
2024-01-01T10:00  -87.5  41.9  BURG     CITIZEN  burglary   victim-reported
2024-01-01T10:00  -87.5  41.9  BURG     .        burglary   victim-reported
2024-01-01T10:00  -87.5  41.9  BURG     OFFICER  burglary   enforcement-found
2024-01-01T10:00  -87.5  41.9  BURG     ALARM    burglary   sensor-found
2024-01-01T10:00  -87.5  41.9  DRUG     CITIZEN  drugs      enforcement-found
2024-01-01T10:00  -87.5  41.9  TRES     CITIZEN  trespass   victim-reported
2024-01-01T10:00  -87.5  41.9  NOIS     CITIZEN  noise      unknown
2024-01-01T10:00  -87.5  41.9  NOIS     ALARM    noise      sensor-found
2024-01-01T10:00  -87.5  41.9  .        CITIZEN  .          victim-reported
"""


def test_the_first_that_speaks_decides_the_origin() -> None:
    """The source's rules in their order, its word on the group, what NIBRS says of the offence, its default."""
    codes, drawn = codes_of(DRAWING, RULED), table(DRAWING)
    assert codes.offence.to_pylist() == drawn["means"].to_pylist()
    assert codes.origin.to_pylist() == drawn["origin"].to_pylist()


def test_a_column_for_the_origin_goes_before_every_rule() -> None:
    told = replace(RULED, columns=Columns("time", "lon", "lat", offence="offence", origin="means"))
    drawing = DRAWING.replace("burglary   ", "unknown    ").replace("drugs      ", "unknown    ")
    drawing = "\n".join(
        line for line in drawing.splitlines() if not {"TRES", "NOIS", "."} & set(line.split()[3:6])
    )
    assert set(codes_of(drawing, told).origin.to_pylist()) == {"unknown"}


WHY = """
group     nibrs  origin             why
trespass  90J    victim-reported    the source says so of trespass
drugs     35A    enforcement-found  NIBRS 35A Drug or Narcotic Violations: nobody reports it as a victim
burglary  220    victim-reported    the source's default
noise     .      victim-reported    the source's default
"""


@pytest.mark.parametrize("line", WHY.strip().splitlines()[1:])
def test_every_origin_says_why(line: str) -> None:
    group, nibrs, origin, why = line.split(maxsplit=3)
    because = origin_of(group, nibrs=None if nibrs == "." else nibrs, origins=RULED.origins)
    assert because.origin == origin
    assert because.why.startswith(why)


@settings(deadline=None)
@given(st.lists(st.sampled_from(["BURG", "DRUG", "NOIS", "NEW1", "NEW2"]), min_size=1, max_size=30))
def test_every_row_has_a_group_or_is_counted_as_unknown(published: list[str]) -> None:
    rows = pa.table(
        {
            "time": ["2024-01-01"] * len(published),
            "lon": ["-87.5"] * len(published),
            "lat": ["41.9"] * len(published),
            "by": ["CITIZEN"] * len(published),
            "offence": published,
        }
    )
    codes = read_codes(parse(rows, mapping=RULED), mapping=RULED)
    assert codes.offence.null_count == sum(code.rows for code in codes.unknown) == int(codes.strange.sum())
    assert {code.code for code in codes.unknown} == set(published) & {"NEW1", "NEW2"}


SHARES = {"burglary": (0.1, 0.5), "drugs": (0.0, 0.2)}


@pytest.mark.parametrize(
    ("counted", "told"),
    [
        ({"burglary": 30, "drugs": 10, "noise": 60}, []),
        (
            {"burglary": 60, "drugs": 10, "noise": 30},
            ["burglary is 60.0% of the offences where 10.0% to 50.0%"],
        ),
        ({"noise": 60}, ["burglary is 0.0%"]),
        ({"burglary": 40, "drugs": 60}, ["drugs is 60.0%"]),
        ({}, ["burglary is 0.0%"]),
    ],
)
def test_a_share_that_is_not_as_expected_is_told(counted: Mapping[str, int], told: list[str]) -> None:
    mapping = replace(RULED, assertions=Assertions(shares=SHARES))
    problems = share_problems(counted, mapping=mapping)
    assert len(problems) == len(told)
    assert all(problem.startswith(words) for problem, words in zip(problems, told, strict=True))


def test_a_date_and_a_time_of_day_become_one_column() -> None:
    drawing = """
    day         clock  began
    2024-01-31  10:15  2024-01-31 10:15
    2024-01-31  .      2024-01-31
    .           10:15  .
    .           .      .
    """
    mapping = replace(
        DRAWN, columns=replace(DRAWN.columns, occurred_start="at"), combine={"at": ("day", "clock")}
    )
    drawn = table(drawing)
    assert combined(drawn, mapping=mapping)["at"].to_pylist() == drawn["began"].to_pylist()
    assert mapping.columns_read() == ("day", "clock", "lon", "lat", "offence")
