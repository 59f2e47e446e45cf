"""Mistakes: all at once, each with its path, value, rule and remedy."""

import pickle
import tomllib
from pathlib import Path
from typing import Any

import pytest

from capsim.scenario import Mistake, Scenario, ScenarioError
from capsim.scenario.loading import load

BASE: dict[str, Any] = {
    "start": "2026-01-01",
    "horizon": "2 years",
    "teams": {"desk": {"fte": 2}, "guides": {"fte": 6, "caseload_limit": 90}},
    "stages": {
        "intake": {"team": "desk", "work": "45 min"},
        "guidance": {
            "team": "guides",
            "caseworker": True,
            "work": "1 h",
            "stay": "11 months",
            "gap": "28 days",
            "next": {"closed": 0.8, "away": 0.2},
        },
        "away": {"stay": "180 days", "next": {"intake": 1}},
    },
    "inflows": {
        "regular": {"rate": {"per_month": 40}},
        "reform": {"waves": {"march": {"date": "2026-03-01", "people": 10}}},
    },
}

TEN = """
start = 2026-01-01
horizon = "3 yeers"
[teams.desk]
fte = -1
[teams.guidance]
fte = 6
caselod_limit = 90
[stages.intake]
team = "desk"
work = "1 day"
next = { guidence = 1.0 }
[stages.guidance]
team = "guidanse"
caseworker = true
stay = 30
gap = { law = "gama", mean = "28 days", cv = 0.3 }
work = { law = "lognormal", mean = "1 h", cv = 0 }
next = { closed = 0.81, away = 0.2 }
[inflows.reform]
waves.january = { date = 2025-01-01, people = 50 }
"""


def mistakes_of(changes: dict[str, Any]) -> list[Mistake]:
    """Mistakes of the base with plain values put at dotted paths, without any checks."""
    raw = Scenario(**BASE).to_dict()
    for path, value in changes.items():
        node = raw
        *tables, last = path.split(".")
        for table in tables:
            node = node.setdefault(table, {})
        if value is None:
            del node[last]
        else:
            node[last] = value
    with pytest.raises(ScenarioError) as caught:
        Scenario(**raw)
    return list(caught.value.mistakes)


def test_ten_mistakes_are_named_at_once() -> None:
    """Field mistakes and broken references of one file, in its order, nothing else."""
    with pytest.raises(ScenarioError) as caught:
        Scenario(**tomllib.loads(TEN))
    assert [mistake.path for mistake in caught.value.mistakes] == [
        "horizon",
        "teams.desk.fte",
        "teams.guidance.caselod_limit",
        "stages.intake.work",
        "stages.intake.next",
        "stages.guidance.team",
        "stages.guidance.stay",
        "stages.guidance.gap.law",
        "stages.guidance.work.cv",
        "stages.guidance.next",
        "inflows.reform.waves.january.date",
    ]
    lines = str(caught.value).splitlines()
    assert lines[0] == "11 mistakes:"
    assert lines[1] == "  horizon = '3 yeers': unknown unit 'yeers'; did you mean 'years'?"
    assert all(mistake.rule and mistake.remedy for mistake in caught.value.mistakes)


