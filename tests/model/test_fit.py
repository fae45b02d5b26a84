"""Every limit is met by the default, and each is missed by a scenario built for it, alone."""

import numpy as np
import pytest

from model import Scenario, evaluate
from model.fit import NEEDS_A_CONTAINER, fit, quotas
from model.scenario import NEEDS, replace_at
from model.traffic import traffic


def at(**changes):
    return replace_at(Scenario(), {name.replace("__", "."): value for name, value in changes.items()})


def checks(**changes):
    scenario = at(**changes)
    return fit(scenario, traffic(scenario))


def raised(**changes):
    scenario = at(**changes)
    return [check.check for check in quotas(scenario, traffic(scenario)) if not check.ok]


def failed(**changes):
    return [(check.platform, check.check) for check in checks(**changes) if not check.ok]


def check(platform, name, **changes):
    (found,) = (c for c in checks(**changes) if (c.platform, c.check) == (platform, name))
    return found


def test_the_default_meets_every_limit():
    assert failed() == []


SMALL_TASKS = {"fargate__max_tasks": 50_000}
FEW = {"workload__requests_per_s": 1.0}
MISSED = {
    "a long tail reaches 15 minutes": (
        {"workload__kind": "job", "workload__duration_s": 500.0, "workload__duration_cv": 1.0},
        [("aws_lambda", "Handler time, p99")],
    ),
    "a process larger than the function": (
        {"workload__memory_base_mb": 500.0, "aws_lambda__memory_mb": 512},
        [("aws_lambda", "Memory")],
    ),
    "a payload above 6 MB": ({"workload__response_kb": 6 * 1024 + 1.0}, [("aws_lambda", "Payload")]),
    "a zip that unpacks to more than 250 MB, at the assumed three times its size": (
        {"aws_lambda__package_mb": 83.5},
        [("aws_lambda", "Package, unzipped")],
    ),
    "files larger than /tmp": ({"workload__scratch_mb": 513.0}, [("aws_lambda", "/tmp")]),
    "more open files than an environment may have": (
        {"workload__open_files": 1025},
        [("aws_lambda", "Open files")],
    ),
    "more open files than a container may have": (
        {"workload__open_files": 1000, "fargate__vcpu": 16.0, "fargate__memory_gb": 32.0},
        [("fargate", "Open files")],
    ),
    "files of all requests in flight larger than the task's disk": (
        {"workload__scratch_mb": 500.0, "fargate__vcpu": 16.0, "fargate__memory_gb": 32.0},
        [("fargate", "Task storage")],
    ),
    "a megabyte through the balancer": (
        {"workload__response_kb": 1025.0, "aws_lambda__front_door": "alb"},
        [("aws_lambda", "Load balancer payload")],
    ),
    "a long wait at an HTTP API": (
        {"workload__duration_s": 15.0, "aws_lambda__front_door": "http_api", **FEW},
        [("aws_lambda", "HTTP API wait, p99")],
    ),
    "a long wait at a WebSocket API": (
        {"workload__duration_s": 15.0, "aws_lambda__front_door": "websocket_api", **FEW},
        [("aws_lambda", "WebSocket API wait, p99")],
    ),
    "a message too large for a web socket": (
        {"workload__response_kb": 129.0, "aws_lambda__front_door": "websocket_api"},
        [("aws_lambda", "WebSocket message")],
    ),
    "an environment more than the database takes": (
        {
            "workload__db_connections_limit": 45,
            "fargate__max_tasks": 7,
            "assumptions": {"fargate.db_pool_per_task": 5},
        },
        [("aws_lambda", "Database connections at peak")],
    ),
    "pools larger than the database takes": (
        {"workload__db_connections_limit": 199},
        [("fargate", "Database connections at most tasks")],
    ),
    "reserved more than the account can spare": (
        {"aws_lambda__reserved_concurrency": 901},
        [("aws_lambda", "Reserved concurrency")],
    ),
    "provisioned more than is reserved": (
        {"aws_lambda__reserved_concurrency": 30, "aws_lambda__provisioned_concurrency": 31},
        [("aws_lambda", "Provisioned concurrency")],
    ),
    "an event above 1 MB": (
        {"workload__request_kb": 1025.0, "aws_lambda__invocation": "async"},
        [("aws_lambda", "Event size")],
    ),
    "a streamed response above 200 MB": (
        {"workload__response_kb": 200 * 1024 + 1.0, "aws_lambda__streamed": True},
        [("aws_lambda", "Streamed response")],
    ),
    "more in work than the account allows": (
        {"workload__duration_s": 10.5, **SMALL_TASKS},
        [("aws_lambda", "Concurrency at peak")],
    ),
    "more than the function has reserved": (
        {"aws_lambda__reserved_concurrency": 19},
        [("aws_lambda", "Concurrency at peak")],
    ),
    "short requests, more than ten a second each": (
        {"workload__duration_s": 0.001, "workload__requests_per_s": 10_100.0, **SMALL_TASKS},
        [("aws_lambda", "Requests per second")],
    ),
    "a process larger than the task": ({"workload__memory_base_mb": 970.0}, [("fargate", "Memory")]),
    "a peak beyond the allowed tasks": ({"fargate__max_tasks": 6}, [("fargate", "Capacity at most tasks")]),
    "a peak beyond the fixed tasks": (
        {"fargate__scaling": "fixed", "fargate__tasks": 6},
        [("fargate", "Capacity at most tasks")],
    ),
}


