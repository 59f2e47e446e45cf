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
# # Which assumption matters?
#
# The preset `one-office` has some fifty numbers, most of them assumptions. Which of them deserve
# an inquiry before anyone trusts the answer, and which may be wrong by half without harm? Three
# methods, from cheap and coarse to dear and complete, each on the same question: how many
# decisions of the wave year come late.

# %%
import capsim
from capsim import plots

SEED = 1
LATE, WAIT = "late_share[investigation]", "wait_mean[intake]"

office = capsim.load("one-office", variant="wave")

# %% [markdown]
# An input is a dotted path with what it may be. Two ends have everything between: numbers,
# lengths of time, dates, whole numbers of visits. Shares that must sum to 1 move in step, between
# two tables.

# %%
inputs = {
    "inflows.regular.rate.per_month": (32.0, 38.0),
    "inflows.reform.take_up": (0.24, 0.50),
    "inflows.reform.waves.summer.date": ("2026-05-01", "2026-10-01"),
    "stages.intake.work.mean": ("35 min", "55 min"),
    "stages.investigation.work.mean": ("80 min", "100 min"),
    "stages.investigation.gap.mean": ("5 days", "14 days"),
    "stages.investigation.decision.urgent": (0.5, 1.0),
    "stages.investigation.next": (
        {"guidance": 0.88, "refused": 0.12},
        {"guidance": 0.75, "refused": 0.25},
    ),
    "teams.applications.absence.sickness.spells_per_year": (2.0, 4.0),
    "stages.guidance.work.mean": ("45 min", "75 min"),
}

# %% [markdown]
# ## One at a time
#
# Each input goes to its low and to its high end, all others stay as they are, on the same luck.
# It takes two rows an input and shows directions. It is blind to whatever needs two changes at
# once.

# %%
tornado = capsim.sensitivity(office, inputs, [LATE, WAIT], method="oat", replications=30, seed=SEED)
tornado

# %%
plots.tornado(tornado).figure

# %% [markdown]
# ## Morris: screening
#
# The same moves, but from random starting points all over the ranges. Near the origin: leave it
# as it is. Far to the right: it matters. High up: how much it matters depends on the others.

# %%
screening = capsim.sensitivity(
    office, inputs, [LATE, WAIT], method="morris", points=16, replications=4, seed=SEED
)
screening

# %%
plots.morris(screening).figure

# %% [markdown]
# ## Sobol': shares of the variance
#
# The four inputs that the screening puts first, with all their interactions. S1 is what an input
# explains alone, ST what it explains together with the others. Rows that are compared with each
# other share their luck, so an input without influence has exactly 0, however noisy the
# simulation. What luck leaves in the averages is reported beside: add replications if it is more
# than a tenth, points otherwise.

# %%
leading = {path: inputs[path] for path in screening.ranking(LATE)[:4]}
leading["teams.guidance.onboarding.rate"] = (0.3, 0.7)  # of another team: can it matter here?

sobol = capsim.sensitivity(
    office, leading, [LATE, WAIT], method="sobol", points=64, replications=4, seed=SEED
)
sobol

# %%
plots.sobol(sobol).figure

# %%
sobol.noise

# %% [markdown]
# ## The province
#
# Limburg with the waves on their legal dates: late decisions of 2026. The third wave may come up to
# half a year later. A run of the province is the mean of 38 offices, so luck is small, and few
# replications do.

# %%
limburg = capsim.load("limburg", variant="announced").with_(
    {"horizon": "26 months", "follow_up": "59 days", "windows": None, "window": "all"}
)
province = {
    "inflows.reform.take_up": (0.24, 0.50),
    "inflows.reform.waves.third.date": ("2026-04-01", "2026-10-01"),
    "teams.social.fte": (70.0, 78.0),
    "teams.social.turnover.per_year": (0.06, 0.18),
    "stages.investigation.work.mean": ("102 min", "153 min"),
    "stages.investigation.gap.mean": ("5 days", "14 days"),
    "stages.investigation.decision.urgent": (0.0, 1.0),
    "stages.guidance.work.mean": ("36 min", "54 min"),
}
screening = capsim.sensitivity(
    limburg, province, LATE, method="morris", points=10, replications=2, seed=SEED
)
screening

# %%
plots.morris(screening).figure

# %%
leading = {path: province[path] for path in screening.ranking()[:3]}
shares = capsim.sensitivity(
    limburg, leading, LATE, method="sobol", points=64, replications=1, seed=SEED
)
shares

# %%
plots.sobol(shares).figure

# %% [markdown]
# ## Your own analysis
#
# Design, run and analysis can be used apart: a design is a table of settings, a run gives back
# numbers for each of its rows, and any analysis can follow. `FreeDesign` takes positions of your
# own, from SALib for instance (`sobol.design.to_salib_problem()`).

# %%
sobol.design.table().head()

# %%
sobol.values(LATE).groupby("row")["value"].mean().describe()
