"""Recorded applications in whole seconds, and what capsim makes of them, customer by customer."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from capsim.draws import deal
from capsim.engines import compiled, reference
from capsim.kernels.codes import NONE, OUTCOME_LEFT, OUTCOME_TURNED_AWAY
from capsim.log import Log
from capsim.plan import compile_plan
from capsim.scenario import Scenario

DAY = 86_400
START = datetime.date(2026, 1, 1)
Ints = np.ndarray


@dataclass(frozen=True)
class Trace:
    """Applications in order of their instants, all in seconds and all different.

    Attributes
    ----------
    arrives, work, patience, kind : (n,) int64
        Instant; work at each stage, (n, stages); patience; and number of the inflow.
    """

    arrives: Ints
    work: Ints
    patience: Ints
    kind: Ints

    def __len__(self) -> int:
        """Number of applications."""
        return len(self.arrives)


def trace(
    n: int, *, between: float, work: Sequence[float], patience: float = 1.0, kinds: int = 1,
    seed: int = 1,
) -> Trace:  # fmt: skip
    """Exponential times of these means, in days, rounded to seconds."""
    generator = np.random.default_rng(seed)

    def seconds(mean: float, *shape: int) -> Ints:
        drawn = generator.exponential(mean * DAY, shape or n)
        return np.maximum(np.rint(drawn).astype(np.int64), 1)

    return Trace(
        np.cumsum(seconds(between)),
        np.stack([seconds(mean) for mean in work], axis=1),
        seconds(patience),
        generator.integers(0, kinds, n),
    )


@dataclass(frozen=True)
class Result:
    """What became of each application; -1 where it did not happen.

    Attributes
    ----------
    starts : (n, stages) int64
        Instant of the first visit.
    left, turned_away : (n,) bool
        At any stage.
    """

    starts: Ints
    left: np.ndarray = field(default_factory=lambda: np.zeros(0, bool))
    turned_away: np.ndarray = field(default_factory=lambda: np.zeros(0, bool))


def scenario_of(
    record: Trace,
    *,
    workers: int,
    stages: int = 1,
    priorities: Sequence[int] | None = None,
    with_patience: bool = False,
    room: int | None = None,
    changes: Mapping[int, int] | None = None,
) -> Scenario:
    """The scenario of a trace: a team and stage for each column of its work.

    Parameters
    ----------
    changes : mapping of int to int
        Workers added to the first team (or taken from it) on a day.
    """
    names = [f"stage-{number}" for number in range(stages)]
    team: dict[str, Any] = {"fte": workers}
    if changes:
        team["changes"] = {
            f"day-{day}": {"at": (START + datetime.timedelta(days=day)).isoformat(), "add": add}
            for day, add in changes.items()
        }
    inflows: dict[str, Any] = {}
    for kind in range(int(record.kind.max()) + 1):
        mine = record.kind == kind
        recorded: dict[str, Any] = {
            "when": (record.arrives[mine] / DAY).tolist(),
            "work": {
                name: (record.work[mine, number] / 3600).tolist()
                for number, name in enumerate(names)
            },
        }
        if with_patience:
            recorded["patience"] = {names[0]: (record.patience[mine] / DAY).tolist()}
        inflows[f"kind-{kind}"] = {
            "trace": recorded,
            "priority": priorities[kind] if priorities else 0,
        }
    tables: dict[str, dict[str, Any]] = {name: {"team": name, "work": "1 h"} for name in names}
    if room is not None:
        tables[names[0]]["room"] = room
    # Long enough for everybody: all the work, one after the other, after the last application.
    length = int(record.arrives[-1] + record.work.sum()) // DAY + 2
    return Scenario(
        start=START.isoformat(),
        horizon=f"{min(length, 90_000)} days",
        calendar={"kind": "continuous"},
        teams={
            name: team if number == 0 else {"fte": workers} for number, name in enumerate(names)
        },
        stages=tables,
        inflows=inflows,
    )


def capsim_result(record: Trace, engine: str, **settings: Any) -> Result:
    """What capsim makes of a trace, in the order of the trace."""
    scenario = scenario_of(record, **settings)
    plan = compile_plan(scenario)
    luck = deal(plan, 1, 0)
    log: Log = (compiled if engine == "compiled" else reference).run(plan, luck)
    n, stages = len(record), settings.get("stages", 1)
    # Cases are in case order; applications of one kind are in the order of the trace.
    place = np.empty(n, np.int64)
    for kind in range(int(record.kind.max()) + 1):
        cases = np.flatnonzero(luck.inflow == kind)
        place[cases] = np.flatnonzero(record.kind == kind)[luck.index[cases]]
    starts = np.full((n, stages), -1, np.int64)
    begun = log.stay_started != NONE
    starts[place[log.stay_case[begun]], log.stay_stage[begun]] = log.stay_started[begun]
    left, turned = np.zeros(n, bool), np.zeros(n, bool)
    left[place[log.stay_case[log.stay_outcome == OUTCOME_LEFT]]] = True
    turned[place[log.stay_case[log.stay_outcome == OUTCOME_TURNED_AWAY]]] = True
    return Result(starts, left, turned)


def assert_equal(one: Result, other: Result) -> None:
    """Fail with the first application on which two models differ."""
    for name in ("starts", "left", "turned_away"):
        a, b = getattr(one, name), getattr(other, name)
        assert a.shape == b.shape, name
        different = np.flatnonzero((a != b).reshape(len(a), -1).any(axis=1))
        first = different[0] if len(different) else None
        assert first is None, (
            f"{name}: {len(different)} of {len(a)} differ, the first is {first}: {a[first]} here, "
            f"{b[first]} there"
        )
