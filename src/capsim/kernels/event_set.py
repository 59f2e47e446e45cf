"""The event set of the compiled engine: pending events of cases, in a heap and in buckets.

A case is one row of the table `C`, and has at most one pending event. Events of the current time
bucket stand in a small binary heap of packed keys (time, rank, case); later ones hang in doubly
linked lists, one per bucket, so that scheduling and cancelling cost the same whatever the backlog.
A cancelled key stays in the heap and is recognised when it comes up, because the case's own
`PENDING` says otherwise.
"""

import numpy as np

from capsim.kernels.engine import columns as c
from capsim.kernels.jit import inlined, inner


@inlined
def heap_push(heap, G, key):
    """Add a key to the heap of the current bucket."""
    i = G[c.HEAP_SIZE]
    G[c.HEAP_SIZE] = i + 1
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
    n = G[c.HEAP_SIZE] - 1
    G[c.HEAP_SIZE] = n
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


@inner
def compact(C, heap, G):
    """Drop cancelled keys when the heap's array is full; live keys are at most one a case."""
    mask = (np.int64(1) << G[c.CASE_BITS]) - 1
    n = G[c.HEAP_SIZE]
    G[c.HEAP_SIZE] = 0
    for i in range(n):
        key = heap[i]
        if C[key & mask, c.PENDING] == key >> G[c.CASE_BITS]:
            # `heap_push` writes at or before position i, so unread keys are safe.
            heap_push(heap, G, key)


@inlined
def schedule(C, buckets, heap, G, time, rank, case):
    """Make (time, rank) the pending event of a case that has none."""
    if time >= G[c.END]:
        return
    moment = time * 8 + rank
    C[case, c.PENDING] = moment
    bucket = time >> G[c.SHIFT]
    if bucket <= G[c.BUCKET]:
        if G[c.HEAP_SIZE] == heap.shape[0]:
            compact(C, heap, G)
        heap_push(heap, G, (moment << G[c.CASE_BITS]) | case)
    else:
        head = buckets[bucket]
        C[case, c.BUCKET_NEXT] = head
        C[case, c.BUCKET_PREV] = -1
        # Whether the bucket is empty is an unpredictable branch, so one more row takes
        # what is written to the head of an empty one.
        C[head if head >= 0 else C.shape[0] - 1, c.BUCKET_PREV] = case
        buckets[bucket] = case


@inlined
def cancel(C, buckets, G, case):
    """Cancel the pending event of a case, if it has one."""
    moment = C[case, c.PENDING]
    if moment < 0:
        return
    C[case, c.PENDING] = -1
    bucket = (moment >> 3) >> G[c.SHIFT]
    if bucket > G[c.BUCKET]:
        before = C[case, c.BUCKET_PREV]
        after = C[case, c.BUCKET_NEXT]
        if before >= 0:
            C[before, c.BUCKET_NEXT] = after
        else:
            buckets[bucket] = after
        if after >= 0:
            C[after, c.BUCKET_PREV] = before


@inlined
def load_bucket(C, buckets, heap, G, bucket):
    """Turn to the next time bucket: its events become the heap. The heap is empty before."""
    G[c.BUCKET] = bucket
    case = buckets[bucket]
    while case >= 0:
        heap_push(heap, G, (C[case, c.PENDING] << G[c.CASE_BITS]) | case)
        case = C[case, c.BUCKET_NEXT]
