"""Columns of the compiled engine's tables, and the states of a case. Read as `columns as c`.

A module's constants are constants for numba too, but of the type of any integer: a function is not
compiled anew for each that stands in a call.
"""

from capsim.kernels.tables import Profiles

FAR = 1 << 61
"""A deadline of those who have none."""

# What a case is doing (PHASE) and where it queues (QUEUE).
GONE, FIRST_WAIT, VISIT_DUE, IN_VISIT, BETWEEN, MEETING, DELAY, STARTS_LATER = range(8)
NOWHERE, TEAM_QUEUE, ASSIGNMENT_QUEUE, DESK = range(4)

# Columns of the table of profiles: the fields of `Profiles` in their order, and whether anything
# is drawn when a case joins.
(
    P_KIND, P_ENDING, P_VISITS, P_WORK_FIRST, P_WORK_N, P_GAP, P_STAY, P_PATIENCE, P_ROOM,
    P_MISSED_COST, P_CLOSING, P_DECISION, P_DEADLINE, P_WITHIN, P_UNTIL, P_CLOCK, P_CLASS_FIRST,
    P_CLASS_LATER, P_ASSIGN_NEW, P_ASSIGN_HANDED, P_ROUTE_FIRST, P_ROUTE_N, P_IF_LEFT,
    P_IF_TURNED_AWAY, P_LEAST_URGENT, P_DRAWS,
) = range(len(Profiles._fields) + 1)  # fmt: skip

# Columns of the table of team copies, likewise, and then its state.
(
    SHARE, LIMIT, BY_DEADLINE, TEAM_FIRST, TEAM_CLASSES, ASSIGN_FIRST, ASSIGN_CLASSES,
    WORKER_FIRST, WORKER_LAST, WAITING, UNASSIGNED, RETRY, FREE_FIRST, FREE_LAST, DIARY, OF_PLACES,
    FREED, STRAINED, LOADS_CHANGED, NEXT_LEAVE, COPY_FIELDS,
) = range(21)  # fmt: skip

# Columns of a worker. THERE: employed and not absent; PRESENT: there, on a working day; PLACES: 1
# if it stands for the places of a team. Where the load decides on leaving: how much of the tenure
# is used, up to which calendar instant, at which factor since, and when it is over like that.
(
    COPY, EMPLOYED, PRESENT, BUSY, CASES, LOAD_WEIGHT, EFFECTIVE, LOAD, PACE, FTE, ONBOARDING,
    FREE_NEXT, FREE_PREV, FREE_SINCE, IDLE_FROM, IDLE, WORKED, VISITS, CASELOAD, WEIGHTED,
    CASELOAD_SINCE, CASELOAD_MAX, AT_DESK, DESK_FIRST, HELD_FIRST, VISIT_END,
    IDLE_BORDER, WORK_BORDER, CASE_BORDER, IS_CHANGED, VISIT_BEGIN, VISIT_WORK, FOLLOWED,
    NEXT_CHANGE, THERE, ON_DUTY, HOURS, PLACES, USED, USED_UNTIL, FACTOR, LEAVES, WORKER_FIELDS,
) = range(43)  # fmt: skip

# Columns of the log of stays, visits and places.
(
    S_CASE, S_STAGE, S_NTH, S_JOINED, S_ASSIGNED, S_STARTED, S_SERVED, S_ENDED, S_CLOCK, S_DUE,
    S_LATE, S_OUTCOME, S_WORKER, S_VISITS, S_LAPSED, S_RELEASED, STAY_FIELDS,
) = range(17)  # fmt: skip
V_STAY, V_NUMBER, V_WORKER, V_DUE, V_BEGIN, V_END, V_WORK, V_KIND, VISIT_FIELDS = range(9)
L_CASE, L_WORKER, L_FROM, L_UNTIL, PLACE_FIELDS = range(5)

# Sums of a worker at a border between slices: client seconds worked, 1e-9 client seconds idle,
# integrals of the caseload; and the most cases in the slice that begins there.
SPENT_WORK, SPENT_IDLE, SPENT_CASES, SPENT_WEIGHT, SPENT_MOST, SPENT_FIELDS = range(6)

# Sums over the contacts (visits) that fell due in a slice; and how many were missed in it.
CONTACTS, CONTACT_WAIT, RHYTHM_PLANNED, RHYTHM_WAIT, NO_SHOWS, CONTACT_FIELDS = range(6)

# The columns of a case. Those of every visit come first: a case is read line by line of the cache.
# The last row belongs to no case, see `schedule`.
# The columns of type WORD hold unsigned random words and are read through a view of the same
# memory.
(
    PENDING, PHASE, BUCKET_NEXT, BUCKET_PREV, STAGE, WORKER, SERVER, VISIT,
    NTH, DUE, PREVIOUS_END, GAP_WORD, CLOSING_WORD, WORK_WORD, WORDS_OF, PROFILE,
    SOURCE_WORD, INDEX_WORD, INFLOW, OFFICE, TRACE, COUNTED, STARTED, DONE,
    LEFT, STAY, QUEUE, CLASS, SEQUENCE, NEXT, PREV, BURDEN,
    BEGIN, HANDED, STAY_END, LAST_WORKER, VISIT_ROW, DEADLINE, ROUTE_WORD, WORK,
    HELD_NEXT, HELD_PREV, CHILD, MEETING_NEXT, MEETING_PREV, FINISHED, PLACE_ROW, WEIGHT,
    MISSED, MISSES, KEPT_STAY,
) = range(51)  # fmt: skip
CASE_FIELDS = 56

# A watch: counts in a row, row of the order that goes on (-1: none), office instants at which its
# reserve comes and at which it ends, whether the reserve is there, and when an order was last given
# or ended. An order; the reserve; and who of it comes or goes.
HELD, ORDER, COMES, ENDS, IS_THERE, CHANGED, WATCH_FIELDS = range(7)
O_WATCH, O_ON, O_OFF, O_CAME, O_WENT, ORDER_FIELDS = range(6)
R_WATCH, R_WORKER, RESERVE_FIELDS = range(3)
TURN_WORKER, TURN_KIND, TURN_FIELDS = range(3)

# Scalars that several functions change, in the table `G`.
(
    HEAP_SIZE, BUCKET, END, SHIFT, CASE_BITS, TOUCHED, NEXT_TURN, NEXT_COUNT, ORDERS,
    FREED_COPIES, LEAVES_NEXT, STATE_FIELDS,
) = range(12)  # fmt: skip

# Where the loop stood when it halted, because somebody leaves at the next instant: the variables of
# these names. HALTED is 0 at the beginning of a run.
(
    HALTED, H_STAYS, H_VISITS, H_PLACES, H_TIME, H_OFFICE_BASE, H_CALENDAR_BASE, H_OPEN_INDEX,
    H_SEQUENCE, H_SLICE, H_AFRESH, H_CASE, H_HELD, H_ROSTER, HALT_FIELDS,
) = range(15)  # fmt: skip
