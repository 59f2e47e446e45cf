"""Where cases wait in the compiled engine: linked lists, heaps by deadline, desks, assignments.

Queues in order of joining are doubly linked lists through `NEXT` and `PREV`; those in order of
deadline pairing heaps through `NEXT`, `PREV` and `CHILD` (Fredman, Sedgewick, Sleator and Tarjan,
"The pairing heap", Algorithmica 1, 1986).
"""

import numpy as np

from capsim.kernels.engine import columns as c
from capsim.kernels.jit import inlined, inner


@inlined
def insert_in_order(table, last, key, following, previous, item):
    """Insert into a list ordered by (key, number), from its end on; the new neighbours.

    `last` is the list's last item; `key`, `following` and `previous` are columns of the table. No
    key in the list is larger than that of the item. The caller keeps the ends of the list: there is
    no neighbour (-1) where the item is one of them.
    """
    before = last
    after = np.int64(-1)
    while before >= 0 and table[before, key] == table[item, key] and before > item:
        after = before
        before = table[before, previous]
    table[item, previous] = before
    table[item, following] = after
    if before >= 0:
        table[before, following] = item
    if after >= 0:
        table[after, previous] = item
    return before, after


@inlined
def take_out(table, following, previous, item):
    """Take an item out of a doubly linked list; its neighbours, which are now each other's."""
    before = table[item, previous]
    after = table[item, following]
    if before >= 0:
        table[before, following] = after
    if after >= 0:
        table[after, previous] = before
    return before, after


@inlined
def append(C, heads, tails, queue, case):
    """Join the end of a queue."""
    last = tails[queue]
    C[case, c.PREV] = last
    C[case, c.NEXT] = -1
    if last >= 0:
        C[last, c.NEXT] = case
    else:
        heads[queue] = case
    tails[queue] = case


@inlined
def unlink(C, heads, tails, queue, case):
    """Leave a queue."""
    before, after = take_out(C, c.NEXT, c.PREV, case)
    if before < 0:
        heads[queue] = after
    if after < 0:
        tails[queue] = before


@inner
def meld(C, a, b):
    """Join two pairing heaps; the root of the result."""
    if a < 0:
        return b
    if b < 0:
        return a
    if C[b, c.DEADLINE] < C[a, c.DEADLINE] or (C[b, c.DEADLINE] == C[a, c.DEADLINE] and b < a):
        a, b = b, a
    child = C[a, c.CHILD]
    C[b, c.PREV] = a
    C[b, c.NEXT] = child
    if child >= 0:
        C[child, c.PREV] = b
    C[a, c.CHILD] = b
    return a


@inner
def meld_children(C, case):
    """Two passes over the children: pairs from the left, then all from the right."""
    child = C[case, c.CHILD]
    C[case, c.CHILD] = -1
    stack = np.int64(-1)
    while child >= 0:
        second = C[child, c.NEXT]
        rest = np.int64(-1)
        if second >= 0:
            rest = C[second, c.NEXT]
        pair = meld(C, child, second)
        C[pair, c.NEXT] = stack
        stack = pair
        child = rest
    root = np.int64(-1)
    while stack >= 0:
        following = C[stack, c.NEXT]
        root = meld(C, root, stack)
        stack = following
    if root >= 0:
        C[root, c.NEXT] = -1
        C[root, c.PREV] = -1
    return root


@inner
def deadline_insert(C, heads, queue, case):
    """Join a queue in order of deadline, ties in case order."""
    C[case, c.NEXT] = -1
    C[case, c.PREV] = -1
    C[case, c.CHILD] = -1
    root = meld(C, heads[queue], case)
    C[root, c.NEXT] = -1
    C[root, c.PREV] = -1
    heads[queue] = root


@inner
def deadline_remove(C, heads, queue, case):
    """Leave a queue in order of deadline."""
    if heads[queue] == case:
        heads[queue] = meld_children(C, case)
        return
    before = C[case, c.PREV]
    after = C[case, c.NEXT]
    if C[before, c.CHILD] == case:
        C[before, c.CHILD] = after
    else:
        C[before, c.NEXT] = after
    if after >= 0:
        C[after, c.PREV] = before
    root = meld(C, heads[queue], meld_children(C, case))
    C[root, c.NEXT] = -1
    C[root, c.PREV] = -1
    heads[queue] = root


@inlined
def join_queue(C, heads, tails, by_deadline, queue, case):
    """Join a queue in the order of its discipline."""
    if by_deadline == 1:
        deadline_insert(C, heads, queue, case)
    else:
        append(C, heads, tails, queue, case)


