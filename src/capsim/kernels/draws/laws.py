"""A law's value as a function of a random word: inversion by tables.

The tables of a law divide [0, 1) by octaves of both tail probabilities, and each octave into equal
cells, so that a heavy tail is as finely resolved as the middle. A random word `raw` below 2**63 is
the tail probability v = raw of the lower half; any other belongs to the upper half, with v = ~raw,
so that in the upper half a larger v lies nearer to the median. Octave j holds v in
[2**(62-j), 2**(63-j)); the last octave goes on down to 0. The cell is the next four bits of v, the
fraction within the cell all further ones, and the value is low + span * fraction: span is negative
in the upper half. Which numbers stand in the tables is the plan's affair.

Compiled and interpreted code do the same floating-point operations in the same order.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from capsim.kernels.codes import LAW_CELLS, LAW_DISCRETE, LAW_FIXED, LAW_OCTAVES, LAW_TABLE
from capsim.kernels.draws.philox import GRID, MASK, Word, uniform
from capsim.kernels.jit import REASON, jit, jit_inlined
from capsim.kernels.tables import Laws

__all__ = ["place", "sample", "ticks", "word_of"]

LONGEST = 1e17
"""Longest time that a draw can take, ticks: beyond every horizon, and far from overflow."""
LAST_SHIFT = 36
"""Zeros, and bits of the cell, above the fraction in the last octave."""


def _place_python(raw: Word) -> tuple[int, float]:
    """The cell in a law's table, and the fraction within the cell, that a random word means."""
    v = int(raw)
    half = v >> 63
    if half:
        v ^= MASK
    octave = 63 - v.bit_length()
    if octave < LAW_OCTAVES - 1:
        cell = (v >> (58 - octave)) & 15
        rest = (v << (octave + 6)) & MASK
    else:
        octave = LAW_OCTAVES - 1
        cell = v >> 28
        rest = (v << LAST_SHIFT) & MASK
    return (half * LAW_OCTAVES + octave) * LAW_CELLS + cell, (rest >> 11) * GRID


def _word_python(fraction: float) -> Word:
    """The random word whose upper bits make the number `fraction` in [0, 1)."""
    return int(fraction * 2.0**53) << 11


if REASON:
    place = _place_python
    word_of = _word_python
else:
    from llvmlite import ir
    from numba import types
    from numba.extending import intrinsic

    @intrinsic
    def _leading_zeros_intrinsic(_context, word):  # type: ignore[no-untyped-def]
        """Give the number of zeros before the first one of a 64-bit word, 64 for 0."""

        def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            return builder.ctlz(arguments[0], ir.Constant(ir.IntType(1), 0))

        return types.int64(types.uint64), generate

    _leading_zeros: Any = _leading_zeros_intrinsic

    @jit_inlined
    def place(raw: Word) -> tuple[int, float]:
        """The cell in a law's table, and the fraction within the cell, that a random word means.

        Examples
        --------
        The median is the first cell of the upper half's first octave read from above.

        >>> import numpy as np
        >>> cell, fraction = place(np.uint64(2**63 - 1))
        >>> cell, fraction > 0.999
        (15, True)
        """
        v = np.uint64(raw)
        half = np.int64(v >> np.uint64(63))
        if half:
            v = ~v
        octave = _leading_zeros(v) - np.int64(1)
        if octave < LAW_OCTAVES - 1:
            cell = np.int64((v >> np.uint64(58 - octave)) & np.uint64(15))
            rest = v << np.uint64(octave + 6)
        else:
            octave = np.int64(LAW_OCTAVES - 1)
            cell = np.int64(v >> np.uint64(28))
            rest = v << np.uint64(LAST_SHIFT)
        fraction = np.float64(rest >> np.uint64(11)) * GRID
        return (half * LAW_OCTAVES + octave) * LAW_CELLS + cell, fraction

    @jit_inlined
    def word_of(fraction: float) -> Word:
        """The random word whose upper bits make the number `fraction` in [0, 1)."""
        return np.uint64(np.int64(fraction * 2.0**53)) << np.uint64(11)


@jit_inlined
def sample(law: int, raw: Word, day: int, laws: Laws) -> float:
    """The value of a law at a random word, in the law's own unit.

    Parameters
    ----------
    law : int
        Number of the law.
    raw : uint64
        A random word.
    day : int
        Calendar day that the law's growth is read at, from 0 to the horizon's number of days.
    laws : Laws
        Those of a plan.

    Notes
    -----
    A mixture chooses its part by the word and hands on the place within the part's share as the
    word of the part: it is monotone in each part, not as a whole.
    """
    scale = 1.0
    shift = 0.0
    while True:
        row = laws.growth[law]
        shift += scale * laws.plus[law]
        if row >= 0:
            scale *= laws.factor[row, day]
        kind = laws.kind[law]
        if kind == LAW_TABLE:
            cell, fraction = place(raw)
            entry = laws.first[law] + cell
            return (laws.low[entry] + laws.span[entry] * fraction) * scale + shift
        if kind == LAW_FIXED:
            return laws.value[law] * scale + shift
        first = laws.first[law]
        last = first + laws.n[law] - 1
        u = uniform(raw)
        entry = first
        while entry < last and u >= laws.upto[entry]:
            entry += 1
        if kind == LAW_DISCRETE:
            return laws.part[entry] * scale + shift
        below = laws.upto[entry - 1] if entry > first else 0.0
        raw = word_of(min((u - below) / (laws.upto[entry] - below), 1.0 - GRID))
        law = int(laws.part[entry])


@jit
def ticks(value: float) -> int:
    """A sampled time rounded half up to a whole tick, at least one and at most LONGEST.

    Examples
    --------
    >>> ticks(2.5), ticks(0.2), ticks(-3.0)
    (3, 1, 1)
    """
    return max(1, int(np.floor(min(value, LONGEST) + 0.5)))
