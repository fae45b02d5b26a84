"""Bill lines: slices, free allowances, missing prices, own prices, sums. Prices here are made up, so sums fit in the head."""

import math
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.cost.lines import Bill, Line, lines_after_free, lines_between, lines_for, price, used
from model.facts import Price, PriceTiers
from model.scenario import Billing

DAY = date(2026, 1, 1)
PLAIN = Billing()


def tiers(*slices):
    """A price with slices (from, USD)."""
    rows = (
        Price("thing", "us-east-1", "", start, usd, "GB", DAY, DAY, "X", "", "published")
        for start, usd in slices
    )
    return PriceTiers(tuple(rows))


THREE = tiers((0, 3.0), (10, 2.0), (30, 1.0))  # 3 USD each up to 10, 2 up to 30, then 1


def usd(lines):
    return [float(line.usd) for line in lines]


# --- slices ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quantity", "amounts"),
    [
        pytest.param(0, [0, 0, 0], id="nothing"),
        pytest.param(9, [27, 0, 0], id="just below the first boundary"),
        pytest.param(10, [30, 0, 0], id="at the first boundary"),
        pytest.param(11, [30, 2, 0], id="just above the first boundary"),
        pytest.param(29, [30, 38, 0], id="just below the second boundary"),
        pytest.param(30, [30, 40, 0], id="at the second boundary"),
        pytest.param(31, [30, 40, 1], id="just above the second boundary"),
        pytest.param(1030, [30, 40, 1000], id="far above"),
        pytest.param(10.5, [30, 1, 0], id="fractions count"),
    ],
)
def test_each_unit_pays_the_price_of_its_own_slice(quantity, amounts):
    lines = lines_for("Thing", "G", quantity, THREE, PLAIN)
    assert usd(lines) == amounts
    assert Bill(lines).total_usd == sum(amounts)
    assert sum(float(line.quantity) for line in lines) == quantity


@pytest.mark.parametrize(
    ("start", "stop", "amounts"),
    [
        pytest.param(8, 12, [6, 4, 0], id="across a boundary"),
        pytest.param(0, 12, [30, 4, 0], id="from the start"),
        pytest.param(10, 30, [0, 40, 0], id="exactly one slice"),
        pytest.param(25, 35, [0, 10, 5], id="into the last"),
        pytest.param(40, 45, [0, 0, 5], id="inside the last"),
        pytest.param(12, 12, [0, 0, 0], id="nothing"),
    ],
)
def test_earlier_usage_uses_up_the_lower_slices(start, stop, amounts):
    assert usd(lines_between("Thing", "G", start, stop, THREE, PLAIN)) == amounts


@settings(max_examples=40)
@given(st.floats(0, 100), st.floats(0, 100))
def test_splitting_usage_in_two_never_changes_the_sum(one, other):
    whole = Bill(lines_for("Thing", "G", one + other, THREE, PLAIN)).total_usd
    first = Bill(lines_between("Thing", "G", 0, one, THREE, PLAIN)).total_usd
    second = Bill(lines_between("Thing", "G", one, one + other, THREE, PLAIN)).total_usd
    assert first + second == pytest.approx(whole, abs=1e-9)


def test_slices_broadcast():
    quantity = np.array([[9, 10, 11], [29, 30, 31]])
    bill = Bill(lines_for("Thing", "G", quantity, THREE, PLAIN))
    np.testing.assert_array_equal(bill.total_usd, [[27, 30, 32], [68, 70, 71]])


def test_a_sliced_line_says_which_slice_and_a_flat_one_nothing():
    names = [
        line.item for line in lines_for("Thing", "G", 5, tiers((0, 3.0), (10_240, 2.0), (51_200, 1.0)), PLAIN)
    ]
    assert names == ["Thing, first 10,240", "Thing, 10,240 to 51,200", "Thing, above 51,200"]
    assert [line.item for line in lines_for("Thing", "G", 5, tiers((0, 3.0)), PLAIN)] == ["Thing"]


def test_a_line_carries_quantity_unit_price_amount_and_fact():
    (line,) = lines_for("Thing", "G", 4, tiers((0, 2.5)), PLAIN)
    assert (line.quantity, line.unit, line.unit_usd, line.usd) == (4, "GB", 2.5, 10)
    assert (line.fact, line.group, line.overridden, line.missing) == ("thing@us-east-1", "G", False, False)


# --- free allowances ------------------------------------------------------------------------------

FREE = "network.free_egress_gb"  # 100 GB a month


@pytest.mark.parametrize(
    ("quantity", "covered", "amounts"),
    [
        pytest.param(0, 0, [0, 0, 0], id="nothing used"),
        pytest.param(99, 99, [0, 0, 0], id="just below"),
        pytest.param(100, 100, [0, 0, 0], id="all of it"),
        pytest.param(101, 100, [3, 0, 0], id="just above"),
        pytest.param(111, 100, [30, 2, 0], id="slices start after it"),
    ],
)
def test_a_free_allowance_is_taken_off_before_the_slices(quantity, covered, amounts):
    free, *paid = lines_after_free("Thing", "G", quantity, THREE, FREE, PLAIN)
    assert (float(free.quantity), float(free.usd), free.unit_usd) == (covered, 0, 0)
    assert free.fact == FREE and "free" in free.item
    assert usd(paid) == amounts
    assert float(free.quantity) + sum(float(line.quantity) for line in paid) == quantity


