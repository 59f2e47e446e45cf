"""Runs on disk: a directory of tables with a JSON manifest. Nothing is pickled.

manifest.json                   provenance, names and calendar, and what each table holds
measures.csv                    or .parquet
cases, stays, visits, workers   the frames of `Run`
facts/                          integer tables from which the time series are computed
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from capsim.log.facts import Facts
from capsim.runs import manifests
from capsim.runs.folders import written_whole
from capsim.runs.frames import TEXT
from capsim.runs.manifests import Manifest
from capsim.runs.texts import as_text

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["fact_frames", "read_facts", "read_manifest", "read_table", "save_run"]

KIND = "capsim run"
VERSION = 2
FORMATS = ("parquet", "csv")
_BOOLEAN = frozenset({"late"})
_WHOLE = frozenset({"nth", "visits_done", "visits_lapsed", "visit", "seat", "visits"}) | {
    "caseload_max"
}


def save_run(
    path: Path,
    tables: Mapping[str, pd.DataFrame],
    manifest: Mapping[str, Any],
    format: str | None,
) -> Path:
    """Directory to which the tables of a run and its manifest were written; see `Run.save`."""
    chosen = _format(format)
    _refuse_foreign(path)
    with written_whole(path) as part:
        for name, frame in tables.items():
            _write(frame, part / f"{name}.{chosen}", chosen)
        content = {
            "kind": KIND,
            "version": VERSION,
            "format": chosen,
            **manifest,
            "rows": {name: len(frame) for name, frame in tables.items()},
        }
        manifests.write_manifest(part, content)
    return path


def read_manifest(path: Path) -> Manifest:
    """Manifest of a stored run."""
    return manifests.read_manifest(
        path,
        KIND,
        VERSION,
        what="run",
        method="run.save",
        keys=("format", "detail", "provenance", "verdict", "setting", "rows"),
    )


def read_table(path: Path, manifest: Manifest, name: str) -> pd.DataFrame:
    """One stored table with the types that it had."""
    import pandas as pd

    file = io.BytesIO(manifest.file(f"{name}.{manifest['format']}"))
    if manifest["format"] == "parquet":
        _need_pyarrow(f"{path} was stored as parquet")
        frame = pd.read_parquet(file)
    else:
        types = {**dict.fromkeys(TEXT, "str"), **dict.fromkeys(_BOOLEAN, "boolean")}
        # From version 3 on pandas always reads floats exactly, and the option is deprecated.
        exact: dict[str, Any] = {}
        if int(pd.__version__.split(".")[0]) < 3:
            exact["float_precision"] = "round_trip"
        # Names such as "NA" or "null" are names: only an empty cell is missing.
        frame = pd.read_csv(
            file,
            dtype=np.int64 if name.startswith("facts/") else types,
            keep_default_na=False,
            na_values=[""],
            **exact,
        )
    if name.startswith("facts/"):
        return frame.astype(np.int64)
    return frame.assign(**{column: _typed(frame[column]) for column in frame.columns})


def read_facts(path: Path, manifest: Manifest) -> Facts:
    """Integer tables of a stored run."""
    columns: dict[str, Any] = {}
    for name in manifest["rows"]:
        if name.startswith("facts/"):
            frame = read_table(path, manifest, name)
            table = name.removeprefix("facts/")
            columns |= {f"{table}_{c}": np.array(frame[c], dtype=np.int64) for c in frame}
    return Facts(**columns)


def _typed(column: pd.Series) -> pd.Series:
    if column.name in TEXT:
        return as_text(column)
    if column.name in _BOOLEAN:
        return column.astype("boolean")
    return column.astype("int64" if column.name in _WHOLE else "float64")


def fact_frames(facts: Facts) -> dict[str, pd.DataFrame]:
    """Frames of the integer tables, by the names of their files."""
    import pandas as pd

    return {f"facts/{table}": pd.DataFrame(columns) for table, columns in facts.tables.items()}


def _format(format: str | None) -> str:
    if format is None:
        if find_spec("pyarrow") is not None:
            return "parquet"
        warnings.warn(
            "pyarrow is not installed, so the run is saved as CSV; for parquet install "
            "'capsim[parquet]', to silence this write format='csv'",
            stacklevel=4,
        )
        return "csv"
    if format not in FORMATS:
        raise ValueError(f"format: {format!r} is unknown; write 'parquet' or 'csv'")
    if format == "parquet":
        _need_pyarrow("format='parquet'")
    return format


def _need_pyarrow(what: str) -> None:
    if find_spec("pyarrow") is None:
        raise ImportError(
            f"{what}: needs pyarrow, which is not installed; install 'capsim[parquet]' or save "
            "with format='csv'"
        )


def _write(frame: pd.DataFrame, file: Path, format: str) -> None:
    file.parent.mkdir(exist_ok=True)
    if format == "parquet":
        frame.to_parquet(file, index=False)
    else:
        frame.to_csv(file, index=False, lineterminator="\n")


def _refuse_foreign(path: Path) -> None:
    """Refuse to replace anything but a stored run, or a file that was put beside its tables."""
    manifests.refuse_foreign(path, KIND, "run")
