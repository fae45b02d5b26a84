"""Where each slider can stand: round values over the field's range."""

from __future__ import annotations

import math
from collections.abc import Iterable

from model.facts import limit


def _decades(low: float, high: float, marks: Iterable[float] = (1, 1.5, 2, 3, 5, 7)) -> tuple[float, ...]:
    """Round numbers evenly spread on a logarithmic scale, both ends included."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    numbers = (float(f"{mark}e{power}") for power in powers for mark in marks)
    return tuple(number for number in numbers if low <= number <= high)


_COARSE = (1, 2, 5)
_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86_400.0
_TIMES_S = (10, 15, 20, 29, 30, 45, *(n * _MINUTE for n in (1, 1.5, 2, 3, 5, 7, 10, 15)))
_LONG_TIMES_S = (*(n * _MINUTE for n in (20, 30, 45)), *(n * _HOUR for n in (1, 2, 3, 6, 12)))
_VERY_LONG_TIMES_S = tuple(n * _DAY for n in (1, 2, 3, 7, 14))
_COOLDOWNS_S = (0, 10, 20, 30, 45, *(n * _MINUTE for n in (1, 1.5, 2, 3, 5, 10, 15, 20, 30, 60)))
_SMALL_TIMES_S = _decades(0.001, 7)
_PERCENT = tuple(n / 100 for n in range(0, 101, 5))
_TASKS = (*range(0, 11), 12, 15, 20, 25, 30, 40, 50, 70, *_decades(100, 50_000))
_MEMORY_MB = tuple(
    sorted(
        {
            128,
            192,
            256,
            384,
            512,
            640,
            768,
            1024,
            1280,
            1536,
            2048,
            2560,
            3008,
            4096,
            5120,
            6144,
            7168,
            8192,
            10_240,
        }
        # Where the function gets one more whole vCPU.
        | {round(limit("lambda.mb_per_vcpu") * vcpu) for vcpu in range(1, 6)}
    )
)
STEPS: dict[str, tuple[float, ...]] = {
    "workload.requests_per_s": _decades(0.001, 100_000),
    "workload.runs_per_day": (0, *_decades(1, 1_000_000), 12, 24, 48, 96, 144, 288, 1440),
    "workload.peak_to_mean": (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 15, 20, 30, 50, 100),
    "workload.spike_factor": (*_decades(1, 1000), 1.2, 2.5, 4),
    "workload.spike_duration_s": (10, 20, 30, *_TIMES_S[6:], *_LONG_TIMES_S, _DAY),
    "workload.spike_rise_s": (0, 10, 20, 30, *_TIMES_S[6:], *_LONG_TIMES_S),
    "workload.spike_pulse_s": (1, 2, 5, 10, 20, 30, *_TIMES_S[6:], *_LONG_TIMES_S),
    "workload.spike_at_s": tuple(range(60)),
    "workload.client_retries": tuple(range(11)),
    "workload.retry_backoff_s": (0, 0.1, 0.2, 0.5, 1, 2, 3, 5, 10, 20, 30, 60, 120, 300, 600),
    "workload.on_share": (0.001, 0.002, 0.005, 0.01, 0.02, *_PERCENT[1:]),
    "workload.burstiness": (0, 0.2, 0.5, 0.7, 1, 1.5, 2, 3, 5, 7, 10),
    "workload.duration_s": (*_SMALL_TIMES_S, *_TIMES_S, *_LONG_TIMES_S, *_VERY_LONG_TIMES_S),
    "workload.measured_at_mb": _MEMORY_MB,
    "workload.duration_cv": (0, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 7, 10),
    "workload.cpu_share": _PERCENT,
    "workload.cpu_threads": (1, 2, 3, 4, 5, 6, 8, 12, 16, 24, 32, 48, 64),
    "workload.memory_per_request_mb": (0, *_decades(1, 10_000)),
    "workload.memory_base_mb": (0, *_decades(10, 100_000)),
    "workload.scratch_mb": (0, *_decades(1, 1_000_000, _COARSE)),
    "workload.open_files": (0, *_decades(1, 1_000_000, _COARSE)),
    "workload.request_kb": (0, *_decades(0.1, 1_000_000, _COARSE)),
    "workload.response_kb": (0, *_decades(0.1, 1_000_000, _COARSE)),
    "workload.log_kb": (0, *_decades(0.1, 10_000, _COARSE)),
    "workload.outbound_kb": (0, *_decades(0.1, 1_000_000, _COARSE)),
    "workload.cross_zone_kb": (0, *_decades(0.1, 1_000_000, _COARSE)),
    "workload.open_connections": (0, *_decades(1, 10_000_000, _COARSE)),
    "workload.database_vcpu": (1, 2, 4, 8, 16, 32, 48, 64, 96, 128, 192, 256, 512),
    "workload.step_functions_transitions": (0, *range(1, 11), 12, 15, 20, 30, 50, 100, 1000, 25_000),
    "workload.express_memory_mb": tuple(64 * n for n in (1, 2, 3, 4, 6, 8, 16, 32, 64, 128)),
    "workload.custom_metrics": (0, *_decades(1, 1_000_000, _COARSE)),
    "workload.xray_share": (0, 0.001, 0.002, 0.005, 0.01, 0.02, *_PERCENT[1:]),
    "workload.slo_p99_s": (*_SMALL_TIMES_S[12:], *_TIMES_S, *_LONG_TIMES_S, *_VERY_LONG_TIMES_S),
    "workload.timeout_s": (*_SMALL_TIMES_S[12:], *_TIMES_S, *_LONG_TIMES_S, *_VERY_LONG_TIMES_S),
    "aws_lambda.memory_mb": _MEMORY_MB,
    "aws_lambda.package_mb": _decades(0.01, 10_000),
    "aws_lambda.loaded_mb": (0, *_decades(0.1, 10_000)),
    "aws_lambda.snapstart_versions": (*range(0, 11), 15, 20, 30, 50, 100),
    "aws_lambda.provisioned_concurrency": _TASKS,
    "aws_lambda.provisioned_hours_per_day": tuple(range(25)),
    "aws_lambda.account_concurrency": (*_decades(10, 1_000_000), 2500),
    "aws_lambda.ephemeral_mb": (512, *(1024 * n for n in range(1, 11))),
    "fargate.spot_share": _PERCENT,
    "fargate.spot_interrupted_share": _PERCENT,
    "fargate.spot_interruption_at_s": (0, 30, 60, 120, 180, 300, 420, 600, 900, 1200, 1800, 2700, 3600),
    "fargate.spot_shortage_s": (0, 60, 120, 300, 600, 900, 1800, 3600, 4 * 3600, _DAY),
    "fargate.tasks": _TASKS,
    "fargate.min_tasks": _TASKS,
    "fargate.max_tasks": _TASKS,
    "fargate.target_percent": tuple(range(10, 101, 5)),
    "fargate.metric_period_s": (20, 60),
    "fargate.step_datapoints": (1, 2, 3, 4, 5, 10, 15, 30),
    "fargate.step_bound_percent": tuple(range(0, 101, 5)),
    "fargate.step_small": (0, 1, 2, 3, 5, *range(10, 101, 10), 150, 200, 300, 500, 1000),
    "fargate.step_large": (0, 1, 2, 3, 5, *range(10, 101, 10), 150, 200, 300, 500, 1000),
    "fargate.step_in": (0, 1, 2, 3, 5, *range(10, 101, 10)),
    "fargate.step_in_below_percent": tuple(range(0, 101, 5)),
    "fargate.scale_out_cooldown_s": _COOLDOWNS_S,
    "fargate.scale_in_cooldown_s": _COOLDOWNS_S,
    "fargate.requests_in_flight_per_task": _decades(1, 10_000),
    "fargate.image_mb": (0, *_decades(1, 10_000)),
    "fargate.boot_s": (0, 0.2, 0.5, 1, 2, 3, 5, 7, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600),
    "fargate.health_check_interval_s": (5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300),
    "fargate.ephemeral_gb": (20, 21, 25, 30, 40, 50, 70, 100, 150, 200),
    "fargate.images_kept": (*range(0, 11), 15, 20, 30, 50, 100, 1000),
    "fargate.interface_endpoints": tuple(range(11)),
    "fargate.availability_zones": (1, 2, 3, 4, 5, 6),
    "billing.other_lambda_gb_s": (0, *_decades(1e4, 1e11, _COARSE)),
    "billing.other_lambda_requests": (0, *_decades(1e4, 1e12, _COARSE)),
    "billing.hours_per_month": (50, 100, 176, 200, 300, 400, 500, 600, 672, 696, 720, 730, 744),
}
"""Stops of the sliders. They are a matter of comfort: what a field may hold is said in the model."""
