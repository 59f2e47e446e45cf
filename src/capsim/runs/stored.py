"""A run read back from the directory to which it was saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from capsim.log.facts import Facts, Setting
from capsim.runs.run import AbstractRun

if TYPE_CHECKING:
    import pandas as pd

    from capsim.runs.manifests import Manifest


@dataclass(frozen=True, eq=False, repr=False)
class StoredRun(AbstractRun):
    """A run read back from the directory to which it was saved; tables are read when asked for.

    Parameters
    ----------
    path : Path
    manifest : Manifest
    """

    path: Path
    manifest: Manifest

    @property
    def provenance(self) -> Mapping[str, Any]:  # type: ignore[override]
        """Where the numbers come from."""
        found: Mapping[str, Any] = self.manifest["provenance"]
        return found

    @property
    def detail(self) -> str:
        """What was kept: "full", or "measures" for a run without tables."""
        return str(self.manifest["detail"])

    @cached_property
    def setting(self) -> Setting:
        """Names, calendar and measured time."""
        return Setting.read(self.manifest["setting"])

    @property
    def verdict(self) -> str:
        """What theory said when the run was saved."""
        return str(self.manifest["verdict"])

    def _frame(self, name: str) -> pd.DataFrame:
        from capsim.runs.frames import no_triggers
        from capsim.runs.storage import read_table

        if name == "triggers" and name not in self.manifest["rows"]:
            return no_triggers()
        return read_table(self.path, self.manifest, name)

    def _facts(self) -> Facts:
        from capsim.runs.storage import read_facts

        return read_facts(self.path, self.manifest)

    @cached_property
    def _measures(self) -> pd.DataFrame:
        return self._frame("measures")

    def measures(self) -> pd.DataFrame:
        """Measures of the run, as they were computed when it was saved."""
        return self._measures.copy()


def load_run(path: str | PathLike[str]) -> StoredRun:
    """The run that `Run.save` wrote to a directory, with the same frames.

    Raises
    ------
    FileNotFoundError
        If there is no stored run at `path`.
    ValueError
        If it was written by a later version, or is damaged: a table is checked when it is read.
    """
    from capsim.runs.storage import read_manifest

    return StoredRun(Path(path), read_manifest(Path(path)))
