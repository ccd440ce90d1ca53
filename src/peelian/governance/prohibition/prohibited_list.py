"""The prohibited list as values: every rule with its source, and the names it looks for, read from two YAML files.

For: `prohibited.yaml` (the rules, in the words of their sources) and `names.yaml` (the words looked for in names).
Not for: judging a name or a request; prohibited.py does that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib import resources

from peelian.domain.errors import BadInput
from peelian.domain.incident import Origin
from peelian.domain.section import Section, closed, schema_one
from peelian.domain.strict import read_yaml
from peelian.governance.prohibition.names import Lexicon, PlaceNames, Words


class Mark(StrEnum):
    """Whether a rule is law or the house's own, stricter choice."""

    LAW = "law"
    HOUSE = "house"


class Surface(StrEnum):
    """What a name is the name of."""

    TARGETS = "targets"  # what a capability is about
    INPUTS = "inputs"  # what a forecast is fitted on, or a stored column
    EXPLANATIONS = "explanations"  # area figures that may explain a result, and never make one
    STATISTICS = "statistics"  # area figures that an audit compares a result with
    CAPABILITIES = "capabilities"  # what something can do: a capability, a model, a command, a route


JURISDICTIONS = frozenset({"EU", "UK", "Canada", "US", "house"})


@dataclass(frozen=True)
class Source:
    """Further law that a rule keeps, elsewhere: where it stands, how it reads, and what it excepts."""

    jurisdiction: str
    citation: str
    words: str
    exceptions: str


@dataclass(frozen=True)
class LiftedFor:
    """A purpose for which a charter may admit some of the names a rule forbids, and which names those are."""

    purpose: str
    names: Lexicon


@dataclass(frozen=True)
class ProhibitedRule:
    """One prohibition.

    Parameters
    ----------
    id, sentence : its name and what it says, for the person who is refused.
    mark, jurisdiction, citation, words : whose rule it is, where it stands and how it reads there.
    exceptions, beyond : what the source excepts, and how much further this house goes.
    effective : since when the source applies.
    remedy : what to do instead.
    also : law of other jurisdictions that the rule keeps too.
    lifted_by_origin : the origin whose admission by a charter lifts the rule, or None.
    lifted_for : the purpose for which a charter may admit some names by name, or None.
    forbids : for each surface, the lexicon of forbidden names.
    """

    id: str
    sentence: str
    mark: Mark
    jurisdiction: str
    citation: str
    words: str
    exceptions: str
    beyond: str
    effective: date
    remedy: str
    also: tuple[Source, ...]
    lifted_by_origin: Origin | None
    lifted_for: LiftedFor | None
    forbids: tuple[tuple[Surface, Lexicon], ...]

    def forbids_name(self, name: str, surface: Surface) -> bool:
        """Return whether `name` is forbidden as a name of that surface."""
        return any(lexicon.hits(name) for own, lexicon in self.forbids if own is surface)

    def may_admit(self, name: str, *, purpose: str) -> bool:
        """Return whether a charter for `purpose` may admit `name`: without the words it may admit, nothing is left
        that this rule forbids.
        """
        lifted = self.lifted_for
        if lifted is None or lifted.purpose != purpose or not lifted.names.hits(name):
            return False
        return not self.forbids_name(lifted.names.without(name), Surface.INPUTS)


@dataclass(frozen=True)
class ProhibitedList:
    """The rules of one dated version."""

    version: str
    basis: str
    rules: tuple[ProhibitedRule, ...]


@cache
def installed_list() -> ProhibitedList:
    """Return the list that ships with this version."""
    return read_list(_installed("prohibited.yaml"))


