"""Sorting in place, where nothing may be allocated."""

import numpy as np

from capsim.kernels.jit import inner

RADIX_BITS = 11


@inner
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


@inner
def radix_sort(keys, other, n, lowest_bit, bins):
    """Sort non-negative keys by the bits from `lowest_bit` on; the one of both that they end in."""
    highest = np.int64(0)
    for i in range(n):
        highest = max(highest, keys[i])
    size = np.int64(1) << RADIX_BITS
    shift = np.int64(lowest_bit)
    swapped = False
    while highest >> shift > 0:
        a = other if swapped else keys
        b = keys if swapped else other
        for i in range(size):
            bins[i] = 0
        for i in range(n):
            bins[(a[i] >> shift) & (size - 1)] += 1
        total = np.int64(0)
        for i in range(size):
            count = bins[i]
            bins[i] = total
            total += count
        for i in range(n):
            digit = (a[i] >> shift) & (size - 1)
            b[bins[digit]] = a[i]
            bins[digit] += 1
        shift += RADIX_BITS
        swapped = not swapped
    if swapped:
        return other
    return keys
