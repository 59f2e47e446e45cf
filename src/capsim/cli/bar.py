"""A progress bar for what takes more than two seconds."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from capsim.execution.progress import Progress

PATIENCE = 2.0
"""Seconds after which a bar appears."""


class Bar:
    """Callback of a study that draws a bar on the error stream, if that is a terminal.

    Used as a context; what has finished within two seconds shows nothing.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> Self:
        """Begin; nothing is shown yet."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, progress: Progress) -> None:
        """Show how far the study is."""
        if self._bar is None:
            if progress.seconds < PATIENCE or not sys.stderr.isatty():
                return
            self._start()
        from capsim.execution.progress import duration

        left = "" if progress.remaining is None else f"about {duration(progress.remaining)} left"
        self._bar.update(
            self._task, completed=progress.done, total=progress.total, description=self._text
        )
        self._bar.update(self._task, left=left)

    def _start(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
        from rich.progress import Progress as RichProgress

        self._bar = RichProgress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("replications {task.fields[left]}"),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._bar.add_task(self._text, left="")
        self._bar.start()
