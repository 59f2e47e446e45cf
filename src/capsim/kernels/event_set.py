"""Event set, queues and heaps of the compiled engine, as functions on flat tables.

A case is one row of the table `C`; the columns are named here. Three structures share the rows:

* Pending events. A case has at most one pending event. Events of the current time bucket stand in
  a small binary heap of packed keys (time, rank, case); later ones hang in doubly linked lists, one
  per bucket, so that scheduling and cancelling cost the same whatever the backlog. A cancelled key
  stays in the heap and is recognised when it comes up, because the case's own `PENDING` says
  otherwise.
* Queues in order of joining: doubly linked lists through `NEXT` and `PREV`.
* Queues in order of deadline: pairing heaps through `NEXT`, `PREV` and `CHILD` (Fredman, Sedgewick,
  Sleator and Tarjan, "The pairing heap", Algorithmica 1, 1986).
"""

import numpy as np

from capsim.kernels.jit import inlined, jit

# The columns of a case. Those of every visit come first: a case is read line by line of the cache.
# The last row belongs to no case, see `schedule`.
# The columns of type WORD hold unsigned random words and are read through a view of the same
# memory.
(
    PENDING, PHASE, BUCKET_NEXT, BUCKET_PREV, STAGE, WORKER, SERVER, VISIT,
    NTH, DUE, PREVIOUS_END, GAP_WORD, CLOSING_WORD, WORK_WORD, WORDS_OF, PROFILE,
    SOURCE_WORD, INDEX_WORD, INFLOW, OFFICE, TRACE, COUNTED, STARTED, DONE,
    LEFT, STAY, QUEUE, CLASS, SEQUENCE, NEXT, PREV, WORK,
    BEGIN, HANDED, STAY_END, LAST_WORKER, VISIT_ROW, DEADLINE, ROUTE_WORD, WEIGHT,
    HELD_NEXT, HELD_PREV, CHILD, MEETING_NEXT, MEETING_PREV, FINISHED, PLACE_ROW,
) = range(47)  # fmt: skip
CASE_FIELDS = 48

# Scalars that several functions change, in the table `G`.
HEAP_SIZE, BUCKET, END, SHIFT, CASE_BITS, TOUCHED, STATE_FIELDS = range(7)


@inlined
def heap_push(heap, G, key):
    """Add a key to the heap of the current bucket."""
    i = G[HEAP_SIZE]
    G[HEAP_SIZE] = i + 1
    while i > 0:
        parent = (i - 1) >> 1
        if heap[parent] <= key:
            break
        heap[i] = heap[parent]
        i = parent
    heap[i] = key


@inlined
def heap_pop(heap, G):
    """Remove the least key of the heap."""
    top = heap[0]
    n = G[HEAP_SIZE] - 1
    G[HEAP_SIZE] = n
    key = heap[n]
    i = 0
    child = 1
    while child < n:
        if child + 1 < n and heap[child + 1] < heap[child]:
            child += 1
        if key <= heap[child]:
            break
        heap[i] = heap[child]
        i = child
        child = 2 * i + 1
    heap[i] = key
    return top


@jit
def compact(C, heap, G):
    """Drop cancelled keys when the heap's array is full; live keys are at most one a case."""
    mask = (np.int64(1) << G[CASE_BITS]) - 1
    n = G[HEAP_SIZE]
    G[HEAP_SIZE] = 0
    for i in range(n):
        key = heap[i]
        if C[key & mask, PENDING] == key >> G[CASE_BITS]:
            # `heap_push` writes at or before position i, so unread keys are safe.
            heap_push(heap, G, key)


@inlined
def schedule(C, buckets, heap, G, time, rank, case):
    """Make (time, rank) the pending event of a case that has none."""
    if time >= G[END]:
        return
    moment = time * 8 + rank
    C[case, PENDING] = moment
    bucket = time >> G[SHIFT]
    if bucket <= G[BUCKET]:
        if G[HEAP_SIZE] == heap.shape[0]:
            compact(C, heap, G)
        heap_push(heap, G, (moment << G[CASE_BITS]) | case)
    else:
        head = buckets[bucket]
        C[case, BUCKET_NEXT] = head
        C[case, BUCKET_PREV] = -1
        # Whether the bucket is empty is a branch that no processor guesses, so one more row takes
        # what is written to the head of an empty one.
        C[head if head >= 0 else C.shape[0] - 1, BUCKET_PREV] = case
        buckets[bucket] = case


