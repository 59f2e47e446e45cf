"""One run, day by day: how many are where, and some of the people by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from capsim.kernels.codes import KIND_DELAY, NONE
from capsim.log.facts import Facts

if TYPE_CHECKING:
    from capsim.runs import Run

__all__ = ["replay_of"]

_MOST_DOTS = 700
"""Cases that are shown by themselves."""
_MOST_STAYS = 9_000


def replay_of(run: Run) -> dict[str, Any]:
    """What the page needs to show a run, in whole days since its start.

    Returns
    -------
    dict
        start (ISO date), days, first (day on which measuring begins), stages, delay (which stages
        have no queue), waiting and inside (per stage a number for the end of each day), each (how
        many people a dot stands for), dots (per dot its stays: stage, joined, started, ended; -1
        where it did not happen).
    """
    setting, facts = run.setting, Facts.of(run.log)
    n, day = setting.n_days, setting.day_ticks
    delay = np.array(setting.stage_kind) == KIND_DELAY
    joined = _day(facts.stay_joined, day)
    ended = np.where(facts.stay_ended == NONE, n, _day(facts.stay_ended, day))
    started = np.where(facts.stay_started == NONE, ended, _day(facts.stay_started, day))
    started = np.where((facts.stay_first == 2) | delay[facts.stay_stage], joined, started)
    waiting, inside = [], []
    for stage in range(len(setting.stages)):
        mine = facts.stay_stage == stage
        waiting.append(_present(joined[mine], started[mine], n))
        inside.append(_present(started[mine], ended[mine], n))
    cases = np.unique(facts.stay_case)
    per_case = len(facts.stay_case) / max(len(cases), 1)
    most = max(min(_MOST_DOTS, int(_MOST_STAYS / max(per_case, 1))), 1)
    each = max(-(-len(cases) // most), 1)
    dots = []
    order = np.argsort(facts.stay_case, kind="stable")
    first = np.searchsorted(facts.stay_case[order], cases)
    last = np.append(first[1:], len(order))
    for place in range(0, len(cases), each):
        mine = order[first[place] : last[place]]
        dots.append(
            [
                [
                    int(facts.stay_stage[row]),
                    int(joined[row]),
                    int(started[row]),
                    int(ended[row]) if facts.stay_ended[row] != NONE else -1,
                ]
                for row in mine
            ]
        )
    return {
        "start": setting.start,
        "days": n,
        "first": setting.warm_up_day,
        "stages": list(setting.stages),
        "delay": delay.tolist(),
        "waiting": waiting,
        "inside": inside,
        "each": each,
        "dots": dots,
    }


def _day(ticks: np.ndarray, day: int) -> np.ndarray:
    """The first day at the end of which it has happened: closing time belongs to its day."""
    return np.maximum(-(-ticks // day) - 1, 0)


def _present(since: np.ndarray, until: np.ndarray, days: int) -> list[int]:
    """How many of these spans hold the end of each day."""
    steps = np.zeros(days + 1, dtype=np.int64)
    np.add.at(steps, np.minimum(since, days), 1)
    np.add.at(steps, np.minimum(until, days), -1)
    return [int(count) for count in np.cumsum(steps)[:days]]
