"""Both platforms from one scenario: broadcasting is looping, parts add up, and no legal scenario breaks it."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model import Scenario, evaluate
from model.cold_start import cold_start
from model.cost.aws_lambda import billed_handler_s
from model.facts import load_measured, pick_fact
from model.fields import ChoiceField, ManyField, NumberField, ScenarioError
from model.fit import fit
from model.scaling.ecs import simulate_service
from model.scenario import (
    adjustable_assumptions,
    assumption_field,
    fargate_memory_options,
    fargate_vcpu_options,
    replace_at,
    vocabulary,
)
from model.series import UPLOADED
from model.traffic import requests_per_month, traffic
from model.warm_pool import warm_pool

FIELDS = {path: spec for path, spec, _ in vocabulary()}
NUMERIC = [path for path, spec in FIELDS.items() if isinstance(spec, NumberField)]
SECONDS_A_MONTH = 730 * 3600


def asked(**changes):
    return evaluate(
        replace_at(Scenario(), {name.replace("__", "."): value for name, value in changes.items()})
    )


def outcome(comparison):
    """Everything that must not depend on whether scenarios come one by one or in an array."""
    function, task = comparison.aws_lambda, comparison.fargate
    found = {
        "p_cold": function.cold.p_cold,
        "environments": function.cold.environments_mean,
        "cold_start_s": function.start.mean_s,
        "task_hours": task.task_hours,
    }
    bills = {"lambda": function.bill, "fargate": task.bill, "managed": function.managed_bill}
    for name, bill in bills.items():
        if bill is not None:
            found |= {f"{name}: {line.item} ({line.fact})": line.usd for line in bill.lines}
            found[f"{name} total"] = bill.total_usd
    for name, side in (("lambda", function), ("fargate", task)):
        found |= {f"{name} {at}": getattr(side.latency, at) for at in ("p50_s", "p99_s", "p999_s", "mean_s")}
        found[f"{name} within_slo"] = side.latency.within_slo
    found |= {f"fit: {c.platform} {c.check}": c.ok for c in fit(comparison.scenario, function.traffic)}
    return found


def assert_looping_gives_the_same(scenario, changes, *, rel=1e-9, of=outcome):
    """The outcome of a scenario of arrays against that of each element by itself."""
    shape = np.broadcast_shapes(*(np.shape(values) for values in changes.values()))
    together = of(evaluate(replace_at(scenario, changes)))
    for index in np.ndindex(shape):
        one = {path: np.broadcast_to(values, shape)[index].item() for path, values in changes.items()}
        alone = of(evaluate(replace_at(scenario, one)))
        # a line that nobody pays, or a limit that does not bind, may be missing on one side
        for name in together.keys() & alone.keys():
            got = np.broadcast_to(together[name], shape)[index]
            assert got == pytest.approx(alone[name], rel=rel, abs=1e-12), f"{name} of {one}"
        for name in together.keys() ^ alone.keys():
            rest = together.get(name, alone.get(name))
            there = np.broadcast_to(rest, shape)[index]
            nothing = there if name.startswith("fit:") else not there
            assert nothing, f"{name} of {one} is only on one side"


# --- broadcasting is looping ------------------------------------------------------------------------

JOB = {"workload.kind": "job", "workload.duration_s": 120.0, "workload.timeout_s": 3600.0}
SPOT = {"fargate.spot_share": 1.0, "fargate.spot_interrupted_share": 0.5}
STEP = {"fargate.scaling": "step"}
PLAN = {"billing.savings_plan": "1yr_no_upfront"}
VALUES = {
    "workload.requests_per_s": (0.01, 3.0, 400.0),
    "workload.runs_per_day": (0.5, 24.0, 5000.0),
    "workload.peak_to_mean": (1.01, 3.0, 12.0),
    "workload.spike_factor": (1.01, 2.5, 30.0),
    "workload.spike_duration_s": (30.0, 1800.0, 40_000.0),
    "workload.spike_rise_s": (0.0, 300.0, 5000.0),
    "workload.spike_pulse_s": (1.0, 60.0, 4000.0),
    "workload.spike_at_s": (0, 17, 59),
    "workload.client_retries": (0, 1, 10),
    "workload.retry_backoff_s": (0.0, 1.0, 40.0),
    "workload.on_share": (0.01, 0.2, 0.99),
    "workload.burstiness": (0.01, 1.0, 5.0),
    "workload.duration_s": (0.001, 0.2, 30.0),
    "workload.measured_at_mb": (128.0, 1024.0, 8000.0),
    "workload.duration_cv": (0.0, 0.5, 4.0),
    "workload.cpu_share": (0.0, 0.3, 1.0),
    "workload.cpu_threads": (1, 2, 16),
    "workload.memory_per_request_mb": (0.0, 20.0, 500.0),
    "workload.memory_base_mb": (0.0, 150.0, 3000.0),
    "workload.scratch_mb": (0.0, 100.0, 9000.0),
    "workload.open_files": (0, 100, 5000),
    "workload.request_kb": (0.0, 1.0, 9000.0),
    "workload.response_kb": (0.0, 5.0, 9000.0),
    "workload.outbound_kb": (0.0, 20.0, 5000.0),
    "workload.cross_zone_kb": (0.0, 20.0, 5000.0),
    "workload.open_connections": (0.0, 500.0, 1e7),
    "workload.log_kb": (0.0, 0.5, 100.0),
    "workload.slo_p99_s": (0.1, 1.0, 100.0),
    "workload.timeout_s": (0.3, 29.0, 900.0),
    "workload.db_connections_limit": (1, 50, 1000),
    "workload.database_vcpu": (1.0, 2.5, 64.0),
    "workload.step_functions_transitions": (0.0, 0.001, 12.0),
    "workload.express_duration_s": (0.0, 0.3, 300.0),
    "workload.express_memory_mb": (1.0, 65.0, 5000.0),
    "workload.custom_metrics": (0, 11, 200_000),
    "workload.xray_share": (0.0, 0.05, 1.0),
    "aws_lambda.memory_mb": (128, 1024, 10_240),
    "aws_lambda.package_mb": (0.5, 5.0, 240.0),
    "aws_lambda.loaded_mb": (0.0, 1.0, 200.0),
    "aws_lambda.init_s": (0.0, 0.3, 20.0),
    "aws_lambda.init_log_sd": (0.0, 0.3, 2.0),
    "aws_lambda.first_invocation_s": (0.0, 0.1, 5.0),
    "aws_lambda.cold_start_s": (0.0, 0.5, 20.0),
    "aws_lambda.snapstart_versions": (0, 1, 30),
    "aws_lambda.provisioned_concurrency": (0, 10, 40),
    "aws_lambda.provisioned_target_percent": (10.0, 70.0, 90.0),
    "aws_lambda.provisioned_hours_per_day": (0.0, 7.99, 24.0),
    "aws_lambda.reserved_concurrency": (0, 20, 2000),
    "aws_lambda.account_concurrency": (10, 1000, 5000),
    "aws_lambda.keep_alive_s": (0.0, 60.0, 5000.0),
    "aws_lambda.ephemeral_mb": (512, 1024, 10_240),
    "fargate.vcpu": (0.5, 1.0),
    "fargate.memory_gb": (1.0, 2.0, 4.0),
    "fargate.spot_share": (0.0, 0.5, 1.0),
    "fargate.spot_interrupted_share": (0.0, 0.5, 1.0),
    "fargate.spot_interruption_at_s": (0.0, 90.0, 3600.0),
    "fargate.spot_shortage_s": (0.0, 300.0, 4000.0),
    "fargate.target_requests_per_min": (60.0, 300.0, 9000.0),
    "fargate.step_datapoints": (1, 3, 30),
    "fargate.step_bound_percent": (0.0, 10.0, 40.0),
    "fargate.step_small": (0.0, 10.0, 300.0),
    "fargate.step_large": (0.0, 30.0, 300.0),
    "fargate.step_in": (0.0, 10.0, 90.0),
    "fargate.step_in_below_percent": (0.0, 50.0, 65.0),
    "fargate.schedule_lead_s": (-600.0, 0.0, 3600.0),
    "fargate.scheduled_min_tasks": (0, 12, 60),
    "fargate.tasks": (0, 2, 30),
    "fargate.min_tasks": (0, 2, 15),
    "fargate.max_tasks": (2, 20, 300),
    "fargate.target_percent": (20.0, 70.0, 95.0),
    "fargate.metric_period_s": (20, 60),
    "fargate.metric_lag_s": (0.0, 100.0, 600.0),
    "fargate.scale_out_cooldown_s": (0.0, 60.0, 900.0),
    "fargate.scale_in_cooldown_s": (0.0, 300.0, 3600.0),
    "fargate.requests_in_flight_per_task": (1, 100, 1000),
    "fargate.image_mb": (0.0, 200.0, 9000.0),
    "fargate.boot_s": (0.0, 5.0, 600.0),
    "fargate.health_check_interval_s": (5.0, 30.0, 300.0),
    "fargate.ephemeral_gb": (20.0, 21.0, 200.0),
    "fargate.images_kept": (0, 1, 300),
    "fargate.availability_zones": (1, 2, 6),
    "fargate.interface_endpoints": (0, 3, 50),
    "billing.hours_per_month": (1.0, 730.0, 744.0),
    "billing.other_lambda_gb_s": (0.0, 300_000.0, 8e9),
    "billing.other_lambda_requests": (0.0, 400_000.0, 1e10),
    "billing.commitment_usd_per_hour": (0.0, 0.1, 40.0),
}
NEEDED = {  # what makes a field count at all
    "workload.runs_per_day": JOB,
    "workload.peak_to_mean": {"workload.pattern": "diurnal"},
    "workload.spike_factor": {"workload.pattern": "spike"},
    "workload.spike_duration_s": {"workload.pattern": "spike"},
    "workload.spike_rise_s": {"workload.pattern": "spike", "workload.spike_shape": "flash_crowd"},
    "workload.spike_pulse_s": {"workload.pattern": "spike", "workload.spike_shape": "pulses"},
    "workload.retry_backoff_s": {"workload.client_retries": 3},
    "workload.on_share": {"workload.pattern": "on_off"},
    "workload.burstiness": {"workload.pattern": "bursty"},
    "workload.outbound_kb": {"fargate.nat": True, "aws_lambda.vpc": True, "aws_lambda.nat": True},
    "workload.cross_zone_kb": {"aws_lambda.vpc": True},
    "workload.open_connections": {"aws_lambda.front_door": "websocket_api"},
    "workload.express_duration_s": {"workload.step_functions_type": "express"},
    "workload.express_memory_mb": {"workload.step_functions_type": "express"},
    "workload.database_vcpu": {"workload.rds_proxy": "aws_lambda"},
    "workload.cpu_threads": {"fargate.vcpu": 2.0, "fargate.memory_gb": 4.0},
    "aws_lambda.package_mb": {"aws_lambda.package": "zip"},
    "aws_lambda.snapstart_versions": {"aws_lambda.runtime": "python313", "aws_lambda.snapstart": True},
    "aws_lambda.provisioned_hours_per_day": {"aws_lambda.provisioned_concurrency": 10},
    "fargate.vcpu": {"fargate.memory_gb": 2.0},
    "fargate.spot_interrupted_share": SPOT,
    "fargate.spot_interruption_at_s": SPOT,
    "fargate.spot_shortage_s": SPOT,
    "fargate.target_requests_per_min": {"fargate.metric": "requests_per_target"},
    **{
        f"fargate.step_{name}": STEP
        for name in ("datapoints", "bound_percent", "small", "large", "in", "in_below_percent")
    },
    "fargate.schedule_lead_s": {"fargate.scaling": "scheduled"},
    "fargate.scheduled_min_tasks": {"fargate.scaling": "scheduled"},
    "fargate.tasks": {"fargate.scaling": "fixed"},
    "fargate.metric_period_s": {"billing.overrides": {"cloudwatch.ecs_20_second_metric@us-east-1": 0.3}},
    "fargate.image_mb": JOB,
    "fargate.boot_s": JOB,
    "fargate.availability_zones": {"fargate.nat": True},
    "fargate.interface_endpoints": {"fargate.nat": True},
    "billing.commitment_usd_per_hour": PLAN,
}
MOVING = {"workload.pattern": "diurnal", "workload.requests_per_s": 150.0}
KNOWN_AHEAD = MOVING | {"fargate.scaling": "scheduled"}


def test_every_numeric_field_of_the_vocabulary_is_tried():
    assert set(VALUES) == set(NUMERIC)


@pytest.mark.parametrize("path", NUMERIC)
def test_an_array_in_any_field_gives_what_a_loop_gives(path):
    base = replace_at(Scenario(), NEEDED.get(path, {}))
    assert_looping_gives_the_same(base, {path: np.array(VALUES[path], float)})


@pytest.mark.parametrize("path", [path for path in NUMERIC if path.startswith(("fargate.", "workload.d"))])
def test_an_array_gives_what_a_loop_gives_under_moving_traffic(path):
    base = replace_at(Scenario(), MOVING | NEEDED.get(path, {}))
    assert_looping_gives_the_same(base, {path: np.array(VALUES[path], float)})


BILLED_BY_THE_HOUR = [
    "workload.requests_per_s",
    "workload.duration_s",
    "aws_lambda.memory_mb",
    "fargate.vcpu",
    "fargate.spot_share",
    "billing.hours_per_month",
    "billing.other_lambda_gb_s",
    "billing.commitment_usd_per_hour",
]


@pytest.mark.parametrize("path", BILLED_BY_THE_HOUR)
def test_an_array_gives_what_a_loop_gives_under_a_plan_and_moving_traffic(path):
    base = replace_at(Scenario(), MOVING | PLAN | NEEDED.get(path, {}))
    assert_looping_gives_the_same(base, {path: np.array(VALUES[path], float)})


@pytest.mark.parametrize(
    "path",
    [
        "workload.requests_per_s",
        "workload.duration_s",
        "aws_lambda.memory_mb",
        "aws_lambda.provisioned_concurrency",
        "aws_lambda.keep_alive_s",
    ],
)
def test_an_array_gives_what_a_loop_gives_with_provisioned_concurrency_that_follows(path):
    base = replace_at(Scenario(), MOVING | {"aws_lambda.provisioned_target_percent": 70.0})
    assert_looping_gives_the_same(base, {path: np.array(VALUES[path], float)})


@pytest.mark.parametrize(
    "path",
    ["fargate.image_mb", "fargate.boot_s", "fargate.health_check_interval_s", "fargate.target_percent"],
)
def test_a_schedule_looks_as_far_ahead_as_each_scenario_needs(path):
    """How early a task must be launched is a matter of its own image and boot, not of its neighbour's."""
    base = replace_at(Scenario(), KNOWN_AHEAD)
    assert_looping_gives_the_same(base, {path: np.array(VALUES[path], float)})


