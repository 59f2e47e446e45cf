"""Numbers of a report: the study itself, and the smaller studies beside it."""
