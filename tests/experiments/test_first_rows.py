"""Python prints the rows of the terminal; each has its sentence, and a page is wide enough."""

import re

import pytest
from typer.testing import CliRunner

import capsim
from capsim.catalogue.text import PAGE, text_table
from capsim.cli.app import app
from experiments.small import service

SMALL = ["-n", "4", "--seed", "3", "--engine", "simpy", "--jobs", "1"]
FAST = {"n": 4, "seed": 3, "jobs": 1, "engine": "simpy"}


@pytest.fixture
def file(tmp_path):
    """The small service, with a variant."""
    scenario = service(**{"variants.more": {"teams.guidance.fte": 3}})
    scenario.save(tmp_path / "service.toml")
    return tmp_path / "service.toml"


def printed(*arguments):
    answer = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert answer.exit_code == 0, answer.output
    return answer.stdout.splitlines()


def test_a_study_prints_the_rows_of_the_terminal(file):
    """Table and sentences are the same lines; each measure in it is explained, within a page."""
    study = capsim.replicate(capsim.load(file), **FAST)
    table, lines = text_table(study._table()), repr(study).splitlines()
    terminal = printed("run", file, *SMALL)

    assert [line for line in terminal if line in table] == table
    assert [line for line in lines if line in table] == table
    meanings = lines[lines.index("") + 1 :]
    sentences = " ".join(" ".join(meanings).split())
    assert (
        "late_share: Late among those whose deadline fell before the end of the run." in sentences
    )
    for measure in ("pending_peak", "caseload_per_worker", "caseload_per_fte"):
        assert f"{measure}: " in sentences
    assert max(map(len, table)) <= PAGE
    assert max(len(line) for line in meanings if line.startswith("  ")) <= PAGE


def test_a_comparison_prints_the_rows_of_the_terminal(file):
    """Those that the change reaches; what it does not reach is a line; equal columns are folded."""
    base = capsim.load(file)
    more = base.variant("more")
    result = capsim.compare({"base": base, "more": more, "again": more}, **FAST)
    two = capsim.compare({"base": base, "more": more}, **FAST)
    terminal = printed("compare", file, *SMALL)
    lines = repr(result).splitlines()

    table = text_table(two._table())
    assert [line for line in terminal if line in table] == table
    assert "stage intake" not in lines
    assert "again: the same as more in every row." in lines
    assert any(line.startswith("The same in all scenarios, to the last case:") for line in lines)
    assert not any("again" in line for line in text_table(result._table()))
    assert max(map(len, table)) <= PAGE


def test_points_are_told_from_per_cent():
    """Changes of a share are points, in a comparison and in a sensitivity; shares are per cent."""
    base, more = service(), service(**{"teams.intake.fte": 2})
    compared = repr(capsim.compare({"base": base, "more": more}, **FAST))
    effects = repr(
        capsim.sensitivity(
            base, {"teams.intake.fte": (1, 2)}, ["late_share[intake]"], method="oat",
            replications=4, seed=3, jobs=1, engine="simpy",
        )
    )  # fmt: skip
    row = next(line for line in effects.splitlines() if line.startswith("teams.intake.fte"))

    assert re.search(r"-\d+\.\d ± \d+\.\d pt", compared)
    assert re.search(r"-\d+\.\d pt \(-\d+\.\d to -?\d+\.\d pt\)", row)
    assert "%" not in row
