"""Stores of studies: how far they are, and how to go on with them."""

from __future__ import annotations

import html
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from capsim.catalogue.text import html_table, text_table
from capsim.execution.errors import StoreError
from capsim.execution.options import Execution
from capsim.execution.own_functions import found
from capsim.execution.provenance import code_version
from capsim.execution.store.files import digest
from capsim.execution.store.store import FORMAT, Store
from capsim.experiments.questions import QUESTIONS, Noted, Question
from capsim.experiments.results.result import AbstractResult

if TYPE_CHECKING:
    from capsim.scenario import Scenario

__all__ = ["StoreStatus", "StudyStatus", "resume", "status"]


@dataclass(frozen=True)
class StudyStatus:
    """How far one study is.

    Attributes
    ----------
    name : str
        Its name in the store.
    kind : str
        replicate, compare, sweep, select_best, sensitivity or uncertainty.
    scenarios : tuple of str
        Names of its scenarios, or points.
    seed : int
    n : int
        Replications of each scenario that are asked for; where more may be added until a
        precision or a decision is reached, those of the first look.
    open_ended : bool
        Whether more may be added.
    done, total : int
        Replications in the store among the `n` of each scenario, and their number.
    held : int
        All replications in the store of its scenarios, with those that were added.
    other_versions : tuple of str
        Versions that have numbers of this study which are not used.
    """

    name: str
    kind: str
    scenarios: tuple[str, ...]
    seed: int
    n: int
    open_ended: bool
    done: int
    total: int
    held: int
    other_versions: tuple[str, ...]

    @property
    def is_finished(self) -> bool:
        """Whether all replications asked for are there; False if more may be added."""
        return self.done == self.total and not self.open_ended


@dataclass(frozen=True, repr=False)
class StoreStatus:
    """How far the studies of a store are.

    Attributes
    ----------
    path : str
    studies : tuple of StudyStatus
    files : int
        Block files.
    damaged : tuple of str
        Files of what was asked for that cannot be read, blocks that were moved aside before, and
        with ``verify=True`` those that do not match their checksum.
    """

    path: str
    studies: tuple[StudyStatus, ...]
    files: int
    damaged: tuple[str, ...]

    def __repr__(self) -> str:
        """A line per study."""
        lines = [f"store {self.path!r}: {self.files} block files", *text_table(self._table())]
        lines += [f"damaged: {name}" for name in self.damaged[:5]]
        if len(self.damaged) > 5:
            lines.append(f"and {len(self.damaged) - 5} more damaged files")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """The same for a notebook."""
        return f"<p>{html.escape(self.path)}</p>{html_table(self._table())}"

    def _table(self) -> list[list[str]]:
        rows = [["study", "scenarios", "seed", "replications", "state"]]
        for study in self.studies:
            state = "finished" if study.is_finished else f"{study.total - study.done} missing"
            if study.open_ended and study.done == study.total:
                state = f"{study.held} held; the same call says whether they suffice"
            if study.other_versions:
                state += f" (other versions: {', '.join(study.other_versions)})"
            names = ", ".join(study.scenarios[:3])
            if len(study.scenarios) > 3:
                names += f" and {len(study.scenarios) - 3} more"
            rows.append(
                [study.kind, names, str(study.seed), f"{study.done} of {study.total}", state]
            )
        return rows


def status(path: str | os.PathLike[str], *, verify: bool = False) -> StoreStatus:
    """How far the studies of a store are.

    Parameters
    ----------
    path : path
        The store.
    verify : bool
        Also read every block and compare its checksum.

    Raises
    ------
    StoreError
        If there is no store.
    """
    store = _existing(path)
    census = store.census(verify=verify)
    version = code_version()
    studies = []
    damaged = list(census.damaged)
    for name in store.names("studies"):
        try:
            request = _request(store, name)
        except StoreError as error:
            damaged.append(str(error))
            continue
        arguments = request["arguments"]
        n = int(arguments["n"])
        done, held, others = 0, 0, set()
        for point in request["points"]:
            first = int(point["first"])
            wanted = {
                "scenario": point["scenario"],
                "seed": request["seed"],
                "engine": request["engine"],
                "rules": point.get("rules"),
            }
            measures = sorted(request["measures"])
            have = np.zeros(n, dtype=bool)
            for one in census.found("blocks", **wanted):
                if sorted(entry[0] for entry in one.identity["measures"]) != measures:
                    continue
                if any(one.identity.get(key) != request.get(key) for key in ("rows", "ask")):
                    continue
                if one.identity["version"] == version:
                    have |= one.covers(first + n)[first:]
                    held += one.held
                elif len(one):
                    others.add(str(one.identity["version"]))
            if arguments.get("series") is not None:
                in_time = np.zeros(n, dtype=bool)
                for one in census.found("series", every=arguments["series"], **wanted):
                    if one.identity["version"] == version:
                        in_time |= one.covers(n)
                have &= in_time
            done += int(have.sum())
        studies.append(
            StudyStatus(
                name=name,
                kind=request["kind"],
                scenarios=tuple(point["label"] for point in request["points"]),
                seed=request["seed"],
                n=n,
                open_ended=_question(store, request).open_ended(arguments),
                done=done,
                total=n * len(request["points"]),
                held=held,
                other_versions=tuple(sorted(others)),
            )
        )
    return StoreStatus(str(store.path), tuple(studies), census.files, tuple(damaged))


