"""The items of STRESS-DES, each filled from the scenario, the runs and the measures."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from capsim.catalogue import measure_named
from capsim.catalogue.meant import of_the_whole_service
from capsim.catalogue.shown import shown, shown_interval
from capsim.experiments import Comparison, Replications
from capsim.experiments.results.result import period
from capsim.reporting.stress.blocks import Block
from capsim.scenario import Scenario

__all__ = ["items_of"]

_LONGEST = 160
"""Characters of a value in a table."""
_APART = ("variants", "evidence", "uncertain", "name")
"""Tables of a scenario that are told elsewhere."""


def items_of(result: Replications | Comparison, scenario: Scenario) -> list[Block]:
    """The document from its title to 6.1."""
    return [
        Block("title", f"STRESS-DES: {scenario.label}"),
        *_objectives(result, scenario),
        *_logic(result, scenario),
        *_data(scenario),
        *_experimentation(result, scenario),
        *_implementation(result),
        Block("section", "6 Code access"),
        Block("item", "6.1 Access to the model"),
        Block("text", f"Fingerprint of the scenario (SHA-256): {scenario.hash}."),
        Block("prompt", "Say where the code, the scenario file and the data can be had, and how."),
    ]


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Block:
    if not rows:
        return Block("text", "None.")
    return Block("table", rows=(head, *rows))


def _scenarios(result: Replications | Comparison) -> dict[str, Scenario]:
    if isinstance(result, Comparison):
        return result.scenarios
    return {result.scenario.label: result.scenario}


# -- 1 objectives ---------------------------------------------------------------


def _objectives(result: Replications | Comparison, scenario: Scenario) -> list[Block]:
    frame = result.summary()
    if isinstance(result, Comparison):
        frame = frame[frame["scenario"] == result.baseline]
    rows = [
        (
            f"{row['measure']} of {row['kind']} {row['of']}",
            measure_named(str(row["measure"])).explanation,
            shown(str(row["measure"]), float(row["mean"]), scenario.start),
            shown_interval(
                str(row["measure"]), float(row["lower"]), float(row["upper"]), scenario.start
            ),
            str(row["n"]),
        )
        for row in of_the_whole_service(frame).to_dict("records")
    ]
    names = _scenarios(result)
    plans = [
        (name, "base" if one is scenario else f"{len(_changed(scenario, one))} settings changed",
         str(result.n), one.hash[:12])
        for name, one in names.items()
    ]  # fmt: skip
    return [
        Block("section", "1 Objectives"),
        Block("item", "1.1 Purpose of the model"),
        Block("prompt", "Give the background and the aim of the model: who decides what by it."),
        Block("item", "1.2 Model outputs"),
        Block(
            "text",
            f"Computed in every replication; {period(scenario)}. Means over replications with 95 % "
            "intervals (Student's t, wider towards the longer tail of skewed values).",
        ),
        _table(("output", "definition", "mean", "95 % interval", "n"), rows),
        Block("item", "1.3 Aims of experimentation"),
        _table(("scenario", "design", "replications", "fingerprint"), plans),
        Block(
            "text",
            "All scenarios share their random numbers, replication by replication; differences are "
            "paired."
            if len(names) > 1
            else "One scenario; nothing is optimised.",
        ),
        Block("prompt", "Give the rationale of each scenario, and what is looked for."),
    ]


# -- 2 logic ---------------------------------------------------------------


def _logic(result: Replications | Comparison, scenario: Scenario) -> list[Block]:
    raw = scenario.to_dict()
    stages, teams, inflows = (raw.get(name, {}) for name in ("stages", "teams", "inflows"))
    return [
        Block("section", "2 Logic"),
        Block("item", "2.1 Base model overview diagram"),
        Block("pathway", _flowchart(scenario)),
        Block("item", "2.2 Base model logic"),
        Block("list", rows=tuple((_story(scenario, name),) for name in scenario.stages)),
        Block("item", "2.3 Scenario logic"),
        *_differences(result, scenario),
        Block("item", "2.4 Algorithms"),
        Block("list", rows=tuple((line,) for line in _algorithms(result, scenario))),
        Block("item", "2.5.1 Entities"),
        Block(
            "text",
            "Cases: people who apply. Each has an inflow, an office, the instant of application, "
            "and draws of its own for work, gaps, patience, stays and routes.",
        ),
        _table(("inflow", "attributes"), _settings(inflows)),
        Block("item", "2.5.2 Activities"),
        _table(("stage", "settings"), _settings(stages)),
        Block("item", "2.5.3 Resources"),
        _table(("team", "settings"), _settings(teams)),
        Block("item", "2.5.4 Queues"),
        Block("list", rows=tuple((line,) for line in _queues(scenario))),
        Block("item", "2.5.5 Entry and exit points"),
        Block("list", rows=tuple((line,) for line in _doors(scenario))),
    ]


def _flowchart(scenario: Scenario) -> str:
    """The pathway in the language of Mermaid; names have letters, digits, _ and - only."""
    lines = ["flowchart LR"]
    number = {name: f"s{place}" for place, name in enumerate(scenario.stages)}
    for place, name in enumerate(scenario.inflows):
        lines.append(f'  i{place}(["{name}"]) --> {number[scenario.entry_stage(name)]}')
    exits: dict[str, str] = {}
    for name, stage in scenario.stages.items():
        team = f"<br/>{stage.team}" if stage.team else ""
        lines.append(f'  {number[name]}["{name}{team}"]')
        for goal, share in scenario.next_of(name, stage).items():
            if goal not in number and goal not in exits:
                exits[goal] = f"x{len(exits)}"
                lines.append(f'  {exits[goal]}(("{goal}"))')
            lines.append(f"  {number[name]} -->|{share:g}| {number.get(goal) or exits[goal]}")
    return "\n".join(lines)


def _story(scenario: Scenario, name: str) -> str:
    stage = scenario.stages[name]
    ways = ", ".join(f"{goal} ({share:g})" for goal, share in scenario.next_of(name, stage).items())
    if stage.team is None:
        how = "nobody works here; the case stays for a time"
    elif stage.kind == "caseworker":
        how = f"a worker of {stage.team} takes the case and keeps it for all its visits"
    else:
        how = f"the case waits for {stage.team}, whoever of it is free"
    return f"{name} ({stage.kind}): {how}; then {ways}."


def _differences(result: Replications | Comparison, scenario: Scenario) -> list[Block]:
    blocks = []
    for name, one in _scenarios(result).items():
        if one is scenario:
            continue
        rows = [(path, before, after) for path, before, after in _changed(scenario, one)]
        blocks += [
            Block("text", f"Scenario {name}:"),
            _table(("setting", "base", "here"), rows),
        ]
    return blocks or [Block("text", "There is one scenario.")]


def _changed(base: Scenario, other: Scenario) -> list[tuple[str, str, str]]:
    before, after = dict(_leaves(_told(base))), dict(_leaves(_told(other)))
    return [
        (path, before.get(path, "-"), after.get(path, "-"))
        for path in dict.fromkeys([*before, *after])
        if before.get(path) != after.get(path)
    ]


def _algorithms(result: Replications | Comparison, scenario: Scenario) -> Iterator[str]:
    yield (
        "Arrivals: Poisson processes by inversion of the cumulative rate, unless counts, a trace "
        "or a wave say otherwise; people of a wave apply after a drawn lag."
    )
    for name, team in scenario.teams.items():
        yield f"Team {name}: order of service {team.discipline} within equal priorities."
    rules = result.provenance.get("rules")
    if rules:
        yield f"Rules of the user's own: {', '.join(map(str, rules))}."
    yield "Assignment: the present worker with room and the least load, ties in worker order."
    for name, stage in scenario.stages.items():
        decision = getattr(stage, "decision", None)
        if decision:
            yield f"Decisions of {name}: in meetings, {_text(decision.to_plain())}."
    for name, team in scenario.teams.items():
        if team.absence or team.turnover is not None:
            yield (
                f"Absence and turnover of {name}: alternating renewal on the clock of each worker, "
                "in equilibrium at the start."
            )


def _settings(tables: Mapping[str, Any]) -> list[tuple[str, ...]]:
    return [
        (name, "; ".join(f"{path} = {value}" for path, value in _leaves(table)) or "defaults")
        for name, table in tables.items()
    ]


def _queues(scenario: Scenario) -> Iterator[str]:
    for name, stage in scenario.stages.items():
        if stage.team is None:
            continue
        text = f"{name}: {scenario.teams[stage.team].discipline}"
        patience, room = getattr(stage, "patience", None), getattr(stage, "room", None)
        text += (
            f"; patience {_text(patience.to_plain())}"
            if patience is not None
            else ("; nobody gives up waiting")
        )
        yield text + (f"; room for {room}" if room is not None else "; no limit of length") + "."


def _doors(scenario: Scenario) -> Iterator[str]:
    for name in scenario.inflows:
        yield f"Inflow {name} enters at {scenario.entry_stage(name)}."
    exits: dict[str, list[str]] = {}
    for name, stage in scenario.stages.items():
        for goal in scenario.next_of(name, stage):
            if goal not in scenario.stages:
                exits.setdefault(goal, []).append(name)
    for goal, names in exits.items():
        yield f"Exit {goal}: from {', '.join(names)}."


# -- 3 data ---------------------------------------------------------------


def _data(scenario: Scenario) -> list[Block]:
    ranges = {path: _text(spec) for path, spec in scenario.uncertain_inputs.items()}
    sources: list[tuple[str, ...]] = [
        (path, _text(one.value), one.certainty, one.source, one.note)
        for path, one in scenario.evidence.items()
    ]
    inputs = [(path, value, ranges.get(path, "")) for path, value in _leaves(_told(scenario))]
    known = {path for path, _, _ in inputs}
    inputs += [(path, "", span) for path, span in ranges.items() if path not in known]
    assumed = [
        (f"{path} = {_text(one.value)}: {one.note or one.source}",)
        for path, one in scenario.evidence.items()
        if one.certainty == "assumption"
    ]
    own = [
        ("People do not influence each other but through the queues.",),
        ("Work, gaps, patience, stays and routes of a case are drawn independently.",),
        ("Nobody is interrupted in a visit; offices are closed outside their days and hours.",),
    ]
    return [
        Block("section", "3 Data"),
        Block("item", "3.1 Data sources"),
        _table(("parameter", "value", "certainty", "source", "note"), sources),
        Block("prompt", "Give the sample sizes and the dates of the data behind these numbers."),
        Block("item", "3.2 Pre-processing"),
        Block("prompt", "Say what was done to the data before they became parameters."),
        Block("item", "3.3 Input parameters"),
        _table(("parameter", "value", "range"), inputs),
        Block("item", "3.4 Assumptions"),
        Block("list", rows=(*own, *assumed)),
        Block("prompt", "Add what was assumed outside the scenario, and why that is acceptable."),
    ]


def _told(scenario: Scenario) -> dict[str, Any]:
    return {name: one for name, one in scenario.to_dict().items() if name not in _APART}


def _leaves(table: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Dotted path and value of everything in a table; a law is one value."""
    if isinstance(table, Mapping) and table and "law" not in table:
        for name, one in table.items():
            yield from _leaves(one, f"{path}.{name}" if path else str(name))
    else:
        yield path, _text(table)


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        value = "{ " + ", ".join(f"{name} = {_text(one)}" for name, one in value.items()) + " }"
    elif isinstance(value, list | tuple) and len(value) > 12:
        value = f"{len(value)} entries"
    text = str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


