"""What is not known for sure: the table `uncertain`, dotted paths with what each may be.

What the values mean, the studies say that draw them; here paths are followed and shapes looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from capsim.scenario.checks.trials import Build
from capsim.scenario.errors import Mistake, ScenarioError, nearest
from capsim.scenario.files.construction import constructing
from capsim.scenario.laws.durations import LAWS
from capsim.scenario.overrides import apply_overrides, flattened
from capsim.scenario.tables.scenario import ScenarioFields

__all__ = ["uncertain_inputs", "uncertain_rules"]

_KINDS = [law.kind for law in LAWS]
_TYPICAL = ("mode", "mean", "median", "low", "value")
"""Parameters of a law that are values which it can take."""

_HOW = (
    'write { law = "triangular", low = 0.24, mode = 0.36, high = 0.5 }, { between = [0.2, 0.5] } '
    "or values of which one holds, [0.2, 0.3]"
)


def uncertain_inputs(scenario: ScenarioFields) -> dict[str, Any]:
    """Dotted path to what it may be, where the table was written with paths or nested."""
    return dict(flattened(scenario.plain_data, scenario.uncertain))


def uncertain_rules(scenario: ScenarioFields, build: Build, *, tried: bool) -> Iterator[Mistake]:
    """Mistakes of what is uncertain.

    Parameters
    ----------
    scenario : ScenarioFields
    build : callable
        Makes a scenario of plain data.
    tried : bool
        Whether a value of each is tried out.
    """
    if not scenario.uncertain:
        return
    raw = scenario.plain_data
    bare = {name: raw[name] for name in raw if name not in ("variants", "evidence", "uncertain")}
    for path, spec in uncertain_inputs(scenario).items():
        mistake = _shape(path, spec)
        if mistake is not None:
            yield mistake
            continue
        value = _value(spec)
        if not tried or value is None:
            continue
        with constructing(examines_variants=False, source=""):
            try:
                build(apply_overrides(bare, {path: value}))
            except ScenarioError as error:
                for one in error.mistakes:
                    yield Mistake(f"uncertain.{one.path}", one.value, one.rule, one.remedy)


def _shape(path: str, spec: Any) -> Mistake | None:
    place = f"uncertain.{path}"
    if isinstance(spec, Mapping) and "law" in spec:
        if spec["law"] in _KINDS:
            return None
        return Mistake(
            place, spec["law"], "there is no such law", nearest(str(spec["law"]), _KINDS)
        )
    ends = spec.get("between") if isinstance(spec, Mapping) else None
    if isinstance(ends, list):
        if len(ends) == 2 and ends[0] != ends[1]:
            return None
        return Mistake(place, ends, "between has two different ends", "write [low, high]")
    values = spec.get("values") if isinstance(spec, Mapping) else spec
    if isinstance(values, list):
        if len(values) > 1:
            return None
        return Mistake(place, values, "nothing varies", "write two values or more")
    return Mistake(place, spec, "must be a law, two ends or a list of values", _HOW)


def _value(spec: Any) -> Any:
    """A value that it may have; None where only its law knows one."""
    if isinstance(spec, list):
        return spec[0]
    if "law" in spec:
        return next((spec[name] for name in _TYPICAL if name in spec), None)
    return (spec.get("between") or spec["values"])[0]
