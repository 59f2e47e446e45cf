"""Triggers: what is refused, warned about, written back, and where it stands in the schema."""

from __future__ import annotations

from typing import Any

import pytest

from capsim.scenario import Scenario, ScenarioError, json_schema, load

BASE: dict[str, Any] = {
    "start": "2026-01-05",
    "horizon": "20 weeks",
    "teams": {"desk": {"fte": 2}, "homes": {"places": 3}, "idle": {"fte": 1}},
    "stages": {
        "intake": {"team": "desk", "work": "1 h"},
        "home": {"team": "homes", "stay": "30 days"},
        "pause": {"stay": "5 days"},
    },
    "inflows": {"regular": {"rate": {"per_day": 1}}},
}
GOOD: dict[str, Any] = {
    "when": "waiting[intake] > 60",
    "for": "2 weeks",
    "until": "waiting[intake] < 30",
    "at_most": "6 months",
    "change": {"team": "desk", "add": 2, "lead": "1 week"},
}


def triggered(scenario: dict[str, Any] | None = None, **more: Any) -> Scenario:
    """The service with one trigger; None takes a field away."""
    trigger = {name: value for name, value in (GOOD | more).items() if value is not None}
    return Scenario(**BASE | (scenario or {}) | {"triggers": {"summer": trigger}})


def change(**more: Any) -> dict[str, Any]:
    """Another change."""
    return {"change": GOOD["change"] | more}


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no comparison": ({"when": "waiting[intake] = 60"}, "when = 'waiting[intake] = 60': is no"),
    "no number": ({"when": "waiting[intake] > many"}, "write 'waiting[STAGE] > 60', say"),
    "another word": ({"when": "wating[intake] > 60"}, "did you mean 'waiting'?"),
    "a number": ({"when": 60}, "when = 60: must be a text; write it in quotes"),
    "a huge list": ({"when": "waiting[intake] > 1234567890123"}, "no list is so long"),
    "no such stage": ({"until": "waiting[intak] < 3"}, "until = 'intak': there is no such stage"),
    "no queue": ({"when": "waiting[pause] > 3"}, "write open[pause]"),
    "no decision": ({"when": "pending[intake] > 3"}, "write open[intake], or give the stage a"),
    "no such team": ({"when": "caseload_per_fte[desc] > 3"}, "did you mean 'desk'?"),
    "an idle team": ({"when": "caseload_per_fte[idle] > 3"}, "no stage uses that team"),
    "places": ({"when": "caseload_per_fte[homes] > 3"}, "a team of places has no FTE"),
    "flapping": ({"until": "waiting[intake] > 50"}, "as in waiting[intake] < 50"),
    "for in workdays": ({"for": "10 workdays"}, "for = '10 workdays': is counted from Monday"),
    "for in hours": ({"for": "12 h"}, "write weeks, as in '2 weeks'"),
    "for as a number": ({"for": 2}, "for = 2:"),
    "at most nothing": ({"at_most": "0 days"}, "at_most = '0 days': nobody would ever come"),
    "at most too short": ({"at_most": "1 week"}, "make it longer than change.lead"),
    "at most as a number": ({"at_most": 26}, "at_most = 26:"),
    "nobody": (change(add=0), "change.add = 0: must be above 0"),
    "fewer": (change(add=-1), "change.add = -1: must be above 0"),
    "too little": (change(add=0.05), "a worker would be below 0.1 FTE"),
    "an army": (change(add=1e9), "workers, more than"),
    "no team": (change(team="desks"), "change.team = 'desks': there is no such team"),
    "beds": (change(team="homes"), "has places, and a reserve is of workers"),
    "lead as a number": (change(lead=1), "change.lead = 1:"),
    "a negative lead": (change(lead="-1 week"), "a duration cannot be negative"),
    "of_all as text": ({"of_all": "yes"}, "of_all = 'yes': must be true or false"),
    "another field": ({"unless": "waiting[intake] < 3"}, "unless"),
}


@pytest.mark.parametrize("wrong", REFUSED)
def test_it_is_refused_by_path_with_a_remedy(wrong):
    """Each with the path of the field, and what to write instead."""
    fields, said = REFUSED[wrong]
    with pytest.raises(ScenarioError) as error:
        triggered(**fields)
    assert said in str(error.value)
    assert all(mistake.remedy for mistake in error.value.mistakes)


def test_working_days_hold_for_reserves():
    """A reserve of whole days on one day a week is more than a full day."""
    teams = BASE["teams"] | {"desk": {"fte": 0.2, "worker_fte": 1, "weekdays": ["wed"]}}
    with pytest.raises(ScenarioError, match=r"triggers\.summer"):
        triggered({"teams": teams})


def test_it_is_written_back(tmp_path):
    """What was written comes back, from plain data and from a file; overrides reach into it."""
    scenario = triggered()
    assert scenario.to_dict()["triggers"] == {"summer": GOOD}
    scenario.save(tmp_path / "plan.toml")
    assert load(tmp_path / "plan.toml") == scenario
    more = scenario.with_({"triggers.summer.change.add": 3, "triggers.summer.for": None})
    assert more.triggers["summer"].change.add == 3
    assert more.triggers["summer"].mondays == 1
    assert scenario.triggers["summer"].mondays == 3
    assert "triggers" not in Scenario(**BASE).to_dict()


@pytest.mark.parametrize(("text", "mondays"), [("7 days", 2), ("10 days", 3), ("1 month", 6)])
def test_any_length_is_counted_in_mondays(text, mondays):
    """So many Mondays in a row span at least the length."""
    assert triggered(**{"for": text}).triggers["summer"].mondays == mondays


def test_what_is_probably_not_meant():
    """Staff that nothing sends home, one office for all, and more Mondays than there are."""
    said = "\n".join(triggered(until=None, at_most=None, of_all=True, **{"for": "1 year"}).check())
    assert "triggers.summer: nothing sends the extra staff home again; write until = " in said
    assert "triggers.summer.of_all: there is one office only" in said
    assert "triggers.summer.for: the run has 20 Mondays, so nobody is ever called" in said
    assert not [line for line in triggered().check() if "triggers" in line]


def test_the_schema_knows_every_field():
    """Names as they are written, each with a description."""
    tables = json_schema()["$defs"]
    assert set(tables["Trigger"]["properties"]) == {
        "when", "for", "until", "at_most", "change", "of_all",
    }  # fmt: skip
    for table in ("Trigger", "Extra"):
        assert all(field["description"] for field in tables[table]["properties"].values())


def test_offices_have_no_plans_of_their_own():
    """A setting of one office that would change nothing is refused."""
    offices = {"a": {"share": 0.5}, "b": {"share": 0.5, "set": {"triggers.summer.of_all": True}}}
    with pytest.raises(ScenarioError, match=r"offices\.b\.set"):
        triggered({"offices": offices})
