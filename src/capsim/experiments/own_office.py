"""One office of one's own on top of a preset: its files, posts, meetings and affected people.

Whatever grows with the size of a service (arrivals, people of waves, cases of the first day, posts,
those of variants too) is taken in proportion to the open files, unless it is given. If the share of
late decisions is given and the posts are not, they are those with which the simulated share is
that of today, without any wave. Everything else is the preset's, and the evidence says of each
number where it is from.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from capsim.experiments.arguments import is_number
from capsim.experiments.replications import replicate
from capsim.scenario import Scenario
from capsim.scenario.errors import Mistake, ScenarioError
from capsim.scenario.loading import as_scenario
from capsim.scenario.overrides import apply_overrides, flattened
from capsim.scenario.tables.copies import largest_remainder
from capsim.scenario.tables.evidence import evidence_after, uncertain_after
from capsim.scenario.units import Duration

__all__ = ["office"]

_REPLICATIONS, _SEED, _STEPS = 40, 1, 12
_CLOSE = 0.005
_FAR = 0.02
"""A share of late decisions that is further off than this is told to be the nearest."""

_OWN = "the centre's own figure"


def office(
    preset: Any = "limburg",
    *,
    open_files: int,
    late_share: float | None = None,
    posts: float | None = None,
    meetings: str | None = None,
    affected: int | None = None,
    name: str = "office",
) -> Scenario:
    """The scenario of one office, on top of a preset.

    Parameters
    ----------
    preset : str, path or Scenario
        With one stage of caseworkers, and one stage with a deadline.
    open_files : int
        Cases in guidance today.
    late_share : float, optional
        Share of today's decisions that come late; the posts follow from it.
    posts : float, optional
        Posts on these files; not together with `late_share`. With neither, in proportion to the
        files.
    meetings : str, optional
        Rhythm of the committee, such as "28 days"; default that of the preset.
    affected : int, optional
        People whom the waves hit here; default in proportion to the files.
    name : str
        Of the scenario.

    Returns
    -------
    Scenario
        With the variants of the preset that make sense for one office.

    Raises
    ------
    ScenarioError
        With every mistake in one go.

    Examples
    --------
    >>> ours = office(open_files=140, posts=2.0, meetings="28 days", affected=134, name="ours")
    >>> ours
    Scenario 'ours': 4 years from 2025-01-01, 4 stages, 1 team (2 FTE), 2 inflows, 1 office
    >>> {wave: told.people for wave, told in ours.inflows["reform"].waves.items()}
    {'first': 18, 'second': 56, 'third': 60}
    """
    base = as_scenario(preset, "preset")
    mistakes = list(_mistakes(open_files, late_share, posts, meetings, affected))
    shape = _Shape(base)
    mistakes += shape.mistakes
    if mistakes:
        raise ScenarioError(mistakes, "office")
    size = open_files / shape.files
    people = shape.people
    hit = affected if affected is not None else round(people * size)
    draft = _Draft(base, shape, size, hit / people if people else 1.0)
    draft.say(f"initial.{shape.guidance}.cases", open_files, "stated", "open files")
    for inflow, waves in shape.waves.items():
        parts = largest_remainder(hit, list(waves.values()))
        said = ("stated", f"{hit} people hit here") if affected is not None else None
        for wave, number in zip(waves, parts, strict=True):
            draft.say(f"inflows.{inflow}.waves.{wave}.people", number, *(said or _as_files(size)))
    if meetings is not None:
        draft.say(f"stages.{shape.decision}.decision.every", meetings, "stated", "the committee")
    path = f"teams.{shape.team}.fte"
    guess = (shape.posts or 1.0) * size
    if posts is not None:
        draft.say(path, float(posts), "stated", "posts on these files")
    elif late_share is None:
        draft.say(path, round(guess, 2), *_as_files(size))
    else:
        found, late = _solve(draft, path, guess, late_share)
        note = f"{late:.1%} are decided late without a wave, {late_share:.1%} as given"
        if abs(late - late_share) > _FAR:
            note = f"the nearest: {note}; other numbers do not go together with it"
        draft.say(path, found, "derived", note)
    return draft.scenario(name)


def _as_files(size: float) -> tuple[str, str]:
    return "derived", f"in proportion to the open files: {size:.3g} of the preset's"


def _mistakes(
    open_files: Any, late_share: Any, posts: Any, meetings: Any, affected: Any
) -> list[Mistake]:
    """What is wrong with the figures themselves."""
    found = []

    def wrong(path: str, value: Any, rule: str, remedy: str) -> None:
        found.append(Mistake(path, value, rule, remedy))

    if not _is_whole(open_files) or open_files < 5:
        wrong("open_files", open_files, "is a whole number of at least 5",
              "count the cases in guidance; fewer share a team with a neighbour")  # fmt: skip
    if late_share is not None and not (is_number(late_share) and 0 <= late_share < 1):
        wrong("late_share", late_share, "is a share from 0 to below 1", "write 0.2 for 20 %")
    if posts is not None and not (is_number(posts) and 0.1 <= posts < math.inf):
        wrong("posts", posts, "is a number of at least 0.1", "write full-time equivalents")
    if posts is not None and late_share is not None:
        wrong("late_share", late_share, "and posts are given: the posts follow from it",
              "leave one of them out")  # fmt: skip
    if affected is not None and (not _is_whole(affected) or affected < 0):
        wrong("affected", affected, "is a whole number", "count the people who lose their benefit")
    if meetings is not None:
        try:
            if Duration.parse(meetings).value <= 0:
                raise ValueError
        except ValueError:
            wrong("meetings", meetings, "is a rhythm", "write '7 days', '14 days' or '1 month'")
    return found


def _is_whole(value: Any) -> bool:
    return is_number(value) and float(value).is_integer()


class _Shape:
    """Where the preset has what an office is told by."""

    def __init__(self, base: Scenario) -> None:
        self.mistakes: list[Mistake] = []
        guided = [name for name, stage in base.stages.items() if stage.kind == "caseworker"]
        self.guidance = self._one("stages", guided, "one stage of caseworkers")
        due = [name for name, stage in base.stages.items() if stage.deadline is not None]
        self.decision = self._one("stages", due, "one stage with a deadline")
        self.team = base.stages[self.decision].team if self.decision else ""
        self.posts = base.teams[self.team].fte if self.team else None
        if self.decision and self.posts is None:
            self.mistakes.append(
                Mistake(f"stages.{self.decision}.team", self.team, "has posts", "give it fte")
            )
        there = base.to_dict().get("initial", {}).get(self.guidance, {})
        self.files = there.get("cases", 0) if isinstance(there, Mapping) else 0
        if self.guidance and not (is_number(self.files) and self.files > 0):
            self.mistakes.append(
                Mistake.absent(f"initial.{self.guidance}.cases", "is a number", "write how many")
            )
        self.waves: dict[str, dict[str, int]] = {}
        for inflow, one in base.inflows.items():
            if one.counts is not None or one.trace is not None:
                self.mistakes.append(
                    Mistake.absent(f"inflows.{inflow}", "has a rate or waves", "write a rate")
                )
            if one.waves:
                self.waves[inflow] = {wave: told.people for wave, told in one.waves.items()}

    def _one(self, path: str, names: list[str], rule: str) -> str:
        if len(names) != 1:
            self.mistakes.append(
                Mistake(path, names, f"has {rule}", "take the preset limburg, or one-office")
            )
            return ""
        return names[0]

    @property
    def people(self) -> int:
        """Whom the waves hit."""
        return sum(sum(waves.values()) for waves in self.waves.values())


class _Draft:
    """The plain data of the office as it is settled."""

    def __init__(self, base: Scenario, shape: _Shape, size: float, hit: float) -> None:
        self.size, self.hit = size, hit
        self.shape = shape
        raw = base.to_dict()
        raw.pop("offices", None)
        for team in raw["teams"].values():
            team.pop("shared", None)
        self.evidence: dict[str, Any] = dict(raw.pop("evidence", {}))
        self.uncertain = dict(flattened(raw, raw.pop("uncertain", {})))
        self.variants = {
            name: dict(flattened(raw, table)) for name, table in raw.pop("variants", {}).items()
        }
        self.raw = raw
        self.said: dict[str, dict[str, Any]] = {}
        for path in _sized(raw):
            value = _at(raw, path)
            self.say(path, self._scaled(path, value), *_as_files(size))

    def say(self, path: str, value: Any, certainty: str, note: str) -> None:
        """Settle a value, and where it is from."""
        self.raw = apply_overrides(self.raw, {path: value})
        source = _OWN if certainty == "stated" else f"capsim.office on {self.raw['name']}"
        self.said[path] = {
            "value": value, "source": source, "certainty": certainty, "note": note
        }  # fmt: skip

    def _scaled(self, path: str, value: Any) -> Any:
        if path.endswith(".people"):
            return round(value * self.hit)
        if path.endswith(".cases"):
            return round(value * self.size)
        return round(value * self.size, 4)

    def scenario(self, name: str) -> Scenario:
        """The office, with what is said of it and of its variants."""
        replaced = [*self.said, "offices", *(f"teams.{team}.shared" for team in self.raw["teams"])]
        evidence = evidence_after(self.evidence, replaced)
        variants: dict[str, Any] = {}
        for variant, settings in self.variants.items():
            own = self._variant(settings)
            if own is not None and own not in variants.values():
                variants[variant] = own
        kept = {path: entry for path, entry in evidence.items() if self._stands(path, variants)}
        uncertain = uncertain_after(self.uncertain, list(self.said))
        return Scenario.model_validate(
            {
                **self.raw,
                "name": name,
                "variants": variants,
                "uncertain": uncertain,
                "evidence": {**kept, **self.said},
            }
        )

    def _stands(self, path: str, variants: Mapping[str, Any]) -> bool:
        """Whether what the evidence says of a variant still holds; of the rest it does."""
        head, _, rest = path.partition(".")
        variant, _, inner = rest.partition(".")
        if head != "variants":
            return True
        before = self.variants.get(variant, {})
        return variant in variants and all(
            variants[variant].get(setting) == value
            for setting, value in before.items()
            if _below(inner, setting) or _below(setting, inner)
        )

    def bare(self) -> Scenario:
        """The office as it is, without variants and evidence."""
        return Scenario.model_validate(self.raw)

    def _variant(self, settings: Mapping[str, Any]) -> dict[str, Any] | None:
        """A variant for one office; None if it is about offices that work together."""
        own: dict[str, Any] = {}
        ratio = self._posts_ratio()
        for path, value in settings.items():
            if path.startswith("offices.") or path.endswith(".shared"):
                continue
            if isinstance(value, Mapping) and value.get("shared"):
                return None
            if path.endswith(".fte"):
                own[path] = round(value * ratio, 2)
            elif isinstance(value, Mapping) and path.startswith(("teams.", "inflows.", "initial.")):
                own[path] = {
                    key: self._scaled(f"{path}.{key}", item) if _is_size(f"{path}.{key}") else item
                    for key, item in value.items()
                }
            else:
                own[path] = self._scaled(path, value) if _is_size(path) else value
        return own

    def _posts_ratio(self) -> float:
        path = f"teams.{self.shape.team}.fte"
        return float(_at(self.raw, path)) / (self.shape.posts or 1.0)


def _is_size(path: str) -> bool:
    """Whether a value grows with the size of a service."""
    parts = path.split(".")
    return (
        (parts[0] == "teams" and parts[-1] in ("fte", "places"))
        or (parts[0] == "teams" and "changes" in parts and parts[-1] == "add")
        or (parts[0] == "inflows" and parts[-1] == "people")
        or (parts[0] == "inflows" and "rate" in parts and parts[-1].startswith("per_"))
        or (parts[0] == "initial" and parts[-1] == "cases")
    )


def _sized(node: Any, path: str = "") -> list[str]:
    """Dotted paths of all that grows with the size of a service."""
    if isinstance(node, Mapping):
        return [
            found
            for key, item in node.items()
            for found in _sized(item, f"{path}.{key}" if path else str(key))
        ]
    is_number_there = is_number(node) and path.split(".")[0] in ("teams", "inflows", "initial")
    return [path] if is_number_there and _is_size(path) else []


def _at(node: Any, path: str) -> Any:
    for part in path.split("."):
        node = node[part]
    return node


def _below(path: str, table: str) -> bool:
    return path == table or path.startswith(f"{table}.")


def _solve(draft: _Draft, path: str, guess: float, target: float) -> tuple[float, float]:
    """Posts with which the simulated late share is nearest to the target, and that share."""
    low, high = max(0.1, guess / 4), guess * 4
    tried: dict[float, float] = {}
    for _ in range(_STEPS):
        middle = round(math.sqrt(low * high), 2)
        if middle in tried:
            break
        tried[middle] = late = _late(draft, path, middle)
        if abs(late - target) < _CLOSE:
            break
        if late > target:
            low = middle
        else:
            high = middle
    best = min(tried, key=lambda posts: abs(tried[posts] - target))
    return best, tried[best]


def _late(draft: _Draft, path: str, posts: float) -> float:
    """Simulated share of decisions that are late while no wave comes."""
    settings: dict[str, Any] = {path: posts}
    for inflow, waves in draft.shape.waves.items():
        settings |= {f"inflows.{inflow}.waves.{wave}.people": 0 for wave in waves}
    calm = draft.bare().with_(settings)
    what = f"late_share[{draft.shape.decision}, window=all]"
    found = replicate(calm, n=_REPLICATIONS, seed=_SEED, jobs=1).interval(what)
    return 1.0 if math.isnan(found.estimate) else found.estimate
