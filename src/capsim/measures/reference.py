"""The measures of one run, computed from its full tables: the definition, written to be read.

Notation: a *window* is a span of days, [warm_up, horizon) for the window "all"; the *cohort* of a
stage are the stays joined in it, in "all" those joined in [warm_up, horizon - follow_up), followed
to the end of the run. Initial cases have joined before: they are the cohort of the window
"initial", which is no time and has the measures of people only; those of unknown age, and those
who had a caseworker before, have no wait in it. Everything is in calendar days.

Stages
    arrivals, completed
        Stays joined in the window; stays completed in it.
    wait_*
        Over the cohort. A wait ends at the first start or at leaving (left, turned away, or the end
        of the stage without a visit); it is censored at the horizon. `wait_mean` is accumulated
        waiting per joined case; `wait_mean_finished` averages over the started only; quantiles are
        Kaplan-Meier; `wait_max` looks at the open ones too.
    censored_share
        Share of the cohort whose wait is still open.
    assignment_wait_mean
        The same mean for joined -> assigned.
    contact_wait_mean, contact_ratio
        Over the visits due in the window ("all": before the follow-up), whoever's they are (a first
        visit of a pooled initial case of unknown age apart, as it was due long ago). A visit that
        never started has waited until the stage ended, or the horizon. The ratio is
        sum(gap + visit) / sum(gap + contact wait + visit) over those with a previous visit in the
        run; a visit in hand counts as far as it has come.
    queue_mean, queue_peak
        Stays joined and not yet started nor ended; initial cases that have a caseworker when the
        run opens are not in it. The peak is judged after all events of an instant.
    in_stage_mean, stay_mean
        Stays joined and not ended, over the window; time in the stage per stay of the cohort, the
        open ones as long as seen.
    blocked_mean
        Time for which the place of a stay was kept for the next stage, per stay of the cohort.
    late_share
        Late among the cohort's stays whose deadline expired within the run and who had not left.
    decision_days_*
        Clock to end; the mean over completed stays, the quantile with open ones and those who left
        censored.
    dropout_share, turned_away_share
        Shares of the cohort.
    no_shows
        Visits that began in the window and to which nobody came. They are contacts like others in
        contact_wait_mean and contact_ratio; a partner's contact is one without wait and length.
    clear_day
        First day after the peak of the 7-day mean queue at which that mean is no higher than the
        mean of the 28 days before the first wave (fewer if the run is younger; at day 0 the number
        of initial cases waiting). The peak is sought from the wave on. Without a wave it is sought
        from the start, and the mean is no higher than what theory calls normal
        (`capsim.theory.steady.normal_queues`). NaN if never, and where theory says that it grows.
    pending_mean, pending_peak, pending_peak_day
        Cases whose clock for the decision runs, as `capsim.measures.pending` has them: over the
        window, the highest mean of one of its days, and the first such day (NaN where nobody is).

Exits
    exits
        Cases that left by it in the window.

Money, as `capsim.measures.money` has it
    cost_total, funding_total
        Of all items together, in the window.
    cost_per_case
        Costs over the cases that applied in the window, those of the first day left out.
    funded_share
        Of those who joined in the window what a rule of funding pays for, those who joined in the
        window of the rule.

Teams
    caseload_per_worker, caseload_per_fte
        Assigned cases over employed workers, weighted cases over contract FTE: ratios of integrals
        over the window. A team without caseworker stage counts the cases in its stages. Of places
        both are the taken ones over those that are there.
    caseload_peak
        Most open cases of any one worker, judged after all events of an instant.
    utilization
        Client hours worked over worked and idle ones, in the window. Of places, the calendar time
        for which they are taken over that for which they are there; one that is to go, but still
        taken, is there.
    queue_mean
        Over the stages of the team.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from capsim.catalogue.measures import STAGE_MEASURES
from capsim.catalogue.rows import (
    backlogs,
    measure_keys,
)
from capsim.kernels.codes import (
    DAYS_BEFORE_WAVE,
    DAYS_OF_MEAN,
    LATE_UNKNOWN,
    LATE_YES,
    NEVER,
    NONE,
    OUTCOME_COMPLETED,
    OUTCOME_LEFT,
    OUTCOME_TURNED_AWAY,
    VISIT_MISSED,
    VISIT_PARTNER,
)
from capsim.log.log import Log
from capsim.measures.kaplan_meier import quantiles_by_group, survival
from capsim.measures.money import applications, money_sums
from capsim.measures.pending import Pending, pending_of
from capsim.measures.stays import Stays, ratio
from capsim.measures.steps import integrals, overlap, peaks, totals
from capsim.measures.teams import team_measures
from capsim.plan.money import accounts_of
from capsim.plan.plan import Floats, Ints
from capsim.plan.windows import PLAIN, Ask, Window, windows_of

if TYPE_CHECKING:
    import pandas as pd

PENDING = ("pending_mean", "pending_peak", "pending_peak_day")


def measures_of(run: Log | Any) -> pd.DataFrame:
    """Measures of one run: measure, kind, of, inflow, office, window, value.

    Parameters
    ----------
    run : Log or Run
        A stored run gives the measures it was stored with.
    """
    if not isinstance(run, Log):
        return run.measures()
    return measure_keys(run.plan).frame(measure_values(run))


def measure_values(log: Log, ask: Ask = PLAIN) -> Floats:
    """Values aligned with `measure_keys(log.plan, ask)`.

    Those of the engine where it computed what is asked.
    """
    if log.totals is not None and "values" in log.totals and log.totals.get("ask", PLAIN) == ask:
        values: Floats = log.totals["values"]
        return values
    return reference_values(log, ask)


def reference_values(log: Log, ask: Ask = PLAIN) -> Floats:
    """Values aligned with `measure_keys(log.plan, ask)`, from the full tables."""
    if log.detail == "measures":
        raise ValueError(
            "this run kept no tables (detail='measures'), so nothing can be computed from them: "
            "simulate with detail='full'"
        )
    windows = windows_of(log.plan.scenario, ask)
    pending = pending_of(log)
    stages = np.stack([_stages(log, one, pending) for one in windows])
    teams = np.stack([team_measures(log, one) for one in windows])
    exits = np.stack([_exits(log, one) for one in windows])
    shares = np.array(
        [[_share_over(log, one, *wanted) for one in windows] for wanted in ask.shares]
    )
    accounts = accounts_of(log.plan, ask)
    money = (
        np.empty(0)
        if accounts is None
        else accounts.values(money_sums(log, accounts), applications(log))
    )
    return measure_keys(log.plan, ask).values(stages, teams, exits, shares, money)


def _stages(log: Log, window: Window, pending: Pending) -> Floats:
    """Dense array (stages, inflows + 1, offices + 1, measures)."""
    plan = log.plan
    stays = Stays(log, window)
    n = len(plan.stages)
    normal = backlogs(plan)[1]
    result = np.full((n, len(plan.inflows) + 1, len(plan.offices) + 1, len(STAGE_MEASURES)), np.nan)
    for by_inflow in (False, True):
        for by_office in (False, True):
            n_inflows = len(plan.inflows) if by_inflow else 1
            n_offices = len(plan.offices) if by_office else 1
            group = stays.stage * n_inflows + (stays.inflow if by_inflow else 0)
            group = group * n_offices + (stays.office if by_office else 0)
            cells = normal[
                :, slice(1, None) if by_inflow else 0, slice(1, None) if by_office else 0
            ]
            values = _stage_measures(
                log, stays, group, n * n_inflows * n_offices, cells.reshape(-1)
            )
            group = pending.stage * n_inflows
            group = group + (log.luck.inflow[pending.case] if by_inflow else 0)
            group = group * n_offices + (log.luck.office[pending.case] if by_office else 0)
            values |= _pending(log, window, pending, group, n * n_inflows * n_offices)
            names = [record.name for record in STAGE_MEASURES]
            cells = np.stack([values[name] for name in names], axis=-1)
            result[:, slice(1, None) if by_inflow else 0, slice(1, None) if by_office else 0, :] = (
                cells.reshape(n, n_inflows, n_offices, -1).reshape(
                    (
                        n,
                        *([n_inflows] if by_inflow else []),
                        *([n_offices] if by_office else []),
                        -1,
                    )
                )
            )
    return result


def _stage_measures(
    log: Log, stays: Stays, group: Ints, n: int, normal: Floats
) -> dict[str, Floats]:
    """Measures of the stays in each of n groups, whose backlogs end at the queues `normal`."""
    s, day = stays, float(log.plan.time.day_ticks)
    low, high = s.low, s.high
    length = float(max(high - low, 1))
    cohort = np.where(s.cohort, group, -1)
    number = totals(cohort, n)

    def mean_days(ticks: Ints) -> Floats:
        return ratio(totals(cohort, n, ticks), number) / day

    def share_of(which: Ints | np.ndarray, among: Floats) -> Floats:
        return ratio(totals(np.where(which, group, -1), n), among)

    wait = s.wait_end - s.joined
    p50, p90 = quantiles_by_group(cohort, n, wait, ~s.waits_on, (0.5, 0.9)) / day
    longest = np.full(n, -np.inf)
    np.maximum.at(longest, cohort[s.cohort], wait[s.cohort] / day)
    served = np.where(s.cohort & s.started, group, -1)
    assigned = np.where(log.stay_assigned != NONE, log.stay_assigned, s.wait_end)
    queue = np.where(s.queued, group, -1)

    due = log.stay_due
    judged = (due != NONE) & (due <= s.run_end) & (log.stay_late != LATE_UNKNOWN)
    decided = log.stay_outcome == OUTCOME_COMPLETED
    clocked = log.stay_clock != NONE
    decision = s.end - log.stay_clock
    decision_group = np.where(s.people & clocked, group, -1)
    done = np.where(s.people & clocked & decided, group, -1)
    contact_wait, contact_ratio = _contacts(log, s, group, n)
    until = high + (high == s.run_end)  # what ends at the end of the run is of its last window
    ended_here = (log.stay_ended >= low) & (log.stay_ended < until)
    return {
        "wait_mean": mean_days(wait),
        "wait_p50": p50,
        "wait_p90": p90,
        "wait_max": np.where(number > 0, longest, np.nan),
        "wait_mean_finished": ratio(totals(served, n, wait), totals(served, n)) / day,
        "assignment_wait_mean": mean_days(assigned - s.joined),
        "contact_wait_mean": contact_wait,
        "contact_ratio": contact_ratio,
        "queue_mean": totals(queue, n, overlap(s.joined, s.wait_end, low, high)) / length,
        "queue_peak": peaks(
            queue,
            n,
            s.clock.office(s.joined),
            np.where(s.waits_on, NEVER, s.clock.office(s.wait_end)),
            s.office_low,
            s.office_high,
        ),
        "in_stage_mean": totals(group, n, overlap(s.joined, s.end, low, high)) / length,
        "stay_mean": mean_days(s.end - s.joined),
        "blocked_mean": mean_days(
            np.where(log.stay_released == NONE, 0, np.minimum(log.stay_released, s.run_end) - s.end)
        ),
        "late_share": share_of(
            s.people & judged & (log.stay_late == LATE_YES),
            totals(np.where(s.people & judged, group, -1), n),
        ),
        "decision_days_mean": ratio(totals(done, n, decision), totals(done, n)) / day,
        "decision_days_p90": quantiles_by_group(decision_group, n, decision, decided, (0.9,))[0]
        / day,
        "dropout_share": share_of(s.cohort & (log.stay_outcome == OUTCOME_LEFT), number),
        "turned_away_share": share_of(s.cohort & (log.stay_outcome == OUTCOME_TURNED_AWAY), number),
        "censored_share": share_of(s.cohort & s.waits_on, number),
        "arrivals": totals(np.where(s.joiners, group, -1), n),
        "completed": totals(np.where(decided & ended_here, group, -1), n),
        "no_shows": totals(np.where(_missed(log, s), group[log.visit_stay], -1), n),
        "clear_day": _clear_days(log, s, queue, n, normal),
    }


def _missed(log: Log, s: Stays) -> np.ndarray:
    """(visits,) bool: whether nobody came, in the window."""
    began = s.clock.calendar(log.visit_begin)
    result: np.ndarray = (log.visit_kind == VISIT_MISSED) & (began >= s.low) & (began < s.high)
    return result


def _pending(log: Log, window: Window, pending: Pending, group: Ints, n: int) -> dict[str, Floats]:
    """Mean, peak of the daily means, and first day of the peak of who is without a decision."""
    day_ticks = log.plan.time.day_ticks
    borders = np.arange(window.low, window.high + 1, dtype=np.int64) * day_ticks
    if window.low == window.high:
        return {name: np.full(n, np.nan) for name in PENDING}
    # Sums of whole ticks are exact, so equal means are equal numbers, whatever the order of adding.
    daily = integrals(group, n, pending.start, pending.stop, None, borders) / day_ticks
    within = totals(group, n, overlap(pending.start, pending.stop, borders[0], borders[-1]))
    most = daily.max(axis=1)
    first = window.low + daily.argmax(axis=1).astype(np.float64)
    values = (within / float(borders[-1] - borders[0]), most, np.where(most > 0, first, np.nan))
    return dict(zip(PENDING, values, strict=True))


def _share_over(log: Log, window: Window, stage: str, days: float) -> Floats:
    """Dense array (stages, inflows + 1, offices + 1): Kaplan-Meier share with a longer wait."""
    plan, s = log.plan, Stays(log, window)
    shape = (len(plan.stages), len(plan.inflows) + 1, len(plan.offices) + 1)
    result = np.full(shape, np.nan)
    number = plan.stages.index(stage)
    mine = s.cohort & (s.stage == number)
    for i, inflow in enumerate([None, *range(len(plan.inflows))]):
        for o, office in enumerate([None, *range(len(plan.offices))]):
            here = mine if inflow is None else mine & (s.inflow == inflow)
            here = here if office is None else here & (s.office == office)
            if here.any():
                times, share = survival((s.wait_end - s.joined)[here], ~s.waits_on[here])
                reached = np.searchsorted(times, days * plan.time.day_ticks, side="right")
                result[number, i, o] = share[reached - 1] if reached else 1.0
    return result


def _exits(log: Log, window: Window) -> Floats:
    """Dense array (exits, inflows + 1, offices + 1) of how many left in the window."""
    plan, luck = log.plan, log.luck
    low, high = (day * plan.time.day_ticks for day in (window.low, window.high))
    until = high + (window.high == plan.time.n_days)
    left = (log.case_left != NONE) & (log.case_left >= low) & (log.case_left < until)
    result = np.zeros((len(plan.exits), len(plan.inflows) + 1, len(plan.offices) + 1))
    for inflow in (0, luck.inflow[left] + 1):
        for office in (0, luck.office[left] + 1):
            np.add.at(result, (log.case_exit[left], inflow, office), 1)
    return result


def _contacts(log: Log, s: Stays, group: Ints, n: int) -> tuple[Floats, Floats]:
    """Mean contact wait in days, and contact ratio, of each group."""
    stay, due = log.visit_stay, log.visit_due
    stage_over = np.where(log.stay_served != NONE, log.stay_served, s.end)[stay]
    # A partner's visit takes place, and is over, when it falls due.
    partner = log.visit_kind == VISIT_PARTNER
    begun = (log.visit_begin != NONE) | partner
    begin = np.where(partner, due, s.clock.calendar(log.visit_begin))
    end = np.where(log.visit_end != NONE, s.clock.calendar_end(log.visit_end), s.run_end)
    end = np.where(partner, due, end)
    wait = np.where(begun, begin, stage_over) - due
    length = np.where(begun, end - begin, 0)
    seen = (due >= s.low) & (due < s.cohort_end)
    seen &= ~(s.due_long_ago[stay] & (log.visit_number == 1))
    where = np.where(seen, group[stay], -1)
    follows = np.append(False, stay[1:] == stay[:-1])[: len(stay)]
    previous_end = np.append(0, end[:-1])[: len(stay)]
    gap = np.where(follows, due - previous_end, 0)
    later = np.where(seen & follows, group[stay], -1)
    mean = ratio(totals(where, n, wait), totals(where, n)) / log.plan.time.day_ticks
    planned = totals(later, n, gap + length)
    return mean, ratio(planned, planned + totals(later, n, wait))


def _clear_days(log: Log, s: Stays, queue: Ints, n: int, normal: Floats) -> Floats:
    """First day after the peak with a queue as before the first wave, or as is normal without one.

    NaN if never.
    """
    plan = log.plan
    result = np.full(n, np.nan)
    wave = backlogs(plan)[0]
    borders = np.arange(plan.time.n_days + 1, dtype=np.int64) * plan.time.day_ticks
    # Sums of whole ticks are exact, so equal means are equal numbers, whatever the order of adding.
    daily = integrals(queue, n, s.joined, s.wait_end, None, borders)
    running = np.concatenate([np.zeros((n, 1)), np.cumsum(daily, axis=1)], axis=1)
    first = np.maximum(np.arange(plan.time.n_days) - DAYS_OF_MEAN + 1, 0)
    last = np.arange(plan.time.n_days) + 1
    mean = (running[:, last] - running[:, first]) / ((last - first) * plan.time.day_ticks)
    since = max(wave - DAYS_BEFORE_WAVE, 0)
    if wave > 0:
        before = (running[:, wave] - running[:, since]) / ((wave - since) * plan.time.day_ticks)
    else:
        before = totals(np.where(s.initial, queue, -1), n)
    before = np.where(np.isnan(normal), before, normal)
    for k in np.flatnonzero(before < np.inf).tolist():
        peak = wave + int(np.argmax(mean[k, wave:]))
        clear = np.flatnonzero(mean[k, peak + 1 :] <= before[k])
        if len(clear):
            result[k] = peak + 1 + clear[0]
    return result
