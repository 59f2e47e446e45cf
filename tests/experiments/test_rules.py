"""Rules of the user's own in studies, and the two names of the argument of own measures."""

import inspect

import pandas as pd
import pytest

import capsim
from capsim.experiments import ReplicationError, obstacles, select_best, study
from experiments.small import highest_seat, latest_first, longest_queue_of_cases, service

OPTIONS = {"n": 3, "seed": 3, "backend": "serial"}


def alone(scenario, replication, **rules):
    """All measures of one run with the rules."""
    run = capsim.simulate(scenario, seed=3, replication=replication, engine="simpy", **rules)
    return run.measures()["value"].tolist()


def of(values, replication):
    """Values of one replication of a study of one scenario."""
    return values.loc[values["replication"] == replication, "value"].tolist()


def test_replicate_runs_with_the_rules():
    """Each replication is the run that `simulate` gives with them, and not the one without."""
    rules = {"assign": highest_seat, "choose": latest_first}
    found = capsim.replicate(service(), **rules, **OPTIONS)
    assert found.engine == "simpy"
    assert found.provenance["rules"] == ["assign", "choose"]
    pd.testing.assert_series_equal(
        pd.Series(of(found.values(), 2)), pd.Series(alone(service(), 2, **rules))
    )
    plain = capsim.replicate(service(), engine="simpy", **OPTIONS)
    assert (
        plain.interval("wait_p90[intake]").estimate != found.interval("wait_p90[intake]").estimate
    )


def test_series_and_own_measures_see_the_rules_too():
    """Series that are simulated later, and measures of one's own, are of the same runs."""
    found = capsim.replicate(
        service(), choose=latest_first, own={"waited": longest_queue_of_cases}, **OPTIONS
    )
    run = capsim.simulate(service(), seed=3, replication=1, choose=latest_first)
    assert found.values("waited")["value"].iloc[1] == longest_queue_of_cases(run)
    rows, matrix = found.series_matrix("7 days")
    assert matrix[1].tolist() == run.series(every="7 days")["value"].tolist()
    assert len(rows) == matrix.shape[1]


def test_a_comparison_takes_one_rule_for_all_or_a_table():
    """A scenario that the table does not name keeps the rule of the contract."""
    scenarios = {"plain": service(), "turned": service()}
    found = capsim.compare(scenarios, choose={"turned": latest_first}, **OPTIONS)
    values = found.values()
    for name, rules in (("plain", {}), ("turned", {"choose": latest_first})):
        mine = values[values["scenario"] == name]
        pd.testing.assert_series_equal(
            pd.Series(of(mine, 1)), pd.Series(alone(service(), 1, **rules))
        )
    both = capsim.compare(scenarios, choose=latest_first, **OPTIONS)
    assert (both.differences("wait_p90[intake]")["difference"] == 0).all()
    with pytest.raises(ValueError, match=r"choose\['turnd'\]: there is no such scenario.*turned"):
        capsim.compare(scenarios, choose={"turnd": latest_first}, **OPTIONS)


def test_a_sweep_runs_with_the_rules_in_processes():
    """A rule that no module holds is sent by value; numbers are those of one process."""
    points = {"teams.intake.fte": [1, 1.5]}
    found = capsim.sweep(
        service(),
        points,
        choose=lambda team, entries: max(entries, key=lambda entry: entry.case.joined),
        **{**OPTIONS, "backend": "processes", "jobs": 2},
    )
    here = capsim.sweep(service(), points, choose=latest_first, **OPTIONS)
    pd.testing.assert_frame_equal(found.values(), here.values())


def test_a_staffing_is_searched_with_the_rules():
    """With a rule that starts nobody no staff is enough, and the obstacles are seen with it."""
    vary, target = {"teams.intake.fte": (1, 3, 1)}, "queue_mean[intake] <= 5"
    plain = capsim.find_staffing(service(), vary, target, seed=1, frontier=0, jobs=1)
    assert plain.feasible
    found = capsim.find_staffing(
        service(), vary, target, choose=lambda team, entries: None, seed=1, frontier=0, jobs=1
    )
    assert not found.feasible
    assert found.engine == "simpy"


def test_a_store_knows_rules_by_what_they_do(tmp_path):
    """The same rule is found again, another one computed; a study of a module's rule resumes."""
    options = {**OPTIONS, "store": tmp_path / "study"}
    first = capsim.replicate(service(), choose=latest_first, **options)
    capsim.replicate(service(), engine="simpy", **options)
    other = capsim.replicate(service(), choose=lambda team, entries: entries[-1], **options)
    assert len(list((tmp_path / "study").glob("blocks/*"))) == 3
    for one in study.status(tmp_path / "study").studies:
        assert (one.done, one.held) == (3, 3)
    again = capsim.replicate(service(), choose=latest_first, **options)
    pd.testing.assert_frame_equal(first.values(), again.values())
    assert not first.values().equals(other.values())
    with pytest.raises(ValueError, match="a rule of your own, 'choose', defined in a script"):
        study.resume(tmp_path / "study")
    path = tmp_path / "compared"
    scenarios = {"plain": service(), "turned": service()}
    found = capsim.compare(scenarios, choose={"turned": latest_first}, **{**options, "store": path})
    (resumed,) = study.resume(path).values()
    pd.testing.assert_frame_equal(found.values(), resumed.values())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"choose": 3}, "choose = 3 must be a function"),
        ({"assign": highest_seat, "engine": "compiled"}, "machine code cannot call"),
    ],
)
def test_wrong_rules_are_named_before_anything_runs(options, message):
    """What cannot be called, and an engine that cannot call it."""
    with pytest.raises(ValueError, match=message):
        capsim.replicate(service(), **OPTIONS, **options)


def test_a_rule_that_fails_is_named_with_the_call_that_shows_it():
    """The replication is to be run alone with the rule, without which it would not fail."""
    with pytest.raises(ReplicationError, match=r"engine='simpy', choose=\.\.\.\)"):
        capsim.replicate(service(), choose=lambda team, entries: 1 / 0, **OPTIONS)


@pytest.mark.parametrize(
    "function",
    [
        capsim.replicate,
        capsim.compare,
        capsim.sweep,
        capsim.find_staffing,
        capsim.sensitivity,
        capsim.uncertainty,
        select_best,
        obstacles,
    ],
)
def test_own_measures_have_one_name_everywhere(function):
    """Every study that takes functions of the user's own takes them as `own`."""
    assert "own" in inspect.signature(function).parameters


def test_own_and_measures_are_the_same_argument():
    """Either name gives the row; both may be used, but not for the same name."""
    one = {"waited": longest_queue_of_cases}
    first = capsim.replicate(service(), own=one, engine="simpy", **OPTIONS)
    second = capsim.replicate(service(), measures=one, engine="simpy", **OPTIONS)
    pd.testing.assert_frame_equal(first.values(), second.values())
    with pytest.raises(ValueError, match="measures and own both name 'waited'"):
        capsim.replicate(service(), own=one, measures=one, **OPTIONS)
