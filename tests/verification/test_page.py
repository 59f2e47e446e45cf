"""docs/verification.md shows every case with its exact value, and nothing that fails."""

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest

from verification.case import Finding
from verification.catalogue import NOT_STATED, all_cases
from verification.drawing import Line, drawing
from verification.page import PLOTS, PageError, number, slug, table, write

DOCS = Path(__file__).parents[2] / "docs"


def rows():
    """Figures of the page: (case, figure) to (exact, verdict)."""
    found, name = {}, ""
    for line in (DOCS / "verification.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 8 and cells[0] not in ("case", "---"):
            name = cells[0] or name
            found[name, cells[1]] = cells[2], cells[7]
    return found


def test_the_page_is_that_of_the_cases():
    """Every figure of every case stands on the page, with its exact value, and agrees."""
    shown = rows()
    expected = {
        (case.name, quantity.name): number(quantity.exact)
        for case in all_cases()
        for quantity in case.quantities
    }
    assert {key: exact for key, (exact, _) in shown.items()} == expected
    assert {verdict for _, verdict in shown.values()} == {"agrees"}


def test_the_page_lists_what_it_leaves_out_and_every_wrong_model():
    """Reasons for what no scenario states; and no wrong model that nobody noticed."""
    text = (DOCS / "verification.md").read_text(encoding="utf-8")
    assert all(f"*{what}*" in text for what in NOT_STATED)
    for case in all_cases():
        for name in case.wrong:
            (line,) = re.findall(
                rf"^\| {re.escape(case.name)} \| {re.escape(name)} \| (\d+) of \d+ \|$", text, re.M
            )
            assert int(line) > 0


def test_every_drawing_is_there():
    """One SVG to a case over time, each named on the page, and none besides."""
    text = (DOCS / "verification.md").read_text(encoding="utf-8")
    expected = {f"{slug(case.name)}.svg" for case in all_cases() if case.curves}
    there = {path.name for path in (DOCS / PLOTS).glob("*.svg")}
    assert there == expected
    assert all(f"({PLOTS}/{name})" in text for name in expected)
    for path in (DOCS / PLOTS).glob("*.svg"):
        ElementTree.parse(path)
        assert path.stat().st_size < 30_000


def test_a_part_of_the_tests_is_no_page(tmp_path):
    """A page with holes is not written."""
    with pytest.raises(PageError, match="not run"):
        write(tmp_path, {"verification": []}, {}, [])
    assert not list(tmp_path.iterdir())


def test_a_figure_that_fails_is_called_so():
    """The verdict follows the problem."""
    fine = Finding("case", "figure", 1.0, 1.01, 0.9, 1.1, 0.5, 0.2, 100, "")
    assert fine.verdict == "agrees"
    failing = Finding("case", "figure", 1.0, 2.0, 1.9, 2.1, 9.0, 0.2, 100, "mean 2 is off")
    assert failing.verdict == "fails"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (1.5249864, "1.525"),
        (24825.4976, "24825"),
        (1.3e-6, "1.3e-06"),
        (250000.4, "250000"),
    ],
)
def test_numbers_have_five_digits(value, text):
    """Five significant digits, and no exponent where it hides the size."""
    assert number(value) == text


def test_tables_align_numbers_to_the_right():
    """The first columns are words."""
    assert table(["a", "b"], [["x", "1"]]) == ["| a | b |", "| --- | ---: |", "| x | 1 |", ""]


def test_a_drawing_is_the_same_every_time():
    """No dates, no random names; exact lines and simulated points of the given numbers."""
    times = np.arange(5.0)
    line = Line("queue", times, times**2, times**2 + 0.5, np.full(5, 0.1))
    text = drawing("a < b", [line], unit="days")
    assert text == drawing("a < b", [line], unit="days")
    root = ElementTree.fromstring(text)
    circles = root.findall("{http://www.w3.org/2000/svg}circle")
    assert len(circles) == 5
    heights = [float(circle.get("cy", "nan")) for circle in circles]
    assert heights == sorted(heights, reverse=True)
