"""One question, one file, one result class: replicate, compare, sweep, and what carries them."""
