# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Limburg: how much hangs on the assumptions
#
# Most numbers of the preset are assumptions. Here some are changed one by one, with and without the
# reform, on the same luck. Nothing is calibrated anew, so some rows move the province without the
# reform too: read both columns.

# %%
import pandas as pd

import capsim

N, SEED = 10, 1

limburg = capsim.load("limburg")  # whose window is 2026, the year of the waves

INTAKE, INVESTIGATION, GUIDANCE = (
    f"stages.{stage}.work.mean" for stage in ("intake", "investigation", "guidance")
)
SHARES = "stages.investigation.next"
RATE = "inflows.regular.rate.per_month"


def meetings(every: str) -> dict[str, object]:
    """Every office with the same rhythm of meetings."""
    settings = {
        "stages.investigation.decision.every": every,
        "stages.investigation.decision.first": "2025-01-07",
    }
    return {f"offices.{name}.set": settings for name in limburg.offices}


CHANGES: dict[str, dict[str, object]] = {
    "the preset": {},
    "decisions first": {
        "stages.guidance.priority": 1,
        "stages.guidance.closing.probability": 0.11,
    },
    "guidance first": {"stages.intake.priority": 1, "stages.investigation.priority": 1},
    "hours per application - 20 %": {INTAKE: "36 min", INVESTIGATION: "102 min"},
    "hours per application + 20 %": {INTAKE: "54 min", INVESTIGATION: "153 min"},
    "hours of guidance - 20 %": {GUIDANCE: "36 min"},
    "hours of guidance + 20 %": {GUIDANCE: "54 min"},
    "70 posts": {"teams.social.fte": 70},
    "78 posts": {"teams.social.fte": 78},
    "82 posts": {"teams.social.fte": 82},
    "workers of 0.8 post on these files": {"teams.social.worker_fte": 0.8},
    "vacancies of 8 months": {"teams.social.turnover.vacancy.mean": "8 months"},
    "turnover 0.18": {"teams.social.turnover.per_year": 0.18},
    "no urgent decisions": {"stages.investigation.decision.urgent": 0},
    "all urgent files decided": {"stages.investigation.decision.urgent": 1},
    "14 days for papers": {"stages.investigation.gap.mean": "14 days"},
    "weekly meetings everywhere": meetings("7 days"),
    "four-weekly meetings everywhere": meetings("28 days"),
    "refusals 0.12, same grants": {SHARES: {"guidance": 0.88, "refused": 0.12}, RATE: 458},
    "refusals 0.25, same grants": {SHARES: {"guidance": 0.75, "refused": 0.25}, RATE: 549},
    "visits with cv 1.2": {
        f"stages.{stage}.work.cv": 1.2 for stage in ("intake", "investigation", "guidance")
    },
    "nobody returns": {
        "stages.guidance.next": {"closed": 1.0},
        "initial.away.cases": 0,
        RATE: 578,
    },
    "Herstappe with 0.1 post of its own": {
        "teams.social.shared": False,
        "offices.herstappe.fte": {"social": 0.1},
    },
    "take-up 0.24": {"inflows.reform.take_up": 0.24},
    "take-up 0.50": {"inflows.reform.take_up": 0.50},
    "lag three times as long": {"inflows.reform.lag.mean": "104 days"},
    "people of the reform stay 1.5 times": {
        "inflows.reform.stages.guidance.closing": {
            "probability": 0.067,
            "norm": 80,
            "elasticity": -0.61,
        }
    },
}

# %%
announced = limburg.variant("announced")
with_reform = capsim.compare(
    {name: announced.with_(change) for name, change in CHANGES.items()}, n=N, seed=SEED, jobs=2
)
without = capsim.compare(
    {
        name: limburg.with_({**change, "inflows.reform.take_up": 0})
        for name, change in CHANGES.items()
        if not any(path.startswith("inflows.reform") for path in change)
    },
    n=N,
    seed=SEED,
    jobs=2,
)


# %%
def means(comparison: capsim.experiments.Comparison, selector: str) -> pd.Series:
    """Means of one measure by scenario."""
    return comparison.summary(selector).set_index("scenario")["mean"]


LATE = "late_share[investigation]"
pd.DataFrame(
    {
        "late, no reform": means(without, LATE),
        "late, announced": means(with_reform, LATE),
        "hours used, no reform": means(without, "utilization[social]"),
        "days to decide, announced": means(with_reform, "decision_days_mean[investigation]"),
        "contact ratio, announced": means(with_reform, "contact_ratio[guidance]"),
    }
).loc[list(CHANGES)].round(2)

# %% [markdown]
# The size of the late share turns on the spare hours and on who goes first. The calendar of
# meetings, the spread of visits, returns and the arrangement for Herstappe hardly matter under the
# wave.
