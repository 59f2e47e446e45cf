"""Columns of the values that `capsim.kernels.measures` fills."""

# The measures of a stage and of a team, in the order of `capsim.catalogue.measures`.
(
    M_WAIT_MEAN, M_WAIT_P50, M_WAIT_P90, M_WAIT_MAX, M_WAIT_MEAN_FINISHED, M_ASSIGNMENT,
    M_CONTACT_WAIT, M_CONTACT_RATIO, M_QUEUE_MEAN, M_QUEUE_PEAK, M_IN_STAGE, M_STAY, M_LATE,
    M_DECISION_MEAN, M_DECISION_P90, M_DROPOUT, M_TURNED_AWAY, M_CENSORED, M_ARRIVALS,
    M_COMPLETED, M_NO_SHOWS, M_CLEAR_DAY, M_PENDING_MEAN, M_PENDING_PEAK,
    M_PENDING_PEAK_DAY, STAGE_MEASURES,
) = range(26)  # fmt: skip
T_PER_WORKER, T_PER_FTE, T_PEAK, T_UTILIZATION, T_QUEUE, TEAM_MEASURES = range(6)
