"""Places instead of FTE: what is read, what is dealt, and what is refused with a remedy."""

from typing import Any

import pytest

import capsim
from capsim.scenario import ScenarioError
from capsim.scenario.tables.copies import fte_by_copy
from capsim.scenario.tables.stages import Room

HOUSE: dict[str, Any] = {
    "start": "2026-01-05",
    "horizon": "1 year",
    "teams": {"homes": {"places": 12}, "social": {"fte": 2}},
    "stages": {
        "intake": {"team": "social", "work": "1 h"},
        "home": {"team": "homes", "stay": "3 months"},
    },
    "inflows": {"a": {"rate": {"per_month": 4}}},
}


def mistakes_of(changes: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Path, rule and remedy of each mistake of the house with values put at dotted paths."""
    raw = capsim.Scenario(**HOUSE).to_dict()
    for path, value in changes.items():
        node = raw
        *tables, last = path.split(".")
        for table in tables:
            node = node.setdefault(table, {})
        if value is None:
            del node[last]
        else:
            node[last] = value
    with pytest.raises(ScenarioError) as caught:
        capsim.Scenario(**raw)
    return [(one.path, one.rule, one.remedy) for one in caught.value.mistakes]


def test_a_house_is_read_and_written() -> None:
    """Places stay places, and a stage of them is none of workers."""
    scenario = capsim.Scenario(**HOUSE)
    assert capsim.Scenario(**scenario.to_dict()) == scenario
    assert scenario.to_dict()["teams"]["homes"] == {"places": 12}
    assert [stage.kind for stage in scenario.stages.values()] == ["pooled", "places"]
    assert scenario.with_({"teams.homes.places": 15}).teams["homes"].size == 15
    assert len(scenario.check()) == 1  # that the house is empty on the first day


def test_whole_places_are_dealt() -> None:
    """What offices have explicitly comes first, the rest by share, and clusters add up."""
    offices = {
        "o": {"share": 0.5},
        "p": {"share": 0.3},
        "q": {"share": 0.2, "fte": {"homes": 4}},
    }
    scenario = capsim.Scenario(**HOUSE, offices=offices)
    assert fte_by_copy(scenario, "homes") == {"o": 5, "p": 3, "q": 4}
    shared = scenario.with_({"teams.homes.shared": [["o", "p"]]})
    assert fte_by_copy(shared, "homes") == {"o+p": 8, "q": 4}


@pytest.mark.parametrize(
    ("changes", "path", "rule"),
    [
        ({"teams.homes.places": -1}, "teams.homes.places", "must be at least 0"),
        ({"teams.homes.places": 2.5}, "teams.homes.places", "whole number"),
        ({"teams.homes.places": 2_000_000}, "teams.homes.places", "at most"),
        ({"teams.homes.places": None}, "teams.homes.fte", "is missing"),
        ({"teams.homes.places": 0}, "teams.homes.places", "needs staff, or places"),
        ({"teams.homes.fte": 3}, "teams.homes.places", "either fte or places"),
        ({"teams.homes.worker_fte": 0.5}, "teams.homes.worker_fte", "no workers"),
        ({"teams.homes.client_share": 0.5}, "teams.homes.client_share", "no hours"),
        ({"teams.homes.caseload_limit": 2}, "teams.homes.caseload_limit", "one case"),
        ({"teams.homes.discipline": "deadline"}, "teams.homes.discipline", "by priority"),
        ({"teams.homes.weekdays": ["mon"]}, "teams.homes.weekdays", "all days"),
        (
            {"teams.homes.absence": {"ill": {"spells_per_year": 1, "length": "3 days"}}},
            "teams.homes.absence",
            "never absent",
        ),
        (
            {"teams.homes.turnover": {"per_year": 0.1, "vacancy": "9 days"}},
            "teams.homes.turnover",
            "do not leave",
        ),
        (
            {"teams.homes.changes": {"c": {"at": "2026-03-01", "add": 0.5}}},
            "teams.homes.changes.c.add",
            "whole",
        ),
        (
            {"teams.homes.changes": {"c": {"at": "2026-03-01", "add": 5, "filled": 0.5}}},
            "teams.homes.changes.c.filled",
            "nobody has to be found",
        ),
        (
            {
                "teams.homes.changes": {
                    "c": {
                        "decided": "2026-03-01",
                        "add": 5,
                        "lead": {"law": "exponential", "mean": "30 days"},
                    }
                }
            },
            "teams.homes.changes.c.lead",
            "open together",
        ),
        ({"stages.home.work": "1 h"}, "stages.home.work", "places do none"),
        ({"stages.home.visits": 3}, "stages.home.visits", "nobody visits"),
        ({"stages.home.gap": "3 days"}, "stages.home.gap", "between visits"),
        ({"stages.home.no_show": {"share": 0.1}}, "stages.home.no_show", "missed"),
        ({"stages.home.partner": 0.1}, "stages.home.partner", "does visits"),
        ({"stages.home.closing": {"probability": 0.1}}, "stages.home.closing", "follows visits"),
        ({"stages.home.caseworker": True}, "stages.home.caseworker", "not workers"),
        ({"stages.home.stay": None}, "stages.home.stay", "needs a stay"),
        ({"stages.home.team": "social"}, "stages.home.work", "needs work"),
        (
            {"inflows.a.stages": {"home": {"work": "1 h"}}},
            "inflows.a.stages.home.work",
            "places do none",
        ),
        (
            {"offices": {"o": {"share": 1.0, "fte": {"homes": 1.5}}}},
            "offices.o.fte.homes",
            "whole",
        ),
    ],
)
def test_what_does_not_go_with_places_is_refused(
    changes: dict[str, Any], path: str, rule: str
) -> None:
    """By its path, with the rule, and with what to write instead."""
    found = mistakes_of(changes)
    assert [one for one in found if one[0] == path and rule in one[1] and one[2]], found


def test_room_is_a_number_or_a_table() -> None:
    """A bare number is written as it was read, a table that says no more as a number."""
    for written, room in ((5, 5), ({"places": 5}, 5), ({"places": 5, "turn_away": "last"}, 5)):
        scenario = capsim.Scenario(**HOUSE).with_({"stages.home.room": written})
        assert scenario.to_dict()["stages"]["home"]["room"] == room
        assert scenario.stages["home"].room == Room(places=5)
    table = {"places": 5, "turn_away": "least_urgent"}
    scenario = capsim.Scenario(**HOUSE).with_({"stages.home.room": table})
    assert scenario.to_dict()["stages"]["home"]["room"] == table
    assert capsim.Scenario(**scenario.to_dict()) == scenario


@pytest.mark.parametrize(
    ("room", "path"),
    [
        (-1, "stages.home.room"),
        (2.5, "stages.home.room"),
        ({"places": -1}, "stages.home.room.places"),
        ({"turn_away": "last"}, "stages.home.room.places"),
        ({"places": 3, "turn_away": "oldest"}, "stages.home.room.turn_away"),
        ({"places": 3, "turnaway": "last"}, "stages.home.room.turnaway"),
    ],
)
def test_a_room_that_makes_no_sense_is_refused(room: Any, path: str) -> None:
    """By its path, with a remedy."""
    found = mistakes_of({"stages.home.room": room})
    assert [one for one in found if one[0].startswith(path) and one[2]], found


SHELTER = {
    "teams.shelter": {"places": 2},
    "stages.shelter": {"team": "shelter", "stay": "30 days", "keep_place": True},
}


def test_a_place_is_kept_for_another_team_only() -> None:
    """Read and written; a warning where nobody waits for a place of another team."""
    scenario = capsim.Scenario(**HOUSE).with_(
        {**SHELTER, "stages.shelter.next": {"home": 1.0}, "stages.home.next": {"out": 1.0}}
    )
    assert capsim.Scenario(**scenario.to_dict()) == scenario
    assert not [line for line in scenario.check() if "keep_place" in line]
    alone = scenario.with_({"stages.shelter.next": {"out": 1.0}})
    assert [line for line in alone.check() if "stages.shelter.keep_place: no other team" in line]


@pytest.mark.parametrize(
    ("changes", "path", "rule"),
    [
        ({"stages.intake.keep_place": True}, "stages.intake.keep_place", "has a place to keep"),
        (
            {"stages.pause": {"stay": "3 days", "keep_place": True}},
            "stages.pause.keep_place",
            "has a place to keep",
        ),
        ({"stages.home.keep_place": "yes"}, "stages.home.keep_place", "true or false"),
        (
            {
                **SHELTER,
                "stages.home.keep_place": True,
                "stages.home.next": {"shelter": 0.5, "out": 0.5},
                "stages.shelter.next": {"home": 1.0},
            },
            "keep_place",
            "kept in a ring, ",
        ),
    ],
)
def test_what_cannot_be_kept_is_refused(changes: dict[str, Any], path: str, rule: str) -> None:
    """Without a place, or in a ring in which everybody would wait for everybody."""
    found = mistakes_of(changes)
    assert [one for one in found if path in one[0] and rule in one[1] and one[2]], found


def test_more_places_than_there_are_cannot_go() -> None:
    """The plan says which office would have fewer than none."""
    scenario = capsim.Scenario(**HOUSE).with_(
        {"teams.homes.changes": {"cut": {"at": "2026-03-01", "add": -13}}}
    )
    with pytest.raises(ScenarioError, match="main would lose more places than the 12"):
        capsim.simulate(scenario, seed=1, engine="simpy")


def test_the_load_of_places_is_told() -> None:
    """Four a month for three months are twelve of twelve places; no hours are asked of them."""
    row = next(one for one in capsim.Scenario(**HOUSE).describe().teams if one.team == "homes")
    assert row.places == 12
    assert row.places_utilization == pytest.approx(1.0, abs=0.01)
    assert (row.load_hours, row.available_hours, row.fte) == (0, 0, 0)
    assert row.binding == "places"
