"""Labelled arrays of the values of samples, for xarray."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from capsim.experiments.results.sample import Sample

__all__ = ["cube", "xarray_here"]


def xarray_here() -> Any:
    """The package xarray.

    Raises
    ------
    ImportError
        If it is not installed, with what to install.
    """
    try:
        import xarray
    except ImportError as error:
        raise ImportError("to_xarray needs xarray: install capsim[xarray]") from error
    return xarray


def cube(
    samples: Mapping[Any, Sample], dimension: str, labels: list[Any], attributes: dict[str, Any]
) -> Any:
    """A labelled array (scenario or point, replication, row) of all samples."""
    import pandas as pd

    xarray = xarray_here()
    frames = [sample.keys() for sample in samples.values()]
    rows = pd.concat(frames, ignore_index=True).drop_duplicates(ignore_index=True)
    places = {tuple(row): place for place, row in enumerate(rows.itertuples(index=False))}
    n = max(len(sample.matrix) for sample in samples.values())
    values = np.full((len(samples), n, len(rows)), np.nan)
    for number, (sample, keys) in enumerate(zip(samples.values(), frames, strict=True)):
        columns = [places[tuple(row)] for row in keys.itertuples(index=False)]
        values[number][: len(sample.matrix), columns] = sample.matrix
    coordinates = {
        dimension: labels,
        "replication": np.arange(n),
        **{name: ("row", rows[name].to_numpy(dtype=object)) for name in rows.columns},
    }
    return xarray.DataArray(
        values,
        dims=(dimension, "replication", "row"),
        coords=coordinates,
        name="value",
        attrs=attributes,
    )
