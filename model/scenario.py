"""The scenario: what arrives, and how each platform is configured. Field names are the product's contract.

Any numeric field may be a NumPy array; all arrays of one scenario must broadcast together.
"""

from __future__ import annotations

import dataclasses
import operator
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

import numpy as np

from model.facts import (
    limit,
    load_facts,
    load_fargate_sizes,
    load_frameworks,
    load_init_quantiles,
    load_instance_sizes,
    load_price_variants,
    load_prices,
    load_regions,
    trace_names,
)
from model.fields import (
    Field,
    Number,
    NumberField,
    ScenarioError,
    checked,
    choice,
    declared_fields,
    flag,
    many,
    number,
    unknown_name,
)
from model.series import UPLOADED, Series, as_series

ARCHITECTURES = ("x86_64", "arm64")
PATTERNS = ("steady", "diurnal", "business_hours", "spike", "bursty", "on_off", "ramp", "cron", "trace")
NEEDS = (
    "websockets",
    "grpc_streams",
    "gpu",
    "over_15_minutes",
    "custom_os_packages",
    "persistent_connections",
    "in_memory_state",
)
SAVINGS_PLANS = ("none",) + tuple(
    f"{years}yr_{payment}_upfront" for years in (1, 3) for payment in ("no", "partial", "all")
)
INSTANCE_TYPES = load_price_variants()["ec2.instance_hour"]
RUNTIMES = tuple(sorted({runtime for runtime, *_ in load_init_quantiles()}))
AWS_RUNTIMES = {
    re.sub(r"^(python3|ruby3|nodejs\d\d)_?(\w+)$|^(java8)_(al2)$", r"\1\3.\2\4", runtime): runtime
    for runtime in RUNTIMES
}
"""AWS's spelling (python3.13, nodejs22.x, java8.al2) -> ours."""
FRAMEWORKS = ("none", "sdk", *sorted(load_frameworks()))
LONGEST_JOB_S = 14 * 86_400.0
WIDEST_LOG_SD = 3.0  # nine starts in ten within a factor of 140 of the median: wider than anything measured


