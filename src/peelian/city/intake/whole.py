"""What no row of a file shows by itself: copies, keys with several contents, rows that were erased for good."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from peelian.city.findings import Reason
from peelian.city.intake.copies import Copies, find_copies
from peelian.city.intake.identity import Hashes, as_column, nth_copies, states
from peelian.city.intake.judge import Verdicts, first_against
from peelian.city.intake.judged import JudgedBlock, Notes, Rules
from peelian.city.intake.text import Flags


@dataclass(frozen=True, eq=False)
class Whole:
    """The n rows of a file that could be parted into fields, as they stand once all were seen, in their order.

    `repeated` are rows that equal an earlier one; with keys, those that repeat its key and content.
    """

    keys: Hashes
    contents: Hashes
    verdicts: Verdicts
    notes: Notes
    repeated: Flags


def see_whole(blocks: Sequence[JudgedBlock], rules: Rules) -> Whole:
    """Return all rows with the verdicts that only the whole file gives."""
    keys = _joined([block.identities.key for block in blocks])
    contents = _joined([block.identities.content for block in blocks])
    verdicts = _joined([block.verdicts for block in blocks])
    if rules.mapping.columns.key is None:
        copies, against = find_copies(keys), {}
        again = np.flatnonzero(copies.ordinal)
        keys[again] = nth_copies(keys[again], copies.ordinal[again], mapping=rules.mapping, key=rules.key)
    else:
        named = _joined([block.identities.named for block in blocks])
        copies = _copies_by_key(_states(blocks, keys, rules), contents, named=named)
        against = {Reason.KEY_CONFLICT: copies.conflict, Reason.DUPLICATE: copies.repeated}
    if rules.erased is not None:
        against[Reason.ERASED] = rules.erased.stored(as_column(keys))
    verdicts = np.minimum(verdicts, first_against(against, len(verdicts)))
    notes = _joined([block.notes for block in blocks])
    return Whole(keys, contents, verdicts, notes, copies.repeated)


def _states(blocks: Sequence[JudgedBlock], keys: Hashes, rules: Rules) -> Hashes:
    """Return what may be said once only in a file: a key, or a key as it was revised at one moment."""
    if rules.mapping.columns.revised is None:
        return keys
    revised = pa.chunked_array([block.rows["revised"] for block in blocks])
    moments = revised.to_numpy().astype("M8[us]").view(np.int64)  # a blank one is a moment of its own
    return states(keys, moments, mapping=rules.mapping, key=rules.key)


def _copies_by_key(keys: Hashes, contents: Hashes, *, named: Flags) -> Copies:
    """Return what the rows have to do with each other; those without a key have nothing to do with any."""
    if named.all():
        return find_copies(keys, contents)
    found = find_copies(keys[named], contents[named])
    conflict, ordinal = np.zeros(len(keys), dtype=bool), np.zeros(len(keys), dtype=np.int64)
    conflict[named], ordinal[named] = found.conflict, found.ordinal
    return Copies(conflict, ordinal)


def _joined(parts: Sequence[NDArray[Any]]) -> NDArray[Any]:
    return np.concatenate(parts)
