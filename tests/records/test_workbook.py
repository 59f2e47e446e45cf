"""Workbooks: an empty one, filled ones as people fill them, broken ones, and what they become."""

import contextlib
import datetime
import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import capsim
from capsim.cli.app import app
from capsim.records.workbook import write_template
from capsim.records.workbook.answers import read_answers
from capsim.records.workbook.book import open_book
from capsim.records.workbook.cells import Cell, date_in, month_in, number_in, share_in
from capsim.records.workbook.words import ANSWERS, LANGUAGES, TABLES
from records.workbooks import ROWS, filled, rewritten

DAY = datetime.date
ENOUGH = {"as_of": DAY(2026, 3, 2), "open_files": 400, "hours_per_file": 5, "posts": 6}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_template_has_four_sheets_and_the_same_names_in_each_language(tmp_path, language):
    """Defined names are those of the contract; no sheet is hidden; words stand beside each cell."""
    import python_calamine

    file = write_template(tmp_path / "service.xlsx", language)
    book = open_book(file)

    assert set(book.places) == {
        *("open_files", "applications_a_month", "hours_per_file", "posts", "committee_weeks"),
        *("legal_days", "share_refused", "guidance_months", "share_late", "client_hours", "as_of"),
        *(f"{key}_{field}" for key, (_, _, fields) in TABLES.items() for field, _, _ in fields),
    }
    opened = python_calamine.CalamineWorkbook.from_path(str(file))
    assert len(opened.sheet_names) == 4
    assert all("Visible" in str(sheet.visible) for sheet in opened.sheets_metadata)
    for answer in ANSWERS:
        sheet, row, column = book.places[answer.name]
        label, value, unit, words = book.sheets[sheet][row][column - 1 : column + 3]
        assert value is None
        assert all(text for text in (label, unit, words))


def test_an_empty_template_says_what_is_missing(tmp_path):
    """By cell, not by a traceback."""
    with pytest.raises(capsim.ScenarioError, match=r"Dienst!B4: is empty; write the date"):
        capsim.load(write_template(tmp_path / "service.xlsx", "nl"))


def test_a_template_never_overwrites(tmp_path):
    """What is there may be filled in already."""
    file = write_template(tmp_path / "service.xlsx")
    with pytest.raises(ValueError, match="is there already"):
        write_template(file)
    with pytest.raises(ValueError, match="a workbook ends in"):
        write_template(tmp_path / "service.xls")
    with pytest.raises(ValueError, match="in en, nl, fr"):
        write_template(tmp_path / "other.xlsx", "de")


def test_a_workbook_as_people_fill_it(tmp_path):
    """Decimal commas, per cent signs, month names, dates as texts, and cells left empty."""
    file = filled(
        tmp_path / "dienst.xlsx",
        as_of="2026-03-02",
        open_files="412",
        hours_per_file="5,5",
        posts="5,4",
        committee_weeks=2,
        share_refused="18 %",
        applications=[
            [DAY(2025, 12, 1), 38],
            ["januari 2026", "41"],
            ["2026-02", 44],
            ["2026-03", None],
            ["april 2026", "60"],
        ],
        what_if=[
            ["Hervorming april", 150, None, "2026-04", None],
            ["Extra plaats", None, 1, DAY(2026, 9, 1), None],
            ["gespreid", 150, None, "4/2026", 12],
        ],
    )
    scenario = capsim.load(file)
    stages = scenario.stages

    assert scenario.name == "dienst"
    assert scenario.start == DAY(2026, 3, 2)
    assert scenario.teams["social"].fte == 5.4
    assert stages["intake"].work.mean.seconds == pytest.approx(0.15 * 5.5 * 3600)
    assert stages["investigation"].work.mean.seconds == pytest.approx(0.425 * 5.5 * 3600)
    assert stages["investigation"].next == {"guidance": 0.82, "refused": 0.18}
    assert sum(one.cases for one in scenario.initial_cases()) == 412
    counts = scenario.inflows["regular"].counts.to_dict()
    by_month = dict(zip(counts["when"], counts["count"], strict=True))
    assert (by_month["2026-03"], by_month["2026-04"], by_month["2027-03"]) == (41, 60, 41)
    assert set(scenario.variants) == {"hervorming-april", "extra-plaats", "gespreid"}
    assert scenario.variants["gespreid"]["inflows.extra"]["counts"]["2027-03"] == 12.5
    more = scenario.variant("extra-plaats").teams["social"].changes["line-1"]
    assert (more.at, more.add) == (DAY(2026, 9, 1), 1)
    assert capsim.load(file, "gespreid").variant_name == "gespreid"


