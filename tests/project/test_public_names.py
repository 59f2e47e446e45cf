"""The public surface: names, laziness, cost of importing."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import capsim

HEAVY = ("numpy", "pandas", "matplotlib", "scipy", "numba", "simpy", "pydantic", "typer", "rich")


def test_names_are_sorted():
    """The list of public names is in alphabetical order, so that additions do not collide."""
    assert sorted(capsim.__all__) == capsim.__all__


@pytest.mark.parametrize("name", capsim.__all__)
def test_every_name_resolves(name):
    """Each public name leads to something that exists and is documented."""
    assert getattr(capsim, name).__doc__


def test_type_checkers_see_the_same_names():
    """The imports that only type checkers read are those that are resolved at run time."""
    tree = ast.parse(Path(capsim.__file__).read_text(encoding="utf-8"))
    (guarded,) = [node for node in tree.body if isinstance(node, ast.If)]
    seen = [name.name for node in guarded.body for name in node.names]

    assert sorted(seen) == capsim.__all__


def test_an_unknown_name_is_an_attribute_error():
    """A misspelt name fails like that of any module."""
    with pytest.raises(AttributeError, match="no attribute 'Scenaro'"):
        capsim.Scenaro  # noqa: B018


def test_importing_loads_nothing_heavy():
    """`import capsim` loads none of the libraries that take long to import."""
    code = f"import sys, capsim; print([n for n in {HEAVY!r} if n in sys.modules])"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert answer.stdout.strip() == "[]"


def test_version_is_that_of_the_project():
    """It stands in one place for the package and the project file; the citation names it too."""
    root = Path(__file__).parents[2]
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))

    assert project["project"]["dynamic"] == ["version"]
    assert project["tool"]["hatch"]["version"]["path"] == "src/capsim/version.py"
    citation = (root / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {capsim.__version__}\n" in citation
