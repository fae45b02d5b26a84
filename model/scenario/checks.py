"""Which fields go together: what the range of a single field cannot say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np

from model.facts import limit, load_instance_sizes, load_prices, trace_names
from model.fields import NumberField, ScenarioError
from model.measured import as_durations
from model.scenario.aws_lambda import AwsLambda
from model.scenario.billing import Billing
from model.scenario.fargate import Fargate, fargate_memory_options, fargate_vcpu_options
from model.scenario.workload import Workload
from model.series import UPLOADED, as_series


def check_workload(workload: Workload) -> None:
    """Raises ScenarioError for an uploaded trace without a series, and for a service longer than Lambda runs."""
    object.__setattr__(workload, "series", as_series(workload.series))
    object.__setattr__(workload, "measured_durations", as_durations(workload.measured_durations))
    if workload.trace == UPLOADED and workload.series is None:
        allowed = "one of " + ", ".join(trace_names()) + "; uploaded only beside workload.series"
        raise ScenarioError("workload.trace", workload.trace, allowed)
    longest = limit("lambda.max_duration_s")
    if workload.kind == "service" and np.any(np.asarray(workload.duration_s) > longest):
        allowed = f"a number from 0.001 to {longest:g} s for a service; longer work is kind = job"
        raise ScenarioError("workload.duration_s", workload.duration_s, allowed)


def check_lambda(function: AwsLambda) -> None:
    """Raises ScenarioError for a managed instance that is smaller than one environment."""
    if not function.managed_instances:
        return
    most_mb = load_instance_sizes()[function.managed_instance_type].memory_gb * 1024
    if np.any(np.asarray(function.memory_mb) > most_mb):
        allowed = f"an instance that holds an environment of memory_mb; this one has {most_mb:,} MB"
        raise ScenarioError("aws_lambda.managed_instance_type", function.managed_instance_type, allowed)


def check_fargate(fargate: Fargate) -> None:
    """Raises ScenarioError for a task or a way to scale it that Fargate does not have."""
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


def _is_day(text: object) -> bool:
    try:
        return isinstance(text, str) and date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def check_billing(billing: Billing) -> None:
    """Raises ScenarioError for a day that is none, and for own prices of something we do not know."""
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
