"""The version of the library, by itself so that every layer may read it."""

__version__ = "1.0.0"
