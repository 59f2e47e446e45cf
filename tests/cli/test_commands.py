"""What the commands print, write, and answer as exit codes."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest
from typer.testing import CliRunner

import capsim
from capsim.cli.app import app
from capsim.cli.options import value_of
from capsim.cli.output import results

OFFICE = """\
name = "office"
start = 2026-01-05
horizon = "6 weeks"
[teams.desk]
fte = 1
[stages.intake]
team = "desk"
work = "2 h"
deadline = "5 days"
[inflows.regular]
rate = { per_month = 60 }
[variants.more]
"teams.desk.fte" = 2
[evidence]
"teams.desk.fte" = { value = 1, source = "the service", certainty = "official" }
"stages.intake.work" = { value = "2 h", source = "ours", certainty = "assumption", note = "ask" }
"""

SMALL = ["-n", "4", "--seed", "1", "--engine", "simpy", "--jobs", "1"]


@pytest.fixture
def office(tmp_path):
    path = tmp_path / "office.toml"
    path.write_text(OFFICE, encoding="utf-8")
    return str(path)


def call(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_check_describes_a_scenario(office):
    """A sound file is described, with the verdict of theory and its assumptions."""
    answer = call("check", office)

    assert answer.exit_code == 0
    assert "Scenario 'office'" in answer.stdout
    assert "Verdict: desk:" in answer.stdout
    assert "Assumptions: 1 of 2 documented numbers" in answer.stdout


def test_check_flags_an_overload(office):
    """More work than hours is said in so many words."""
    answer = call("check", office, "--set", "inflows.regular.rate.per_month=200")

    assert answer.exit_code == 0
    assert "OVERLOAD: desk: does not clear (grows by" in answer.stdout


def test_check_says_where_visits_lapse(tmp_path):
    """Where a stage of an overfull team ends by the calendar visits lapse; counted ones grow."""
    guided = (
        OFFICE
        + """
        [teams.guides]
        fte = 1
        [stages.guidance]
        team = "guides"
        caseworker = true
        work = "3 h"
        gap = "7 days"
        stay = "1 year"
        """
    )
    growing, calm, counted = (tmp_path / f"{name}.toml" for name in ("growing", "calm", "counted"))
    growing.write_text(guided, encoding="utf-8")
    calm.write_text(guided.replace("fte = 1", "fte = 200"), encoding="utf-8")
    counted.write_text(guided.replace('stay = "1 year"', "visits = 40"), encoding="utf-8")

    said = {path.stem: call("check", path).stdout for path in (growing, calm, counted)}

    assert "guidance ends by its stay: visits that come too late lapse" in said["growing"]
    assert "grows by" in said["counted"]
    assert "by its stay" not in said["counted"]
    assert "Verdict: " in said["calm"]
    assert "by its stay" not in said["calm"]


def test_check_names_all_mistakes_at_once(office, tmp_path):
    """Three mistakes in a file are three lines on the error stream, exit code 2, no traceback."""
    wrong = OFFICE.replace('"2 h"', "2", 1).replace("fte = 1", "fte = -1", 1)
    (tmp_path / "wrong.toml").write_text(wrong.replace("60", "-3"), encoding="utf-8")

    answer = call("check", tmp_path / "wrong.toml")

    assert answer.exit_code == 2
    assert answer.stdout == ""
    for path in ("teams.desk.fte", "stages.intake.work", "inflows.regular.rate"):
        assert path in answer.stderr
    assert "Traceback" not in answer.stderr


def test_no_mistake_hides_another(tmp_path):
    """A day that is no date, a field, a name, a missing gap and two variants: six lines at once."""
    wrong = OFFICE.replace("2026-01-05", "2026-13-05").replace("fte = 1\n", "fte = -1\n", 1)
    wrong = wrong.replace('"desk"', '"dsk"').replace(
        "[variants.more]",
        """\
