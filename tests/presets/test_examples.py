"""The examples do what stands beside them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import capsim

EXAMPLES = Path(__file__).parents[2] / "examples"


LONG = ("on_a_cluster", "one_page_report")
"""Half a minute together; clusters and reports have short tests of their own."""


def _scripts():
    for path in sorted(EXAMPLES.glob("*.py")):
        marks = [pytest.mark.thorough] if path.stem in LONG else []
        yield pytest.param(path, id=path.stem, marks=marks)


@pytest.mark.parametrize("path", _scripts())
def test_example_prints_what_is_expected(path, tmp_path):
    """A script prints its .out, from any directory, without a warning."""
    done = subprocess.run(
        [sys.executable, "-W", "error::UserWarning", str(path)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout == path.with_suffix(".out").read_text(encoding="utf-8")


def test_examples_fit_on_a_screen():
    """None is longer than forty lines, and its first line says what it shows."""
    for path in EXAMPLES.glob("*.py"):
        lines = path.read_text(encoding="utf-8").splitlines()
        assert len(lines) <= 40, path.name
        assert lines[0].startswith('"""'), path.name


def test_every_expected_output_has_its_script():
    """No .out is left over from a script that is gone."""
    scripts = {path.stem for path in EXAMPLES.glob("*.py")}
    assert {path.stem for path in EXAMPLES.glob("*.out")} == scripts


def test_service_to_adapt_is_short_and_in_order():
    """The file a reader starts from has no warnings, fits a screen and is stable."""
    path = EXAMPLES / "service.toml"
    service = capsim.load(path)
    assert service.check() == []
    assert service.describe().state == "stable"
    assert service.variant("busy").check() == []
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    assert len(lines) <= 30
