#!/usr/bin/env bash
# salabim 26.0.9: work done after closing time does not count in the occupancy of a resource.
#
# One desk, open from 0 to 5; a visit that began at 0 goes on until 8, as visits in hand do. Over 10 hours 8 desk
# hours were claimed and 5 were on offer. The recorded occupancy is 0.5: while the capacity is 0 it is taken
# as 0, also with somebody at the desk. Claimed over capacity is 1.6, and claimed time over time 0.8.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${PYTHON:-python3} -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'salabim==26.0.9'
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import salabim as sim

sim.yieldless(False)
env = sim.Environment(trace=False, random_seed=1)
desk = sim.Resource("desk", capacity=1)


class Visit(sim.Component):
    """Somebody who is at the desk for eight hours."""

    def process(self):
        yield self.request(desk)
        yield self.hold(8)
        self.release(desk)


class Closing(sim.Component):
    """The desk closes after five hours."""

    def process(self):
        yield self.hold(5)
        desk.set_capacity(0)
        yield self.hold(5)


Visit()
Closing()
env.run(10)
occupancy, claimed = desk.occupancy.mean(), desk.claimed_quantity.mean()
capacity = desk.capacity.mean()
print("salabim", sim.__version__)
print(f"occupancy {occupancy}, claimed {claimed}, capacity {capacity}, quotient {claimed / capacity}")
assert (occupancy, claimed, capacity) == (0.5, 0.8, 0.5)
PYTHON
