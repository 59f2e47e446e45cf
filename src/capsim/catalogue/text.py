"""Tables as text and as HTML."""

from __future__ import annotations

import html
from collections.abc import Sequence

__all__ = ["html_table", "text_table"]


def text_table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of a table whose first column is left and whose others are right.

    Examples
    --------
    >>> text_table([["stage", "wait"], ["intake", "1.5"]])
    ['stage   wait', 'intake   1.5']
    """
    if not rows:
        return []
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    return [
        "  ".join(
            [row[0].ljust(widths[0])]
            + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        ).rstrip()
        for row in rows
    ]


def html_table(rows: Sequence[Sequence[str]]) -> str:
    """A table as HTML, its first column as headings.

    Examples
    --------
    >>> html_table([["a"], ["b & c"]])
    '<table><thead><tr><th>a</th></tr></thead><tbody><tr><th>b &amp; c</th></tr></tbody></table>'
    """
    if not rows:
        return ""
    head = "".join(f"<th>{html.escape(cell)}</th>" for cell in rows[0])
    body = "".join(
        f"<tr><th>{html.escape(row[0])}</th>"
        + "".join(f"<td>{html.escape(cell)}</td>" for cell in row[1:])
        + "</tr>"
        for row in rows[1:]
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
