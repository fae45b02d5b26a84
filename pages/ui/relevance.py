"""Which fields play a part in a scenario."""

from __future__ import annotations

from collections.abc import Callable

from model.scenario import Scenario


def _is_job(now: Scenario) -> bool:
    return now.workload.kind == "job"


def _is_service(now: Scenario) -> bool:
    return not _is_job(now)


def _has_own_cold_start(now: Scenario) -> bool:
    return now.aws_lambda.cold_start_s is not None


def _has_fixed_tasks(now: Scenario) -> bool:
    return now.fargate.scaling == "fixed"


def _scaling_is_none_of(*kinds: str) -> Callable[[Scenario], bool]:
    return lambda now: now.fargate.scaling not in kinds


def _has_no_spot(now: Scenario) -> bool:
    return now.fargate.spot_share == 0


def _pattern_is_none_of(*patterns: str) -> Callable[[Scenario], bool]:
    return lambda now: now.workload.pattern not in patterns


IRRELEVANT: dict[str, Callable[[Scenario], bool]] = {
    "workload.requests_per_s": _is_job,
    "workload.runs_per_day": _is_service,
    "workload.peak_to_mean": _pattern_is_none_of("diurnal", "business_hours", "ramp"),
    "workload.on_share": _pattern_is_none_of("on_off"),
    "workload.burstiness": _pattern_is_none_of("bursty"),
    "workload.trace": _pattern_is_none_of("trace"),
    "aws_lambda.front_door": _is_job,
    "aws_lambda.nat": lambda now: not now.aws_lambda.vpc,
    "aws_lambda.init_s": _has_own_cold_start,
    "aws_lambda.init_log_sd": lambda now: _has_own_cold_start(now) or now.aws_lambda.init_s is None,
    "aws_lambda.first_invocation_s": _has_own_cold_start,
    "aws_lambda.snapstart_versions": lambda now: not now.aws_lambda.snapstart,
    "aws_lambda.provisioned_hours_per_day": lambda now: (
        now.aws_lambda.provisioned_concurrency == 0 or now.aws_lambda.provisioned_target_percent is not None
    ),
    "aws_lambda.managed_instance_type": lambda now: not now.aws_lambda.managed_instances,
    "workload.open_connections": lambda now: now.aws_lambda.front_door != "websocket_api",
    "workload.database_vcpu": lambda now: now.workload.rds_proxy == "none",
    "workload.step_functions_transitions": lambda now: now.workload.step_functions_type == "express",
    "workload.express_duration_s": lambda now: now.workload.step_functions_type != "express",
    "workload.express_memory_mb": lambda now: now.workload.step_functions_type != "express",
    "billing.commitment_usd_per_hour": lambda now: now.billing.savings_plan == "none",
    "fargate.nlb_tls": lambda now: now.fargate.load_balancer != "nlb",
    "fargate.load_balancer": _is_job,
    "fargate.scaling": _is_job,
    "workload.spike_rise_s": lambda now: now.workload.spike_shape not in ("ramp", "flash_crowd"),
    "workload.spike_pulse_s": lambda now: now.workload.spike_shape != "pulses",
    "workload.client_retries": lambda now: now.workload.queue or now.aws_lambda.invocation == "async",
    "workload.retry_backoff_s": lambda now: now.workload.client_retries == 0,
    "fargate.spot_interrupted_share": _has_no_spot,
    "fargate.spot_interruption_at_s": _has_no_spot,
    "fargate.spot_shortage_s": _has_no_spot,
    "fargate.target_requests_per_min": lambda now: now.fargate.metric != "requests_per_target",
    **{
        f"fargate.{name}": _scaling_is_none_of("step")
        for name in (
            "step_datapoints",
            "step_type",
            "step_bound_percent",
            "step_small",
            "step_large",
            "step_in",
            "step_in_below_percent",
        )
    },
    "fargate.schedule_lead_s": _scaling_is_none_of("scheduled"),
    "fargate.scheduled_min_tasks": _scaling_is_none_of("scheduled"),
    "fargate.tasks": lambda now: not _has_fixed_tasks(now),
    **{
        f"fargate.{name}": _has_fixed_tasks
        for name in (
            "min_tasks",
            "max_tasks",
            "metric",
            "target_percent",
            "metric_period_s",
            "metric_lag_s",
            "scale_out_cooldown_s",
            "scale_in_cooldown_s",
        )
    },
}
"""Fields that play no part in the present scenario: drawn, but greyed out. A spike is always played, so it is not here."""


def matters(path: str, now: Scenario) -> bool:
    """Whether a field plays a part in the present scenario."""
    return path not in IRRELEVANT or not IRRELEVANT[path](now)