@inlined
def cancel(C, buckets, G, case):
    """Cancel the pending event of a case, if it has one."""
    moment = C[case, PENDING]
    if moment < 0:
        return
    C[case, PENDING] = -1
    bucket = (moment >> 3) >> G[SHIFT]
    if bucket > G[BUCKET]:
        before = C[case, BUCKET_PREV]
        after = C[case, BUCKET_NEXT]
        if before >= 0:
            C[before, BUCKET_NEXT] = after
        else:
            buckets[bucket] = after
        if after >= 0:
            C[after, BUCKET_PREV] = before


@inlined
def load_bucket(C, buckets, heap, G, bucket):
    """Turn to the next time bucket: its events become the heap. The heap is empty before."""
    G[BUCKET] = bucket
    case = buckets[bucket]
    while case >= 0:
        heap_push(heap, G, (C[case, PENDING] << G[CASE_BITS]) | case)
        case = C[case, BUCKET_NEXT]


@inlined
def append(C, heads, tails, queue, case):
    """Join the end of a queue."""
    last = tails[queue]
    C[case, PREV] = last
    C[case, NEXT] = -1
    if last >= 0:
        C[last, NEXT] = case
    else:
        heads[queue] = case
    tails[queue] = case


@inlined
def unlink(C, heads, tails, queue, case):
    """Leave a queue."""
    before = C[case, PREV]
    after = C[case, NEXT]
    if before >= 0:
        C[before, NEXT] = after
    else:
        heads[queue] = after
    if after >= 0:
        C[after, PREV] = before
    else:
        tails[queue] = before


@jit
def meld(C, a, b):
    """Join two pairing heaps; the root of the result."""
    if a < 0:
        return b
    if b < 0:
        return a
    if C[b, DEADLINE] < C[a, DEADLINE] or (C[b, DEADLINE] == C[a, DEADLINE] and b < a):
        a, b = b, a
    child = C[a, CHILD]
    C[b, PREV] = a
    C[b, NEXT] = child
    if child >= 0:
        C[child, PREV] = b
    C[a, CHILD] = b
    return a


@jit
def meld_children(C, case):
    """Two passes over the children: pairs from the left, then all from the right."""
    child = C[case, CHILD]
    C[case, CHILD] = -1
    stack = np.int64(-1)
    while child >= 0:
        second = C[child, NEXT]
        rest = np.int64(-1)
        if second >= 0:
            rest = C[second, NEXT]
        pair = meld(C, child, second)
        C[pair, NEXT] = stack
        stack = pair
        child = rest
    root = np.int64(-1)
    while stack >= 0:
        following = C[stack, NEXT]
        root = meld(C, root, stack)
        stack = following
    if root >= 0:
        C[root, NEXT] = -1
        C[root, PREV] = -1
    return root


@jit
def deadline_insert(C, heads, queue, case):
    """Join a queue in order of deadline, ties in case order."""
    C[case, NEXT] = -1
    C[case, PREV] = -1
    C[case, CHILD] = -1
    root = meld(C, heads[queue], case)
    C[root, NEXT] = -1
    C[root, PREV] = -1
    heads[queue] = root


@jit
def deadline_remove(C, heads, queue, case):
    """Leave a queue in order of deadline."""
    if heads[queue] == case:
        heads[queue] = meld_children(C, case)
        return
    before = C[case, PREV]
    after = C[case, NEXT]
    if C[before, CHILD] == case:
        C[before, CHILD] = after
    else:
        C[before, NEXT] = after
    if after >= 0:
        C[after, PREV] = before
    root = meld(C, heads[queue], meld_children(C, case))
    C[root, NEXT] = -1
    C[root, PREV] = -1
    heads[queue] = root


@jit
def sort(values, n):
    """Sort the first n entries in place (Shell's method: nothing is allocated)."""
    step = 1
    while step < n // 3:
        step = 3 * step + 1
    while step >= 1:
        for i in range(step, n):
            value = values[i]
            j = i
            while j >= step and values[j - step] > value:
                values[j] = values[j - step]
                j -= step
            values[j] = value
        step //= 3
