"""Rollouts of a Lambda function: an alias moves from one version to the next, at once or in shares."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.compute import lambda_handler_s
from model.cost.month import lambda_bill
from model.deploy.rollouts import (
    Breaks,
    Course,
    Plan,
    Rollout,
    course_times,
    rate_per_s,
    shift_starts,
    stepwise,
)
from model.evaluate import LambdaSide
from model.facts import limit, pick_fact
from model.provisioned import is_tracked, tracked_environments
from model.scaling.function import simulate_function
from model.scenario import Scenario
from model.traffic import requests_per_month
from model.warm_pool import WarmPool, steady_pool
from model.warm_pool.keep_alive import KEEP_ALIVE_POINTS, keep_alives_s

Array = NDArray[np.float64]

MINUTE_S = 60.0
RUSH_S = 600.0  # how long the rush of all traffic to a new version is simulated
PER_MINUTE = 60.0
FILL_POINTS = 24  # moments at which the growth of a pool is worked out


def lambda_rollouts(side: LambdaSide, plan: Plan) -> tuple[Rollout, ...]:
    """Every shift of traffic that AWS has a name for.

    Args: side: of a plain scenario.
    Returns: one Rollout for each preset; none for a job, whose next run simply uses the new version.
    Source: METHOD.md "Rollouts"; facts deployment.lambda_presets, deployment.lambda_publish_s, lambda.pc_*.
    Assumes: the rate stays as it is meanwhile; provisioned concurrency is as large on the new version as on the
        old one, and kept on the old one until all traffic has moved.
    """
    if side.scenario.workload.kind == "job":
        return ()
    return tuple(_rollout(side, plan, preset) for preset in pick_fact("deployment.lambda_presets").value)


def provisioned_now(scenario: Scenario, per_s: float) -> float:
    """Provisioned environments of one version at this rate."""
    function = scenario.aws_lambda
    if is_tracked(function):
        load = np.array([per_s * float(lambda_handler_s(scenario))])
        return float(tracked_environments(function, load)[0])
    return float(function.provisioned_concurrency)


def provisioned_ready_s(environments: float) -> float:
    """Until provisioned environments of a new version are all usable, s; 0 without any."""
    if environments == 0:
        return 0.0
    return (
        limit("lambda.pc_start_delay_s") + environments / limit("lambda.pc_environments_per_min") * PER_MINUTE
    )


def extra_provisioned_s(environments: float, both_s: float) -> float:
    """Environment-seconds billed for a second version: each started five minutes count whole."""
    rounding_s = limit("lambda.pc_rounding_s")
    return environments * float(np.ceil(both_s / rounding_s - 1e-9)) * rounding_s + 0.0


class NewVersion:
    """The environments of a version that starts with none, and of the one it replaces, at a constant rate.

    Source: METHOD.md "Rollouts". From an empty start the pool after t seconds is the largest number of requests
    in work at once since then, which is the steady pool of a keep-alive of t; its growth are the cold starts.
    """

    def __init__(self, side: LambdaSide, per_s: float) -> None:
        scenario = side.scenario
        self.per_s = per_s
        self.service_s = float(lambda_handler_s(scenario))
        self.cold_service_s = self.service_s + float(side.start.mean_s)
        self.lives_s = np.atleast_1d(keep_alives_s(scenario, KEEP_ALIVE_POINTS))
        self.provisioned = provisioned_now(scenario, per_s)

    @property
    def keep_s(self) -> float:
        """How long an idle environment lives, mean, s."""
        return float(self.lives_s.mean())

    def pool(self, share: Any, after_s: Any) -> WarmPool:
        """The pool that a share of the traffic has filled `after_s` seconds after it came, broadcast shape."""
        share, after_s = np.broadcast_arrays(np.asarray(share, np.float64), np.asarray(after_s, np.float64))
        lives = np.minimum(self.lives_s, np.maximum(after_s, 1e-3)[..., None])
        return steady_pool(
            share * self.per_s,
            self.service_s,
            lives,
            self.cold_service_s,
            np.full(share.shape, self.provisioned),
        )

    def cold_per_s(self, share: Any, after_s: Any) -> Array:
        """Cold requests per second of that share then, 1/s."""
        return np.asarray(self.pool(share, after_s).p_cold * np.asarray(share) * self.per_s)

    def colds(self, shifts: list[tuple[float, float]]) -> float:
        """Cold requests that a rollout adds, until one keep-alive after its last shift."""
        starts, shares = (np.array(column) for column in zip(*shifts, strict=True))
        lasting_s = np.append(np.diff(starts), self.keep_s)
        filled = self.pool(shares, lasting_s).environments_mean
        before = np.append(0.0, np.maximum.accumulate(filled)[:-1])
        growing_s = np.minimum(lasting_s, self.keep_s)
        settled = self.cold_per_s(shares, np.inf)
        on_new = np.maximum(filled - before, settled * growing_s) + settled * (lasting_s - growing_s)
        on_old = self.cold_per_s(1 - shares, np.inf) * lasting_s
        usual = float(self.cold_per_s(1.0, np.inf)) * lasting_s.sum()
        return float(max((on_new + on_old).sum() - usual, 0.0))


def _rollout(side: LambdaSide, plan: Plan, preset: dict[str, Any]) -> Rollout:
    scenario = side.scenario
    per_s = rate_per_s(scenario, plan)
    version = NewVersion(side, per_s)
    publish_s = float(scenario.assumed("deployment.lambda_publish_s"))
    both_from_s = publish_s + provisioned_ready_s(version.provisioned)
    shifts = shift_starts(both_from_s, preset_shares(preset), preset["interval_s"])
    shifted_s = shifts[-1][0]
    extra_s = extra_provisioned_s(version.provisioned, shifted_s - publish_s)
    colds = version.colds(shifts) if per_s > 0 else 0.0
    usd, usd_month = _cost_usd(side, extra_s, colds, plan.rollouts_per_month)
    course = _course(version, shifts, publish_s)
    first_minute = min(
        float(version.pool(1.0, MINUTE_S).environments_mean) / max(per_s * MINUTE_S, 1e-300), 1.0
    )
    return Rollout(
        platform="aws_lambda",
        strategy=preset["name"],
        rounds=len(shifts),
        ready_s=both_from_s,
        shifted_s=shifted_s,
        done_s=shifted_s,
        extra_s=extra_s,
        usd=usd,
        usd_month=usd_month,
        course=course,
        breaks=Breaks(
            least=float((course.old + course.new).min()),
            needed=per_s * version.service_s,
            both_s=shifted_s - both_from_s,
            colds=colds,
            first_minute_cold=first_minute if per_s > 0 else 0.0,
            throttled=_throttled(scenario, per_s, shifts),
        ),
    )


def preset_shares(preset: dict[str, Any]) -> list[float]:
    """Shares of the traffic on the new version after each shift of a preset; the last is 1."""
    return [preset["step_share"] * (index + 1) for index in range(preset["steps"] - 1)] + [1.0]


def _throttled(scenario: Scenario, per_s: float, shifts: list[tuple[float, float]]) -> float:
    """Requests refused, beyond those refused anyway, after the largest single shift: it finds what was there before."""
    shares = np.array([0.0, *(share for _, share in shifts)])
    largest = int(np.diff(shares).argmax())
    rush = np.full(int(RUSH_S), shares[largest + 1] * per_s)
    before_per_s = np.array([shares[largest], shares[largest + 1]]) * per_s
    run = simulate_function(rush, 1.0, scenario, before_per_s=before_per_s)
    after, usual = run.throttled.sum(axis=-1)
    return float(max(after - usual, 0.0))


def _cost_usd(
    side: LambdaSide, extra_s: float, colds: float, per_month: float
) -> tuple[float | None, float | None]:
    """What one rollout and a month's rollouts add: provisioned on both versions, init of the new environments."""
    before = side.bill.total_usd
    if before is None:
        return None, None
    requests = float(requests_per_month(side.scenario))
    kept_s = side.usage.environment_s

    def total(count: float) -> float | None:
        share = count * colds / requests if requests > 0 else 0.0
        more_s = None if kept_s is None else np.asarray(kept_s) + count * extra_s
        usage = replace(side.usage, p_cold=np.asarray(side.usage.p_cold) + share, environment_s=more_s)
        after = lambda_bill(side.scenario, side.traffic, usage).total_usd
        return None if after is None else float(after - before)

    return total(1.0), total(per_month)


