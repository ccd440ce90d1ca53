"""Which offence and origin a source's rows are counted as, and whether that can have changed between two releases.

A corrected mapping moves whole groups of incidents from one published figure to another. Whoever reads both mappings
knows which codes moved, and may subtract; so every load says by which rules it counted, and every release which rules
there had been.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from peelian.city.mapping.source import SourceMapping
from peelian.domain.canonical import Document, canonical, digest

Groupings = Mapping[str, Mapping[str, int]]
"""By source: digest of the rules (see `grouping_of`) -> how many loads stored incidents by them."""
UNRECORDED = "unrecorded"
"""Stands for the rules of a load that does not say by which it counted."""


def grouping_of(mapping: SourceMapping) -> str:
    """Return the SHA-256 of everything in a mapping that decides an incident's offence group and origin."""
    offences, origins = mapping.offences, mapping.origins
    roles = {"offence": mapping.columns.offence, "origin": mapping.columns.origin}
    decisive = {*origins.columns(), *(column for column in roles.values() if column is not None)}
    parts = {name: list(mapping.combine[name]) for name in sorted(decisive & set(mapping.combine))}
    looked_at = decisive.union(*parts.values())
    codes = sorted({*(offences.groups or {}), *offences.nibrs})
    rules: Document = {
        "columns": roles,
        "combined": parts,
        "corrections": [
            [each.column, each.old, each.new] for each in mapping.corrections if each.column in looked_at
        ],
        "codes": {code: [offences.group(code), str(mapping.origin_of(code).origin)] for code in codes},
        "others": offences.groups is None,
        "everything": offences.everything,
        "default": str(origins.default),
        "by_offence": {group: str(origin) for group, origin in origins.by_offence.items()},
        "rules": [[rule.column, sorted(rule.values), str(rule.origin)] for rule in origins.rules],
    }
    return digest(canonical(rules))


def groupings_of(loads: Iterable[Mapping[str, Any]]) -> Groupings:
    """Return by which rules the incidents of each source were stored, from the bodies of the load records."""
    counted: dict[str, Counter[str]] = {}
    for load in loads:
        if load["kind"] == "incident" and load["new"] + load["corrected"]:
            counted.setdefault(load["source"], Counter())[load.get("grouping", UNRECORDED)] += 1
    return counted


def regrouped(now: Groupings, *, since: Groupings) -> tuple[str, ...]:
    """Return the sources whose incidents can be counted otherwise now than at `since`; a new source is one.

    Under one set of rules, known both times, further loads move nothing. Where there had been two, any later load
    can have moved rows from one to the other, so then there must have been none.
    """
    return tuple(
        source
        for source, rules in sorted(now.items())
        if dict(rules) != dict(since.get(source, {}))
        and (len(rules) > 1 or UNRECORDED in rules or rules.keys() != since.get(source, {}).keys())
    )
