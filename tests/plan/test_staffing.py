"""Seats: split over offices, added, cut, and what befalls their holders."""

import itertools

import pytest

from capsim.kernels.codes import NEVER
from capsim.plan import compile_plan
from capsim.plan.hashes import name_hash
from capsim.scenario import ScenarioError
from capsim.scenario.tables.copies import largest_remainder

H = 27_360
THREE = {"a": {"share": 0.5}, "b": {"share": 0.3}, "c": {"share": 0.2}}


def seats(plan, copy=None):
    """Number, milli FTE, beginning and end of each seat (of a copy)."""
    staff = plan.staff
    columns = (
        staff.seat_copy,
        staff.seat_number,
        staff.seat_fte,
        staff.seat_from,
        staff.seat_until,
    )
    rows = [tuple(int(value) for value in row) for row in zip(*columns, strict=True)]
    return [row[1:] for row in rows if copy is None or row[0] == copy]


def test_equal_seats(build):
    """1.8 FTE of at most 0.8 are three seats of 0.6."""
    plan = compile_plan(build(teams={"desk": {"fte": 1.8, "worker_fte": 0.8}}))

    assert seats(plan) == [(number, 600, 0, NEVER) for number in (1, 2, 3)]
    assert plan.staff.seat_hash.tolist() == [name_hash("main/desk")] * 3


def test_a_team_without_staff_has_no_seats(build):
    """Zero FTE, later one: the only seat begins with the change."""
    plan = compile_plan(
        build(teams={"desk": {"fte": 0, "changes": {"start": {"at": "2026-01-12", "add": 1}}}})
    )

    assert seats(plan) == [(1, 1000, 11 * H, NEVER)]


def test_split_over_offices(build):
    """Office b has 2 FTE explicitly; the other four go to a and c as 5 to 2."""
    offices = {**THREE, "b": {"share": 0.3, "fte": {"desk": 2}}}
    plan = compile_plan(build(teams={"desk": {"fte": 6}}, offices=offices))

    assert plan.copy_names == ("a", "b", "c")
    assert [fte for _, fte, _, _ in seats(plan, 0)] == [952] * 3  # 20 / 7 in three
    assert [fte for _, fte, _, _ in seats(plan, 1)] == [1000] * 2
    assert [fte for _, fte, _, _ in seats(plan, 2)] == [571] * 2  # 8 / 7 in two


def test_clusters(build):
    """Copies stand in the order of their first office, then of the team."""
    plan = compile_plan(
        build(
            teams={
                "desk": {"fte": 10, "shared": [["a", "c"]]},
                "guidance": {"fte": 4, "shared": True},
                "front": {"fte": 3},
            },
            offices=THREE,
            stages={
                "x": {"team": "desk", "work": "1 h"},
                "y": {"team": "guidance", "work": "1 h"},
                "z": {"team": "front", "work": "1 h"},
            },
        )
    )

    assert plan.copy_names == ("a+c", "a+b+c", "a", "b", "b", "c")
    assert [plan.teams[t] for t in plan.copies.team] == [
        "desk", "guidance", "front", "desk", "front", "front",
    ]  # fmt: skip
    assert plan.network.stage_copy.tolist() == [[0, 1, 2], [3, 1, 4], [0, 1, 5]]
    assert [len(seats(plan, copy)) for copy in range(6)] == [7, 4, 2, 3, 1, 1]
    assert plan.staff.seat_hash[0] == name_hash("a+c/desk")


@pytest.mark.parametrize(
    ("n", "shares", "expected"),
    [
        (3, (0.5, 0.3, 0.2), [1, 1, 1]),  # quotas 1.5, 0.9, 0.6: remainders .5, .9, .6
        (10, (0.5, 0.3, 0.2), [5, 3, 2]),
        (2, (0.25, 0.25, 0.25, 0.25), [1, 1, 0, 0]),
        (1, (0.0, 1.0), [0, 1]),
        (0, (0.4, 0.6), [0, 0]),
    ],
)
def test_largest_remainder(n, shares, expected):
    """Whole parts first, then the largest remainders; ties go to the first."""
    assert largest_remainder(n, shares) == expected


