"""Errors put into the kernels on purpose, each of which the tests have to notice.

A mutant replaces a passage of a kernel's source by a wrong one. The mutated files are executed as
modules in the place of the kernels, without a compiler, and the engine is compared with the
reference over a list of scenarios (`small.jsonl`, found by `python -m twins.choose`). A passage
that is not found makes the test fail, so that this list follows the source.

`python -m twins.mutants [FIRST]` examines all mutants from number FIRST on and prints a JSON line
for each: its name, and what gave it away. It needs NUMBA_DISABLE_JIT=1.
"""

from __future__ import annotations

import _thread
import importlib
import importlib.util
import json
import signal
import sys
import threading
import types
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).parent
SMALL = HERE / "small.jsonl"
LIMIT = 10.0  # seconds for one scenario: a mutant may run for ever
MODULES = [
    "engine.columns",
    "sorting",
    "event_set",
    "queues",
    "engine.rules",
    "engine.workers",
    "engine.counts",
    "engine.visits",
    "engine.pending",
    "engine.watches",
    "engine.diary",
    "engine.opening",
    "engine.closing",
    "engine.strain",
    "engine.loop",
    "survival",
    "days",
    "sums",
    "measures",
    "money",
]
"""In the order in which they import each other."""


class Mutant(NamedTuple):
    """A wrong kernel.

    Attributes
    ----------
    name : str
        The rule that is broken, and how.
    module : str
        Module of `capsim.kernels`.
    right, wrong : str
        The passage, and what stands in its place.
    also : tuple of (str, str)
        Further passages that the same error has to replace.
    """

    name: str
    module: str
    right: str
    wrong: str
    also: tuple[tuple[str, str], ...] = ()


