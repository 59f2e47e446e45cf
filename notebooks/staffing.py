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
# # How many workers are enough, and from when
#
# A target, what may be chosen, and a confidence: `find_staffing` gives the cheapest staffing that
# meets the target, and the evidence that cheaper ones do not. It starts where theory expects the
# answer, searches on common luck, and proves what it found on replications that the search never
# saw. (About six minutes on two cores; the province takes nearly all of it.)

# %%
import pandas as pd

import capsim
from capsim import plots
from capsim.experiments import obstacles, profile_for_target, staffing_profile

SEED = 1
pd.set_option("display.width", 120, "display.max_columns", 20, "display.max_colwidth", 60)

# %% [markdown]
# ## One office, two teams
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
# ## What a target means
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
# ## When it cannot be met
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
# ## Staff that follows the need
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
# ## Limburg: how many posts, from when
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
# ### Half of that: 5 %
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
