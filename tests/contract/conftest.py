"""The contract is tested on every engine."""

import pytest

from compiled_only import needs_compiler


@pytest.fixture(
    params=[
        "simpy",
        pytest.param("compiled", marks=needs_compiler),
    ]
)
def engine(request):
    """Name of the engine."""
    return request.param
