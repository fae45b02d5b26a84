"""The vocabulary: names, defaults, ranges; what does not go together; and changing one field at a time."""

import dataclasses
from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from model.fields import ChoiceField, FlagField, ManyField, NumberField, ScenarioError
from model.scenario import (
    AwsLambda,
    Billing,
    Fargate,
    Scenario,
    Workload,
    adjustable_assumptions,
    fargate_memory_options,
    fargate_vcpu_options,
    replace_at,
    value_at,
    vocabulary,
)

FIELDS = {path: spec for path, spec, _ in vocabulary()}
NUMBERS = {path: spec for path, spec in FIELDS.items() if isinstance(spec, NumberField)}
X86_VCPU = "fargate.vcpu/linux_x86_64@us-east-1"

# --- names, defaults, ranges ----------------------------------------------------------------------

# What links, files and the command line rely on. The first screen is the article's example:
# 100 requests/s of 200 ms at 1 GB, against autoscaling between 2 and 20 tasks at 70 %, cooldowns 60 and 300 s.
QUANTITIES = {
    "workload.requests_per_s": (100, 1e-6, 1e6),
    "workload.duration_s": (0.2, 0.001, None),  # 900 for a service, longer for a job: below
    "workload.measured_at_mb": (1024, 128, 10_240),
    "workload.duration_cv": (0.5, 0, None),
    "workload.cpu_share": (0.3, 0, 1),
    "workload.cpu_threads": (1, 1, None),
    "workload.peak_to_mean": (3, 1, None),  # a peak is never below the mean
    "workload.spike_factor": (2.5, 1, None),
    "workload.on_share": (0.2, None, 1),
    "workload.burstiness": (1, 0, None),
    "workload.db_connections_limit": (None, 1, None),
    "aws_lambda.memory_mb": (1024, 128, 10_240),
    "aws_lambda.provisioned_concurrency": (0, 0, None),
    "aws_lambda.provisioned_hours_per_day": (24, 0, 24),
    "aws_lambda.reserved_concurrency": (None, 0, None),
    "aws_lambda.account_concurrency": (1000, None, None),
    "aws_lambda.keep_alive_s": (None, 0, None),
    "aws_lambda.init_s": (None, 0, 900),
    "aws_lambda.init_log_sd": (None, 0, 3),
    "aws_lambda.first_invocation_s": (None, 0, 900),
    "aws_lambda.cold_start_s": (None, 0, 900),
    "aws_lambda.ephemeral_mb": (512, 512, 10_240),
    "aws_lambda.package_mb": (5, None, 10_240),
    "fargate.vcpu": (0.5, 0.25, 32),
    "fargate.memory_gb": (1, 0.5, 244),
    "fargate.spot_share": (0, 0, 1),
    "fargate.min_tasks": (2, 0, None),
    "fargate.max_tasks": (20, 1, None),
    "fargate.target_percent": (70, 1, 100),
    "fargate.metric_period_s": (60, 20, 60),
    "fargate.metric_lag_s": (None, 0, None),
    "fargate.scale_out_cooldown_s": (60, 0, None),
    "fargate.scale_in_cooldown_s": (300, 0, None),
    "fargate.health_check_interval_s": (30, 5, 300),
    "fargate.ephemeral_gb": (20, 20, 200),
    "fargate.availability_zones": (2, 1, 6),
    "billing.hours_per_month": (730, 1, 744),
    "billing.other_lambda_gb_s": (0, 0, None),
    "billing.other_lambda_requests": (0, 0, None),
    "billing.commitment_usd_per_hour": (None, 0, None),
    "workload.outbound_kb": (0, 0, None),
    "workload.cross_zone_kb": (0, 0, None),
    "workload.open_connections": (0, 0, None),
    "workload.database_vcpu": (2, 1, None),
    "workload.step_functions_transitions": (0, 0, None),
    "workload.express_duration_s": (None, 0, 300),
    "workload.express_memory_mb": (64, 1, None),
    "workload.custom_metrics": (0, 0, None),
    "workload.xray_share": (0, 0, 1),
    "aws_lambda.snapstart_versions": (1, 0, None),
    "aws_lambda.provisioned_target_percent": (None, 10, 90),
    "fargate.images_kept": (0, 0, None),
    "fargate.interface_endpoints": (0, 0, None),
    "workload.client_retries": (0, 0, None),
    "workload.retry_backoff_s": (1, 0, None),
    "workload.spike_at_s": (0, 0, 59),
    "fargate.spot_interrupted_share": (0, 0, 1),
    "fargate.spot_interruption_at_s": (0, 0, None),
    "fargate.spot_shortage_s": (0, 0, None),
    "fargate.step_datapoints": (1, 1, None),
    "fargate.target_requests_per_min": (None, 1, None),
    "fargate.schedule_lead_s": (None, -3600, None),
    "fargate.scheduled_min_tasks": (None, 0, None),
}
WORDS = {
    "workload.kind": ("service", "job"),
    "workload.pattern": (
        *("steady", "diurnal", "business_hours", "spike", "bursty", "on_off", "ramp", "cron", "trace"),
    ),
    "workload.arrivals": ("random", "evenly_spaced"),
    "workload.spike_shape": ("step", "ramp", "flash_crowd", "pulses"),
    "fargate.step_type": ("percent", "tasks"),
    "aws_lambda.architecture": ("x86_64", "arm64"),
    "aws_lambda.package": ("zip", "image"),
    "aws_lambda.front_door": ("function_url", "http_api", "rest_api", "websocket_api", "alb", "none"),
    "aws_lambda.invocation": ("sync", "async"),
    "aws_lambda.managed_instance_type": ("m7g.xlarge", "c7g.xlarge", "c7i.xlarge"),
    "workload.step_functions_type": ("standard", "express"),
    "workload.rds_proxy": ("none", "aws_lambda", "both"),
    "fargate.architecture": ("x86_64", "arm64"),
    "fargate.os": ("linux", "windows"),
    "fargate.scaling": ("target_tracking", "fixed", "step", "scheduled", "predictive"),
    "fargate.metric": ("cpu", "requests_per_target"),
    "fargate.load_balancer": ("alb", "nlb", "none"),
    "billing.savings_plan": (
        *("none", "1yr_no_upfront", "1yr_partial_upfront", "1yr_all_upfront"),
        *("3yr_no_upfront", "3yr_partial_upfront", "3yr_all_upfront"),
    ),
}
FLAGS = {
    "aws_lambda.vpc": False,
    "aws_lambda.snapstart": False,
    "fargate.nat": False,
    "fargate.public_ip": False,
    "billing.free_tier": True,
    "billing.init_billed": True,
    "billing.common_costs": True,
    "workload.internet_facing": True,
    "workload.queue": False,
    "aws_lambda.nat": False,
    "aws_lambda.streamed": False,
    "aws_lambda.free_tier_with_provisioned": False,
    "aws_lambda.managed_instances": False,
    "fargate.nlb_tls": False,
    "fargate.container_insights": False,
}
OTHERS = (
    *(
        "workload.runs_per_day",
        "workload.spike_duration_s",
        "workload.trace",
        "workload.memory_per_request_mb",
    ),
    *(
        "workload.memory_base_mb",
        "workload.scratch_mb",
        "workload.open_files",
        "workload.request_kb",
        "workload.response_kb",
        "workload.log_kb",
    ),
    *(
        "workload.slo_p99_s",
        "workload.timeout_s",
        "workload.needs",
        "aws_lambda.runtime",
        "aws_lambda.loaded_mb",
    ),
    *("aws_lambda.framework", "fargate.tasks", "fargate.requests_in_flight_per_task", "fargate.image_mb"),
    *("fargate.boot_s", "billing.region"),
    *("workload.spike_rise_s", "workload.spike_pulse_s", "fargate.step_bound_percent"),
    *("fargate.step_small", "fargate.step_large", "fargate.step_in", "fargate.step_in_below_percent"),
)


