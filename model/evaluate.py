"""One scenario, both platforms: bill, latency, cold starts and scaling under the same traffic.

Results are computed when first asked for and then kept, so a cost curve does not pay for a spike simulation.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from model.cold_start import ColdStart, cold_start
from model.compute import fargate_handler_s, lambda_handler_s
from model.cost.around import (
    address_lines,
    egress_lines,
    fargate_front_door_lines,
    lambda_front_door_lines,
    log_lines,
    nat_lines,
)
from model.cost.aws_lambda import LambdaUsage, lambda_lines
from model.cost.fargate import billed_job_hours, fargate_lines
from model.cost.lines import Bill
from model.fields import Number
from model.latency import Latency, fargate_job_latency, fargate_latency, lambda_latency
from model.queueing import erlang_b
from model.scaling.ecs import ServiceRun, simulate_service
from model.scaling.spike import Spike, spike
from model.scaling.task_start import task_start
from model.scenario import Scenario
from model.traffic import Traffic, requests_per_month, traffic
from model.warm_pool import WarmPool, warm_pool


@dataclass(frozen=True)
class LambdaSide:
    """The function under the scenario's traffic."""

    scenario: Scenario
    traffic: Traffic

    @cached_property
    def start(self) -> ColdStart:
        return cold_start(self.scenario)

    @cached_property
    def cold(self) -> WarmPool:
        return warm_pool(self.scenario, self.traffic.per_s, self.traffic.step_s, self.start.mean_s)

    @cached_property
    def bill(self) -> Bill:
        usage = LambdaUsage(self.cold.p_cold, self.start.billed_init_s, self._provisioned_share)
        lines = (
            *lambda_lines(self.scenario, usage),
            *lambda_front_door_lines(self.scenario, self.traffic),
            *log_lines(
                self.scenario, "cloudwatch.logs_lambda_gb", self.scenario.assumed("logs.lambda_platform_kb")
            ),
            *egress_lines(self.scenario),
        )
        return Bill(lines)

    @property
    def _provisioned_share(self) -> Number:
        """Share of requests that find a provisioned environment free while these are on; the rest spills over."""
        environments = np.asarray(self.scenario.aws_lambda.provisioned_concurrency)
        if not np.any(environments):
            return 0.0
        load = self.traffic.per_s * np.asarray(lambda_handler_s(self.scenario))[..., None]
        found = (1 - erlang_b(environments[..., None], load)) * self.traffic.per_s
        return np.asarray(found.sum(axis=-1) / np.maximum(self.traffic.per_s.sum(axis=-1), 1e-300))

    @cached_property
    def latency(self) -> Latency:
        return lambda_latency(self.scenario, self.cold.p_cold, self.start)


@dataclass(frozen=True)
class FargateSide:
    """The service, or the job's tasks, under the scenario's traffic."""

    scenario: Scenario
    traffic: Traffic

    @cached_property
    def run(self) -> ServiceRun:
        return simulate_service(self.traffic.per_s, self.traffic.step_s, self.scenario)

    @cached_property
    def task_hours(self) -> Number:
        """Billed task-hours a month."""
        if self.scenario.workload.kind == "job":
            return billed_job_hours(self.scenario, requests_per_month(self.scenario), self._run_s)
        return self.run.billed_tasks.mean(axis=-1) * np.asarray(self.scenario.billing.hours_per_month)

    @property
    def _run_s(self) -> Number:
        """One job run from the start of the image pull to the end, s; an image of 0 MB needs no pull and no start."""
        start = task_start(self.scenario)
        before_s = np.where(
            np.asarray(self.scenario.fargate.image_mb) > 0, start.pull_s + start.container_start_s, 0.0
        )
        return before_s + np.asarray(start.boot_s) + fargate_handler_s(self.scenario)

    @cached_property
    def bill(self) -> Bill:
        lines = (
            *fargate_lines(self.scenario, self.task_hours),
            *fargate_front_door_lines(self.scenario, self.traffic),
            *log_lines(self.scenario, "cloudwatch.logs_standard_gb", 0.0),
            *egress_lines(self.scenario),
            *nat_lines(self.scenario),
            *address_lines(self.scenario, self.task_hours),
        )
        return Bill(lines)

    @cached_property
    def latency(self) -> Latency:
        if self.scenario.workload.kind == "job":
            return fargate_job_latency(self.scenario)
        return fargate_latency(self.scenario, self.traffic.per_s, self.run.running)


@dataclass(frozen=True)
class Comparison:
    """Both platforms under the same traffic."""

    scenario: Scenario
    aws_lambda: LambdaSide
    fargate: FargateSide

    @cached_property
    def spike(self) -> Spike:
        """Both platforms, second by second, through the scenario's spike."""
        return spike(self.scenario)


def evaluate(scenario: Scenario) -> Comparison:
    """Compare both platforms under one scenario.

    Args: scenario: plain, or with arrays in numeric fields; results then have the scenario's shape.
    Returns: Comparison; its parts are computed when first read.
    Raises: ScenarioError where a choice has no measurements or does not go with another.
    """
    arriving = traffic(scenario)
    comparison = Comparison(scenario, LambdaSide(scenario, arriving), FargateSide(scenario, arriving))
    comparison.aws_lambda.start  # noqa: B018  combinations nobody measured are refused here, not later
    return comparison
