"""capsim without numba, without a cache, and with a cache it has to fill first."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import capsim
from compiled_only import needs_compiler

SOURCE = Path(capsim.__file__).parent
SCENARIO = """
import capsim
scenario = capsim.Scenario(
    start="2026-01-05",
    horizon="8 weeks",
    teams={"guidance": {"fte": 2}},
    stages={"guidance": {"team": "guidance", "caseworker": True, "visits": 2, "work": "2 h",
                         "gap": "5 days"}},
    inflows={"regular": {"rate": {"per_month": 30}}},
)
"""
WITHOUT_NUMBA = "import sys; sys.modules['numba'] = None\n" + SCENARIO
KERNEL = """
import numpy as np
from capsim.kernels import jit
print(jit.CACHE)
"""


def python(program, **environment):
    """What a fresh interpreter prints, and what it says on the error stream."""
    settings = {**os.environ, "NUMBA_DISABLE_JIT": "0", **environment}
    finished = subprocess.run(
        [sys.executable, "-c", program],
        env={name: value for name, value in settings.items() if value is not None},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout.strip(), finished.stderr.strip()


class TestWithoutNumba:
    def test_the_reference_engine_does_the_work_and_says_what_is_lost(self):
        """The same measures as with numba, one message about speed, once."""
        program = WITHOUT_NUMBA + (
            "for _ in range(2):\n"
            "    run = capsim.simulate(scenario, seed=1)\n"
            "print(run.provenance['engine'], len(run.stays), run.measures()['value'].sum())\n"
        )
        printed, said = python(program)
        exec(SCENARIO, names := {})
        run = capsim.simulate(names["scenario"], seed=1, engine="simpy")
        assert printed == f"simpy {len(run.stays)} {run.measures()['value'].sum()}"
        assert said.count("slower") == 1
        assert "numba cannot be imported" in said
        assert "Install numba" in said

    def test_a_switch_is_named_with_its_remedy(self):
        """Where numba is there but switched off, installing it would not help."""
        _, said = python(f"{SCENARIO}\ncapsim.simulate(scenario, seed=1)", NUMBA_DISABLE_JIT="1")
        assert "because NUMBA_DISABLE_JIT is 1. Unset it to use the compiled engine" in said

    def test_studies_work(self):
        """Replications, their summary and a comparison need no compiler."""
        program = WITHOUT_NUMBA + (
            "result = capsim.replicate(scenario, n=3, seed=1, jobs=1)\n"
            "other = scenario.with_({'teams.guidance.fte': 3})\n"
            "pair = capsim.compare({'two': scenario, 'three': other}, n=3, seed=1, jobs=1)\n"
            "print(result.summary('wait_mean[guidance]')['n'].min(), len(pair.differences()) > 0)\n"
        )
        assert python(program)[0] == "3 True"

    def test_asking_for_the_compiled_engine_is_an_error_with_a_remedy(self):
        """The message names the engine, the reason and what to do."""
        program = WITHOUT_NUMBA + (
            "try:\n"
            "    capsim.simulate(scenario, seed=1, engine='compiled')\n"
            "except ImportError as error:\n"
            "    print(error)\n"
        )
        printed, _ = python(program)
        assert printed.startswith("engine = 'compiled': needs numba, and numba cannot be imported")
        assert printed.endswith("install numba, or write engine='simpy' or 'auto'")

    def test_warmup_says_so(self):
        """`capsim warmup` fails with the reason, and never claims to be ready."""
        program = "import sys; sys.modules['numba'] = None; sys.argv = ['capsim', 'warmup']\n"
        program += (
            "from capsim.cli import main\n"
            "try:\n"
            "    main()\n"
            "except SystemExit as end:\n"
            "    print('code', end.code)\n"
        )
        printed, said = python(program)
        assert printed == "code 1"
        assert "numba cannot be imported" in said


@pytest.fixture
def read_only(tmp_path):
    """A copy of the package in which nothing can be written, not even by the administrator."""
    package = tmp_path / "install" / "capsim"
    shutil.copytree(SOURCE, package, ignore=shutil.ignore_patterns("__pycache__"))
    (package / "kernels" / "__pycache__").write_text("a file where a directory would be")
    for path in [*package.rglob("*"), package, package.parent]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    yield package.parent
    for path in [package.parent, package, *package.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)


@needs_compiler
class TestCache:
    def test_a_read_only_install_keeps_code_with_the_user(self, read_only, tmp_path):
        """The cache goes to the user's directory, and the package still runs from its copy."""
        home = tmp_path / "home"
        home.mkdir()
        printed, _ = python(
            KERNEL + "import capsim; print(capsim.__file__)",
            PYTHONPATH=str(read_only),
            PYTHONDONTWRITEBYTECODE="1",
            HOME=str(home),
            XDG_CACHE_HOME=None,
            NUMBA_CACHE_DIR=None,
        )
        cache, file = printed.splitlines()
        assert Path(file).is_relative_to(read_only)
        assert Path(cache).is_relative_to(home)

    def test_without_a_place_it_compiles_each_time_and_says_so(self, read_only):
        """Neither the package nor a home can be written: a kernel is compiled nevertheless."""
        program = KERNEL + (
            "from capsim.engines import engine_named\n"
            "from capsim.kernels.draws.philox import uniform\n"
            "print(engine_named('auto'))\n"
            "print(uniform(np.uint64(1 << 63)))\n"
        )
        printed, said = python(
            program,
            PYTHONPATH=str(read_only),
            PYTHONDONTWRITEBYTECODE="1",
            HOME=os.devnull,
            XDG_CACHE_HOME=None,
            NUMBA_CACHE_DIR=None,
        )
        assert printed.split() == ["None", "compiled", "0.5"]
        assert said.count("set NUMBA_CACHE_DIR") == 1

    def test_the_first_run_says_that_it_compiles(self, tmp_path):
        """An empty cache is announced once, with its place."""
        program = "from capsim.engines import engine_named\n" + 2 * "engine_named('auto')\n"
        _, said = python(program, NUMBA_CACHE_DIR=str(tmp_path))
        assert said.count("compiles its engine") == 1
        assert str(tmp_path) in said

    @pytest.mark.thorough
    def test_warmup_fills_the_cache_for_the_next_process(self, tmp_path):
        """The first warm-up compiles, and says how long; the second one finds everything."""
        program = (
            "import json\n"
            "from capsim.runs.warming import warmup\n"
            "done = warmup()\n"
            "from capsim.kernels.engine.loop import simulate\n"
            "hits = sum(simulate.stats.cache_hits.values())\n"
            "print(json.dumps([done.was_compiled, done.cache, hits]))\n"
        )
        first, said_first = python(program, NUMBA_CACHE_DIR=str(tmp_path))
        second, said_second = python(program, NUMBA_CACHE_DIR=str(tmp_path))
        assert '[false, "' in first
        assert first.endswith(" 0]")
        assert '[true, "' in second
        assert second.endswith(" 1]")
        assert "compiles its engine" in said_first
        assert said_second == ""
