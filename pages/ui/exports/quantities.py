"""How much of what a bill counts, as formulas of settings, facts and the few figures that only the simulation knows.

Each formula repeats what `model/cost` computes. The sheet takes it only where it gives the bill's own quantity, so a
rule that changes there can make a line a plain number here, never a wrong one.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from model.cost.aws_lambda import billed_handler_s, init_is_billed
from model.cost.monitoring import same_price_gb
from model.evaluate import Comparison
from model.provisioned import has_provisioned
from pages.ui.exports.formulas import Term, larger, rounded_up, smaller, term
from pages.ui.exports.inputs import Inputs
from pages.ui.words import PLATFORMS

Span = tuple[Term, Term]
"""First and last unit of the month's usage that a line counts, before it is cut into price slices."""

ZERO = term(0)
MB_PER_GB, HOUR_S, HOURS_PER_DAY = 1024, 3600, 24
KB_PER_GB = MB_PER_GB * MB_PER_GB
KB_PER_MB = 1024


class Quantities:
    """The spans of one comparison's bill lines, by side and by the item's name without its slice."""

    def __init__(self, comparison: Comparison, inputs: Inputs) -> None:
        self.comparison, self.inputs = comparison, inputs
        self.scenario = comparison.scenario
        self.fact, self.setting, self.simulated = inputs.fact, inputs.setting, inputs.simulated
        self.hours = self.setting("billing.hours_per_month")

    def span(self, side: str, item: str, quantity: float) -> Span | None:
        """What a line counts; None where there is no formula for it. quantity: what the bill has."""
        if item.endswith(" capacity units"):
            return ZERO, self._capacity_units(side, quantity)
        found = getattr(self, f"_{side}", self._around)(item) or self._around(item)
        return (ZERO, found) if isinstance(found, Term) else found

    @property
    def requests(self) -> Term:
        """Requests, or runs of a job, a month."""
        if self.scenario.workload.kind == "job":
            runs = self.setting("workload.runs_per_day") / HOURS_PER_DAY * self.hours
            return self.inputs.derived("runs_a_month", "Job runs a month", runs, "runs")
        requests = self.setting("workload.requests_per_s") * HOUR_S * self.hours
        return self.inputs.derived("requests_a_month", "Requests a month", requests, "requests")

    def _gb_of(self, kb: Term) -> Term:
        return self.requests * kb / KB_PER_GB

    # Lambda

    def _aws_lambda(self, item: str) -> Term | Span | None:
        function = self.scenario.aws_lambda
        duration = f"Duration ({function.architecture})"
        spans: dict[str, Callable[[], Term | Span | None]] = {
            "Requests, free tier": lambda: smaller(self._metered, self._allowance("requests")),
            "Requests": lambda: larger(self._metered - self._allowance("requests"), 0),
            "Duration, free tier": lambda: smaller(
                self._handler_gb_s + self._init_gb_s, self._allowance("gb_s")
            ),
            duration: self._handler_span,
            f"{duration}, init phase": self._init_span,
            "Provisioned concurrency": lambda: self._kept_s * self._memory_gb,
            "Duration on provisioned concurrency": lambda: (
                self._on_provisioned * self._handler_s * self._memory_gb
            ),
            "Ephemeral storage above 512 MB": self._scratch_gb_s,
            "SnapStart cache": self._cached_gb_s,
            "SnapStart restore": lambda: self._memory_gb * self.requests * self._p_cold,
            "Response streaming above 6 MB": lambda: self._streamed_gb(""),
            "Response streaming above 6 MB, free tier": lambda: self._streamed_gb(", free tier"),
            "HTTP API requests": lambda: self.requests * self._parts("api_gateway.http_metering_kb"),
            "REST API requests": lambda: self.requests,
            "WebSocket API messages": self._messages,
            "WebSocket API connection minutes": lambda: (
                self.setting("workload.open_connections") * self.hours * 60
            ),
            "NAT gateway data": lambda: self._gb_of(self.setting("workload.outbound_kb")),
            "ECR storage": lambda: self._images("aws_lambda.package_mb"),
        }
        return spans[item]() if item in spans else self._logs(item, "logs.lambda_platform_kb")

    @property
    def _metered(self) -> Term:
        if self.scenario.aws_lambda.invocation == "sync":
            return self.requests
        beyond = larger(self.setting("workload.request_kb") - self.fact("lambda.async_request_kb"), 0)
        return self.requests * (term(1) + rounded_up(beyond / self.fact("lambda.async_extra_request_kb")))

    @property
    def _handler_s(self) -> Term:
        value = billed_handler_s(self.scenario)
        return self.simulated("billed_handler_s", "Lambda: billed handler time, mean", value, "s")

    @property
    def _p_cold(self) -> Term:
        return self.simulated(
            "p_cold", "Lambda: share of cold requests", self.comparison.aws_lambda.cold.p_cold, ""
        )

    @property
    def _memory_gb(self) -> Term:
        return self.setting("aws_lambda.memory_mb") / MB_PER_GB

    @property
    def _on_provisioned(self) -> Term:
        share = self.comparison.aws_lambda.provisioned.share
        if not np.any(share):
            return ZERO
        label = "Lambda: share of requests on provisioned environments"
        return self.requests * self.simulated("provisioned_share", label, share, "")

    @property
    def _kept_s(self) -> Term:
        value = self.comparison.aws_lambda.provisioned.environment_s
        return self.simulated("provisioned_s", "Lambda: provisioned environment-seconds a month", value, "s")

    @property
    def _init_s(self) -> Term:
        if not init_is_billed(self.scenario):
            return ZERO
        value = self.comparison.aws_lambda.start.billed_init_s
        return (
            self.requests
            * self._p_cold
            * self.simulated("init_s", "Lambda: billed init time, mean", value, "s")
        )

    @property
    def _handler_gb_s(self) -> Term:
        on = self._on_provisioned
        requests = self.requests if on is ZERO else self.requests - on
        gb_s = requests * self._handler_s * self._memory_gb
        return self.inputs.derived("handler_gb_s", "Lambda: GB-seconds of the handler a month", gb_s, "GB-s")

    @property
    def _init_gb_s(self) -> Term:
        if self._init_s is ZERO:
            return ZERO
        gb_s = self._init_s * self._memory_gb
        return self.inputs.derived("init_gb_s", "Lambda: GB-seconds of billed init a month", gb_s, "GB-s")

    def _allowance(self, what: str) -> Term:
        """What the organisation's other functions leave of a free allowance."""
        function, billing = self.scenario.aws_lambda, self.scenario.billing
        provisioned = bool(np.any(has_provisioned(function) > 0)) and not function.free_tier_with_provisioned
        if not billing.free_tier or provisioned:
            return ZERO
        return larger(self.fact(f"lambda.free_{what}") - self.setting(f"billing.other_lambda_{what}"), 0)

    @property
    def _before_gb_s(self) -> Term:
        """The organisation's other duration, beyond its free part: it comes first in the price slices."""
        granted = self.fact("lambda.free_gb_s") if self.scenario.billing.free_tier else ZERO
        return larger(self.setting("billing.other_lambda_gb_s") - granted, 0)

    def _handler_span(self) -> Span:
        paid = larger(self._handler_gb_s - self._allowance("gb_s"), 0)
        return self._before_gb_s, self._before_gb_s + paid

    def _init_span(self) -> Span:
        everything = larger(self._handler_gb_s + self._init_gb_s - self._allowance("gb_s"), 0)
        return self._handler_span()[1], self._before_gb_s + everything

    def _scratch_gb_s(self) -> Term:
        extra_mb = self.setting("aws_lambda.ephemeral_mb") - self.fact("lambda.ephemeral_free_mb")
        return extra_mb / MB_PER_GB * (self.requests * self._handler_s + self._init_s)

    def _cached_gb_s(self) -> Term:
        seconds = larger(self.hours * HOUR_S, self.fact("lambda.snapstart_cache_min_s"))
        return self._memory_gb * seconds * self.setting("aws_lambda.snapstart_versions")

    def _streamed_gb(self, part: str) -> Term:
        free_kb = self.fact("lambda.streaming_free_mb_per_request") * KB_PER_MB
        gb = self._gb_of(larger(self.setting("workload.response_kb") - free_kb, 0))
        return self._after_free(part, gb, "lambda.free_streaming_gb")

    def _parts(self, size: str) -> Term:
        kb = larger(self.setting("workload.request_kb"), self.setting("workload.response_kb"))
        return larger(rounded_up(kb / self.fact(size)), 1)

    def _messages(self) -> Term:
        size = self.fact("api_gateway.websocket_metering_kb")
        sent, received = (
            larger(rounded_up(self.setting(f"workload.{way}_kb") / size), 1)
            for way in ("request", "response")
        )
        return self.requests * (sent + received)

    def _images(self, path: str) -> Term:
        return self.setting(path) * self.setting("fargate.images_kept") / MB_PER_GB

    # Fargate

    def _fargate(self, item: str) -> Term | Span | None:
        task = self.scenario.fargate
        named = f"({task.os.capitalize()}/{task.architecture})"
        spans: dict[str, Callable[[], Term]] = {
            f"vCPU {named}": lambda: self._on_demand_hours * self.setting("fargate.vcpu"),
            f"Memory {named}": lambda: self._on_demand_hours * self.setting("fargate.memory_gb"),
            f"vCPU Spot {named}": lambda: self._spot_hours * self.setting("fargate.vcpu"),
            f"Memory Spot {named}": lambda: self._spot_hours * self.setting("fargate.memory_gb"),
            "Windows licence": lambda: self._task_hours * self.setting("fargate.vcpu"),
            "Ephemeral storage above 20 GB": lambda: (
                self._task_hours
                * (self.setting("fargate.ephemeral_gb") - self.fact("fargate.ephemeral_free_gb"))
            ),
            "Public IPv4 addresses of tasks": lambda: self._task_hours,
            "NAT gateway data": self._nat_gb,
            "Interface endpoint hours": lambda: (
                self.setting("fargate.interface_endpoints") * self._zone_hours
            ),
            "Interface endpoint data": lambda: self._gb_of(self.setting("workload.log_kb")),
            "Container Insights metrics": self._insights,
            "20-second metrics": lambda: term(1),
            "ECR storage": lambda: self._images("fargate.image_mb"),
        }
        item = item.removesuffix(", assumed discount")
        return spans[item]() if item in spans else self._logs(item, "")

    @property
    def _task_hours(self) -> Term:
        return self.simulated(
            "task_hours", "Fargate: task-hours a month", self.comparison.fargate.task_hours, "h"
        )

    @property
    def _on_demand_hours(self) -> Term:
        if not np.any(self.scenario.fargate.spot_share):
            return self._task_hours
        return self._task_hours * (1 - self.setting("fargate.spot_share"))

    @property
    def _spot_hours(self) -> Term:
        return self._task_hours * self.setting("fargate.spot_share")

    @property
    def _zone_hours(self) -> Term:
        return self.setting("fargate.availability_zones") * self.hours

    def _nat_gb(self) -> Term:
        outbound = self._gb_of(self.setting("workload.outbound_kb"))
        if np.any(np.asarray(self.scenario.fargate.interface_endpoints) > 0):
            return outbound
        pulls = self.simulated(
            "image_pulls", "Fargate: image pulls a month", self.comparison.fargate.image_pulls, ""
        )
        pulled = pulls * self.setting("fargate.image_mb") / MB_PER_GB
        return self._gb_of(self.setting("workload.log_kb")) + pulled + outbound

    def _insights(self) -> Term:
        each = self.fact("container_insights.metrics_per_task")
        return self.fact("container_insights.metrics_per_service") + each * self._task_hours / self.hours

    # What both need around them

    def _around(self, item: str) -> Term | Span | None:
        spans: dict[str, Callable[[], Term]] = {
            "ALB hours": self._balancer_hours,
            "NLB hours": self._balancer_hours,
            "NAT gateway hours": lambda: self._zone_hours,
            "Public IPv4 addresses of the load balancer": lambda: self._zone_hours,
            "Data between Availability Zones": lambda: (
                2 * self._gb_of(self.setting("workload.cross_zone_kb"))
            ),
            "Custom metrics": lambda: self.setting("workload.custom_metrics"),
            "X-Ray traces recorded": lambda: self.requests * self.setting("workload.xray_share"),
            "RDS Proxy": lambda: (
                larger(self.setting("workload.database_vcpu"), self.fact("rds_proxy.min_vcpu")) * self.hours
            ),
            "SQS requests": self._queue_calls,
            "Step Functions state transitions": lambda: (
                self.requests * self.setting("workload.step_functions_transitions")
            ),
            "Data out to internet": self._egress_gb,
        }
        free = {
            "Custom metrics": "cloudwatch.free_custom_metrics",
            "X-Ray traces recorded": "xray.free_recorded",
            "SQS requests": "sqs.free_requests",
            "Step Functions state transitions": "step_functions.free_transitions",
            "Data out to internet": "network.free_egress_gb",
        }
        name = item.removesuffix(", free tier")
        return self._after_free(item, spans[name](), free.get(name, "")) if name in spans else None

    def _after_free(self, item: str, everything: Term, fact: str) -> Term:
        """What an always-free allowance covers, or what is paid beyond it."""
        if not fact or not self.scenario.billing.free_tier:
            return everything
        if item.endswith(", free tier"):
            return smaller(everything, self.fact(fact))
        return larger(everything - self.fact(fact), 0)

    def _balancer_hours(self) -> Term:
        step = self.fact("elb.lcu_hour_rounding_h")
        return rounded_up(self.hours / step) * step

    def _capacity_units(self, side: str, quantity: float) -> Term:
        hours = self._balancer_hours()
        label = f"{PLATFORMS[side]}: load balancer's capacity units, mean over the hours"
        return self.simulated(f"{side}_capacity_units", label, quantity / hours.value, "") * hours

    def _queue_calls(self) -> Term:
        chunks = larger(rounded_up(self.setting("workload.request_kb") / self.fact("sqs.chunk_kb")), 1)
        return self.requests * self.fact("sqs.calls_per_message") * chunks

    def _egress_gb(self) -> Term:
        if not np.any(self.scenario.workload.response_kb):
            return ZERO
        kb = self.setting("workload.response_kb") + self.fact("network.overhead_kb_per_request")
        return self._gb_of(kb) * self.fact("network.public_egress_share")

    # Logs

    def _logs(self, item: str, extra: str) -> Term | Span | None:
        """Handler's lines as far as both platforms pay alike, beyond that, the platform's own lines; storage."""
        written = self._gb_of(self.setting("workload.log_kb"))
        everything = written
        if extra and np.any(self.scenario.workload.log_kb):
            everything = self._gb_of(self.setting("workload.log_kb") + self.fact(extra))
        free = self.fact("cloudwatch.free_log_gb") if self.scenario.billing.free_tier else ZERO
        paid, paid_all = (larger(gb - free, 0) for gb in (written, everything))
        match item:
            case "Log ingestion, free tier":
                return smaller(written, free)
            case "Log ingestion, platform's lines, free tier":
                return smaller(everything, free) - smaller(written, free)
            case "Log ingestion":
                return smaller(paid, self._alike_gb)
            case "Log ingestion, where prices differ":
                return smaller(paid, self._alike_gb), paid
            case "Log ingestion, platform's lines":
                return paid, paid_all
            case "Log storage" | "Log storage, free tier":
                kept = everything * self.fact("logs.retention_months") * self.fact("logs.stored_share")
                return self._after_free(item, kept, "cloudwatch.free_log_storage_gb")
        return None

    @property
    def _alike_gb(self) -> Term:
        label = "Logs: GB a month up to which both platforms pay the same price"
        return self.simulated("alike_log_gb", label, same_price_gb(self.scenario), "GB")
