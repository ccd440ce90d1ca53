"""How an incident came to light, where its file has no column that says so: the source's rules, each with its reason.

What patrols find says where patrols were, so it is no forecast input by default (`domain.incident.Origin`).
The first of these that speaks decides: the source's own rules in their order, its word on the offence group,
the NIBRS offence where that is one which police activity finds (`city.mapping.nibrs`), and the source's default.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from peelian.city.mapping.nibrs import nibrs_offence
from peelian.domain.incident import Origin


@dataclass(frozen=True)
class OriginRule:
    """Rows whose published `column` holds one of `values` have this `origin`; `because` says why, for a reader."""

    column: str
    values: tuple[str, ...]
    origin: Origin
    because: str


@dataclass(frozen=True)
class Origins:
    """What a source says of the origin of its rows.

    Parameters
    ----------
    default : of rows nothing else speaks of.
    by_offence : by offence group, against the default and against what NIBRS suggests.
    rules : over published columns, tried in order before anything else.
    """

    default: Origin = Origin.VICTIM_REPORTED
    by_offence: Mapping[str, Origin] = field(default_factory=dict)
    rules: tuple[OriginRule, ...] = ()

    def columns(self) -> tuple[str, ...]:
        """Return the columns that the rules look at, each once."""
        return tuple(dict.fromkeys(rule.column for rule in self.rules))


@dataclass(frozen=True)
class Because:
    """An origin and the sentence that explains it."""

    origin: Origin
    why: str


def origin_of(group: str, *, nibrs: str | None, origins: Origins) -> Because:
    """Return the origin of an offence group whose NIBRS code is `nibrs`, as far as no rule speaks of the row."""
    if group in origins.by_offence:
        return Because(origins.by_offence[group], f"the source says so of {group}")
    if nibrs is not None and (found := nibrs_offence(nibrs)).found_by_police:
        return Because(Origin.ENFORCEMENT_FOUND, f"NIBRS {found.code} {found.name}: {found.found_by_police}")
    return Because(origins.default, "the source's default")
