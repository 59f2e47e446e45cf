"""Rules of a single stage, as it stands and as each inflow has it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator

from capsim.scenario.base import plain
from capsim.scenario.errors import Mistake
from capsim.scenario.laws.durations import Fixed
from capsim.scenario.laws.law import SHARE_TOLERANCE, AbstractLaw
from capsim.scenario.tables.stages import Closure, Deadline, Decision, Stage

__all__ = ["calendar_law", "no_time_passes", "stage_rules", "work_law"]

_DELAY_LACKS = {
    "work": "work needs a team",
    "visits": "visits need a team",
    "gap": "a gap lies between visits, which need a team",
    "closing": "closing follows visits, which need a team",
    "no_show": "only visits can be missed, and they need a team",
    "partner": "a partner does visits, which need a team",
    "patience": "nobody waits in a delay",
    "room": "nobody waits in a delay",
    "if_left": "nobody waits in a delay",
    "if_turned_away": "nobody waits in a delay",
}


def stage_rules(stage: Stage, path: str, written: Iterable[str] | None = None) -> Iterator[Mistake]:
    """Mistakes of a stage by itself.

    Parameters
    ----------
    stage : Stage
        As it stands, or with an inflow's override.
    path : str
        Where what is judged was written.
    written : iterable of str, optional
        Fields of an override; only mistakes about these are its own.
    """
    own = None if written is None else set(written)
    for mistake in _of_kind(stage, path):
        field = mistake.path.removeprefix(path + ".").split(".")[0]
        if own is None or field in own or mistake.path == path:
            yield mistake
    fields = own if own is not None else set(Stage.model_fields)
    if "work" in fields and stage.work is not None:
        many = isinstance(stage.work, tuple)
        if many and not stage.work_laws:
            yield Mistake(f"{path}.work", [], "needs a law of work", "write work = '1 h', say")
        for position, law in enumerate(stage.work_laws):
            yield from work_law(law, f"{path}.work.{position}" if many else f"{path}.work")
    if "no_show" in fields and stage.no_show is not None:
        yield from work_law(stage.no_show.costs, f"{path}.no_show.costs")
    for name in ("stay", "gap", "patience"):
        law = getattr(stage, name)
        if name in fields and law is not None:
            yield from calendar_law(law, f"{path}.{name}")
    if "decision" in fields and isinstance(stage.decision, Decision):
        yield from _decision(stage.decision, f"{path}.decision")
    if "deadline" in fields and stage.deadline is not None:
        yield from _deadline(stage.deadline, f"{path}.deadline")
    if "next" in fields and stage.next is not None:
        yield from _next(stage.next, f"{path}.next")
    if "closing" in fields and stage.closing is not None:
        if stage.closing.elasticity and stage.closing.norm is None:
            yield Mistake.absent(
                f"{path}.closing.norm", "elasticity needs a norm", "write norm = 75, say"
            )


def _of_kind(stage: Stage, path: str) -> Iterator[Mistake]:
    if stage.keep_place and not stage.has_places:
        rule = "only who has a caseworker, or a place of a team with places, has a place to keep"
        remedy = "add caseworker = true, name a team with places, or remove it"
        yield stage.mistake(path, "keep_place", rule, remedy)
    if stage.pauses_deadlines and stage.kind != "delay":
        rule = "clocks stand still in stages without a team only: where a team works, they run"
        remedy = "remove it, or put a stage with a stay and without a team beside this one"
        yield stage.mistake(path, "pauses_deadlines", rule, remedy)
    if stage.kind == "delay":
        yield from _of_delay(stage, path)
    elif stage.kind != "places":  # of which `place_rules` looks beside their team
        if stage.work is None:
            rule = "a stage with a team needs work"
            yield Mistake.absent(f"{path}.work", rule, "write work = '45 min', say")
        yield from (_of_pooled if stage.kind == "pooled" else _of_caseworker)(stage, path)


def _of_delay(stage: Stage, path: str) -> Iterator[Mistake]:
    if stage.pauses_deadlines and stage.deadline is not None:
        rule = "no deadline can expire where the clocks stand still"
        remedy = "put it on a stage before or after, or remove pauses_deadlines"
        yield stage.mistake(path, "deadline", rule, remedy)
    if stage.caseworker:
        yield stage.mistake(path, "caseworker", "a caseworker needs a team", "add a team")
    if stage.work is not None and stage.stay is None:
        remedy = "name one, or write stay instead of work"
        yield Mistake.absent(f"{path}.team", "work needs a team", remedy)
        return
    for name, rule in _DELAY_LACKS.items():
        if getattr(stage, name) is not None:
            yield stage.mistake(path, name, rule, f"add a team or remove {name}")
    if stage.stay is None:
        rule = "a stage without a team is a delay and needs a stay"
        yield Mistake.absent(
            f"{path}.stay", rule, "write stay = '30 days', say, or a team and work"
        )


def _of_pooled(stage: Stage, path: str) -> Iterator[Mistake]:
    for name, or_else in (("stay", ", or remove the team if it is a delay"), ("closing", "")):
        if getattr(stage, name) is not None:
            remedy = f"add caseworker = true{or_else}"
            yield stage.mistake(path, name, f"{name} needs a caseworker", remedy)
    if stage.partner is not None:
        rule = "a partner shares the visits of a caseworker"
        remedy = "add caseworker = true, or send that share to a stage of a partner's own"
        yield stage.mistake(path, "partner", rule, remedy)


def _of_caseworker(stage: Stage, path: str) -> Iterator[Mistake]:
    endings = [name for name in ("visits", "stay", "closing") if getattr(stage, name) is not None]
    if len(endings) != 1:
        rule = "a caseworker stage ends by exactly one of visits, stay and closing"
        if endings:
            yield stage.mistake(path, endings[-1], rule, f"keep one of {', '.join(endings)}")
        else:
            yield Mistake.absent(f"{path}.visits", rule, "add one, such as visits = 5")
    if stage.stay is not None and stage.gap is None:
        rule = "a stay needs a gap: a visit falls due every gap"
        yield Mistake.absent(f"{path}.gap", rule, "write gap = '28 days', say")


def work_law(law: AbstractLaw, path: str) -> Iterator[Mistake]:
    """Mistakes of a law of work: units of time at the desk only."""
    for below, duration in law.durations():
        if not duration.is_work:
            place = path if _is_text(law) else f"{path}.{below}"
            yield Mistake(
                place,
                str(duration),
                f"work is in s, min or h: {_article(duration.unit)} of work is ambiguous",
                "write the hours at the desk, such as '7.6 h'",
            )
    yield from _no_share(law, path)


def calendar_law(law: AbstractLaw, path: str) -> Iterator[Mistake]:
    """Mistakes of a law of calendar time: workdays do not mix with other units."""
    units = {duration.is_workdays for _, duration in law.durations() if duration.value != 0}
    if len(units) > 1:
        yield Mistake(
            path,
            plain(law),
            "workdays do not mix with calendar time",
            "write all durations of the law in workdays, or none",
        )
    yield from _no_share(law, path)


def _no_share(law: AbstractLaw, path: str) -> Iterator[Mistake]:
    if law.share is not None:
        yield law.mistake(path, "share", "only a part of a mixture has a share", "remove share")


def _is_text(law: AbstractLaw) -> bool:
    return isinstance(plain(law), str)


def _article(unit: str) -> str:
    return "a " + unit.removesuffix("s")


def _decision(decision: Decision, path: str) -> Iterator[Mistake]:
    for place, closed in enumerate(decision.closed):
        if isinstance(closed, Closure) and closed.until <= closed.from_:
            yield Mistake(
                f"{path}.closed.{place}.until",
                closed.until.isoformat(),
                f"must lie after from ({closed.from_.isoformat()}): it is the first day after",
                "write a later date, or the one day as a date",
            )
    if (decision.every is None) == (decision.dates is None):
        rule = "needs exactly one of every and dates"
        if decision.every is None:
            yield Mistake.absent(f"{path}.every", rule, "write every = '14 days', say")
        else:
            yield decision.mistake(path, "every", rule, "remove every or dates")
        return
    if decision.dates is not None:
        if not decision.dates:
            yield Mistake(f"{path}.dates", [], "needs at least one date", "list the meetings")
        if decision.first is not None:
            yield Mistake(
                f"{path}.first", decision.first.isoformat(), "first belongs to every", "remove it"
            )
        return
    every = decision.every
    assert every is not None
    days = every.exact if every.is_workdays else every.exact_days
    whole = every.is_calendar_step or (every.unit in ("months", "years")) is False
    if not whole or days <= 0 or (not every.is_calendar_step and days.denominator != 1):
        yield Mistake(
            f"{path}.every",
            str(every),
            "meetings are a whole number of days, weeks, workdays, months or years apart",
            "write '14 days' or '1 month', say",
        )


def _deadline(deadline: Deadline, path: str) -> Iterator[Mistake]:
    if deadline.within.value <= 0:
        yield Mistake(
            path, str(deadline.within), "a deadline must lie ahead", "write '30 days', say"
        )


def _next(destinations: dict[str, float], path: str) -> Iterator[Mistake]:
    total = sum(destinations.values())
    if not destinations:
        yield Mistake(path, {}, "needs at least one destination", "write { closed = 1.0 }, say")
    elif abs(total - 1) > SHARE_TOLERANCE:
        yield Mistake(
            path,
            plain(destinations),
            f"the shares sum to {total:.6g}, not to 1",
            "correct the shares, or send the rest to an exit",
        )


def no_time_passes(stage: Stage) -> list[str]:
    """Ways out of a stage, among next, if_left and if_turned_away, that can take no time."""
    ways = []
    meeting = stage.meetings is not None
    if not meeting and stage.kind in ("delay", "places") and _is_zero(stage.stay):
        ways.append("next")
    if not meeting and stage.kind == "pooled" and all(_is_zero(law) for law in stage.work_laws):
        if stage.gap is None or stage.n_visits == 1 or _is_zero(stage.gap):
            ways.append("next")
    if not meeting and stage.kind == "caseworker" and stage.partner == 1 and stage.stay is None:
        if stage.gap is None or stage.n_visits == 1 or stage.closing or _is_zero(stage.gap):
            ways.append("next")
    if stage.kind != "delay":
        if _is_zero(stage.patience):
            ways.append("if_left")
        if stage.room is not None:
            ways.append("if_turned_away")
    return ways


def _is_zero(law: AbstractLaw | None) -> bool:
    return (
        isinstance(law, Fixed) and law.mean.value == 0 and (law.plus is None or not law.plus.value)
    )


def too_early(day: datetime.date, start: datetime.date, path: str, what: str) -> Iterator[Mistake]:
    """Mistake of a date before the start."""
    if day < start:
        yield Mistake(
            path,
            day.isoformat(),
            f"{what} lies before the start ({start.isoformat()})",
            "write a later date, or an earlier start",
        )
