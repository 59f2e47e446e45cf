#!/usr/bin/env bash
# pyqueueing 0.1.1: the mean wait "of answered customers" charges them with the waits of those who left.
#
# `mean_wait_answered` of Erlang A is E[wait of all] / P(answered). Those who leave have waited too, so
# the quotient is no mean of anybody. Nine servers, load 10, mean patience 2: the birth and
# death chain below gives the mean over those who are served exactly, by following one customer
# through the queue; the package says more than that.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${PYTHON:-python3} -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'pyqueueing==0.1.1' 'numpy==2.3.5'
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import numpy as np
from pyqueueing import ErlangA

arrivals, service, servers, patience = 10.0, 1.0, 9, 0.5
line = ErlangA(
    arrival_rate=arrivals, service_rate=service, servers=servers, patience_rate=patience
)
states = 400
weight = np.ones(states)
for n in range(1, states):
    out = min(n, servers) * service + max(0, n - servers) * patience
    weight[n] = weight[n - 1] * arrivals / out
weight /= weight.sum()
# A customer who finds k others waiting moves up when a server is free or one of those k leaves.
served, waited = 0.0, 0.0
chance, mean = 1.0, 0.0  # of being served from here on, and mean wait if so
for k in range(states - servers):
    rate = servers * service + (k + 1) * patience
    stays = (servers * service + k * patience) / rate
    mean += 1 / rate  # the time on a place does not depend on how it ends
    chance *= stays
    served += weight[servers + k] * chance
    waited += weight[servers + k] * chance * mean
served += weight[:servers].sum()
exact = waited / served
print("pyqueueing", version("pyqueueing"))
print(f"mean wait of those who are answered: {line.mean_wait_answered():.6f}, exact {exact:.6f}")
print(f"mean wait of all / share answered:   {line.mean_wait() / (1 - line.prob_abandon()):.6f}")
assert abs(exact - 0.312178) < 1e-5
assert abs(line.mean_wait_answered() - 0.374415) < 1e-5
PYTHON
