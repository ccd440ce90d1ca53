"""What a load adds: new incidents, corrections, or nothing."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from peelian.city.intake.incident_table import KEYS, SCHEMA
from peelian.city.intake.versions import Versions, current, plan_load
from tests.city.drawn import KEYED, NOON, cleaned, id_texts, ids

NOTHING = KEYS.empty_table()
MAPPING = replace(KEYED, columns=replace(KEYED.columns, withdrawn="back"))


def delivery(rows: dict[str, str]) -> pa.Table:
    """Return the accepted rows of a delivery: case -> offence, an asterisk behind it where taken back."""
    lines = [
        f"{case}  2024-01-02 10:00  -87.6  41.9  {offence.rstrip('*')}  {'true' if offence.endswith('*') else 'false'}"
        for case, offence in rows.items()
    ]
    return cleaned("case  time  lon  lat  offence  back\n" + "\n".join(lines), MAPPING).accepted


def store(present: pa.Table, plan: Versions) -> pa.Table:
    return pa.concat_tables([present, plan.new, plan.corrections])


def shape(plan: Versions) -> tuple[int, int, int]:
    return plan.new.num_rows, plan.corrections.num_rows, plan.unchanged


def test_a_first_load_is_all_new_and_a_second_adds_nothing() -> None:
    load = delivery({"A": "BURG", "B": "THFT"})
    first = plan_load(load, present=NOTHING, new_ids=ids(), taken_in=NOON)
    assert shape(first) == (2, 0, 0)
    assert first.new.schema.equals(SCHEMA)
    assert id_texts(first.new) == ["id-1", "id-2"]
    assert first.new["version"].to_pylist() == [1, 1]
    assert shape(plan_load(load, present=first.new.select(KEYS.names), new_ids=ids(), taken_in=NOON)) == (
        0,
        0,
        2,
    )


def test_other_content_under_a_known_key_is_the_next_version_of_the_same_incident() -> None:
    first = plan_load(delivery({"A": "BURG", "B": "THFT"}), present=NOTHING, new_ids=ids(), taken_in=NOON)
    second = plan_load(
        delivery({"C": "BURG", "A": "THFT", "B": "THFT"}),
        present=first.new,
        new_ids=ids("later"),
        taken_in=NOON,
    )
    assert shape(second) == (1, 1, 1)
    (correction,) = second.corrections.to_pylist()
    assert (correction["version"], correction["offence"]) == (2, "theft")
    assert (id_texts(second.corrections), id_texts(second.new)) == (["id-1"], ["later-1"])


def test_a_correction_is_measured_against_the_latest_version() -> None:
    stored = store(
        SCHEMA.empty_table(),
        plan_load(delivery({"A": "BURG"}), present=NOTHING, new_ids=ids(), taken_in=NOON),
    )
    for offence, version in [("THFT", 2), ("BURG", 3)]:
        plan = plan_load(delivery({"A": offence}), present=stored, new_ids=ids(), taken_in=NOON)
        assert plan.corrections["version"].to_pylist() == [version]
        stored = store(stored, plan)
    shuffled = stored.take(pa.array([2, 0, 1]))
    assert shape(plan_load(delivery({"A": "BURG"}), present=shuffled, new_ids=ids(), taken_in=NOON)) == (
        0,
        0,
        1,
    )


def test_the_current_incidents_are_the_highest_versions_that_still_stand() -> None:
    stored = SCHEMA.empty_table()
    for rows in ({"A": "BURG", "B": "BURG", "C": "BURG"}, {"A": "THFT", "B": "BURG*"}):
        stored = store(
            stored, plan_load(delivery(rows), present=stored, new_ids=ids(str(len(rows))), taken_in=NOON)
        )
    found = current(stored)
    said = [found[name].to_pylist() for name in ("version", "offence")]
    assert list(zip(id_texts(found), *said, strict=True)) == [("3-3", 1, "burglary"), ("3-1", 2, "theft")]
    assert current(SCHEMA.empty_table()).num_rows == 0


def test_an_incident_that_is_absent_from_a_later_file_stays() -> None:
    stored = plan_load(
        delivery({"A": "BURG", "B": "BURG"}), present=NOTHING, new_ids=ids(), taken_in=NOON
    ).new
    assert shape(plan_load(delivery({"B": "BURG"}), present=stored, new_ids=ids(), taken_in=NOON)) == (
        0,
        0,
        1,
    )


DELIVERIES = st.lists(
    st.dictionaries(
        st.sampled_from("ABCDEFG"), st.sampled_from(["BURG", "THFT", "BURG*"]), min_size=1, max_size=7
    ),
    min_size=1,
    max_size=4,
)


@given(deliveries=DELIVERIES)
def test_any_row_of_deliveries_leaves_what_was_last_said(deliveries: list[dict[str, str]]) -> None:
    stored, said, fresh = SCHEMA.empty_table(), dict[str, str](), ids()
    for rows in deliveries:
        load = delivery(rows)
        plan = plan_load(load, present=stored.select(KEYS.names), new_ids=fresh, taken_in=NOON)
        changed = {case for case in rows if case in said and said[case] != rows[case]}
        assert shape(plan) == (
            len(set(rows) - set(said)),
            len(changed),
            len(rows) - len(set(rows) - set(said)) - len(changed),
        )
        stored = store(stored, plan)
        assert shape(plan_load(load, present=stored.select(KEYS.names), new_ids=fresh, taken_in=NOON)) == (
            0,
            0,
            len(rows),
        )
        said |= rows
    groups = {"BURG": "burglary", "THFT": "theft"}
    standing = sorted(groups[offence] for offence in said.values() if not offence.endswith("*"))
    assert sorted(current(stored)["offence"].to_pylist()) == standing
    names = [(row["incident_id"], row["version"]) for row in stored.to_pylist()]
    assert len(set(names)) == len(names)
