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
# # Limburg, before the wave arrives
#
# 38 public social welfare centres (OCMW), 5,031 people guided on a living wage, 4,232 long-term
# unemployed about to lose their benefit. Who waits, for how long, how many decisions come after the
# legal 30 days, and what would have helped?
#
# Posts, task hours and much else are assumptions: the preset answers "what follows if", it measures
# no centre. `docs/limburg.md` says what may be claimed; the tables there come from this notebook.

# %%
import pandas as pd

import capsim

N, SEED = 20, 1
pd.set_option("display.width", 120, "display.max_columns", 20, "display.max_colwidth", 60)

limburg = capsim.load("limburg")
limburg

# %% [markdown]
# ## What the numbers are
#
# Every number says where it comes from. Most are assumptions, and labelled so.

# %%
evidence = pd.DataFrame(
    [(path, e.value, e.certainty, e.note) for path, e in limburg.evidence.items()],
    columns=["path", "value", "certainty", "note"],
)
own = evidence[~evidence["path"].str.startswith(("offices.", "variants."))]
own["certainty"].value_counts()

# %%
own[own["certainty"].isin(["stated", "official", "press"])]

# %% [markdown]
# ## Does it fit without the reform?
#
# The theory first, before any run: hours asked and hours there.

# %%
limburg.describe()

# %% [markdown]
# Then 20 replications, and all three years. The stock stays near 5,031 and the workers use 0.88 of
# their client hours.

# %%
ordinary = capsim.replicate(limburg, n=N, seed=SEED, jobs=2)
ordinary.summary(
    "in_stage_mean[guidance, window=all]",
    "utilization[social, window=all]",
    "caseload_per_fte[social, window=all]",
    "contact_ratio[guidance, window=all]",
    "late_share[investigation, window=all]",
    "decision_days_mean[investigation, window=all]",
)[["measure", "of", "mean", "lower", "upper"]].round(3)

# %% [markdown]
# ## The waves, on the same luck
#
# The preset means its window 2026: those whose investigation begins in that year, followed to the
# end of the run. In every variant the same people apply at the same offices and bring the same
# work; only dates, staff or rules differ.

# %%
VARIANTS = ["announced", "abrupt", "phased"]


def beside_no_reform(*names: str) -> dict[str, capsim.Scenario]:
    """The province without the reform and with it."""
    return {"no reform": limburg} | {name: limburg.variant(name) for name in names}


waves = capsim.compare(beside_no_reform(*VARIANTS), n=N, seed=SEED, jobs=2, by="1 month")
waves

# %%
SHOWN = [
    "late_share[investigation]",
    "decision_days_mean[investigation]",
    "decision_days_p90[investigation]",
    "contact_ratio[guidance]",
    "utilization[social]",
]


def table(comparison: capsim.experiments.Comparison, *selectors: str) -> pd.DataFrame:
    """Means by scenario and measure."""
    means = comparison.summary(*selectors)
    means["label"] = means["measure"] + " " + means["of"]
    return means.pivot(index="scenario", columns="label", values="mean").loc[
        list(comparison.scenarios)
    ]


table(waves, *SHOWN, "pending_peak[investigation]").round(2)

# %%
waves.differences("late_share[investigation]", pairs="all")[
    ["scenario", "baseline", "difference", "lower", "upper", "p_holm", "variance_reduction"]
].round(3)

# %% [markdown]
# One replication of each, week by week: people who wait for a first visit of their investigation.

# %%
runs = {
    name: capsim.simulate(scenario, seed=SEED)
    for name, scenario in beside_no_reform("announced", "phased").items()
}
capsim.plots.queues(runs, of="investigation").figure

# %% [markdown]
# People without a decision, month by month, and the late share of those whose investigation begins
# in each: the worst month comes after the last wave.

# %%
capsim.plots.by_period(waves, "pending_mean[investigation]").figure

# %%
late = waves.by("late_share[investigation]")
late[late["window"].str.startswith("2026")].pivot(
    index="window", columns="scenario", values="mean"
).round(2)

# %% [markdown]
# It hits people who have nothing to do with the reform as well.

# %%
waves.summary("late_share[investigation, inflow=regular]", "late_share[investigation]")[
    ["scenario", "inflow", "mean"]
].round(2)

# %% [markdown]
# ## What helps
#
# The demands of the letter one by one, and together; then pooling, and another order of work.

# %%
MEASURES = [
    "informed-early",
    "joint-activation",
    "structural-staff",
    "late-staff",
    "pooled",
    "together",
    "decisions-first",
    "later-waves",
]
helped = capsim.compare(beside_no_reform("announced", "phased", *MEASURES), n=N, seed=SEED, jobs=2)
table(helped, *SHOWN).round(2)

# %% [markdown]
# Never read late decisions alone: with decisions first almost nobody is late, and the people in
# guidance wait instead (contact ratio).
#
# ## Three ways of ending guidance
#
# What happens to the stock depends on how exits react to the caseload, which nobody has measured
# here. December 2028, with and without the reform:

# %%
DECEMBER = {"from": "2028-12-01", "until": "2029-01-01"}
ENDINGS = {"closing": "announced", "elasticity 0": "elasticity-zero", "stay": "own-pace"}
stock = {}
for ending, variant in ENDINGS.items():
    scenario = limburg.variant(variant).with_({"windows.december": DECEMBER})
    stock[ending] = {
        "no reform": scenario.with_({"inflows.reform.take_up": 0}),
        "announced": scenario,
    }
pd.DataFrame(
    {
        ending: {
            name: capsim.replicate(one, n=N, seed=SEED, jobs=2)
            .interval("in_stage_mean[guidance, window=december]")
            .estimate
            for name, one in pair.items()
        }
        for ending, pair in stock.items()
    }
).round(0)

# %% [markdown]
# ## Lean and thorough
#
# The preset takes a lean 5 h an application and 8.2 h a file-year. The letter asks for thorough
# investigations and intensive guidance: with the same posts that work does not fit, reform or not.

# %%
thorough = limburg.variant("thorough").with_({"inflows.reform.take_up": 0})
thorough.with_({"teams.social.fte": 74}).describe().verdict

# %%
thorough.describe().verdict
