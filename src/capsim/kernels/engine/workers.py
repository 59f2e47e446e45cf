"""What the compiled engine knows of workers: free or in a visit, their cases, their accounts.

Accounts of a diary (see `diary`) are kept a visit behind: `close_visit` adds the last one when the
next is entered, or at the horizon.
"""

import numpy as np

from capsim.kernels.engine import columns as c
from capsim.kernels.jit import inlined, inner
from capsim.kernels.queues import insert_in_order, take_out


@inlined
def recompute(W, worker, share):
    """After a change of contract or onboarding: effective FTE, pace of work and load."""
    effective = (W[worker, c.FTE] * W[worker, c.ONBOARDING] + 500) // 1000
    W[worker, c.EFFECTIVE] = max(np.int64(1), effective)
    W[worker, c.PACE] = W[worker, c.HOURS] * share * W[worker, c.ONBOARDING]
    W[worker, c.LOAD] = 1000 * W[worker, c.LOAD_WEIGHT] // W[worker, c.EFFECTIVE]


@inlined
def account_idle(W, worker, time, windows, spent):
    """Add the time since the last change to the idle capacity of a free worker."""
    begin = W[worker, c.IDLE_FROM]
    k = W[worker, c.IDLE_BORDER]
    while time > windows.office[k]:
        span = max(np.int64(0), windows.office[k] - begin)
        spent[worker, k, c.SPENT_IDLE] = W[worker, c.IDLE] + span * W[worker, c.PACE]
        k += 1
        W[worker, c.IDLE_BORDER] = k
    W[worker, c.IDLE] += (time - begin) * W[worker, c.PACE]
    W[worker, c.IDLE_FROM] = time


@inlined
def account_work(W, worker, begin, end, work, windows, spent):
    """Add a visit to the work done; up to a border it counts in proportion, in whole seconds."""
    k = W[worker, c.WORK_BORDER]
    while end > windows.office[k]:
        done = np.int64(0)
        if begin < windows.office[k]:
            done = work * (windows.office[k] - begin) // (end - begin)
        spent[worker, k, c.SPENT_WORK] = W[worker, c.WORKED] + done
        k += 1
        W[worker, c.WORK_BORDER] = k
    W[worker, c.WORKED] += work


@inlined
def close_visit(W, worker, horizon, windows, spent):
    """Account for the last visit in a worker's diary, as far as it lies before the horizon."""
    begin = W[worker, c.VISIT_BEGIN]
    end = W[worker, c.VISIT_END]
    work = W[worker, c.VISIT_WORK]
    account_work(W, worker, begin, end, work, windows, spent)
    if end < horizon:
        W[worker, c.VISITS] += 1
    else:
        W[worker, c.WORKED] -= work - work * (horizon - begin) // (end - begin)


@inlined
def in_visit(W, K, worker, time):
    """Whether a worker is in a visit when the roster changes; one that ends now is not over yet."""
    if K[W[worker, c.COPY], c.DIARY] == 1:
        return W[worker, c.BUSY] >= 0 and W[worker, c.VISIT_END] >= time
    return W[worker, c.BUSY] >= 0


@inlined
def become_free(W, K, worker, time):
    """Last in the order of free workers; among those of the same instant in worker order."""
    copy = W[worker, c.COPY]
    W[worker, c.FREE_SINCE] = time
    W[worker, c.IDLE_FROM] = time
    if K[copy, c.DIARY] == 1:
        return
    last = K[copy, c.FREE_LAST]
    before, after = insert_in_order(W, last, c.FREE_SINCE, c.FREE_NEXT, c.FREE_PREV, worker)
    if before < 0:
        K[copy, c.FREE_FIRST] = worker
    if after < 0:
        K[copy, c.FREE_LAST] = worker


@inlined
def no_longer_free(W, K, worker, time, windows, spent):
    """Take a worker off the list of free ones."""
    account_idle(W, worker, time, windows, spent)
    copy = W[worker, c.COPY]
    if K[copy, c.DIARY] == 1:
        return
    before, after = take_out(W, c.FREE_NEXT, c.FREE_PREV, worker)
    if before < 0:
        K[copy, c.FREE_FIRST] = after
    if after < 0:
        K[copy, c.FREE_LAST] = before


@inlined
def weight_at(C, W, case, worker):
    """What a case takes of the room of a worker, milli; of places it is one."""
    return np.int64(1000) if W[worker, c.PLACES] == 1 else C[case, c.WEIGHT]