[stages.guidance]
team = "desk"
caseworker = true
work = "1 h"
stay = "11 months"
[variants.misspelt]
"inflows.regulr.rate.per_month" = 3
[variants.more]""",
    )
    wrong = wrong.replace('"teams.desk.fte" = 2\n', '"teams.desk.fte" = -2\n')
    (tmp_path / "wrong.toml").write_text(wrong, encoding="utf-8")

    answer = call("check", tmp_path / "wrong.toml")

    assert answer.exit_code == 2
    assert [line.split(":")[0].split(" = ")[0].strip() for line in answer.stderr.splitlines()] == [
        "6 mistakes in wrong.toml",
        "start",
        "teams.desk.fte",
        "stages.intake.team",
        "stages.guidance.gap",
        "variants.misspelt.inflows.regulr.rate.per_month",
        "variants.more.teams.desk.fte",
    ]


def test_check_finds_what_only_the_engines_refuse(tmp_path):
    """A cut below nobody, in the file and worse in a variant, is found before any run."""
    cut = OFFICE.replace("fte = 1\n", "fte = 1\nchanges.cut = { at = 2026-01-12, add = -2 }\n", 1)
    cut = cut.replace('"teams.desk.fte" = 2', '"teams.desk.changes.cut.add" = -3')
    (tmp_path / "cut.toml").write_text(cut, encoding="utf-8")

    answer = call("check", tmp_path / "cut.toml")

    assert answer.exit_code == 2
    assert answer.stdout == ""
    assert "2 mistakes in" in answer.stderr
    for place in ("  teams.desk.changes.cut", "  variants.more.teams.desk.changes.cut"):
        assert place in answer.stderr


def test_check_says_what_critical_means(office):
    """A team of which 95 % and more is asked is critical, and the reader is told what that is."""
    answer = call("check", office, "--set", "inflows.regular.rate.per_month=79")

    assert answer.exit_code == 0
    assert "AT THE LIMIT: desk: critical, by theory" in answer.stdout
    assert "  critical: 95 % or more" in answer.stdout


@pytest.mark.parametrize("missing", ["-n", "--seed"])
@pytest.mark.parametrize("command", ["run", "compare"])
def test_replications_and_seed_have_no_default(office, command, missing):
    """Both change conclusions, so leaving one out is a mistake of the user."""
    given = {"-n": "2", "--seed": "1"}
    del given[missing]

    answer = call(command, office, *[word for pair in given.items() for word in pair])

    assert answer.exit_code == 2
    assert "Missing option" in answer.stderr
    assert missing in answer.stderr


def test_run_prints_the_means_of_the_library(office):
    """The table shows the mean and the interval that `replicate` gives."""
    answer = call("run", office, *SMALL)

    result = capsim.replicate(capsim.load(office), n=4, seed=1, engine="simpy", jobs=1)
    found = result.interval("utilization[desk]")
    assert answer.exit_code == 0
    line = next(line for line in answer.stdout.splitlines() if "working hours used" in line)
    assert re.findall(r"[\d.]+ %", line) == [
        f"{100 * value:.1f} %" for value in (found.estimate, found.lower, found.upper)
    ]


def test_run_prints_one_replication_without_interval(office):
    """One replication has no interval, and the table does not pretend one."""
    answer = call("run", office, *SMALL[2:], "-n", "1")

    assert answer.exit_code == 0
    assert "interval" not in answer.stdout
    lines = answer.stdout.splitlines()
    assert lines[1] == "Measured 2026-01-05 to 2026-02-15"
    assert not [line for line in lines[2:] if re.search(r"\d %? *to ", line)]


def test_run_writes_tables_figures_and_manifest(office, tmp_path):
    """The directory holds every table, figures as PNG and SVG, and where all of it comes from."""
    out = tmp_path / "results" / "first"

    answer = call("run", office, *SMALL, "--out", out)

    assert answer.exit_code == 0
    tables = ("cases", "series", "stays", "summary", "values", "visits", "workers")
    figures = [
        f"{name}{end}"
        for name in ("caseload", "pathway", "pending", "queues")
        for end in (".png", ".svg")
    ]
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert sorted(path.name for path in out.iterdir()) == sorted(
        [*(f"{name}.csv" for name in tables), *figures, "manifest.json", "scenario.toml"]
    )
    assert set(manifest["files"]) == {path.name for path in out.iterdir()} - {"manifest.json"}
    assert manifest["seed"] == 1
    assert capsim.load(out / "scenario.toml").hash == capsim.load(office).hash


@pytest.mark.parametrize(
    ("command", "count"), [("run", "series"), ("compare", "figures_over_time")]
)
def test_series_are_of_the_first_replications_only(office, tmp_path, monkeypatch, command, count):
    """Beyond some number they would take too much room: the manifest and the file say how many."""
    from capsim.cli.commands import compare, run

    for module in (compare, run):
        monkeypatch.setattr(module, "DRAWN", 2)
    out = tmp_path / "out"

    assert call(command, office, *SMALL, "--out", out).exit_code == 0

    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert manifest[f"replications_in_{count}"] == 2
    series = pd.read_csv(out / "series.csv")
    assert series["n"].max() == 2
    few = capsim.replicate(
        capsim.load(office), n=2, seed=1, engine="simpy", jobs=1, series="7 days"
    ).series("7 days", office="all")
    if "scenario" in series:
        series = series[series["scenario"] == "base"].drop(columns="scenario")
    whole = series[series["office"] == few["office"].iloc[0]].reset_index(drop=True)
    assert whole["mean"].to_numpy() == pytest.approx(few["mean"].to_numpy(), nan_ok=True)


def test_run_tables_are_those_of_the_first_replication(office, tmp_path):
    """The cases that are written are those of replication 0 of the seed."""
    call("run", office, *SMALL, "--out", tmp_path / "out")

    expected = capsim.simulate(capsim.load(office), seed=1, engine="simpy").cases
    actual = pd.read_csv(tmp_path / "out" / "cases.csv")
    assert list(actual["case"]) == list(expected["case"])
    days = (pd.to_datetime(actual["applied"]) - pd.Timestamp("2026-01-05")).dt.days
    assert list(days) == list(expected["applied"].astype(int))


def test_parquet_tables_have_the_same_content(office, tmp_path):
    """The format changes nothing but days of the calendar: parquet has numbers, CSV dates."""
    call("run", office, *SMALL, "--out", tmp_path / "csv")
    call("run", office, *SMALL, "--out", tmp_path / "parquet", "--format", "parquet")

    csv = pd.read_csv(tmp_path / "csv" / "summary.csv")
    parquet = pd.read_parquet(tmp_path / "parquet" / "summary.parquet")
    is_day = parquet["unit"] == "day"
    pd.testing.assert_series_equal(
        csv["mean"][~is_day].astype(float), parquet["mean"][~is_day], check_exact=False
    )
    dates = pd.Timestamp("2026-01-05") + pd.to_timedelta(parquet["mean"][is_day] // 1, "D")
    assert list(csv["mean"][is_day]) == list(dates.dt.strftime("%Y-%m-%d"))


def test_results_of_an_earlier_command_are_replaced(office, tmp_path):
    """The same directory can be written again."""
    out = tmp_path / "out"
    call("run", office, *SMALL, "--out", out)
    manifest = json.loads((out / "manifest.json").read_text())
    (out / "stale.txt").touch()
    manifest["files"].append("stale.txt")
    (out / "manifest.json").write_text(json.dumps(manifest))

    assert call("run", office, *SMALL, "--out", out).exit_code == 0
    assert not (out / "stale.txt").exists()


def test_a_file_put_beside_results_is_not_lost(office, tmp_path):
    """What no command wrote is named, and results stay as they were."""
    out = tmp_path / "out"
    call("run", office, *SMALL, "--out", out)
    (out / "mine").mkdir()
    (out / "mine" / "notes.txt").write_text("hours of work")

    answer = call("run", office, *SMALL, "--out", out)
    assert answer.exit_code == 2
    assert "mine/notes.txt" in " ".join(answer.stderr.split())
    assert (out / "mine" / "notes.txt").exists()


def test_where_nothing_can_be_written_nothing_is_simulated(office, tmp_path):
    """A file in the place of a directory above is noticed before the run."""
    (tmp_path / "file").touch()
    answer = call("run", office, *SMALL, "--out", tmp_path / "file" / "out")

    assert answer.exit_code == 2
    assert "name another directory" in " ".join(answer.stderr.split())
    assert answer.stdout == ""


def test_a_directory_with_other_files_is_left_alone(office, tmp_path):
    """Nothing of the user's is overwritten, and nothing is simulated before saying so."""
    answer = call("run", office, *SMALL, "--out", tmp_path)

    assert answer.exit_code == 2
    assert "holds other files" in answer.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["office.toml"]


