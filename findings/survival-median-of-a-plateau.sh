#!/usr/bin/env bash
# lifelines 0.30.3 and statsmodels 0.14.6 give two medians of the durations 1, 2, 3, 4.
#
# The Kaplan-Meier curve is at exactly 0.5 from 2 to 3. lifelines takes the first time with a survival
# of at most 0.5, which is 2; statsmodels the first below 0.5, which is 3. The median of the four
# numbers is 2.5. So "half of the people waited longer than" may differ by a whole step between two
# libraries on the same data, nobody censored.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${PYTHON:-python3} -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'lifelines==0.30.3' 'statsmodels==0.14.6'
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import lifelines
import numpy as np
import statsmodels
from statsmodels.duration.survfunc import SurvfuncRight

durations, ended = np.array([1.0, 2.0, 3.0, 4.0]), np.ones(4)
one = lifelines.KaplanMeierFitter().fit(durations, ended).median_survival_time_
other = SurvfuncRight(durations, ended).quantile(0.5)
print("lifelines", lifelines.__version__, "median", one)
print("statsmodels", statsmodels.__version__, "median", other)
print("of the numbers", np.median(durations))
assert (one, other) == (2.0, 3.0)
PYTHON