def test_every_number_says_where_it_is_from(tmp_path):
    """Cells by name, what follows from them, and the preset for the rest."""
    scenario = capsim.load(filled(tmp_path / "s.xlsx", "en", **ENOUGH))
    evidence = scenario.evidence

    assert evidence["teams.social.fte"].source == "s.xlsx, Service!B8"
    assert evidence["teams.social.fte"].certainty == "stated"
    length = evidence["stages.guidance.stay.mean"]
    assert "Service!B12 is empty" in length.source
    assert length.certainty == "official"
    assert "as in preset limburg" in evidence["stages.guidance.gap.mean"].note
    laws = ("teams.social.fte", "teams.social.client_share", "stages.intake.work.mean",
            "stages.investigation.work.mean", "stages.investigation.decision.every",
            "stages.investigation.deadline.within", "stages.investigation.next.guidance",
            "stages.guidance.stay.mean", "inflows.regular.rate.per_month")  # fmt: skip
    assert set(laws) <= set(evidence)


def test_the_service_keeps_its_open_files(tmp_path):
    """Little's law by hand: 40 a month, 0.8 accepted, 400 open, two weeks between meetings."""
    scenario = capsim.load(
        filled(tmp_path / "s.xlsx", **ENOUGH, applications_a_month=40, share_refused=0.2,
               committee_weeks=2)
    )  # fmt: skip
    undecided = 40 * 14 / (365.25 / 12)
    months = (400 - undecided) / 32

    assert str(scenario.stages["guidance"].stay.mean) == f"{round(months, 2):g} months"
    assert scenario.initial_tables[0][2].cases == round(undecided)


def test_the_late_share_of_today_is_reproduced(tmp_path):
    """Hours per application, left empty, are those with which the base is as late as today."""
    file = filled(
        tmp_path / "s.xlsx", as_of=DAY(2026, 3, 2), open_files=400, posts=6,
        applications_a_month=40, committee_weeks=2, share_late="20 %",
    )  # fmt: skip
    scenario = capsim.load(file)
    found = capsim.replicate(scenario, n=20, seed=1, jobs=1).interval("late_share[investigation]")

    assert found.estimate == pytest.approx(0.2, abs=0.011)
    assert "as written" in scenario.evidence["stages.investigation.work.mean"].note


def test_staff_makes_posts_and_names(tmp_path):
    """Hours of those who are there; others come, go on the day after their last, or have gone."""
    people = [
        ["A", "30,4", None, None, None],
        ["B", 38, None, DAY(2026, 6, 30), None],
        ["C", 19, DAY(2026, 9, 1), None, None],
        ["D", 38, None, DAY(2025, 12, 31), None],
    ]
    given_numbers = {name: value for name, value in ENOUGH.items() if name != "posts"}
    team = capsim.load(filled(tmp_path / "s.xlsx", **given_numbers, staff=people)).teams["social"]

    assert team.fte == pytest.approx(1.8)
    assert team.workers.name == ("A", "B", "C")
    assert team.workers.fte == (0.8, 1.0, 0.5)
    assert team.workers.from_ == (None, None, DAY(2026, 9, 1))
    assert team.workers.until == (None, DAY(2026, 7, 1), None)
    more = capsim.load(filled(tmp_path / "m.xlsx", **ENOUGH, staff=people)).teams["social"]
    assert (more.fte, len(more.workers.name)) == (6, 3)
    with pytest.raises(capsim.ScenarioError, match=r"B8 = 1.0: is less than the staff of that day"):
        capsim.load(filled(tmp_path / "l.xlsx", **{**ENOUGH, "posts": 1}, staff=people))


