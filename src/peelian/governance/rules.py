"""The rules of the policy, read from Cedar texts; a text that is not as it should be does not load.

For: every rule with its id, sentence, citation, mark and remedy, and the parsed set that Cedar evaluates.
Not for: deciding (policy.py).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

import cedarpy

from peelian.domain.errors import PeelianError
from peelian.governance.prohibition.prohibited import Mark, installed_list

FILES = (
    "prohibited.cedar",
    "charter.cedar",
    "conduct.cedar",
    "halts.cedar",
    "reasons.cedar",
    "permits.cedar",
    "authorisations.cedar",
)


@dataclass(frozen=True)
class Rule:
    """One policy as its annotations present it. `forbids` tells a forbid from a permit."""

    id: str
    forbids: bool
    says: str
    citation: str
    mark: Mark
    remedy: str

    @property
    def rank(self) -> tuple[bool, str]:
        """Return where the rule stands among several that refuse: law first, then by id."""
        return self.mark is not Mark.LAW, self.id


@dataclass(frozen=True)
class RuleSet:
    """The rules as people read them, and the same as Cedar's JSON has them, by id."""

    rules: tuple[Rule, ...]
    bodies: Mapping[str, Any]
    schema: cedarpy.Schema


def read_rules(text: str | None = None, *, schema_text: str | None = None) -> RuleSet:
    """Read the installed policies, or `text`; raise `PeelianError` on anything that is not as it should be."""
    written = installed_text(*FILES) if text is None else text
    shape = installed_text("schema.cedarschema") if schema_text is None else schema_text
    return _rules_of(written, shape)


@lru_cache(maxsize=4)
def _rules_of(written: str, shape: str) -> RuleSet:
    """Return the rules of these texts; the same texts, as of a house that is opened again, are read once."""
    try:
        schema = cedarpy.Schema.from_str(shape)
        parsed = json.loads(cedarpy.policies_to_json_str(written))
    except ValueError as error:
        raise PeelianError(
            f"The policies cannot be read ({error}); nothing is allowed until they can."
        ) from error
    found = cedarpy.validate_policies(written, schema)
    if not found.validation_passed:
        reasons = "; ".join(str(error) for error in found.errors) or "no reason given"
        raise PeelianError(
            f"The policies do not fit their schema ({reasons}); nothing is allowed until they do."
        )
    named = _named(parsed)
    rules = {name: _rule(name, body) for name, body in named.items()}
    _check_prohibited(named, rules)
    return RuleSet(tuple(rules[name] for name in sorted(rules)), named, schema)


def installed_text(*names: str) -> str:
    """Return the text of files in the installed `policies` folder, one after the other."""
    folder = resources.files("peelian.governance") / "policies"
    return "\n".join((folder / name).read_text("utf-8") for name in names)


def _named(parsed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the policies under their `@id`, as Cedar numbers them by their place in the text.

    A template, a missing id or an id given twice is refused.
    """
    if parsed.get("templates") or parsed.get("templateLinks"):
        raise PeelianError("The policies contain a template; write every policy out, so that it can be read.")
    named: dict[str, Any] = {}
    for place, body in parsed["staticPolicies"].items():
        name = body.get("annotations", {}).get("id")
        if not name:
            raise PeelianError(f"The policy at place {place} has no @id; give it one.")
        if name in named:
            raise PeelianError(f"Two policies have the @id {name!r}; give each its own.")
        named[name] = body
    return named


def _rule(name: str, body: Mapping[str, Any]) -> Rule:
    said = body["annotations"]
    forbids = body["effect"] == "forbid"
    needed = ("says", "citation", "mark", "remedy") if forbids else ("says", "citation", "mark")
    missing = [key for key in needed if not (said.get(key) or "").strip()]
    unknown = sorted(set(said) - {"id", "says", "citation", "mark", "remedy"})
    if missing or unknown or said["mark"] not in set(Mark):
        raise PeelianError(
            f"The policy {name!r} is not fully annotated: missing {missing}, unknown {unknown}, mark "
            f"{said.get('mark')!r}; every policy says @id, @says, @citation, @mark (law, house), and a forbid @remedy."
        )
    return Rule(name, forbids, said["says"], said["citation"], Mark(said["mark"]), said.get("remedy") or "")


def _check_prohibited(named: Mapping[str, Any], rules: Mapping[str, Rule]) -> None:
    """Refuse unless every prohibited rule has its unconditional forbid, in the list's own words."""
    for rule in installed_list().rules:
        own = rules.get(rule.id)
        listed = Rule(rule.id, True, rule.sentence, rule.citation, rule.mark, rule.remedy)
        if own != listed or not _forbids_everybody(named[rule.id], rule.id):
            raise PeelianError(
                f"The prohibited rule {rule.id!r} has no forbid that says the same and holds for everybody; "
                "nothing is allowed until policies/prohibited.cedar has it."
            )


def _forbids_everybody(body: Mapping[str, Any], rule: str) -> bool:
    prohibited = {".": {"left": {"Var": "context"}, "attr": "prohibited"}}
    condition = {"kind": "when", "body": {"contains": {"left": prohibited, "right": {"Value": rule}}}}
    unscoped = all(body[part] == {"op": "All"} for part in ("principal", "action", "resource"))
    return unscoped and body["conditions"] == [condition]
