"""Posts that a rule of funding pays for: each replication with those that its own money buys."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from capsim.catalogue.money import is_told
from capsim.execution.campaign import Campaign
from capsim.execution.scenario_work import ScenarioWork
from capsim.execution.settings import RunSettings
from capsim.execution.store.blockfile import Rows
from capsim.experiments.results.sample import Sample
from capsim.plan.plan import Floats

if TYPE_CHECKING:
    import pandas as pd

    from capsim.scenario import Scenario

__all__ = ["FUNDED", "Followed", "Posts", "Runs", "mean_posts", "staffed"]

FUNDED = "funded"
"""Name of the scenario with the posts of each year."""

_SMALLEST = 0.1
_AGAIN = 3
"""Runs for each year, should a change of later staff be felt before it."""

Posts = tuple[tuple[int, float], ...]
"""Year and FTE that the rule pays for in it, ascending."""


@dataclass(frozen=True, eq=False)
class Followed:
    """Every replication with the posts that it pays for."""

    posts: tuple[Posts, ...]
    paid: list[dict[int, float]]
    matrix: Floats
    rows: Rows
    money: Floats

    def table(self, years: Sequence[int]) -> pd.DataFrame:
        """replication, year, paid, posts."""
        import pandas as pd

        return pd.DataFrame(
            [
                (replication, year, paid[year], dict(posts).get(year, 0.0))
                for replication, (posts, paid) in enumerate(zip(self.posts, self.paid, strict=True))
                for year in years
            ],
            columns=["replication", "year", "paid", "posts"],
        )


class Runs:
    """Replications of a scenario with posts of their own."""

    def __init__(
        self,
        campaign: Campaign,
        base: Scenario,
        rule: str,
        team: str,
        price: float,
        settings: RunSettings,
    ) -> None:
        self._campaign, self._base, self._rule = campaign, base, rule
        self._team, self._price, self._settings = team, price, settings
        self._scenarios: dict[Posts, Scenario] = {}
        last = base.last_day() - datetime.timedelta(days=1)
        self.years = tuple(range(base.start.year, last.year + 1))

    def all_of(self, scenario: Scenario, label: str, n: int) -> Sample:
        """All replications of one scenario."""
        work = ScenarioWork(label, scenario, self._settings)
        point = self._campaign.add(work)
        self._campaign.run([(point, 0, n)])
        values, rows = self._campaign.values(point)[:n], work.rows()
        told = is_told(rows.columns)
        money = (rows.where(told), values[:, told])
        ask = self._settings.ask
        return Sample(label, scenario, rows.where(~told), values[:, ~told], None, ask, money)

    def followed(self, n: int) -> Followed:
        """Every replication, year by year, until its posts are what it pays for."""
        used: list[dict[int, float]] = [{} for _ in range(n)]
        values: list[Floats] = [np.empty(0)] * n
        rows: Rows | None = None
        todo = list(range(n))
        for _ in range(_AGAIN * len(self.years) + 1):
            if not todo:
                break
            points = []
            for replication in todo:
                work = self._work(self._posts(used[replication]))
                rows = work.rows()
                points.append((self._campaign.add(work, replication), replication))
            self._campaign.run([(point, r, r + 1) for point, r in points])
            todo = []
            for point, replication in points:
                values[replication] = self._campaign.values(point)[0]
                assert rows is not None
                if not self._agrees(used[replication], self._paid(rows, values[replication])):
                    todo.append(replication)
        if todo:
            raise ValueError(
                f"rule = {self._rule!r}: replication {todo[0]} feels the staff of a later year, so "
                "no posts are what it pays for; leave out what looks ahead (handover_after)"
            )
        assert rows is not None
        told = is_told(rows.columns)
        matrix = np.stack(values)
        return Followed(
            tuple(self._posts(one) for one in used),
            used,
            matrix[:, ~told],
            rows.where(told),
            matrix[:, told],
        )

    def _agrees(self, used: dict[int, float], paid: dict[int, float]) -> bool:
        """Whether each year paid what was used; the first one that did not is used from now on."""
        for year in self.years:
            if used.get(year) != paid[year]:
                for later in [one for one in used if one >= year]:
                    del used[later]
                used[year] = paid[year]
                # Nothing is bought with the money of the last year.
                return year == self.years[-1]
        return True

    def _paid(self, rows: Rows, values: Floats) -> dict[int, float]:
        """What the rule paid in each year."""
        columns = rows.columns
        mine = is_told(columns) & (columns["of"] == self._rule) & (columns["kind"] == "funding")
        return {
            year: float(values[mine & (columns["window"] == str(year))].sum())
            for year in self.years
        }

    def _posts(self, used: Mapping[int, float]) -> Posts:
        """FTE staffed in each year of what was paid in the year before."""
        carried, found = 0.0, []
        for year in self.years[1:]:
            if year - 1 not in used:
                break
            bought = used[year - 1] / self._price + carried
            staffed = int(bought / _SMALLEST + 1e-9) * _SMALLEST
            carried = bought - staffed
            found.append((year, round(staffed, 1)))
        return tuple(found)

    def _work(self, posts: Posts) -> ScenarioWork:
        if posts not in self._scenarios:
            self._scenarios[posts] = staffed(self._base, self._team, posts)
        label = f"{FUNDED} {posts}" if posts else FUNDED
        return ScenarioWork(label, self._scenarios[posts], self._settings)


def mean_posts(posts: Sequence[Posts], years: Sequence[int]) -> Posts:
    """The mean of all replications and years but the first, there in each of these years."""
    if len(years) < 2:
        return ()
    mean = sum(fte for one in posts for _, fte in one) / len(posts) / (len(years) - 1)
    return tuple((year, round(mean, 1)) for year in years[1:])


def staffed(base: Scenario, team: str, posts: Posts) -> Scenario:
    """The scenario with so many posts more in each year."""
    before, changes = 0.0, {}
    size = base.teams[team].worker_fte
    for year, fte in posts:
        more = round(fte - before, 1)
        for part, add in enumerate(_parts(abs(more), size)):
            name = f"funded_{year}" if part == 0 else f"funded_{year}_part"
            while name in base.teams[team].changes:
                name += "_"
            changes[f"teams.{team}.changes.{name}"] = {
                "at": f"{year}-01-01",
                "add": add if more > 0 else -add,
            }
        before = fte
    return base.with_(changes) if changes else base


def _parts(fte: float, size: float) -> list[float]:
    """Whole posts and the rest, so that no cut leaves a post of less than a tenth.

    Examples
    --------
    >>> _parts(3.4, 1.0), _parts(0.3, 1.0), _parts(0.8, 0.75), _parts(0.0, 1.0)
    ([3.0, 0.4], [0.3], [0.8], [])
    """
    whole = int(fte / size + 1e-9)
    rest = round(fte - whole * size, 3)
    if whole and 0 < rest < _SMALLEST:
        whole, rest = whole - 1, round(rest + size, 3)
    return [part for part in (round(whole * size, 3), rest) if part > 0]
