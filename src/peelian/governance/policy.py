"""The policy: Cedar texts that lawyers can read, asked once for each act, and refusing whenever in doubt.

For: deciding whether a person may do something now, with the rule and its citation.
Not for: remembering or entering the answer; the desk does that.

Cedar fails open where a careless caller lets it (measured with cedarpy 4.12): a `forbid` that reads a missing
attribute is skipped and the answer is Allow, with nothing but `diagnostics.errors` to show for it; malformed
text gives NoDecision without an exception. So here the texts are validated against a schema when they are
loaded, every request is validated against it too, and any error, or anything but a clean Allow, refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from functools import lru_cache

import cedarpy

from peelian.domain.errors import Refused
from peelian.governance.bearing import Known, bearing
from peelian.governance.card import Target
from peelian.governance.prohibition.prohibited import Mark
from peelian.governance.question import FLAGS, Decision, Question
from peelian.governance.register import Register, installed_register
from peelian.governance.request import attributes_of, entities_for, prohibited_in, request_for
from peelian.governance.rules import Rule, RuleSet, read_rules

__all__ = ["Decision", "Policy", "Question", "Rule"]

_DEFAULT_DENY = "default-deny"
_UNREGISTERED = "unregistered"
_UNCLEAR = "policy-unclear"
REMEMBERED = 4096
"""Answers kept: an answer hangs on nothing but its question and on rules that a running house never reads anew."""


class Policy:
    """A validated set of policies together with the register it decides about. Make one with `load`."""

    def __init__(self, rule_set: RuleSet, *, register: Register) -> None:
        kinds = {kind.id: attributes_of(kind) for kind in register.data_kinds}
        self._bearing_on = bearing(rule_set.bodies, kinds=kinds)
        self._schema = rule_set.schema
        self._rules = {rule.id: rule for rule in rule_set.rules}
        self._kinds = {kind.id for kind in register.data_kinds}
        self._capabilities = {capability.id for capability in register.capabilities}
        self._inputs = {
            *register.inputs,
            *(column.name for kind in register.data_kinds for column in kind.columns),
        }
        self._entities = entities_for(register, self._schema)
        self._remembered: Callable[[Question], Decision] = lru_cache(maxsize=REMEMBERED)(self._decide)

    @classmethod
    def load(
        cls, text: str | None = None, *, register: Register | None = None, schema_text: str | None = None
    ) -> Policy:
        """Load the installed policies, or `text`; refuse to start on anything that is not as it should be."""
        rule_set = read_rules(text, schema_text=schema_text)
        return cls(rule_set, register=register or installed_register())

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Return every rule, in order of id."""
        return tuple(self._rules[name] for name in sorted(self._rules))

    def decide(self, question: Question) -> Decision:
        """Answer a question; whatever is unregistered, unclear or unpermitted is refused.

        The same question, from the same person on the same day, is thought about once.
        """
        return self._remembered(question)

    def _decide(self, question: Question) -> Decision:
        prohibited = prohibited_in(question)
        unknown = self._unknown(question)
        if unknown and not prohibited:
            return _refusal(_UNREGISTERED, f"The register does not know the {unknown}.", "See the register.")
        if unknown:
            return _decision(self._ranked(prohibited)[0], allowed=False, among=prohibited)
        who = question.principal
        known = Known(question.action, question.resource_kind, who.roles, prohibited, _told(question))
        asked = self._bearing_on(known)
        answer = cedarpy.is_authorized(
            request_for(question, prohibited, speaks_of=asked.speaks_of),
            asked.policies,
            self._entities(who.roles, who.id, question.charter),
            self._schema,
        )
        return self._judge(question, answer)

    def require(self, question: Question) -> Decision:
        """Return the decision where it allows; otherwise raise `Refused` with its rule, citation and remedy."""
        decision = self.decide(question)
        if not decision.allowed:
            asked = f"{question.principal.name} may not {question.action} {question.resource_kind}"
            purpose = f" for {question.purpose}" if question.purpose else ""
            raise Refused(
                f"{asked}{purpose}: {decision.says}",
                rule=decision.rule,
                citation=f"{decision.citation}, {decision.mark}",
                remedy=decision.remedy,
            )
        return decision

    def _ranked(self, names: Iterable[str]) -> list[Rule]:
        return sorted(
            (self._rules[name] for name in names if name in self._rules), key=lambda rule: rule.rank
        )

    def _unknown(self, question: Question) -> str:
        """Return what the register does not know; a name that says nothing harmful is not let through for that."""
        asked: list[tuple[str, str, Container[str]]] = [("data kind", question.resource_kind, self._kinds)]
        asked += [("input", name, self._inputs) for name in question.inputs]
        if question.capability is not None:
            asked.append(("capability", question.capability, self._capabilities))
        if question.target is not None:
            asked.append(("target", question.target, frozenset(Target)))
        return next((f"{what} {name!r}" for what, name, known in asked if name not in known), "")

    def _judge(self, question: Question, answer: cedarpy.AuthzResult) -> Decision:
        errors, reasons = answer.diagnostics.errors, answer.diagnostics.reasons
        rules = self._ranked(reasons)
        if errors or len(rules) != len(reasons) or answer.decision is cedarpy.Decision.NoDecision:
            why = "; ".join(errors) or "it named an unknown rule"
            return _refusal(
                _UNCLEAR, f"The policy did not come to a clear answer ({why}).", "Tell the auditor."
            )
        if answer.allowed and rules and not any(rule.forbids for rule in rules):
            return _decision(rules[0], allowed=True, among=reasons)
        if rules and all(rule.forbids for rule in rules):
            return _decision(rules[0], allowed=False, among=reasons)
        roles = " and ".join(sorted(question.principal.roles))
        says = f"No rule lets {roles} {question.action} {question.resource_kind}."
        return _refusal(
            _DEFAULT_DENY, says, "Ask somebody whose role it is; docs/reference/permissions.md lists them."
        )


def _told(question: Question) -> frozenset[tuple[str, bool]]:
    said = ((flag, getattr(question, flag)) for flag in FLAGS)
    return frozenset((flag, value) for flag, value in said if value is not None)


def _decision(rule: Rule, *, allowed: bool, among: Iterable[str]) -> Decision:
    also = tuple(sorted(name for name in among if name != rule.id))
    return Decision(allowed, rule.id, rule.citation, rule.mark, rule.says, rule.remedy, also)


def _refusal(rule: str, says: str, remedy: str) -> Decision:
    return Decision(False, rule, "house rule: what is not permitted is refused", Mark.HOUSE, says, remedy)
