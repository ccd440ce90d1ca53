"""What a restored copy lacks, because the keys that opened it in the backup were destroyed: so entered.

Nobody decides here: it was decided, and entered, in the house whose backup this is. The entries in the copy name what
is not there, by path, entry and id, so that the ledger of the copy and its rows agree again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from peelian.domain.canonical import Document
from peelian.governance.act import carry_out_as_house
from peelian.governance.complete import LACKS
from peelian.governance.kit import Kit
from peelian.storage.backup import Awaiting, Lacking, accounted, awaiting
from peelian.storage.rows import Ended, Writes
from peelian.storage.terms import Terms

RULE = "restored-copy"
IN_ONE_ENTRY = 40


def account_for_lacking(kit: Kit) -> None:
    """Enter what a copy that was just laid out lacks; cut off, it goes on where it was at the next opening."""
    waiting = awaiting(kit.store.workspace)
    if waiting is None or not waiting.lacking:
        return
    done = _done_before(kit, waiting)
    for told, writes in _batches(kit, waiting.lacking):
        if told["of"] not in done:
            facts: Document = {
                "restored": waiting.backup_id,
                "rows": sum(p.rows for p in writes.removed),
                **told,
            }
            carry_out_as_house(kit, LACKS, rule=RULE, facts=facts, writes=writes)
    accounted(kit.store.workspace, waiting)


def rows_lacking(kit: Kit) -> int:
    """Return how many rows of parts this copy lacks, by its own account."""
    entries: list[Any] = [entry.facts["rows"] for entry in kit.ledger.acts() if entry.kind == LACKS]
    return sum(entries)


def _done_before(kit: Kit, waiting: Awaiting) -> frozenset[str]:
    entries = kit.ledger.acts(waiting.ledger_size)
    return frozenset(str(entry.facts["of"]) for entry in entries if entry.kind == LACKS)


def _batches(kit: Kit, lacking: Lacking) -> Iterator[tuple[Document, Writes]]:
    """Yield what one entry each says and takes out; `of` tells the batch apart from others of this backup."""
    gone = frozenset(lacking.parts)
    parts = [part for part, _ in kit.store.parts() if part.path in gone]
    for some in _some(parts):
        yield {"of": f"parts from {some[0].path}"}, Writes(removed=tuple(some))
    for kind, each in groupby(
        sorted(lacking.records, key=lambda row: (row[2], row[0])), key=lambda row: row[2]
    ):
        for records in _some(list(each)):
            named: list[Any] = [[index, record_id] for index, record_id, _ in records]
            yield {"of": f"{kind} from {named[0][1]}", "ended": {"records": named}}, Writes()
    for loads in _some(lacking.rejected):
        told: Document = {"rejected": [[index, rows] for index, rows in loads]}
        yield {"of": f"sealed rows from entry {loads[0][0]}", "ended": told}, Writes()
    charters = [(row.digest, index) for row, index in kit.store.charters() if row.digest in lacking.charters]
    for rows in _some(charters):
        digests = [digest for digest, _ in rows]
        approvals = tuple(index for _, index in Terms(kit.store).approvals_of(digests))
        ended = Ended(charters=tuple(rows), approvals=approvals)
        yield {"of": f"charters from {digests[0]}"}, Writes(ended=ended)


def _some(things: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (things[start : start + IN_ONE_ENTRY] for start in range(0, len(things), IN_ONE_ENTRY))