# -- 4 experimentation ---------------------------------------------------------------


def _experimentation(result: Replications | Comparison, scenario: Scenario) -> list[Block]:
    initial = scenario.initial_cases()
    there = ", ".join(f"{one.cases} in {one.stage}" for one in initial) or "nobody"
    filling = [Block("text", line) for line in scenario.check() if "fill" in line]
    reached = getattr(result, "precision", None)
    why = f"; {reached}" if reached is not None else ""
    return [
        Block("section", "4 Experimentation"),
        Block("item", "4.1 Initialisation"),
        Block(
            "text",
            f"On the first day, {scenario.start.isoformat()}: {there}. The first "
            f"{scenario.warm_up_days} days are not measured. The run ends on a date, so it is "
            "terminating; what is measured is told as of its time.",
        ),
        *filling,
        Block("prompt", "Say how the warm-up and the cases of the first day were chosen."),
        Block("item", "4.2 Run length"),
        Block(
            "text",
            f"{scenario.horizon} ({scenario.horizon_days} days). The clock counts whole seconds of "
            "office time; tables are in calendar days.",
        ),
        Block("item", "4.3 Estimation approach"),
        Block("text", f"{result.n} independent replications, seed {result.seed}{why}."),
        Block("prompt", "Say why so many replications are enough for what is decided."),
    ]


