"""Measures and rules of the user's own that leave, raise or give nonsense fail one replication."""

import re

import pandas as pd
import pytest

import capsim
from capsim.execution import own_functions
from capsim.execution.errors import ReplicationError
from experiments.small import service

STUDY = {"n": 4, "seed": 3, "engine": "simpy", "backend": "serial"}


class Broken:
    """An object that raises whatever it is asked."""

    def __float__(self):
        raise RuntimeError("no number")

    def __repr__(self):
        raise RuntimeError("no text")


@pytest.mark.parametrize("backend", ["serial", "threads", "processes"])
def test_a_measure_that_leaves_the_program_fails_its_replication(tmp_path, backend):
    """`sys.exit` ends neither the study nor a worker: it is named, the others are kept."""

    def leaving(run):
        if run.provenance["replication"] == 2:
            raise SystemExit(3)
        return 1.0

    options = {**STUDY, "backend": backend, "store": tmp_path / "store"}
    with pytest.raises(ReplicationError) as caught:
        capsim.replicate(service(), own={"leaving": leaving}, **options)
    words = str(caught.value)
    assert "SystemExit: 3 (in measures['leaving'], of the run that this call gives)" in words
    assert "seed=3, replication=2, engine='simpy'" in words
    assert "3 of 4 replications are kept" in words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "gave nothing: it must give one number per run; does it end with a return?"),
        ("", "gave str ''"),
        ("3", "gave str '3'"),
        (1j, "gave complex '1j'"),
        ([1.0, 2.0], "gave list '[1.0, 2.0]'"),
        (pd.Series([1, 2]), "gave Series"),
        (10**400, "gave int '1000"),
        (Broken(), "gave Broken: it must give"),
    ],
)
def test_nonsense_is_named(value, words):
    """What is no number is shown, with the rule; a text of digits is a text."""
    with pytest.raises(TypeError, match=re.escape(words)):
        own_functions.evaluate({"own": lambda run: value}, None)


def test_an_infinite_measure_is_refused():
    """It would have no mean; not a number is what says that there is nothing to measure."""
    with pytest.raises(ValueError, match=r"gave inf, which has no mean.*float\('nan'\)"):
        own_functions.evaluate({"own": lambda run: float("inf")}, None)
    assert own_functions.evaluate({"own": lambda run: True}, None) == [1.0]
    assert pd.isna(own_functions.evaluate({"own": lambda run: float("nan")}, None)[0])


@pytest.mark.parametrize("error", [ZeroDivisionError("none"), SystemExit(1)])
@pytest.mark.parametrize("name", ["assign", "choose"])
def test_a_rule_that_fails_says_when_and_about_which_case(name, error):
    """In a study with scenario, seed, replication, day, team and case."""

    def rule(team, *shown):
        if team.day > 30:
            raise error
        return shown[-1][0]

    with pytest.raises(ReplicationError) as caught:
        capsim.replicate(service(), **{name: rule}, **{**STUDY, "n": 1})
    team = {"assign": "guidance", "choose": "(intake|guidance)"}[name]
    assert re.search(
        rf"in the rule {name} on day 3\d[.\d]*, asked by team '{team}' of office 'main' about case "
        rf"\d+ of 'regular' at '{team}'",
        str(caught.value),
    )
    assert f"seed=3, replication=0, engine='simpy', {name}=..." in str(caught.value)


def test_what_a_rule_gives_back_is_shown_whatever_it_is():
    """An object that cannot be shown is named by its type, with the rule and the day."""
    with pytest.raises(ValueError, match="choose: gave back a Broken, which is not") as caught:
        capsim.simulate(service(), seed=1, choose=lambda team, entries: Broken())
    assert "on day" in caught.value.__notes__[0]