def spike_figures(comparison):
    result = comparison.spike
    found = {"first_scale_out_s": result.first_scale_out_s}
    for name in ("fargate", "aws_lambda"):
        reaction = getattr(result, name)
        found |= {f"{name} {key}": value for key, value in vars(reaction).items()}
    return found


@pytest.mark.parametrize(
    "path",
    [
        "workload.requests_per_s",
        "workload.duration_s",
        "aws_lambda.memory_mb",
        "aws_lambda.provisioned_concurrency",
        "aws_lambda.account_concurrency",
        "fargate.max_tasks",
        "fargate.metric_period_s",
        "fargate.image_mb",
        "fargate.target_percent",
        *(
            path
            for path in NUMERIC
            if path.startswith(("fargate.sp", "fargate.st", "fargate.sch", "workload.spike"))
        ),
        "fargate.target_requests_per_min",
        "workload.client_retries",
        "workload.retry_backoff_s",
    ],
)
def test_spikes_of_an_array_are_those_of_a_loop(path):
    base = replace_at(Scenario(), {"workload.spike_duration_s": 300.0} | NEEDED.get(path, {}))
    assert_looping_gives_the_same(base, {path: np.array(VALUES[path], float)}, of=spike_figures, rel=1e-6)


@pytest.mark.parametrize(
    "path",
    ["workload.requests_per_s", "workload.duration_s", "workload.cpu_threads", "aws_lambda.memory_mb"],
)
def test_managed_instances_of_an_array_are_those_of_a_loop(path):
    base = replace_at(Scenario(), MOVING | {"aws_lambda.managed_instances": True})
    assert_looping_gives_the_same(base, {path: np.array(VALUES[path], float)})


