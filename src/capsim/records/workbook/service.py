"""From a filled workbook to a scenario: what was said, what follows from it, what was assumed.

Files open today are those not yet decided and those in guidance. By Little's law the first are
applications a month times the months until a decision, and the second those accepted a month times
the length of guidance; whichever of these numbers is empty is taken so that the service keeps as
many files as it has. Hours per application (or hours for files, or posts, whichever is empty) are
those with which the simulated share of late decisions is that of today. Everything else comes from
the preset of a Belgian province, and each number says in its evidence where it is from.
"""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Any

from capsim.records.workbook.answers import YEARS, Answers, Person, WhatIf, read_answers
from capsim.records.workbook.calibration import calibrated
from capsim.records.workbook.words import APPLICATIONS, GUIDANCE
from capsim.scenario import Scenario
from capsim.scenario.base import plain
from capsim.scenario.errors import counted
from capsim.scenario.files.construction import constructing
from capsim.scenario.loading import preset_table
from capsim.scenario.tables.calendar import add_months

__all__ = ["read_service"]

_PRESET = "limburg"
_SHARE_OF_INTAKE = 0.15
"""Of the hours until a decision; the visits of the investigation have equal parts of the rest."""
_MONTH = 365.25 / 12
_FILES_PER_POST = 68.0
_SOCIAL = "social"
_RESERVED = ("all", "open")


def read_service(path: Path) -> Scenario:
    """The scenario that a workbook describes; its lines of what might be are variants.

    Parameters
    ----------
    path : Path
        Made from the template.

    Raises
    ------
    ScenarioError
        With every mistake, by sheet and cell.
    """
    answers = read_answers(path)
    draft = _Draft(answers)
    with constructing(folder=path.parent, source=path.name, examines_variants=True):
        return Scenario.model_validate(draft.table(calibrated(draft)))


