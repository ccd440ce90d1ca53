"""How a finding goes through review: the diagram and the tables, from the code."""

from __future__ import annotations

from datetime import timedelta

from docs.pages.markdown import table
from peelian.governance.clocks import term
from peelian.governance.review.queue import READ_WITHIN
from peelian.governance.review.states import TABLE, Event, State, Transition
from peelian.governance.review.verdict import FITTING

INTRODUCTION = """# Review

What a machine, or a person, says about a place, a vehicle, a person or a scene is a proposal. The lines below are the
whole of what can happen to it (`governance/review/states.py`); anything else is refused.
"""

BESIDES = """Besides, whoever made or put forward a finding never reads it, one person never reads it twice, and nobody
acts but on a ground that is not the system's output. A decoy, and what is older than a week, is closed after review.
"""


def page() -> str:
    states = "\n".join(f"    {_name(state)}: {state.value}" for state in State)
    lines = "\n".join(f"    {_name(line.start)} --> {_name(line.end)}: {line.guard.value}" for line in TABLE)
    diagram = f"```mermaid\nstateDiagram-v2\n{states}\n    [*] --> {_name(State.PROPOSED)}\n{lines}\n```"
    transitions = table(("from", "when", "if", "to"), map(_row, TABLE))
    reasons = [(verdict.value, "; ".join(sorted(why))) for verdict, why in FITTING.items()]
    waits = [(severity.value, str(wait)) for severity, wait in READ_WITHIN.items()]
    waits.append(
        ("second reading after an urgent act", str(timedelta(hours=term("urgent-second-read").length)))
    )
    return "\n".join(
        (
            INTRODUCTION,
            diagram,
            "\n## Transitions\n",
            transitions,
            f"\n{BESIDES}",
            "## Verdicts and their reasons\n",
            table(("verdict", "reasons"), reasons),
            "\n## How long a finding may wait for its next reader (h:mm:ss)\n",
            table(("severity", "escalates after"), waits),
            "",
        )
    )


def _row(line: Transition) -> tuple[str, Event, str, str]:
    return line.start.value, line.event, line.guard.value, line.end.value


def _name(state: State) -> str:
    return state.name.lower()
