"""Leaving that rises with the load: the tenure of each worker runs faster above the norm.

What a load means from now on is settled once its event is over (`next_leave`). When the next of
them leaves, the loop halts before that instant, and goes on with a roster that knows it: who leaves
then is an event of the roster like any other.
"""

import numpy as np

from capsim.kernels import codes
from capsim.kernels.clock import office_instant
from capsim.kernels.engine import columns as c
from capsim.kernels.jit import inner


@inner
def next_leave(
    K, W, strain_row, strain_norm, strain_step, strain_factor, worker_tenure, worker_left, calendar,
    present,
):  # fmt: skip
    """Let the tenures run up to the present; the office instant at which the next one is over."""
    following = np.int64(codes.NEVER)
    for copy in range(K.shape[0]):
        if K[copy, c.STRAINED] == 0:
            continue
        if K[copy, c.LOADS_CHANGED] == 1:
            K[copy, c.LOADS_CHANGED] = 0
            K[copy, c.NEXT_LEAVE] = codes.NEVER
            row = strain_row[copy]
            for worker in range(K[copy, c.WORKER_FIRST], K[copy, c.WORKER_LAST]):
                tenure = worker_tenure[worker]
                if W[worker, c.EMPLOYED] == 0 or tenure == codes.NEVER:
                    continue
                W[worker, c.USED] += (present - W[worker, c.USED_UNTIL]) * W[worker, c.FACTOR]
                W[worker, c.USED_UNTIL] = present
                factor = np.int64(codes.STRAIN_UNIT)
                above = W[worker, c.LOAD] - strain_norm[row]
                if above > 0:
                    cell = min(above // strain_step[row], strain_factor.shape[1] - 1)
                    factor = strain_factor[row, cell]
                W[worker, c.FACTOR] = factor
                rest = tenure * codes.STRAIN_UNIT - W[worker, c.USED]
                W[worker, c.LEAVES] = present + (rest + factor - 1) // factor
                leaves = office_instant(W[worker, c.LEAVES], calendar)
                if leaves < office_instant(worker_left[worker], calendar):
                    K[copy, c.NEXT_LEAVE] = min(K[copy, c.NEXT_LEAVE], leaves)
                else:  # a cut takes the seat away before
                    W[worker, c.LEAVES] = codes.NEVER
        following = min(following, K[copy, c.NEXT_LEAVE])
    return following
