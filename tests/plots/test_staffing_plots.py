"""Pictures of staffings show the evidence: points, bounds, verdicts, staff over time."""

import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgb

import capsim
from capsim import plots
from capsim.experiments import staffing_profile
from capsim.plots import staffing as module
from experiments.small import service

TARGETS = ["wait_mean[intake] <= 1 day", "assignment_wait_mean[guidance] <= 1 day"]


@pytest.fixture(scope="module")
def found():
    """A staffing of two teams with two targets."""
    return capsim.find_staffing(
        service(),
        {"teams.intake.fte": (1, 3, 0.5), "teams.guidance.fte": (1, 3, 1)},
        TARGETS,
        seed=1,
        max_replications=60,
    )


def rings(ax):
    """Places of the rings, which mark the answer."""
    return [
        (line.get_xdata()[0], line.get_ydata()[0])
        for line in ax.lines
        if line.get_fillstyle() == "none" and line.get_markersize() > 10
    ]


def dots_of(ax):
    """The points, whose shape says the verdict."""
    shapes = set(module._MARKS.values())
    return [one for one in ax.lines if one.get_marker() in shapes and one.get_markersize() < 10]


@pytest.mark.parametrize("target", [None, *TARGETS])
def test_the_frontier_shows_every_point_and_the_bound(found, target):
    """Points are those of the frame, the dashed line is the bound, the ring is the answer."""
    ax = plots.frontier(found, target)

    frame = found.frontier
    own = frame[frame["target"] == (target or TARGETS[0])]
    dots = dots_of(ax)
    heights = [float(line.get_ydata()[0]) for line in dots]
    dashed = [line for line in ax.lines if line.get_linestyle() == "--"]
    assert sorted(heights) == pytest.approx(sorted(own["estimate"]))
    assert [set(line.get_ydata()) for line in dashed] == [{1.0}]
    assert [x for x, _ in rings(ax)] == [found.cost]


def test_a_staffing_that_fails_another_target_is_empty(found):
    """A point that is better than its colour says that another target is the reason."""
    frame = found.frontier
    rank = ["met", "undecided", "fails"]
    worst = frame.groupby(found.paths)["verdict"].agg(lambda own: max(own, key=rank.index))
    empty = 0
    for target in TARGETS:
        own = frame[frame["target"] == target]
        others = sum(
            row["verdict"] != worst[tuple(row[path] for path in found.paths)]
            for row in own.to_dict("records")
        )
        ax = plots.frontier(found, target)
        dots = dots_of(ax)
        assert sum(line.get_markerfacecolor() == "white" for line in dots) == others
        empty += others
    assert empty > 0


def test_a_target_that_was_none_is_told(found):
    """The message names those there are."""
    with pytest.raises(ValueError, match="wait_mean"):
        plots.frontier(found, "wait_p90[intake] <= 1 day")


def test_the_map_colours_each_staffing_by_its_verdict(found):
    """Every cell has the colour of its verdict in the frame, the ring stands on the answer."""
    ax = plots.staffing_map(found)

    picture = np.asarray(ax.images[0].get_array())
    code = {"open": 0, "met": 1, "fails": 2, "undecided": 3}
    columns, rows = [1, 1.5, 2, 2.5, 3], [1, 2, 3]
    for row in found.grid.to_dict("records"):
        place = rows.index(row["teams.guidance.fte"]), columns.index(row["teams.intake.fte"])
        assert picture[place] == code[row["verdict"]]
    answer = tuple(found.staffing.values())
    assert rings(ax) == [(columns.index(answer[0]), rows.index(answer[1]))]
    tested = found.grid["tested"].sum()
    assert sum(line.get_markersize() < 10 for line in ax.lines) == tested


def test_a_map_can_be_turned_and_needs_two_settings(found):
    """Axes are chosen by path; a path that was not varied is told."""
    ax = plots.staffing_map(found, "teams.guidance.fte")

    assert ax.get_xlabel() == "teams.guidance.fte"
    assert ax.get_ylabel() == "teams.intake.fte"
    with pytest.raises(ValueError, match="was not varied"):
        plots.staffing_map(found, "teams.x.fte")
    one = capsim.find_staffing(
        service(), {"teams.intake.fte": [2, 3]}, TARGETS[0], seed=1, frontier=0
    )
    with pytest.raises(ValueError, match="needs two settings"):
        plots.staffing_map(one)


def test_a_profile_shows_need_theory_and_constant_staff():
    """Steps are those of the table; the constant staff is a line across."""
    result = staffing_profile(
        service(), "intake", probability=0.4, seed=1, n=5, every="1 month", jobs=1
    )
    ax = plots.profile(result)

    by_name = {line.get_label(): line for line in ax.lines}
    assert by_name["profile"].get_ydata().tolist()[:-1] == result.table["fte"].tolist()
    assert by_name["need"].get_ydata().tolist()[:-1] == pytest.approx(result.table["load"].tolist())
    assert set(by_name["constant, as good"].get_ydata()) == {result.constant_fte}


def test_light_colours_are_mixed_with_white():
    """Black becomes a light grey."""
    assert module._light("#000000", 0.45) == to_hex((140 / 255,) * 3).upper()


def grey(colour):
    """Lightness of a colour as a printer without colours sees it."""
    red, green, blue = to_rgb(colour)
    return 0.299 * red + 0.587 * green + 0.114 * blue


def test_a_print_in_grey_tells_verdicts_apart(found):
    """Shades of the map differ in lightness by 0.08 of that of white, points by their shape."""
    ax = plots.staffing_map(found)
    shades = sorted(grey(shade) for shade in ax.images[0].cmap.colors)
    assert min(np.diff(shades)) > 0.08
    shapes = {line.get_marker() for line in plots.frontier(found).lines} & set("oX^")
    assert len(set(module._MARKS.values())) == 3
    assert shapes <= set(module._MARKS.values())


def test_staffing_figures_name_runs_and_window(found):
    """Below the axes: how many replications, and all that is measured, as no window is meant."""
    for ax in (plots.frontier(found), plots.staffing_map(found)):
        below = " ".join(text.get_text() for text in ax.texts)
        assert "replications" in below
        assert "all that is measured" in below
