"""Memory that kernels work in: kept between calls, by thread, up to a limit."""

import threading

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from capsim.draws.workspace import Workspace

TYPES = tuple(np.dtype(name) for name in ("int8", "int32", "int64", "float64"))
shapes = st.lists(st.integers(0, 5), max_size=3).map(tuple)
wanted = st.lists(st.tuples(shapes, st.sampled_from(TYPES)), max_size=6)


@given(st.lists(wanted, min_size=1, max_size=4))
def test_arrays_are_as_asked_for_and_apart(rounds):
    """Shapes and types are right, nothing overlaps, and each array starts a line of the cache."""
    workspace = Workspace(200)
    for one in rounds:
        arrays = workspace.arrays(one)
        assert [(a.shape, a.dtype) for a in arrays] == one
        for k, array in enumerate(arrays):
            array.fill(k)
        for k, array in enumerate(arrays):
            assert array.flags.c_contiguous
            assert array.flags.aligned
            assert array.flags.writeable
            assert (array == k).all()
            assert (array.ctypes.data - arrays[0].ctypes.data) % 64 == 0 or array.size == 0


def test_memory_is_kept_up_to_the_limit_and_not_beyond():
    """Small arrays lie where the last ones lay; arrays beyond the limit are given back."""
    workspace = Workspace(1000)
    whole = TYPES[2]
    (small,) = workspace.arrays([((100,), whole)])
    (large,) = workspace.arrays([((1000,), whole)])
    (again,) = workspace.arrays([((50,), whole)])
    assert np.shares_memory(small, again)
    assert not np.shares_memory(large, again)
    assert not np.shares_memory(large, workspace.arrays([((1000,), whole)])[0])


def test_threads_do_not_share_memory():
    """Two threads that work at the same time write into different places."""
    workspace = Workspace(1000)
    found = []

    def work():
        found.append(workspace.arrays([((10,), TYPES[2])])[0])

    for thread in [threading.Thread(target=work) for _ in range(2)]:
        thread.start()
        thread.join()
    work()
    first, second, third = found
    assert not np.shares_memory(first, second)
    assert not np.shares_memory(first, third)
    assert not np.shares_memory(second, third)
