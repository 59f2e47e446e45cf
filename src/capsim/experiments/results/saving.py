"""Results on disk: a directory of tidy tables with a JSON manifest. Nothing is pickled.

manifest.json            what was asked for, the scenarios in full, provenance, checksums
values-000.parquet ...   or .csv.gz: the values of each scenario or point, one row per replication
                         and measure
outlines-000.parquet ... the outlines of each, where means are controlled
money-000.parquet ...    the money of each, by item and period, where anything has a price
series-000.parquet ...   time series that were collected, of replications
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from capsim.execution.store.blockfile import (
    CSV,
    PARQUET,
    Rows,
    decode,
    decode_rows,
    encode,
    format_here,
    types_of,
)
from capsim.experiments.results.sample import Sample
from capsim.plan.windows import Ask
from capsim.runs.folders import written_whole
from capsim.runs.manifests import Manifest, read_manifest, refuse_foreign, write_manifest
from capsim.scenario import Scenario

__all__ = ["Content", "read", "save"]

KIND = "capsim result"
VERSION = 1
KEYS = ("result", "format", "arguments", "provenance", "samples", "series")

Matrix = tuple[Rows, np.ndarray]


@dataclass(frozen=True)
class Content:
    """What a result is made of.

    Attributes
    ----------
    result : str
        Which kind: "replications", "comparison" or "sweep".
    arguments : mapping
        All that is no table, as JSON.
    provenance : mapping
    samples : sequence of Sample
    series : mapping of str to (Rows, matrix)
        Time series by the length of their intervals.
    """

    result: str
    arguments: Mapping[str, Any]
    provenance: Mapping[str, Any]
    samples: Sequence[Sample]
    series: Mapping[str, Matrix] = field(default_factory=dict)


def save(path: str | os.PathLike[str], content: Content) -> Path:
    """Directory to which a result was written."""
    if not isinstance(path, str | os.PathLike):
        raise ValueError(f'path = {path!r}: is no path; name a directory, such as "results/first"')
    target = Path(path)
    refuse_foreign(target, KIND, "result")
    form = format_here()
    with written_whole(target) as folder:

        def table(name: str, rows: Rows, matrix: np.ndarray) -> dict[str, Any]:
            if len(rows):
                (folder / f"{name}.{form}").write_bytes(encode(rows, 0, matrix, form))
            return {
                "file": f"{name}.{form}",
                "rows": len(rows),
                "replications": len(matrix),
                "columns": types_of(rows),
            }

        samples = [
            {
                "label": sample.label,
                "scenario": sample.scenario.to_document(),
                "hash": sample.scenario.hash,
                "ask": asdict(sample.ask),
                "values": table(f"values-{number:03d}", sample.rows, sample.matrix),
                "money": None
                if sample.money is None
                else table(f"money-{number:03d}", *sample.money),
                **(
                    {}
                    if sample.outlines is None
                    else {"outlines": table(f"outlines-{number:03d}", sample.rows, sample.outlines)}
                ),
            }
            for number, sample in enumerate(content.samples)
        ]
        series = {
            every: table(f"series-{number:03d}", rows, matrix)
            for number, (every, (rows, matrix)) in enumerate(content.series.items())
        }
        write_manifest(
            folder,
            {
                "kind": KIND,
                "version": VERSION,
                "result": content.result,
                "format": form,
                "arguments": content.arguments,
                "provenance": content.provenance,
                "samples": samples,
                "series": series,
            },
        )
    return target


def read(path: str | os.PathLike[str]) -> Content:
    """What was saved in a directory.

    Raises
    ------
    FileNotFoundError
        If no result is there.
    ValueError
        If it was written by a later version, is damaged or was changed.
    ImportError
        If it was saved as parquet, and pyarrow is not installed.
    """
    if not isinstance(path, str | os.PathLike):
        raise ValueError(f'path = {path!r}: is no path; name a directory, such as "results/first"')
    manifest = read_manifest(
        Path(path), KIND, VERSION, what="result", method="result.save", keys=KEYS
    )
    form = manifest["format"]
    if form not in (PARQUET, CSV):
        raise manifest.damaged(f"format {form!r} is unknown")
    if form == PARQUET and format_here() != PARQUET:
        raise ImportError(
            f"{manifest.path} was saved as parquet and needs pyarrow: install capsim[parquet]"
        )
    try:
        samples = [_sample(manifest, noted) for noted in manifest["samples"]]
        series = {every: _table(manifest, noted) for every, noted in manifest["series"].items()}
    except (KeyError, TypeError, AttributeError) as error:
        raise manifest.damaged(f"its manifest cannot be understood ({error})") from error
    return Content(
        manifest["result"], manifest["arguments"], manifest["provenance"], samples, series
    )


def _sample(manifest: Manifest, noted: Mapping[str, Any]) -> Sample:
    scenario = Scenario.from_document(noted["scenario"])
    if scenario.hash != noted["hash"]:
        raise ValueError(
            f"{manifest.path}: scenario {noted['label']!r} means something else in this version "
            "of capsim; run the study again"
        )
    ask = Ask(**noted.get("ask", {}))
    values = _table(manifest, noted["values"])
    money = noted.get("money")
    told = None if money is None else _table(manifest, money)
    outlines = _table(manifest, noted["outlines"])[1] if "outlines" in noted else None
    return Sample(noted["label"], scenario, *values, ask=ask, money=told, outlines=outlines)


def _table(manifest: Manifest, noted: Mapping[str, Any]) -> Matrix:
    rows, form = noted["rows"], manifest["format"]
    if not rows:
        return Rows({name: [] for name in noted["columns"]}), np.empty((noted["replications"], 0))
    data = manifest.file(noted["file"])
    keys = decode_rows(data, form, noted["columns"], rows)
    return keys, decode(data, form, rows)[1]