MUTANTS = (
    Mutant(
        "a queue is served from its end",
        "queues",
        """\
    last = tails[queue]
    C[case, c.PREV] = last
    C[case, c.NEXT] = -1
    if last >= 0:
        C[last, c.NEXT] = case
    else:
        heads[queue] = case
    tails[queue] = case
""",
        """\
    first = heads[queue]
    C[case, c.NEXT] = first
    C[case, c.PREV] = -1
    if first >= 0:
        C[first, c.PREV] = case
    else:
        tails[queue] = case
    heads[queue] = case
""",
    ),
    Mutant(
        "equal loads: the last worker gets the case",
        "engine.loop",
        "W[worker, c.LOAD] < W[best, c.LOAD]",
        "W[worker, c.LOAD] <= W[best, c.LOAD]",
    ),
    Mutant(
        "the horizon is an instant too early",
        "engine.loop",
        "if moment >> 3 >= horizon:",
        "if moment >> 3 >= horizon - 1:",
    ),
    Mutant(
        "the horizon is an instant too late",
        "engine.loop",
        "if moment >> 3 >= horizon:",
        "if moment >> 3 > horizon:",
        (("G[c.END] = horizon\n", "G[c.END] = horizon + 1\n"),),
    ),
    Mutant(
        "a place that is given back stays taken",
        "engine.workers",
        "W[worker, c.CASES] -= 1",
        "W[worker, c.CASES] -= 0",
    ),
    Mutant(
        "a place that is given back wakes nobody",
        "engine.workers",
        "    K[W[worker, c.COPY], c.RETRY] = 1\n",
        "    K[W[worker, c.COPY], c.RETRY] += 0\n",
    ),
    Mutant(
        "who has left the queue is still served",
        "engine.loop",
        """\
                    if C[case, c.QUEUE] == c.TEAM_QUEUE:
                        queue = K[copy, c.TEAM_FIRST] + C[case, c.CLASS]
                        leave_queue(""",
        """\
                    if C[case, c.QUEUE] == c.TEAM_QUEUE and here < 0:
                        queue = K[copy, c.TEAM_FIRST] + C[case, c.CLASS]
                        leave_queue(""",
    ),
    Mutant(
        "nobody is assigned after a case has left the list",
        "queues",
        "    K[copy, c.UNASSIGNED] -= 1\n    K[copy, c.RETRY] = 1\n",
        "    K[copy, c.UNASSIGNED] -= 1\n",
    ),
    Mutant(
        "new workers have full pace at once",
        "engine.opening",
        "W[worker, c.ONBOARDING] = worker_rate[worker]",
        "W[worker, c.ONBOARDING] = 1000",
    ),
    Mutant(
        "a new pace applies to the idle time before it",
        "engine.loop",
        """\
                        if W[worker, c.PRESENT] == 1 and not in_visit(W, K, worker, time):
                            account_idle(W, worker, time, windows, spent)
""",
        """\
                        if W[worker, c.PRESENT] == 1 and W[worker, c.BUSY] < -1:
                            account_idle(W, worker, time, windows, spent)
""",
    ),
    Mutant(
        "a meeting takes one too many",
        "engine.loop",
        "in_hand < files_left",
        "in_hand <= files_left",
    ),
    Mutant(
        "files of one instant are decided in the order of arrival",
        "engine.loop",
        "meeting_tails[row], c.FINISHED,",
        "meeting_tails[row], c.STAY,",
    ),
    Mutant(
        "a desk forgets the visit that was due at a hand-over",
        "engine.loop",
        "                    if C[case, c.PHASE] == c.VISIT_DUE:\n"
        "                        if C[case, c.VISIT] == 1:\n",
        "                    if C[case, c.PHASE] == c.VISIT_DUE and C[case, c.VISIT] == 1:\n"
        "                        if C[case, c.VISIT] == 1:\n",
    ),
    Mutant(
        "handed-over cases wait with the new ones",
        "engine.loop",
        "handed_rank = prof[C[case, c.PROFILE], c.P_ASSIGN_HANDED]",
        "handed_rank = prof[C[case, c.PROFILE], c.P_ASSIGN_NEW]",
    ),
    Mutant(
        "a case in mid-visit is not handed over",
        "engine.loop",
        "C[case, c.HANDED] = 1",
        "C[case, c.HANDED] = 0",
    ),
    Mutant(
        "a file that was handed over waits for its meeting without a worker",
        "engine.loop",
        "if at_visit_end and handed and C[case",
        "if at_visit_end and handed and time < 0 and C[case",
    ),
    Mutant(
        "absent workers get cases",
        "engine.loop",
        "W[worker, c.THERE] == 1\n                            and (best",
        "W[worker, c.EMPLOYED] == 1\n                            and (best",
    ),
    Mutant(
        "absent workers visit their own cases",
        "engine.loop",
        "                            or W[worker, c.PRESENT] == 0\n",
        "                            or W[worker, c.EMPLOYED] == 0\n",
    ),
    Mutant(
        "workers who became free together: the last in worker order is taken",
        "queues",
        "table[before, key] == table[item, key] and before > item",
        "table[before, key] == table[item, key] and before < item",
    ),
    Mutant(
        "the worker who became free last is taken",
        "engine.loop",
        "worker = K[copy, c.FREE_FIRST]",
        "worker = K[copy, c.FREE_LAST]",
    ),
    Mutant(
        "patience goes on after the assignment",
        "engine.loop",
        """\
                    elif C[case, c.PHASE] == c.FIRST_WAIT:
                        cancel(C, buckets, G, case)
""",
        """\
                    elif C[case, c.PHASE] == c.FIRST_WAIT:
""",
    ),
    Mutant(
        "room for one fewer",
        "engine.loop",
        "> prof[C[case, c.PROFILE], c.P_ROOM]",
        ">= prof[C[case, c.PROFILE], c.P_ROOM]",
    ),
    Mutant(
        "handed-over cases take no room",
        "engine.loop",
        "handed_rank, case)\n                            room_taken[C[case, c.STAGE], copy] += 1",
        "handed_rank, case)\n                            room_taken[C[case, c.STAGE], copy] += 0",
    ),
    Mutant(
        "desks and queue are compared by joining, not by deadline",
        "engine.loop",
        "by_deadline = K[copy, c.BY_DEADLINE] == 1",
        "by_deadline = K[copy, c.BY_DEADLINE] == 2",
    ),
    Mutant(
        "the earliest deadline comes last",
        "queues",
        "if C[b, c.DEADLINE] < C[a, c.DEADLINE] or",
        "if C[b, c.DEADLINE] > C[a, c.DEADLINE] or",
    ),
    Mutant(
        "the load that decides on closing lacks the case",
        "engine.loop",
        "above = W[worker, c.LOAD] - closing_norm[row]",
        "above = 1000 * (W[worker, c.LOAD_WEIGHT] - C[case, c.WEIGHT]) // W[worker, c.EFFECTIVE]"
        " - closing_norm[row]",
    ),
    Mutant(
        "a visit that ends at closing time ends on the next day",
        "engine.loop",
        "if time == office_base and open_index > 0:",
        "if time == office_base and open_index < 0:",
    ),
    Mutant(
        "a deadline in days is kept by the next opening",
        "engine.rules",
        "now > due or (kind != codes.DEADLINE_EXACT and now == due and not at_visit_end)",
        "now > due",
    ),
    Mutant(
        "one more visit at the end of a stay",
        "engine.loop",
        "done = time >= C[case, c.STAY_END]",
        "done = time > C[case, c.STAY_END]",
    ),
    Mutant(
        "a gap that ends after the stay is awaited",
        "engine.loop",
        "codes.ENDING_STAY and due >= C[case, c.STAY_END]",
        "codes.ENDING_STAY and due < 0",
    ),
    Mutant(
        "the next stage of the same team asks for a new worker",
        "engine.loop",
        "keeps = prof[onward, c.P_KIND] >= codes.KIND_CASEWORKER",
        "keeps = prof[onward, c.P_KIND] < 0",
    ),
    Mutant(
        "a return keeps the old clock",
        "engine.loop",
        "clock = stage_clock[stage]\n",
        "clock = np.int64(-1)\n",
    ),
    Mutant(
        "off duty nobody is assigned a case",
        "engine.loop",
        "W[worker, c.THERE] == 1\n                            and (best",
        "W[worker, c.PRESENT] == 1\n                            and (best",
    ),
    Mutant(
        "who is back from an absence works off duty",
        "engine.loop",
        "if W[worker, c.THERE] == 1 and W[worker, c.ON_DUTY] == 1:",
        "if W[worker, c.THERE] == 1:",
    ),
    Mutant(
        "those who work on some weekdays are slow on these",
        "engine.workers",
        "W[worker, c.HOURS] * share",
        "W[worker, c.FTE] * share",
    ),
    Mutant(
        "a clock that continues starts anew",
        "engine.loop",
        "if clock >= 0 and clocks[case, clock] == codes.NONE:",
        "if clock >= 0:",
    ),
    Mutant(
        "a clock that stands still runs on",
        "engine.loop",
        "paused[case, i] += now - stays[stay, c.S_JOINED]",
        "paused[case, i] += 0",
    ),
    Mutant(
        "a clock that starts anew stood still before",
        "engine.loop",
        "                                    paused[case, clock] = 0\n",
        "                                    paused[case, clock] += 0\n",
    ),
    Mutant(
        "a desk that comes later goes before a queue of the same class",
        "engine.loop",
        "better = best_case < 0 or rank < best_class",
        "better = best_case < 0 or rank <= best_class",
    ),
    Mutant(
        "work is not rounded to whole office seconds",
        "engine.visits",
        "(work * 1000000000 + pace // 2) // pace",
        "(work * 1000000000) // pace",
    ),
    Mutant(
        "a visit in hand at the horizon counts in full",
        "engine.closing",
        "work - work * (horizon - begin) // (end - begin)",
        "np.int64(0)",
    ),
    Mutant(
        "every file that could be urgent is",
        "engine.loop",
        "waits = not uniform(block[0]) < urgent[p]",
        "waits = False",
    ),
    Mutant(
        "measures begin with the run, not with the end of the warm-up",
        "engine.workers",
        "span = max(np.int64(0), windows.office[k] - begin)",
        "span = np.int64(0)",
    ),
    Mutant(
        "a diary promises a visit at the moment the roster changes",
        "engine.diary",
        "max(time, W[worker, c.VISIT_END]) < W[worker, c.NEXT_CHANGE]",
        "max(time, W[worker, c.VISIT_END]) <= W[worker, c.NEXT_CHANGE]",
    ),
    Mutant(
        "a diary closes cases by the load when a visit starts",
        "engine.diary",
        "closing_norm[closing] >= codes.NEVER",
        "closing_norm[closing] >= 0",
    ),
    Mutant(
        "who stands in a diary for a first visit no longer waits",
        "engine.diary",
        "if start <= time:\n",
        "if start <= horizon:\n",
    ),
    Mutant(
        "a visit in hand in a diary goes on after a hand-over",
        "engine.loop",
        "if W[worker, c.BUSY] == case and W[worker, c.VISIT_END] >= time:",
        "if W[worker, c.BUSY] == case and W[worker, c.VISIT_END] < 0:",
    ),
    Mutant(
        "a hand-over undoes the end of a visit twice",
        "engine.loop",
        "                                        W[worker, c.FOLLOWED] = 0\n",
        "",
    ),
    Mutant(
        "after a hand-over undid the end of a visit, the gap is that of the next one",
        "engine.loop",
        "_, U[case, c.GAP_WORD], U[case",
        "_, _, U[case",
    ),
    Mutant(
        "a case takes the words of a visit into its next stay",
        "engine.loop",
        "                        C[case, c.WORDS_OF] = 0\n"
        "                        C[case, c.STAY] =",
        "                        C[case, c.STAY] =",
    ),
    Mutant(
        "the last visit of a diary counts in full at the horizon",
        "engine.workers",
        "W[worker, c.WORKED] -= work - work * (horizon - begin) // (end - begin)",
        "W[worker, c.WORKED] -= 0",
    ),
    Mutant(
        "those who still wait at the horizon count as served then",
        "sums",
        "waits_on = is_open and not started",
        "waits_on = False",
    ),
    Mutant(
        "those who joined too late to be judged are judged",
        "measures",
        "if k < cohort else COHORT_SUMS",
        "if k < high else COHORT_SUMS",
    ),
    Mutant(
        "a visit in hand counts in full before a border",
        "engine.workers",
        "done = work * (windows.office[k] - begin) // (end - begin)",
        "done = work",
    ),
    Mutant(
        "places are held a border longer than they are",
        "engine.workers",
        "span = windows.border[k] - since",
        "span = now - since",
    ),
    Mutant(
        "what happens at closing time is not taken back before a border",
        "engine.workers",
        "while k > 0 and windows.border[k - 1] > now:",
        "while k < 0 and windows.border[k - 1] > now:",
    ),
    Mutant(
        "what happens at closing time takes back what all cases added",
        "engine.workers",
        "    W[worker, c.CASELOAD] -= beyond\n",
        "    W[worker, c.CASELOAD] -= beyond * W[worker, c.CASES]\n",
    ),
    Mutant(
        "the peaks of a slice begin with nobody",
        "engine.counts",
        "peaks[k, stage, inflow, office] = counts[stage, inflow, office]",
        "peaks[k, stage, inflow, office] = 0",
    ),
    Mutant(
        "a window without office time has no peak",
        "measures",
        "        return k == first\n",
        "        return False\n",
    ),
    Mutant(
        "contacts are of the first window only",
        "engine.counts",
        "k = windows.of_day[due // calendar.day_ticks]",
        "k = np.int64(0)",
    ),
    Mutant(
        "who joins on a border belongs to the slice before",
        "sums",
        "k = of_day[joined_day]\n        of = of_cell[k]",
        "k = of_day[max(border[0], joined - 1) // day_ticks]\n        of = of_cell[k]",
    ),
    Mutant(
        "steps do not reach later slices",
        "sums",
        "of[k, IN_STAGE] += in_stage * length",
        "of[k, IN_STAGE] += 0 * length",
    ),
    Mutant(
        "quantiles take everybody for each window",
        "survival",
        "for m in range(of_slice[k], of_slice[k + 1]):",
        "for m in range(of_slice[0], of_slice[1]):",
    ),
    Mutant(
        "who went where no decision is made stays pending",
        "engine.pending",
        "        if not can_come:\n            stop = stays[i, c.S_JOINED]\n",
        "        if not can_come:\n            stop = np.int64(codes.NONE)\n",
    ),
    Mutant(
        "who is found behind a decision is pending",
        "engine.pending",
        "is_behind = case < n_initial and stage > decider",
        "is_behind = case < 0",
    ),
    Mutant(
        "who left the service stays pending",
        "days",
        "stop = case_left[case]",
        "stop = n_days * day_ticks",
    ),
    Mutant(
        "a Monday is counted after the changes of the roster",
        "engine.loop",
        "                if G[c.NEXT_TURN] == time:\n",
        "                if G[c.NEXT_TURN] == time and (\n"
        "                    next_roster == n_roster or roster_time[next_roster] > time\n"
        "                ):\n",
    ),
    Mutant(
        "a trigger counts the first office only",
        "engine.watches",
        "if offices[w, here] == 0:",
        "if here > 0:",
    ),
    Mutant(
        "open cases are counted with those that wait",
        "engine.watches",
        "counted += tally[0, stage, here]",
        "counted += counts[stage, 0, here + 1]",
    ),
    Mutant(
        "those without a decision are counted in their own stage only",
        "engine.watches",
        "if runs(pends[case]) and C[case, c.STAGE] >= 0:",
        "if runs(pends[case]) and C[case, c.STAGE] == stage:",
    ),
    Mutant(
        "a visit that an order of events puts later has started for a trigger",
        "engine.pending",
        "and started < now",
        "and started <= now",
    ),
    Mutant(
        "the caseload of a trigger is that of one worker",
        "engine.watches",
        "counted += W[worker, c.LOAD_WEIGHT]",
        "counted = max(counted, W[worker, c.LOAD_WEIGHT])",
    ),
    Mutant(
        "who has left counts as staff for a trigger",
        "engine.watches",
        "if W[worker, c.EMPLOYED] == 1:",
        "if W[worker, c.EMPLOYED] <= 1:",
    ),
    Mutant(
        "an order is given a Monday too early",
        "engine.watches",
        "watch[w, c.HELD] >= mondays[w]",
        "watch[w, c.HELD] >= min(mondays[w], 1)",
    ),
    Mutant(
        "a Monday that misses does not begin the count anew",
        "engine.watches",
        "                watch[w, c.HELD] = 0\n",
        "                watch[w, c.HELD] -= 1\n",
    ),
    Mutant(
        "the reserve comes without its lead",
        "engine.watches",
        "if lead[w] != 0:",
        "if lead[w] > 1 << 40:",
    ),
    Mutant(
        "the reserve stays until it is sent home by a count",
        "engine.watches",
        "if most[w] != 0:",
        "if most[w] > 1 << 40:",
    ),
    Mutant(
        "an order that ended goes on counting where it was",
        "engine.watches",
        "    watch[w, c.HELD] = 0\n    watch[w, c.CHANGED] = time\n",
        "    watch[w, c.CHANGED] = time\n",
    ),
    Mutant(
        "the reserve goes before it has come",
        "engine.watches",
        "    if watch[w, c.IS_THERE] == 1:\n        orders[row, c.O_WENT] = time\n",
        "    orders[row, c.O_WENT] = time\n",
    ),
    Mutant(
        "the reserve works on every day",
        "engine.loop",
        "W[worker, c.PRESENT] = W[worker, c.ON_DUTY]",
        "W[worker, c.PRESENT] = 1",
        (
            (
                "if W[worker, c.ON_DUTY] == 1 and not in_visit(W, K, worker, time):",
                "if not in_visit(W, K, worker, time):",
            ),
        ),
    ),
    Mutant(
        "who is called again in a visit begins another",
        "engine.loop",
        "if W[worker, c.ON_DUTY] == 1 and not in_visit(W, K, worker, time):",
        "if W[worker, c.ON_DUTY] == 1:",
    ),
    Mutant(
        "a load wears on nobody",
        "engine.strain",
        "factor = strain_factor[row, cell]",
        "factor = np.int64(codes.STRAIN_UNIT)",
    ),
    Mutant(
        "who gives a case back is worn on as before",
        "engine.workers",
        "    K[W[worker, c.COPY], c.LOADS_CHANGED] = 1\n",
        "",
    ),
    Mutant(
        "a successor begins with the tenure used",
        "engine.opening",
        "W[worker, c.USED_UNTIL] = worker_hired[worker]",
        "W[worker, c.USED_UNTIL] = 0",
    ),
    Mutant(
        "the reserve costs nothing",
        "measures",
        "if worker_hired[worker] == codes.NEVER:",
        "if worker_hired[worker] == codes.NONE:",
    ),
    Mutant(
        "the reserve stays in the accounts",
        "measures",
        "                sign = np.int64(-1)\n",
        "                sign = np.int64(0)\n",
    ),
    Mutant(
        "the reserve costs a post as well",
        "money",
        "staff[4, worker] == 1",
        "staff[4, worker] == 2",
    ),
    Mutant(
        "exits are counted in the first slice",
        "measures",
        "k = of_day[left[case] // day_ticks]",
        "k = 0",
    ),
    Mutant(
        "everyone of the first day has had a caseworker",
        "engine.loop",
        "c.FIRST_WAIT and is_initial and time == 0:",
        "c.FIRST_WAIT and is_initial:",
    ),
    Mutant(
        "who waited on the first day begins a new stay",
        "engine.loop",
        """\
                            if is_initial:
                                length = initial_stay[case]
                            elif law >= 0:
""",
        """\
                            if law >= 0:
""",
    ),
    Mutant(
        "who was there on the first day loses patience for a caseworker",
        "engine.loop",
        "if length > 0 and (kind == codes.KIND_POOLED or not is_initial):",
        "if length > 0:",
    ),
    Mutant(
        "who was there on the first day joined on it",
        "engine.loop",
        "stays[n_stays, c.S_JOINED] = initial_joined[case]",
        "stays[n_stays, c.S_JOINED] = now",
    ),
    Mutant(
        "who has a caseworker on the first day waits for a first visit",
        "sums",
        "or (stays[i, c.S_ASSIGNED] == opening and initial[case] != codes.INITIAL_NEW)",
        "or False",
    ),
    Mutant(
        "whoever was visited before the first day waits for a first visit",
        "engine.loop",
        "is_visited = is_initial and initial[case] == codes.INITIAL_VISITED",
        "is_visited = False",
    ),
    Mutant(
        "an appointment of a list is forgotten",
        "engine.loop",
        "instant = max(initial_due[case], time)",
        "instant = time",
    ),
    Mutant(
        "nobody keeps a case of a list",
        "engine.loop",
        "worker = initial_worker[case]",
        "worker = np.int64(-1)",
    ),
    Mutant(
        "the next visit of a list is the second one",
        "engine.loop",
        "C[case, c.VISIT] = initial_done[case]",
        "C[case, c.VISIT] = 1",
    ),
    Mutant(
        "whoever is new on a list has been visited before",
        "engine.loop",
        "initial[case] <= codes.INITIAL_AGELESS",
        "initial[case] <= codes.INITIAL_NEW",
    ),
    Mutant(
        "a burden weighs on recorded work too",
        "engine.visits",
        "        return trace_work[row, stage]\n",
        "        return trace_work[row, stage] * C[case, c.BURDEN] // codes.BURDEN_UNIT\n",
    ),
    Mutant(
        "a missed visit is one of those that the stage needs",
        "engine.loop",
        "C[case, c.LEFT] -= held_visit\n",
        "C[case, c.LEFT] -= 1\n",
    ),
    Mutant(
        "a missed visit starts the stay",
        "engine.loop",
        "if C[case, c.STARTED] == 0 and not misses:",
        "if C[case, c.STARTED] == 0:",
    ),
    Mutant(
        "a missed visit has the work of one that is held",
        "engine.visits",
        "C[case, c.VISIT] - C[case, c.MISSED]",
        "C[case, c.VISIT]",
    ),
    Mutant(
        "closing does not look at a partner's visits",
        "engine.loop",
        "            elif prof[p, c.P_ENDING] == codes.ENDING_CLOSING:\n",
        "            elif prof[p, c.P_ENDING] == codes.ENDING_CLOSING and time < 0:\n",
    ),
    Mutant(
        "a partner's visit takes the time of the own worker",
        "engine.visits",
        "    return uniform(whose) < share\n",
        "    return uniform(whose) < share / 2\n",
    ),
    Mutant(
        "heavy cases are as light as all others",
        "engine.visits",
        "    value *= C[case, c.BURDEN] / codes.BURDEN_UNIT\n",
        "",
    ),
    Mutant(
        "a heavy case needs several places",
        "engine.loop",
        "                        weight = np.int64(1000)\n",
        "                        weight = C[case, c.WEIGHT]\n",
    ),
    Mutant(
        "places that are still taken are gone with the cut",
        "engine.workers",
        "    weight = max(W[worker, c.LOAD_WEIGHT], W[worker, c.PLACES] * W[worker, c.FTE])\n",
        "    weight = W[worker, c.LOAD_WEIGHT]\n"
        "    if W[worker, c.PLACES] == 1:\n"
        "        weight = W[worker, c.FTE]\n",
    ),
    Mutant(
        "a stay in a place does not start with the place",
        "engine.loop",
        """\
                        if prof[p, c.P_KIND] == codes.KIND_PLACES:
                            C[case, c.PHASE] = c.BETWEEN
                            first_start(C, stays, prof, case, present)
""",
        """\
                        if prof[p, c.P_KIND] == codes.KIND_PLACES:
                            C[case, c.PHASE] = c.BETWEEN
""",
    ),
    Mutant(
        "who is in a place on the first day has a visit due",
        "engine.loop",
        "                            instant = horizon\n",
        "                            instant = instant + 0\n",
    ),
    Mutant(
        "who keeps the place of the team does not start there",
        "engine.loop",
        """\
                                    C[case, c.PHASE] = c.BETWEEN
                                    first_start(C, stays, prof, case, present)
""",
        """\
                                    C[case, c.PHASE] = c.BETWEEN
""",
    ),
    Mutant(
        "whoever joins a full list is turned away, however urgent",
        "engine.loop",
        "if prof[C[case, c.PROFILE], c.P_LEAST_URGENT] == 1:",
        "if prof[C[case, c.PROFILE], c.P_LEAST_URGENT] == 2:",
    ),
    Mutant(
        "the most urgent is turned away",
        "queues",
        "            case = tails[queue]\n",
        "            case = heads[queue]\n",
    ),
    Mutant(
        "who was there on the first day is turned away",
        "queues",
        "        and C[case, c.STAY] >= n_initial\n",
        "        and C[case, c.STAY] >= 0\n",
    ),
    Mutant(
        "the earliest deadline is turned away",
        "queues",
        "or C[case, c.DEADLINE] > C[latest, c.DEADLINE]\n",
        "or C[case, c.DEADLINE] < C[latest, c.DEADLINE]\n",
    ),
    Mutant(
        "a place is not kept for the next stage",
        "engine.loop",
        "and stage_keeps[stage] == 1",
        "and stage_keeps[stage] == 2",
    ),
    Mutant(
        "a kept place that becomes free wakes nobody",
        "engine.workers",
        "    G[c.FREED_COPIES] += 1\n",
        "    G[c.FREED_COPIES] += 0\n",
    ),
    Mutant(
        "a worker who leaves hands over whom only the place was kept for",
        "engine.loop",
        """\
                            if C[case, c.PHASE] == c.FIRST_WAIT:
                                # It is done here""",
        """\
                            if C[case, c.PHASE] == c.GONE:
                                # It is done here""",
    ),
    Mutant(
        "who leaves the list does not tell when the kept place was free",
        "engine.loop",
        """\
                        if C[case, c.PHASE] == c.FIRST_WAIT:
                            # The place that it had kept""",
        """\
                        if C[case, c.PHASE] == c.GONE:
                            # The place that it had kept""",
    ),
    Mutant(
        "the stay counts as time in a kept place",
        "sums",
        "of[BLOCKED] += min(stays[i, c.S_RELEASED], high) - end",
        "of[BLOCKED] += min(stays[i, c.S_RELEASED], high) - joined",
    ),
    Mutant(
        "the queue of all offices is judged between the events of an instant",
        "sums",
        """\
            while i < n and changes[i] >> (cell_bits + 1) == instant:
                change_level(levels, changes[i], cell_bits, n_inflows)
                i += 1
            for j""",
        """\
            change_level(levels, changes[i], cell_bits, n_inflows)
            i += 1
            for j""",
    ),
    Mutant(
        "the queue of all offices begins a window without the events of its first instant",
        "sums",
        "until = begin + 1 if begin < end else begin",
        "until = begin",
    ),
    Mutant(
        "a window without office time has the queue that its first instant leaves behind",
        "sums",
        "until = begin + 1 if begin < end else begin",
        "until = begin + 1",
    ),
    Mutant(
        "who no longer waits in one office waits on in the queue of all of them",
        "sums",
        "    levels[row // n_inflows * n_inflows] += step",
        "    levels[row // n_inflows * n_inflows] += max(0, step)",
    ),
    Mutant(
        "the queue of all offices is that of all inflows",
        "sums",
        "most[0] = max(most[0], levels[row])",
        "most[0] = max(most[0], levels[stage * n_inflows])",
    ),
)
"""One rule broken in each. Passages stand in the source once, or all their places are replaced."""


