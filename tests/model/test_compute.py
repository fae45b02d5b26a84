"""Handler time: waiting is the same everywhere, computing takes CPU seconds, and as many on either side."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.compute import (
    computing_s,
    cpu_work_vcpu_s,
    fargate_cpu_s,
    fargate_handler_s,
    lambda_handler_s,
    lambda_vcpu,
    task_capacity_per_s,
    waiting_s,
)
from model.scenario import Fargate, Scenario, Workload, replace_at

MB_PER_VCPU = 1769  # AWS: "at 1,769 MB a function has the equivalent of one vCPU"

workloads = st.builds(
    Workload,
    duration_s=st.floats(0.001, 900),
    measured_at_mb=st.floats(128, 10_240),
    cpu_share=st.floats(0, 1),
    cpu_threads=st.integers(1, 8),
)
vcpus = st.floats(0.05, 32)


def scenario(workload=None, memory_mb=1024, vcpu=1.0, memory_gb=8, **more):
    return replace_at(
        Scenario(workload=workload or Workload()),
        {"aws_lambda.memory_mb": memory_mb, "fargate.vcpu": vcpu, "fargate.memory_gb": memory_gb} | more,
    )


@pytest.mark.parametrize(
    ("memory_mb", "vcpu"),
    [
        pytest.param(1769, 1.0, id="one vCPU"),
        pytest.param(3538, 2.0, id="two vCPU"),
        pytest.param(884.5, 0.5, id="half a vCPU"),
        pytest.param(128, 128 / 1769, id="the smallest function"),
        pytest.param(6 * 1769, 6.0, id="six vCPU"),
        pytest.param(20_000, 6.0, id="never more than six"),
    ],
)
def test_cpu_comes_in_proportion_to_memory(memory_mb, vcpu):
    assert lambda_vcpu(memory_mb) == pytest.approx(vcpu)


# 0.2 s of which 30 % is computing, measured at one vCPU: 0.14 s waiting + 0.06 vCPU-seconds.
ONE_VCPU = Workload(duration_s=0.2, cpu_share=0.3, measured_at_mb=MB_PER_VCPU)


@pytest.mark.parametrize(
    ("threads", "vcpu", "handler_s"),
    [
        pytest.param(1, 1, 0.14 + 0.06, id="as measured"),
        pytest.param(1, 0.5, 0.14 + 0.12, id="half the CPU, twice the computing"),
        pytest.param(1, 0.25, 0.14 + 0.24, id="a quarter of the CPU"),
        pytest.param(1, 4, 0.14 + 0.06, id="one thread uses one vCPU at most"),
        pytest.param(2, 4, 0.14 + 0.03, id="two threads use two"),
        pytest.param(8, 4, 0.14 + 0.015, id="no more than there are"),
    ],
)
def test_handler_time_at_a_task_size(threads, vcpu, handler_s):
    workload = Workload(duration_s=0.2, cpu_share=0.3, measured_at_mb=MB_PER_VCPU, cpu_threads=threads)
    memory_gb = {0.25: 1, 0.5: 2, 1: 4, 4: 8}[vcpu]
    assert fargate_handler_s(scenario(workload, vcpu=vcpu, memory_gb=memory_gb)) == pytest.approx(handler_s)


@pytest.mark.parametrize(
    ("memory_mb", "handler_s"),
    [
        pytest.param(1024, 0.2, id="as measured"),
        pytest.param(512, 0.14 + 0.12, id="half the memory"),
        pytest.param(256, 0.14 + 0.24, id="a quarter"),
        pytest.param(1769, 0.14 + 0.06 * 1024 / 1769, id="one vCPU"),
        pytest.param(10_240, 0.14 + 0.06 * 1024 / 1769, id="one thread gains nothing beyond one vCPU"),
    ],
)
def test_handler_time_at_a_function_size(memory_mb, handler_s):
    """The default workload: 0.2 s at 1,024 MB, of which 0.06 s computing."""
    assert lambda_handler_s(scenario(memory_mb=memory_mb)) == pytest.approx(handler_s)


@given(workloads, st.integers(128, 10_240))
def test_at_the_size_it_was_measured_a_request_takes_what_was_measured(workload, memory_mb):
    measured_here = dataclasses.replace(workload, measured_at_mb=memory_mb)
    assert lambda_handler_s(scenario(measured_here, memory_mb)) == pytest.approx(workload.duration_s)


@given(workloads, st.integers(128, 10_240), st.sampled_from((1, 2, 4)))
def test_both_sides_do_the_same_cpu_seconds(workload, memory_mb, vcpu):
    """Time computing x vCPUs kept busy is the work of the request, on either side."""
    both = scenario(workload, memory_mb, vcpu)
    work = cpu_work_vcpu_s(workload)
    lambda_busy = min(memory_mb / MB_PER_VCPU, 6, workload.cpu_threads)
    fargate_busy = min(vcpu, workload.cpu_threads)
    waiting = waiting_s(workload)
    tolerance = 1e-9 * workload.duration_s * 64
    assert (lambda_handler_s(both) - waiting) * lambda_busy == pytest.approx(work, abs=tolerance)
    assert (fargate_handler_s(both) - waiting) * fargate_busy == pytest.approx(work, abs=tolerance)
    assert fargate_cpu_s(both) == pytest.approx(work)


@given(workloads, vcpus, vcpus)
def test_more_cpu_never_takes_longer_and_waiting_stays(workload, one, other):
    less, more = sorted((one, other))
    assert computing_s(workload, more) <= computing_s(workload, less)
    assert waiting_s(workload) == pytest.approx(workload.duration_s * (1 - workload.cpu_share))


@given(workloads)
def test_a_request_that_only_waits_takes_the_same_everywhere(workload):
    idle = Workload(duration_s=workload.duration_s, cpu_share=0)
    both = scenario(idle, 128, 4)
    assert lambda_handler_s(both) == fargate_handler_s(both) == idle.duration_s


@pytest.mark.parametrize(
    ("path", "id", "side"),
    [
        ("aws_lambda.architecture", "compute.arm64_speed", lambda_handler_s),
        ("fargate.architecture", "compute.arm64_speed", fargate_handler_s),
        ("fargate.nat", "compute.fargate_vcpu_speed", fargate_handler_s),  # any processor
    ],
)
def test_a_vcpu_of_half_the_speed_computes_twice_as_long(path, id, side):
    slow = {path: "arm64" if "architecture" in path else True, "assumptions": {id: 0.5}}
    before, after = scenario(ONE_VCPU, MB_PER_VCPU), scenario(ONE_VCPU, MB_PER_VCPU, **slow)
    assert side(before) == pytest.approx(0.14 + 0.06)
    assert side(after) == pytest.approx(0.14 + 0.12)


@pytest.mark.parametrize(
    ("task", "capacity_per_s"),
    [
        pytest.param({"vcpu": 0.5, "memory_gb": 1}, 0.5 / 0.06, id="CPU: half a vCPU over 0.06 vCPU-s"),
        pytest.param({"vcpu": 4, "memory_gb": 8}, 4 / 0.06, id="CPU: requests share four vCPUs"),
        pytest.param(
            {"vcpu": 1, "memory_gb": 2, "requests_in_flight_per_task": 1}, 1 / 0.2, id="one at a time"
        ),
    ],
)
def test_a_task_finishes_what_its_cpu_or_its_places_allow(task, capacity_per_s):
    assert task_capacity_per_s(Scenario(workload=ONE_VCPU, fargate=Fargate(**task))) == pytest.approx(
        capacity_per_s
    )


def test_ten_places_before_four_cpus_are_a_closed_network():
    """Ten requests compute 60 ms on four CPUs that they share and wait 140 ms: summed over the numbers computing."""
    weight = []
    for computing in range(11):
        at_cpu = 0.06**computing / math.prod(min(number, 4) for number in range(1, computing + 1))
        weight.append(at_cpu * 0.14 ** (10 - computing) / math.factorial(10 - computing))
    finished = sum(w * min(n, 4) / 0.06 for n, w in enumerate(weight)) / sum(weight)
    task = Fargate(vcpu=4, memory_gb=8, requests_in_flight_per_task=10)
    assert task_capacity_per_s(Scenario(workload=ONE_VCPU, fargate=task)) == pytest.approx(finished, rel=1e-6)
    assert finished < 10 / 0.2


def test_without_computing_only_the_places_count():
    idle = Scenario(workload=Workload(duration_s=0.2, cpu_share=0))
    assert task_capacity_per_s(idle) == pytest.approx(100 / 0.2)


@pytest.mark.parametrize(
    "quantity",
    [lambda_handler_s, fargate_handler_s, fargate_cpu_s, task_capacity_per_s],
    ids=lambda quantity: quantity.__name__,
)
def test_broadcasting_equals_looping(quantity):
    durations, shares, memories = (
        np.array([0.01, 0.2, 3.0]),
        np.array([0.0, 0.3, 1.0]),
        np.array([128, 1024, 9000]),
    )
    vcpu, memory_gb = np.array([[0.5], [4.0]]), np.array([[2.0], [8.0]])
    at_once = quantity(
        scenario(Workload(duration_s=durations, cpu_share=shares), memories, vcpu=vcpu, memory_gb=memory_gb)
    )
    for i, j in np.ndindex(2, 3):
        one = Workload(duration_s=durations[j], cpu_share=shares[j])
        alone = quantity(scenario(one, memories[j], vcpu=vcpu[i, 0], memory_gb=memory_gb[i, 0]))
        assert np.broadcast_to(at_once, (2, 3))[i, j] == alone
