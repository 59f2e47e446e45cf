"""Warnings, and the JSON schema for editors."""

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from capsim.scenario import Scenario
from capsim.scenario.base import Table
from capsim.scenario.schema import json_schema

EXAMPLE = Path(__file__).parent / "example.toml"


def warned(**changes: Any) -> list[str]:
    """Warnings of a desk with changed top tables, but that it fills (`tests/theory`)."""
    raw: dict[str, Any] = {
        "start": "2026-01-01",
        "horizon": "1 year",
        "teams": {"desk": {"fte": 2}},
        "stages": {"intake": {"team": "desk", "work": "1 h"}},
        "inflows": {"regular": {"rate": {"per_month": 40}}},
    }
    found = Scenario(**{**raw, **changes}).check()
    return [line for line in found if not line.startswith("initial: measured while")]


def test_a_sound_scenario_has_no_warnings() -> None:
    """Nothing to say, nothing said."""
    assert warned() == []


INTAKE = {"team": "desk", "work": "1 h"}
WARNINGS = {
    "unused team": (
        {"teams": {"desk": {"fte": 2}, "spare": {"fte": 1}}},
        "teams.spare: no stage uses this team",
    ),
    "unreachable stage": (
        {"stages": {"intake": {**INTAKE, "next": {"closed": 1}}, "rest": {"stay": "1 day"}}},
        "stages.rest: no case can reach this stage",
    ),
    "early trace": (
        {"inflows": {"history": {"trace": ["2025-12-31", "2026-01-02"]}}},
        "inflows.history.trace: 1 of 2 applications lie before the start and are left out",
    ),
    "late trace": (
        {"inflows": {"history": {"trace": [1, 366]}}},
        "inflows.history.trace: 1 of 2 applications lie beyond the horizon and are left out",
    ),
    "late wave": (
        {"inflows": {"reform": {"waves": {"w": {"date": "2027-01-01", "people": 1}}}}},
        "inflows.reform.waves.w: 2027-01-01 lies beyond the horizon",
    ),
    "empty inflow": (
        {"inflows": {"reform": {}}},
        "inflows.reform: nobody applies (no rate, counts, waves, trace or initial cases)",
    ),
    "urgent without deadline": (
        {"stages": {"intake": {**INTAKE, "decision": {"every": "1 month", "urgent": 0.5}}}},
        "stages.intake.decision.urgent: no file is urgent without a deadline",
    ),
    "way without reason": (
        {"stages": {"intake": {**INTAKE, "if_left": "gone"}}},
        "stages.intake.if_left: nobody goes that way without patience",
    ),
    "variation in percent": (
        {
            "stages": {
                "intake": {
                    "team": "desk",
                    "work": [
                        {"law": "lognormal", "mean": "1 h", "cv": 3},
                        {"law": "lognormal", "mean": "1 h", "cv": 50},
                    ],
                }
            }
        },
        "stages.intake.work.1.cv = 50: the standard deviation is 50 times the mean; 0.5 is half of "
        "the mean",
    ),
    "team in a worker": (
        {"teams": {"desk": {"fte": 2, "worker_fte": 1.5}}},
        "teams.desk.worker_fte = 1.5: each worker does the work of 1.5 full-time jobs",
    ),
    "limit without cases": (
        {"teams": {"desk": {"fte": 2, "caseload_limit": 90}}},
        "teams.desk.caseload_limit: none of its stages has caseworker = true",
    ),
    "clock that starts anew": (
        {
            "stages": {
                "intake": {"team": "desk", "work": "1 h", "next": {"rebook": 0.5, "file": 0.5}},
                "rebook": {"stay": "20 days", "next": {"intake": 1.0}},
                "file": {"stay": "15 days", "deadline": "30 days"},
            }
        },
        "stages.file.deadline: cases come back to 'intake' from 'rebook', and its clock starts "
        "anew each time, so that late and decision_days are counted from the last return; write "
        'on_return = "restart" if a return is a new application, or on_return = "continue" if it '
        "is the same file (sent back, a missed appointment), to count from the first time",
    ),
    "pause without deadline": (
        {
            "stages": {
                "intake": INTAKE,
                "papers": {"stay": "20 days", "pauses_deadlines": True},
            }
        },
        "stages.papers.pauses_deadlines: no stage has a deadline that could pause",
    ),
    "closed meetings of another year": (
        {
            "stages": {
                "intake": {
                    **INTAKE,
                    "decision": {
                        "every": "14 days",
                        "closed": [{"from": "2027-07-20", "until": "2027-08-16"}],
                    },
                }
            }
        },
        "stages.intake.decision.closed.0: lies outside the simulated time",
    ),
    "evidence of nothing": (
        {"evidence": {"teams.dsk.fte": {"value": 2, "source": "letter", "certainty": "stated"}}},
        "evidence.'teams.dsk.fte': the scenario has nothing at this path",
    ),
}


@pytest.mark.parametrize(("changes", "warning"), WARNINGS.values(), ids=WARNINGS)
def test_each_doubtful_thing_has_a_warning(changes: dict[str, Any], warning: str) -> None:
    """One warning with its path; the scenario is accepted."""
    assert warned(**changes) == [warning]


def test_schema_accepts_the_example_and_refuses_mistakes() -> None:
    """Editors check with it: the example passes, a bare number and a misspelling do not."""
    validator = jsonschema.Draft202012Validator(json_schema())
    validator.check_schema(json_schema())
    example = json.loads(json.dumps(tomllib.loads(EXAMPLE.read_text()), default=str))
    assert list(validator.iter_errors(example)) == []
    example["stages"]["away"]["stay"] = 180
    example["teams"]["guidance"]["caselod_limit"] = 90
    example["horizon"] = "3 yeers"
    paths = {error.json_path for error in validator.iter_errors(example)}
    assert paths == {"$.horizon", "$.teams.guidance", "$.stages.away.stay"}


def tables_of(table: type[Table]) -> Iterator[type[Table]]:
    """A kind of table and all that are made from it."""
    yield table
    for inner in table.__subclasses__():
        yield from tables_of(inner)


def test_every_field_of_the_language_says_what_it_is() -> None:
    """Each field of each table has a sentence, from which its documentation is made."""
    tables = [table for table in tables_of(Table) if table.__module__.startswith("capsim.")]
    lacking = [
        f"{table.__name__}.{name}"
        for table in tables
        for name, field in table.model_fields.items()
        if not (field.description or "").endswith(".")
    ]
    assert len(tables) > 30
    assert lacking == []
