"""What must hold of money in any service: conservation, Little's law, equal engines, pairs."""

import numpy as np
import pytest

import capsim
from capsim.catalogue import measure_keys
from capsim.draws import deal
from capsim.engines import compiled, reference
from capsim.measures import reference_values
from capsim.plan import compile_plan
from capsim.plan.windows import Ask
from capsim.scenario import ScenarioError


def service(**more):
    """Two offices with a team of their own and one that they share, two inflows, all prices."""
    return capsim.Scenario(
        **{
            "start": "2026-03-01",
            "horizon": "20 months",
            "warm_up": "2 months",
            "teams": {
                "desk": {"fte": 1.2, "turnover": {"per_year": 1, "vacancy": "50 days"},
                         "changes": {"cut": {"at": "2027-01-15", "add": -0.3}}},
                "guides": {"fte": 3, "shared": True},
            },
            "stages": {
                "inquiry": {"team": "desk", "work": "5 h", "deadline": "20 days",
                            "patience": "200 days"},
                "guidance": {"team": "guides", "caseworker": True, "work": "1 h",
                             "gap": "21 days", "stay": {"law": "exponential", "mean": "150 days"},
                             "next": {"work": 0.4, "closed": 0.6}},
            },
            "inflows": {
                "regular": {"rate": {"per_month": 12}},
                "reform": {"waves": {"june": {"date": "2026-06-01", "people": 40}}},
            },
            "initial": {"guidance": {"cases": 12, "age": {"law": "exponential",
                                                          "mean": "500 days"}},
                        "inquiry": {"cases": 9, "age": "15 days"}},
            "offices": {"genk": {"share": 0.7}, "as": {"share": 0.3}},
            "windows": {"summer": {"from": "2026-07-15", "until": "2026-09-03"}},
            "costs": {
                "teams": {"desk": {"post": 70_000}, "guides": {"post": 80_000}},
                "stages": {"inquiry": {"late_day": 35, "late_most": 1_442},
                           "guidance": {"open_month": 1_340}},
                "exits": {"closed": 250, "left": 99},
                "per_inflow": {"reform": {"stages": {"guidance": {"open_month": 1_000},
                                                     "inquiry": {"late_day": 23}},
                                          "exits": {"closed": 0}}},
            },
            "funding": {
                "per_file": {"kind": "open", "stage": "guidance", "per_year": 518},
                "doubled": {"kind": "open", "stage": "guidance", "per_year": 518,
                            "inflows": ["reform"], "years": 1,
                            "joined": {"from": "2026-06-01", "until": "2026-07-01"}},
                "outflow": {"kind": "exit", "exit": "work", "amount": 1_776,
                            "at_least": "4 months", "share_kept": 0.6},
                "reimbursed": {"kind": "cost", "of": "open_month", "per": "quarter",
                               "shares": [1.0, 0.9, 0.9, 0.75]},
            },
            **more,
        }
    )  # fmt: skip


@pytest.fixture(scope="module")
def frames():
    """Money by month of one history on either engine."""
    return {
        engine: capsim.simulate(service(), seed=4, engine=engine).money("1 month")
        for engine in ("simpy", "compiled")
    }


@pytest.mark.parametrize("seed", [1, 2])
def test_engines_agree_to_the_last_bit(seed):
    """Sums of the kernel, made while a run goes, and those of the tables of the other engine."""
    plan, ask = compile_plan(service()), Ask(by="1 quarter", money="1 week")
    luck = deal(plan, seed, 0)
    by_tables = reference_values(reference.run(plan, luck), ask)
    log = compiled.run(plan, luck, detail="measures", ask=ask)
    mine = measure_keys(plan, ask).frame()["kind"].isin(["money", "cost", "funding"]).to_numpy()

    assert mine.sum() > 500
    assert (by_tables[mine] > 0).sum() > 200
    np.testing.assert_array_equal(by_tables[mine], log.totals["values"][mine])


def test_parts_add_up_to_the_whole(frames):
    """Offices, inflows, items and months of either kind add up to what "all" says of them."""
    for frame in frames.values():
        names = ["period", "office", "inflow", "item"]
        for kind, mine in frame.groupby("kind"):
            whole = mine[(mine[names] == "all").all(axis=1)]["amount"].iloc[0]
            single = mine[(mine[names] != "all").all(axis=1)]
            assert whole > 1_000
            assert single["amount"].sum() == pytest.approx(whole, rel=1e-12), kind
            for name in names:
                others = [other for other in names if other != name]
                part = mine[(mine[others] == "all").all(axis=1) & (mine[name] != "all")]
                assert part["amount"].sum() == pytest.approx(whole, rel=1e-12), (kind, name)


