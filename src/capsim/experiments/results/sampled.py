"""Results that hold replications, of one scenario or of several: their summary and values."""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from capsim.experiments.results.result import AbstractResult
from capsim.experiments.results.sample import Sample, by_period, summarised

if TYPE_CHECKING:
    import pandas as pd

    from capsim.experiments.results.saving import Content

__all__ = ["AbstractSampled"]


class AbstractSampled(AbstractResult):
    """Replications of one scenario, or equal ones of several, which shared their luck."""

    @abstractmethod
    def _by_sample(self, frame_of: Callable[[Sample], pd.DataFrame]) -> pd.DataFrame:
        """The frames of all samples below each other; the first columns say whose rows they are."""

    def summary(
        self, *selectors: str, confidence: float = 0.95, control: bool = True
    ) -> pd.DataFrame:
        """Means: measure, kind, of, inflow, office, window, mean, lower, upper, n, unit.

        A comparison has the column scenario before these, a sweep one column per path. Where the
        study made outlines, means are controlled by them, and `explained` (after n) is the share
        of the variance of the replications that their outlines account for, missing where a mean
        is plain.

        Parameters
        ----------
        selectors : str
            Such as ``"late_share[investigation]"``; default everything.
        confidence : float
            Of each interval by itself.
        control : bool
            False: the plain means of the same replications, without `explained`.
        """
        return self._by_sample(lambda sample: summarised(sample, selectors, confidence, control))

    def values(self, *selectors: str, office: str | None = None) -> pd.DataFrame:
        """Values: replication, measure, kind, of, inflow, office, window, value.

        A comparison has the column scenario before these, a sweep one column per path; their equal
        replications shared their luck.

        Parameters
        ----------
        selectors : str
            Such as ``"wait_mean[intake]"``; default everything.
        office : str, optional
            Only one office, or "all" for all of them together; not used with selectors. Every
            office of a province in thousands of replications makes a frame of gigabytes.
        """
        return self._by_sample(lambda sample: sample.values(selectors, office=office))

    @abstractmethod
    def _content(self) -> Content:
        """What a directory has to hold so that `capsim.load_result` gives the same result."""

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Directory to which the result was written: tidy tables of its values, and a manifest.

        `capsim.load_result` reads it. Nothing is pickled.

        Parameters
        ----------
        path : path
            A directory that does not exist yet, is empty, or holds a saved result, which is
            replaced. It appears complete or not at all.

        Raises
        ------
        FileExistsError
            If something else is there.
        ValueError
            If the path is none.
        """
        from capsim.experiments.results.saving import save

        return save(path, self._content())

    def by(
        self, selector: str | None = None, *, confidence: float = 0.95, control: bool = True
    ) -> pd.DataFrame:
        """Measures by calendar period: window, from, until, mean, lower, upper, n.

        A comparison has the column scenario before these, a sweep one column per path.

        Parameters
        ----------
        selector : str
            Such as ``"late_share[investigation]"``; of all offices together. Without it all
            measures, each with its keys before and its unit behind.
        confidence : float
            Of each interval by itself.
        control : bool
            As in `summary`.

        Raises
        ------
        KeyError
            If there is no such measure by period.
        ValueError
            If the study was not made with ``by="1 month"`` or another period.

        Notes
        -----
        People belong to the period in which they joined, and are followed to the end of the run.
        The first and the last period may be cut, as `from` and `until` tell.
        """
        return self._by_sample(lambda sample: by_period(sample, selector, confidence, control))

    def to_frame(self) -> pd.DataFrame:
        """All values; the same as `values`."""
        return self.values()