def test_the_vocabulary_is_the_contract_and_nothing_else():
    assert set(FIELDS) == {*QUANTITIES, *WORDS, *FLAGS, *OTHERS}


@pytest.mark.parametrize(("path", "default"), [(path, known[0]) for path, known in QUANTITIES.items()])
def test_each_quantity_has_its_default(path, default):
    assert value_at(Scenario(), path) == default


@pytest.mark.parametrize(
    ("path", "low", "high"), [(path, low, high) for path, (_, low, high) in QUANTITIES.items()]
)
def test_each_quantity_has_its_range(path, low, high):
    spec = FIELDS[path]
    assert low in (None, spec.low) and high in (None, spec.high)


@pytest.mark.parametrize(("path", "options"), WORDS.items())
def test_each_choice_has_its_words_and_its_default(path, options):
    assert isinstance(FIELDS[path], ChoiceField)
    assert set(FIELDS[path].options) == set(options)
    assert value_at(Scenario(), path) == options[0]


@pytest.mark.parametrize(("path", "default"), FLAGS.items())
def test_each_flag_has_its_default(path, default):
    assert isinstance(FIELDS[path], FlagField)
    assert value_at(Scenario(), path) is default


def test_what_a_workload_may_need_is_listed():
    assert isinstance(FIELDS["workload.needs"], ManyField)
    assert {"websockets", "grpc_streams", "gpu", "over_15_minutes", "custom_os_packages"} <= set(
        FIELDS["workload.needs"].options
    )
    assert Scenario().workload.needs == ()


