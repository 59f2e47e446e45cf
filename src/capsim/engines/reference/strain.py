"""Leaving that rises with the load: rule 47 (load).

The tenure of a worker runs as fast as the load says from one event to the next. Who leaves when is
asked by the service, and let happen with the other changes of the instant.
"""

from __future__ import annotations

from collections.abc import Iterator

from capsim.draws.deal import with_leaves
from capsim.draws.luck import Luck
from capsim.engines.reference.case import Case
from capsim.engines.reference.surroundings import Surroundings
from capsim.engines.reference.team import Worker
from capsim.kernels.codes import NEVER, STRAIN_UNIT


class Tenure:
    """How long a worker stays whose load decides on it.

    Attributes
    ----------
    rest : int
        Ticks that are left, in millionths of one at a usual load.
    since : int
        Calendar instant up to which all others are used.
    factor : int
        How fast they are used from then on, millionths of the usual.
    """

    def __init__(self, ticks: int, hired: int) -> None:
        self.rest, self.since, self.factor = ticks * STRAIN_UNIT, hired, STRAIN_UNIT

    def run(self, today: int, factor: int) -> None:
        """Use what has passed until today, and go on at another factor."""
        self.rest -= (today - self.since) * self.factor
        self.since, self.factor = today, factor

    @property
    def ends(self) -> int:
        """Calendar instant at which it is over if nothing changes."""
        return self.since - -self.rest // self.factor


class Strains:
    """The tenures of all workers whose load decides on leaving.

    Parameters
    ----------
    surroundings : Surroundings
    """

    def __init__(self, surroundings: Surroundings[Case]) -> None:
        self._surroundings = surroundings
        self._table = surroundings.plan.staff.strain
        tenure = surroundings.luck.worker_tenure.tolist()
        self._strained = [one for one in surroundings.workers if tenure[one.number] != NEVER]
        self._tenures: dict[int, Tenure] = {}

    def next_leave(self) -> int:
        """Office instant at which the next one leaves, as loads are after an event."""
        for worker in self._strained:
            if worker.employed:
                self._tenure(worker).run(self._surroundings.today, self._factor(worker))
        return min((at for _, at in self._leavers()), default=NEVER)

    def leave(self, instant: int) -> Luck:
        """The luck in which those leave whose tenure is over at an office instant."""
        luck = self._surroundings.luck
        leaves = luck.worker_left.copy()
        for number, at in self._leavers():
            if at == instant:
                leaves[number] = self._tenures[number].ends
        return with_leaves(self._surroundings.plan, luck, leaves)

    def still_to_come(self) -> list[Worker[Case]]:
        """Those who have not been hired so far."""
        return [worker for worker in self._strained if worker.number not in self._tenures]

    def _leavers(self) -> Iterator[tuple[int, int]]:
        """Workers and the office instants at which they leave, unless a cut comes before."""
        office, left = self._surroundings.clock.office, self._surroundings.luck.worker_left
        for worker in self._strained:
            if worker.employed and worker.number in self._tenures:
                at = office(self._tenures[worker.number].ends)
                if at < office(int(left[worker.number])):
                    yield worker.number, at

    def _tenure(self, worker: Worker[Case]) -> Tenure:
        luck, number = self._surroundings.luck, worker.number
        if number not in self._tenures:
            hired = int(luck.worker_hired[number])
            self._tenures[number] = Tenure(int(luck.worker_tenure[number]), hired)
        return self._tenures[number]

    def _factor(self, worker: Worker[Case]) -> int:
        table = self._table
        row = int(table.row[worker.team.number])
        above = worker.load - int(table.norm[row])
        if above <= 0:
            return STRAIN_UNIT
        cells = table.factor[row]
        return int(cells[min(above // int(table.step[row]), len(cells) - 1)])
