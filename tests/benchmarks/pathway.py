"""The scenarios that speed is measured on: one pathway at three sizes.

Applicants come at a steady rate, and a wave on top of it; intake, an investigation of two visits
with a meeting every fortnight, then guidance of about twenty contacts, four weeks apart. Staff is
sized for a load of about 0.9 in every team.
"""

from __future__ import annotations

from typing import Any

from capsim.scenario import Scenario

SIZES = {"office": (150, 60), "province": (5_000, 1_400), "country": (150_000, 42_000)}
"""Applications a year, and people of the wave."""

HOURS = {"intake": 1.0, "investigation": 4.0, "guidance": 20.0}
"""Client hours of a case in each stage."""

CLIENT_HOURS_PER_FTE = 253 * 7.6 * 0.76
LOAD = 0.9
REACHES_GUIDANCE = 0.8


def scenario(
    size: str | tuple[int, int] = "office", *, generalists: bool = False, offices: int = 1
) -> Scenario:
    """The pathway for a number of applicants.

    Parameters
    ----------
    size : {"office", "province", "country"}, or (applications a year, people of the wave)
    generalists : bool
        One team for all stages instead of one a stage.
    offices : int
        Offices of equal size.
    """
    per_year, wave = SIZES[size] if isinstance(size, str) else size
    fte = {
        stage: per_year
        * hours
        * (REACHES_GUIDANCE if stage == "guidance" else 1.0)
        / CLIENT_HOURS_PER_FTE
        / LOAD
        for stage, hours in HOURS.items()
    }
    if generalists:
        teams = {"social": {"fte": round(sum(fte.values()), 2), "client_share": 0.76}}
    else:
        teams = {
            stage: {"fte": round(value, 2), "client_share": 0.76} for stage, value in fte.items()
        }
    team = {stage: "social" if generalists else stage for stage in HOURS}
    document: dict[str, Any] = {
        "name": size if isinstance(size, str) else "pathway",
        "start": "2026-01-05",
        "horizon": "5 years",
        "teams": teams,
        "stages": {
            "intake": {
                "team": team["intake"],
                "work": {"law": "lognormal", "mean": "1 h", "cv": 0.5},
                "patience": {"law": "exponential", "mean": "180 days"},
            },
            "investigation": {
                "team": team["investigation"],
                "visits": 2,
                "work": {"law": "lognormal", "mean": "2 h", "cv": 0.6},
                "gap": {"law": "gamma", "mean": "10 days", "cv": 0.5},
                "decision": {"every": "14 days", "first": "2026-01-06"},
                "deadline": "30 days",
                "next": {"guidance": REACHES_GUIDANCE, "refused": 1 - REACHES_GUIDANCE},
            },
            "guidance": {
                "team": team["guidance"],
                "caseworker": True,
                "closing": {"probability": 0.05},
                "work": {"law": "lognormal", "mean": "1 h", "cv": 0.5},
                "gap": {"law": "gamma", "mean": "28 days", "cv": 0.3},
            },
        },
        "inflows": {
            "regular": {"rate": {"per_year": per_year}},
            "reform": {"waves": {"january": {"date": "2027-01-04", "people": wave}}},
        },
    }
    if offices > 1:
        document["offices"] = {
            f"office-{number:02d}": {"share": 1 / offices} for number in range(offices)
        }
    return Scenario.model_validate(document)
