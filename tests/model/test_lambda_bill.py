"""Lambda bills against published examples and hand sums. Prices of us-east-1 are written out in the tests."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model import evaluate
from model.cost.aws_lambda import LambdaUsage, billed_handler_s, lambda_lines
from model.cost.lines import Bill
from model.facts import load_measured
from model.scenario import Scenario, replace_at

EXAMPLES = {example["id"]: example for example in load_measured("worked_examples")["examples"]}
WARM = LambdaUsage(p_cold=0.0, billed_init_s=0.0)
GROUP_OF = {
    "hours_per_month": "billing",
    "free_tier": "billing",
    "init_billed": "billing",
    "region": "billing",
}
GROUP_OF |= dict.fromkeys(
    (
        "overrides",
        "on",
        "other_lambda_gb_s",
        "other_lambda_requests",
        "savings_plan",
        "commitment_usd_per_hour",
    ),
    "billing",
)
WORKLOAD = {"kind", "duration_cv", "cpu_share", "runs_per_day", "cpu_threads", "request_kb", "response_kb"}


def function(requests, duration_s, memory_mb, **fields):
    """A month of equal requests, measured at the size they run at; the free tier off unless asked for."""
    hours = fields.get("hours_per_month", 730)
    changes = {
        "workload.requests_per_s": np.asarray(requests) / (hours * 3600),
        "workload.duration_s": duration_s,
        "workload.measured_at_mb": memory_mb,
        "workload.duration_cv": 0,
        "aws_lambda.memory_mb": memory_mb,
        "billing.free_tier": False,
    }
    for name, value in fields.items():
        group = GROUP_OF.get(name, "workload" if name in WORKLOAD else "aws_lambda")
        changes[f"{group}.{name}"] = value
    return replace_at(Scenario(), changes)


def amounts(scenario, usage=WARM):
    return {line.item: line.usd for line in lambda_lines(scenario, usage)}


def total(scenario, usage=WARM):
    return Bill(lambda_lines(scenario, usage)).total_usd


def part(scenario, start, usage=WARM):
    """Sum of the lines whose name starts so."""
    return sum(line.usd for line in lambda_lines(scenario, usage) if line.item.startswith(start))


def quantities(scenario, start, usage=WARM):
    """Quantities of the paid lines whose name starts so, lowest slice first."""
    lines = lambda_lines(scenario, usage)
    return [float(line.quantity) for line in lines if line.item.startswith(start) and "free" not in line.item]


def cents(usd):
    return round(float(usd), 2)


def published(id):
    return {item: known["published"] for item, known in EXAMPLES[id]["line_items"].items()}


# --- published bills ------------------------------------------------------------------------------


def test_aws_example_mobile_backend():
    """3 M requests of 120 ms at 1,536 MB: (540,000 - 400,000) GB-s = 2.33, (3 - 1) M requests = 0.40."""
    known = published("aws-lambda-1-mobile-backend")
    scenario = function(3e6, 0.120, 1536, free_tier=True)
    assert cents(part(scenario, "Duration")) == known["compute"] == 2.33
    assert cents(part(scenario, "Requests")) == known["requests"] == 0.40
    assert cents(total(scenario)) == known["total"] == 2.73


def test_aws_example_telemetry():
    """7.44 M requests of 2 s at 1,024 MB, no free tier: 1.49 + 248.00 = 249.49."""
    known = published("aws-lambda-2-telemetry")
    scenario = function(7.44e6, 2.0, 1024)
    assert cents(part(scenario, "Requests")) == known["requests"] == 1.49
    assert cents(part(scenario, "Duration")) == known["compute"] == 248.00
    assert cents(total(scenario)) == known["total"] == 249.49


def test_aws_example_provisioned_concurrency():
    """100 environments of 1,536 MB for 8 hours of one day, with 500,000 requests of 100 ms on them.

    A month of one day. The page's other 2.5 M requests take 120 ms: the 20 ms more enter as init, for every one of
    them. It deducts the free tier although it says that functions with provisioned concurrency have none: a switch.
    """
    known = published("aws-lambda-pc-1-launch")
    launch = function(
        3e6,
        0.1,
        1536,
        hours_per_month=24,
        provisioned_concurrency=100,
        provisioned_hours_per_day=8,
        free_tier=True,
        free_tier_with_provisioned=True,
    )
    usage = LambdaUsage(p_cold=2.5 / 3, billed_init_s=0.02, provisioned_share=0.5 / 3)
    usd = amounts(launch, usage)
    assert cents(usd["Provisioned concurrency"]) == known["pc"] == 18.00
    assert cents(usd["Duration on provisioned concurrency"]) == known["compute_pc"] == 0.73
    assert cents(part(launch, "Duration (x86_64)", usage)) == known["compute_on_demand"] == 0.83
    assert cents(part(launch, "Requests", usage)) == known["requests"] == 0.40
    assert cents(total(launch, usage)) == known["total"] == 19.96


def test_the_same_example_as_two_scenarios():
    """The launch day (a month of one day, equal traffic in every hour) and the rest of the month with the free tier."""
    known = published("aws-lambda-pc-1-launch")
    launch = function(
        1.5e6, 0.1, 1536, hours_per_month=24, provisioned_concurrency=100, provisioned_hours_per_day=8
    )
    usd = amounts(launch, LambdaUsage(0.0, 0.0, provisioned_share=8 / 24))
    assert cents(usd["Provisioned concurrency"]) == known["pc"] == 18.00
    assert cents(usd["Duration on provisioned concurrency"]) == known["compute_pc"] == 0.73
    rest = function(2.5e6, 0.12, 1536, free_tier=True)
    assert cents(part(rest, "Duration")) == known["compute_on_demand"] == 0.83
    requests = function(3e6, 0.1, 1536, free_tier=True)
    assert cents(part(requests, "Requests")) == known["requests"] == 0.40
    parts = (usd["Provisioned concurrency"], usd["Duration on provisioned concurrency"])
    assert cents(sum(parts) + part(rest, "Duration") + part(requests, "Requests")) == known["total"] == 19.96


def test_aws_example_snapstart():
    """As telemetry, in Python with SnapStart: cache 744 h x 1 GB = 4.03, 74,400 restores = 10.40, total 263.92."""
    known = published("aws-lambda-snapstart")
    scenario = function(7.44e6, 2.0, 1024, hours_per_month=744, runtime="python313", snapstart=True)
    usage = LambdaUsage(p_cold=0.01, billed_init_s=0.0)  # the page bills no init beside the restores
    usd = amounts(scenario, usage)
    assert cents(usd["SnapStart cache"]) == known["snapstart_cache"] == 4.03
    assert cents(usd["SnapStart restore"]) == known["snapstart_restore"] == 10.40
    assert cents(total(scenario, usage)) == known["total"] == 263.92


def test_published_bill_of_15_billion_requests_in_three_slices():
    """61.44 billion GB-s: 4,096 MB for 1.024 s each."""
    known = published("infracost-lambda-61b-x86")
    usd = amounts(function(15e9, 1.024, 4096))
    assert cents(usd["Requests"]) == known["requests"] == 3000.00
    slices = [
        cents(usd[item]) for item in usd if item.startswith("Duration (x86_64), ") and "init" not in item
    ]
    assert slices == [known["tier1"], known["tier2"], known["tier3"]] == [100_000.20, 135_000.00, 619_203.10]


def test_published_bill_of_a_small_function():
    """50,000 requests of 200 ms at 512 MB: 5,000 GB-s (0.0833) and requests (0.01) before the free tier, 0 after it."""
    known = published("demo-option-b-lambda")
    assert round(float(total(function(5e4, 0.2, 512))), 3) == known["compute_before_free_tier"] == 0.093
    assert total(function(5e4, 0.2, 512, free_tier=True)) == 0


def test_published_bill_of_10_million_requests_a_day():
    """30 days of 10 M requests of 200 ms at 256 MB: 60 + 250 = 310."""
    known = published("sysdesign-s2")
    assert round(float(total(function(3e8, 0.2, 256, hours_per_month=720)))) == known["lambda_total"] == 310


def test_a_published_request_price_that_is_ten_times_too_high():
    """One request costs 0.0000002; the source says 0.000002. Its duration agrees."""
    known = EXAMPLES["furybee-lambda-call"]
    million = function(1e6, 0.2, 1024)
    assert not known["consistent"] and known["line_items"]["request"]["published"] == 2e-6
    assert part(million, "Requests") / 1e6 == pytest.approx(2e-7)
    assert round(float(part(million, "Duration")) / 1e6, 7) == known["line_items"]["compute"]["published"]


# --- rounding -------------------------------------------------------------------------------------


@pytest.mark.parametrize("cpu_share", [0.0, 0.1, 0.3, 0.7, 1.0])
@pytest.mark.parametrize("memory_mb", [128, 512, 1024, 1536, 1769, 3008, 10_240])
def test_whole_milliseconds_are_billed_as_they_are(cpu_share, memory_mb):
    """120 ms put together from a waiting and a computing part must not become 121."""
    whole_s = np.concatenate((np.arange(1, 2001), [29_000, 59_999, 60_000, 899_999, 900_000])) / 1000
    billed = billed_handler_s(function(1e6, whole_s, memory_mb, cpu_share=cpu_share))
    np.testing.assert_allclose(billed, whole_s, rtol=0, atol=1e-7)


@pytest.mark.parametrize(
    ("duration_s", "billed_s"),
    [(0.001, 0.001), (0.0011, 0.002), (0.1199, 0.120), (0.1201, 0.121), (1.9999, 2.0), (2.00001, 2.001)],
)
def test_a_started_millisecond_counts_whole(duration_s, billed_s):
    assert billed_handler_s(function(1e6, duration_s, 1024)) == pytest.approx(billed_s, abs=1e-9)


@pytest.mark.parametrize(
    ("memory_mb", "billed_s"),
    [
        pytest.param(512, 0.260, id="half the memory: 140 + 120 ms"),
        pytest.param(256, 0.380, id="a quarter: 140 + 240 ms"),
        pytest.param(2048, 0.175, id="one thread: 140 + 60 x 1024/1769 = 174.7 ms"),
    ],
)
def test_the_bill_follows_the_handler_time_of_the_size(memory_mb, billed_s):
    scenario = replace_at(Scenario(), {"aws_lambda.memory_mb": memory_mb, "workload.duration_cv": 0})
    assert billed_handler_s(scenario) == pytest.approx(billed_s, abs=1e-9)


@given(st.floats(0.001, 900), st.floats(0, 5))
def test_rounding_up_adds_between_nothing_and_a_millisecond(duration_s, duration_cv):
    billed = billed_handler_s(function(1e6, duration_s, 1024, duration_cv=duration_cv))
    slack = 2e-4 * duration_s
    assert duration_s - slack <= billed <= duration_s + 0.001 + slack


@pytest.mark.parametrize("duration_s", [0.05, 0.2, 2.0])
def test_times_that_vary_widely_lose_half_a_millisecond_on_average(duration_s):
    """A density that hardly changes within a millisecond: the rounding is uniform on 0…1 ms."""
    billed = billed_handler_s(function(1e6, duration_s, 1024, duration_cv=0.5))
    assert billed == pytest.approx(duration_s + 0.0005, abs=1e-4 * duration_s)


# --- slices ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("architecture", "first", "second", "rates"),
    [
        ("x86_64", 6e9, 15e9, (0.0000166667, 0.000015, 0.0000133334)),
        ("arm64", 7.5e9, 18.75e9, (0.0000133334, 0.0000120001, 0.0000106667)),
    ],
)
@pytest.mark.parametrize("beyond", [-1e6, 0, 1e6], ids=["just below", "at", "just above"])
def test_each_gb_second_pays_its_own_slice(architecture, first, second, rates, beyond):
    """One second at 1,024 MB is one GB-s."""
    at_first = function(first + beyond, 1.0, 1024, architecture=architecture)
    over = max(beyond, 0)
    assert quantities(at_first, "Duration")[:3] == pytest.approx([first + min(beyond, 0), over, 0], rel=1e-12)
    assert part(at_first, "Duration") == pytest.approx((first + min(beyond, 0)) * rates[0] + over * rates[1])
    at_second = function(second + beyond, 1.0, 1024, architecture=architecture)
    middle = second - first + min(beyond, 0)
    assert quantities(at_second, "Duration")[:3] == pytest.approx([first, middle, over], rel=1e-9, abs=1e-3)
    assert part(at_second, "Duration") == pytest.approx(
        first * rates[0] + middle * rates[1] + over * rates[2]
    )


def test_init_goes_on_where_the_handler_left_the_slices():
    """5.9 billion GB-s of handler leave 0.1 billion of the first slice; 0.2 billion of init take it and 0.1 more."""
    usage = LambdaUsage(p_cold=0.1, billed_init_s=0.2e9 / 0.59e9)
    scenario = function(5.9e9, 1.0, 1024)
    assert quantities(scenario, "Duration (x86_64), init", usage) == pytest.approx([0.1e9, 0.1e9, 0])
    assert part(scenario, "Duration", usage) == pytest.approx(6e9 * 0.0000166667 + 0.1e9 * 0.000015)


# --- free tier ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("p_cold", "init_s", "paid_handler", "paid_init"),
    [
        pytest.param(0.0, 0.0, 0, 0, id="300,000 GB-s of handler are free"),
        pytest.param(0.25, 1.0, 0, 0, id="with 100,000 of init exactly all of it is used"),
        pytest.param(0.25, 2.0, 0, 100_000, id="with 200,000 of init 100,000 are paid"),
    ],
)
def test_handler_and_init_share_one_free_tier(p_cold, init_s, paid_handler, paid_init):
    """400,000 requests of 0.75 s at 1,024 MB."""
    usage = LambdaUsage(p_cold, init_s)
    scenario = function(4e5, 0.75, 1024, free_tier=True)
    handler_and_init = quantities(scenario, "Duration", usage)
    assert sum(handler_and_init[:3]) == pytest.approx(paid_handler, abs=1e-3)
    assert sum(handler_and_init[3:]) == pytest.approx(paid_init, abs=1e-3)
    assert total(scenario, usage) == pytest.approx(paid_init * 0.0000166667, abs=1e-6)


def test_more_handler_than_free_leaves_all_init_paid():
    """500,000 + 100,000 GB-s, 400,000 free: 100,000 of handler and all of init."""
    scenario, usage = function(5e5, 1.0, 1024, free_tier=True), LambdaUsage(0.2, 1.0)
    handler_and_init = quantities(scenario, "Duration", usage)
    assert sum(handler_and_init[:3]) == pytest.approx(100_000)
    assert sum(handler_and_init[3:]) == pytest.approx(100_000)


@pytest.mark.parametrize(
    ("requests", "paid"), [(999_999, 0), (1_000_000, 0), (1_000_001, 1), (3_000_000, 2_000_000)]
)
def test_a_million_requests_are_free(requests, paid):
    scenario = function(requests, 0.001, 128, free_tier=True)
    assert quantities(scenario, "Requests") == pytest.approx([paid], abs=1e-4)


def test_what_is_free_is_shown_at_no_charge():
    lines = lambda_lines(function(3e6, 0.12, 1536, free_tier=True), WARM)
    free = {line.item: float(line.quantity) for line in lines if "free tier" in line.item}
    assert sorted(free.values()) == pytest.approx([400_000, 1_000_000])
    assert all(np.all(line.usd == 0) for line in lines if "free tier" in line.item)


def test_a_function_with_provisioned_concurrency_has_no_free_tier():
    """AWS's page excludes it (its own example above does not): 3 M requests and 540,000 GB-s are paid."""
    scenario = function(3e6, 0.12, 1536, free_tier=True, provisioned_concurrency=1)
    assert part(scenario, "Requests") == pytest.approx(3e6 * 2e-7)
    assert part(scenario, "Duration (x86_64)") == pytest.approx(540_000 * 0.0000166667)


