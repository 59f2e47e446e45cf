"""What the numbers in tables mean: every code that plan, draws, engines, log and measures share.

This file imports nothing, so that every layer may read it, compiled code too.
"""

from __future__ import annotations

NEVER = 1 << 60
"""An office or calendar instant that lies beyond every horizon."""

NONE = -(1 << 60)
"""A calendar instant that does not exist."""

# Stages: how they are served, what ends them, their deadlines and until what these run.
KIND_DELAY, KIND_POOLED, KIND_CASEWORKER, KIND_PLACES = range(4)  # the last two hold places
ENDING_VISITS, ENDING_STAY, ENDING_CLOSING = range(3)
DEADLINE_NONE, DEADLINE_DAYS, DEADLINE_EXACT, DEADLINE_WORKDAYS = range(4)
UNTIL_END, UNTIL_START = range(2)

DAYS_BEFORE = 3653
"""Calendar days before the start for which `workday_due` has a column; earlier ones read the
first."""

STRAIN_UNIT = 1_000_000
"""Leaving at a usual load: factors on it are counted in millionths."""

MOST_STRAIN = 10
"""So many times as often as at a usual load somebody leaves at most."""

LONGEST_TENURE = 1 << 42
"""Ticks of employment at a usual load that are counted at most: times the unit they fit 64 bits,
and under the most strain they still lie beyond every horizon."""

# Laws.
LAW_FIXED, LAW_TABLE, LAW_MIXTURE, LAW_DISCRETE = range(4)

LAW_OCTAVES = 32
"""Octaves of each tail probability in the inverse table of a law."""

LAW_CELLS = 16
"""Cells of an octave."""

# Applicants.
BURDEN_UNIT = 1_000_000
"""The burden of a usual case: factors on work are counted in millionths."""

SOURCE_INITIAL, SOURCE_RATE, SOURCE_TRACE, SOURCE_WAVE, SOURCE_EXACT = range(5)
NOT_INITIAL, INITIAL_WITH_AGE, INITIAL_AGELESS, INITIAL_VISITED, INITIAL_NEW = range(5)
"""The last two are those of a list: with and without a visit before the start."""

# Workers: their state before the first event of the roster, and its events.
STATE_OUT, STATE_PRESENT, STATE_ABSENT, STATE_OFF = range(4)
(
    EVENT_HIRE, EVENT_RETURN, EVENT_ONBOARDED, EVENT_ABSENT, EVENT_LEAVE, EVENT_SHORTENED,
    EVENT_HOURS, EVENT_OFF, EVENT_ON,
) = range(9)  # fmt: skip

# Ranks of the timed events of one instant: rule 3 of `capsim.engines`.
RANK_ROSTER, RANK_VISIT_END, RANK_DELAY_END, RANK_MEETING, RANK_ARRIVAL, RANK_PATIENCE = range(6)

# Visits: by an own worker, missed by the client, by a partner.
VISIT_OWN, VISIT_MISSED, VISIT_PARTNER = range(3)

# How stays end, and whether they are late.
OUTCOME_OPEN, OUTCOME_COMPLETED, OUTCOME_LEFT, OUTCOME_TURNED_AWAY = range(4)
LATE_NO, LATE_YES, LATE_UNKNOWN = range(3)

# Money: what is counted of the stays in a stage; and of posts, if not all: usual ones, reserves.
FLOW_OPEN, FLOW_LATE, FLOW_JOINED, FLOW_USUAL, FLOW_RESERVE = range(5)

# What a trigger counts (cases of a stage; of a team the weights of its places, or of its open
# stays), and how that is compared with a level.
WATCH_NOTHING, WATCH_WAITING, WATCH_OPEN, WATCH_PENDING, WATCH_PLACES, WATCH_STAYS = range(6)
ABOVE, AT_LEAST, BELOW, AT_MOST = range(4)

# Measures.
DAYS_BEFORE_WAVE = 28
"""Days before the first wave whose mean queue is that to which the backlog clears."""

DAYS_OF_MEAN = 7
"""Days of the moving mean in which a backlog clears."""

ROUNDING = 1e-12
"""Guards the comparison of a product of fractions with a round probability: 9/10 * 8/9 * ... * 1/2
is 0.1 up to rounding, and the ninth of ten waits is their 0.9 quantile."""
