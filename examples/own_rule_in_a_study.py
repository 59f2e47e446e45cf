"""A rule of your own in a study: new cases go to anyone with room, not to the least loaded worker.

Rules are Python functions, so this runs on the SimPy engine, the readable one.
"""

import capsim

office = capsim.load("one-office").with_({"horizon": "1 year"})


def first_in_the_list(team, case, workers):
    """The first worker who has room, as where the list of names is read from the top."""
    return workers[0]


def spread(run):
    """Difference between the highest and the lowest mean caseload of a worker."""
    loads = run.workers.query("team == 'guidance'")["caseload_mean"]
    return loads.max() - loads.min()


if __name__ == "__main__":  # studies with rules start processes, which read this file again
    comparison = capsim.compare(
        {"least loaded": office, "first in the list": office},
        assign={"first in the list": first_in_the_list},
        own={"spread": spread},
        n=4,
        seed=1,
        jobs=1,
    )
    for measure in ("spread", "contact_wait_mean[guidance]", "assignment_wait_mean[guidance]"):
        for row in comparison.summary(measure).itertuples():
            print(f"{measure:<31} {row.scenario:<17} {row.mean:6.1f}")