def test_two_arrays_make_a_heat_map_and_time_comes_last():
    per_s, memory = np.geomspace(0.1, 300, 4)[:, None], np.array([256.0, 1024.0, 3008.0])
    changes = {
        "workload.requests_per_s": per_s,
        "aws_lambda.memory_mb": memory,
        "workload.pattern": "diurnal",
    }
    result = evaluate(replace_at(Scenario(), changes))
    assert np.shape(result.aws_lambda.bill.total_usd) == (4, 3)
    assert np.broadcast_shapes(np.shape(result.fargate.bill.total_usd), (4, 3)) == (4, 3)
    assert result.aws_lambda.latency.p99_s.shape == (4, 3)
    assert result.aws_lambda.traffic.per_s.shape == result.fargate.run.running.shape == (4, 3, 288)
    assert result.aws_lambda.traffic.per_s.mean(axis=-1) == pytest.approx(per_s + 0 * memory)
    arrays = {"workload.requests_per_s": per_s, "aws_lambda.memory_mb": memory}
    assert_looping_gives_the_same(replace_at(Scenario(), "workload.pattern", "diurnal"), arrays)


@pytest.mark.parametrize(
    ("path", "flat", "pattern"),
    [
        ("workload.peak_to_mean", 1.0, "diurnal"),
        ("workload.spike_factor", 1.0, "spike"),
        ("workload.on_share", 1.0, "on_off"),
        ("workload.burstiness", 0.0, "bursty"),
    ],
)
def test_a_pattern_that_is_flat_after_all_is_steady_traffic(path, flat, pattern):
    """By itself it takes the steady formula, in an array the changing one, which is stated to 5 %."""
    steady = outcome(asked())
    alone = outcome(evaluate(replace_at(Scenario(), {"workload.pattern": pattern, path: flat})))
    values = np.array([flat, VALUES[path][1]])
    together = outcome(evaluate(replace_at(Scenario(), {"workload.pattern": pattern, path: values})))
    assert alone["lambda total"] == pytest.approx(steady["lambda total"], rel=1e-9)
    assert alone["fargate total"] == pytest.approx(steady["fargate total"], rel=1e-9)
    assert together["p_cold"][0] == pytest.approx(steady["p_cold"], rel=0.05)
    assert together["lambda total"][0] == pytest.approx(steady["lambda total"], rel=1e-5)


