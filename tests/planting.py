"""Plants small faults in a file: each in a copy of its function, which is called when the environment names the fault.

What is planted is mutmut's; here it is only told which lines lead to each fault, so that no test is run in vain.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from contextlib import chdir
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import dedent

from mutmut.configuration import reset_config
from mutmut.mutation.file_mutation import MutatedFile, mutate_file_contents

SETTINGS = """[mutmut]
source_paths=.
do_not_mutate_patterns=
    raise \\w+
    ^\\s*f?"
"""
"""Sentences for people are not mutated: many tests would only write them down again."""


@dataclass(frozen=True)
class Fault:
    """One fault: mutmut's name for it, the function it is in, what it changes, and the lines that lead to it.

    Whoever meets the fault has run one of the lines `first` to `last` of the planted `file` before.
    """

    name: str
    function: str
    file: str
    first: int
    last: int
    diff: str

    def is_met_by(self, lines: set[int]) -> bool:
        """Return whether somebody who ran these lines of the file may have met the fault."""
        return any(line in lines for line in range(self.first, self.last + 1))


@dataclass(frozen=True)
class Copy:
    """Where a planted file has a copy of a function: its first and last line, and its fault ("" where it has none)."""

    file: str
    first: int
    last: int
    fault: str


@dataclass(frozen=True)
class Planted:
    """The faults of one file, and the copies of its functions that hold them."""

    faults: tuple[Fault, ...]
    copies: tuple[Copy, ...]


def plant(file: Path, *, module: str) -> Planted:
    """Plant all faults in `file`, which is written over; a fault sleeps until `MUTANT_UNDER_TEST` is its name."""
    planted = _planted(file)
    file.write_text(planted.code, encoding="utf-8")
    copies = (
        Copy(str(file), span.start, span.end, "" if name.endswith("__mutmut_orig") else f"{module}.{name}")
        for name, span in planted.line_span_by_function_name.items()
    )
    return Planted(tuple(_faults(planted, module=module, file=str(file))), tuple(copies))


def _planted(file: Path) -> MutatedFile:
    with TemporaryDirectory() as folder, chdir(folder):
        Path("setup.cfg").write_text(SETTINGS, encoding="utf-8")
        reset_config()
        return mutate_file_contents(file.name, file.read_text(encoding="utf-8"))


def _faults(planted: MutatedFile, *, module: str, file: str) -> Iterator[Fault]:
    lines = planted.code.splitlines()
    spans = planted.line_span_by_function_name
    for name in planted.mutant_names:
        function = name.rpartition("__mutmut_")[0]
        origin, mutant = spans[f"{function}__mutmut_orig"], spans[name]
        before = _text(lines[origin.start - 1 : origin.end], function)
        after = _text(lines[mutant.start - 1 : mutant.end], function)
        number = next((n for n, pair in enumerate(zip(before, after, strict=False)) if pair[0] != pair[1]), 0)
        first, last = _leading_to(lines[origin.start - 1 : origin.end], line=number + 1)
        diff = "\n".join(unified_diff(before, after, lineterm="", n=1))
        yield Fault(
            f"{module}.{name}", function, file, first + origin.start - 1, last + origin.start - 1, diff
        )


def _text(lines: list[str], function: str) -> list[str]:
    name = function.rpartition("ǁ")[-1].removeprefix("x_")
    return [re.sub(rf"{function}__mutmut_\w+", name, line) for line in lines]


def _leading_to(function: list[str], *, line: int) -> tuple[int, int]:
    """Return the lines one of which is run before what stands at `line`: its statement, or what heads a block."""
    tree = ast.parse(dedent("\n".join(function)))
    around = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or node.lineno)
    ]
    inner = max(around, key=lambda node: (node.lineno, -(node.end_lineno or 0)), default=None)
    if inner is None or isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
        return 1, len(function)
    if hasattr(inner, "body") or isinstance(inner, ast.Match):
        return inner.lineno, line
    return inner.lineno, inner.end_lineno or line
