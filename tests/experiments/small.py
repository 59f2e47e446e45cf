"""Scenarios that take milliseconds, and a measure of the user's own."""

from __future__ import annotations

import capsim


def service(**changes):
    """An intake that is nearly full, and guidance with a caseworker; three months."""
    scenario = capsim.Scenario(
        name="service",
        start="2026-01-01",
        horizon="3 months",
        teams={"intake": {"fte": 1}, "guidance": {"fte": 2}},
        stages={
            "intake": {"team": "intake", "work": "3 h", "deadline": "5 days"},
            "guidance": {
                "team": "guidance",
                "caseworker": True,
                "visits": 2,
                "work": "2 h",
                "gap": {"law": "gamma", "mean": "14 days", "cv": 0.5},
            },
        },
        inflows={"regular": {"rate": {"per_month": 45}}},
    )
    return scenario.with_(changes) if changes else scenario


def longest_queue_of_cases(run):
    """Cases that waited at least a day at intake."""
    stays = run.stays
    return float(((stays["started"] - stays["joined"]) > 1).sum())


def latest_first(team, entries):
    """A rule: the applicant who joined last is served first."""
    return max(entries, key=lambda entry: entry.case.joined)


def highest_seat(team, case, workers):
    """A rule: the worker with the highest number gets the case."""
    return workers[-1]
