"""Draws: random words, laws, applicants and the roster."""
