"""Published timelines of scaling, each beside what the simulation says for the same setup."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.facts import limit, load_measured
from model.scaling.ecs import simulate_service
from model.scaling.function import ScalingRate, simulate_function
from model.scaling.launches import LaunchRates
from model.scaling.policy import MINUTE_S, clock
from model.scaling.task_start import TaskStart, start_probability, task_start
from model.scenario import Scenario, replace_at

Array = NDArray[np.float64]

MOMENTS = 12  # starts of a load step, spread over a metric period
BEFORE_S, AFTER_S = 300, 600
LIKELY = 0.9  # share of drawn task starts between the two ends we give


@dataclass(frozen=True)
class PublishedTimeline:
    """One published figure and ours.

    case: id in measured/timelines.json; quantity: what was measured, in words; unit.
    low, high: published figure, or the ends of the published range. ours: what the simulation gives;
        ours_low, ours_high: its range where the setup leaves something open (the moment of the load step within
        its minute, which of several task starts).
    confidence, source: of the publication; setup: what we simulated.
    """

    case: str
    quantity: str
    unit: str
    low: float
    high: float
    ours: float
    ours_low: float
    ours_high: float
    confidence: str
    source: str
    setup: str

    @property
    def error(self) -> float:
        """How far ours is from the published figure, or from the nearer end of its range, as a share of it."""
        nearest = min(max(self.ours, self.low), self.high)
        return self.ours / nearest - 1

    @property
    def overlaps(self) -> bool:
        """Whether the published figure or range meets the range of ours."""
        return self.ours_low <= self.high and self.low <= self.ours_high


@dataclass(frozen=True)
class PublishedCourse:
    """A published course over time and ours at the same moments.

    t_s: seconds after the load step; published, ours: tasks or environments.
    """

    case: str
    quantity: str
    t_s: Array
    published: Array
    ours: Array
    confidence: str
    source: str
    setup: str

    @property
    def error(self) -> float:
        """Mean of |ours − published| over the course, as a share of the published maximum."""
        return float(np.abs(self.ours - self.published).mean() / self.published.max())


@cache
def published_timelines() -> tuple[PublishedTimeline, ...]:
    """Every published figure that the simulation can be asked for, in the order of the file.

    Source: METHOD.md "Scaling"; measured/timelines.json.
    """
    return (
        *_benchmark("aws_bench_ecs_tt_60s", 60),
        *_benchmark("aws_bench_ecs_tt_20s", 20),
        *_life_cycle(),
        *_field_reports(),
        *_alarm_log(),
    )


@cache
def published_courses() -> tuple[PublishedCourse, ...]:
    """Every published course of launches or environments beside the simulated one.

    Source: METHOD.md "Scaling"; measured/timelines.json.
    Assumes: measurements of their time are simulated with the rates of their time.
    """
    return (_launches_of_2020(), _burst_of_2022(), _lambda_rule())


# --- reactions of target tracking ------------------------------------------------------------------

# Half a vCPU-second a request and half a vCPU a task: a task serves one request a second.
_ONE_PER_S = {
    "workload.duration_s": 0.5,
    "workload.cpu_share": 1.0,
    "workload.measured_at_mb": limit("lambda.mb_per_vcpu"),
    "fargate.vcpu": 0.5,
    "fargate.max_tasks": 100,
    "fargate.image_mb": 0.0,
}
_STEP = "CPU from half the target to all there is, at twelve moments of the metric period; the smallest image"


def _reactions_s(changes: dict[str, Any], period_s: float) -> Array:
    """From a load step to the first scale-out action, s, for load steps spread over a metric period."""
    scenario = replace_at(Scenario(), _ONE_PER_S | {"fargate.metric_period_s": period_s} | changes)
    tasks = np.asarray(scenario.fargate.min_tasks, dtype=np.float64)
    usual = tasks * np.asarray(scenario.fargate.target_percent) / 100 / 2
    moments_s = BEFORE_S + (np.arange(MOMENTS) + 0.5) * period_s / MOMENTS
    time_s = np.arange(BEFORE_S + AFTER_S, dtype=np.float64)
    after = np.clip(time_s + 1 - moments_s[:, None], 0.0, 1.0)
    run = simulate_service(usual + (4 * tasks - usual) * after, 1.0, scenario, start_tasks=tasks)
    return np.asarray(np.argmax(run.scaled_out > 0, axis=-1) - moments_s)


def _benchmark(case: str, period_s: float) -> tuple[PublishedTimeline, ...]:
    found, observed = _case(case), _case(case)["observed"]
    reaction_s = _reactions_s({}, period_s)
    more_s = task_start(replace_at(Scenario(), _ONE_PER_S)).fargate_s
    return tuple(
        _row(found, quantity, "s", observed[key], observed[key], reaction_s + added_s, _STEP)
        for quantity, key, added_s in (
            (f"load step to scale-out action, {period_s} s metrics", "trigger_scale_out_s", 0.0),
            (f"load step to tasks provisioned, {period_s} s metrics", "tasks_provisioned_s", more_s),
        )
    )


def _field_reports() -> tuple[PublishedTimeline, ...]:
    found, tried = _case("tt_field_reports"), _case("tt_cpu_ab_1_to_2")
    observed, bound = found["observed"], tried["observed"]["trigger_between_s"]
    own = {"fargate.scaling": "step", "fargate.min_tasks": 2}
    one = {"fargate.min_tasks": 1, "fargate.max_tasks": 3}
    slow_s, own_s, tried_s = _reactions_s({}, 60), _reactions_s(own, 60), _reactions_s(one, 60)
    fast, slow = (np.array(observed[key]) * MINUTE_S for key in ("own_step_alarms_min", "trigger_min"))
    return (
        _row(tried, "load on one task to the second one", "s", bound[0], bound[1], tried_s, _STEP),
        _row(found, "users: load step to target tracking's action", "s", slow[0], slow[1], slow_s, _STEP),
        _row(found, "users: load step to the action of own alarms", "s", fast[0], fast[1], own_s, _STEP),
    )


def _alarm_log() -> tuple[PublishedTimeline, ...]:
    found = _case("alarm_timing_180s_buckets")
    age_s = clock(replace_at(Scenario(), "fargate.scaling", "step"), (1,), 1.0).lag
    lag_s = float(found["observed"]["lag_after_bucket_end_s"])
    setup = "the model's datapoint age is taken from this log, so this is no test of it"
    return (_row(found, "end of the last period to ALARM", "s", lag_s, lag_s, age_s, setup),)


# --- task starts ----------------------------------------------------------------------------------


def _life_cycle() -> tuple[PublishedTimeline, ...]:
    nginx, oregon = _case("fargate_task_2020_nginx"), _case("fargate_task_2024_oregon_pull")
    whole, part = nginx["derived"], oregon["derived"]
    setup = "an image of 50 MB; the range holds nine of ten drawn starts of a setup nobody has timed"
    start = task_start(replace_at(Scenario(), "fargate.image_mb", 50.0))
    parts = (
        (nginx, "creation to start of the image pull, nginx", whole["provision_s"], start.placement_s),
        (nginx, "image pull, nginx", whole["pull_s"], start.pull_s),
        (oregon, "image pull, task with sidecars", part["pull_s"], start.pull_s),
        (nginx, "creation to RUNNING, nginx", whole["total_s"], start.fargate_s),
    )
    return tuple(
        _row(found, quantity, "s", seconds, seconds, _drawn_s(float(mean_s)), setup)
        for found, quantity, seconds, mean_s in parts
    )


def _drawn_s(mean_s: float) -> Array:
    """Low end, mean and high end of a drawn part of a task start with this mean, s."""
    alone = TaskStart(mean_s, 0.0, 0.0, 0.0, 0.0)
    grid = np.linspace(mean_s / 5, mean_s * 5, 20_001)
    below = start_probability(grid, alone, np.zeros(()), limit("task_start.fit_log_sd"))
    low, high = np.interp(((1 - LIKELY) / 2, (1 + LIKELY) / 2), below, grid)
    return np.array([low, mean_s, high])


# --- courses --------------------------------------------------------------------------------------


def _launches_of_2020() -> PublishedCourse:
    found = _case("vlad2020_ecs_fargate")
    t_s, tasks = _points(found)
    wanted = 3500.0
    scenario = replace_at(
        Scenario(),
        {"fargate.scaling": "target_tracking", "fargate.min_tasks": wanted, "fargate.max_tasks": wanted},
    )
    rate = LaunchRates(burst=1.0, per_s=limit("fargate.launch_per_s_2020"), service_per_min=np.inf)
    run = simulate_service(np.ones(int(t_s[-1]) + 1), 1.0, scenario, start_tasks=1, rates=rate)
    setup = "3,500 tasks wanted at once at the launch rate of that year, one a second, no burst"
    return _course(found, "tasks running", t_s, tasks, run.running[t_s.astype(int)], setup)


def _burst_of_2022() -> PublishedCourse:
    found = _case("vlad2022_lambda_old_burst")
    t_s, environments = _points(found)
    per_s = limit("lambda.environments_per_min_until_2023") / MINUTE_S
    rate = ScalingRate(limit("lambda.burst_environments_until_2023"), per_s)
    setup = "3,500 wanted at once under the rule of that time: 3,000, then 500 a minute"
    return _course(found, "environments", t_s, environments, _environments(3500, t_s, rate), setup)


def _lambda_rule() -> PublishedCourse:
    found = _case("lambda_rule_7000")
    t_s, environments = _points(found)
    limit_ = found["config"]["account_concurrency"]
    setup = "unlimited demand for long requests; a documented rule, not a measurement"
    return _course(found, "environments", t_s, environments, _environments(limit_, t_s, ScalingRate()), setup)


def _environments(wanted: float, t_s: Array, rate: ScalingRate) -> Array:
    """Environments at moments after endless demand for long requests begins."""
    scenario = replace_at(
        Scenario(),
        {"workload.duration_s": limit("lambda.max_duration_s"), "aws_lambda.account_concurrency": wanted},
    )
    demand = np.full(int(t_s[-1]) + 1, 1e6)
    run = simulate_function(demand, 1.0, scenario, before_per_s=0.0, rate=rate)
    return np.asarray(run.environments[t_s.astype(int)])


# --- rows -----------------------------------------------------------------------------------------


def _case(id: str) -> dict[str, Any]:
    return next(case for case in load_measured("timelines")["cases"] if case["id"] == id)


def _points(case: dict[str, Any]) -> tuple[Array, Array]:
    t_s, values = np.array(case["points"], dtype=np.float64).T
    return t_s, values


def _row(
    case: dict[str, Any], quantity: str, unit: str, low: float, high: float, ours: Array, setup: str
) -> PublishedTimeline:
    middle = float(ours[1]) if ours.shape == (3,) else float(ours.mean())
    return PublishedTimeline(
        case["id"],
        quantity,
        unit,
        float(low),
        float(high),
        middle,
        float(ours.min()),
        float(ours.max()),
        case["confidence"],
        case["source"],
        setup,
    )


def _course(
    case: dict[str, Any], quantity: str, t_s: Array, published: Array, ours: Array, setup: str
) -> PublishedCourse:
    return PublishedCourse(
        case["id"], quantity, t_s, published, ours, case["confidence"], case["source"], setup
    )
