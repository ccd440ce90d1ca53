"""The kinds of ledger entries."""

from __future__ import annotations

from docs.pages.markdown import table
from peelian.governance.ledger.kinds import KINDS

INTRODUCTION = """# Entry kinds

Every entry of the ledger is of one of these kinds. The operation is one of the six that EU Directive 2016/680 Art. 25
and the UK Data Protection Act 2018 s. 62 want logged, or governance's own: decision, review, admin. Where an act
follows, its rows are written after the entry is durable; if they never come, `act.abandoned` answers the entry.
"""


def page() -> str:
    rows = [
        (f"`{kind.name}`", kind.operation.value, "yes" if kind.act else "no", kind.meaning)
        for kind in KINDS.values()
    ]
    return INTRODUCTION + "\n" + table(("kind", "operation", "an act follows", "meaning"), rows) + "\n"
