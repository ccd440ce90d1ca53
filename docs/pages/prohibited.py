"""The prohibited list, with the words it rests on."""

from __future__ import annotations

from docs.pages.markdown import table
from peelian.governance.prohibition.prohibited import ProhibitedRule, installed_list


def page() -> str:
    listed = installed_list()
    parts = [
        "# Prohibited",
        f"Version {listed.version}. What no charter, role or setting can allow here. {listed.basis}",
        *(_rule(rule) for rule in listed.rules),
    ]
    return "\n\n".join(parts) + "\n"


def _rule(rule: ProhibitedRule) -> str:
    rows = [
        ("whose rule", f"{rule.mark.value}, {rule.jurisdiction}, in effect since {rule.effective}"),
        ("stands in", rule.citation),
        ("its words", rule.words),
        ("its exceptions", rule.exceptions),
        ("how far this house goes", rule.beyond),
        ("instead", rule.remedy),
        ("judged are names of", ", ".join(surface.value for surface, _ in rule.forbids)),
    ]
    if rule.lifted_by_origin:
        rows.append(("lifted by", f"a charter that admits the origin {rule.lifted_by_origin.value}"))
    if rule.lifted_for:
        rows.append(
            ("a charter may admit", f"some of these names, for the purpose {rule.lifted_for.purpose}")
        )
    rows += [
        (f"keeps too ({also.jurisdiction})", f"{also.citation}: {also.words} Exceptions: {also.exceptions}")
        for also in rule.also
    ]
    filled = [(name, value) for name, value in rows if value]
    return f"## `{rule.id}`\n\n{rule.sentence}\n\n{table(('', ''), filled)}"
