"""Inputs that once hung, overflowed or ended in a traceback: each is answered with a sentence."""

import datetime
import json
import time
from pathlib import Path
from typing import Any

import pytest

from capsim.plan import compile_plan
from capsim.scenario import Scenario, ScenarioError, load
from capsim.scenario.checks.sizes import sizes_of

DESK = """
start = 2026-01-01
horizon = "2 years"
inflows.regular.rate = { per_month = 24 }
initial.guidance = { cases = 200 }

[teams.social]
fte = 3.2
absence.any = { spells_per_year = 7, length = "9 days" }

[stages.intake]
team = "social"
work = "45 min"

[stages.guidance]
team = "social"
caseworker = true
work = "1 h"
gap = "28 days"
stay = "300 days"
"""


def read(tmp_path: Path, text: str, name: str = "office.toml") -> Scenario:
    """The scenario in a text."""
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return load(path)


def said(tmp_path: Path, text: str, name: str = "office.toml") -> list[str]:
    """Mistakes of a text."""
    with pytest.raises(ScenarioError) as found:
        read(tmp_path, text, name)
    return [str(mistake) for mistake in found.value.mistakes]


UNNAMED = {
    "[teams.social]": ("[teams]", "teams.fte = 3.2: a team needs a name; write [teams.NAME]"),
    "[stages.intake]": (
        "[stages]",
        "stages.team = 'social': a stage needs a name; write [stages.NAME]",
    ),
    "inflows.regular.rate": (
        "inflows.rate",
        None,
    ),
    "initial.guidance": (
        "initial",
        "initial.cases = 200: initial cases need the name of their stage; write [initial.STAGE]",
    ),
    "absence.any": (
        "absence",
        "teams.social.absence.spells_per_year = 7: a kind of absence needs a name; write "
        "[teams.social.absence.NAME]",
    ),
}


@pytest.mark.parametrize("header", UNNAMED)
def test_forgotten_name_is_asked_for(header: str, tmp_path: Path) -> None:
    """One sentence about the name, none about what refers to it."""
    instead, sentence = UNNAMED[header]
    found = said(tmp_path, DESK.replace(header, instead))
    assert found == [sentence] if sentence else found


def test_two_mistakes_in_one_table_are_two_mistakes(tmp_path: Path) -> None:
    """A number for a table, beside a table that lacks its field."""
    text = DESK.replace(
        "initial.guidance = { cases = 200 }", "initial.guidance = 42\ninitial.intake = {}"
    )
    assert said(tmp_path, text) == [
        "initial.guidance = 42: must be a table; write { name = value }",
        "initial.intake.cases: is missing; write a whole number of cases",
    ]


ABSURD: dict[str, dict[str, Any]] = {
    "staff": {"teams.social.fte": 1e18},
    "workers": {"teams.social.fte": 1e7},
    "rate": {"inflows.regular.rate.per_month": 1e300},
    "cases": {"inflows.regular.rate.per_month": 1e7},
    "people": {"inflows.regular.waves.a": {"date": "2026-03-01", "people": 2**63}},
    "horizon": {"horizon": "300 years"},
    "longer horizon": {"horizon": "1e12 years"},
    "first day": {"initial.guidance.cases": 2**63},
    "room": {"stages.intake.room": 2**63},
    "spread": {"stages.intake.work": {"law": "lognormal", "mean": "1 h", "cv": 1e300}},
    "no spread": {"stages.intake.work": {"law": "gamma", "mean": "1 h", "cv": 1e-300}},
    "visits": {"stages.intake.visits": {"law": "geometric", "mean": 1e15}},
    "visits without time between": {"stages.guidance.gap": "1e-9 s"},
    "spells": {"teams.social.absence.any.spells_per_year": 1e10},
    "growth": {"inflows.regular.growth": 100, "horizon": "200 years"},
    "priority": {"stages.intake.priority": 2**63},
    "slow": {"teams.social.client_share": 1e-9},
    "work": {"stages.intake.work": "3000000 h"},
    "growing work": {
        "stages.intake.work": {"law": "fixed", "mean": "1 h", "growth": 100},
        "horizon": "20 years",
    },
    "burden": {"inflows.regular.burden": {"law": "lognormal", "cv": 10.0},
               "stages.intake.work": "200000 h"},
    "weight": {"inflows.regular.case_weight": 3e6},
    "many weights": {"inflows.regular.case_weight": 1e6, "horizon": "50 years"},
    "stay": {"stages.guidance.stay": {"law": "fixed", "mean": "9000 years", "growth": 100},
             "horizon": "20 years"},
    "day": {"calendar.hours_per_day": 1e-300},
}  # fmt: skip