@pytest.mark.parametrize(
    "wrong",
    [
        ["--set", "teams.dsk.fte=2"],
        ["--set", "teams.desk.fte"],
        ["--variant", "mor"],
        ["--engine", "fast"],
        ["--format", "xls"],
        ["-n", "0"],
        ["--seed", "-1"],
    ],
)
def test_a_mistake_of_the_user_writes_nothing(office, tmp_path, wrong):
    """A mistake ends with exit code 2, a message, no traceback and no files."""
    answer = call("run", office, *SMALL, "--out", tmp_path / "out", *wrong)

    assert answer.exit_code == 2
    assert answer.stderr
    assert "Traceback" not in answer.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["office.toml"]


def test_a_failing_write_leaves_nothing_and_keeps_what_was_there(tmp_path):
    """A failure half-way leaves the earlier results complete and no fragments beside them."""
    from capsim.cli.options import Format

    target = tmp_path / "out"
    with results(target, Format.csv) as files:
        files.table(pd.DataFrame({"a": [1]}), "table")
    with pytest.raises(AttributeError), results(target, Format.csv) as files:
        files.table(None, "table")

    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (target / "table.csv").read_text(encoding="utf-8") == "a\n1\n"


def test_a_run_that_fails_ends_with_1(office, monkeypatch):
    """A replication that fails is told with what reproduces it, and exit code 1."""
    from capsim import experiments
    from capsim.experiments import Failure, ReplicationError

    def fail(*arguments, **options):
        raise ReplicationError([Failure("office", 1, 3, "ZeroDivisionError: of a rule")])

    monkeypatch.setattr(experiments, "replicate", fail)
    answer = call("run", office, *SMALL)

    assert answer.exit_code == 1
    assert "capsim.simulate(scenario, seed=1, replication=3)" in answer.stderr


