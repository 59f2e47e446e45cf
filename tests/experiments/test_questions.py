"""Questions register themselves, so that stores can take up what they ask."""

import inspect

import capsim.experiments
from capsim.experiments import MorrisDesign, OneAtATimeDesign, SobolDesign
from capsim.experiments.questions import QUESTIONS
from capsim.experiments.sensitivities import METHODS


def test_every_study_with_a_store_is_a_question():
    """Whatever notes a request can be resumed: each `request_of` has its registered kind."""
    asked = {
        name
        for name in capsim.experiments.__all__
        if inspect.isfunction(function := getattr(capsim.experiments, name))
        and "execution" in inspect.signature(function).parameters
    }
    without_request = {"obstacles", "run_design", "staffing_profile"}
    assert set(QUESTIONS) == asked - without_request


def test_the_methods_of_sensitivity_say_how_they_are_read():
    """Each has its headline among its indices, and is found by its name."""
    for name, design in METHODS.items():
        made = design.of({"x": (0.0, 1.0), "y": (0.0, 1.0)}, {"oat": 2}.get(name, 16), seed=1)
        frame = made.analyse(made.base * 0.0 + range(len(made)))
        assert {*design.headline, design.ranked_by} <= set(frame["index"])
    assert set(METHODS.values()) == {SobolDesign, MorrisDesign, OneAtATimeDesign}