@dataclass(frozen=True)
class Workload:
    """What arrives and what one request (or job run) needs."""

    kind: str = choice("service", ("service", "job"), "a service answers requests; a job runs to completion")
    requests_per_s: Number = number(100.0, "1/s", 1e-6, 1e6, "mean arrival rate over the month")
    runs_per_day: Number = number(24.0, "1/day", 0, 1e7, "job runs a day (kind = job)")
    pattern: str = choice("steady", PATTERNS, "shape of the arrival rate over the day or week")
    peak_to_mean: Number = number(
        3.0, "", 1, 100, "peak rate / mean rate of diurnal, business_hours and ramp"
    )
    spike_factor: Number = number(2.5, "", 1, 1000, "rate during the spike / rate before it")
    spike_duration_s: Number = number(1800.0, "s", 10, 86_400, "how long the spike lasts")
    spike_shape: str = choice(
        "step",
        ("step", "ramp", "flash_crowd", "pulses"),
        "how the spike comes: at once, climbing, with a long tail, in pulses",
    )
    spike_rise_s: Number = number(
        300.0, "s", 0, 86_400, "how long the spike climbs (spike_shape = ramp or flash_crowd)"
    )
    spike_pulse_s: Number = number(
        60.0, "s", 1, 86_400, "length of each pulse, and of the pause after it (spike_shape = pulses)"
    )
    spike_at_s: Number = number(
        0.0, "s", 0, 59, "seconds between the start of a metric minute and the start of the spike", whole=True
    )
    client_retries: Number = number(
        0, "retries", 0, 10, "how often a caller tries again after a 429 from Lambda", whole=True
    )
    retry_backoff_s: Number = number(
        1.0, "s", 0, 600, "wait before the first retry; it doubles with each further one"
    )
    on_share: Number = number(0.2, "", 0.001, 1, "share of time with traffic (on_off)")
    burstiness: Number = number(1.0, "", 0, 10, "coefficient of variation of the per-minute rate (bursty)")
    trace: str = choice(
        "nasa_http_1995_week",
        (*trace_names(), UPLOADED),
        "recorded traffic, scaled to requests_per_s; uploaded is series",
    )
    duration_s: Number = number(0.2, "s", 0.001, LONGEST_JOB_S, "mean warm handler time at measured_at_mb")
    measured_at_mb: Number = number(
        1024.0,
        "MB",
        limit("lambda.memory_min_mb"),
        limit("lambda.memory_max_mb"),
        "Lambda memory at which duration_s was measured",
    )
    duration_cv: Number = number(
        limit("compute.service_cv"), "", 0, 10, "standard deviation / mean of the handler time"
    )
    cpu_share: Number = number(0.3, "", 0, 1, "share of duration_s that is computing rather than waiting")
    cpu_threads: Number = number(1, "threads", 1, 64, "threads one request can keep busy", whole=True)
    memory_per_request_mb: Number = number(20.0, "MB", 0, 250_000, "memory of one request in flight")
    memory_base_mb: Number = number(150.0, "MB", 0, 250_000, "memory of the process before any request")
    scratch_mb: Number = number(0.0, "MB", 0, 1e6, "files one request in flight keeps on local disk")
    open_files: Number = number(
        10, "files", 0, 1e6, "files and sockets one request in flight holds open", whole=True
    )
    request_kb: Number = number(1.0, "KB", 0, 1e7, "request size")
    response_kb: Number = number(5.0, "KB", 0, 1e7, "response size")
    internet_facing: bool = flag(
        True,
        "callers come over the internet: responses leave the Region, load balancers have public addresses",
    )
    outbound_kb: Number = number(
        0.0, "KB", 0, 1e7, "data a request exchanges with services that a VPC reaches through its NAT gateway"
    )
    cross_zone_kb: Number = number(
        0.0, "KB", 0, 1e7, "data a request exchanges with another Availability Zone, as with a database there"
    )
    open_connections: Number = number(
        0.0, "connections", 0, 1e8, "client connections open at a time, mean (front_door = websocket_api)"
    )
    log_kb: Number = number(0.5, "KB", 0, 1e6, "log text the handler writes per request; 0 = logging off")
    slo_p99_s: Number = number(1.0, "s", 0.001, LONGEST_JOB_S, "the p99 latency both sides must meet")
    timeout_s: Number = number(29.0, "s", 0.01, LONGEST_JOB_S, "when the caller gives up")
    db_connections_limit: Number | None = number(
        None, "connections", 1, 1e6, "connections the database allows", whole=True, when_none="no database"
    )
    database_vcpu: Number = number(
        limit("rds_proxy.min_vcpu"), "vCPU", 1, 512, "CPU of the database, which RDS Proxy is billed by"
    )
    rds_proxy: str = choice(
        "none", ("none", "aws_lambda", "both"), "who reaches the database through RDS Proxy"
    )
    queue: bool = flag(False, "every request (or job run) is a message of an SQS standard queue")
    step_functions_transitions: Number = number(
        0.0,
        "transitions",
        0,
        25_000,
        "state transitions of a Step Functions workflow per request (or job run)",
    )
    custom_metrics: Number = number(
        0, "metrics", 0, 1e6, "CloudWatch metrics the application writes", whole=True
    )
    xray_share: Number = number(0.0, "", 0, 1, "share of requests whose trace X-Ray records")
    needs: tuple[str, ...] = many(NEEDS, "what the workload cannot do without")
    series: Series | None = field(
        default=None, metadata={"meaning": "own recorded traffic: name, start, period_s and counts"}
    )


