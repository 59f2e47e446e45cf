"""What a STRESS-DES report must state, filled in as far as a study knows it.

Monks, Currie, Onggo, Robinson, Kunc and Taylor (2019), "Strengthening the reporting of empirical
simulation studies: introducing the STRESS guidelines", Journal of Simulation,
doi:10.1080/17477778.2018.1442155. What only the author can say is asked for, never invented.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from capsim.experiments import Comparison, Replications, load_result
from capsim.reporting.files import checked_target, write_whole
from capsim.reporting.stress.blocks import Block, as_html, as_markdown
from capsim.reporting.stress.items import items_of

if TYPE_CHECKING:
    from capsim.scenario import Scenario

__all__ = ["StressDes", "stress_des"]


class StressDes(str):
    """The document as Markdown; `html` gives it as a page.

    Attributes
    ----------
    blocks : list of Block
        What it is made of.
    """

    blocks: list[Block]
    scenario: Scenario

    @classmethod
    def of(cls, blocks: list[Block], scenario: Scenario) -> StressDes:
        """The document made of blocks."""
        document = cls(as_markdown(blocks))
        document.blocks, document.scenario = blocks, scenario
        return document

    @property
    def html(self) -> str:
        """The same as one HTML page, with the pathway as a picture."""
        return as_html(self.blocks, f"STRESS-DES: {self.scenario.label}", self.scenario)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write it as Markdown (.md) or HTML (.html), by the ending of the path; whole or not.

        Raises
        ------
        ValueError
            If the ending is neither.
        OSError
            If the file cannot be written.
        """
        target = checked_target(path, (".md", ".html", ".htm"), "the document is .md or .html")
        write_whole(target, str(self) if target.suffix.lower() == ".md" else self.html)
        return target

    def _repr_markdown_(self) -> str:
        return str(self)


def stress_des(
    result: Replications | Comparison | str | os.PathLike[str],
    path: str | os.PathLike[str] | None = None,
) -> StressDes:
    """The report of a study by the items of STRESS-DES, from 1.1 purpose to 6.1 access.

    Everything that the scenario, the runs and the measures say is filled in: measures with their
    intervals, the pathway, every parameter with its source, initialisation, random numbers,
    versions, run time. What an author must write, such as the purpose, is a prompt marked "Author".

    Parameters
    ----------
    result : Replications, Comparison or path
        A study, or the directory to which one was saved. Of a comparison the baseline is the
        model, and each other scenario is told by what it changes.
    path : path, optional
        Where to write it as well: .md or .html.

    Returns
    -------
    StressDes
        A text in Markdown, with `html` and `save`.

    Raises
    ------
    ValueError
        If it is no such result, or the path has another ending.

    Examples
    --------
    >>> import capsim
    >>> scenario = capsim.Scenario(
    ...     start="2026-01-01",
    ...     horizon="3 months",
    ...     teams={"intake": {"fte": 1}},
    ...     stages={"intake": {"team": "intake", "work": "3 h"}},
    ...     inflows={"regular": {"rate": {"per_month": 40}}},
    ... )
    >>> document = capsim.stress_des(
    ...     capsim.replicate(scenario, n=2, seed=1, jobs=1, engine="simpy")
    ... )
    >>> print(document.splitlines()[0])
    # STRESS-DES: scenario
    """
    if isinstance(result, str | os.PathLike):
        result = load_result(result)  # type: ignore[assignment]
    if not isinstance(result, Replications | Comparison):
        raise ValueError(
            f"result = {type(result).__name__}: must be replications or a comparison; run "
            "capsim.replicate or capsim.compare first"
        )
    if path is not None:
        checked_target(path, (".md", ".html", ".htm"), "the document is .md or .html")
    scenario = (
        result.scenario if isinstance(result, Replications) else result.scenarios[result.baseline]
    )
    document = StressDes.of(items_of(result, scenario), scenario)
    if path is not None:
        document.save(path)
    return document
