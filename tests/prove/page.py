"""Writes docs/proofs.md, section by section: a part that was run replaces its own section and no other."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterable
from pathlib import Path

from docs.pages.markdown import table
from tests.prove.parts import PARTS, Part
from tests.prove.result import Outcome, Result

HEAD = """# Proofs

What the tests were put through beyond `make test`, and what came of it. Every row is copied from a run of
`make prove` or of one part of it (`python -m tests.prove --only PART`), at the commit that its section names.
"""


_WHOLE, _FRACTION = re.compile(r"\d+(?:,\d{3})*"), re.compile(r"\d\.\d|\.\d")


def replaced(path: Path, whole: Iterable[tuple[Part, list[Result]]]) -> str:
    """Return the text of the page at `path` with these parts' sections in place of theirs."""
    old = (
        re.split(r"^## ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:] if path.is_file() else []
    )
    sections = {text.partition("\n")[0]: text.partition("\n")[2].strip() for text in old}
    sections |= {part.heading: section(part, results) for part, results in whole}
    order = [part.heading for part in PARTS.values()]
    bodies = ((heading, sections.get(heading, "Not run yet.")) for heading in order)
    return HEAD + "".join(f"\n## {heading}\n\n{body}\n" for heading, body in bodies)


def section(part: Part, results: list[Result]) -> str:
    """Return what stands under a part's heading."""
    days, commits = sorted({row.day for row in results}), sorted({row.tree.commit for row in results})
    quick = ", a quick run: fewer of everything" if any(row.quick for row in results) else ""
    lines = [
        part.said,
        f"\n{' to '.join(days)}, commit {' and '.join(commits)}, Python {platform.python_version()}, "
        f"{os.cpu_count()} cores{quick}.\n",
        table(
            ("what", "how many", "outcome", "seconds"),
            ((row.what, row.outcome.number, _said(row.outcome), f"{row.seconds:.0f}") for row in results),
        ),
    ]
    if said := summed(line for row in results for line in row.outcome.told):
        lines += ["\nWhat the tests said:\n", *(f"- {line}" for line in said)]
    for row in results:
        if row.outcome.survivors:
            changes = "\n\n".join(_changed(diff) for diff in row.outcome.survivors)
            lines += [f"\nNot noticed, {row.what}:\n", f"```diff\n{changes}\n```"]
    return "\n".join(lines)


def summed(lines: Iterable[str]) -> list[str]:
    """Return the lines; those that differ in whole numbers only become one, with these added up."""
    alike: dict[str, list[str]] = {}
    for line in lines:
        alike.setdefault(line if _FRACTION.search(line) else _WHOLE.sub("#", line), []).append(line)
    return [_sum(same) for same in alike.values()]


def _sum(same: list[str]) -> str:
    if len(same) == 1:
        return same[0]
    columns = zip(*(_WHOLE.findall(line) for line in same), strict=True)
    sums = iter([f"{sum(int(number.replace(',', '')) for number in column):,}" for column in columns])
    return _WHOLE.sub(lambda _: next(sums), same[0])


def _said(outcome: Outcome) -> str:
    return outcome.said if outcome.ok else f"**failed**: {outcome.said}"


def _changed(diff: str) -> str:
    """Return the lines of a diff that differ, without their common indentation."""
    found = re.findall(r"^([-+])(?![-+]{2})(.*)$", diff, re.MULTILINE)
    shared = min((len(text) - len(text.lstrip()) for _, text in found), default=0)
    return "\n".join(f"{sign} {text[shared:]}" for sign, text in found)
