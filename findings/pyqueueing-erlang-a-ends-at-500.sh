#!/usr/bin/env bash
# pyqueueing 0.1.1: its Erlang A model has no queue beyond 500 people, whatever the size.
#
# The stationary distribution is summed up to state 500, servers included. For 550 servers under a
# load of 600 no state with a queue is left: nobody abandons, and each server works 109 % of the
# time. Balance of flows forbids that: with service rate 1 and 550 servers at least 50 of 600 a unit
# of time must leave, a share of 0.083 (the exact share is 0.08336). Below 500 servers the sum is cut
# in the middle of its mass: with 450 servers 0.039 instead of 0.25.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${PYTHON:-python3} -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'pyqueueing==0.1.1'
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

from pyqueueing import ErlangA

print("pyqueueing", version("pyqueueing"))
for servers, at_least in ((550, 50 / 600), (450, 150 / 600)):
    line = ErlangA(arrival_rate=600, service_rate=1, servers=servers, patience_rate=0.5)
    share, used = line.prob_abandon(), line.utilization()
    print(f"{servers} servers: abandon {share:.4f} (at least {at_least:.4f}), utilization {used:.3f}")
    assert share < at_least / 2, "the sum is no longer cut"
    assert used > 1
small = ErlangA(arrival_rate=10, service_rate=1, servers=9, patience_rate=0.5)
print(f"9 servers, load 10: abandon {small.prob_abandon():.6f} (exact 0.157687)")
assert abs(small.prob_abandon() - 0.157687) < 1e-5
PYTHON
