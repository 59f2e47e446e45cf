#!/usr/bin/env bash
# lifelines 0.30.3: the table of those at risk is not what the survival estimate divides by.
#
# Three cases: one seen from 0 ends at 5, two that are seen from 5 on end at 6 and 7. At 5 only the first
# is at risk (entry is after the event of the same instant), and it ends: the product limit is 0 from 5 on.
# lifelines estimates that, but its `event_table` says that three were at risk at 5, which would make
# the estimate 2/3. statsmodels 0.14.6 counts one at risk, and then its curve rises: from 0 at 5 to
# a positive number (of rounding size) at 6, because it multiplies by exponentials of sums of logarithms.
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

ends, ended, entries = np.array([5.0, 6.0, 7.0]), np.ones(3), np.array([0.0, 5.0, 5.0])
fit = lifelines.KaplanMeierFitter().fit(ends, ended, entry=entries)
at_risk = fit.event_table.loc[5.0, "at_risk"]
survival = float(fit.survival_function_.loc[5.0].iloc[0])
print("lifelines", lifelines.__version__, "at 5: at risk", at_risk, "survival", survival)
other = SurvfuncRight(ends, ended, entry=entries)
print("statsmodels", statsmodels.__version__, "at risk", other.n_risk, "survival", other.surv_prob)
assert at_risk == 3 and survival == 0.0
assert other.n_risk[0] == 1
assert other.surv_prob[1] > other.surv_prob[0] == 0
PYTHON