# --- init, /tmp, architecture, provisioned concurrency, SnapStart ---------------------------------


def test_init_is_billed_like_handler_time_unless_switched_off():
    """1 M requests, 2 % cold, 0.5 s of init each at 1,024 MB: 10,000 GB-s."""
    usage = LambdaUsage(p_cold=0.02, billed_init_s=0.5)
    assert part(function(1e6, 0.1, 1024), "Duration (x86_64), init", usage) == pytest.approx(
        10_000 * 0.0000166667
    )
    assert part(function(1e6, 0.1, 1024, init_billed=False), "Duration (x86_64), init", usage) == 0


@pytest.mark.parametrize(
    ("ephemeral_mb", "memory_mb", "gb_s"),
    [
        pytest.param(512, 1024, 0, id="512 MB are included"),
        pytest.param(1536, 1024, 1e6, id="1 GB above"),
        pytest.param(1536, 2048, 1e6, id="not multiplied by memory"),
        pytest.param(10_240, 1024, 9.5e6, id="9.5 GB above"),
    ],
)
def test_tmp_above_512_mb_is_billed_by_its_own_size(ephemeral_mb, memory_mb, gb_s):
    """1 M requests of 1 s."""
    usd = amounts(function(1e6, 1.0, memory_mb, ephemeral_mb=ephemeral_mb))
    assert usd["Ephemeral storage above 512 MB"] == pytest.approx(gb_s * 0.0000000309)


