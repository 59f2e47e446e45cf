"""What stands in the arrays of the tables; numpy is not imported for a name."""

from __future__ import annotations

from typing import Any

__all__ = ["Floats", "Ints", "Words"]

Ints = Any
"""An int64 array."""
Floats = Any
Words = Any
"""An array of uint64, each a hash of a name."""
