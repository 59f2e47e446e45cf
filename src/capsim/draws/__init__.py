"""Keyed random numbers: the applicants and the roster of one replication, and draws on demand."""
