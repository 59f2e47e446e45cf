"""The parts that measures are made of."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from capsim.catalogue import Selector
from capsim.kernels.codes import NEVER, NONE
from capsim.log.clock import DayClock
from capsim.measures.kaplan_meier import quantile, survival
from capsim.measures.steps import amounts, integrals, peaks, totals

TEN = np.arange(1, 11)


def test_without_open_ones_the_estimate_is_the_empirical_one():
    """Ten waits of 1 to 10: the median is 5, nine in ten are over by 9, all by 10."""
    ended = np.ones(10, bool)
    assert [quantile(TEN, ended, p) for p in (0.1, 0.5, 0.9, 1.0)] == [1, 5, 9, 10]
    times, share = survival(TEN, ended)
    np.testing.assert_allclose(share, 1 - times / 10)


def test_leaving_out_those_who_still_wait_would_flatter():
    """Five ended within a day, five wait since ten days: the median is not reached by the ended.

    S falls to 1/2 at day 1; the naive 0.9 quantile of the ended would be 1 as well.
    """
    lasted, ended = [1] * 5 + [10] * 5, [True] * 5 + [False] * 5
    assert quantile(lasted, ended, 0.5) == 1
    assert np.isnan(quantile(lasted, ended, 0.9))


def test_a_published_example():
    """Remission times of 21 patients (6-MP arm of Freireich 1963, in Cox 1972): S(10) = 0.753."""
    lasted = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
    ended = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    times, share = survival(lasted, np.array(ended, bool))
    found = dict(zip(times.tolist(), np.round(share, 3).tolist(), strict=True))
    assert found == {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448}
    assert quantile(lasted, np.array(ended, bool), 0.5) == 23


def test_nobody_has_no_quantile():
    """An empty group gives NaN, not an error."""
    assert np.isnan(quantile([], np.array([], bool), 0.5))


interval_rows = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 50), st.integers(0, 20)), max_size=30
)


@given(interval_rows)
def test_integrals_and_peaks_equal_a_count_tick_by_tick(rows):
    """Three groups of intervals on a clock of 60 ticks, bins of unequal length."""
    group = np.array([row[0] for row in rows], dtype=np.int64)
    start = np.array([row[1] for row in rows], dtype=np.int64)
    stop = start + np.array([row[2] for row in rows], dtype=np.int64)
    level = np.zeros((3, 60))
    for g, a, b in zip(group, start, stop, strict=True):
        level[g, a:b] += 1
    borders = np.array([0, 7, 30, 31, 60])
    expected = np.add.reduceat(level, borders[:-1], axis=1)
    found = integrals(group, 3, start, stop, None, borders)
    # Intervals may reach beyond the last border.
    np.testing.assert_allclose(found, expected)
    np.testing.assert_array_equal(peaks(group, 3, start, stop, 5, 40), level[:, 5:40].max(axis=1))


@given(interval_rows)
def test_amounts_are_added_up_and_leave_no_rest(rows):
    """Rates of a third and a tenth, a bin without length: exactly zero where nobody is at work."""
    rate = np.array([0.0, 1 / 3, 0.1])
    group = np.array([row[0] for row in rows], dtype=np.int64)
    start = np.array([row[1] for row in rows], dtype=np.int64)
    stop = start + np.array([row[2] for row in rows], dtype=np.int64)
    level = np.zeros((3, 60), int)
    for g, a, b in zip(group, start, stop, strict=True):
        level[g, a:b] += 1
    borders = np.array([0, 7, 30, 30, 31, 60])
    ticks = np.array([level[:, a:b].sum(axis=1) for a, b in pairwise(borders)]).T
    found = amounts(group, 3, start, stop, rate[group], borders)
    np.testing.assert_allclose(found, ticks * rate[:, None])
    assert (found[ticks == 0] == 0).all()


def test_rows_of_no_group_are_not_counted():
    """Group -1 is nobody's."""
    assert totals(np.array([0, -1, 1, 1]), 3, np.array([5, 7, 1, 2])).tolist() == [5, 3, 0]


