"""One scenario, both platforms: bill, latency, cold starts and scaling under the same traffic.

Results are computed when first asked for and then kept, so a cost curve does not pay for a spike simulation.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from model.cold_start import ColdStart, cold_start
from model.compute import fargate_cpu_s, fargate_handler_s
from model.cost.aws_lambda import LambdaUsage
from model.cost.fargate import billed_job_hours
from model.cost.lines import Bill
from model.cost.month import fargate_bill, lambda_bill, managed_instances_bill
from model.facts import limit
from model.fargate_latency import ServedResponses, fargate_latency, fargate_responses
from model.fields import Number
from model.latency import (
    Latency,
    fargate_job_latency,
    fargate_job_responses,
    lambda_latency,
    lambda_responses,
)
from model.provisioned import Provisioned, is_tracked, provisioned, tracked_pool
from model.responses import Responses
from model.scaling.ecs import ServiceRun, simulate_service
from model.scaling.spike import Spike, spike
from model.scaling.task_start import task_start
from model.scenario import Scenario
from model.throttles import Throttles, throttles
from model.traffic import HOUR_S, Traffic, means, requests_per_month, traffic, usual_step_s
from model.warm_pool import WarmPool, warm_pool

Array = NDArray[np.float64]


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
        if is_tracked(self.scenario.aws_lambda):
            return tracked_pool(self.scenario, self.traffic, self.start.mean_s)
        return warm_pool(self.scenario, self.traffic.per_s, self.traffic.step_s, self.start.mean_s)

    @cached_property
    def provisioned(self) -> Provisioned:
        """Provisioned environments through the representative period, and the requests they serve."""
        return provisioned(self.scenario, self.traffic)

    @cached_property
    def usage(self) -> LambdaUsage:
        """What the warm pool, the cold starts and the traffic put on the bill."""
        return LambdaUsage(
            p_cold=self.cold.p_cold,
            billed_init_s=self.start.billed_init_s,
            provisioned_share=self.provisioned.share,
            environment_s=self.provisioned.environment_s,
            hourly_requests=self.traffic.means(HOUR_S),
            hourly_environments=self._hourly_environments,
        )

    @cached_property
    def bill(self) -> Bill:
        return self.bill_at(self.scenario)

    def bill_at(self, scenario: Scenario) -> Bill:
        """The bill at the prices, or per-unit assumptions, of another scenario that is simulated alike."""
        return lambda_bill(scenario, self.traffic, self.usage)

    @property
    def _hourly_environments(self) -> Array:
        step_s = max(self.traffic.step_s, limit("lambda.pc_rounding_s"))
        return means(self.provisioned.environments, step_s, HOUR_S)

    @cached_property
    def managed_bill(self) -> Bill | None:
        """The bill of Lambda Managed Instances, if the scenario asks for this option."""
        if not self.scenario.aws_lambda.managed_instances:
            return None
        return managed_instances_bill(self.scenario, self.traffic)

    @cached_property
    def latency(self) -> Latency:
        return lambda_latency(self.scenario, self.cold.p_cold, self.start, self.throttles.share)

    @cached_property
    def throttles(self) -> Throttles:
        """Requests turned away over the representative period."""
        return throttles(self.scenario, self.traffic, self.cold.p_cold, self.start.mean_s)

    @cached_property
    def responses(self) -> Responses:
        """The mixture behind the latency, for those who need one share or percentile of it."""
        return lambda_responses(self.scenario, self.cold.p_cold, self.start, self.throttles.share)


@dataclass(frozen=True)
class FargateSide:
    """The service, or the job's tasks, under the scenario's traffic."""

    scenario: Scenario
    traffic: Traffic

    @cached_property
    def run(self) -> ServiceRun:
        return simulate_service(self.traffic.per_s, self.traffic.step_s, self.scenario, repeats=True)

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

    @property
    def image_pulls(self) -> Number:
        """Tasks started in a month: runs of a job, or what autoscaling adds."""
        scenario = self.scenario
        if scenario.workload.kind == "job":
            return requests_per_month(scenario)
        period_s = self.run.arrivals.shape[-1] * self.run.step_s
        per_period = self.run.scaled_out.sum(axis=-1)
        return np.asarray(per_period * np.asarray(scenario.billing.hours_per_month) * HOUR_S / period_s)

    @cached_property
    def bill(self) -> Bill:
        return self.bill_at(self.scenario)

    def bill_at(self, scenario: Scenario) -> Bill:
        """The bill at the prices, or per-unit assumptions, of another scenario that is simulated alike."""
        return fargate_bill(scenario, self.traffic, self.task_hours, self.image_pulls, self._hourly)

    def bill_beside(self, task_hours: Number, image_pulls: Number) -> Bill:
        """The bill with so many task-hours and image pulls a month on top, as of rollouts."""
        hours, pulls = self.task_hours + task_hours, self.image_pulls + image_pulls
        return fargate_bill(self.scenario, self.traffic, hours, pulls, self._hourly)

    @cached_property
    def _hourly(self) -> Array:
        """Course of the task-hours over the hours, any scale."""
        job = self.scenario.workload.kind == "job"
        return self.traffic.means(HOUR_S) if job else means(self.run.billed_tasks, self.run.step_s, HOUR_S)

    @property
    def utilisation(self) -> Number:
        """vCPU-seconds that requests compute / vCPU-seconds paid for, scenario shape; 0 where nothing is paid for."""
        used_s = requests_per_month(self.scenario) * fargate_cpu_s(self.scenario)
        paid_s = np.asarray(self.task_hours) * np.asarray(self.scenario.fargate.vcpu) * HOUR_S
        return np.divide(used_s, paid_s, out=np.zeros(np.broadcast(used_s, paid_s).shape), where=paid_s > 0)

    @cached_property
    def latency(self) -> Latency:
        if self.scenario.workload.kind == "job":
            return fargate_job_latency(self.scenario)
        return fargate_latency(self.scenario, self.run)

    @cached_property
    def responses(self) -> Responses | ServedResponses:
        """The mixture behind the latency, for those who need one share or percentile of it."""
        if self.scenario.workload.kind == "job":
            return fargate_job_responses(self.scenario)
        return fargate_responses(self.scenario, self.run)


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


def evaluate(scenario: Scenario, step_s: float | None = None) -> Comparison:
    """Compare both platforms under one scenario.

    Args: scenario: plain, or with arrays in numeric fields; results then have the scenario's shape.
        step_s: step of the traffic, s, by default the usual one; longer ones are faster and coarser.
    Returns: Comparison; its parts are computed when first read.
    Raises: ScenarioError where a choice has no measurements or does not go with another.
    """
    arriving = traffic(scenario, usual_step_s(scenario) if step_s is None else step_s)
    comparison = Comparison(scenario, LambdaSide(scenario, arriving), FargateSide(scenario, arriving))
    comparison.aws_lambda.start  # noqa: B018  combinations nobody measured are refused here, not later
    return comparison
