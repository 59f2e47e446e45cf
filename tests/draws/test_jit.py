"""Compiled and interpreted kernels agree; the cache cannot be stale and cannot stop an import."""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from capsim.kernels import jit
from compiled_only import needs_compiler

TESTS = Path(__file__).parent.parent

PROGRAM = """
import hashlib, sys
import numpy as np
from draws.large import digest
from capsim import kernels
print(kernels.available(), digest())
"""


def run(program, **environment):
    """What a fresh interpreter prints."""
    finished = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), *sys.path]), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return finished.stdout.split()


def test_without_compilation_the_same_bits_come_out():
    """Applicants, roster and draws of a busy scenario are equal with NUMBA_DISABLE_JIT=1."""
    from draws.large import digest

    assert run(PROGRAM, NUMBA_DISABLE_JIT="1") == ["False", digest()]


def test_a_broken_numba_is_as_good_as_none():
    """If importing numba fails, kernels run interpreted and say why."""
    block = "import sys; sys.modules['numba'] = None\n"
    program = block + "from capsim import kernels\nprint(kernels.available(), kernels.why_not())\n"
    answer = run(program, NUMBA_DISABLE_JIT="0")
    assert answer[0] == "False"
    assert "numba" in answer[1:]


def test_importing_the_package_of_kernels_does_not_start_numba():
    """`import capsim.kernels` and `capsim.draws` leave numba alone; the answer needs it."""
    program = "import sys, capsim.kernels, capsim.draws\nprint('numba' in sys.modules)"
    assert run(program) == ["False"]


@needs_compiler
class TestCache:
    def test_directory_changes_with_any_source_file(self, tmp_path, monkeypatch):
        """The name of the cache depends on the text of every file in the package."""
        names = []
        monkeypatch.setattr(jit, "__file__", str(tmp_path / "jit.py"))
        for text in ("one", "two", "one"):
            (tmp_path / "other.py").write_text(text)
            names.append(jit.stamp())
        assert names[0] == names[2] != names[1]

    def test_compiled_code_lands_in_that_directory(self):
        """The generator's machine code is cached under the directory's name."""
        from capsim.kernels.draws.philox import philox

        assert jit.CACHE is not None
        assert Path(jit.CACHE).name == f"kernels-{jit.stamp()}"
        assert philox.stats.cache_path.startswith(jit.CACHE)

    def test_numba_keeps_its_own_setting(self):
        """Functions that users compile themselves are cached where numba would put them."""
        import numba

        before = numba.config.CACHE_DIR
        jit.jit(lambda x: x)
        assert before == numba.config.CACHE_DIR

    def test_falls_back_to_the_user_cache_and_then_to_none(self, tmp_path, monkeypatch):
        """A package that cannot be written caches elsewhere, and without any place not at all."""
        import numba

        monkeypatch.setattr(numba.config, "CACHE_DIR", "")
        monkeypatch.setattr(jit, "stamp", lambda: "stamp")
        (tmp_path / "package" / "__pycache__").mkdir(parents=True)
        monkeypatch.setattr(jit, "__file__", str(tmp_path / "package" / "jit.py"))
        expected = tmp_path / "package" / "__pycache__" / "kernels-stamp"
        assert jit.cache_directory() == str(expected)
        expected.rmdir()
        expected.write_text("a file in the way")
        monkeypatch.setattr(jit, "_user_cache", lambda: tmp_path / "user")
        assert jit.cache_directory() == str(tmp_path / "user" / "capsim" / "kernels-stamp")
        (tmp_path / "file").write_text("")
        monkeypatch.setattr(jit, "_user_cache", lambda: tmp_path / "file")
        assert jit.cache_directory() is None

    def test_versions_that_nobody_uses_are_removed(self, tmp_path, monkeypatch):
        """A cache untouched for two months goes, one of yesterday and the own one stay."""
        import numba

        monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
        monkeypatch.setattr(jit, "stamp", lambda: "own")
        for name, days in (("kernels-old", 60), ("kernels-new", 1), ("kernels-own", 60)):
            (tmp_path / name).mkdir()
            (tmp_path / name / "code.nbc").write_text("")
            instant = time.time() - days * 86_400
            os.utime(tmp_path / name, (instant, instant))
        assert jit.cache_directory() == str(tmp_path / "kernels-own")
        assert sorted(path.name for path in tmp_path.iterdir()) == ["kernels-new", "kernels-own"]
        assert (tmp_path / "kernels-own" / "code.nbc").exists()

    def test_only_kernels_take_their_indices_as_they_are(self, monkeypatch):
        """A kernel reads before the array it was given; a user's function counts from the end."""
        import numba

        def entry(array, i):
            return array[i]

        part = np.arange(6)[3:]
        assert numba.njit(entry)(part, -1) == 5
        assert jit.AS_THEY_ARE, "numba changed: see `_take_indices_as_they_are`"
        monkeypatch.setattr(entry, "__module__", "capsim.kernels.example")
        monkeypatch.setattr(jit, "CACHE", None)
        assert jit.jit(entry)(part, -1) == 2

    def test_compiles_without_any_cache(self, monkeypatch):
        """With no place for a cache a function is still compiled."""
        monkeypatch.setattr(jit, "CACHE", None)

        def double(x):
            return 2 * x

        compiled = jit.jit(double)
        assert compiled is not double
        assert compiled(4) == 8
