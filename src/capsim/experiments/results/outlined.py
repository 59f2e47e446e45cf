"""What a reader is told of means that outlines control."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from capsim.catalogue.meant import of_the_whole_service

if TYPE_CHECKING:
    from capsim.experiments.results.reacting import Key
    from capsim.experiments.results.sample import Sample

__all__ = ["control_lines", "outlined"]


def outlined(samples: Iterable[Sample]) -> dict[str, Any]:
    """How many outlines each sample has, for the provenance; nothing without any."""
    counts = [len(sample.outlines) for sample in samples if sample.outlines is not None]
    return {"outlines": max(counts)} if counts else {}


def control_lines(samples: Iterable[Sample], keys: Collection[Key]) -> list[str]:
    """A line about the outlines behind the means of a table; none without.

    Parameters
    ----------
    samples : iterable of Sample
        Of one study.
    keys : collection of (kind, of, measure)
        What the table shows.
    """
    explained: list[float] = []
    many = n = 0
    for sample in samples:
        if sample.outlines is None:
            continue
        n, many = len(sample.matrix), len(sample.outlines)
        frame = of_the_whole_service(sample.keys())
        there = zip(frame["kind"], frame["of"], frame["measure"], strict=True)
        shown = [row for row, key in zip(frame.index, there, strict=True) if key in keys]
        columns = np.array(sorted(shown), dtype=np.int64)
        means = sample.means(sample.keys(), columns, 0.95, True)
        explained += means["explained"].dropna().tolist()
    if not explained:
        return []
    low, high = (f"{100 * share:.0f}" for share in (min(explained), max(explained)))
    share = f"{low} %" if low == high else f"{low} to {high} %"
    return [
        f"Means allow for how lucky these {n} runs were, told by {many:,} outlines: quick "
        f"calculations on the same applicants and rosters, which explain {share} of the variance."
    ]
