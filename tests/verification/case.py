"""A case of verification: a scenario, what is known exactly about it, and what it must find.

The scenario is plain data of the scenario language. Every quantity has an exact value, and the
size of the error that the check must find (`detectable`): the assertions of `tests/statistical.py`
refuse to judge with too few replications for it; a correct model fails once in a million checks,
and one that is off by `detectable` passes no more often. What they must find in practice is listed
as `wrong`: models that are wrong on purpose, each of which has to fail.
"""

from __future__ import annotations

import copy
import math
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from scipy import stats

from capsim.scenario import Scenario
from statistical import UnderpoweredError, assert_mean_equals, assert_probability_equals
from verification.look import Look, looks

Tables = dict[str, Any]

NO_VERDICT = "no verdict"

FALSE_ALARM = 1e-6
MISS = 1e-6

QUICK_SHARE = 4
"""The default test run has a quarter of the replications, and finds three times the error."""
QUICK_DETECTABLE = 3.0
FEWEST = 40


@dataclass(frozen=True)
class Quantity:
    """A number that is known exactly.

    Attributes
    ----------
    name : str
        What it is, with its instant if it has one.
    exact : float
    detectable : float
        Absolute error that the check finds.
    of : callable
        The value of one replication, whose expectation is `exact`. 0 or 1 for a probability.
    is_probability : bool
        Each replication is one trial.
    """

    name: str
    exact: float
    detectable: float
    of: Callable[[Look], float]
    is_probability: bool = False


@dataclass(frozen=True)
class Curve:
    """A quantity over time, to be drawn over its exact curve.

    Attributes
    ----------
    label : str
    times : (m,) float64
        In units of the case.
    exact : callable
        Gives (m,) float64; computed only when it is drawn.
    of : callable
        (m,) values of one replication.
    """

    label: str
    times: np.ndarray
    exact: Callable[[], np.ndarray]
    of: Callable[[Look], np.ndarray]


