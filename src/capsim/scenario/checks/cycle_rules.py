"""Rules of what must not go round in a circle: cases without time, and places that are kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from capsim.scenario.checks.stage_rules import no_time_passes
from capsim.scenario.errors import Mistake
from capsim.scenario.tables.scenario import ScenarioFields

__all__ = ["cycle_rules", "ring_rules"]


def cycle_rules(scenario: ScenarioFields) -> Iterator[Mistake]:
    """Cycles of stages in which no time can pass."""
    found: set[tuple[str, ...]] = set()
    for inflow in scenario.inflows:
        edges: dict[str, dict[str, str]] = {}
        for name in scenario.stages:
            stage = scenario.stage_for(name, inflow)
            for way in no_time_passes(stage):
                targets = (
                    [to for to, share in scenario.next_of(name, stage).items() if share > 0]
                    if way == "next"
                    else [getattr(stage, way)]
                )
                for target in targets:
                    if target in scenario.stages:
                        edges.setdefault(name, {}).setdefault(target, way)
        cycle = _cycle(edges)
        if cycle and tuple(sorted(cycle)) not in found:
            found.add(tuple(sorted(cycle)))
            way = edges[cycle[0]][cycle[1 % len(cycle)]]
            yield Mistake(
                f"stages.{cycle[0]}.{way}",
                " -> ".join([*cycle, cycle[0]]),
                "a routing cycle in which no time can pass",
                "send the cases to an exit or to a delay",
            )


def ring_rules(scenario: ScenarioFields) -> Iterator[Mistake]:
    """Teams whose places are kept for one another: all would wait, and nobody would move."""
    edges: dict[str, dict[str, str]] = {}
    kept: dict[tuple[str, str], str] = {}
    for inflow in scenario.inflows:
        for name in scenario.stages:
            stage = scenario.stage_for(name, inflow)
            if not stage.keep_place or not stage.has_places or stage.team is None:
                continue
            for target, share in scenario.next_of(name, stage).items():
                if share <= 0 or target not in scenario.stages:
                    continue
                onward = scenario.stage_for(target, inflow)
                if onward.has_places and onward.team is not None and onward.team != stage.team:
                    edges.setdefault(stage.team, {}).setdefault(onward.team, "next")
                    kept.setdefault((stage.team, onward.team), name)
    ring = _cycle(edges)
    if ring:
        name = kept[ring[0], ring[1 % len(ring)]]
        yield Mistake(
            f"stages.{name}.keep_place",
            True,
            f"places would be kept in a ring, {' -> '.join([*ring, ring[0]])}: when all are taken, "
            "everybody waits for everybody",
            "remove it from one of the stages, or send cases to an exit or a stage without places",
        )


def _cycle(edges: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Stages of one cycle in order; empty if there is none."""
    finished: set[str] = set()
    for origin in edges:
        path: list[str] = []
        stack: list[tuple[str, Iterator[str]]] = [(origin, iter(edges[origin]))]
        if origin in finished:
            continue
        path.append(origin)
        while stack:
            node, targets = stack[-1]
            target = next(targets, None)
            if target is None:
                stack.pop()
                path.pop()
                finished.add(node)
            elif target in path:
                return path[path.index(target) :]
            elif target not in finished and target in edges:
                path.append(target)
                stack.append((target, iter(edges[target])))
    return []
