"""M/M/c against theory: three desks, a queue, and Erlang's formula beside the simulated figures."""

import capsim
from capsim import theory

desk = capsim.Scenario(
    name="three desks",
    start="2026-01-01",
    horizon="400 days",
    warm_up="50 days",
    calendar={"kind": "continuous"},
    teams={"desk": {"fte": 3}},
    stages={"desk": {"team": "desk", "work": {"law": "exponential", "mean": "8 h"}}},
    inflows={"regular": {"rate": {"per_day": 7.2}}},
)
line = theory.erlang_c(arrival_rate=7.2, service_rate=3, servers=3)
study = capsim.replicate(desk, n=200, seed=1, jobs=1)
wait = study.summary("wait_mean[desk]").iloc[0]
print(f"load {7.2 / (3 * 3):.0%}, mean wait by Erlang C: {line.wait_mean * 24:.2f} hours")
print(
    f"simulated: {wait['mean'] * 24:.2f} ({wait['lower'] * 24:.2f} to {wait['upper'] * 24:.2f})\n"
)

# The same, found by capsim itself: every measure of which theory knows the value.
print("                         exact  simulated  standard errors apart")
table = study.theory().query("office == 'all'")
for row in table.itertuples():
    print(f"{row.measure:<19} {row.exact:10.3f} {row.simulated:10.3f} {row.difference:+22.1f}")