def test_there_are_34_regions_four_traces_and_an_upload():
    assert len(FIELDS["billing.region"].options) == 34
    assert Scenario().billing.region == "us-east-1"
    assert len(FIELDS["workload.trace"].options) == 5
    assert FIELDS["workload.trace"].options[-1] == "uploaded"


@pytest.mark.parametrize("path", FIELDS)
def test_every_field_says_what_it_means(path):
    assert FIELDS[path].meaning


@pytest.mark.parametrize("path", NUMBERS)
def test_every_quantity_takes_both_ends_of_its_range_and_has_its_default_inside(path):
    spec = NUMBERS[path]
    assert spec.low < spec.high
    assert spec.accepts(spec.low) and spec.accepts(spec.high)
    assert spec.accepts(value_at(Scenario(), path))


@pytest.mark.parametrize(
    ("aws_name", "ours"),
    [
        *((f"python3.{minor}", f"python3{minor}") for minor in (9, 10, 11, 12, 13, 14)),
        *((f"nodejs{major}.x", f"nodejs{major}x") for major in (20, 22, 24)),
        *((f"ruby3.{minor}", f"ruby3{minor}") for minor in (2, 3, 4)),
        *((name, name) for name in ("java11", "java17", "java21", "java25", "dotnet8", "dotnet10")),
        ("java8.al2", "java8_al2"),
    ],
)
def test_a_runtime_may_be_written_as_aws_writes_it(aws_name, ours):
    assert Scenario(aws_lambda=AwsLambda(runtime=aws_name)).aws_lambda.runtime == ours


@pytest.mark.parametrize(
    ("path", "word"),
    [("workload.kind", "s.ervice"), ("billing.region", "us-.east-1"), ("aws_lambda.package", "zip.")],
)
def test_dots_are_forgiven_in_runtimes_only(path, word):
    with pytest.raises(ScenarioError, match="is not allowed: one of"):
        replace_at(Scenario(), path, word)


# --- one field at a time --------------------------------------------------------------------------

