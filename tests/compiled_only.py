"""What only makes sense where kernels are compiled.

capsim works without numba, on the SimPy engine, and so does its test suite: there is no second
engine then that could be compared, timed or cached. A numba that is there and does not work is
no such case: then these tests fail.
"""

import importlib.util
import os

import pytest

from capsim.kernels.jit import REASON

CHOSEN = importlib.util.find_spec("numba") is None or "NUMBA_DISABLE_JIT" in os.environ

needs_compiler = pytest.mark.skipif(
    bool(REASON) and CHOSEN,
    reason=f"only the SimPy engine is here, by choice, and it is tested by the others ({REASON})",
)
