"""The command line: `capsim check`, `run`, `compare`, `sweep` and their companions.

Exit codes: 0 done, 1 a run failed, 2 a mistake of the user, 130 interrupted. Modules of numbers and
figures are imported inside the commands, so that `capsim --help` answers at once.
"""

from __future__ import annotations

import os
import sys

__all__ = ["main"]


def main() -> None:
    """Run the command that the arguments of the process name."""
    from capsim.cli.app import app
    from capsim.cli.failures import INTERRUPTED

    try:
        app()
    except SystemExit as ending:
        if ending.code != INTERRUPTED:
            raise
        # What is to be kept is written; blocks that threads still compute are lost anyway, and
        # the interpreter would wait for them.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(INTERRUPTED)
