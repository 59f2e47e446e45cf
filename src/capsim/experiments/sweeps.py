"""How the outcome depends on a setting: one scenario at many points, on the same luck."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Unpack, cast

from capsim.catalogue.meant import of_the_whole_service
from capsim.execution.options import Execution, check_options, request_of
from capsim.execution.own_functions import Measure
from capsim.execution.provenance import provenance
from capsim.execution.scenario_work import ScenarioWork
from capsim.execution.settings import RunSettings
from capsim.experiments.arguments import check_n, check_scenario, check_settings
from capsim.experiments.control import Control, control_of
from capsim.experiments.questions import Question, register
from capsim.experiments.results.cube import cube
from capsim.experiments.results.headline import headline
from capsim.experiments.results.look import explanation_lines
from capsim.experiments.results.outlined import control_lines, outlined
from capsim.experiments.results.pointwise import PAGE, PointTable, point_table
from capsim.experiments.results.reacting import Key, reacting
from capsim.experiments.results.result import (
    few_replications,
    luck_alone,
    period,
    verdicts,
)
from capsim.experiments.results.sample import Sample, gather, summarised
from capsim.experiments.results.sampled import AbstractSampled
from capsim.scenario.errors import counted

if TYPE_CHECKING:
    from os import PathLike

    import pandas as pd

    from capsim.engines.reference import AssignRule, ChooseRule
    from capsim.experiments.results.saving import Content
    from capsim.scenario import Scenario

__all__ = ["Sweep", "sweep"]

Points = Mapping[str, Iterable[Any]] | Sequence[Mapping[str, Any]]

_MOST_POINTS = 8
_MOST_MEASURES = 4


@dataclass(frozen=True, eq=False, repr=False)
class Sweep(AbstractSampled):
    """A scenario at many points, each with the replications 0 to n - 1 of one seed.

    Attributes
    ----------
    scenario : Scenario
        The one that the overrides change.
    overrides : tuple of dict
        Dotted path to value, one per point.
    seed, n : int
    engine : str
    provenance : dict
    """

    scenario: Scenario
    overrides: tuple[dict[str, Any], ...]
    seed: int
    n: int
    engine: str
    provenance: dict[str, Any]
    _samples: tuple[Sample, ...] = field(kw_only=True)

    saved_as: ClassVar[str] = "sweep"

    @property
    def points(self) -> pd.DataFrame:
        """One row per point with a column per dotted path.

        Values that are no number or text, such as laws, are JSON; an empty cell means that the
        point leaves the setting as it is.
        """
        import pandas as pd

        return pd.DataFrame(
            [{path: _cell(point.get(path)) for path in self.paths} for point in self.overrides],
            columns=list(self.paths),
        )

    @property
    def samples(self) -> tuple[Sample, ...]:
        """Numbers of the points, in their order."""
        return self._samples

    @property
    def paths(self) -> tuple[str, ...]:
        """Dotted paths that some point changes, in order of appearance."""
        return tuple(dict.fromkeys(path for point in self.overrides for path in point))

    def to_xarray(self) -> Any:
        """A labelled array (point, replication, row), with the settings as coordinates of a point.

        Raises
        ------
        ImportError
            Without xarray.
        """
        array = cube(
            dict(enumerate(self._samples)), "point", list(range(len(self))), {"seed": self.seed}
        )
        points = self.points
        return array.assign_coords({path: ("point", points[path].to_numpy()) for path in points})

    def __len__(self) -> int:
        """Number of points."""
        return len(self.overrides)

    def _by_sample(self, frame_of: Callable[[Sample], pd.DataFrame]) -> pd.DataFrame:
        import pandas as pd

        points = self.points
        parts = []
        for number, sample in enumerate(self._samples):
            part = frame_of(sample).reset_index(drop=True)
            settings = points.iloc[[number] * len(part)].reset_index(drop=True)
            parts.append(pd.concat([settings, part], axis=1))
        return pd.concat(parts, ignore_index=True)

    def _start(self) -> date | None:
        return None if "start" in self.paths else self.scenario.start

    def _content(self) -> Content:
        from capsim.experiments.results.saving import Content

        arguments = {
            "scenario": self.scenario.to_document(),
            "overrides": json.loads(json.dumps(self.overrides, default=str)),
            "seed": self.seed,
            "n": self.n,
            "engine": self.engine,
        }
        return Content(self.saved_as, arguments, self.provenance, self._samples)

    @classmethod
    def restored(cls, content: Content) -> Sweep:
        """The sweep that was saved."""
        from capsim.scenario import Scenario

        given = content.arguments
        return cls(
            scenario=Scenario.from_document(given["scenario"]),
            overrides=tuple(dict(point) for point in given["overrides"]),
            seed=int(given["seed"]),
            n=int(given["n"]),
            engine=str(given["engine"]),
            provenance=dict(content.provenance),
            _samples=tuple(content.samples),
        )

    def _heading(self) -> list[str]:
        return [
            f"{counted(len(self), 'point')} of {self.scenario.label!r} on the same luck: "
            f"{counted(self.n, 'replication')} each, seed {self.seed}, {self.engine} engine",
            period(self.scenario),
            *(["± is half of the 95 % interval"] if self.n > 1 else []),
        ]

    def _meanings(self) -> list[str]:
        return explanation_lines(measure for _, _, measure in self._first_look.keys)

    def _cautions(self) -> list[str]:
        points = {sample.label: sample.scenario for sample in self._samples[:_MOST_POINTS]}
        simulated = {sample.label: sample.cleared for sample in self._samples[:_MOST_POINTS]}
        below = self._first_look.below
        alone = luck_alone(sample.scenario for sample in self._samples)
        told = [
            *few_replications(self.n),
            *self.controlled(self._first_look.keys, _MOST_POINTS),
            *alone,
        ]
        return [*below, *told, *verdicts(points, simulated)]

    def controlled(self, keys: Sequence[Key], most: int | None = None) -> list[str]:
        """A line about the outlines that control the means of a table, if there are any."""
        return control_lines(self._samples[:most], keys)

    @cached_property
    def _first_look(self) -> PointTable:
        return self.table(most=_MOST_POINTS)

    def table(
        self, keys: Sequence[Key] = (), *, width: int = PAGE, most: int | None = None
    ) -> PointTable:
        """What print shows, with the lines below it.

        Parameters
        ----------
        keys : sequence of (kind, of, measure)
            Columns; default what the points change, the most telling first. What is the same at
            every point is told in a line.
        width : int
            Characters of a line that there is room for.
        most : int, optional
            Points; default all.
        """
        samples = self._samples[:most]
        frames = [of_the_whole_service(summarised(sample, [], 0.95)) for sample in samples]
        if not keys:
            chosen = headline(frames[0], _MOST_MEASURES, reacting(self._samples))
            names = zip(chosen["kind"], chosen["of"], chosen["measure"], strict=True)
            keys = [(str(kind), str(of), str(measure)) for kind, of, measure in names]
        settings = {
            path: [str(_cell(point.get(path), "")) for point in self.overrides[:most]]
            for path in self.paths
        }
        return point_table(settings, frames, keys, width)

    def _table(self) -> list[list[str]]:
        rows = [list(row) for row in self._first_look.rows]
        if len(self) > _MOST_POINTS:
            rows.append([f"and {len(self) - _MOST_POINTS} more", *[""] * (len(rows[0]) - 1)])
        return rows


def _cell(value: Any, missing: Any = None) -> Any:
    if value is None:
        return missing
    if isinstance(value, str | int | float | bool):
        return value
    return json.dumps(value, default=str)


def points_of(points: Points) -> list[dict[str, Any]]:
    """The overrides of each point, of a grid or a list.

    Raises
    ------
    ValueError
        If it is neither, or empty.

    Examples
    --------
    >>> points_of({"teams.a.fte": [1, 2], "teams.b.fte": [3]})
    [{'teams.a.fte': 1, 'teams.b.fte': 3}, {'teams.a.fte': 2, 'teams.b.fte': 3}]
    """
    if isinstance(points, Mapping):
        for path, values in points.items():
            if isinstance(values, str | Mapping) or not isinstance(values, Iterable):
                raise ValueError(
                    f"points[{path!r}] = {values!r} must be a list of values: write [{values!r}]"
                )
        axes = {path: list(values) for path, values in points.items()}
        found = [
            dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())
        ]
        if not axes:
            found = []
    elif isinstance(points, Sequence) and all(isinstance(point, Mapping) for point in points):
        found = [dict(point) for point in points]
    else:
        raise ValueError(
            f"points = {points!r} must be a grid such as {{'teams.guidance.fte': [4, 5, 6]}} or a "
            "list of overrides"
        )
    if not found:
        raise ValueError("points: there is none; give at least one value for each path")
    return found


def sweep(
    scenario: Scenario | str | PathLike[str] | Mapping[str, Any],
    points: Points,
    *,
    n: int,
    seed: int,
    engine: str = "auto",
    measures: Mapping[str, Measure] | None = None,
    own: Mapping[str, Measure] | None = None,
    assign: AssignRule | None = None,
    choose: ChooseRule | None = None,
    by: str | None = None,
    also: Sequence[str] = (),
    control: Control = "auto",
    **execution: Unpack[Execution],
) -> Sweep:
    """A scenario at every point of a grid, or of a list of overrides, on the same luck.

    Parameters
    ----------
    scenario : Scenario, path, str or mapping
        What to change; a path or the name of a preset is loaded, of a table a scenario is made.
    points : mapping or list
        A grid, ``{"teams.guidance.fte": [4, 5, 6], ...}``, of which every combination is run, or
        a list of overrides.
    n : int
        Number of replications at each point.
    seed : int
    engine : {"auto", "simpy", "compiled"}
    measures, own : mapping of str to function, optional
        Measures of your own: functions that get a `Run` and give a number.
    assign, choose : function, optional
        Rules of your own, as `simulate` takes them; the replications are then run by the simpy
        engine, in processes.
    by : {"1 week", "1 month", "1 quarter", "1 year"}, optional
        Measure also in calendar periods, for all offices together; `by` of the result tells them.
    also : sequence of str, optional
        Measures that must be asked for ahead: ``"level[intake, on=2026-12-31]"``,
        ``"level_open[...]"``, ``"share_over[intake, days=30]"``.
    control : int or "auto"
        Outlines for each replication, which tell how lucky it was: see `replicate`.
    **execution
        store, jobs, client, backend, block, progress: see `capsim.experiments.Execution`.

    Returns
    -------
    Sweep

    Raises
    ------
    ScenarioError
        If a point is not valid; before anything is simulated.

    Examples
    --------
    >>> import capsim
    >>> scenario = capsim.Scenario(
    ...     start="2026-01-01",
    ...     horizon="6 months",
    ...     teams={"intake": {"fte": 1}},
    ...     stages={"intake": {"team": "intake", "work": "3 h"}},
    ...     inflows={"regular": {"rate": {"per_month": 45}}},
    ... )
    >>> result = capsim.sweep(
    ...     scenario, {"teams.intake.fte": [1, 2, 3]}, n=5, seed=1, jobs=1, engine="simpy"
    ... )
    >>> frame = result.summary("wait_mean[intake]")
    >>> list(frame["teams.intake.fte"])
    [1, 2, 3]
    >>> bool(frame["mean"].is_monotonic_decreasing)
    True
    """
    check_options(sweep, execution)
    subject = check_scenario(scenario)
    overrides = points_of(points)
    scenarios = []
    for number, point in enumerate(overrides):
        try:
            scenarios.append(subject.with_(point))
        except ValueError as error:
            error.add_note(f"at point {number} of the sweep: {point}")
            raise
    settings = check_settings(
        seed=seed,
        engine=engine,
        measures=measures,
        own=own,
        assign=assign,
        choose=choose,
        by=by,
        also=also,
    )
    return run_points(subject, overrides, scenarios, check_n(n), settings, execution, control)


def run_points(
    subject: Scenario,
    overrides: Sequence[Mapping[str, Any]],
    scenarios: Sequence[Scenario],
    n: int,
    settings: RunSettings,
    execution: Execution,
    control: Control = 0,
) -> Sweep:
    """The sweep of scenarios that are already made, with checked arguments but for control."""
    works = [
        ScenarioWork(_label(point), one, settings)
        for point, one in zip(overrides, scenarios, strict=True)
    ]
    plain = json.loads(json.dumps([dict(point) for point in overrides], default=str))
    outlines = control_of(control, works)
    request = request_of(
        "sweep",
        settings,
        n=n,
        base=subject.to_dict(),
        overrides=plain,
        by=settings.ask.by,
        **({} if control == "auto" else {"control": control}),
    )
    samples, seconds = gather(works, n, request, execution, control=outlines)
    return Sweep(
        scenario=subject,
        overrides=tuple(dict(point) for point in overrides),
        seed=settings.seed,
        n=n,
        engine=settings.engine,
        provenance=provenance(
            {subject.label: subject},
            settings,
            seconds,
            n=n,
            points=len(overrides),
            **outlined(samples),
        ),
        _samples=tuple(samples),
    )


def _again(
    scenario: Scenario,
    overrides: Sequence[Mapping[str, Any]],
    scenarios: Sequence[Scenario],
    n: int,
    control: Control = "auto",
    **rest: Any,
) -> Sweep:
    """The sweep of scenarios as a store has them."""
    names = ("seed", "engine", "own", "assign", "choose", "by", "also")
    settings = check_settings(**{name: rest.pop(name) for name in names if name in rest})
    execution = cast(Execution, rest)
    return run_points(scenario, overrides, scenarios, n, settings, execution, control)


def _label(point: Mapping[str, Any]) -> str:
    return ", ".join(f"{path}={value}" for path, value in point.items()) or "unchanged"


register(
    Question(
        "sweep",
        _again,
        lambda noted: noted.but(
            "base", scenario=noted.base, scenarios=[one for _, one in noted.scenarios_of()]
        ),
    )
)
