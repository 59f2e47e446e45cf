"""The end of the horizon: accounts are closed, and open stays are told as they stand."""

import numpy as np

from capsim.kernels import codes
from capsim.kernels.engine import columns as c
from capsim.kernels.engine.counts import count_contact
from capsim.kernels.engine.workers import (
    account_caseload,
    account_idle,
    account_work,
    close_borders,
    close_visit,
)
from capsim.kernels.jit import inner


@inner
def close_accounts(calendar, windows, prof, C, W, K, case_seen, stays, contacts, spent):
    """Account for every worker up to the horizon, and complete the rows of open stays."""
    horizon = calendar.horizon
    calendar_end = calendar.n_days * calendar.day_ticks
    for worker in range(W.shape[0]):
        account_caseload(W, worker, calendar_end, windows, spent)
        if K[W[worker, c.COPY], c.DIARY] == 1:
            if W[worker, c.BUSY] >= 0:
                close_visit(W, worker, horizon, windows, spent)
            if W[worker, c.PRESENT] == 1 and W[worker, c.IDLE_FROM] < horizon:
                account_idle(W, worker, horizon, windows, spent)
        elif W[worker, c.BUSY] >= 0:
            case = W[worker, c.BUSY]
            begin = C[case, c.BEGIN]
            end, work = W[worker, c.VISIT_END], C[case, c.WORK]
            account_work(W, worker, begin, end, work, windows, spent)
            W[worker, c.WORKED] -= work - work * (horizon - begin) // (end - begin)
        elif W[worker, c.PRESENT] == 1:
            account_idle(W, worker, horizon, windows, spent)
    for case in range(case_seen.shape[0]):
        if case_seen[case] == 0 or C[case, c.STAGE] < 0:
            continue
        stay = C[case, c.STAY]
        p = C[case, c.PROFILE]
        stays[stay, c.S_VISITS] = C[case, c.DONE]
        stays[stay, c.S_WORKER] = C[case, c.LAST_WORKER]
        due = stays[stay, c.S_DUE]
        open_ended = prof[p, c.P_UNTIL] == codes.UNTIL_END or C[case, c.STARTED] == 0
        if due != codes.NONE and due <= calendar_end and open_ended:
            stays[stay, c.S_LATE] = codes.LATE_YES
        if C[case, c.PHASE] == c.VISIT_DUE or C[case, c.QUEUE] == c.TEAM_QUEUE:
            count_contact(C, calendar, windows, contacts, case, calendar_end, np.int64(0))
    close_borders(W, windows, spent)
