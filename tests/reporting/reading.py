"""What tests of the report share: a small service, a reader of pages, and a browser."""

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from capsim.reporting.entry import subject_of
from capsim.reporting.numbers.material import material_of

SERVICE = {
    "name": "little",
    "start": "2026-01-01",
    "horizon": "9 months",
    "warm_up": "1 month",
    "follow_up": "30 days",
    "teams": {
        "desk": {
            "fte": 2.5,
            "worker_fte": 0.5,
            "absence": {"leave": {"spells_per_year": 4, "length": "7 days"}},
        }
    },
    "stages": {
        "intake": {"team": "desk", "work": "1 h"},
        "talks": {
            "team": "desk",
            "work": "2 h",
            "visits": 2,
            "gap": "5 days",
            "deadline": {"within": "30 days", "from": "intake", "until": "end"},
        },
    },
    "inflows": {
        "regular": {"rate": {"per_month": 60}},
        "reform": {"take_up": 0.5, "waves": {"spring": {"date": "2026-04-01", "people": 160}}},
    },
    "variants": {
        "help": {"teams.desk.changes.more": {"at": "2026-03-01", "add": 1}},
        "none": {"inflows.reform.take_up": 0},
        "both": {"teams.desk.fte": 4},
    },
    "uncertain": {
        "inflows.reform.take_up": {"law": "triangular", "low": 0.3, "mode": 0.5, "high": 0.7}
    },
    "evidence": {
        "teams.desk.fte": {"value": 2, "source": "a count", "certainty": "official"},
        "inflows.reform.take_up": {"value": 0.5, "source": "a guess", "certainty": "assumption"},
    },
}
N, SEED = 6, 3


def material_for(subject, **options):
    """What a report of a subject is made of."""
    names = {"n": N, "seed": SEED, "variant": None, "baseline": None, "overrides": {}}
    given = names | options
    return material_of(subject_of(subject, engine="auto", execution={}, **given))


class Reader(HTMLParser):
    """Elements of a page, with their attributes and text, in order."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.elements, self._open = [], []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        element = {"tag": tag, "attributes": dict(attributes), "text": ""}
        self.elements.append(element)
        if tag not in ("meta", "br", "input", "hr", "wbr", "col"):
            self._open.append(element)

    def handle_endtag(self, tag):
        while self._open and self._open.pop()["tag"] != tag:
            pass

    def handle_data(self, data):
        for element in self._open:
            element["text"] += data

    def by_id(self, name):
        return next(one for one in self.elements if one["attributes"].get("id") == name)

    def all(self, tag):
        return [one for one in self.elements if one["tag"] == tag]


def plain(text):
    """A text without the marks that hold names in their own direction."""
    return re.sub("[\u2068\u2069]", "", text)


def data_of(page):
    """What the script of a page reads."""
    return json.loads(Reader(page).by_id("data")["text"])


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
needs_chromium = pytest.mark.skipif(
    CHROMIUM is None,
    reason="no Chromium here to open the page in; install the package chromium, as CI does",
)
AXE = Path(__file__).parents[2] / ".cache" / "axe-core" / "package" / "axe.min.js"
needs_axe = pytest.mark.skipif(
    not AXE.exists(),
    reason="axe-core is not in .cache/axe-core; fetch it there with npm pack, as CI does",
)


def chromium(folder, *arguments):
    """What the browser printed, its console on the error stream."""
    return subprocess.run(
        [
            CHROMIUM,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--host-resolver-rules=MAP * ~NOTFOUND",
            "--enable-logging=stderr",
            f"--user-data-dir={folder / 'profile'}",
            *arguments,
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
