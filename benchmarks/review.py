"""How soon readers who do not look are found out by decoys, and how many who look are suspected: simulated readers.

Each row is a sort of reader at a share of decoys: the share of them flagged within so many items, with Wilson's
interval. The readers and their habits are invented (`benchmarks/readers.py`); real ones are not on hand.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks import report
from benchmarks.readers import Reader, Stream, careful, flagged_within, rubber_stamper
from peelian.governance.review.agreement import wilson
from peelian.governance.review.rubber_stamp import TEST

ITEMS = 200
SEED = 1829
AT_THE_BOUND = Reader(1 - TEST.careful_error, TEST.careful_error)
SORTS: tuple[tuple[str, Callable[[np.random.Generator], Reader], int], ...] = (
    ("rubber-stamper", rubber_stamper, ITEMS),
    ("tosses a coin", lambda rng: Reader(0.5, 0.5), ITEMS),
    ("careful", careful, ITEMS),
    ("careful, at the bound of care", lambda rng: AT_THE_BOUND, ITEMS),
    ("careful, at the bound of care", lambda rng: AT_THE_BOUND, 25 * ITEMS),
)


def measured(*, readers: int) -> list[dict[str, Any]]:
    rows = []
    for share in (0.02, 0.03, 0.04, 0.05):
        for sort, draw, items in SORTS:
            rng = np.random.default_rng(SEED)
            stream = Stream(decoys=share)
            flags = [flagged_within(draw(rng), items=items, stream=stream, rng=rng) for _ in range(readers)]
            found = wilson(sum(flags), readers)
            rows.append(
                {
                    "reader": sort,
                    "decoy_share": share,
                    "items": items,
                    "readers": readers,
                    "flagged": found.value,
                    "lo": found.lo,
                    "hi": found.hi,
                }
            )
    return rows


def main() -> int:
    options = report.parser("review", data=False).parse_args()
    rows = measured(readers=500 if options.quick else 5_000)
    notes = [
        f"Simulated readers, seed {SEED}; four decoys of five do not hold.",
        f"The test may flag a reader who errs on at most {TEST.careful_error:.0%} of decoys with probability "
        f"{TEST.alpha:.0%} at most, whenever one looks.",
    ]
    report.write("review", rows, notes=notes, json_path=options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