class _Draft:
    """Numbers of the service as they are settled one after the other."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.preset = preset_table(_PRESET)
        self.evidence: dict[str, dict[str, Any]] = {}
        self.numbers = dict(answers.numbers)
        self.why: dict[str, tuple[str, str]] = {}
        self._settle()

    # -- what follows from what ---------------------------------------------------------------

    def _settle(self) -> None:
        numbers, answers = self.numbers, self.answers
        for name, value, note in (
            ("committee_weeks", 4.0, "a small municipality"),
            ("legal_days", 30.0, "act of 26 May 2002"),
            ("share_refused", 0.2, "between 0.12 and 0.25"),
            ("client_hours", 29.26, "0.77 of 38 hours: 23.1 client hours of 30 at work"),
        ):
            self._unless(name, value, "assumption", note)
        past = [number for month, number in answers.months.items() if month < self._first_month]
        if past:
            self._unless(
                "applications_a_month",
                sum(past) / len(past),
                "derived",
                f"mean of the {counted(len(past), 'month')} before {answers.as_of}",
            )
        accepted = 1 - numbers["share_refused"]
        until_decision = 7 * (1 + numbers["committee_weeks"] / 2) / _MONTH
        if "applications_a_month" not in numbers:
            self._unless("guidance_months", 11.0, "official", "SPP IS: eleven months")
            months = accepted * numbers["guidance_months"] + until_decision
            self._unless(
                "applications_a_month",
                numbers["open_files"] / months,
                "derived",
                "Little's law: with so many the service keeps its open files",
            )
        undecided = numbers["applications_a_month"] * until_decision
        if "open_files" in numbers:
            in_guidance = max(0.0, numbers["open_files"] - undecided)
            months = in_guidance / max(numbers["applications_a_month"] * accepted, 1e-9)
            if 0.5 <= months <= 600:
                self._unless(
                    "guidance_months",
                    round(months, 2),
                    "derived",
                    "Little's law: with this length the service keeps its open files",
                )
        self._unless("guidance_months", 11.0, "official", "SPP IS: eleven months")
        steady = numbers["applications_a_month"] * accepted * numbers["guidance_months"]
        self._unless("open_files", round(steady + undecided), "derived", "Little's law")
        self.undecided = min(round(undecided), round(numbers["open_files"]))
        staff = sum(person.hours for person in answers.staff if person.is_there(answers.as_of)) / 38
        if staff > 0:
            self._unless("posts", round(staff, 3), "stated", "sum of the sheet of staff")

    def _unless(self, name: str, value: float, certainty: str, note: str) -> None:
        """Settle a number that nobody has said."""
        if name not in self.numbers:
            self.numbers[name] = value
            self.why[name] = certainty, note

    @property
    def _first_month(self) -> datetime.date:
        return self.answers.as_of.replace(day=1)

    # -- the scenario ---------------------------------------------------------------

    def default(self, name: str) -> float:
        """What is taken for a number that neither was said nor follows from what was."""
        if name == "posts":
            return max(0.5, round(self.numbers["open_files"] / _FILES_PER_POST, 1))
        return 5.0  # hours per application

    def assume(self, name: str, value: float, certainty: str, note: str) -> None:
        """Settle a number."""
        self.numbers[name] = value
        self.why[name] = certainty, note

    def table(self, notes: dict[str, Any] | None = None, *, today: bool = False) -> dict[str, Any]:
        """The scenario as plain data, with its evidence; `today`: if nothing planned comes."""
        answers, numbers = self.answers, self.numbers
        self.evidence = {}
        start = answers.as_of
        stages = self._stages(start)
        raw: dict[str, Any] = {
            "name": Path(answers.file).stem,
            "start": start.isoformat(),
            "horizon": f"{YEARS} years",
            "follow_up": "60 days",
            "calendar": {"hours_per_day": 7.6, "country": "BE"},
            "teams": self._teams(today),
            "stages": stages,
            "inflows": {"regular": self._arrivals()},
            "initial": {
                "investigation": {"cases": self.undecided},
                "guidance": {"cases": round(numbers["open_files"]) - self.undecided},
            },
        }
        raw["initial"] = {name: table for name, table in raw["initial"].items() if table["cases"]}
        raw["variants"] = self._variants()
        self._from_preset(raw)
        self._told("initial.guidance.cases", raw["initial"].get("guidance", {}).get("cases", 0),
                   "open_files", "open files less those not yet decided")  # fmt: skip
        for path, entry in (notes or {}).items():
            self.evidence[path] = {**self.evidence.get(path, {}), **entry}
        raw["evidence"] = {
            path: entry for path, entry in self.evidence.items() if _stands(raw, path)
        }
        return raw

    def _stages(self, start: datetime.date) -> dict[str, Any]:
        numbers, preset = self.numbers, self.preset["stages"]
        hours = numbers.get("hours_per_file", self.default("hours_per_file"))
        two = any(person.team is not None for person in self.answers.staff)
        first, last = (APPLICATIONS, GUIDANCE) if two else (_SOCIAL, _SOCIAL)
        tuesday = start + datetime.timedelta(days=(1 - start.weekday()) % 7)
        weeks = numbers["committee_weeks"]
        every = f"{max(1, round(7 * weeks))} days"
        visit = (1 - _SHARE_OF_INTAKE) / 2 * hours
        accepted = round(1 - numbers["share_refused"], 6)
        ways = {"guidance": accepted, "refused": round(numbers["share_refused"], 6)}
        stages = {
            "intake": {
                **preset["intake"],
                "team": first,
                "work": {**preset["intake"]["work"], "mean": _hours(_SHARE_OF_INTAKE * hours)},
            },
            "investigation": {
                **preset["investigation"],
                "team": first,
                "work": {**preset["investigation"]["work"], "mean": _hours(visit)},
                "decision": {**preset["investigation"]["decision"], "every": every,
                             "first": tuesday.isoformat()},
                "deadline": {**preset["investigation"]["deadline"],
                             "within": f"{numbers['legal_days']:g} days"},
                "next": {way: share for way, share in ways.items() if share > 0},
            },
            "guidance": {
                "team": last,
                "caseworker": True,
                "stay": {"law": "exponential", "mean": f"{numbers['guidance_months']:g} months"},
                "work": preset["guidance"]["work"],
                "gap": preset["guidance"]["gap"],
                "next": {"closed": 1.0},
            },
        }  # fmt: skip
        self._told(
            "stages.intake.work.mean",
            stages["intake"]["work"]["mean"],
            "hours_per_file",
            f"{_SHARE_OF_INTAKE:.0%} of the hours per application",
        )
        self._told(
            "stages.investigation.work.mean",
            _hours(visit),
            "hours_per_file",
            "per visit of two: the rest of the hours per application",
        )
        self._told("stages.investigation.decision.every", every, "committee_weeks", "")
        self._told(
            "stages.investigation.deadline.within",
            stages["investigation"]["deadline"]["within"],
            "legal_days",
            "",
        )
        self._told(
            "stages.investigation.next.guidance",
            accepted,
            "share_refused",
            "1 less the share refused",
        )
        self._told("stages.investigation.next.refused", ways["refused"], "share_refused", "")
        self._told("stages.guidance.stay.mean", stages["guidance"]["stay"]["mean"],
                   "guidance_months", "")  # fmt: skip
        return stages

    def _teams(self, today: bool) -> dict[str, Any]:
        numbers, answers = self.numbers, self.answers
        social = {
            name: value
            for name, value in self.preset["teams"]["social"].items()
            if name not in ("shared", "fte")
        }
        social["worker_fte"] = 0.8
        social["client_share"] = round(min(1.0, numbers["client_hours"] / 38), 4)
        posts = numbers.get("posts", self.default("posts"))
        teams: dict[str, Any] = {}
        for team in (APPLICATIONS, GUIDANCE):
            people = [person for person in answers.staff if person.team == team]
            if people:
                teams[team] = {**social, **_roster(people, answers.as_of, None, today=today)}
        if not teams:
            teams[_SOCIAL] = {**social, **_roster(answers.staff, answers.as_of, posts, today=today)}
        for name, team in teams.items():
            path = f"teams.{name}"
            if "fte" in team:
                self._told(f"{path}.fte", team["fte"], "posts", "")
            if "workers" in team:
                there = len(team["workers"]["name"])
                self.evidence[f"{path}.workers"] = {
                    "value": there, "certainty": "stated", "note": "",
                    "source": f"{answers.file}, sheet of staff",
                }  # fmt: skip
            self._told(f"{path}.client_share", team["client_share"], "client_hours",
                       "hours a week for files, of 38 at work")  # fmt: skip
            self.evidence[f"{path}.worker_fte"] = _assumed(0.8, "four days a week")
        return teams

    def _arrivals(self) -> dict[str, Any]:
        numbers, answers = self.numbers, self.answers
        rate = round(numbers["applications_a_month"], 4)
        ahead = {month: n for month, n in answers.months.items() if month >= self._first_month}
        if not ahead:
            self._told("inflows.regular.rate.per_month", rate, "applications_a_month", "")
            return {"rate": {"per_month": rate}}
        months = [add_months(self._first_month, k) for k in range(12 * YEARS + 1)]
        counts = {f"{month:%Y-%m}": ahead.get(month, rate) for month in months}
        note = f"{counted(len(ahead), 'month')} as the sheet says, the others {rate:g}"
        self._told("inflows.regular.counts", len(counts), "applications_a_month", note)
        return {"counts": counts}

    def _variants(self) -> dict[str, dict[str, Any]]:
        team = APPLICATIONS if any(one.team for one in self.answers.staff) else _SOCIAL
        teams = {person.team for person in self.answers.staff}
        if team == APPLICATIONS and APPLICATIONS not in teams:
            team = GUIDANCE
        found: dict[str, dict[str, Any]] = {}
        for line in self.answers.what_if:
            name = _legal(line.name, found)
            found[name] = _overrides(line, team, self.answers.as_of)
        return found

    # -- where it is from ---------------------------------------------------------------

    def _told(self, path: str, value: Any, name: str, note: str) -> None:
        """Evidence of a value that follows from the answer of that name."""
        said = self.answers.numbers.get(name)
        if said is not None:
            source, certainty = f"{self.answers.file}, {self.answers.places[name]}", "stated"
            if note:
                certainty = "derived"
        else:
            certainty, why = self.why.get(name, ("assumption", f"preset {_PRESET}"))
            source = f"{self.answers.file}: {self.answers.places.get(name, name)} is empty"
            note = "; ".join(part for part in (why, note) if part)
        self.evidence[path] = {
            "value": plain(value), "source": source, "certainty": certainty, "note": note
        }  # fmt: skip

    def _from_preset(self, raw: dict[str, Any]) -> None:
        """Evidence of what is taken over from the preset."""
        for path, entry in _entries(self.preset["evidence"]):
            if path.startswith("teams.social."):
                for team in raw["teams"]:
                    name = path.replace("teams.social.", f"teams.{team}.", 1)
                    self.evidence.setdefault(name, _taken(entry))
            elif path.startswith("stages."):
                self.evidence.setdefault(path, _taken(entry))


def _entries(evidence: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Path and entry, however the tables are written."""
    found = []
    for path, entry in evidence.items():
        if isinstance(entry, dict) and "certainty" not in entry:
            found += [(f"{path}.{rest}", inner) for rest, inner in _entries(entry)]
        else:
            found.append((path, entry))
    return found