@dataclass(frozen=True)
class AwsLambda:
    """The function as configured on AWS Lambda."""

    memory_mb: Number = number(
        1024,
        "MB",
        limit("lambda.memory_min_mb"),
        limit("lambda.memory_max_mb"),
        "memory; CPU comes in proportion",
        whole=True,
    )
    architecture: str = choice("x86_64", ARCHITECTURES, "instruction set")
    runtime: str = choice("nodejs22x", RUNTIMES, "language runtime", AWS_RUNTIMES)
    package: str = choice("zip", ("zip", "image"), "deployment package type")
    package_mb: Number = number(
        5.0, "MB", 0.001, limit("lambda.package_image_mb"), "size of the zip or image as uploaded"
    )
    loaded_mb: Number = number(
        1.0, "MB", 0, limit("lambda.package_image_mb"), "code really loaded while the function starts"
    )
    framework: str = choice(
        "none", FRAMEWORKS, "what start-up loads: nothing, an AWS SDK client, a framework"
    )
    vpc: bool = flag(False, "attached to a VPC")
    nat: bool = flag(False, "the function reaches out through one NAT gateway per zone (vpc = true)")
    invocation: str = choice("sync", ("sync", "async"), "whether the caller waits for the answer")
    streamed: bool = flag(False, "responses are streamed, so they may be larger than 6 MB")
    snapstart: bool = flag(False, "start from a snapshot (Java, Python, .NET)")
    snapstart_versions: Number = number(
        1, "versions", 0, 1000, "published versions with a snapshot", whole=True
    )
    provisioned_concurrency: Number = number(
        0,
        "",
        0,
        1e5,
        "environments kept initialised; the fewest, if provisioned_target_percent is set",
        whole=True,
    )
    provisioned_target_percent: Number | None = number(
        None,
        "%",
        10,
        90,
        "provisioned concurrency follows the traffic so that this much of it is in use",
        when_none="a fixed number",
    )
    provisioned_hours_per_day: Number = number(
        24.0, "h", 0, 24, "hours a day a fixed number of provisioned environments is switched on"
    )
    free_tier_with_provisioned: bool = flag(
        False, "deduct Lambda's free tier although there is provisioned concurrency"
    )
    reserved_concurrency: Number | None = number(
        None,
        "",
        0,
        1e6,
        "concurrency set aside for, and capping, this function",
        whole=True,
        when_none="not set",
    )
    account_concurrency: Number = number(
        limit("lambda.account_concurrency"), "", 10, 1e6, "concurrency quota of the account", whole=True
    )
    keep_alive_s: Number | None = number(
        None, "s", 0, 86_400, "how long an idle environment lives", when_none="the measured curve"
    )
    ephemeral_mb: Number = number(
        limit("lambda.ephemeral_free_mb"),
        "MB",
        limit("lambda.ephemeral_free_mb"),
        limit("lambda.ephemeral_max_mb"),
        "/tmp",
        whole=True,
    )
    front_door: str = choice(
        "function_url",
        ("function_url", "http_api", "rest_api", "websocket_api", "alb", "none"),
        "what callers talk to",
    )
    managed_instances: bool = flag(
        False, "bill Lambda Managed Instances as a third option (beside the other two)"
    )
    managed_instance_type: str = choice(
        "m7g.xlarge", INSTANCE_TYPES, "EC2 instance that Lambda Managed Instances run on"
    )