def test_two_teams(tmp_path):
    """Where everybody has a team, each stage is served by its own."""
    people = [["A", 38, None, None, "aanvragen"], ["B", 38, None, None, "begeleiding"],
              ["C", 19, None, None, "guidance"]]  # fmt: skip
    scenario = capsim.load(filled(tmp_path / "s.xlsx", **ENOUGH, staff=people))

    assert {name: team.fte for name, team in scenario.teams.items()} == {
        "applications": 1, "guidance": 1.5,
    }  # fmt: skip
    assert scenario.stages["guidance"].team == "guidance"


def test_all_mistakes_are_named_by_cell(tmp_path):
    """At once: words for numbers, shares beyond one, dates that are two, empty and double cells."""
    file = filled(
        tmp_path / "s.xlsx",
        as_of="03/04/2026",
        open_files="ongeveer 400",
        posts="1.250",
        legal_days=DAY(2026, 3, 5),
        share_refused=18,
        committee_weeks=400,
        applications=[["ooit", 3], ["2026-01", 4], ["2026-01", 5]],
        staff=[["A", None, None, None, None], ["B", 38, None, None, "keuken"]],
        what_if=[["x", None, None, "2026-09", None], ["x", 3, None, None, None]],
        merged=("A14:B14",),
    )
    with pytest.raises(capsim.ScenarioError) as caught:
        capsim.load(file)
    said = "\n".join(str(mistake) for mistake in caught.value.mistakes)

    for line in (
        "Dienst!B4 = '03/04/2026': may be day/month or month/day; write 2026-04-03 or 2026-03-04",
        "Dienst!B5 = 'ongeveer 400': is no number",
        "Dienst!B8 = '1.250': may be thousands or a fraction",
        "Dienst!B10 = '2026-03-05': is a date or a time",
        "Dienst!B11 = 18.0: is no share between 0% and 95%; write 18 % if you mean that",
        "Dienst!B9 = 400.0: is not between 0.2 and 26",
        "Dienst!B14 = 'merged': is merged with Dienst!A14; unmerge",
        "Aanvragen!A5 = 'ooit': is no month",
        "Aanvragen!A7 = '2026-01': stands in Aanvragen!A6 already",
        "Personeel!B5: is empty; fill it in, or empty the whole line",
        "Personeel!E6 = 'keuken': is no team",
        "Wat als!B5: changes nothing",
        "Wat als!D6: is empty",
    ):
        assert line in said, line


def test_a_merged_cell_that_begins_with_the_answer_is_read(tmp_path):
    """The first cell of a merged range holds what is in it."""
    file = tmp_path / "s.xlsx"
    filled(file, **ENOUGH, merged=("B6:C6",))
    with pytest.raises(capsim.ScenarioError, match=r"Dienst!B6 = 'merged': is no number"):
        capsim.load(file)


def test_a_formula_that_nobody_has_counted_is_no_empty_cell(tmp_path):
    """A program may write formulas without their results: the cell is named, not passed over."""
    file = filled(tmp_path / "s.xlsx", **ENOUGH | {"open_files": 373})
    cell = f"B{ROWS['open_files'] + 1}".encode()
    before = rb'(<c r="' + cell + rb'"[^>]*>)<v>373</v>'
    for result, said in ((b"<v></v>", True), (b"", True), (b"<v>373</v>", False)):
        after = rb"\1<f>200+173</f>" + result
        written = rewritten(file, sheet1=lambda data, after=after: re.sub(before, after, data))
        assert written.read_bytes() != file.read_bytes()
        if said:
            with pytest.raises(capsim.ScenarioError, match="a formula without a result"):
                capsim.load(written)
        else:
            assert (
                capsim.load(written).to_dict()["initial"] == capsim.load(file).to_dict()["initial"]
            )


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"nothing of the kind", None])
def test_what_is_no_workbook_is_refused(tmp_path, content):
    """Empty, cut and other files, and a workbook of somebody else's, in a sentence."""
    file = tmp_path / "s.xlsx"
    if content is None:
        import xlsxwriter

        with xlsxwriter.Workbook(str(file)) as book:
            book.add_worksheet()
    else:
        file.write_bytes(content)
    with pytest.raises(capsim.ScenarioError, match=r"no workbook|not made from the template"):
        capsim.load(file)


def said_of(file):
    """What a workbook says, but for its name."""
    told = read_answers(file)
    return told.numbers, told.as_of, told.months, told.staff, told.what_if


