"""The answer: at most five sentences, whose numbers are those of the tables below them."""

from __future__ import annotations

import datetime
import math
from typing import TYPE_CHECKING, Any

from capsim.catalogue import measure_named
from capsim.reporting.markup.html import name
from capsim.reporting.markup.words import Words
from capsim.reporting.numbers.figures import Figures, Key
from capsim.reporting.numbers.material import Material
from capsim.scenario.tables.windows import ALL

if TYPE_CHECKING:
    from capsim.scenario import Scenario

__all__ = ["answer_of", "best_plan", "more_posts", "period_of"]

_CLEAR = 0.05
"""Adjusted p value up to which a difference is called clear."""


def period_of(scenario: Scenario, words: Words) -> str:
    """The measured time, and who is judged."""
    one = datetime.timedelta(days=1)
    if scenario.window != ALL:
        window = scenario.windows[scenario.window]
        return words(
            "period.window",
            window=name(scenario.window),
            first=words.date(window.from_),
            last=words.date(window.until - one),
        )
    end = scenario.last_day()
    first = scenario.start + datetime.timedelta(days=scenario.warm_up_days)
    text = words("period.all", first=words.date(first), last=words.date(end - one))
    if scenario.follow_up_days:
        judged = end - datetime.timedelta(days=scenario.follow_up_days + 1)
        text += words("period.judged", last=words.date(judged))
    return text


def answer_of(material: Material, words: Words) -> list[str]:
    """Three to five sentences."""
    figures = material.figures
    found = [
        _waits(material, words),
        _late(material, words),
        _worst_month(figures, words),
        _over(figures, words),
        _prevented(material, words),
    ]
    return [text for text in found if text]


def _ranges(material: Material, key: Key, words: Words) -> str:
    """The range of luck, and the range of the inputs by itself."""
    row = material.figures.row(key)
    assert row is not None
    lower, upper = float(row["lower"]), float(row["upper"])
    if math.isnan(lower) or math.isnan(upper):
        return ""
    text = words("answer.luck", interval=words.interval(key[2], lower, upper))
    over = None if material.influence is None else material.influence.over_inputs(key)
    if over is not None:
        text += words("answer.inputs", interval=words.interval(key[2], *over))
    return f" ({text})"


def _value(figures: Figures, key: Key, words: Words, inflow: str = "all") -> str | None:
    row = figures.row(key, inflow)
    return None if row is None else words.value(key[2], float(row["mean"]))


def _waits(material: Material, words: Words) -> str | None:
    """Who waits how long: those of a wave and the others, or everybody."""
    figures = material.figures
    stage = figures.deciding
    key: Key | None = None if stage is None else ("stage", stage, "decision_days_mean")
    kind = "decided"
    if key is None or figures.row(key) is None:
        key, kind = figures.waiting, "waits"
    if key is None:
        return None
    wave = next(iter(figures.waves), None)
    others = [label for label in figures.scenario.inflows if label != wave]
    own = None if wave is None else _value(figures, key, words, wave)
    if own is not None and others:
        rest = max(others, key=lambda label: _arrivals(figures, key[1], label))
        theirs = _value(figures, key, words, rest)
        if theirs is not None:
            return words(
                f"answer.{kind}_wave", wave=name(wave), own=own, others=name(rest),
                theirs=theirs, stage=name(key[1]),
            )  # fmt: skip
    mean = _value(figures, key, words)
    most = ("stage", key[1], "decision_days_p90" if kind == "decided" else "wait_p90")
    text = words(f"answer.{kind}", mean=mean, stage=name(key[1]))
    if figures.row(key) is not None:
        text += _ranges(material, key, words)
    within = _value(figures, most, words)
    return text + (words("answer.within", within=within) if within is not None else ".")


def _arrivals(figures: Figures, stage: str, inflow: str) -> float:
    row = figures.row(("stage", stage, "arrivals"), inflow)
    return 0.0 if row is None else float(row["mean"])


def _late(material: Material, words: Words) -> str | None:
    figures = material.figures
    key = figures.chief
    if key is None or key[2] != "late_share":
        return None
    text = words("answer.late", share=_value(figures, key, words))
    text += _ranges(material, key, words)
    before = None if material.base is None else _value(material.base, key, words)
    if before is not None:
        text += words("answer.before", base=name(material.base_label), share=before)
    wave = next(iter(figures.waves), None)
    own = None if wave is None else _value(figures, key, words, wave)
    return text + ("." if own is None else words("answer.late_wave", wave=name(wave), share=own))


def _worst_month(figures: Figures, words: Words) -> str | None:
    stage = figures.deciding
    parts = []
    if stage is not None:
        pending = figures.monthly(("stage", stage, "pending_mean"))
        if pending is not None and pending.worst is not None:
            worst = pending.worst
            parts.append(
                words(
                    "answer.worst_pending",
                    month=words.month(pending.first[worst]),
                    count=words.value("pending_mean", float(pending.mean[worst])),
                )
            )
    chief = figures.chief
    months = None if chief is None else figures.monthly(chief)
    if chief is not None and months is not None and months.worst is not None:
        worst = months.worst
        parts.append(
            words(
                "answer.worst_late" if chief[2] == "late_share" else "answer.worst_wait",
                month=words.month(months.first[worst]),
                value=words.value(chief[2], float(months.mean[worst])),
                stage=name(chief[1]),
            )
        )
    return f"{_sentence('; '.join(parts))}." if parts else None


