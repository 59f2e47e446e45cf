"""Collects what the cases found, from whichever process ran them, and writes the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

OPTION = "--verification-page"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option that `make verify` gives."""
    parser.addoption(
        OPTION,
        type=Path,
        default=None,
        metavar="FOLDER",
        help="write verification.md, phenomena.md and their drawings into this folder",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Only the process that sees all reports writes."""
    folder = config.getoption(OPTION, default=None)
    if folder is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Collector(folder), "verification-page")


class Collector:
    """What was recorded by the tests, and the page at their end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.records: dict[str, list[Any]] = {}
        self.counts: dict[str, int] = {}
        self.failed: list[str] = []
        self.outcome = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what a test recorded."""
        if report.failed:
            self.failed.append(report.nodeid)
        if report.when != "call":
            return
        if report.passed and "test_the_mutant_is_noticed[" in report.nodeid:
            self.counts["mutants"] = self.counts.get("mutants", 0) + 1
        if report.passed and "/peers/" in report.nodeid:
            self.counts["peers"] = self.counts.get("peers", 0) + 1
        is_short = "in_short" in report.nodeid
        for name, value in report.user_properties:
            if isinstance(value, int):
                self.counts[name] = self.counts.get(name, 0) + value
            elif not (is_short and name in ("verification", "paths")):
                self.records.setdefault(name, []).append(value)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the page if everything was run."""
        if session.config.option.collectonly:
            return
        from verification.page import PageError, write

        try:
            write(self.folder, self.records, self.counts, self.failed)
            self.outcome = f"written: {self.folder / 'verification.md'}"
        except PageError as error:
            self.outcome = str(error)
            session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Say where the page is, or why there is none."""
        terminalreporter.write_line(self.outcome)
