"""The reference engine is read beside the contract: its signposts and its order of reading."""

import ast
import re
from pathlib import Path

import pytest

import capsim.engines
from capsim.engines import reference

FOLDER = Path(reference.__file__).parent
HEADINGS = {
    int(number): heading.strip(".").lower()
    for number, heading in re.findall(
        r"^(\d+)\. \*\*(.+?)\*\*", capsim.engines.__doc__, flags=re.MULTILINE
    )
}
FLOORS = (
    {"clock", "record", "waiting"},
    {"team"},
    {"surroundings"},
    {"case"},
    {"applicant", "policies"},
    {"settling", "strain", "triggers", "verifying", "writing"},
    {"service"},
    {"__init__"},
)


def wrong_citations(text):
    """Citations of rules that do not say `rule 12 (assignment)` with the contract's heading."""
    cited = re.findall(r"\brules?\s+(\d+(?:[^.:;]*?\band\s+\d+)?[^\d.:;]*)", text, re.IGNORECASE)
    wrong = []
    for citation in cited:
        for number in re.findall(r"\d+", citation):
            heading = HEADINGS.get(int(number))
            if heading is None or f"{number} ({heading})" not in " ".join(citation.split()):
                wrong.append(citation)
    return wrong


def test_the_contract_numbers_its_rules_without_a_gap():
    """Rules 1 to 28, each with a heading."""
    assert list(HEADINGS) == list(range(1, len(HEADINGS) + 1))
    assert len(HEADINGS) >= 28


def test_rules_are_cited_by_number_and_heading():
    """A number that the contract has given to another rule since is found by its word."""
    texts = {path.stem: path.read_text() for path in sorted(FOLDER.glob("*.py"))}
    assert not {name: wrong for name, text in texts.items() if (wrong := wrong_citations(text))}
    cited = sum(len(re.findall(r"\brules?\s+\d", text, re.IGNORECASE)) for text in texts.values())
    assert cited >= 8


@pytest.mark.parametrize(
    "text",
    ["see rule 5", "rule 12 (starts)", "rules 10 (starts) and 12", "rule 99 (assignment)"],
)
def test_a_wrong_citation_is_found(text):
    """Without a heading, with another rule's, half of two, or of no rule."""
    assert wrong_citations(text)


def test_the_reference_is_read_in_one_direction():
    """No import leads up or sideways, also none that only a type checker follows."""
    floor = {name: level for level, names in enumerate(FLOORS) for name in names}
    assert set(floor) == {path.stem for path in FOLDER.glob("*.py")}
    for path in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(
                "capsim.engines.reference."
            ):
                below = node.module.rpartition(".")[2]
                assert floor[below] < floor[path.stem], f"{path.stem} imports {below}"
