"""What the compiled engine knows of workers: free or in a visit, their cases, their accounts.

Accounts of a diary (see `engine`) are kept a visit behind: `close_visit` adds the last one when the
next is entered, or at the horizon.
"""

import numpy as np

from capsim.kernels.engine.columns import (
    BUSY,
    CASELOAD,
    CASELOAD_0,
    CASELOAD_MAX,
    CASELOAD_SINCE,
    CASES,
    COPY,
    DIARY,
    EFFECTIVE,
    FREE_FIRST,
    FREE_LAST,
    FREE_NEXT,
    FREE_PREV,
    FREE_SINCE,
    FTE,
    HELD_FIRST,
    IDLE,
    IDLE_0,
    IDLE_FROM,
    LOAD,
    LOAD_WEIGHT,
    ONBOARDING,
    PACE,
    RETRY,
    VISIT_BEGIN,
    VISIT_END,
    VISIT_WORK,
    VISITS,
    WEIGHTED,
    WEIGHTED_0,
    WORKED,
    WORKED_0,
)
from capsim.kernels.event_set import BEGIN, HELD_NEXT, HELD_PREV, WEIGHT, WORK, WORKER
from capsim.kernels.jit import inlined, jit


@inlined
def recompute(W, worker, share):
    """After a change of contract or onboarding: effective FTE, pace of work and load."""
    effective = (W[worker, FTE] * W[worker, ONBOARDING] + 500) // 1000
    W[worker, EFFECTIVE] = max(np.int64(1), effective)
    W[worker, PACE] = W[worker, FTE] * share * W[worker, ONBOARDING]
    W[worker, LOAD] = 1000 * W[worker, LOAD_WEIGHT] // W[worker, EFFECTIVE]


@inlined
def account_idle(W, worker, time, warm_up):
    """Add the time since the last change to the idle capacity of a free worker."""
    begin = W[worker, IDLE_FROM]
    W[worker, IDLE] += (time - begin) * W[worker, PACE]
    if begin < warm_up:
        W[worker, IDLE_0] += (min(time, warm_up) - begin) * W[worker, PACE]
    W[worker, IDLE_FROM] = time


@inlined
def close_visit(W, worker, horizon, warm_up):
    """Account for the last visit in a worker's diary, as far as it lies before the horizon."""
    begin = W[worker, VISIT_BEGIN]
    end = W[worker, VISIT_END]
    work = W[worker, VISIT_WORK]
    if end < horizon:
        W[worker, WORKED] += work
        W[worker, VISITS] += 1
    else:
        W[worker, WORKED] += work * (horizon - begin) // (end - begin)
    if begin < warm_up:
        if end > warm_up:
            work = work * (warm_up - begin) // (end - begin)
        W[worker, WORKED_0] += work


@inlined
def in_visit(W, K, worker, time):
    """Whether a worker is in a visit when the roster changes; one that ends now is not over yet."""
    if K[W[worker, COPY], DIARY] == 1:
        return W[worker, BUSY] >= 0 and W[worker, VISIT_END] >= time
    return W[worker, BUSY] >= 0


@inlined
def become_free(W, K, worker, time):
    """Last in the order of free workers; among those of the same instant in worker order."""
    copy = W[worker, COPY]
    W[worker, FREE_SINCE] = time
    W[worker, IDLE_FROM] = time
    if K[copy, DIARY] == 1:
        return
    after = np.int64(-1)
    before = K[copy, FREE_LAST]
    while before >= 0 and W[before, FREE_SINCE] == time and before > worker:
        after = before
        before = W[before, FREE_PREV]
    W[worker, FREE_PREV] = before
    W[worker, FREE_NEXT] = after
    if before >= 0:
        W[before, FREE_NEXT] = worker
    else:
        K[copy, FREE_FIRST] = worker
    if after >= 0:
        W[after, FREE_PREV] = worker
    else:
        K[copy, FREE_LAST] = worker


@inlined
def no_longer_free(W, K, worker, time, warm_up):
    """Take a worker off the list of free ones."""
    account_idle(W, worker, time, warm_up)
    copy = W[worker, COPY]
    if K[copy, DIARY] == 1:
        return
    before = W[worker, FREE_PREV]
    after = W[worker, FREE_NEXT]
    if before >= 0:
        W[before, FREE_NEXT] = after
    else:
        K[copy, FREE_FIRST] = after
    if after >= 0:
        W[after, FREE_PREV] = before
    else:
        K[copy, FREE_LAST] = before


@inlined
def account_caseload(W, worker, now):
    """Add the time since the last change to the integrals of a worker's caseload."""
    elapsed = now - W[worker, CASELOAD_SINCE]
    W[worker, CASELOAD] += elapsed * W[worker, CASES]
    W[worker, WEIGHTED] += elapsed * W[worker, LOAD_WEIGHT]
    W[worker, CASELOAD_SINCE] = now


@inlined
def take_place(C, W, case, worker, now):
    """Open a place in the caseload of a worker."""
    account_caseload(W, worker, now)
    C[case, WORKER] = worker
    W[worker, CASES] += 1
    W[worker, LOAD_WEIGHT] += C[case, WEIGHT]
    W[worker, LOAD] = 1000 * W[worker, LOAD_WEIGHT] // W[worker, EFFECTIVE]
    W[worker, CASELOAD_MAX] = max(W[worker, CASELOAD_MAX], W[worker, CASES])
    head = W[worker, HELD_FIRST]
    C[case, HELD_PREV] = -1
    C[case, HELD_NEXT] = head
    if head >= 0:
        C[head, HELD_PREV] = case
    W[worker, HELD_FIRST] = case


@inlined
def give_place_back(C, W, K, case, now):
    """Close the place of a case, and let the head of the assignment queue try again."""
    worker = C[case, WORKER]
    account_caseload(W, worker, now)
    C[case, WORKER] = -1
    W[worker, CASES] -= 1
    W[worker, LOAD_WEIGHT] -= C[case, WEIGHT]
    W[worker, LOAD] = 1000 * W[worker, LOAD_WEIGHT] // W[worker, EFFECTIVE]
    before = C[case, HELD_PREV]
    after = C[case, HELD_NEXT]
    if before >= 0:
        C[before, HELD_NEXT] = after
    else:
        W[worker, HELD_FIRST] = after
    if after >= 0:
        C[after, HELD_PREV] = before
    K[W[worker, COPY], RETRY] = 1


@jit
def snapshot(C, W, K, time, calendar):
    """Remember every worker's sums at the end of the warm-up."""
    for worker in range(W.shape[0]):
        account_caseload(W, worker, calendar)
        W[worker, CASELOAD_0] = W[worker, CASELOAD]
        W[worker, WEIGHTED_0] = W[worker, WEIGHTED]
        if K[W[worker, COPY], DIARY] == 1:
            continue  # see `close_visit`
        W[worker, WORKED_0] = W[worker, WORKED]
        if W[worker, BUSY] >= 0:
            case = W[worker, BUSY]
            begin = C[case, BEGIN]
            W[worker, WORKED_0] += C[case, WORK] * (time - begin) // (W[worker, VISIT_END] - begin)