def test_a_shared_team_is_a_place_of_its_own(frames):
    """Its posts stand under the names of its offices, and are of no inflow."""
    frame = frames["compiled"]
    posts = frame[(frame["item"] == "teams.guides.post") & (frame["amount"] > 0)]

    assert set(posts["office"]) == {"all", "genk+as"}
    assert set(posts["inflow"]) == {"all", "-"}
    # A month of 3 FTE is 3 / 12 of a year, nearly.
    july = posts[(posts["period"] == "2026-07") & (posts["office"] == "all")]
    assert july["posts"].iloc[0] == pytest.approx(3 * 31 / 365, rel=1e-12)


def test_measures_are_the_money_of_their_window():
    """`cost_total` of the last 18 months is the money of those months, and so is funding."""
    run = capsim.simulate(service(), seed=4)
    frame = run.money("1 month")
    whole = frame[(frame[["office", "inflow", "item"]] == "all").all(axis=1)]
    late = whole[whole["period"].between("2026-05", "2027-99")]
    measures = run.measures()
    found = measures[(measures["kind"] == "money") & (measures["window"] == "all")]
    found = found.set_index("measure")["value"]

    for measure, kind in (("cost_total", "cost"), ("funding_total", "funding")):
        total = late[late["kind"] == kind]["amount"].sum()
        assert found[measure] == pytest.approx(total, rel=1e-12)
    assert 0 < found["funded_share"] < 1
    assert run.by("cost_total", every="1 month")["value"].to_numpy() == pytest.approx(
        late[late["kind"] == "cost"]["amount"].to_numpy(), rel=1e-12
    )


def test_funding_for_each_open_file_is_littles_law():
    """A file a year is worth 518, so a year pays 518 times the mean number of open files."""
    scenario = service(
        warm_up="10 months",
        windows={"year": {"from": "2027-01-01", "until": "2027-11-01"}},
        funding={"per_file": {"kind": "open", "stage": "guidance", "per_year": 518}},
    )
    measures = capsim.simulate(scenario, seed=2, detail="measures").measures()
    here = measures[(measures["window"] == "year") & (measures["office"] == "all")]
    here = here[here["inflow"] == "all"]
    open_files = here[(here["measure"] == "in_stage_mean") & (here["of"] == "guidance")]
    paid = here[here["measure"] == "funding_total"]["value"].iloc[0]

    assert open_files["value"].iloc[0] > 20
    assert paid == pytest.approx(518 * open_files["value"].iloc[0] * 304 / 365, rel=1e-12)


def test_replications_tell_of_means_with_intervals():
    """The amount is the mean of the runs, by year from what was collected, by month from more."""
    found = capsim.replicate(service(), n=3, seed=4, jobs=1)
    runs = [capsim.simulate(service(), seed=4, replication=r) for r in range(3)]
    for every in ("1 year", "1 month"):
        frame = found.money(every)
        single = [run.money(every) for run in runs]
        keys = ["period", "office", "inflow", "item", "kind"]
        assert frame[keys].equals(single[0][keys])
        mean = np.mean([one["amount"].to_numpy() for one in single], axis=0)
        assert frame["amount"].to_numpy() == pytest.approx(mean, rel=1e-12)
        assert (frame["lower"] <= frame["amount"]).all()
        assert (frame["n"] == 3).all()
    assert "money" not in set(found.summary()["measure"])
    assert "join outside this window" in repr(found)


def test_money_is_kept_with_a_result(tmp_path):
    """What is read back tells the same; other periods are simulated again."""
    found = capsim.replicate(service(), n=2, seed=4, jobs=1)
    found.save(tmp_path / "result")
    again = capsim.load_result(tmp_path / "result")

    assert again.money().equals(found.money())
    assert again.money("1 quarter").equals(found.money("1 quarter"))


def test_differences_are_those_of_pairs_on_the_same_luck():
    """Two posts more cost two posts more for certain; a scenario without money has none."""
    now = service()
    more = now.with_({"teams.guides.fte": 5})
    free = now.with_({"costs": None, "funding": None})
    found = capsim.compare({"now": now, "more": more, "free": free}, n=3, seed=4, jobs=1)
    frame = found.money()
    whole = frame[(frame[["period", "office", "inflow"]] == "all").all(axis=1)]
    posts = whole[whole["item"] == "teams.guides.post"].set_index("scenario")
    days = 306 / 365 + 304 / 365

    assert posts.loc["more", "difference"] == pytest.approx(2 * 80_000 * days, rel=1e-9)
    assert posts.loc["more", "upper"] == pytest.approx(posts.loc["more", "lower"], rel=1e-9)
    assert posts.loc["now", "difference"] == 0
    assert posts.loc["free", "amount"] == 0
    assert posts.loc["free", "difference"] == -posts.loc["now", "amount"]
    assert "\n    more " in repr(found)


