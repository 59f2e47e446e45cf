"""The notebooks: five, each thing told once, in plain text and without stored output."""

import ast
import re
from pathlib import Path

import pytest

import capsim

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
