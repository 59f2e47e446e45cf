"""Commands with variants beside settings, settings with a sign, and traces from elsewhere."""

import pytest
from typer.testing import CliRunner

from capsim.cli.app import app

OFFICE = """\
start = 2026-01-05
horizon = "6 weeks"
[teams.desk]
fte = 1
[stages.intake]
team = "desk"
work = "2 h"
[inflows.regular]
rate = { per_month = 60 }
[variants.steps]
"inflows.regular.rate" = { unit = "per_month", steps = [["0 days", 50], ["1 month", 70]] }
[variants.more]
"inflows.regular.rate.per_month" = 80
"""

FEW = ["-n", "2", "--seed", "1", "--engine", "simpy", "--jobs", "1"]


@pytest.fixture
def office(tmp_path):
    path = tmp_path / "office.toml"
    path.write_text(OFFICE, encoding="utf-8")
    return path


def call(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.mark.parametrize(
    "options",
    [(), ("--variant", "steps"), ("--set", "inflows.regular.rate={per_week=7}")],
    ids=["file", "variant", "set"],
)
def test_variants_are_tried_on_the_file_alone(options, office):
    """Another variant, or a setting, may leave a path of a variant without its place."""
    answer = call("check", office, *options)

    assert answer.exit_code == 0, answer.output


def test_variant_with_a_mistake_is_still_found(office):
    """Checking the file tries every variant on it."""
    office.write_text(OFFICE.replace('per_month" = 80', 'per_moth" = 80'), encoding="utf-8")

    answer = call("check", office)

    assert answer.exit_code != 0
    assert "variants.more.inflows.regular.rate.per_moth" in answer.output


@pytest.mark.parametrize("value", ["+1", "+ 1", "+0.5"])
def test_setting_with_a_plus_is_asked_about(value, office):
    """It would replace the value, where one more may be meant."""
    answer = call("check", office, "--set", f"teams.desk.fte={value}")

    assert answer.exit_code != 0
    assert "--set replaces a value" in " ".join(answer.output.split())


def test_result_of_a_trace_from_elsewhere_can_be_run_again(tmp_path):
    """The written scenario has its trace beside it, and nothing was written elsewhere."""
    for folder in ("scenarios", "data"):
        (tmp_path / folder).mkdir()
    (tmp_path / "data" / "arr.csv").write_text("day\n3\n5\n")
    file = tmp_path / "scenarios" / "office.toml"
    file.write_text(OFFICE + '[inflows.old]\ntrace = "../data/arr.csv"\n', encoding="utf-8")
    before = set(tmp_path.rglob("*"))
    out = tmp_path / "out"

    assert call("run", file, *FEW, "--out", out).exit_code == 0
    assert (out / "arr.csv").exists()
    assert {path for path in set(tmp_path.rglob("*")) - before if out not in path.parents} == {out}
    (tmp_path / "data" / "arr.csv").unlink()
    assert call("check", out / "scenario.toml").exit_code == 0


def test_evidence_with_a_time_of_day_can_be_stored(office, tmp_path):
    """What check and run accept, a store takes."""
    entry = '[evidence]\n"teams.desk.fte" = { value = 08:30:00, source = "x", certainty = '
    office.write_text(OFFICE + entry + '"stated" }\n', encoding="utf-8")

    answer = call("run", office, *FEW, "--store", tmp_path / "store")

    assert answer.exit_code == 0, answer.output


def test_large_study_is_told_and_one_beyond_the_memory_refused(office, monkeypatch):
    """Cases, events, memory and minutes before anything is simulated; the way to allow it named."""
    monkeypatch.setenv("CAPSIM_MEMORY", "0.5")

    answer = call("run", office, *FEW, "--set", "inflows.regular.rate.per_month=3000000")

    assert answer.exit_code == 2
    assert "Warning: horizon: a replication has about 4,1" in answer.stderr
    assert "CAPSIM_MEMORY" in answer.stderr


def test_decimal_commas_of_a_span_are_named(office):
    """In LOW:HIGH:STEP a comma can only be a decimal one."""
    span = "teams.desk.fte=0,5:2:0,5"

    answer = call(
        "staff", office, "--vary", span, "--target", "wait_mean[intake]<=1 day", *FEW[2:4]
    )

    assert answer.exit_code == 2
    assert "decimals follow a point; write 0.5:2:0.5" in " ".join(answer.output.split())
