"""Kaplan-Meier over all windows and cells at once: quantiles, and shares that took longer."""

import numpy as np

from capsim.kernels import codes
from capsim.kernels.jit import inner

# State of a Kaplan-Meier estimate: how many there are, how many were passed, the instant in hand
# with its ends and those at risk.
KM_ALL, KM_PASSED, KM_INSTANT, KM_ENDS, KM_AT_RISK, KM_STATE = range(6)


@inner
def pass_instant(state, survival, row, values, median, upper, over, over_values, stage, day):
    """Finish the instant in hand: the share that outlasts it, and the quantiles it reaches."""
    if state[row, KM_ENDS] == 0:
        return
    survival[row] *= 1.0 - state[row, KM_ENDS] / state[row, KM_AT_RISK]
    if median >= 0 and np.isnan(values[row, median]) and survival[row] <= 0.5 + codes.ROUNDING:
        values[row, median] = state[row, KM_INSTANT] / day
    if np.isnan(values[row, upper]) and survival[row] <= 1.0 - 0.9 + codes.ROUNDING:
        values[row, upper] = state[row, KM_INSTANT] / day
    if median >= 0:
        for j in range(over.stage.shape[0]):
            if over.stage[j] == stage and state[row, KM_INSTANT] <= over.longest[j]:
                over_values[j, row] = survival[row]
    state[row, KM_ENDS] = 0


@inner
def quantiles(
    keys, n, cell_bits, slice_bits, of_slice, member, whole, shape, state, survival, values,
    median, upper, over, over_values, day,
):  # fmt: skip
    """Kaplan-Meier quantiles of all windows and cells; durations ascend, ends before open ones.

    A key is (duration, whether it is open, cell, slice). `shape` is that of the cells: stages,
    inflows + 1, offices + 1; `median` and `upper` are columns of the values, -1 for none. Where
    there is one inflow or office, "all" is the same, and is not told again.
    """
    n_stages, n_inflows, n_offices = shape
    plane = n_inflows * n_offices
    n_cells = n_stages * plane
    bits = cell_bits + slice_bits
    cell_mask = (np.int64(1) << cell_bits) - 1
    slice_mask = (np.int64(1) << slice_bits) - 1
    for row in range(state.shape[0]):
        survival[row] = 1.0
        for field in range(KM_STATE):
            state[row, field] = 0
        if median >= 0:
            values[row, median] = np.nan
        values[row, upper] = np.nan
    for step in range(2):
        for i in range(n):
            key = keys[i]
            k = key & slice_mask
            finest = (key >> slice_bits) & cell_mask
            duration = key >> (bits + 1)
            ends = (key >> bits) & 1 == 0
            of_office = finest % n_offices
            of_inflow = finest // n_offices % n_inflows * n_offices
            for m in range(of_slice[k], of_slice[k + 1]):
                w = member[m]
                for which in range(4):
                    row = w * n_cells + finest
                    if which & 1:
                        if n_offices == 2 and whole[w] == 0:
                            continue
                        row -= of_office
                    elif whole[w] == 1:
                        continue
                    if which & 2:
                        if n_inflows == 2:
                            continue
                        row -= of_inflow
                    if step == 0:
                        state[row, KM_ALL] += 1
                        continue
                    if ends:
                        if state[row, KM_ENDS] > 0 and state[row, KM_INSTANT] != duration:
                            pass_instant(
                                state, survival, row, values, median, upper, over, over_values,
                                finest // plane, day,
                            )  # fmt: skip
                        if state[row, KM_ENDS] == 0:
                            state[row, KM_INSTANT] = duration
                            state[row, KM_AT_RISK] = state[row, KM_ALL] - state[row, KM_PASSED]
                        state[row, KM_ENDS] += 1
                    state[row, KM_PASSED] += 1
    for row in range(state.shape[0]):
        stage = row % n_cells // plane
        pass_instant(state, survival, row, values, median, upper, over, over_values, stage, day)
        if median >= 0 and state[row, KM_ALL] == 0:
            for j in range(over.stage.shape[0]):
                over_values[j, row] = np.nan
    if n_offices > 2 and n_inflows > 2:
        return
    for row in range(state.shape[0]):
        same = row
        if n_offices == 2 and whole[row // n_cells] == 0 and row % n_offices == 0:
            same += 1
        if n_inflows == 2 and row // n_offices % n_inflows == 0:
            same += n_offices
        if same != row:
            values[row, upper] = values[same, upper]
            if median >= 0:
                values[row, median] = values[same, median]
                for j in range(over.stage.shape[0]):
                    over_values[j, row] = over_values[j, same]
