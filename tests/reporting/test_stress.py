"""`capsim.stress_des`: every item is there, filled by the machine or asked of the author."""

import re

import pytest

import capsim
from reporting.reading import SERVICE, Reader

ITEMS = [
    "1.1", "1.2", "1.3", "2.1", "2.2", "2.3", "2.4", "2.5.1", "2.5.2", "2.5.3", "2.5.4", "2.5.5",
    "3.1", "3.2", "3.3", "3.4", "4.1", "4.2", "4.3", "5.1", "5.2", "5.3", "5.4", "6.1",
]  # fmt: skip
BY_HAND = {"1.1", "1.3", "3.1", "3.2", "3.4", "4.1", "4.3", "5.4", "6.1"}


@pytest.fixture(scope="module")
def scenario():
    return capsim.Scenario(**SERVICE)


@pytest.fixture(scope="module")
def comparison(scenario):
    scenarios = {"base": scenario, "help": scenario.variant("help")}
    return capsim.compare(scenarios, n=3, seed=1, jobs=1)


@pytest.fixture(scope="module")
def document(comparison):
    return capsim.stress_des(comparison)


def items(text):
    """Text of each item by its number."""
    parts = re.split(r"^### ([\d.]+) .*$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_item_is_there_in_order(document):
    """None is missing, none is empty, and prompts stand where only an author knows."""
    found = items(document)

    assert list(found) == ITEMS
    assert all(text.strip() for text in found.values())
    assert {number for number, text in found.items() if "**Author:**" in text} == BY_HAND


def test_outputs_have_definition_mean_and_interval(document, comparison):
    """Item 1.2 has every measure of the whole service of the base, as the summary has it."""
    row = comparison.summary("late_share[talks]").iloc[0]
    outputs = items(document)["1.2"]
    frame = comparison.summary()
    whole = frame[(frame["scenario"] == "base") & (frame["office"] == "all")]
    whole = whole[(whole["inflow"] == "all") & (whole["window"] == "all")]

    assert f"{100 * row['mean']:.1f} %" in outputs
    assert f"{100 * row['lower']:.1f} % to {100 * row['upper']:.1f} %" in outputs
    assert outputs.count("\n| ") == len(whole) + 2


def test_scenarios_are_told_by_what_they_change(document):
    """Item 2.3 is the difference of the scenarios, and nothing else."""
    text = items(document)["2.3"]

    assert "teams.desk.changes.more.add | - | 1" in text
    assert "2026-03-01" in text
    assert "horizon" not in text


def test_parameters_ranges_and_assumptions_are_those_of_the_scenario(document):
    """Each number of the scenario with its range; assumptions are those that are labelled so."""
    found = items(document)

    assert "| teams.desk.fte | 2.5 |" in found["3.3"]
    assert re.search(r"inflows.reform.take\\_up \| 0.5 \| .*triangular", found["3.3"])
    assert "a guess" in found["3.4"]
    assert "a count" in found["3.1"]
    assert "a count" not in found["3.4"]
    assert "Philox" in found["5.2"]
    assert "seed 1" in found["4.3"]


def test_the_page_says_the_same(document, tmp_path):
    """As HTML: the same headings, a picture of the pathway, names and sources escaped."""
    nasty = capsim.Scenario(**{**SERVICE, "name": "<script>alert(1)</script>", "variants": {}})
    made = capsim.stress_des(capsim.replicate(nasty, n=1, seed=1, jobs=1), tmp_path / "stress.html")
    reader = Reader((tmp_path / "stress.html").read_text(encoding="utf-8"))

    assert [one["text"].split()[0] for one in reader.all("h3")] == ITEMS
    assert reader.all("script") == []
    assert len(reader.all("svg")) == 1
    assert "<script>" not in made
    assert made.html == (tmp_path / "stress.html").read_text(encoding="utf-8")
    assert document.save(tmp_path / "stress.md").read_text(encoding="utf-8") == document


def test_a_saved_result_has_the_same_document(comparison, document, tmp_path):
    """The directory that `save` wrote stands for the result."""
    comparison.save(tmp_path / "kept")

    assert capsim.stress_des(tmp_path / "kept") == document


def test_other_things_are_refused(comparison, scenario, tmp_path):
    """A scenario has no runs yet; a path has one of two endings."""
    with pytest.raises(ValueError, match="result = Scenario: must be replications"):
        capsim.stress_des(scenario)
    with pytest.raises(ValueError, match=r"the document is .md or .html"):
        capsim.stress_des(comparison, tmp_path / "stress.docx")
