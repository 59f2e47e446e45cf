"""What a run shows when it is printed: how long people wait, how many are late, the caseloads."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from capsim.runs.run import AbstractRun

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


def heading(run: AbstractRun) -> str:
    """Name, length and seed of a run."""
    setting, provenance = run.setting, run.provenance
    name = provenance.get("scenario", "a scenario")
    parts = [f"Run of {name}: {setting.n_days} days from {setting.start}"]
    parts += [f"{key} {provenance[key]}" for key in ("seed", "replication") if key in provenance]
    measured = [f"measured from day {setting.warm_up_day}"] if setting.warm_up_day else []
    return ", ".join(parts + measured)


def tables(run: AbstractRun) -> list[list[list[str]]]:
    """The stage and the team table, each as rows of texts with a header."""
    from capsim.catalogue.labels import label, show

    frame = run.measures()
    frame = frame[(frame["inflow"] == "all") & (frame["office"] == "all")]
    found: dict[tuple[str, str, str], float] = {
        (str(row.kind), str(row.of), str(row.measure)): float(row.value)  # type: ignore[arg-type]
        for row in frame.itertuples()
    }

    def text(kind: str, of: str, measure: str) -> str:
        if (kind, of, measure) not in found:
            return "-"
        value = found[kind, of, measure]
        if measure == "wait_p90" and value != value and found[kind, of, "wait_mean"] >= 0:
            return "not reached"  # more than a tenth are still waiting
        if measure in ("arrivals", "caseload_peak") and value == value:
            return f"{value:,.0f}"
        unit = label(measure).unit
        return show(value, unit) + (" days" if unit == "days" and value == value else "")

    def table(kind: str, columns: dict[str, str], key: str, most: int) -> list[list[str]]:
        names = [of for k, of, measure in found if k == kind and measure == key]
        rows = [[kind, *columns.values()]]
        rows += [[of, *(text(kind, of, m) for m in columns)] for of in names[:most]]
        if len(names) > most:
            rows.append([f"and {len(names) - most} more", *[""] * len(columns)])
        return rows

    return [
        table("stage", _STAGE_COLUMNS, "arrivals", _MOST_STAGES),
        table("team", _TEAM_COLUMNS, "utilization", _MOST_TEAMS),
    ]


def text_summary(run: AbstractRun) -> str:
    """About ten lines for the terminal."""
    lines = [heading(run)]
    for rows in tables(run):
        if len(rows) > 1:
            widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
            lines += [
                "  ".join(
                    [row[0].ljust(widths[0])]
                    + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
                ).rstrip()
                for row in rows
            ]
    return "\n".join([*lines, *([run.verdict] if run.verdict else [])])


def html_summary(run: AbstractRun) -> str:
    """The same tables for a notebook."""
    parts: list[Any] = [f"<p>{html.escape(heading(run))}</p>"]
    for rows in tables(run):
        if len(rows) > 1:
            head = "".join(f"<th>{html.escape(cell)}</th>" for cell in rows[0])
            body = "".join(
                "<tr>"
                + f"<th>{html.escape(row[0])}</th>"
                + "".join(f"<td>{html.escape(cell)}</td>" for cell in row[1:])
                + "</tr>"
                for row in rows[1:]
            )
            parts.append(f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")
    if run.verdict:
        parts.append(f"<p>{html.escape(run.verdict)}</p>")
    return "\n".join(parts)
