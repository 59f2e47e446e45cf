"""Laws of a scenario as rows of the plan: what `capsim.kernels.draws.laws` reads.

Work is in seconds; calendar time in ticks of H to a day; counts are plain numbers. A law written in
workdays gives office ticks and says so (`law_office`). Equal laws are one row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from capsim.kernels.codes import LAW_DISCRETE, LAW_FIXED, LAW_MIXTURE, LAW_TABLE
from capsim.kernels.tables import Laws
from capsim.plan.quantiles import (
    CELLS_OF_LAW,
    cell_probabilities,
    cells_of,
    residual_cells,
)
from capsim.plan.timetable import Timetable
from capsim.scenario.laws.counts import AbstractCountLaw
from capsim.scenario.laws.durations import AbstractLaw, Empirical, Fixed, Mixture
from capsim.scenario.laws.variable import Variable
from capsim.scenario.laws.variables import ExponentialVariable, UniformVariable
from capsim.scenario.tables.burden import Burden
from capsim.scenario.units import Unit, hours

__all__ = ["LawBook", "Part", "largest_factor", "law_moments"]


class _Inverse(NamedTuple):
    """A law of the plan before it has a number; hashable, so that equal ones are found."""

    kind: int
    value: float = 0.0
    """Value of a fixed law, scale of a table."""
    variable: Variable | None = None
    """Variable of scale 1 behind a table."""
    residual: bool = False
    """Whether the table is that of the variable's equilibrium residual."""
    upto: tuple[float, ...] = ()
    values: tuple[float, ...] = ()
    parts: tuple[Any, ...] = ()
    """The `_Inverse` of each part of a mixture."""
    plus: float = 0.0
    growth: float = 0.0
    office: bool = False


def _fixed(value: float, plus: float = 0.0) -> _Inverse:
    return _Inverse(LAW_FIXED, value=value, plus=plus)


def _upto(shares: Sequence[float] | np.ndarray) -> tuple[float, ...]:
    """Cumulative shares; the last one is exactly 1."""
    cumulative = np.cumsum(shares)
    return (*(cumulative[:-1] / cumulative[-1]).tolist(), 1.0)


def _mixture(shares: Sequence[float], parts: Sequence[_Inverse], plus: float = 0.0) -> _Inverse:
    """A mixture whose parts are no mixtures: those of a part take its place."""
    flat: list[tuple[float, _Inverse]] = []
    for share, part in zip(shares, parts, strict=True):
        if share <= 0:
            continue
        if part.kind == LAW_MIXTURE:
            below = 0.0
            for upto, inner in zip(part.upto, part.parts, strict=True):
                flat.append((share * (upto - below), inner._replace(plus=inner.plus + part.plus)))
                below = upto
        else:
            flat.append((share, part))
    if len(flat) == 1:
        return flat[0][1]._replace(plus=flat[0][1].plus + plus)
    shares_upto = _upto([share for share, _ in flat])
    return _Inverse(LAW_MIXTURE, upto=shares_upto, parts=tuple(part for _, part in flat), plus=plus)


def _discrete(probabilities: Sequence[float], values: Sequence[float]) -> _Inverse:
    """Values by probability, in ascending order so that luck stays luck."""
    order = np.argsort(np.asarray(values), kind="stable")
    mass = np.asarray(probabilities, dtype=float)[order]
    sorted_values = np.asarray(values, dtype=float)[order]
    kept = mass > 0
    mass, sorted_values = mass[kept], sorted_values[kept]
    if len(mass) == 1:
        return _fixed(float(sorted_values[0]))
    return _Inverse(LAW_DISCRETE, upto=_upto(mass), values=tuple(sorted_values.tolist()))


def _inverse(law: AbstractLaw, unit: Unit) -> _Inverse:
    """A law as it is sampled, growth apart."""
    plus = law.plus_in(unit)
    if isinstance(law, Fixed):
        return _fixed(unit(law.mean), plus)
    if isinstance(law, Mixture):
        shares = [part.share or 0.0 for part in law.of]
        return _mixture(shares, [_inverse(part, unit) for part in law.of], plus)
    if isinstance(law, Empirical):
        weights = law.weights or (1.0,) * len(law.values)
        return _discrete(weights, [unit(value) for value in law.values])._replace(plus=plus)
    variable, scale = law.unit_variable(unit)
    return _Inverse(LAW_TABLE, value=scale, variable=variable, plus=plus)


