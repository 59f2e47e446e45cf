"""Lists of workers: who each is, with what contract, from when and until when, and where."""

import contextlib
import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import capsim
from capsim.plan import compile_plan
from compiled_only import needs_compiler

DAY = datetime.date
START = DAY(2026, 1, 5)


def service(workers, **team):
    """A team with a list, or several offices of it."""
    offices = team.pop("offices", {})
    return capsim.Scenario(
        start=START,
        horizon="4 months",
        teams={"desk": {"workers": workers, **team}},
        stages={
            "help": {
                "team": "desk",
                "caseworker": True,
                "visits": 3,
                "work": "2 h",
                "gap": "14 days",
            }
        },
        inflows={"regular": {"rate": {"per_month": 40}}},
        offices=offices,
    )


PEOPLE = {
    "name": ["Ann", "Bea", "Cas", "Doc"],
    "hours": [30.4, 38, 19, 38],
    "from": [None, None, DAY(2026, 2, 2), DAY(2020, 1, 1)],
    "until": [None, DAY(2026, 3, 1), None, DAY(2025, 6, 1)],
}


@pytest.mark.parametrize("engine", ["simpy", pytest.param("compiled", marks=needs_compiler)])
def test_contracts_are_those_of_the_list(engine):
    """Hours of 38 a week are FTE; who comes and goes does so on the day; who has gone is nobody."""
    workers = capsim.simulate(service(PEOPLE), seed=1, engine=engine).workers.set_index("worker")

    assert list(workers.index) == ["main/desk/Ann", "main/desk/Bea", "main/desk/Cas"]
    assert workers["fte"].tolist() == [0.8, 1.0, 0.5]
    assert workers["hired"].tolist() == [0, 0, 28]
    # The first of March is a Sunday: the office opens on the day after.
    assert workers["left"].tolist()[1] == 56
    assert workers["left"].isna().tolist() == [True, False, True]


def test_posts_of_the_first_day_follow_from_the_list():
    """They are written nowhere, and those of another first day are others."""
    scenario = service(PEOPLE)

    assert scenario.teams["desk"].fte == pytest.approx(1.8)
    assert "fte" not in scenario.to_dict()["teams"]["desk"]
    assert scenario.with_({"start": "2026-02-09"}).teams["desk"].fte == pytest.approx(2.3)
    assert scenario.with_({"start": "2026-03-09"}).teams["desk"].fte == pytest.approx(1.3)


def test_more_posts_than_names_are_seats_without_a_name():
    """The rest is split as any team, and cuts take the highest seats first."""
    scenario = service(PEOPLE, fte=3.0)
    names = capsim.simulate(scenario, seed=1, engine="simpy").workers
    assert names["worker"].tolist() == [
        "main/desk/Ann", "main/desk/Bea", "main/desk/3", "main/desk/4", "main/desk/Cas",
    ]  # fmt: skip
    assert names["fte"].tolist() == [0.8, 1.0, 0.6, 0.6, 0.5]
    cut = scenario.with_({"teams.desk.changes.c": {"at": "2026-02-10", "add": -1.0}})
    left = capsim.simulate(cut, seed=1, engine="simpy").workers.set_index("worker")["left"]
    assert left["main/desk/Cas"] == 36


def test_names_take_seats_of_the_same_list():
    """A worker of an open case is the one of the list, not another."""
    files = {"case": ["x", "y"], "stage": ["help"] * 2, "since": [-9, -9],
             "worker": ["Bea", "Zoe"], "visits_done": [1, 1]}  # fmt: skip
    scenario = service(PEOPLE, fte=3.0).with_({"initial": {"files": files}})
    stays = capsim.simulate(scenario, seed=1, engine="simpy").stays.set_index("case")

    assert compile_plan(scenario).seat_names == {
        (0, 1): "Ann", (0, 2): "Bea", (0, 3): "Zoe", (0, 5): "Cas",
    }  # fmt: skip
    assert {"main/desk/Bea", "main/desk/Zoe"} <= set(stays["worker"])