def test_warnings_are_sentences(office, monkeypatch):
    """What the library warns of stands on the error stream without a line of the program."""
    import warnings

    from capsim import experiments

    def warn(*arguments, **options):
        warnings.warn("store 'x' cannot be written", experiments.StoreWarning, stacklevel=2)
        raise MemoryError("enough")

    monkeypatch.setattr(experiments, "replicate", warn)
    answer = call("run", office, *SMALL)

    assert answer.stderr.splitlines()[0] == "Warning: store 'x' cannot be written"
    assert ".py" not in answer.stderr


def test_too_little_memory_ends_with_1(office, monkeypatch):
    """Nothing to report as a fault: what was too much, and what to do."""
    from capsim import experiments

    def fail(*arguments, **options):
        raise MemoryError("Unable to allocate 99 GiB")

    monkeypatch.setattr(experiments, "replicate", fail)
    answer = call("run", office, *SMALL)

    assert answer.exit_code == 1
    assert "Unable to allocate 99 GiB, more memory than there is: shorten" in answer.stderr


def test_compare_sets_variants_against_the_base(office):
    """Without names, every variant of the file is compared with the file itself."""
    answer = call("compare", office, *SMALL)

    assert answer.exit_code == 0
    header = answer.stdout.splitlines()[2].split()
    assert header == ["base", "more", "difference"]


