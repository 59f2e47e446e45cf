"""docs/how-to/extend.md: each recipe, applied to a copy of the sources, gives what it promises."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-to" / "extend.md").read_text(encoding="utf-8")
RECIPES = dict(re.findall(r"^## (.+)\n((?s:.+?))(?=^## |\Z)", PAGE, re.M))
FILES = {"four": 4, "three": 3, "two": 2}

STEP = re.compile(
    r"^(?:A (?P<new>new) file|At the (?P<end>end)"
    r"|(?P<where>After|Before|In place of) `(?P<at>.+?)`):"
    r"(?: `(?P<line>.+)`|\n\n```python\n(?P<block>(?s:.+?))```)$",
    re.M,
)

# To compile the kernels of a changed tree takes minutes, so Python runs them: once they are all
# there, nothing must know that they are not compiled.
INTERPRETED = """
import importlib, pkgutil
import capsim, capsim.kernels
for module in pkgutil.walk_packages(capsim.kernels.__path__, "capsim.kernels."):
    importlib.import_module(module.name)
capsim.kernels.jit.REASON = ""
"""


def parts(recipe):
    """The text under each heading of a recipe: steps by file, and what holds then."""
    return dict(re.findall(r"^### (.+)\n((?s:.+?))(?=^### |\Z)", recipe, re.M))


def changed(source, step):
    """The source after one step; a place that is not there exactly once is an error."""
    text = step["line"] or step["block"].rstrip("\n")
    if step["new"]:
        assert source is None
        return text + "\n"
    if step["end"]:
        return f"{source}\n\n{text}\n"
    if step["where"] == "In place of":
        assert source.count(step["at"]) == 1, step["at"]
        return source.replace(step["at"], text)
    lines = source.splitlines()
    (place,) = (k for k, line in enumerate(lines) if line.strip().startswith(step["at"]))
    indent = lines[place][: -len(lines[place].lstrip())]
    at = place + (step["where"] == "After")
    added = [indent + line if line else "" for line in text.splitlines()]
    if step["block"] and not indent:
        added += ["", ""]
    return "\n".join([*lines[:at], *added, *lines[at:], ""])


def apply(recipe, copy):
    """Apply a recipe to a copy of the repository; the files that it touches."""
    touched = []
    for heading, text in parts(recipe).items():
        if heading.startswith("`"):
            path = copy / heading.strip("`")
            source = path.read_text(encoding="utf-8") if path.exists() else None
            steps = list(STEP.finditer(text))
            assert steps
            for step in steps:
                source = changed(source, step)
            path.write_text(source, encoding="utf-8")
            touched.append(path)
    return touched


@pytest.mark.parametrize("title", RECIPES)
def test_a_recipe_gives_what_it_promises(title, tmp_path):
    """In as many files as it says, all of them well formed, and on both engines."""
    unwanted = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=unwanted)
    touched = apply(RECIPES[title], tmp_path)
    (number,) = re.findall(r"in (\w+) files", title)
    assert len(touched) == FILES[number]
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    lint = [sys.executable, "-m", "ruff", "check", "-q", "--no-cache", *map(str, touched)]
    linted = subprocess.run(lint, cwd=tmp_path, capture_output=True, text=True)
    assert linted.returncode == 0, linted.stdout
    finished = subprocess.run(
        [sys.executable, "-c", INTERPRETED + python_of(parts(RECIPES[title])["Then this holds"])],
        env={**os.environ, "PYTHONPATH": str(tmp_path / "src"), "NUMBA_DISABLE_JIT": "1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert finished.returncode == 0, finished.stderr


def python_of(text):
    """The program under a heading."""
    (program,) = re.findall(r"^```python\n((?s:.+?))```", text, re.M)
    return program


def test_a_step_that_finds_no_place_is_an_error():
    """What was moved or renamed in the sources must be moved in the page too."""
    (step,) = STEP.finditer("After `b`: `c`")
    assert changed("a\n    b\n", step) == "a\n    b\n    c\n"
    for source in ("a\n", "b\nb\n"):
        with pytest.raises(ValueError, match="values to unpack"):
            changed(source, step)
    (step,) = STEP.finditer("In place of `b`: `c`")
    with pytest.raises(AssertionError):
        changed("b b", step)
