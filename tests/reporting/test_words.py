"""The words of every language: complete, alike in shape, and numbers in the language's form."""

import datetime
import re
import string
from pathlib import Path

import pytest

import capsim.reporting
from capsim.catalogue import MEASURES
from capsim.reporting.markup.words import LANGUAGES, words_in

DAY = datetime.date(2026, 8, 1)
SOURCE = Path(capsim.reporting.__file__).parent


def flat(table, start=""):
    """Every text of a table by its dotted key."""
    found = {}
    for key, value in table.items():
        if isinstance(value, dict):
            found |= flat(value, f"{start}{key}.")
        else:
            found[start + key] = value
    return found


def places(text):
    """Names of the words to be filled in."""
    return sorted({name for _, name, _, _ in string.Formatter().parse(text) if name})


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_the_same_things(language):
    """The same keys, the same words to fill in, and twelve months; nothing is empty."""
    other, own = flat(words_in("en").table), flat(words_in(language).table)

    assert own.keys() == other.keys()
    for key, text in own.items():
        if isinstance(text, list):
            assert len(text) == 12
            assert all(text)
        else:
            assert places(text) == places(other[key]), key
            assert text or key in ("form.thousands",), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_measure_has_a_name_and_a_sentence(language):
    """A translator finds each measure of the catalogue; the sentence ends as one."""
    entries = words_in(language).table["measures"]

    assert [name for name in MEASURES if name not in entries] == []
    assert [name for name in entries if name not in MEASURES] == []
    assert all(one["meaning"].endswith(".") for one in entries.values())


def test_every_key_in_the_code_exists():
    """No sentence is asked for that no language has."""
    keys = flat(words_in("nl").table)
    asked = set()
    for file in SOURCE.rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        asked |= set(re.findall(r'words\(\s*"([a-z_.]+)"', text))
        asked |= {f"{one}.many" for one in re.findall(r'several\(\s*"([a-z_.]+)"', text)}

    assert len(asked) > 60
    assert sorted(asked - keys.keys()) == []


def test_languages_differ_where_they_should():
    """Hardly a sentence was left in English; what is alike is a name or a form."""
    english = flat(words_in("en").table)
    for language in ("nl", "fr"):
        own = flat(words_in(language).table)
        same = [key for key in own if own[key] == english[key] and not key.startswith("form.")]
        assert len(same) < 25, same


@pytest.mark.parametrize(
    ("language", "share", "days", "count", "date", "interval"),
    [
        ("nl", "39,2%", "12,5 dagen", "1.234", "1 augustus 2026", "1,0 tot 2,5 dagen"),
        ("fr", "39,2\u202f%", "12,5 jours", "1\u202f234", "1er août 2026", "1,0 à 2,5 jours"),
        ("en", "39.2%", "12.5 days", "1,234", "1 August 2026", "1.0 to 2.5 days"),
    ],
)
def test_numbers_and_dates_have_the_form_of_the_language(
    language, share, days, count, date, interval
):
    """Decimal sign, thousands, the sign of hundredths, and the first of a month."""
    words = words_in(language)

    assert words.value("late_share", 0.3921) == share
    assert words.value("wait_mean", 12.5) == days
    assert words.value("arrivals", 1234.4) == count
    assert words.date(DAY) == date
    assert words.interval("wait_mean", 1.0, 2.5) == interval
    assert words.value("clear_day", 10.0, datetime.date(2026, 7, 22)) == date


def test_differences_of_shares_are_points():
    """A difference is never taken for a share; a minus is a minus; nothing has no direction."""
    words = words_in("nl")

    assert words.difference("late_share", -0.125, -0.15, -0.10) == "\u221212,5 ± 2,5 procentpunt"
    assert words.difference("wait_mean", 1.5, 1.0, 2.0) == "+1,5 ± 0,5"
    assert words.difference("wait_mean", 0.0, 0.0, 0.0) == "gelijk"
    assert words.value("wait_mean", float("nan")) == "geen"
    assert words.value("wait_p90", float("inf")) == "niet bereikt"


def test_an_unknown_language_is_refused():
    """The languages that there are stand in the message."""
    with pytest.raises(ValueError, match="'nl', 'fr' or 'en'"):
        words_in("de")
