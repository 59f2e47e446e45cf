"""Outlines of replications: the measures of a cheap recursion on the same luck, to control means.

`capsim.kernels.outline` has the recursion. The rows are those of the engines, in their order; where
an outline has none (contacts, queues of one inflow) they are NaN or say nothing. An outline shares
the luck with its replication and nothing else: whatever it leaves out costs gain, never honesty.
"""

from __future__ import annotations

from collections.abc import Sequence
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from capsim.draws.luck import Luck
from capsim.engines.compiled.log import Raw
from capsim.engines.compiled.measuring import Sums
from capsim.engines.compiled.packing import fields_of, packed
from capsim.kernels.codes import ENDING_STAY, KIND_CASEWORKER, KIND_POOLED
from capsim.kernels.tables import Crew, People, Written
from capsim.plan.money import accounts_of
from capsim.plan.plan import Floats, Ints, Plan
from capsim.plan.windows import PLAIN, Ask

__all__ = ["is_possible", "measure", "paces", "saves_time", "unknown"]

_WORDS = [np.uint64((2 * k + 1) << 55) for k in range(256)]
FEW_COPIES = 8
"""Team copies of a service whose outlines cost less than they save."""
LEAST = 0.5
"""Smallest pace: below it something else is wrong than the rhythm."""

_made: WeakKeyDictionary[Plan, Outliner] = WeakKeyDictionary()


class Outliner:
    """A plan as the recursion reads it."""

    def __init__(self, plan: Plan) -> None:
        from capsim.kernels.draws.laws import sample

        self._plan = plan
        self._n_stays = 0

        def mean(law: int) -> float:
            if law < 0:
                return 0.0
            day = plan.time.n_days // 2
            return float(np.mean([sample(law, word, day, plan.laws) for word in _WORDS]))

        profiles = plan.profiles
        self._mean_gap = np.zeros(len(profiles.kind))
        self._mean_work = np.zeros(len(profiles.kind))
        for p in np.flatnonzero(profiles.kind == KIND_CASEWORKER):
            last = profiles.work_first[p] + profiles.work_n[p] - 1
            self._mean_work[p] = mean(int(plan.rules.work[last]))
            self._mean_gap[p] = max(mean(int(profiles.gap[p])), 1.0)

    def measures(self, luck: Luck, factor: Floats, ask: Ask) -> Floats:
        """The rows of one replication."""
        from capsim.kernels import outline as kernel
        from capsim.kernels.engine import columns

        plan = self._plan
        n_cases, n_workers = len(luck.applied), len(luck.worker_copy)
        n_stages, n_copies = len(plan.stages), len(plan.copy_names)
        n_open = plan.time.horizon // plan.time.day_ticks
        cells = (n_stages, len(plan.inflows) + 1, len(plan.offices) + 1)
        people, crew = fields_of(People, luck), fields_of(Crew, luck)
        tables = packed(plan).with_workers(luck)
        given = kernel.Supply(
            np.empty((n_copies, n_open + 1)), np.empty((n_copies, n_open)), np.empty(n_copies)
        )
        kernel.supply(
            crew, tables.copies, plan.time.day_ticks, *given, np.empty(n_copies),
            np.empty(n_copies), np.empty(n_workers, np.int64), np.empty(n_workers),
            np.empty(n_workers),
        )  # fmt: skip
        windows = packed(plan).windows(ask)
        n_slices = len(windows.border) - 1
        spent = np.empty((n_workers, n_slices + 1, columns.SPENT_FIELDS), np.int64)
        peaks = np.empty((n_slices, *cells), np.int64)
        capacity = max(self._n_stays, 4 * n_cases) + 64
        memory = kernel.Memory(
            cases=np.empty((n_cases, kernel.OUTLINE_FIELDS), np.int64),
            clocks=np.empty((n_cases, plan.n_clocks), np.int64),
            nth_stay=np.empty((n_cases, n_stages), np.int32),
            heads=np.empty(n_open * kernel.SLOTS, np.int64),
            queue=np.empty(n_copies, np.int64),
            queue_ends=np.empty(n_copies, np.int64),
            state=np.empty((n_copies, kernel.COPY_STATE)),
            waiting=np.empty((n_stages, len(plan.offices) + 1, plan.time.n_days + 1), np.int32),
            crew_first=np.empty(n_copies, np.int64),
        )
        contacts = kernel.Contacts(self._mean_work, self._mean_gap, factor)
        while True:
            stays = np.empty((capacity, columns.STAY_FIELDS), np.int64)
            used = kernel.outline(
                luck.key, plan.time, windows, plan.laws, tables, people, crew, contacts, given,
                memory, stays, peaks, spent,
            )  # fmt: skip
            if used >= 0:
                break
            capacity *= 2
        self._n_stays = max(self._n_stays, used)
        nothing = np.empty(0, np.int64)
        places = (n_slices, n_stages, len(plan.inflows), len(plan.offices))
        written = Written(
            case_seen=nothing,
            case_left=nothing,
            case_exit=nothing,
            stays=stays[:used],
            visits=nothing,
            places=nothing,
            contacts=np.zeros((*places, columns.CONTACT_FIELDS), np.int64),
            peaks=peaks,
            spent=spent,
            orders=nothing,
            sizes=nothing,
        )
        accounts = accounts_of(plan, ask)
        money = np.full(0 if accounts is None else accounts.size, np.nan)
        sums = Sums(plan, ask, n_cases, used, is_joined=False, with_money=False)
        sums.add(luck, written)
        return sums.values(luck, Raw(written, nothing, luck), money)