@pytest.mark.parametrize("path", ["aws_lambda.keep_alive_s", "aws_lambda.memory_mb", "workload.duration_s"])
def test_the_pool_of_an_array_under_moving_traffic_is_that_of_a_loop_within_its_error(path):
    """All scenarios of an array share one time step, that of the shortest life: stated to 5 %."""
    base = replace_at(Scenario(), MOVING)
    values = np.array([60.0, 600.0]) if path == "aws_lambda.keep_alive_s" else np.array(VALUES[path], float)

    def p_cold(comparison):
        return {"p_cold": comparison.aws_lambda.cold.p_cold}

    assert_looping_gives_the_same(base, {path: values}, of=p_cold, rel=0.05)


def test_an_assumption_broadcasts_like_a_field():
    own = {
        "logs.lambda_platform_kb": np.array([0.0, 0.5]),
        "elb.requests_per_connection": np.array([1.0, 50.0]),
    }
    together = outcome(asked(assumptions=own))
    for i in range(2):
        alone = outcome(asked(assumptions={id: float(values[i]) for id, values in own.items()}))
        for name in ("lambda total", "fargate total"):
            assert np.broadcast_to(together[name], 2)[i] == pytest.approx(alone[name], rel=1e-12)


# --- parts are lazy, and one set of numbers ---------------------------------------------------------


