"""The command line: `capsim check`, `run`, `compare`, `sweep` and their companions.

Exit codes: 0 done, 1 a run failed, 2 a mistake of the user, 130 interrupted. Modules of numbers and
figures are imported inside the commands, so that `capsim --help` answers at once.
"""

from __future__ import annotations

__all__ = ["main"]


def main() -> None:
    """Run the command that the arguments of the process name."""
    from capsim.cli.app import app

    app()