def test_arm64_pays_its_own_duration_price():
    """1 M requests of 1 s at 1,024 MB: 0.20 + 13.3334."""
    assert total(function(1e6, 1.0, 1024, architecture="arm64")) == pytest.approx(0.20 + 13.3334)
    assert total(function(1e6, 1.0, 1024)) == pytest.approx(0.20 + 16.6667)


@pytest.mark.parametrize(
    ("minutes", "billed_minutes"),
    [(0, 0), (1, 5), (5, 5), (6, 10), (35, 35), (125, 125), (250, 250), (480, 480), (985, 985), (1440, 1440)],
)
def test_provisioned_concurrency_is_kept_in_steps_of_five_minutes(minutes, billed_minutes):
    """One environment of 1 GB, 720 hours = 30 days: billed minutes x 60 x 30 GB-s."""
    scenario = function(
        1e6, 0.1, 1024, hours_per_month=720, provisioned_concurrency=1, provisioned_hours_per_day=minutes / 60
    )
    (kept,) = quantities(scenario, "Provisioned concurrency")
    assert kept == pytest.approx(billed_minutes * 60 * 30)


def test_overflow_of_provisioned_concurrency_pays_the_on_demand_price():
    """1 M requests of 1 s at 1 GB; on for 12 hours a day, serving 40 % of all: 400,000 GB-s of 1,000,000."""
    scenario = function(1e6, 1.0, 1024, provisioned_concurrency=10, provisioned_hours_per_day=12)
    usage = LambdaUsage(0.0, 0.0, provisioned_share=0.4)
    usd = amounts(scenario, usage)
    assert usd["Duration on provisioned concurrency"] == pytest.approx(400_000 * 0.0000097222)
    assert part(scenario, "Duration (x86_64)", usage) == pytest.approx(600_000 * 0.0000166667)
    assert usd["Provisioned concurrency"] == pytest.approx(10 * 12 * 3600 * 730 / 24 * 0.0000041667)
    assert usd["Requests"] == pytest.approx(0.20)