def test_nothing_is_computed_before_it_is_asked_for():
    comparison = asked()
    assert not {"spike"} & vars(comparison).keys()
    assert not {"run", "bill", "latency", "task_hours"} & vars(comparison.fargate).keys()
    assert comparison.aws_lambda.bill.total_usd > 0
    assert not {"run", "bill", "latency"} & vars(comparison.fargate).keys()
    assert comparison.fargate.run is comparison.fargate.run


def test_the_same_question_twice_gives_the_same_answer():
    assert outcome(asked(workload__pattern="bursty")) == outcome(asked(workload__pattern="bursty"))


def test_ten_tasks_carry_the_default_workload():
    """Work a request: 0.2 s x 0.3 x 1,024/1,769 vCPU; 100/s of it over (0.5 vCPU x 70 %), rounded up."""
    vcpus = 100 * 0.2 * 0.3 * 1024 / 1769
    assert vcpus == pytest.approx(3.4731, abs=1e-4)
    tasks = math.ceil(vcpus / (0.7 * 0.5))
    task = asked().fargate
    assert tasks == 10 and np.all(task.run.running == tasks)
    assert task.task_hours == pytest.approx(10 * 730)


def test_the_default_bills_by_hand():
    """100/s for 730 h are 262.8 million requests; prices of us-east-1 written out.

    A handler time that varies around 200 ms is billed half a millisecond longer on average. Of what the model
    computes only p_cold and init enter. Capacity units: 100/s x 6 KB are 2.16 GB an hour, 1 GB each.
    """
    comparison = asked()
    requests = 100 * SECONDS_A_MONTH
    function, task = comparison.aws_lambda, comparison.fargate
    gb_s = requests * (0.2005 + float(function.cold.p_cold * function.start.billed_init_s))
    compute = (requests - 1e6) * 0.20e-6 + (gb_s - 400_000) * 0.0000166667
    assert function.bill.group_usd("Lambda") == pytest.approx(compute, rel=1e-5)
    assert task.bill.group_usd("Fargate") == pytest.approx(7300 * (0.5 * 0.04048 + 0.004445), rel=1e-12)
    assert task.bill.group_usd("Front door") == pytest.approx(730 * (0.0225 + 2.16 * 0.008), rel=1e-12)
    log_gb = requests / 1024**2 * np.array([0.5 + pick_fact("logs.lambda_platform_kb").value, 0.5])
    egress_gb = requests / 1024**2 * (5 + pick_fact("network.overhead_kb_per_request").value)
    egress_gb *= pick_fact("network.public_egress_share").value
    kept_share = pick_fact("logs.retention_months").value * pick_fact("logs.stored_share").value
    addresses = (0.0, 2 * 730 * 0.005)  # one for the balancer in each zone
    for side, gb, ipv4 in zip((function, task), log_gb, addresses, strict=True):
        logs = (gb - 5) * 0.50 + (gb * kept_share - 5) * 0.03
        assert side.bill.group_usd("Logs") == pytest.approx(logs, rel=1e-12)
        network = (egress_gb - 100) * 0.09 + ipv4
        assert side.bill.group_usd("Network") == pytest.approx(network, rel=1e-12)
        groups = (side.bill.group_usd(group) for group in side.bill.groups)
        assert side.bill.total_usd == pytest.approx(math.fsum(groups), rel=1e-12)


def test_task_hours_times_price_is_the_vcpu_line():
    comparison = asked(workload__pattern="diurnal", fargate__spot_share=0.25)
    hours = comparison.fargate.run.billed_tasks.mean() * 730
    lines = {line.fact: line for line in comparison.fargate.bill.lines}
    vcpu = lines["fargate.vcpu/linux_x86_64@us-east-1"]
    assert comparison.fargate.task_hours == pytest.approx(hours)
    assert vcpu.quantity == pytest.approx(0.75 * 0.5 * hours)
    assert vcpu.usd == pytest.approx(0.75 * 0.5 * hours * 0.04048)


def test_cold_starts_of_the_pool_are_what_the_init_line_bills():
    comparison = asked(workload__requests_per_s=0.01, aws_lambda__memory_mb=2048, billing__free_tier=False)
    function = comparison.aws_lambda
    init = sum(line.quantity for line in function.bill.lines if "init phase" in line.item)
    expected = 0.01 * SECONDS_A_MONTH * function.cold.p_cold * function.start.billed_init_s * 2
    assert init == pytest.approx(expected, rel=1e-9) and init > 0