@dataclass(frozen=True)
class Fargate:
    """The service (or job task) as configured on ECS with Fargate."""

    vcpu: Number = number(0.5, "vCPU", 0.25, 32, "CPU of one task")
    memory_gb: Number = number(1.0, "GB", 0.5, 244, "memory of one task")
    architecture: str = choice("x86_64", ARCHITECTURES, "instruction set")
    os: str = choice("linux", ("linux", "windows"), "operating system")
    spot_share: Number = number(0.0, "", 0, 1, "share of task time on Fargate Spot")
    spot_interrupted_share: Number = number(
        0.0, "", 0, 1, "share of the running Spot tasks that AWS takes back at one moment of a spike"
    )
    spot_interruption_at_s: Number = number(
        0.0, "s", -300, 3600, "when AWS takes them back, with two minutes' notice, after the spike's start"
    )
    spot_shortage_s: Number = number(
        0.0, "s", 0, 86_400, "how long there is no Spot capacity for new tasks after that"
    )
    scaling: str = choice(
        "target_tracking",
        ("fixed", "target_tracking", "step", "scheduled", "predictive"),
        "how the number of tasks follows the load",
    )
    tasks: Number = number(2, "tasks", 0, 50_000, "number of tasks (scaling = fixed)", whole=True)
    min_tasks: Number = number(2, "tasks", 0, 50_000, "lower bound of autoscaling", whole=True)
    max_tasks: Number = number(20, "tasks", 1, 50_000, "upper bound of autoscaling", whole=True)
    target_percent: Number = number(
        70.0, "%", 1, 100, "target of the metric, in percent of what a task can do"
    )
    target_requests_per_min: Number | None = number(
        None,
        "requests/min",
        1,
        1e7,
        "target of requests_per_target as AWS has it, requests per minute and task",
        when_none="target_percent of what a task can do",
    )
    metric: str = choice("cpu", ("cpu", "requests_per_target"), "metric that target tracking follows")
    metric_period_s: Number = number(60, "s", 20, 60, "length of one metric datapoint: 60 or 20", whole=True)
    metric_lag_s: Number | None = number(
        None, "s", 0, 600, "publishing and evaluation lag", when_none="calibrated to AWS's benchmark"
    )
    step_datapoints: Number = number(
        1, "datapoints", 1, 30, "datapoints above target until a step policy scales out", whole=True
    )
    step_type: str = choice(
        "percent", ("percent", "tasks"), "whether a step policy changes by percent or by tasks"
    )
    step_bound_percent: Number = number(
        20.0, "%", 0, 100, "how far above target the metric is where the large step begins, in points"
    )
    step_small: Number = number(20.0, "", 0, 50_000, "small scale-out step, percent or tasks")
    step_large: Number = number(50.0, "", 0, 50_000, "large scale-out step, percent or tasks")
    step_in: Number = number(10.0, "", 0, 50_000, "scale-in step, percent or tasks")
    step_in_below_percent: Number = number(
        50.0, "%", 0, 100, "metric below which a step policy scales in, in percent of what a task can do"
    )
    schedule_lead_s: Number | None = number(
        None,
        "s",
        -3600,
        21_600,
        "how long before traffic needs them a schedule wants the tasks; below zero it comes late",
        when_none="one task start and a minute",
    )
    scheduled_min_tasks: Number | None = number(
        None,
        "tasks",
        0,
        50_000,
        "tasks a schedule sets as the minimum while traffic is above its mean",
        whole=True,
        when_none="what the traffic needs",
    )
    scale_out_cooldown_s: Number = number(60.0, "s", 0, 86_400, "scale-out cooldown")
    scale_in_cooldown_s: Number = number(300.0, "s", 0, 86_400, "scale-in cooldown")
    requests_in_flight_per_task: Number = number(
        100, "requests", 1, 1e5, "requests a task works on at once; more wait", whole=True
    )
    image_mb: Number = number(200.0, "MB", 0, 1e5, "compressed image size")
    boot_s: Number = number(
        limit("fargate.boot_s"), "s", 0, 3600, "from container start until the app answers a health check"
    )
    health_check_interval_s: Number = number(30.0, "s", 5, 300, "load balancer health check interval")
    ephemeral_gb: Number = number(
        limit("fargate.ephemeral_free_gb"),
        "GB",
        limit("fargate.ephemeral_free_gb"),
        limit("fargate.ephemeral_max_gb"),
        "task storage",
    )
    images_kept: Number = number(
        0, "images", 0, 10_000, "images of image_mb kept in a private ECR registry", whole=True
    )
    load_balancer: str = choice("alb", ("alb", "nlb", "none"), "what spreads requests over the tasks")
    nlb_tls: bool = flag(False, "the Network Load Balancer ends TLS (load_balancer = nlb)")
    availability_zones: Number = number(2, "zones", 1, 6, "zones the tasks spread over", whole=True)
    nat: bool = flag(False, "tasks reach out through one NAT gateway per zone")
    public_ip: bool = flag(False, "every task has a public IPv4 address")
    interface_endpoints: Number = number(
        0, "endpoints", 0, 50, "interface endpoints in each zone, for logs and the registry", whole=True
    )
    container_insights: bool = flag(False, "Container Insights writes metrics of service and tasks")


