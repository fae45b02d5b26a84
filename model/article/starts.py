"""Claims about cold starts and task starts."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from model.article.finding import Outcome, Step, one
from model.cold_start import cold_start
from model.compute import lambda_handler_s, task_capacity_per_s
from model.concurrency import environment_s
from model.evaluate import evaluate
from model.facts import StartGroup, load_frameworks, load_init_quantiles
from model.scaling.spike import spike
from model.scaling.task_start import start_quantile_s, task_start
from model.scenario import Scenario, replace_at

NEVER = 1e-6  # one request in a million
MOST_IMAGE_MB, IMAGE_STEPS = 2000.0, 401
SAMPLE_FRAMEWORKS = (("python313", "fastapi"), ("dotnet8", "aspnet_minimal_api"), ("java21", "spring_boot"))


def node_python_init(base: Scenario) -> Outcome:
    medians = _medians(base, ("nodejs", "python"))
    within = sum(median <= 0.1 for median in medians.values())
    share = within / len(medians) if within else None
    steps = tuple(Step(runtime, median, "s") for runtime, median in medians.items())
    fastest = min(medians, key=lambda runtime: medians[runtime])
    changes = {"aws_lambda.runtime": fastest}
    return Outcome(min(medians.values()), max(medians.values()), changes, steps, share, "share")


def java_dotnet_init(base: Scenario) -> Outcome:
    runtimes = list(_medians(base, ("java", "dotnet")))
    medians = {name: _middle_s(base, {"aws_lambda.runtime": name}) for name in runtimes}
    framework = {"aws_lambda.runtime": "java21", "aws_lambda.framework": "spring_boot"}
    heavy_s = _middle_s(base, framework)
    steps = tuple(Step(runtime, median, "s") for runtime, median in medians.items())
    return Outcome(min(medians.values()), max(medians.values()), framework, steps, heavy_s, "s")


def package_size(base: Scenario) -> Outcome:
    small, large = ({"aws_lambda.package_mb": mb} for mb in (5.0, 50.0))
    return _added(base, small, large, "5 MB", "50 MB")


def vpc(base: Scenario) -> Outcome:
    outside, inside = ({"aws_lambda.vpc": on} for on in (False, True))
    return _added(base, outside, inside, "outside a VPC", "inside")


def memory_init(base: Scenario) -> Outcome:
    ratios = {
        runtime: _memory_ratio(base, runtime)
        for runtime in _medians(base, ("nodejs", "python", "java", "dotnet"))
    }
    own = ratios[base.aws_lambda.runtime] if base.aws_lambda.runtime in ratios else min(ratios.values())
    most = max(ratios, key=lambda runtime: ratios[runtime])
    steps = tuple(Step(runtime, ratio, "times") for runtime, ratio in ratios.items())
    helped = ratios[most] if ratios[most] >= 1.1 else None
    return one(own, {"aws_lambda.memory_mb": 512}, *steps, at=helped, at_unit="times")


def framework(base: Scenario) -> Outcome:
    added = []
    for runtime, name in SAMPLE_FRAMEWORKS:
        bare = _middle_s(base, {"aws_lambda.runtime": runtime})
        full = _middle_s(base, {"aws_lambda.runtime": runtime, "aws_lambda.framework": name})
        added.append(Step(load_frameworks()[name].framework, full - bare, "s"))
    values = [step.value for step in added]
    runtime, name = SAMPLE_FRAMEWORKS[0]
    changes = {"aws_lambda.runtime": runtime, "aws_lambda.framework": name}
    return Outcome(min(values), max(values), changes, tuple(added))


def provisioned_eliminates(base: Scenario) -> Outcome:
    path = "aws_lambda.provisioned_concurrency"
    busy = float(base.workload.requests_per_s) * float(lambda_handler_s(base))
    numbers = np.arange(0, int(busy + 12 * np.sqrt(busy) + 20))
    p_cold = np.asarray(evaluate(replace_at(base, path, numbers)).aws_lambda.cold.p_cold)
    enough = numbers[p_cold <= NEVER]
    without = Step("without provisioned concurrency", float(p_cold[0]), "share")
    steps = (without, Step("environments busy on average", busy, "environments"))
    at = float(enough[0]) if enough.size else None
    return one(p_cold[10], {path: 10}, *steps, at=at, at_unit="environments")


def containers_never_cold(base: Scenario) -> Outcome:
    rush = spike(base)
    running = float(rush.service.running[..., 0])
    most = running * float(task_capacity_per_s(base)) / float(base.workload.requests_per_s)
    steps = (
        Step("tasks before the rise", running, "tasks"),
        Step("tasks needed in it", float(rush.fargate.needed), "tasks"),
        Step("requests lost", float(rush.fargate.lost), "requests"),
    )
    return one(rush.fargate.lost_share, {}, *steps, at=most if most >= 1 else None, at_unit="times")


def one_request(base: Scenario) -> Outcome:
    """Little's law both ways: requests in work by their handler time, environments by the time each is taken up."""
    per_s = float(base.workload.requests_per_s)
    in_work, taken = per_s * float(lambda_handler_s(base)), per_s * float(environment_s(base))
    steps = (Step("requests in work", in_work, "requests"), Step("environments busy", taken, "environments"))
    return one(in_work / taken, {}, *steps)


