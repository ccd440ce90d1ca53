"""The long proofs leave nothing out, go on where they stopped, and end when the night does."""

from __future__ import annotations

import json
import re
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from tests.planting import Fault, plant
from tests.prove import page
from tests.prove.kernel import OUTSIDE, TARGETS
from tests.prove.parts import APART, KILLED, PARTS, told, walked_in
from tests.prove.result import Outcome, Result, Tree, kept
from tests.prove.running import OutOfTime, Session
from tests.trying import Plan
from tests.typed import refused

TESTS = Path(__file__).resolve().parents[1]
BREAKING = re.compile(r"SIGKILL|\bENOSPC\b|No space left|\.kill\(\)|_until_killed")
"""What a test of a fault can hardly do without."""

TREE = Tree("abc1234", "a tree")
RESULT = Result(
    part="faults",
    step="others",
    what="all that breaks",
    outcome=Outcome("5 points", "1 passed", ok=True, told=("5 kills",)),
    seconds=1.0,
    tree=TREE,
    quick=False,
)
FAILED = Outcome("5 points", "1 failed", ok=False)


def marked() -> list[Path]:
    """Return the files that hold tests marked `fault`."""
    return [path for path in TESTS.rglob("test_*.py") if "mark.fault\n" in path.read_text("utf-8")]


def test_every_file_of_tests_in_which_something_breaks_is_marked() -> None:
    breaking = {path for path in TESTS.rglob("test_*.py") if BREAKING.search(path.read_text("utf-8"))}
    assert sorted(breaking - {*marked(), Path(__file__)}) == [], "mark their tests: @pytest.mark.fault"


def test_the_steps_of_their_own_exist_and_hold_faults() -> None:
    files = [str(path.relative_to(TESTS.parent)) for path in marked()]
    for path in (path for _, paths in (*KILLED.values(), *APART.values()) for path in paths):
        assert any(file == path or file.startswith(f"{path}/") for file in files), path


def test_the_last_step_takes_what_the_others_leave() -> None:
    paths = PARTS["faults"].steps[-1].run.keywords["paths"]  # type: ignore[attr-defined]
    assert paths == (
        "tests",
        *(f"--ignore={path}" for _, apart in (*KILLED.values(), *APART.values()) for path in apart),
    )


def test_no_two_steps_of_a_part_keep_their_results_in_one_file() -> None:
    for part in PARTS.values():
        assert len({step.name for step in part.steps}) == len(part.steps)


def test_mistakes_are_planted_in_every_file_of_governance_but_those_named() -> None:
    governance = TESTS.parent / "src" / "peelian" / "governance"
    files = (path for path in governance.rglob("*.py") if path.name != "__init__.py")
    names = {str(path.relative_to(governance.parent)) for path in files}
    planted = Counter(file for target in TARGETS for file in target.files)
    assert set(planted.values()) == {1}, "each file stands in one target"
    assert names == set(planted) | {f"governance/{name}.py" for name in OUTSIDE}


def test_the_tests_that_must_notice_planted_mistakes_exist() -> None:
    assert [path for target in TARGETS for path in target.tests if not (TESTS.parent / path).is_file()] == []


SMALL = """
def larger(a, b):
    if a > b:
        return a + 0
    return b


def unused(a):
    return not a
"""
TESTS_OF_SMALL = """
import small


def test_larger():
    assert small.larger(2, 1) == 2
    assert small.larger(1, 2) == 2
"""


CACHED = """
from functools import cache


@cache
def whole():
    return part() + 1


def part():
    return 2
"""
TESTS_OF_CACHED = """
from remembering import whole


def test_that_fills_the_cache():
    assert whole()


def test_that_looks():
    assert whole() == 3
"""


def changed(fault: Fault) -> str:
    """Return the line that a fault puts in the place of another."""
    return re.findall(r"^\+(?!\+) *(.*)$", fault.diff, re.MULTILINE)[0]


def test_a_fault_is_met_by_whoever_runs_its_line(tmp_path: Path) -> None:
    file = tmp_path / "small.py"
    file.write_text(SMALL)
    faults = plant(file, module="small").faults
    planted = file.read_text().splitlines()
    assert {
        changed(fault): [planted[n - 1].strip() for n in range(fault.first, fault.last + 1)]
        for fault in faults
    } == {
        "if a >= b:": ["if a > b:"],
        "return a - 0": ["return a + 0"],
        "return a + 1": ["return a + 0"],
        "return a": ["return not a"],
    }


def tried(folder: Path, *, name: str, source: str, tests: str) -> dict[str, str]:
    """Plant faults in a module and try them; return what became of each, by the line that it puts in."""
    file, test, plan = folder / f"{name}.py", folder / f"test_{name}.py", folder / "plan.json"
    file.write_text(source)
    test.write_text(tests)
    faults = plant(file, module=name).faults
    Plan(faults, (f"--rootdir={folder}", str(test))).write(plan)
    environment = {"PYTHONPATH": str(folder), "MUTANT_UNDER_TEST": ""}
    session = Session(folder / "log.txt", deadline=time.monotonic() + 60)
    ended = session.run([sys.executable, "-m", "tests.trying", str(plan)], environment=environment)
    assert ended.code == 0, ended.output
    verdicts = json.loads((folder / "verdicts.json").read_text())
    return {changed(fault): verdicts[fault.name] for fault in faults}