@inlined
def leave_queue(C, heads, tails, by_deadline, queue, case):
    """Leave a queue, from wherever in it."""
    if by_deadline == 1:
        deadline_remove(C, heads, queue, case)
    else:
        unlink(C, heads, tails, queue, case)


@inlined
def join_desk(C, W, K, heads, tails, touched, G, case, sequence):
    """Let a due visit wait on the desk of the caseworker."""
    worker = C[case, c.WORKER]
    C[case, c.QUEUE] = c.DESK
    C[case, c.SEQUENCE] = sequence
    queue = W[worker, c.DESK_FIRST] + C[case, c.CLASS]
    join_queue(C, heads, tails, K[W[worker, c.COPY], c.BY_DEADLINE], queue, case)
    W[worker, c.AT_DESK] += 1
    touched[G[c.TOUCHED]] = worker
    G[c.TOUCHED] += 1


@inlined
def leave_desk(C, W, K, heads, tails, case):
    """Take the due visit of a case off the desk of its caseworker."""
    worker = C[case, c.WORKER]
    queue = W[worker, c.DESK_FIRST] + C[case, c.CLASS]
    leave_queue(C, heads, tails, K[W[worker, c.COPY], c.BY_DEADLINE], queue, case)
    C[case, c.QUEUE] = c.NOWHERE
    W[worker, c.AT_DESK] -= 1


@inlined
def join_assignment(C, K, heads, tails, copy, rank, case):
    """Append to the assignment queue; a case that becomes its head is worth an attempt."""
    first = K[copy, c.ASSIGN_FIRST]
    head = True
    for other in range(rank + 1):
        if heads[first + other] >= 0:
            head = False
    if head:
        K[copy, c.RETRY] = 1
    C[case, c.QUEUE] = c.ASSIGNMENT_QUEUE
    C[case, c.CLASS] = rank
    append(C, heads, tails, first + rank, case)
    K[copy, c.UNASSIGNED] += 1


@inlined
def leave_assignment(C, K, heads, tails, copy, case):
    """Leave the assignment queue; the new head is worth an attempt."""
    unlink(C, heads, tails, K[copy, c.ASSIGN_FIRST] + C[case, c.CLASS], case)
    C[case, c.QUEUE] = c.NOWHERE
    K[copy, c.UNASSIGNED] -= 1
    K[copy, c.RETRY] = 1


@inlined
def _may_go(C, prof, stage, n_initial, case):
    """Whether a case that waits may be turned away: it is new at a stage where there is room."""
    return (
        C[case, c.PHASE] == c.FIRST_WAIT
        and C[case, c.STAGE] == stage
        and C[case, c.STAY] >= n_initial
        and prof[C[case, c.PROFILE], c.P_ROOM] >= 0
    )


@inner
def least_urgent(C, K, heads, tails, prof, copy, stage, n_initial):
    """The last, in the order of service, of those who may be turned away at a stage; -1: nobody.

    The first `n_initial` stays are those in which cases were found on the first day.
    """
    first = K[copy, c.TEAM_FIRST]
    last = first + K[copy, c.TEAM_CLASSES] + K[copy, c.ASSIGN_CLASSES]
    for queue in range(last - 1, first - 1, -1):
        if K[copy, c.BY_DEADLINE] == 0 or queue >= K[copy, c.ASSIGN_FIRST]:
            case = tails[queue]
            while case >= 0:
                if _may_go(C, prof, stage, n_initial, case):
                    return case
                case = C[case, c.PREV]
            continue
        # All of a heap: down to the first child, on to the next, and up where there is none.
        latest = np.int64(-1)
        case = heads[queue]
        while case >= 0:
            if _may_go(C, prof, stage, n_initial, case) and (
                latest < 0
                or C[case, c.DEADLINE] > C[latest, c.DEADLINE]
                or (C[case, c.DEADLINE] == C[latest, c.DEADLINE] and case > latest)
            ):
                latest = case
            if C[case, c.CHILD] >= 0:
                case = C[case, c.CHILD]
                continue
            while case >= 0 and C[case, c.NEXT] < 0:
                before = C[case, c.PREV]
                while before >= 0 and C[before, c.CHILD] != case:
                    case = before
                    before = C[case, c.PREV]
                case = before
            if case >= 0:
                case = C[case, c.NEXT]
        if latest >= 0:
            return latest
    return np.int64(-1)


@inlined
def first_entry(heads, first, classes):
    """The class of the best entry and the entry itself; (classes, -1) if there is none."""
    for rank in range(classes):
        if heads[first + rank] >= 0:
            return rank, heads[first + rank]
    return classes, np.int64(-1)
