"""What surrounds the compute: front doors, load balancers, logs, egress, NAT, addresses. Prices of us-east-1 by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.cost.front_door import fargate_front_door_lines, lambda_front_door_lines
from model.cost.lines import Bill
from model.cost.monitoring import log_lines
from model.cost.network import address_lines, egress_lines, nat_lines
from model.evaluate import evaluate
from model.facts import load_measured
from model.scenario import Scenario, replace_at
from model.traffic import traffic

EXAMPLES = {example["id"]: example for example in load_measured("worked_examples")["examples"]}
BODY_ONLY = {"network.overhead_kb_per_request": 0.0, "network.public_egress_share": 1.0}
GB_KB = 1024.0**2


def published(id):
    return {item: known["published"] for item, known in EXAMPLES[id]["line_items"].items()}


def cents(usd):
    return round(float(usd), 2)


def at(changes):
    return replace_at(Scenario(), changes)


def month_of(requests, hours=730, **changes):
    """A scenario of so many requests in the month; other fields by name with __ for the dot."""
    dotted = {name.replace("__", "."): value for name, value in changes.items()}
    rate = np.asarray(requests) / (hours * 3600)
    return at({"workload.requests_per_s": rate, "billing.hours_per_month": hours} | dotted)


def door(scenario):
    return lambda_front_door_lines(scenario, traffic(scenario))


def balancer(scenario):
    return fargate_front_door_lines(scenario, traffic(scenario))


def usd(lines):
    return Bill(lines).total_usd


def units(lines):
    """Capacity units in an average hour."""
    hours, capacity = lines
    return capacity.quantity / hours.quantity


# --- API Gateway ----------------------------------------------------------------------------------


def test_published_http_api_bill():
    known = published("apigw-http-216m")
    assert cents(usd(door(month_of(216e6, aws_lambda__front_door="http_api")))) == known["total"] == 216.00
    small = published("demo-option-b-lambda")
    assert cents(usd(door(month_of(5e4, aws_lambda__front_door="http_api")))) == small["http_api"] == 0.05


def test_published_rest_api_bill_in_four_slices():
    """21 billion calls: 1,165.50 + 1,867.60 + 45,220.00 + 1,510.00."""
    known = published("infracost-rest-21b")
    lines = door(month_of(21e9, aws_lambda__front_door="rest_api"))
    assert [cents(line.usd) for line in lines] == [known[f"t{n}"] for n in (1, 2, 3, 4)]
    assert cents(usd(lines)) == known["total"] == 49_763.10


@pytest.mark.parametrize(
    ("front_door", "boundary", "below", "above"),
    [
        ("http_api", 300e6, 0.000001, 0.0000009),
        ("rest_api", 333e6, 0.0000035, 0.0000028),
    ],
)
@pytest.mark.parametrize("beyond", [-1000, 0, 1000], ids=["just below", "at", "just above"])
def test_each_call_pays_its_own_slice(front_door, boundary, below, above, beyond):
    lines = door(month_of(boundary + beyond, aws_lambda__front_door=front_door))
    first, second = boundary + min(beyond, 0), max(beyond, 0)
    assert [float(line.quantity) for line in lines[:2]] == pytest.approx([first, second], abs=1e-4)
    assert usd(lines) == pytest.approx(first * below + second * above)


@pytest.mark.parametrize(
    ("request_kb", "response_kb", "metered"),
    [
        pytest.param(0, 0, 1, id="an empty call counts once"),
        pytest.param(1, 512, 1, id="512 KB once"),
        pytest.param(1, 512.1, 2, id="a little more twice"),
        pytest.param(1025, 1, 3, id="by a large request as well"),
    ],
)
def test_an_http_api_counts_every_started_512_kb(request_kb, response_kb, metered):
    sizes = {"workload__request_kb": request_kb, "workload__response_kb": response_kb}
    assert usd(door(month_of(1e6, aws_lambda__front_door="http_api", **sizes))) == pytest.approx(metered)
    assert usd(door(month_of(1e6, aws_lambda__front_door="rest_api", **sizes))) == pytest.approx(3.5)


@pytest.mark.parametrize("front_door", ["function_url", "none"])
def test_a_function_url_costs_nothing_more(front_door):
    assert door(month_of(1e9, aws_lambda__front_door=front_door)) == ()


# --- load balancers -------------------------------------------------------------------------------


def test_aws_example_application_load_balancer():
    """1 connection/s open for 2 min, 5 requests/s, 300 KB/s: 0.04, 0.04 and 1.08 units, 16.20 + 6.22 = 22.42.

    Five requests a connection and 60 KB a request; the example's 60 rules are 5 x 50 / 1,000 = 0.25 units.
    """
    known = published("aws-alb-1")
    lines = balancer(
        at(
            {
                "workload.requests_per_s": 5,
                "workload.request_kb": 10,
                "workload.response_kb": 50,
                "billing.hours_per_month": 720,
                "assumptions": {
                    "elb.requests_per_connection": 5,
                    "elb.connection_duration_s": 120,
                    "elb.rules": 60,
                },
            }
        )
    )
    assert units(lines) == pytest.approx(known["lcus_max"]) == 1.08
    assert [cents(line.usd) for line in lines] == [known["alb_hours"], known["lcu"]] == [16.20, 6.22]
    assert cents(usd(lines)) == known["total"] == 22.42


LARGEST = {
    # 100 requests/s of 6 KB: 100 x 3,600 x 6 / 1,000,000 = 2.16 GB an hour
    "bytes of the default workload": ({}, 2.16),
    "new connections: 100/s over 25": (
        {"elb.requests_per_connection": 1, "elb.connection_duration_s": 1},
        4.0,
    ),
    "open connections: 100/s x 60 s over 3,000": (
        {"elb.requests_per_connection": 1, "elb.connection_duration_s": 150},
        5.0,
    ),
    "rules: 100/s x (60 - 10) over 1,000": ({"elb.rules": 60}, 5.0),
    "ten rules are free": ({"elb.rules": 10}, 2.16),
}


@pytest.mark.parametrize(("assumptions", "expected"), LARGEST.values(), ids=LARGEST)
def test_the_largest_dimension_counts(assumptions, expected):
    assert units(balancer(at({"assumptions": assumptions}))) == pytest.approx(expected)


def test_bytes_to_a_function_count_two_and_a_half_times():
    """0.4 GB a unit for Lambda targets, 1 GB for tasks."""
    scenario = at({"aws_lambda.front_door": "alb"})
    assert units(door(scenario)) == pytest.approx(2.16 / 0.4)
    assert units(balancer(scenario)) == pytest.approx(2.16)


def test_a_network_load_balancer_has_its_own_units_and_price():
    """2.16 GB an hour are 2.16 units at 0.006; hours at 0.0225."""
    lines = balancer(at({"fargate.load_balancer": "nlb"}))
    assert units(lines) == pytest.approx(2.16)
    assert usd(lines) == pytest.approx(730 * 0.0225 + 730 * 2.16 * 0.006)
    assert {line.item for line in lines} == {"NLB hours", "NLB capacity units"}


def test_without_a_balancer_nothing_is_billed():
    assert balancer(at({"fargate.load_balancer": "none"})) == ()


def test_a_job_has_no_load_balancer_on_either_side():
    job = at({"workload.kind": "job", "aws_lambda.front_door": "alb"})
    assert balancer(job) == ()
    assert door(job) == ()


@pytest.mark.parametrize("pattern", ["diurnal", "spike", "on_off", "cron", "bursty", "trace"])
def test_units_follow_the_mean_when_every_dimension_follows_the_rate(pattern):
    """All dimensions are proportional to the rate, so the mean of the hourly maxima is the maximum of the means."""
    assert units(balancer(at({"workload.pattern": pattern}))) == pytest.approx(2.16, rel=0.001)


# --- logs -----------------------------------------------------------------------------------------


def logs(gb, price_id="cloudwatch.logs_lambda_gb", extra_kb=0.0, **changes):
    """So many GB of log text from requests that write 1 GB each."""
    scenario = month_of(gb, workload__log_kb=1e6, **changes)
    return log_lines(scenario, price_id, extra_kb * GB_KB)


def gb_of_logs(gb):
    """Requests of 1,000,000 KB that make up so many GB of 1,048,576 KB."""
    return np.asarray(gb) * GB_KB / 1e6


def test_published_log_bill_of_60_tb():
    """The source counts 1,000 GB to the TB in amounts and slices alike: 30,000 flat, 12,500 in slices.

    AWS's slices are 10, 30 and 50 TB of 1,024 GB; with these its sums are 1.024 times as large: 30,720 and 12,800.
    """
    known = published("lambda-logs-60tb")
    gb, plain = gb_of_logs(60 * 1024), {"billing__free_tier": False}
    assert cents(usd(logs(gb, "cloudwatch.logs_standard_gb", **plain))) == known["flat"] * 1.024 == 30_720
    assert cents(usd(logs(gb, **plain))) == known["tiered"] * 1.024 == 12_800


@pytest.mark.parametrize(
    ("gb", "expected"),
    [
        (10_239, 10_239 * 0.5),
        (10_240, 5120.0),
        (10_241, 5120 + 0.25),
        (30_719, 5120 + 20_479 * 0.25),
        (30_720, 5120 + 5120),
        (30_721, 5120 + 5120 + 0.1),
        (51_199, 5120 + 5120 + 20_479 * 0.1),
        (51_200, 5120 + 5120 + 2048),
        (51_201, 5120 + 5120 + 2048 + 0.05),
    ],
)
def test_logs_of_lambda_are_sliced(gb, expected):
    assert usd(logs(gb_of_logs(gb), billing__free_tier=False)) == pytest.approx(expected)


@pytest.mark.parametrize(("gb", "paid"), [(4.9, 0), (5, 0), (5.1, 0.1), (105, 100)])
def test_five_gb_of_logs_are_free(gb, paid):
    assert usd(logs(gb_of_logs(gb), "cloudwatch.logs_standard_gb")) == pytest.approx(paid * 0.5, abs=1e-9)


def test_lambda_writes_lines_of_its_own_unless_logging_is_off():
    """1,048,576 requests x (0.5 + 0.5) KB = 1 GB."""
    plain = {"billing__free_tier": False}
    on = month_of(GB_KB, workload__log_kb=0.5, **plain)
    off = month_of(GB_KB, workload__log_kb=0, **plain)
    assert usd(log_lines(on, "cloudwatch.logs_lambda_gb", 0.5)) == pytest.approx(0.5)
    assert usd(log_lines(on, "cloudwatch.logs_standard_gb", 0.0)) == pytest.approx(0.25)
    assert usd(log_lines(off, "cloudwatch.logs_lambda_gb", 0.5)) == 0


# --- egress ---------------------------------------------------------------------------------------


def egress(gb, free_tier=False, region="us-east-1", **changes):
    """So many GB in responses of 1 GB."""
    return egress_lines(
        month_of(
            gb,
            workload__response_kb=GB_KB,
            billing__free_tier=free_tier,
            billing__region=region,
            assumptions=BODY_ONLY,
            **changes,
        )
    )


def test_published_egress_bill_of_157_000_gb_from_tokyo():
    """1,167.36 + 3,645.44 + 8,806.40 + 285.60; the source does not deduct the 100 free GB."""
    known = published("infracost-dto-tokyo")
    slices = [cents(line.usd) for line in egress(157_000, region="ap-northeast-1")]
    assert slices == [known[f"t{n}"] for n in (1, 2, 3, 4)] == [1167.36, 3645.44, 8806.40, 285.60]


@pytest.mark.parametrize(
    ("gb", "expected"),
    [
        (10_239, 10_239 * 0.09),
        (10_240, 921.6),
        (10_241, 921.6 + 0.085),
        (51_200, 921.6 + 3481.6),
        (51_201, 921.6 + 3481.6 + 0.07),
        (153_600, 921.6 + 3481.6 + 7168),
        (153_601, 921.6 + 3481.6 + 7168 + 0.05),
    ],
)
def test_egress_is_sliced(gb, expected):
    assert usd(egress(gb)) == pytest.approx(expected)


@pytest.mark.parametrize(("gb", "paid"), [(99, 0), (100, 0), (101, 1), (1100, 1000)])
def test_a_hundred_gb_of_egress_are_free(gb, paid):
    assert usd(egress(gb, free_tier=True)) == pytest.approx(paid * 0.09, abs=1e-9)


@pytest.mark.parametrize(
    ("assumptions", "gb"),
    [
        pytest.param(BODY_ONLY, 5, id="bodies of 5 KB"),
        pytest.param(BODY_ONLY | {"network.overhead_kb_per_request": 1.0}, 6, id="with 1 KB of headers"),
        pytest.param(BODY_ONLY | {"network.public_egress_share": 0.4}, 2, id="40 % leave the Region"),
    ],
)
def test_egress_follows_what_is_assumed_of_it(assumptions, gb):
    """1,048,576 responses of 5 KB are 5 GB."""
    scenario = month_of(GB_KB, billing__free_tier=False, assumptions=assumptions)
    assert sum(line.quantity for line in egress_lines(scenario)) == pytest.approx(gb)


# --- NAT, addresses -------------------------------------------------------------------------------


def test_published_nat_bill():
    """One gateway for 730 hours and 2 GB: 32.85 + 0.09 = 32.94."""
    known = published("demo-nat")
    hours, data = nat_lines(at({"fargate.availability_zones": 1}), 2.0, True)
    assert (cents(hours.usd), cents(data.usd)) == (known["hours"], known["data"]) == (32.85, 0.09)
    assert cents(usd((hours, data))) == known["total"] == 32.94


def test_the_same_nat_bill_from_a_scenario():
    """2 GB through the gateway: 1,048,576 requests that exchange 2 KB each with services outside."""
    scenario = month_of(
        GB_KB,
        fargate__nat=True,
        fargate__availability_zones=1,
        fargate__load_balancer="none",
        fargate__image_mb=0,
        workload__outbound_kb=2,
        workload__log_kb=0,
    )
    lines = evaluate(scenario).fargate.bill.lines
    assert cents(usd(tuple(line for line in lines if line.item.startswith("NAT")))) == 32.94


def test_each_zone_has_its_nat_gateway():
    assert usd(nat_lines(at({"fargate.availability_zones": 3}), 0.0, True)) == pytest.approx(3 * 32.85)
    assert nat_lines(Scenario(), 5.0, False) == ()


def test_public_addresses_are_billed_by_the_hour_of_each_task():
    """Ten tasks for 730 hours at 0.005."""
    assert usd(address_lines(at({"fargate.public_ip": True}), 10 * 730)) == pytest.approx(36.5)
    assert address_lines(Scenario(), 7300) == ()


# --- missing and own prices -----------------------------------------------------------------------


def test_a_balancer_where_nobody_published_its_price_has_no_total():
    lines = balancer(at({"billing.region": "af-south-1"}))
    assert usd(lines) is None
    assert "ALB hours" in {line.item for line in lines if line.missing}
    assert all(line.usd is None for line in lines if line.missing)


def test_an_http_api_where_nobody_published_its_price_has_no_total_unless_the_user_gives_one():
    fields = {"aws_lambda.front_door": "http_api", "billing.region": "mx-central-1"}
    assert usd(door(at(fields))) is None
    own = {"api_gateway.http_request@mx-central-1": 1e-6}
    lines = door(
        month_of(1e6, **{k.replace(".", "__"): v for k, v in fields.items()}, billing__overrides=own)
    )
    assert usd(lines) == pytest.approx(1.0)
    assert lines[0].overridden and not lines[1].overridden


# --- properties -----------------------------------------------------------------------------------


def everything(scenario, task_hours=1000.0):
    return (
        *door(scenario),
        *balancer(scenario),
        *log_lines(scenario, "cloudwatch.logs_lambda_gb", 0.35),
        *egress_lines(scenario),
        *nat_lines(scenario, 7.0, True),
        *address_lines(scenario, task_hours),
    )


@pytest.mark.parametrize("front_door", ["http_api", "rest_api", "alb"])
@pytest.mark.parametrize("field", ["requests_per_s", "request_kb", "response_kb", "log_kb"])
def test_more_never_costs_less(field, front_door):
    grid = np.geomspace(1e-3, 1e5, 40)
    scenario = at({f"workload.{field}": grid, "aws_lambda.front_door": front_door})
    assert np.all(np.diff(np.broadcast_to(usd(everything(scenario)), 40)) >= 0)


@settings(max_examples=25)
@given(
    st.floats(1e-6, 1e6), st.floats(0, 1e7), st.sampled_from(["http_api", "rest_api", "alb"]), st.booleans()
)
def test_a_total_is_the_sum_of_its_lines_and_no_line_is_negative(rate, kb, front_door, free_tier):
    lines = everything(
        at(
            {
                "workload.requests_per_s": rate,
                "workload.response_kb": kb,
                "aws_lambda.front_door": front_door,
                "billing.free_tier": free_tier,
                "fargate.nat": True,
                "fargate.public_ip": True,
            }
        )
    )
    assert usd(lines) == pytest.approx(sum(float(line.usd) for line in lines))
    assert all(line.usd >= 0 and line.quantity >= 0 for line in lines)


def test_every_line_says_where_its_price_is_from():
    for line in everything(
        at({"fargate.nat": True, "fargate.public_ip": True, "aws_lambda.front_door": "alb"})
    ):
        assert line.fact and line.unit and line.group
        assert line.usd == pytest.approx(line.quantity * line.unit_usd)


@pytest.mark.parametrize("front_door", ["http_api", "rest_api", "alb"])
@pytest.mark.parametrize("pattern", ["steady", "spike"])
def test_broadcasting_equals_looping(front_door, pattern):
    rates, kb = np.array([0.01, 100.0, 1e6]), np.array([[0.0], [700.0]])
    zones, rows = np.array([1, 2, 3]), np.array([1.0, 100.0, 7.0])
    fixed = {
        "workload.pattern": pattern,
        "aws_lambda.front_door": front_door,
        "fargate.nat": True,
        "fargate.public_ip": True,
    }

    def scenario(rate, kb, zones, reuse):
        return at(
            fixed
            | {
                "workload.requests_per_s": rate,
                "workload.response_kb": kb,
                "workload.log_kb": kb,
                "fargate.availability_zones": zones,
                "assumptions": {"elb.requests_per_connection": reuse},
            }
        )

    at_once = everything(scenario(rates, kb, zones, rows))
    for i, j in np.ndindex(2, 3):
        alone = everything(scenario(rates[j], kb[i, 0], zones[j], rows[j]))
        for line, one in zip(at_once, alone, strict=True):
            assert np.broadcast_to(line.usd, (2, 3))[i, j] == pytest.approx(one.usd, rel=1e-12), line.item
