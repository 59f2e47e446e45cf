"""A rule of your own: new cases go to anyone with room instead of the least loaded worker.

Rules are Python functions, so this runs on the SimPy engine.
"""

import random

import capsim

office = capsim.load("one-office").with_({"horizon": "1 year"})
dice = random.Random(1)


def anyone(team, case, workers):
    """Any worker who has room."""
    return dice.choice(workers)


for name, rule in {"the least loaded": None, "anyone": anyone}.items():
    run = capsim.simulate(office, seed=1, engine="simpy", assign=rule)
    loads = run.workers.query("team == 'guidance'")["caseload_mean"]
    print(f"{name:<17} mean caseloads from {loads.min():.0f} to {loads.max():.0f}")
