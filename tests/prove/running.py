"""Runs one command within the time that is left, tells every minute that it lives, and keeps what it printed."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.data import ROOT

BEAT_S = 60.0


class OutOfTime(Exception):
    """The hours are over."""


@dataclass(frozen=True)
class Ended:
    """What a command printed, and how it ended."""

    output: str
    code: int


@dataclass(frozen=True)
class Session:
    """Where the commands of one step print to, and until when they may run (`time.monotonic`)."""

    log: Path
    deadline: float
    beat_s: float = BEAT_S

    def run(self, command: list[str], *, cwd: Path = ROOT, environment: Mapping[str, str]) -> Ended:
        """Run `command` to its end; stop it, and raise OutOfTime, when the time is over."""
        with self.log.open("w", encoding="utf-8") as log:
            child = subprocess.Popen(
                command,
                cwd=cwd,
                env=os.environ | environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # its own children end with it
            )
            try:
                self._wait(child)
            except BaseException:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
                raise
        return Ended(self._printed(), child.returncode)

    def pytest(self, *arguments: str, **environment: str) -> Ended:
        """Run tests, each of them named as it begins; show the end of what they printed if one failed."""
        ended = self.run([sys.executable, "-m", "pytest", "-vv", "-rP", *arguments], environment=environment)
        if ended.code:
            print(ended.output[-6000:], file=sys.stderr)
        return ended

    def _wait(self, child: subprocess.Popen[bytes]) -> None:
        begun = time.monotonic()
        while True:
            left = self.deadline - time.monotonic()
            if left <= 0:
                raise OutOfTime(f"The hours are over in {self.log.stem}; nothing of this step is kept.")
            try:
                child.wait(timeout=min(left, self.beat_s))
                return
            except subprocess.TimeoutExpired:
                minutes = (time.monotonic() - begun) / 60
                print(f"    {minutes:.0f} min: {_last_line(self._printed())}", flush=True)

    def _printed(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")


def _last_line(text: str) -> str:
    """Return the last line with anything on it, as far as it fits; spinners write over theirs."""
    lines = [line.strip() for line in re.split(r"[\r\n]", text) if line.strip()]
    return lines[-1][:100] if lines else "nothing printed yet"