@pytest.mark.parametrize("runtime", ["java11", "java17", "java21", "java25"])
def test_java_pays_nothing_for_snapstart(runtime):
    items = amounts(function(1e6, 0.1, 1024, snapstart=True, runtime=runtime), LambdaUsage(0.01, 0.2))
    assert not [item for item in items if item.startswith("SnapStart")]


def test_a_month_of_job_runs():
    """48 runs a day for 720 hours = 1,440 runs of 60 s at 2,048 MB: 172,800 GB-s."""
    scenario = function(1e6, 60.0, 2048, kind="job", runs_per_day=48, hours_per_month=720)
    assert total(scenario) == pytest.approx(1440 * 2e-7 + 172_800 * 0.0000166667)


# --- the organisation's other usage -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("other", "paid"),
    [
        pytest.param(0, 100_000, id="nothing else: 400,000 of 500,000 are free"),
        pytest.param(150_000, 250_000, id="others took 150,000 of the free tier"),
        pytest.param(400_000, 500_000, id="others took all of it"),
        pytest.param(9e8, 500_000, id="far more"),
    ],
)
def test_other_functions_use_up_the_free_tier_first(other, paid):
    """500,000 requests of 1 s at 1 GB."""
    scenario = function(5e5, 1.0, 1024, free_tier=True, other_lambda_gb_s=other)
    assert sum(quantities(scenario, "Duration")) == pytest.approx(paid, abs=1e-3)


