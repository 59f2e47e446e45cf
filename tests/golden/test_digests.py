"""Numbers are those of the last version, to the last bit, on every machine."""

import json

import pandas as pd
import pytest

from compiled_only import needs_compiler
from golden import digests


@pytest.mark.parametrize("engine", ["simpy", pytest.param("compiled", marks=needs_compiler)])
def test_tables_are_those_that_are_stored(engine):
    """Every column of every table of a dozen scenarios; `make digests` says what to do if not."""
    assert digests.changed(engine) == {}


def test_every_scenario_and_table_has_digests():
    """Nothing is left out of what is stored, and tables are not empty."""
    stored = json.loads(digests.STORED.read_text(encoding="utf-8"))
    assert list(stored) == list(digests.scenarios())
    for columns in stored.values():
        assert {column.split(".")[0] for column in columns} == set(digests.TABLES)


def test_a_digest_sees_the_last_bit_and_every_letter():
    """The smallest change of a number, and a missing text, are other digests."""
    assert digests.digest(pd.Series([1.0, 2.0])) != digests.digest(pd.Series([1.0, 2.0 + 2**-51]))
    assert digests.digest(pd.Series(["a", None])) != digests.digest(pd.Series(["a", "a"]))
    assert digests.digest(pd.Series(["a", "b"])) != digests.digest(pd.Series(["a", "c"]))
