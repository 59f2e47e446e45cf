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
# # Quick start
#
# One office, about forty applications a month, and a wave of 300 people of whom a third apply. What
# will the wave do, and what would a colleague more do about it?

# %%
import capsim

N, SEED = 100, 1
office = capsim.load("one-office")
office

# %% [markdown]
# Before any run: is there time for what is asked?

# %%
office.describe()

# %% [markdown]
# One history, week by week. Everything in it can be looked at: cases, stays, visits, workers.

# %%
run = capsim.simulate(office.variant("wave"), seed=SEED)
run.stays[["case", "stage", "joined", "started", "ended", "outcome", "late"]].tail()

# %%
capsim.plots.queues(run, of="investigation").figure

# %% [markdown]
# One history is luck. A hundred of them give means with intervals.

# %%
study = capsim.replicate(office.variant("wave"), n=N, seed=SEED)
study.summary(
    "late_share[investigation]", "decision_days_mean[investigation]", "contact_ratio[guidance]"
)[["measure", "of", "mean", "lower", "upper"]].round(3)

# %% [markdown]
# The same people with the same luck, without the wave, with it, and with a colleague two months
# before.

# %%
plans = capsim.compare(
    {"no wave": office} | {name: office.variant(name) for name in office.variants}, n=N, seed=SEED
)
plans

# %%
plans.differences("late_share[investigation]")[
    ["scenario", "baseline", "difference", "lower", "upper"]
].round(3)

# %% [markdown]
# Any number can be changed by its path. `docs/how-to/language.md` has the words, `capsim fields`
# all of them.

# %%
more = office.variant("wave").with_({"teams.applications.fte": 2.7})
capsim.replicate(more, n=N, seed=SEED).interval("late_share[investigation]")

# %% [markdown]
# Your own office of a province in five figures, with all plans of the province as variants
# (`docs/how-to/office.md`):

# %%
ours = capsim.office("limburg", open_files=140, posts=2.0, meetings="28 days", affected=134)
list(ours.variants)[:8]
