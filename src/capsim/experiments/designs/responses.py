"""What a design gives when it is run: every row simulated, on the luck of its base row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from capsim.catalogue import Selector
from capsim.execution.campaign import Campaign
from capsim.execution.options import Execution, check_options
from capsim.execution.own_functions import Measure
from capsim.execution.scenario_work import VALUE_COLUMNS, ScenarioWork
from capsim.execution.selected_work import Key, SelectedWork, selection_of
from capsim.execution.settings import RunSettings
from capsim.experiments.arguments import check_n, check_scenario, check_settings
from capsim.experiments.designs.base import AbstractDesign
from capsim.experiments.results.headline import name_of
from capsim.experiments.results.sample import chosen
from capsim.plan.plan import Floats

if TYPE_CHECKING:
    import pandas as pd

    from capsim.scenario import Scenario

__all__ = ["Responses", "SelectedWork", "run_design"]


@dataclass(frozen=True, eq=False)
class Responses:
    """Numbers of all rows of a design.

    Attributes
    ----------
    design : AbstractDesign
    keys : tuple of keys
        measure, kind, of, inflow, office, window of everything that was kept: all measures of the
        whole service, and what was asked for beyond these.
    matrix : (rows, replications, keys) float64
        NaN: nobody was seen. Infinite: not reached (a quantile that too many still wait for, a
        backlog that does not clear).
    scenarios : int
        Different scenarios that were simulated; rows with equal settings and luck are run once.
    seconds : float
    """

    design: AbstractDesign
    keys: tuple[Key, ...]
    matrix: Floats = field(repr=False)
    scenarios: int
    seconds: float

    @property
    def replications(self) -> int:
        """Replications of each row."""
        return self.matrix.shape[1]

    def frame(self) -> pd.DataFrame:
        """measure, kind, of, inflow, office, window of each key."""
        import pandas as pd

        return pd.DataFrame(list(self.keys), columns=list(VALUE_COLUMNS))

    def column(self, selector: str) -> int:
        """Place of what a selector means.

        Raises
        ------
        KeyError
            If it means nothing that was kept.
        """
        return int(chosen(self.frame(), [selector])[0])

    def of(self, selector: str) -> Floats:
        """(rows, replications) of one measure.

        Replications in which nobody was seen get the mean of the others of their row, which leaves
        them out of the average; a row without any value is NaN.
        """
        values = self.matrix[:, :, self.column(selector)].copy()
        unseen = np.isnan(values)
        some = unseen.any(axis=1) & ~unseen.all(axis=1)
        if some.any():
            means = np.nanmean(values[some], axis=1, keepdims=True)
            values[some] = np.where(unseen[some], means, values[some])
        return values

    def values(self, selectors: Sequence[str] = ()) -> pd.DataFrame:
        """Long: row, base, a column per path, replication, measure, kind, of, ..., value.

        Parameters
        ----------
        selectors : sequence of str
            Only these; default everything that was kept.
        """
        import pandas as pd

        keys = self.frame()
        columns = chosen(keys, selectors) if selectors else np.arange(len(keys), dtype=np.int64)
        rows, replications, _ = self.matrix.shape
        each = len(columns)
        settings = self.design.table()
        settings.insert(0, "row", np.arange(rows))
        frame = settings.loc[np.repeat(np.arange(rows), replications * each)].reset_index(drop=True)
        first = self.design.base[:, None] * replications + np.arange(replications)
        frame["replication"] = np.repeat(first.reshape(-1), each)
        what = keys.iloc[np.tile(columns, rows * replications)].reset_index(drop=True)
        frame = pd.concat([frame, what], axis=1)
        frame["value"] = self.matrix[:, :, columns].reshape(-1)
        return frame


def run_design(
    scenario: Scenario | str,
    design: AbstractDesign,
    measures: str | Sequence[str] = (),
    *,
    replications: int,
    seed: int,
    engine: str = "auto",
    own: Mapping[str, Measure] | None = None,
    **execution: Unpack[Execution],
) -> Responses:
    """Every row of a design simulated, on the luck of its base row.

    Parameters
    ----------
    scenario : Scenario or str
        What the rows change.
    design : AbstractDesign
        Made for this scenario.
    measures : str or sequence of str
        Selectors of what is to be kept beside the measures of the whole service.
    replications : int
        Of each row.
    seed : int
    engine : {"auto", "simpy", "compiled"}
    own : mapping of str to function, optional
        Measures of your own.
    **execution
        store, jobs, client, backend, block, progress: see `capsim.experiments.Execution`.

    Raises
    ------
    ScenarioError
        If a row is not valid; before anything is simulated.
    KeyError
        If a measure means nothing in the scenario.
    """
    check_options(run_design, execution)
    asked = check_measures(measures, ())
    return respond(
        check_scenario(scenario),
        design,
        asked,
        check_n(replications, "replications"),
        check_settings(seed=seed, engine=engine, own=own, also=asked),
        execution,
    )


def respond(
    scenario: Scenario,
    design: AbstractDesign,
    measures: Sequence[str],
    replications: int,
    settings: RunSettings,
    execution: Execution,
    request: Mapping[str, Any] | None = None,
) -> Responses:
    """What a design gives, with checked arguments and with what a store is to note."""
    keys = kept_keys(ScenarioWork(scenario.label, scenario, settings).rows().frame(), measures)
    works: list[SelectedWork] = []
    firsts: list[int] = []
    place: dict[tuple[str, int], int] = {}
    rows = []
    for number, (overrides, base) in enumerate(
        zip(design.overrides, design.base.tolist(), strict=True)
    ):
        try:
            one = scenario.with_(overrides)
        except ValueError as error:
            error.add_note(f"in row {number} of the design: {overrides}")
            raise
        key = (one.hash, base * replications)
        if key not in place:
            place[key] = len(works)
            works.append(SelectedWork(ScenarioWork(_label(number, overrides), one, settings), keys))
            firsts.append(key[1])
        rows.append(place[key])
    with Campaign(**execution) as campaign:
        for work, first in zip(works, firsts, strict=True):
            campaign.add(work, first)
        if request is not None:
            campaign.record({**request, "rows": selection_of(keys)})
        campaign.run([(k, first, first + replications) for k, first in enumerate(firsts)])
        parts = np.stack([campaign.values(k) for k in range(len(works))])
        seconds = campaign.seconds
    return Responses(design, keys, _with_infinities(keys, parts)[rows], len(works), seconds)


def check_measures(measures: str | Sequence[str], own: Iterable[str]) -> tuple[str, ...]:
    """Selectors without repetition, measures of the user's own last.

    Raises
    ------
    ValueError
        If they are neither a text nor a list of these.
    """
    listed = [measures] if isinstance(measures, str) else measures
    if not isinstance(listed, Sequence) or not all(isinstance(text, str) for text in listed):
        raise ValueError(
            f"measures = {measures!r} must be a measure or a list of them, such as "
            "['late_share[investigation]', 'wait_mean[intake]']"
        )
    return tuple(dict.fromkeys([*listed, *own]))


def kept_keys(frame: pd.DataFrame, measures: Sequence[str]) -> tuple[Key, ...]:
    """Keys of the whole service, and of what the selectors mean."""
    whole = np.flatnonzero((frame["inflow"] == "all") & (frame["office"] == "all"))
    asked = chosen(frame, measures) if measures else np.zeros(0, dtype=np.int64)
    rows = frame[list(VALUE_COLUMNS)].iloc[np.union1d(whole, asked)]
    return tuple(tuple(str(cell) for cell in row) for row in rows.itertuples(index=False))


def canonical(responses: Responses, measures: Sequence[str]) -> tuple[str, ...]:
    """Selectors in full, so that ``late_share`` and ``late_share[investigation]`` are one.

    Of another window than the one that is meant, with its name.
    """
    frame = responses.frame()
    columns = chosen(frame, measures)
    names = []
    for column, row in zip(columns, frame.iloc[columns].to_dict("records"), strict=True):
        name = name_of(row)
        if chosen(frame, [name])[0] != column:
            name = str(replace(Selector.parse(name), window=str(row["window"])))
        names.append(name)
    return tuple(names)


def _with_infinities(keys: Sequence[Key], parts: Floats) -> Floats:
    """Infinity where a measure was not reached; see `capsim.estimates.table.with_infinities`."""
    import pandas as pd

    from capsim.estimates.table import with_infinities

    frame = pd.DataFrame(list(keys), columns=list(VALUE_COLUMNS))
    flat = parts.reshape(-1, parts.shape[2])
    return with_infinities(frame, flat).reshape(parts.shape)


def _label(number: int, overrides: Mapping[str, Any]) -> str:
    settings = ", ".join(f"{path}={value}" for path, value in overrides.items())
    return f"row {number}" + (f": {settings}" if settings else "")
