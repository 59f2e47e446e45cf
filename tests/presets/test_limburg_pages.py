"""The pages of the province and the numbers that `make limburg` stored belong together."""

import importlib.util
import json
import re
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
NUMBERS = json.loads((DOCS / "limburg" / "numbers.json").read_text(encoding="utf-8"))


def module(name):
    """A module of docs/limburg, which is no package."""
    sys.path.insert(0, str(DOCS / "limburg"))
    try:
        spec = importlib.util.spec_from_file_location(name, DOCS / "limburg" / f"{name}.py")
        found = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(found)
    finally:
        sys.path.remove(str(DOCS / "limburg"))
    return found


tables = module("tables")


@pytest.mark.parametrize("name", tables.PAGES)
def test_every_number_of_a_page_is_the_stored_one(name):
    """Filling a page anew changes nothing, and there is something to fill."""
    text = (DOCS / name).read_text(encoding="utf-8")
    assert tables.filled(text, NUMBERS, tables.PAGES[name]) == text
    assert len(re.findall("<!--=", text)) > 5
    # A line that begins with a comment is no part of its paragraph.
    assert re.findall("^ *<!--=.*", text, re.MULTILINE) == []
    assert len(re.findall("<!--table", text)) >= 3


def test_a_number_that_is_not_the_stored_one_is_noticed():
    """The check above sees a digit that is changed, in a sentence and in a table."""
    name = "limburg.nl.md"
    text = (DOCS / name).read_text(encoding="utf-8")
    for pattern in (r"(-->)\d", r"(\| \D*)\d"):
        wrong = re.sub(pattern, r"\g<1>§", text, count=1)
        assert wrong != text
        assert tables.filled(wrong, NUMBERS, "nl") == text


def test_the_three_languages_tell_the_same():
    """Same headings in number, same numbers in the same order, same tables."""
    told = {}
    for name in ("limburg.md", "limburg.nl.md", "limburg.fr.md"):
        text = (DOCS / name).read_text(encoding="utf-8")
        told[name] = (
            len(re.findall("^#", text, re.MULTILINE)),
            re.findall("<!--=([^>]+)-->", text),
            re.findall("<!--table ([^>]+)-->", text),
        )
    assert told["limburg.md"] == told["limburg.nl.md"] == told["limburg.fr.md"]


def test_the_stored_numbers_are_of_this_preset():
    """Every scenario whose numbers are stored is still the one that was simulated."""
    assert module("study").identity() == NUMBERS["identity"]


def test_the_last_forecast_of_the_register_is_of_this_preset():
    """The entry names the scenarios it was made with; another preset needs an entry of its own."""
    text = (DOCS / "forecasts" / "limburg-2026.md").read_text(encoding="utf-8")
    last = text.split("## Entry ")[-1]
    province = module("study").PROVINCE
    for variant in ("announced", "later-waves"):
        assert province.variant(variant).hash in last


def test_posts_are_no_saving_where_exits_do_not_react():
    """What the page warns of: all costs fall with exits that react, and rise at their own pace."""
    worth, own_pace = NUMBERS["worth"]["preset"], NUMBERS["years"]["own_pace"]
    for variant in ("structural-staff", "informed", "late-staff", "structural-28"):
        assert worth[variant]["cost"][0] < 0 < own_pace[variant]["cost"][0]


def test_the_order_of_the_demands_is_told_as_it_is():
    """What the page says: staff early, then phasing, then papers; three months save nothing."""
    saved = {name: -row["late_n"][0] for name, row in NUMBERS["worth"]["preset"].items()}
    order = ("structural-staff", "phased", "informed-early", "joint-activation")
    assert [saved[name] for name in order] == sorted((saved[n] for n in order), reverse=True)
    assert abs(saved["phased-3-months"]) < 0.1 * saved["structural-staff"]
    assert saved["late-staff"] < saved["structural-staff"] / 2
    for which in ("preset", "few"):
        level = {name: row["late"][0] for name, row in NUMBERS["level"][which].items()}
        assert level["structural-staff"] < level["phased"] < level["informed-early"]
        assert level["together"] < level["none"] < level["all-together"] < level["fears"]


@pytest.mark.thorough
def test_the_stored_numbers_come_out_again():
    """Simulated anew, levels, money, notice, months and sensitivity are those that are stored."""
    study = module("study")
    for variant in ("announced", "phased"):
        found, result = study.studied(study.of(variant), study.N)
        stored = NUMBERS["level"]["preset"][variant]
        for key in stored:
            values = found[key]
            # To the digits that the pages show.
            assert study.told(values)[0] == pytest.approx(stored[key][0], rel=0.01, abs=0.06)
        assert study.money_of(result) == pytest.approx(NUMBERS["money"][variant], abs=0.1)
    assert study.january() == pytest.approx(NUMBERS["january"])
    assert study.sensitivity() == NUMBERS["sensitivity"]
    assert study.notice() == NUMBERS["notice"]