WRONG = {
    "not a number": lambda spec: float("nan"),
    "infinite": lambda spec: float("inf"),
    "yes": lambda spec: True,
    "a word": lambda spec: "many",
    "a number in words": lambda spec: "5",
    "just below": lambda spec: np.nextafter(spec.low, -np.inf),
    "just above": lambda spec: np.nextafter(spec.high, np.inf),
    "one bad element": lambda spec: np.array([spec.low, spec.high, np.nan]),
    "an object": lambda spec: {"value": 1},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("path", NUMBERS)
def test_a_quantity_that_is_wrong_is_refused_by_name(path, wrong):
    spec = NUMBERS[path]
    kind = "a whole number" if spec.whole else "a number"
    with pytest.raises(ScenarioError, match=f"^{path} = .* is not allowed: {kind} from ") as raised:
        replace_at(Scenario(), path, wrong(spec))
    assert raised.value.path == path


@pytest.mark.parametrize("path", NUMBERS)
def test_none_is_refused_unless_it_means_something(path):
    if NUMBERS[path].when_none:
        assert value_at(replace_at(Scenario(), path, None), path) is None
    else:
        with pytest.raises(ScenarioError, match=f"^{path} = None is not allowed"):
            replace_at(Scenario(), path, None)


@pytest.mark.parametrize("path", [path for path, spec in FIELDS.items() if not isinstance(spec, NumberField)])
@pytest.mark.parametrize("wrong", ["nonsense", 5, None, {"a": 1}], ids=repr)
def test_words_and_flags_that_are_wrong_are_refused_by_name(path, wrong):
    with pytest.raises(ScenarioError, match=f"^{path} = .* is not allowed: (one of|a list of|true or false)"):
        replace_at(Scenario(), path, wrong)


# --- fields that must go together -----------------------------------------------------------------


@pytest.mark.parametrize("duration_s", [900.001, np.array([1.0, 901.0])])
def test_a_service_request_of_more_than_15_minutes_is_a_job(duration_s):
    with pytest.raises(
        ScenarioError, match=r"^workload.duration_s = .* to 900 s for a service; .* kind = job"
    ):
        Scenario(workload=Workload(duration_s=duration_s))
    assert Scenario(workload=Workload(duration_s=900)).workload.duration_s == 900
    assert Scenario(workload=Workload(kind="job", duration_s=7200)).workload.duration_s == 7200


# AWS's table of task sizes (Fargate pricing page, 2026): memory in GB beside each vCPU size.
LINUX = {
    0.25: (0.5, 1, 2),
    0.5: range(1, 5),
    1: range(2, 9),
    2: range(4, 17),
    4: range(8, 31),
    8: range(16, 61, 4),
    16: range(32, 121, 8),
    32: (60, 120, 244),
}
WINDOWS = {vcpu: LINUX[vcpu] for vcpu in (1, 2, 4)}


@pytest.mark.parametrize(("os", "table"), [("linux", LINUX), ("windows", WINDOWS)])
def test_task_sizes_are_those_of_aws(os, table):
    assert fargate_vcpu_options(os) == tuple(table)
    for vcpu, memory in table.items():
        assert fargate_memory_options(vcpu, os) == tuple(memory)
        for memory_gb in memory:
            Scenario(fargate=Fargate(vcpu=vcpu, memory_gb=memory_gb, os=os))


@pytest.mark.parametrize(
    ("size", "message"),
    [
        (
            (0.25, 4),
            r"^fargate.memory_gb = 4.0 .* with 0.25 vCPU one of 0.5, 1, 2 GB; the next legal one is 2$",
        ),
        ((1, 1), r"^fargate.memory_gb = 1.0 .* with 1 vCPU one of 2, 3, 4, 5, 6, 7, 8 GB; .* is 2$"),
        ((1, 2.5), r"^fargate.memory_gb = 2.5 .*; the next legal one is 3$"),
        ((8, 18), r"^fargate.memory_gb = 18.0 .*; the next legal one is 20$"),
        ((32, 121), r"^fargate.memory_gb = 121.0 .* one of 60, 120, 244 GB; the next legal one is 244$"),
        ((3, 8), r"^fargate.vcpu = 3.0 .* one of 0.25, 0.5, 1, 2, 4, 8, 16, 32 \(linux\)$"),
        ((np.array([1, 2]), 2), r"^fargate.memory_gb = 2.0 .* with 2 vCPU"),
        ((1, np.array([2, 9])), r"^fargate.memory_gb = 9.0 .* with 1 vCPU"),
        ((np.array([1, 5]), 4), r"^fargate.vcpu = 5.0 "),
    ],
)
def test_an_illegal_task_size_is_refused_with_the_next_legal_one(size, message):
    with pytest.raises(ScenarioError, match=message):
        Scenario(fargate=Fargate(vcpu=size[0], memory_gb=size[1]))


def test_arrays_of_task_sizes_are_paired_by_broadcasting():
    task = Scenario(fargate=Fargate(vcpu=np.array([[1], [2]]), memory_gb=np.array([4, 8]))).fargate
    assert task.vcpu.shape == (2, 1) and task.memory_gb.shape == (2,)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"vcpu": 0.5, "memory_gb": 1}, r"^fargate.vcpu = 0.5 .* one of 1, 2, 4 \(windows\)$"),
        (
            {"vcpu": 1, "memory_gb": 2, "architecture": "arm64"},
            r"^fargate.os = 'windows' .* x86_64 On-Demand$",
        ),
        ({"vcpu": 1, "memory_gb": 2, "spot_share": 0.1}, r"^fargate.os = 'windows' .* x86_64 On-Demand$"),
        ({"vcpu": 1, "memory_gb": 2, "spot_share": np.array([0, 1])}, r"^fargate.os = 'windows' "),
    ],
)
def test_windows_tasks_are_x86_on_demand_and_have_their_own_sizes(fields, message):
    with pytest.raises(ScenarioError, match=message):
        Scenario(fargate=Fargate(os="windows", **fields))