@pytest.mark.parametrize(
    ("other", "first", "second"),
    [
        pytest.param(6e9 - 1e6, 5e5, 0, id="just below the boundary"),
        pytest.param(6e9 - 2.5e5, 2.5e5, 2.5e5, id="across it"),
        pytest.param(6e9, 0, 5e5, id="at the boundary"),
        pytest.param(7e9, 0, 5e5, id="above it"),
    ],
)
def test_other_functions_use_up_the_lower_slices(other, first, second):
    scenario = function(5e5, 1.0, 1024, other_lambda_gb_s=other)
    assert quantities(scenario, "Duration")[:2] == pytest.approx([first, second], abs=1e-3)


def test_the_slices_of_the_others_begin_after_their_free_tier():
    """6 billion and 400,000 GB-s of the others, 400,000 of them free, fill the first slice exactly."""
    scenario = function(5e5, 1.0, 1024, free_tier=True, other_lambda_gb_s=6e9 + 4e5)
    assert quantities(scenario, "Duration")[:2] == pytest.approx([0, 5e5], abs=1e-3)


def test_other_requests_use_up_the_free_ones():
    scenario = function(2e6, 0.001, 128, free_tier=True, other_lambda_requests=7e5)
    assert quantities(scenario, "Requests") == pytest.approx([1.7e6])


