"""Settings of the whole test session: Hypothesis profiles, and no skips where none are allowed."""

from __future__ import annotations

import os

import pytest
from hypothesis import Phase, settings

settings.register_profile(
    "default", deadline=None, max_examples=60, derandomize=bool(os.environ.get("CI")), print_blob=True
)
settings.register_profile("prove", deadline=None, max_examples=2000, print_blob=True)
settings.register_profile(
    "mutants",  # a planted fault is noticed or not: nobody looks at the smallest example
    deadline=None,
    max_examples=60,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


class NoSkips:
    """With PEELIAN_NO_SKIP=1 a session that skipped anything fails: a skipped proof proves nothing."""

    def __init__(self) -> None:
        self.skipped: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped:
            self.skipped.append(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped:
            self.skipped.append(report.nodeid)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.skipped and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.skipped:
            terminalreporter.section("skipped, which PEELIAN_NO_SKIP=1 forbids")
            terminalreporter.write_line("\n".join(sorted(set(self.skipped))))


def pytest_configure(config: pytest.Config) -> None:
    if os.environ.get("PEELIAN_NO_SKIP") == "1":
        config.pluginmanager.register(NoSkips(), "no-skips")