CASES: dict[str, tuple[dict[str, Any], str]] = {
    "shares that sum to 1.01": (
        {"stages.guidance.next": {"closed": 0.81, "away": 0.2}},
        "stages.guidance.next = {'closed': 0.81, 'away': 0.2}: the shares sum to 1.01, not to 1; "
        "correct the shares, or send the rest to an exit",
    ),
    "bare number for a duration": (
        {"stages.away.stay": 180},
        "stages.away.stay = 180: a duration needs its unit; write it as text, such as '180 days' "
        "or '180 h'",
    ),
    "number in quotes without unit": (
        {"horizon": "2"},
        "horizon = '2': a duration needs its unit; write '2 days' or '2 h'",
    ),
    "a day of work": (
        {"stages.intake.work": "1 day"},
        "stages.intake.work = '1 day': work is in s, min or h: a day of work is ambiguous; write "
        "the hours at the desk, such as '7.6 h'",
    ),
    "a day of work in a law": (
        {"stages.intake.work": {"law": "gamma", "mean": "1 h", "cv": 1, "plus": "1 day"}},
        "stages.intake.work.plus = '1 day': work is in s, min or h",
    ),
    "cv of 0": (
        {"stages.intake.work": {"law": "lognormal", "mean": "1 h", "cv": 0}},
        "stages.intake.work.cv = 0: cv must be above 0; write a positive cv, or a bare duration",
    ),
    "neither cv nor sd": (
        {"stages.intake.work": {"law": "lognormal", "mean": "1 h"}},
        "stages.intake.work = {'law': 'lognormal', 'mean': '1 h'}: needs either cv or sd",
    ),
    "mean of 0": (
        {"stages.away.stay": {"law": "exponential", "mean": "0 days"}},
        "stages.away.stay.mean = '0 days': mean must be above 0",
    ),
    "low above high": (
        {"stages.away.stay": {"law": "uniform", "low": "3 days", "high": "2 days"}},
        "stages.away.stay.low = '3 days': low is above high; swap low and high",
    ),
    "mode outside": (
        {
            "stages.away.stay": {
                "law": "triangular",
                "low": "1 day",
                "mode": "9 days",
                "high": "4 days",
            }
        },
        "stages.away.stay.mode = '9 days': mode must lie between low and high",
    ),
    "mixture": (
        {
            "stages.away.stay": {
                "law": "mixture",
                "of": [{"share": 0.5, "law": "fixed", "mean": "1 day"}],
            }
        },
        "the shares sum to 0.5, not to 1; correct the shares of the parts",
    ),
    "unknown scipy law": (
        {"stages.away.stay": {"law": "scipy", "name": "betta", "scale": "1 day"}},
        "stages.away.stay.name = 'betta': scipy.stats has no such continuous law; did you mean",
    ),
    "scipy law without mean": (
        {"stages.away.stay": {"law": "scipy", "name": "cauchy", "scale": "1 day"}},
        "cauchy with these parameters has no finite mean and variance",
    ),
    "unknown law": (
        {"stages.away.stay": {"law": "gama", "mean": "1 day", "cv": 1}},
        "stages.away.stay.law = 'gama': there is no such law; did you mean 'gamma'?",
    ),
    "law without a name": (
        {"stages.away.stay": {"mean": "1 day"}},
        "stages.away.stay = {'mean': '1 day'}: the law is not named; add law = ",
    ),
    "unknown field of a law": (
        {"stages.away.stay": {"law": "gamma", "mean": "1 day", "cw": 1}},
        "stages.away.stay.cw = 1: there is no such field; did you mean 'cv'?",
    ),
    "minutes or months": (
        {"stages.intake.work": "45 m"},
        "stages.intake.work = '45 m': 'm' could be minutes or months; write 'min' or 'months'",
    ),
    "negative duration": ({"stages.away.stay": "-3 days"}, "a duration cannot be negative"),
    "negative rate": (
        {"inflows.regular.rate": {"per_month": -40}},
        "inflows.regular.rate.per_month = -40: must be at least 0; write 0 or more applications",
    ),
    "two rates": (
        {"inflows.regular.rate": {"per_month": 40, "per_day": 1}},
        "needs exactly one of per_day, per_week, per_month, per_year and steps",
    ),
    "places of 0": (
        {"stages.intake.decision": {"every": "14 days", "places": 0}},
        "stages.intake.decision.places = 0: must be at least 1; write 1 or more, or leave it out",
    ),
    "rhythm of hours": (
        {"stages.intake.decision": {"every": "36 h"}},
        "stages.intake.decision.every = '36 h': meetings are a whole number of days",
    ),
    "turned away to itself": (
        {"stages.intake.room": 0, "stages.intake.if_turned_away": "intake"},
        "stages.intake.if_turned_away = 'intake -> intake': a routing cycle in which no time can "
        "pass; send the cases to an exit or to a delay",
    ),
    "left to itself at once": (
        {"stages.intake.patience": "0 days", "stages.intake.if_left": "intake"},
        "stages.intake.if_left = 'intake -> intake': a routing cycle in which no time can pass",
    ),
    "delays without length": (
        {
            "stages.away": {"stay": "0 days", "next": {"gone": 1}},
            "stages.gone": {"stay": "0 h", "next": {"away": 0.5, "closed": 0.5}},
        },
        "stages.away.next = 'away -> gone -> away': a routing cycle in which no time can pass",
    ),
    "wave before the start": (
        {"inflows.reform.waves": {"march": {"date": "2025-03-01", "people": 10}}},
        "inflows.reform.waves.march.date = '2025-03-01': a wave lies before the start (2026-01-01)",
    ),
    "change before the start": (
        {"teams.desk.changes": {"spring": {"at": "2025-03-01", "add": 1}}},
        "teams.desk.changes.spring.at = '2025-03-01': the change lies before the start",
    ),
    "decided change in force before the start": (
        {"teams.desk.changes": {"spring": {"decided": "2025-03-01", "lead": "1 month", "add": 1}}},
        "takes effect on 2025-04-01, before the start; count it in fte instead",
    ),
    "small worker": (
        {
            "offices": {"as": {"share": 0.99}, "zutendaal": {"share": 0.01}},
            "teams.guides.shared": True,
        },
        "teams.desk.fte = 2: a worker would have 0.02 FTE in office 'zutendaal', less than 0.1; "
        "share the team: teams.desk.shared = true or clusters of offices",
    ),
    "office shares": (
        {"offices": {"as": {"share": 0.5}, "zutendaal": {"share": 0.4}}},
        "the shares of the offices sum to 0.9, not to 1",
    ),
    "reserved name of an inflow": (
        {"inflows.all": {"rate": {"per_day": 1}}},
        "inflows = 'all': 'all' is a reserved name; choose another one",
    ),
    "reserved name of an exit": (
        {"stages.away.next": {"open": 1}},
        "stages.away.next = 'open': 'open' is a reserved name",
    ),
    "name with a dot": (
        {"offices": {"St. Truiden": {"share": 1}}},
        "offices = 'St. Truiden': a name has letters, digits, _ and - only; write 'St_Truiden'",
    ),
    "unknown team": (
        {"stages.intake.team": "dek"},
        "stages.intake.team = 'dek': there is no such team; did you mean 'desk'?",
    ),
    "unknown start of a deadline": (
        {"stages.guidance.deadline": {"within": "30 days", "from": "intak"}},
        "stages.guidance.deadline.from = 'intak': there is no such stage; did you mean 'intake'?",
    ),
    "misspelt destination": (
        {"stages.away.next": {"guidence": 1}},
        "stages.away.next = 'guidence': is neither a stage nor an exit used elsewhere; did you "
        "mean 'guidance'?",
    ),
    "misspelt and so missing": (
        {"teams.desk": {"ftes": 2}},
        "teams.desk.ftes = 2: there is no such field; did you mean 'fte'?",
    ),
    "missing": ({"start": None}, "start: is missing; write a date such as 2026-01-01"),
    "team in an inflow": (
        {"inflows.regular.stages": {"intake": {"team": "guides"}}},
        "inflows.regular.stages.intake.team = 'guides': an inflow is served by the team of the "
        "stage; remove it, or send the inflow through a stage of its own",
    ),
    "no ending": (
        {"stages.guidance.stay": None},
        "stages.guidance.visits: a caseworker stage ends by exactly one of visits, stay and",
    ),
    "two endings": (
        {"stages.guidance.visits": 5},
        "stages.guidance.stay = '11 months': a caseworker stage ends by exactly one of visits, "
        "stay and closing; keep one of visits, stay",
    ),
    "stay without gap": (
        {"stages.guidance.gap": None},
        "stages.guidance.gap: a stay needs a gap: a visit falls due every gap",
    ),
    "patience in a delay": (
        {"stages.away.patience": "3 days"},
        "stages.away.patience = '3 days': nobody waits in a delay; add a team or remove patience",
    ),
    "missed without end": (
        {"stages.guidance.no_show": {"share": 1.0}},
        "stages.guidance.no_show.share = 1",
    ),
    "missed in a delay": (
        {"stages.away.no_show": {"share": 0.1}},
        "stages.away.no_show = {'share': 0.1}: only visits can be missed, and they need a team",
    ),
    "cost of a missed visit in days": (
        {"stages.guidance.no_show": {"share": 0.1, "costs": "1 day"}},
        "stages.guidance.no_show.costs = '1 day': work is in s, min or h",
    ),
    "partner in a pooled stage": (
        {"stages.intake.partner": 0.3},
        "stages.intake.partner = 0.3: a partner shares the visits of a caseworker; add caseworker "
        "= true, or send that share to a stage of a partner's own",
    ),
    "partner in a delay": (
        {"stages.away.partner": 0.3},
        "stages.away.partner = 0.3: a partner does visits, which need a team",
    ),
    "more than all by a partner": ({"stages.guidance.partner": 1.3}, "guidance.partner = 1.3"),
    "burden of another mean": (
        {"inflows.regular.burden": {"law": "gamma", "mean": 1.2, "cv": 0.6}},
        "inflows.regular.burden.mean = 1.2: the mean factor is 1.2, not 1; make it 1 and write the "
        "usual amount of work into stages.S.work",
    ),
    "burdens of another mean": (
        {"inflows.regular.burden": {"law": "empirical", "values": [1, 2]}},
        "inflows.regular.burden.values = [1, 2]: the mean factor is 1.5, not 1",
    ),
    "burden without a spread": (
        {"inflows.regular.burden": {"law": "gamma"}},
        "inflows.regular.burden = {'law': 'gamma'}: needs a cv; write cv = 0.6, say",
    ),
    "burden without factors": (
        {"inflows.regular.burden": {"law": "empirical"}},
        "needs factors; write values = [0.5, 2.0]",
    ),
    "room in a delay": ({"stages.away.room": 3}, "stages.away.room = 3: nobody waits in a delay"),
    "stay in a pooled stage": (
        {"stages.intake.stay": "3 days"},
        "stages.intake.stay = '3 days': stay needs a caseworker; add caseworker = true, or remove",
    ),
    "horizon": (
        {"warm_up": "1 year", "follow_up": "1 year"},
        "horizon = '2 years': must be longer than warm_up and follow_up together (731 days)",
    ),
    "true is not 1": (
        {"stages.intake.room": True},
        "stages.intake.room = True: must be a whole number",
    ),
    "text is not a number": (
        {"teams.desk.fte": "3"},
        "teams.desk.fte = '3': must be a number",
    ),
    "eleven months": (
        {"inflows.regular.seasonality": [1] * 11},
        "must have twelve factors; write twelve factors, January to December",
    ),
    "take-up without waves": (
        {"inflows.regular.take_up": 0.4},
        "inflows.regular.take_up = 0.4: take_up belongs to waves, of which there are none",
    ),
    "initial cases in no stage": (
        {"initial": {"guidence": {"cases": 3}}},
        "initial = 'guidence': there is no such stage; did you mean 'guidance'?",
    ),
    "no stages": ({"stages": {}}, "stages = {}: needs at least one stage"),
    "literal": (
        {"teams.desk.discipline": "lifo"},
        "teams.desk.discipline = 'lifo': must be 'fifo', 'deadline' or 'returning_first'; did you "
        "mean 'fifo'?",
    ),
    "workdays mixed with days": (
        {"stages.guidance.gap": {"law": "uniform", "low": "1 workday", "high": "9 days"}},
        "workdays do not mix with calendar time",
    ),
    "unknown country": (
        {"calendar": {"country": "Limburg"}},
        "calendar.country = 'Limburg': no public holidays are known for it",
    ),
    "continuous calendar with hours": (
        {"calendar": {"kind": "continuous", "hours_per_day": 8}},
        "calendar.hours_per_day = 8: a continuous calendar has no hours_per_day",
    ),
    "empty trace": (
        {"inflows.history": {"trace": []}},
        "inflows.history.trace = []: the trace has no applications; add rows",
    ),
}