@pytest.mark.parametrize(("changes", "expected"), MISSED.values(), ids=MISSED)
def test_a_scenario_built_to_miss_a_limit_misses_just_that(changes, expected):
    assert failed(**changes) == expected


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"workload__response_kb": 6 * 1024.0}, id="6 MB exactly"),
        pytest.param({"aws_lambda__package_mb": 83.0}, id="249 MB unpacked"),
        pytest.param(
            {"aws_lambda__package_mb": 250.0, "assumptions": {"lambda.unzip_ratio": 1.0}}, id="250 MB exactly"
        ),
        pytest.param({"workload__scratch_mb": 512.0}, id="/tmp full"),
        pytest.param({"workload__db_connections_limit": 200}, id="46 environments, 200 connections of pools"),
        pytest.param(
            {"aws_lambda__package_mb": 251.0, "aws_lambda__package": "image"}, id="an image may be larger"
        ),
        pytest.param({"workload__duration_s": 9.9, **SMALL_TASKS}, id="990 in work of 1,000"),
        pytest.param({"aws_lambda__reserved_concurrency": 20}, id="20 in work of 20"),
        pytest.param({"fargate__max_tasks": 7}, id="6.95 tasks of 7"),
        pytest.param(
            {"workload__duration_s": 0.001, "workload__requests_per_s": 9_900.0, **SMALL_TASKS},
            id="9,900/s of 10 x 1,000",
        ),
    ],
)
def test_just_inside_a_limit_is_inside(changes):
    assert failed(**changes) == []


def test_every_limit_has_been_missed_once():
    missed = {name for _, names in MISSED.values() for name in names}
    every = {(c.platform, c.check) for changes, _ in MISSED.values() for c in checks(**changes)}
    larger_elsewhere = {("aws_lambda", "HTTP API payload")}  # 10 MB, behind Lambda's own 6
    assert missed == every - larger_elsewhere


def test_values_and_limits_by_hand():
    """100/s x 0.2 s = 20 in work; a task does 0.5 vCPU / (0.06 s x 1,024/1,769 vCPU) = 14.4/s."""
    in_work = check("aws_lambda", "Concurrency at peak")
    assert (in_work.value, in_work.limit) == (pytest.approx(20), 1000)
    per_task = 0.5 / (0.2 * 0.3 * 1024 / 1769)
    capacity = check("fargate", "Capacity at most tasks")
    assert (capacity.value, capacity.limit) == (pytest.approx(100), pytest.approx(20 * per_task))
    # 0.14 s of waiting + 0.0347 vCPU-s on half a vCPU: 3.02 requests in a task at once, 20 MB each
    handler_s = 0.14 + 0.2 * 0.3 * 1024 / 1769 / 0.5
    memory = check("fargate", "Memory")
    assert (memory.value, memory.limit) == (pytest.approx(150 + 20 * per_task * handler_s), 1024)
    assert check("aws_lambda", "Memory").value == 170


def test_the_peak_counts_and_not_the_mean():
    mean = check("aws_lambda", "Concurrency at peak")
    peak = check("aws_lambda", "Concurrency at peak", workload__pattern="diurnal", workload__peak_to_mean=4.0)
    assert peak.value == pytest.approx(4 * mean.value, rel=0.01)


