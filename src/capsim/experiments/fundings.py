"""Funding that staffs the next year: what a rule pays becomes posts, and posts change what it pays.

Each replication is run on its own luck up to the end of a year; what the rule has paid in that year
is worth so many posts in the next one, which are added to the team on 1 January, and the same luck
is run again. Nothing before that day can know of it, so the past stays as it was. In the end each
replication is a scenario of its own, whose rule pays exactly what its posts were bought with.

Posts are staffed in tenths of an FTE; what is left over is carried into the year after.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from os import PathLike
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from capsim.catalogue import Selector
from capsim.catalogue.shown import shown
from capsim.estimates import mean_interval
from capsim.execution.campaign import Campaign
from capsim.execution.options import Execution, check_options, request_of
from capsim.execution.provenance import provenance
from capsim.experiments.arguments import check_n, check_scenario, check_settings
from capsim.experiments.comparison import Comparison
from capsim.experiments.questions import Question, register
from capsim.experiments.results.money import EVERY
from capsim.experiments.results.result import AbstractResult, few_replications, fillings
from capsim.experiments.results.sample import chosen
from capsim.experiments.staffing.earned import FUNDED, Posts, Runs, mean_posts, staffed
from capsim.scenario.errors import counted, nearest
from capsim.scenario.tables.windows import ALL

if TYPE_CHECKING:
    import pandas as pd

    from capsim.scenario import Scenario

__all__ = ["Funded", "funded"]

WITHOUT, STRUCTURAL = "without", "structural"
"""What is compared with `FUNDED`: no posts from the rule, and as many for good."""


@dataclass(frozen=True, eq=False, repr=False)
class Funded(AbstractResult):
    """What a rule of funding pays, what posts it buys, and what becomes of the service.

    Attributes
    ----------
    base : Scenario
        Without posts of the rule.
    rule : str
        Name of the rule of funding.
    team : str
        Team that gets the posts.
    price : float
        Of a post and year.
    n, seed : int
    engine : str
    table : DataFrame
        replication, year, paid (by the rule in that year), posts (FTE staffed in that year, of what
        was paid before).
    comparison : Comparison
        The same histories "without" such posts (the baseline), "funded", and "structural": the mean
        number of posts over all replications, there every year from the second one on, for the same
        total money.
    provenance : dict
    """

    base: Scenario
    rule: str
    team: str
    price: float
    n: int
    seed: int
    engine: str
    table: pd.DataFrame
    comparison: Comparison
    provenance: dict[str, Any]
    _posts: tuple[Posts, ...] = field(kw_only=True)

    def scenario(self, replication: int) -> Scenario:
        """The scenario that one replication has become, with all its posts.

        Parameters
        ----------
        replication : int
            ``capsim.simulate(result.scenario(3), seed=result.seed, replication=3)`` pays in each
            year what the table says.

        Raises
        ------
        ValueError
            If there is no such replication.
        """
        if not 0 <= replication < self.n:
            raise ValueError(
                f"replication = {replication} must lie between 0 and {self.n - 1}: there are "
                f"{counted(self.n, 'replication')}"
            )
        return staffed(self.base, self.team, self._posts[replication])

    def effect(self, selector: str, *, confidence: float = 0.95) -> pd.DataFrame:
        """Whether a measure is higher with posts that the rule pays for: it amplifies, or it damps.

        Parameters
        ----------
        selector : str
            A backlog, such as ``"pending_mean[investigation]"`` or ``"queue_mean[social,
            kind=team]"``.
        confidence : float

        Returns
        -------
        DataFrame
            against ("without" or "structural"), difference (of the means, funded minus the other),
            lower, upper, higher (share of the replications in which it is higher), n.
        """
        import pandas as pd

        values = {}
        for name, sample in self.comparison._samples.items():
            values[name] = sample.matrix[:, chosen(sample.keys(), [selector])[0]]
        rows = []
        for other in (WITHOUT, STRUCTURAL):
            difference = values[FUNDED] - values[other]
            known = difference[np.isfinite(difference)]
            found = mean_interval(known, confidence=confidence, limits=(-np.inf, np.inf))
            higher = float((known > 0).mean()) if len(known) else np.nan
            rows.append((other, found.estimate, found.lower, found.upper, higher, found.n))
        names = ["against", "difference", "lower", "upper", "higher", "n"]
        return pd.DataFrame(rows, columns=names)

    @cached_property
    def years(self) -> pd.DataFrame:
        """Means over the replications: year, paid, posts, and the standard deviation of either."""
        groups = self.table.groupby("year")
        frame = groups[["paid", "posts"]].mean()
        spread = groups[["paid", "posts"]].std(ddof=1)
        return frame.join(spread.add_suffix("_sd")).reset_index()

    def to_frame(self) -> pd.DataFrame:
        """The table."""
        return self.table

    def _heading(self) -> list[str]:
        money = self.base.costs.currency
        return [
            f"What funding.{self.rule} pays becomes posts of {self.team} in the next year, at "
            f"{shown('cost_total', self.price)} {money} each",
            f"{counted(self.n, 'replication')} of {self.base.label!r}, seed {self.seed}, "
            f"{self.engine} engine",
        ]

    def _table(self) -> list[list[str]]:
        rows = [["year", "paid", "posts", "± of histories"]]
        for row in self.years.to_dict("records"):
            spread = float(row["posts_sd"])
            rows.append(
                [
                    str(row["year"]),
                    shown("cost_total", float(row["paid"])),
                    f"{row['posts']:.1f}",
                    f"{spread:.1f}" if spread == spread else "-",
                ]
            )
        return rows

    def _cautions(self) -> list[str]:
        lines = []
        for selector in self._backlogs()[:2]:
            for row in self.effect(selector).to_dict("records"):
                what = "amplifies" if row["difference"] > 0 else "damps"
                if row["difference"] == 0:
                    what = "does not move"
                elif row["lower"] <= 0 <= row["upper"]:
                    what = "may amplify or damp"
                against = {WITHOUT: "no such posts", STRUCTURAL: "the same money in lasting posts"}
                lines.append(
                    f"Against {against[row['against']]} it {what} {selector}: "
                    f"{row['difference']:+,.2f} ({row['lower']:+,.2f} to {row['upper']:+,.2f}), "
                    f"higher in {100 * row['higher']:.0f} % of histories"
                )
        return [*lines, *few_replications(self.n)]

    def _fillings(self) -> list[str]:
        return fillings({"": self.base})

    def _backlogs(self) -> list[str]:
        """What waits for the team: people without a decision, else its queue, over all years."""
        keys = self.comparison._samples[WITHOUT].keys()
        mine = (keys["inflow"] == "all") & (keys["office"] == "all")
        pending = keys[mine & (keys["measure"] == "pending_mean")]["of"].unique()
        # The window that is meant may end before the first posts come.
        window = None if self.base.window == ALL else ALL
        found = [str(Selector("pending_mean", str(of), window=window)) for of in pending]
        return found or [str(Selector("queue_mean", self.team, window=window, kind="team"))]


def funded(
    scenario: Scenario | str | PathLike[str] | Mapping[str, Any],
    rule: str,
    n: int,
    seed: int,
    *,
    team: str | None = None,
    engine: str = "auto",
    **execution: Unpack[Execution],
) -> Funded:
    """What becomes of a service whose funding of one year is its staff of the next.

    Parameters
    ----------
    scenario : Scenario, path, str or mapping
        Its own staff is structural: it stays whatever the rule pays.
    rule : str
        Name of a table ``[funding.NAME]``.
    n : int
        Number of replications; each gets the posts that its own history pays for.
    seed : int
    team : str, optional
        Which gets the posts; it needs a price, ``costs.teams.TEAM.post``. Default the team of the
        rule's stage, if it has one, else the first one with a price.
    engine : {"auto", "simpy", "compiled"}
    **execution
        store, jobs, client, backend, block, progress: see `capsim.experiments.Execution`.

    Returns
    -------
    Funded

    Raises
    ------
    ValueError
        If there is no such rule or team, or the team has no price.
    ScenarioError
        If the posts make no valid scenario.

    Notes
    -----
    In year y + 1 there are (paid in y) / price posts, of which whole tenths are staffed and the
    rest is carried. The first year has none. A last year that the run cuts short pays less.

    Examples
    --------
    Ten files that are open all the time, at 7,300 each, are one post of 73,000:

    >>> import capsim
    >>> scenario = capsim.Scenario(
    ...     start="2026-01-01",
    ...     horizon="3 years",
    ...     calendar={"kind": "continuous"},
    ...     teams={"social": {"fte": 2}},
    ...     stages={"intake": {"team": "social", "work": "1 h"}, "guidance": {"stay": "30 years"}},
    ...     inflows={"regular": {"enter": "guidance", "trace": [0] * 10}},
    ...     costs={"teams": {"social": {"post": 73_000}}},
    ...     funding={"per_file": {"kind": "open", "stage": "guidance", "per_year": 7_300}},
    ... )
    >>> result = capsim.funded(scenario, "per_file", n=2, seed=1, jobs=1, engine="simpy")
    >>> result.table["posts"].tolist()
    [0.0, 1.0, 1.0, 0.0, 1.0, 1.0]
    """
    check_options(funded, execution)
    subject = check_scenario(scenario)
    n = check_n(n)
    receiver = _receiver(subject, rule, team)
    price = float(subject.costs.teams[receiver].post or 0.0)
    settings = check_settings(seed=seed, engine=engine, money=EVERY)
    request = request_of("funded", settings, n=n, base=subject.to_dict(), rule=rule, team=receiver)
    with Campaign(**execution) as campaign:
        runs = Runs(campaign, subject, rule, receiver, price, settings)
        without = runs.all_of(subject, WITHOUT, n)
        campaign.record(request)
        found = runs.followed(n)
        mean = mean_posts(found.posts, runs.years)
        structural = runs.all_of(staffed(subject, receiver, mean), STRUCTURAL, n)
        seconds = campaign.seconds
    made = provenance({subject.label: subject}, settings, seconds, n=n, rule=rule, team=receiver)
    samples = {
        WITHOUT: without,
        FUNDED: replace(
            without, label=FUNDED, matrix=found.matrix, money=(found.rows, found.money)
        ),
        STRUCTURAL: structural,
    }
    comparison = Comparison(
        scenarios={name: sample.scenario for name, sample in samples.items()},
        baseline=WITHOUT,
        seed=settings.seed,
        n=n,
        engine=settings.engine,
        provenance=made,
        _samples=samples,
    )
    return Funded(
        base=subject,
        rule=rule,
        team=receiver,
        price=price,
        n=n,
        seed=settings.seed,
        engine=settings.engine,
        table=found.table(runs.years),
        comparison=comparison,
        provenance=made,
        _posts=found.posts,
    )


def _receiver(scenario: Scenario, rule: str, team: str | None) -> str:
    """The team that gets the posts."""
    if rule not in scenario.funding:
        raise ValueError(
            f"rule = {rule!r}: there is no [funding.{rule}]; {nearest(rule, scenario.funding)}"
        )
    priced = [name for name, prices in scenario.costs.teams.items() if prices.post]
    if team is None:
        stage = scenario.funding[rule].stage
        own = scenario.stages[stage].team if stage is not None else None
        team = own if own in priced else next(iter(priced), None)
    elif team not in scenario.teams:
        raise ValueError(f"team = {team!r}: there is no such team; {nearest(team, scenario.teams)}")
    if team is None or team not in priced:
        raise ValueError(
            f"rule = {rule!r}: nothing says what a post costs, so its money buys none; add "
            f"costs.teams.{team or next(iter(scenario.teams), 'TEAM')}.post, such as 70_000"
        )
    return team


register(
    Question(
        "funded",
        funded,
        lambda noted: noted.but("base", scenario=noted.base),
        open_ended=lambda arguments: True,
    )
)
