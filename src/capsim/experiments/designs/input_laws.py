"""Laws of uncertain inputs: those of durations in `capsim.scenario`, for bare numbers too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, get_args

import numpy as np

from capsim.scenario.errors import nearest
from capsim.scenario.laws.durations import LAWS, Fixed, Law
from capsim.scenario.units import Duration, days, workdays

__all__ = ["Quantiles", "quantiles_of"]

_KNOWN = {law.kind: law for law in LAWS if law is not Fixed}

_LENGTHS = frozenset(
    name
    for law in LAWS
    for name, field in law.model_fields.items()
    if Duration in (field.annotation, *get_args(field.annotation))
)
"""Parameters of a law that have the unit of the variable."""

_PLACES = _LENGTHS - {"sd", "plus", "loc", "scale"}
"""Those that move with it when it is shifted."""

_NEVER_BELOW_ZERO = frozenset(
    name for name, law in _KNOWN.items() if {"mean", "of"} & set(law.model_fields)
)


@dataclass(frozen=True, eq=False)
class Quantiles:
    """The quantile function of an input.

    Attributes
    ----------
    table : mapping
        The law as it was written.
    unit : str or None
        Unit of the values; None for bare numbers.
    """

    table: Mapping[str, Any]
    unit: str | None
    _ppf: Callable[[float], float] = field(repr=False)

    def __call__(self, position: float) -> float:
        """The value below which the variable lies with probability `position`.

        The last bit of probability at either end is left out, so that it is always finite.
        """
        return float(self._ppf(min(max(position, 1e-9), 1 - 1e-9)))


def _duration(p: float, law: Any, unit: str | None, shift: float) -> float:
    """Quantile of a law of durations, in its unit; without one, of the bare numbers behind it."""
    number = float(law.ppf(p, workdays if law.in_workdays else days))
    if unit not in (None, "workdays"):
        number /= Duration(1, str(unit)).days
    return number + shift


def quantiles_of(path: str, table: Mapping[str, Any]) -> Quantiles:
    """The quantile function of a law, with durations or with bare numbers.

    Raises
    ------
    ValueError
        If the law cannot be read.

    Examples
    --------
    >>> share = quantiles_of("x", {"law": "triangular", "low": 0.2, "mode": 0.3, "high": 0.4})
    >>> round(share(0.5), 3)
    0.3
    >>> quantiles_of("x", {"law": "uniform", "low": "1 h", "high": "3 h"})(0.25)
    1.5
    """
    if "growth" in table:
        raise ValueError(f"inputs[{path!r}]: a law of an input has no growth; leave it out")
    unit = _unit_of(table)
    if table["law"] not in _KNOWN:
        raise ValueError(
            f"inputs[{path!r}]: there is no law {table['law']!r}; {nearest(table['law'], _KNOWN)}"
        )
    if unit is not None:
        law = _law_of(path, table, table)
        return Quantiles(table, unit, partial(_duration, law=law, unit=unit, shift=0.0))
    if table.get("law") == "scipy":
        return Quantiles(table, None, _scipy_of(path, table).ppf)
    shift = min([0.0, *(float(value) for value in _places(table))])
    if shift < 0 and table.get("law") in _NEVER_BELOW_ZERO:
        raise ValueError(
            f"inputs[{path!r}]: a {table['law']} law has no values below 0; write uniform, "
            "triangular or scipy"
        )
    law = _law_of(path, _in_days(table, shift), table)
    return Quantiles(table, None, partial(_duration, law=law, unit=None, shift=shift))


def _unit_of(table: Mapping[str, Any]) -> str | None:
    """Unit of the first duration in a law; None if it has bare numbers."""
    for name, value in table.items():
        if name == "of":
            units = [_unit_of(part) for part in value]
            if units and units[0] is not None:
                return units[0]
        if name in _LENGTHS:
            for item in value if isinstance(value, list | tuple | np.ndarray) else [value]:
                if isinstance(item, str | Duration):
                    return Duration.parse(item).unit
    return None


def _places(table: Mapping[str, Any]) -> list[Any]:
    found: list[Any] = []
    for name in _PLACES:
        value = table.get(name)
        if value is not None:
            found += list(value) if isinstance(value, list | tuple | np.ndarray) else [value]
    for part in table.get("of", ()):
        found += _places(part)
    return found


def _in_days(table: Mapping[str, Any], shift: float) -> dict[str, Any]:
    """The law with bare numbers as days, those of its places moved up by -shift."""
    changed: dict[str, Any] = {}
    for name, value in table.items():
        move = shift if name in _PLACES else 0.0
        if name == "of":
            changed[name] = [_in_days(part, 0.0) for part in value]
        elif name not in _LENGTHS:
            changed[name] = value
        elif isinstance(value, list | tuple | np.ndarray):
            changed[name] = [f"{float(item) - move!r} days" for item in value]
        else:
            changed[name] = f"{float(value) - move!r} days"
    return changed


def _law_of(path: str, table: Mapping[str, Any], written: Mapping[str, Any]) -> Any:
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(Law).validate_python(dict(table))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"][1:])
        context = first.get("ctx", {})
        rule, remedy = context.get("rule", first["msg"]), context.get("remedy", "")
        text = f"inputs[{path!r}] = {dict(written)!r}: {where + ': ' if where else ''}{rule}"
        raise ValueError(f"{text}; {remedy}" if remedy else text) from None


def _scipy_of(path: str, table: Mapping[str, Any]) -> Any:
    from scipy import stats

    known = {"law", "name", "args", "loc", "scale"}
    family = getattr(stats, str(table.get("name")), None)
    if not isinstance(family, stats.rv_continuous) or not set(table) <= known:
        raise ValueError(
            f"inputs[{path!r}] = {dict(table)!r}: must name a continuous law of scipy.stats, as in "
            "{'law': 'scipy', 'name': 'beta', 'args': [18, 32]}"
        )
    try:
        law = family(*table.get("args", ()), loc=table.get("loc", 0), scale=table.get("scale", 1))
        fits = bool(np.isfinite(law.ppf(0.5)))
    except (TypeError, ValueError):
        fits = False
    if not fits:
        raise ValueError(
            f"inputs[{path!r}] = {dict(table)!r}: scipy.stats.{table['name']} does not take these "
            "args"
        )
    return law
