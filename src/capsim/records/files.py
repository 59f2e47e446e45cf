"""Logs in files: CSV, parquet, Excel and XES, as frames with capsim's names."""

from __future__ import annotations

import codecs
import csv
import io
import re
import zlib
from collections.abc import Callable, Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from capsim.records.columns import named, paired
from capsim.records.times import Clock, rows_of
from capsim.records.xes import read_xes
from capsim.scenario import ScenarioError
from capsim.scenario.errors import Mistake
from capsim.scenario.tables.calendar import Calendar

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["cleaned", "read_file", "read_log", "stays_of"]

_ENDINGS = (
    ".csv",
    ".txt",
    ".tsv",
    ".csv.gz",
    ".parquet",
    ".xlsx",
    ".xls",
    ".ods",
    ".xes",
    ".xes.gz",
)
_TIMES = ("joined", "assigned", "started", "served", "ended", "time", "due")
_NUMBERS = ("hours", "nth", "visit", "visits_done")
_MOST_DAYS = 100_000
_ROWS_AT_ONCE = 200_000
_FIRST = ("case", "stage", "joined", "started", "ended")
_ZIP, _CALAMINE = b"PK\x03\x04", "read_log needs python-calamine: install capsim[excel]"


def read_log(
    path: str | PathLike[str],
    *,
    columns: Mapping[str, str] | None = None,
    zone: str | None = None,
) -> pd.DataFrame:
    """The stays in a file, with capsim's names and times, as `fit` takes them.

    Parameters
    ----------
    path : path
        CSV (comma, semicolon or tab; also .gz), parquet, Excel (.xlsx, the first sheet; needs
        capsim[excel]) or XES (also .gz).
    columns : mapping, optional
        From capsim's names to those of the file: ``{"case": "Dossier", "stage": "Step"}``. The
        names of pm4py, XES and bupaR are known.
    zone : str, optional
        Time zone of the service, default Europe/Brussels: times with an offset from UTC are brought
        to its clock.

    Returns
    -------
    DataFrame
        A row per stay, labelled by its line (or row of the sheet) in the file: case, stage, joined,
        started, ended and what else is there. Where only ends are known, `joined` is the end of the
        step before, and missing in the first step. ``attrs["remarks"]`` says how it was read.

    Raises
    ------
    ScenarioError
        If the file is not there or not readable, with every time that is none, by line.
    ImportError
        For Excel without python-calamine, for parquet without pyarrow.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> file = pathlib.Path(folder.name, "log.csv")
    >>> _ = file.write_text('''case:concept:name,concept:name,time:timestamp
    ... 1,intake,2025-03-28 09:00+01:00
    ... 1,check,2025-04-01 09:00+02:00
    ... ''')
    >>> log = read_log(file)
    >>> log[["stage", "joined", "ended"]]
           stage              joined               ended
    line
    2     intake                 NaT 2025-03-28 09:00:00
    3      check 2025-03-28 09:00:00 2025-04-01 09:00:00
    >>> folder.cleanup()
    """
    clock = Clock(zone or Calendar().local_zone, zone is not None)
    mistakes: list[Mistake] = []
    frame, said = stays_of(read_file(path), columns, clock, mistakes)
    if mistakes:
        raise ScenarioError(mistakes, "the log")
    frame.attrs["remarks"] = [*said, *clock.remarks()]
    return frame


def cleaned(
    frame: pd.DataFrame,
    columns: Mapping[str, str] | None,
    name: str,
    clock: Clock,
    mistakes: list[Mistake],
) -> pd.DataFrame:
    """The frame with capsim's names, nothing where a cell is blank, and its times read."""
    import pandas as pd

    table = named(frame, columns, name).copy()
    table.attrs = {}
    for column in table.columns:
        cells = table[column]
        if pd.api.types.is_string_dtype(cells) or pd.api.types.is_object_dtype(cells):
            # A cell of spaces is empty, whatever a spreadsheet thinks.
            empty = _blank(cells)
            cells = cells.mask(empty) if empty.any() else cells
            if column in _TIMES or column in _NUMBERS:
                cells = _numbers(cells, column)
        if column in _TIMES and not pd.api.types.is_numeric_dtype(cells):
            cells = clock.read(cells, f"{name}.{column}", mistakes)
        table[column] = cells
    return table


def _blank(cells: pd.Series[Any]) -> Any:
    """Where a text without a sign stands."""
    import pandas as pd

    if isinstance(cells.dtype, pd.StringDtype):
        return cells.str.strip().eq("").fillna(False).to_numpy(dtype=bool)
    return cells.map(lambda cell: isinstance(cell, str) and not cell.strip()).to_numpy(dtype=bool)


