"""How a study is carried out, and what a store notes of it."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Mapping
from typing import Any, TypedDict

from capsim.execution.executor import Backend
from capsim.execution.progress import ProgressOption
from capsim.execution.settings import RunSettings

__all__ = ["Execution", "check_options", "request_of"]


class Execution(TypedDict, total=False):
    """How an experiment is carried out; nothing of it changes a number.

    Attributes
    ----------
    store : path
        Directory in which finished blocks are kept and looked for, so that a killed study goes on.
    jobs : int
        Threads or processes of this machine.
    client : dask.distributed.Client
        A cluster instead.
    backend : {"auto", "serial", "threads", "processes"}
    block : int
        Replications per block.
    progress : bool or function
        True for a bar, or a function that is called with a `Progress`.
    """

    store: str | os.PathLike[str] | None
    jobs: int | None
    client: Any
    backend: Backend
    block: int | None
    progress: ProgressOption


def check_options(function: Callable[..., Any], given: Mapping[str, Any]) -> None:
    """Refuse an option that neither the function nor `Execution` knows.

    Raises
    ------
    TypeError
        Naming the function that was called, and the option that was probably meant.
    """
    from capsim.scenario.errors import nearest

    known = list(Execution.__annotations__)
    for name in given:
        if name not in known:
            own = [
                parameter.name
                for parameter in inspect.signature(function).parameters.values()
                if parameter.kind is not inspect.Parameter.VAR_KEYWORD
            ]
            raise TypeError(
                f"{function.__name__}: there is no option {name!r}; {nearest(name, own + known)}"
            )


def request_of(kind: str, settings: RunSettings, **arguments: Any) -> dict[str, Any]:
    """What a store notes of a study, as JSON, so that it can go on from there."""
    return {"kind": kind, **settings.noted(), "arguments": arguments}
