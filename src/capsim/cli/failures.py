"""What a command says, and with which exit code it ends, when something goes wrong."""

from __future__ import annotations

import functools
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn, TextIO, TypeVar

import typer

FAILED, MISTAKE, INTERRUPTED = 1, 2, 130

Command = TypeVar("Command", bound=Callable[..., Any])


def stop(message: str, code: int) -> NoReturn:
    """End the command with a message on the error stream.

    Raises
    ------
    typer.Exit
        Always.
    """
    typer.echo(message, err=True)
    raise typer.Exit(code)


def guarded(command: Command) -> Command:
    """A command whose foreseen errors are told without a traceback.

    A mistake in a scenario or an argument that the library refuses ends with 2; a run or a file
    that fails, or too little memory, with 1; Ctrl-C with 130. Anything else is a fault of the
    program and keeps its traceback.
    """

    @functools.wraps(command)
    def wrapper(*arguments: Any, **options: Any) -> Any:
        try:
            with _plain_warnings():
                return command(*arguments, **options)
        except KeyboardInterrupt as interrupt:
            # A study says what it kept; a bare Ctrl-C has nothing to say.
            stop(f"\n{str(interrupt) or 'interrupted'}", INTERRUPTED)
        except BrokenPipeError:
            # Whoever read the output, as `head` does, has seen enough.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(0) from None
        except Exception as error:
            code = _code(error)
            if code is None:
                raise
            notes = getattr(error, "__notes__", ())
            stop("\n".join([_text(error), *notes]), code)

    return wrapper  # type: ignore[return-value]


@contextmanager
def _plain_warnings() -> Iterator[None]:
    """Show what the library warns of as a sentence, without a line of the program."""
    usual = warnings.showwarning

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        if issubclass(category, UserWarning):
            typer.echo(f"Warning: {message}", err=True)
        else:
            usual(message, category, filename, lineno, file, line)

    warnings.showwarning = show
    try:
        yield
    finally:
        warnings.showwarning = usual


def _code(error: Exception) -> int | None:
    from capsim.scenario.errors import ScenarioError

    if isinstance(error, ScenarioError):
        return MISTAKE
    if isinstance(error, OSError | MemoryError):
        return FAILED
    from capsim.execution.errors import StudyError

    if isinstance(error, StudyError):
        return FAILED
    return MISTAKE if _is_refusal(error) else None


def _is_refusal(error: Exception) -> bool:
    """Whether the library refused an argument, in a sentence of its own.

    Errors that come out of other packages, or of a lookup that went wrong, are faults.
    """
    if not isinstance(error, ValueError | KeyError | ImportError) or error.__traceback__ is None:
        return False
    step = error.__traceback__
    while step.tb_next is not None:
        step = step.tb_next
    where = str(step.tb_frame.f_globals.get("__name__", ""))
    return where.startswith("capsim.") and " " in _text(error)


def _text(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {(error.strerror or 'cannot be used').lower()}"
    if isinstance(error, MemoryError):
        from capsim.execution.errors import too_little_memory

        return too_little_memory(error)
    # The text of a KeyError would be shown in quotes.
    return str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