def _numbers(cells: pd.Series[Any], column: str) -> pd.Series[Any]:
    """Numbers where nothing but numbers stand; 20260131 is no number of days."""
    import pandas as pd

    if cells.isna().all():
        return pd.Series(float("nan"), index=cells.index)
    first = str(cells[cells.notna()].iloc[0]).replace(",", ".")
    if pd.isna(pd.to_numeric(first, errors="coerce")):
        return cells
    text = cells.astype("string").str.strip().str.replace(",", ".", regex=False)
    number = pd.to_numeric(text, errors="coerce").astype("float64")
    if (number.isna() & text.notna()).any() or (column in _TIMES and number.max() > _MOST_DAYS):
        return cells
    return number


def stays_of(
    frame: pd.DataFrame,
    columns: Mapping[str, str] | None,
    clock: Clock,
    mistakes: list[Mistake],
) -> tuple[pd.DataFrame, list[str]]:
    """A row per stay with times of the wall clock or numbers of days, and what to say of it."""
    said = list(frame.attrs.get("remarks", ()))
    log = cleaned(frame, columns, "log", clock, mistakes)
    missing = {"case", "stage"} - set(log.columns)
    if "lifecycle" in log and "time" in log and "started" not in log and not missing:
        log, more = paired(log)
        said += more
    if "joined" not in log and "ended" in log and not missing:
        log, more = _joined(log)
        said += more
    for name in ("started", "ended"):
        if name not in log and "joined" in log and {"started", "ended"} & set(log.columns):
            log[name] = float("nan")
    first = [name for name in _FIRST if name in log]
    return log[[*first, *(name for name in log.columns if name not in first)]], said