def _over(figures: Figures, words: Words) -> str | None:
    """When the backlog is gone, and how many files a post carries."""
    parts = []
    cleared = figures.result.cleared()
    if cleared is not None:
        values = {"reached": cleared.reached, "n": cleared.n, "end": words.date(cleared.end)}
        if cleared.reached == 0:
            parts.append(words("answer.never_cleared", **values))
        else:
            parts.append(words("answer.cleared", **values))
            if cleared.half is not None and cleared.n > 1:
                parts[-1] += words("answer.half_cleared", half=words.date(cleared.half))
    key = figures.carrying
    if key is not None:
        text = words("answer.files", team=name(key[1]), files=_value(figures, key, words))
        months = figures.monthly(key)
        if months is not None and months.worst is not None:
            text += words(
                "answer.files_peak",
                files=words.value(key[2], float(months.mean[months.worst])),
                month=words.month(months.first[months.worst]),
            )
        parts.append(text)
    busiest = None if figures.team is None else ("team", figures.team, "utilization")
    if len(parts) < 2 and busiest is not None:
        used = _value(figures, busiest, words)
        places = figures.scenario.teams[busiest[1]].places is not None
        said = "answer.taken" if places else "answer.used"
        parts.append(words(said, team=name(busiest[1]), share=used))
    return f"{_sentence('; '.join(parts))}." if parts else None


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _prevented(material: Material, words: Words) -> str | None:
    key = material.figures.chief
    if key is None:
        return None
    plan = best_plan(material)
    if plan is not None:
        label, row, now = plan
        assert material.plans is not None
        return words(
            "answer.plan",
            count=words.whole(len(material.plans.comparison.scenarios) - 1),
            plan=name(label),
            measure=words.title(key[2]),
            value=words.value(key[2], float(row["mean"])),
            now=words.value(key[2], now),
            n=words.whole(material.plans.comparison.n),
        )
    found = more_posts(material)
    if found is None:
        return None
    posts, day, value, now = found
    assert material.grid is not None
    staff = material.grid.axes[0]
    return words(
        "answer.posts" if staff.kind == "staff" else "answer.places",
        posts=words.plain(posts),
        team=name(staff.of),
        date=words.date(day),
        measure=words.title(key[2]),
        value=words.value(key[2], value),
        now=words.value(key[2], now),
        n=words.whole(material.grid.n),
    )


def best_plan(material: Material) -> tuple[str, dict[Any, Any], float] | None:
    """The plan that helps most and makes nothing else clearly worse.

    Returns
    -------
    (label, row, now) or None
        Its row of the summary of plans for the chief measure, and the mean of the scenario there.
    """
    plans, key = material.plans, material.figures.chief
    if plans is None or key is None or key not in plans.keys or plans.comparison.n < 2:
        return None
    worse = {
        label
        for (label, one), row in plans.changes.items()
        if one != key and one[2] != "utilization"
        if float(row["p_holm"]) <= _CLEAR
        if measure_named(one[2]).more_staff in ("lowers", "raises")
        if (float(row["difference"]) < 0) == (measure_named(one[2]).more_staff == "raises")
    }
    changes = {
        label: change for label, change in plans.changes_of(key).items() if label not in worse
    }
    if not changes:
        return None
    label = min(changes, key=lambda one: changes[one][0])
    change, p = changes[label]
    if not (p <= _CLEAR and change < 0):
        return None  # what seems best is not clear, and a clear second is not the best
    now = plans.means[plans.comparison.baseline, key]["mean"]
    return label, plans.means[label, key], float(now)


def more_posts(material: Material) -> tuple[float, datetime.date, float, float] | None:
    """The fewest more posts of the grid that halve the chief measure, else the most there are.

    Returns
    -------
    (posts, from when, value, value as it is) or None
        None where more posts make it no smaller.
    """
    grid, key = material.grid, material.figures.chief
    if (
        key is None
        or grid is None
        or key not in grid.keys
        or grid.axes[0].kind not in ("staff", "places")
    ):
        return None
    means = grid.means[key][:, 0]
    now = float(means[grid.point[grid.now]])
    staff = grid.axes[0]
    best = None
    for place, posts in enumerate(staff.values):
        if posts <= 0:
            continue
        value = float(means[grid.point[(place, *grid.now[1:])]])
        best = (posts, value)
        if value <= now / 2:
            break
    if best is None or not best[1] < now:
        return None
    date_axis = next((axis for axis in grid.axes if axis.kind == "date"), None)
    scenario = material.scenario
    day = scenario.start + datetime.timedelta(days=scenario.warm_up_days)
    if date_axis is not None:
        day = date_axis.values[date_axis.now]
    return best[0], day, best[1], now