def unknown(plan: Plan) -> str:
    """What of a plan its outline does not know and much depends on, in a word; "" if nothing."""
    if (plan.copies.classes > 1).any():
        return "classes of priority"
    if (plan.profiles.room >= 0).any():
        return "limited room"
    if len(plan.arrivals.trace_applied):
        return "traces of applications"
    if (plan.staff.strain.row >= 0).any():
        return "leaving that rises with the load"
    return "staff that is called by a queue" if plan.watch_names else ""


def is_possible(plan: Plan) -> bool:
    """Whether an outline knows what matters in a plan: see `unknown`."""
    return not unknown(plan)


def saves_time(plan: Plan) -> bool:
    """Whether outlines make the same precision cheaper, by rule and never by the numbers.

    They do where what workers give varies by chance, or cases hold places of workers. They do not
    where a team has both pooled work and contacts in the rhythm of a stay, of which an outline
    knows only the mean; nor in a province of many offices, where the teams of all offices cost an
    outline about as much as it saves, and a first answer would take five times as long.
    `docs/how-to/precision.md` has what was measured.
    """
    staff, copies = plan.staff, plan.copies
    varies = len(staff.absence_rate) > 0 or bool((staff.turnover_rate > 0).any())
    with_contacts = _with_contacts(plan)
    holds = bool((with_contacts & (copies.limit >= 0)).any())
    pooled = _copies_with(plan, plan.profiles.kind == KIND_POOLED)
    is_known = (varies or holds) and not (pooled & with_contacts).any()
    return len(plan.copy_names) <= FEW_COPIES and is_known and is_possible(plan)


def measure(
    plan: Plan,
    seed: int,
    first: int,
    count: int,
    pace: Sequence[float] | Floats | None = None,
    ask: Ask = PLAIN,
) -> Floats:
    """Measures of the outlines of `count` replications from number `first` on.

    Parameters
    ----------
    plan : Plan
        One for which outlines are possible.
    seed, first, count : int
    pace : (copies,) float, optional
        Factor on the work of contacts of each team copy; see `paces`.
    ask : Ask
        What is measured besides what the scenario says.

    Returns
    -------
    (count, rows) float64
        Aligned with `capsim.catalogue.rows.measure_keys(plan, ask)`.
    """
    from capsim.catalogue.rows import measure_keys
    from capsim.draws import deal

    outliner = _outliner(plan)
    factor = np.ones(len(plan.copy_names)) if pace is None else np.array(pace, np.float64)
    values = np.empty((count, len(measure_keys(plan, ask))))
    for k in range(count):
        values[k] = outliner.measures(deal(plan, seed, first + k), factor, ask)
    return values


def paces(plan: Plan, seed: int, values: Floats, ask: Ask = PLAIN) -> tuple[float, ...]:
    """Factors on contact work by which outlines are as busy as the replications.

    Contacts come later than their rhythm says: workers are away, and the visit before has waited.

    Parameters
    ----------
    plan : Plan
    seed : int
    values : (n, rows) float64
        Measures of the replications 0 to n - 1.
    ask : Ask
        What was measured in them besides what the scenario says.

    Returns
    -------
    (copies,) float
        From `LEAST` to 1, in hundredths: found by three steps of the secant method; 1 for copies
        without contacts in the rhythm of a stay.
    """
    wanted = values[:, _utilizations(plan, ask)].mean(axis=0)
    free = _with_contacts(plan) & np.isfinite(wanted)
    last, pace = np.ones(len(wanted)), np.ones(len(wanted))
    if not free.any():
        return tuple(pace.tolist())
    rows = _utilizations(plan, PLAIN)
    before = measure(plan, seed, 0, len(values), last)[:, rows].mean(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        pace = np.where(free, np.clip(wanted / before, LEAST, 1.0), 1.0)
        for _ in range(2):
            now = measure(plan, seed, 0, len(values), pace)[:, rows].mean(axis=0)
            step = (wanted - now) * (pace - last) / (now - before)
            step = np.where(np.isfinite(step), step, 0.0)
            last, before = pace, now
            pace = np.where(free, np.clip(pace + step, LEAST, 1.0), 1.0)
    return tuple(float(f) for f in np.round(pace, 2))


def _utilizations(plan: Plan, ask: Ask) -> Ints:
    """Rows of the utilization of each team copy."""
    from capsim.catalogue.rows import measure_keys

    row_of = {
        (of, office): k
        for k, (measure, _, of, _, office, window) in enumerate(measure_keys(plan, ask).rows)
        if measure == "utilization" and window == "all"
    }
    copies = zip(plan.copies.team, plan.copy_names, strict=True)
    return np.array([row_of[plan.teams[t], name] for t, name in copies], np.int64)


def _with_contacts(plan: Plan) -> NDArray[np.bool_]:
    """Copies with cases whose contacts are counted by the day."""
    counted = (plan.profiles.kind == KIND_CASEWORKER) & (plan.profiles.ending == ENDING_STAY)
    return _copies_with(plan, counted)


def _copies_with(plan: Plan, profiles: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Copies that serve a stage by one of these profiles."""
    row = plan.network.profile
    stages = (profiles[row] & (row >= 0)).any(axis=1) & (plan.network.stage_copy >= 0)
    found = np.zeros(len(plan.copy_names), dtype=bool)
    found[plan.network.stage_copy[stages]] = True
    return found


def _outliner(plan: Plan) -> Outliner:
    found = _made.get(plan)
    if found is None:
        found = _made[plan] = Outliner(plan)
    return found
