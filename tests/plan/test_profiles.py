"""What a case meets: settings merged, priorities ranked, routes, deadlines, closing."""

import numpy as np
import pytest

from capsim.kernels.codes import (
    DAYS_BEFORE,
    DEADLINE_DAYS,
    DEADLINE_EXACT,
    DEADLINE_NONE,
    DEADLINE_WORKDAYS,
    ENDING_CLOSING,
    ENDING_STAY,
    ENDING_VISITS,
    KIND_CASEWORKER,
    KIND_DELAY,
    KIND_POOLED,
    NEVER,
    UNTIL_END,
    UNTIL_START,
)
from capsim.plan import compile_plan
from capsim.plan.loads import CELLS, closing_row
from capsim.scenario.tables.stages import Closing

H = 27_360
DESK = {"team": "desk", "work": "1 h"}
GUIDANCE = {**DESK, "caseworker": True}


def row(plan, stage, inflow="regular", office="main"):
    """Profile of a case by names."""
    return plan.network.profile[
        plan.offices.index(office), plan.inflows.index(inflow), plan.stages.index(stage)
    ]


def test_kinds_and_endings(build):
    """Delay, pooled and the three ways in which guidance ends."""
    plan = compile_plan(
        build(
            stages={
                "delay": {"stay": "3 days"},
                "pooled": DESK,
                "counted": {**GUIDANCE, "visits": 4, "gap": "7 days"},
                "timed": {**GUIDANCE, "stay": "90 days", "gap": "7 days"},
                "closing": {**GUIDANCE, "closing": {"probability": 0.1}},
            }
        )
    )
    rows = [row(plan, stage) for stage in plan.stages]

    assert plan.profiles.kind[rows].tolist() == [
        KIND_DELAY, KIND_POOLED, KIND_CASEWORKER, KIND_CASEWORKER, KIND_CASEWORKER,
    ]  # fmt: skip
    assert plan.profiles.ending[rows].tolist() == [
        ENDING_STAY, ENDING_VISITS, ENDING_VISITS, ENDING_STAY, ENDING_CLOSING,
    ]  # fmt: skip
    values = plan.laws.value
    assert values[plan.profiles.visits[rows[1]]] == 1
    assert values[plan.profiles.visits[rows[2]]] == 4
    assert values[plan.profiles.stay[rows[0]]] == 3 * H
    assert values[plan.profiles.stay[rows[3]]] == 90 * H
    assert (
        plan.profiles.visits[rows[0]]
        == plan.profiles.visits[rows[3]]
        == plan.profiles.visits[rows[4]]
        == -1
    )
    assert (
        plan.profiles.gap[rows[1]]
        == plan.profiles.stay[rows[1]]
        == plan.profiles.patience[rows[1]]
        == -1
    )
    assert plan.profiles.closing[rows].tolist() == [-1, -1, -1, -1, 0]
    assert plan.network.stage_copy.tolist() == [[-1, 0, 0, 0, 0]]


def test_work_per_visit(build):
    """A list of laws is read in order; equal lists are stored once."""
    plan = compile_plan(
        build(
            stages={
                "a": {**DESK, "visits": 3, "work": ["2 h", "1 h"]},
                "b": {**DESK, "visits": 2, "work": ["2 h", "1 h"]},
            }
        )
    )
    a, b = row(plan, "a"), row(plan, "b")
    first = plan.profiles.work_first[a]

    assert plan.laws.value[plan.rules.work[first : first + plan.profiles.work_n[a]]].tolist() == [
        7200,
        3600,
    ]
    assert (plan.profiles.work_first[b], plan.profiles.work_n[b]) == (first, 2)


def test_routes(build):
    """Cumulative shares end at exactly 1; exits follow the default ones; no share, no entry."""
    tenths = {f"exit{i}": 0.1 for i in range(10)}
    plan = compile_plan(
        build(
            stages={
                "intake": {**DESK, "next": {"closed": 0.0, "second": 0.8, "refused": 0.2}},
                "second": {**DESK, "next": tenths, "if_left": "intake", "if_turned_away": "home"},
                "third": DESK,
            }
        )
    )
    a, b, c = (row(plan, stage) for stage in plan.stages)
    routes = [
        slice(plan.profiles.route_first[r], plan.profiles.route_first[r] + plan.profiles.route_n[r])
        for r in (a, b, c)
    ]

    assert plan.exits == (
        "completed", "left", "turned_away", "closed", "refused", *tenths, "home",
    )  # fmt: skip
    assert plan.rules.route_upto[routes[0]].tolist() == [0.8, 1.0]
    assert plan.rules.route_to[routes[0]].tolist() == [1, -5]
    assert plan.rules.route_upto[routes[1]][-1] == 1.0
    assert sum(tenths.values()) != 1.0  # so the last entry had to be forced
    assert plan.rules.route_to[routes[2]].tolist() == [-1]
    assert (plan.profiles.if_left[a], plan.profiles.if_turned_away[a]) == (-2, -3)
    assert (plan.profiles.if_left[b], plan.profiles.if_turned_away[b]) == (0, -16)


