"""The wheel and the source distribution where strangers meet them, outside the repository.

``python tests/installing/matrix.py`` builds both, installs the wheel in an empty environment whose
path has spaces and letters beyond ASCII, and tries it without a home, with packages that cannot be
written, under other locales, time zones and options of Python, and with each extra alone. Every run
must give the same numbers. ``--python PATH`` tries other interpreters, ``--lowest`` the oldest
dependencies that are allowed; ``--short`` leaves the extras out.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
OUT_OF_IT = "s\u00fcd \u0142\u00f3d\u017a"

SEALED = "packages and home that cannot be written"

# What each extra is for, in one line that fails without it.
EXTRAS = {
    "parquet": "import pandas; pandas.DataFrame({'a': [1]}).to_parquet('a.parquet')",
    "excel": "import capsim.records.workbook, python_calamine, xlsxwriter",
    "dask": "import distributed; distributed.Client",
    "sa": "import SALib",
    "xarray": "import xarray; xarray.DataArray([1])",
}

# Nothing heavy, and under half a second of the processor: the best of three, as others work too.
IMPORT = """
import sys, time
begun = time.process_time()
import capsim
taken = time.process_time() - begun
heavy = [name for name in ("numba", "pandas", "matplotlib", "scipy") if name in sys.modules]
assert not heavy, heavy
print(taken)
"""

INSTALLED = """
import importlib.metadata, pathlib, capsim
folder = pathlib.Path(capsim.__file__).parent
assert "site-packages" in folder.parts, folder
assert (folder / "py.typed").is_file()
assert importlib.metadata.version("capsim") == capsim.__version__
files = [str(file) for file in importlib.metadata.files("capsim")]
outside = [f for f in files if not f.startswith(("capsim/", "capsim-", "../"))]
assert not outside, outside
"""

STUDY = """
import capsim
scenario = capsim.load("one-office").with_({"horizon": "30 weeks", "warm_up": "0 days"})
for engine in ("compiled", "simpy"):
    study = capsim.replicate(scenario, n=3, seed=1, engine=engine, jobs=1)
    print(engine, study.summary().to_csv(index=False, lineterminator="|"))
"""

PLACES = """
import pathlib, tempfile
import capsim
with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name, "met spatie \\u00e9\\u0142")
    folder.mkdir()
    run = capsim.simulate("one-office", seed=1, engine="simpy")
    run.save(folder / "run")
    assert len(capsim.load_run(folder / "run").stays) == len(run.stays)
    study = capsim.replicate("one-office", n=2, seed=1, jobs=1, store=folder / "store")
    again = capsim.replicate("one-office", n=2, seed=1, jobs=1, store=folder / "store")
    assert again.summary().equals(study.summary())