@dataclass(frozen=True)
class Billing:
    """Where and how the bill is made."""

    region: str = choice("us-east-1", tuple(load_regions()), "AWS Region")
    hours_per_month: Number = number(
        limit("billing.hours_per_month"), "h", 1, 744, "hours in the billing month"
    )
    free_tier: bool = flag(True, "deduct the always-free allowances")
    other_lambda_gb_s: Number = number(
        0.0,
        "GB-s",
        0,
        1e12,
        "the organisation's other Lambda duration a month, architecture and Region as here",
    )
    other_lambda_requests: Number = number(
        0.0, "requests", 0, 1e13, "the organisation's other Lambda requests a month"
    )
    savings_plan: str = choice("none", SAVINGS_PLANS, "compute savings plan")
    commitment_usd_per_hour: Number | None = number(
        None,
        "USD/h",
        0,
        1e5,
        "hourly commitment of the savings plan, for each platform's bill",
        when_none="what the mean hour needs",
    )
    init_billed: bool = flag(
        True, "bill every Lambda init, as AWS does since August 2025; off: as before, zip packages start free"
    )
    common_costs: bool = flag(True, "bills hold what both platforms pay alike")
    on: str = field(
        default="", metadata={"meaning": "day whose prices count, YYYY-MM-DD; empty = newest known"}
    )
    overrides: Mapping[str, float] = field(
        default_factory=dict, metadata={"meaning": "price key -> your own USD per unit"}
    )


@dataclass(frozen=True)
class Scenario:
    """One question: this workload, on this function or on this service, billed here.

    Raises:
        ScenarioError: a field is out of range, or two fields do not go together.
    """

    workload: Workload = field(default_factory=Workload)
    aws_lambda: AwsLambda = field(default_factory=AwsLambda)
    fargate: Fargate = field(default_factory=Fargate)
    billing: Billing = field(default_factory=Billing)
    assumptions: Mapping[str, Number] = field(
        default_factory=dict, metadata={"meaning": "id of an assumed or ranged fact -> your own value"}
    )

    def __post_init__(self) -> None:
        for group in GROUPS:
            checked(getattr(self, group), group)
        object.__setattr__(self, "assumptions", _checked_assumptions(self.assumptions))
        self.shape  # noqa: B018  raises if the arrays do not broadcast
        _check_billing(self.billing)
        _check_workload(self.workload)
        _check_lambda(self.aws_lambda)
        _check_fargate(self.fargate)

    @property
    def shape(self) -> tuple[int, ...]:
        """Common shape of all numeric fields; () for a plain scenario."""
        values = {path: value for path, _, value in self.values()} | dict(self.assumptions)
        shapes = {path: np.shape(value) for path, value in values.items() if isinstance(value, np.ndarray)}
        try:
            return np.broadcast_shapes(*shapes.values())
        except ValueError:
            first = next(iter(shapes))
            raise ScenarioError(
                first, shapes, "array fields of one scenario must broadcast together"
            ) from None

    def assumed(self, id: str) -> Number:
        """The value of an adjustable fact: the user's own, or the one in data/."""
        return self.assumptions.get(id, limit(id))

    def values(self) -> Iterator[tuple[str, Field, Any]]:
        """Path, field and value of everything that can be set, except prices' date and overrides."""
        for path, spec, _ in vocabulary():
            yield path, spec, value_at(self, path)


GROUPS: dict[str, type] = {
    "workload": Workload,
    "aws_lambda": AwsLambda,
    "fargate": Fargate,
    "billing": Billing,
}


