"""Where cases wait in the compiled engine: queues of teams, desks, lists for assignment."""

import numpy as np

from capsim.kernels.engine.columns import (
    ASSIGN_FIRST,
    ASSIGNMENT_QUEUE,
    AT_DESK,
    BY_DEADLINE,
    COPY,
    DESK,
    DESK_FIRST,
    NOWHERE,
    RETRY,
    UNASSIGNED,
)
from capsim.kernels.event_set import (
    CLASS,
    QUEUE,
    SEQUENCE,
    TOUCHED,
    WORKER,
    append,
    deadline_insert,
    deadline_remove,
    unlink,
)
from capsim.kernels.jit import inlined


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
    worker = C[case, WORKER]
    C[case, QUEUE] = DESK
    C[case, SEQUENCE] = sequence
    queue = W[worker, DESK_FIRST] + C[case, CLASS]
    join_queue(C, heads, tails, K[W[worker, COPY], BY_DEADLINE], queue, case)
    W[worker, AT_DESK] += 1
    touched[G[TOUCHED]] = worker
    G[TOUCHED] += 1


@inlined
def leave_desk(C, W, K, heads, tails, case):
    """Take the due visit of a case off the desk of its caseworker."""
    worker = C[case, WORKER]
    queue = W[worker, DESK_FIRST] + C[case, CLASS]
    leave_queue(C, heads, tails, K[W[worker, COPY], BY_DEADLINE], queue, case)
    C[case, QUEUE] = NOWHERE
    W[worker, AT_DESK] -= 1


@inlined
def join_assignment(C, K, heads, tails, copy, rank, case):
    """Append to the assignment queue; a case that becomes its head is worth an attempt."""
    first = K[copy, ASSIGN_FIRST]
    head = True
    for other in range(rank + 1):
        if heads[first + other] >= 0:
            head = False
    if head:
        K[copy, RETRY] = 1
    C[case, QUEUE] = ASSIGNMENT_QUEUE
    C[case, CLASS] = rank
    append(C, heads, tails, first + rank, case)
    K[copy, UNASSIGNED] += 1


@inlined
def leave_assignment(C, K, heads, tails, copy, case):
    """Leave the assignment queue; the new head is worth an attempt."""
    unlink(C, heads, tails, K[copy, ASSIGN_FIRST] + C[case, CLASS], case)
    C[case, QUEUE] = NOWHERE
    K[copy, UNASSIGNED] -= 1
    K[copy, RETRY] = 1


@inlined
def first_entry(heads, first, classes):
    """The class of the best entry and the entry itself; (classes, -1) if there is none."""
    for rank in range(classes):
        if heads[first + rank] >= 0:
            return rank, heads[first + rank]
    return classes, np.int64(-1)