def test_faults_that_no_test_notices_are_told_from_those_noticed(tmp_path: Path) -> None:
    assert tried(tmp_path, name="small", source=SMALL, tests=TESTS_OF_SMALL) == {
        "if a >= b:": "survived",  # no test has two equal numbers
        "return a - 0": "survived",  # no test can notice it
        "return a + 1": "noticed",
        "return a": "not reached",
    }


def test_what_is_remembered_from_before_a_fault_hides_none(tmp_path: Path) -> None:
    verdicts = tried(tmp_path, name="remembering", source=CACHED, tests=TESTS_OF_CACHED)
    assert set(verdicts.values()) == {"noticed"}


TYPED = """
class Counted:
    def larger(self, least: int) -> str:
        number = abs(least)
        return str(number > least)
"""


def test_the_type_checker_refuses_what_is_no_program_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    file = tmp_path / "src" / "typed.py"
    file.write_text(TYPED)
    planted = plant(file, module="typed")
    names = refused(planted.faults, copies=planted.copies, folder=tmp_path)
    assert {changed(fault): fault.name in names for fault in planted.faults} == {
        "number = None": True,
        "number = abs(None)": True,
        "return str(None)": False,  # whatever has no meaning to mypy is left to the tests
        "return str(number >= least)": False,
    }


@pytest.mark.parametrize(
    ("now", "quick", "again"),
    [
        (TREE, False, False),
        (Tree("def5678", "a tree"), False, False),  # a commit that changed pages only
        (Tree("abc1234", "another tree"), False, True),
        (Tree("abc1234 with uncommitted changes", ""), False, True),
        (TREE, True, True),
    ],
)
def test_a_step_is_run_again_unless_this_very_tree_was_proved(
    tmp_path: Path, now: Tree, quick: bool, again: bool
) -> None:
    path = tmp_path / "faults.others.json"
    assert kept(path, tree=now, quick=quick) is None
    RESULT.keep(path)
    assert kept(path, tree=now, quick=quick) == (None if again else RESULT)


def test_what_failed_or_was_written_by_an_earlier_version_is_run_again(tmp_path: Path) -> None:
    failed = tmp_path / "failed.json"
    replace(RESULT, outcome=FAILED).keep(failed)
    older = tmp_path / "older.json"
    older.write_text('{"part": "faults"}')
    assert kept(failed, tree=TREE, quick=False) is kept(older, tree=TREE, quick=False) is None


def test_uncommitted_code_is_never_taken_for_proved(tmp_path: Path) -> None:
    path = tmp_path / "faults.others.json"
    replace(RESULT, tree=Tree("abc1234", "")).keep(path)
    assert kept(path, tree=Tree("abc1234", ""), quick=False) is None


def test_a_command_is_stopped_with_its_children_when_the_hours_are_over(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    child = f"import time, pathlib; time.sleep(3); pathlib.Path({str(mark)!r}).touch()"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    session = Session(tmp_path / "log.txt", deadline=time.monotonic() + 1)
    with pytest.raises(OutOfTime, match="The hours are over in log"):
        session.run([sys.executable, "-c", parent], environment={})
    time.sleep(3)
    assert not mark.exists()


def test_a_long_command_says_that_it_lives_and_what_it_printed_last(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    talking = "import time; print('first'); print('second', end='\\r', flush=True); time.sleep(1.5)"
    session = Session(tmp_path / "log.txt", deadline=time.monotonic() + 60, beat_s=0.7)
    ended = session.run([sys.executable, "-c", talking], environment={})
    assert ended.code == 0
    assert "first" in ended.output
    assert "    0 min: second\n" in capsys.readouterr().out


def test_what_the_tests_said_is_read_from_the_report_of_a_run() -> None:
    output = """
==== PASSES ====
_________ test_a_load_killed _________
-------- Captured stdout call --------
5 kills: {'old': 5}
_ test_a_disk_that_fills_up_and_whose_name_leaves_little_room __
------- Captured stderr call ---------
a warning
-------- Captured stdout call --------
5 full disks
=========== 2 passed in 3.00s ========
"""
    assert told(output) == ("5 kills: {'old': 5}", "5 full disks")


def test_a_part_replaces_its_own_section_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "proofs.md"
    path.write_text("# Proofs\n\n## Faults\n\nold\n\n## Laws\n\nkept as it is\n")
    text = page.replaced(path, [(PARTS["faults"], [RESULT])])
    assert "| all that breaks | 5 points | 1 passed | 1 |" in text
    assert "- 5 kills" in text
    assert "old\n\n## Laws" not in text
    assert "## Laws\n\nkept as it is\n" in text
    assert "## Tampers\n\nNot run yet.\n" in text
    path.write_text(text)
    assert page.replaced(path, []) == text


def test_a_proof_that_failed_says_so() -> None:
    text = page.section(PARTS["faults"], [replace(RESULT, outcome=FAILED)])
    assert "| **failed**: 1 failed |" in text


def test_what_the_tests_said_is_added_up_where_only_whole_numbers_differ() -> None:
    assert page.summed(
        ["9 kills, 1,200 kept", "1 kills, 900 kept", "a loss of .5", "a loss of .7", "done"]
    ) == [
        "10 kills, 2,100 kept",
        "a loss of .5",
        "a loss of .7",
        "done",
    ]


def test_the_walks_of_a_run_are_those_that_it_says_it_made() -> None:
    assert walked_in("--- Captured stdout call ---\n264 walks of 3 steps: 1\n8 walks of 9 steps: 0") == 272
    assert walked_in("nothing of the kind") == 0
