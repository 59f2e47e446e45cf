"""Where a number comes from."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Literal

from capsim.scenario.base import Table

__all__ = ["CERTAINTIES", "Evidence", "evidence_after", "uncertain_after"]

CERTAINTIES = ("stated", "official", "press", "claim", "derived", "recall", "assumption")


class Evidence(Table):
    """Source and certainty of one number of a scenario."""

    value: Any
    """The number as the source gives it."""
    source: str
    """Document, table, page or link."""
    certainty: Literal["stated", "official", "press", "claim", "derived", "recall", "assumption"]
    """How sure it is, from stated by those who ask to an assumption of ours."""
    note: str = ""
    """Why it was taken so."""


def evidence_after(
    evidence: Mapping[str, Any], paths: Collection[str], variant: str | None = None
) -> dict[str, Any]:
    """Evidence once the values at some paths are replaced.

    An entry at, below or above a replaced value told of the old one, and goes. What the evidence
    says about the value that a variant gives there, `variants.NAME.PATH`, takes its place.

    Parameters
    ----------
    evidence : mapping
        By dotted path.
    paths : collection of str
        Dotted paths of the replaced values; one below `evidence` is an entry that was given with
        them, and stays.
    variant : str, optional
        Name of the variant that replaces them.

    Examples
    --------
    >>> evidence_after(
    ...     {"teams.desk.fte": "a count", "variants.more.teams.desk.fte": "a plan"},
    ...     ["teams.desk.fte"],
    ...     "more",
    ... )
    {'variants.more.teams.desk.fte': 'a plan', 'teams.desk.fte': 'a plan'}
    """
    kept = _still_said("evidence", evidence, paths)
    for replaced in paths if variant is not None else ():
        own = evidence.get(f"variants.{variant}.{replaced}")
        if own is not None:
            kept[replaced] = own
    return kept


def uncertain_after(
    uncertain: Mapping[str, Any], paths: Collection[str], variant: str | None = None
) -> dict[str, Any]:
    """What is uncertain once the values at some paths are given: what was given is known.

    A variant gives values that are no surer than those of the scenario, so only what it replaces as
    a part of something larger goes: a table of its own says all that is to be said of it.

    Examples
    --------
    >>> uncertain = {"teams.desk.fte": [2, 3], "horizon": [1, 2]}
    >>> uncertain_after(uncertain, ["teams.desk.fte"])
    {'horizon': [1, 2]}
    >>> uncertain_after(uncertain, ["teams.desk.fte"], "more")
    {'teams.desk.fte': [2, 3], 'horizon': [1, 2]}
    >>> uncertain_after(uncertain, ["teams.desk"], "another")
    {'horizon': [1, 2]}
    """
    if variant is not None:
        paths = [path for path in paths if path not in uncertain]
        given = [path for path in paths if path.startswith("uncertain.")]
        paths = [*given, *(p for p in paths if any(u.startswith(f"{p}.") for u in uncertain))]
    return _still_said("uncertain", uncertain, paths)


def _still_said(table: str, entries: Mapping[str, Any], paths: Collection[str]) -> dict[str, Any]:
    """Entries of a table of paths, without those of replaced values that were not given too."""
    start = f"{table}."
    given = {path.removeprefix(start) for path in paths if path.startswith(start)}
    return {
        path: entry
        for path, entry in entries.items()
        if path in given or not any(_overlap(path, replaced) for replaced in paths)
    }


def _overlap(path: str, other: str) -> bool:
    return f"{path}.".startswith(f"{other}.") or f"{other}.".startswith(f"{path}.")
