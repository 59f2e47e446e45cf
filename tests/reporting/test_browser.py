"""The page in a browser without a network: quiet, alive, narrow enough, and on paper."""

import html
import json
import re

import pytest

from capsim.reporting.markup.words import LANGUAGES
from reporting.reading import AXE, chromium, data_of, needs_axe, needs_chromium

pytestmark = needs_chromium

PROBE = """
<pre id="probe"></pre><script>
addEventListener("load", function () {
  var found = { positions: {}, requests: performance.getEntriesByType("resource").length };
  var data = JSON.parse(document.getElementById("data").textContent);
  function text(id) { return document.getElementById(id).textContent; }
  var sliders = data.whatIf.now.map(function (_, k) {
    return document.getElementById("slider-" + k);
  });
  Object.keys(data.whatIf.point).forEach(function (places) {
    places.split(",").forEach(function (place, k) {
      sliders[k].value = place;
      sliders[k].dispatchEvent(new Event("input"));
    });
    found.positions[places] = {
      cells: data.whatIf.cells[0].map(function (_, k) {
        return [text("what-if-mean-" + k), text("what-if-interval-" + k)];
      }),
      texts: sliders.map(function (one, k) {
        return [text("slider-" + k + "-value"), one.getAttribute("aria-valuetext")];
      }),
      line: document.querySelector("svg.wide [data-line='what-if-1']").getAttribute("d"),
    };
  });
  var button = document.getElementById("replay-step");
  found.days = [];
  for (var k = 0; k < 3; k++) {
    found.days.push([text("replay-date"), document.getElementById("replay-day").value,
      data.replay.stages.map(function (_, s) {
        return [text("replay-waiting-" + s), text("replay-inside-" + s)];
      })]);
    button.click();
  }
  document.getElementById("replay-back").click();
  found.back = document.getElementById("replay-day").value;
  document.getElementById("replay-play").click();
  found.pressed = document.getElementById("replay-play").getAttribute("aria-pressed");
  setTimeout(function () {
    found.played = document.getElementById("replay-day").value;
    document.getElementById("replay-play").click();
    found.stopped = document.getElementById("replay-play").getAttribute("aria-pressed");
    document.getElementById("probe").textContent = JSON.stringify(found);
  }, 2000);
});
</script></body>"""


def console(answer):
    """Lines that a page, or the browser about it, wrote."""
    return [line for line in answer.stderr.splitlines() if "CONSOLE" in line]


def test_sliders_and_replay_show_the_numbers_of_the_page(files, pages, tmp_path):
    """Every position, days forward and back, play and pause; no request, no error."""
    page = tmp_path / "probed.html"
    page.write_text(pages["nl"].replace("</body>", PROBE), encoding="utf-8")

    answer = chromium(tmp_path, "--virtual-time-budget=6000", "--dump-dom", page.as_uri())

    found = json.loads(html.unescape(re.search(r'<pre id="probe">(.*?)</pre>', answer.stdout)[1]))
    data = data_of(pages["nl"])
    grid, run = data["whatIf"], data["replay"]
    assert console(answer) == []
    assert found["requests"] == 0
    assert found["positions"].keys() == grid["point"].keys()
    for places, shown in found["positions"].items():
        number = grid["point"][places]
        assert shown["cells"] == grid["cells"][number]
        assert shown["line"] == grid["lines"]["wide"][number]
        texts = [grid["texts"][k][int(p)] for k, p in enumerate(places.split(","))]
        assert shown["texts"] == [[text, text] for text in texts]
    assert [date for date, _, _ in found["days"]] == [
        "1 februari 2026", "2 februari 2026", "3 februari 2026",
    ]  # fmt: skip
    for _, day, counts in found["days"]:
        for stage, (waiting, inside) in enumerate(counts):
            assert waiting == str(run["waiting"][stage][int(day)])
            assert inside == str(run["inside"][stage][int(day)])
    assert int(found["back"]) == run["first"] + 2
    assert (found["pressed"], found["stopped"]) == ("true", "false")
    assert int(found["played"]) > int(found["back"]) + 5