def resume(
    path: str | os.PathLike[str], **execution: Unpack[Execution]
) -> dict[str, AbstractResult]:
    """Results of all studies of a store; what is missing is computed.

    Parameters
    ----------
    path : path
        The store.
    **execution
        jobs, client, backend, block, progress: see `capsim.experiments.Execution`.

    Returns
    -------
    dict of str to result
        By the name of the study in the store.

    Raises
    ------
    StoreError
        If there is no store, or what a study asked for is damaged or was written by a version with
        other rules; after all other studies were resumed.
    ValueError
        If a measure of the user's own cannot be imported.
    """
    store = _existing(path)
    execution = {**execution, "store": store.path}
    results: dict[str, AbstractResult] = {}
    problems: list[str] = []
    for name in store.names("studies"):
        try:
            results[name] = _again(store, _request(store, name), execution)
        except StoreError as error:
            problems.append(str(error))
    if problems:
        others = f"the other studies ({len(results)}) are complete" if results else ""
        raise StoreError("\n".join([*problems, *([others] if others else [])]))
    return results


def _again(store: Store, request: Mapping[str, Any], execution: Execution) -> AbstractResult:
    question = _question(store, request)
    noted = Noted(
        request["arguments"],
        lambda: [(one["label"], _scenario(store, one["scenario"])) for one in request["points"]],
    )
    own = {name: found(name, where) for name, where in request["measures"].items()}
    rules = {
        name: {label: found(name, one, "rule") for label, one in where.items()}
        if isinstance(where, Mapping)
        else found(name, where, "rule")
        for name, where in request.get("rules", {}).items()
    }
    shared = {"seed": request["seed"], "engine": request["engine"], **rules, **execution}
    if own:
        shared["own"] = own
    return question.run(**question.resume(noted), **shared)


def _question(store: Store, request: Mapping[str, Any]) -> Question:
    try:
        return QUESTIONS[request["kind"]]
    except KeyError:
        raise StoreError(
            f"{store.path} has a study of kind {request['kind']!r}, which this version does not "
            "know"
        ) from None


def _scenario(store: Store, name: str) -> Scenario:
    from capsim.scenario import Scenario

    document = store.read_json("scenarios", name)
    try:
        scenario = Scenario.from_document(document)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StoreError(
            f"{store.path}/scenarios/{name}.json is no scenario that this version reads "
            f"({error}): it was changed, or was written by a version with other rules; run the "
            "study again from the original scenario"
        ) from error
    if scenario.hash != name:
        raise StoreError(
            f"{store.path}/scenarios/{name}.json is not the scenario that it was (it now has hash "
            f"{scenario.hash[:16]}): the file was changed, or was written by a version with other "
            "rules; run the study again from the original scenario"
        )
    return scenario


def _existing(path: str | os.PathLike[str]) -> Store:
    store = Store(path)
    if not (store.path / "studies").is_dir():
        raise StoreError(
            f"{str(path)!r} is not a store of studies: name the directory that was given as store="
        )
    return store


def _request(store: Store, name: str) -> dict[str, Any]:
    request: dict[str, Any] = store.read_json("studies", name)
    if request.get("format") != FORMAT:
        raise StoreError(
            f"{store.path}/studies/{name}.json has format {request.get('format')!r}, this version "
            f"reads {FORMAT}: use the version of capsim that wrote it"
        )
    if digest(request) != name:
        raise StoreError(
            f"{store.path}/studies/{name}.json was changed after it was written: make the call of "
            "that study again, which notes it anew; no number is lost"
        )
    return request