@pytest.mark.parametrize(("changes", "message"), CASES.values(), ids=CASES)
def test_each_mistake_has_its_own_message(changes: dict[str, Any], message: str) -> None:
    """One wrong value gives one mistake that says what, where, why and what to write."""
    found = mistakes_of(changes)
    assert message in str(found[0])
    assert len(found) == 1
    assert found[0].remedy


OFFICES = {"genk": {"share": 0.6}, "as": {"share": 0.4}}
SETTINGS: dict[str, tuple[str, Any, str]] = {
    "value": (
        "stages.intake.work",
        "1 day",
        "offices.genk.set.stages.intake.work = '1 day': work is in s, min or h",
    ),
    "misspelt path": (
        "stages.intak.work",
        "1 h",
        "offices.genk.set.stages.intak.work = '1 h': there is no stage 'intak'; did you mean",
    ),
    "fte": (
        "teams.desk.fte",
        3,
        "an office says its FTE in a table of its own; write offices.genk.fte.desk",
    ),
    "team of a stage": (
        "stages.intake.team",
        "guides",
        "an office cannot change who does the work",
    ),
    "shared team": ("teams.guides.client_share", 0.7, "the team is shared with other offices"),
    "start": ("start", "2026-02-01", "an office can set stages.*, teams.* and inflows.*.stages.*"),
}