PEOPLE = [["A", 30.4, None, DAY(2026, 6, 30), None], ["B", 19, None, None, None]]
TABLES_FILLED = {
    "applications": [[DAY(2026, 1, 1), 38], [DAY(2026, 2, 1), 44]],
    "staff": PEOPLE,
    "what_if": [["reform", 150, 2, DAY(2026, 4, 1), 3]],
}


def shifted(data):
    """Names that lead one row up, as after a row was put in by a program that leaves them."""
    return re.sub(rb"\$([A-Z])\$(\d+)<", lambda m: b"$%s$%d<" % (m[1], int(m[2]) - 1), data)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "change",
    [
        lambda data: re.sub(rb"<definedNames>.*</definedNames>", b"", data),
        lambda data: re.sub(rb'sheet name="([^"]+)"', rb'sheet name="\1 2026 d\'ici"', data),
        shifted,
    ],
    ids=["names lost", "sheets called otherwise", "names left behind"],
)
def test_answers_are_found_by_their_words(tmp_path, language, change):
    """Other programs drop the names, rename sheets without them, or move cells without them."""
    file = filled(tmp_path / "s.xlsx", language, **ENOUGH, **TABLES_FILLED)
    written = rewritten(file, workbook=change)

    assert said_of(written) == said_of(file)
    assert len(said_of(file)[3]) == 2


def test_a_copy_of_a_sheet_has_names_of_its_own(tmp_path):
    """A spreadsheet gives them to the copied sheet; the answers are those of the first."""
    file = filled(tmp_path / "s.xlsx", **ENOUGH)
    local = b"<definedName name='posts' localSheetId='1'>'Dienst'!$B$5</definedName>"
    first, last = b"<definedNames>", b"</definedNames>"
    written = rewritten(
        file,
        workbook=lambda data: data.replace(first, first + local).replace(last, local + last),
        sharedStrings=without("Voltijdse plaatsen"),
    )

    assert said_of(written) == said_of(file)


def without(*texts):
    """The words of a workbook, some of them taken out."""

    def change(data):
        for text in texts:
            assert f">{text}<".encode() in data
            data = data.replace(f">{text}<".encode(), b">...<")
        return data

    return change


def test_what_is_gone_is_named(tmp_path):
    """A cell whose name leads nowhere and whose words are gone; a whole sheet by one line."""
    file = filled(tmp_path / "s.xlsx", **ENOUGH)
    broken = rewritten(
        file,
        workbook=lambda data: data.replace(b"'Dienst'!$B$8", b"#REF!"),
        sharedStrings=without("Voltijdse plaatsen"),
    )
    with pytest.raises(capsim.ScenarioError, match="name 'posts': this cell of the template is"):
        capsim.load(broken)
    labels = [answer.label[LANGUAGES.index("nl")] for answer in ANSWERS]
    renamed = rewritten(
        file,
        workbook=lambda data: data.replace(b'sheet name="Dienst"', b'sheet name="Genk"'),
        sharedStrings=without(*labels),
    )
    with pytest.raises(capsim.ScenarioError) as caught:
        capsim.load(renamed)
    (said,) = caught.value.mistakes
    assert "sheet 'Service' or 'Dienst': is missing" in str(said)
    assert "there are 'Genk', 'Aanvragen', 'Personeel', 'Wat als'" in str(said)


def test_columns_of_a_table_may_go_and_needed_ones_may_not(tmp_path):
    """Without the heads and names of `team` all do everything; without `hours` nothing is known."""
    file = filled(tmp_path / "s.xlsx", **ENOUGH, staff=PEOPLE)

    def without_name(name):
        pattern = rb'<definedName name="' + name + rb'">[^<]*</definedName>'
        return lambda data: re.sub(pattern, b"", data)

    less = rewritten(file, workbook=without_name(b"staff_team"), sharedStrings=without("Team"))
    assert said_of(less) == said_of(file)
    less = rewritten(
        file, workbook=without_name(b"staff_hours"), sharedStrings=without("Uren per week")
    )
    with pytest.raises(capsim.ScenarioError, match="sheet 'Personeel': the column 'hours' is gone"):
        capsim.load(less)
    heads = [words[1] for _, words, _ in TABLES["staff"][2]]
    less = rewritten(
        file,
        workbook=lambda data: re.sub(rb'<definedName name="staff_.*?</definedName>', b"", data),
        sharedStrings=without(*heads),
    )
    with pytest.raises(capsim.ScenarioError, match="'Personeel': the heads of its columns are"):
        capsim.load(less)


