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
# # Staffing and sensitivity
#
# How many workers are enough and from when; which assumption matters; what is not known beforehand.
#
# ## How many workers are enough
#
# A target, what may be chosen, and a confidence: `find_staffing` gives the cheapest staffing that
# meets the target, and the evidence that cheaper ones do not. It starts where theory expects the
# answer, searches on common luck, and proves what it found on replications that the search never
# saw. (About six minutes on two cores; the province takes nearly all of it.)

# %%
import numpy as np
import pandas as pd

import capsim
from capsim import plots
from capsim.experiments import obstacles, profile_for_target, staffing_profile

SEED = 1
pd.set_option("display.width", 120, "display.max_columns", 20, "display.max_colwidth", 60)

# %% [markdown]
# ### One office, two teams
#
# Two targets at once: few late decisions, and nobody waits long for a caseworker.

# %%
office = capsim.load("one-office")
found = capsim.find_staffing(
    office,
    {"teams.applications.fte": (1, 4, 0.25), "teams.guidance.fte": (3, 8, 0.5)},
    ["late_share[investigation] <= 10 %", "assignment_wait_mean[guidance] <= 3 days"],
    seed=SEED,
    max_replications=400,
)
found

# %% [markdown]
# Every staffing tested, with its interval. What was not tested follows: fewer of the team that
# serves a stage cannot help it. Staffings too close to a bound for 400 replications are named, not
# guessed.

# %%
found.evidence

# %%
plots.staffing_map(found).figure

# %%
plots.frontier(found).figure

# %% [markdown]
# ### What a target means
#
# `wait_p90[intake] <= 5 days` bounds the *mean over replications*: the expected future. Whoever
# must be sure of it in nine futures out of ten asks for that, and pays for it.

# %%
for target in ("wait_p90[intake] <= 5 days", "wait_p90[intake] <= 5 days in 90 % of replications"):
    result = capsim.find_staffing(
        office, {"teams.applications.fte": (1, 4, 0.25)}, target, seed=SEED, frontier=0
    )
    print(f"{target}: {result.staffing}")

# %% [markdown]
# ### When it cannot be met
#
# Then the answer says what stands in the way: the target again with one obstacle taken away, on the
# same luck.

# %%
capsim.find_staffing(
    office,
    {"teams.applications.fte": (1, 3, 0.5)},
    "late_share[investigation] <= 0.01 %",
    seed=SEED,
)

# %% [markdown]
# ### Staff that follows the need
#
# A queue whose inflow triples for two months. Iterative staffing finds how many workers are needed
# in every fortnight; a constant staff that does as well must be as large as the peak.

# %%
season = capsim.Scenario(
    name="season",
    start="2026-01-01",
    horizon="9 months",
    teams={"desk": {"fte": 4}},
    stages={
        "intake": {
            "team": "desk",
            "work": {"law": "lognormal", "mean": "3 h", "cv": 0.6},
            "deadline": {"within": "3 days", "until": "start"},
        }
    },
    inflows={
        "everyone": {
            "rate": {"unit": "per_day", "steps": [["0 days", 4], ["90 days", 12], ["150 days", 4]]}
        }
    },
)
profile = staffing_profile(season, "desk", probability=0.4, seed=SEED, every="14 days")
profile

# %%
plots.profile(profile).figure

# %% [markdown]
# For a target on a measure: the cheapest profile of this shape, beside the cheapest constant staff.

# %%
target = "late_share[intake] <= 5 %"
following = profile_for_target(season, "desk", target, seed=SEED, every="14 days")
constant = capsim.find_staffing(
    season, {"teams.desk.fte": (2, 12, 1)}, target, seed=SEED, frontier=0
)
print(f"following the need {following.cost:.1f} FTE on average, constant {constant.cost:.0f} FTE")

# %% [markdown]
# ### Limburg: how many posts, from when
#
# Late decisions of 2026 at or below 10 %, with the waves on their three legal dates or spread over
# the year; extra posts from July 2025, from January 2026, or from May 2026. Newcomers work at half
# speed for three months.

