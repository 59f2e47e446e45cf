"""Philox4x64-10: four random 64-bit numbers as a function of a key and a counter.

Salmon, Moraes, Dror and Shaw (2011), "Parallel random numbers: as easy as 1, 2, 3", SC'11,
doi:10.1145/2063384.2063405. The output is NumPy's, bit for bit; but `numpy.random.Philox`
increments its counter before it uses it, so `Philox(key=k, counter=c)` begins with the block of
c + 1.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from capsim.kernels.jit import REASON, jit_inlined

__all__ = ["Word", "philox", "uniform"]

Word = Any
"""An unsigned 64-bit integer: `numpy.uint64` for the compiler, `int` where nothing is compiled."""

MASK = 0xFFFFFFFFFFFFFFFF
MULTIPLIER_0 = np.uint64(0xD2E7470EE14C6C93)
MULTIPLIER_1 = np.uint64(0xCA5A826395121157)
WEYL_0 = np.uint64(0x9E3779B97F4A7C15)
WEYL_1 = np.uint64(0xBB67AE8584CAA73B)
SHIFT_11 = np.uint64(11)
ROUNDS = 10
GRID = 2.0**-53


def _philox_python(
    k0: Word, k1: Word, c0: Word, c1: Word, c2: Word, c3: Word
) -> tuple[Word, Word, Word, Word]:
    """The four random words of key (k0, k1) and counter (c0, c1, c2, c3), in Python integers."""
    k0, k1, c0, c1, c2, c3 = int(k0), int(k1), int(c0), int(c1), int(c2), int(c3)
    multiplier_0, multiplier_1 = 0xD2E7470EE14C6C93, 0xCA5A826395121157
    for _ in range(ROUNDS):
        product_0 = multiplier_0 * c0
        product_1 = multiplier_1 * c2
        c0 = (product_1 >> 64) ^ c1 ^ k0
        c1 = product_1 & MASK
        c2 = (product_0 >> 64) ^ c3 ^ k1
        c3 = product_0 & MASK
        k0 = (k0 + 0x9E3779B97F4A7C15) & MASK
        k1 = (k1 + 0xBB67AE8584CAA73B) & MASK
    return c0, c1, c2, c3


def _uniform_python(raw: Word) -> float:
    """The number in [0, 1), on a grid of 2**-53, that the upper bits of a random word make."""
    return (int(raw) >> 11) * GRID


if REASON:
    philox = _philox_python
    uniform = _uniform_python
else:
    from llvmlite import ir
    from numba import types
    from numba.extending import intrinsic

    @intrinsic
    def _multiply_intrinsic(_context, a, b):  # type: ignore[no-untyped-def]
        """Give upper and lower half of the 128-bit product of two 64-bit words."""
        signature = types.UniTuple(types.uint64, 2)(types.uint64, types.uint64)

        def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            wide, narrow = ir.IntType(128), ir.IntType(64)
            left, right = (builder.zext(argument, wide) for argument in arguments)
            product = builder.mul(left, right)
            upper = builder.trunc(builder.lshr(product, ir.Constant(wide, 64)), narrow)
            lower = builder.trunc(product, narrow)
            return context.make_tuple(builder, signature.return_type, (upper, lower))

        return signature, generate

    _multiply: Any = _multiply_intrinsic

    @jit_inlined
    def philox(
        k0: Word, k1: Word, c0: Word, c1: Word, c2: Word, c3: Word
    ) -> tuple[Word, Word, Word, Word]:
        """The four random words of key (k0, k1) and counter (c0, c1, c2, c3).

        All arguments and results are unsigned 64-bit integers.

        Examples
        --------
        >>> import numpy as np
        >>> block = philox(1, 0, 1, 0, 0, 0)
        >>> [int(word) for word in block] == np.random.Philox(key=1).random_raw(4).tolist()
        True
        """
        key_0, key_1 = np.uint64(k0), np.uint64(k1)
        w0, w1, w2, w3 = np.uint64(c0), np.uint64(c1), np.uint64(c2), np.uint64(c3)
        for _ in range(ROUNDS):
            upper_0, lower_0 = _multiply(MULTIPLIER_0, w0)
            upper_1, lower_1 = _multiply(MULTIPLIER_1, w2)
            w0 = upper_1 ^ w1 ^ key_0
            w1 = lower_1
            w2 = upper_0 ^ w3 ^ key_1
            w3 = lower_0
            key_0 += WEYL_0
            key_1 += WEYL_1
        return w0, w1, w2, w3

    @jit_inlined
    def uniform(raw: Word) -> float:
        """The number in [0, 1), on a grid of 2**-53, that the upper bits of a random word make."""
        return np.float64(np.uint64(raw) >> SHIFT_11) * GRID
