"""Rules of inflows, and of who is there on the first day."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from capsim.scenario.checks.names import Names, destinations, unknown
from capsim.scenario.checks.open_case_rules import open_case_rules
from capsim.scenario.checks.place_rules import kind_rules
from capsim.scenario.checks.stage_rules import calendar_law, stage_rules, too_early
from capsim.scenario.errors import Mistake
from capsim.scenario.tables.inflow import Inflow, Initial, Wave
from capsim.scenario.tables.open_cases import OpenCases
from capsim.scenario.tables.scenario import ScenarioFields
from capsim.scenario.tables.stages import Stage, StageFields

__all__ = ["inflow_rules", "initial_rules"]


def inflow_rules(scenario: ScenarioFields, names: Names) -> Iterator[Mistake]:
    """Mistakes in the inflows, and in what each of them changes at the stages."""
    for name, inflow in scenario.inflows.items():
        path = f"inflows.{name}"
        if inflow.enter is not None and names.stages:
            yield from unknown(inflow.enter, names.stages, f"{path}.enter", "stage")
        if inflow.lag is not None:
            yield from calendar_law(inflow.lag, f"{path}.lag")
        others = (inflow.rate, inflow.counts, inflow.trace)
        if not inflow.waves and any(source is not None for source in others):
            for field in ("take_up", "lag"):
                value = getattr(inflow, field)
                if value != type(inflow).model_fields[field].default:
                    yield inflow.mistake(
                        path,
                        field,
                        f"{field} belongs to waves, of which there are none",
                        f"remove {field}, or give the waves an inflow of their own",
                    )
        for wave, table in inflow.waves.items():
            yield from _wave(table, f"{path}.waves.{wave}", scenario, names)
        if inflow.counts_exact and inflow.counts is None:
            yield Mistake.absent(
                f"{path}.counts", "counts_exact needs them", "add counts, or remove counts_exact"
            )
        for office in inflow.counts.offices if inflow.counts is not None else ():
            if office is not None:
                yield from unknown(office, names.offices, f"{path}.counts.office", "office")
        yield from _trace(inflow, f"{path}.trace", scenario, names)
        for stage, override in inflow.stages.items():
            place = f"{path}.stages"
            if names.stages:
                yield from unknown(stage, names.stages, place, "stage")
            yield from destinations(override, f"{place}.{stage}", names, _Always())
            if stage in scenario.stages:
                written = [key for key in StageFields.model_fields
                           if getattr(override, key) is not None]  # fmt: skip
                merged = scenario.stages[stage].with_override(override)
                yield from stage_rules(merged, f"{place}.{stage}", written)
                if merged.team in scenario.teams:
                    team = scenario.teams[merged.team]
                    for mistake in kind_rules(merged, team, f"{place}.{stage}"):
                        if mistake.path.split(".")[4] in written:
                            yield mistake


def _wave(wave: Wave, path: str, scenario: ScenarioFields, names: Names) -> Iterator[Mistake]:
    if names.knows_start:
        yield from too_early(wave.date, scenario.start, f"{path}.date", "a wave")
    if wave.lag is not None:
        yield from calendar_law(wave.lag, f"{path}.lag")
    for name in ("ahead", "notice"):
        value = getattr(wave, name)
        if value is not None and value.is_workdays:
            yield wave.mistake(path, name, "counts calendar time back", "write days or weeks")
    if wave.ahead is not None and wave.over is not None and wave.over.is_workdays:
        yield wave.mistake(
            path,
            "over",
            "in workdays it does not go with ahead",
            "write calendar days, or leave ahead out",
        )


class _Always(dict[str, int]):
    """Counts one use of every name."""

    def __missing__(self, name: str) -> int:
        return 1


def _trace(inflow: Inflow, path: str, scenario: ScenarioFields, names: Names) -> Iterator[Mistake]:
    trace = inflow.trace
    if trace is None:
        return
    if not len(trace):
        yield Mistake(path, trace.file or [], "the trace has no applications", "add rows")
    for office in dict.fromkeys(trace.office or ()):
        if office is not None:
            yield from unknown(office, names.offices, f"{path}.office", "office")
    for field in ("work", "stay", "patience"):
        for stage, cells in getattr(trace, field).items():
            place = f"{path}.{field}.{stage}"
            if names.stages:
                yield from unknown(stage, names.stages, place, "stage")
            if len(cells) != len(trace):
                yield Mistake(
                    place, len(cells), f"must have {len(trace)} values", "one per application"
                )
            settings = scenario.stages.get(stage)
            if settings is None:
                continue
            lacks = _LACKS[field](settings)
            if lacks:
                yield Mistake(
                    place, stage, f"the stage has no {field} to replace", "remove the column"
                )
    if trace.office is not None and len(trace.office) != len(trace):
        yield Mistake(
            f"{path}.office", len(trace.office), f"must have {len(trace)} values", "one each"
        )


_LACKS: dict[str, Callable[[Stage], bool]] = {
    "work": lambda stage: stage.kind in ("delay", "places"),
    "stay": lambda stage: stage.stay is None,
    "patience": lambda stage: stage.kind == "delay",
}


def initial_rules(scenario: ScenarioFields, names: Names) -> Iterator[Mistake]:
    """Mistakes in the open cases of the first day."""
    for stage, tables in scenario.initial.items():
        if isinstance(tables, OpenCases):
            yield from open_case_rules(scenario, names, f"initial.{stage}")
        elif names.stages:
            yield from unknown(stage, names.stages, "initial", "stage")
    met: set[tuple[str, str]] = set()
    for path, stage, initial in scenario.initial_tables:
        if initial.inflow is not None and names.inflows:
            yield from unknown(initial.inflow, names.inflows, f"{path}.inflow", "inflow")
        if initial.age is not None:
            yield from calendar_law(initial.age, f"{path}.age")
        if isinstance(scenario.initial[stage], Initial):
            continue
        if initial.inflow is None:
            yield Mistake.absent(
                f"{path}.inflow", "is missing: a list has an entry for each inflow", "name it"
            )
        elif (stage, initial.inflow) in met:
            yield initial.mistake(path, "inflow", "has an entry already", "keep one of the two")
        else:
            met.add((stage, initial.inflow))
