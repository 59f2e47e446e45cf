"""What experiments share: checked arguments, and numbers of scenarios on the same luck."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from capsim.execution.campaign import Campaign
from capsim.execution.executor import Backend
from capsim.execution.own_measures import Measure, place
from capsim.execution.progress import ProgressOption
from capsim.execution.scenario_work import ScenarioWork
from capsim.execution.store.blockfile import Rows

if TYPE_CHECKING:
    import pandas as pd

    from capsim.scenario import Scenario

__all__ = [
    "Execution",
    "Sample",
    "check_n",
    "check_options",
    "check_scenarios",
    "check_seed",
    "request_of",
]


class Execution(TypedDict, total=False):
    """How an experiment is carried out; nothing of it changes a number.

    Attributes
    ----------
    store : path
        Directory in which finished blocks are kept and looked for, so that a killed study goes on.
    jobs : int
        Threads or processes of this machine.
    client : dask.distributed.Client
        A cluster instead.
    backend : {"auto", "serial", "threads", "processes"}
    block : int
        Replications per block.
    progress : bool or function
        True for a bar, or a function that is called with a `Progress`.
    """

    store: str | os.PathLike[str] | None
    jobs: int | None
    client: Any
    backend: Backend
    block: int | None
    progress: ProgressOption


@dataclass(frozen=True, eq=False)
class Sample:
    """Numbers of the replications 0, 1, ... of one scenario.

    Attributes
    ----------
    label : str
    scenario : Scenario
    rows : Rows
    matrix : (replications, rows) float64
    """

    label: str
    scenario: Scenario
    rows: Rows
    matrix: NDArray[np.float64]

    def keys(self) -> pd.DataFrame:
        """measure, kind, of, inflow, office of each row."""
        import pandas as pd

        return pd.DataFrame({name: column.tolist() for name, column in self.rows.columns.items()})

    def values(self, selectors: Sequence[str] = (), *, office: str | None = None) -> pd.DataFrame:
        """Long values: replication, measure, kind, of, inflow, office, value.

        Parameters
        ----------
        selectors : sequence of str
            Only these; default all.
        office : str, optional
            Only of one office, or "all" for all of them together; not used with selectors.

        Raises
        ------
        KeyError
            If a selector means nothing here.
        ValueError
            If there is no such office.
        """
        keys = self.keys()
        columns = chosen(keys, selectors) if selectors else np.arange(len(keys))
        if office is not None and not selectors:
            columns = np.flatnonzero((keys["office"] == office).to_numpy())
            if not len(columns):
                known = ", ".join(map(repr, keys["office"].unique()))
                raise ValueError(f"office = {office!r} is not in {self.label!r}; known: {known}")
        return long_values(keys.iloc[columns], self.matrix[:, columns])

    def beside(self, selectors: Sequence[str]) -> pd.DataFrame:
        """Long values of the selected things and of the `stay_mean` beside each.

        The latter tells the estimates whether anybody was there.
        """
        keys = self.keys()
        wanted = chosen(keys, selectors)
        places = keys[["kind", "of", "inflow", "office"]].apply(tuple, axis=1)
        near = places.isin(set(places.iloc[wanted])) & (keys["measure"] == "stay_mean")
        columns = np.union1d(wanted, np.flatnonzero(near))
        return long_values(keys.iloc[columns], self.matrix[:, columns])


def summarised(sample: Sample, selectors: Sequence[str], confidence: float) -> pd.DataFrame:
    """Means of a sample with their intervals, and the unit of each."""
    from capsim.catalogue.labels import LABELS
    from capsim.estimates import summary_of

    keys = sample.keys()
    frame = summary_of(keys, sample.matrix, confidence=confidence)
    # A researcher's own measure has a unit that only the researcher knows.
    units = {name: known.unit for name, known in LABELS.items()}
    frame["unit"] = [units.get(name, "") for name in frame["measure"]]
    return frame.iloc[chosen(keys, selectors)].reset_index(drop=True) if selectors else frame


def chosen(keys: pd.DataFrame, selectors: Sequence[str]) -> NDArray[np.int64]:
    """Row numbers of what the selectors mean, in their order.

    Raises
    ------
    KeyError
        If a selector means nothing here.
    """
    from capsim.catalogue import Selector

    keys = keys.reset_index(drop=True)
    if isinstance(selectors, str):
        selectors = [selectors]
    found = [int(Selector.parse(text).find(keys).index[0]) for text in selectors]
    return np.array(list(dict.fromkeys(found)), dtype=np.int64)


def long_values(keys: pd.DataFrame, matrix: NDArray[np.float64]) -> pd.DataFrame:
    """Long frame of a matrix (replications, rows) with a row of keys per column."""
    import pandas as pd

    count = len(matrix)
    columns: dict[str, Any] = {
        "replication": np.repeat(np.arange(count, dtype=np.int64), len(keys))
    }
    for name in keys.columns:
        columns[name] = np.tile(keys[name].to_numpy(dtype=object), count)
    columns["value"] = matrix.reshape(-1)
    return pd.DataFrame(columns)


def check_n(n: int, name: str = "n") -> int:
    """The number of replications.

    Raises
    ------
    ValueError
        Unless it is a whole number of at least 1.
    """
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 1:
        raise ValueError(f"{name} = {n!r} must be a whole number of at least 1")
    return int(n)


def check_seed(seed: int) -> int:
    """The seed.

    Raises
    ------
    ValueError
        Unless it is a whole number from 0 to 2**64 - 1.
    """
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer):
        raise ValueError(f"seed = {seed!r} must be a whole number, such as seed=1")
    if not 0 <= seed < 2**64:
        raise ValueError(f"seed = {seed!r} must lie between 0 and 2**64 - 1")
    return int(seed)


def check_options(function: Callable[..., Any], given: Mapping[str, Any]) -> None:
    """Refuse an option that neither the function nor `Execution` knows.

    Raises
    ------
    TypeError
        Naming the function that was called, and the option that was probably meant.
    """
    from capsim.scenario.errors import nearest

    known = list(Execution.__annotations__)
    for name in given:
        if name not in known:
            own = [
                parameter.name
                for parameter in inspect.signature(function).parameters.values()
                if parameter.kind is not inspect.Parameter.VAR_KEYWORD
            ]
            raise TypeError(
                f"{function.__name__}: there is no option {name!r}; {nearest(name, own + known)}"
            )


def check_scenario(scenario: Any, what: str = "scenario") -> Scenario:
    """The scenario, loaded or made if a path, the name of a preset or a table is given.

    Raises
    ------
    ValueError
        If it is none of these.
    """
    from capsim.scenario.loading import as_scenario

    return as_scenario(scenario, what)


def check_scenarios(scenarios: Any) -> dict[str, Scenario]:
    """The scenarios by name, at least two.

    Raises
    ------
    ValueError
        If it is no mapping of names to scenarios, or too short.
    ScenarioError
        With the mistakes of all scenarios that are given as files or tables.
    """
    from capsim.scenario.errors import all_of

    if not isinstance(scenarios, Mapping):
        raise ValueError(
            f"scenarios = {type(scenarios).__name__} must be a table of names and scenarios: "
            'write {"now": a, "more staff": b}'
        )
    names = [str(name) for name in scenarios]
    checks = [partial(check_scenario, *one) for one in zip(scenarios.values(), names, strict=True)]
    checked = dict(zip(names, all_of(checks), strict=True))
    if len(checked) < 2:
        raise ValueError(f"scenarios: {list(checked)} cannot be compared; give two or more")
    return checked


def request_of(
    kind: str,
    *,
    seed: int,
    engine: str,
    measures: Mapping[str, Measure],
    **arguments: Any,
) -> dict[str, Any]:
    """What a store notes of a study, as JSON, so that it can go on from there."""
    return {
        "kind": kind,
        "seed": seed,
        "engine": engine,
        "measures": {name: place(function) for name, function in measures.items()},
        "arguments": arguments,
    }


def sample(campaign: Campaign, point: int, work: ScenarioWork) -> Sample:
    """The numbers of a point of a campaign."""
    return Sample(work.label, work.scenario, work.rows(), campaign.values(point))


def gather(
    works: Sequence[ScenarioWork], n: int, request: Mapping[str, Any], execution: Execution
) -> tuple[list[Sample], float]:
    """The replications 0 to n - 1 of each scenario, and the seconds that it took."""
    with Campaign(**execution) as campaign:
        for work in works:
            campaign.add(work)
        campaign.record(request)
        campaign.run([(point, 0, n) for point in range(len(works))])
        samples = [sample(campaign, point, work) for point, work in enumerate(works)]
        return samples, campaign.seconds
