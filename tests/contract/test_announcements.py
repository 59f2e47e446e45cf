"""Rule 35 (waves): posts that are decided when a wave is announced."""

import pytest

import capsim
from capsim.plan import compile_plan
from contract.timetable import at, office, rows

DAY = 8 * 3600


def with_posts(notice, lead):
    """A wave of six on Monday the 26th, day 21; two more posts, decided on its announcement."""
    wave = {"date": "2026-01-26", "people": 6}
    change = {"decided": "reform.january", "add": 2}
    return office(
        {"s": {"team": "t", "work": "4 h"}},
        {
            "reform": {"waves": {"january": wave | ({"notice": notice} if notice else {})}},
            "regular": {"rate": {"per_day": 2}},
        },
        team={"changes": {"posts": change | ({"lead": lead} if lead else {})}},
    )


@pytest.mark.parametrize(
    ("notice", "lead", "day"),
    [
        ("1 week", "2 days", 16),
        ("1 day", "2 days", 22),  # on Sunday, and not from Monday on
        ("3 days", "1 day", 21),  # on Saturday, so on Monday
        ("4 weeks", "1 week", 0),  # before the start
        ("1 month", "15 days", 5),  # the 26th of December
        (None, None, 21),
        ("1 week", "4 workdays", 18),
        ("1 week", "5 weeks", None),
    ],
)
def test_a_lead_counts_from_the_announcement(notice, lead, day):
    """Monday the 26th less the notice plus the lead, at the next opening; none beyond the run."""
    begins = compile_plan(with_posts(notice, lead)).staff.seat_from.tolist()
    opening = {5: 7}.get(day, day)  # Saturday the 10th is Monday the 12th
    assert begins == ([0] if day is None else [0, opening * DAY, opening * DAY])


def test_a_day_more_of_notice_is_a_day_less_of_lead(engine):
    """Path by path, over the weekend too; a day more of notice alone is another path."""
    runs = {
        (notice, lead): capsim.simulate(
            with_posts(f"{notice} days", f"{lead} days"), seed=4, engine=engine
        )
        for notice, lead in ((3, 2), (4, 3), (9, 8), (5, 3))
    }
    stays = {key: rows(run.stays, "case joined started ended") for key, run in runs.items()}
    assert stays[3, 2] == stays[4, 3] == stays[9, 8]
    assert stays[5, 3] == stays[4, 3], "both come on Monday the 26th"
    earlier = capsim.simulate(with_posts("12 days", "3 days"), seed=4, engine=engine)
    assert rows(earlier.stays, "case joined started ended") != stays[4, 3]


def test_the_wave_meets_the_posts(engine):
    """Three workers at the opening of the 26th: three of the six are served at once."""
    scenario = with_posts("1 week", "1 week").with_({"inflows.regular.rate.per_day": 0})
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "started ended") == [
        *[(at(21), at(21, 4))] * 3,
        *[(at(21, 4), at(22))] * 3,
    ]


def test_a_change_needs_a_wave_that_exists():
    """The waves are named; a date with dots is none."""
    scenario = with_posts("1 week", "1 day")
    for wrong in ("reform.januari", "reforms.january", "2026.01.01"):
        with pytest.raises(capsim.ScenarioError, match="there is no such wave") as caught:
            scenario.with_({"teams.t.changes.posts.decided": wrong})
        assert caught.value.mistakes[0].path == "teams.t.changes.posts.decided"
        assert caught.value.mistakes[0].remedy