def _residual(law: AbstractLaw, unit: Unit) -> _Inverse:
    """The equilibrium residual of a law: of each part, by its share of the mean."""
    plus = law.plus_in(unit)
    if isinstance(law, Fixed):
        return _uniform_to(unit(law.mean) + plus)
    if isinstance(law, Mixture):
        means = [(part.share or 0.0) * part.mean_in(unit) for part in law.of]
        inner = _mixture(means, [_residual(part, unit) for part in law.of])
    elif isinstance(law, Empirical):
        weights = law.weights or (1.0,) * len(law.values)
        values = [unit(value) for value in law.values]
        means = [weight * value for weight, value in zip(weights, values, strict=True)]
        if not any(means):
            return _fixed(plus)
        inner = _mixture(means, [_uniform_to(value) for value in values])
    else:
        variable, scale = law.unit_variable(unit)
        # What remains of an exponential is the same exponential.
        lasting = not isinstance(variable, ExponentialVariable)
        inner = _Inverse(LAW_TABLE, value=scale, variable=variable, residual=lasting)
    if plus == 0:
        return inner
    # In the fixed part for plus / mean of the time, beyond it for the rest.
    mean = law.mean_in(unit) - plus
    return _mixture([plus, mean], [_uniform_to(plus), inner._replace(plus=inner.plus + plus)])


def _uniform_to(value: float) -> _Inverse:
    if value <= 0:
        return _fixed(0.0)
    return _Inverse(LAW_TABLE, value=value, variable=UniformVariable(0.0, 1.0))


@lru_cache(maxsize=4096)
def _work_inverse(law: AbstractLaw) -> _Inverse:
    return _inverse(law, lambda duration: duration.seconds)._replace(growth=law.growth)


@lru_cache(maxsize=4096)
def _calendar_inverse(law: AbstractLaw, day_ticks: int, residual: bool) -> _Inverse:
    unit = _tick_unit(law, day_ticks)
    inverse = (_residual if residual else _inverse)(law, unit)
    return inverse._replace(growth=law.growth, office=law.in_workdays)


def _tick_unit(law: AbstractLaw, day_ticks: int) -> Unit:
    """Unit of the draws of a law of delays: calendar ticks, or office ticks if in workdays."""
    if law.in_workdays:
        return lambda duration: float(duration.exact * day_ticks)
    return lambda duration: float(duration.exact_days * day_ticks)


class Part(NamedTuple):
    """A part of a law that has lasted for some time, see `LawBook.given`."""

    upto: float
    """Cumulative share."""
    law: int
    beyond: float
    """Probability of that law to last longer."""
    past: float
    """What to take from a draw of it."""


def _beyond(inverse: _Inverse, past: float) -> float:
    """Probability that a law without parts draws more than `past`."""
    past -= inverse.plus
    if inverse.kind == LAW_FIXED:
        return float(inverse.value > past)
    if inverse.kind == LAW_DISCRETE:
        shares = np.diff(inverse.upto, prepend=0.0)
        return float(shares[np.array(inverse.values) > past].sum())
    assert inverse.variable is not None
    if past < 0:
        return 1.0
    return float(inverse.variable.sf(np.array([past / inverse.value]))[0])


