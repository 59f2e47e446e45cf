"""Staffing searches: which staff meets a target, proved on replications that no search has seen."""
