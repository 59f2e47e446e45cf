"""Designs of computer experiments: which rows are simulated, and what is read off them."""
