"""Bytes of a stored block: a tidy frame that pandas reads alone, parquet or gzipped CSV.

One row per replication and key, in that order, so that the numbers reshape to a matrix without
looking at the keys again.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CSV", "PARQUET", "Rows", "decode", "decode_rows", "encode", "format_here", "types_of"]

PARQUET = "parquet"
CSV = "csv.gz"
TEXT = "text"


def format_here() -> str:
    """The format that blocks are written in: parquet where pyarrow is installed."""
    return PARQUET if find_spec("pyarrow") is not None else CSV


class Rows:
    """The fixed rows of a replication: one column per key, all of the same length.

    Parameters
    ----------
    columns : mapping of str to sequence
        Such as measure, kind, of, inflow, office, window; or day, office, kind, of, measure.

    Examples
    --------
    >>> keys = Rows({"measure": ["wait_mean", "late_share"], "of": ["intake", "intake"]})
    >>> len(keys), keys.names
    (2, ('measure', 'of'))
    """

    def __init__(self, columns: Mapping[str, Sequence[Any] | NDArray[Any]]) -> None:
        self.columns = {name: np.asarray(column) for name, column in columns.items()}
        lengths = {len(column) for column in self.columns.values()}
        if len(lengths) != 1:
            raise ValueError(f"columns of keys have different lengths: {sorted(lengths)}")
        self._length = lengths.pop()

    def frame(self) -> pd.DataFrame:
        """The columns as a DataFrame."""
        import pandas as pd

        return pd.DataFrame({name: column.tolist() for name, column in self.columns.items()})

    def where(self, mask: NDArray[np.bool_]) -> Rows:
        """Some of the rows."""
        return Rows({name: column[mask] for name, column in self.columns.items()})

    def __len__(self) -> int:
        """Rows of a replication."""
        return self._length

    def __eq__(self, other: object) -> bool:
        """Same columns with the same entries in the same order."""
        if not isinstance(other, Rows):
            return NotImplemented
        return self.names == other.names and all(
            np.array_equal(self.columns[name], other.columns[name]) for name in self.names
        )

    __hash__ = None  # type: ignore[assignment]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(self.columns)

    @cached_property
    def coded(self) -> dict[str, tuple[NDArray[np.int32], NDArray[Any]]]:
        """Each column as codes and the categories they stand for."""
        coded = {}
        for name, column in self.columns.items():
            categories, codes = np.unique(column, return_inverse=True)
            coded[name] = (codes.astype(np.int32), categories)
        return coded


def encode(keys: Rows, first: int, matrix: NDArray[np.float64], form: str) -> bytes:
    """Bytes of a block.

    Parameters
    ----------
    keys : Rows
        Rows of a replication.
    first : int
        Number of the first replication.
    matrix : (count, len(keys)) float64
        The numbers.
    form : {"parquet", "csv.gz"}
        The format.
    """
    count = len(matrix)
    replication = np.repeat(np.arange(first, first + count, dtype=np.int64), len(keys))
    value = np.ascontiguousarray(matrix, dtype=np.float64).reshape(-1)
    if form == PARQUET:
        return _parquet(keys, count, replication, value)
    import pandas

    frame = pandas.DataFrame({"replication": replication})
    for name, column in keys.columns.items():
        frame[name] = np.tile(column, count)
    frame["value"] = value
    # No time stamp inside: equal numbers are equal bytes. Pandas writes the shortest text that
    # reads back as the same number.
    return gzip.compress(frame.to_csv(index=False).encode(), compresslevel=6, mtime=0)


def _parquet(
    keys: Rows, count: int, replication: NDArray[np.int64], value: NDArray[np.float64]
) -> bytes:
    import pyarrow
    from pyarrow import parquet

    columns: dict[str, Any] = {"replication": pyarrow.array(replication)}
    for name, (codes, categories) in keys.coded.items():
        if categories.dtype.kind in "OU":
            words = pyarrow.array([str(word) for word in categories], pyarrow.string())
            columns[name] = pyarrow.DictionaryArray.from_arrays(
                pyarrow.array(np.tile(codes, count)), words
            )
        else:
            columns[name] = pyarrow.array(np.tile(keys.columns[name], count))
    # Not a number is a value here, not a gap: pyarrow keeps NaN as it is.
    columns["value"] = pyarrow.array(value)
    sink = io.BytesIO()
    parquet.write_table(
        pyarrow.table(columns),
        sink,
        compression="zstd",
        use_dictionary=[name for name in columns if name != "value"],
    )
    return sink.getvalue()


def decode_rows(data: bytes, form: str, types: Mapping[str, str], rows: int) -> Rows:
    """The rows of a replication that `encode` was given.

    Parameters
    ----------
    data : bytes
        What `encode` gave.
    form : {"parquet", "csv.gz"}
        The format.
    types : mapping of str to str
        Column to "text" or a numpy type.
    rows : int
        Rows of a replication.

    Raises
    ------
    ValueError
        If there are not so many.
    """
    import pandas

    if form == PARQUET:
        from pyarrow import parquet

        frame = parquet.read_table(io.BytesIO(data), columns=list(types)).slice(0, rows).to_pandas()
    else:
        frame = pandas.read_csv(
            io.BytesIO(gzip.decompress(data)),
            usecols=list(types),
            dtype=str,
            keep_default_na=False,
            nrows=rows,
        )
    if len(frame) != rows:
        raise ValueError(f"{len(frame)} rows instead of {rows}")
    columns: dict[str, NDArray[Any]] = {}
    for name, kind in types.items():
        entries = frame[name].tolist()
        columns[name] = np.array(entries) if kind == TEXT else _numbers(entries, kind)
    return Rows(columns)


def _numbers(entries: Sequence[Any], kind: str) -> NDArray[Any]:
    # Python's float is exact to the last bit; not every version of pandas is by default.
    convert = float if np.dtype(kind).kind == "f" else int
    return np.array([convert(entry) for entry in entries], dtype=kind)


def types_of(rows: Rows) -> dict[str, str]:
    """What `decode_rows` has to know of the columns.

    Examples
    --------
    >>> types_of(Rows({"measure": ["wait_mean"], "day": [7.0]}))
    {'measure': 'text', 'day': '<f8'}
    """
    return {
        name: TEXT if column.dtype.kind in "OU" else column.dtype.str
        for name, column in rows.columns.items()
    }


def decode(data: bytes, form: str, rows: int) -> tuple[int, NDArray[np.float64]]:
    """First replication and matrix of a stored block.

    Parameters
    ----------
    data : bytes
        What `encode` gave.
    form : {"parquet", "csv.gz"}
        The format.
    rows : int
        Rows of a replication.

    Raises
    ------
    ValueError
        If the block does not hold whole replications of so many rows.
    """
    replication: NDArray[np.int64]
    if form == PARQUET:
        from pyarrow import parquet

        table = parquet.read_table(io.BytesIO(data), columns=["replication", "value"])
        replication = table.column("replication").to_numpy()
        value = table.column("value").to_numpy()
    else:
        import pandas

        frame = pandas.read_csv(
            io.BytesIO(gzip.decompress(data)),
            usecols=["replication", "value"],
            dtype={"value": str},
            keep_default_na=False,
        )
        replication = frame["replication"].to_numpy()
        # Python's float is exact to the last bit; not every version of pandas is by default.
        value = np.array([float(text or "nan") for text in frame["value"]])
    count, rest = divmod(len(value), rows)
    if rest or not count:
        raise ValueError(f"{len(value)} numbers are not whole replications of {rows} rows")
    first = int(replication[0])
    if int(replication[-1]) != first + count - 1:
        raise ValueError(f"{count} replications from {first} do not end at {replication[-1]}")
    return first, np.asarray(value, dtype=np.float64).reshape(count, rows)
