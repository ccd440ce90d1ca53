"""What a charter must show before a capability may be enabled at all: one technology, its registration, its admissions.

For: reading a charter (charter.py).
Not for: who may act under it (policy.py), and what the prohibited list says of a name (prohibited.py).
"""

from __future__ import annotations

from peelian.domain.errors import BadInput, Refused
from peelian.governance.card import RiskClass
from peelian.governance.prohibition.prohibited import (
    Surface,
    check_capability,
    may_be_admitted,
    rules_against,
)
from peelian.governance.register import Register
from peelian.governance.terms import Charter
from peelian.governance.wording import check_reason

_WHERE = "charter"


def check_technology(charter: Charter, register: Register) -> None:
    """Refuse a charter for two technologies: each has its own policy, its own hearing and its own end.

    After New York's Office of the Inspector General for the NYPD, who found that grouping technologies in one
    impact-and-use policy defeats the audit of each.
    """
    found = sorted({register.capability(name).technology for name in charter.capabilities} - {""})
    if len(found) > 1:
        raise Refused(
            f"The charter {charter} is for {len(found)} technologies at once: {', '.join(found)}.",
            rule="one-technology",
            citation="house rule, requirement T03, after New York City's POST Act (2020)",
            remedy="Write one charter for each technology.",
        )
    check_capability(charter.id)
    check_capability(charter.title)


def check_registration(charter: Charter, register: Register) -> None:
    """Refuse a charter that names a high-risk capability without the id under which it is registered."""
    high = {
        name for name in charter.capabilities if register.capability(name).risk_class is RiskClass.HIGH_RISK
    }
    registered = {name for name, _ in charter.registration}
    if missing := sorted(high - registered):
        raise Refused(
            f"The charter {charter} names {', '.join(missing)}, high-risk, without its registration.",
            rule="registration-required",
            citation="house rule, requirement T02, after Regulation (EU) 2024/1689, Articles 26(8) and 49",
            remedy="Register it, and give its id under [registration].",
        )
    if extra := sorted(registered - high):
        raise BadInput(
            f"The {_WHERE} gives a registration for {', '.join(extra)}, which it does not name or which needs none; "
            "remove the line."
        )


def check_admitted(charter: Charter) -> None:
    """Refuse admitted inputs that the charter's purpose cannot admit, or that come without their reason."""
    for name in charter.admitted_inputs:
        if not may_be_admitted(name, purpose=charter.purpose):
            rules = rules_against(name, surface=Surface.INPUTS)
            rule = rules[0].id if rules else "admitted-inputs"
            raise Refused(
                f"The charter {charter} admits the input {name!r}, which no charter for {charter.purpose} can admit.",
                rule=rule,
                citation="house rule: what the list forbids, a charter admits only where the list says so",
                remedy="Leave it out; only age may be admitted, and only for victim-protection.",
            )
    if charter.admitted_inputs:
        check_reason(charter.admitted_inputs_reason, where=_WHERE, key="admitted_inputs_reason")
