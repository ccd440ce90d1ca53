"""Bad streets: kept, counted or refused, and every row accounted for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from peelian.city.streets.assemble import Assembled, assemble
from peelian.city.streets.csv_file import CsvStreets
from peelian.city.streets.published import StreetColumns
from peelian.city.streets.words import direction, several, signed_kph
from peelian.domain.errors import BadInput

COLUMNS = StreetColumns(
    length_m="length",
    speed="speed",
    oneway="oneway",
    road_class="class",
    left_from="lf",
    left_to="lt",
    right_from="rf",
    right_to="rt",
)
NODES = """
node,lon,lat
A,-80.000,40.400
B,-79.999,40.400
C,-79.998,40.400
"""
EDGES = """
tail,head,length,speed,oneway,class,lf,lt,rf,rt
A,B,85,50,0,primary,2,98,1,99
"""
GOOD = "B,C,85,50,0,primary,100,198,101,12A\n" * 30


def assembled(folder: Path, *, nodes: str = "", edges: str = "", epsg: int = 32617) -> Assembled:
    """Assemble the drawing above with rows added to it."""
    (folder / "n.csv").write_text(NODES.lstrip() + nodes)
    (folder / "e.csv").write_text(EDGES.lstrip() + edges)
    file = CsvStreets(folder / "n.csv", folder / "e.csv", COLUMNS)
    return assemble(file.read(), epsg=epsg, name="n.csv, e.csv")


def counted(result: Assembled) -> dict[str, int]:
    findings = result.findings
    assert "<" not in repr(findings.document())  # plain words, no members of an enumeration
    kept = {count.name: count.rows for count in (*findings.refused, *findings.notes)}
    return {name: rows for name, rows in kept.items() if name not in {"parallel", "node-without-street"}}


@pytest.mark.parametrize(
    ("nodes", "edges", "found"),
    [
        ("", "A,C,170,50,0,primary,,,,\n", {}),
        ("", "A,Z,170,50,0,primary,,,,\n", {"dangling": 1}),
        ("D,,40.4\n", "A,D,170,50,0,primary,,,,\n", {"dangling": 1, "node-without-place": 1}),
        ("D,200,40.4\nE,-80,north\n", "", {"node-without-place": 2}),
        ("A,-80.000,40.400\n", "", {"node-twice": 1}),
        ("", "A,C,,50,0,primary,,,,\n", {"length-measured": 1}),
        ("", "A,C,0,50,0,primary,,,,\n", {"length-replaced": 1}),
        ("", "A,C,-170,50,0,primary,,,,\n", {"length-replaced": 1}),
        ("", "A,C,100,50,0,primary,,,,\n", {"length-replaced": 1}),
        ("", "A,C,long,50,0,primary,,,,\n", {"length-measured": 1}),
        ("", "A,A,170,50,0,primary,,,,\n", {"self-loop": 1}),
        ("", "A,A,0,50,0,primary,,,,\n", {"no-length": 1}),
        ("", "A,C,170,,0,primary,,,,\n", {"speed-assumed": 1}),
        ("", "A,C,170,999,0,primary,,,,\n", {"speed-assumed": 1, "speed-unbelievable": 1}),
        ("", "A,C,170,50,perhaps,primary,,,,\n", {"oneway-unknown": 1}),
        ("", "A,C,170,50,-1,primary,,,,\n", {"against-its-course": 1}),
        ("D,-79.9,40.4\nE,-79.9,40.41\n", "D,E,1112,50,0,primary,,,,\n", {"on-an-island": 2}),
    ],
)
def test_each_fault_is_counted_and_nothing_else_is(
    tmp_path: Path, nodes: str, edges: str, found: dict[str, int]
) -> None:
    result = assembled(tmp_path, nodes=nodes, edges=GOOD + edges)
    assert counted(result) == found
    findings = result.findings
    refused = {count.name: count.rows for count in findings.refused}
    lost = refused.get("dangling", 0) + refused.get("no-length", 0)
    assert findings.edges_read == findings.edges + lost == 31 + edges.count("\n")
    assert findings.nodes_read == findings.nodes + sum(refused.values()) - lost == 3 + nodes.count("\n")


def test_a_length_that_cannot_be_is_measured_along_the_street(tmp_path: Path) -> None:
    edges = assembled(tmp_path, edges="A,C,-5,50,0,primary,,,,\n").network.edges
    assert edges.length_m.tolist() == pytest.approx([85, 169.7], rel=0.001)


def test_house_numbers_are_read_as_far_as_they_are_numbers(tmp_path: Path) -> None:
    edges = assembled(
        tmp_path, edges="B,C,85,50,0,primary,100,198A,,none\nB,C,85,50,-1,x,2,4,1,3\n"
    ).network.edges
    assert edges.house_numbers.tolist() == [[2, 98, 1, 99], [100, 198, -1, -1], [3, 1, 4, 2]]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda n: n.replace("lon,lat", "lat,lon"), "n.csv, e.csv has longitude and latitude exchanged"),
        (lambda n: n.replace("-80", "-1").replace("-79", "-1"), "outside the area of EPSG:32617"),
        (lambda n: n.replace("-", "x"), "no readable place"),
        (lambda n: n + "A,-79.9,40.4\n", "the node A at two places"),
        (lambda n: n.replace("C,", "Q,"), "30 of 31 streets that end at a node which is not there"),
        (lambda n: n.replace("lat", "breadth"), "n.csv has no column 'lat'; it has node, lon, breadth"),
    ],
)
def test_what_cannot_be_trusted_as_a_whole_is_refused_with_a_sentence(
    tmp_path: Path, change, said: str
) -> None:
    (tmp_path / "n.csv").write_text(change(NODES.lstrip()))
    (tmp_path / "e.csv").write_text(EDGES.lstrip() + GOOD)
    with pytest.raises(BadInput, match=said):
        file = CsvStreets(tmp_path / "n.csv", tmp_path / "e.csv", COLUMNS)
        assemble(file.read(), epsg=32617, name="n.csv, e.csv")


@pytest.mark.parametrize(
    ("word", "kph"),
    [
        ("50", 50),
        (" 50 km/h ", 50),
        ("30 mph", 48.28032),
        ("30mph", 48.28032),
        ("['25 mph', '35 mph']", 40.2336),
        ("60;50", 50),
        ("RO:urban", None),
        ("walk", None),
        ("none", None),
        ("", None),
    ],
)
def test_what_words_for_speed_mean(word: str, kph: float | None) -> None:
    assert signed_kph(word) == (None if kph is None else pytest.approx(kph))


def test_what_words_for_direction_mean() -> None:
    assert [direction(word) for word in ("yes", "True", "1", "FT")] == [1] * 4
    assert [direction(word) for word in ("-1", "reverse", "TF")] == [-1] * 3
    assert [direction(word) for word in ("no", "", "0", "False", "B")] == [0] * 5
    assert direction("alternating") is None


@given(words=st.lists(st.text("ab ,;[]-", min_size=1), min_size=1))
def test_lists_written_as_text_come_back(words: list[str]) -> None:
    assert several(str(words)) == tuple(words)
    assert several("[]") == ("[]",)


def test_a_deployment_without_limits_takes_streets_from_anywhere(tmp_path: Path) -> None:
    assert np.isfinite(assembled(tmp_path, epsg=3857).network.edges.length_m).all()
