"""Bills that others published, as whole scenarios: what a FinOps engineer would type in to get the same sum."""

import pytest

from model import Scenario, evaluate, replace_at
from model.accuracy.bills import BARE, BILLS, bills, examples, to_the_digit
from model.accuracy.compared import figure

LINES = bills()
KNOWN = {
    ("lambda-logs-60tb", "flat"): 30_720,  # the source counts 1,000 GB to the TB
    ("lambda-logs-60tb", "tiered"): 12_800,
    ("sysdesign-s2", "fargate day"): 7.11,  # 3 x 24 h x (2 x 0.04048 + 4 x 0.004445), not 8.84
    ("sysdesign-s2", "fargate total"): 213.28,  # 30 of these, not 265
    ("furybee-lambda-call", "request"): 2e-7,  # the source's request price is ten times too high
    ("furybee-lambda-call", "total"): 3.53e-6,
}
UNASKED = {
    ("aws-alb-1", "lcus_max"),  # units, not USD
    ("aws-xray-1", "accessed"),  # 0 within the free tier; no workload here reads traces back
    ("regimes-fargate-spot-x86", "total"),  # holds lines that the source does not name
}


def test_no_published_bill_or_line_is_left_out():
    published = {(id, item) for id, known in examples().items() for item in known["line_items"]}
    assert BILLS.keys() == examples().keys()
    assert published - {(line.case, line.quantity.replace(" ", "_")) for line in LINES} == UNASKED


@pytest.mark.parametrize("id", BILLS)
def test_a_published_bill_is_met_to_the_digits_printed(id):
    off = {line.quantity for line in LINES if line.case == id and not to_the_digit(line)}
    assert off == {quantity for case, quantity in KNOWN if case == id}


@pytest.mark.parametrize("line", KNOWN, ids=" ".join)
def test_what_disagrees_is_off_for_a_known_reason(line):
    ours = next(row for row in LINES if (row.case, row.quantity) == line)
    assert ours.ours == pytest.approx(KNOWN[line], rel=2e-3)
    assert len(ours.note) > len(examples()[ours.case]["title"]) + 5


def test_bills_that_contradict_themselves_are_known():
    assert {id for id, bill in examples().items() if not bill["consistent"]} == {
        "sysdesign-s2",
        "furybee-lambda-call",
    }


@pytest.mark.parametrize(
    ("published", "ours", "met"),
    [(2.73, 2.7349, True), (2.73, 2.7351, False), (310, 310.004, True), (310, 310.3, False)]
    + [(0.093, 0.09333, True), (0.093, 0.0936, False), (3.3e-6, 3.333e-6, True), (2e-6, 2e-7, False)],
)
def test_a_sum_is_met_to_the_cent_or_to_the_last_digit_of_less(published, ours, met):
    assert to_the_digit(figure("bill", "line", "USD", published, ours)) == met


def test_the_other_usage_of_the_organisation_takes_the_lower_slices():
    """The published three slices again: a quarter of the requests, three quarters as the organisation's others."""

    def duration(share, **more):
        changes = {
            "workload.requests_per_s": 15e9 * share / 730 / 3600,
            "workload.duration_s": 1.024,
            "workload.measured_at_mb": 4096,
            "aws_lambda.memory_mb": 4096,
        }
        bill = evaluate(replace_at(Scenario(), dict(BARE) | changes | more)).aws_lambda.bill
        return sum(float(line.usd) for line in bill.lines if line.item.startswith("Duration"))

    last = duration(0.25, **{"billing.other_lambda_gb_s": 61.44e9 * 3 / 4})
    assert last == pytest.approx(61.44e9 / 4 * 0.0000133334)
    whole = 100_000.20 + 135_000.00 + 619_203.10
    assert last + duration(0.75) == pytest.approx(whole, abs=0.02)