def test_compare_prints_the_differences_of_the_library(office):
    """The difference in the table is the paired one that `compare` gives."""
    answer = call("compare", office, *SMALL)

    base = capsim.load(office)
    result = capsim.compare(
        {"base": base, "more": base.variant("more")}, n=4, seed=1, engine="simpy", jobs=1
    )
    row = result.differences("utilization[desk]").iloc[0]
    line = next(line for line in answer.stdout.splitlines() if "working hours used" in line)
    half = max(row["upper"] - row["difference"], row["difference"] - row["lower"])
    assert f"-{-100 * row['difference']:.1f} ± {100 * half:.1f} pt" in line
    for scenario in ("base", "more"):
        means = result.summary("utilization[desk]").set_index("scenario").loc[scenario]
        half = max(means["upper"] - means["mean"], means["mean"] - means["lower"])
        assert f"{100 * means['mean']:.1f} ± {100 * half:.1f} %" in line


def test_compare_fits_the_terminal(office, monkeypatch):
    """Where columns side by side are too wide, the scenarios stand below each other."""
    monkeypatch.setenv("COLUMNS", "70")
    answer = call("compare", office, *SMALL)

    table = answer.stdout.split("\n\n")[0].splitlines()[2:]
    assert table[0].split() == ["mean", "difference"]
    assert max(map(len, table)) <= 70
    assert sum(line.startswith("    more") for line in table) == 11


WAVED = OFFICE.replace("6 weeks", "16 weeks").replace(
    "[variants.more]",
    """\
[inflows.reform]
take_up = 0
waves.first = { date = 2026-02-02, people = 20 }
[variants.wave]
"inflows.reform.take_up" = 1
[variants.more]""",
)


def test_a_backlog_is_a_date_where_there_is_a_wave(tmp_path):
    """The middle day of clearing with the runs that reached it; nothing where nobody applies."""
    path = tmp_path / "waved.toml"
    path.write_text(WAVED, encoding="utf-8")
    answer = call("compare", path, "--variant", "wave", *SMALL)
    without, waved = call("run", path, *SMALL), call("run", path, "--variant", "wave", *SMALL)

    days = capsim.replicate(
        capsim.load(path).variant("wave"), n=4, seed=1, engine="simpy", jobs=1
    ).values("clear_day[intake]")
    days = sorted(days.loc[days["inflow"] == "all", "value"].fillna(float("inf")))
    reached = sum(day < float("inf") for day in days)
    middle = pd.Timestamp("2026-01-05") + pd.Timedelta(days=days[1])
    assert reached >= 2
    lines = {line[:27].strip(): line[27:].split() for line in answer.stdout.splitlines()}
    assert lines["backlog cleared, median"] == [f"{middle:%Y-%m-%d}"]
    assert lines["reached in"] == f"{reached} of 4 runs".split()
    row = next(line for line in waved.stdout.splitlines() if "backlog cleared (" in line)
    assert row.split("  ")[1] == f"backlog cleared (median, in {reached} of 4 runs)"
    assert row.split()[-3:] == [f"{middle:%Y-%m-%d}", "no", "interval"]  # of four runs
    for printed in (answer, waved):
        said = " ".join(printed.stdout.split())
        assert "after the peak, up to the end of the run, with a queue" in said
    assert "backlog cleared" not in without.stdout


