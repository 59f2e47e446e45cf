"""What the public functions take, and what they answer to what they do not take."""

import pathlib
import sys

import pytest

import capsim

TABLE = {
    "start": "2026-01-05",
    "horizon": "4 weeks",
    "teams": {"desk": {"fte": 1}},
    "stages": {"intake": {"team": "desk", "work": "2 h"}},
    "inflows": {"regular": {"rate": {"per_month": 40}}},
}
SCENARIO = capsim.Scenario(**TABLE)
ONE = {"seed": 1, "engine": "simpy"}
MANY = {**ONE, "n": 2, "jobs": 1}


def test_a_scenario_can_be_a_path_or_a_table(tmp_path):
    """`simulate` and `replicate` give the same numbers for a scenario, its file and its table."""
    path = tmp_path / "desk.toml"
    SCENARIO.save(path)

    for given in (path, str(path), TABLE):
        run = capsim.simulate(given, **ONE)
        assert run.measures().equals(capsim.simulate(SCENARIO, **ONE).measures())
        values = capsim.replicate(given, **MANY).values()
        assert values.equals(capsim.replicate(SCENARIO, **MANY).values())


def test_simulate_takes_the_name_of_a_preset():
    """A preset is loaded by its name."""
    run = capsim.simulate("one-office", seed=1, detail="measures")

    assert run.provenance["scenario_hash"] == capsim.load("one-office").hash


@pytest.mark.parametrize("given", [None, 3, ["one-office"], object()])
@pytest.mark.parametrize(
    "call",
    [
        lambda given: capsim.simulate(given, seed=1),
        lambda given: capsim.replicate(given, **MANY),
        lambda given: capsim.sweep(given, [{}], **MANY),
    ],
    ids=["simulate", "replicate", "sweep"],
)
def test_what_is_no_scenario_is_named(call, given):
    """Anything else is refused with what would be taken."""
    with pytest.raises(ValueError, match=r"^scenario = .*must be a Scenario, a path"):
        call(given)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (None, "path_or_preset = None: must be the path .* presets are .*limburg, one-office"),
        (3, "path_or_preset = 3"),
        (b"one-office", "path_or_preset = a bytes"),
        (TABLE, r"path_or_preset = a dict.*capsim.Scenario\(\*\*table\)"),
        ("", "no file and no preset is named; known: .*limburg, one-office"),
        (pathlib.Path("one-ofice"), "did you mean 'one-office'"),
    ],
)
def test_load_says_what_it_takes(given, message):
    """What is neither a path nor a name is refused in a sentence, a near miss with a suggestion."""
    with pytest.raises(ValueError, match=message):
        capsim.load(given)


@pytest.mark.parametrize("argument", ["seed", "replication"])
@pytest.mark.parametrize("value", [True, False, 1.0, "1", None, -1, 2**64])
def test_simulate_refuses_what_is_no_number_of_luck(argument, value):
    """A seed or replication that is no whole number of 64 bits is refused by its name."""
    with pytest.raises((TypeError, ValueError), match=f"^{argument} = {value!r} must "):
        capsim.simulate(SCENARIO, **{"seed": 1, "engine": "simpy", argument: value})


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: capsim.replicate(SCENARIO, **MANY, job=1), "replicate: .*'job'; .*'jobs'"),
        (lambda: capsim.replicate(SCENARIO, **MANY, mesures={}), "'mesures'; .*'measures'"),
        (
            lambda: capsim.compare({"a": SCENARIO, "b": SCENARIO}, **MANY, base_line="a"),
            "compare: .*'base_line'; .*'baseline'",
        ),
        (lambda: capsim.sweep(SCENARIO, [{}], **MANY, sotre="x"), "sweep: .*'sotre'; .*'store'"),
        (
            lambda: capsim.sensitivity(
                SCENARIO,
                {"teams.desk.fte": (1, 2)},
                ["wait_mean[intake]"],
                method="oat",
                replications=2,
                seed=1,
                blok=1,
            ),
            "'blok'.*'block'",
        ),
    ],
)
def test_a_misspelt_option_is_named_with_the_nearest(call, message):
    """The function that was called and the option that was meant stand in the message."""
    with pytest.raises(TypeError, match=message):
        call()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda _: capsim.replicate(SCENARIO, **{**MANY, "n": 10**15}),
            r"1,000,000,000,000,000 replications of \d+ numbers take [\d,]+ GB, more than",
        ),
        (
            lambda _: capsim.replicate(SCENARIO, **{**MANY, "n": 2**62}),
            "replications of .* more than this machine has",
        ),
        (lambda _: SCENARIO.with_(["a"]), r"overrides = \['a'\]: is no table; write"),
        (lambda _: capsim.sweep(SCENARIO, {"teams.desk.fte": 2}, **MANY), "must be a list"),
        (
            lambda _: capsim.replicate(SCENARIO, **{**MANY, "jobs": "two"}),
            "jobs = 'two' must be a whole number of at least 1",
        ),
        (lambda _: capsim.replicate(SCENARIO, **{**MANY, "jobs": float("inf")}), "jobs = inf"),
        (lambda run: run.save(None), "path = None: is no path; name a directory"),
        (lambda _: SCENARIO.save(None), "path = None: is no path; name a file"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_a_sentence(call, message):
    """Numbers beyond any memory, and values of another kind, are named with what would be taken."""
    with pytest.raises(ValueError, match=message):
        call(capsim.simulate(SCENARIO, **ONE))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"confidence": 95}, "confidence: 95 is not between 0 and 1"),
        ({"precision": ["wait_mean[intake]"]}, "precision = .* must be a table of measures"),
        ({"measures": [len]}, "measures = .* must be a table of names and functions"),
        ({"measures": len}, "measures = .* must be a table of names and functions"),
        ({"store": 3}, "store = 3 must be the path of a directory"),
    ],
)
def test_replicate_says_what_it_takes_before_it_runs(wrong, message):
    """No bare error of Python for another type."""
    with pytest.raises(ValueError, match=message):
        capsim.replicate(SCENARIO, **MANY, **wrong)


def test_what_a_result_is_asked_for_is_a_text():
    """A number is no measure."""
    result = capsim.replicate(SCENARIO, **MANY)
    with pytest.raises(ValueError, match="measure 3: cannot be read"):
        result.values(3)


def test_without_xarray_the_extra_is_named(monkeypatch):
    """Of one scenario and of several."""
    monkeypatch.setitem(sys.modules, "xarray", None)
    both = capsim.compare({"one": SCENARIO, "two": SCENARIO}, **MANY)
    for result in (capsim.replicate(SCENARIO, **MANY), both):
        with pytest.raises(ImportError, match=r"install capsim\[xarray\]"):
            result.to_xarray()