@pytest.mark.parametrize(
    ("low", "high"),
    [(21, 20), (2, 1), (np.array([2, 30]), 20), (5, np.array([4, 6])), (np.array([3, 4]), np.array([4, 3]))],
)
def test_the_fewest_tasks_are_not_more_than_the_most(low, high):
    with pytest.raises(
        ScenarioError, match=r"^fargate.min_tasks = .* at most max_tasks, which is .* raise max_tasks"
    ):
        Scenario(fargate=Fargate(min_tasks=low, max_tasks=high))
    assert Scenario(fargate=Fargate(min_tasks=7, max_tasks=7)).fargate.min_tasks == 7


@pytest.mark.parametrize("period", [30, 21, np.array([20, 60, 40])])
def test_a_metric_period_is_20_or_60_seconds(period):
    with pytest.raises(ScenarioError, match=r"^fargate.metric_period_s = .* 20 or 60 \(seconds\)$"):
        Scenario(fargate=Fargate(metric_period_s=period))
    assert Scenario(fargate=Fargate(metric_period_s=np.array([20, 60]))).shape == (2,)


@pytest.mark.parametrize(
    "on",
    [
        *("2026-13-01", "2026-02-30", "yesterday", "01.02.2026", "2026-1-1", "2026-11-23T00:00", " "),
        *("20261123", "2026-W48-1"),  # days by ISO 8601, but not what we say we take
        *(20261123, None, 0, False, [], {}),
    ],
    ids=repr,
)
def test_a_price_date_is_a_day_written_year_month_day(on):
    with pytest.raises(
        ScenarioError, match=r"^billing.on = .* a day as YYYY-MM-DD, or empty for the newest$"
    ):
        Scenario(billing=Billing(on=on))


@pytest.mark.parametrize("on", ["", "2026-11-23", "2024-02-29", "1999-01-01"])
def test_a_price_date_may_be_any_day_or_none(on):
    assert Scenario(billing=Billing(on=on)).billing.on == on


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (
            {"fargate.vcpu": 1.0},
            r"^billing.overrides\[fargate.vcpu\] = 1.0 .* a price key as shown on the bill",
        ),
        (
            {X86_VCPU + "#5": 1.0},
            r"a price key as shown on the bill, such as fargate.vcpu/linux_x86_64@us-east-1",
        ),
        ({X86_VCPU: -0.01}, r"^billing.overrides\[fargate.vcpu/.*\] = -0.01 .* USD from 0 to 1,000,000$"),
        ({X86_VCPU: float("nan")}, r"= nan .* USD from 0 to 1,000,000$"),
        ({X86_VCPU: "0.04"}, r"= '0.04' .* USD from 0 to 1,000,000$"),
        ({X86_VCPU: True}, r"= True .* USD from 0 to 1,000,000$"),
        ({X86_VCPU: None}, r"= None .* USD from 0 to 1,000,000$"),
        ({X86_VCPU: np.array([0.04, 0.05])}, r"USD from 0 to 1,000,000$"),
        ([], r"^billing.overrides = \[\] .* an object of price key -> USD per unit$"),
        (None, r"^billing.overrides = None .* an object of price key"),
        ("cheap", r"^billing.overrides = 'cheap' .* an object of price key"),
    ],
)
def test_an_own_price_needs_a_known_key_and_a_sensible_figure(overrides, message):
    with pytest.raises(ScenarioError, match=message):
        Scenario(billing=Billing(overrides=overrides))