def _taken(entry: dict[str, Any]) -> dict[str, Any]:
    note = "; ".join(part for part in (f"as in preset {_PRESET}", entry.get("note", "")) if part)
    return {**plain(entry), "note": note}


def _assumed(value: Any, note: str) -> dict[str, Any]:
    return {"value": value, "source": "capsim", "certainty": "assumption", "note": note}


def _stands(raw: dict[str, Any], path: str) -> bool:
    """Whether a scenario has something at a path."""
    table: Any = raw
    for part in path.split("."):
        if not isinstance(table, dict) or part not in table:
            return False
        table = table[part]
    return True


def _hours(hours: float) -> str:
    return f"{round(60 * hours, 3):g} min"


def _roster(
    people: list[Person], as_of: datetime.date, posts: float | None, *, today: bool
) -> dict[str, Any]:
    """Workers by name, and the posts of a team; `today`: only who is there, as if they stayed."""
    there = [one for one in people if one.is_there(as_of)]
    fte = sum(round(one.hours / 38, 3) for one in there)
    kept = there if today else [one for one in people if one.until is None or one.until >= as_of]
    if not kept:
        return {"fte": posts or fte}
    columns: dict[str, list[Any]] = {
        "name": [one.name.replace("/", "-") for one in kept],
        "fte": [round(one.hours / 38, 3) for one in kept],
    }
    dates = {
        "from": [one.since if one.since is None or one.since > as_of else None for one in kept],
        # The sheet has the last day, a scenario the first one without.
        "until": [
            one.until if one.until is None else one.until + datetime.timedelta(days=1)
            for one in kept
        ],
    }
    if not today:
        columns |= {name: plain(cells) for name, cells in dates.items() if any(cells)}
    table: dict[str, Any] = {"workers": {"file": "staff.csv", **columns}}
    if posts is not None and posts > fte + 0.005:
        table["fte"] = round(posts, 3)
    return table


def _legal(name: str, taken: Any) -> str:
    """A name that a variant may bear."""
    legal = re.sub(r"[^\w-]+", "-", name, flags=re.ASCII).strip("-_").lower() or "line"
    if not legal[0].isalpha():
        legal = f"line-{legal}"
    legal = f"{legal}-line" if legal in _RESERVED else legal
    free, number = legal, 1
    while free in taken:
        number += 1
        free = f"{legal}-{number}"
    return free


def _overrides(line: WhatIf, team: str, as_of: datetime.date) -> dict[str, Any]:
    """A line of what might be as overrides."""
    found: dict[str, Any] = {}
    months = [add_months(line.month, k) for k in range(line.over)]
    if line.applications:
        each = line.applications / line.over
        found["inflows.extra"] = {"counts": {f"{month:%Y-%m}": each for month in months}}
    if line.posts:
        pieces = min(line.over, max(1, int(abs(line.posts))))
        for piece in range(pieces):
            month = months[piece * line.over // pieces]
            add = round(line.posts / pieces, 3)
            found[f"teams.{team}.changes.line-{piece + 1}"] = {
                "at": max(month, as_of).isoformat(), "add": add
            }  # fmt: skip
    return found
