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
# # The letter: what each demand is worth
#
# 38 public social welfare centres (OCMW), 5,031 people guided on a living wage, 4,232 long-term
# unemployed about to lose their benefit. Who waits, for how long, how many decisions come after the
# legal 30 days, and what would have helped?
#
# Posts, task hours and much else are assumptions: the preset answers "what follows if", it measures
# no centre. `docs/limburg.md` says what may be claimed; `docs/limburg-model.md` how the model
# works.

# %%
import pandas as pd

import capsim

N, SEED = 20, 1
pd.set_option("display.width", 120, "display.max_columns", 20, "display.max_colwidth", 60)

limburg = capsim.load("limburg")
limburg

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
def beside_no_reform(*names: str) -> dict[str, capsim.Scenario]:
    """The province without the reform and with it."""
    return {"no reform": limburg} | {name: limburg.variant(name) for name in names}


waves = capsim.compare(
    beside_no_reform("announced", "abrupt", "phased"), n=N, seed=SEED, jobs=2, by="1 month"
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


table(waves, *SHOWN, "pending_peak[investigation]").round(2)

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
# ## What each demand changes
#
# A variant is a list of paths with other values, all else and all luck the same. For each demand:
# the question, what changes, the numbers, a figure, and what would change the conclusion.

# %%
MONEY = ["cost_total", "funding_total"]
ANNOUNCED = limburg.variant("announced")
WORLDS: dict[str, dict[str, object]] = {
    "as assumed": {},
    "0.6 apply": {"inflows.reform.take_up": 0.6},
    "the chair decides none": {"stages.investigation.decision.urgent": 0},
    "exits do not react": {"stages.guidance.closing": {"probability": 0.1}},
}


def changes(name: str) -> pd.Series:
    """What a variant changes, beside the legal dates."""
    told = {
        path: str(value)[:90]
        for path, value in limburg.variants[name].items()
        if not path.startswith(("offices.", "uncertain."))
    }
    return pd.Series(told, name=name)


def ask(*names: str) -> capsim.experiments.Comparison:
    """The announced dates and some variants, month by month."""
    plans = {"announced": ANNOUNCED} | {name: limburg.variant(name) for name in names}
    return capsim.compare(plans, n=N, seed=SEED, jobs=2, by="1 month")


def worth(answer: capsim.experiments.Comparison) -> pd.DataFrame:
    """Means of 2026: lateness, contacts, hours, most without a decision, euros in millions."""
    found = table(answer, *SHOWN, "pending_peak[investigation]", *MONEY)
    millions = found.columns.str.contains("total")
    found.loc[:, millions] /= 1e6
    return found.round(2)


def in_other_worlds(*names: str, n: int = 5) -> pd.DataFrame:
    """Late share less that of the announced dates, if one assumption were another."""
    rows = {}
    for world, setting in WORLDS.items():
        plans = {name: limburg.variant(name).with_(setting) for name in ("announced", *names)}
        late = table(capsim.compare(plans, n=n, seed=SEED, jobs=2), SHOWN[0]).iloc[:, 0]
        rows[world] = (late - late["announced"]).drop("announced")
    return pd.DataFrame(rows).T.round(2)


# %% [markdown]
# ## 1. Inform early
#
# **Question.** What is it worth that centres know beforehand who will come? Two things: staff can
# be hired in time, and files can be prepared.

# %%
changes("informed")

# %%
informed = ask("informed", "informed-early", "late-staff")
worth(informed)

# %%
capsim.plots.by_period(informed, "pending_mean[investigation]").figure

# %%
in_other_worlds("informed", "informed-early")

# %% [markdown]
# **What would change the conclusion.** A day of notice is a day of hiring lead, so notice is worth
# nothing to a centre that cannot hire. Preparing files helps as far as papers, not hours, are what
# people wait for.
#
# ## 2. Phase the reform
#
# **Question.** What do three, six and twelve months buy, and what do they cost?

# %%
changes("phased")

# %%
phased = ask("phased-3-months", "phased-6-months", "phased", "phased-window-moved")
worth(phased)

# %%
capsim.plots.by_period(phased, "pending_mean[investigation]").figure

# %%
in_other_worlds("phased-6-months", "phased")

# %% [markdown]
# **What would change the conclusion.** Phasing moves work, it takes none away: look at the stock of
# later years before praising it. And it moves people out of the window of the doubled subsidy,
# unless the window moves along: compare the two last rows in euros.
#
# ## 3. Dialogue: work together
#
# **Question.** What do centres gain that share work, or whose committees meet more often?

# %%
together = ask("clusters", "pooled-investigation", "pooled", "extra-meetings", "chair-decides-few")
worth(together)

# %%
capsim.plots.by_period(together, "late_share[investigation]").figure

# %%
in_other_worlds("clusters", "extra-meetings")

# %% [markdown]
# **What would change the conclusion.** Pooling is an upper bound: no travel, and nobody loses the
# knowledge of the street. The urgent share decides what meetings are worth: where the chair decides
# nearly all urgent files, another meeting is little.
#
# ## 4. Structural staff, not funding by outflow
#
# **Question.** What are posts worth, from when, if they are hard to find, and if the money comes by
# outflow?

# %%
changes("structural-28")

# %%
staff = ask("structural-staff", "late-staff", "structural-28", "structural-42", "hard-hiring")
worth(staff)

# %%
capsim.plots.by_period(staff, "pending_mean[investigation]").figure

# %% [markdown]
# The same money by outflow and by file, staffed in the year after it was paid
# (`docs/how-to/money.md`).

# %%
for name in ("funded-by-outflow", "funded-per-file"):
    print(capsim.funded(limburg.variant(name), "posts", n=4, seed=SEED))

# %%
in_other_worlds("structural-staff", "structural-28", "hard-hiring")

# %% [markdown]
# **What would change the conclusion.** The date: posts that come after the wave do nothing for it.
# And the number found: if six in ten posts are ever filled, read the row of hard hiring.
#
# ## 5. Joint activation
#
# **Question.** What if the employment service has a fifth of the contacts, or contacts close a case
# more often, or both?

# %%
joint = ask("joint-contacts", "joint-exits", "joint-activation")
worth(joint)

# %%
capsim.plots.by_period(joint, "contact_ratio[guidance]").figure

# %%
in_other_worlds("joint-contacts", "joint-activation")

# %% [markdown]
# **What would change the conclusion.** Hours are freed within the year, exits pay later: look at
# `window=2028` too. That a partner raises the chance to close is an assumption; one city, not
# causal.
# Where exits do not react, joint activation keeps its own way of closing.
#
# ## All together, and all fears

# %%
sums = ask("together", "fears", "all-together", "decisions-first", "vdab", "later-waves")
worth(sums)

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

# %% [markdown]
# ## How much hangs on the assumptions
#
# Most numbers of the preset are assumptions. Here some are changed one by one, with and without the
# reform, on the same luck. Nothing is calibrated anew, so some rows move the province without the
# reform too: read both columns.

# %%
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
    {name: announced.with_(change) for name, change in CHANGES.items()}, n=10, seed=SEED, jobs=2
)
without = capsim.compare(
    {
        name: limburg.with_({**change, "inflows.reform.take_up": 0})
        for name, change in CHANGES.items()
        if not any(path.startswith("inflows.reform") for path in change)
    },
    n=10,
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