def _course(version: NewVersion, shifts: list[tuple[float, float]], publish_s: float) -> Course:
    time_s = course_times(shifts[-1][0] + version.keep_s)
    starts = np.array([0.0, *(start for start, _ in shifts)])
    shares = np.array([0.0, *(share for _, share in shifts)])
    after_s = np.concatenate(([0.0], np.geomspace(0.1, max(float(version.lives_s.max()), 0.2), FILL_POINTS)))
    filling = version.pool(shares[:, None], after_s).environments_mean * (shares > 0)[:, None]
    settling = version.pool(1 - shares, np.inf).environments_mean * (shares < 1)
    new, old = np.zeros(time_s.shape), np.zeros(time_s.shape)
    last_new, last_old = 0.0, float(settling[0])
    for index, start_s in enumerate(starts):
        end_s = starts[index + 1] if index + 1 < starts.size else np.inf
        here = (time_s >= start_s) & (time_s < end_s)
        since_s = np.append(time_s[here], end_s) - start_s
        filled = np.maximum(np.interp(since_s, after_s, filling[index]), last_new)
        alive = (version.lives_s[None, :] > since_s[:, None]).mean(axis=-1)
        left = settling[index] + (last_old - settling[index]) * alive
        new[here], last_new = filled[:-1], float(filled[-1])
        old[here], last_old = left[:-1], float(left[-1])
    kept, all_moved_s = version.provisioned, starts[-1]
    billed = kept * (1.0 + ((time_s >= publish_s) & (time_s < all_moved_s)))
    on_new, on_old = kept * (time_s >= starts[1]), kept * (time_s < all_moved_s)
    return Course(time_s, old + on_old, new + on_new, billed, stepwise(time_s, shifts))