def test_an_own_price_may_be_zero_and_may_fill_a_gap():
    """Nobody published the hour of an ALB in Cape Town."""
    overrides = {X86_VCPU: 0.0, "elb.alb_hour@af-south-1": 0.03}
    assert Scenario(billing=Billing(overrides=overrides)).billing.overrides == overrides


# --- assumptions ----------------------------------------------------------------------------------


def test_an_assumption_is_ours_until_the_user_moves_it():
    assert Scenario().assumed("elb.requests_per_connection") == 100
    assert (
        Scenario(assumptions={"elb.requests_per_connection": 7}).assumed("elb.requests_per_connection") == 7
    )


@pytest.mark.parametrize(
    ("assumptions", "message"),
    [
        (
            {"lambda.max_duration_s": 1800},
            r"^assumptions\[lambda.max_duration_s\] = 1800 is not allowed: ",
        ),
        ({"nonsense": 1}, r"^assumptions\[nonsense\] = 1 is not allowed: "),
        ({"compute.arm64_speed": "fast"}, r"^assumptions\[compute.arm64_speed\] = 'fast' .* a number from"),
        (
            {"compute.arm64_speed": float("nan")},
            r"^assumptions\[compute.arm64_speed\] = nan .* a number from",
        ),
        (
            {"compute.arm64_speed": np.array([1, np.inf])},
            r"^assumptions\[compute.arm64_speed\] = .* a number from",
        ),
        ({"compute.arm64_speed": None}, r"^assumptions\[compute.arm64_speed\] = None .* a number from"),
        ({"compute.arm64_speed": -1}, r"^assumptions\[compute.arm64_speed\] = -1 .* a number from"),
        ([], r"^assumptions = \[\] .* an object of fact id -> value$"),
        (None, r"^assumptions = None .* an object of fact id -> value$"),
    ],
)
def test_an_assumption_needs_a_known_id_and_a_number(assumptions, message):
    with pytest.raises(ScenarioError, match=message):
        Scenario(assumptions=assumptions)


@pytest.mark.parametrize(
    "id", ["compute.arm64_speed", "compute.fargate_vcpu_speed", "elb.requests_per_connection"]
)
def test_an_assumption_that_divides_is_not_zero(id):
    """A vCPU of no speed, or a connection without requests, would make times and bills infinite."""
    with pytest.raises(ScenarioError, match=id):
        Scenario(assumptions={id: 0})


@pytest.mark.parametrize(
    ("id", "value"),
    [("network.public_egress_share", 1.5), ("fargate.spot_discount", 2), ("logs.stored_share", 40)],
)
def test_an_assumed_share_is_at_most_one(id, value):
    with pytest.raises(ScenarioError, match=id):
        Scenario(assumptions={id: value})


def test_a_list_of_assumed_values_counts_as_an_array():
    scenario = Scenario(assumptions={"compute.arm64_speed": [0.9, 1.0, 1.1]})
    assert scenario.shape == (3,)
    assert isinstance(scenario.assumed("compute.arm64_speed"), np.ndarray)


def test_only_facts_with_a_stated_range_can_be_moved():
    assert {"elb.requests_per_connection", "compute.arm64_speed", "fargate.task_imbalance"} <= set(
        adjustable_assumptions()
    )
    assert "lambda.free_requests" not in adjustable_assumptions()


# --- arrays and purity ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "shape"),
    [
        ({}, ()),
        ({"workload.requests_per_s": 7}, ()),
        ({"workload.requests_per_s": [1.0, 2, 3]}, (3,)),
        ({"workload.requests_per_s": np.ones((4, 1)), "aws_lambda.memory_mb": np.full(3, 512)}, (4, 3)),
        ({"fargate.boot_s": np.array(3.0)}, ()),
        (
            {"assumptions": {"compute.arm64_speed": np.ones(5)}, "workload.duration_cv": np.zeros((2, 1))},
            (2, 5),
        ),
    ],
)
def test_the_shape_is_what_all_fields_broadcast_to(changes, shape):
    assert replace_at(Scenario(), changes).shape == shape