class LawBook:
    """The laws of a plan, numbered as they are met.

    Examples
    --------
    >>> import datetime
    >>> from capsim.plan.timetable import timetable_of
    >>> from capsim.scenario import Calendar
    >>> from capsim.scenario.laws.durations import Exponential
    >>> book = LawBook(timetable_of(Calendar(), datetime.date(2026, 1, 1), 365))
    >>> book.calendar(Exponential(mean="10 days")), book.calendar(Exponential(mean="240 h"))
    (0, 0)
    >>> mean, sd = law_moments(book.table(), 0)
    >>> round(mean / 27_360, 6), round(sd / 27_360, 6)
    (10.0, 10.0)
    """

    def __init__(self, times: Timetable) -> None:
        self._times = times
        self._number: dict[_Inverse, int] = {}
        self._written: dict[tuple[int, bool], AbstractLaw] = {}

    def _add(self, inverse: _Inverse) -> int:
        if inverse not in self._number:
            for part in inverse.parts:
                self._add(part)
            self._number[inverse] = len(self._number)
        return self._number[inverse]

    def work(self, law: AbstractLaw) -> int:
        """Number of a law of client work, in seconds."""
        return self._note(self._add(_work_inverse(law)), law, True)

    def factor(self, burden: Burden | None) -> int:
        """Number of the law of a case's burden, plain numbers; -1 without one."""
        return -1 if burden is None else self._add(_inverse(burden.as_law(), hours))

    def calendar(self, law: AbstractLaw | None) -> int:
        """Number of a law of delays, in ticks; -1 without a law."""
        if law is None:
            return -1
        number = self._add(_calendar_inverse(law, self._times.day_ticks, False))
        return self._note(number, law, False)

    def residual(self, law: AbstractLaw | None) -> int:
        """Number of the equilibrium residual of a law of delays; -1 without a law."""
        if law is None:
            return -1
        number = self._add(_calendar_inverse(law, self._times.day_ticks, True))
        return self._note(number, law, False)

    def given(self, number: int, past: float) -> list[Part]:
        """What a law is, given that it has lasted so long: one part for each that is no mixture.

        P(X - a > x | X > a) is the mixture of P(X_i - a > x | X_i > a), in the shares
        w_i P(X_i > a).

        Parameters
        ----------
        number : int
            Law of this book.
        past : float
            How long it has lasted, in the law's own unit.

        Returns
        -------
        list of Part
            Empty if nothing lasts longer. Growth is left out: it began before the first day.

        Examples
        --------
        >>> import datetime
        >>> from capsim.plan.timetable import timetable_of
        >>> from capsim.scenario import Calendar
        >>> from capsim.scenario.laws.durations import Exponential
        >>> book = LawBook(timetable_of(Calendar(), datetime.date(2026, 1, 1), 365))
        >>> (part,) = book.given(book.calendar(Exponential(mean="1 day")), 27_360)
        >>> part.upto, round(part.beyond, 3), part.past
        (1.0, 0.368, 27360.0)
        """
        inverse = list(self._number)[number]
        if inverse.kind == LAW_MIXTURE:
            shares = np.diff(inverse.upto, prepend=0.0).tolist()
            pieces = list(zip(shares, inverse.parts, strict=True))
        else:
            pieces = [(1.0, inverse)]
        own = inverse.plus if inverse.kind == LAW_MIXTURE else 0.0
        found = [
            (share, self._number[part], _beyond(part, past - own))
            for share, part in pieces
            if share > 0
        ]
        found = [one for one in found if one[2] > 0]
        if not found:
            return []
        upto = _upto([share * beyond for share, _, beyond in found])
        return [
            Part(last, law, beyond, past - own)
            for last, (_, law, beyond) in zip(upto, found, strict=True)
        ]

    def _note(self, number: int, law: AbstractLaw, is_work: bool) -> int:
        self._written.setdefault((number, is_work), law)
        return number

    def largest(self) -> Iterator[tuple[AbstractLaw, float, bool]]:
        """Each law of durations, the longest that it draws, growth included, and if it is work."""
        laws = self.table()
        growth = laws.factor.max(axis=1, initial=1.0)
        for (number, is_work), law in self._written.items():
            row = laws.growth[number]
            drawn = _largest(laws, number) * (1.0 if row < 0 else float(growth[row]))
            yield law, drawn + float(laws.plus[number]), is_work

    def mean_ticks(self, law: AbstractLaw) -> float:
        """Mean of a law of delays in calendar ticks, workdays at the rate of the horizon."""
        mean = law.mean_in(_tick_unit(law, self._times.day_ticks))
        if law.in_workdays:
            mean *= self._times.n_days / max(self._times.n_open, 1)
        return mean

    def count(self, visits: int | AbstractCountLaw) -> int:
        """Number of the law of a count of visits."""
        if isinstance(visits, int):
            return self._add(_fixed(float(visits)))
        return self._add(_count_inverse(visits))

    def further_visits(self, visits: int | AbstractCountLaw) -> int:
        """Number of the law of visits still to come for one who is between two of them.

        A stage of N visits has N - 1 times between visits, so that at a random one of them k visits
        are still to come with probability P(N - 1 >= k) / E[N - 1]. At least one is to come.
        """
        return self._add(_further_inverse(visits))

    def table(self) -> Laws:
        """The laws met so far, as the plan holds them."""
        tables: dict[tuple[Variable, bool, float], int] = {}
        lows: list[np.ndarray] = []
        spans: list[np.ndarray] = []
        upto: list[float] = []
        part: list[float] = []
        growths: dict[float, int] = {}
        rows = []
        for inverse in self._number:
            first, n = 0, 0
            if inverse.variable is not None:
                key = (inverse.variable, inverse.residual, inverse.value)
                if key not in tables:
                    tables[key] = CELLS_OF_LAW * len(tables)
                    cells = residual_cells if inverse.residual else cells_of
                    low, span = cells(inverse.variable)
                    lows.append(low * inverse.value)
                    spans.append(span * inverse.value)
                first, n = tables[key], CELLS_OF_LAW
            elif inverse.kind in (LAW_MIXTURE, LAW_DISCRETE):
                first, n = len(upto), len(inverse.upto)
                upto.extend(inverse.upto)
                part.extend(inverse.values or [float(self._number[law]) for law in inverse.parts])
            row = -1 if inverse.growth == 0 else growths.setdefault(inverse.growth, len(growths))
            value = inverse.value if inverse.kind == LAW_FIXED else 0.0
            rows.append((inverse.kind, value, inverse.plus, first, n, row, int(inverse.office)))
        columns = zip(*rows, strict=True) if rows else ((),) * 7
        kinds = (np.int64, float, float, np.int64, np.int64, np.int64, np.int64)
        times = self._times
        factors = [times.growth_factors(rate) for rate in growths]
        return Laws._make(
            [
                *(np.array(column, kind) for column, kind in zip(columns, kinds, strict=True)),
                *(np.concatenate([np.empty(0), *parts]) for parts in (lows, spans)),
                *(np.array(entries, dtype=float) for entries in (upto, part)),
                np.array(factors, dtype=float).reshape(-1, times.n_days + 1),
            ]
        )