"""


def tell(*words: object) -> None:
    """One line, at once."""
    print(*words, flush=True)


def call(*command: object, cwd: Path, env: dict[str, str] | None = None) -> str:
    """What a command prints; its errors are shown where it fails."""
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, env=env, capture_output=True, text=True,
        encoding="utf-8", errors="replace", check=False,
    )  # fmt: skip
    if done.returncode:
        tell(done.stdout[-2000:], done.stderr[-4000:])
        raise SystemExit(f"failed with {done.returncode}: {' '.join(map(str, command))[:300]}")
    return done.stdout


def plain_env(**more: str) -> dict[str, str]:
    """The environment without what belongs to the repository or to a display."""
    gone = ("PYTHONPATH", "DISPLAY", "WAYLAND_DISPLAY", "MPLBACKEND", "NUMBA_CACHE_DIR")
    kept = {name: value for name, value in os.environ.items() if name not in gone}
    return {**kept, **more}


def python_in(environment: Path) -> Path:
    """The interpreter of an environment."""
    return environment / ("Scripts" if os.name == "nt" else "bin") / "python"


def seal(environment: Path, *, shut: bool = True) -> None:
    """Let nothing be kept beside the kernels, or again: a file for a folder stops root too."""
    for kernels in environment.rglob("capsim/kernels"):
        place = kernels / "__pycache__"
        if shut:
            shutil.rmtree(place, ignore_errors=True)
            place.touch()
        else:
            place.unlink()


def built(folder: Path, python: str) -> Path:
    """Wheel, made from the source distribution that is made from the sources."""
    source = folder / "source"
    skipped = shutil.ignore_patterns(".*", "__pycache__", "demo", "build", "dist")
    shutil.copytree(ROOT, source, ignore=skipped)
    call(python, "-m", "venv", folder / "build", cwd=folder)
    builder = python_in(folder / "build")
    call(builder, "-m", "pip", "install", "--quiet", "hatchling", cwd=folder)
    call(builder, "-m", "hatchling", "build", "-t", "sdist", "-d", folder / "dist", cwd=source)
    (packed,) = (folder / "dist").glob("*.tar.gz")
    call(builder, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", folder / "dist", packed,
         cwd=folder)  # fmt: skip
    (wheel,) = (folder / "dist").glob("*.whl")
    tell(f"built {packed.name} ({packed.stat().st_size:,} bytes), and from it {wheel.name}")
    return wheel


def constraints_of(folder: Path, lowest: bool) -> Path:
    """The pinned versions, or the oldest ones that the project file allows."""
    if not lowest:
        return ROOT / "constraints.txt"
    wanted = [*PROJECT["dependencies"]]
    for name in EXTRAS:
        wanted += PROJECT["optional-dependencies"][name]
    path = folder / "lowest.txt"
    path.write_text("\n".join(map(_oldest, wanted)) + "\n", encoding="utf-8")
    return path


def _oldest(requirement: str) -> str:
    """The bound itself where it names a patch, else the patches of the version that it names."""
    name, version = re.split(">=|,", requirement)[:2]
    parts = version.split(".")
    if len(parts) > 2:
        return f"{name}=={version}"
    return f"{name}~={'.'.join([*parts, *['0'] * (3 - len(parts))])}"


def conditions(folder: Path) -> dict[str, tuple[list[str], dict[str, str]]]:
    """Options of Python and environment, by what they try."""
    plain = plain_env()
    homeless = {name: value for name, value in plain.items() if name not in ("HOME", "USERPROFILE")}
    found: dict[str, tuple[list[str], dict[str, str]]] = {
        "as it is": ([], plain),
        "no home": ([], homeless),
        "a home that is a file": ([], plain_env(HOME=str(folder / "lowest.txt"))),
        "python -O": (["-O"], plain),
        "python -OO": (["-OO"], plain),
        "python -I -X utf8=0": (["-I", "-X", "utf8=0"], plain_env(LC_ALL="C")),
        "warnings are errors": (["-W", "error::DeprecationWarning:capsim"], plain),
    }
    for zone in ("UTC", "Asia/Kolkata", "America/St_Johns", "Pacific/Kiritimati", "XYZ3"):
        found[f"time zone {zone}"] = ([], plain_env(TZ=zone))
    for locale in ("C", "POSIX", "tr_TR.UTF-8", "de_DE.UTF-8", "nl_BE@euro"):
        found[f"locale {locale}"] = ([], plain_env(LC_ALL=locale, LANG=locale))
    found[SEALED] = ([], plain_env(HOME=os.devnull, XDG_CACHE_HOME=os.devnull))
    return found


def try_environment(folder: Path, wheel: Path, python: str, lowest: bool, short: bool) -> str:
    """Install and try everything with one interpreter; digest of the numbers."""
    version = call(python, "-c", "import platform; print(platform.python_version())", cwd=folder)
    name = f"{version.strip()}{', oldest dependencies' if lowest else ''}"
    environment = folder / f"{OUT_OF_IT} {name}"
    call(python, "-m", "venv", environment, cwd=folder)
    mine, elsewhere = python_in(environment), folder / "elsewhere"
    elsewhere.mkdir(exist_ok=True)
    elsewhere.chmod(0o777)
    pinned = constraints_of(folder, lowest)
    install = [mine, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-c", pinned]
    call(*install, wheel, cwd=elsewhere)
    call(mine, "-c", INSTALLED, cwd=elsewhere, env=plain_env())
    taken = min(float(call(mine, "-c", IMPORT, cwd=elsewhere, env=plain_env())) for _ in range(3))
    assert taken < 0.5, f"import capsim takes {taken:.2f} s of the processor"
    tell(f"Python {name}: installed; import capsim takes {taken:.2f} s of the processor")
    command = environment / mine.parent.name / "capsim"
    assert PROJECT["name"] in call(command, "--version", cwd=elsewhere, env=plain_env())
    numbers = set()
    for what, (options, env) in conditions(folder).items():
        if what == SEALED:
            seal(environment)
        said = call(mine, *options, "-c", STUDY, cwd=elsewhere, env=env)
        numbers.add(hashlib.sha256(said.encode()).hexdigest()[:12])
        tell(f"Python {name}, {what}: {len(numbers)} set of numbers")
        assert len(numbers) == 1, said[:2000]
    seal(environment, shut=False)
    call(mine, "-c", PLACES, cwd=elsewhere, env=plain_env())
    call(mine, "-m", "golden.digests", cwd=elsewhere, env=plain_env(PYTHONPATH=str(ROOT / "tests")))
    tell(f"Python {name}: golden digests agree")
    for extra, use in () if short else EXTRAS.items():
        before = call(mine, "-m", "pip", "freeze", cwd=elsewhere).splitlines()
        call(*install, f"{wheel}[{extra}]", cwd=elsewhere)
        call(mine, "-c", f"import capsim; {use}", cwd=elsewhere, env=plain_env())
        after = call(mine, "-m", "pip", "freeze", cwd=elsewhere).splitlines()
        new = [line.split("==")[0] for line in after if line not in before and "==" in line]
        call(mine, "-m", "pip", "uninstall", "--quiet", "-y", *new, cwd=elsewhere)
        tell(f"Python {name}: extra {extra} alone brings {len(new)} packages")
    return numbers.pop()


def main(arguments: list[str] | None = None) -> None:
    """Build once, try with each interpreter.

    Raises
    ------
    SystemExit
        With the command that failed, or if two interpreters give different numbers.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", action="append", help="interpreter, may be repeated")
    parser.add_argument("--lowest", action="store_true", help="the oldest dependencies allowed")
    parser.add_argument("--short", action="store_true", help="without the extras")
    options = parser.parse_args(arguments)
    pythons = options.python or [sys.executable]
    with tempfile.TemporaryDirectory(prefix="capsim matrix ") as name:
        folder = Path(name)
        folder.chmod(0o755)
        wheel = built(folder, pythons[0])
        (folder / "lowest.txt").touch()
        numbers = {
            python: try_environment(folder, wheel, python, options.lowest, options.short)
            for python in pythons
        }
    if len(set(numbers.values())) > 1:
        raise SystemExit(f"the numbers differ: {numbers}")
    tell(f"all agree: {', '.join(numbers)}")


if __name__ == "__main__":
    main()