def test_without_the_free_tier_every_unit_is_paid():
    lines = lines_after_free("Thing", "G", 11, THREE, FREE, Billing(free_tier=False))
    assert usd(lines) == [30, 2, 0]


def test_free_and_paid_units_are_counted_in_the_same_unit():
    """Both stand in one column of the bill; the bill itself says that it is a month's."""
    free, paid = lines_after_free("Thing", "G", 150, tiers((0, 1.0)), FREE, PLAIN)
    assert free.unit == paid.unit == "GB"


def test_free_allowances_broadcast():
    free, *paid = lines_after_free("Thing", "G", np.array([50, 101, 111]), THREE, FREE, PLAIN)
    assert free.quantity.tolist() == [50, 100, 100] and free.usd.tolist() == [0, 0, 0]
    assert Bill((free, *paid)).total_usd.tolist() == [0, 3, 32]


# --- missing prices -------------------------------------------------------------------------------

UNKNOWN = tiers((0, None))


def test_a_used_line_without_a_price_has_no_amount_and_the_bill_no_total():
    lines = (*lines_for("Thing", "G", 5, UNKNOWN, PLAIN), *lines_for("Other", "G", 2, tiers((0, 3.0)), PLAIN))
    bill = Bill(lines)
    assert lines[0].usd is None and lines[0].unit_usd is None and lines[0].missing
    assert bill.total_usd is None
    assert bill.missing == (lines[0],)
    assert bill.known_usd == bill.group_usd("G") == 6


def test_a_price_nobody_needs_may_be_missing():
    (line,) = lines_for("Thing", "G", 0, UNKNOWN, PLAIN)
    assert line.usd == 0 and line.unit_usd is None and not line.missing
    assert Bill((line,)).total_usd == 0


def test_only_the_slice_that_is_reached_needs_its_price():
    half_known = tiers((0, 3.0), (10, None))
    assert Bill(lines_for("Thing", "G", 10, half_known, PLAIN)).total_usd == 30
    assert Bill(lines_for("Thing", "G", 10.001, half_known, PLAIN)).total_usd is None


def test_an_array_of_bills_is_unknown_only_where_the_price_is_needed():
    total = Bill(lines_for("Thing", "G", np.array([0.0, 5.0]), UNKNOWN, PLAIN)).total_usd
    assert total is None or (total[0] == 0 and np.isnan(total[1]))


# --- own prices -----------------------------------------------------------------------------------


def own(key, usd):
    return Billing(overrides={key: usd})


def test_an_own_price_replaces_ours_and_the_line_says_so():
    (line,) = lines_for("Thing", "G", 4, tiers((0, 2.5)), own("thing@us-east-1", 1.0))
    assert (line.unit_usd, line.usd, line.overridden) == (1.0, 4, True)


def test_an_own_price_of_one_slice_leaves_the_others():
    lines = lines_for("Thing", "G", 31, THREE, own("thing@us-east-1#10", 0.5))
    assert usd(lines) == [30, 10, 1]
    assert [line.overridden for line in lines] == [False, True, False]


def test_an_own_price_fills_a_gap_and_zero_is_a_price():
    (filled,) = lines_for("Thing", "G", 5, UNKNOWN, own("thing@us-east-1", 2.0))
    assert filled.usd == 10 and filled.overridden
    (given,) = lines_for("Thing", "G", 5, UNKNOWN, own("thing@us-east-1", 0.0))
    assert given.usd == 0 and given.overridden and not given.missing


def test_an_own_price_of_something_else_changes_nothing():
    (line,) = lines_for("Thing", "G", 4, tiers((0, 2.5)), own("other@us-east-1", 9.0))
    assert (line.usd, line.overridden) == (10, False)


# --- prices in force, sums ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "usd"),
    [("", 0.01288871), ("2026-09-28", 0.01288871), ("2026-09-27", 0.01246287), ("2023-12-31", 0.01264355)],
)
def test_the_bill_uses_the_prices_of_its_day(on, usd):
    """Three dated readings of Fargate Spot in us-east-1."""
    assert price(Billing(on=on), "fargate_spot.vcpu", "linux_x86_64").usd == (usd,)


def test_the_bill_uses_the_prices_of_its_region():
    assert price(Billing(region="ap-northeast-1"), "network.egress_gb").usd == (0.114, 0.089, 0.086, 0.084)
    assert price(PLAIN, "network.egress_gb", region="ap-northeast-1").region == "ap-northeast-1"


bills = st.lists(st.tuples(st.sampled_from("ABC"), st.floats(0, 1e9)), max_size=12).map(
    lambda pairs: Bill(tuple(Line("Thing", group, 1.0, "GB", usd, usd, "thing") for group, usd in pairs))
)


@settings(max_examples=40)
@given(bills)
def test_a_total_is_the_sum_of_its_lines_and_of_its_groups(bill):
    lines = math.fsum(line.usd for line in bill.lines)
    assert bill.total_usd == pytest.approx(lines)
    assert sum(bill.group_usd(group) for group in bill.groups) == pytest.approx(lines)
    assert set(bill.groups) == {line.group for line in bill.lines}


def test_an_empty_bill_costs_nothing():
    assert Bill(()).total_usd == 0 and Bill(()).missing == () and Bill(()).groups == ()


def test_lines_nobody_uses_can_be_left_out():
    lines = lines_for("Thing", "G", np.array([0, 11]), THREE, PLAIN)
    assert used(lines) == lines[:2]