def largest_factor(laws: Laws, numbers: Iterable[int]) -> float:
    """The largest that laws of burdens draw, at least 1."""
    return max([1.0, *(_largest(laws, law) for law in numbers if law >= 0)])


def _largest(laws: Laws, law: int) -> float:
    """The longest that a law draws, its own `plus` left out."""
    kind, part = laws.kind[law], slice(laws.first[law], laws.first[law] + laws.n[law])
    if kind == LAW_FIXED:
        return float(laws.value[law])
    if kind == LAW_TABLE:
        low, span = laws.low[part], laws.span[part]
        return float(np.maximum(low, low + span).max())
    values = laws.part[part]
    if kind == LAW_DISCRETE:
        return float(values.max())
    return max(_largest(laws, one) + float(laws.plus[one]) for one in values.astype(int))


@lru_cache(maxsize=1024)
def _count_inverse(visits: AbstractCountLaw) -> _Inverse:
    probabilities = visits.pmf()
    inverse = _discrete(probabilities.tolist(), range(1, len(probabilities) + 1))
    return inverse._replace(growth=visits.growth)


@lru_cache(maxsize=1024)
def _further_inverse(visits: int | AbstractCountLaw) -> _Inverse:
    if isinstance(visits, int):
        tail = np.ones(max(visits - 1, 1))
    else:
        probabilities = visits.pmf()
        tail = np.cumsum(probabilities[::-1])[::-1][1:]  # P(N - 1 >= k) for k = 1, 2, ...
        if tail.sum() <= 0:
            tail = np.ones(1)
    return _discrete(tail.tolist(), range(1, len(tail) + 1))


def law_moments(laws: Laws, law: int) -> tuple[float, float]:
    """Mean and standard deviation of what a law of a plan draws, growth left out, before rounding.

    Parameters
    ----------
    laws : Laws
        Those of a plan.
    law : int
        Number of the law.

    Returns
    -------
    mean, sd : float
        Closed form over the cells, in the unit of the law.
    """
    kind, plus = laws.kind[law], float(laws.plus[law])
    part = slice(laws.first[law], laws.first[law] + laws.n[law])
    if kind == LAW_FIXED:
        return float(laws.value[law]) + plus, 0.0
    if kind == LAW_TABLE:
        shares = cell_probabilities()
        span = laws.span[part]
        means = laws.low[part] + span / 2
        variances = span**2 / 12
    else:
        shares = np.diff(laws.upto[part], prepend=0.0)
        means = laws.part[part]
        variances = np.zeros_like(means)
        if kind == LAW_MIXTURE:
            inner = [law_moments(laws, int(number)) for number in means]
            means = np.array([mean for mean, _ in inner])
            variances = np.array([sd**2 for _, sd in inner])
    mean = float(shares @ means)
    variance = float(shares @ (variances + (means - mean) ** 2))
    return mean + plus, variance**0.5