@pytest.mark.parametrize("changes", ABSURD.values(), ids=ABSURD)
def test_absurd_size_is_refused_at_once(changes: dict[str, Any], tmp_path: Path) -> None:
    """A sentence with a remedy in less than two seconds, when read or when compiled."""
    scenario = read(tmp_path, DESK)
    begun = time.process_time()
    with pytest.raises(ScenarioError) as found:
        compile_plan(scenario.with_(changes))
    assert time.process_time() - begun < 2
    assert all(mistake.rule and mistake.remedy for mistake in found.value.mistakes)
    assert max(len(str(mistake)) for mistake in found.value.mistakes) < 300


def test_bounds_of_the_kernels_are_those_of_64_bits(tmp_path: Path) -> None:
    """The largest work whose billionths fit is computed; what is longer is refused."""
    scenario = read(tmp_path, DESK)
    compile_plan(scenario.with_({"stages.intake.work": "2400000 h"}))
    with pytest.raises(ScenarioError, match=r"stages.intake.work = '2600000 h'.*2,500,000 h"):
        compile_plan(scenario.with_({"stages.intake.work": "2600000 h"}))
    with pytest.raises(ScenarioError, match=r"counted exactly up to a weight of [\d,]+"):
        compile_plan(scenario.with_({"inflows.regular.case_weight": 1e6}))


