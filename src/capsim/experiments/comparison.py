"""What a change makes of it: scenarios compared replication by replication on the same luck."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Unpack

import numpy as np

from capsim.catalogue.money import check_every, need_money
from capsim.execution.options import Execution, check_options, request_of
from capsim.execution.own_functions import Measure, places
from capsim.execution.provenance import provenance
from capsim.execution.scenario_work import ScenarioWork
from capsim.experiments.arguments import (
    check_n,
    check_scenarios,
    check_settings,
    rules_by_scenario,
)
from capsim.experiments.control import Control, control_of
from capsim.experiments.questions import Question, register
from capsim.experiments.results.compared import ComparedTable, compared_table
from capsim.experiments.results.cube import cube
from capsim.experiments.results.look import explanation_lines
from capsim.experiments.results.money import (
    EVERY,
    Told,
    collected,
    differences_of_money,
    uncovered,
)
from capsim.experiments.results.outlined import control_lines, outlined
from capsim.experiments.results.paired import Cut, difference
from capsim.experiments.results.reacting import Key, reacting
from capsim.experiments.results.result import (
    differing_periods,
    few_replications,
    luck_alone,
    periods,
    verdicts,
)
from capsim.experiments.results.sample import Sample, chosen, gather
from capsim.experiments.results.sampled import AbstractSampled
from capsim.scenario.errors import counted

if TYPE_CHECKING:
    from os import PathLike

    import pandas as pd

    from capsim.engines.reference import AssignRule, ChooseRule
    from capsim.experiments.results.saving import Content
    from capsim.runs.verdict import Cleared
    from capsim.scenario import Scenario

__all__ = ["Comparison", "compare"]

Pairs = Literal["baseline", "all"]


@dataclass(frozen=True, eq=False, repr=False)
class Comparison(AbstractSampled):
    """Several scenarios, each with the replications 0 to n - 1 of one seed.

    Attributes
    ----------
    scenarios : dict of str to Scenario
    baseline : str
        Name of the scenario that the others are compared with.
    seed, n : int
    engine : str
    provenance : dict
        Scenario hashes, overrides, seed, versions, machine, run time.
    """

    scenarios: dict[str, Scenario]
    baseline: str
    seed: int
    n: int
    engine: str
    provenance: dict[str, Any]
    _samples: dict[str, Sample] = field(kw_only=True)
    _works: dict[str, ScenarioWork] | None = field(default=None, kw_only=True)
    _execution: Execution = field(default_factory=dict, kw_only=True)  # type: ignore[assignment]
    _money: dict[str, dict[str, Told]] = field(default_factory=dict, kw_only=True)

    saved_as: ClassVar[str] = "comparison"

    def differences(
        self,
        *selectors: str,
        pairs: Pairs = "baseline",
        inflow: str | None = "all",
        office: str | None = "all",
        confidence: float = 0.95,
        control: bool = True,
    ) -> pd.DataFrame:
        """Paired differences, with p values adjusted for looking at all rows of the table (Holm).

        Parameters
        ----------
        selectors : str
            What the study is about, such as ``"late_share[investigation]"``: the fewer rows, the
            sharper the adjusted p values. Default everything of `inflow` and `office`.
        pairs : {"baseline", "all"}
            Each scenario with the baseline, or with each other.
        inflow, office : str or None
            One of them or "all" for all together; None for each. Not used with selectors.
        confidence : float
            Of each interval by itself.
        control : bool
            False: plain differences, also where the study made outlines.

        Returns
        -------
        DataFrame
            scenario, baseline, measure, kind, of, inflow, office, window, difference (scenario
            minus baseline), lower, upper, p, p_holm, variance_reduction, n. Only what both
            scenarios of a pair have. See `capsim.estimates.paired_differences`. Where the study
            made outlines, differences are controlled by those of the outlines, and `explained` is
            the share of their variance that these account for; `variance_reduction` remains what
            the pairing gains.
        """
        import pandas as pd

        from capsim.estimates import holm

        if pairs == "all":
            couples = [(first, second) for first, second in combinations(self.scenarios, 2)]
        elif pairs == "baseline":
            couples = [(self.baseline, name) for name in self.scenarios if name != self.baseline]
        else:
            raise ValueError(f"pairs = {pairs!r} must be 'baseline' or 'all'")
        cut = {
            name: self._cut(sample, selectors, inflow, office, control)
            for name, sample in self._samples.items()
        }
        parts = [
            difference(cut[first], cut[second], confidence).assign(scenario=second, baseline=first)
            for first, second in couples
        ]
        table = pd.concat(parts, ignore_index=True)
        names = ["scenario", "baseline"]
        table = table[[*names, *(name for name in table.columns if name not in names)]]
        if selectors:
            kept = [
                part.iloc[chosen(part, selectors)]
                for _, part in table.groupby(["scenario", "baseline"], sort=False)
            ]
            table = pd.concat(kept, ignore_index=True)
        table["p_holm"] = holm(table["p"].to_numpy())
        return table

    def money(self, every: str = EVERY, *, confidence: float = 0.95) -> pd.DataFrame:
        """What each scenario costs and brings in, and its difference from the baseline.

        Parameters
        ----------
        every : {"1 year", "1 quarter", "1 month", "1 week"}
            Studies collect years; other periods are simulated when they are asked for.
        confidence : float
            Of each interval by itself.

        Returns
        -------
        DataFrame
            scenario, baseline, period, office, inflow, item, kind, amount and posts (means of the
            scenario), difference (scenario minus baseline, replication by replication on the same
            luck), lower and upper (of the difference), n. What one of the two does not have is 0
            there, in the periods that both have. `Run.money` says what amounts are.

        Raises
        ------
        ValueError
            If nothing has a price in any scenario, or the periods are none of these.
        """
        priced = [one for one in self.scenarios.values() if one.has_money]
        need_money(priced[0] if priced else self.scenarios[self.baseline])
        if check_every(every) not in self._money:
            found = collected(list(self._samples.values()), every, self._again, self._execution)
            self._money[every] = dict(zip(self._samples, found, strict=True))
        return differences_of_money(self.scenarios, self._money[every], self.baseline, confidence)

    def _again(self) -> list[ScenarioWork]:
        """The same replications, for something that was not collected."""
        if self._works is None:
            raise ValueError(
                "money by these periods was not collected before the result was saved: run "
                "compare(...) again"
            )
        return list(self._works.values())

    def to_xarray(self) -> Any:
        """A labelled array (scenario, replication, row); NaN where a scenario lacks a row.

        Raises
        ------
        ImportError
            Without xarray.
        """
        return cube(self._samples, "scenario", list(self.scenarios), {"seed": self.seed})

    def _cut(
        self,
        sample: Sample,
        selectors: tuple[str, ...],
        inflow: str | None,
        office: str | None,
        control: bool,
    ) -> Cut:
        keys = sample.keys()
        if selectors:
            columns = sample.with_stays(keys, chosen(keys, selectors))
            return Cut.of(sample, keys, columns, control)
        kept = np.ones(len(keys), dtype=bool)
        for name, wanted in (("inflow", inflow), ("office", office)):
            if wanted is None:
                continue
            mask = (keys[name] == wanted).to_numpy()
            if not mask.any():
                known = list(keys[name].unique())
                raise ValueError(
                    f"{name} = {wanted!r} is not in scenario {sample.label!r}; known: {known}"
                )
            kept &= mask
        return Cut.of(sample, keys, np.flatnonzero(kept), control)

    def _by_sample(self, frame_of: Callable[[Sample], pd.DataFrame]) -> pd.DataFrame:
        import pandas as pd

        parts = []
        for name, sample in self._samples.items():
            part = frame_of(sample)
            part.insert(0, "scenario", name)
            parts.append(part)
        return pd.concat(parts, ignore_index=True)

    def _start(self) -> dict[str, date]:
        return {name: scenario.start for name, scenario in self.scenarios.items()}

    def _content(self) -> Content:
        from capsim.experiments.results.saving import Content

        arguments = {
            "baseline": self.baseline,
            "seed": self.seed,
            "n": self.n,
            "engine": self.engine,
        }
        samples = list(self._samples.values())
        return Content(self.saved_as, arguments, self.provenance, samples)

    @classmethod
    def restored(cls, content: Content) -> Comparison:
        """The comparison that was saved."""
        given = content.arguments
        samples = {sample.label: sample for sample in content.samples}
        return cls(
            scenarios={name: sample.scenario for name, sample in samples.items()},
            baseline=str(given["baseline"]),
            seed=int(given["seed"]),
            n=int(given["n"]),
            engine=str(given["engine"]),
            provenance=dict(content.provenance),
            _samples=samples,
        )

    def _heading(self) -> list[str]:
        return [
            f"{len(self.scenarios)} scenarios on the same luck: "
            f"{counted(self.n, 'replication')} each, seed {self.seed}, {self.engine} engine",
            *periods(self.scenarios),
            f"differences from {self.baseline!r}; ± is half of the 95 % interval",
            "pt: point of a hundred; (?): not shown clearly by so many runs (Holm, 5 %)",
        ]

    def _cautions(self) -> list[str]:
        return [
            *differing_periods(self.scenarios),
            *few_replications(self.n),
            *self.controlled(),
            *luck_alone(self.scenarios.values()),
            *uncovered(self._samples),
            *verdicts(self.scenarios, self.cleared()),
        ]

    @property
    def reacting(self) -> frozenset[Key]:
        """Kind, of and measure of what is not the same in all scenarios."""
        return reacting(self._samples.values())

    def controlled(self) -> list[str]:
        """A line about the outlines that control the means, if there are any."""
        return control_lines(self._samples.values(), self._shown.keys)

    def cleared(self) -> dict[str, Cleared | None]:
        """By scenario, in how many replications every backlog was gone, and when."""
        return {name: sample.cleared for name, sample in self._samples.items()}

    @cached_property
    def _shown(self) -> ComparedTable:
        return compared_table(self)

    def _table(self) -> list[list[str]]:
        return self._shown.rows

    def _meanings(self) -> list[str]:
        names = (measure for _, _, measure in self._shown.keys)
        return [*self._shown.below, *explanation_lines(names)]


def compare(
    scenarios: Mapping[str, Scenario | str | PathLike[str] | Mapping[str, Any]],
    *,
    n: int,
    seed: int,
    baseline: str | None = None,
    engine: str = "auto",
    measures: Mapping[str, Measure] | None = None,
    own: Mapping[str, Measure] | None = None,
    assign: AssignRule | Mapping[str, AssignRule] | None = None,
    choose: ChooseRule | Mapping[str, ChooseRule] | None = None,
    by: str | None = None,
    also: Sequence[str] = (),
    control: Control = "auto",
    **execution: Unpack[Execution],
) -> Comparison:
    """Scenarios side by side, with the same applicants and the same luck in each replication.

    Parameters
    ----------
    scenarios : mapping of str to Scenario
        At least two, by the names they shall have in tables; paths and names of presets are loaded,
        of tables scenarios are made.
    n : int
        Number of replications of each.
    seed : int
    baseline : str, optional
        What the others are compared with; default the first.
    engine : {"auto", "simpy", "compiled"}
    measures, own : mapping of str to function, optional
        Measures of your own: functions that get a `Run` and give a number.
    assign, choose : function or mapping of str to function, optional
        Rules of your own, as `simulate` takes them: one for all scenarios, or a table by the names
        of scenarios; one that is not named keeps the rule of the contract. The replications are
        then run by the simpy engine, in processes.
    by : {"1 week", "1 month", "1 quarter", "1 year"}, optional
        Measure also in calendar periods, for all offices together; `by` of the result tells them.
    also : sequence of str, optional
        Measures that must be asked for ahead: ``"level[intake, on=2026-12-31]"``,
        ``"level_open[...]"``, ``"share_over[intake, days=30]"``.
    control : int or "auto"
        Outlines for each replication, which tell how lucky it was: see `replicate`. They control
        the differences too.
    **execution
        store, jobs, client, backend, block, progress: see `capsim.experiments.Execution`.

    Returns
    -------
    Comparison

    Examples
    --------
    >>> import capsim
    >>> now = capsim.Scenario(
    ...     start="2026-01-01",
    ...     horizon="6 months",
    ...     teams={"intake": {"fte": 1}},
    ...     stages={"intake": {"team": "intake", "work": "3 h"}},
    ...     inflows={"regular": {"rate": {"per_month": 45}}},
    ... )
    >>> more = now.with_({"teams.intake.fte": 2})
    >>> result = capsim.compare(
    ...     {"now": now, "more staff": more}, n=10, seed=1, jobs=1, engine="simpy"
    ... )
    >>> table = result.differences("wait_mean[intake]")
    >>> bool(table["upper"].iloc[0] < 0)
    True
    """
    check_options(compare, execution)
    subjects = check_scenarios(scenarios)
    n = check_n(n)
    first = next(iter(subjects)) if baseline is None else baseline
    if first not in subjects:
        raise ValueError(
            f"baseline = {first!r} must be the name of one of the scenarios: {list(subjects)}"
        )
    rules = {
        "assign": rules_by_scenario("assign", assign, subjects),
        "choose": rules_by_scenario("choose", choose, subjects),
    }
    # Where one scenario has a rule, all run on the engine that takes rules.
    some = {name: next(iter(filter(None, by.values())), None) for name, by in rules.items()}
    shared = check_settings(
        seed=seed,
        engine=engine,
        measures=measures,
        own=own,
        by=by,
        also=also,
        money=EVERY if any(one.has_money for one in subjects.values()) else None,
        **some,
    )
    works = [
        ScenarioWork(
            label,
            one,
            replace(shared, assign=rules["assign"][label], choose=rules["choose"][label]),
        )
        for label, one in subjects.items()
    ]
    outlines = control_of(control, works)
    noted = {} if control == "auto" else {"control": control}
    request = request_of("compare", shared, n=n, baseline=first, by=by, also=list(also), **noted)
    for name, given in (("assign", assign), ("choose", choose)):
        if isinstance(given, Mapping):
            request["rules"][name] = places(given)
    samples, seconds = gather(works, n, request, execution, control=outlines)
    return Comparison(
        scenarios=subjects,
        baseline=first,
        seed=shared.seed,
        n=n,
        engine=shared.engine,
        provenance=provenance(subjects, shared, seconds, n=n, **outlined(samples)),
        _samples={sample.label: sample for sample in samples},
        _works={work.label: work for work in works},
        _execution=execution,
    )


register(
    Question("compare", compare, lambda noted: {"scenarios": noted.scenarios, **noted.arguments})
)
