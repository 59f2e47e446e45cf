"""Plans built by hand: tables with what a test needs, and nothing in the rest."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import stats

from capsim.kernels import tables
from capsim.kernels.codes import (
    LAW_CELLS,
    LAW_DISCRETE,
    LAW_FIXED,
    LAW_MIXTURE,
    LAW_OCTAVES,
    LAW_TABLE,
    NEVER,
    SOURCE_INITIAL,
    SOURCE_RATE,
)
from capsim.plan.hashes import name_hash, name_hashes
from capsim.plan.plan import Plan

NOBODY_LISTED = {
    **{
        f"listed_{name}": np.zeros(0, dtype=np.int64)
        for name in ("kind", "applied", "joined", "done", "due", "copy", "seat")
    },
    "listed_knows": np.zeros((0, 3), dtype=np.int64),
    "listed_part": np.zeros(1, dtype=np.int64),
    "part_upto": np.zeros(0),
    "part_law": np.zeros(0, dtype=np.int64),
    "part_beyond": np.zeros(0),
    "part_past": np.zeros(0),
}
"""No list of open cases."""


def ints(*values: int) -> np.ndarray:
    return frozen(np.array(values, dtype=np.int64))


def frozen(array: np.ndarray) -> np.ndarray:
    array = np.ascontiguousarray(array)
    array.setflags(write=False)
    return array


class Laws:
    """A growing list of laws; each method gives the number of a new one."""

    def __init__(self) -> None:
        self.rows: list[tuple[int, float, float, int, int, int, int]] = []
        self.low: list[float] = []
        self.span: list[float] = []
        self.upto: list[float] = []
        self.values: list[float] = []
        self.growth: list[np.ndarray] = []

    def _add(self, kind, value=0.0, plus=0.0, first=0, n=0, growth=None, office=False) -> int:
        row = -1
        if growth is not None:
            row = len(self.growth)
            self.growth.append(growth)
        self.rows.append((kind, value, plus, first, n, row, int(office)))
        return len(self.rows) - 1

    def fixed(self, value: float, **more: Any) -> int:
        return self._add(LAW_FIXED, value=value, **more)

    def table(self, distribution: Any, **more: Any) -> int:
        """Straight lines between the exact quantiles at the edges of the cells."""
        first = len(self.low)
        for tail in (distribution.ppf, distribution.isf):
            for octave in range(LAW_OCTAVES):
                last = octave == LAW_OCTAVES - 1
                low, high = (0.0 if last else 0.5 ** (octave + 2)), 0.5 ** (octave + 1)
                edges = tail(np.linspace(low, high, LAW_CELLS + 1))
                if not np.isfinite(edges[0]):
                    edges[0] = tail(high / LAW_CELLS / 4)
                self.low.extend(edges[:-1])
                self.span.extend(np.diff(edges))
        return self._add(LAW_TABLE, first=first, n=2 * LAW_OCTAVES * LAW_CELLS, **more)

    def exponential(self, mean: float, **more: Any) -> int:
        return self.table(stats.expon(scale=mean), **more)

    def mixture(self, parts: list[tuple[float, int]], **more: Any) -> int:
        return self._parts(LAW_MIXTURE, parts, more)

    def discrete(self, parts: list[tuple[float, float]], **more: Any) -> int:
        return self._parts(LAW_DISCRETE, parts, more)

    def _parts(self, kind, parts, more) -> int:
        first = len(self.upto)
        self.upto.extend(np.cumsum([share for share, _ in parts]))
        self.values.extend(value for _, value in parts)
        return self._add(kind, first=first, n=len(parts), **more)

    def tables(self, n_days: int = 10) -> tables.Laws:
        """The laws as `sample` reads them."""
        columns = list(zip(*self.rows, strict=True)) or [()] * 7
        kinds = (np.int64, np.float64, np.float64, np.int64, np.int64, np.int64, np.int64)
        parts = (self.low, self.span, self.upto, self.values)
        return tables.Laws(
            *(frozen(np.array(column, kind)) for column, kind in zip(columns, kinds, strict=True)),
            *(frozen(np.array(part, np.float64)) for part in parts),
            frozen(np.array(self.growth).reshape(len(self.growth), n_days + 1)),
        )


def calendar(n_days: int, day_ticks: int, open_week: tuple[int, ...]) -> tables.Time:
    """Calendar days of weeks; day 0 is the first of the week."""
    is_open = np.array([open_week[day % 7] for day in range(n_days)] + [0], dtype=np.int64)
    open_day = np.append(np.flatnonzero(is_open), n_days)
    return tables.Time(
        day_ticks=day_ticks,
        n_days=n_days,
        warm_up_day=0,
        cohort_end_day=n_days,
        horizon=int(is_open.sum()) * day_ticks,
        warm_up=0,
        open_day=frozen(open_day.astype(np.int64)),
        office_day=frozen(np.append(0, np.cumsum(is_open[:-1]))),
        is_open=frozen(is_open),
    )


def source(kind: int, inflow: int = 0, name: str = "rate", **more: Any) -> dict[str, Any]:
    """A source of arrivals; `hash_name` is what its random numbers are keyed by."""
    row = {
        "kind": kind,
        "inflow": inflow,
        "name": name,
        "hash_name": f"inflow{inflow}/{name}",
        "entry": 0,
        "n": -1,
        "first": 0,
        "last": 0,
        "take_up": 1.0,
        "lag": -1,
        "ahead": 0,
        "office": -1,
        "group": -1,
        "begin": 0.0,
        "end": 1.0,
        "pieces": [],
        "trace": [],
    }
    assert set(more) <= set(row)
    return {**row, **more}


def arrivals(
    sources: list[dict[str, Any]],
    offices: tuple[float, ...] = (1.0,),
    residuals: tuple[tuple[int, int, int], ...] = ((-1, -1, -1),),
    trace_values: np.ndarray | None = None,
    inflows: int = 1,
) -> tables.Arrivals:
    """Sources in the order given; `pieces` are (start, rate), the last one with rate 0 an end.

    A piece may go on with its week and the shape of the factor of that week.
    """
    pieces: list[tuple[int, float, int, float]] = []
    traced: list[tuple[int, int, int, int]] = []
    for row in sources:
        if row["pieces"]:
            row["first"] = len(pieces)
            pieces += [(*piece, 0, 0.0)[:4] for piece in row["pieces"]]
            row["last"] = len(pieces) - 1
        if row["trace"]:
            row["first"], row["n"] = len(traced), len(row["trace"])
            traced += row["trace"]
    column = {
        key: frozen(np.array([row[key] for row in sources], dtype=np.int64))
        for key in (
            *("kind", "inflow", "entry", "n", "first", "last", "lag"),
            *("ahead", "office", "group"),
        )
    }
    starts, rates, weeks, shapes = zip(*pieces, strict=True) if pieces else [()] * 4
    applied, index, office, values = (
        frozen(np.array(part, dtype=np.int64))
        for part in (zip(*traced, strict=True) if traced else [()] * 4)
    )
    given = np.full((0, 1), -1) if trace_values is None else trace_values
    given = frozen(given.astype(np.int64))
    gap, stay, visits = (ints(*part) for part in zip(*residuals, strict=True))
    return tables.Arrivals(
        source_kind=column["kind"],
        source_inflow=column["inflow"],
        source_hash=frozen(name_hashes(row["hash_name"] for row in sources)),
        source_entry=column["entry"],
        source_office=column["office"],
        source_n=column["n"],
        source_first=column["first"],
        source_last=column["last"],
        source_take_up=frozen(np.array([row["take_up"] for row in sources], dtype=np.float64)),
        source_lag=column["lag"],
        source_ahead=column["ahead"],
        source_begin=frozen(np.array([row["begin"] for row in sources], dtype=np.float64)),
        source_end=frozen(np.array([row["end"] for row in sources], dtype=np.float64)),
        source_group=column["group"],
        segment_start=ints(*starts),
        segment_rate=frozen(np.array(rates, dtype=np.float64)),
        segment_week=ints(*weeks),
        segment_shape=frozen(np.array(shapes, dtype=np.float64)),
        trace_applied=applied,
        trace_index=index,
        trace_office=office,
        trace_row=values,
        trace_work=given,
        trace_stay=given,
        trace_patience=given,
        office_upto=frozen(np.tile(np.cumsum(offices) / np.sum(offices), (inflows, 1))),
        residual_gap=gap,
        residual_stay=stay,
        residual_visits=visits,
        source_listed=ints(*(-1 for _ in sources)),
        **NOBODY_LISTED,
    )


def staff(
    seats: list[dict[str, Any]],
    copies: list[dict[str, Any]],
    n_days: int,
    cuts: tuple[tuple[int, int, int], ...] = (),
    season: tuple[np.ndarray, ...] = (),
) -> tables.Staff:
    """Seats: copy, number, fte, from_, until, named. Copies: turnover, absences and so on."""
    seat_rows = [
        {"copy": 0, "number": i + 1, "fte": 1000, "from_": 0, "until": NEVER, "named": 0} | seat
        for i, seat in enumerate(seats)
    ]
    copy_rows = [
        {
            "name": f"main/team{i}",
            "team": f"team{i}",
            "onboarding": (0, 1000),
            "turnover": (0.0, -1, -1, 0.0),
            "handover_after": NEVER,
            "absences": (),
            **copy,
        }
        for i, copy in enumerate(copies)
    ]
    kinds = [
        {"season": -1, "residual": -1, **kind, "team": copy["team"]}
        for copy in copy_rows
        for kind in copy["absences"]
    ]

    def whole(rows, get) -> np.ndarray:
        return frozen(np.array([get(row) for row in rows], dtype=np.int64))

    def real(rows, get) -> np.ndarray:
        return frozen(np.array([get(row) for row in rows], dtype=np.float64))

    return tables.Staff(
        seat_copy=whole(seat_rows, lambda seat: seat["copy"]),
        seat_number=whole(seat_rows, lambda seat: seat["number"]),
        seat_fte=whole(seat_rows, lambda seat: seat["fte"]),
        seat_from=whole(seat_rows, lambda seat: seat["from_"]),
        seat_until=whole(seat_rows, lambda seat: seat["until"]),
        seat_hash=frozen(name_hashes(copy_rows[seat["copy"]]["name"] for seat in seat_rows)),
        seat_lead=whole(seat_rows, lambda seat: -1),
        seat_decided=whole(seat_rows, lambda seat: 0),
        seat_filled=real(seat_rows, lambda seat: 1.0),
        seat_named=whole(seat_rows, lambda seat: seat["named"]),
        hiring_purpose=frozen(name_hashes(f"hiring/{copy['team']}" for copy in copy_rows)),
        seat_duty=whole(seat_rows, lambda seat: -1),
        seat_week=whole(seat_rows, lambda seat: 1),
        seat_days=whole(seat_rows, lambda seat: 1),
        duty=frozen(np.zeros((0, 0), np.int64)),
        seat_reserve=whole(seat_rows, lambda seat: -1),
        cut_seat=ints(*(cut[0] for cut in cuts)),
        cut_time=ints(*(cut[1] for cut in cuts)),
        cut_fte=ints(*(cut[2] for cut in cuts)),
        onboarding_length=whole(copy_rows, lambda copy: copy["onboarding"][0]),
        onboarding_rate=whole(copy_rows, lambda copy: copy["onboarding"][1]),
        turnover_rate=real(copy_rows, lambda copy: copy["turnover"][0]),
        strain=tables.Strain(
            whole(copy_rows, lambda copy: -1), ints(), ints(), frozen(np.zeros((0, 1), np.int64))
        ),
        vacancy=whole(copy_rows, lambda copy: copy["turnover"][1]),
        vacancy_residual=whole(copy_rows, lambda copy: copy["turnover"][2]),
        vacancy_mean=real(copy_rows, lambda copy: copy["turnover"][3]),
        handover_after=whole(copy_rows, lambda copy: copy["handover_after"]),
        absence_first=frozen(np.cumsum([0] + [len(copy["absences"]) for copy in copy_rows])),
        absence_rate=real(kinds, lambda kind: kind["rate"]),
        absence_length=whole(kinds, lambda kind: kind["length"]),
        absence_residual=whole(kinds, lambda kind: kind["residual"]),
        absence_mean=real(kinds, lambda kind: kind["mean"]),
        absence_season=whole(kinds, lambda kind: kind["season"]),
        absence_purpose=frozen(
            name_hashes(f"absence/{kind['team']}/{kind['name']}" for kind in kinds)
        ),
        season=frozen(np.array(season, dtype=np.float64).reshape(len(season), n_days + 1)),
        turnover_purpose=frozen(name_hashes(f"turnover/{copy['team']}" for copy in copy_rows)),
    )


NOBODY = {"seats": [], "copies": []}


def plan(
    *,
    n_days: int = 14,
    day_ticks: int = 100,
    open_week: tuple[int, ...] = (1, 1, 1, 1, 1, 0, 0),
    laws: Laws | None = None,
    sources: list[dict[str, Any]] | None = None,
    offices: tuple[float, ...] = (1.0,),
    residuals: tuple[tuple[int, int, int], ...] = ((-1, -1, -1),),
    trace_values: np.ndarray | None = None,
    people: dict[str, Any] = NOBODY,
    stages: tuple[str, ...] = ("intake",),
    inflows: int = 1,
    profiles: dict[str, Any] | None = None,
) -> Plan:
    """A plan with the given fields; fields that draws do not read are missing.

    One profile serves every office, inflow and stage; `profiles` are its laws, and stage s of
    `stages` uses row s where there are several.
    """
    fields: dict[str, Any] = dict.fromkeys(Plan.__dataclass_fields__)
    fields["time"] = calendar(n_days, day_ticks, open_week)
    fields["laws"] = (laws or Laws()).tables(n_days)
    fields["stages"] = stages
    fields["inflows"] = tuple(f"inflow{number}" for number in range(inflows))
    rows = np.arange(len(stages)) if len(residuals) == len(stages) else np.zeros(len(stages))
    shape = (len(offices), inflows, len(stages))
    given = profiles or {}
    work = given.get("work", [[] for _ in stages])
    column: dict[str, Any] = dict.fromkeys(tables.Profiles._fields)
    for name in ("patience", "stay", "visits", "gap"):
        column[name] = ints(*given.get(name, [-1] * len(stages)))
    column["work_first"] = frozen(np.cumsum([0] + [len(part) for part in work])[:-1])
    column["work_n"] = ints(*(len(part) for part in work))
    column["missed_cost"] = ints(*[0] * len(stages))
    fields["profiles"] = tables.Profiles(**column)
    list_of: dict[str, Any] = dict.fromkeys(tables.Rules._fields)
    fields["rules"] = tables.Rules(
        **{
            **list_of,
            "work": ints(*(law for part in work for law in part)),
            "partner": frozen(np.zeros(len(stages))),
            "missed": frozen(np.zeros(len(stages))),
        }
    )
    purposes = [
        [name_hash(f"{what}/{stage}") for what in ("stay", "visit", "decision")] for stage in stages
    ]
    missing: dict[str, Any] = dict.fromkeys(tables.Network._fields)
    fields["network"] = tables.Network(
        **{
            **missing,
            "inflow_burden": frozen(np.full(shape[1], -1)),
            "profile": frozen(np.broadcast_to(rows.astype(np.int64), shape).copy()),
            "stage_purpose": frozen(np.array(purposes, dtype=np.uint64)),
        }
    )
    fields["arrivals"] = arrivals(sources or [], offices, residuals, trace_values, inflows)
    fields["staff"] = staff(n_days=n_days, **people)
    return Plan(**fields)


__all__ = ["SOURCE_INITIAL", "SOURCE_RATE"]
