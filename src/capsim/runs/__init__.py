"""Runs: one replication simulated, its frames, its files and what it prints."""

from capsim.runs.run import Run, StoredRun, load_run
from capsim.runs.simulate import simulate

__all__ = ["Run", "StoredRun", "load_run", "simulate"]
