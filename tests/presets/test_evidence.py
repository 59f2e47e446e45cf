"""Every number of a preset says where it comes from."""

import datetime
import re

import pytest

import capsim
from presets.preset_runs import preset

DURATION = re.compile(r"-?\d[\d.]*\s*(s|min|h|days?|workdays?|weeks?|months?|years?)")

# Texts and structure: no numbers in them. The ranges of what is uncertain stand in the notes of the
# values themselves.
_NO_NUMBERS = ("name", "evidence", "uncertain")


PRESETS = capsim.presets()
VARIANTS = [(name, variant) for name in PRESETS for variant in (None, *preset(name).variants)]


@pytest.fixture(params=PRESETS)
def scenario(request):
    return preset(request.param)


@pytest.fixture(params=VARIANTS, ids=lambda pair: "-".join(filter(None, pair)))
def any_variant(request):
    name, variant = request.param
    return preset(name) if variant is None else preset(name).variant(variant)


def is_numeric(value):
    if isinstance(value, str):
        return bool(DURATION.fullmatch(value)) or is_date(value)
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def tells_one_number(path, entry, table):
    return path.startswith(f"{table}.") and is_numeric(entry["value"])


def is_date(text):
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def without_evidence(node, path, evidence):
    """Paths of the numbers below `node` that neither they nor a table around them explain."""
    if path in evidence or re.fullmatch(r"variants\.[^.]+\.uncertain\..+", path):
        return
    if isinstance(node, dict):
        for name, item in node.items():
            yield from without_evidence(item, f"{path}.{name}" if path else name, evidence)
    elif isinstance(node, list):
        for position, item in enumerate(node):
            yield from without_evidence(item, f"{path}.{position}", evidence)
    elif is_numeric(node):
        yield path


def at(node, path):
    """Value at a dotted path; keys may have dots themselves."""
    if not path:
        return node
    if isinstance(node, list):
        head, _, rest = path.partition(".")
        return at(node[int(head)], rest)
    key = max((key for key in node if f"{path}.".startswith(f"{key}.")), key=len)
    return at(node[key], path[len(key) + 1 :])


def test_the_presets_are_there():
    """The presets that the documentation names are offered."""
    assert capsim.presets() == [
        "belgian-asylum",
        "dutch-benefits",
        "english-homelessness",
        "limburg",
        "one-office",
        "us-child-protection",
        "youth-care",
    ]


def test_every_number_has_evidence(any_variant):
    """No number, duration or date of a preset or a variant of it is without an entry."""
    raw = {key: value for key, value in any_variant.to_dict().items() if key not in _NO_NUMBERS}
    assert list(without_evidence(raw, "", any_variant.to_dict()["evidence"])) == []


def test_a_number_without_evidence_is_found(scenario):
    """The check above sees a number whose entry is taken away, in whatever form it is written."""
    raw = scenario.to_dict()
    evidence = dict(raw["evidence"])
    taken = [
        "start",
        "horizon",
        *(
            next(path for path, entry in evidence.items() if tells_one_number(path, entry, table))
            for table in ("teams", "stages")
        ),
    ]
    for path in taken:
        del evidence[path]
    left = {key: value for key, value in raw.items() if key not in _NO_NUMBERS}
    assert sorted(without_evidence(left, "", evidence)) == sorted(taken)


def test_evidence_has_the_values_of_the_preset(any_variant):
    """An entry tells the value that the simulation uses: a changed number needs a new entry."""
    raw = any_variant.to_dict()
    told = {path: entry["value"] for path, entry in raw["evidence"].items()}
    assert told == {path: at(raw, path) for path in told}


def told_at(path):
    """Where evidence of a value may stand: at it, at its law, at what a wave has of its inflow."""
    law = path.removesuffix(".mean")
    return {path, law, re.sub(r"\.waves\.\w+", "", path)}


def test_ranges_are_those_of_the_notes(scenario):
    """What a preset says is uncertain, the evidence of the value gives with the same two ends."""
    for path, spec in scenario.uncertain_inputs.items():
        ends = spec["between"] if "between" in spec else (spec["low"], spec["high"])
        notes = " ".join(
            entry.note
            for name, entry in scenario.evidence.items()
            if name.endswith(tuple(told_at(path)))
        )
        ranges = re.findall(r"range (-?[\d.]+)-([\d.]+)", notes)
        numbers = tuple(float(str(end).split()[0]) for end in ends)
        assert numbers in {tuple(map(float, found)) for found in ranges}, path


def test_assumptions_are_labelled(scenario):
    """What capsim chose or calibrated itself is an assumption, and every entry says why."""
    for path, entry in scenario.evidence.items():
        assert entry.source, path
        assert entry.note, path
        if entry.source.startswith("capsim: c"):
            assert entry.certainty == "assumption", path


def test_the_letter_states_only_its_two_figures():
    """Only the stock comes from the letter as it stands; the waves are derived from its total."""
    stated = {
        path: entry.value
        for path, entry in preset("limburg").evidence.items()
        if entry.certainty == "stated"
    }
    assert stated == {"initial.guidance.cases": 5031}