def vocabulary() -> tuple[tuple[str, Field, Any], ...]:
    """Path ("workload.requests_per_s"), field and default of the whole vocabulary, in reading order."""
    return _VOCABULARY


_VOCABULARY = tuple(
    (f"{group}.{name}", spec, default)
    for group, cls in GROUPS.items()
    for name, spec, default in declared_fields(cls)
)


def value_at(scenario: Scenario, path: str) -> Any:
    """The value of one field, by its path."""
    return operator.attrgetter(path)(scenario)


def replace_at(scenario: Scenario, path: str | Mapping[str, Any], value: Any = None) -> Scenario:
    """A copy with one field (path, value) or several (mapping) replaced and checked together.

    Raises:
        ScenarioError: unknown path or a value that is not allowed.
    """
    changes = path if isinstance(path, Mapping) else {path: value}
    by_group: dict[str, dict[str, Any]] = {}
    top = {"assumptions": changes["assumptions"]} if "assumptions" in changes else {}
    for full, new in changes.items():
        if full in top:
            continue
        group, _, name = full.partition(".")
        if group not in GROUPS or name not in {f.name for f in dataclasses.fields(GROUPS[group])}:
            raise unknown_name(full, new, (path for path, _, _ in vocabulary()))
        by_group.setdefault(group, {})[name] = new
    groups = {g: dataclasses.replace(getattr(scenario, g), **c) for g, c in by_group.items()}
    return dataclasses.replace(scenario, **groups, **top)


def fargate_memory_options(vcpu: float, os: str = "linux") -> tuple[float, ...]:
    """Legal task memory sizes, GB, ascending, beside one vCPU size; empty if the vCPU size is not legal."""
    return tuple(sorted(memory for cpu, memory in load_fargate_sizes(os) if cpu == vcpu))


def fargate_vcpu_options(os: str = "linux") -> tuple[float, ...]:
    """Legal task vCPU sizes, ascending."""
    return tuple(sorted({vcpu for vcpu, _ in load_fargate_sizes(os)}))


def _check_workload(workload: Workload) -> None:
    object.__setattr__(workload, "series", as_series(workload.series))
    if workload.trace == UPLOADED and workload.series is None:
        allowed = "one of " + ", ".join(trace_names()) + "; uploaded only beside workload.series"
        raise ScenarioError("workload.trace", workload.trace, allowed)
    longest = limit("lambda.max_duration_s")
    if workload.kind == "service" and np.any(np.asarray(workload.duration_s) > longest):
        allowed = f"a number from 0.001 to {longest:g} s for a service; longer work is kind = job"
        raise ScenarioError("workload.duration_s", workload.duration_s, allowed)


def _check_lambda(function: AwsLambda) -> None:
    if not function.managed_instances:
        return
    most_mb = load_instance_sizes()[function.managed_instance_type].memory_gb * 1024
    if np.any(np.asarray(function.memory_mb) > most_mb):
        allowed = f"an instance that holds an environment of memory_mb; this one has {most_mb:,} MB"
        raise ScenarioError("aws_lambda.managed_instance_type", function.managed_instance_type, allowed)


def _check_fargate(fargate: Fargate) -> None:
    if np.any(~np.isin(fargate.metric_period_s, (20, 60))):
        raise ScenarioError("fargate.metric_period_s", fargate.metric_period_s, "20 or 60 (seconds)")
    if np.any(np.asarray(fargate.min_tasks) > np.asarray(fargate.max_tasks)):
        allowed = f"at most max_tasks, which is {fargate.max_tasks}; lower it or raise max_tasks"
        raise ScenarioError("fargate.min_tasks", fargate.min_tasks, allowed)
    if fargate.os == "windows" and (
        fargate.architecture != "x86_64" or np.any(np.asarray(fargate.spot_share))
    ):
        raise ScenarioError(
            "fargate.os", fargate.os, "linux with arm64 or Spot; Windows tasks are x86_64 On-Demand"
        )
    for vcpu in np.unique(fargate.vcpu):
        options = fargate_memory_options(float(vcpu), fargate.os)
        if not options:
            sizes = ", ".join(f"{size:g}" for size in fargate_vcpu_options(fargate.os))
            raise ScenarioError("fargate.vcpu", float(vcpu), f"one of {sizes} ({fargate.os})")
        here = np.broadcast_arrays(fargate.vcpu, fargate.memory_gb)
        wrong = [m for m in np.unique(here[1][here[0] == vcpu]) if m not in options]
        if wrong:
            fits = next((o for o in options if o >= wrong[0]), options[-1])
            sizes = ", ".join(f"{option:g}" for option in options)
            allowed = f"with {vcpu:g} vCPU one of {sizes} GB; the next legal one is {fits:g}"
            raise ScenarioError("fargate.memory_gb", float(wrong[0]), allowed)