def mutated(mutant: Mutant) -> str:
    """The source of the module with the passage replaced.

    Raises
    ------
    LookupError
        If the source does not contain the passage.
    """
    spec = importlib.util.find_spec(f"capsim.kernels.{mutant.module}")
    assert spec is not None
    assert spec.origin is not None
    source = Path(spec.origin).read_text(encoding="utf-8")
    for right, wrong in ((mutant.right, mutant.wrong), *mutant.also):
        if right not in source:
            raise LookupError(
                f"{mutant.module}.py does not contain the passage of the mutant {mutant.name!r}:\n"
                f"{right}\nadapt the mutant to the source"
            )
        source = source.replace(right, wrong)
    return source


def put(module: types.ModuleType) -> None:
    """Let everybody who imports the module's name from now on meet this one."""
    sys.modules[module.__name__] = module
    package, _, name = module.__name__.rpartition(".")
    setattr(importlib.import_module(package), name, module)


@contextmanager
def installed(mutant: Mutant | None) -> Iterator[None]:
    """Put the mutant, and what imports it, in the place of the kernels; None: leave them."""
    if mutant is None:
        yield
        return
    original = {name: importlib.import_module(f"capsim.kernels.{name}") for name in MODULES}
    try:
        for name in MODULES:
            module = types.ModuleType(f"capsim.kernels.{name}")
            if name == mutant.module:
                source = mutated(mutant)
            else:
                source = Path(str(original[name].__file__)).read_text(encoding="utf-8")
            put(module)
            exec(compile(source, f"mutant of {name}.py", "exec"), module.__dict__)
        yield
    finally:
        for module in original.values():
            put(module)


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Raise TimeoutError inside the block, in the main thread, after so many seconds."""
    # As Ctrl-C does, which every system has; a process in the background may ignore it at first.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    timer = threading.Timer(seconds, _thread.interrupt_main)
    timer.start()
    try:
        yield
    except KeyboardInterrupt:
        raise TimeoutError(f"not done after {seconds:g} s") from None
    finally:
        timer.cancel()
        signal.signal(signal.SIGINT, before)


class Examination:
    """The committed scenarios with what the reference makes of them, computed once."""

    def __init__(self, entries: list[dict[str, Any]] | None = None) -> None:
        from capsim.draws import deal
        from capsim.engines import reference
        from capsim.measures import reference_values
        from capsim.plan import compile_plan
        from capsim.scenario import Scenario
        from twins.twins import everything_of

        if entries is None:
            lines = SMALL.read_text(encoding="utf-8").splitlines()
            entries = [json.loads(line) for line in lines]
        self.runs = []
        for entry in entries:
            plan = compile_plan(Scenario.model_validate(entry["scenario"]))
            luck = deal(plan, entry["seed"], 0)
            log = reference.run(plan, luck)
            values = reference_values(log, everything_of(plan))
            self.runs.append((plan, luck, log, values))

    def differences_in(self, number: int) -> list[str]:
        """What the installed kernels do differently in a scenario.

        An error is a difference, and so is a run that does not end.
        """
        from capsim.engines import compiled
        from twins.twins import differences, everything_of, measure_differences, ways_to_run

        plan, luck, log, values = self.runs[number]
        ask = everything_of(plan)
        try:
            differ = []
            for _ in ways_to_run(plan, luck):
                with at_most(LIMIT):
                    found = compiled.run(plan, luck, detail="full", ask=ask)
                assert found.totals is not None
                differ += differences(log, found)
                differ += measure_differences(plan, values, found.totals["values"], ask)
            return differ
        except Exception as error:
            return [f"{type(error).__name__}: {error}"]

    def verdict(self, mutant: Mutant | None) -> str:
        """What gave the mutant away; "" if nothing did."""
        with installed(mutant):
            for number in range(len(self.runs)):
                found = self.differences_in(number)
                if found:
                    return f"scenario {number}: {found[0]}"
        return ""


def main(first: int) -> None:
    """Examine the unchanged kernels and then the mutants from number `first` on."""
    from capsim.kernels.jit import REASON

    if not REASON:
        raise SystemExit("compiled kernels cannot be mutated in place: set NUMBA_DISABLE_JIT=1")
    examination = Examination()
    print(json.dumps(["", examination.verdict(None)]), flush=True)
    for mutant in MUTANTS[first:]:
        print(json.dumps([mutant.name, examination.verdict(mutant)]), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
