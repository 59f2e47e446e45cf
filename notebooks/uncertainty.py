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
# # What is not known beforehand
#
# A hundred replications give a short interval around the mean, and that interval is about luck
# only: it takes every input as known. But the take-up was counted in a survey, the hours of an
# investigation in a few offices. Here they are drawn from what is believed of them, each draw is
# simulated on luck of its own, and both sources of doubt stand beside each other.

# %%
import numpy as np

import capsim
from capsim import plots

SEED = 1
LATE, WAIT = "late_share[investigation]", "wait_mean[intake]"

office = capsim.load("one-office", variant="wave")

# %% [markdown]
# A law for each input: a triangle between the extremes that were observed, a normal law for a
# mean with its standard error, and a sample. Samples are what a bootstrap of a service's own
# records gives; here 12 recorded investigations stand in for these.

# %%
recorded = np.array([71, 64, 118, 95, 80, 102, 77, 93, 125, 60, 88, 107])  # minutes a visit
random = np.random.default_rng(SEED)
means = random.choice(recorded, size=(200, len(recorded))).mean(axis=1)

inputs = {
    "inflows.reform.take_up": {"law": "triangular", "low": 0.24, "mode": 0.36, "high": 0.50},
    "inflows.regular.rate.per_month": {"law": "normal", "mean": 35, "sd": 1.5},
    "stages.investigation.work.mean": [f"{mean:.1f} min" for mean in means],
}

# %%
result = capsim.uncertainty(office, inputs, [LATE, WAIT], samples=120, replications=3, seed=SEED)
result

# %% [markdown]
# The first interval is what a study with known inputs would print after as many runs. The third
# is what the inputs leave open, whatever the number of runs; more replications do not narrow it,
# better knowledge of the inputs does.

# %%
plots.uncertainty(result).figure

# %%
result.intervals

# %% [markdown]
# Which input is worth an inquiry? Its share of the variance, when it alone becomes known:

# %%
result.shares

# %% [markdown]
# ## The province
#
# Limburg with the waves on their legal dates. What is believed of its assumptions, as laws: no
# office has measured its hours, so they are wide.

# %%
limburg = capsim.load("limburg", variant="announced").with_(
    {"horizon": "26 months", "follow_up": "59 days", "windows": None, "window": "all"}
)
province = capsim.uncertainty(
    limburg,
    {
        "inflows.reform.take_up": {"law": "triangular", "low": 0.24, "mode": 0.36, "high": 0.50},
        "stages.investigation.work.mean": ("102 min", "153 min"),
        "stages.guidance.work.mean": ("36 min", "54 min"),
        "stages.investigation.next": (
            {"guidance": 0.88, "refused": 0.12},
            {"guidance": 0.75, "refused": 0.25},
        ),
        "teams.social.fte": (70.0, 78.0),
    },
    [LATE],
    samples=100,
    replications=2,
    seed=SEED,
)
province

# %%
plots.uncertainty(province).figure

# %% [markdown]
# Of the province luck leaves little open: 38 offices average it out. What is not known of the
# inputs leaves nearly everything open. Hence ranges, and differences between variants, not shares.
#
# ## A question of your own
#
# Would a decision change? Each draw of the inputs is a row of a table, so any question can be
# asked of it: in how many of these worlds does more than half of the decisions come late?

# %%
late = result.values(LATE).groupby("row")["value"].mean()
print(f"more than half late in {(late > 0.5).mean():.0%} of the draws")
