"""What only makes sense where kernels are compiled.

capsim works without numba, on the SimPy engine, and so does its test suite: there is no second
engine then that could be compared, timed or cached.
"""

import pytest

from capsim.kernels.jit import REASON

needs_compiler = pytest.mark.skipif(
    bool(REASON), reason=f"there is no compiled engine here to test ({REASON})"
)
