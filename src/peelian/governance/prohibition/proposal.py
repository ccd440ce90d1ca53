"""What somebody proposes to build, plug in or ask for, held against the prohibited list before any of it exists.

For: one answer to "may this be done here at all?", from the names of its parts and from what is said of it.
Not for: permission. A proposal without objections still needs a card, a charter, a role and a purpose.

A sentence is judged clause by clause, and a clause that denies ("no person is scored") objects to nothing. That
reads plain English and a little of other languages; it cannot read between the lines, and what it passes is not
thereby allowed: only registered names are ever used.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

from peelian.domain.errors import Refused
from peelian.governance.prohibition.households import check_cell, check_dwellings
from peelian.governance.prohibition.names import is_plain
from peelian.governance.prohibition.prohibited import Surface, rules_against
from peelian.governance.prohibition.prose import Objection, read_name, read_request
from peelian.governance.prohibition.vocabulary import installed_vocabulary, words_of

NOT_SHOWN = "not-shown-to-be-permitted"


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


def objections(proposal: Proposal) -> tuple[Objection, ...]:
    """Return what the prohibited list has against a proposal, law before house."""
    found = [
        Objection(name, rule)
        for name, surface in proposal.names()
        for rule in rules_against(name, surface=surface)
    ]
    found += [
        Objection(name, rule)
        for name, surface in proposal.names()
        if surface in (Surface.CAPABILITIES, Surface.TARGETS)
        for rule in read_name(name)
    ]
    found += read_request(proposal.text).objections
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
    if proposal.target:
        check_target(proposal.target)
    if proposal.text:
        _check_shown(proposal)
    if proposal.cell_m is not None:
        check_cell(proposal.cell_m)
    if proposal.dwellings is not None:
        check_dwellings(["the smallest place"], dwellings={"the smallest place": proposal.dwellings})


def check_target(target: str) -> None:
    """Refuse a target that is none of the things this house works on: places, times, events, records and its own."""
    if not installed_vocabulary().spans("units", words_of(target)):
        _refuse(f"the target {target!r} is no place, time, event, record or thing this house works on")


def _check_shown(proposal: Proposal) -> None:
    """Refuse sentences that speak of persons without saying what is done for them, or that state no unit at all."""
    read = read_request(proposal.text)
    if read.unexplained:
        named = ", ".join(map(repr, read.unexplained))
        _refuse(f"it speaks of persons ({named}) and does not say what is done for them")
    if not (read.states_unit or proposal.target or proposal.capability or proposal.cell_m):
        _refuse("it does not say of what places, times, things or events it speaks")


def _refuse(lacking: str) -> NoReturn:
    raise Refused(
        f"What is proposed is not shown to be permitted: {lacking}.",
        rule=NOT_SHOWN,
        citation="house rule, after Directive (EU) 2016/680, Article 4(4): compliance is to be demonstrated",
        remedy="State the unit (cell, street, hour), the target (--target) and the inputs (--input), or, where people "
        "are helped, informed or sought in an open case, say so.",
    )