@pytest.mark.parametrize(("path", "value", "message"), SETTINGS.values(), ids=SETTINGS)
def test_settings_of_an_office_are_checked_at_once(path: str, value: Any, message: str) -> None:
    """A wrong setting is named below its office, before anything runs."""
    offices = {**OFFICES, "genk": {"share": 0.6, "set": {path: value}}}
    found = mistakes_of({"offices": offices, "teams.guides.shared": True})
    assert message in str(found[0])
    assert len(found) == 1


def test_variants_of_a_file_are_checked_at_once(tmp_path: Path) -> None:
    """Loading tries every variant out; the mistake is named below the variant."""
    file = tmp_path / "s.toml"
    text = TEN[: TEN.index("[teams")].replace("yeers", "years")
    file.write_text(
        text + '[teams.desk]\nfte = 1\n[stages.intake]\nteam = "desk"\nwork = "1 h"\n'
        '[inflows.regular]\nrate = { per_day = 1 }\n[variants.more]\n"teams.dsk.fte" = 3\n'
    )
    with pytest.raises(ScenarioError) as caught:
        load(file)
    assert str(caught.value) == (
        "1 mistake in s.toml:\n"
        "  variants.more.teams.dsk.fte = 3: there is no team 'dsk'; did you mean 'desk'?"
    )