def test_compare_writes_differences_and_figures(office, tmp_path):
    """The directory holds each scenario, the differences, and figures of all scenarios."""
    out = tmp_path / "out"

    answer = call("compare", office, *SMALL, "--out", out)

    assert answer.exit_code == 0
    names = {path.name for path in out.iterdir()}
    assert {"scenario-base.toml", "scenario-more.toml", "differences.csv", "series.csv"} <= names
    assert {"differences.svg", "queues.png", "caseload.svg"} <= names
    assert list(pd.read_csv(out / "differences.csv")["scenario"].unique()) == ["more"]


def test_compare_takes_a_baseline(office):
    """Any of the scenarios may be what the others are compared with; another name is refused."""
    answer = call("compare", office, *SMALL, "--baseline", "more")
    wrong = call("compare", office, *SMALL, "--baseline", "mor")

    assert answer.exit_code == 0
    assert answer.stdout.splitlines()[2].split() == ["more", "base", "difference"]
    assert "Differences are from 'more'" in answer.stdout
    assert wrong.exit_code == 2
    assert "known: 'base', 'more'" in " ".join(wrong.stderr.replace("│", " ").split())


def test_compare_takes_several_files(office, tmp_path):
    """Files are compared under their names, the first as the baseline."""
    other = tmp_path / "other.toml"
    other.write_text(OFFICE.replace('"office"', '"other"'), encoding="utf-8")

    answer = call("compare", office, other, *SMALL)

    assert answer.exit_code == 0
    assert answer.stdout.splitlines()[2].split() == ["office", "other", "difference"]
    assert "the same" in answer.stdout


def test_compare_names_the_mistakes_of_all_files(tmp_path):
    """Under the name of each file; in Python too."""
    files = [tmp_path / "one.toml", tmp_path / "two.toml"]
    files[0].write_text('start = 2026-01-01\nhorizon = "x"\n', encoding="utf-8")
    files[1].write_text("start = 2026-01-01\nstagez = 3\n", encoding="utf-8")

    answer = call("compare", *files, *SMALL)

    assert answer.exit_code == 2
    assert re.findall(r"mistakes in (\w+\.toml)", answer.stderr) == ["one.toml", "two.toml"]
    assert "horizon = 'x'" in answer.stderr
    assert "stagez = 3" in answer.stderr
    with pytest.raises(capsim.ScenarioError) as caught:
        capsim.compare({"one": files[0], "two": files[1]}, n=2, seed=1)
    assert str(caught.value) == answer.stderr.strip()
    assert {"horizon", "stagez"} <= {mistake.path for mistake in caught.value.mistakes}


def test_files_of_one_name_are_told_apart_by_their_folders(office, tmp_path):
    """The second column has the folder that tells it from the first, not the whole path."""
    other = tmp_path / "plans" / "office.toml"
    other.parent.mkdir()
    other.write_text(OFFICE, encoding="utf-8")

    answer = call("compare", office, other, *SMALL)

    assert answer.exit_code == 0
    assert answer.stdout.splitlines()[2].split() == ["office", "plans/office", "difference"]


@pytest.mark.parametrize("extra", [["--variant", "more"], []])
def test_compare_refuses_what_is_no_comparison(office, tmp_path, extra):
    """Variants of several files, or one file without variants, are mistakes of the user."""
    plain = tmp_path / "plain.toml"
    plain.write_text(OFFICE.split("[variants")[0], encoding="utf-8")
    files = [office, plain] if extra else [plain]

    assert call("compare", *files, *SMALL, *extra).exit_code == 2


def test_sweep_prints_a_row_for_each_point(office):
    """Every combination of the grid is a row, with the chosen measures."""
    answer = call(
        "sweep", office, *SMALL, "--vary", "teams.desk.fte=1,2", "--measure", "wait_mean[intake]"
    )

    assert answer.exit_code == 0
    lines = answer.stdout.splitlines()
    assert lines[2].split() == ["mean", "wait,"]
    assert [line.split()[0] for line in lines[4:7]] == ["teams.desk.fte", "1", "2"]


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (["--vary", "teams.desk.fte"], "is not PATH=VALUE"),
        (["--vary", "teams.desk.fte=1,x"], "must be a number"),
        (["--vary", "teams.desk.fte=1", "--vary", "teams.desk.fte=2"], "varied twice"),
        (["--vary", "teams.desk.fte=1,2", "--measure", "wait[intake]"], "no measure 'wait'"),
    ],
)
def test_sweep_refuses_a_grid_that_means_nothing(office, option, message):
    """Each mistake in a grid has its message and exit code 2."""
    answer = call("sweep", office, *SMALL, *option)

    assert answer.exit_code == 2
    assert message in answer.stderr


