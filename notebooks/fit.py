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
# # From a service's own records to a scenario
#
# A service knows when each case joined a stage, when work on it began and when it ended. Here the
# records are those of a simulated office, so that it can be checked what is found.

# %%
import capsim

SEED = 1
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
measures = later.measures().query("inflow == 'all' and office == 'all' and kind == 'stage'")
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