# %%
limburg = capsim.load("limburg").with_(
    {"horizon": "26 months", "follow_up": "59 days", "windows": None, "window": "all"}
)
rows = []
for variant in ("announced", "phased"):
    for date in ("2025-07-01", "2026-01-01", "2026-05-01"):
        result = capsim.find_staffing(
            limburg.variant(variant),
            {
                "teams.social.changes.extra.add": (0, 48, 4),
                "teams.social.changes.extra.at": [date],
            },
            "late_share[investigation] <= 10 %",
            seed=SEED,
            max_replications=60,
            frontier=0,
        )
        # The answer, or the largest staffing if none is enough.
        tested = result.evidence
        row = (tested[tested["role"] == "answer"] if result.feasible else tested).iloc[-1]
        rows.append(
            {
                "waves": variant,
                "posts from": date,
                "posts": result.staffing["teams.social.changes.extra.add"]
                if result.feasible
                else "more than 48",
                "late": row["estimate"],
                "lower": row["lower"],
                "upper": row["upper"],
                "cheaper ones too close to call": len(result.undecided),
                "post-years": result.cost * 26 / 12,
            }
        )
posts = pd.DataFrame(rows)
posts.round(3)

# %% [markdown]
# Early posts are fewer posts: they are there, and trained, when the waves come. With the waves on
# their legal dates no number of posts from May on is enough: the year is lost by then. Phasing
# gives time to those who hire late.
#
# #### Half of that: 5 %
#
# With the waves on their legal dates and posts from July 2025 on:

# %%
capsim.find_staffing(
    limburg.variant("announced"),
    {
        "teams.social.changes.extra.add": (0, 48, 4),
        "teams.social.changes.extra.at": ["2025-07-01"],
    },
    "late_share[investigation] <= 5 %",
    seed=SEED,
    max_replications=60,
    frontier=0,
)

# %% [markdown]
# What binds, with 24 posts from July 2025 on and one obstacle taken away at a time:

# %%
obstacles(
    limburg.variant("announced").with_(
        {"teams.social.changes.extra": {"add": 24, "at": "2025-07-01"}}
    ),
    "late_share[investigation] <= 5 %",
    seed=SEED,
    n=10,
)

# %% [markdown]
# Hours bind first: without lack of staff the target is met. But small offices with few seats,
# absence that nobody replaces, the week between the visits and the meeting calendar cost so much
# each that taking one of them away meets the target as well. Ample staff alone still leaves one
# decision in fifty late, because it waits for a meeting.

# %% [markdown]
# ## Which assumption matters?
#
# The preset `one-office` has some fifty numbers, most of them assumptions. Which of them deserve
# an inquiry before anyone trusts the answer, and which may be wrong by half without harm? Three
# methods, from cheap and coarse to dear and complete, each on the same question: how many
# decisions of the wave year come late.

# %%
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
# ### One at a time
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
# ### Morris: screening
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
# ### Sobol': shares of the variance
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
# ### The province
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
# ### Your own analysis
#
# Design, run and analysis can be used apart: a design is a table of settings, a run gives back
# numbers for each of its rows, and any analysis can follow. `FreeDesign` takes positions of your
# own, from SALib for instance (`sobol.design.to_salib_problem()`).

# %%
sobol.design.table().head()

# %%
sobol.values(LATE).groupby("row")["value"].mean().describe()

# %% [markdown]
# ## What is not known beforehand
#
# A hundred replications give a short interval around the mean, and that interval is about luck
# only: it takes every input as known. But the take-up was counted in a survey, the hours of an
# investigation in a few offices. Here they are drawn from what is believed of them, each draw is
# simulated on luck of its own, and both sources of doubt stand beside each other.

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
# ### The province
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
# ### A question of your own
#
# Would a decision change? Each draw of the inputs is a row of a table, so any question can be
# asked of it: in how many of these worlds does more than half of the decisions come late?

# %%
late = result.values(LATE).groupby("row")["value"].mean()
print(f"more than half late in {(late > 0.5).mean():.0%} of the draws")