def test_what_is_reserved_cannot_exceed_the_account():
    """Lambda sets it aside from the account's quota; the spike simulation takes the smaller one as well."""
    both = {"aws_lambda__reserved_concurrency": 5000, "aws_lambda__account_concurrency": 1000}
    found = check("aws_lambda", "Concurrency at peak", **both)
    assert found.limit == 1000
    assert failed(**both, workload__requests_per_s=9_000.0, **SMALL_TASKS) == [
        ("aws_lambda", "Concurrency at peak"),
        ("aws_lambda", "Reserved concurrency"),
    ]


def test_fewer_requests_in_flight_need_less_memory():
    few = check("fargate", "Memory", fargate__requests_in_flight_per_task=1)
    assert few.value == pytest.approx(170)


def test_a_job_runs_alone_in_its_task_and_has_no_capacity_to_miss():
    job = checks(workload__kind="job", workload__duration_s=60.0, workload__requests_per_s=1e6)
    assert all(c.ok for c in job)
    names = [c.check for c in job if c.platform == "fargate"]
    assert names == ["Memory", "Task storage", "Open files"]
    memory = next(c for c in job if c.platform == "fargate")
    assert memory.value == 170


def test_concurrent_runs_of_a_job_count():
    """86,400 runs a day of 600 s: one a second, 600 at once; 172,800: 1,200, over the quota of 1,000."""
    job = {"workload__kind": "job", "workload__duration_s": 600.0, "workload__duration_cv": 0.1}
    assert check("aws_lambda", "Concurrency at peak", **job, workload__runs_per_day=86_400.0).value == (
        pytest.approx(600)
    )
    assert ("aws_lambda", "Concurrency at peak") in failed(**job, workload__runs_per_day=172_800.0)


@pytest.mark.parametrize("need", NEEDS)
def test_a_need_that_lambda_cannot_meet_is_named_with_its_reason(need):
    found = [c for c in checks(workload__needs=(need,)) if not c.ok]
    assert [c.check for c in found if c.platform == "aws_lambda"] == [need.replace("_", " ")]
    assert [c.check for c in found if c.platform == "fargate"] == (["gpu"] if need == "gpu" else [])
    assert all(c.text.endswith(".") and len(c.text) > 30 and c.value is None for c in found)


def test_a_container_image_brings_its_own_operating_system_packages():
    image = {"workload__needs": ("custom_os_packages",), "aws_lambda__package": "image"}
    assert failed(**image) == []


def test_every_need_of_the_vocabulary_has_a_reason():
    assert set(NEEDS_A_CONTAINER) == set(NEEDS)


def test_checks_of_an_array_are_those_of_a_loop():
    rates = np.array([1.0, 100.0, 20_000.0])
    scenario = replace_at(Scenario(), "workload.requests_per_s", rates)
    for together in fit(scenario, traffic(scenario)):
        alone = [
            check(together.platform, together.check, workload__requests_per_s=float(rate)).ok
            for rate in rates
        ]
        assert np.broadcast_to(together.ok, 3).tolist() == [bool(ok) for ok in alone]


def test_every_check_with_numbers_says_its_unit_and_reason():
    for found in checks():
        assert found.unit and found.text.endswith(".")
    assert evaluate(Scenario()).aws_lambda.traffic.peak_per_s == pytest.approx(100)


# --- margins --------------------------------------------------------------------------------------


def test_the_margin_is_what_is_left_of_the_limit():
    in_work = check("aws_lambda", "Concurrency at peak")
    assert float(in_work.used_share) == pytest.approx(20 / 1000)
    assert float(in_work.left) == pytest.approx(980)
    full = check("aws_lambda", "Payload", workload__response_kb=12 * 1024.0)
    assert (float(full.used_share), float(full.left)) == (pytest.approx(2), pytest.approx(-6))


def test_a_limit_of_nothing_is_missed_by_anything_and_met_by_nothing():
    nothing = {"aws_lambda__reserved_concurrency": 0}
    assert float(check("aws_lambda", "Concurrency at peak", **nothing).used_share) == np.inf
    nobody = check("fargate", "Capacity at most tasks", fargate__scaling="fixed", fargate__tasks=0)
    assert float(nobody.used_share) == np.inf and not nobody.ok


