"""One way of compiling for all kernels, and the cache of what was compiled.

Compiled and interpreted code must give the same bits. So fast mathematics is never allowed, and the
few functions that calculate in unsigned 64-bit integers (`philox`, the inverse tables) exist twice:
for the compiler, and for Python integers with masks.

The cache. Numba notices a change in the file of a function, but not in the files of the functions
it calls, and then returns results of the old ones. The directory of the cache therefore bears a
hash of everything that goes into the machine code: all files of this package, the versions of
numba, llvmlite and Python, and the processor. It lies in NUMBA_CACHE_DIR if that is set, else in
`__pycache__` beside this file, else, where that cannot be written or has no room, in the user's
cache directory, else nowhere: then everything is compiled anew in each process. Directories of
other versions that nobody has used for a month are removed. The cache is never needed: a file in it
that is damaged is compiled anew (`capsim.kernels.kept`).
"""

from __future__ import annotations

import hashlib
import inspect
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from capsim.kernels.kept import keep

Function = TypeVar("Function", bound=Callable[..., Any])

_MONTH = 30 * 86_400.0
_ROOM = 8 << 20
"""Bytes that the code of all kernels takes, and some more."""
_SWITCH = os.environ.get("NUMBA_DISABLE_JIT", "").strip()

numba: Any = None
REASON = ""
"""Why nothing is compiled; "" where it is."""
REMEDY = "install numba"
"""What to do about it."""

if _SWITCH not in ("", "0"):
    REASON = f"NUMBA_DISABLE_JIT is {_SWITCH}"
    REMEDY = "unset it"
else:
    try:
        import numba
    except Exception as error:  # a broken installation may raise anything, and is not needed
        REASON = f"numba cannot be imported: {type(error).__name__}: {error}"
    else:
        if numba.config.DISABLE_JIT:
            REASON = "numba's configuration switches compilation off"
            REMEDY = "switch it on"


def _take_indices_as_they_are(numba: Any) -> bool:
    """Let an index of a kernel not count from the end where it is negative; whether that succeeded.

    Numba looks at the sign of every index, as Python does. No index of a kernel is negative (the
    tests run them on arrays that refuse such ones), and without those looks an office's run takes
    an eighth less. Numba has no option for it, so the one function that writes them is replaced,
    for functions of this package alone. A numba in which it is another function keeps its own.
    """
    try:
        from numba.np import arrayobj

        usual = arrayobj.fix_integer_index
        if list(inspect.signature(usual).parameters) != [
            "context", "builder", "idxty", "idx", "size",
        ]:  # fmt: skip
            return False
    except (ImportError, AttributeError, TypeError, ValueError):
        return False

    def fix_integer_index(context: Any, builder: Any, idxty: Any, idx: Any, size: Any) -> Any:
        if _OURS in builder.function.name:
            return context.cast(builder, idx, idxty, numba.types.intp)
        return usual(context, builder, idxty, idx, size)

    arrayobj.fix_integer_index = fix_integer_index
    return True


_OURS = "".join(f"{len(part)}{part}" for part in __package__.split("."))
"""The name of this package as it stands in those of compiled functions."""
AS_THEY_ARE = not REASON and _take_indices_as_they_are(numba)
"""Whether kernels take their indices as they are, which makes them faster."""


def stamp() -> str:
    """A name for the machine code of this package on this machine: it changes with its sources.

    Raises
    ------
    OSError
        If the source files cannot be read.
    """
    import llvmlite

    digest = hashlib.sha256()
    folder = Path(__file__).parent
    for file in sorted(folder.rglob("*.py")):
        name = file.relative_to(folder).as_posix()
        digest.update(name.encode() + b"\0" + file.read_bytes() + b"\0")
    processor = llvmlite.binding.get_host_cpu_name()
    for fact in (numba.__version__, llvmlite.__version__, sys.version, processor):
        digest.update(fact.encode() + b"\0")
    return digest.hexdigest()[:16]


