"""The statistical assertions of this suite keep the error rates that they state."""

import numpy as np
import pytest

from statistical import UnderpoweredError, assert_mean_equals, assert_probability_equals


def fails(assertion, *args, **options) -> bool:
    """Whether the assertion fails; a refusal is not a failure."""
    try:
        assertion(*args, **options)
    except UnderpoweredError:
        raise
    except AssertionError:
        return True
    return False


def test_a_correct_mean_passes_and_one_off_by_the_detectable_error_fails():
    """At 1e-6 both ways neither happens in one try."""
    sample = np.random.default_rng(1).normal(5.0, 1.0, 2_000)
    assert_mean_equals(sample, 5.0, detectable=0.25)
    with pytest.raises(AssertionError, match="is off 5"):
        assert_mean_equals(sample + 0.25, 5.0, detectable=0.25)


def test_too_few_samples_are_refused_with_the_number_that_would_do():
    """And with that number the same test is no longer refused."""
    generator = np.random.default_rng(2)
    with pytest.raises(UnderpoweredError) as refused:
        assert_mean_equals(generator.normal(size=50), 0.0, detectable=0.1)
    needed = refused.value.needed
    assert 9_000 < needed < 11_500  # ((4.892 + 4.753) / 0.1) ** 2 = 9,303, spread unknown
    assert_mean_equals(generator.normal(size=int(1.1 * needed)), 0.0, detectable=0.1)


def test_the_rates_of_the_mean_are_those_stated():
    """Stated 5 % and 10 %; observed in 2,000 tries within four standard errors.

    False alarm of this test below 1e-4; a rate of twice the stated one would be 10 errors away.
    """
    generator = np.random.default_rng(3)
    options = {"detectable": 0.5, "false_alarm": 0.05, "miss": 0.1}
    right = [
        fails(assert_mean_equals, generator.normal(size=80), 0.0, **options) for _ in range(2000)
    ]
    assert abs(np.mean(right) - 0.05) < 4 * np.sqrt(0.05 * 0.95 / 2000)
    wrong = [
        not fails(assert_mean_equals, generator.normal(0.5, 1, size=80), 0.0, **options)
        for _ in range(1000)
    ]
    assert np.mean(wrong) < 0.1


def test_the_rates_of_a_probability_are_those_stated():
    """At most 5 % false alarms (the binomial cannot give exactly that) and 10 % misses."""
    generator = np.random.default_rng(4)
    options = {"detectable": 0.1, "false_alarm": 0.05, "miss": 0.1}
    right = [
        fails(assert_probability_equals, int(k), 400, 0.3, **options)
        for k in generator.binomial(400, 0.3, 2000)
    ]
    assert 0.01 < np.mean(right) < 0.05 + 4 * np.sqrt(0.05 * 0.95 / 2000)
    wrong = [
        not fails(assert_probability_equals, int(k), 400, 0.3, **options)
        for k in generator.binomial(400, 0.4, 2000)
    ]
    assert np.mean(wrong) < 0.1


def test_a_probability_off_by_the_detectable_error_fails():
    """10,000 trials find 0.35 instead of 0.3, and refuse to promise 0.301."""
    assert_probability_equals(3_010, 10_000, 0.3, detectable=0.05)
    with pytest.raises(AssertionError, match="is exact"):
        assert_probability_equals(3_500, 10_000, 0.3, detectable=0.05)
    with pytest.raises(UnderpoweredError, match="use about"):
        assert_probability_equals(3_010, 10_000, 0.3, detectable=0.001)


def test_rare_events_are_judged_exactly():
    """No success in 100 trials is likely at one per mille, and impossible at a half."""
    assert_probability_equals(0, 100, 0.001, detectable=0.4)
    with pytest.raises(AssertionError):
        assert_probability_equals(0, 400, 0.5, detectable=0.3)
