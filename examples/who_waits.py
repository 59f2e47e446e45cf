"""What happened to the people of the wave, one by one: the tables of a single run."""

import capsim

run = capsim.simulate(capsim.load("one-office", variant="wave"), seed=1)

people = run.cases.query("inflow == 'reform'")
decided = run.stays.query("inflow == 'reform' and stage == 'investigation' and nth == 1")
days = decided["ended"] - decided["case"].map(people.set_index("case")["applied"])

print(f"{len(people)} of 300 people applied.")
print(f"Half of them had a decision within {days.median():.0f} days, nine in ten within", end=" ")
print(f"{days.quantile(0.9):.0f}; {decided['late'].sum()} decisions were late.")
print()
print("The three who waited longest for their first appointment:")
intake = run.stays.query("inflow == 'reform' and stage == 'intake' and nth == 1")
longest = (intake["started"] - intake["joined"]).nlargest(3)
for row, wait in longest.items():
    print(f"  {intake.loc[row, 'case']} waited {wait:.1f} days for {intake.loc[row, 'worker']}")