# -- 5 implementation ---------------------------------------------------------------


def _implementation(result: Replications | Comparison) -> list[Block]:
    origin = result.provenance
    versions = origin.get("versions", {})
    rows = [(str(name), str(value)) for name, value in versions.items() if value]
    seconds = origin.get("run_time")
    return [
        Block("section", "5 Implementation"),
        Block("item", "5.1 Software"),
        _table(("software", "version"), [*rows, ("operating system", str(origin["machine"]))]),
        Block("item", "5.2 Random sampling"),
        Block(
            "text",
            "Philox4x64-10 with the key (seed, replication) and a counter made of what is drawn: "
            f"every draw has its own place in the stream. Seed {result.seed}. Scenarios share the "
            "draws of everything that they have in common.",
        ),
        Block("item", "5.3 Model execution"),
        Block(
            "text",
            f"Next event, {result.engine} engine, on an integer clock. Events of one instant "
            "happen by rank (roster, ends of visits, ends of delays, meetings, arrivals, ends of "
            "patience) and case order. Replications run side by side; that changes no number.",
        ),
        Block("item", "5.4 System specification"),
        Block(
            "text",
            f"{origin['machine']}; this document was written on a machine with "
            f"{os.cpu_count()} processors. Run time of the study: "
            f"{'not known' if seconds is None else f'{seconds} s'}.",
        ),
        Block("prompt", "Give the processor and the memory if the run time matters."),
    ]