FIELD_OF_ASSUMPTION = {
    "billing.hours_per_month": "billing.hours_per_month",
    "compute.service_cv": "workload.duration_cv",
    "fargate.boot_s": "fargate.boot_s",
}
"""Adjustable facts that are the default of a field: the field is what a user moves."""


@cache
def adjustable_assumptions() -> tuple[str, ...]:
    """Ids of the facts a user may move: assumed ones, and measured ones with a stated range."""
    ranged = (id for id, fact in load_facts().items() if fact.low is not None)
    return tuple(id for id in ranged if id not in FIELD_OF_ASSUMPTION)


def _checked_assumptions(assumptions: Mapping[str, Number]) -> dict[str, Number]:
    if not isinstance(assumptions, Mapping):
        raise ScenarioError("assumptions", assumptions, "an object of fact id -> value")
    for id, value in assumptions.items():
        if id in FIELD_OF_ASSUMPTION:
            raise ScenarioError(
                f"assumptions[{id}]", value, f"set the field {FIELD_OF_ASSUMPTION[id]} instead"
            )
        if id not in adjustable_assumptions():
            raise ScenarioError(f"assumptions[{id}]", value, "one of " + ", ".join(adjustable_assumptions()))
        spec = assumption_field(id)
        if not spec.accepts(value):
            raise ScenarioError(f"assumptions[{id}]", spec.culprit(value), spec.allowed)
    return {id: assumption_field(id).normal(value) for id, value in assumptions.items()}


_DIVISORS = (
    "elb.requests_per_connection",
    "managed_instances.requests_per_environment",
    "managed_instances.target_utilisation",
)


def assumption_field(id: str) -> NumberField:
    """What an assumption may be set to: a share up to 1, and 0 only where its own range has it or it adds up."""
    fact = load_facts()[id]
    divides = id.endswith("_speed") or id in _DIVISORS
    most = 1.0 if fact.unit == "share" else WIDEST_LOG_SD if id.endswith("_log_sd") else 1e6
    return NumberField(fact.unit, 0.001 if divides else 0.0, most, fact.why)


def _is_day(text: object) -> bool:
    try:
        return isinstance(text, str) and date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _check_billing(billing: Billing) -> None:
    if billing.on != "" and not _is_day(billing.on):
        raise ScenarioError("billing.on", billing.on, "a day as YYYY-MM-DD, or empty for the newest")
    if not isinstance(billing.overrides, Mapping):
        raise ScenarioError("billing.overrides", billing.overrides, "an object of price key -> USD per unit")
    known = {price.key for price in load_prices()} if billing.overrides else set()
    for key, usd in billing.overrides.items():
        if key not in known:
            allowed = "a price key as shown on the bill, such as fargate.vcpu/linux_x86_64@us-east-1"
            raise ScenarioError(f"billing.overrides[{key}]", usd, allowed)
        if not NumberField("USD", 0, 1e6, "").accepts(usd) or np.ndim(usd):
            raise ScenarioError(f"billing.overrides[{key}]", usd, "a number of USD from 0 to 1,000,000")
    object.__setattr__(billing, "overrides", dict(billing.overrides))
