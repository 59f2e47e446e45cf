"""Writing and reading give the same scenario, and the same text."""

import datetime as dt
import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capsim.scenario import Scenario, ScenarioError
from capsim.scenario.loading import load

FOLDER = Path(__file__).parent


@pytest.mark.parametrize("ending", ["toml", "json"])
def test_example_survives(tmp_path: Path, ending: str) -> None:
    """load(save(s)) == s, and saving again writes the same bytes, trace included."""
    scenario = load(FOLDER / "example.toml")
    first, second = tmp_path / "one" / f"s.{ending}", tmp_path / "two" / f"s.{ending}"
    scenario.save(first)
    loaded = load(first)
    assert loaded == scenario
    assert loaded.hash == scenario.hash
    loaded.save(second)
    assert second.read_bytes() == first.read_bytes()
    assert (second.parent / "arrivals.csv").read_bytes() == (
        first.parent / "arrivals.csv"
    ).read_bytes()


def test_plain_data_and_pickle_survive() -> None:
    """to_dict needs no trace file, and a pickled scenario keeps its provenance."""
    scenario = load(FOLDER / "example.toml").variant("more")
    assert Scenario.model_validate(scenario.to_dict()) == scenario
    copy = pickle.loads(pickle.dumps(scenario))
    assert (copy, copy.label, copy.overrides) == (scenario, scenario.label, scenario.overrides)


def test_save_does_not_overwrite_another_trace(tmp_path: Path) -> None:
    """A different file under the name of the trace is kept, with a message."""
    (tmp_path / "arrivals.csv").write_text("day\n1\n")
    with pytest.raises(ScenarioError, match=r"inflows\.history\.trace.*another file of that name"):
        load(FOLDER / "example.toml").save(tmp_path / "s.toml")
    assert (tmp_path / "arrivals.csv").read_text() == "day\n1\n"
    assert not (tmp_path / "s.toml").exists()


numbers = st.floats(0.1, 50, allow_nan=False).map(lambda value: round(value, 4))
calendar_times = st.builds(
    "{} {}".format, numbers, st.sampled_from(["h", "days", "weeks", "months", "years"])
)
work_times = st.builds("{} {}".format, numbers, st.sampled_from(["s", "min", "h"]))
texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=20)


def laws(times: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    """Any law of the given durations."""
    spread = st.sampled_from(["lognormal", "gamma", "weibull", "normal"])
    cv = st.floats(0.1, 3).map(lambda value: round(value, 3))
    simple = st.one_of(
        times,
        st.fixed_dictionaries({"law": st.just("exponential"), "mean": times}),
        st.fixed_dictionaries(
            {"law": spread, "mean": times, "cv": cv},
            optional={"plus": times, "growth": st.sampled_from([0.02, -0.1])},
        ),
        st.fixed_dictionaries(
            {"law": st.just("erlang"), "mean": times, "shape": st.integers(1, 9)}
        ),
        st.fixed_dictionaries(
            {"law": st.just("empirical"), "values": st.lists(times, min_size=1, max_size=4)}
        ),
    )
    parts = st.tuples(
        st.fixed_dictionaries({"share": st.just(0.25), "law": st.just("fixed"), "mean": times}),
        st.fixed_dictionaries(
            {"share": st.just(0.75), "law": st.just("gamma"), "mean": times, "cv": cv}
        ),
    ).map(list)
    return simple | st.fixed_dictionaries({"law": st.just("mixture"), "of": parts})


@st.composite
def scenarios(draw: st.DrawFn) -> dict[str, Any]:
    """Plain data of a small valid scenario."""
    offices = draw(st.sampled_from([{}, {"a": {"share": 0.25}, "b": {"share": 0.75}}]))
    guidance: dict[str, Any] = {"team": "desk", "caseworker": True, "work": draw(laws(work_times))}
    ending = draw(st.sampled_from(["visits", "stay", "closing"]))
    guidance[ending] = {
        "visits": draw(st.one_of(st.integers(1, 9), st.just({"law": "geometric", "mean": 4.5}))),
        "stay": draw(laws(calendar_times)),
        "closing": {"probability": 0.06, "norm": 75, "elasticity": -0.61},
    }[ending]
    guidance["gap"] = draw(laws(calendar_times))
    intake: dict[str, Any] = {"team": "desk", "work": draw(laws(work_times))}
    if draw(st.booleans()):
        intake["patience"] = draw(laws(calendar_times))
    if draw(st.booleans()):
        intake["deadline"] = draw(st.sampled_from(["30 days", {"within": "2 h", "until": "start"}]))
    if draw(st.booleans()):
        intake["decision"] = draw(
            st.sampled_from([{"every": "1 month"}, {"dates": ["2026-02-01", "2026-03-01"]}])
        )
    return {
        "name": draw(st.just("scenario") | texts),
        "start": draw(st.dates(dt.date(2000, 1, 1), dt.date(2100, 1, 1))).isoformat(),
        "horizon": draw(st.sampled_from(["2 years", "90 days", "250 workdays"])),
        "teams": {"desk": {"fte": draw(st.floats(0.5, 40)), "shared": draw(st.booleans())}},
        "stages": {"intake": intake, "guidance": guidance},
        "inflows": {
            "regular": {
                "rate": draw(
                    st.sampled_from(
                        [
                            {"per_day": 2.5},
                            {"steps": [["0 days", 1], ["1 month", 2]], "unit": "per_week"},
                        ]
                    )
                )
            },
            "history": {"trace": draw(st.lists(numbers | st.just("2026-05-01"), min_size=1))},
        },
        "offices": offices,
        "evidence": {
            "teams.desk.fte": {"value": draw(numbers), "source": draw(texts), "certainty": "recall"}
        },
    }


@given(raw=scenarios())
@settings(max_examples=60)
def test_generated_scenarios_survive(raw: dict[str, Any], tmp_path_factory: Any) -> None:
    """Any scenario comes back equal from plain data, TOML and JSON, with a stable text."""
    scenario = Scenario(**raw)
    assert Scenario(**scenario.to_dict()) == scenario
    folder = tmp_path_factory.getbasetemp()
    for ending in ("toml", "json"):
        path = folder / f"generated.{ending}"
        scenario.save(path)
        text = path.read_bytes()
        loaded = load(path)
        assert loaded == scenario
        loaded.save(path)
        assert path.read_bytes() == text


def test_removal_in_a_variant_needs_json(tmp_path: Path) -> None:
    """JSON has null, TOML has not: one survives, the other says so and writes nothing."""
    raw = load(FOLDER / "example.toml").to_dict()
    scenario = Scenario(**{**raw, "variants": {"none": {"inflows.reform": None}}})
    assert "reform" not in scenario.variant("none").inflows
    scenario.save(tmp_path / "s.json")
    assert load(tmp_path / "s.json") == scenario
    with pytest.raises(ScenarioError, match="TOML cannot say"):
        scenario.save(tmp_path / "s.toml")
    assert not (tmp_path / "s.toml").exists()


def test_a_file_without_a_name_has_that_of_the_file(tmp_path: Path) -> None:
    """The stem of the file names the scenario, and stays its name in another file."""
    raw = load(FOLDER / "example.toml").to_dict()
    Scenario(**raw).save(tmp_path / "s.json")
    text = (tmp_path / "s.json").read_text().replace('"name": "one-office",', "")
    (tmp_path / "mine.json").write_text(text)
    mine = load(tmp_path / "mine.json")
    assert mine.name == "mine"
    mine.save(tmp_path / "other.toml")
    assert load(tmp_path / "other.toml") == mine
