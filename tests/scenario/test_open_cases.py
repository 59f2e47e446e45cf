"""Lists of open cases in files: read, written again, and every mistake by line and column."""

from __future__ import annotations

import pytest

import capsim

SERVICE = """
start = 2026-01-05
horizon = "8 weeks"
{initial}
[teams.desk]
fte = 2
[stages.intake]
team = "desk"
work = "1 h"
[stages.guidance]
team = "desk"
caseworker = true
visits = 3
gap = "7 days"
work = "1 h"
[inflows.regular]
rate.per_month = 10
"""
LIST = """case;stage;since;applied;worker;visits_done;last_visit;next_visit
2025/17;guidance;2025-11-03;2025-09-01;Ann;2;2025-12-30 14:30;
2025/99;intake;2025-12-29;;;;;
"""


def loaded(tmp_path, listed, initial='initial = "open.csv"'):
    """The service with such a list beside it."""
    (tmp_path / "open.csv").write_text(listed, encoding="utf-8")
    (tmp_path / "service.toml").write_text(SERVICE.format(initial=initial), encoding="utf-8")
    return capsim.load(tmp_path / "service.toml")


def mistakes(tmp_path, listed):
    """What is said of a list."""
    with pytest.raises(capsim.ScenarioError) as error:
        loaded(tmp_path, listed)
    return [str(mistake) for mistake in error.value.mistakes]


def test_a_list_is_read_and_saved_beside_the_scenario(tmp_path):
    """The same scenario comes back, with its file; names go into the tables."""
    scenario = loaded(tmp_path, LIST)
    assert len(scenario.open_cases) == 2
    run = capsim.simulate(scenario, seed=1, engine="simpy")
    assert run.stays["case"].tolist()[:2] == ["2025/17", "2025/99"]
    assert run.stays["worker"][0] == "main/desk/Ann"

    (tmp_path / "saved").mkdir()
    scenario.save(tmp_path / "saved" / "again.toml")
    assert (tmp_path / "saved" / "open.csv").is_file()
    assert 'files = "open.csv"' in (tmp_path / "saved" / "again.toml").read_text()
    again = capsim.load(tmp_path / "saved" / "again.toml")
    assert again == scenario
    assert again.hash == scenario.hash


def test_a_list_stands_beside_counts(tmp_path):
    """`initial.files` and numbers for another stage."""
    initial = 'initial.files = "open.csv"\ninitial.intake.cases = 4'
    scenario = loaded(tmp_path, LIST, initial)
    numbers = {(one.stage, one.is_listed): one.cases for one in scenario.initial_cases()}
    assert numbers == {("intake", False): 4, ("guidance", True): 1, ("intake", True): 1}


def test_mistakes_are_named_by_line_and_column(tmp_path):
    """All of a file at once, each with what to write."""
    said = mistakes(
        tmp_path,
        "case,stage,since,visits_done\n"
        "A,intake,31/12/2025,\n"
        "A,guidance,2025-12-01,some\n"
        "B,guidance,,1\n"
        "C,guidance\n",
    )
    assert [text.split(":")[0] for text in said] == [
        "initial = \"open.csv, line 2, since '31/12/2025'\"",
        "initial = \"open.csv, line 3, visits_done 'some'\"",
        "initial = \"open.csv, line 4, since ''\"",
        "initial = 'open.csv, line 5'",
        "initial = \"open.csv, line 3, case 'A'\"",
    ]
    assert all("; " in text for text in said)


@pytest.mark.parametrize(
    ("row", "wanted"),
    [
        ("A,guidence,2025-12-01,,,,,", "stage 'guidence'\": there is no such stage; did you mean"),
        ("A,intake,2026-01-05,,,,,", "is not before the first day, 2026-01-05"),
        ("A,intake,2025-12-01,2025-12-02,,,,", "is after since"),
        ("A,guidance,2025-12-01,,,1,2025-11-01,", "is not between since and the first day"),
        ("A,guidance,2025-12-01,,,0,2025-12-03,", "visits_done is 0"),
        ("A,guidance,2025-12-01,,,,,2026-02-01", "nobody has this case"),
    ],
)
def test_contradictions_are_named_by_case(tmp_path, row, wanted):
    """References, and times that cannot be."""
    head = "case,stage,since,applied,worker,visits_done,last_visit,next_visit\n"
    (said,) = mistakes(tmp_path, head + row + "\n")
    assert "case 'A'" in said
    assert wanted in said


def test_more_names_than_seats_are_a_mistake(tmp_path):
    """Two seats, three names."""
    rows = "".join(
        f"{k},guidance,2025-12-01,{name}\n" for k, name in enumerate(["Ann", "Bo", "Cy"])
    )
    scenario = loaded(tmp_path, "case,stage,since,worker\n" + rows)
    with pytest.raises(capsim.ScenarioError, match="has 2 seats on the first day, and the list 3"):
        capsim.simulate(scenario, seed=1, engine="simpy")


@pytest.mark.parametrize("dates", [{"from": ["2026-02-01", None]}, {"until": ["2025-12-31", None]}])
def test_a_case_of_somebody_who_is_not_there_is_a_mistake(tmp_path, dates):
    """The list of workers says that Ann comes later, or has left; the open list that she has A."""
    scenario = loaded(tmp_path, "case,stage,since,worker\nA,guidance,2025-12-01,Ann\n")
    staff = {"name": ["Ann", "Bo"], "fte": [1, 1], **dates}
    with pytest.raises(capsim.ScenarioError, match=r"'Ann': teams\.\w+\.workers has a contract"):
        capsim.simulate(scenario.with_({"teams.desk.workers": staff}), seed=1, engine="simpy")


def test_names_of_a_run_keep_apart(tmp_path):
    """A list that was written from a run has its names; the new run's own stay what they are."""
    scenario = loaded(tmp_path, "case,stage,since\nregular/rate/0,intake,2025-12-30\n")
    cases = capsim.simulate(scenario, seed=1, engine="simpy").cases["case"]
    assert cases[0] == "open/regular/rate/0"
    assert cases.is_unique
