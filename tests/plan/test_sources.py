"""Where applicants come from, as tables."""

import numpy as np
import pytest

from capsim.kernels.codes import SOURCE_INITIAL, SOURCE_RATE, SOURCE_TRACE, SOURCE_WAVE
from capsim.plan import compile_plan
from capsim.plan.hashes import name_hash
from capsim.scenario import Trace

H = 27_360


def expected_arrivals(plan, source):
    """Integral of the rate of a source."""
    tables = plan.arrivals
    first, last = tables.source_first[source], tables.source_last[source]
    return float(tables.segment_rate[first:last] @ np.diff(tables.segment_start[first : last + 1]))


def test_order_and_names_of_sources(build):
    """Initial cases in the order of the stages, then each inflow's rate, trace and waves."""
    plan = compile_plan(
        build(
            stages={
                "intake": {"team": "desk", "work": "1 h"},
                "away": {"stay": "3 days"},
            },
            inflows={
                "x": {"rate": {"per_day": 1}, "trace": [3.5], "enter": "away"},
                "y": {
                    "take_up": 0.4,
                    "lag": "2 days",
                    "waves": {
                        "january": {"date": "2026-01-10", "people": 50},
                        "spread": {"date": "2026-01-01", "people": 7, "over": "10 days"},
                        "office": {"date": "2026-01-05", "people": 7, "over": "5 workdays"},
                    },
                },
            },
            initial={
                "away": {"cases": 4, "inflow": "y"},
                "intake": {"cases": 2, "age": {"law": "exponential", "mean": "3 days"}},
            },
        )
    )
    tables = plan.arrivals

    assert tables.source_kind.tolist() == [SOURCE_INITIAL] * 2 + [
        SOURCE_RATE, SOURCE_TRACE, *[SOURCE_WAVE] * 3,
    ]  # fmt: skip
    assert plan.source_names == (
        "initial/intake", "initial/away", "rate", "trace", "january", "spread", "office",
    )  # fmt: skip
    assert tables.source_inflow.tolist() == [0, 1, 0, 0, 1, 1, 1]
    assert tables.source_entry.tolist() == [0, 1, 1, 1, 0, 0, 0]
    assert tables.source_n.tolist() == [2, 4, -1, 1, 50, 7, 7]
    assert tables.source_hash[1] == name_hash("y/initial/away")
    assert tables.source_hash[4] == name_hash("y/january")
    # Saturday the 10th is served on Monday the 12th, New Year on Friday the 2nd.
    assert tables.source_first[4:].tolist() == [11 * H, H, 4 * H]
    assert tables.source_last[4:].tolist() == [0, 10 * H, -5 * H]
    assert tables.source_take_up[4:].tolist() == [0.4] * 3
    assert plan.laws.value[tables.source_lag[4:]].tolist() == [2 * H] * 3
    assert tables.source_lag[:4].tolist() == [-1] * 4
    assert tables.source_first[1] == -1
    assert tables.source_first[0] >= 0


def test_steps_months_and_growth(build):
    """Half a year of steps from 2 to 4 a day at day 90, July and August at half."""
    months = [1, 1, 1, 1, 1, 1, 0.5, 0.5, 1, 1, 1, 1]
    rate = {"steps": [["0 days", 2.0], ["90 days", 4.0]], "unit": "per_day"}
    plan = compile_plan(
        build(
            horizon="1 year",
            inflows={"x": {"rate": rate, "seasonality": months}, "y": {"rate": rate}},
        )
    )

    assert expected_arrivals(plan, 0) == pytest.approx(90 * 2 + (365 - 90 - 62) * 4 + 62 * 2)
    assert expected_arrivals(plan, 1) == pytest.approx(90 * 2 + 275 * 4)
    assert plan.arrivals.source_last[1] - plan.arrivals.source_first[1] == 2


def test_a_rate_that_begins_later(build):
    """Nothing before the first step."""
    rate = {"steps": [["10 days", 2.0]], "unit": "per_day"}
    plan = compile_plan(build(inflows={"x": {"rate": rate}}))

    assert plan.arrivals.segment_start.tolist() == [0, 10 * H, 31 * H]
    assert (plan.arrivals.segment_rate * H).tolist() == [0, 2, 0]


def test_growth_of_a_rate(build):
    """In four years at 10 % the mean rate is (1.1^4 - 1) / (4 log 1.1) times the first one."""
    plan = compile_plan(
        build(horizon="4 years", inflows={"x": {"rate": {"per_day": 3}, "growth": 0.1}})
    )
    expected = 3 * 1461 * (1.1**4 - 1) / (4 * np.log(1.1))

    assert expected_arrivals(plan, 0) == pytest.approx(expected, rel=2e-4)


def test_trace(build):
    """Rows outside the horizon are left out but keep their numbers; own values stand by row."""
    trace = Trace(
        when=(-1.0, 2.25, 40.0, "2026-01-10"),
        office=("b", None, "a", "b"),
        work={"intake": (None, 1.5, None, None)},
        patience={"intake": (None, None, 3.0, 2.0)},
    )
    plan = compile_plan(
        build(
            offices={"a": {"share": 0.5}, "b": {"share": 0.5}},
            inflows={"x": {"trace": trace.model_dump()}, "y": {"trace": [0.5]}},
        )
    )
    tables = plan.arrivals

    assert tables.trace_applied.tolist() == [2 * H + H // 4, 11 * H, H // 2]
    assert tables.trace_index.tolist() == [1, 3, 0]
    assert tables.trace_office.tolist() == [-1, 1, -1]
    assert tables.trace_row.tolist() == [0, 1, -1]
    assert tables.trace_work.tolist() == [[5400], [-1]]
    assert tables.trace_patience.tolist() == [[-1], [2 * H]]
    assert tables.trace_stay.tolist() == [[-1], [-1]]
    assert tables.source_first.tolist() == [0, 2]
    assert tables.source_last.tolist() == [2, 3]
    assert tables.source_n.tolist() == [2, 1]


def test_office_shares_end_at_one(build):
    """Ten shares of 0.1 sum to less than 1 in floating point; the last threshold is exactly 1."""
    plan = compile_plan(
        build(teams={"desk": {"fte": 10}}, offices={f"o{i}": {"share": 0.1} for i in range(10)})
    )

    assert plan.arrivals.office_upto[-1] == 1.0
    assert plan.arrivals.office_upto[:2] == pytest.approx([0.1, 0.2])
