"""The how-to page of records: its code runs, from top to bottom."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "records.md"


def test_the_code_of_the_page_runs(tmp_path, monkeypatch, capsys):
    """Each block after the other, in an empty folder; what it prints is what the text says."""
    monkeypatch.chdir(tmp_path)
    names = {}
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    for block in blocks:
        exec(compile(block, str(PAGE), "exec"), names)
    printed = capsys.readouterr().out

    assert len(blocks) == 3
    assert int(re.search(r"(\d+) open files", printed)[1]) > 30
    assert "open files, one by one on 2025-12-01" in printed
    assert "in 80 %" in printed
    assert len(names["held"].by_week) == 6
