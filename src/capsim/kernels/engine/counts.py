"""What the compiled engine counts while it runs: who waits, peaks, contacts, rows of visits."""

import numpy as np

from capsim.kernels.codes import NONE
from capsim.kernels.engine.columns import (
    CASES,
    CONTACT_WAIT,
    CONTACTS,
    IS_CHANGED,
    MAX_MEASURED,
    RHYTHM_PLANNED,
    RHYTHM_WAIT,
    V_BEGIN,
    V_DUE,
    V_END,
    V_NUMBER,
    V_STAY,
    V_WORK,
    V_WORKER,
)
from capsim.kernels.event_set import (
    COUNTED,
    DUE,
    INFLOW,
    OFFICE,
    PREVIOUS_END,
    STAGE,
    STAY,
    VISIT,
    VISIT_ROW,
)
from capsim.kernels.jit import inlined, jit


@inlined
def count_waiting(counts, changed, is_changed, n_changed, stage, inflow, office, change):
    """Keep the number waiting of a stage by inflow and office (row 0: all); note the change."""
    counts[stage, 0, 0] += change
    counts[stage, 0, office + 1] += change
    counts[stage, inflow + 1, 0] += change
    counts[stage, inflow + 1, office + 1] += change
    inflows = counts.shape[1]
    offices = counts.shape[2]
    cell = (stage * inflows + inflow + 1) * offices + office + 1
    if is_changed[cell] == 0:
        is_changed[cell] = 1
        changed[n_changed[0]] = cell
        n_changed[0] += 1


@inlined
def no_longer_waiting(C, counts, changed, is_changed, n_changed, case):
    """A case that was counted as waiting for its first visit or assignment is so no more."""
    if C[case, COUNTED] == 1:
        C[case, COUNTED] = 0
        count_waiting(
            counts, changed, is_changed, n_changed, C[case, STAGE], C[case, INFLOW],
            C[case, OFFICE], np.int64(-1),
        )  # fmt: skip


@inlined
def note_peaks(W, counts, peaks, changed, is_changed, n_changed, changed_workers):
    """At the end of an instant: a queue of no duration is no peak."""
    inflows = counts.shape[1]
    offices = counts.shape[2]
    for i in range(n_changed[0]):
        cell = changed[i]
        is_changed[cell] = 0
        office = cell % offices
        inflow = (cell // offices) % inflows
        stage = cell // (offices * inflows)
        peaks[stage, 0, 0] = max(peaks[stage, 0, 0], counts[stage, 0, 0])
        peaks[stage, 0, office] = max(peaks[stage, 0, office], counts[stage, 0, office])
        peaks[stage, inflow, 0] = max(peaks[stage, inflow, 0], counts[stage, inflow, 0])
        peaks[stage, inflow, office] = max(
            peaks[stage, inflow, office], counts[stage, inflow, office]
        )
    n_changed[0] = 0
    for i in range(n_changed[1]):
        worker = changed_workers[i]
        W[worker, IS_CHANGED] = 0
        W[worker, MAX_MEASURED] = max(W[worker, MAX_MEASURED], W[worker, CASES])
    n_changed[1] = 0


@jit
def start_peaks(W, counts, peaks):
    """Let the peaks of queues and caseloads begin with the present state."""
    for worker in range(W.shape[0]):
        W[worker, MAX_MEASURED] = W[worker, CASES]
    for stage in range(counts.shape[0]):
        for inflow in range(counts.shape[1]):
            for office in range(counts.shape[2]):
                peaks[stage, inflow, office] = counts[stage, inflow, office]


@inlined
def new_visit(C, visits, row, case):
    """The row of a visit that falls due."""
    C[case, VISIT_ROW] = row
    visits[row, V_STAY] = C[case, STAY]
    visits[row, V_NUMBER] = C[case, VISIT]
    visits[row, V_WORKER] = -1
    visits[row, V_DUE] = C[case, DUE]
    visits[row, V_BEGIN] = NONE
    visits[row, V_END] = NONE
    visits[row, V_WORK] = -1


@inlined
def count_contact(C, contacts, case, now, worked):
    """Add a contact that fell due to the sums: it waited until now, then took `worked`."""
    cell = contacts[C[case, STAGE], C[case, INFLOW], C[case, OFFICE]]
    cell[CONTACTS] += 1
    cell[CONTACT_WAIT] += now - C[case, DUE]
    if C[case, PREVIOUS_END] != NONE:
        cell[RHYTHM_PLANNED] += C[case, DUE] - C[case, PREVIOUS_END] + worked
        cell[RHYTHM_WAIT] += now - C[case, DUE]