def test_a_need_has_no_margin():
    (gpu,) = (c for c in checks(workload__needs=("gpu",)) if c.platform == "fargate" and c.check == "gpu")
    assert gpu.used_share is None and gpu.left is None


# --- database connections -------------------------------------------------------------------------


def test_without_a_database_there_is_no_limit_on_connections():
    assert not [c for c in checks() if "connections" in c.check]


def test_pools_count_once_for_each_task():
    """20 tasks of 10 connections by assumption; six fixed ones of 7."""
    limit = {"workload__db_connections_limit": 500}
    assert check("fargate", "Database connections at most tasks", **limit).value == 200
    six = {"fargate__scaling": "fixed", "fargate__tasks": 6, "assumptions": {"fargate.db_pool_per_task": 7}}
    assert check("fargate", "Database connections at most tasks", **limit, **six).value == 42


def test_environments_that_wait_share_connections_behind_the_proxy():
    """100/s wait 0.7 x 0.2 s each for the database: 14 at once."""
    behind = {"workload__db_connections_limit": 500, "workload__rds_proxy": "aws_lambda"}
    assert check("aws_lambda", "Database connections at peak", **behind).value == pytest.approx(14)


def test_provisioned_environments_hold_connections_too():
    limit = {"workload__db_connections_limit": 500}
    plain = check("aws_lambda", "Database connections at peak", **limit)
    kept = check(
        "aws_lambda", "Database connections at peak", **limit, aws_lambda__provisioned_concurrency=200
    )
    assert plain.value == evaluate(at()).aws_lambda.cold.environments_max
    assert kept.value == pytest.approx(200)


# --- quotas ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"fargate__max_tasks": 12}, [], id="12 tasks of half a vCPU fit a new account"),
        pytest.param({"fargate__max_tasks": 13}, ["vCPU of a new account"], id="13 do not"),
        pytest.param(
            {"fargate__max_tasks": 5001, "fargate__vcpu": 0.25},
            ["vCPU of a new account", "Tasks of the service"],
            id="more than 5,000 tasks",
        ),
        pytest.param(
            {"fargate__max_tasks": 2, "aws_lambda__package_mb": 51.0},
            ["Zip, uploaded directly"],
            id="a zip of 51 MB",
        ),
        pytest.param(
            {
                "fargate__max_tasks": 2,
                "aws_lambda__front_door": "rest_api",
                "workload__requests_per_s": 10_001.0,
            },
            ["API Gateway requests"],
            id="more than 10,000 requests a second",
        ),
        pytest.param(
            {"fargate__max_tasks": 2, "aws_lambda__front_door": "rest_api", "workload__duration_s": 15.0},
            ["REST API wait, p99"],
            id="longer than 29 s at a REST API",
        ),
        pytest.param(
            {
                "fargate__max_tasks": 2,
                "aws_lambda__front_door": "websocket_api",
                "workload__open_connections": 3_600_001.0,
            },
            ["New WebSocket connections"],
            id="more than 500 new connections a second over two hours",
        ),
        pytest.param(
            {"fargate__max_tasks": 2, "workload__queue": True, "workload__requests_per_s": 6_251.0},
            ["Concurrency from one queue"],
            id="1,250 environments from a queue",
        ),
        pytest.param(
            {"fargate__max_tasks": 2, "workload__duration_s": 30.0},
            ["Load balancer wait, p99"],
            id="a minute's silence behind the balancer",
        ),
    ],
)
def test_a_quota_that_is_too_small_is_named(changes, expected):
    assert raised(**changes) == expected


def test_quotas_are_marked_as_raisable_and_limits_are_not():
    scenario = Scenario()
    assert all(check.raisable for check in quotas(scenario, traffic(scenario)))
    assert not any(check.raisable for check in fit(scenario, traffic(scenario)))


def test_an_unattended_event_has_no_front_door_and_no_request_cap():
    event = {
        "aws_lambda__invocation": "async",
        "aws_lambda__front_door": "rest_api",
        "workload__requests_per_s": 20_000.0,
        "workload__duration_s": 0.001,
        **SMALL_TASKS,
    }
    assert failed(**event) == []
    assert "API Gateway requests" not in raised(**event)
