"""Plans that react: counting on Mondays, orders, and reserves that come and go.

Rule 42 (counting), rule 43 (orders) and rule 44 (reserves). Nothing is changed here: `react` says
who comes and who goes, and the service lets it happen with the other changes of the instant.
"""

from __future__ import annotations

from capsim.draws.keyed import Delay
from capsim.draws.reserves import reserve_of
from capsim.engines.reference.case import Case
from capsim.engines.reference.record import OrderRow
from capsim.engines.reference.surroundings import Surroundings
from capsim.kernels.codes import (
    ABOVE,
    AT_LEAST,
    BELOW,
    EVENT_HIRE,
    EVENT_LEAVE,
    INITIAL_AGELESS,
    INITIAL_NEW,
    INITIAL_VISITED,
    KIND_DELAY,
    NEVER,
    NONE,
    NOT_INITIAL,
    UNTIL_START,
    WATCH_NOTHING,
    WATCH_OPEN,
    WATCH_PENDING,
    WATCH_PLACES,
    WATCH_WAITING,
)
from capsim.plan.pending import deciding_stages, ways_to

WHEN, UNTIL = 0, 1


class Watch:
    """A trigger that looks at some offices, and the order that it has given, if there is one.

    Attributes
    ----------
    held : int
        Counts in a row at which its condition has held.
    order : OrderRow or None
        The order that goes on.
    comes, ends : int
        Office instants at which its reserve comes, and at which it ends whatever is counted.
    is_there : bool
        Whether the reserve is there.
    changed : int
        Office instant at which an order was last given or ended.
    """

    def __init__(self, number: int, reserve: list[int]) -> None:
        self.number = number
        self.reserve = reserve
        self.held = 0
        self.order: OrderRow | None = None
        self.comes = self.ends = NEVER
        self.is_there = False
        self.changed = NONE


