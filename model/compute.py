"""Handler time at a CPU size: waiting takes the same time everywhere, computing takes CPU seconds."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from model.container import throughput_per_s
from model.facts import limit
from model.fields import Number
from model.measured import fit_cpu_law, points
from model.scenario import AwsLambda, Fargate, Scenario, Workload


def lambda_vcpu(memory_mb: Number) -> Number:
    """vCPU share of an environment: memory / 1,769 MB, at most 6.

    Args: memory_mb: configured memory, MB, any shape.
    Returns: vCPU, same shape.
    Source: METHOD.md "Compute"; facts lambda.mb_per_vcpu, lambda.max_vcpu.
    """
    return np.minimum(np.asarray(memory_mb) / limit("lambda.mb_per_vcpu"), limit("lambda.max_vcpu"))


def waiting_s(workload: Workload) -> Number:
    """Time a request waits for others (databases, networks), s."""
    return np.asarray(workload.duration_s) * (1 - np.asarray(workload.cpu_share))


def cpu_work_vcpu_s(workload: Workload) -> Number:
    """Computing of one request, vCPU-seconds: the CPU part of duration_s times the vCPUs it ran on.

    Returns: vCPU-s, broadcast shape of the workload.
    Source: METHOD.md "Compute".
    Assumes: the CPU part was limited by the vCPU share at measured_at_mb, or by the request's threads.
    """
    speed = np.minimum(lambda_vcpu(workload.measured_at_mb), workload.cpu_threads)
    return np.asarray(workload.duration_s) * np.asarray(workload.cpu_share) * speed


def computing_s(workload: Workload, vcpu: Number, relative_speed: Number = 1.0) -> Number:
    """Time one request computes alone on `vcpu` vCPUs of the given speed, s."""
    return cpu_work_vcpu_s(workload) / (np.minimum(vcpu, workload.cpu_threads) * relative_speed)


def lambda_handler_s(scenario: Scenario) -> Number:
    """Mean warm handler time on Lambda at the configured memory, s.

    Returns: s, scenario shape; equals duration_s at memory_mb = measured_at_mb on x86_64, or what was measured at
        a size of measured_durations while the settings are those fitted to them.
    Source: METHOD.md "Compute".
    """
    function, workload = scenario.aws_lambda, scenario.workload
    law_s = waiting_s(workload) + computing_s(
        workload, lambda_vcpu(function.memory_mb), architecture_speed(scenario, function)
    )
    if not workload.measured_durations:
        return law_s
    return law_s * _measured_over_law(workload.measured_durations, function.memory_mb)


def fitted_fields(durations: Mapping[str, float], at_mb: float | None = None) -> dict[str, float]:
    """The fields of a workload whose handler time comes closest to measured durations, by path.

    Args: at_mb: memory for which duration_s is stated, by default that of a scenario without any.
    Source: METHOD.md "Compute".
    """
    at_mb = float(np.asarray(Workload().measured_at_mb)) if at_mb is None else at_mb
    sizes_mb, seconds = points(durations)
    law = fit_cpu_law(np.asarray(lambda_vcpu(sizes_mb)), seconds)
    computing = law.work_vcpu_s / min(float(lambda_vcpu(at_mb)), law.threads)
    duration_s = law.waiting_s + computing
    return {
        "workload.duration_s": min(max(_six_digits(duration_s), _SHORTEST_S), limit("lambda.max_duration_s")),
        "workload.measured_at_mb": at_mb,
        "workload.cpu_share": _six_digits(computing / duration_s),
        "workload.cpu_threads": law.threads,
    }


def _measured_over_law(durations: Mapping[str, float], memory_mb: Number) -> Number:
    """What was measured over what the fitted CPU law says, at a memory: what the settings are multiplied with.

    Between two sizes the measured time is a straight line in logarithms of both; beyond them the ratio stays.
    """
    sizes_mb, seconds = points(durations)
    inside_mb = np.clip(np.asarray(memory_mb, np.float64), sizes_mb[0], sizes_mb[-1])
    measured_s = np.exp(np.interp(np.log(inside_mb), np.log(sizes_mb), np.log(seconds)))
    fitted = _fitted_workload(tuple(durations.items()))
    return np.asarray(measured_s / (waiting_s(fitted) + computing_s(fitted, lambda_vcpu(inside_mb))))


@lru_cache(maxsize=64)
def _fitted_workload(durations: tuple[tuple[str, float], ...]) -> Workload:
    fields = fitted_fields(dict(durations))
    return Workload(**{path.partition(".")[2]: value for path, value in fields.items()})  # type: ignore[arg-type]


def _six_digits(value: float) -> float:
    return float(f"{value:.6g}")


_SHORTEST_S = 1e-3  # of workload.duration_s


def fargate_handler_s(scenario: Scenario) -> Number:
    """Mean handler time of a request alone on one task, s (queueing inside the task comes on top)."""
    task, workload = scenario.fargate, scenario.workload
    return waiting_s(workload) + computing_s(workload, task.vcpu, fargate_speed(scenario))


def fargate_cpu_s(scenario: Scenario) -> Number:
    """vCPU-seconds of a task's CPU that one request uses up."""
    return cpu_work_vcpu_s(scenario.workload) / fargate_speed(scenario)


def task_capacity_per_s(scenario: Scenario) -> Number:
    """Requests a task can finish per second, with as many requests in flight as it may have.

    Returns: 1/s, scenario shape; at most vcpu / CPU work and requests_in_flight_per_task / handler, and less than
        either where few requests in flight leave the CPU idle at times; infinite only if a request needs neither
        CPU nor time.
    Source: METHOD.md "Compute", "Latency".
    """
    task, workload = scenario.fargate, scenario.workload
    return throughput_per_s(
        np.asarray(task.vcpu) / np.minimum(task.vcpu, workload.cpu_threads),
        computing_s(workload, task.vcpu, fargate_speed(scenario)),
        waiting_s(workload),
        task.requests_in_flight_per_task,
    )


def architecture_speed(scenario: Scenario, platform: AwsLambda | Fargate) -> Number:
    """Speed of a platform's vCPU beside x86_64's (assumed, see data/assumptions.toml)."""
    return scenario.assumed("compute.arm64_speed") if platform.architecture == "arm64" else 1.0


def fargate_speed(scenario: Scenario) -> Number:
    """Speed of a Fargate vCPU beside Lambda's on x86_64 (assumed)."""
    speed = np.asarray(scenario.assumed("compute.fargate_vcpu_speed"))
    return speed * architecture_speed(scenario, scenario.fargate)