def test_additions_are_dealt_to_the_offices(build):
    """2.7 FTE are three seats of 0.9, one each; they follow the seats that are there."""
    plan = compile_plan(
        build(
            teams={"desk": {"fte": 10, "changes": {"more": {"at": "2026-01-10", "add": 2.7}}}},
            offices=THREE,
        )
    )

    for copy, before in enumerate((5, 3, 2)):
        # Saturday 10 January moves to Monday the 12th.
        assert seats(plan, copy)[before:] == [(before + 1, 900, 11 * H, NEVER)]


def test_a_cut_removes_the_highest_seats_and_shortens_the_last(build):
    """From four whole seats 1.5 FTE go: the fourth, and half of the third."""
    plan = compile_plan(
        build(teams={"desk": {"fte": 4, "changes": {"less": {"at": "2026-01-19", "add": -1.5}}}})
    )
    staff = plan.staff

    assert seats(plan) == [
        (1, 1000, 0, NEVER), (2, 1000, 0, NEVER), (3, 1000, 0, NEVER), (4, 1000, 0, 18 * H),
    ]  # fmt: skip
    assert staff.cut_seat.tolist() == [2]
    assert staff.cut_time.tolist() == [18 * H]
    assert staff.cut_fte.tolist() == [500]


def test_cuts_follow_the_order_of_time(build):
    """A seat added in January is the first to go in February; numbers are never used twice."""
    changes = {
        "cut": {"at": "2026-02-02", "add": -1},
        "again": {"at": "2026-02-09", "add": 1},
        "add": {"at": "2026-01-12", "add": 1},
    }
    plan = compile_plan(build(horizon="60 days", teams={"desk": {"fte": 1, "changes": changes}}))

    assert seats(plan) == [
        (1, 1000, 0, NEVER), (2, 1000, 11 * H, 32 * H), (3, 1000, 39 * H, NEVER),
    ]  # fmt: skip


def test_seats_of_thirds_are_cut_without_a_rest(build):
    """Two FTE in three seats of 667 milli: taking two thirds removes one seat and no more."""
    team = {"fte": 2, "worker_fte": 0.7, "changes": {"x": {"at": "2026-01-05", "add": -2 / 3}}}
    plan = compile_plan(build(teams={"desk": team}))

    assert [(fte, end) for _, fte, _, end in seats(plan)] == [
        (667, NEVER), (667, NEVER), (667, 4 * H),
    ]  # fmt: skip
    assert len(plan.staff.cut_seat) == 0


def test_changes_of_the_first_opening_count_from_the_start(build):
    """New Year is closed: a change on it is there at the first opening, without onboarding."""
    changes = {"in": {"at": "2026-01-01", "add": 1}, "out": {"at": "2026-01-01", "add": -0.5}}
    plan = compile_plan(build(teams={"desk": {"fte": 1, "changes": changes}}))

    assert seats(plan) == [(1, 1000, 0, NEVER), (2, 500, 0, NEVER)]
    assert len(plan.staff.cut_seat) == 0


def test_a_decision_takes_effect_after_its_lead(build):
    """Four months of 30.4375 days from 1 December are 121.75 days: 1 April, three quarters in."""
    change = {"decided": "2025-12-01", "lead": "4 months", "add": 2}
    plan = compile_plan(
        build(horizon="6 months", teams={"desk": {"fte": 1, "changes": {"more": change}}})
    )

    effect = 90 * H + 3 * H // 4
    assert [begin for _, _, begin, _ in seats(plan)] == [0, effect, effect]


def test_changes_beyond_the_horizon_do_not_happen(build):
    """The run ends before them."""
    changes = {"in": {"at": "2026-02-01", "add": 1}, "out": {"at": "2026-03-01", "add": -0.5}}
    plan = compile_plan(build(teams={"desk": {"fte": 1, "changes": changes}}))

    assert seats(plan) == [(1, 1000, 0, NEVER)]


@pytest.mark.parametrize(
    ("fte", "change", "words"),
    [
        (1, {"at": "2026-01-12", "add": -3}, "would lose 3 FTE but has 1"),
        (1, {"at": "2026-01-12", "add": -0.95}, "0.05 FTE"),
        (1, {"at": "2026-01-12", "add": 0.05}, "0.05 FTE"),
    ],
)
def test_impossible_changes(build, fte, change, words):
    """The message names path, value and what would be left."""
    teams = {"desk": {"fte": fte, "changes": {"wrong": change}}}
    with pytest.raises(ScenarioError, match=words) as caught:
        compile_plan(build(teams=teams))

    assert caught.value.mistakes[0].path.startswith("teams.desk.changes.wrong")


