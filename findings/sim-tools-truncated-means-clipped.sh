#!/usr/bin/env bash
# sim-tools 1.3.0: `TruncatedDistribution` does not truncate, it clips.
#
# A normal law with mean 1 and standard deviation 2, truncated at 0, has mean 2.02 and no mass at
# 0. The class moves every draw below the bound to the bound: 31 % of the activities take exactly
# no time, and the mean is 1.40. The two are different laws with different queues.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${PYTHON:-python3} -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'sim-tools==1.3.0'
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

from sim_tools.distributions import Normal, TruncatedDistribution

law = TruncatedDistribution(Normal(1, 2, random_seed=1), lower_bound=0)
draws = law.sample(200_000)
at_zero = float((draws == 0).mean())
print("sim-tools", version("sim-tools"))
print(f"share of exact zeros {at_zero:.3f}, mean {draws.mean():.3f} (clipped 1.396, truncated 2.018)")
assert abs(at_zero - 0.3085) < 0.005
assert abs(draws.mean() - 1.396) < 0.02
PYTHON