FILES = {
    "missing": (None, "there is no such file beside the scenario; did you mean 'arrivals.csv'?"),
    "empty": ("", "the file is empty"),
    "header only": ("date\n", "has no applications; add rows below the header"),
    "no time": ("office\nmain\n", "needs exactly one of the columns date and day"),
    "unknown column": ("day,wrok.intake\n1,2\n", "column 'wrok.intake'"),
    "bad date": ("date\n2026-13-01\n", "line 2, date '2026-13-01'"),
    "bad cell": ("day,work.intake\n1,2 dys\n", "unknown unit 'dys'; did you mean 'days'?"),
    "day of work": ("day,work.intake\n1,2 days\n", "is not a length of work; write s, min or h"),
    "ragged": ("day,office\n1\n", "line 2"),
    "unknown office": ("day,office\n1,gnk\n", "'gnk': there is no such office"),
    "unknown stage": ("day,work.intak\n1,2\n", "there is no such stage; did you mean 'intake'?"),
    "no patience to replace": ("day,patience.away\n1,2\n", "the stage has no patience to replace"),
}


@pytest.mark.parametrize(("text", "message"), FILES.values(), ids=FILES)
def test_each_broken_trace_has_its_own_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None, message: str
) -> None:
    """The trace file, its row and its column are named."""
    (tmp_path / "arrivals.csv").write_text("day\n1\n" if text is None else text)
    monkeypatch.chdir(tmp_path)
    name = "arivals.csv" if text is None else "arrivals.csv"
    found = mistakes_of({"inflows.history": {"trace": name}})
    assert len(found) == 1
    assert message in str(found[0])
    assert found[0].path.startswith("inflows.history.trace")


def test_unreadable_files_have_a_message(tmp_path: Path) -> None:
    """Not UTF-8, not TOML, not JSON, not there: each says so, without a traceback of its own."""
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "broken.toml").write_text("name = \n")
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "list.json").write_text("[1]")
    for name, message in {
        "binary.toml": "is not a text in UTF-8",
        "broken.toml": "is not TOML: Invalid value .at line 1",
        "broken.json": "is not JSON",
        "list.json": "a scenario is a table",
        "borken.json": "there is no such file; did you mean 'broken.json'",
    }.items():
        with pytest.raises(ScenarioError, match=message):
            load(tmp_path / name)
    with pytest.raises(ScenarioError, match="neither such a file nor such a preset"):
        load("no-such-preset")


def test_error_crosses_processes() -> None:
    """A pickled error keeps its mistakes."""
    error = ScenarioError([Mistake("horizon", 3, "is short", "write more")], "s.toml")
    copy = pickle.loads(pickle.dumps(error))
    assert (copy.mistakes, str(copy)) == (error.mistakes, str(error))
