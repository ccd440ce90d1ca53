"""Every refusal is one sentence that names the rule, what it stands on and the way out: read from the code itself."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest

import peelian
from peelian.governance.prohibition.prohibited import installed_list

SOURCE = Path(peelian.__file__).parent
PARTS = ("rule", "citation", "remedy")


def raised(name: str) -> Iterator[tuple[str, ast.Call]]:
    """Yield every place in the house that makes a `Refused`, as file:line and call."""
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
                yield f"{path.relative_to(SOURCE)}:{node.lineno}", node


REFUSALS = list(raised("Refused"))


def said(node: ast.expr) -> str | None:
    """Return the words of a literal, with `...` for what is filled in; None for what is no literal."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(said(part) or "..." for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        parts = said(node.left), said(node.right)
        return None if None in parts else f"{parts[0]}{parts[1]}"
    return None


def test_the_walk_finds_the_refusals_of_the_house() -> None:
    assert len(REFUSALS) >= 40


@pytest.mark.parametrize(("where", "call"), REFUSALS, ids=[where for where, _ in REFUSALS])
def test_a_refusal_names_its_rule_what_it_stands_on_and_the_way_out(where: str, call: ast.Call) -> None:
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    assert len(call.args) == 1, where
    assert set(PARTS) <= set(given), where
    sentence = said(call.args[0])
    if sentence is not None:
        assert re.search(r"[.?]$|\.\.\.$", sentence), sentence
        assert not sentence[0].islower(), sentence
        assert "\n" not in sentence
    for part in PARTS:
        words = said(given[part])
        assert words is None or words.strip(" ."), f"{where}: an empty {part}"
    remedy = said(given["remedy"])
    assert remedy is None or re.search(r"\.$", remedy), f"{where}: {remedy}"


@pytest.mark.parametrize("rule", installed_list().rules, ids=lambda rule: rule.id)
def test_a_prohibited_rule_says_its_sentence_its_source_and_a_way_out(rule: object) -> None:
    for part in ("sentence", "citation", "remedy", "words", "exceptions"):
        assert getattr(rule, part).strip(), part
    for part in ("sentence", "remedy"):
        assert getattr(rule, part).endswith("."), part


def forbids() -> list[tuple[str, str]]:
    """Return every `forbid` of the Cedar policies with the annotations above it."""
    folder = resources.files("peelian.governance") / "policies"
    found = []
    for file in sorted(folder.iterdir(), key=lambda each: each.name):
        if file.name.endswith(".cedar"):
            for block in re.findall(
                r"((?:@\w+\(\"(?:[^\"\\]|\\.)*\"\)\s*)+)forbid\s*\(", file.read_text("utf-8")
            ):
                found.append((file.name, block))
    return found


def test_every_forbid_of_the_policies_carries_annotations() -> None:
    folder = resources.files("peelian.governance") / "policies"
    written = sum(
        len(re.findall(r"^forbid\s*\(", file.read_text("utf-8"), re.M))
        for file in folder.iterdir()
        if file.name.endswith(".cedar")
    )
    assert len(forbids()) == written >= 30


@pytest.mark.parametrize(("file", "block"), forbids())
def test_a_forbid_says_its_sentence_its_source_whose_it_is_and_a_way_out(file: str, block: str) -> None:
    said_of = dict(re.findall(r"@(\w+)\(\"((?:[^\"\\]|\\.)*)\"\)", block))
    for part in ("id", "says", "remedy", "citation", "mark"):
        assert said_of.get(part, "").strip(), f"{file}: {part} of {said_of.get('id')}"
    assert said_of["mark"] in ("law", "house")
