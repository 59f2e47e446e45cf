"""Columns of text, made from few names and many numbers, as pandas keeps them.

pandas keeps text in Arrow where pyarrow is installed (from its version 3 on), else as objects. In
Arrow a column is made many times faster without the detour of Python strings.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from capsim.plan.plan import Ints

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["as_text", "named", "numbered", "texts"]

_LONGEST = 18  # digits of a number
_AT_A_TIME = 8192
_ALIKE = 512  # rows in a run from which on it pays to write a run at once


def texts(names: Sequence[Any] | np.ndarray) -> Any:
    """Array of text as pandas keeps it; None is missing."""
    import pandas as pd

    return pd.Series(names, dtype="str").array


def as_text(column: pd.Series) -> pd.Series:
    """A column of text as pandas keeps it; what is missing stays missing.

    Before its version 3 pandas writes "None" or "nan" for what is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> as_text(pd.Series(["main/guidance/1", None], dtype="object")).isna().tolist()
    [False, True]
    """
    text = column.astype("str")
    return text.mask(column.isna()) if column.hasnans else text


def named(names: Sequence[str] | np.ndarray, number: Ints) -> Any:
    """Names of numbers, as an array of text; missing where the number is -1.

    Examples
    --------
    >>> import numpy as np
    >>> list(named(["intake", "guidance"], np.array([1, 1, 0])))
    ['guidance', 'guidance', 'intake']
    """
    given = texts([*names, None])
    if len(number) and _is_arrow(given) and (number == number[0]).all():
        import pandas as pd
        import pyarrow

        # One name all over is common: one office, one inflow, one stage. It is written once and
        # shared by all parts of the column.
        whole, rest = divmod(len(number), _AT_A_TIME)
        part = pyarrow.repeat(_arrow(given)[int(number[0])], min(len(number), _AT_A_TIME))
        return pd.array(pyarrow.chunked_array([*[part] * whole, part[:rest]]), dtype="str")
    return given.take(number)


def numbered(prefixes: Sequence[str], which: Ints, number: Ints) -> Any:
    """Array of text: in every row one of the prefixes and a number that is not negative.

    Examples
    --------
    >>> import numpy as np
    >>> list(numbered(["new/", "back/"], np.array([0, 0, 1]), np.array([0, 12, 7])))
    ['new/0', 'new/12', 'back/7']
    """
    import pandas as pd

    if not _is_arrow(texts([])):
        return named(prefixes, which) + pd.Series(number).astype("str").array
    digits = np.ones(len(number), np.uint8)
    for power in range(1, _LONGEST):
        if number.max(initial=0) < 10**power:
            break
        digits += number >= 10**power
    changes = (which[1:] != which[:-1]) | (digits[1:] != digits[:-1])
    starts = [*([0] if len(number) else []), *(np.flatnonzero(changes) + 1).tolist()]
    if len(starts) * _ALIKE < len(number):
        lengths = digits[starts].tolist()
        heads = [prefixes[k].encode() for k in which[starts].tolist()]
        return pd.array(_in_runs(starts, heads, lengths, number), dtype="str")
    import pyarrow
    from pyarrow import compute

    written = pyarrow.array(number).cast(pyarrow.large_string())
    nothing = pyarrow.scalar("", pyarrow.large_string())
    prefix = _arrow(named(prefixes, which))
    return pd.array(compute.binary_join_element_wise(prefix, written, nothing), dtype="str")


def _in_runs(starts: list[int], heads: list[bytes], lengths: list[int], number: Ints) -> Any:
    """The texts of rows that come in runs of one prefix and one number of digits.

    The rows of a run are equally long, so they are written as records, field by field; not all at
    once, so that what is written stays in the cache.
    """
    import pyarrow

    n = len(number)
    counts = np.diff([*starts, n]).tolist()
    widths = [len(head) + length for head, length in zip(heads, lengths, strict=True)]
    offsets = np.empty(n + 1, np.int64)
    offsets[0] = 0
    text = np.empty(sum(map(operator.mul, widths, counts)), np.uint8)
    for start, count, width, head, length in zip(
        starts, counts, widths, heads, lengths, strict=True
    ):
        begin = int(offsets[start])
        end = begin + width * count
        offsets[start + 1 : start + count + 1] = np.arange(begin + width, end + 1, width)
        groups = [(f"group {k}", f"S{min(4, length - k)}") for k in range(0, length, 4)]
        kind = np.dtype([("head", f"S{len(head)}"), *groups[::-1]])
        records = text[begin:end].view(kind)
        for first in range(0, count, _AT_A_TIME):
            part = records[first : first + _AT_A_TIME]
            part["head"] = head
            rest = number[start + first :][: len(part)]
            for name, size in groups:
                upper = rest // 10_000
                part[name] = _decimal(int(size[1:]))[rest - upper * 10_000]
                rest = upper
    buffers = [pyarrow.py_buffer(offsets), pyarrow.py_buffer(text)]
    return pyarrow.LargeStringArray.from_buffers(n, *buffers)


@cache
def _decimal(digits: int) -> np.ndarray:
    """The last digits of 0, 1, ..., 9999 as bytes."""
    places = np.arange(10_000)[:, None] // 10 ** np.arange(digits)[::-1] % 10
    return (places + ord("0")).astype(np.uint8).view(f"S{digits}")[:, 0]


def _is_arrow(array: Any) -> bool:
    import pandas as pd

    return isinstance(array, pd.arrays.ArrowStringArray)


def _arrow(array: Any) -> Any:
    """A column of text in one piece, as pyarrow has it."""
    import pyarrow

    whole = pyarrow.array(array)
    return whole.combine_chunks() if isinstance(whole, pyarrow.ChunkedArray) else whole