# --- which inits are billed -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "billed"),
    [
        pytest.param({}, True, id="today"),
        pytest.param({"on": "2025-08-01"}, True, id="the first day"),
        pytest.param({"on": "2025-07-31"}, False, id="the day before"),
        pytest.param({"init_billed": False}, False, id="switched off"),
        pytest.param({"on": "2025-07-31", "package": "image"}, True, id="images always were"),
        pytest.param(
            {"init_billed": False, "runtime": "rust_on_provided_al2023"}, True, id="own runtimes always were"
        ),
        pytest.param(
            {"on": "2025-07-31", "runtime": "dotnet8_aot_on_provided_al2023"}, True, id="also native .NET"
        ),
        pytest.param(
            {"on": "2025-07-31", "runtime": "java21", "snapstart": True}, True, id="restores always were"
        ),
    ],
)
def test_init_is_billed_for_everybody_since_august_2025(fields, billed):
    usage = LambdaUsage(p_cold=0.02, billed_init_s=0.5)
    found = part(function(1e6, 0.1, 1024, **fields), "Duration (x86_64), init", usage)
    assert found == pytest.approx(10_000 * 0.0000166667 if billed else 0)


# --- events, streams, versions ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_kb", "each"),
    [(1, 1), (256, 1), (256.5, 2), (320, 2), (321, 3), (1024, 13)],
)
def test_a_large_event_counts_once_more_for_every_64_kb_beyond_256(request_kb, each):
    fields = {"request_kb": request_kb}
    assert quantities(function(1e6, 0.1, 128, invocation="async", **fields), "Requests") == pytest.approx(
        [each * 1e6]
    )
    assert quantities(function(1e6, 0.1, 128, **fields), "Requests") == pytest.approx([1e6])