@inlined
def account_caseload(W, worker, now, windows, spent):
    """Add the time since the last change to the integrals of a worker's caseload.

    Of places the integral of the weights is that of the places, those included that are to go as
    soon as they are free.
    """
    since = W[worker, c.CASELOAD_SINCE]
    elapsed = now - since
    weight = max(W[worker, c.LOAD_WEIGHT], W[worker, c.PLACES] * W[worker, c.FTE])
    k = W[worker, c.CASE_BORDER]
    while now > windows.border[k]:
        span = windows.border[k] - since
        spent[worker, k, c.SPENT_CASES] = W[worker, c.CASELOAD] + span * W[worker, c.CASES]
        spent[worker, k, c.SPENT_WEIGHT] = W[worker, c.WEIGHTED] + span * weight
        k += 1
        W[worker, c.CASE_BORDER] = k
    W[worker, c.CASELOAD] += elapsed * W[worker, c.CASES]
    W[worker, c.WEIGHTED] += elapsed * weight
    W[worker, c.CASELOAD_SINCE] = now


@inlined
def take_time_back(W, worker, weight, now, windows, spent):
    """Take from the integrals of a caseload what one case has added to them since it was over.

    What happens at closing time may come after what happened when the next day opened, at the same
    office instant. The other cases keep what they added between.
    """
    beyond = W[worker, c.CASELOAD_SINCE] - now
    W[worker, c.CASELOAD] -= beyond
    W[worker, c.WEIGHTED] -= beyond * weight
    k = W[worker, c.CASE_BORDER]
    while k > 0 and windows.border[k - 1] > now:
        k -= 1
        beyond = windows.border[k] - now
        spent[worker, k, c.SPENT_CASES] -= beyond
        spent[worker, k, c.SPENT_WEIGHT] -= beyond * weight


@inlined
def take_place(C, W, case, worker, now, windows, spent):
    """Open a place in the caseload of a worker."""
    account_caseload(W, worker, now, windows, spent)
    C[case, c.WORKER] = worker
    W[worker, c.CASES] += 1
    W[worker, c.LOAD_WEIGHT] += weight_at(C, W, case, worker)
    W[worker, c.LOAD] = 1000 * W[worker, c.LOAD_WEIGHT] // W[worker, c.EFFECTIVE]
    W[worker, c.CASELOAD_MAX] = max(W[worker, c.CASELOAD_MAX], W[worker, c.CASES])
    head = W[worker, c.HELD_FIRST]
    C[case, c.HELD_PREV] = -1
    C[case, c.HELD_NEXT] = head
    if head >= 0:
        C[head, c.HELD_PREV] = case
    W[worker, c.HELD_FIRST] = case


@inlined
def give_place_back(C, W, K, case, now, windows, spent):
    """Close the place of a case, and let the head of the assignment queue try again."""
    worker = C[case, c.WORKER]
    if now >= W[worker, c.CASELOAD_SINCE]:
        account_caseload(W, worker, now, windows, spent)
    else:
        take_time_back(W, worker, C[case, c.WEIGHT], now, windows, spent)
    C[case, c.WORKER] = -1
    W[worker, c.CASES] -= 1
    W[worker, c.LOAD_WEIGHT] -= weight_at(C, W, case, worker)
    W[worker, c.LOAD] = 1000 * W[worker, c.LOAD_WEIGHT] // W[worker, c.EFFECTIVE]
    before, after = take_out(C, c.HELD_NEXT, c.HELD_PREV, case)
    if before < 0:
        W[worker, c.HELD_FIRST] = after
    K[W[worker, c.COPY], c.RETRY] = 1
    K[W[worker, c.COPY], c.LOADS_CHANGED] = 1


@inlined
def give_kept_place_back(full, C, W, K, G, stays, places, case, present, windows, spent):
    """Close the place that a case has kept while it waited in its next stage; its copy is freed."""
    if full == 1:
        places[C[case, c.PLACE_ROW], c.L_UNTIL] = present
    stays[C[case, c.KEPT_STAY], c.S_RELEASED] = present
    K[W[C[case, c.WORKER], c.COPY], c.FREED] = 1
    G[c.FREED_COPIES] += 1
    give_place_back(C, W, K, case, present, windows, spent)


@inner
def close_borders(W, windows, spent):
    """At the end of the run: what no account reached any more is as it stands."""
    for worker in range(W.shape[0]):
        for k in range(W[worker, c.IDLE_BORDER], windows.border.shape[0]):
            spent[worker, k, c.SPENT_IDLE] = W[worker, c.IDLE]
        for k in range(W[worker, c.WORK_BORDER], windows.border.shape[0]):
            spent[worker, k, c.SPENT_WORK] = W[worker, c.WORKED]
        for k in range(W[worker, c.CASE_BORDER], windows.border.shape[0]):
            spent[worker, k, c.SPENT_CASES] = W[worker, c.CASELOAD]
            spent[worker, k, c.SPENT_WEIGHT] = W[worker, c.WEIGHTED]
