"""Keyed random numbers: the applicants and the roster of one replication, and draws on demand."""

from capsim.draws.deal import deal
from capsim.draws.keyed import Delay, Draws
from capsim.draws.luck import Luck

__all__ = ["Delay", "Draws", "Luck", "deal"]
