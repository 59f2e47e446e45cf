"""The scenario: everything that a simulation needs to know, immutable and validated."""

from __future__ import annotations

import hashlib
import html
import json
from collections.abc import Mapping
from functools import cached_property
from os import PathLike
from typing import Any, Self

from pydantic import PrivateAttr, ValidationError

from capsim.scenario.base import plain
from capsim.scenario.checks.diagnosis import diagnose
from capsim.scenario.checks.names import Names
from capsim.scenario.checks.rules import broken_rules
from capsim.scenario.checks.shape import TOO_DEEP, shape_rules, too_deep
from capsim.scenario.checks.sizes import size_rules
from capsim.scenario.checks.trials import (
    setting_rules,
    tentative_rules,
    variant_rules,
    without_settings,
)
from capsim.scenario.checks.uncertain import uncertain_inputs, uncertain_rules
from capsim.scenario.checks.warnings import warnings_of
from capsim.scenario.errors import Mistake, ScenarioError, counted, in_file_order, nearest
from capsim.scenario.files.construction import constructing, current
from capsim.scenario.files.sidecars import named_tables, with_files
from capsim.scenario.files.writing import save
from capsim.scenario.overrides import apply_overrides, flattened
from capsim.scenario.tables.evidence import evidence_after, uncertain_after
from capsim.scenario.tables.inflow import InitialCases
from capsim.scenario.tables.scenario import MAIN_OFFICE, ScenarioFields

__all__ = ["Scenario"]


