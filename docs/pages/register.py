"""The register: what this house can do, with which data, and on what ground."""

from __future__ import annotations

from docs.pages.markdown import table
from peelian.governance.card import Card, DataKind
from peelian.governance.register import installed_register

INTRODUCTION = """# Register

What this installation can do, made from the cards of its rooms. Being registered allows nothing: a charter in force,
which another person approved, names capability, purpose, data and models. The classification under the EU AI Act is
our own reading and no legal advice; *law* marks what a text demands, *house* what this house chose beyond it.
"""


def page() -> str:
    register = installed_register()
    purposes = [(f"`{purpose.id}`", purpose.title, purpose.meaning) for purpose in register.purposes]
    parts = [INTRODUCTION, "## Purposes", table(("purpose", "title", "meaning"), purposes)]
    parts += [_card(card) for card in register.cards]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _card(card: Card) -> str:
    parts = [f"## {card.room}", card.summary]
    if card.capabilities:
        parts.append(_capabilities(card))
    if card.inputs:
        parts.append("Forecast inputs: " + ", ".join(f"`{name}`" for name in card.inputs) + ".")
    parts += [_kind(kind) for kind in card.data_kinds]
    if card.extracts:
        parts.append("### What can be read\n\n" + _extracts(card))
    return "\n\n".join(parts)


def _capabilities(card: Card) -> str:
    rows = [
        (
            f"`{item.id}`",
            item.title,
            f"{item.risk_class.value} ({item.mark.value})",
            f"{item.annex}. {item.citation}",
            item.target.value,
        )
        for item in card.capabilities
    ]
    return table(("capability", "what it does", "risk class", "ground", "about"), rows)


def _kind(kind: DataKind) -> str:
    sealed = ", sealed, read one record at a time" if kind.sealed else ""
    facts = (
        f"Kept in {kind.store.value}{sealed}, at most {kind.retention_days_max} days from when it is "
        f"{kind.clock_starts.value}: {kind.legal_source}. Persons it is about: {kind.subject_category.value}."
    )
    rows = [
        (f"`{column.name}`", column.meaning, column.unit, "yes" if column.personal else "no")
        for column in kind.columns
    ]
    columns = table(("column", "meaning", "unit", "personal"), rows)
    return f"### Data kind `{kind.id}`: {kind.title}\n\n{facts}\n\n{columns}"


def _extracts(card: Card) -> str:
    rows = [
        (f"`{item}`", item.data_kind, ", ".join(f"`{name}`" for name in item.columns), item.meaning)
        for item in card.extracts
    ]
    return table(("extract", "of", "columns", "meaning"), rows)
