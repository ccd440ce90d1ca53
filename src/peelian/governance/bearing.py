"""Which rules can bear on a question at all: asking Cedar with a dozen rules instead of all of them.

A rule is left out only where Cedar would pass it over for certain, by what is known without its circumstances: the
act, the data kind and its attributes in the register, the person's roles, what was told as true or false, and the
prohibited rules under which the question falls. Whatever else a rule speaks of is unknown here, and a rule that hangs
on it is asked. So the answer is the same, as `tests/governance/test_bearing.py` holds for drawn questions.
Not for: deciding. An error in a condition must still refuse, so what stands to the right of something unknown is
never looked at, as Cedar itself reads from left to right.
Why: docs/adr/0033-only-the-rules-that-bear.md.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cedarpy

from peelian.governance.principals import Role
from peelian.governance.question import FLAGS

REMEMBERED = 512
_SORTS = {
    ("principal", "in"): "Role",
    ("action", "=="): "Action",
    ("action", "in"): "Action",
    ("resource", "=="): "Kind",
    ("resource", "in"): "Kind",
}
"""Of which sort an entity is that a variable can be held against: roles have no roles, acts and kinds no groups."""


@dataclass(frozen=True)
class Known:
    """What is known of a question without its circumstances; `told` holds each flag that was told, with its value."""

    action: str
    resource_kind: str
    roles: frozenset[Role]
    prohibited: frozenset[str]
    told: frozenset[tuple[str, bool]]


@dataclass(frozen=True)
class Bearing:
    """The rules that bear on a question, and the circumstances of which any of them speaks."""

    policies: cedarpy.PolicySet
    speaks_of: frozenset[str]


def bearing(
    rules: Mapping[str, Any], *, kinds: Mapping[str, Mapping[str, bool]]
) -> Callable[[Known], Bearing]:
    """Return what finds the rules that bear on a question.

    Parameters
    ----------
    rules : every rule in Cedar's JSON form, by id.
    kinds : the attributes of each data kind, as the entities of a request have them.
    """

    @lru_cache(maxsize=REMEMBERED)
    def bearing_on(known: Known) -> Bearing:
        reader = _Reader(known, kinds.get(known.resource_kind, {}))
        chosen = {name: body for name, body in rules.items() if reader.may_apply(body)}
        written = {"templates": {}, "staticPolicies": chosen, "templateLinks": []}
        policies = cedarpy.PolicySet.from_json_str(json.dumps(written))
        return Bearing(policies, frozenset(_spoken_of(list(chosen.values()))))

    return bearing_on


class _Reader:
    """Reads conditions by what is known; every answer is True, False, or None for unknown."""

    def __init__(self, known: Known, attributes: Mapping[str, bool]) -> None:
        self._named = {
            "principal": frozenset(str(role) for role in known.roles),
            "action": frozenset({known.action}),
            "resource": frozenset({known.resource_kind}),
        }
        self._prohibited = known.prohibited
        self._told = dict(known.told)
        self._attributes = attributes

    def may_apply(self, body: Mapping[str, Any]) -> bool:
        """Return False where Cedar would pass the rule over for certain."""
        for variable in self._named:
            if self._in_scope(variable, body[variable]) is False:
                return False
        for condition in body["conditions"]:
            holds = self.truth(condition["body"])
            if holds is None:
                return True
            if holds is not (condition["kind"] == "when"):
                return False
        return True

    def truth(self, expression: Mapping[str, Any]) -> bool | None:
        """Return what an expression comes to for certain, or None."""
        ((operator, parts),) = expression.items()
        match operator:
            case "&&" | "||":
                left, decisive = self.truth(parts["left"]), operator == "||"
                return left if left is None or left is decisive else self.truth(parts["right"])
            case "!":
                held = self.truth(parts["arg"])
                return None if held is None else not held
            case "==" | "in":
                return self._among(parts["left"].get("Var"), operator, [_entity(parts["right"])])
            case "contains":
                return self._contains(parts["left"], parts["right"])
            case "has" | ".":
                return self._attribute(parts["left"].get("Var"), parts["attr"], asked=operator == "has")
        return None

    def _attribute(self, variable: str | None, name: str, *, asked: bool) -> bool | None:
        """Return the attribute's value, or whether there is one where that is `asked`."""
        if variable == "context" and name in FLAGS:
            return name in self._told if asked else self._told.get(name)
        return None if asked or variable != "resource" else self._attributes.get(name)

    def _in_scope(self, variable: str, part: Mapping[str, Any]) -> bool | None:
        if part["op"] == "All":
            return True
        return self._among(variable, part["op"], part.get("entities") or [part.get("entity")])

    def _contains(self, left: Mapping[str, Any], right: Mapping[str, Any]) -> bool | None:
        if left == {".": {"left": {"Var": "context"}, "attr": "prohibited"}} and "Value" in right:
            return right["Value"] in self._prohibited
        if "Set" in left:
            return self._among(right.get("Var"), "==", [_entity(one) for one in left["Set"]])
        return None

    def _among(
        self, variable: str | None, operator: str, entities: list[Mapping[str, str] | None]
    ) -> bool | None:
        """Return whether the variable is one of the entities; a principal is `in` a role, and equal to none here."""
        sort = _SORTS.get((variable or "", operator))
        if sort is None or any(entity is None or entity["type"] != sort for entity in entities):
            return None
        named = self._named[variable or ""]
        return any(entity is not None and entity["id"] in named for entity in entities)


def _entity(expression: Mapping[str, Any]) -> Mapping[str, str] | None:
    value = expression.get("Value")
    return value.get("__entity") if isinstance(value, dict) else None


def _spoken_of(expression: Any) -> Iterator[str]:
    """Yield the name of every attribute of the context anywhere in an expression."""
    if isinstance(expression, list):
        for part in expression:
            yield from _spoken_of(part)
    elif isinstance(expression, dict):
        if expression.get("left") == {"Var": "context"} and "attr" in expression:
            yield expression["attr"]
        for part in expression.values():
            yield from _spoken_of(part)
