"""`make bench`: speed and memory of capsim, with the table of docs/performance.md.

    python -m benchmarks                   everything, about a quarter of an hour
    python -m benchmarks country mm3       some of it
    python -m benchmarks --size 0.1        less of everything, for a quick look
    python -m benchmarks --docs            also rewrites docs/performance.md and its figures, or
                                           the rows that were measured

Ratios are taken within one run and mean something on a busy machine; seconds do not.
"""

from __future__ import annotations

import argparse
import platform
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version

from benchmarks import growth
from benchmarks.rows import MEASUREMENTS, Row
from benchmarks.timing import TESTS

PAGE = TESTS.parent / "docs" / "performance.md"
HEAD = "| | measured | floor | aim | reached | |\n|---|--:|--:|--:|---|---|"


def number(value: float, unit: str) -> str:
    """A number with its unit, three digits.

    Examples
    --------
    >>> number(0.4123, "ms"), number(12345.6, "x"), number(1.5, "times")
    ('0.412 ms', '12,346x', '1.5 times')
    """
    text = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return text + unit if unit == "x" else f"{text} {unit}"


def line(row: Row) -> str:
    """A row of the table in Markdown."""
    value = "-" if row.value is None else number(row.value, row.unit)
    floor, aim = number(row.floor, row.unit), number(row.aim, row.unit)
    return f"| {row.what} | {value} | {floor} | {aim} | {row.verdict} | {row.note} |"


def machine() -> str:
    """What it was measured on, without the names of hosts."""
    versions = []
    for package in ("numpy", "numba", "simpy", "ciw", "cimba"):
        try:
            versions.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            versions.append(f"{package} not installed")
    return f"Python {platform.python_version()} on {platform.machine()}; {', '.join(versions)}"


def curve_lines(curves: Iterable[growth.Growth]) -> list[str]:
    """Each curve in a line."""
    return [
        f"* {curve.what}: "
        + ", ".join(f"{x:,.0f}: {number(y, curve.cost)}" for x, y in curve.points)
        for curve in curves
    ]


def replaced(page: str, mark: str, text: str) -> str:
    """The page with what stands between the marks of a name replaced.

    Raises
    ------
    LookupError
        If the marks are missing.
    """
    begin, end = f"<!-- {mark} -->\n", f"<!-- end of {mark} -->"
    before, found, rest = page.partition(begin)
    _, found_end, after = rest.partition(end)
    if not found or not found_end:
        raise LookupError(f"docs/performance.md has no part between {begin.strip()} and {end}")
    return before + begin + text.rstrip() + "\n" + end + after


def merged(page: str, lines: list[str]) -> list[str]:
    """The rows of the table on the page, those that were measured again replaced or added."""
    table = page.partition("<!-- table -->")[2].partition("<!-- end of table -->")[0]
    rows = {row.split("|")[1]: row for row in table.strip().splitlines()[2:]}
    rows.update({row.split("|")[1]: row for row in lines})
    return list(rows.values())


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__.partition("\n")[0])
    parser.add_argument("what", nargs="*", help=f"of: {', '.join(MEASUREMENTS)}, growth")
    parser.add_argument("--size", type=float, default=1.0, help="from 0 to 1: how much work")
    parser.add_argument("--docs", action="store_true", help="rewrite docs/performance.md")
    options = parser.parse_args(arguments)
    wanted = options.what or [*MEASUREMENTS, "growth"]
    unknown = sorted(set(wanted) - {*MEASUREMENTS, "growth"})
    if unknown:
        parser.error(f"{unknown[0]}: choose from {', '.join(MEASUREMENTS)}, growth")

    print(machine(), HEAD, sep="\n\n", flush=True)
    lines = []
    for name in MEASUREMENTS:
        if name in wanted:
            for row in MEASUREMENTS[name](options.size):
                lines.append(line(row))
                print(lines[-1], flush=True)
    curves = growth.measured(options.size) if "growth" in wanted else []
    print("", *curve_lines(curves), sep="\n")
    if options.docs:
        page = PAGE.read_text(encoding="utf-8")
        if lines:
            page = replaced(page, "table", "\n".join([HEAD, *merged(page, lines)]))
            page = replaced(page, "versions", machine())
        if curves:
            page = replaced(page, "growth", "\n".join(curve_lines(curves)))
            growth.draw(curves, PAGE.parent / "performance")
        PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
