"""Which measures a plan has, and in which order: the rows that every replication fills.

A row is absent where the measure does not apply (no deadline, no patience, an inflow that never
reaches the stage); a row that applies but saw nobody holds 0 (counts) or NaN (means, shares). The
rules that records name, of a stage:

    always        every stage that an inflow reaches
    wait          it has a team
    assignment    cases stay with one worker; of a team, in one of its stages
    contact       more than one visit
    late          a deadline
    decision      a deadline or a decision
    dropout       patience
    turned_away   limited room

and of the whole service:

    costs         something has a price
    funding       there are rules of funding
    windowed      a rule of funding has a window, `joined`

Values are computed into two dense arrays, and `Keys.values` picks the rows out of them:

* stages: (windows, stages, inflows + 1, offices + 1, len(STAGE_MEASURES)); index 0 of the inner
  axes is "all", index k + 1 is inflow or office k;
* teams: (windows, teams + copies, len(TEAM_MEASURES)); row t is team t over all its copies, row
  teams + c is copy c;
* exits: (windows, exits, inflows + 1, offices + 1), index 0 of the inner axes is "all";
* shares: (asked, windows, stages, inflows + 1, offices + 1), likewise;
* money: (windows that are time, MONEY_MEASURES, the last one for each rule with a window), then
  what `capsim.plan.money` tells by period: rows of the measure "money" of each item, its kind
  "cost" or "funding", its period the window.

The rows of the window that the scenario means come first, those of the periods of a study last:
where no window is named, the first one of a measure is meant.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from capsim.catalogue.measures import (
    EXIT_MEASURES,
    MONEY_MEASURES,
    STAGE_MEASURES,
    TEAM_MEASURES,
    share_over,
)
from capsim.kernels.codes import (
    DEADLINE_NONE,
    KIND_CASEWORKER,
    KIND_DELAY,
    LAW_FIXED,
    SOURCE_INITIAL,
    SOURCE_WAVE,
)
from capsim.plan.money import Accounts, accounts_of
from capsim.plan.plan import Floats, Ints, Plan
from capsim.plan.windows import PLAIN, Ask, windows_of

if TYPE_CHECKING:
    import pandas as pd

ALL = "all"
MONEY = "money"
"""Measure and kind of rows about money; the measure of what is told by item and period."""
NO_INFLOW = "-"
"""Inflow of what no case costs."""
LEVELS = {"queue_mean": "level", "in_stage_mean": "level_open"}
"""What the mean over a window of one day is called."""
MEASURE_COLUMNS = {record.name: column for column, record in enumerate(STAGE_MEASURES)}
COLUMNS = ("measure", "kind", "of", "inflow", "office", "window")
Row = tuple[str, str, str, str, str, str]


@dataclass(frozen=True, eq=False)
class Keys:
    """The rows of `Run.measures()` without their values.

    Attributes
    ----------
    rows : tuple of tuples
        (measure, kind, of, inflow, office, window) of each row; "all" marks an aggregate.
    cells : (rows,) int64
        Position of each row in the flattened dense arrays of stages, teams, exits, shares and
        money, in this order.
    """

    rows: tuple[Row, ...]
    cells: Ints

    def __len__(self) -> int:
        return len(self.rows)

    def values(
        self, stages: Floats, teams: Floats, exits: Floats, shares: Floats, money: Floats
    ) -> Floats:
        """Values of the rows, picked from the dense arrays."""
        dense = [one.reshape(-1) for one in (stages, teams, exits, shares, money)]
        return np.concatenate(dense)[self.cells]

    def frame(self, values: Floats | None = None) -> pd.DataFrame:
        """Tidy frame: the columns of the rows, and `value` if values are given."""
        import pandas as pd

        frame = pd.DataFrame(self.rows, columns=list(COLUMNS))
        if values is not None:
            frame["value"] = values
        return frame


_made: WeakKeyDictionary[Plan, dict[Ask, Keys]] = WeakKeyDictionary()
_backlogs: WeakKeyDictionary[Plan, tuple[int, Floats]] = WeakKeyDictionary()


def measure_keys(plan: Plan, ask: Ask = PLAIN) -> Keys:
    """The measures of a plan, in their fixed order (made once per plan and what a study asks)."""
    made = _made.setdefault(plan, {})
    if ask not in made:
        made[ask] = _make(plan, ask)
    return made[ask]


def _make(plan: Plan, ask: Ask) -> Keys:
    windows = windows_of(plan.scenario, ask)
    own = [one.name for one in windows].index(plan.scenario.window)
    order = [own, *(w for w in range(len(windows)) if w != own)]
    stages, teams = stage_applicability(plan), _team_rows(plan)
    n_stage_cells = len(windows) * stages.size
    n_team_cells = (len(plan.teams) + len(plan.copy_names)) * len(TEAM_MEASURES)
    exits = exits_reached(plan)
    n_exit_cells = exits.size
    before_exits = n_stage_cells + len(windows) * n_team_cells
    before_shares = before_exits + len(windows) * n_exit_cells
    n_cells = stages.size // len(STAGE_MEASURES)
    before_money = before_shares + len(ask.shares) * len(windows) * n_cells
    accounts = accounts_of(plan, ask)
    flats = np.flatnonzero(stages.reshape(-1))
    places = np.column_stack([flats, *np.unravel_index(flats, stages.shape)])
    everywhere, together = places.tolist(), places[places[:, 3] == 0].tolist()
    rows: list[Row] = []
    cells: list[int] = []
    for w in order:
        window = windows[w]
        for flat, s, i, o, m in together if window.kind == "period" else everywhere:
            measure = STAGE_MEASURES[m]
            name = measure.name
            if window.kind == "day":
                if name not in LEVELS:
                    continue
                name = LEVELS[name]
            if window.kind != "all" and measure.whole_run:
                continue
            if window.kind == "initial" and not measure.of_people:
                continue
            inflow = plan.inflows[i - 1] if i else ALL
            office = plan.offices[o - 1] if o else ALL
            rows.append((name, "stage", plan.stages[s], inflow, office, window.name))
            cells.append(w * stages.size + flat)
        if window.kind == "day":
            continue
        for number, (stage, days) in enumerate(ask.shares):
            s, m = plan.stages.index(stage), MEASURE_COLUMNS["wait_mean"]
            for i, o in zip(*np.nonzero(stages[s, :, :, m]), strict=True):
                if window.kind == "period" and o:
                    continue
                inflow = plan.inflows[i - 1] if i else ALL
                office = plan.offices[o - 1] if o else ALL
                rows.append((share_over(days), "stage", stage, inflow, office, window.name))
                cell = np.ravel_multi_index((s, i, o), stages.shape[:3])
                cells.append(before_shares + (number * len(windows) + w) * n_cells + int(cell))
        for name, team, office, cell in teams if window.kind != "initial" else ():
            if window.kind != "period" or office == ALL:
                rows.append((name, "team", team, ALL, office, window.name))
                cells.append(n_stage_cells + w * n_team_cells + cell)
        for flat in np.flatnonzero(exits.reshape(-1)).tolist() if window.kind != "initial" else ():
            e, i, o = (int(k) for k in np.unravel_index(flat, exits.shape))
            if window.kind == "period" and o:
                continue
            inflow = plan.inflows[i - 1] if i else ALL
            office = plan.offices[o - 1] if o else ALL
            name = EXIT_MEASURES[0].name
            rows.append((name, "exit", plan.exits[e], inflow, office, window.name))
            cells.append(before_exits + w * n_exit_cells + flat)
        if accounts is not None and window in accounts.windows:
            first = before_money + accounts.windows.index(window) * accounts.width
            told = _money_rows(accounts, window.name)
            rows += [row for row, _ in told]
            cells += [first + column for _, column in told]
    if accounts is not None:
        rows += _leaf_rows(accounts)
        first = before_money + len(accounts.windows) * accounts.width
        cells += range(first, first + len(accounts.leaves))
    return Keys(tuple(rows), np.array(cells, np.int64))


def _money_rows(accounts: Accounts, window: str) -> list[tuple[Row, int]]:
    """Rows of money in a window, each with its column."""
    there = {"costs": accounts.has_costs, "funding": accounts.has_funding}
    found: list[tuple[Row, int]] = []
    for column, measure in enumerate(MONEY_MEASURES):
        if there.get(measure.applies):
            found.append(((measure.name, MONEY, ALL, ALL, ALL, window), column))
        elif measure.applies == "windowed":
            names = enumerate(accounts.windowed, column)
            found += [((measure.name, MONEY, name, ALL, ALL, window), k) for k, name in names]
    return found


def _leaf_rows(accounts: Accounts) -> list[Row]:
    """What is told of money by item, inflow, place and period."""
    inflows = (*accounts.inflows, NO_INFLOW)
    return [
        (
            MONEY,
            accounts.items[leaf.item].kind,
            accounts.items[leaf.item].name,
            inflows[leaf.inflow],
            accounts.places[leaf.place],
            accounts.periods[leaf.period].name,
        )
        for leaf in accounts.leaves
    ]


def _team_rows(plan: Plan) -> list[tuple[str, str, str, int]]:
    """Measure, team, office and cell in one window of each row of a team."""
    rows = []
    kinds = stage_kinds(plan)
    for t, team in enumerate(plan.teams):
        copies = np.flatnonzero(plan.copies.team == t)
        served = [
            s
            for s in range(len(plan.stages))
            if np.isin(plan.network.stage_copy[:, s], copies).any()
        ]
        if not served:
            continue
        is_caseworker = any(kinds[s] >= KIND_CASEWORKER for s in served)
        own = [(len(plan.teams) + c, plan.copy_names[c]) for c in copies.tolist()]
        for number, office in [(t, ALL), *own]:
            for m, measure in enumerate(TEAM_MEASURES):
                if measure.applies == "always" or is_caseworker:
                    rows.append((measure.name, team, office, number * len(TEAM_MEASURES) + m))
    return rows


def stage_kinds(plan: Plan) -> list[int]:
    """Kind of each stage (KIND_*): inflows and offices cannot change it."""
    return [int(plan.profiles.kind[plan.network.profile[0, 0, s]]) for s in range(len(plan.stages))]


def caseworker_teams(plan: Plan) -> list[bool]:
    """Whether each team serves a stage whose cases hold places: of one worker, or of the team."""
    kinds = stage_kinds(plan)
    result = [False] * len(plan.teams)
    for s, kind in enumerate(kinds):
        if kind >= KIND_CASEWORKER:
            for copy in np.unique(plan.network.stage_copy[:, s]):
                result[int(plan.copies.team[copy])] = True
    return result


def first_wave_day(plan: Plan) -> int:
    """Calendar day of the first wave; -1 without waves."""
    sources = plan.arrivals
    is_wave = (sources.source_kind == SOURCE_WAVE) & (sources.source_n != 0)
    if not is_wave.any():
        return -1
    return int(sources.source_first[is_wave].min() // plan.time.day_ticks)


def backlogs(plan: Plan) -> tuple[int, Floats]:
    """From which day on backlogs are sought, and the queues at which they are gone.

    Returns
    -------
    day : int
        That of the first wave within the run; 0 without one.
    queue : (stages, inflows + 1, offices + 1) float64
        NaN with a wave: as many as before it. Without one those that theory calls normal, infinite
        where it says that the queue grows.
    """
    found = _backlogs.get(plan)
    if found is None:
        from capsim.theory.steady import normal_queues

        wave = first_wave_day(plan)
        shape = len(plan.stages), len(plan.inflows) + 1, len(plan.offices) + 1
        has_wave = 0 <= wave < plan.time.n_days
        queue = np.full(shape, np.nan) if has_wave else np.zeros(shape)
        for row in () if has_wave else normal_queues(plan.scenario):
            s, i, o = (
                plan.stages.index(row.stage),
                plan.inflows.index(row.inflow) + 1,
                plan.offices.index(row.office) + 1,
            )
            for inflow in (0, i):
                queue[s, inflow, 0] += row.queue
                queue[s, inflow, o] += row.queue
        found = _backlogs[plan] = (wave if has_wave else 0, queue)
    return found


def reached(plan: Plan) -> np.ndarray:
    """(inflows, stages) bool: whether cases of the inflow can enter the stage."""
    n_offices, n_inflows, n_stages = plan.network.profile.shape
    result = np.zeros((n_inflows, n_stages), bool)
    sources = plan.arrivals
    for i in range(n_inflows):
        entries = {
            int(entry)
            for kind, inflow, entry in zip(
                sources.source_kind, sources.source_inflow, sources.source_entry, strict=True
            )
            if inflow == i and (kind == SOURCE_INITIAL or entry >= 0)
        }
        to_see = entries or {int(plan.network.inflow_entry[i])}
        while to_see:
            s = to_see.pop()
            result[i, s] = True
            for o in range(n_offices):
                p = int(plan.network.profile[o, i, s])
                first, n = int(plan.profiles.route_first[p]), int(plan.profiles.route_n[p])
                ways = [*plan.rules.route_to[first : first + n], plan.profiles.if_left[p]]
                ways.append(plan.profiles.if_turned_away[p])
                to_see |= {int(w) for w in ways if w >= 0 and not result[i, int(w)]}
    return result


def exits_reached(plan: Plan) -> np.ndarray:
    """(exits, inflows + 1, offices + 1) bool: which cases can leave by which exit."""
    seen = reached(plan)
    n_offices, n_inflows, _ = plan.network.profile.shape
    result = np.zeros((len(plan.exits), n_inflows + 1, n_offices + 1), bool)
    profiles = plan.profiles
    for o in range(n_offices):
        for i in range(n_inflows):
            for s in np.flatnonzero(seen[i]).tolist():
                p = int(plan.network.profile[o, i, s])
                first, n = int(profiles.route_first[p]), int(profiles.route_n[p])
                ways = plan.rules.route_to[first : first + n].tolist()
                if profiles.patience[p] >= 0:
                    ways.append(int(profiles.if_left[p]))
                if profiles.room[p] >= 0:
                    ways.append(int(profiles.if_turned_away[p]))
                for way in ways:
                    if way < 0:
                        result[-way - 1, i + 1, o + 1] = True
    if plan.arrivals.trace_patience.size:  # rows of a trace may lose patience anywhere
        left = profiles.if_left[plan.network.profile]
        for o, i, s in zip(*np.nonzero(left < 0), strict=True):
            if seen[i, s]:
                result[-int(left[o, i, s]) - 1, i + 1, o + 1] = True
    result[:, 0, 1:] = result[:, 1:, 1:].any(axis=1)
    result[:, 1:, 0] = result[:, 1:, 1:].any(axis=2)
    result[:, 0, 0] = result[:, 1:, 1:].any(axis=(1, 2))
    return result


def stage_applicability(plan: Plan) -> np.ndarray:
    """(stages, inflows + 1, offices + 1, stage measures) bool: which rows there are."""
    profile = plan.network.profile
    seen = reached(plan)[None, :, :]
    with_team = plan.profiles.kind[profile] != KIND_DELAY
    caseworker = plan.profiles.kind[profile] == KIND_CASEWORKER
    traced = np.zeros(len(plan.stages), bool)
    if plan.arrivals.trace_patience.size:
        traced = (plan.arrivals.trace_patience >= 0).any(axis=0)
    has_deadline = plan.profiles.deadline[profile] != DEADLINE_NONE
    always = np.ones(profile.shape, bool)
    rules = {
        "wait": with_team,
        "assignment": plan.profiles.kind[profile] >= KIND_CASEWORKER,
        "contact": caseworker | (with_team & several_visits(plan)[profile]),
        "no_show": plan.profiles.missed_cost[profile] >= 0,
        "late": has_deadline,
        "decision": has_deadline | (plan.profiles.decision[profile] >= 0),
        "dropout": with_team & ((plan.profiles.patience[profile] >= 0) | traced),
        "turned_away": with_team & (plan.profiles.room[profile] >= 0),
        "kept": always & (plan.network.stage_keeps == 1),
        "always": always,
    }
    n_offices, n_inflows, n_stages = profile.shape
    result = np.zeros((n_stages, n_inflows + 1, n_offices + 1, len(STAGE_MEASURES)), bool)
    for m, measure in enumerate(STAGE_MEASURES):
        cells = np.moveaxis(rules[measure.applies] & seen, 2, 0)  # (stages, offices, inflows)
        cells = np.swapaxes(cells, 1, 2)
        result[:, 1:, 1:, m] = cells
        result[:, 0, 1:, m] = cells.any(axis=1)
        result[:, 1:, 0, m] = cells.any(axis=2)
        result[:, 0, 0, m] = cells.any(axis=(1, 2))
    return result


def several_visits(plan: Plan) -> np.ndarray:
    """(profiles,) bool: whether a stay may have more than one visit."""
    law = plan.profiles.visits
    fixed = (law >= 0) & (plan.laws.kind[law] == LAW_FIXED)
    number = plan.laws.value[law] + plan.laws.plus[law]
    one = (fixed & (number < 1.5)) | ((law < 0) & (plan.profiles.kind != KIND_CASEWORKER))
    return ~one