def test_the_pool_holds_an_environment_through_its_cold_start():
    comparison = asked(aws_lambda__runtime="java21", workload__requests_per_s=5.0)
    scenario = comparison.scenario
    series = traffic(scenario)
    wait_s = cold_start(scenario).mean_s
    assert comparison.aws_lambda.start.mean_s == pytest.approx(wait_s)
    same = warm_pool(scenario, series.per_s, series.step_s, wait_s)
    shorter = warm_pool(scenario, series.per_s, series.step_s, 0.0)
    assert comparison.aws_lambda.cold.p_cold == pytest.approx(same.p_cold)
    assert comparison.aws_lambda.cold.p_cold != pytest.approx(shorter.p_cold, rel=1e-6)


def test_a_request_is_as_slow_as_a_cold_start_as_often_as_it_is_cold():
    comparison = asked(
        workload__requests_per_s=0.001, aws_lambda__keep_alive_s=60.0, workload__duration_cv=0.0
    )
    # alone within a minute: exp(-0.001 x 60) of the requests are cold; a warm one takes 0.2 s sharp
    assert comparison.aws_lambda.cold.p_cold == pytest.approx(math.exp(-0.06), rel=1e-3)
    slow = comparison.aws_lambda.latency.survival(0.2001)
    assert slow == pytest.approx(math.exp(-0.06), rel=1e-3)


def test_fargate_waits_with_the_tasks_the_simulation_found():
    comparison = asked(workload__pattern="diurnal", workload__requests_per_s=60.0)
    run = simulate_service(traffic(comparison.scenario).per_s, 300.0, comparison.scenario)
    assert comparison.fargate.run.running == pytest.approx(run.running)
    fewer = asked(workload__pattern="diurnal", workload__requests_per_s=60.0, fargate__target_percent=95.0)
    assert fewer.fargate.latency.p99_s > comparison.fargate.latency.p99_s
    assert fewer.fargate.task_hours < comparison.fargate.task_hours


@pytest.mark.parametrize(
    ("environments", "load", "found"),
    [
        pytest.param(0, 1.0, 0.0, id="none: every request is on demand"),
        pytest.param(1, 1.0, 0.5, id="Erlang B(1, 1) = 1/2"),
        pytest.param(2, 1.0, 0.8, id="Erlang B(2, 1) = 1/5"),
        pytest.param(3, 2.0, 1 - 4 / 19, id="Erlang B(3, 2) = 4/19"),
    ],
)
def test_requests_find_a_provisioned_environment_by_erlangs_formula(environments, load, found):
    comparison = asked(
        workload__requests_per_s=load / 0.2,
        aws_lambda__provisioned_concurrency=environments,
        workload__duration_cv=0.0,
        billing__free_tier=False,
    )
    lines = {line.item: line for line in comparison.aws_lambda.bill.lines}
    requests = load / 0.2 * SECONDS_A_MONTH
    on_it = lines["Duration on provisioned concurrency"].quantity
    assert on_it == pytest.approx(found * requests * 0.2, rel=1e-9)
    elsewhere = sum(
        line.quantity for item, line in lines.items() if item.startswith("Duration (") and "init" not in item
    )
    assert on_it + elsewhere == pytest.approx(requests * 0.2, rel=1e-9)


def test_a_fixed_service_is_billed_for_its_tasks_whatever_arrives():
    for per_s in (0.01, 100.0, 10_000.0):
        task = asked(fargate__scaling="fixed", fargate__tasks=7, workload__requests_per_s=per_s).fargate
        assert task.task_hours == pytest.approx(7 * 730)


# --- published bills through the front door ---------------------------------------------------------

EXAMPLES = {example["id"]: example for example in load_measured("worked_examples")["examples"]}


def cents(bill, group):
    return round(float(bill.group_usd(group)), 2)


def test_aws_mobile_backend():
    """3 M requests of 120 ms at 1,536 MB: 2 M x 0.20/M + (540,000 - 400,000) GB-s x 0.0000166667 = 2.73."""
    bill = asked(
        workload__requests_per_s=3e6 / SECONDS_A_MONTH,
        workload__duration_s=0.12,
        workload__duration_cv=0.0,
        workload__measured_at_mb=1536.0,
        aws_lambda__memory_mb=1536,
        billing__init_billed=False,
    ).aws_lambda.bill
    assert (
        cents(bill, "Lambda") == EXAMPLES["aws-lambda-1-mobile-backend"]["line_items"]["total"]["published"]
    )


def test_aws_five_tasks_as_a_job():
    """5 runs a day of 600 s in a month of 30 days are 25 task-hours of 1 vCPU, 2 GB and 30 GB of storage: 1.26."""
    task = asked(
        workload__kind="job",
        workload__runs_per_day=5.0,
        workload__duration_s=600.0,
        workload__duration_cv=0.0,
        workload__cpu_share=0.0,
        fargate__vcpu=1.0,
        fargate__memory_gb=2.0,
        fargate__ephemeral_gb=30.0,
        fargate__image_mb=0.0,
        fargate__boot_s=0.0,
        billing__hours_per_month=720.0,
    ).fargate
    assert task.task_hours == pytest.approx(25)
    assert cents(task.bill, "Fargate") == EXAMPLES["aws-fargate-1-x86"]["line_items"]["total"]["published"]


