"""One worker more, from when? A wave in July, with help that comes before, with or after it."""

import capsim

wave = capsim.load("one-office", variant="wave")
help_from = "teams.applications.changes.help"
scenarios = {"no wave": capsim.load("one-office"), "wave, no help": wave}
for day in ("2026-05-01", "2026-07-01", "2026-09-01"):
    scenarios[f"help from {day}"] = wave.with_({help_from: {"at": day, "add": 0.9}})
comparison = capsim.compare(scenarios, n=50, seed=1, jobs=1)

late = comparison.summary("late_share[investigation]").set_index("scenario")
days = comparison.summary("decision_days_mean[investigation]").set_index("scenario")
print("                      late decisions   days to a decision")
for name in scenarios:
    share, wait = late.loc[name], days.loc[name]
    shares = f"{share['mean']:4.0%} ({share['lower']:.0%} to {share['upper']:.0%})"
    waits = f"{wait['mean']:5.1f} ({wait['lower']:.1f} to {wait['upper']:.1f})"
    print(f"{name:<20}  {shares:<17}{waits}")

# How many, if they come on 1 July: the fewest posts that keep nine decisions in ten in time.
found = capsim.find_staffing(
    scenarios["help from 2026-07-01"],
    {f"{help_from}.add": (0, 2.7, 0.9)},
    ["late_share[investigation] <= 10 %"],
    seed=1,
    jobs=1,
)
print(f"\n{found}")
