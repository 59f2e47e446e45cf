"""Columns of text, made from few names and many numbers, as pandas keeps them.

pandas keeps text in Arrow where pyarrow is installed (from its version 3 on), else as objects. In
Arrow a column is made many times faster without the detour of Python strings.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from capsim.plan.tables import Ints

__all__ = ["named", "numbered", "texts"]


def texts(names: Sequence[Any] | np.ndarray) -> Any:
    """Array of text as pandas keeps it; None is missing."""
    import pandas as pd

    return pd.Series(names, dtype="str").array


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

        # One name all over is common: one office, one inflow, one stage.
        name = _arrow(given)[int(number[0])]
        return pd.array(pyarrow.repeat(name, len(number)), dtype="str")
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

    prefix = named(prefixes, which)
    if not _is_arrow(prefix):
        return prefix + pd.Series(number).astype("str").array
    import pyarrow
    from pyarrow import compute

    digits = pyarrow.array(number).cast(pyarrow.large_string())
    nothing = pyarrow.scalar("", pyarrow.large_string())
    joined = compute.binary_join_element_wise(_arrow(prefix), digits, nothing)
    return pd.array(joined, dtype="str")


def _is_arrow(array: Any) -> bool:
    import pandas as pd

    return isinstance(array, pd.arrays.ArrowStringArray)


def _arrow(array: Any) -> Any:
    """The same in one piece, as pyarrow has it."""
    import pyarrow

    whole = pyarrow.array(array)
    return whole.combine_chunks() if isinstance(whole, pyarrow.ChunkedArray) else whole