def test_whole_numbers_are_added_exactly():
    """Beyond 2**53, where a float64 would swallow the ones."""
    values = np.array([2**53, 1, 1, 1], dtype=np.int64)
    assert totals(np.zeros(4, dtype=np.int64), 1, values)[0] == 2**53 + 4


@given(
    arrays.arrays(bool, st.integers(1, 12)),
    st.integers(0, 200),
)
def test_both_clocks_agree_on_every_calendar(is_open, instant):
    """office() is the first office instant at or after; calendar() its inverse; closing belongs."""
    h = 10
    open_day = np.append(np.flatnonzero(is_open), len(is_open)).astype(np.int64)
    clock = DayClock(h, len(is_open), open_day)
    moments = [int(d) * h + k for d in open_day[:-1] for k in range(h)]
    expected = next((k for k, c in enumerate(moments) if c >= instant), NEVER)
    if expected != NEVER or instant >= clock.end:
        assert clock.office(np.array([instant])).tolist() == [expected]
    everything = np.arange(clock.horizon)
    np.testing.assert_array_equal(clock.calendar(everything), moments)
    np.testing.assert_array_equal(
        clock.calendar_end(everything[1:]), np.array(moments[:-1], dtype=np.int64) + 1
    )
    nothing = np.array([NONE])
    for convert in (clock.calendar, clock.calendar_end, clock.office):
        assert convert(nothing).tolist() == [NONE]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("wait_p90[intake]", ("wait_p90", "intake", "all", "all", None)),
        ("late_share[a b, inflow = reform]", ("late_share", "a b", "reform", "all", None)),
        ("utilization[guides,office=genk+as]", ("utilization", "guides", "all", "genk+as", None)),
        ('queue_mean["x, y", kind=team]', ("queue_mean", "x, y", "all", "all", "team")),
        ("clear_day", ("clear_day", None, "all", "all", None)),
    ],
)
def test_a_selector_is_read_and_written(text, expected):
    """And written again it means the same."""
    selector = Selector.parse(text)
    found = (selector.measure, selector.of, selector.inflow, selector.office, selector.kind)
    assert found == expected
    assert Selector.parse(str(selector)) == selector


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("wait p90[intake]", "cannot be read"),
        ("wait_p90[intake", "cannot be read"),
        ("wait_p90[intake, team=x]", "'team' is not a selector"),
        ("wait_p90[intake, of=x]", "names 'of' twice"),
        ("wait_p90[a=b=c]", "cannot be read"),
    ],
)
def test_what_is_no_selector_is_refused_with_the_shape_to_write(text, words):
    """The text itself is named."""
    with pytest.raises(ValueError, match=words):
        Selector.parse(text)


FRAME = pd.DataFrame(
    [
        ("wait_mean", "stage", "intake", "all", "all", 1.0),
        ("wait_mean", "stage", "guidance", "all", "all", 2.0),
        ("queue_mean", "stage", "guidance", "all", "all", 3.0),
        ("queue_mean", "team", "guidance", "all", "all", 4.0),
        ("late_share", "stage", "intake", "reform", "genk", 5.0),
    ],
    columns=["measure", "kind", "of", "inflow", "office", "value"],
)


def test_a_selector_finds_its_row():
    """The stage where stage and team share a name; the only one where none is named."""
    assert Selector.parse("wait_mean[guidance]").value(FRAME) == 2.0
    assert Selector.parse("queue_mean[guidance]").value(FRAME) == 3.0
    assert Selector.parse("queue_mean[guidance, kind=team]").value(FRAME) == 4.0
    assert Selector.parse("queue_mean").value(FRAME) == 3.0
    assert Selector.parse("late_share[intake, inflow=reform, office=genk]").value(FRAME) == 5.0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("wait_men[intake]", "did you mean 'wait_mean'"),
        ("wait_mean[intak]", "did you mean 'intake'"),
        ("late_share[intake]", "no inflow 'all'"),
        ("wait_mean", r"say of what: wait_mean\[intake\], wait_mean\[guidance\]"),
    ],
)
def test_a_row_that_is_not_there_is_named_with_those_that_are(text, words):
    """Misspelt names get a suggestion."""
    with pytest.raises(KeyError, match=words):
        Selector.parse(text).find(FRAME)
