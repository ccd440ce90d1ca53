"""The prohibited list: what no charter, role or setting can allow here, with the words it rests on.

For: judging names of forecast inputs, targets and capabilities, at start-up and at the desk.
Not for: who may do what (policy.py). The list applies whole, whatever a deployment's jurisdiction and
whatever the date: effective dates say since when a source binds, not since when the house does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache, lru_cache
from importlib import resources

from peelian.domain.errors import BadInput, Refused
from peelian.domain.incident import Origin
from peelian.domain.section import Section, closed, schema_one
from peelian.domain.strict import read_yaml
from peelian.governance.names import Lexicon, Words, is_plain

VICTIM_REPORTED = frozenset({Origin.VICTIM_REPORTED})


class Mark(StrEnum):
    """Whether a rule is law or the house's own, stricter choice."""

    LAW = "law"
    HOUSE = "house"


class Surface(StrEnum):
    """What a name is the name of."""

    TARGETS = "targets"
    INPUTS = "inputs"
    CAPABILITIES = "capabilities"


JURISDICTIONS = frozenset({"EU", "UK", "Canada", "US", "house"})


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
    lifted_by_origin : the origin whose admission by a charter lifts the rule, or None.
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
    lifted_by_origin: Origin | None
    forbids: tuple[tuple[Surface, Lexicon], ...]

    def forbids_name(self, name: str, surface: Surface) -> bool:
        """Return whether `name` is forbidden as a name of that surface."""
        return any(lexicon.hits(name) for own, lexicon in self.forbids if own is surface)


@dataclass(frozen=True)
class ProhibitedList:
    """The rules of one dated version."""

    version: str
    basis: str
    rules: tuple[ProhibitedRule, ...]


def rules_against(
    name: str, *, surface: Surface, origins: frozenset[Origin] = VICTIM_REPORTED
) -> tuple[ProhibitedRule, ...]:
    """Return the installed rules that forbid `name`; `origins` are those the charter admits."""
    return tuple(rule for rule in _rules_against(name, surface) if rule.lifted_by_origin not in origins)


@lru_cache(maxsize=4096)
def _rules_against(name: str, surface: Surface) -> tuple[ProhibitedRule, ...]:
    return tuple(rule for rule in installed_list().rules if rule.forbids_name(name, surface))


def check_inputs(names: Iterable[str], *, origins: frozenset[Origin] = VICTIM_REPORTED) -> None:
    """Refuse forbidden names of forecast inputs or stored columns, all of them in one sentence."""
    _check(names, surface=Surface.INPUTS, origins=origins)


def check_capability(name: str, *, target: str | None = None) -> None:
    """Refuse a forbidden capability by its name, or by what it is about (`target`)."""
    _check([name], surface=Surface.CAPABILITIES, origins=VICTIM_REPORTED)
    if target is not None:
        _check([target], surface=Surface.TARGETS, origins=VICTIM_REPORTED)


def _check(names: Iterable[str], *, surface: Surface, origins: frozenset[Origin]) -> None:
    listed = list(names)
    _check_plain(listed, surface)
    found = [
        (name, rule) for name in listed for rule in rules_against(name, surface=surface, origins=origins)[:1]
    ]
    if not found:
        return
    rule = found[0][1]
    named = "; ".join(f"{name!r} under {other.id}" for name, other in found)
    raise Refused(
        f"Among the {surface} there are prohibited names: {named}. {rule.sentence}",
        rule=rule.id,
        citation=f"{rule.citation}, {rule.mark}",
        remedy=rule.remedy,
    )


def _check_plain(names: list[str], surface: Surface) -> None:
    unreadable = [name for name in names if not is_plain(name)]
    if unreadable:
        raise Refused(
            f"Among the {surface} there are names that cannot be read as plain letters: {unreadable}.",
            rule="plain-names",
            citation="house rule: a name that cannot be read cannot be judged",
            remedy="Name them with the letters a to z.",
        )


@cache
def installed_list() -> ProhibitedList:
    """Return the list that ships with this version."""
    source = resources.files("peelian.governance") / "policies" / "prohibited.yaml"
    return read_list(source.read_text("utf-8"))


def read_list(text: str) -> ProhibitedList:
    """Read a prohibited list; anything unknown, missing or doubled in it is refused."""
    with read_yaml(text, where="prohibited.yaml") as top:
        schema_one(top)
        rules = tuple(_read_rule(section) for section in top.sections("rules"))
        read = ProhibitedList(version=top.text("version"), basis=top.text("basis"), rules=rules)
    ids = [rule.id for rule in rules]
    if len(set(ids)) != len(ids):
        raise BadInput("prohibited.yaml gives two rules one id; give every rule its own.")
    return read


def _read_rule(section: Section) -> ProhibitedRule:
    with section:
        lifted = section.optional_text("lifted_by_origin")
        where = section.where
        return ProhibitedRule(
            id=section.text("id"),
            sentence=section.text("sentence"),
            mark=Mark(closed(section.text("mark"), Mark, where=where, what="mark")),
            jurisdiction=closed(
                section.text("jurisdiction"), JURISDICTIONS, where=where, what="jurisdiction"
            ),
            citation=section.text("citation"),
            words=section.text("words"),
            exceptions=section.text("exceptions"),
            beyond=section.text("beyond"),
            effective=section.day("effective"),
            remedy=section.text("remedy"),
            lifted_by_origin=Origin(lifted) if lifted else None,
            forbids=_read_forbids(section.named_sections("forbids"), where),
        )


def _read_forbids(
    surfaces: tuple[tuple[str, Section], ...], where: str
) -> tuple[tuple[Surface, Lexicon], ...]:
    if not surfaces:
        raise BadInput(f"{where} forbids nothing; say under `forbids` which names it is about.")
    return tuple(
        (Surface(closed(name, Surface, where=where, what="surface")), _read_lexicon(section))
        for name, section in surfaces
    )


def _read_lexicon(section: Section) -> Lexicon:
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
        )


def _phrases(texts: tuple[str, ...]) -> frozenset[Words]:
    return frozenset(tuple(text.split()) for text in texts)
