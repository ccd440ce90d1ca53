"""A question in the form Cedar takes it: a request, and the entities it refers to.

Not for: anything that decides. What is left out of a question is left out of the request, and the policies
guard every such attribute with `has`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

import cedarpy

from peelian.governance.card import Capability, DataKind, RiskClass
from peelian.governance.principals import Role
from peelian.governance.prohibition.households import RULE, are_a_home, is_large_enough
from peelian.governance.prohibition.prohibited import VICTIM_REPORTED, Surface, rules_against
from peelian.governance.question import FLAGS, Question
from peelian.governance.reasons import needs_reason
from peelian.governance.register import Register
from peelian.governance.terms import Charter


def prohibited_in(question: Question) -> frozenset[str]:
    """Return the ids of the prohibited rules that any name in the question falls under."""
    charter = question.charter
    origins = VICTIM_REPORTED if charter is None else frozenset(charter.origins)
    purpose, admitted = ("", ()) if charter is None else (charter.purpose, charter.admitted_inputs)
    names = [(name, Surface.INPUTS) for name in question.inputs]
    names += [(name, Surface.EXPLANATIONS) for name in question.explanations]
    names += [(name, Surface.STATISTICS) for name in question.statistics]
    names += [(question.capability, Surface.CAPABILITIES)] if question.capability else []
    names += [(question.target, Surface.TARGETS)] if question.target else []
    homes = frozenset([RULE] if _names_a_home(question) else [])
    return homes | frozenset(
        rule.id
        for name, surface in names
        for rule in rules_against(name, surface=surface, origins=origins, purpose=purpose, admitted=admitted)
    )


def _names_a_home(question: Question) -> bool:
    """Return whether a place of the question is as small as a household, by its size or by the dwellings in it."""
    small = question.cell_m is not None and not is_large_enough(question.cell_m)
    return small or (question.dwellings is not None and are_a_home(question.dwellings))


def request_for(
    question: Question, prohibited: frozenset[str], *, speaks_of: Container[str] | None = None
) -> dict[str, Any]:
    """Return the question as a Cedar request; what was not said is left out, never made up.

    `speaks_of` names the circumstances of which the rules asked speak; the others are left out, for nobody reads them.
    """
    context = {
        name: said for name, said in _circumstances(question) if speaks_of is None or name in speaks_of
    }
    context |= {"today": _day(question.today), "prohibited": sorted(prohibited)}
    return {
        "principal": _name("Principal", question.principal.id),
        "action": _name("Action", question.action),
        "resource": _name("Kind", question.resource_kind),
        "context": context,
    }


def _circumstances(question: Question) -> Iterator[tuple[str, Any]]:
    """Yield what was said of a question's circumstances, under the names that the schema has for them."""
    if question.offences:
        yield "offences", list(question.offences)
    if question.origins:
        yield "origins", list(question.origins)
    if question.sources:
        yield "sources", [_reference("Kind", source) for source in question.sources]
    if question.recipient is not None:
        yield "receives", question.charter is not None and _receives(question, question.charter)
    for name in ("purpose", "case", "authorisation", *FLAGS):
        if getattr(question, name) is not None:
            yield name, getattr(question, name)
    if question.capability is not None:
        yield "capability", _reference("Capability", question.capability)
    if question.charter is not None:
        yield "charter", _reference("Charter", question.charter.digest)


def entities_for(
    register: Register, schema: cedarpy.Schema
) -> Callable[[frozenset[Role], str, Charter | None], cedarpy.Entities]:
    """Return what makes the entities of a request: the register's once, person and charter cached."""
    fixed = [_entity("Role", role, {}) for role in Role]
    fixed += [_kind(kind) for kind in register.data_kinds]
    fixed += [_capability(capability) for capability in register.capabilities]
    base = cedarpy.Entities.from_json_str(json.dumps(fixed), schema)

    @lru_cache(maxsize=256)
    def entities(roles: frozenset[Role], principal_id: str, charter: Charter | None) -> cedarpy.Entities:
        asked = [
            _entity("Principal", principal_id, {}, parents=[_name("Role", role) for role in sorted(roles)])
        ]
        asked += [] if charter is None else [_charter(charter)]
        return base.with_added_json_str(json.dumps(asked), schema)

    return entities


def attributes_of(kind: DataKind) -> dict[str, bool]:
    """Return what the policies may know of a data kind."""
    return {"chartered": kind.chartered, "sealed": kind.sealed, "needs_reason": needs_reason(kind)}


def _receives(question: Question, charter: Charter) -> bool:
    """Return whether the charter names the recipient for that kind; nearly the same name is another's."""
    return any(
        recipient.name == question.recipient and question.resource_kind in recipient.kinds
        for recipient in charter.recipients
    )


def _kind(kind: DataKind) -> dict[str, Any]:
    return _entity("Kind", kind.id, attributes_of(kind))


def _capability(capability: Capability) -> dict[str, Any]:
    attributes = {
        "target": capability.target,
        "actions": [_reference("Action", action) for action in capability.actions],
        "uses": [_reference("Kind", kind) for kind in capability.uses],
        "high_risk": capability.risk_class is RiskClass.HIGH_RISK,
    }
    return _entity("Capability", capability.id, attributes)


def _charter(charter: Charter) -> dict[str, Any]:
    attributes = {
        "purpose": charter.purpose,
        "valid_from": _day(charter.valid_from),
        "expires": _day(charter.expires),
        "capabilities": [_reference("Capability", name) for name in charter.capabilities],
        "data": [_reference("Kind", name) for name in charter.data],
        "offences": list(charter.offences),
        "origins": list(charter.origins),
        "registered": [_reference("Capability", name) for name, _ in charter.registration],
    }
    if charter.mandate is not None:
        attributes["sources"] = [_reference("Kind", name) for name in charter.mandate.sources]
    return _entity("Charter", charter.digest, attributes)


def _entity(
    kind: str, name: str, attributes: Mapping[str, Any], *, parents: Iterable[Mapping[str, str]] = ()
) -> dict[str, Any]:
    return {"uid": _name(kind, name), "attrs": dict(attributes), "parents": list(parents)}


def _name(kind: str, name: str) -> dict[str, str]:
    return {"type": kind, "id": str(name)}


def _reference(kind: str, name: str) -> dict[str, Any]:
    return {"__entity": _name(kind, name)}


def _day(day: date) -> int:
    """Return a civil day as the policies count it: from 1 January 1970."""
    return (day - date(1970, 1, 1)).days
