"""Pictures of sensitivity and uncertainty show the numbers of their frames."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from capsim import plots

NAMES = {"tornado": ("low", "high", "effect"), "morris": ("mu_star", "mu", "sigma")}
NAMES["sobol"] = ("S1", "ST")


def indices(kind, measure="late_share[study]", values=(0.1, 0.5, 0.3)):
    """Three inputs, the second the largest in every index."""
    rows = [
        (name, measure, index, value, value - 0.05, value + 0.05)
        for name, value in zip("abc", values, strict=True)
        for index in NAMES[kind]
    ]
    return pd.DataFrame(rows, columns=["input", "measure", "index", "value", "lower", "upper"])


def labels(ax):
    return [tick.get_text() for tick in ax.get_yticklabels()]


@pytest.mark.parametrize("kind", ["tornado", "sobol"])
def test_bars_are_ranked_with_their_intervals(kind):
    """The most influential input is on top; each bar has its value and its interval."""
    ax = getattr(plots, kind)(indices(kind))

    scale = 100 if kind == "tornado" else 1
    widths = [bar.get_width() for bar in ax.patches]
    lines = [line.get_xdata() for line in ax.lines if len(set(line.get_xdata())) > 1]
    assert labels(ax) == ["b", "c", "a"]
    assert widths == pytest.approx([scale * v for v in (0.5, 0.3, 0.1, 0.5, 0.3, 0.1)])
    assert len(lines) == 6
    assert lines[0] == pytest.approx([scale * 0.45, scale * 0.55])


def test_a_tornado_of_shares_is_in_percentage_points():
    """Shares are read in points, other measures in their unit."""
    share = plots.tornado(indices("tornado"))
    wait = plots.tornado(indices("tornado", "wait_mean[intake]"))

    assert "percentage points" in share.get_xlabel()
    assert "days" in wait.get_xlabel()


def test_the_plane_of_morris_has_a_named_point_for_each_input():
    """Across mu_star, upwards sigma, the name beside the point."""
    ax = plots.morris(indices("morris", "wait_mean[intake]"))

    texts = [text.get_text() for text in ax.texts]
    points = [
        (line.get_xdata()[0], line.get_ydata()[0]) for line in ax.lines if line.get_marker() == "o"
    ]
    assert points == [(0.5, 0.5), (0.3, 0.3), (0.1, 0.1)]
    assert {"a", "b", "c"} <= set(texts)


def test_names_on_the_plane_of_morris_do_not_cover_each_other():
    """Inputs that lie close together, at the right edge too, have names that can be read."""
    names = [f"stages.investigation.input{k}.mean" for k in range(6)]
    places = [(1.0, 0.5), (0.99, 0.5), (0.3, 0.5), (0.31, 0.5), (0.02, 0.01), (0.01, 0.02)]
    frame = pd.DataFrame(
        [
            (name, "wait_mean[intake]", index, value, value, value)
            for name, pair in zip(names, places, strict=True)
            for index, value in zip(("mu_star", "sigma"), pair, strict=True)
        ],
        columns=["input", "measure", "index", "value", "lower", "upper"],
    )

    ax = plots.morris(frame)

    ax.figure.canvas.draw()
    inside = ax.figure.bbox
    boxes = [text.get_window_extent() for text in ax.texts if text.get_text() in names]
    assert len(boxes) == len(names)
    for k, box in enumerate(boxes):
        assert inside.x0 <= box.x0
        assert box.x1 <= inside.x1
        assert not any(box.overlaps(other) for other in boxes[:k])


def test_a_measure_is_chosen_by_name():
    """The first one by default; a short name will do where it is clear."""
    frame = pd.concat([indices("sobol"), indices("sobol", "wait_mean[intake]", (0.6, 0.2, 0.1))])

    assert labels(plots.sobol(frame)) == ["b", "c", "a"]
    assert labels(plots.sobol(frame, "wait_mean")) == ["a", "b", "c"]
    with pytest.raises(ValueError, match=r"only late_share\[study\], wait_mean\[intake\]"):
        plots.sobol(frame, "queue_mean")


def test_only_the_most_influential_inputs_are_drawn():
    """Fifteen bars are enough for a picture; those left out are the smallest."""
    frame = pd.concat(
        [indices("sobol").assign(input=f"input {k}", value=k / 20).iloc[:2] for k in range(20)]
    )

    assert labels(plots.sobol(frame)) == [f"input {k}" for k in range(19, 4, -1)]


def test_another_method_or_nothing_to_draw_is_told():
    """The picture of one method does not take the indices of another, or none."""
    with pytest.raises(ValueError, match="method 'morris'; it has S1, ST"):
        plots.morris(indices("sobol"))
    with pytest.raises(ValueError, match="no index"):
        plots.sobol(indices("sobol").assign(value=np.nan))


def intervals(values):
    """Intervals as of an uncertainty, around 0.3."""
    rows = [
        ("late_share[study]", source, 0.3, 0.3 - half, 0.3 + half)
        for source, half in values.items()
    ]
    return pd.DataFrame(rows, columns=["measure", "source", "value", "lower", "upper"])


def test_uncertainty_has_an_interval_for_each_source():
    """Sources in words, ends in the unit of the measure."""
    ax = plots.uncertainty(intervals({"mean": 0.02, "inputs": 0.1, "both": 0.2}))

    assert labels(ax) == ["the mean over the inputs", "inputs not known", "both together"]
    assert [text.get_text() for text in ax.texts][1] == "20.0 % to 40.0 %"
    with pytest.raises(ValueError, match="not reached"):
        plots.uncertainty(intervals({"mean": np.nan}))


@pytest.mark.parametrize("kind", ["tornado", "morris", "sobol"])
def test_given_axes_are_used(kind):
    """A picture goes where it is told to."""
    ax = Figure().add_subplot()

    assert getattr(plots, kind)(indices(kind), ax=ax) is ax
