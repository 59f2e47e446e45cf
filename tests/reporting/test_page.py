"""The page says what the frames say, and whatever a user wrote in a name stays a text."""

import datetime
import re

import numpy as np
import pytest

import capsim
from capsim.catalogue import Selector
from capsim.reporting.markup.words import LANGUAGES, words_in
from capsim.reporting.numbers.figures import Monthly
from capsim.reporting.numbers.replay import replay_of
from capsim.reporting.page import page_of
from capsim.reporting.parts.answer import answer_of, best_plan, more_posts
from reporting.reading import SEED, SERVICE, N, Reader, data_of, material_for, plain

LATE = "late_share[talks]"


def test_the_answer_is_that_of_the_frames(service, material):
    """Days of the wave and of others, lateness with luck, the base: as `replicate` gives them."""
    words = words_in("en")
    result = capsim.replicate(service, n=N, seed=SEED, by="1 month")
    quiet = capsim.replicate(service.variant("none"), n=N, seed=SEED)
    text = plain(" ".join(answer_of(material, words)))

    def mean(selector, of=result):
        return words.value(selector.partition("[")[0], of.interval(selector).estimate)

    late = result.interval(LATE)
    assert f"after {mean('decision_days_mean[talks, inflow=reform]')} on average" in text
    assert f"regular after {mean('decision_days_mean[talks, inflow=regular]')}" in text
    assert f"{mean(LATE)} of the decisions come too late (luck: " in text
    assert words.interval("late_share", late.lower, late.upper) in text
    assert f"in none it is {mean(LATE, quiet)}" in text
    assert f"Of those of the wave reform it is {mean('late_share[talks, inflow=reform]')}" in text
    pending = result.by("pending_mean[talks]")
    worst = pending.loc[pending["mean"].idxmax()]
    assert f"{words.month(worst['from'].date())}, with " in text
    assert f"with {words.value('pending_mean', worst['mean'])} people" in text
    assert f"in {result.cleared().reached} of {N} runs" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_answer_is_three_to_five_sentences(material, language):
    """Each ends as a sentence, and tells luck and inputs apart."""
    words = words_in(language)
    texts = answer_of(material, words)

    assert 3 <= len(texts) <= 5
    assert all(text.endswith(".") for text in texts)
    assert words("answer.luck", interval="").strip() in texts[1]
    assert words("answer.inputs", interval="").strip() in texts[1]


def test_the_range_over_the_inputs_is_that_of_uncertainty(service, material):
    """The second range is what `uncertainty` says of the expected outcome over the inputs."""
    found = capsim.uncertainty(service, None, LATE, samples=25, replications=2, seed=SEED)
    low, high = found.over_inputs(LATE)
    words = words_in("en")

    text = f"uncertain inputs: {words.interval('late_share', low, high)}"
    assert text in answer_of(material, words)[1]


def test_the_best_plan_is_the_best_by_the_comparison(service, material):
    """Nothing beats it among the plans that make nothing else clearly worse."""
    label, row, now = best_plan(material)
    scenarios = {"little": service, **{k: service.variant(k) for k in service.variants}}
    found = capsim.compare(scenarios, n=N, seed=SEED)
    means = found.summary(LATE).set_index("scenario")["mean"]

    assert label == means.idxmin()
    assert row["mean"] == means[label]
    assert now == means["little"]
    assert f"Of 3 other plans {label} helps most" in plain(answer_of(material, words_in("en"))[-1])


def test_more_posts_are_a_point_of_the_grid(material):
    """The fewest posts that halve lateness, or the most there are; with the number of the sweep."""
    posts, day, value, now = more_posts(material)
    grid = material.grid
    points = grid.sweep.summary(LATE)["mean"].to_numpy()
    made = [one for one in grid.sweep.overrides if f"'add': {posts}" in str(one)]

    assert value in points
    assert value < now == points[0 if not grid.sweep.overrides[0] else grid.point[grid.now]]
    assert any(day.isoformat() in str(one) for one in made)
    smaller = [p for p in grid.axes[0].values if 0 < p < posts]
    for less in smaller:
        place = (grid.axes[0].values.index(less), *grid.now[1:])
        assert points[grid.point[place]] > now / 2


