"""The life of a request, and every statutory clock."""

from __future__ import annotations

from docs.pages.markdown import table
from peelian.governance.clocks import TERMS, Term
from peelian.governance.rights.states import ENDED, TABLE

INTRODUCTION = """# Rights and clocks

What somebody may ask about a place (anybody) or about data on themselves (after showing who they are, or through the
supervisory authority), and what becomes of it. The drawing and the table are made from the one that the code follows;
what is not in it cannot happen.
"""
CLOCKS = """
## Clocks

Terms in hours are elapsed time; those in days, months and years end at a midnight of the deployment's zone, after the
last day (Regulation (EEC, Euratom) No 1182/71, Article 3). A clock put back gives nobody more time. *Law* is said only
of what stands in the statute's own words.
"""


def page() -> str:
    steps = [(line.before or "", line.step, line.after, f"`{line.kind}`", line.meaning) for line in TABLE]
    terms = [
        (f"`{term.id}`", term.what, term.starts, _length(term), term.citation, term.mark, term.words)
        for term in TERMS.values()
    ]
    return "\n".join(
        (
            INTRODUCTION,
            _drawing(),
            "",
            table(("stands at", "step", "then stands at", "ledger entry", ""), steps),
            CLOCKS,
            table(("term", "to do", "from when", "how long", "where it stands", "", "words"), terms),
            "",
        )
    )


def _drawing() -> str:
    arrows = [f"    {line.before or '[*]'} --> {line.after}: {line.step}" for line in TABLE]
    ends = [f"    {state} --> [*]" for state in sorted(ENDED)]
    return "\n".join(("```mermaid", "stateDiagram-v2", *arrows, *ends, "```"))


def _length(term: Term) -> str:
    unit = term.unit.value if term.length != 1 else term.unit.value.removesuffix("s")
    return f"{term.bound} {term.length} {unit}"
