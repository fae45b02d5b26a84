"""How what is not certain is drawn, against the distributions' closed forms."""

import numpy as np
import pytest

from model import Scenario
from model.decide.ranges import Range, default_ranges, drawn, with_own, with_values
from model.facts import pick_fact
from model.scenario import adjustable_assumptions, replace_at, value_at


def test_a_uniform_range_is_a_straight_line():
    one = Range("x", 3.0, 2.0, 6.0, "uniform")
    assert one.quantile(np.array([0.0, 0.25, 0.5, 1.0])) == pytest.approx([2, 3, 4, 6])


def test_a_logarithmic_uniform_range_halves_at_the_geometric_mean():
    assert Range("x", 1.0, 0.1, 1000.0, "uniform", log=True).quantile(0.5) == pytest.approx(10.0)


@pytest.mark.parametrize("log", [False, True])
def test_quantiles_of_a_triangle_give_back_its_distribution_function(log):
    """P(X <= x) = (x - low)^2 / (width (top - low)) up to the top, 1 - (high - x)^2 / (width (high - top)) beyond."""
    one = Range("x", 3.0, 1.0, 9.0, log=log)
    p = np.linspace(0, 1, 101)
    x, low, top, high = (np.log(v) if log else v for v in (one.quantile(p), 1.0, 3.0, 9.0))
    width = high - low
    up = (x - low) ** 2 / (width * (top - low))
    down = 1 - (high - x) ** 2 / (width * (high - top))
    assert np.where(x <= top, up, down) == pytest.approx(p, abs=1e-12)


@pytest.mark.parametrize("now", [1.0, 9.0], ids=["top at the low end", "top at the high end"])
def test_a_triangle_may_lean_on_either_end(now):
    found = Range("x", now, 1.0, 9.0).quantile(np.linspace(0, 1, 11))
    assert found[[0, -1]] == pytest.approx([1, 9]) and np.all(np.diff(found) > 0)


def test_a_range_without_width_is_its_value():
    assert Range("x", 2.0, 2.0, 2.0).quantile(np.array([0.1, 0.9])) == pytest.approx([2, 2])


def test_draws_are_the_same_for_the_same_seed_and_do_not_depend_on_what_else_is_drawn():
    first, second = Range("a", 1.0, 0.0, 2.0), Range("b", 1.0, 0.0, 2.0)
    alone = drawn([first], 50, np.random.default_rng(7))
    both = drawn([first, second], 50, np.random.default_rng(7))
    again = drawn([first, second], 50, np.random.default_rng(7))
    assert np.array_equal(alone["a"], both["a"]) and np.array_equal(both["b"], again["b"])
    assert not np.array_equal(both["a"], both["b"])
    assert not np.array_equal(both["a"], drawn([first], 50, np.random.default_rng(8))["a"])


def test_mean_and_spread_of_draws_are_those_of_the_triangle():
    """Mean (low + top + high) / 3; variance (l² + t² + h² - lt - lh - th) / 18."""
    low, top, high = 1.0, 2.0, 6.0
    x = drawn([Range("x", top, low, high)], 100_000, np.random.default_rng(1))["x"]
    variance = (low**2 + top**2 + high**2 - low * top - low * high - top * high) / 18
    assert x.mean() == pytest.approx((low + top + high) / 3, abs=4 * np.sqrt(variance / x.size))
    assert x.var() == pytest.approx(variance, rel=0.02)


def test_every_assumption_with_a_range_is_drawn_within_it():
    ranges = {one.name: one for one in default_ranges(Scenario())}
    for id in adjustable_assumptions():
        if not id.startswith("uncertainty."):
            fact = pick_fact(id)
            assert (ranges[id].low, ranges[id].high, ranges[id].now) == (fact.low, fact.high, fact.value)


def test_fields_are_off_by_their_factor_either_way_and_shares_stay_shares():
    ranges = {one.name: one for one in default_ranges(replace_at(Scenario(), "workload.cpu_share", 0.9))}
    traffic = ranges["workload.requests_per_s"]
    assert (traffic.low, traffic.high) == pytest.approx((100 / 1.5, 150)) and traffic.log
    assert ranges["workload.cpu_share"].high == 1.0


def test_your_own_factor_and_your_own_assumption_count():
    own = {"uncertainty.requests_factor": 3.0, "elb.rules": 200.0}
    ranges = {one.name: one for one in default_ranges(replace_at(Scenario(), "assumptions", own))}
    assert ranges["workload.requests_per_s"].high == pytest.approx(300)
    assert (
        ranges["elb.rules"].now == ranges["elb.rules"].high == 200.0
    )  # outside: the range reaches out to it


def test_your_own_ends_count_in_either_order_and_within_what_a_field_allows():
    ranges = default_ranges(Scenario())
    changed = with_own(ranges, {"workload.cpu_share": (5.0, 0.1), "workload.requests_per_s": (None, 400.0)})
    found = {one.name: one for one in changed}
    assert (found["workload.cpu_share"].low, found["workload.cpu_share"].high) == (0.1, 1.0)
    assert (found["workload.requests_per_s"].low, found["workload.requests_per_s"].high) == pytest.approx(
        (100 / 1.5, 400)
    )


def test_only_what_shapes_the_traffic_is_off():
    names = {one.name for one in default_ranges(Scenario())}
    assert "workload.peak_to_mean" not in names and "workload.runs_per_day" not in names
    daily = {one.name for one in default_ranges(replace_at(Scenario(), "workload.pattern", "diurnal"))}
    assert "workload.peak_to_mean" in daily
    job = {one.name for one in default_ranges(replace_at(Scenario(), "workload.kind", "job"))}
    assert "workload.runs_per_day" in job and "workload.requests_per_s" not in job


def test_values_go_to_fields_and_assumptions_by_name():
    values = {"workload.requests_per_s": np.array([1.0, 2.0]), "elb.rules": np.array([3.0, 4.0])}
    changed = with_values(Scenario(), values)
    assert np.array_equal(value_at(changed, "workload.requests_per_s"), [1, 2])
    assert np.array_equal(changed.assumed("elb.rules"), [3, 4]) and changed.shape == (2,)


def test_an_own_end_that_is_no_field_of_ours_is_ignored():
    ranges = default_ranges(Scenario())
    assert with_own(ranges, {"nobody.knows": (1.0, 2.0)}) == with_own(ranges, {})