@dataclass(frozen=True)
class Case:
    """A case of verification.

    Attributes
    ----------
    name : str
    source : str
        Where the exact values come from: the file, and for published models the table.
    model : str
        What it is, in one line.
    tables : dict
        The scenario, in the scenario language.
    quantities : tuple of Quantity
    n : int
        Replications in `make verify`.
    unit : float
        Days in the unit of time of the source.
    note : str
        What differs from the source, if anything.
    wrong : mapping of str to tables
        Models that are wrong on purpose.
    is_quick : bool
        Whether a smaller form of it belongs to the default test run.
    curves : tuple of Curve
        What is drawn on the page.
    """

    name: str
    source: str
    model: str
    tables: Tables
    quantities: tuple[Quantity, ...]
    n: int = 150
    unit: float = 1.0
    note: str = ""
    wrong: Mapping[str, Tables] = field(default_factory=dict)
    is_quick: bool = False
    curves: tuple[Curve, ...] = ()

    @property
    def seed(self) -> int:
        """A seed of its own, so that the cases do not share their luck."""
        return zlib.crc32(self.name.encode())

    @cached_property
    def scenario(self) -> Scenario:
        """The scenario of the case."""
        return Scenario(**self.tables)

    def __str__(self) -> str:
        """Its name, for the names of tests."""
        return self.name

    def quick(self) -> Case:
        """The same case with fewer replications, which finds larger errors only."""
        quantities = tuple(
            replace(q, detectable=QUICK_DETECTABLE * q.detectable) for q in self.quantities
        )
        return replace(self, quantities=quantities, n=max(FEWEST, self.n // QUICK_SHARE))


@dataclass(frozen=True)
class Finding:
    """What became of one quantity.

    Attributes
    ----------
    case, quantity : str
    exact, simulated : float
    lower, upper : float
        Interval of the simulated mean, which a correct model misses once in a million checks.
    off : float
        Difference from the exact value, in standard errors.
    detectable : float
    n : int
        Replications.
    problem : str
        Why it failed; empty if it did not.
    """

    case: str
    quantity: str
    exact: float
    simulated: float
    lower: float
    upper: float
    off: float
    detectable: float
    n: int
    problem: str

    @property
    def verdict(self) -> str:
        """In one word or two."""
        if self.problem.startswith(NO_VERDICT):
            return NO_VERDICT
        return "fails" if self.problem else "agrees"


@dataclass(frozen=True)
class Path:
    """The simulated mean of a curve of a case.

    Attributes
    ----------
    label : str
    mean, error : (m,) float64
        Mean over the replications, and its standard error.
    """

    label: str
    mean: np.ndarray
    error: np.ndarray


def simulated(case: Case, scenario: Scenario) -> tuple[np.ndarray, list[Path]]:
    """(n, quantities) values of each replication, and the means of the curves."""
    values = np.empty((case.n, len(case.quantities)))
    paths = [np.empty((case.n, len(curve.times))) for curve in case.curves]
    found = looks(scenario, seed=case.seed, first=0, count=case.n, unit=case.unit)
    for row, look in enumerate(found):
        values[row] = [quantity.of(look) for quantity in case.quantities]
        for path, curve in zip(paths, case.curves, strict=True):
            path[row] = curve.of(look)
    means = [
        Path(curve.label, path.mean(axis=0), path.std(axis=0, ddof=1) / math.sqrt(case.n))
        for path, curve in zip(paths, case.curves, strict=True)
    ]
    return values, means


def findings(case: Case, tables: Tables | None = None) -> tuple[list[Finding], list[Path]]:
    """What becomes of every quantity and curve of a case, with its own scenario or a wrong one.

    There is no verdict on a quantity, which counts as a problem, if the case has too few
    replications for the error that it promises to find. A wrong model may scatter more than the
    right one; there power is not asked for.
    """
    scenario = case.scenario if tables is None else Scenario(**tables)
    values, paths = simulated(case, scenario)
    found = [
        _finding(case, quantity, values[:, column], is_wrong=tables is not None)
        for column, quantity in enumerate(case.quantities)
    ]
    return found, paths


def _finding(case: Case, quantity: Quantity, values: np.ndarray, *, is_wrong: bool) -> Finding:
    n, exact = len(values), quantity.exact
    mean = float(values.mean())
    problem = ""
    try:
        if quantity.is_probability:
            assert_probability_equals(
                int(values.sum()),
                n,
                exact,
                detectable=quantity.detectable,
                false_alarm=FALSE_ALARM,
                miss=MISS,
            )
        else:
            # A wrong model is judged as the right one would be: without asking for power.
            assert_mean_equals(
                values,
                exact,
                detectable=math.inf if is_wrong else quantity.detectable,
                false_alarm=FALSE_ALARM,
                miss=MISS,
            )
    except AssertionError as error:
        problem = str(error)
    except UnderpoweredError as error:
        problem = f"{NO_VERDICT}: {error}"
    if quantity.is_probability:
        lower, upper = _binomial_interval(int(values.sum()), n)
        error_of_mean = math.sqrt(exact * (1 - exact) / n)
    else:
        error_of_mean = float(values.std(ddof=1)) / math.sqrt(n)
        half = float(stats.t.isf(FALSE_ALARM / 2, n - 1)) * error_of_mean
        lower, upper = mean - half, mean + half
    off = (mean - exact) / error_of_mean if error_of_mean > 0 else 0.0
    return Finding(
        case.name, quantity.name, exact, mean, lower, upper, off, quantity.detectable, n, problem
    )


def _binomial_interval(successes: int, n: int) -> tuple[float, float]:
    """Clopper-Pearson interval."""
    half = FALSE_ALARM / 2
    lower = float(stats.beta.ppf(half, successes, n - successes + 1)) if successes else 0.0
    upper = float(stats.beta.isf(half, successes + 1, n - successes)) if successes < n else 1.0
    return lower, upper


# -- wrong models ------------------------------------------------------------------------------


def changed(tables: Tables, changes: Mapping[str, Any]) -> Tables:
    """The tables with the values at these dotted paths replaced; None removes one.

    Examples
    --------
    >>> changed({"teams": {"desk": {"fte": 2}}}, {"teams.desk.fte": 1})
    {'teams': {'desk': {'fte': 1}}}
    """
    result = copy.deepcopy(tables)
    for path, value in changes.items():
        *way, last = path.split(".")
        table = result
        for name in way:
            table = table[name]
        if value is None:
            del table[last]
        else:
            table[last] = value
    return result


def stretched(tables: Tables, factor: float = 1.02, what: str = "work") -> Tables:
    """The tables with every law of this kind (work, stay, gap or patience) longer by a factor."""
    result = copy.deepcopy(tables)
    for stage in _stage_tables(result):
        if what in stage:
            stage[what] = _longer(stage[what], factor)
    return result


def _stage_tables(tables: Tables) -> list[Tables]:
    return [
        *tables["stages"].values(),
        *(
            stage
            for inflow in tables["inflows"].values()
            for stage in inflow.get("stages", {}).values()
        ),
    ]


def _longer(law: Any, factor: float) -> Any:
    if isinstance(law, str):
        number, unit = law.split()
        return f"{float(number) * factor!r} {unit}"
    if law["law"] == "mixture":
        return {**law, "of": [_longer(part, factor) for part in law["of"]]}
    return {**law, **{key: _longer(law[key], factor) for key in ("mean", "sd") if key in law}}