@pytest.mark.parametrize(
    ("response_mb", "free_tier", "usd"),
    [
        pytest.param(6, False, 0, id="6 MB of every response are free"),
        pytest.param(7, False, 1000 * 0.008, id="1 MB of 1,024,000 responses: 1,000 GB"),
        pytest.param(7, True, 900 * 0.008, id="100 GB a month are free"),
    ],
)
def test_streamed_responses_pay_beyond_six_megabytes(response_mb, free_tier, usd):
    fields = {"response_kb": response_mb * 1024, "free_tier": free_tier}
    assert part(
        function(1_024_000, 0.1, 128, streamed=True, **fields), "Response streaming"
    ) == pytest.approx(usd)
    assert part(function(1_024_000, 0.1, 128, **fields), "Response streaming") == 0


@pytest.mark.parametrize(
    ("versions", "hours", "gb_hours"),
    [
        pytest.param(1, 730, 730, id="one version all month"),
        pytest.param(3, 730, 2190, id="three versions"),
        pytest.param(0, 730, 0, id="none"),
        pytest.param(2, 1, 6, id="three hours at least"),
    ],
)
def test_a_snapshot_is_cached_for_each_version_and_three_hours_at_least(versions, hours, gb_hours):
    fields = {"runtime": "python313", "snapstart": True, "snapstart_versions": versions}
    scenario = function(1e4, 0.1, 1024, hours_per_month=hours, **fields)
    assert quantities(scenario, "SnapStart cache") == pytest.approx([gb_hours * 3600])


# --- own and missing prices -----------------------------------------------------------------------


def test_an_own_price_marks_its_line_only():
    scenario = function(1e6, 1.0, 1024, overrides={"lambda.request/x86_64@us-east-1": 1e-6})
    assert [line.item for line in lambda_lines(scenario, WARM) if line.overridden] == ["Requests"]
    assert total(scenario) == pytest.approx(1.0 + 16.6667)


def test_an_own_slice_price_marks_handler_and_init_of_that_slice():
    second = "lambda.duration/x86_64@us-east-1#6000000000"
    scenario = function(7e9, 1.0, 1024, overrides={second: 0.00001})
    lines = lambda_lines(scenario, WARM)
    assert {line.fact for line in lines if line.overridden} == {second}
    assert all(line.overridden for line in lines if line.fact == second)
    assert part(scenario, "Duration") == pytest.approx(6e9 * 0.0000166667 + 1e9 * 0.00001)


def test_every_line_says_where_its_price_is_from():
    scenario = function(3e6, 0.12, 1536, free_tier=True, snapstart=True, runtime="python313")
    for line in lambda_lines(scenario, LambdaUsage(0.01, 0.3)):
        assert line.fact.startswith("lambda.")
        assert line.usd == pytest.approx(line.quantity * line.unit_usd)


# --- properties -----------------------------------------------------------------------------------

GROWING = {
    "requests": {"requests": np.geomspace(1e4, 1e12, 60)},
    "memory": {"memory_mb": np.linspace(128, 10_240, 60).round()},
    "duration": {"duration_s": np.geomspace(0.001, 900, 60)},
    "ephemeral storage": {"ephemeral_mb": np.linspace(512, 10_240, 20).round()},
    "provisioned concurrency": {"provisioned_concurrency": np.arange(1, 50)},
    "cold starts": {"p_cold": np.linspace(0, 1, 20)},
}