def test_a_row_of_numbers_is_no_head(tmp_path):
    """Rows above were taken out, and the names stayed: nobody of the staff is passed over."""
    file = filled(tmp_path / "s.xlsx", **ENOUGH, staff=PEOPLE)
    heads = [words[1] for _, words, _ in TABLES["staff"][2]]
    broken = rewritten(
        file,
        workbook=lambda data: re.sub(rb"('Personeel'!\$[A-E]\$)4", rb"\g<1>5", data),
        sharedStrings=without(*heads),
    )
    with pytest.raises(capsim.ScenarioError, match=r"B5 = 30.4: stands where the head of the col"):
        capsim.load(broken)


def test_errors_of_a_sheet_are_no_empty_cells(tmp_path):
    """#DIV/0! and #REF! are named, in answers and in tables."""
    file = filled(tmp_path / "s.xlsx", **ENOUGH, staff=PEOPLE)
    broken = rewritten(
        file,
        sheet1=lambda data: re.sub(rb'(<c r="B5"[^>]*)><v>400', rb'\1 t="e"><v>#REF!', data),
        sheet3=lambda data: re.sub(rb'(<c r="B6"[^>]*)><v>19', rb'\1 t="e"><v>#DIV/0!', data),
    )
    with pytest.raises(capsim.ScenarioError) as caught:
        capsim.load(broken)
    said = [str(mistake) for mistake in caught.value.mistakes]
    assert len(said) == 2
    assert said[0].startswith("Dienst!B5 = '#REF!': is an error of the sheet")
    assert said[1].startswith("Personeel!B6 = '#DIV/0!': is an error of the sheet")


def test_sums_and_posts_are_no_people(tmp_path):
    """A line of totals, and FTE where hours are asked: each by its cell."""
    people = [*PEOPLE, ["Totaal VTE", 5.8, None, None, None], ["C", 1, None, None, None]]
    with pytest.raises(capsim.ScenarioError) as caught:
        capsim.load(filled(tmp_path / "s.xlsx", **ENOUGH, staff=people))
    said = [str(mistake) for mistake in caught.value.mistakes]
    assert said[0].startswith("Personeel!A7 = 'Totaal VTE': is the sum of the others")
    assert said[1].startswith("Personeel!B8 = 1.0: is not between 3.8 and 60; write the hours")


def test_what_cannot_come_is_told_by_cell(tmp_path):
    """Fewer posts than none, and a month that is not simulated any more.

    Of the six posts A and B have 1.3; A leaves on 30 June, so that 5.2 are there in September.
    """
    lines = [
        ["fewer", None, -5.5, DAY(2026, 9, 1), None],
        ["late", 3, None, DAY(2028, 3, 1), None],
        ["fine", 3, -5.2, DAY(2028, 2, 1), None],
    ]
    with pytest.raises(capsim.ScenarioError) as caught:
        capsim.load(filled(tmp_path / "s.xlsx", **ENOUGH, staff=PEOPLE, what_if=lines))
    said = [str(mistake) for mistake in caught.value.mistakes]
    assert len(said) == 2
    assert said[0].startswith("Wat als!C5 = -5.5: takes away more than the 5.2 posts")
    assert said[1].startswith("Wat als!D6 = '2028-03-01': is after the 2 years")


@pytest.mark.parametrize(
    ("text", "date"),
    [("2 maart 2026", DAY(2026, 3, 2)), ("1. März 2026", None), ("14 févr. 2026", DAY(2026, 2, 14)),
     ("31 april 2026", None), ("3 ma 2026", None), ("30 Dec 2026", DAY(2026, 12, 30))],
)  # fmt: skip
def test_dates_in_words(text, date):
    """Day, name of a month and year, in the languages of the template; nothing else."""
    mistakes = []
    assert date_in(Cell("S", 0, 0, text), mistakes) == date
    assert (date is None) == bool(mistakes)


