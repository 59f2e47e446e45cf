"""Tables as text and as HTML."""

from __future__ import annotations

import html
from collections.abc import Sequence

__all__ = ["PAGE", "html_table", "text_table"]

PAGE = 80
"""Columns of a page, where nobody says how wide it is."""


def text_table(rows: Sequence[Sequence[str]]) -> list[str]:
    r"""Lines of a table whose first column is left and whose others are right.

    A cell may have several lines, so that a long heading stays narrow. A row with nothing but its
    first cell is a heading, and makes no column wider.

    Examples
    --------
    >>> text_table([["stage", "wait"], ["intake", "1.5"]])
    ['stage   wait', 'intake   1.5']
    >>> text_table([["", "mean\nwait"], ["of everybody", ""], ["a", "1.5"]])
    ['   mean', '   wait', 'of everybody', 'a   1.5']
    """
    if not rows:
        return []
    lines = [line for row in rows for line in _lines(row)]
    ruling = [line for line in lines if any(line[1:])] or lines
    widths = [max(len(line[k]) for line in ruling) for k in range(len(lines[0]))]
    return [
        "  ".join(
            [line[0].ljust(widths[0])]
            + [cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)]
        ).rstrip()
        for line in lines
    ]


def _lines(row: Sequence[str]) -> list[list[str]]:
    """The lines of a row, its cells standing on its last one."""
    cells = [cell.split("\n") for cell in row]
    height = max(map(len, cells))
    filled = [[""] * (height - len(cell)) + cell for cell in cells]
    return [list(line) for line in zip(*filled, strict=True)]


def html_table(rows: Sequence[Sequence[str]]) -> str:
    """A table as HTML, its first column as headings.

    Examples
    --------
    >>> html_table([["a"], ["b & c"]])
    '<table><thead><tr><th>a</th></tr></thead><tbody><tr><th>b &amp; c</th></tr></tbody></table>'
    """
    if not rows:
        return ""
    head = "".join(f"<th>{html.escape(cell).replace(chr(10), '<br>')}</th>" for cell in rows[0])
    body = "".join(
        f"<tr><th>{html.escape(row[0])}</th>"
        + "".join(f"<td>{html.escape(cell)}</td>" for cell in row[1:])
        + "</tr>"
        for row in rows[1:]
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
