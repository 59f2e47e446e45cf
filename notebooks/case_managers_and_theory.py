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
# # Case managers and theory
#
# A case manager is no counter. A case stays for months, needs a contact now and then, and fills a
# place meanwhile; the limit of the caseload decides where people wait. Much of it is known without
# simulation, and stands beside every result.

# %%
import pandas as pd

import capsim
from capsim import theory

N, SEED = 100, 1
CONTACTS, RETURNS, CLOSING = (
    1.0,
    0.1,
    0.1,
)  # a day: contacts of a busy worker, returns, chance to close

# %% [markdown]
# ## How many cases can one worker carry?
#
# 0.08 new cases a day are 0.8 of the work that one worker can do. A lower limit does not take away
# work; it moves the wait from the caseload to the list before it, and if it is too low the worker
# idles while people wait.

# %%
lines = {
    limit: theory.case_manager(0.08, CONTACTS, RETURNS, CLOSING, caseload_limit=limit)
    for limit in (12, 13, 15, 20, 30)
}
pd.DataFrame(
    {
        limit: {
            "days on the list": line.assignment_wait_mean,
            "open cases": line.caseload_mean,
            "hours used": line.utilization,
            "places used": line.places_utilization,
        }
        for limit, line in lines.items()
    }
).T.round(2)

# %% [markdown]
# ## Two workers are better than two times one
#
# They share the list, not the cases.

# %%
two = theory.case_manager(0.16, CONTACTS, RETURNS, CLOSING, caseload_limit=15, workers=2)
lines[15].assignment_wait_mean, two.assignment_wait_mean

# %% [markdown]
# ## The simulation beside it
#
# The same worker as a scenario: always open, exponential work, no absence. `theory()` of a result
# has the exact figures beside the simulated ones, and their difference in standard errors.

# %%
manager = capsim.Scenario(
    name="case-manager",
    start="2026-01-01",
    horizon="40 years",
    warm_up="5 years",
    calendar={
        "hours_per_day": 24,
        "weekdays": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
        "country": False,
    },
    teams={"manager": {"fte": 1, "caseload_limit": 15}},
    stages={
        "guidance": {
            "team": "manager",
            "caseworker": True,
            "work": {"law": "exponential", "mean": "24 h"},
            "gap": {"law": "exponential", "mean": "10 days"},
            "closing": {"probability": CLOSING},
        }
    },
    inflows={"regular": {"rate": {"per_day": 0.08}}},
)
study = capsim.replicate(manager, n=N, seed=SEED)
study.theory()

# %% [markdown]
# ## A load that outlives its cause
#
# Guidance lasts eleven months, so a wave of applications in spring is a caseload for two years: the
# integral of Eick, Massey and Whitt, with arrivals that treble for three months.

# %%
months = list(range(0, 49, 6))
load = theory.infinite_server_load(
    theory.steps((0, 40), (12, 120), (15, 40)), theory.exponential(11), months, initial=440
)
load

# %% [markdown]
# ## What a backlog does at a limit
#
# A fluid has no luck: what comes less what is done. It tells when a wave is gone, and is nearly
# exact where much waits.

# %%
path = theory.fluid(theory.steps((0, 6.5), (30, 4.5)), 0.25, 20, range(0, 301, 10), initial=20)
print(f"longest queue {path.queue_peak:.0f}, gone after {path.clears():.0f} days")
