"""States that come in any order: what the publisher revised last stands, whenever it came."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peelian.city import features
from peelian.city.extracts import QUALITY
from peelian.city.intake.incident_table import KEYS, SCHEMA
from peelian.city.intake.shape import handed_out
from peelian.city.intake.versions import current, plan_load
from peelian.domain.errors import BadInput
from peelian.storage.embedded import EmbeddedEngine
from tests.city.drawn import DRAWN, KEYED, NOON, cleaned, ids, reasons
from tests.houses import PURPOSE, charter, found

REVISED = replace(KEYED, columns=replace(KEYED.columns, withdrawn="back", revised="revised"))
OFFENCES = {"BURG": "burglary", "THFT": "theft"}


def state(case: str, minute: int | None, offence: str) -> str:
    """Return a row: `offence` has an asterisk behind it where the incident was taken back."""
    revised = "." if minute is None else f"2024-01-03 11:{minute:02d}"
    back = "true" if offence.endswith("*") else "false"
    return f"{case}  2024-01-02 10:00  -87.6  41.9  {offence.rstrip('*')}  {back}  {revised}"


def drawing(*states: str) -> str:
    return "\n".join(["case  time  lon  lat  offence  back  revised", *states])


def after(*deliveries: list[str]) -> pa.Table:
    """Return all stored versions after the deliveries, one load each."""
    stored, fresh = SCHEMA.empty_table(), ids()
    for rows in deliveries:
        load = cleaned(drawing(*rows), REVISED).accepted
        plan = plan_load(load, present=stored.select(KEYS.names), new_ids=fresh, taken_in=NOON)
        assert plan.new.num_rows + plan.corrections.num_rows + plan.unchanged == load.num_rows
        stored = pa.concat_tables([stored, plan.new, plan.corrections])
    return stored


def standing(stored: pa.Table) -> list[str]:
    """Return the offences that stand, by the two who say which: the rows themselves and the engine's expression."""
    asked = EmbeddedEngine().run(stored.cast(handed_out(SCHEMA)), features.current)
    found = sorted(current(stored)["offence"].to_pylist())
    assert sorted(asked["offence"].to_pylist()) == found
    return found


@pytest.mark.parametrize(
    ("deliveries", "versions", "stands"),
    [
        # in order, the later state stands; out of order, too
        ([[state("A", 1, "BURG")], [state("A", 5, "THFT")]], 2, ["theft"]),
        ([[state("A", 5, "THFT")], [state("A", 1, "BURG")]], 2, ["theft"]),
        # one file may hold the whole story, in any order
        ([[state("A", 5, "THFT"), state("A", 1, "BURG"), state("A", 9, "THFT*")]], 3, []),
        # a state that comes again adds nothing, not even when another stands by now
        ([[state("A", 1, "BURG")], [state("A", 5, "THFT")], [state("A", 1, "BURG")]], 2, ["theft"]),
        # the same words at a later moment are a state of their own, so that one between the two does not stand
        ([[state("A", 1, "THFT")], [state("A", 9, "THFT")], [state("A", 5, "BURG")]], 3, ["theft"]),
        # a blank moment: over a told one it counts from the load, before any was told it is the oldest
        ([[state("A", 5, "THFT")], [state("A", None, "BURG")]], 2, ["burglary"]),
        ([[state("A", None, "BURG")], [state("A", 1, "THFT")]], 2, ["theft"]),
        ([[state("A", 5, "THFT")], [state("A", None, "BURG")], [state("A", None, "BURG")]], 2, ["burglary"]),
    ],
)
def test_which_state_stands(deliveries: list[list[str]], versions: int, stands: list[str]) -> None:
    stored = after(*deliveries)
    assert stored.num_rows == versions
    assert sorted(stored["version"].to_pylist()) == list(range(1, versions + 1))
    assert len(set(stored["incident_id"].to_pylist())) == 1
    assert standing(stored) == stands