def test_the_table_of_measures_is_the_summary(material, pages):
    """Every measure of everybody stands there once, as the summary has it, with its sentence."""
    words, result = words_in("fr"), material.result
    reader = Reader(pages["fr"])
    rows = {}
    for place, element in enumerate(reader.elements):
        selector = element["attributes"].get("data-measure")
        if selector is not None:
            cells = [one["text"] for one in reader.elements[place + 1 : place + 6]]
            rows[selector] = cells
    for row in result.summary().to_dict("records"):
        if row["inflow"] != "all" or row["office"] != "all" or row["window"] != "all":
            continue
        key = str(Selector(row["measure"], row["of"], kind=row["kind"]))
        title, meaning, mean, interval = rows.pop(key)[:4]
        assert meaning == words.meaning(row["measure"])
        assert title.endswith(meaning)
        if row["unit"] != "day" and row["mean"] == row["mean"]:
            assert mean == words.value(row["measure"], row["mean"])
            assert interval == words.interval(row["measure"], row["lower"], row["upper"])
    assert rows == {}


def test_the_comparison_is_that_of_compare(service, pages):
    """Base, scenario and difference of lateness, on the same luck."""
    words = words_in("en")
    quiet = service.variant("none")
    found = capsim.compare({"none": quiet, "little": service}, n=N, seed=SEED)
    row = found.differences(LATE).iloc[0]
    text = pages["en"].partition('class="compared"')[2].partition("</table>")[0]
    change = words.difference("late_share", row["difference"], row["lower"], row["upper"])

    assert change in text
    for mean in found.summary(LATE)["mean"]:
        assert words.value("late_share", mean) in text


def test_sliders_have_the_numbers_of_the_sweep(service, material, pages):
    """Each position, its means and intervals: those of `sweep` with the points it names."""
    grid, words = material.grid, words_in("nl")
    data = data_of(pages["nl"])["whatIf"]
    found = capsim.sweep(service, list(grid.sweep.overrides), n=grid.n, seed=SEED)

    assert [axis.kind for axis in grid.axes] == ["staff", "date", "take_up"]
    assert len(data["point"]) == np.prod([len(axis.values) for axis in grid.axes])
    assert found.overrides[data["point"][",".join(map(str, data["now"]))]] == {}
    frame = found.summary(*(f"{measure}[{of}]" for _, of, measure in grid.keys))
    rows = frame.to_dict("records")
    for number in range(len(found)):
        for place, (_, _, measure) in enumerate(grid.keys):
            row = rows[number * len(grid.keys) + place]
            assert row["measure"] == measure
            assert data["cells"][number][place] == [
                words.value(measure, row["mean"]),
                words.interval(measure, row["lower"], row["upper"]),
            ]


def test_every_position_changes_what_its_slider_says(material):
    """Staff by its date, take-up by its share; where nothing moves, nothing is overridden."""
    grid = material.grid
    staff, date, share = grid.axes
    for places, number in grid.point.items():
        made = grid.sweep.overrides[number]
        posts, day, part = (a.values[k] for a, k in zip(grid.axes, places, strict=True))
        change = {"at": day.isoformat(), "add": posts}
        expected = {} if posts == 0 else {f"teams.{staff.of}.changes.what-if": change}
        if places[2] != share.now:
            expected[f"inflows.{share.of}.take_up"] = part
        assert made == expected
    assert [str(day) for day in date.values] == ["2026-01-01", "2026-04-01", "2026-07-01"]


def test_posts_that_cannot_be_dealt_are_no_position():
    """A cut that would leave a worker of nearly nothing in some office is left out."""
    offices = {"a": {"share": 0.5}, "b": {"share": 0.3}, "c": {"share": 0.2}}
    scenario = capsim.Scenario(
        start="2026-01-01",
        horizon="2 months",
        teams={"desk": {"fte": 1.6, "worker_fte": 0.3}},
        stages={"intake": {"team": "desk", "work": "1 h"}},
        inflows={"people": {"rate": {"per_month": 60}}},
        offices=offices,
    )
    cut = {"at": "2026-01-01", "add": -0.5}
    with pytest.raises(capsim.ScenarioError, match="none may be below"):
        capsim.simulate(scenario.with_({"teams.desk.changes.cut": cut}), seed=1)

    found = material_for(scenario, n=1)

    assert found.grid.axes[0].values == (0, 0.5, 1.0, 1.5)


def test_the_tornado_is_that_of_sensitivity(service, material, pages):
    """Effects of the ends of what is uncertain, with the source and its certainty."""
    inputs = service.uncertain_inputs
    found = capsim.sensitivity(
        service, inputs, LATE, method="oat", replications=material.influence.n, seed=SEED
    )
    rows = found.indices.set_index("index")
    (effect,) = material.influence.effects
    page = pages["en"].partition('class="tornado"')[2].partition("</table>")[0]

    for end, change in (("low", effect.at_low), ("high", effect.at_high)):
        assert list(change) == list(rows.loc[end, ["value", "lower", "upper"]])
        assert words_in("en").difference("late_share", *change) in page
    assert "a guess" in page
    assert 'class="badge assumption"' in page