# --- jobs -------------------------------------------------------------------------------------------


def test_a_run_on_every_full_hour_is_cold():
    """No measured environment outlives an hour of idling."""
    job = {"workload__kind": "job", "workload__runs_per_day": 24.0, "workload__duration_s": 60.0}
    assert asked(**job, workload__pattern="cron").aws_lambda.cold.p_cold == pytest.approx(1.0)


@pytest.mark.parametrize("life_s", [60.0, 600.0, 3600.0])
def test_runs_at_random_are_cold_if_none_came_within_the_keep_alive_time(life_s):
    """24 short runs a day at random: exp(-24 life / 86,400) of them come later than that after the last."""
    cold = asked(
        workload__kind="job",
        workload__runs_per_day=24.0,
        workload__duration_s=0.01,
        aws_lambda__keep_alive_s=life_s,
    ).aws_lambda.cold
    assert cold.p_cold == pytest.approx(math.exp(-24 * life_s / 86_400), rel=1e-3)
    assert cold.environments_mean < 1


def test_the_pool_of_a_job_is_that_of_a_service_with_as_many_requests():
    job = asked(workload__kind="job", workload__runs_per_day=86_400 * 3.0, workload__duration_s=0.5)
    service = asked(workload__requests_per_s=3.0, workload__duration_s=0.5)
    assert job.aws_lambda.cold.p_cold == pytest.approx(service.aws_lambda.cold.p_cold, rel=1e-9)
    assert requests_per_month(job.scenario) == pytest.approx(requests_per_month(service.scenario))
    assert job.aws_lambda.bill.group_usd("Lambda") == pytest.approx(
        service.aws_lambda.bill.group_usd("Lambda")
    )


def test_requests_per_s_says_nothing_about_a_job():
    few = outcome(asked(workload__kind="job", workload__duration_s=60.0, workload__requests_per_s=0.01))
    many = outcome(asked(workload__kind="job", workload__duration_s=60.0, workload__requests_per_s=1e5))
    assert few == many


def test_a_job_that_never_runs_costs_no_compute():
    for target in (None, 70.0):  # what follows no traffic keeps one environment: 1 GB by 730 h
        comparison = asked(
            workload__kind="job",
            workload__runs_per_day=0.0,
            aws_lambda__provisioned_target_percent=target,
        )
        kept = 0 if target is None else SECONDS_A_MONTH * 0.0000041667
        assert comparison.aws_lambda.bill.total_usd == pytest.approx(kept)
        assert comparison.fargate.bill.total_usd == 0


# --- refusals ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        pytest.param({"aws_lambda__snapstart": True}, "aws_lambda.snapstart", id="SnapStart of Node"),
        pytest.param(
            {"aws_lambda__framework": "sdk", "aws_lambda__runtime": "ruby33"},
            "aws_lambda.framework",
            id="SDK nobody measured",
        ),
        pytest.param(
            {
                "aws_lambda__snapstart": True,
                "aws_lambda__runtime": "python313",
                "aws_lambda__package": "image",
            },
            "aws_lambda.",
            id="SnapStart of an image",
        ),
    ],
)
def test_what_nobody_measured_is_refused_at_once(changes, field):
    with pytest.raises(ScenarioError) as refused:
        asked(**changes)
    assert refused.value.path.startswith(field)


# --- no legal scenario breaks it --------------------------------------------------------------------

HEAVY = {  # bounds that keep one example well under a second
    "aws_lambda.provisioned_concurrency": 500,
    "workload.duration_s": 900.0,
    "aws_lambda.keep_alive_s": 86_400.0,
}


def numbers(spec, high=None):
    high = spec.high if high is None else high
    if spec.whole:
        values = st.integers(math.ceil(spec.low), math.floor(high))
    else:
        wide = st.floats(math.log(max(spec.low, 1e-3)), math.log(high)).map(math.exp)
        values = st.sampled_from((float(spec.low), float(high))) | st.floats(spec.low, high) | wide
        values = values.map(lambda value: min(max(value, spec.low), high))
    return values | st.none() if spec.when_none else values


def values_of(path, spec):
    if isinstance(spec, NumberField):
        return numbers(spec, HEAVY.get(path))
    if isinstance(spec, ChoiceField):
        return st.sampled_from([option for option in spec.options if option != UPLOADED])  # it needs a series
    if isinstance(spec, ManyField):
        return st.lists(st.sampled_from(spec.options), unique=True)
    return st.booleans()


SETTABLE = {path: values_of(path, spec) for path, spec in FIELDS.items()}
TIED = ("fargate.vcpu", "fargate.memory_gb", "fargate.metric_period_s", "fargate.min_tasks")