FRAMES = """<!DOCTYPE html><meta charset="utf-8"><pre id="probe"></pre>{frames}<script>
addEventListener("load", function () {{
  document.getElementById("probe").textContent = JSON.stringify(
    Array.from(document.querySelectorAll("iframe")).map(function (frame) {{
      var page = frame.contentDocument, root = page.documentElement;
      return [root.scrollWidth, root.clientWidth,
        getComputedStyle(page.querySelector("svg.wide")).display,
        getComputedStyle(page.querySelector("svg.narrow")).display];
    }}));
}});
</script>"""


def test_no_language_is_wider_than_a_phone(files, tmp_path):
    """At 360 pixels nothing sticks out, and the narrow drawings stand in for the wide ones."""
    frames = "".join(
        f'<iframe src="{(files / f"{one}.html").as_uri()}" width="{width}" height="800"></iframe>'
        for one in LANGUAGES
        for width in (360, 1000)
    )
    page = tmp_path / "frames.html"
    page.write_text(FRAMES.format(frames=frames), encoding="utf-8")

    answer = chromium(
        tmp_path,
        "--allow-file-access-from-files",
        "--hide-scrollbars",
        "--virtual-time-budget=4000",
        "--dump-dom",
        page.as_uri(),
    )

    found = json.loads(html.unescape(re.search(r'<pre id="probe">(.*?)</pre>', answer.stdout)[1]))
    assert console(answer) == []
    assert len(found) == 6
    for place, (needed, there, wide, narrow) in enumerate(found):
        assert needed <= there
        assert (wide, narrow) == (("none", "block"), ("block", "none"))[place % 2]


def test_on_paper_it_is_a4(files, tmp_path):
    """Printed to PDF every page is A4, and there are several."""
    out = tmp_path / "page.pdf"

    answer = chromium(
        tmp_path, "--no-pdf-header-footer", f"--print-to-pdf={out}", (files / "fr.html").as_uri()
    )

    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", out.read_bytes())
    assert console(answer) == []
    assert 3 <= len(boxes) <= 20
    assert {(round(float(w)), round(float(h))) for w, h in boxes} == {(595, 842)}


AUDIT = """
<pre id="audit"></pre><script>{axe}</script><script>
addEventListener("load", function () {{
  axe.run(document, {{ resultTypes: ["violations"] }}).then(function (found) {{
    document.getElementById("audit").textContent = JSON.stringify({{
      passed: found.passes.length,
      broken: found.violations.map(function (one) {{
        return [one.impact, one.id, one.nodes.map(function (node) {{ return node.html; }})];
      }}),
    }});
  }});
}});
</script></body>"""


def audited(page, folder):
    """What axe-core says of a page: how many rules it keeps, and which it breaks."""
    file = folder / "audited.html"
    script = AUDIT.format(axe=AXE.read_text(encoding="utf-8"))  # the page allows no other file
    file.write_text(page.replace("</body>", script), encoding="utf-8")
    answer = chromium(folder, "--virtual-time-budget=20000", "--dump-dom", file.as_uri())
    return json.loads(html.unescape(re.search(r'<pre id="audit">(.*?)</pre>', answer.stdout)[1]))


@needs_axe
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_has_no_serious_barrier(pages, tmp_path, language):
    """axe-core finds no serious or critical barrier in any language."""
    found = audited(pages[language], tmp_path)

    assert found["passed"] >= 20
    assert [one for one in found["broken"] if one[0] in ("serious", "critical")] == []


@needs_axe
def test_a_barrier_is_found(pages, tmp_path):
    """A slider without a name and pale text are noticed: the audit looks at the page."""
    barrier = '<input type="range"><p style="color: #ccc; background: #fff">pale</p></body>'

    found = audited(pages["en"].replace("</body>", barrier), tmp_path)

    rules = {rule for impact, rule, _ in found["broken"] if impact in ("serious", "critical")}
    assert {"label", "color-contrast"} <= rules
