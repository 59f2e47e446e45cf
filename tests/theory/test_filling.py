"""Steady numbers on the first day, and the warning of a service that is measured while it fills."""

import pytest

import capsim
from capsim.plan import compile_plan
from capsim.theory.filling import filling_line, unfilled


def service(**settings):
    """Two a day by "a" and one by "b" stay 100 days and then 10; a year, days and nights."""
    table = {
        "start": "2026-01-01",
        "horizon": "1 year",
        "stages": {"long": {"stay": "100 days"}, "short": {"stay": "10 days"}},
        "inflows": {"a": {"rate": {"per_day": 2}}, "b": {"rate": {"per_day": 1}}},
    }
    return capsim.Scenario(**(table | settings))


def numbers(scenario):
    """Stage, inflow, office, cases."""
    return [tuple(one[:4]) for one in scenario.initial_cases()]


def test_steady_means_all_inflows_unless_one_is_named():
    """Rate times stay, by Little's law."""
    everyone = service(initial={"long": {"cases": "steady"}, "short": {"cases": 4}})
    assert numbers(everyone) == [
        ("long", "a", "main", 200),
        ("long", "b", "main", 100),
        ("short", "a", None, 4),
    ]
    one = service(initial={"long": {"cases": "steady", "inflow": "b"}})
    assert numbers(one) == [("long", "b", "main", 100)]


def test_a_list_has_an_entry_for_each_inflow():
    """Each with its own number and age; positions can be named in an override."""
    scenario = service(
        initial={
            "long": [
                {"cases": "steady", "inflow": "a", "age": "30 days"},
                {"cases": 7, "inflow": "b"},
            ]
        }
    )
    assert numbers(scenario) == [("long", "a", "main", 200), ("long", "b", None, 7)]
    changed = scenario.with_({"initial.long.1.cases": 8})
    assert numbers(changed)[1] == ("long", "b", None, 8)
    run = capsim.simulate(changed, seed=1, engine="simpy")
    first = run.stays[run.stays["case"].str.contains("/initial/")]
    found = first[first["stage"] == "long"].groupby(["inflow", "joined"]).size().to_dict()
    assert found == {("a", -30.0): 200, ("b", 0.0): 8}


def test_every_mistake_in_a_list_is_named():
    """Also beside one that pydantic finds, each at its own position."""
    entries = [
        {"cases": 1},
        {"casess": 2},
        {"cases": 1, "inflow": "b"},
        {"cases": 3, "inflow": "b"},
    ]
    with pytest.raises(capsim.ScenarioError) as caught:
        service(initial={"long": entries})
    paths = [mistake.path for mistake in caught.value.mistakes]
    assert paths == ["initial.long.0.inflow", "initial.long.1.casess", "initial.long.3.inflow"]
    with pytest.raises(capsim.ScenarioError, match="has no entry"):
        service(initial={"long": []})
    with pytest.raises(capsim.ScenarioError, match="whole number or 'steady'; did you mean"):
        service(initial={"long": {"cases": "stedy"}})


def test_numbers_are_exact_by_office_and_add_up():
    """300 cases over shares of 1/3, 1/3, 1/3 of 100.5 ...: each whole, together as expected."""
    thirds = {
        name: {"share": share} for name, share in zip("xyz", (0.335, 0.335, 0.33), strict=True)
    }
    scenario = service(offices=thirds, initial={"long": {"cases": "steady", "inflow": "b"}})
    assert numbers(scenario) == [
        ("long", "b", "x", 34),
        ("long", "b", "y", 33),
        ("long", "b", "z", 33),
    ]
    plan = compile_plan(scenario)
    assert plan.source_names[:3] == ("initial/long/x", "initial/long/y", "initial/long/z")
    for engine in ("simpy", "auto"):
        run = capsim.simulate(scenario, seed=1, engine=engine)
        there = run.cases[run.cases["case"].str.contains("/initial/")]
        assert there["office"].value_counts().to_dict() == {"x": 34, "y": 33, "z": 33}


def test_no_number_is_steady_where_theory_says_that_it_grows():
    """The refusal names the entry; nothing of it is asked where a number is written."""
    growing = service(
        teams={"t": {"fte": 1}},
        stages={"s": {"team": "t", "work": "10 h"}},
        initial={"s": {"cases": "steady"}},
    )
    with pytest.raises(capsim.ScenarioError, match=r"initial\.s\.cases = 'steady': no number is"):
        capsim.simulate(growing, seed=1)
    assert numbers(growing.with_({"initial.s.cases": 3})) == [("s", "a", None, 3)]


def test_too_many_are_refused_before_memory_is_spent():
    """A hundred thousand a day for ten thousand days, in a run of four."""
    scenario = service(
        horizon="4 days",
        stages={"long": {"stay": "10000 days"}},
        inflows={"a": {"rate": {"per_day": 100_000}}},
        initial={"long": {"cases": "steady"}},
    )
    with pytest.raises(capsim.ScenarioError, match=r"theory expects .* more than"):
        compile_plan(scenario)


def test_example_without_its_initial_cases_is_warned_of():
    """Of 211 in guidance a warm-up of three months brings no more than 57; 223 are expected."""
    example = capsim.load("examples/service.toml")
    assert filling_line(example) == ""
    empty = example.with_({"initial.guidance": None})
    line = filling_line(empty)
    assert "expects 223 open cases" in line
    assert "of the 211 in guidance at most 57" in line
    assert 'initial.guidance.cases = "steady"' in line
    assert line in empty.check()
    steady = empty.with_({"initial.guidance": {"cases": "steady"}})
    assert steady.initial_cases()[0].cases == 211
    assert filling_line(steady) == ""


def test_the_warning_stands_below_every_result():
    """A run, replications and a comparison, which names the scenarios."""
    empty, full = service(), service(initial={s: {"cases": "steady"} for s in ("long", "short")})
    run = capsim.simulate(empty, seed=1, engine="simpy", detail="full")
    assert "measured while the service fills" in repr(run)
    result = capsim.compare({"empty": empty, "full": full}, n=2, seed=1)
    assert "empty: initial: measured while" in repr(result)
    assert "full: initial" not in repr(result)
    assert "measured while" in repr(capsim.replicate(empty, n=2, seed=1))
    assert "measured while" not in repr(capsim.replicate(full, n=2, seed=1))


@pytest.mark.parametrize(
    ("settings", "stages"),
    [
        ({}, ["long"]),
        ({"warm_up": "100 days"}, []),
        ({"warm_up": "90 days"}, []),
        ({"warm_up": "10 days"}, ["long"]),
        ({"horizon": "6 years"}, []),
        ({"horizon": "60 days"}, ["long", "short"]),
        ({"initial": {"long": {"cases": 290}}}, []),
        ({"initial": {"long": {"cases": 160}}}, []),
        ({"initial": {"long": {"cases": 140}}}, ["long"]),
        ({"inflows": {"a": {"waves": {"w": {"date": "2026-02-01", "people": 900}}}}}, []),
    ],
)
def test_only_what_is_missing_for_long_is_told(settings, stages):
    """Ten days in "short" are forgotten in a year, not in two months; six years forget the 100.

    Who writes a number for a stage is only told if it is less than half of the 300 expected.
    """
    assert [one.stage for one in unfilled(service(**settings))[0]] == stages


def test_the_load_is_shown_with_the_warning():
    """`describe` says below its table that measuring begins before the service has filled."""
    empty = service()
    assert f"Warning: {filling_line(empty)}" in repr(empty.describe()).splitlines()
    assert "Warning" not in repr(service(warm_up="300 days").describe())