def test_the_inflow_has_the_last_word(build):
    """An office's own value replaces the stage's; that of the inflow replaces both."""
    plan = compile_plan(
        build(
            offices={
                "a": {"share": 0.5},
                "b": {"share": 0.5, "set": {"stages.intake.room": 7, "stages.intake.work": "2 h"}},
            },
            stages={"intake": {**DESK, "room": 20}},
            inflows={"regular": {}, "reform": {"stages": {"intake": {"room": 3}}}},
        )
    )
    rooms = plan.profiles.room[plan.network.profile[:, :, 0]]
    works = plan.laws.value[
        plan.rules.work[plan.profiles.work_first[plan.network.profile[:, :, 0]]]
    ]

    assert rooms.tolist() == [[20, 3], [7, 3]]
    assert works.tolist() == [[3600, 3600], [7200, 7200]]


def test_equal_profiles_are_one_row(build):
    """Ten equal offices and three equal inflows need one row a stage; meetings are per office."""
    parts = {
        "teams": {"desk": {"fte": 10}},
        "offices": {f"o{i}": {"share": 0.1} for i in range(10)},
        "inflows": {name: {} for name in "xyz"},
    }
    plain = compile_plan(build(**parts, stages={"a": DESK, "b": {**DESK, "work": "2 h"}}))
    meeting = {**DESK, "decision": {"every": "7 days"}}
    decided = compile_plan(build(**parts, stages={"a": DESK, "b": meeting}))

    assert (plain.network.profile == np.array([0, 1])).all()
    assert len(plain.profiles.kind) == 2
    assert len(decided.profiles.kind) == 1 + 10
    meetings = decided.profiles.decision[decided.network.profile[:, :, 1]]
    assert meetings.T.tolist() == [list(range(10))] * 3


def test_priorities_are_ranked_within_a_copy(build):
    """Stage priority, then the inflow's; each team counts its own."""
    plan = compile_plan(
        build(
            teams={"desk": {"fte": 2}, "other": {"fte": 1}},
            stages={
                "late": {**DESK, "priority": 5},
                "soon": {**DESK, "priority": -1},
                "else": {"team": "other", "work": "1 h", "priority": 9},
            },
            inflows={"x": {"priority": 2}, "y": {"priority": 1}},
        )
    )
    profile = plan.network.profile[0]  # inflows x stages

    assert plan.profiles.class_first[profile].tolist() == [[3, 1, 1], [2, 0, 0]]
    assert (plan.profiles.class_later == plan.profiles.class_first).all()
    assert plan.copies.classes.tolist() == [4, 2]
    assert plan.copies.assign_classes.tolist() == [0, 0]


def test_returning_first_puts_later_visits_before_first_ones(build):
    """Only within equal priorities: the later visit of y still comes after a first one of x."""
    plan = compile_plan(
        build(
            teams={"desk": {"fte": 2, "discipline": "returning_first"}},
            inflows={"x": {}, "y": {"priority": 1}},
        )
    )
    x, y = plan.network.profile[0, :, 0]

    assert [plan.profiles.class_later[x], plan.profiles.class_first[x]] == [0, 1]
    assert [plan.profiles.class_later[y], plan.profiles.class_first[y]] == [2, 3]


def test_handed_over_cases_are_assigned_before_new_ones(build):
    """Whatever the inflow's priority; among them by it."""
    plan = compile_plan(
        build(
            stages={"guidance": {**GUIDANCE, "visits": 2, "gap": "7 days"}},
            inflows={"x": {"priority": 3}, "y": {"priority": 1}},
        )
    )
    x, y = plan.network.profile[0, :, 0]

    assert [plan.profiles.assign_handed[y], plan.profiles.assign_handed[x]] == [0, 1]
    assert [plan.profiles.assign_new[y], plan.profiles.assign_new[x]] == [2, 3]
    assert plan.copies.assign_classes.tolist() == [4]