@pytest.mark.parametrize("free_tier", [True, False])
@pytest.mark.parametrize("growing", GROWING.values(), ids=GROWING)
def test_more_never_costs_less(growing, free_tier):
    """Requests that only wait, so that more memory does not make them shorter."""
    fields = {"requests": 5e7, "duration_s": 0.2, "memory_mb": 1024, "cpu_share": 0} | growing
    usage = LambdaUsage(fields.pop("p_cold", 0.01), 0.3)
    assert np.all(np.diff(total(function(free_tier=free_tier, **fields), usage)) >= 0)


@settings(max_examples=40)
@given(
    requests=st.floats(1e4, 1e11),
    duration_s=st.floats(0.001, 900),
    memory_mb=st.integers(128, 10_240),
    provisioned_concurrency=st.integers(0, 100),
    free_tier=st.booleans(),
    p_cold=st.floats(0, 1),
)
def test_a_total_is_the_sum_of_its_lines_and_no_line_is_negative(p_cold, **fields):
    lines = lambda_lines(function(**fields), LambdaUsage(p_cold, 0.3, 0.5))
    assert Bill(lines).total_usd == pytest.approx(sum(float(line.usd) for line in lines))
    assert all(line.usd >= 0 and line.quantity >= 0 for line in lines)


@settings(max_examples=40)
@given(st.floats(1e4, 1e11), st.floats(0.001, 10), st.floats(0, 1), st.floats(0, 5))
def test_free_and_paid_gb_seconds_are_all_there_is(requests, duration_s, p_cold, init_s):
    scenario = function(requests, duration_s, 1024, free_tier=True)
    lines = lambda_lines(scenario, LambdaUsage(p_cold, init_s))
    counted = sum(float(line.quantity) for line in lines if line.item.startswith("Duration"))
    counted -= sum(
        float(line.quantity) for line in lines if line.item == "Duration on provisioned concurrency"
    )
    assert counted == pytest.approx(requests * (billed_handler_s(scenario) + p_cold * init_s))


def test_broadcasting_equals_looping():
    """Two rows with and without provisioned concurrency, three columns up the slices."""
    requests, duration_s = np.array([1e5, 3e7, 9e10]), np.array([0.1, 0.2, 0.9])
    kept = np.array([[0], [5]])
    memory_mb, p_cold = np.array([128, 1024, 3008]), np.array([0.5, 0.01, 0.0])
    fields = {"free_tier": True, "snapstart": True, "runtime": "python313", "ephemeral_mb": 1024}
    at_once = lambda_lines(
        function(requests, duration_s, memory_mb, provisioned_concurrency=kept, **fields),
        LambdaUsage(p_cold, 0.3, 0.8),
    )
    for i, j in np.ndindex(2, 3):
        one = function(requests[j], duration_s[j], memory_mb[j], provisioned_concurrency=kept[i, 0], **fields)
        alone = amounts(one, LambdaUsage(p_cold[j], 0.3, 0.8))
        for line in at_once:
            usd = np.broadcast_to(line.usd, (2, 3))[i, j]
            assert usd == pytest.approx(alone.get(line.item, 0.0), rel=1e-12), line.item


def test_other_usage_inside_the_free_tier_uses_up_none_of_the_first_slice():
    # 400,000 GB-s a month are free; the organisation's other functions take 300,000 of them, none of it paid.
    scenario = replace_at(
        Scenario(),
        {"workload.requests_per_s": 1e6, "billing.other_lambda_gb_s": 300_000, "billing.free_tier": True},
    )
    lines = evaluate(scenario).aws_lambda.bill.lines
    first = [line for line in lines if line.item.startswith("Duration (") and "first 6 billion" in line.item]
    assert sum(float(line.quantity) for line in first) == pytest.approx(6e9, abs=1)