def test_a_study_in_a_store_can_be_looked_at_and_resumed(office, tmp_path):
    """What was kept in a store is listed, and gives its result again."""
    store = tmp_path / "study"
    call("run", office, *SMALL, "--store", store)

    status, resumed = call("study", "status", store), call("study", "resume", store, "--jobs", 1)

    assert "4 of 4" in status.stdout
    assert "4 replications of 'office'" in resumed.stdout


def test_a_store_that_is_none_is_told(tmp_path):
    """A wrong directory is named, with exit code 1."""
    answer = call("study", "status", tmp_path)

    assert answer.exit_code == 1
    assert "is not a store of studies" in answer.stderr


def test_evidence_lists_source_and_certainty(office):
    """Every number is listed with its source; a certainty picks some of them."""
    answer = call("evidence", office, "--certainty", "assumption")

    assert answer.exit_code == 0
    assert 'stages.intake.work = "2 h"  [assumption]' in answer.stdout
    assert "the service" not in answer.stdout
    assert "2 numbers: 1 official, 1 assumption" in answer.stdout


def test_schema_is_json(office):
    """The schema that editors read is printed alone."""
    assert json.loads(call("schema").stdout)["title"] == "capsim scenario"


def test_presets_are_listed():
    """Each preset of the library is in the list."""
    answer = call("presets")

    assert answer.exit_code == 0
    for name in capsim.presets():
        assert f"'{name}'" in answer.stdout


def test_values_keep_to_themselves():
    """A value cannot smuggle a second key into the scenario."""
    assert value_of("1\nother = 2") == "1\nother = 2"


def test_help_loads_no_numbers():
    """`capsim --help` answers without the libraries that take seconds to import."""
    code = (
        "import sys\nfrom capsim.cli import main\nsys.argv = ['capsim', '--help']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print([n for n in ('numpy', 'pandas', 'matplotlib', 'pydantic', 'numba') "
        "if n in sys.modules])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert "compare" in answer.stdout
    assert answer.stdout.splitlines()[-1] == "[]"


def test_ctrl_c_ends_with_130_and_leaves_nothing(office, tmp_path):
    """An interrupted command says so, ends with 130 and has written no results."""
    out = tmp_path / "out"
    code = "from capsim.cli import main; main()"
    arguments = ["run", office, "-n", "100000", "--seed", "1", "--engine", "simpy", "--jobs", "1"]
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments, "--out", str(out)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    time.sleep(6)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=60)

    assert process.returncode == 130
    assert "Traceback" not in error
    assert [path.name for path in tmp_path.iterdir()] == ["office.toml"]


def test_the_package_can_be_run_as_a_module():
    """Where no script is on the path, `python -m capsim` is the same command line."""
    answer = subprocess.run(
        [sys.executable, "-m", "capsim", "--version"], capture_output=True, text=True, check=True
    )
    assert answer.stdout == f"capsim {capsim.__version__}\n"


def test_every_study_takes_the_same_options():
    """A command that simulates can be told where to run, and where to keep what it finds."""
    for command in ("run", "compare", "sweep", "staff", "sensitivity", "uncertainty"):
        page = CliRunner().invoke(app, [command, "--help"]).stdout
        for option in ("--set", "--jobs", "--engine", "--store", "--out", "--format"):
            assert option in page, (command, option)
