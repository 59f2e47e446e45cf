"""A first run: a wave at one office, person by person, then with the range that luck leaves."""

import capsim

office = capsim.load("one-office", variant="wave")
run = capsim.simulate(office, seed=1)

people = run.cases.query("inflow == 'reform'")
decided = run.stays.query("inflow == 'reform' and stage == 'investigation' and nth == 1")
days = decided["ended"] - decided["case"].map(people.set_index("case")["applied"])
print(f"{len(people)} of 300 people applied; half had a decision within {days.median():.0f} days,")
print(f"nine in ten within {days.quantile(0.9):.0f}; {decided['late'].sum()} decisions were late.")

intake = run.stays.query("inflow == 'reform' and stage == 'intake' and nth == 1")
print("\nThe three who waited longest for their first appointment:")
for row, wait in (intake["started"] - intake["joined"]).nlargest(3).items():
    print(f"  {intake.loc[row, 'case']} waited {wait:.1f} days for {intake.loc[row, 'worker']}")

study = capsim.replicate(office, n=50, seed=1, jobs=1)
late = study.summary("late_share[investigation]").iloc[0]
print(f"\nIn 50 possible futures {late['mean']:.0%} of all decisions are late", end="")
print(f" (95 % interval of the mean: {late['lower']:.0%} to {late['upper']:.0%}).")