@pytest.mark.parametrize(
    "changes",
    [
        {"workload.requests_per_s": np.ones(2), "aws_lambda.memory_mb": np.full(3, 512)},
        {"workload.requests_per_s": np.ones(2), "assumptions": {"compute.arm64_speed": np.ones(3)}},
        {"fargate.min_tasks": np.ones(2), "fargate.max_tasks": np.full(3, 9)},
        {"fargate.vcpu": np.full(2, 1), "fargate.memory_gb": np.full(3, 2)},
    ],
)
def test_arrays_that_do_not_fit_each_other_are_refused(changes):
    with pytest.raises(ScenarioError, match="array fields of one scenario must broadcast together") as raised:
        replace_at(Scenario(), changes)
    for path in changes:
        assert path in str(raised.value) or path == "assumptions"


def test_nothing_outside_can_change_a_scenario():
    grid, own, assumed = np.array([1.0, 2.0]), {X86_VCPU: 0.05}, {"compute.arm64_speed": 0.9}
    scenario = Scenario(
        workload=Workload(requests_per_s=grid), billing=Billing(overrides=own), assumptions=assumed
    )
    grid[0], own[X86_VCPU] = 99.0, -5.0
    assumed["compute.arm64_speed"] = 0.0
    assert scenario.workload.requests_per_s.tolist() == [1.0, 2.0]
    assert scenario.billing.overrides == {X86_VCPU: 0.05}
    assert scenario.assumed("compute.arm64_speed") == 0.9


def test_a_scenario_is_frozen():
    with pytest.raises(FrozenInstanceError):
        Scenario().workload.requests_per_s = 5
    with pytest.raises(FrozenInstanceError):
        Scenario().workload = Workload()


# --- replace_at -----------------------------------------------------------------------------------


def test_one_field_is_replaced_and_the_rest_kept():
    before = Scenario()
    after = replace_at(before, "workload.requests_per_s", 7)
    assert after.workload.requests_per_s == 7 and before.workload.requests_per_s == 100
    assert dataclasses.replace(after, workload=before.workload) == before


def test_fields_that_belong_together_are_checked_together():
    """One vCPU with the default 1 GB is not a task size; both at once are."""
    with pytest.raises(ScenarioError, match=r"the next legal one is 2$"):
        replace_at(Scenario(), "fargate.vcpu", 1)
    both = replace_at(Scenario(), {"fargate.vcpu": 1, "fargate.memory_gb": 2, "billing.on": "2026-01-01"})
    assert (both.fargate.vcpu, both.fargate.memory_gb, both.billing.on) == (1, 2, "2026-01-01")


def test_replacing_nothing_changes_nothing():
    assert replace_at(Scenario(), {}) == Scenario()


def test_assumptions_and_own_prices_are_replaced_as_a_whole():
    scenario = replace_at(Scenario(), {"assumptions": {"elb.rules": 3}, "billing.overrides": {X86_VCPU: 1}})
    assert scenario.assumptions == {"elb.rules": 3}
    assert replace_at(scenario, "billing.overrides", {}).billing.overrides == {}


@pytest.mark.parametrize(
    ("path", "suggestion"),
    [
        ("workload.request_per_s", "workload.requests_per_s"),
        ("aws_lambda.memory", "aws_lambda.memory_mb"),
        ("lambda.memory_mb", "aws_lambda.memory_mb"),
        ("fargate.vcpus", "fargate.vcpu"),
        ("requests_per_s", "workload.requests_per_s"),
        ("workload", "workload."),
        ("", "workload."),
        ("workload.__class__", "workload."),
        ("workload.kind.x", "workload.kind"),
    ],
)
def test_an_unknown_path_is_refused_with_the_closest_ones(path, suggestion):
    with pytest.raises(ScenarioError, match=rf"there is no such field; did you mean .*{suggestion}"):
        replace_at(Scenario(), path, 5)
