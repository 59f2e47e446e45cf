"""A wave at one office: decisions that come too late, and what one worker more makes of it."""

import capsim

office = capsim.load("one-office")
scenarios = {
    "no wave": office,
    "wave": office.variant("wave"),
    "wave, one worker more": office.variant("wave-with-staff"),
}
comparison = capsim.compare(scenarios, n=50, seed=1, jobs=1)

late = comparison.summary("late_share[investigation]").set_index("scenario")
days = comparison.summary("decision_days_mean[investigation]").set_index("scenario")
print("                        late decisions   days to a decision")
for name in scenarios:
    share, wait = late.loc[name], days.loc[name]
    shares = f"{share['mean']:4.0%} ({share['lower']:.0%} to {share['upper']:.0%})"
    waits = f"{wait['mean']:5.1f} ({wait['lower']:.1f} to {wait['upper']:.1f})"
    print(f"{name:<22}  {shares}   {waits}")
