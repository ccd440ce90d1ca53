"""The policy as a table: every role, every act, every data kind, asked one by one.

For: the generated page `docs/reference/permissions.md`, and the test that no combination is left to chance.
The questions are put as if all else were in order: a charter in force that names everything, another person's
proposal, an approved plan, a period that has not begun, roles in date, no stop, a reason and a case
that fit, a first reading, a ground of its own, an authorisation that stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from peelian.governance.authorisation import Use
from peelian.governance.card import Action
from peelian.governance.cases import CaseStanding
from peelian.governance.charter import example_text, read_charter
from peelian.governance.examine.purposes import LogPurpose
from peelian.governance.policy import Decision, Policy, Question
from peelian.governance.principals import Principal, Role
from peelian.governance.prohibition.prohibited import installed_list
from peelian.governance.register import Register
from peelian.governance.terms import Charter, Recipient

_DAY = date(2026, 7, 1)
_PURPOSES = {"ledger": LogPurpose.LAWFULNESS, "truth-opening": "supervision"}
"""The purpose for which a kind is asked about, where it is for one alone."""

_INTRODUCTION = """# Permissions

Generated from the Cedar policies in `src/peelian/governance/policies/` by asking them about every role, act and
data kind, with all else in order: a charter in force that names everything, a proposal by somebody else, an
approved plan, a period that has not begun, a finding the person never judged, an act on a ground of its own.
"""


@dataclass(frozen=True)
class Permission:
    """What the policy answers to one combination, at best."""

    role: Role
    action: Action
    data_kind: str
    decision: Decision


def permissions(policy: Policy, register: Register) -> tuple[Permission, ...]:
    """Return the answer to every role x act x data kind, in that nesting; total by construction."""
    charter = _charter_for_everything(register)
    return tuple(
        Permission(role, action, kind.id, _best(policy, _questions(role, action, kind.id, charter, register)))
        for role in Role
        for action in Action
        for kind in register.data_kinds
    )


def permission_table(policy: Policy, register: Register) -> str:
    """Return the permissions page as Markdown."""
    asked = permissions(policy, register)
    refused = sum(not item.decision.allowed for item in asked)
    prohibited = {rule.id for rule in installed_list().rules}
    forbids = [rule for rule in policy.rules if rule.forbids and rule.id not in prohibited]
    permits = [rule for rule in policy.rules if not rule.forbids]
    return "\n".join(
        (
            _INTRODUCTION,
            _table(("act", "data kind", *(role.value for role in Role), "by rule"), _rows(asked)),
            f"\nAll other combinations, {refused} of {len(asked)}, are refused.\n",
            "## What permits\n",
            _table(
                ("rule", "says", "citation", "mark"), ((r.id, r.says, r.citation, r.mark) for r in permits)
            ),
            "\n## What forbids, whoever permits it\n",
            _table(
                ("rule", "says", "what to do instead", "citation", "mark"),
                ((r.id, r.says, r.remedy, r.citation, r.mark) for r in forbids),
            ),
            f"\nAbove all of these stands the prohibited list ({len(prohibited)} rules).\n",
        )
    )


def _rows(asked: Iterable[Permission]) -> list[tuple[str, ...]]:
    """Return a row for each act and data kind that somebody may, with the rules that let them."""
    found: dict[tuple[str, str], dict[Role, str]] = {}
    for item in asked:
        if item.decision.allowed:
            found.setdefault((item.action, item.data_kind), {})[item.role] = item.decision.rule
    return [
        (*pair, *("yes" if role in rules else "" for role in Role), ", ".join(sorted(set(rules.values()))))
        for pair, rules in sorted(found.items())
    ]


_ANYBODY = "any recipient the charter names"


def _best(policy: Policy, questions: Iterable[Question]) -> Decision:
    return max(map(policy.decide, questions), key=lambda decision: decision.allowed)


def _questions(
    role: Role, action: Action, kind: str, charter: Charter, register: Register
) -> tuple[Question, ...]:
    """Return the question through each capability that declares the act, or through none where none does."""
    declared = [c.id for c in register.capabilities if action in c.actions and kind in c.uses]
    through: Sequence[str | None] = declared or [None]
    return tuple(
        Question(
            principal=_somebody(role),
            action=action,
            resource_kind=kind,
            purpose=_PURPOSES.get(kind, charter.purpose),
            charter=charter,
            today=_DAY,
            capability=capability,
            self_approval=False,
            period_started=False,
            approved=True,
            recipient=_ANYBODY,
            stopped=False,
            suspended=False,
            trained=True,
            frozen=False,
            departed=False,
            reason_fits=True,
            case=CaseStanding.FITS,
            authorised=True,
            authorisation=Use.STANDS,
            read_before=False,
            grounded=True,
            restricted=False,
            court_ordered=False,
        )
        for capability in through
    )


def _somebody(role: Role) -> Principal:
    place = list(Role).index(role) + 1
    return Principal(
        id=f"00000000-0000-7000-8000-{place:012d}",
        name=f"any {role}",
        roles=frozenset({role}),
        public_key=bytes([place]) * 32,
        demo=True,
    )


def _charter_for_everything(register: Register) -> Charter:
    kinds = tuple(item.id for item in register.data_kinds)
    return replace(
        read_charter(example_text(), register=register),
        capabilities=tuple(item.id for item in register.capabilities),
        data=kinds,
        registration=tuple((item.id, "any") for item in register.capabilities),
        recipients=(Recipient(_ANYBODY, "EU", kinds, "any", ""),),
    )


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [tuple(headings), ("---",) * len(headings), *map(tuple, rows)]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
