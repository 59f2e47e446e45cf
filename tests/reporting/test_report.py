"""`capsim.report` and its command: what it takes, what it refuses, and that it writes whole."""

import re

import pytest
from typer.testing import CliRunner

import capsim
from capsim.cli.app import app
from capsim.reporting import report as module_report
from capsim.reporting.entry import subject_of
from reporting.reading import SERVICE, Reader

TINY = {
    "name": "tiny",
    "start": "2026-01-01",
    "horizon": "2 months",
    "teams": {"desk": {"fte": 1}},
    "stages": {"intake": {"team": "desk", "work": "2 h"}},
    "inflows": {"regular": {"rate": {"per_month": 40}}},
    "variants": {"more": {"teams.desk.fte": 2}},
}


@pytest.fixture(scope="module")
def tiny():
    return capsim.Scenario(**TINY)


def subject(given, **options):
    """What a report of it would be of."""
    names = {"n": None, "seed": None, "variant": None, "baseline": None, "overrides": {}}
    return subject_of(given, engine="auto", execution={}, **(names | options))


def call(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_the_command_writes_the_page_of_the_library(tiny, tmp_path):
    """The same scenario, replications, seed and language give the same page, byte for byte."""
    file = tmp_path / "tiny.toml"
    tiny.save(file)
    out = tmp_path / "out.html"

    options = ["-n", 3, "--seed", 5, "--lang", "fr", "--variant", "more", "--out", out]
    answer = call("report", file, *options)
    path = capsim.report(file, tmp_path / "again.html", language="fr", n=3, seed=5, variant="more")

    assert answer.exit_code == 0, answer.output
    assert f"Written to {out}" in answer.stdout
    assert out.read_bytes() == path.read_bytes()
    assert Reader(out.read_text(encoding="utf-8")).all("html")[0]["attributes"]["lang"] == "fr"


def test_a_variant_stands_beside_its_file(tiny):
    """The base is the file as it is; the other variants are the other plans."""
    scenario = capsim.Scenario(**SERVICE)
    found = subject(scenario, variant="help", overrides={"teams.desk.fte": 3})

    assert found.scenario.variant_name == "help"
    assert found.base[0] == "little"
    assert found.base[1].teams["desk"].fte == 3
    assert list(found.plans) == ["none", "both"]
    assert {one.teams["desk"].fte for one in found.plans.values()} == {3}
    assert (found.n, found.seed) == (20, 1)
    assert list(subject(tiny).plans) == ["more"]
    assert subject(tiny).base is None


def test_a_result_is_not_simulated_again(tiny):
    """Replications by month are the study itself; a comparison has its base and its plans."""
    result = capsim.replicate(tiny, n=2, seed=4, by="1 month")
    found = subject(result)
    assert found.result is result
    assert (found.n, found.seed) == (2, 4)

    more = tiny.variant("more")
    several = capsim.compare({"a": tiny, "b": more, "c": more}, n=2, seed=4, baseline="b")
    found = subject(several)
    assert found.base[0] == "b"
    assert found.scenario is several.scenarios["a"]
    assert list(found.plans) == ["c"]


def test_a_saved_result_is_read(tiny, tmp_path):
    """The directory that `save` wrote stands for the result."""
    result = capsim.replicate(tiny, n=2, seed=4, by="1 month")
    result.save(tmp_path / "kept")

    found = subject(str(tmp_path / "kept"))

    assert (found.n, found.seed) == (2, 4)
    assert found.result.values().equals(result.values())


def _own_rule(view):
    return None


@pytest.mark.parametrize(
    ("given", "options", "message"),
    [
        ("replications", {"n": 5}, "n = 5: a result has its own"),
        ("replications", {"seed": 9}, "seed = 9: a result has its own"),
        ("replications", {"overrides": {"teams.desk.fte": 2}}, "overrides: a result is what"),
        ("sweep", {}, "subject = Sweep: a report is of"),
        ("scenario", {"n": 0}, "n = 0 must be a whole number"),
        ("scenario", {"seed": -1}, "seed = -1 must lie between"),
        ("scenario", {"variant": "mor"}, "there is no such variant"),
    ],
)
def test_what_makes_no_sense_is_refused(tiny, given, options, message):
    """In a sentence, before anything is simulated."""
    subjects = {
        "scenario": lambda: tiny,
        "replications": lambda: capsim.replicate(tiny, n=1, seed=1, jobs=1),
        "sweep": lambda: capsim.sweep(tiny, {"teams.desk.fte": [1, 2]}, n=1, seed=1, jobs=1),
    }
    with pytest.raises(ValueError, match=re.escape(message)):
        subject(subjects[given](), **options)


def test_a_file_that_cannot_be_written_is_refused_at_once(tiny, tmp_path, monkeypatch):
    """No page, a folder that is not there, a folder: before anything is simulated."""
    monkeypatch.setattr("capsim.reporting.entry.material_of", None)
    with pytest.raises(ValueError, match=r"write a name ending in .html"):
        capsim.report(tiny, tmp_path / "page.pdf")
    with pytest.raises(ValueError, match="is no path"):
        capsim.report(tiny, 3)
    with pytest.raises(FileNotFoundError, match="there is no such folder"):
        capsim.report(tiny, tmp_path / "not" / "page.html")
    (tmp_path / "folder.html").mkdir()
    with pytest.raises(IsADirectoryError, match="is a directory"):
        capsim.report(tiny, tmp_path / "folder.html")
    with pytest.raises(ValueError, match="language = 'de'"):
        capsim.report(tiny, tmp_path / "page.html", language="de")
    with pytest.raises(TypeError, match="no option 'lang'"):
        capsim.report(tiny, tmp_path / "page.html", lang="nl")


def test_a_page_is_replaced_whole_or_not_at_all(tiny, tmp_path, monkeypatch):
    """A failure in the middle leaves the old page, and no part of a new one."""
    page = tmp_path / "page.html"
    page.write_text("old", encoding="utf-8")
    monkeypatch.setattr("capsim.reporting.entry.material_of", lambda subject: None)
    monkeypatch.setattr("capsim.reporting.entry.page_of", lambda material, words: "new \ud800")

    with pytest.raises(UnicodeEncodeError):
        capsim.report(tiny, page)

    assert page.read_text(encoding="utf-8") == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["no-such-preset"], 2, "no-such-preset"),
        (["one-office", "--variant", "waev"], 2, "wave"),
        (["one-office", "--out", "missing/page.html"], 1, "there is no such folder"),
        (["one-office", "--out", "page.pdf"], 2, "ending in .html"),
        (["one-office", "--lang", "de"], 2, "--lang"),
        (["one-office", "-n", "0"], 2, "-n"),
    ],
)
def test_mistakes_end_with_the_codes_of_every_command(arguments, code, said, tmp_path, monkeypatch):
    """2 for a mistake of the user, 1 for a file that fails; a sentence, and no page."""
    monkeypatch.chdir(tmp_path)
    answer = call("report", *arguments)

    assert answer.exit_code == code, answer.output
    assert said in answer.output
    assert list(tmp_path.iterdir()) == []
    assert module_report is capsim.report
