"""Inverse tables: a quantile function as 1,024 straight pieces with exact mean and variance.

A table divides each half of the unit interval into octaves of its tail probability, and each octave
into equal cells (`capsim.kernels.draws.laws`), so that a heavy tail is as finely resolved as the
middle. In a cell the table runs linearly; height and slope are such that mean and variance *of the
cell* are those of the quantile function on it. Then mean and variance of the whole are exact,
whatever the shape of the law, as far as the quadrature is: Gauss-Legendre within a cell, Gauss-
Laguerre in the logarithm of the probability in the last cell of either half, which reaches down to
probability 0.

Tables are made for scale 1 and kept, so that another mean costs a multiplication.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from capsim.kernels.codes import LAW_CELLS, LAW_OCTAVES
from capsim.scenario.laws.variable import Variable

__all__ = ["CELLS_OF_LAW", "cell_probabilities", "cells_of", "residual_cells"]

Floats = NDArray[np.float64]

CELLS_OF_HALF = LAW_OCTAVES * LAW_CELLS
CELLS_OF_LAW = 2 * CELLS_OF_HALF
_LAST = (LAW_OCTAVES - 1) * LAW_CELLS
"""The cell of a half that reaches down to tail probability 0."""


@lru_cache(maxsize=1)
def _edges() -> tuple[Floats, Floats]:
    """Lower and upper tail probability of each cell of a half, (512,) each."""
    octave, cell = np.divmod(np.arange(CELLS_OF_HALF), LAW_CELLS)
    width = np.where(octave < LAW_OCTAVES - 1, 2.0 ** (-2.0 - octave), 2.0**-LAW_OCTAVES)
    offset = np.where(octave < LAW_OCTAVES - 1, 1.0, 0.0)
    return width * (offset + cell / LAW_CELLS), width * (offset + (cell + 1) / LAW_CELLS)


def cell_probabilities() -> Floats:
    """(1024,) probability of each cell of a table; they sum to 1."""
    low, high = _edges()
    return np.tile(high - low, 2)


@lru_cache(maxsize=1)
def _nodes() -> tuple[Floats, Floats, Floats, Floats]:
    """Probabilities and weights of the cells, (512, 5) and (5,); of the last one, (48,) each."""
    low, high = _edges()
    points, weights = np.polynomial.legendre.leggauss(5)
    inner = low[:, None] + (high - low)[:, None] * (points + 1) / 2
    inner[_LAST] = high[_LAST] / 2  # not used: the last cell has its own nodes
    tail_points, tail_weights = np.polynomial.laguerre.laggauss(48)
    return inner, weights / 2, high[_LAST] * np.exp(-tail_points), tail_weights


def _half(quantile: Callable[[Floats], Floats]) -> tuple[Floats, Floats]:
    """Mean and variance of a quantile function on each cell of a half, (512,) each."""
    inner, weights, tail, tail_weights = _nodes()
    values = np.asarray(quantile(inner.ravel()), dtype=float).reshape(inner.shape)
    mean = values @ weights
    variance = (values - mean[:, None]) ** 2 @ weights
    with warnings.catch_warnings():
        # Some laws of scipy give up at probabilities of 1e-60; their nodes are left out.
        warnings.simplefilter("ignore", RuntimeWarning)
        last = np.asarray(quantile(tail), dtype=float)
    known = np.isfinite(last)
    tail_weights = tail_weights[known] / tail_weights[known].sum()
    mean[_LAST] = tail_weights @ last[known]
    variance[_LAST] = tail_weights @ (last[known] - mean[_LAST]) ** 2
    return mean, variance


def _fitted(means: Floats, variances: Floats) -> tuple[Floats, Floats]:
    """Height and span of the cells that have these means and variances, never below 0."""
    # In the upper half a larger tail probability means a smaller value.
    direction = np.repeat([1.0, -1.0], CELLS_OF_HALF)
    span = np.minimum(np.sqrt(12 * np.maximum(variances, 0.0)), 2 * means)
    low = means - direction * span / 2
    span = direction * span
    for array in (low, span):
        array.setflags(write=False)
    return low, span


@lru_cache(maxsize=1024)
def cells_of(variable: Variable) -> tuple[Floats, Floats]:
    """Heights and spans of the table of a variable, kept for the next law of that shape.

    Parameters
    ----------
    variable : Variable
        Best one of scale 1 (`AbstractLaw.unit_variable`): a multiple of it is one of its table.

    Returns
    -------
    low, span : (1024,) float64, read-only

    Examples
    --------
    >>> from capsim.scenario.laws.variables import LognormalVariable
    >>> low, span = cells_of(LognormalVariable.of(1.0, 2.0))
    >>> round(float(cell_probabilities() @ (low + span / 2)), 9)
    1.0
    """
    lower, upper = _half(variable.ppf), _half(variable.isf)
    return _fitted(np.concatenate([lower[0], upper[0]]), np.concatenate([lower[1], upper[1]]))


@lru_cache(maxsize=1024)
def residual_cells(variable: Variable) -> tuple[Floats, Floats]:
    """Table of what remains of such a variable, seen at a random instant.

    The equilibrium residual has density P(X > x) / E[X] (Feller, An Introduction to Probability
    Theory and Its Applications, volume 2, section XI.4). The edges of the cells are its quantiles,
    found by bisection and Newton steps; mean and variance of a cell are integrals over x.

    Parameters
    ----------
    variable : Variable
        As in `cells_of`.

    Returns
    -------
    low, span : (1024,) float64, read-only
    """
    mean = variable.mean
    low, high = _edges()
    lower = [_residual_quantile(variable, p * mean) for p in (low, high)]
    upper = [_residual_quantile(variable, (1 - q) * mean) for q in (high, low)]
    begin = np.concatenate([lower[0], upper[0]])
    end = np.concatenate([lower[1], upper[1]])
    end = np.maximum(end, begin)
    points, weights = np.polynomial.legendre.leggauss(6)
    x = begin[:, None] + (end - begin)[:, None] * (points + 1) / 2
    density = variable.sf(x) * weights
    mass = density.sum(axis=1)
    safe = np.where(mass > 0, mass, 1.0)
    means = np.where(mass > 0, (density * x).sum(axis=1) / safe, begin)
    variances = np.where(mass > 0, (density * (x - means[:, None]) ** 2).sum(axis=1) / safe, 0.0)
    top = CELLS_OF_HALF + _LAST
    means[top], variances[top] = _residual_tail(variable, float(begin[top]))
    return _fitted(means, variances)


def _residual_quantile(variable: Variable, area: Floats) -> Floats:
    """The x with E[min(X, x)] = area, elementwise."""
    low = np.zeros_like(area)
    high = np.full_like(area, variable.mean)
    reachable = np.minimum(area, variable.mean * (1 - 1e-15))
    for _ in range(200):
        short = variable.limited_mean(high) < reachable
        if not short.any():
            break
        low, high = np.where(short, high, low), np.where(short, 2 * high, high)
    for _ in range(26):
        middle = (low + high) / 2
        short = variable.limited_mean(middle) < reachable
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    for _ in range(2):
        slope = np.maximum(variable.sf(low), 1e-300)
        step = (reachable - variable.limited_mean(low)) / slope
        low = np.clip(low + step, low, high)
    return low


def _residual_tail(variable: Variable, begin: float) -> tuple[float, float]:
    """Mean and variance of the residual beyond `begin`, by quadrature between tail quantiles."""
    beyond = float(variable.sf(np.array([begin]))[0])
    if beyond <= 0:
        return begin, 0.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # as in `_half`
        edges = np.asarray(variable.isf(beyond * 10.0 ** -np.arange(0.0, 60.0)), dtype=float)
    edges = np.maximum.accumulate(np.maximum(edges[np.isfinite(edges)], begin))
    points, weights = np.polynomial.legendre.leggauss(10)
    width = np.diff(edges)
    x = edges[:-1, None] + width[:, None] * (points + 1) / 2
    density = variable.sf(x) * weights * width[:, None]
    mass = float(density.sum())
    if not math.isfinite(mass) or mass <= 0:
        return begin, 0.0
    mean = float((density * x).sum()) / mass
    return mean, float((density * (x - mean) ** 2).sum()) / mass
