"""Stores of computed blocks on disk: what survives a crash, a full disk and a change of code."""
