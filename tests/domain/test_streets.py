"""Street networks as values: arcs, the lightest of parallel ones, components, nearness; and Pittsburgh's figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse.csgraph import dijkstra

from peelian.city.streets.assemble import assemble
from peelian.city.streets.csv_file import CsvStreets
from peelian.city.streets.published import StreetColumns
from peelian.domain.arcs import Mode
from peelian.domain.errors import BadInput
from peelian.domain.streets import NO_NUMBER, StreetEdges, StreetNetwork, StreetNodes
from tests.data import DATA, data_folder

#   A ===two-way=== B
#   |               |         A-B twice: 300 m at 30 km/h (36 s) and 100 m at 36 km/h (10 s)
#   one-way         two-way   D lies on an island of its own with E
#   v               |
#   C ===footway=== C'        D --- E
SQUARE = """
tail head length_m speed oneway class
A    B    300      30    no     residential
A    B    100      36    no     residential
A    C    200      36    yes    residential
B    F    200      36    no     residential
C    F    50       36    no     footway
D    E    80       36    no     residential
"""
PLACES = {"A": (0, 1), "B": (2, 1), "C": (0, 0), "F": (2, 0), "D": (8, 8), "E": (9, 8)}


def drawn(table: str = SQUARE) -> StreetNetwork:
    names = list(PLACES)
    rows = [line.split() for line in table.strip().splitlines()[1:]]
    edges = [
        (names.index(tail), names.index(head), float(length), float(speed), oneway == "yes", kind)
        for tail, head, length, speed, oneway, kind in rows
    ]
    return network([PLACES[name] for name in names], edges, ids=names)


def network(
    points: Sequence[tuple[float, float]],
    edges: Sequence[tuple[int, int, float, float, bool, str]],
    *,
    ids: Sequence[str] | None = None,
) -> StreetNetwork:
    """Points in thousandths of a degree east and north of (-80, 40)."""
    lon, lat = np.array(points).T / 1000
    tail, head, length_m, speed_kph, oneway, kind = (list(column) for column in zip(*edges, strict=True))
    m = len(edges)
    return StreetNetwork(
        StreetNodes(np.array(ids or [str(n) for n in range(len(points))], object), lon - 80, lat + 40),
        StreetEdges(
            tail=np.array(tail),
            head=np.array(head),
            length_m=np.array(length_m),
            speed_kph=np.array(speed_kph),
            speed_assumed=np.zeros(m, np.bool_),
            oneway=np.array(oneway),
            road_class=np.array(kind, object),
            name=np.full(m, "Main", object),
            house_numbers=np.full((m, 4), NO_NUMBER),
            geometry=np.full(m, None, object),
        ),
    )


def arcs_drawn(streets: StreetNetwork, mode: Mode, *, lightest: bool = False) -> list[str]:
    arcs = streets.arcs(mode).lightest if lightest else streets.arcs(mode)
    ids = streets.nodes.published_id
    rows = zip(
        ids[arcs.tail], ids[arcs.head], arcs.seconds.round(3).tolist(), arcs.edge.tolist(), strict=True
    )
    return [f"{tail}>{head} {seconds:g}s #{edge}" for tail, head, seconds, edge in rows]


def test_a_car_keeps_to_speed_and_direction_and_parallel_arcs_are_kept() -> None:
    assert arcs_drawn(drawn(), Mode.CAR) == [
        "A>B 10s #1",
        "A>B 36s #0",
        "A>C 20s #2",
        "B>A 10s #1",
        "B>A 36s #0",
        "B>F 20s #3",
        "F>B 20s #3",
        "D>E 8s #5",
        "E>D 8s #5",
    ]


def test_the_lightest_of_parallel_arcs_is_the_minimum_and_never_the_sum() -> None:
    streets = drawn()
    assert arcs_drawn(streets, Mode.CAR, lightest=True)[:2] == ["A>B 10s #1", "A>C 20s #2"]
    assert streets.arcs().matrix[0, 1] == 10


def test_who_walks_goes_against_one_way_streets_and_along_footways_at_five_km_an_hour() -> None:
    walked = arcs_drawn(drawn(), Mode.FOOT)
    assert "C>A 144s #2" in walked
    assert "F>C 36s #4" in walked


def test_who_cycles_keeps_to_one_way_streets_and_off_steps_and_motorways() -> None:
    streets = drawn(
        SQUARE
        + "D E 10 90 no motorway\nD E 10 9 no steps\nD E 10 9 no cycleway\nD E 10 9 no word-nobody-knows"
    )
    ridden = arcs_drawn(streets, Mode.BICYCLE)
    assert not [arc for arc in ridden if arc.startswith("C>A")]
    assert sorted({arc[-2:] for arc in ridden if arc.startswith("D>E")}) == ["#5", "#8", "#9"]


def test_components_are_what_can_be_reached_and_come_back_from_largest_first() -> None:
    streets = drawn()
    by_name = dict(zip(streets.nodes.published_id, streets.arcs().components.tolist(), strict=True))
    assert by_name == {"A": 0, "B": 0, "F": 0, "D": 1, "E": 1, "C": 2}
    assert streets.nodes.published_id[streets.arcs(Mode.FOOT).in_largest].tolist() == ["A", "B", "C", "F"]


def test_adjacency_lists_exactly_the_arcs_out_of_each_node() -> None:
    arcs = drawn().arcs()
    assert [arcs.head[arcs.out(node)].tolist() for node in range(arcs.nodes)] == [
        [1, 1, 2],
        [0, 0, 3],
        [],
        [1],
        [5],
        [4],
    ]
    assert arcs.forward[arcs.out(1)].tolist() == [False, False, True]


@st.composite
def networks(draw: st.DrawFn) -> StreetNetwork:
    n = draw(st.integers(2, 7))
    points = draw(
        st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=n, max_size=n, unique=True)
    )
    node = st.integers(0, n - 1)
    kind = st.sampled_from(["residential", "footway", "motorway", "steps"])
    metres, speed = st.integers(1, 900).map(float), st.sampled_from([10.0, 30.0, 50.0])
    edge = st.tuples(node, node, metres, speed, st.booleans(), kind)
    return network(points, draw(st.lists(edge, min_size=1, max_size=14)))


@given(streets=networks(), mode=st.sampled_from(Mode))
def test_the_lightest_view_has_the_distances_of_a_plain_search_over_all_arcs(
    streets: StreetNetwork, mode: Mode
) -> None:
    arcs = streets.arcs(mode)
    expected = np.full((arcs.nodes, arcs.nodes), np.inf)
    np.fill_diagonal(expected, 0)
    for tail, head, seconds in zip(arcs.tail, arcs.head, arcs.seconds, strict=True):
        expected[tail, head] = min(expected[tail, head], seconds)
    for via in range(arcs.nodes):
        expected = np.minimum(expected, expected[:, [via]] + expected[[via]])
    assert np.allclose(dijkstra(arcs.matrix), expected)
    together = np.isfinite(expected) & np.isfinite(expected.T)
    assert np.array_equal(together, arcs.components[:, None] == arcs.components)


@given(streets=networks(), seed=st.integers(0, 1000))
def test_the_digest_is_of_the_network_and_not_of_the_order_of_its_rows(
    streets: StreetNetwork, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    nodes, edges = streets.nodes, streets.edges
    place, row = rng.permutation(len(nodes)), rng.permutation(len(edges))
    number = np.argsort(place)
    shuffled = {name: column[row] for name, column in vars(edges).items()}
    turned = StreetNetwork(
        StreetNodes(nodes.published_id[place], nodes.lon[place], nodes.lat[place]),
        StreetEdges(
            **shuffled | {"tail": number[edges.tail[row]], "head": number[edges.head[row]]},
        ),
    )
    assert turned.digest() == streets.digest()
    longer = replace(edges, length_m=edges.length_m + np.eye(1, len(edges))[0])
    assert StreetNetwork(nodes, longer).digest() != streets.digest()


def test_a_point_falls_on_the_nearest_street_and_part_of_the_way_along_it() -> None:
    streets = network([(0, 0), (10, 0), (0, 5)], [(0, 1, 853, 30, False, "x"), (2, 0, 555, 30, False, "x")])
    snapped = streets.snap([-79.9975, -80.001, np.nan, -70], [40.001, 40.00125, 40, 40], within_m=500)
    assert snapped.edge.tolist() == [0, 1, -1, -1]
    assert snapped.distance_m[:2] == pytest.approx([111.0, 85.4], rel=0.002)
    assert snapped.fraction[:2] == pytest.approx([0.25, 0.75], abs=0.001)
    assert np.isnan(snapped.distance_m[2:]).all()


def test_a_point_equally_near_to_several_streets_falls_on_the_first_of_them() -> None:
    spokes = [(0, spoke, 100.0, 30.0, False, "x") for spoke in range(1, 5)]
    streets = network([(0, 0), (1, 0), (0, 1), (-1, 0), (0, -1)], spokes)
    assert streets.snap([-80], [40]).edge.tolist() == [0]


def test_a_street_is_as_it_was_drawn_and_straight_where_nothing_was() -> None:
    streets = drawn()
    bent = shapely.LineString([(-80, 40.001), (-79.999, 40.002), (-79.998, 40.001)])
    course = streets.edges.geometry.copy()
    course[0] = bent
    lines = StreetNetwork(streets.nodes, replace(streets.edges, geometry=course)).lines
    assert lines[0] == bent
    assert lines[1] == shapely.LineString([(-80, 40.001), (-79.998, 40.001)])


def test_nobody_can_change_a_network() -> None:
    streets = drawn()
    columns = [*vars(streets.nodes).values(), *vars(streets.edges).values(), streets.lines]
    columns += [streets.arcs().seconds, streets.arcs().head, streets.arcs().lightest.edge]
    assert not any(column.flags.writeable for column in columns)


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("length_m", 0.0, "Edge 2 has the length 0.0; every length must be above 0."),
        ("speed_kph", np.nan, "Edge 2 has the speed nan; every speed must be above 0."),
        ("head", 6, "An edge ends at node 6 or 0, but the nodes are 0 to 5."),
    ],
)
def test_a_network_that_cannot_be_is_refused(column: str, value: float, said: str) -> None:
    streets = drawn()
    values = np.array(getattr(streets.edges, column))
    values[2] = value
    with pytest.raises(BadInput, match=said):
        StreetNetwork(streets.nodes, replace(streets.edges, **{column: values}))


@data_folder("streets")
def test_pittsburgh_is_as_large_as_its_readme_says() -> None:
    columns = StreetColumns(
        node_id="osmid",
        tail="u",
        head="v",
        length_m="length_m",
        speed="kph",
        oneway="oneway",
        road_class="highway",
        name="name",
    )
    folder = DATA / "streets"
    delivery = CsvStreets(folder / "pittsburgh_nodes.csv", folder / "pittsburgh_edges.csv", columns)
    streets = assemble(delivery.read(), epsg=32617, name="pittsburgh").network
    assert (len(streets.nodes), len(streets.edges)) == (20_930, 29_834)
    assert streets.length_km == pytest.approx(3_204, abs=1)
    arcs = streets.arcs(Mode.CAR)
    assert (len(arcs), len(arcs.lightest), int(arcs.in_largest.sum())) == (56_341, 55_774, 20_592)
