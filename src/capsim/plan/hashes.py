"""Names as 64-bit words: purposes and cases of the keyed generator."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

__all__ = ["name_hash", "name_hashes"]


def name_hash(name: str) -> int:
    """Unsigned 64-bit word that stands for a name in the counter of the generator.

    BLAKE2b with a digest of 8 bytes over the UTF-8 text, read little endian: the same on every
    machine and in every process, unlike `hash`.

    Examples
    --------
    >>> hex(name_hash("case"))
    '0xf5f9187fcaf6c31d'
    """
    digest = hashlib.blake2b(name.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little")


def name_hashes(names: Iterable[str]) -> NDArray[np.uint64]:
    """Words of several names, (n,) uint64."""
    return np.array([name_hash(name) for name in names], dtype=np.uint64)
