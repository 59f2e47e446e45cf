"""A function of one's own that changes, in itself or in what it names, is another function."""

from __future__ import annotations

import functools
import importlib
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import capsim
from capsim.execution.store.fingerprint import fingerprint
from experiments.small import service

PAIRS = {
    "arrays that print alike": (np.zeros(5000), np.r_[np.zeros(4999), 7.0]),
    "arrays of another type": (np.zeros(2), np.zeros(2, np.float32)),
    "arrays of objects": (np.array([1, "a"], object), np.array([1, "b"], object)),
    "series": (pd.Series([1, 2]), pd.Series([1, 5])),
    "index of a series": (pd.Series([1, 2]), pd.Series([1, 2], index=[3, 4])),
    "frames": (pd.DataFrame({"a": [1]}), pd.DataFrame({"b": [1]})),
    "dates": (pd.Timestamp("2026-01-01"), pd.Timestamp("2026-03-01")),
    "numbers": (14, 30),
    "types of numbers": (1, 1.0),
    "tables": ({"a": [1, {2}]}, {"a": [1, {3}]}),
    "partial functions": (functools.partial(max, 1), functools.partial(max, 2)),
    "scenarios": (service(), service().with_({"horizon": "2 years"})),
}


def enclosing(value):
    """A measure that encloses a value."""

    def measure(run):
        return value

    return measure


@pytest.mark.parametrize(("one", "other"), PAIRS.values(), ids=PAIRS)
def test_a_value_that_is_enclosed_counts(one, other):
    """Equal values give one fingerprint, different ones two."""
    assert fingerprint(enclosing(one)) == fingerprint(enclosing(one))
    assert fingerprint(enclosing(one)) != fingerprint(enclosing(other))


MODULE = """
import helpers
LIMIT = 14
TABLE = {"share": 0.5}
UNUSED = 1
class Rule:
    def __init__(self, limit): self.limit = limit
    def __call__(self, run): return self.limit + run
def half(x): return x / 2
def measure(run):
    return [half(LIMIT) * TABLE["share"] * helpers.share() for _ in range(2)]
rule = Rule(3)
"""
CHANGES = {
    "a number": ("LIMIT = 14", "LIMIT = 30"),
    "a table": ('"share": 0.5', '"share": 0.6'),
    "a function": ("x / 2", "x / 3"),
    "a function of a module": ("return 1", "return 2"),
}


@pytest.fixture
def written(tmp_path, monkeypatch):
    """Gives the modules `mine` and `helpers` with a passage replaced."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def write(right="", wrong=""):
        texts = {"helpers": "def share(): return 1\n", "mine": MODULE}
        for name, text in texts.items():
            (tmp_path / f"{name}.py").write_text(text.replace(right, wrong) if right else text)
            sys.modules.pop(name, None)
        importlib.invalidate_caches()
        return importlib.import_module("mine")

    yield write
    for name in ("mine", "helpers"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize(("right", "wrong"), CHANGES.values(), ids=CHANGES)
def test_what_a_function_names_counts(written, right, wrong):
    """A number, a table or a function that it names, here or in another module."""
    before = fingerprint(written().measure)
    assert fingerprint(written().measure) == before
    assert fingerprint(written("UNUSED = 1", "UNUSED = 2").measure) == before
    assert fingerprint(written(right, wrong).measure) != before


def test_objects_that_can_be_called_count_with_class_and_contents(written):
    """Another attribute or another method is another measure."""
    before = fingerprint(written().rule)
    assert fingerprint(written().rule) == before
    assert fingerprint(written("Rule(3)", "Rule(4)").rule) != before
    assert fingerprint(written("self.limit + run", "self.limit - run").rule) != before


def test_what_refers_to_itself_has_an_end():
    """Lists in themselves and functions that call each other."""
    table: list = [1]
    table.append(table)
    assert fingerprint(enclosing(table)) != fingerprint(enclosing([1]))

    def even(n):
        return n == 0 or odd(n - 1)

    def odd(n):
        return n != 0 and even(n - 1)

    assert fingerprint(even) != fingerprint(odd)


def test_another_process_sees_the_same(tmp_path):
    """Whatever the order of its sets and the places of its objects, so that a study goes on."""
    (tmp_path / "mine.py").write_text(
        "import re, threading\n"
        "NAMES = {'a', 'b', 'c', 'd'}\nPATTERN = re.compile('x')\nLOCK = threading.Lock()\n"
        "def measure(run): return len(NAMES), PATTERN, LOCK, {'p', 'q', 'r'}\n"
    )
    program = (
        "import mine; from capsim.execution.store.fingerprint import fingerprint\n"
        "print(fingerprint(mine.measure))"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(seen) == 1


LIMIT = 14


def test_a_store_does_not_give_the_numbers_of_another_limit(tmp_path, monkeypatch):
    """The measure is the same text, but what it names has changed."""

    def limit(run):
        return LIMIT

    def mean():
        study = capsim.replicate(
            service(), n=2, seed=1, measures={"limit": limit}, store=tmp_path, backend="serial"
        )
        return study.values("limit")["value"].mean()

    assert mean() == 14
    monkeypatch.setitem(globals(), "LIMIT", 30)
    assert mean() == 30