def test_memory_is_asked_for_before_it_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A large scenario is warned about; beyond the memory it is refused, unless told otherwise."""
    large = read(tmp_path, DESK).with_({"inflows.regular.rate.per_month": 300_000})
    assert 2e9 < sizes_of(large).memory < 2e10
    assert any("7,195," in line for line in large.check())
    monkeypatch.setenv("CAPSIM_MEMORY", "1")
    with pytest.raises(ScenarioError, match=r"GB of memory.*CAPSIM_MEMORY"):
        compile_plan(large)
    monkeypatch.setenv("CAPSIM_MEMORY", "64")
    compile_plan(large)


HABITS = {
    "decimal comma": ("fte = 3.2", "fte = 3,2", "fte = 3,2; write 3.2: decimals follow a point"),
    "Belgian date": ("2026-01-01", "01/04/2026", "start = 01/04/2026; write 2026-04-01"),
    "typographic quotes": (
        '"45 min"',
        "\u201c45 min\u201d",
        "work = \u201c45 min\u201d; write straight quotes: \u201c is a typographic one",
    ),
    "no quotes": ('"45 min"', "45 min", 'work = 45 min; write "45 min"'),
    "word": ("true", "True", "caseworker = True; write true"),
}


@pytest.mark.parametrize(("right", "wrong", "sentence"), HABITS.values(), ids=HABITS)
def test_spreadsheet_habits_are_shown_with_their_line(
    right: str, wrong: str, sentence: str, tmp_path: Path
) -> None:
    """The line as it stands, the character that is meant otherwise, and what to write."""
    (found,) = said(tmp_path, DESK.replace(right, wrong, 1))
    assert sentence in found


def test_several_wrong_lines_of_a_file_are_named_together(tmp_path: Path) -> None:
    """A date, a decimal comma and a missing quote are three mistakes, not one after the other."""
    text = DESK.replace("2026-01-01", "01/04/2026").replace("fte = 3.2", "fte = 3,2")
    found = said(tmp_path, text.replace('"45 min"', "45 min"))
    assert [one.rsplit("; ", 1)[1].split(":")[0] for one in found] == [
        "write 2026-04-01",
        "write 3.2",
        'write "45 min"',
    ]
    (alone,) = said(tmp_path, DESK.replace("[teams.social]", "[teams.social"))
    assert "correct that line" in alone


VALUES: dict[str, tuple[dict[str, Any], str]] = {
    "decimal comma": (
        {"teams.social.fte": "3,2"},
        "teams.social.fte = '3,2': must be a number; write 3.2: decimals follow a point, not ','",
    ),
    "thousands": ({"inflows.regular.rate.per_month": "1,000"}, "write 1000, or 1.000 if ','"),
    "Belgian date": ({"start": "01/04/2026"}, "is not a date; write 2026-04-01"),
    "typographic quotes": ({"stages.intake.work": "\u201c45 min\u201d"}, "write straight quotes"),
    "half a quote": ({"stages.intake.work": "'45 min"}, "write ' at the end too, or nowhere"),
    "word": ({"stages.guidance.caseworker": "True"}, "must be true or false; write true"),
    "comma at the end": (
        {"inflows.regular.rate": "{ per_week = 7, }"},
        "must be a table; write { name = value, other = value }, without ',' at the end",
    ),
}


@pytest.mark.parametrize(("changes", "sentence"), VALUES.values(), ids=VALUES)
def test_spreadsheet_habits_are_named_in_overrides_too(
    changes: dict[str, Any], sentence: str, tmp_path: Path
) -> None:
    """One mistake with the remedy of the habit, and none about what hangs on the broken field."""
    with pytest.raises(ScenarioError) as found:
        read(tmp_path, DESK).with_(changes)
    (mistake,) = found.value.mistakes
    assert sentence in str(mistake)


def test_shapes_that_no_reader_survives_are_refused(tmp_path: Path) -> None:
    """Thousands of lists in one another, thousands of digits, a key that stands twice."""
    deep = "[" * 5000 + "]" * 5000
    assert "deep in one another" in said(tmp_path, f"name = {deep}")[0]
    assert "deep in one another" in said(tmp_path, f'{{"name": {deep}}}', "a.json")[0]
    assert "thousands of digits" in said(tmp_path, DESK.replace("3.2", "9" * 5000))[0]
    assert "'start' stands twice" in said(tmp_path, '{"start": 1, "start": 2}', "a.json")[0]
    assert "NaN is no number" in said(tmp_path, '{"start": NaN}', "a.json")[0]


def test_table_that_contains_itself_is_refused() -> None:
    """In Python one can write it; it is found in no time, also if it contains itself twice."""
    ring: list[Any] = []
    ring += [ring, ring]
    with pytest.raises(ScenarioError, match="deep in one another"):
        Scenario(name=ring)


TRACES = {
    "empty cells": (",,,\n,,,\n", "all its cells are empty"),
    "huge day": ("day\n1e308\n", "arr.csv, line 2, day '1e308'\": is above 4,000,000"),
    "row behind empty ones": ("day\n\n,\nx\n", "arr.csv, line 4, day 'x'"),
    "huge work": ("day,work.intake\n1,1e300\n", "line 2, work.intake '1e300'"),
}


@pytest.mark.parametrize(("content", "sentence"), TRACES.values(), ids=TRACES)
def test_cells_of_a_trace_are_named(content: str, sentence: str, tmp_path: Path) -> None:
    """File, line, column and remedy."""
    (tmp_path / "arr.csv").write_text(content)
    text = DESK.replace("{ per_month = 24 }", '{ per_month = 24 }\ninflows.old.trace = "arr.csv"')
    (found,) = said(tmp_path, text)
    assert sentence in found


def test_result_with_a_trace_from_elsewhere_stands_alone(tmp_path: Path) -> None:
    """The copy lies beside the saved scenario under a plain name, and nothing lies outside."""
    for folder in ("scenarios", "data", "more"):
        (tmp_path / folder).mkdir()
    (tmp_path / "data" / "arr.csv").write_text("day\n3\n5\n")
    (tmp_path / "more" / "arr.csv").write_text("day\n4\n")
    text = DESK.replace(
        "initial.",
        'inflows.old.trace = "../data/arr.csv"\ninflows.older.trace = "../more/arr.csv"\ninitial.',
        1,
    )
    scenario = read(tmp_path / "scenarios", text)
    before = set(tmp_path.rglob("*"))
    out = tmp_path / "out" / "results"
    scenario.save(out / "scenario.toml")
    written = {path.name for path in out.iterdir()}
    assert written == {"scenario.toml", "arr.csv", "arr-2.csv"}
    assert set(tmp_path.rglob("*")) - before == {out.parent, out, *out.iterdir()}
    assert load(out / "scenario.toml").hash == scenario.hash


@pytest.mark.parametrize("name", ["../../evil.csv", "/etc/evil.csv", "..", "a\\..\\evil.csv"])
def test_name_of_a_trace_leads_nowhere(name: str, tmp_path: Path) -> None:
    """A name with folders in it, in data that somebody sent, is only a name."""
    raw = read(tmp_path, DESK).to_dict()
    raw["inflows"]["old"] = {"trace": {"file": name, "when": [1, 2]}}
    out = tmp_path / "a" / "b" / "c"
    before = set(tmp_path.rglob("*"))
    Scenario(**raw).save(out / "scenario.toml")
    new = set(tmp_path.rglob("*")) - before - {out.parent, out.parent.parent, out}
    assert {path.parent for path in new} == {out}


def test_no_message_shows_what_stands_in_a_file_elsewhere(tmp_path: Path) -> None:
    """A trace outside the folder of the scenario is named, and not quoted."""
    (tmp_path / "in").mkdir()
    (tmp_path / "secret.txt").write_text("keyhole:x:0\nuser,secret\n")
    (tmp_path / "secret.csv").write_text("day\nsecret\n")
    for name in ("secret.txt", "secret.csv", "none.csv"):
        text = DESK.replace("initial.", f'inflows.old.trace = "../{name}"\ninitial.', 1)
        found = "\n".join(said(tmp_path / "in", text))
        assert name in found
        assert "keyhole" not in found.replace(name, "")
        assert "secret" not in found.replace(name, "")


def test_evidence_with_a_time_can_be_written_everywhere(tmp_path: Path) -> None:
    """A time of day is kept as text: hashed, saved and read again."""
    text = DESK + '[evidence]\n"teams.social.fte" = { value = 08:30:00, source = "x", certainty = '
    scenario = read(tmp_path, text + '"stated" }\n')
    assert scenario.evidence["teams.social.fte"].value == "08:30:00"
    json.dumps(scenario.to_dict())
    scenario.save(tmp_path / "again.toml")
    assert load(tmp_path / "again.toml").to_dict()["evidence"] == scenario.to_dict()["evidence"]
    raw = scenario.to_dict()
    raw["evidence"]["teams.social.fte"]["value"] = datetime.time(9)
    assert json.dumps(Scenario(**raw).to_dict())


def test_what_is_surely_not_meant_is_warned_about(tmp_path: Path) -> None:
    """An inflow without a source, and stages that nobody ever leaves."""
    scenario = read(tmp_path, DESK)
    assert scenario.check() == []
    without = scenario.with_({"inflows.regular.rate": None})
    assert without.check() == [
        "inflows.regular: nobody applies (no rate, counts, waves or trace), initial cases aside"
    ]
    sentence = "stages.{}.next: no way leads from here to an exit: who comes here stays for ever"
    itself = scenario.with_({"stages.guidance.next": {"guidance": 1.0}})
    assert itself.check() == [sentence.format("intake")]
    ring = scenario.with_({"stages.guidance.next": {"intake": 1.0}})
    assert ring.check() == [sentence.format("intake")]
    patient = ring.with_({"stages.guidance.patience": "30 days"})
    assert patient.check() == []


def test_thousand_stages_are_read_and_checked_in_seconds() -> None:
    """A pathway of a thousand stages: made, checked and shown within two seconds."""
    stages = {f"s{number}": {"team": "t", "work": "1 h"} for number in range(1000)}
    raw = {"start": "2026-01-01", "horizon": "1 year", "teams": {"t": {"fte": 9}},
           "stages": stages, "inflows": {"a": {"rate": {"per_month": 3}}}}  # fmt: skip
    begun = time.process_time()
    scenario = Scenario.model_validate(raw)
    assert scenario.check() == []
    assert "1000 stages" in repr(scenario)
    scenario._repr_html_()
    assert time.process_time() - begun < 2
