"""A page to pass on: the report of a study in Dutch, and the scientific one of the same study."""

import re
import tempfile
from pathlib import Path

import capsim

office = capsim.load("one-office")
comparison = capsim.compare(
    {"base": office, "wave": office.variant("wave")}, n=20, seed=1, by="1 month", jobs=1
)
with tempfile.TemporaryDirectory() as folder:
    page = capsim.report(comparison, Path(folder) / "office.html", language="nl", jobs=1)
    text = page.read_text(encoding="utf-8")
    for_authors = capsim.stress_des(comparison)
print(f"{page.name}: {len(text) / 1e6:.1f} MB, one file, nothing loaded from elsewhere")
answer = text.split("<h2", 2)[1]
for sentence in re.findall(r"<p>(.+?)</p>", answer)[:2]:
    print(re.sub("<[^>]+>|[\u2066-\u2069]", "", sentence))
print(str(for_authors).splitlines()[0])
