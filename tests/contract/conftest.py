"""The contract is tested on every engine."""

import pytest

from compiled_only import needs_compiler


@pytest.fixture(scope="module", autouse=True)
def verified():
    """Let the reference engine verify its whole state after every event, in this directory only.

    Module by module: a fixture of the package would last until the session ends, since pytest
    knows no package without an `__init__.py`, and all later tests would take many times as long.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CAPSIM_VERIFY", "1")
        yield


@pytest.fixture(
    params=[
        "simpy",
        pytest.param("compiled", marks=needs_compiler),
    ]
)
def engine(request):
    """Name of the engine."""
    return request.param
