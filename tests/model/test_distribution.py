"""Distributions against the standard library, closed forms and plain sums."""

import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.distribution import (
    billed_mean_s,
    lognormal_limited_mean,
    lognormal_quantile,
    lognormal_survival,
    mixture_survival,
    normal_cdf,
    normal_quantile,
    percentile,
)

NORMAL = NormalDist()
MS = 0.001


def test_normal_cdf_agrees_with_erfc_to_2e7_in_both_tails():
    z = np.linspace(-30, 8, 3001)
    exact = np.array([math.erfc(-x / math.sqrt(2)) / 2 for x in z])
    assert normal_cdf(z) == pytest.approx(exact, rel=2e-7)
    assert normal_cdf(np.array([-np.inf, np.inf])) == pytest.approx([0, 1], abs=1e-200)


def test_normal_quantile_agrees_with_the_standard_library():
    p = np.concatenate((np.geomspace(1e-12, 0.5, 300), 1 - np.geomspace(1e-12, 0.5, 300)))
    exact = np.array([NORMAL.inv_cdf(float(x)) for x in p])
    assert normal_quantile(p) == pytest.approx(exact, rel=2e-9, abs=1e-9)


def test_lognormal_survival_is_one_half_at_the_median():
    assert lognormal_survival(1 / math.sqrt(1 + 0.5**2), 1.0, 0.5) == pytest.approx(0.5, abs=1e-7)


def test_lognormal_without_spread_is_a_point():
    assert lognormal_survival(np.array([0.1999, 0.2, 0.3]), 0.2, 0.0).tolist() == [1, 0, 0]
    assert lognormal_limited_mean(np.array([0.1, 0.3]), 0.2, 0.0) == pytest.approx([0.1, 0.2])


def test_lognormal_limited_mean_is_the_area_under_the_survival_curve():
    t = np.linspace(0, 0.5, 20_001)
    area = np.trapezoid(lognormal_survival(t, 0.2, 0.8), t)
    assert lognormal_limited_mean(0.5, 0.2, 0.8) == pytest.approx(area, rel=1e-6)


def test_percentile_inverts_the_survival_function():
    found = percentile(lambda t: lognormal_survival(t, 0.2, 0.5), 0.99, 1e-3, 10.0)
    sigma = math.sqrt(math.log(1.25))
    by_hand = 0.2 / math.sqrt(1.25) * math.exp(sigma * NORMAL.inv_cdf(0.99))
    assert found == pytest.approx(by_hand, rel=1e-6)
    assert lognormal_quantile(0.99, 0.2, 0.5) == pytest.approx(by_hand, rel=1e-8)


def test_mixture_of_shifts_adds_up():
    late = mixture_survival(1.0, np.array([0.0, 2.0]), np.array([0.9, 0.1]), 0.2, 0.0)
    assert late == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("mean_s", "billed_s"),
    [
        pytest.param(0.2, 0.2, id="whole"),
        pytest.param(0.2001, 0.201, id="just above"),
        pytest.param(0.0003, 0.001, id="under one"),
        pytest.param(900.0, 900.0, id="longest"),
    ],
)
def test_a_constant_time_is_rounded_up_to_the_millisecond(mean_s, billed_s):
    assert billed_mean_s(mean_s, 0.0, MS) == pytest.approx(billed_s, rel=1e-12)


@pytest.mark.parametrize("mean_s", [0.0004, 0.001, 0.0032, 0.05, 0.7])
@pytest.mark.parametrize("cv", [0.003, 0.05, 0.5, 2.0, 10.0])
def test_billed_mean_is_the_sum_over_started_milliseconds(mean_s, cv):
    """Second method: E[ceil X] = sum of P(X > k), 400,000 terms, then the area under the survival curve."""
    k = np.arange(400_000.0)
    direct = lognormal_survival(k * MS, mean_s, cv).sum() * MS
    far_s = np.geomspace(400, 1e8, 20_001)
    direct += np.trapezoid(lognormal_survival(far_s, mean_s, cv), far_s)
    assert billed_mean_s(mean_s, cv, MS) == pytest.approx(direct, rel=2e-4)


@settings(max_examples=60, deadline=None)
@given(st.floats(1e-4, 900), st.floats(0, 10))
def test_rounding_up_adds_between_nothing_and_one_millisecond(mean_s, cv):
    added = float(billed_mean_s(mean_s, cv, MS)) - mean_s
    assert -1e-6 * max(mean_s, 1) <= added <= MS * (1 + 1e-6) + 1e-6 * mean_s
