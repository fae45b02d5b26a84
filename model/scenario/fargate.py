"""The service, and the task sizes Fargate has."""

from __future__ import annotations

from dataclasses import dataclass

from model.facts import limit, load_fargate_sizes
from model.fields import Number, choice, flag, number
from model.scenario.aws_lambda import ARCHITECTURES


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
        0.0, "s", 0, 3600, "when AWS takes them back, with two minutes' notice, after the spike's start"
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


def fargate_memory_options(vcpu: float, os: str = "linux") -> tuple[float, ...]:
    """Legal task memory sizes, GB, ascending, beside one vCPU size; empty if the vCPU size is not legal."""
    return tuple(sorted(memory for cpu, memory in load_fargate_sizes(os) if cpu == vcpu))


def fargate_vcpu_options(os: str = "linux") -> tuple[float, ...]:
    """Legal task vCPU sizes, ascending."""
    return tuple(sorted({vcpu for vcpu, _ in load_fargate_sizes(os)}))
