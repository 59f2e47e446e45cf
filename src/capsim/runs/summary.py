"""What a run shows when it is printed: how long people wait, how many are late, the caseloads."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from capsim.log.facts import Setting

if TYPE_CHECKING:
    import pandas as pd

_MOST_STAGES, _MOST_TEAMS = 5, 3
_STAGE_COLUMNS = {
    "arrivals": "joined",
    "wait_mean": "mean wait",
    "wait_p90": "9 in 10 within",
    "censored_share": "still waiting",
    "dropout_share": "gave up",
    "late_share": "late",
}
_TEAM_COLUMNS = {
    "caseload_per_worker": "cases per worker",
    "caseload_peak": "highest",
    "utilization": "hours used",
}
_COUNTS = frozenset({"arrivals", "caseload_peak"})


def heading(setting: Setting, provenance: Mapping[str, Any]) -> str:
    """Name, length and seed of a run."""
    name = provenance.get("scenario", "a scenario")
    parts = [f"Run of {name}: {setting.n_days} days from {setting.start}"]
    parts += [f"{key} {provenance[key]}" for key in ("seed", "replication") if key in provenance]
    measured = [f"measured from day {setting.warm_up_day}"] if setting.warm_up_day else []
    if setting.window != "all":
        measured = [f"window {setting.window!r}"]
    return ", ".join(parts + measured)


def tables(measures: pd.DataFrame) -> list[list[list[str]]]:
    """The stage and the team table, each as rows of texts with a header; what is empty left out."""
    from capsim.catalogue.meant import of_the_whole_service
    from capsim.catalogue.shown import MISSING, shown
    from capsim.estimates.table import with_infinities

    whole = of_the_whole_service(measures)
    keys = whole[["kind", "of", "measure"]]
    values = with_infinities(keys, whole[["value"]].to_numpy(dtype=float).T)[0].tolist()
    found = dict(zip(keys.itertuples(index=False, name=None), values, strict=True))

    def text(kind: str, of: str, measure: str) -> str:
        value = found.get((kind, of, measure))
        if value is None:
            return MISSING
        return f"{value:,.0f}" if measure in _COUNTS else shown(measure, value)

    def table(kind: str, columns: dict[str, str], key: str, most: int) -> list[list[str]]:
        names = [of for k, of, measure in found if k == kind and measure == key]
        rows = [[kind, *columns.values()]]
        rows += [[of, *(text(kind, of, m) for m in columns)] for of in names[:most]]
        if len(names) > most:
            rows.append([f"and {len(names) - most} more", *[""] * len(columns)])
        return rows

    both = [
        table("stage", _STAGE_COLUMNS, "arrivals", _MOST_STAGES),
        table("team", _TEAM_COLUMNS, "utilization", _MOST_TEAMS),
    ]
    return [rows for rows in both if len(rows) > 1]


def text_summary(title: str, measures: pd.DataFrame, verdict: str) -> str:
    """About ten lines for the terminal."""
    from capsim.catalogue.text import text_table

    lines = [line for rows in tables(measures) for line in text_table(rows)]
    return "\n".join([title, *lines, *([verdict] if verdict else [])])


def html_summary(title: str, measures: pd.DataFrame, verdict: str) -> str:
    """The tables of a run and its verdict for a notebook."""
    from capsim.catalogue.text import html_table

    parts = [f"<p>{html.escape(title)}</p>", *map(html_table, tables(measures))]
    return "\n".join([*parts, *([f"<p>{html.escape(verdict)}</p>"] if verdict else [])])
