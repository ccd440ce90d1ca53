"""What goes on when the stop button is pressed, or a capability is suspended."""

from __future__ import annotations

from docs.pages.markdown import table
from peelian.governance.circumstances.safe_state import EVERYTHING, GOES_ON

INTRODUCTION = """# Safe state

`peelian stop --as NAME --why "..."` halts everything that is not in this table, at once and in every process, and
`peelian resume` takes two people. The button needs no lock and no key: any file named `stop.json` in the workspace
stops the house, signed or not. A suspended capability is halted in the same way, and by itself.
After Regulation (EU) 2024/1689, Article 14(4)(e); what goes on is the house's own choice."""


def page() -> str:
    rows = [
        (row.action.value, "everything" if EVERYTHING in row.kinds else ", ".join(row.kinds), row.why)
        for row in GOES_ON
    ]
    return f"{INTRODUCTION}\n\n{table(('act', 'on', 'it goes on because'), rows)}\n"