class Triggers:
    """All watches of a service.

    Parameters
    ----------
    surroundings : Surroundings
    cases : list of Case
        All who have joined so far; the list grows.
    """

    def __init__(self, surroundings: Surroundings[Case], cases: list[Case]) -> None:
        plan, luck = surroundings.plan, surroundings.luck
        self._surroundings, self._cases, self._tables = surroundings, cases, plan.watches
        self.orders: list[OrderRow] = []
        reserve = reserve_of(plan, luck).tolist()
        self._watches = [
            Watch(number, [worker for watch, worker in reserve if watch == number])
            for number in range(len(plan.watch_names))
        ]
        self._counts = plan.watches.count.tolist()
        self._counted = 0
        self._deciding = deciding_stages(plan)
        self._ways = ways_to(plan, self._deciding)

    @property
    def next_instant(self) -> int:
        """Office instant of the next count, or of the next that come or go."""
        instants = [NEVER, *self._counts[self._counted : self._counted + 1]]
        for watch in self._watches:
            if watch.order is not None:
                instants.append(watch.ends)
                if not watch.is_there:
                    instants.append(watch.comes)
        return min(instants)

    def react(self) -> list[tuple[int, int, int]]:
        """Count if it is time, and tell who goes and who comes: worker, kind of event, 0."""
        now = self._surroundings.now
        while self._counts[self._counted : self._counted + 1] == [now]:
            for watch in self._watches:
                if watch.changed != now:
                    self._look(watch)
            self._counted += 1
        changes: list[tuple[int, int, int]] = []
        for watch in self._watches:
            if watch.order is not None and watch.ends <= now:
                self._end(watch)
            should_be_there = watch.order is not None and watch.comes <= now
            if should_be_there != watch.is_there:
                watch.is_there = should_be_there
                kind = EVENT_HIRE if should_be_there else EVENT_LEAVE
                changes += [(worker, kind, 0) for worker in watch.reserve]
                if watch.order is not None:
                    watch.order.came = now
        return changes

    # -- rule 43 (orders) ------------------------------------------------------------------------

    def _look(self, watch: Watch) -> None:
        """A count: order the reserve, or end the order, if the condition for it holds."""
        if watch.order is not None:
            if self._holds(watch, UNTIL):
                self._end(watch)
            return
        watch.held = watch.held + 1 if self._holds(watch, WHEN) else 0
        if watch.held >= self._tables.mondays[watch.number]:
            self._give(watch)

    def _give(self, watch: Watch) -> None:
        now, today = self._surroundings.now, self._surroundings.today
        watch.held, watch.changed = 0, now
        watch.order = OrderRow(watch.number, today)
        self.orders.append(watch.order)
        lead, most = (int(x[watch.number]) for x in (self._tables.lead, self._tables.most))
        watch.comes = now if lead == 0 else self._after(lead)
        watch.ends = NEVER if most == 0 else self._after(most)

    def _end(self, watch: Watch) -> None:
        order, now = watch.order, self._surroundings.now
        assert order is not None
        order.off = self._surroundings.today
        if watch.is_there:
            order.went = now
        watch.order, watch.changed = None, now

    def _after(self, ticks: int) -> int:
        """Office instant at which so many ticks from now are over; below zero: of office time."""
        begins = self._surroundings.today
        return self._surroundings.clock.end_of(Delay(abs(ticks), ticks < 0), begins)

    # -- rule 42 (counting) ----------------------------------------------------------------------

    def _holds(self, watch: Watch, which: int) -> bool:
        """Whether a condition of a watch holds now."""
        tables = self._tables
        if tables.what[watch.number, which] == WATCH_NOTHING:
            return False
        counted, against = self._amount(watch, which)
        limit = float(tables.level[watch.number, which]) * against
        sign = tables.sign[watch.number, which]
        if sign == ABOVE:
            return counted > limit
        if sign == AT_LEAST:
            return counted >= limit
        return counted < limit if sign == BELOW else counted <= limit

    def _amount(self, watch: Watch, which: int) -> tuple[int, int]:
        """What is counted, and how often the level of the condition goes into its limit."""
        tables, surroundings = self._tables, self._surroundings
        what, stage = (int(x[watch.number, which]) for x in (tables.what, tables.of))
        present = [case for case in self._cases if case.left == NONE]
        if what in (WATCH_WAITING, WATCH_OPEN, WATCH_PENDING):
            offices = tables.offices[watch.number]
            there = [case for case in present if offices[case.office]]
            if what == WATCH_PENDING:
                return sum(self._is_pending(case, stage) for case in there), 1
            here = [case for case in there if case.stay.stage == stage]
            if what == WATCH_WAITING:
                here = [case for case in here if self._is_waiting(case)]
            return len(here), 1
        copies = tables.copies[watch.number, which]
        teams = [team for team in surroundings.teams if copies[team.number]]
        employed = [one for team in teams for one in team.workers if one.employed]
        if what == WATCH_PLACES:
            weight = sum(one.weight for team in teams for one in team.workers)
        else:
            weight = sum(case.weight for case in present if case.team in teams)
        return weight, sum(worker.fte for worker in employed)

    def _is_waiting(self, case: Case) -> bool:
        """Whether the first visit of the stay is still to come."""
        stay, surroundings = case.stay, self._surroundings
        if surroundings.kind[stay.profile] == KIND_DELAY or stay.started != NONE:
            return False
        if not case.is_first_of_initial:
            return True
        had_one = stay.assigned == surroundings.clock.calendar(0) and case.initial != INITIAL_NEW
        return not had_one and case.initial != INITIAL_VISITED

    def _is_pending(self, case: Case, stage: int) -> bool:
        """Whether the clock for the decision of a stage runs, wherever the case is."""
        surroundings, network = self._surroundings, self._surroundings.plan.network
        profile = surroundings.profile[case.office][case.inflow][stage]
        clock = surroundings.p_clock[profile]
        if clock < 0:
            return False
        ways = self._ways[self._deciding.index(stage), case.office, case.inflow]
        runs, had_none = False, case.initial == INITIAL_AGELESS
        for place, stay in enumerate(case.stays):
            here = stay.stage
            can_come = ways[here] == 1
            returns = stay.nth > 1 or (case.initial != NOT_INITIAL and here < case.entry)
            if not runs and can_come:
                starts = returns and network.stage_clock[here] == clock
                starts |= had_none and returns and network.stage_first_clock[here] == clock
                # Who is found behind the stage has been decided there.
                is_behind = case.initial != NOT_INITIAL and here > stage
                applied = place == 0 and case.initial != INITIAL_AGELESS and not is_behind
                runs = applied or starts or (here == stage and stay.clock != NONE)
            if not runs:
                continue
            had_none = False
            begun = surroundings.until[profile] == UNTIL_START and stay.started != NONE
            if not can_come or (here == stage and (begun or stay.ended != NONE)):
                runs = False
        return bool(runs)
