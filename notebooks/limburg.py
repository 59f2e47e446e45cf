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
# Then 20 replications. The stock stays near 5,031 and the workers use 0.88 of their client hours.

# %%
ordinary = capsim.replicate(limburg, n=N, seed=SEED, jobs=2)
ordinary.summary(
    "in_stage_mean[guidance]",
    "utilization[social]",
    "caseload_per_fte[social]",
    "contact_ratio[guidance]",
    "late_share[investigation]",
    "decision_days_mean[investigation]",
)[["measure", "of", "mean", "lower", "upper"]].round(3)

# %% [markdown]
# ## The waves, on the same luck
#
# 2026 alone: the cohort of those whose investigation begins in that year. In every variant the same
# people apply at the same offices and bring the same work; only dates, staff or rules differ.

# %%
YEAR = {"horizon": "26 months", "follow_up": "59 days"}
VARIANTS = ["announced", "abrupt", "phased"]


def in_2026(*names: str) -> dict[str, capsim.Scenario]:
    """The province without the reform and with it, each seen in 2026."""
    scenarios = {"no reform": limburg} | {name: limburg.variant(name) for name in names}
    return {name: scenario.with_(YEAR) for name, scenario in scenarios.items()}


def peak_undecided(run: capsim.Run) -> float:
    """Most people without a decision, as a weekly mean."""
    open_cases = run.series("7 days").query(
        "measure == 'open' and office == 'all' and of in ('intake', 'investigation')"
    )
    return open_cases.groupby("day")["value"].sum().max()


waves = capsim.compare(
    in_2026(*VARIANTS), n=10, seed=SEED, jobs=2, measures={"peak_undecided": peak_undecided}
)
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


table(waves, *SHOWN, "peak_undecided").round(2)

# %%
waves.differences("late_share[investigation]", pairs="all")[
    ["scenario", "baseline", "difference", "lower", "upper", "p_holm", "variance_reduction"]
].round(3)

# %% [markdown]
# One replication of each, week by week: people who wait for a first visit of their investigation.

# %%
runs = {
    name: capsim.simulate(scenario, seed=SEED)
    for name, scenario in in_2026("announced", "phased").items()
}
capsim.plots.queues(runs, of="investigation").figure

# %% [markdown]
# The worst month comes after the last wave, and hits people who have nothing to do with the reform
# as well: late decisions by month of application, five replications.


# %%
def late_by_month(scenario: capsim.Scenario) -> pd.Series:
    """Share decided after the deadline, by month of application in 2026."""
    judged = pd.concat(
        capsim.simulate(scenario, seed=SEED, replication=number).stays.query(
            "stage == 'investigation' and late.notna()"
        )
        for number in range(5)
    )
    # A deadline of 30 days expires at the end of the 30th day after the application.
    applied = pd.Timestamp(scenario.start) + pd.to_timedelta(judged["due"] - 31, unit="D")
    shares = judged["late"].astype(float).groupby(applied.dt.to_period("M")).mean()
    return shares["2026"]


pd.DataFrame(
    {name: late_by_month(scenario) for name, scenario in in_2026("announced", "phased").items()}
).round(2)

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
helped = capsim.compare(in_2026("announced", "phased", *MEASURES), n=N, seed=SEED, jobs=2)
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
DECEMBER = {"warm_up": "1430 days", "follow_up": "0 days"}
ENDINGS = {"closing": "announced", "elasticity 0": "elasticity-zero", "stay": "own-pace"}
stock = {}
for ending, variant in ENDINGS.items():
    scenario = limburg.variant(variant).with_(DECEMBER)
    stock[ending] = {
        "no reform": scenario.with_({"inflows.reform.take_up": 0}),
        "announced": scenario,
    }
pd.DataFrame(
    {
        ending: {
            name: capsim.replicate(one, n=10, seed=SEED, jobs=2)
            .interval("in_stage_mean[guidance]")
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
