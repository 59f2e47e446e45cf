"""The notebooks: five, each thing told once, in plain text and without stored output.

They run here in short: every cell, with the fewest replications that its study takes, so numbers
and conclusions are not checked. `make notebooks` runs them as a reader does. Two simulate the
province so often that even in short they take two to four minutes: `make test-thorough`.
"""

import ast
import re
from pathlib import Path

import matplotlib.pyplot
import pytest

import capsim

FEWEST = {"n": 2, "replications": 2, "samples": 10, "points": 16, "max_replications": 30}
"""Replications and points of a short run, by the argument that asks for them."""

LONG = ("letter", "staffing_and_sensitivity")

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").iterdir())
named = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def test_there_are_five_notebooks():
    """Those that the documentation names, as text in the percent format."""
    assert [path.name for path in NOTEBOOKS if path.is_file()] == [
        "another_service.py",
        "case_managers_and_theory.py",
        "letter.py",
        "quick_start.py",
        "staffing_and_sensitivity.py",
    ]


@named
def test_a_notebook_is_python_and_names_what_there_is(path):
    """It can be read, imports at its head, and asks capsim and its figures for what they have."""
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# ---\n# jupyter:")
    assert "# %% [markdown]\n# # " in text
    tree = ast.parse(text)
    wrong = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            owner = {"capsim": capsim, "plots": capsim.plots, "theory": capsim.theory}.get(
                node.value.id
            )
            if owner is not None and not hasattr(owner, node.attr):
                wrong.append(f"{node.value.id}.{node.attr}")
    assert wrong == []


def test_the_letter_asks_for_variants_that_there_are():
    """Each variant that the notebook of the letter compares is one of the preset."""
    path = next(path for path in NOTEBOOKS if path.stem == "letter")
    text = path.read_text(encoding="utf-8")
    asked = {
        name
        for call in re.findall(r"\b(?:ask|changes|in_other_worlds)\(([^()]*?)\)", text)
        for name in re.findall(r'"([\w-]+)"', call)
    }
    assert len(asked) > 20
    assert asked - capsim.load("limburg").variants.keys() == set()


@named
def test_no_number_is_told_by_two_notebooks(path):
    """A heading stands in one notebook only."""
    mine = set(re.findall(r"^# #+ (.+)$", path.read_text(encoding="utf-8"), re.M))
    for other in NOTEBOOKS:
        if other.is_file() and other != path:
            theirs = re.findall(r"^# #+ (.+)$", other.read_text(encoding="utf-8"), re.M)
            assert mine & set(theirs) <= {"The province"}


class InShort(ast.NodeTransformer):
    """Numbers of replications, wherever they stand, to the fewest."""

    def fewer(self, name, value):
        if isinstance(value, ast.Constant) and isinstance(value.value, int):
            return ast.copy_location(ast.Constant(min(value.value, FEWEST[name])), value)
        return value

    def visit_keyword(self, node):
        self.generic_visit(node)
        if node.arg in FEWEST:
            node.value = self.fewer(node.arg, node.value)
        elif node.arg == "jobs":
            node.value = ast.copy_location(ast.Constant(1), node.value)
        return node

    def visit_Assign(self, node):
        self.generic_visit(node)
        if ast.unparse(node.targets[0]) == "(N, SEED)":
            node.value.elts[0] = self.fewer("n", node.value.elts[0])
        return node

    def visit_FunctionDef(self, node):
        self.generic_visit(node)
        names = [one.arg for one in node.args.kwonlyargs]
        node.args.kw_defaults = [
            self.fewer(name, value) if name in FEWEST else value
            for name, value in zip(names, node.args.kw_defaults, strict=True)
        ]
        return node


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, id=path.stem, marks=[pytest.mark.thorough] * (path.stem in LONG))
        for path in NOTEBOOKS
    ],
)
def test_every_cell_runs_in_short(path, monkeypatch):
    """Cell after cell, and what a cell ends on is shown as a notebook shows it."""
    monkeypatch.chdir(path.parent)
    space = {"__name__": "__main__"}
    for cell in path.read_text(encoding="utf-8").split("\n# %%")[1:]:
        head, _, text = cell.partition("\n")
        tree = InShort().visit(ast.parse("" if "[markdown]" in head else text))
        shown = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, path.name, "exec"), space)
        if shown is not None:
            found = eval(compile(ast.Expression(shown.value), path.name, "eval"), space)
            assert repr(found)
            getattr(found, "_repr_html_", str)()
    matplotlib.pyplot.close("all")
