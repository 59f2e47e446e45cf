"""What a function of the user's does, as a hash: a changed one gets other blocks of a store."""

from __future__ import annotations

import hashlib
import inspect
import pickle
import sysconfig
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["fingerprint"]

# What pickling raises for locks, files, generators, and objects of other languages.
_NOT_PICKLED = (pickle.PicklingError, TypeError, AttributeError, ValueError, RuntimeError)
_PLAIN = (bool, int, float, complex, str, bytes, type(None), np.generic)


def fingerprint(function: Any) -> str:
    """Hash of what a function does: its code, defaults, what it encloses, and what it names.

    Functions, classes and values of the user's own that it names count, with all that they name in
    turn; those of installed packages count by name. A value that can neither be looked into nor
    pickled counts by its type.

    Examples
    --------
    >>> def busiest(run):
    ...     return run.workers["caseload_max"].max()
    >>> fingerprint(busiest) == fingerprint(busiest)
    True
    """
    hashed = hashlib.sha256()
    for part in _parts(function, {}):
        hashed.update(part)
        hashed.update(b"\0")
    return hashed.hexdigest()[:16]


def _parts(value: Any, met: dict[int, Any]) -> Iterator[bytes]:
    """Bytes that tell one value from another, and those of all that it consists of.

    `met` holds what was looked into before, so that what refers to itself has an end.
    """
    yield f"{type(value).__module__}.{type(value).__qualname__}".encode()
    if id(value) in met:
        return
    if isinstance(value, _PLAIN):
        yield repr(value).encode()
        return
    met[id(value)] = value
    if isinstance(value, np.ndarray) and value.dtype != object:
        yield f"{value.dtype} {value.shape}".encode()
        yield value.tobytes()
        return
    if isinstance(value, types.FunctionType | type | types.ModuleType | types.BuiltinFunctionType):
        yield f"{getattr(value, '__module__', '')}.{value.__name__}".encode()
    inside = _inside(value)
    if inside is None:
        yield from _opaque(value)
        return
    for part in inside:
        yield from _parts(part, met)


def _inside(value: Any) -> list[Any] | None:
    """What a value consists of; None if that cannot be seen."""
    if isinstance(value, types.FunctionType | type):
        return [] if _is_installed(value) else _of_code(value)
    if isinstance(value, types.ModuleType | types.BuiltinFunctionType):
        return []
    if isinstance(value, types.MethodType):
        return [value.__func__, value.__self__]
    if isinstance(value, dict):
        return [part for item in sorted(value.items(), key=_by_name) for part in item]
    if isinstance(value, set | frozenset):
        return sorted(value, key=repr)
    if isinstance(value, list | tuple):
        return list(value)
    if isinstance(value, np.ndarray):
        return value.tolist() if value.ndim else [value.item()]
    if type(value).__module__.startswith("pandas.") and hasattr(value, "to_numpy"):
        return _of_pandas(value)
    if hasattr(value, "func") and hasattr(value, "keywords"):  # functools.partial
        return [value.func, value.args, value.keywords]
    if not _is_installed(type(value)):
        return [type(value), getattr(value, "__dict__", {})]
    return None


def _by_name(item: tuple[Any, Any]) -> str:
    return repr(item[0])


def _opaque(value: Any) -> Iterator[bytes]:
    """The pickle of a value, or what it says of itself, unless that is where it lies in memory."""
    try:
        yield pickle.dumps(value, protocol=4)
    except _NOT_PICKLED:
        text = repr(value)
        yield b"" if " at 0x" in text else text.encode()


def _is_installed(value: Any) -> bool:
    """Whether a function or class belongs to Python, an installed package or capsim itself."""
    module = str(value.__module__)
    if module.partition(".")[0] in ("builtins", "capsim"):
        return True
    try:
        return _is_installed_file(inspect.getfile(value))
    except (OSError, TypeError):  # typed in, or compiled
        return module != "__main__" and isinstance(value, type)


def _is_installed_file(file: str) -> bool:
    folders = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    return any(Path(file).resolve().is_relative_to(Path(folder).resolve()) for folder in folders)


def _of_code(value: Any) -> list[Any]:
    """Source of a function or class, what it encloses, and what it names."""
    codes = _codes(value)
    parts: list[Any] = []
    try:
        parts.append(inspect.getsource(value))
    except (OSError, TypeError):
        for code in codes:
            constants = [constant for constant in code.co_consts if not _is_code(constant)]
            parts += [code.co_code, code.co_names, constants]
    known: dict[str, Any] = {}
    if isinstance(value, types.FunctionType):
        known = value.__globals__
        parts += [value.__defaults__, value.__kwdefaults__]
        for cell in value.__closure__ or ():
            try:
                parts.append(cell.cell_contents)
            except ValueError:  # not filled yet
                continue
    elif (module := inspect.getmodule(value)) is not None:
        known = vars(module)
    names = sorted({name for code in codes for name in code.co_names})
    for name in names:
        if name not in known:
            continue
        named = known[name]
        parts += [name, named]
        if isinstance(named, types.ModuleType) and not _is_installed_module(named):
            # What the function takes from a module of the user's: `helpers.share`.
            parts += [vars(named)[inner] for inner in names if inner in vars(named)]
    return parts


def _is_installed_module(module: types.ModuleType) -> bool:
    file = getattr(module, "__file__", None)
    return file is None or module.__name__.startswith("capsim") or _is_installed_file(file)


def _codes(value: Any) -> list[types.CodeType]:
    """Code of a function, or of the methods of a class, with the functions within."""
    functions = [value] if isinstance(value, types.FunctionType) else vars(value).values()
    waiting = [part.__code__ for part in functions if isinstance(part, types.FunctionType)]
    found = []
    while waiting:
        code = waiting.pop()
        found.append(code)
        waiting += [constant for constant in code.co_consts if _is_code(constant)]
    return found


def _is_code(value: Any) -> bool:
    return isinstance(value, types.CodeType)


def _of_pandas(value: Any) -> list[Any]:
    """Names, types, index and contents of a frame, a series or an index."""
    if hasattr(value, "columns"):
        columns = [value.iloc[:, number].to_numpy() for number in range(value.shape[1])]
        return [list(value.columns), list(map(str, value.dtypes)), value.index, columns]
    index = [value.index] if hasattr(value, "iloc") else []
    return [value.name, str(value.dtype), *index, value.to_numpy()]
