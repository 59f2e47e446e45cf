"""What the compiled engine counts while it runs: who waits, peaks, contacts, rows of visits."""

import numpy as np

from capsim.kernels import codes
from capsim.kernels.engine import columns as c
from capsim.kernels.jit import inlined, inner


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
    if C[case, c.COUNTED] == 1:
        C[case, c.COUNTED] = 0
        count_waiting(
            counts, changed, is_changed, n_changed, C[case, c.STAGE], C[case, c.INFLOW],
            C[case, c.OFFICE], np.int64(-1),
        )  # fmt: skip


@inlined
def note_peaks(W, counts, peaks, spent, k, changed, is_changed, n_changed, changed_workers):
    """At the end of an instant: a queue of no duration is no peak."""
    inflows = counts.shape[1]
    offices = counts.shape[2]
    for i in range(n_changed[0]):
        cell = changed[i]
        is_changed[cell] = 0
        office = cell % offices
        inflow = (cell // offices) % inflows
        stage = cell // (offices * inflows)
        peaks[k, stage, 0, 0] = max(peaks[k, stage, 0, 0], counts[stage, 0, 0])
        peaks[k, stage, 0, office] = max(peaks[k, stage, 0, office], counts[stage, 0, office])
        peaks[k, stage, inflow, 0] = max(peaks[k, stage, inflow, 0], counts[stage, inflow, 0])
        peaks[k, stage, inflow, office] = max(
            peaks[k, stage, inflow, office], counts[stage, inflow, office]
        )
    n_changed[0] = 0
    for i in range(n_changed[1]):
        worker = changed_workers[i]
        W[worker, c.IS_CHANGED] = 0
        most = max(spent[worker, k, c.SPENT_MOST], W[worker, c.CASES])
        spent[worker, k, c.SPENT_MOST] = most
    n_changed[1] = 0


@inner
def start_peaks(W, counts, peaks, spent, k):
    """Let the peaks of queues and caseloads in slice k begin with the present state."""
    for worker in range(W.shape[0]):
        spent[worker, k, c.SPENT_MOST] = W[worker, c.CASES]
    for stage in range(counts.shape[0]):
        for inflow in range(counts.shape[1]):
            for office in range(counts.shape[2]):
                peaks[k, stage, inflow, office] = counts[stage, inflow, office]


@inlined
def new_visit(C, visits, row, case):
    """The row of a visit that falls due."""
    C[case, c.VISIT_ROW] = row
    visits[row, c.V_STAY] = C[case, c.STAY]
    visits[row, c.V_NUMBER] = C[case, c.VISIT]
    visits[row, c.V_WORKER] = -1
    visits[row, c.V_DUE] = C[case, c.DUE]
    visits[row, c.V_BEGIN] = codes.NONE
    visits[row, c.V_END] = codes.NONE
    visits[row, c.V_WORK] = -1
    visits[row, c.V_KIND] = codes.VISIT_OWN


@inlined
def count_contact(C, calendar, windows, contacts, case, now, worked):
    """Add a contact to the sums of when it fell due: it waited until now, then took `worked`."""
    due = C[case, c.DUE]
    if due < windows.border[0] or due >= windows.border[windows.border.shape[0] - 1]:
        return
    k = np.int64(0)
    if windows.border.shape[0] > 2:
        k = windows.of_day[due // calendar.day_ticks]
    cell = contacts[k, C[case, c.STAGE], C[case, c.INFLOW], C[case, c.OFFICE]]
    cell[c.CONTACTS] += 1
    cell[c.CONTACT_WAIT] += now - C[case, c.DUE]
    if C[case, c.PREVIOUS_END] != codes.NONE:
        cell[c.RHYTHM_PLANNED] += C[case, c.DUE] - C[case, c.PREVIOUS_END] + worked
        cell[c.RHYTHM_WAIT] += now - C[case, c.DUE]


@inlined
def count_missed(C, calendar, windows, contacts, case, now):
    """Add a visit to which nobody comes to the sums of when it starts."""
    if now < windows.border[0]:
        return
    k = np.int64(0)
    if windows.border.shape[0] > 2:
        k = windows.of_day[now // calendar.day_ticks]
    contacts[k, C[case, c.STAGE], C[case, c.INFLOW], C[case, c.OFFICE], c.NO_SHOWS] += 1
