"""The prohibited list: what no charter, role or setting can allow here, with the words it rests on.

For: judging names of forecast inputs, targets and capabilities, at start-up and at the desk.
Not for: who may do what (policy.py). The list applies whole, whatever a deployment's jurisdiction and
whatever the date: effective dates say since when a source binds, not since when the house does.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from peelian.domain.errors import Refused
from peelian.domain.incident import Origin
from peelian.governance.prohibition.names import is_plain
from peelian.governance.prohibition.prohibited_list import (
    JURISDICTIONS,
    Mark,
    ProhibitedList,
    ProhibitedRule,
    Surface,
    installed_list,
    read_list,
)

__all__ = [
    "JURISDICTIONS",
    "VICTIM_REPORTED",
    "Mark",
    "ProhibitedList",
    "ProhibitedRule",
    "Surface",
    "check_capability",
    "check_inputs",
    "check_names",
    "installed_list",
    "may_be_admitted",
    "read_list",
    "rules_against",
]

VICTIM_REPORTED = frozenset({Origin.VICTIM_REPORTED})


def rules_against(
    name: str,
    *,
    surface: Surface,
    origins: frozenset[Origin] = VICTIM_REPORTED,
    purpose: str = "",
    admitted: Iterable[str] = (),
) -> tuple[ProhibitedRule, ...]:
    """Return the installed rules that forbid `name`.

    `origins`, `purpose` and `admitted` are what the charter says: the origins of incidents it admits, what it is for,
    and the names that it admits for that.
    """
    named = name in tuple(admitted)
    return tuple(
        rule
        for rule in _rules_against(name, surface)
        if rule.lifted_by_origin not in origins and not (named and rule.may_admit(name, purpose=purpose))
    )


@lru_cache(maxsize=4096)
def _rules_against(name: str, surface: Surface) -> tuple[ProhibitedRule, ...]:
    return tuple(rule for rule in installed_list().rules if rule.forbids_name(name, surface))


def may_be_admitted(name: str, *, purpose: str) -> bool:
    """Return whether a charter for `purpose` may admit a forbidden input by its name."""
    rules = _rules_against(name, Surface.INPUTS)
    return bool(rules) and all(rule.may_admit(name, purpose=purpose) for rule in rules)


def check_inputs(names: Iterable[str], *, origins: frozenset[Origin] = VICTIM_REPORTED) -> None:
    """Refuse forbidden names of forecast inputs or stored columns, all of them in one sentence."""
    check_names(names, surface=Surface.INPUTS, origins=origins)


def check_capability(name: str, *, target: str | None = None) -> None:
    """Refuse a forbidden capability by its name, or by what it is about (`target`)."""
    check_names([name], surface=Surface.CAPABILITIES)
    if target is not None:
        check_names([target], surface=Surface.TARGETS)


def check_names(
    names: Iterable[str], *, surface: Surface, origins: frozenset[Origin] = VICTIM_REPORTED
) -> None:
    """Refuse forbidden names of that surface, all of them in one sentence."""
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