def test_without_uncertain_inputs_numbers_move_by_a_tenth(service):
    """What matters is shown all the same, and the page says that it is no uncertainty."""
    known = capsim.Scenario(**{**SERVICE, "uncertain": {}, "variants": {}})
    found = material_for(known, n=2)
    page = page_of(found, words_in("en"))

    assert found.influence.over is None
    assert {one.path for one in found.influence.effects} == {
        "inflows.regular.rate.per_month", "inflows.reform.take_up", "teams.desk.fte",
    }  # fmt: skip
    assert "each number alone is a tenth lower" in page
    assert "uncertain inputs:" not in page


def test_the_replay_counts_as_the_run_does(service):
    """Who waits and who is under way at the end of each day: counted from `run.stays`."""
    run = capsim.simulate(service, seed=SEED)
    shown = replay_of(run)
    stays = run.stays
    for stage, name in enumerate(shown["stages"]):
        mine = stays[stays["stage"] == name]
        for day in (0, 31, 100, 150, shown["days"] - 1):
            end = day + 1 + 1e-9
            there = (mine["joined"] <= end) & ~(mine["ended"] <= end)
            begun = there & (mine["started"] <= end)
            assert shown["inside"][stage][day] == begun.sum()
            assert shown["waiting"][stage][day] == (there & ~begun).sum()
    assert shown["each"] * len(shown["dots"]) >= stays["case"].nunique()
    dots = sum(
        any(joined <= 150 and not 0 <= ended <= 150 for _, joined, _, ended in one)
        for one in shown["dots"]
    )
    there = sum(one[150] for one in shown["waiting"]) + sum(one[150] for one in shown["inside"])
    assert shown["each"] == 1
    assert dots == there


def test_staff_is_that_of_the_workers(material):
    """Posts filled are the contracts of `run.workers`; at work is less, by the leave."""
    staff = material.staff
    workers = material.runs[0].workers

    assert workers["fte"].sum() == 2.5
    assert staff.filled == pytest.approx(np.full(8, 2.5))
    assert ((staff.at_work > 2.0) & (staff.at_work < 2.5)).all()
    assert [day.month for day in staff.first] == list(range(2, 10))


NASTY = "<script>alert(1)</script>"
HEBREW = "\u05e9\u05dc\u05d5\u05dd"
LONG = "x" * 300


def test_text_of_a_user_stays_a_text():
    """Names with elements, another direction, or 300 letters are harmless and whole."""
    scenario = capsim.Scenario(
        name=NASTY + "\u202e",
        start="2026-01-01",
        horizon="3 months",
        teams={LONG: {"fte": 1}},
        stages={
            HEBREW: {"team": LONG, "work": "1 h", "next": {LONG: 1}},
            LONG: {"team": LONG, "work": "1 h"},
        },
        inflows={HEBREW: {"rate": {"per_month": 50}}},
        evidence={
            "start": {"value": NASTY, "source": NASTY, "certainty": "claim", "note": NASTY},
            f"teams.{LONG}.fte": {"value": 1, "source": NASTY, "certainty": "claim"},
        },
    )
    several = capsim.compare({NASTY: scenario, "</title><img src=x>": scenario}, n=1, seed=SEED)
    page = page_of(material_for(several, n=1), words_in("fr"))
    reader = Reader(page)

    assert [one["attributes"] for one in reader.all("script")] == [
        {"type": "application/json", "id": "data"}, {},
    ]  # fmt: skip
    assert reader.all("img") == []
    assert page.count("&lt;script&gt;alert") >= 5
    assert "&lt;/title&gt;&lt;img" in page
    assert NASTY in reader.by_id("scenario")["text"]
    assert f"\u2068{LONG}\u2069" in page
    assert f"\u2068{HEBREW}\u2069" in page
    headings = [one["text"] for one in (*reader.all("title"), *reader.all("h1"))]
    assert all("\u202e" not in text for text in headings)
    assert data_of(page)["replay"]["stages"] == [HEBREW, LONG]


def test_the_page_asks_nothing_of_anybody(pages):
    """No element loads anything, the policy forbids it, and addresses are words."""
    for language, page in pages.items():
        reader = Reader(page)
        for element in reader.elements:
            for attribute in ("src", "href", "srcset", "action", "poster", "data"):
                value = element["attributes"].get(attribute)
                assert value is None or value.startswith("#"), element
        policy = reader.all("meta")[1]["attributes"]
        assert policy["http-equiv"] == "Content-Security-Policy"
        assert policy["content"].startswith("default-src 'none'")
        assert not re.search(r"@import|url\(", page)
        assert reader.all("html")[0]["attributes"]["lang"] == language


