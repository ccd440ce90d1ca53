"""Which rows of a file have to do with each other: against plain counting, on fingerprints that often begin alike."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from peelian.city.intake.copies import find_copies
from peelian.city.intake.identity import Hashes

HASH = st.builds(
    lambda head, tail: head * 8 + tail * 8, st.sampled_from([b"a", b"b"]), st.sampled_from([b"x", b"y"])
)
ROWS = st.lists(st.tuples(HASH, HASH), max_size=12)


def hashes(values: list[bytes]) -> Hashes:
    return np.frombuffer(b"".join(values), dtype=np.uint8).reshape(-1, 16)


@given(rows=ROWS)
def test_copies_and_conflicts_are_those_that_plain_counting_finds(rows: list[tuple[bytes, bytes]]) -> None:
    found = find_copies(hashes([key for key, _ in rows]), hashes([content for _, content in rows]))
    contents, seen = defaultdict[bytes, set[bytes]](set), Counter[bytes]()
    for key, content in rows:
        contents[key].add(content)
    ordinals = []
    for key, _ in rows:
        ordinals.append(seen[key])
        seen[key] += 1
    conflict = [len(contents[key]) > 1 for key, _ in rows]
    assert found.conflict.tolist() == conflict
    assert found.ordinal.tolist() == ordinals
    assert found.repeated.tolist() == [n > 0 and not bad for n, bad in zip(ordinals, conflict, strict=True)]


@given(rows=ROWS)
def test_without_contents_no_row_contradicts_another(rows: list[tuple[bytes, bytes]]) -> None:
    found = find_copies(hashes([key for key, _ in rows]))
    assert not found.conflict.any()
    assert int(found.repeated.sum()) == len(rows) - len({key for key, _ in rows})
