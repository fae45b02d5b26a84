"""What arrives and what one request needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from model.facts import limit, trace_names
from model.fields import Number, choice, flag, many, number
from model.series import UPLOADED, Series

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

LONGEST_JOB_S = 14 * 86_400.0


@dataclass(frozen=True)
class Workload:
    """What arrives and what one request (or job run) needs."""

    kind: str = choice("service", ("service", "job"), "a service answers requests; a job runs to completion")
    requests_per_s: Number = number(100.0, "1/s", 1e-6, 1e6, "mean arrival rate over the month")
    runs_per_day: Number = number(24.0, "1/day", 0, 1e7, "job runs a day (kind = job)")
    pattern: str = choice("steady", PATTERNS, "shape of the arrival rate over the day or week")
    arrivals: str = choice(
        "random", ("random", "evenly_spaced"), "how requests follow each other within the pattern's rate"
    )
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
    slo_p99_s: Number = number(2.0, "s", 0.001, LONGEST_JOB_S, "the p99 latency both sides must meet")
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
    step_functions_type: str = choice(
        "standard", ("standard", "express"), "kind of the Step Functions workflow around each request, if any"
    )
    step_functions_transitions: Number = number(
        0.0,
        "transitions",
        0,
        25_000,
        "state transitions of a standard Step Functions workflow per request (or job run)",
    )
    express_duration_s: Number | None = number(
        None,
        "s",
        0,
        limit("step_functions.express_max_s"),
        "time one express workflow takes (step_functions_type = express)",
        when_none="as long as the handler: duration_s",
    )
    express_memory_mb: Number = number(
        limit("step_functions.express_rounding_mb"),
        "MB",
        1,
        102_400,
        "memory one express workflow uses (step_functions_type = express)",
    )
    custom_metrics: Number = number(
        0, "metrics", 0, 1e6, "CloudWatch metrics the application writes", whole=True
    )
    xray_share: Number = number(0.0, "", 0, 1, "share of requests whose trace X-Ray records")
    needs: tuple[str, ...] = many(NEEDS, "what the workload cannot do without")
    measured_durations: Mapping[str, float] = field(
        default_factory=dict,
        metadata={"meaning": "Lambda memory in MB -> mean warm handler time in s, measured there"},
    )
    series: Series | None = field(
        default=None, metadata={"meaning": "own recorded traffic: name, start, period_s and counts"}
    )
