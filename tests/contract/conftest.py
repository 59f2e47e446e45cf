"""The contract is tested on every engine."""

import pytest

from capsim.kernels.jit import REASON


@pytest.fixture(
    params=[
        "simpy",
        pytest.param("compiled", marks=pytest.mark.skipif(bool(REASON), reason=REASON)),
    ]
)
def engine(request):
    """Name of the engine."""
    return request.param
