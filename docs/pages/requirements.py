"""The requirements with the tests that show each, read from the tests' own marks."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from docs.pages.markdown import table
from peelian.governance.requirements import Requirement, Seen, installed_requirements

TESTS = Path(__file__).resolve().parents[2] / "tests"
MOST_NAMED = 6
"""Tests named on the page for one row; `-m requirement` runs all of them."""
INTRODUCTION = """# Requirements

What the law, courts, auditors and journalists ask of a system like this one. Each row names tests that carry its id
(`@pytest.mark.requirement`); they fail where it does not hold. A row marked "report" or "memory" rests on a report of
the source, or on neither: check before quoting. Engineering readings, not legal advice.

{shown} of {all} rows are shown by a test; {part_two} wait for the second part of oversight, {beyond} for other rooms.
"""
PART_TWO = "oversight, part 2"
_SEEN = {Seen.TEXT: "text read", Seen.SECONDARY: "report", Seen.MEMORY: "memory"}


def shown_by() -> dict[str, tuple[str, ...]]:
    """Return for each requirement id the tests marked with it, as `path::name`."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted(TESTS.rglob("test_*.py")):
        text = path.read_text("utf-8")
        if "requirement(" in text:
            for test, ids in _marked(ast.parse(text).body, str(path.relative_to(TESTS.parent))):
                for each in ids:
                    found[each].append(test)
    return {each: tuple(tests) for each, tests in found.items()}


def _marked(
    body: Sequence[ast.stmt], where: str, inherited: frozenset[str] = frozenset()
) -> Iterator[tuple[str, list[str]]]:
    """Yield the tests of a module or class with the ids they are marked with, those of the whole included."""
    own = inherited | {each for node in body if _is_pytestmark(node) for each in _ids(node.value)}  # type: ignore[attr-defined]
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from _marked(node.body, f"{where}::{node.name}", own | _of_decorators(node))
        elif isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield f"{where}::{node.name}", sorted(own | _of_decorators(node))


def _is_pytestmark(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and any(
        isinstance(target, ast.Name) and target.id == "pytestmark" for target in node.targets
    )


def _of_decorators(node: ast.ClassDef | ast.FunctionDef) -> frozenset[str]:
    return frozenset(each for decorator in node.decorator_list for each in _ids(decorator))


def _ids(expression: ast.expr) -> list[str]:
    """Return the ids that the marks in an expression name."""
    return [
        str(argument.value)
        for call in ast.walk(expression)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "requirement"
        for argument in call.args
        if isinstance(argument, ast.Constant)
    ]


def page() -> str:
    shown, rows = shown_by(), installed_requirements()
    waiting = [row for row in rows if row.id not in shown]
    part_two = sum(row.waits == PART_TWO for row in waiting)
    head = INTRODUCTION.format(
        shown=len(rows) - len(waiting), all=len(rows), part_two=part_two, beyond=len(waiting) - part_two
    )
    lines = (_line(row, shown.get(row.id, ())) for row in rows)
    return head + "\n" + table(("id", "requirement", "source", "known by", "shown by"), lines) + "\n"


def _line(row: Requirement, tests: Sequence[str]) -> tuple[str, ...]:
    return row.id, row.says, row.source, _SEEN[row.seen], _tests(tests) or f"waits for {row.waits}"


def _tests(tests: Sequence[str]) -> str:
    named = ", ".join(f"`{test}`" for test in tests[:MOST_NAMED])
    return named + (f" and {len(tests) - MOST_NAMED} more" if len(tests) > MOST_NAMED else "")
