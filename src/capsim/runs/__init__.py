"""Runs: one replication simulated, its frames, its files and what it prints."""

from capsim.runs.run import Run
from capsim.runs.simulate import simulate
from capsim.runs.stored import StoredRun, load_run

__all__ = ["Run", "StoredRun", "load_run", "simulate"]
