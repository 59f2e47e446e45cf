"""The tables of a scenario: what may be written in each, and what follows from them alone."""
