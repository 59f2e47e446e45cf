"""A table of values over replications, as `capsim.estimates` takes it."""

import pandas as pd


def long(**columns):
    """Long values of one stage from a list of values per measure."""
    return pd.DataFrame(
        [
            (replication, measure, "stage", "intake", "all", "all", value)
            for measure, values in columns.items()
            for replication, value in enumerate(values)
        ],
        columns=["replication", "measure", "kind", "of", "inflow", "office", "value"],
    )