def test_sensitivity_knows_money():
    """Costs are an outcome that inputs move."""
    found = capsim.sensitivity(
        service(), {"costs.teams.desk.post": (60_000.0, 80_000.0)}, "cost_total", method="oat",
        replications=2, seed=1, jobs=1,
    )  # fmt: skip
    effect = found.to_frame().set_index("index")["value"]

    assert effect["high"] > 0 > effect["low"]


def test_without_prices_there_is_no_money():
    """Neither rows of measures nor amounts; asking says what to write."""
    free = service(costs={}, funding={})
    run = capsim.simulate(free, seed=1, engine="simpy")

    assert not run.measures()["kind"].isin(["money"]).any()
    assert free.hash == service(costs={"currency": "EUR"}, funding={}).hash
    with pytest.raises(ValueError, match=r"nothing in .* has a price; add \[costs\]"):
        run.money()
    with pytest.raises(ValueError, match=r"every = '1 day' must be one of '1 week'"):
        capsim.simulate(service(), seed=1, engine="simpy").money("1 day")


WRONG = {
    "costs.teams.dsk.post": ({"costs": {"teams": {"dsk": {"post": 1}}}}, "did you mean 'desk'"),
    "costs.teams.desk.post": ({"costs": {"teams": {"desk": {"post": -1}}}}, "must be at least 0"),
    "costs.stages": ({"costs": {"stages": {"x": {"open_month": 1}}}}, "there is no such stage"),
    "late_day": (
        {"costs": {"stages": {"guidance": {"late_day": 1}}}}, "has no deadline, so nobody is late"
    ),
    "late_most": (
        {"costs": {"stages": {"inquiry": {"late_most": 1}}}}, "a price that there is not"
    ),
    "costs.exits": ({"costs": {"exits": {"wrk": 1}}}, "did you mean 'work'"),
    "per_inflow": (
        {"costs": {"per_inflow": {"rform": {"exits": {"work": 1}}}}}, "did you mean 'reform'"
    ),
    "kind": ({"funding": {"a": {"kind": "opened"}}}, "did you mean 'open'"),
    "needs": ({"funding": {"a": {"kind": "open", "stage": "guidance"}}}, "write per_year = 518"),
    "belongs": (
        {"funding": {"a": {"kind": "exit", "exit": "work", "amount": 1, "years": 2}}},
        'is no field of kind = "exit"',
    ),
    "of": (
        {"costs": {}, "funding": {"a": {"kind": "cost", "of": "open_month", "shares": [1.0]}}},
        "nothing has this price",
    ),
    "joined": (
        {"funding": {"a": {"kind": "open", "stage": "guidance", "per_year": 1,
                           "joined": {"from": "2026-05-01", "until": "2026-05-01"}}}},
        "must lie after 2026-05-01",
    ),
    "years": (
        {"funding": {"a": {"kind": "open", "stage": "guidance", "per_year": 1, "years": 0.3}}},
        "must be a whole number of months",
    ),
    "at_least": (
        {"funding": {"a": {"kind": "exit", "exit": "work", "amount": 1,
                           "at_least": "3 workdays"}}},
        "counts calendar time",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG, ids=str)
def test_mistakes_are_told_with_a_remedy(case):
    """Each wrong table is refused in a sentence that says what to write."""
    changed, said = WRONG[case]
    with pytest.raises(ScenarioError, match=said):
        service(**{"funding": {}, **changed})


def test_a_scenario_with_money_is_written_and_read_again(tmp_path):
    """The file holds all prices, and their evidence goes when one is replaced."""
    scenario = service(
        evidence={"costs.teams.desk.post": {"value": 70_000, "source": "budget",
                                            "certainty": "assumption"}}
    )  # fmt: skip
    scenario.save(tmp_path / "service.toml")

    assert capsim.load(tmp_path / "service.toml") == scenario
    assert not scenario.with_({"costs.teams.desk.post": 1}).evidence
    assert scenario.with_({"funding.per_file.per_year": 600}).funding["per_file"].per_year == 600


def test_the_checker_names_prices_of_nothing():
    """Reserve seats that nobody switches on, and a window after the end of the run."""
    late = {"kind": "open", "stage": "guidance", "per_year": 1, "joined": {"from": "2031-01-01"}}
    scenario = service(costs={"teams": {"desk": {"reserve": 90_000}}}, funding={"later": late})
    said = "\n".join(scenario.check())

    assert "costs.teams.desk.reserve: no seat of the team is a reserve" in said
    assert "funding.later.joined: begins on 2031-01-01, after the end of the run" in said
