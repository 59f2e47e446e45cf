"""An office of your own in Python, the one of service.toml: what theory says before any run."""

from pathlib import Path

import capsim

team = {"fte": 3.2, "worker_fte": 0.8, "client_share": 0.75}
team["absence"] = {"any": {"spells_per_year": 7, "length": "9 days"}}
investigation = {
    "team": "social",
    "work": {"law": "lognormal", "mean": "3 h", "cv": 0.5},
    "decision": {"every": "28 days"},
    "deadline": "30 days",
    "next": {"guidance": 0.8, "refused": 0.2},
}
guidance = {
    "team": "social",
    "caseworker": True,
    "stay": {"law": "exponential", "mean": "11 months"},
    "gap": "1 month",
    "work": "1 h",
}
service = capsim.Scenario(
    name="service",
    start="2026-01-01",
    horizon="2 years",
    warm_up="3 months",
    teams={"social": team},
    stages={
        "intake": {"team": "social", "work": "45 min"},
        "investigation": investigation,
        "guidance": guidance,
    },
    inflows={"regular": {"rate": {"per_month": 24}}},
    initial={"guidance": {"cases": 211}},
    variants={"busy": {"inflows.regular.rate.per_month": 30}},
)
assert service == capsim.load(Path(__file__).with_name("service.toml"))
print(service.describe())
print(service.variant("busy").describe().verdict)
