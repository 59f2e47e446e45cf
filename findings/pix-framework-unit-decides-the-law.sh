#!/usr/bin/env bash
# pix-framework 0.15.0 (the fitting behind the process simulator Prosimos): the unit of time decides
# which law the same durations have.
#
# Durations of an exponential law with a mean of a day and a half are fitted three times, in days, in
# hours and in seconds. In hours and seconds the answer is exponential, with the right mean and
# spread. In days it is a constant, one of the observed values, with no spread at all: data of which
# 95 % lie within 5 of one of them count as fixed, whatever 5 stands for. Two queues with the same
# load wait twice as long with the one as with the other (Pollaczek and Khinchine).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${PYTHON:-python3} -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'numpy==2.4.6' 'scipy==1.17.1'
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps 'pix-framework==0.15.0'
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import numpy as np
from pix_framework.statistics.distribution import get_best_fitting_distribution

print("pix-framework", version("pix-framework"))
days = np.random.default_rng(1).exponential(1.5, 2000)
print(f"data: mean {days.mean():.2f} days, standard deviation {days.std():.2f}")
found = {}
for unit, each in (("days", 1), ("hours", 24), ("seconds", 86_400)):
    np.random.seed(1)
    law = get_best_fitting_distribution(list(days * each))
    sample = np.array(law.generate_sample(20_000)) / each
    found[unit] = law.type.value, sample.std()
    print(f"{unit:8} {law.type.value:6} mean {sample.mean():.2f}, standard deviation {sample.std():.2f}")
assert found["days"] == ("fix", 0.0)
assert found["hours"][0] == found["seconds"][0] == "expon"
assert found["hours"][1] > 1.3
PYTHON
