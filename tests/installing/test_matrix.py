"""What strangers install is what the repository holds: `make install-matrix`."""

import re
import sys

import pytest

from installing import matrix


@pytest.mark.thorough
def test_wheel_works_outside_the_repository():
    """Built, installed and tried in every surrounding, with each extra alone; numbers are equal."""
    matrix.main(["--python", sys.executable])


def test_every_extra_for_users_is_tried():
    """The extras of developers, of benchmarks and of the documentation apart."""
    assert set(matrix.EXTRAS) == set(matrix.PROJECT["optional-dependencies"]) - {
        "bench",
        "dev",
        "docs",
    }


def test_oldest_dependencies_are_those_of_the_project_file(tmp_path):
    """Each dependency with a lower bound gets the line that keeps pip at it."""
    lines = matrix.constraints_of(tmp_path, lowest=True).read_text(encoding="utf-8").splitlines()
    names = {re.split("[>=~,]", text)[0] for text in matrix.PROJECT["dependencies"]}
    assert names <= {re.split("[=~]", line)[0] for line in lines}
    assert "pandas==2.2.2" in lines
    assert "numpy~=2.0.0" in lines
