"""Tries planted faults: imports the tests once, and runs on each fault, in a process of its own, those that meet it.

`python -m tests.trying PLAN` reads a plan, and writes beside it what became of each fault. A first run of all tests
without any fault tells which lines each of them runs. A fault is then tried by the tests that run its lines: those
first that noticed others in the same function, then in the same file, then the quickest, of each test function some
before many; the first that fails ends it. Whatever the project's own code keeps in caches is forgotten where the fault
may have taken part in computing it.
"""

from __future__ import annotations

import functools
import gc
import inspect
import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from itertools import accumulate
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest

from tests.data import ROOT
from tests.planting import Fault

AT_ONCE = len(os.sched_getaffinity(0))
TIMES_LONGER, LONGER_S = 10.0, 10.0
"""A test that takes this many times as long, and these seconds more, goes on for ever."""
LONG_ENOUGH_S = 12.0
"""A fault is tried by no more tests than took this long together without it: what others notice is not counted."""


@dataclass(frozen=True)
class Plan:
    """The faults to try, and the tests that must notice them (arguments for pytest)."""

    faults: tuple[Fault, ...]
    tests: tuple[str, ...]

    @classmethod
    def read(cls, path: Path) -> Plan:
        """Return the plan written at `path`."""
        document = json.loads(path.read_text(encoding="utf-8"))
        return cls(tuple(Fault(**fault) for fault in document["faults"]), tuple(document["tests"]))

    def write(self, path: Path) -> None:
        """Write it down."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")


class Lines:
    """The lines of the planted files that were run.

    A function that was called `ENOUGH` times and ran no new line is not followed any more until the next test: what is
    noted costs a hundred times what is run.
    """

    ENOUGH = 2_000

    def __init__(self, files: set[str]) -> None:
        self.files = files
        self.run: dict[str, set[int]] = defaultdict(set)
        self._nothing_new: Counter[CodeType] = Counter()

    def watch(self) -> None:
        """Note every line of the files that any thread of this process runs from now on."""
        sys.settrace(self._called)
        threading.settrace(self._called)

    def look_away(self) -> None:
        """Stop noting."""
        sys.settrace(None)
        threading.settrace(None)

    def taken(self) -> dict[str, set[int]]:
        """Return the lines noted since the last time."""
        taken, self.run = dict(self.run), defaultdict(set)
        self._nothing_new.clear()
        return taken

    def _called(self, frame: FrameType, event: str, value: object) -> Any:
        code = frame.f_code
        if code.co_filename not in self.files or self._nothing_new[code] >= self.ENOUGH:
            return None
        self._nothing_new[code] += 1
        return self._step

    def _step(self, frame: FrameType, event: str, value: object) -> Any:
        code, run = frame.f_code, self.run[frame.f_code.co_filename]
        if frame.f_lineno not in run:
            run.add(frame.f_lineno)
            self._nothing_new[code] = 0
        return self._step


@dataclass(frozen=True)
class Walked:
    """What one test did while there was no fault: the lines it ran, its seconds, and whether it passed.

    `function` is the test function; a test is one set of its parameters.
    """

    function: str
    lines: dict[str, set[int]]
    seconds: float
    passed: bool


class Trying:
    """A plug-in of pytest that runs no test itself, but has children run some on each fault."""

    def __init__(self, plan: Plan, *, folder: Path, lines: Lines) -> None:
        self.plan = plan
        self.folder = folder
        self.lines = lines
        self.failed = False
        self.verdicts: dict[str, str] = {}
        self.running: dict[int, tuple[Fault, Path]] = {}
        self.walked: list[Walked] = []
        self.imported: dict[str, set[int]] = {}
        self.caches: list[Any] = []
        self.of_fixtures: dict[str, dict[str, set[int]]] = defaultdict(dict)
        self.noticed_by: dict[str, list[int]] = defaultdict(list)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note that a test failed."""
        self.failed = self.failed or report.failed

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any, request: Any) -> Iterator[Any]:
        """Note what a fixture runs that several tests share: each of them depends on it, not only the first."""
        before = self.lines.taken()
        result = yield
        own = self.lines.taken()
        if fixturedef.scope != "function":
            _add(self.of_fixtures[fixturedef.argname], own)
        for met in (before, own):
            _add(self.lines.run, met)
        return result

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Try all faults instead of running the tests."""
        if session.testsfailed:
            raise session.Interrupted("the tests could not be imported")
        self.imported = self.lines.taken()
        self.caches = _caches(self.plan.faults)  # before the freezing, which hides them from a search
        _warm(self.caches)
        remembered = self.lines.taken()
        _add(remembered, self.imported)
        self.lines.look_away()
        gc.freeze()  # a child's collections leave alone, and so do not copy, what was there before it
        self.walked = self._walked(session)
        for fault in self.plan.faults:
            self._await(fewer_than=AT_ONCE)
            forgetful = fault.is_met_by(remembered.get(fault.file, set()))
            if met := self._those_who_meet(fault, all_of_them=forgetful):
                self._begin(session, fault, met, forgetful=forgetful)
            else:
                self.verdicts[fault.name] = "not reached"
        self._await(fewer_than=1)
        self._try_importing()
        return True

    def _try_importing(self) -> None:
        """Try once more, in processes of their own, what survived and is met while a file is imported."""
        met = [
            fault
            for fault in self.plan.faults
            if self.verdicts[fault.name] == "survived"
            and fault.is_met_by(self.imported.get(fault.file, set()))
        ]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for fault, verdict in zip(met, pool.map(self._afresh, met), strict=True):
                self.verdicts[fault.name] = verdict
                print(f"imported anew: {fault.name} {verdict}", flush=True)

    def _those_who_meet(self, fault: Fault, *, all_of_them: bool) -> list[int]:
        """Return the numbers of the tests to try a fault with, the most promising first."""
        known = [
            *self.noticed_by[fault.file],
            *self.noticed_by[fault.function],
        ]  # the last is the most promising
        latest = {number: place for place, number in enumerate(known)}
        met = (
            number
            for number, did in enumerate(self.walked)
            if all_of_them or fault.is_met_by(did.lines.get(fault.file, set()))
        )
        ordered = self._varied(list(met))
        ordered.sort(key=lambda n: -latest.get(n, -1))
        ends = accumulate(self.walked[n].seconds for n in ordered)
        return [n for n, end in zip(ordered, ends, strict=True) if end <= LONG_ENOUGH_S] or ordered[:1]

    def _varied(self, numbers: list[int]) -> list[int]:
        """Return tests, the quickest first, the more so the fewer of their function came before: variety tells more."""
        seen: Counter[str] = Counter()
        costs: dict[int, float] = {}
        for number in sorted(numbers, key=lambda n: self.walked[n].seconds):
            did = self.walked[number]
            seen[did.function] += 1
            costs[number] = did.seconds * seen[did.function]
        return sorted(numbers, key=lambda n: costs[n])

    def _walked(self, session: pytest.Session) -> list[Walked]:
        """Run every test in a child, without a fault, and return what each did."""
        told = self.folder / "walked.pickle"
        child = os.fork()
        if child == 0:
            try:
                _quiet(self.folder / "walk.txt", temporary=self.folder / "walk")
                told.write_bytes(pickle.dumps(list(self._walk(session))))
            finally:
                os._exit(0)  # whatever happens, no child goes on with what is its parent's
        os.waitpid(child, 0)
        shutil.rmtree(self.folder / "walk", ignore_errors=True)
        if not told.is_file():
            raise SystemExit("The tests did not come to their end, without any fault.")
        walked: list[Walked] = pickle.loads(told.read_bytes())
        if failed := [item.nodeid for item, did in zip(session.items, walked, strict=True) if not did.passed]:
            raise SystemExit(f"These tests fail without any fault: {' '.join(failed)}.")
        return walked

    def _walk(self, session: pytest.Session) -> Iterator[Walked]:
        cold = [kept for kept in self.caches if not kept.cache_info().currsize]
        self.lines.watch()
        for number, item in enumerate(session.items):
            for kept in cold:
                kept.cache_clear()
            self.failed, begun = False, time.monotonic()
            self.lines.taken()
            session.config.hook.pytest_runtest_protocol(item=item, nextitem=_after(session.items, number))
            run = self.lines.taken()
            for name in getattr(item, "fixturenames", ()):
                _add(run, self.of_fixtures.get(name, {}))
            yield Walked(item.nodeid.partition("[")[0], run, time.monotonic() - begun, not self.failed)

    def _begin(self, session: pytest.Session, fault: Fault, met: list[int], *, forgetful: bool) -> None:
        """Begin to try a fault in a child."""
        own = self.folder / f"{len(self.verdicts) + len(self.running)}"
        child = os.fork()
        if child:
            self.running[child] = fault, own
            return
        try:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            limit = LONGER_S + TIMES_LONGER * sum(self.walked[number].seconds for number in met)
            signal.setitimer(signal.ITIMER_REAL, limit)
            _quiet(Path(os.devnull), temporary=own)
            os.environ["MUTANT_UNDER_TEST"] = fault.name
            if forgetful:
                for kept in self.caches:
                    kept.cache_clear()
            noticed = self._first_to_fail(session, met)
            if noticed is None:
                os._exit(0)
            (own / "noticed").write_text(str(noticed))
        finally:
            os._exit(1)

    def _first_to_fail(self, session: pytest.Session, numbers: list[int]) -> int | None:
        items = [session.items[number] for number in numbers]
        for place, item in enumerate(items):
            session.config.hook.pytest_runtest_protocol(item=item, nextitem=_after(items, place))
            if self.failed:
                return numbers[place]
        return None

    def _await(self, *, fewer_than: int) -> None:
        """Wait until fewer faults than that are being tried."""
        while len(self.running) >= fewer_than:
            child, status = os.wait()
            if child not in self.running:
                continue
            fault, own = self.running.pop(child)
            self.verdicts[fault.name] = _verdict(status)
            if (noticed := own / "noticed").is_file():
                number = int(noticed.read_text())
                for place in (fault.file, fault.function):
                    known = self.noticed_by[place]
                    self.noticed_by[place] = [*(n for n in known if n != number), number]
            shutil.rmtree(own, ignore_errors=True)
            print(
                f"{len(self.verdicts)} of {len(self.plan.faults)}: {fault.name} {_verdict(status)}",
                flush=True,
            )

    def _afresh(self, fault: Fault) -> str:
        """Try a fault in what is computed while a file is imported: in a process that has imported nothing."""
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *self.plan.tests]
        try:
            done = subprocess.run(
                command,
                cwd=ROOT,
                env=os.environ | {"MUTANT_UNDER_TEST": fault.name},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=300,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return "never ended"
        return "noticed" if done.returncode else "survived"


def main() -> int:
    """Try the faults of the plan named on the command line; write the verdicts beside it."""
    path = Path(sys.argv[1])
    plan = Plan.read(path)
    lines = Lines({fault.file for fault in plan.faults})
    lines.watch()
    trying = Trying(plan, folder=path.parent, lines=lines)
    arguments = ["-s", "-q", "-p", "no:cacheprovider", *plan.tests]
    code = pytest.main(arguments, plugins=[trying])
    if not trying.verdicts:
        return int(code) or 1
    path.with_name("verdicts.json").write_text(json.dumps(trying.verdicts), encoding="utf-8")
    return 0


def _caches(faults: Sequence[Fault]) -> list[Any]:
    """Return the functions of the faults' package, and of tests, that remember what they returned."""
    packages = {fault.name.partition(".")[0] for fault in faults} | {"tests"}
    return [
        kept
        for kept in gc.get_objects()
        if isinstance(kept, functools._lru_cache_wrapper)
        and str(getattr(kept, "__module__", "")).partition(".")[0] in packages
    ]


def _warm(caches: list[Any]) -> None:
    """Have computed and remembered what takes no argument: the installed register and its like."""
    for kept in caches:
        if not inspect.signature(kept).parameters:
            kept()


def _add(lines: dict[str, set[int]], more: dict[str, set[int]]) -> None:
    for file, run in more.items():
        lines[file] = lines.get(file, set()) | run


def _after(items: Sequence[pytest.Item], number: int) -> pytest.Item | None:
    return items[number + 1] if number + 1 < len(items) else None


def _quiet(log: Path, *, temporary: Path) -> None:
    """Print to `log`, and put every temporary file under `temporary`, which goes with the child."""
    temporary.mkdir()
    out = os.open(log, os.O_WRONLY | os.O_CREAT)
    for number in (1, 2):
        os.dup2(out, number)
    os.environ |= {"TMPDIR": str(temporary), "PYTEST_DEBUG_TEMPROOT": str(temporary)}
    tempfile.tempdir = str(temporary)


def _verdict(status: int) -> str:
    """Return what the end of a child means; one that crashed was noticed."""
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGALRM:
        return "never ended"
    return "survived" if status == 0 else "noticed"


if __name__ == "__main__":
    sys.exit(main())
