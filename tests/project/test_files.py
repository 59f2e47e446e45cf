"""Files of the project that a fresh machine relies on."""

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_constraints_hold_pinned_versions_only():
    """Every line is a name, an exact version and perhaps a marker: no address, path or option."""
    line = re.compile(r"[a-z0-9][a-z0-9-]*==[0-9][0-9a-z.]*( ; [A-Za-z_0-9'\"<>=!.() -]+)?")
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()

    assert [text for text in lines if not line.fullmatch(text)] == []


def test_constraints_name_every_dependency():
    """Nothing that the project asks for is left to chance."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras["dev"], *extras["parquet"], *extras["dask"]]
    names = {re.split(r"[\[<>=~! ]", text)[0].lower().replace("_", "-") for text in wanted}
    pinned = (ROOT / "constraints.txt").read_text(encoding="utf-8").lower()

    assert [n for n in sorted(names - {"capsim"}) if f"\n{n}==" not in f"\n{pinned}"] == []


@pytest.mark.parametrize("script", [".ci/run"])
def test_scripts_are_valid_shell(script):
    """A script that CI runs has no syntax error."""
    subprocess.run(["bash", "-n", str(ROOT / script)], check=True)


def test_only_plots_import_matplotlib():
    """Outside the plots nothing of the library imports matplotlib."""
    sources = (ROOT / "src" / "capsim").rglob("*.py")
    pattern = re.compile(r"^\s*(from|import) matplotlib", re.MULTILINE)
    users = {path for path in sources if pattern.search(path.read_text(encoding="utf-8"))}

    assert {path.parent.name for path in users} == {"plots"}


def test_nothing_uses_pyplot():
    """Pyplot keeps global state, so the library never touches it."""
    sources = (ROOT / "src" / "capsim").rglob("*.py")
    pattern = re.compile(r"^\s*(from|import) .*pyplot", re.MULTILINE)

    assert [path for path in sources if pattern.search(path.read_text(encoding="utf-8"))] == []


def test_every_test_says_what_it_shows():
    """Each test has a sentence as its docstring: the tests are the specification."""
    silent = []
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                if not ast.get_docstring(node):
                    silent.append(f"{path.relative_to(ROOT)}::{node.name}")

    assert silent == []


LONGEST = 450
LONG = {"kernels/engine/loop.py"}
"""The event loop is one function, since cutting it costs speed (docs/design.md)."""


def test_no_source_file_is_long():
    """Whoever opens a file can read it at one sitting; a file that may be longer is longer."""
    sources = ROOT / "src" / "capsim"
    lines = {
        path.relative_to(sources).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in sources.rglob("*.py")
    }
    assert {name for name, number in lines.items() if number > LONGEST} == LONG