def test_other_kinds_of_workbook_are_named(tmp_path):
    """An .ods is to be saved as .xlsx, and one with macros is read like one without."""
    file = filled(tmp_path / "s.xlsx", **ENOUGH)
    other = file.with_suffix(".ods")
    other.write_bytes(file.read_bytes())
    with pytest.raises(capsim.ScenarioError, match=r"another kind; save it as \.xlsx"):
        capsim.load(other)
    macros = file.with_suffix(".xlsm")
    macros.write_bytes(file.read_bytes())
    assert capsim.load(macros).initial_cases() == capsim.load(file).initial_cases()


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32), st.integers(1, 6))
def test_damaged_files_give_sentences(tmp_path_factory, seed, cuts):
    """Bytes turned over anywhere: read as before, or refused; never another error."""
    import random

    folder = tmp_path_factory.getbasetemp() / "damaged"
    folder.mkdir(exist_ok=True)
    whole = folder / "whole.xlsx"
    if not whole.exists():
        filled(whole, **ENOUGH)
    rng = random.Random(seed)
    data = bytearray(whole.read_bytes())
    for _ in range(cuts):
        data[rng.randrange(len(data))] = rng.randrange(256)
    file = folder / "s.xlsx"
    file.write_bytes(bytes(data))
    with contextlib.suppress(capsim.ScenarioError):
        assert open_book(file).name == "s.xlsx"


VALUES = st.one_of(
    st.none(), st.booleans(), st.floats(), st.integers(), st.text(max_size=12), st.dates(),
    st.datetimes(), st.times(), st.timedeltas(), st.sampled_from(["#DIV/0!", "1.234,5", "12 %"]),
)  # fmt: skip


@settings(deadline=None, max_examples=100)
@given(VALUES)
def test_any_value_of_a_cell_is_read_or_refused(value):
    """A number, share, date or month in its range, or a mistake with the cell; nothing else."""
    cell = Cell("Sheet", 1, 1, value)
    for read in (number_in, share_in):
        mistakes = []
        found = read(cell, 0, 0.95, mistakes)
        assert found is None or 0 <= found <= 0.95
        assert (found is None) == (bool(mistakes) or value is None)
    for read in (date_in, month_in):
        mistakes = []
        found = read(cell, mistakes)
        assert (found is None) == (bool(mistakes) or value is None)
        assert all("Sheet!B2" in str(mistake) for mistake in mistakes)


@pytest.mark.parametrize(
    ("text", "number"),
    [("12,5", 12.5), ("1.234,5", 1234.5), ("1 234", 1234), ("1,234.5", 1234.5), ("-3", -3),
     ("1.250", None), ("1e5", None), ("about 3", None), ("3 + 4", None), ("", None)],
)  # fmt: skip
def test_numbers_as_people_write_them(text, number):
    """Commas and points, spaces between thousands; what may be two numbers is none."""
    assert number_in(Cell("S", 0, 0, text or None), -1e9, 1e9, []) == number


def test_a_saved_scenario_is_the_same(tmp_path):
    """The workbook is a door: what came through it is a scenario like any other."""
    scenario = capsim.load(filled(tmp_path / "s.xlsx", **ENOUGH))
    scenario.save(tmp_path / "s.toml")

    assert capsim.load(tmp_path / "s.toml") == scenario


def test_commands_take_it(tmp_path):
    """`template` writes it, `check` and `evidence` read it, mistakes end with 2."""
    runner = CliRunner()
    file = tmp_path / "mine.xlsx"
    written = runner.invoke(app, ["template", str(file), "--lang", "fr"])
    assert written.exit_code == 0, written.output
    assert file.exists()
    empty = runner.invoke(app, ["check", str(file)])
    assert empty.exit_code == 2
    assert "Service!B4: is empty" in empty.output
    whole = filled(tmp_path / "s.xlsx", **ENOUGH)
    for command in ("check", "evidence"):
        told = runner.invoke(app, [command, str(whole)])
        assert told.exit_code == 0, told.output


def test_rows_of_answers_are_where_the_helper_puts_them():
    """The helper of these tests and the template agree."""
    assert sorted(ROWS.values()) == list(itertools.accumulate([3, *[1] * (len(ANSWERS) - 1)]))
