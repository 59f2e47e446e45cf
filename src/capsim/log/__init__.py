"""What an engine returns: the `Log` of integer tables."""

from capsim.log.log import OUTCOMES, Log

__all__ = ["OUTCOMES", "Log"]
