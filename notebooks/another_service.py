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
# # Another service
#
# capsim knows nothing of the living wage. A temporary place that is kept until a home is free, a
# backlog of asylum files, a county that protects children: each is a preset of less than sixty
# lines, to be copied and changed. `docs/services.md` tells question, answer and assumptions of
# each.

# %%
import pandas as pd

import capsim

N, SEED = 60, 1
services = [name for name in capsim.presets() if name not in ("limburg", "one-office")]
pd.Series({name: capsim.load(name).describe().verdict for name in services})

# %% [markdown]
# ## A backlog: the Belgian asylum office
#
# 18,300 files in April 2016. The office counted five times until July 2018; `as it is` takes the
# arrivals that its counts ask for, the other rows do not look at the counts.

# %%
asylum = capsim.load("belgian-asylum")
COUNTED = {
    "december-2016": 14815,
    "april-2017": 12714,
    "september-2017": 9267,
    "december-2017": 7279,
    "july-2018": 4612,
}
rows = {"as it is": asylum} | {name: asylum.variant(name) for name in asylum.variants}
drain = capsim.compare(rows, n=N, seed=SEED)
means = {
    window: drain.summary(f"in_stage_mean[decision, window={window}]").set_index("scenario")["mean"]
    for window in COUNTED
}
pd.DataFrame(means).T.assign(counted=COUNTED).round(-1)

# %% [markdown]
# ## Places that are kept: an English homelessness duty
#
# A household is done with the temporary place after two weeks, but stays until a home is free. With
# a fifth fewer homes it is the temporary places that fill.

# %%
duty = capsim.load("english-homelessness")
homes = capsim.compare(
    {"as it is": duty, "fewer homes": duty.variant("fewer-homes")}, n=N, seed=SEED
)
homes.summary("blocked_mean[temporary]", "utilization[shelter]", "caseload_peak[shelter]")[
    ["scenario", "measure", "mean", "lower", "upper"]
].round(2)

# %% [markdown]
# ## From a service's own records to a scenario
#
# A service knows when each case joined a stage, when work on it began and when it ended. Here the
# records are those of a simulated office, so that it can be checked what is found.

# %%
office = capsim.load("one-office")
run = capsim.simulate(office, seed=SEED)
run.stays[["case", "stage", "joined", "started", "ended", "outcome"]].tail()

# %% [markdown]
# The scenario says what the stages are and which days are closed; its numbers are not used.

# %%
found = capsim.fit(run, scenario=office, source="records of a simulated office")
found

# %% [markdown]
# Dropping the cases that are still open seems tidy, and shortens guidance by months:

# %%
ended = run.stays[run.stays["ended"].notna()]
path = "stages.guidance.stay.mean"
for name, result in {"all": found, "ended only": capsim.fit(ended, scenario=office)}.items():
    row = result.estimates.set_index("path").loc[path]
    print(f"{name:10}  {row['estimate']:.0f} days ({row['lower']:.0f} to {row['upper']:.0f})")

# %% [markdown]
# The estimates go into the scenario, with their evidence.

# %%
fitted = found.apply(office)
fitted.evidence[path]

# %% [markdown]
# Does the fitted office behave like one that was observed? Another history of the first office,
# which was not used to fit, stands for next year's figures.

# %%
replications = capsim.replicate(fitted, n=60, seed=SEED, series="28 days")
later = capsim.simulate(office, seed=SEED + 1)

series = later.series("28 days")
waiting = series[(series["measure"] == "waiting") & (series["of"] == "intake")]
waiting = waiting[(waiting["kind"] == "stage") & (waiting["office"] == "main")]
measures = later.measures().query(
    "inflow == 'all' and office == 'all' and kind == 'stage' and window == 'all'"
)
value = measures.set_index(["measure", "of"])["value"]

seen = capsim.validate(
    replications,
    {
        "late_share[investigation]": value["late_share", "investigation"],
        "wait_mean[intake]": value["wait_mean", "intake"],
        "waiting[intake]": waiting.set_index("day")["value"],
    },
)
seen
