"""Whether a scenario is right: its shape, its fields, and how they go together."""
