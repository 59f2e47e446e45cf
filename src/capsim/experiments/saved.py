"""Results that were saved: read back, with the same numbers, prints and figures."""

from __future__ import annotations

import os

from capsim.experiments.comparison import Comparison
from capsim.experiments.forecasts import Forecast
from capsim.experiments.results.replications import Replications
from capsim.experiments.results.saving import read
from capsim.experiments.sweeps import Sweep

__all__ = ["load_result"]

_RESULTS = {one.saved_as: one for one in (Replications, Comparison, Sweep, Forecast)}


def load_result(path: str | os.PathLike[str]) -> Replications | Comparison | Sweep | Forecast:
    """The result that `save` of replications, a comparison, a sweep or a forecast wrote.

    Parameters
    ----------
    path : path
        The directory.

    Returns
    -------
    Replications, Comparison, Sweep or Forecast
        With the same numbers to the last bit. Time series that were not collected before saving
        are simulated when they are asked for.

    Raises
    ------
    FileNotFoundError
        If no result is there.
    ValueError
        If it is damaged, was changed, or was written by a later version.

    Examples
    --------
    >>> import tempfile
    >>> import capsim
    >>> scenario = capsim.Scenario(
    ...     start="2026-01-01",
    ...     horizon="3 months",
    ...     teams={"intake": {"fte": 1}},
    ...     stages={"intake": {"team": "intake", "work": "3 h"}},
    ...     inflows={"regular": {"rate": {"per_month": 40}}},
    ... )
    >>> result = capsim.replicate(scenario, n=3, seed=1, jobs=1, engine="simpy")
    >>> folder = result.save(tempfile.mkdtemp() + "/first")
    >>> capsim.load_result(folder).values().equals(result.values())
    True
    """
    content = read(path)
    if content.result not in _RESULTS:
        raise ValueError(
            f"{path}: holds a result of kind {content.result!r}, which this version does not know; "
            "update capsim"
        )
    try:
        return _RESULTS[content.result].restored(content)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            f"{path}: its manifest cannot be understood ({error}), so it is damaged; save the "
            "result again"
        ) from error