class Scenario(ScenarioFields):
    """A service, its staff and its applicants.

    Everything is a named table in the order in which it was written; the order of the stages is
    the pathway. A scenario never changes: `with_` and `variant` give another one.

    Raises
    ------
    ScenarioError
        With every mistake in one go.

    Examples
    --------
    >>> scenario = Scenario(
    ...     start="2026-01-01",
    ...     horizon="1 year",
    ...     teams={"intake": {"fte": 2}},
    ...     stages={"intake": {"team": "intake", "work": "45 min"}},
    ...     inflows={"regular": {"rate": {"per_month": 40}}},
    ... )
    >>> scenario
    Scenario 'scenario': 1 year from 2026-01-01, 1 stage, 1 team (2 FTE), 1 inflow, 1 office
    >>> scenario.with_({"teams.intake.fte": 3}).teams["intake"].fte
    3.0
    """

    _overrides: dict[str, Any] = PrivateAttr(default_factory=dict)
    _variant: str | None = PrivateAttr(default=None)
    _source: str = PrivateAttr(default="")

    def __init__(self, **data: Any) -> None:
        if current().is_tried:
            super().__init__(**with_files(data)[0])
            return
        if too_deep(data):
            raise ScenarioError([TOO_DEEP], current().source)
        raw = plain(data)
        mistakes = list(shape_rules(raw))
        if mistakes:
            raise ScenarioError(mistakes, current().source)
        raw, mistakes = with_files(raw)
        try:
            super().__init__(**raw)
        except ValidationError as error:
            mistakes += diagnose(raw, error)
        else:
            mistakes += self._broken_rules()
        if mistakes:
            if current().examines_variants:
                mistakes += tentative_rules(raw, mistakes, _build)
            raise ScenarioError(in_file_order(mistakes, raw), current().source)

    def _broken_rules(self) -> list[Mistake]:
        """Mistakes in how the tables go together, then those of what they are tried with."""
        mistakes = broken_rules(self, Names.of(self.__dict__))
        if not mistakes:
            mistakes = list(size_rules(self))
        if not mistakes:
            tried = current().examines_variants
            mistakes = [
                *setting_rules(self, _build),
                *uncertain_rules(self, _build, tried=tried),
            ]
        if not mistakes and current().examines_variants:
            mistakes = list(variant_rules(self, _build))
        return mistakes

    @classmethod
    def model_validate(cls, obj: Any, **options: Any) -> Self:
        """The scenario that plain data describes.

        Raises
        ------
        ScenarioError
            With every mistake in one go.
        """
        if isinstance(obj, cls):
            return obj
        if not isinstance(obj, Mapping):
            raise ScenarioError(
                [Mistake("", obj, "a scenario is a table", "write name = ..., start = ...")]
            )
        wrong = [key for key in obj if not isinstance(key, str)]
        if wrong:
            raise ScenarioError([Mistake("", wrong, "keys are names", "write texts")])
        return cls(**obj)

    # -- other scenarios ---------------------------------------------------------------

    def with_(self, overrides: Mapping[str, Any]) -> Self:
        """Another scenario in which the values at the given dotted paths are replaced.

        Parameters
        ----------
        overrides : mapping
            Dotted path to value, such as ``{"teams.guidance.fte": 8}``. A path to the mean of a
            law scales the law at constant cv. None takes an entry away. The evidence of a replaced
            value goes with it, and what made it uncertain.

        Raises
        ------
        ScenarioError
            If a path does not exist or the result is not valid.
        """
        return self._changed(overrides, None)

    def _changed(self, overrides: Mapping[str, Any], variant: str | None) -> Self:
        raw = apply_overrides(self.plain_data, overrides)
        paths = [path for path, _ in flattened(self.plain_data, overrides)]
        if isinstance(raw.get("evidence"), dict):
            raw["evidence"] = evidence_after(raw["evidence"], paths, variant)
        if isinstance(raw.get("uncertain"), dict):
            uncertain = dict(flattened(raw, raw["uncertain"]))
            raw["uncertain"] = uncertain_after(uncertain, paths, variant)
        changed = type(self)(**raw)
        return changed._carrying({**self._overrides, **plain(overrides)}, self._variant)

    def variant(self, name: str) -> Self:
        """The named variant of the scenario.

        Raises
        ------
        ScenarioError
            If there is no such variant.
        """
        if name not in self.variants:
            raise ScenarioError(
                [
                    Mistake(
                        "variants", name, "there is no such variant", nearest(name, self.variants)
                    )
                ]
            )
        changed = self._changed(self.variants[name], name)
        label = name if self._variant is None else f"{self._variant}+{name}"
        return changed._carrying(changed._overrides, label)

    def for_office(self, office: str) -> Self:
        """The scenario with the settings of one office (`offices.X.set`) applied."""
        if not self.offices and office == MAIN_OFFICE:
            return self
        settings = self.offices[office].set
        if not settings:
            return self
        raw = without_settings(apply_overrides(self.plain_data, settings))
        with constructing(is_tried=True):
            return type(self)(**raw)

    def initial_cases(self) -> tuple[InitialCases, ...]:
        """Who is there on the first day, in numbers; "steady" ones as theory expects them.

        Returns
        -------
        tuple of InitialCases
            stage, inflow, office, cases, age; in the order in which they are written. Steady ones
            have their office; of the others it is drawn.

        Raises
        ------
        ScenarioError
            If no number is steady, because theory says that it grows.

        Examples
        --------
        Two a day stay 100 days, so 200 are there:

        >>> scenario = Scenario(
        ...     start="2026-01-01", horizon="1 year", stages={"pause": {"stay": "100 days"}},
        ...     inflows={"a": {"rate": {"per_day": 2}}}, initial={"pause": {"cases": "steady"}})
        >>> [(one.stage, one.inflow, one.cases) for one in scenario.initial_cases()]
        [('pause', 'a', 200)]
        """
        if all(table.cases != "steady" for _, _, table in self.initial_tables):
            return self.numbered_initial()
        from capsim.theory.steady import initial_cases

        return initial_cases(self)

    def to_document(self) -> dict[str, Any]:
        """The scenario as JSON, with the overrides and the variant that it came from."""
        return {
            "scenario": self.to_dict(),
            "overrides": self.overrides,
            "variant": self.variant_name,
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """The scenario that `to_document` gave.

        Raises
        ------
        ScenarioError
            If the scenario in it is wrong.
        KeyError, TypeError
            If it is no such document.
        """
        overrides, variant = document["overrides"], document["variant"]
        if not isinstance(overrides, Mapping) or not isinstance(variant, str | None):
            raise TypeError("overrides must be a table, and variant a name or null")
        return cls.model_validate(document["scenario"])._carrying(overrides, variant)

    def _carrying(self, overrides: Mapping[str, Any], variant: str | None) -> Self:
        self._overrides = dict(overrides)
        self._variant = variant
        return self

    # -- identity ---------------------------------------------------------------

    @property
    def overrides(self) -> dict[str, Any]:
        """Overrides by which the scenario came from the one that was written, for provenance."""
        return dict(self._overrides)

    @property
    def uncertain_inputs(self) -> dict[str, Any]:
        """What is not known for sure: dotted path to what it may be, for `capsim.uncertainty`."""
        return uncertain_inputs(self)

    @property
    def variant_name(self) -> str | None:
        """Name of the variant, if it is one."""
        return self._variant

    @property
    def label(self) -> str:
        """Name for titles: that of the scenario, with its variant.

        A character that cannot be printed, such as the beginning of an escape sequence, is written
        out.
        """
        text = self.name if self._variant is None else f"{self.name} ({self._variant})"
        return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)

    @cached_property
    def hash(self) -> str:
        """SHA-256 of all that can change a number: the canonical JSON of the scenario.

        Name, variants, what is uncertain, evidence and the names of files are left out.
        """
        content = self.to_dict()
        for name in ("name", "variants", "uncertain", "evidence"):
            content.pop(name, None)
        for named in named_tables(content):
            del named.table["file"]
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Scenario):
            return NotImplemented
        return json.dumps(self.plain_data) == json.dumps(other.plain_data)

    def __hash__(self) -> int:
        return hash(self.hash)

    # -- faces ---------------------------------------------------------------

    def save(self, path: str | PathLike[str]) -> None:
        """Write the scenario as TOML or JSON, by the ending of the path.

        A trace that was read from a file is written beside it, under the same name.
        """
        save(self, path)

    def describe(self) -> Any:
        """Offered load and a verdict for each team, from the formulas of `capsim.theory`."""
        from capsim.theory.describe import describe

        return describe(self)

    def check(self) -> list[str]:
        """Warnings: unused teams, unreachable stages, trace rows before the start, and so on.

        Also of a service that is measured while it fills (`capsim.theory.filling`).
        """
        from capsim.theory.filling import filling_line

        filling = filling_line(self)
        return [*warnings_of(self), *([filling] if filling else [])]

    def __repr__(self) -> str:
        fte = sum(team.fte or 0.0 for team in self.teams.values())
        parts = [
            f"{self.horizon} from {self.start.isoformat()}",
            counted(len(self.stages), "stage"),
            f"{counted(len(self.teams), 'team')} ({fte:g} FTE)",
            counted(len(self.inflows), "inflow"),
            counted(len(self.office_names), "office"),
        ]
        return f"Scenario {self.label!r}: {', '.join(parts)}"

    __str__ = __repr__

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th>{html.escape(name)}</th><td>{stage.kind}</td>"
            f"<td>{html.escape(stage.team or '')}</td>"
            f"<td>{html.escape(', '.join(self.next_of(name, stage)))}</td></tr>"
            for name, stage in self.stages.items()
        )
        return (
            f"<p>{html.escape(repr(self))}</p><table><thead><tr><th>stage</th><th>kind</th>"
            f"<th>team</th><th>next</th></tr></thead><tbody>{rows}</tbody></table>"
        )


def _build(raw: dict[str, Any]) -> Scenario:
    return Scenario(**raw)