def test_every_id_is_once_and_every_label_leads_somewhere(pages):
    """Ids are unique; labels, outputs and headings name elements that are there."""
    reader = Reader(pages["nl"])
    ids = [one["attributes"]["id"] for one in reader.elements if "id" in one["attributes"]]

    regions = [
        one["attributes"]["aria-label"]
        for one in reader.elements
        if one["attributes"].get("role") == "region"
    ]
    assert len(ids) == len(set(ids))
    assert len(regions) == len(set(regions))
    for element in reader.elements:
        for attribute in ("for", "aria-labelledby"):
            value = element["attributes"].get(attribute)
            assert value is None or value in ids
        href = element["attributes"].get("href")
        assert href is None or href[1:] in ids


def test_the_scenario_to_copy_is_the_scenario(service, pages, tmp_path):
    """Saved as a file it loads to the very same numbers."""
    file = tmp_path / "copied.toml"
    file.write_text(Reader(pages["nl"]).by_id("scenario")["text"], encoding="utf-8")

    assert capsim.load(file).hash == service.hash


def test_a_named_window_is_said_and_used(service):
    """The heading names the window, and lateness is of those who joined in it."""
    windows = {"summer": {"from": "2026-04-01", "until": "2026-08-01"}}
    scenario = capsim.Scenario(
        **{**SERVICE, "variants": {}, "windows": windows, "window": "summer"}
    )
    found = material_for(scenario, n=2)
    page = plain(page_of(found, words_in("en")))
    late = capsim.replicate(scenario, n=2, seed=SEED).interval(f"{LATE[:-1]}, window=summer]")

    assert "window summer: 1 April 2026 to 31 July 2026" in page
    assert f"{words_in('en').value('late_share', late.estimate)} of the decisions" in page


def test_a_service_without_people_who_decide_has_a_report():
    """A delay alone: no team, no deadline, nothing to move but who comes."""
    scenario = capsim.Scenario(
        start="2026-01-01",
        horizon="2 months",
        stages={"pause": {"stay": "9 days"}},
        inflows={"everyone": {"rate": {"per_month": 30}}},
    )
    page = page_of(material_for(scenario, n=1), words_in("nl"))

    assert "Stap" in page
    assert words_in("nl")("what_if.nothing") in page


def test_months_that_are_not_followed_long_enough_are_left_out(material):
    """Of those who come in the last 30 days only the late ones would be known."""
    months = material.figures.monthly(("stage", "talks", "late_share"))
    pending = material.figures.monthly(("stage", "talks", "pending_mean"))

    assert [day.month for day in months.first][-1] == 9
    assert np.isnan(months.mean).tolist() == [False] * 7 + [True]
    assert np.isfinite(pending.mean).all()


def test_places_are_no_posts():
    """A team of places has places to add, no files per post and no staff; money by year is told."""
    scenario = capsim.Scenario(
        start="2026-01-01",
        horizon="6 months",
        teams={"house": {"places": 10}, "desk": {"fte": 1}},
        stages={
            "intake": {"team": "desk", "work": "1 h"},
            "shelter": {"team": "house", "stay": {"law": "exponential", "mean": "20 days"}},
        },
        inflows={"people": {"rate": {"per_month": 14}}},
        costs={"currency": "<b>", "teams": {"desk": {"post": 70_000}}},
    )
    found = material_for(scenario, n=3)
    page = plain(page_of(found, words_in("en")))
    texts = [plain(text) for text in answer_of(found, words_in("en"))]

    assert 3 <= len(texts) <= 5
    assert found.grid.axes[0].kind == "places"
    assert "Places more or fewer in house" in page
    assert "A post of house" not in page
    assert found.staff.filled == pytest.approx(np.ones(6))
    amount = found.result.money().iloc[0]["amount"]
    assert f"<td>{words_in('en').value('cost_total', amount)}</td>" in page
    assert "full units of &lt;b&gt;" in page


@pytest.mark.thorough
def test_two_hundred_offices_fit_on_a_page():
    """The page stays small, whatever the number of offices."""
    scenario = capsim.Scenario(
        **{**SERVICE, "offices": {f"place {k}": {"share": 0.005} for k in range(200)}}
    )
    page = page_of(material_for(scenario.with_({"teams.desk.fte": 100}), n=2), words_in("nl"))

    assert len(page.encode()) < 3_000_000


def test_no_month_is_the_worst_where_all_are_alike():
    """With every month at 0 none stands out; one higher than the others does."""
    edges = [datetime.date(2026, month, 1) for month in range(1, 6)]

    def months(*means):
        zero = np.zeros(4)
        return Monthly(edges[:-1], edges[1:], np.array(means), zero, zero)

    assert months(0.0, 0.0, 0.0, 0.0).worst is None
    assert months(0.0, 0.1, 0.0, 0.0).worst == 1