def _joined(log: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """The log with `joined`: the end of the step before, at the latest the start of the step."""
    import pandas as pd

    numeric = pd.api.types.is_numeric_dtype(log["ended"])
    nothing: Any = float("nan") if numeric else pd.NaT
    started = log["started"] if "started" in log else pd.Series(nothing, index=log.index)
    if started.isna().all():
        started = pd.Series(nothing, index=log.index, dtype=log["ended"].dtype)
    timeless = (log["ended"].isna() & started.isna()).to_numpy()
    said = ["log: there is no column joined; a case joined a step when the step before ended"]
    if timeless.any() and not timeless.all():
        said.append(f"log: {rows_of(log, timeless)} without any time left out")
        log, started = log[~timeless], started[~timeless]
    at = log["ended"].fillna(started)
    # At one instant an end comes before the start that follows it.
    keys = pd.DataFrame({"at": at, "going": log["ended"].isna(), "started": started})
    keys = keys.set_axis(range(len(keys))).sort_values(["at", "going", "started"], kind="stable")
    order = keys.index
    ranked = log.iloc[order]
    before = ranked.groupby("case", sort=False)["ended"].shift()
    before = before.groupby(ranked["case"].to_numpy(), sort=False).ffill()
    first = started.iloc[order]
    joined = before.where(~(before > first), first).fillna(first)
    log = log.iloc[order].assign(joined=joined.to_numpy())
    nowhere = int(log["joined"].isna().sum())
    if nowhere:
        said.append(
            f"log: {nowhere:,} first steps have no beginning, so no length; they are not fitted"
        )
    if not first.isna().all():
        said.append(
            "log: a first step joins at its start; its wait is not known and counts as none"
        )
    return log, said


# -- formats --------------------------------------------------------------


def read_file(
    path: str | PathLike[str],
    kept: Callable[[pd.DataFrame], pd.DataFrame] = lambda table: table,
) -> pd.DataFrame:
    """The table in a file, as it stands there, labelled by line.

    Parameters
    ----------
    path : path
    kept : function
        From a table to what is kept of it; CSV is read piece by piece.
    """
    file = Path(path)
    kind = "".join(file.suffixes[-2:]).lower() if file.suffix == ".gz" else file.suffix.lower()
    if kind not in _ENDINGS:
        if file.is_dir():
            _refuse(file, "is a folder", "give the path of a log in it")
        known = f"give one of {', '.join(_ENDINGS)}"
        _refuse(file, f"has the ending {kind!r}" if kind else "has no ending", known)
    try:
        if kind.startswith(".xes"):
            return kept(read_xes(file))
        if kind == ".parquet":
            return kept(_parquet(file))
        if kind in (".xlsx", ".xls", ".ods"):
            return kept(_sheet(file))
        return _csv(file, kept)
    except OSError as error:
        _refuse(file, f"cannot be read ({error.strerror or error})", "give the path of a log")
    except (ValueError, EOFError, zlib.error, csv.Error) as error:
        if isinstance(error, ScenarioError):
            raise
        _refuse(file, str(error).splitlines()[0], "export it again")
    raise AssertionError


def _refuse(file: Path, rule: str, remedy: str) -> None:
    raise ScenarioError([Mistake.absent(file.name, rule, remedy)], "the log") from None


def _parquet(file: Path) -> pd.DataFrame:
    import pandas as pd

    try:
        return pd.read_parquet(file)
    except ImportError as error:
        raise ImportError("read_log needs pyarrow for parquet: install capsim[parquet]") from error


def _sheet(file: Path) -> pd.DataFrame:
    """First sheet of a workbook; its header is the first row in which something stands."""
    import pandas as pd

    try:
        import python_calamine
    except ImportError as error:
        raise ImportError(_CALAMINE) from error
    try:
        book = python_calamine.CalamineWorkbook.from_path(str(file))
        rows = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except python_calamine.CalamineError as error:
        raise ValueError(f"is no workbook: {error}") from None
    filled = [any(cell != "" for cell in row) for row in rows]
    if not any(filled):
        raise ValueError("holds nothing on its first sheet")
    head = filled.index(True)
    names = [str(cell).strip() for cell in rows[head]]
    kept = [place for place, name in enumerate(names) if name]
    body = [number for number in range(head + 1, len(rows)) if filled[number]]
    table: dict[str, Any] = {}
    for place in kept:
        if names[place] in table:
            raise ValueError(f"has the column {names[place]!r} twice")
        cells = [rows[number][place] for number in body]
        table[names[place]] = [None if cell == "" else _whole(cell) for cell in cells]
    return pd.DataFrame(table, index=pd.Index([number + 1 for number in body], name="line"))


def _whole(cell: Any) -> Any:
    """Numbers of cases are no decimal numbers, though a sheet keeps all numbers so."""
    return int(cell) if isinstance(cell, float) and cell.is_integer() else cell


def _told(said: str) -> str:
    """What the parser of pandas says, with the line first."""
    uneven = re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", said)
    if uneven:
        header, line, cells = uneven.groups()
        return f"line {line} has {cells} cells, and those before have {header}"
    return said.removeprefix("Error tokenizing data. C error: ")


def _csv(file: Path, kept: Callable[[pd.DataFrame], pd.DataFrame]) -> pd.DataFrame:
    import gzip

    import pandas as pd

    raw = file.read_bytes()
    if file.suffix.lower() == ".gz":
        raw = gzip.decompress(raw)
    if raw.startswith(_ZIP):
        raise ValueError("is a workbook, not CSV; give it the ending .xlsx")
    encoding = "utf-8-sig" if _is_utf8(raw) else "cp1252"

    def text() -> io.TextIOWrapper:
        return io.TextIOWrapper(io.BytesIO(raw), encoding, errors="replace", newline="")

    header = text().readline()
    if not header.strip():
        raise ValueError("has no header in its first line")
    separator = max(",;\t", key=header.count)
    try:
        pieces = pd.read_csv(
            io.BytesIO(raw),
            sep=separator,
            dtype="str",
            keep_default_na=False,
            na_values=[""],
            encoding=encoding,
            encoding_errors="replace",
            chunksize=_ROWS_AT_ONCE,
        )
        read = [kept(piece) for piece in pieces]
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise ValueError(_told(str(error).strip())) from None
    if not all(isinstance(piece.index, pd.RangeIndex) for piece in read):
        raise ValueError("has rows with more cells than the header")
    frame = pd.concat(read)
    if raw.count(b"\n") + (not raw.endswith(b"\n")) == len(frame) + 1:
        lines = list(range(2, len(frame) + 2))
    else:
        # Empty lines, or cells with a break in them: count as the parser does.
        reader = csv.reader(text(), delimiter=separator)
        ends = [(reader.line_num, row) for row in reader]
        lines = [line for line, row in ends[1:] if row]
    frame.index = pd.Index(lines, name="line")
    frame.columns = frame.columns.str.strip()
    return frame


def _is_utf8(raw: bytes) -> bool:
    """Whether bytes are text in UTF-8; piece by piece, since a log may be large."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    piece = 1 << 20
    try:
        for place in range(0, len(raw), piece):
            decoder.decode(raw[place : place + piece])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