def read_list(text: str, names: str | None = None) -> ProhibitedList:
    """Read a prohibited list, and the names it looks for (those installed unless given); anything unknown, missing
    or doubled in them is refused.
    """
    lexicons = _read_lexicons(_installed("names.yaml") if names is None else names)
    with read_yaml(text, where="prohibited.yaml") as top:
        schema_one(top)
        rules = tuple(_read_rule(section, lexicons) for section in top.sections("rules"))
        read = ProhibitedList(version=top.text("version"), basis=top.text("basis"), rules=rules)
    ids = [rule.id for rule in rules]
    if len(set(ids)) != len(ids):
        raise BadInput("prohibited.yaml gives two rules one id; give every rule its own.")
    return read


def _installed(name: str) -> str:
    return (resources.files("peelian.governance") / "policies" / name).read_text("utf-8")


def _read_rule(section: Section, lexicons: Mapping[str, Lexicon]) -> ProhibitedRule:
    with section:
        lifted = section.optional_text("lifted_by_origin")
        where = section.where
        return ProhibitedRule(
            id=section.text("id"),
            sentence=section.text("sentence"),
            mark=Mark(closed(section.text("mark"), Mark, where=where, what="mark")),
            jurisdiction=_jurisdiction(section),
            citation=section.text("citation"),
            words=section.text("words"),
            exceptions=section.text("exceptions"),
            beyond=section.text("beyond"),
            effective=section.day("effective"),
            remedy=section.text("remedy"),
            also=tuple(_read_source(part) for part in section.optional_sections("also")),
            lifted_by_origin=Origin(lifted) if lifted else None,
            lifted_for=_read_lifted(section, lexicons),
            forbids=_read_forbids(section.section("forbids"), lexicons, where=where),
        )


def _jurisdiction(section: Section) -> str:
    return closed(section.text("jurisdiction"), JURISDICTIONS, where=section.where, what="jurisdiction")


def _read_source(section: Section) -> Source:
    with section:
        return Source(
            _jurisdiction(section),
            section.text("citation"),
            section.text("words"),
            section.text("exceptions"),
        )


def _read_lifted(section: Section, lexicons: Mapping[str, Lexicon]) -> LiftedFor | None:
    if "lifted_for" not in section:
        return None
    with section.section("lifted_for") as lifted:
        return LiftedFor(lifted.text("purpose"), _lexicon(lifted.text("names"), lexicons, where=lifted.where))


def _read_forbids(
    section: Section, lexicons: Mapping[str, Lexicon], *, where: str
) -> tuple[tuple[Surface, Lexicon], ...]:
    with section:
        named = section.rest(section.text)
    if not named:
        raise BadInput(f"{where} forbids nothing; say under `forbids` which names it is about.")
    return tuple(
        (
            Surface(closed(name, Surface, where=where, what="surface")),
            _lexicon(lexicon, lexicons, where=where),
        )
        for name, lexicon in named.items()
    )


def _lexicon(name: str, lexicons: Mapping[str, Lexicon], *, where: str) -> Lexicon:
    return lexicons[closed(name, lexicons, where=where, what="lexicon")]


def _read_lexicons(text: str) -> dict[str, Lexicon]:
    with read_yaml(text, where="names.yaml") as top:
        schema_one(top)
        places = _read_places(top.section("names_of_places"))
        return {name: _read_lexicon(section, places) for name, section in top.named_sections("lexicons")}


def _read_places(section: Section) -> PlaceNames:
    with section:
        return PlaceNames(*(frozenset(section.texts(key)) for key in ("given", "heads", "bars")))


def _read_lexicon(section: Section, places: PlaceNames) -> Lexicon:
    with section:
        one: tuple[str, ...] = ()
        other: tuple[str, ...] = ()
        if "pairs" in section:
            with section.section("pairs") as pairs:
                one, other = pairs.texts("one"), pairs.texts("with")
        return Lexicon(
            words=_phrases(section.optional_texts("words")),
            stems=section.optional_texts("stems"),
            pairs=(frozenset(one), frozenset(other)),
            unless=_phrases(section.optional_texts("unless")),
            places=places,
        )


def _phrases(texts: tuple[str, ...]) -> frozenset[Words]:
    return frozenset(tuple(text.split()) for text in texts)
