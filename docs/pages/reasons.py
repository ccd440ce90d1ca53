"""Why a record about a person may be looked at: the vocabulary, and which records ask for it."""

from __future__ import annotations

from docs.pages.markdown import table
from peelian.governance.reasons import needs_reason, vocabulary
from peelian.governance.register import installed_register

INTRODUCTION = """# Reasons

Each look at a record that may be about a person, and everything of it that leaves the house, names one of these
reasons, in the ledger too. Most of them hold only inside an open case, of the right purpose, of the person's own unit,
in which they work. A vague one asks for words beside it, which are sealed for the oversight body;
`peelian audit vague` shows how often each unit needs them. The list is `src/peelian/governance/reasons.yaml`."""


def page() -> str:
    rows = [
        (
            f"`{reason.code}`",
            reason.says,
            "yes" if reason.needs_case else "",
            "yes" if reason.vague else "",
            "any" if "*" in reason.kinds else ", ".join(reason.kinds),
        )
        for reason in vocabulary().values()
    ]
    kinds = ", ".join(f"`{kind.id}`" for kind in installed_register().data_kinds if needs_reason(kind))
    listed = table(("reason", "it says", "needs a case", "vague", "for"), rows)
    return f"{INTRODUCTION}\n\n{listed}\n\nThese kinds of data ask for a reason: {kinds}.\n"