def task_start_s(base: Scenario) -> Outcome:
    """Without a load balancer, whose health check is not part of what the article names."""
    changes = {"fargate.load_balancer": "none"}
    alone = replace_at(base, changes)
    low, high = (float(start_quantile_s(alone, share)) for share in (0.1, 0.9))
    images_mb = np.linspace(0, MOST_IMAGE_MB, IMAGE_STEPS)
    slow_s = start_quantile_s(replace_at(alone, "fargate.image_mb", images_mb), 0.9)
    fits = images_mb[slow_s <= 60]
    steps = tuple(
        Step(name.replace("_", " "), float(part), "s") for name, part in task_start(alone).parts[:-1]
    )
    return Outcome(low, high, changes, steps, float(fits[-1]) if fits.size else None, "MB")


def db_connections(base: Scenario) -> Outcome:
    """Each environment holds a connection of its own; the rise scales with the traffic."""
    most = float(spike(base).function.environments.max())
    risen_per_s = float(base.workload.requests_per_s) * float(base.workload.spike_factor)
    changes = {"workload.db_connections_limit": 100}
    rate = Step("requests per second in the rise", risen_per_s, "1/s")
    return one(most, changes, rate, at=risen_per_s * 100 / most, at_unit="1/s")


def _medians(base: Scenario, families: tuple[str, ...]) -> dict[str, float]:
    """Median init of the managed runtimes of some families, by architecture and package of the scenario, s."""
    function = base.aws_lambda
    found = {}
    for key, measured in load_init_quantiles().items():
        same = key == StartGroup(key.runtime, function.architecture, function.package, False)
        if same and key.runtime.startswith(families) and "provided" not in key.runtime:
            found[key.runtime] = float(np.interp(0.5, measured.probabilities, measured.seconds))
    return found


def _middle_s(base: Scenario, changes: Mapping[str, object]) -> float:
    return float(cold_start(replace_at(base, changes)).percentile(0.5))


def _memory_ratio(base: Scenario, runtime: str) -> float:
    small, large = (
        _middle_s(base, {"aws_lambda.runtime": runtime, "aws_lambda.memory_mb": mb}) for mb in (512, 2048)
    )
    return small / large


def _added(
    base: Scenario, before: Mapping[str, object], after: Mapping[str, object], name: str, other: str
) -> Outcome:
    less, more = (float(cold_start(replace_at(base, changes)).mean_s) for changes in (before, after))
    return one(
        more - less, after, Step(f"cold start, {name}", less, "s"), Step(f"cold start, {other}", more, "s")
    )
