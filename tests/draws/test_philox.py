"""The generator is NumPy's Philox, and both of its forms are the same."""

import numpy as np
import pytest

from capsim.kernels import available
from capsim.kernels.draws.philox import _philox_python, philox, uniform

WORD = 1 << 64
EDGES = (0, 1, 2**32 - 1, 2**32, 2**63 - 1, 2**63, WORD - 2, WORD - 1)


def cases():
    """Keys and counters: random ones, and those at which a carry runs through the counter."""
    random = np.random.default_rng(20260101)
    for _ in range(200):
        words = [int(word) for word in random.integers(0, WORD, 6, dtype=np.uint64)]
        yield tuple(words)
    for edge in EDGES:
        yield edge, WORD - 1 - edge, edge, WORD - 1, 0, edge
        yield edge, edge, WORD - 1, WORD - 1, WORD - 1, edge
        yield 0, edge, WORD - 1, WORD - 1, edge, 0


def numpy_block(k0, k1, c0, c1, c2, c3):
    """NumPy's block of a counter: it counts up by one before it generates."""
    counter = c0 + (c1 << 64) + (c2 << 128) + (c3 << 192)
    before = (counter - 1) % (1 << 256)
    return np.random.Philox(key=k0 + (k1 << 64), counter=before).random_raw(4).tolist()


@pytest.mark.parametrize("generate", [philox, _philox_python], ids=["kernel", "python"])
def test_blocks_are_those_of_numpy(generate):
    """Compiled or in Python integers, a block equals NumPy's, carries in the counter included."""
    for case in cases():
        words = [np.uint64(word) for word in case]
        assert [int(word) for word in generate(*words)] == numpy_block(*case), case


def test_the_counter_of_numpy_carries_into_the_next_word():
    """The blocks that NumPy gives after a full first word are those of the carried counter."""
    raw = np.random.Philox(key=5, counter=WORD - 2).random_raw(12).tolist()
    expected = []
    for c0, c1 in ((WORD - 1, 0), (0, 1), (1, 1)):
        words = (np.uint64(word) for word in (5, 0, c0, c1, 0, 0))
        expected += [int(word) for word in philox(*words)]
    assert raw == expected


def test_uniform_takes_the_upper_53_bits():
    """The number of a word is its upper 53 bits as a binary fraction, always below one."""
    for word in EDGES:
        assert uniform(np.uint64(word)) == (word >> 11) / 2**53
    assert uniform(np.uint64(WORD - 1)) < 1.0


def test_a_loop_that_calls_the_generator_is_compiled_too():
    """Called from compiled code the generator gives the same words, with counters of any type."""
    if not available():
        pytest.skip("nothing is compiled")
    import numba

    @numba.njit
    def xor(n):
        result = np.uint64(0)
        for k in range(n):
            a, b, c, d = philox(np.uint64(3), np.uint64(4), k, np.uint64(9), np.uint64(8), k)
            result ^= a ^ b ^ c ^ d
        return result

    expected = 0
    for k in range(50):
        for word in _philox_python(3, 4, k, 9, 8, k):
            expected ^= word
    assert xor(50) == expected
