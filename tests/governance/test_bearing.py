"""Leaving out the rules that cannot bear on a question changes no answer, and no error into a yes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import cedarpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peelian.governance.bearing import Known, bearing
from peelian.governance.card import Action
from peelian.governance.policy import Question
from peelian.governance.prohibition.prohibited import installed_list
from peelian.governance.question import FLAGS
from peelian.governance.register import installed_register
from peelian.governance.request import attributes_of, entities_for, request_for
from peelian.governance.rules import read_rules
from tests.governance.test_policy import READ, questions

RULES = read_rules()
KINDS = {kind.id: attributes_of(kind) for kind in installed_register().data_kinds}
ENTITIES = entities_for(installed_register(), RULES.schema)
ALL = cedarpy.PolicySet.from_json_str(
    json.dumps({"templates": {}, "staticPolicies": RULES.bodies, "templateLinks": []})
)
BEARING = bearing(RULES.bodies, kinds=KINDS)


def known(question: Question, prohibited: frozenset[str] = frozenset()) -> Known:
    told = frozenset((flag, getattr(question, flag)) for flag in FLAGS if getattr(question, flag) is not None)
    return Known(question.action, question.resource_kind, question.principal.roles, prohibited, told)


def answers(
    question: Question, prohibited: frozenset[str]
) -> tuple[cedarpy.AuthzResult, cedarpy.AuthzResult]:
    """Ask Cedar with every rule and every circumstance, and with those that bear."""
    who = question.principal
    entities = ENTITIES(who.roles, who.id, question.charter)
    whole = cedarpy.is_authorized(request_for(question, prohibited), ALL, entities, RULES.schema)
    asked = BEARING(known(question, prohibited))
    request = request_for(question, prohibited, speaks_of=asked.speaks_of)
    return whole, cedarpy.is_authorized(request, asked.policies, entities, RULES.schema)


@settings(deadline=None)
@given(
    asked=questions(),
    prohibited=st.frozensets(st.sampled_from([rule.id for rule in installed_list().rules]), max_size=2),
)
def test_the_answer_is_that_of_all_rules(asked: Question, prohibited: frozenset[str]) -> None:
    whole, some = answers(asked, prohibited)
    assert some.decision is whole.decision
    assert sorted(some.diagnostics.reasons) == sorted(whole.diagnostics.reasons)
    assert bool(some.diagnostics.errors) is bool(whole.diagnostics.errors)


def test_every_act_on_every_kind_is_answered_as_by_all_rules() -> None:
    for action in Action:
        for kind in KINDS:
            whole, some = answers(replace(READ, action=action, resource_kind=kind), frozenset())
            assert sorted(some.diagnostics.reasons) == sorted(whole.diagnostics.reasons), (action, kind)


def test_of_all_rules_a_dozen_or_two_bear_on_what_an_analyst_reads() -> None:
    asked = BEARING(known(READ))
    assert len(asked.policies) <= 20
    assert len(ALL) > 120
    assert {"purpose", "capability", "charter"} <= asked.speaks_of
    assert not {"stopped", "case"} & asked.speaks_of


def body(
    condition: str, *, scope: str = "principal, action, resource", kind: str = "when"
) -> Mapping[str, Any]:
    text = f"forbid ({scope}) {kind} {{ {condition} }};"
    (found,) = json.loads(cedarpy.policies_to_json_str(text))["staticPolicies"].values()
    return dict(found)


STANDS = "context has charter"
"""Something that nobody can know beforehand."""

CONDITIONS = [
    # a condition                                                        of what it is said for a read of incidents
    ("resource.chartered", "asked"),
    ("resource.sealed", "left out"),
    ("!resource.sealed", "asked"),
    (f"resource.sealed && {STANDS}", "left out"),
    (
        f"{STANDS} && resource.sealed",
        "asked",
    ),  # Cedar would look at the left side first, and might fail there
    (f"resource.sealed || {STANDS}", "asked"),
    ('resource == Kind::"incident"', "asked"),
    ('resource == Kind::"call"', "left out"),
    ('[Kind::"call", Kind::"plan"].contains(resource)', "left out"),
    ('[Kind::"call", Kind::"incident"].contains(resource)', "asked"),
    ('principal in Role::"analyst"', "asked"),
    ('principal in Role::"auditor"', "left out"),
    (
        'principal == Role::"auditor"',
        "asked",
    ),  # a person is no role; whoever writes that is not second-guessed
    ('principal == Principal::"0198"', "asked"),
    ("context.stopped", "left out"),
    ("context has stopped", "asked"),
    ("context has approved", "left out"),
    ("context.approved", "asked"),  # not told: Cedar fails here, and a failure must refuse
    ('context.prohibited.contains("no-person-score")', "left out"),
    ('context.prohibited.contains("no-face-scraping")', "asked"),
    ('context.purpose == "x"', "asked"),
    ("if resource.sealed then true else false", "asked"),
]


@pytest.mark.parametrize(("condition", "said"), CONDITIONS)
def test_which_conditions_leave_a_rule_out(condition: str, said: str) -> None:
    question = replace(READ, stopped=False, approved=None)
    asked = bearing({"one": body(condition)}, kinds=KINDS)(known(question, frozenset({"no-face-scraping"})))
    assert (len(asked.policies) == 1) is (said == "asked")


@pytest.mark.parametrize(
    ("scope", "bears"),
    [
        ('principal, action == Action::"read", resource', True),
        ('principal, action == Action::"score", resource', False),
        ('principal, action in [Action::"score", Action::"read"], resource', True),
        ('principal, action in [Action::"score"], resource', False),
        ('principal, action, resource == Kind::"call"', False),
        ("principal, action, resource is Kind", True),
        ('principal in Role::"auditor", action, resource', False),
        ('principal in Role::"analyst", action, resource', True),
        ('principal == Principal::"0198", action, resource', True),
    ],
)
def test_which_scopes_leave_a_rule_out(scope: str, bears: bool) -> None:
    asked = bearing({"one": body("true", scope=scope)}, kinds=KINDS)(known(READ))
    assert (len(asked.policies) == 1) is bears


def test_an_unless_that_surely_holds_leaves_a_rule_out() -> None:
    for condition, bears in (("resource.chartered", False), ("resource.sealed", True), (STANDS, True)):
        asked = bearing({"one": body(condition, kind="unless")}, kinds=KINDS)(known(READ))
        assert (len(asked.policies) == 1) is bears
