"""What somebody proposes to build, plug in or ask for, held against the prohibited list before any of it exists.

For: one answer to "may this be done here at all?", from the names of its parts and from what is said of it.
Not for: permission. A proposal without objections still needs a card, a charter, a role and a purpose.

A sentence is judged clause by clause, and a clause that denies ("no person is scored") objects to nothing. That
reads plain English and a little of other languages; it cannot read between the lines, and what it passes is not
thereby allowed: only registered names are ever used.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from peelian.domain.errors import Refused
from peelian.governance.prohibition.households import check_cell, check_dwellings
from peelian.governance.prohibition.names import is_plain, readings
from peelian.governance.prohibition.prohibited import ProhibitedRule, Surface, rules_against

_CLAUSE = re.compile(r"[.;:!?\n]+|,\s+(?:but|and then|so that)\b")
_SAID_TO_DENY = "no not never nobody none without neither nor cannot instead refuse refused forbid forbidden"
_DENIES = frozenset(_SAID_TO_DENY.split())
_GROUNDS = frozenset({"no-special-category-input", "no-protected-attribute-input", "no-socioeconomic-input"})
_SAID_OF_SENDING = (
    "forecast predict prediction score rank rate weight target patrol send focus concentrate prioritise prioritize "
    "deploy deployment adjust factor input feature watch saturate surveil allocate stop search police monitor"
)
_SENDS = frozenset(_SAID_OF_SENDING.split())


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What is proposed; what is left out is not judged.

    Parameters
    ----------
    capability, target : what it would be called, and what it would be about.
    inputs, columns : names of what it would be fitted on, and of what it would store.
    explanations, statistics : names of area figures that would explain or audit a result.
    models, endpoints : names of its models, commands and routes.
    text : what it is for, in sentences.
    cell_m, dwellings : side of its cells in metres; dwellings in its smallest place.
    """

    capability: str = ""
    target: str = ""
    inputs: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    explanations: tuple[str, ...] = ()
    statistics: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    endpoints: tuple[str, ...] = ()
    text: str = ""
    cell_m: float | None = None
    dwellings: int | None = None

    def names(self) -> Iterator[tuple[str, Surface]]:
        """Yield every name with what it is the name of; a model is judged by what it does and by what it takes."""
        if self.capability:
            yield self.capability, Surface.CAPABILITIES
        if self.target:
            yield self.target, Surface.TARGETS
        yield from ((name, Surface.INPUTS) for name in (*self.inputs, *self.columns))
        yield from ((name, Surface.EXPLANATIONS) for name in self.explanations)
        yield from ((name, Surface.STATISTICS) for name in self.statistics)
        for name in (*self.models, *self.endpoints):
            yield name, Surface.CAPABILITIES
        yield from ((name, Surface.INPUTS) for name in self.models)


@dataclass(frozen=True)
class Objection:
    """One thing that is proposed, and the rule that stands against it."""

    said: str
    rule: ProhibitedRule


def objections(proposal: Proposal) -> tuple[Objection, ...]:
    """Return what the prohibited list has against a proposal, law before house."""
    found = [
        Objection(name, rule)
        for name, surface in proposal.names()
        for rule in rules_against(name, surface=surface)
    ]
    found += [Objection(clause, rule) for clause in _clauses(proposal.text) for rule in _against(clause)]
    return tuple(sorted(found, key=lambda each: each.rule.mark != "law"))


def examine(proposal: Proposal) -> None:
    """Refuse a proposal the prohibited list stands against, whose names cannot be read, or whose places are homes."""
    found = objections(proposal)
    if found:
        rule = found[0].rule
        named = dict.fromkeys(f"{each.said!r} under {each.rule.id}" for each in found)
        raise Refused(
            f"What is proposed is prohibited here: {'; '.join(named)}. {rule.sentence}",
            rule=rule.id,
            citation=f"{rule.citation}, {rule.mark}",
            remedy=rule.remedy,
        )
    unreadable = [name for name, _ in proposal.names() if not is_plain(name)]
    if unreadable:
        raise Refused(
            f"Some names of the proposal cannot be read as plain letters: {unreadable}.",
            rule="plain-names",
            citation="house rule: a name that cannot be read cannot be judged",
            remedy="Name them with the letters a to z.",
        )
    if proposal.cell_m is not None:
        check_cell(proposal.cell_m)
    if proposal.dwellings is not None:
        check_dwellings(["the smallest place"], dwellings={"the smallest place": proposal.dwellings})


def _clauses(text: str) -> Iterator[str]:
    """Yield the clauses of a text that do not deny what they speak of."""
    for clause in _CLAUSE.split(text):
        said = {word for reading in readings(clause) for word in reading}
        if said and said.isdisjoint(_DENIES):
            yield clause.strip()


def _against(clause: str) -> tuple[ProhibitedRule, ...]:
    """Return the rules against a clause: against what it would do, and against whom it would be done to by what they
    are, where it speaks of sending, scoring or forecasting at all.
    """
    does = rules_against(clause, surface=Surface.CAPABILITIES)
    sends = any(not _SENDS.isdisjoint(reading) for reading in readings(clause))
    grounds = rules_against(clause, surface=Surface.INPUTS) if sends else ()
    return (*does, *(rule for rule in grounds if rule.id in _GROUNDS))