def test_offices_have_the_workers_who_sit_there():
    """Each copy has its names; what is left is split by share."""
    people = {"name": ["Ann", "Bea"], "fte": [1.0, 0.5], "office": ["genk", "as"]}
    offices = {"genk": {"share": 0.75}, "as": {"share": 0.25}}
    scenario = service(people, offices=offices)
    workers = capsim.simulate(scenario, seed=1, engine="simpy").workers
    assert dict(zip(workers["worker"], workers["fte"], strict=True)) == {
        "genk/desk/Ann": 1.0, "as/desk/Bea": 0.5,
    }  # fmt: skip
    more = service(people, offices=offices, fte=3.5)
    workers = capsim.simulate(more, seed=1, engine="simpy").workers
    assert workers.groupby("office")["fte"].sum().to_dict() == {"genk": 2.5, "as": 1.0}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"fte": 1}, "more names than seats: workers of the first day have 0.8 FTE more"),
        ({"workers": {**PEOPLE, "name": ["Ann", "Ann", "Cas", "Doc"]}}, "'Ann'.*stands twice"),
        ({"workers": {**PEOPLE, "hours": [1, 38, 19, 38]}}, "'Ann'.*has 0.0263 FTE"),
        ({"workers": {**PEOPLE, "fte": [1.0, 1.0, 1.0, 1.0]}}, "needs fte or hours, one of them"),
        ({"workers": {"name": ["Ann"]}}, "needs fte or hours"),
        ({"workers": {"name": ["a/b"], "fte": [1.0]}}, "has a / in the name"),
        ({"workers": {"name": ["A"], "fte": [1.0], "office": ["as"]}}, "no office 'as'"),
        ({"workers": {"name": ["A"], "fte": [1.0, 2.0]}}, "2 entries for 1 workers"),
        ({"workers": {"name": ["A"], "fte": [1.0], "from": ["soon"]}}, "is not a date"),
        ({"workers": "nowhere.csv"}, "there is no such file"),
    ],
)
def test_mistakes_are_named(changed, said):
    """Worker by worker, in a sentence."""
    given_list = changed.pop("workers", PEOPLE)
    offices = {"genk": {"share": 1.0}} if "office" in str(given_list) else {}
    with pytest.raises(capsim.ScenarioError, match=said):
        service(given_list, offices=offices, **changed)


def test_a_name_that_is_the_number_of_another_seat():
    """It would be two workers in one table."""
    people = {"name": ["2"], "fte": [1.0]}
    with pytest.raises(capsim.ScenarioError, match="is the number of a seat without a name"):
        compile_plan(service(people, fte=2.0))
    assert compile_plan(service(people)).seat_names == {(0, 1): "2"}


def test_several_offices_need_to_be_told():
    """Where each office has its own copy of the team."""
    offices = {"genk": {"share": 0.75}, "as": {"share": 0.25}}
    with pytest.raises(capsim.ScenarioError, match=r"'Ann'.*has no office"):
        service({"name": ["Ann"], "fte": [1.0]}, offices=offices)
    shared = service({"name": ["Ann"], "fte": [1.0]}, offices=offices, shared=True)
    assert compile_plan(shared).seat_names == {(0, 1): "Ann"}


def test_a_list_in_a_file(tmp_path):
    """CSV with commas for decimals; saved beside the scenario, and the same again."""
    (tmp_path / "staff.csv").write_text(
        "name;hours;from;until\nAnn;30,4;;\nBea;38;;2026-03-01\nCas;19;2026-02-02;\n"
        "Doc;38;2020-01-01;2025-06-01\n"
    )
    file = tmp_path / "s.toml"
    service(PEOPLE).save(file)
    text = file.read_text()
    line = next(one for one in text.splitlines() if one.startswith("workers"))
    file.write_text(text.replace(line, 'workers = "staff.csv"'))
    scenario = capsim.load(file)

    assert scenario.hash == service(PEOPLE).hash
    scenario.save(tmp_path / "out" / "again.toml")
    assert 'workers = "staff.csv"' in (tmp_path / "out" / "again.toml").read_text()
    assert capsim.load(tmp_path / "out" / "again.toml") == scenario


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("who,fte\nAnn,1\n", "there is no such column in a list of workers"),
        ("name\nAnn\n", "has neither fte nor hours"),
        ("name,fte\n", "has no workers"),
        ("name,fte\nAnn,much\n", "line 2, fte 'much'.*is no number"),
        ("name,fte,from\nAnn,1,01/02/2026\n", "line 2, from '01/02/2026'.*is not a date"),
        ("name,fte\n,1\n", "line 2, name ''.*is empty"),
        ("name,fte\nAnn\n", "has 1 cells for 2 columns"),
        ("", "the file is empty"),
    ],
)
def test_mistakes_in_a_file_have_a_line(tmp_path, text, said):
    """All of them at once, with what to write."""
    (tmp_path / "staff.csv").write_text(text)
    file = tmp_path / "s.toml"
    service(PEOPLE).save(file)
    whole = file.read_text()
    line = next(one for one in whole.splitlines() if one.startswith("workers"))
    file.write_text(whole.replace(line, 'workers = "staff.csv"'))
    with pytest.raises(capsim.ScenarioError, match=said):
        capsim.load(file)


@settings(deadline=None, max_examples=50)
@given(st.text(alphabet="name,fteAn1;.-\n\"'x/ \t", max_size=60))
def test_any_text_is_read_or_refused(tmp_path_factory, text):
    """A list, or mistakes in sentences; never another error."""
    from capsim.scenario.files.worker_files import WORKERS

    folder = tmp_path_factory.getbasetemp() / "lists"
    folder.mkdir(exist_ok=True)
    (folder / "staff.csv").write_text("name,fte\n" + text, encoding="utf-8")
    table, mistakes = WORKERS.read(folder, "staff.csv", "teams.desk.workers")
    assert (table is None) == bool(mistakes)
    if table is not None:
        with contextlib.suppress(capsim.ScenarioError):
            assert service(table).teams["desk"].workers is not None
