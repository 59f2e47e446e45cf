"""Compiled code that is damaged, or that there is no room for, costs time and no run."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from capsim.kernels import jit
from compiled_only import needs_compiler

DRAW = """
import numpy as np
from capsim.kernels import jit
BEFORE_THE_CALL
from capsim.kernels.draws.philox import philox
print(philox(*(np.uint64(word) for word in range(1, 7))))
print("hits", sum(philox.stats.cache_hits.values()), "place", jit.CACHE)
"""


def at_most(size):
    """A line of Python after which no file can grow beyond so many bytes."""
    return f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))\n"


def draw(place, *, first="", before=""):
    """Numbers, hits in the cache and warnings of a fresh process that draws."""
    program = first + DRAW.replace("BEFORE_THE_CALL", before)
    finished = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "NUMBA_CACHE_DIR": str(place), "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    numbers, facts = finished.stdout.strip().splitlines()
    return numbers, facts, finished.stderr


@needs_compiler
class TestDamagedFiles:
    @pytest.mark.parametrize(
        "damage",
        [
            lambda data: b"",
            lambda data: data[: len(data) // 2],
            lambda data: data[:-1],
            lambda data: data[:400] + bytes([data[400] ^ 1]) + data[401:],
            lambda data: b"garbage" * 100,
        ],
        ids=["empty", "cut", "short", "a bit", "garbled"],
    )
    def test_is_compiled_anew_and_replaced(self, tmp_path, damage):
        """The numbers are the same, the file is named once, and the next process finds it whole."""
        right, facts, silence = draw(tmp_path)
        assert facts.startswith("hits 0")
        assert silence == ""
        files = list(tmp_path.rglob("philox.philox-*.kept"))
        assert files
        for file in files:
            file.write_bytes(damage(file.read_bytes()))
        numbers, facts, words = draw(tmp_path)
        assert (numbers, facts[:6]) == (right, "hits 0")
        assert "is damaged" in words
        assert "compiled anew, which changes no number" in words
        assert words.count("UserWarning") == 1
        assert "Traceback" not in words
        numbers, facts, words = draw(tmp_path)
        assert (numbers, facts[:6], words) == (right, "hits 1", "")

    def test_a_directory_in_the_place_of_a_file(self, tmp_path):
        """What can be neither read nor replaced is compiled in each process, and said."""
        right, _, _ = draw(tmp_path)
        for file in tmp_path.rglob("philox.philox-*.kept"):
            file.unlink()
            file.mkdir()
        numbers, _, words = draw(tmp_path)
        assert numbers == right
        assert "cannot be kept" in words
        assert "NUMBA_CACHE_DIR" in words


@needs_compiler
class TestNoRoom:
    def test_a_disk_that_fills_up(self, tmp_path):
        """Room that ends later: one sentence, the numbers, and nothing half written."""
        right, _, _ = draw(tmp_path / "other")
        (tmp_path / "full").mkdir()
        numbers, _, words = draw(tmp_path / "full", before=at_most(500))
        assert numbers == right
        assert words.count("UserWarning") == 1
        assert "cannot be kept in" in words
        assert "make room there" in words
        assert not [file for file in (tmp_path / "full").rglob("*") if file.is_file()]

    def test_a_disk_that_is_full_from_the_start_is_no_place(self, tmp_path):
        """The cache goes elsewhere, or nowhere, without a word, and the numbers are the same."""
        right, _, _ = draw(tmp_path / "other")
        numbers, facts, words = draw(tmp_path / "full", first=at_most(100_000))
        assert (numbers, words) == (right, "")
        assert "place" in facts
        assert str(tmp_path / "full") not in facts


@needs_compiler
def test_installation_whose_path_the_locale_cannot_spell_runs(tmp_path):
    """Letters beyond ASCII in its path, a locale of ASCII: compiled in each process, the same."""
    place = tmp_path / "s\u00fcd \u0142\u00f3d\u017a"
    place.mkdir()
    (place / "capsim").symlink_to(Path(jit.__file__).parents[1])
    ascii_only = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    program = DRAW.replace("BEFORE_THE_CALL", "").replace("jit.CACHE", "'there'")
    finished = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, **ascii_only, "PYTHONPATH": str(place)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.splitlines()[0] == draw(tmp_path / "cache")[0]