def test_only_one_state_of_a_moment_can_be_true() -> None:
    result = cleaned(
        drawing(
            state("A", 1, "BURG"), state("A", 1, "THFT"), state("A", 2, "THFT"), state("A", 2, "THFT"),
            state("B", 1, "BURG"),
        ),
        REVISED,
    )  # fmt: skip
    assert reasons(result) == [(1, "key-conflict"), (2, "key-conflict"), (4, "duplicate")]
    assert result.accepted.num_rows == 2


def test_a_moment_that_lies_ahead_would_stand_for_ever_and_is_turned_away() -> None:
    ahead = state("A", 1, "BURG").replace("2024-01-03", "2031-01-03")
    assert reasons(cleaned(drawing(ahead, state("B", 1, "BURG")), REVISED)) == [(1, "outside-dates")]


def test_a_row_without_a_key_cannot_be_revised() -> None:
    with pytest.raises(BadInput, match="without a key of its own cannot be revised"):
        replace(DRAWN, columns=replace(DRAWN.columns, revised="revised"))


STATES = st.lists(
    st.tuples(st.sampled_from("ABCD"), st.integers(0, 59)), unique=True, min_size=1, max_size=12
).flatmap(
    lambda moments: st.tuples(
        *(
            st.sampled_from(["BURG", "THFT", "BURG*"]).map(lambda what, at=at: state(at[0], at[1], what))
            for at in moments
        )
    )
)


@settings(deadline=None)
@given(data=st.data(), states=STATES)
def test_any_order_in_any_deliveries_with_repeats_leaves_the_same(
    data: st.DataObject, states: tuple[str, ...]
) -> None:
    shuffled = data.draw(st.permutations(states + states[: len(states) // 2]))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(shuffled)), max_size=4)) | {0, len(shuffled)})
    stored = after(*(shuffled[start:end] for start, end in pairwise(cuts)))
    assert stored.num_rows == len(states)
    last = {row[0]: row.split() for row in sorted(states, key=lambda row: row.split()[-1])}
    told = sorted(OFFENCES[words[5]] for words in last.values() if words[6] == "false")
    assert standing(stored) == told


def test_a_state_that_comes_late_is_stored_and_not_counted(tmp_path: Path) -> None:
    house = found(tmp_path)
    charter(house)
    place = "2026-02-10 12:00:00|2026-02-10 18:00:00|-87.65|41.85"
    later, earlier = f"A|{place}|vehicle theft|2026-02-12 09:00", f"A|{place}|burglary|2026-02-11 09:00"
    reports = [house.load([row], revised=True) for row in (later, earlier, later, earlier)]
    assert [(each.new, each.corrected, each.unchanged) for each in reports] == [
        (1, 0, 0),
        (0, 1, 0),
        (0, 0, 1),
        (0, 0, 1),
    ]
    with house.desk() as desk, desk.open(purpose=PURPOSE, capability="city.quality") as sitting:
        assert sitting.read(QUALITY)["offence"].to_pylist() == ["vehicle theft"]


def test_a_profile_counts_what_stands_and_not_how_often_it_was_touched(tmp_path: Path) -> None:
    house = found(tmp_path)
    charter(house)
    place = "2026-02-10 12:00:00|2026-02-10 18:00:00|-87.65|41.85"
    touched = [f"A|{place}|burglary|2026-02-11 09:{minute:02d}" for minute in range(4)]
    house.load([*touched, f"B|{place}|vehicle theft|2026-02-11 09:00"], revised=True)
    with house.desk() as desk, desk.open(purpose=PURPOSE, capability="city.quality") as sitting:
        (load,) = sitting.records("load")
    assert load.body["profile"]["rows"] == 2
    assert load.body["profile"]["offences"] == {"burglary": 1, "vehicle theft": 1}


def test_a_moment_of_the_hour_that_came_twice_is_noted() -> None:
    once = state("A", 1, "BURG").replace("2024-01-03 11:01", "2023-11-05 01:50")
    found_notes = cleaned(drawing(once, state("B", 1, "BURG")), REVISED).findings.notes
    assert [(note.name, note.rows) for note in found_notes] == [("revised-in-an-hour-that-came-twice", 1)]
