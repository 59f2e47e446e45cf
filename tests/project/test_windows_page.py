"""docs/how-to/windows.md: its blocks, as they stand, with fewer replications."""

import re
import shlex
import tomllib
from pathlib import Path

import matplotlib
import pytest
from typer.testing import CliRunner

import capsim
from capsim.cli.app import app

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-to" / "windows.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, flags=re.DOTALL | re.MULTILINE)


@pytest.fixture(autouse=True)
def in_the_repository(monkeypatch):
    monkeypatch.chdir(ROOT)
    matplotlib.use("agg")


def test_the_python_of_the_page_runs():
    """Block after block, on the example of the README."""
    names = {}
    for block in blocks("python"):
        few = re.sub(r"\bn=20\b", "n=2", block)
        exec(few.replace("seed=1)", "seed=1, jobs=1)"), names)
    assert set(names["study"].summary("level[intake, on=2026-06-30]")["window"]) == {"2026-06-30"}


def test_the_scenario_of_the_page_is_one():
    """Its windows are those of the Python block, and `spring` is meant."""
    (table,) = map(tomllib.loads, blocks("toml"))
    service = capsim.load(ROOT / "examples" / "service.toml").with_(table)
    assert list(service.windows) == ["spring", "year"]
    assert service.window == "spring"


def test_the_commands_of_the_page_run():
    """They print a table by period, and the answer to the question in the last section."""
    said = []
    for line in [line for block in blocks("sh") for line in block.splitlines()]:
        words = shlex.split(line.replace("-n 20", "-n 2"))
        answer = CliRunner().invoke(app, [*words[1:], "--jobs", "1"])
        assert answer.exit_code == 0, answer.output
        said.append(answer.stdout)
    assert "\n2026-04 " in said[0]
    assert "\n2026-Q2 " in said[1]
    assert "backlog cleared (median, in" in said[2]
    assert "nine in ten wait at most" in said[2]
