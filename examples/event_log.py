"""An event log in and out: from a run to the tools of process mining, and back to a scenario."""

import tempfile
from pathlib import Path

import capsim

with tempfile.TemporaryDirectory() as folder:
    office = capsim.load("one-office").with_({"horizon": "3 years", "initial": {}})
    run = capsim.simulate(office, seed=1)
    path = Path(folder) / "office.csv"
    log = run.to_event_log()
    log.to_csv(path, index=False)
    shown = ["case:concept:name", "concept:name", "start_timestamp", "time:timestamp"]
    print(log[shown].head(3).to_string(index=False))

    stays = capsim.read_log(path)
    print(f"\n{len(log)} rows written, {len(stays)} stays of {stays['case'].nunique()} cases read")
    found = capsim.fit(stays, scenario=office)
    fitted = found.apply(office)

print("\nwhat the run was made with, and what its log says:")
there, read = office.inflows["regular"].rate, fitted.inflows["regular"].rate
print(f"  applications a month    {there.per_month:6.1f} {read.per_month:6.1f}")
there, read = office.stages["investigation"].next, fitted.stages["investigation"].next
for name, share in there.items():
    print(f"  {name:<22}  {share:6.1%} {read[name]:6.1%}")
