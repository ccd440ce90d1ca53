"""One network through four formats is one value; and what each format says in its own way is understood."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from peelian.city.streets.assemble import Assembled, assemble
from peelian.city.streets.csv_file import CsvStreets
from peelian.city.streets.geopackage import GeopackageStreets
from peelian.city.streets.graphml import GraphmlStreets
from peelian.city.streets.osm import OsmStreets
from peelian.city.streets.published import StreetColumns, StreetFile
from peelian.domain.errors import BadInput
from peelian.domain.streets import NO_NUMBER
from tests.city.streets.formats import (
    Drawing,
    Point,
    Street,
    write_csv,
    write_gpkg,
    write_graphml,
    write_layer,
    write_osm,
    write_pbf,
)

PITTSBURGH = 32617


def assembled(file: StreetFile) -> Assembled:
    return assemble(file.read(), epsg=PITTSBURGH, name=file.files[0].name)


def point(east: int, north: int) -> Point:
    """In ten-thousandths of a degree from (-80, 40.4), spelt as OpenStreetMap keeps it."""
    return round(-80 + east / 10_000, 7), round(40.4 + north / 10_000, 7)


@st.composite
def drawings(draw: st.DrawFn) -> Drawing:
    """Up to eight nodes, each with a street; loops, parallels, bends, all words for direction and speed."""
    n = draw(st.integers(2, 8))
    places = st.lists(
        st.tuples(st.integers(0, 99), st.integers(0, 99)), min_size=n + 30, max_size=n + 30, unique=True
    )
    points = [point(*at) for at in draw(places)]
    nodes, spare = dict(zip(range(1, n + 1), points, strict=False)), points[n:]
    ends = [(node, node % n + 1) for node in nodes]
    ends += draw(st.lists(st.tuples(st.integers(1, n), st.integers(1, n)), max_size=4))
    streets = []
    for tail, head in ends:
        bends = draw(st.integers(2 if tail == head else 0, 2))
        between = tuple(spare.pop() for _ in range(bends))
        streets.append(
            Street(
                tail,
                head,
                speed=draw(st.sampled_from(["", "50", "25 mph", "30;50", "RO:urban"])),
                oneway=draw(st.sampled_from(["no", "yes", "-1"])),
                kind=draw(st.sampled_from(["residential", "primary", "footway"])),
                name=draw(st.sampled_from(["", "Main Street", "Forbes Avenue", "Calea Victoriei"])),
                between=between,
            )
        )
    return Drawing(nodes, tuple(streets))


@given(drawing=drawings())
@settings(max_examples=25)
def test_the_same_network_through_all_formats_is_the_same_value(drawing: Drawing) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plain = assembled(write_csv(drawing, folder)).network
        assert len(plain.edges) == len(drawing.streets)
        others: list[StreetFile] = [write_pbf(drawing, folder), write_gpkg(drawing, folder)]
        for other in others:
            assert assembled(other).network.digest() == plain.digest(), other
        assert assembled(write_graphml(drawing, folder)).network.digest() == plain.digest()
        undirected = write_graphml(drawing, folder, directed=False)
        assert assembled(undirected).network.digest() == plain.digest()


CROSS = {
    1: point(0, 0),
    2: point(10, 0),
    3: point(20, 0),
    4: point(10, -10),
    5: point(10, 10),
    6: point(10, 20),
}


def osm(
    folder: Path, *ways: tuple[list[int], dict[str, str]], numbers: dict[int, str] | None = None
) -> OsmStreets:
    path = folder / "small.osm.pbf"
    path.unlink(missing_ok=True)
    nodes = CROSS | {10 + n: point(n, 1) for n in range(10)}
    write_osm(path, nodes=nodes, ways=list(ways), numbers=numbers)
    return OsmStreets(path)


def drawn(result: Assembled) -> list[str]:
    edges, ids = result.network.edges, result.network.nodes.published_id
    return [
        f"{ids[tail]}{'>' if oneway else '-'}{ids[head]} {kph:g}{'?' if assumed else ''}"
        for tail, head, oneway, kph, assumed in zip(
            edges.tail, edges.head, edges.oneway, edges.speed_kph, edges.speed_assumed, strict=True
        )
    ]


def test_osm_ways_are_cut_where_they_meet_and_bend_elsewhere(tmp_path: Path) -> None:
    street = {"highway": "residential", "maxspeed": "30"}
    result = assembled(osm(tmp_path, ([1, 2, 3], street), ([4, 2, 5, 6], street)))
    assert drawn(result) == ["1-2 30", "2-3 30", "4-2 30", "2-6 30"]
    assert shapely.get_num_points(result.network.lines).tolist() == [2, 2, 2, 3]


@pytest.mark.parametrize(
    ("tags", "said"),
    [
        ({"highway": "residential"}, "1-3 25?"),
        ({"highway": "residential", "oneway": "yes"}, "1>3 25?"),
        ({"highway": "residential", "oneway": "-1"}, "3>1 25?"),
        ({"highway": "residential", "oneway": "reversible"}, "1-3 25?"),
        ({"highway": "tertiary", "junction": "roundabout"}, "1>3 40?"),
        ({"highway": "tertiary", "junction": "roundabout", "oneway": "no"}, "1-3 40?"),
        ({"highway": "motorway", "maxspeed": "55 mph"}, "1>3 88.5139"),
        ({"highway": "motorway_link", "maxspeed": "none"}, "1-3 45?"),
        ({"highway": "primary", "maxspeed": "RO:urban"}, "1-3 65?"),
        ({"highway": "primary", "maxspeed": "50;30"}, "1-3 30"),
        ({"highway": "primary", "maxspeed": "500"}, "1-3 65?"),
    ],
)
def test_what_osm_tags_mean(tmp_path: Path, tags: dict[str, str], said: str) -> None:
    assert drawn(assembled(osm(tmp_path, ([1, 2, 3], tags)))) == [said]


def test_osm_ways_that_are_no_public_streets_are_left_out_and_counted(tmp_path: Path) -> None:
    file = osm(
        tmp_path,
        ([1, 2], {"highway": "residential"}),
        ([2, 3], {"highway": "service", "access": "private"}),
        ([2, 4], {"highway": "proposed"}),
        ([2, 4, 5, 2], {"highway": "pedestrian", "area": "yes"}),
        ([2, 999, 5, 6], {"highway": "residential"}),
    )
    result = assembled(file)
    assert drawn(result) == ["1-2 25?", "5-6 25?"]
    left_out = {count.name: count.rows for count in result.findings.left_out}
    assert left_out == {"node-not-in-file": 1, "not-a-street": 2, "private": 1}


def test_osm_house_numbers_go_to_the_side_of_the_street_on_which_they_stand(tmp_path: Path) -> None:
    # 11 ... 19 lie a little north of the street 1 - 3, which runs east: on its left.
    north, numbers = list(range(11, 20)), {11: "19", 19: "1A"}
    row = {"addr:interpolation": "odd", "addr:street": "Main Street"}
    street = {"highway": "residential", "name": "Main Street", "oneway": "no"}
    east = assembled(osm(tmp_path, ([1, 3], street), (north, row), numbers=numbers))
    assert east.network.edges.house_numbers.tolist() == [[19, 1, NO_NUMBER, NO_NUMBER]]
    west = assembled(osm(tmp_path, ([3, 1], street), (north, row), numbers=numbers))
    assert west.network.edges.house_numbers.tolist() == [[NO_NUMBER, NO_NUMBER, 1, 19]]
    other = assembled(osm(tmp_path, ([1, 3], street | {"name": "Elm"}), (north, row), numbers=numbers))
    assert (other.network.edges.house_numbers == NO_NUMBER).all()


def test_one_way_against_its_course_turns_house_numbers_with_it(tmp_path: Path) -> None:
    north, numbers = list(range(11, 20)), {11: "19", 19: "1"}
    street = {"highway": "residential", "oneway": "-1"}
    turned = assembled(
        osm(tmp_path, ([1, 3], street), (north, {"addr:interpolation": "odd"}), numbers=numbers)
    )
    assert drawn(turned) == ["3>1 25?"]
    assert turned.network.edges.house_numbers.tolist() == [[NO_NUMBER, NO_NUMBER, 1, 19]]


def test_lines_without_ids_are_joined_where_they_meet(tmp_path: Path) -> None:
    drawing = Drawing({1: point(0, 0), 2: point(9, 0), 3: point(9, 9)}, (Street(1, 2), Street(2, 3)))
    result = assembled(write_gpkg(drawing, tmp_path, ids=False))
    assert (len(result.network.nodes), len(result.network.edges)) == (3, 2)
    assert result.network.arcs().in_largest.all()


def test_a_line_in_several_parts_is_several_streets_and_counted(tmp_path: Path) -> None:
    lines = shapely.MultiLineString([[point(0, 0), point(5, 0)], [point(6, 0), point(9, 0)]])
    path = tmp_path / "s.gpkg"
    write_layer(path, columns={"n": ["Main"]}, shapes=np.array([lines]), kind="MultiLineString")
    named = StreetColumns(tail=None, head=None, name="n")
    result = assembled(GeopackageStreets(path, named))
    assert len(result.network.edges) == 2
    assert [(count.name, count.rows) for count in result.findings.left_out] == [("line-in-several-parts", 1)]


def test_columns_of_ids_that_contradict_the_lines_are_refused(tmp_path: Path) -> None:
    drawing = Drawing({1: point(0, 0), 2: point(9, 0), 3: point(9, 9)}, (Street(1, 2), Street(2, 3)))
    written = write_gpkg(drawing, tmp_path)
    exchanged = StreetColumns(**{**vars(written.columns), "tail": "v", "head": "u"})
    with pytest.raises(BadInput, match="lines that do not end at the nodes its columns 'v' and 'u' name"):
        GeopackageStreets(written.file, exchanged).read()


def test_a_directed_graph_that_says_nothing_of_one_way_is_two_way_where_both_ways_are_in_it(
    tmp_path: Path,
) -> None:
    path = tmp_path / "g.graphml"
    drawing = Drawing(
        {1: point(0, 0), 2: point(9, 0), 3: point(9, 9)}, (Street(1, 2), Street(2, 3, oneway="yes"))
    )
    path.write_text(write_graphml(drawing, tmp_path).file.read_text().replace("oneway", "ignored"))
    assert drawn(assembled(GraphmlStreets(path))) == ["1-2 25?", "2>3 25?"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("x.osm.pbf", b"no", "x.osm.pbf is no OpenStreetMap file that can be read"),
        ("x.graphml", b"<graphml>", "x.graphml is no GraphML that can be read"),
        ("x.gpkg", b"no", "x.gpkg has no layer that can be read"),
    ],
)
def test_a_file_that_is_not_what_it_is_called_is_refused(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    kinds = {".pbf": OsmStreets, ".graphml": GraphmlStreets}
    read = kinds[path.suffix](path) if path.suffix in kinds else GeopackageStreets(path, StreetColumns())
    with pytest.raises(BadInput, match=said):
        read.read()
    path.unlink()
    with pytest.raises(BadInput, match="cannot be read"):
        read.read()


@pytest.mark.parametrize(
    ("library", "file"),
    [
        ("osmium", OsmStreets(Path("x.osm.pbf"))),
        ("networkx", GraphmlStreets(Path("x.graphml"))),
        ("pyogrio", GeopackageStreets(Path("x.gpkg"), StreetColumns())),
    ],
)
def test_without_the_library_a_sentence_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, library: str, file: StreetFile
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(BadInput, match=rf"needs {library}, .* pip install 'peelian\[geo\]'"):
        file.read()


def test_lists_of_words_that_osmnx_writes_are_understood(tmp_path: Path) -> None:
    drawing = Drawing(
        {1: point(0, 0), 2: point(9, 0)},
        (Street(1, 2, "['50', '30']", "no", "['primary', 'residential']", "['Main Street', \"O'Hara\"]"),),
    )
    for result in (assembled(write_graphml(drawing, tmp_path)), assembled(write_gpkg(drawing, tmp_path))):
        edges = result.network.edges
        assert (edges.road_class[0], edges.name[0], edges.speed_kph[0]) == (
            "primary",
            "Main Street;O'Hara",
            30,
        )


def test_a_csv_that_is_none_is_refused(tmp_path: Path) -> None:
    drawing = Drawing({1: point(0, 0), 2: point(9, 0)}, (Street(1, 2),))
    file = write_csv(drawing, tmp_path)
    for content, said in {
        b"": r"nodes\.csv is no CSV that can be read",
        b"\xff\xfe": r"nodes\.csv is no CSV that can be read",
        b"node,lon,lat\n1,2\n": r"nodes\.csv is no CSV that can be read",
    }.items():
        file.nodes.write_bytes(content)
        with pytest.raises(BadInput, match=said):
            file.read()
    file.nodes.unlink()
    with pytest.raises(BadInput, match=r"nodes\.csv cannot be read: No such file"):
        file.read()


def csv_streets(folder: Path, *, nodes: str, edges: str, columns: StreetColumns) -> CsvStreets:
    (folder / "nodes.csv").write_text(nodes)
    (folder / "edges.csv").write_text(edges)
    return CsvStreets(folder / "nodes.csv", folder / "edges.csv", columns)


NODES = "osmid,lat,lon\n1,40.4,-80.0\n2,40.4,-79.999\n"


def test_the_option_that_names_a_missing_column_is_said_in_full(tmp_path: Path) -> None:
    edges = "u,v,name\n1,2,Main Street\n"
    file = csv_streets(tmp_path, nodes=NODES, edges=edges, columns=StreetColumns())
    with pytest.raises(BadInput, match=r"no column 'node'; .* such as --column node_id=osmid\."):
        file.read()
    named = csv_streets(tmp_path, nodes=NODES, edges=edges, columns=StreetColumns(node_id="osmid", tail="u"))
    with pytest.raises(BadInput, match=r"edges\.csv has no column 'head'; .* such as --column head=v\."):
        named.read()


def test_columns_called_like_what_they_hold_need_not_be_named(tmp_path: Path) -> None:
    edges = "u,v,length_m,oneway,name\n1,2,120,1,Main Street\n"
    named = StreetColumns(node_id="osmid", tail="u", head="v")
    result = assembled(csv_streets(tmp_path, nodes=NODES, edges=edges, columns=named))
    found = result.network.edges
    assert (found.name[0], found.length_m[0], bool(found.oneway[0])) == ("Main Street", 120.0, True)
    assert result.findings.untold == ("house_numbers", "speed", "road_class")


def test_a_column_that_is_said_not_to_be_there_is_not_taken(tmp_path: Path) -> None:
    edges = "u,v,name\n1,2,A-17\n"
    named = StreetColumns(node_id="osmid", tail="u", head="v", name="")
    result = assembled(csv_streets(tmp_path, nodes=NODES, edges=edges, columns=named))
    assert result.network.edges.name[0] == ""
    assert "name" in result.findings.untold
