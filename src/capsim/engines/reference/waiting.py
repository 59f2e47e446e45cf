"""A list of those who wait, whatever they are."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import Generic, Protocol, TypeVar

Key = tuple[int, ...]
"""Where somebody stands in a list: the lowest is next."""


class Numbered(Protocol):
    """Whatever can wait: it has a number, which breaks ties."""

    number: int


Waiter = TypeVar("Waiter", bound=Numbered)


class WaitingList(Generic[Waiter]):
    """Those who wait, in order of their keys; anyone may go from the middle.

    A heap in which entries that have gone stay until they come to the top, so that joining and
    leaving cost the logarithm of the length: waiting lists grow to tens of thousands.

    Examples
    --------
    >>> from collections import namedtuple
    >>> Person = namedtuple("Person", "number")
    >>> line = WaitingList()
    >>> for number, key in enumerate([(1, 1), (0, 2), (0, 3)]):
    ...     line.add(Person(number), key)
    >>> line.remove(Person(1))
    >>> line.head()
    ((0, 3), Person(number=2))
    >>> len(line)
    2
    """

    def __init__(self) -> None:
        self._heap: list[tuple[Key, int, Waiter]] = []
        self._keys: dict[Waiter, Key] = {}

    def __len__(self) -> int:
        """How many wait."""
        return len(self._keys)

    def __contains__(self, waiter: Waiter) -> bool:
        return waiter in self._keys

    def add(self, waiter: Waiter, key: Key) -> None:
        """Let somebody join."""
        self._keys[waiter] = key
        heappush(self._heap, (key, waiter.number, waiter))

    def remove(self, waiter: Waiter) -> None:
        """Let somebody go."""
        del self._keys[waiter]

    def head(self) -> tuple[Key, Waiter] | None:
        """Key of the one to be served next, and who it is, if anyone waits."""
        while self._heap:
            key, _, waiter = self._heap[0]
            if self._keys.get(waiter) == key:
                return key, waiter
            heappop(self._heap)
        return None

    def in_order(self) -> list[tuple[Key, Waiter]]:
        """Everyone with their keys, the next one first."""
        entries = ((key, waiter) for waiter, key in self._keys.items())
        return sorted(entries, key=lambda entry: entry[0])
