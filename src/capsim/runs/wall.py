"""Days of a run as times on the clock of the office: dates, opening hours, a time zone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from capsim.kernels.codes import NONE
from capsim.log.clock import DayClock
from capsim.log.facts import Setting
from capsim.plan.plan import Floats, Ints
from capsim.scenario.tables.opening import OfficeDay

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Wall"]

_SECONDS = 86_400


@dataclass(frozen=True)
class Wall:
    """The clock on the wall.

    In the tables of a run the office hours of a day fill the whole day: a visit of 1.57 hours lasts
    0.21 days, which read as a clock would be five hours from midnight on. Here an office second is
    a second, from the opening of the office on and not over lunch.

    Parameters
    ----------
    clock : DayClock
    day : OfficeDay
    start : datetime64[D]
        Date of day 0.
    zone : str
    """

    clock: DayClock
    day: OfficeDay
    start: np.datetime64
    zone: str

    @classmethod
    def of(cls, setting: Setting) -> Wall:
        """The clock of a run."""
        return cls(
            setting.clock,
            setting.office_day,
            np.datetime64(setting.first_date, "D"),
            setting.time_zone,
        )

    def seconds(self, ticks: Ints, *, ends: bool = False, closing: Any = False) -> Ints:
        """Seconds since midnight of day 0; NONE passes through.

        Parameters
        ----------
        ticks : (n,) calendar ticks
        ends : bool
            Whether they are ends: at noon an end comes before lunch.
        closing : bool or (n,) bool
            Where the first instant of a day stands for the closing time of the day before.
        """
        day, within = np.divmod(ticks, self.clock.day_ticks)
        back = np.asarray(closing) & (within == 0)
        day = day - back
        within = np.where(back, self.clock.day_ticks, within)
        at = day * _SECONDS + self.day.clock(within, ends=ends)
        return np.where(ticks == NONE, NONE, at).astype(np.int64)

    def times(self, seconds: Ints) -> pd.DatetimeIndex:
        """Times in the zone of the office, NaT for NONE."""
        import pandas as pd

        missing = seconds == NONE
        moments = self.start + np.where(missing, 0, seconds).astype("timedelta64[s]")
        moments = moments.astype("datetime64[us]")
        moments[missing] = np.datetime64("NaT")
        # An hour that comes twice is the first one, an hour that never was is the next one.
        return pd.DatetimeIndex(moments).tz_localize(
            self.zone, ambiguous=np.ones(len(moments), dtype=bool), nonexistent="shift_forward"
        )

    def stay_columns(self, stays: pd.DataFrame, visits: pd.DataFrame) -> dict[str, Ints]:
        """Seconds of joined, assigned, started, served and ended, in the order of the stays.

        A stay that ended with its last visit ended when that did: at closing time, not at the next
        opening.
        """
        keys = ["case", "stage", "nth"]
        last = visits.groupby(keys, sort=False)["ended"].max()
        rows = stays.set_index(keys).index
        visit = self.clock.ticks(last.reindex(rows).to_numpy(dtype=np.float64))
        found = {name: self.seconds(self._ticks(stays[name])) for name in ("joined", "assigned")}
        found["started"] = self.seconds(self._ticks(stays["started"]))
        for name in ("served", "ended"):
            ticks = self._ticks(stays[name])
            same = (ticks != NONE) & (visit != NONE)
            same &= self.clock.office(ticks) == self.clock.office(visit)
            found[name] = self.seconds(np.where(same, visit, ticks), ends=True, closing=same)
        return found

    def visit_columns(self, visits: pd.DataFrame) -> dict[str, Ints]:
        """Seconds of due, started and ended of visits."""
        return {
            "due": self.seconds(self._ticks(visits["due"])),
            "started": self.seconds(self._ticks(visits["started"])),
            "ended": self.seconds(self._ticks(visits["ended"]), ends=True, closing=True),
        }

    def _ticks(self, days: pd.Series[Any]) -> Ints:
        values: Floats = days.to_numpy(dtype=np.float64)
        return self.clock.ticks(values)