def _user_cache() -> Path:
    """The directory for caches of the current user."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def _remove_unused(directory: Path) -> None:
    """Remove the siblings of a cache directory that were last used more than a month ago."""
    for other in directory.parent.glob("kernels-*"):
        if other.is_dir() and time.time() - other.stat().st_mtime > _MONTH:
            shutil.rmtree(other, ignore_errors=True)


def cache_directory() -> str | None:
    """The first writable place for compiled code, created if need be; None if there is none.

    Examples
    --------
    >>> import os
    >>> place = cache_directory()
    >>> place is None or os.access(place, os.W_OK)
    True
    """
    if numba is None:
        return None
    candidates: list[Callable[[], Path]] = [
        lambda: Path(__file__).parent / "__pycache__",
        lambda: _user_cache() / "capsim",
    ]
    if numba.config.CACHE_DIR:
        candidates.insert(0, lambda: Path(numba.config.CACHE_DIR))
    try:
        name = f"kernels-{stamp()}"
    except OSError:
        return None
    for candidate in candidates:
        try:
            directory = candidate() / name
            directory.mkdir(parents=True, exist_ok=True)
            fresh = not any(directory.iterdir())
            with tempfile.TemporaryFile(dir=directory) as probe:
                if fresh:  # a full disk takes names, and no bytes
                    probe.write(bytes(_ROOM))
                    probe.flush()
                os.utime(directory)
                _remove_unused(directory)
                return str(directory)
        except (OSError, RuntimeError):  # not writable, or there is no home directory
            continue
    return None


CACHE: str | None = cache_directory() if not REASON else None
"""Where compiled code is kept; None if nowhere."""


def jit(function: Function) -> Function:
    """The function compiled by numba, or the function itself where nothing is compiled.

    Compilation happens at the first call for a combination of argument types. The global
    interpreter lock is released; division by zero and indices beyond an array are not checked.

    A kernel must not create arrays: it writes into those it is given. Then numba need not count
    references to arrays, which would cost more than all the work of a small function such as
    `sample` (52 against 16 ns). Nor may it count from the end of an array: -1 is no index.

    Out of a named tuple of many arrays a kernel takes what it needs before its first branch, and
    hands on single arrays or small tuples. A tuple that is still named after a branch is copied
    whole, some thousand words, wherever its name stands: that took an eighth of all compilation.
    """
    return _compile(function)


def jit_inlined(function: Function) -> Function:
    """What Python and kernels call, and whose code stands wherever a kernel calls it."""
    return _compile(function, forceinline=True)


def inner(function: Function) -> Function:
    """The same for what only other kernels call: nothing else may.

    A function that Python can call is compiled twice more, once to take its arguments from Python
    and once for C, and each array costs a dozen lines there. Compiling the engine took a fifth
    longer. It is kept inside the kernels that call it, in no file of its own.
    """
    return _compile(function, no_cpython_wrapper=True)


def inlined(function: Function) -> Function:
    """An inner function whose code stands wherever it is called.

    A call hands over every array as a dozen words, which costs more than most parts do themselves.
    """
    return _compile(function, forceinline=True, no_cpython_wrapper=True)


def _compile(function: Function, **more: Any) -> Function:
    if REASON:
        return function
    options: dict[str, Any] = {
        "nogil": True,
        "error_model": "numpy",
        "boundscheck": False,
        "fastmath": False,
        "_nrt": False,
        "no_cfunc_wrapper": True,
        **more,
    }
    if CACHE is None or "no_cpython_wrapper" in more:
        compiled: Function = numba.njit(**options)(function)
        return compiled
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = CACHE
    try:
        compiled = numba.njit(cache=True, **options)(function)
        keep(compiled)
    except (RuntimeError, OSError, UnicodeError):
        # Numba cannot tell the source apart, the place is gone, or its name has letters that the
        # locale does not know.
        compiled = numba.njit(**options)(function)
    finally:
        numba.config.CACHE_DIR = before
    return compiled