@pytest.mark.parametrize(
    ("within", "kind", "value"),
    [
        ("30 days", DEADLINE_DAYS, 30),
        ("2 weeks", DEADLINE_DAYS, 14),
        ("1 month", DEADLINE_DAYS, 30),
        ("36 h", DEADLINE_EXACT, 36 * H // 24),
        ("10 workdays", DEADLINE_WORKDAYS, 0),
    ],
)
def test_deadline_units(build, within, kind, value):
    """Days are counted whole, hours exactly, workdays by a table."""
    plan = compile_plan(build(stages={"intake": {**DESK, "deadline": within}}))

    assert (plan.profiles.deadline[0], plan.profiles.within[0], plan.profiles.until[0]) == (
        kind,
        value,
        UNTIL_END,
    )
    assert plan.rules.workday_due.shape == (kind == DEADLINE_WORKDAYS, DAYS_BEFORE + 31 + 1)


def test_ten_workdays_from_the_first_open_day(build):
    """From Friday 2 January the tenth open day is Friday the 16th; from New Year the 15th."""
    plan = compile_plan(build(stages={"intake": {**DESK, "deadline": "10 workdays"}}))

    assert plan.rules.workday_due[0, DAYS_BEFORE + 1] == 15
    assert plan.rules.workday_due[0, DAYS_BEFORE] == 14


def test_clocks(build):
    """One for each stage that a deadline counts from; a decision alone counts from the entry."""
    plan = compile_plan(
        build(
            stages={
                "intake": DESK,
                "study": {
                    **DESK, "deadline": {"within": "30 days", "from": "intake", "until": "start"},
                },
                "board": {**DESK, "decision": {"every": "7 days"}},
                "appeal": {**DESK, "deadline": {"within": "9 days", "from": "appeal"}},
            },
            inflows={"regular": {}, "late": {"enter": "board"}},
        )
    )  # fmt: skip
    own, late = plan.profiles.clock[plan.network.profile[0]]

    assert plan.n_clocks == 3
    assert plan.network.stage_clock[plan.stages.index("study")] == -1
    intake, board, appeal = (
        plan.network.stage_clock[plan.stages.index(s)] for s in ("intake", "board", "appeal")
    )
    assert len({intake, board, appeal}) == 3
    assert own.tolist() == [-1, intake, intake, appeal]
    assert late.tolist() == [-1, intake, board, appeal]
    study = row(plan, "study")
    assert plan.profiles.until[study] == UNTIL_START
    assert plan.profiles.deadline[row(plan, "board")] == DEADLINE_NONE


def test_closing_table():
    """At twice the norm of 75 the chance of 6 % falls by 2 ** -0.61, at 32 times by 32 ** -0.61."""
    probability, norm, step, table = closing_row(
        Closing(probability=0.06, norm=75, elasticity=-0.61)
    )

    assert (probability, norm, len(table)) == (0.06, 75_000, CELLS)
    assert table[(150_000 - norm) // step] == pytest.approx(0.06 * 2**-0.61, rel=2e-3)
    assert norm + step * CELLS == pytest.approx(32 * norm, rel=0.01)
    assert table[-1] == pytest.approx(0.06 * 32**-0.61, rel=0.01)


def test_closing_chance_never_exceeds_one_and_needs_no_norm():
    """A growing chance stops at 1; without a norm it is the same at every load."""
    growing = closing_row(Closing(probability=0.5, norm=10, elasticity=2.0))
    constant = closing_row(Closing(probability=0.5))

    assert growing[3].max() == 1.0
    assert constant[1] == NEVER
    assert (constant[3] == 0.5).all()


def test_residuals_belong_to_initial_cases_only(build):
    """Guided cases of the first day have residual gap and stay, a delay its stay, others none."""
    plan = compile_plan(
        build(
            stages={
                "intake": {**DESK, "visits": 2, "gap": "7 days"},
                "guidance": {**GUIDANCE, "stay": "90 days", "gap": "28 days"},
                "counted": {**GUIDANCE, "visits": 5, "gap": "10 days"},
                "away": {"stay": "180 days"},
            },
            inflows={"regular": {}, "other": {"priority": 1}},
            initial={
                "intake": {"cases": 3},
                "guidance": {"cases": 5},
                "counted": {"cases": 5, "inflow": "other"},
                "away": {"cases": 2},
            },
        )
    )
    tables = plan.arrivals
    used = {
        (stage, inflow): [
            int(column[row(plan, stage, inflow)]) >= 0
            for column in (tables.residual_gap, tables.residual_stay, tables.residual_visits)
        ]
        for stage in plan.stages
        for inflow in plan.inflows
    }

    assert used.pop(("guidance", "regular")) == [True, True, False]
    assert used.pop(("counted", "other")) == [True, False, True]
    assert used.pop(("away", "regular")) == [False, True, False]
    # One profile serves both inflows in the delay, where priorities do not matter.
    assert all(value == [False] * 3 for key, value in used.items() if key[0] != "away")
