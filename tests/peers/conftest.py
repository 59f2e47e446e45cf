"""Engines that are compared with their peers."""

import pytest

from capsim.kernels.jit import REASON


@pytest.fixture(params=["compiled", "simpy"])
def engine(request):
    """Both engines."""
    if request.param == "compiled" and REASON:
        pytest.skip(REASON)
    return request.param
