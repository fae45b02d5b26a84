"""What the things that are not certain are called, and how their values are written."""

from __future__ import annotations

from model.facts import load_facts
from model.fields import NumberField
from model.scenario import adjustable_assumptions, vocabulary
from pages.ui.words.names import label, setting
from pages.ui.words.numbers import digits, seconds, share

ASSUMPTIONS: dict[str, str] = {
    "lambda.pc_start_delay_s": "Provisioned concurrency: delay",
    "target_tracking.metric_lag_at_60_s": "Lag of the 60 s metric",
    "target_tracking.metric_lag_at_20_s": "Lag of the 20 s metric",
    "compute.fargate_vcpu_speed": "Speed of a Fargate vCPU",
    "compute.arm64_speed": "Speed of an arm64 vCPU",
    "fargate.spot_discount": "Spot discount",
    "fargate.task_imbalance": "Uneven load on tasks",
    "target_tracking.scale_in_step_share": "Scale-in step, share",
    "target_tracking.scale_in_step_min_tasks": "Scale-in step, least tasks",
    "elb.requests_per_connection": "Requests per connection",
    "elb.connection_duration_s": "Connection stays open",
    "elb.rules": "Balancer rules",
    "network.overhead_kb_per_request": "Headers per response",
    "network.public_egress_share": "Responses to the internet",
    "logs.lambda_platform_kb": "Lambda's own log lines",
    "logs.retention_months": "Logs are kept for",
    "logs.stored_share": "Stored size of logs",
    "container_insights.metrics_per_service": "Insights metrics per service",
    "container_insights.metrics_per_task": "Insights metrics per task",
    "sqs.calls_per_message": "Queue calls per message",
    "managed_instances.target_utilisation": "Managed Instances: utilisation",
    "managed_instances.requests_per_environment": "Managed Instances: requests at once",
    "cold_start.pre_init_image_s": "Cold start: image before init",
    "cold_start.pre_init_log_sd": "Cold start: spread before init",
    "cold_start.loaded_code_s_per_mb": "Cold start: loading code",
    "cold_start.vpc_s": "Cold start: VPC",
    "cold_start.extension_s": "Cold start: extensions",
    "cold_start.snapstart_restore_java_log_sd": "SnapStart, Java: spread",
    "cold_start.snapstart_restore_dotnet_s": "SnapStart, .NET: restore",
    "cold_start.snapstart_restore_dotnet_log_sd": "SnapStart, .NET: spread",
    "cold_start.snapstart_restore_python_s": "SnapStart, Python: restore",
    "cold_start.snapstart_restore_python_log_sd": "SnapStart, Python: spread",
    "deployment.lambda_publish_s": "Publishing a version",
    "fargate.db_pool_per_task": "Database pool of a task",
    "lambda.unzip_ratio": "Unzipped size of a package",
    "step_functions.transitions_per_chunk": "Workflow steps per chunk",
    "target_tracking.datapoint_age_s": "Age of a metric datapoint",
    "task_start.provision_s": "Task start: placement",
    "task_start.pull_s": "Task start: image pull",
    "task_start.start_s": "Task start: container",
}
PRICES = {
    "lambda.duration": "Lambda's price of duration",
    "fargate.vcpu": "Fargate's price of a vCPU",
    "fargate.memory": "Fargate's price of memory",
}
_FIELDS = {path: spec for path, spec, _ in vocabulary() if isinstance(spec, NumberField)}
_ASSUMED = frozenset(adjustable_assumptions())


def uncertain(name: str) -> str:
    """What a field or an assumption is called; one without a name of its own by its id."""
    return ASSUMPTIONS.get(name, name) if name in _ASSUMED else label(name)


def unit(name: str) -> str:
    """The unit in which a field or an assumption is written as a number; "share" is a share of 1."""
    return _FIELDS[name].unit if name in _FIELDS else load_facts()[name].unit


def about(name: str, value: float) -> str:
    """A value of a field or an assumption, to three digits: "66.7/s", "5 s", "15 %"."""
    rounded = float(f"{value:.3g}")
    if name in _FIELDS:
        return setting(name, rounded)
    unit = load_facts()[name].unit
    if unit == "share":
        return share(rounded)
    return seconds(rounded) if unit == "s" else f"{digits(rounded)} {unit}".strip()
