"""The documentation: every block is right, every page is reached, every link leads somewhere."""

import ast
import importlib.util
import re
import shlex
import shutil
import sys
import tomllib
from pathlib import Path

import click
import matplotlib
import numpy as np
import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

import capsim
from capsim.catalogue import MEASURES
from capsim.cli.app import app

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(
    path for path in [*DOCS.rglob("*.md"), ROOT / "README.md"] if "generated" not in path.parts
)
COMMANDS = typer.main.get_command(app)

named = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def blocks(page, *languages):
    """Language and text of the blocks of a page, in their order."""
    found = re.findall(
        r"^```(\w+)\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    return [text for language, text in found if language in languages]


def commands(page):
    """The lines of a page that start capsim, continued ones in one, without comments."""
    text = "".join(blocks(page, "sh", "console")).replace("\\\n", " ")
    lines = [line.removeprefix("$ ").strip() for line in text.splitlines()]
    return [shlex.split(line, comments=True) for line in lines if line.startswith("capsim ")]


@pytest.fixture(scope="module")
def generated():
    """The module that writes the generated pages."""
    spec = importlib.util.spec_from_file_location("pages", DOCS / "pages.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@named
def test_python_blocks_are_python_and_name_what_there_is(page):
    """Each can be read, and what it takes from capsim exists; extend.md has a test of its own."""
    if page.name == "extend.md":
        pytest.skip("applied to the sources in test_extend.py")
    for text in blocks(page, "python"):
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "capsim":
                assert hasattr(capsim, node.attr) or node.attr in ("experiments", "scenario")


@named
def test_toml_blocks_are_toml_with_known_fields(page):
    """Every path that one writes is one that `capsim fields` knows."""
    for text in blocks(page, "toml"):
        for path in paths_of(tomllib.loads(text)):
            assert capsim.fields(path)


FILES = {
    "applications.csv": "month,count\n2026-01,41\n2026-02,38\n",
    "staff.csv": "name,hours,from,until\nAnn,30.4,,\nBea,38,,2026-07-01\nCas,19,2026-09-01,\n",
}


def test_the_examples_of_the_language_fit_into_a_scenario(tmp_path, monkeypatch):
    """Each block of the page, put into the example service, makes one that can be simulated.

    A stage of a block stands for that of the service; of teams and inflows the fields do.
    """
    service = tomllib.loads((ROOT / "examples" / "service.toml").read_text(encoding="utf-8"))
    service["inflows"]["reform"] = {"waves": {"january": {"date": "2026-01-01", "people": 4}}}
    del service["variants"]
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.items():
        Path(name).write_text(text, encoding="utf-8")
    page = DOCS / "how-to" / "language.md"
    assert len(blocks(page, "toml")) > 20
    for text in blocks(page, "toml"):
        raw = {name: dict(t) if isinstance(t, dict) else t for name, t in service.items()}
        if "genk" in text:
            raw["offices"] = {"genk": {"share": 0.1}, "hasselt": {"share": 0.9}}
        for name, table in tomllib.loads(text).items():
            for member, fields in table.items():
                old = raw.setdefault(name, {}).get(member, {})
                is_joined = isinstance(fields, dict) and name != "stages"
                raw[name][member] = {**old, **fields} if is_joined else fields
        scenario = capsim.Scenario(**raw).with_({"horizon": "4 months", "warm_up": "0 days"})
        assert capsim.simulate(scenario, seed=1).stays.size, text


def paths_of(table, start=""):
    """Dotted paths of a scenario up to the fields of named tables, paths in quotes left out."""
    for key, value in table.items():
        path = f"{start}.{key}" if start else key
        if isinstance(value, dict) and path.count(".") < 2 and "." not in key:
            yield from paths_of(value, path) if key not in ("variants", "uncertain") else [key]
        elif "." not in key:
            yield path


@named
def test_commands_have_options_that_exist(page):
    """Each line is taken apart as the terminal would, but not carried out."""
    for words in commands(page):
        command, rest = COMMANDS, words[1:]
        context = click.Context(command)
        while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
            _, command, rest = command.resolve_command(context, rest)
            context = click.Context(command, parent=context)
        command.make_parser(context).parse_args(list(rest))


@named
def test_links_within_the_project_lead_somewhere(page, generated):
    """To a file that is there or that is generated, and to a heading where one is named."""
    text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        name, _, heading = target.partition("#")
        if "://" in target or not name:
            continue
        path = (page.parent / name).resolve()
        if path.parent == DOCS / "generated":
            assert path.name in generated.pages()
            continue
        assert path.exists(), target
        if heading:
            headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
            slugs = {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}
            assert heading in slugs, target


def test_every_page_is_in_the_contents(generated):
    """The index names each page, or a pattern that it fits; nothing in it is missing."""
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    entries = [
        line
        for tree in re.findall(r"^```\{toctree\}\n(.*?)^```", index, re.DOTALL | re.MULTILINE)
        for line in tree.splitlines()
        if line and not line.startswith(":")
    ]
    there = {str(path.relative_to(DOCS).with_suffix("")) for path in PAGES if DOCS in path.parents}
    there |= {f"generated/{Path(name).stem}" for name in generated.pages()}
    reached = {name for name in there for entry in entries if Path(name).match(entry)}

    assert there - reached == {"index"}
    assert [one for one in entries if "*" not in one and one not in there] == []


def test_the_page_of_fields_is_complete(generated):
    """Each entry of `capsim fields` stands there once, with its sentence and its example."""
    page = generated.pages()["fields.md"]
    for entry in capsim.fields():
        assert page.count(f"\n`{entry.path}`\n") == 1
        assert f": {entry.meaning}" in page
        assert f"Example: `{entry.example}`" in page or not entry.example


def test_the_page_of_measures_is_complete(generated):
    """Each measure has a heading and its formula."""
    page = generated.pages()["measures.md"]
    headings = re.findall(r"^## (\w+)$", page, re.MULTILINE)
    assert headings == list(MEASURES)
    assert page.count("* computed: `") == len(MEASURES)
    assert "* computed: ``" not in page


def test_the_page_of_the_contract_has_every_rule(generated):
    """Rules are numbered from 1 without a gap."""
    numbers = re.findall(r"^ ?(\d+)\. \*\*", generated.pages()["engines.rst"], re.MULTILINE)
    assert [int(one) for one in numbers] == list(range(1, len(numbers) + 1))
    assert len(numbers) > 40


def test_the_public_names_are_grouped(generated):
    """The docstring of the package, from which the reference is made, names each of them once."""
    names = [name for group in generated.groups().values() for name in group]
    assert sorted(names) == capsim.__all__


def run_page(page, monkeypatch, folder, few, given=None):
    """Carry out all blocks of a page in a folder, with few replications; names are given."""
    monkeypatch.chdir(folder)
    matplotlib.use("agg")
    names = {"capsim": capsim, **(given or {})}
    for text in blocks(page, "python"):
        exec(compile(few(text), str(page), "exec"), names)
    for words in commands(page):
        answer = CliRunner().invoke(app, [few(word) for word in words[1:]])
        assert answer.exit_code == 0, f"{words}: {answer.output}"
        names.setdefault("said", []).append(answer.stdout)
    return names


def test_the_tutorial_works_as_it_is_told(tmp_path, monkeypatch):
    """From the file as it is first written to the answer: the numbers are those of the text."""
    first, team_and_initial, variants = blocks(DOCS / "tutorial.md", "toml")
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "office.toml"
    path.write_text(first, encoding="utf-8")
    said = CliRunner().invoke(app, ["check", "office.toml"]).stdout
    assert "60 %" in said
    assert "223 open cases" in said
    team, initial = team_and_initial.split("\n\n", 1)
    more = team.removeprefix("[teams.social]\n")
    path.write_text(
        first.replace("worker_fte = 0.8\n", f"worker_fte = 0.8\n{more}\n") + initial + variants,
        encoding="utf-8",
    )
    names = run_page(DOCS / "tutorial.md", monkeypatch, tmp_path, str)
    checked, compared = names["said"][2], names["said"][4]
    assert "94 %" in checked
    assert "Warning" not in checked
    shares = re.search(r"decided late\n +base +([\d.]+).*\n +busy +([\d.]+)", compared)
    assert [round(float(one)) for one in shares.groups()] == [4, 28]
    assert names["found"].staffing == {"teams.social.fte": 4.0}


def test_every_figure_is_shown():
    """Each function of `capsim.plots` has its code and its picture on the page, and no other has.

    The pictures are small, and drawn by the code of the page; `make figures` carries it out.
    """
    page = (DOCS / "figures.md").read_text(encoding="utf-8")
    shown = [name for name in capsim.plots.__all__ if name != "save"]
    assert sorted(re.findall(r"^plots\.(\w+)\(", page, re.MULTILINE)) == shown
    assert sorted(re.findall(r"\(images/(\w+)\.png\)", page)) == shown
    assert max((DOCS / "images" / f"{name}.png").stat().st_size for name in shown) < 60_000


def fewer(text):
    """A block or a word of a command with few replications, runs or samples."""
    text = re.sub(r"\b(n|replications)=(\d+)", lambda one: f"{one[1]}={min(int(one[2]), 4)}", text)
    return re.sub(r"\b(samples|points)=\d+", r"\1=32", text)


@pytest.mark.thorough
@pytest.mark.parametrize("name", ["precision", "report", "sensitivity", "staffing"])
def test_the_blocks_of_a_page_run(name, tmp_path, monkeypatch):
    """From top to bottom, in a folder with the examples, with few replications.

    The pages of records, windows and money are tested beside what they are about, that of fitting
    below; that of clusters names machines that are the reader's, so its names are checked only.
    """
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    shutil.copytree(ROOT / "examples", tmp_path, dirs_exist_ok=True)
    run_page(DOCS / "how-to" / f"{name}.md", monkeypatch, tmp_path, fewer)


@pytest.mark.thorough
def test_the_blocks_of_the_page_of_fitting_run(tmp_path, monkeypatch):
    """From an export with names of its own to the story of a case, with records of a simulation."""
    monkeypatch.chdir(tmp_path)
    past = capsim.load("one-office").with_({"start": "2025-01-01", "horizon": "1 year"})
    run = capsim.simulate(past, seed=1)

    def dated(frame, *columns):
        days = frame[[*columns]].apply(
            lambda one: pd.Timestamp(past.start) + pd.to_timedelta(one // 1, "D")
        )
        return frame.assign(**days)

    stays = dated(run.stays, "joined", "assigned", "started", "served", "ended")
    stays = stays.drop(columns=["nth", "worker", "visits_done", "visits_lapsed", "due", "late"])
    stays.to_csv("stays.csv", index=False)
    visits = dated(run.visits, "due", "started", "ended")
    visits[["case", "stage", "due", "ended", "hours"]].to_csv("visits.csv", index=False)
    run.cases[["case", "exit"]].dropna().to_csv("cases.csv", index=False)
    ended = stays.dropna(subset=["ended"])[["case", "stage", "ended"]]
    ended.columns = ["Dossier", "Stap", "Einde"]
    ended.to_excel("export.xlsx", index=False)
    months = pd.DataFrame({"period": ["2026-01", "2026-02"], "arrivals[intake]": [40, 38]})
    months.to_csv("months.csv", index=False)
    days = pd.date_range(capsim.load("one-office").start, periods=12, freq="7D")
    given = {"queue": np.full(12, 5.0), "days": days}

    names = run_page(DOCS / "how-to" / "fit.md", monkeypatch, tmp_path, fewer, given)

    assert len(names["found"].estimates) > 10
    assert Path("log.csv").stat().st_size > 10_000


@pytest.mark.thorough
def test_the_figures_are_drawn_by_the_code_of_their_page(tmp_path):
    """Every block runs, and each picture is again the one that is shown, but for a few pixels."""
    from PIL import Image

    spec = importlib.util.spec_from_file_location("draw", DOCS / "images" / "draw.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for path in module.draw(tmp_path):
        drawn, kept = (
            np.asarray(Image.open(one).convert("L"), dtype=float)
            for one in (path, DOCS / "images" / path.name)
        )
        assert drawn.shape == kept.shape, path.name
        assert (np.abs(drawn - kept) > 32).mean() < 0.02, path.name


@pytest.mark.thorough
def test_the_site_is_built_without_a_warning(tmp_path):
    """All pages, by sphinx, with warnings as errors; skipped where it is not installed."""
    pytest.importorskip("sphinx", reason="the extra 'docs' is not installed")
    pytest.importorskip("myst_parser", reason="the extra 'docs' is not installed")
    from sphinx.cmd.build import main

    options = ["--fail-on-warning", "--keep-going", "--quiet", "-b", "html"]
    assert main([*options, "-d", str(tmp_path / "trees"), str(DOCS), str(tmp_path / "html")]) == 0
    assert (tmp_path / "html" / "generated" / "fields.html").is_file()
    outside = re.compile(
        r"<(?:script|img|iframe)[^>]+src=\"(?:https?:)?//|<link[^>]+href=\"https?:"
    )
    for path in (tmp_path / "html").rglob("*.html"):
        assert not outside.search(path.read_text(encoding="utf-8")), path.name
    sys.modules.pop("pages", None)