def test_absences_and_turnover(build):
    """Rates are per tick of a year of 365.25 days; every copy has its own slice of kinds."""
    desk = {
        "fte": 2,
        "absence": {
            "sickness": {"spells_per_year": 2.0, "length": "8 days"},
            "leave": {
                "spells_per_year": 3.0, "length": "5 workdays",
                "seasonality": [1, 2, 1, 1, 1, 1, 3, 3, 1, 1, 1, 1],
            },
        },
        "turnover": {"per_year": 0.12, "vacancy": {"law": "gamma", "mean": "60 days", "cv": 0.5}},
        "onboarding": {"length": "20 workdays", "rate": 0.5},
        "handover_after": "30 days",
        "client_share": 0.76,
        "caseload_limit": 90,
    }  # fmt: skip
    sickness = {"sickness": desk["absence"]["sickness"]}
    plan = compile_plan(
        build(
            horizon="59 days",
            teams={"desk": desk, "other": {"fte": 1, "absence": sickness}},
            stages={
                "a": {"team": "desk", "work": "1 h"}, "b": {"team": "other", "work": "1 h"},
            },
        )
    )  # fmt: skip
    staff = plan.staff
    year = 365.25 * H

    assert staff.absence_first.tolist() == [0, 2, 3]
    assert staff.absence_rate == pytest.approx([2 / year, 3 / year, 2 / year])
    assert staff.absence_mean[0] == pytest.approx(8 * H)
    open_days = plan.time.horizon // H
    assert staff.absence_mean[1] == pytest.approx(5 * H * 59 / open_days)
    assert staff.absence_season.tolist() == [-1, 0, -1]
    assert staff.season[0, [0, 30, 31, 58]].tolist() == [1, 1, 2, 2]
    assert plan.laws.office[staff.absence_length].tolist() == [0, 1, 0]
    assert plan.laws.value[staff.absence_length].tolist() == [8 * H, 5 * H, 8 * H]
    assert staff.absence_purpose.tolist() == [
        name_hash(f"absence/{kind}") for kind in ("desk/sickness", "desk/leave", "other/sickness")
    ]
    assert staff.turnover_rate == pytest.approx([0.12 / year, 0])
    assert staff.vacancy_mean == pytest.approx([60 * H, 0])
    assert (staff.vacancy >= 0).tolist() == (staff.vacancy_residual >= 0).tolist() == [True, False]
    assert staff.turnover_purpose.tolist() == [
        name_hash("turnover/desk"), name_hash("turnover/other"),
    ]  # fmt: skip
    assert staff.onboarding_length.tolist() == [-20 * H, 0]  # below zero: office ticks
    assert staff.onboarding_rate.tolist() == [500, 1000]
    assert staff.handover_after.tolist() == [30 * H, NEVER]
    assert plan.copies.share.tolist() == [760, 1000]
    assert plan.copies.limit.tolist() == [90_000, -1]


def test_an_office_has_its_own_staff_settings(build):
    """Office b has no absences and another contract."""
    team = {"fte": 10, "absence": {"sickness": {"spells_per_year": 2.0, "length": "8 days"}}}
    own = {"teams.desk.absence.sickness.spells_per_year": 4.0, "teams.desk.worker_fte": 0.5}
    plan = compile_plan(
        build(teams={"desk": team}, offices={**THREE, "b": {"share": 0.3, "set": own}})
    )

    year = 365.25 * H
    assert plan.staff.absence_rate == pytest.approx([2 / year, 4 / year, 2 / year])
    assert [len(seats(plan, copy)) for copy in range(3)] == [5, 6, 2]


def test_seats_are_in_worker_order(build):
    """By copy, then by number."""
    changes = {"more": {"at": "2026-01-12", "add": 3}}
    plan = compile_plan(build(teams={"desk": {"fte": 10, "changes": changes}}, offices=THREE))
    order = list(zip(plan.staff.seat_copy, plan.staff.seat_number, strict=True))

    assert order == sorted(order)
    assert all(a != b for a, b in itertools.pairwise(order))