@st.composite
def legal_values(draw):
    """Any fields anywhere in their range; those that are tied to each other together."""
    free = sorted(set(SETTABLE) - set(TIED))
    values = {path: draw(SETTABLE[path]) for path in draw(st.lists(st.sampled_from(free), unique=True))}
    os = values.get("fargate.os", "linux")
    if os == "windows":
        values |= {"fargate.architecture": "x86_64", "fargate.spot_share": 0.0}
    vcpu = draw(st.sampled_from(fargate_vcpu_options(os)))
    values |= {
        "fargate.vcpu": vcpu,
        "fargate.memory_gb": draw(st.sampled_from(fargate_memory_options(vcpu, os))),
        "fargate.metric_period_s": draw(st.sampled_from((20, 60))),
        "fargate.min_tasks": draw(st.integers(0, values.get("fargate.max_tasks", 20))),
        "billing.on": draw(st.sampled_from(("", "2000-01-01", "2025-11-30", "9999-12-31"))),
    }
    if draw(st.booleans()):  # else nearly every start-up is one nobody measured
        values |= {
            "aws_lambda.runtime": "python313",
            "aws_lambda.framework": draw(st.sampled_from(("none", "sdk"))),
            "aws_lambda.package": "zip",
        }
    own = draw(st.lists(st.sampled_from(adjustable_assumptions()), max_size=3, unique=True))
    return values | {"assumptions": {id: draw(numbers(assumption_field(id))) for id in own}}


def assert_sound_bill(bill):
    for line in bill.lines:
        assert np.isfinite(line.quantity) and line.quantity >= 0, line
        assert line.usd is None or (np.isfinite(line.usd) and line.usd >= 0), line
    assert (bill.total_usd is None) == any(line.usd is None for line in bill.lines)
    known = math.fsum(float(line.usd) for line in bill.lines if line.usd is not None)
    assert bill.known_usd == pytest.approx(known)


def assert_sound(comparison):
    if comparison.aws_lambda.managed_bill is not None:
        assert_sound_bill(comparison.aws_lambda.managed_bill)
    for side in (comparison.aws_lambda, comparison.fargate):
        assert_sound_bill(side.bill)
        latency = side.latency
        at = [latency.p50_s, latency.p90_s, latency.p95_s, latency.p99_s, latency.p999_s]
        assert at == sorted(at) and at[0] > 0 and at[-1] <= latency.timeout_s
        assert 0 < latency.mean_s <= latency.timeout_s * (1 + 1e-9)
        assert 0 <= latency.within_slo <= 1 and 0 <= latency.timed_out <= 1
    assert 0 <= comparison.aws_lambda.cold.p_cold <= 1
    assert 0 <= comparison.aws_lambda.cold.environments_mean < np.inf
    assert 0 <= comparison.fargate.task_hours < np.inf
    assert billed_handler_s(comparison.scenario) > 0


def assert_sound_spike(comparison):
    for reaction in (comparison.spike.aws_lambda, comparison.spike.fargate):
        assert 0 <= reaction.half_s <= reaction.most_s <= reaction.full_s  # infinite is "never"
        assert 0 <= reaction.lost < np.inf and 0 <= reaction.lost_share <= 1 + 1e-9
        assert 0 <= reaction.worst_wait_s < np.inf


@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(legal_values())
def test_any_legal_scenario_has_sound_results_or_is_refused_by_name(values):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            comparison = evaluate(replace_at(Scenario(), values))
    except ScenarioError as refused:
        assert refused.path in FIELDS
        return
    assert_sound(comparison)


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(legal_values())
def test_any_legal_service_comes_through_a_spike(values):
    longest = min(values.get("workload.duration_s", 0.2), 900.0)
    service = {"workload.kind": "service", "workload.duration_s": longest, "workload.spike_duration_s": 120.0}
    try:
        comparison = evaluate(replace_at(Scenario(), values | service))
    except ScenarioError as refused:
        assert refused.path in FIELDS
        return
    assert_sound_spike(comparison)


@pytest.mark.parametrize(
    "pattern",
    [
        {"workload.pattern": "bursty"},
        {"workload.pattern": "trace", "workload.trace": "azure_llm_code_2023_hour"},
    ],
    ids=["random minutes", "a recorded hour"],
)
def test_where_minutes_differ_a_curve_says_what_the_single_scenario_says(pattern):
    """Averages over five minutes hide what scaling has to follow: there the recorded hour loses nothing."""
    scenario = replace_at(Scenario(), pattern)
    rates = np.array([20.0, 40, 60, 80, 100, 150, 200, 300, 400])
    curve = evaluate(replace_at(scenario, "workload.requests_per_s", rates)).fargate
    one = evaluate(scenario).fargate
    assert curve.traffic.step_s == one.traffic.step_s == 60
    lost = one.run.lost.sum() / one.run.arrivals.sum()
    assert lost > 0.05
    assert (curve.run.lost.sum(axis=-1) / curve.run.arrivals.sum(axis=-1))[4] == pytest.approx(lost)
    assert curve.bill.total_usd[4] == pytest.approx(float(one.bill.total_usd))
