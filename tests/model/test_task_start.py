"""A Fargate task start: its parts, its spread, and the published starts it has to cover."""

import numpy as np
import pytest

from model.facts import limit, load_task_starts
from model.scaling.launches import start_table
from model.scaling.task_start import (
    drawn_start_s,
    health_check_interval_s,
    start_quantile_s,
    task_start,
)
from model.scenario import Scenario, replace_at


def scenario(**fargate):
    return replace_at(Scenario(), {f"fargate.{name}": value for name, value in fargate.items()})


@pytest.mark.parametrize(
    ("image_mb", "fargate_s"),
    [
        pytest.param(0.0, 32.5, id="nothing to pull: the fixed part of the fit"),
        pytest.param(100.0, 36.2, id="32.5 + 0.037 x 100"),
        pytest.param(500.0, 51.0, id="32.5 + 0.037 x 500"),
    ],
)
def test_placement_pull_and_start_follow_the_fit(image_mb, fargate_s):
    assert task_start(scenario(image_mb=image_mb)).fargate_s == pytest.approx(fargate_s)


def test_the_fixed_part_splits_as_in_the_recorded_task():
    # Recorded: 19.5 s until the pull, 7.0 s of pull, 2.0 s of start, 28.5 s in all.
    start = task_start(scenario(image_mb=0.0))
    assert start.placement_s == pytest.approx(32.5 * 19.5 / 28.5)
    assert start.pull_s == pytest.approx(32.5 * 7.0 / 28.5)
    assert start.container_start_s == pytest.approx(32.5 * 2.0 / 28.5)


def test_the_first_passing_check_is_half_an_interval_away():
    start = task_start(scenario(image_mb=100.0, boot_s=5.0, health_check_interval_s=30.0))
    assert start.total_s == pytest.approx(36.2 + 5 + 15)
    assert start.total_s == pytest.approx(sum(seconds for _, seconds in start.parts))


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"fargate.load_balancer": "none"}, id="no load balancer"),
        pytest.param({"workload.kind": "job"}, id="a job"),
    ],
)
def test_without_a_balancer_nobody_waits_for_a_check(changes):
    assert task_start(replace_at(Scenario(), changes)).health_check_s == 0


def test_without_a_check_the_median_is_that_of_the_lognormal():
    one = scenario(image_mb=100.0, boot_s=0.0, load_balancer="none")
    spread = limit("task_start.fit_log_sd")
    assert start_quantile_s(one, 0.5) == pytest.approx(36.2 * np.exp(-(spread**2) / 2), rel=1e-4)


def test_a_check_alone_waits_uniformly():
    # A spread of nearly nothing leaves 36.2 + 5 + 30 p.
    one = scenario(image_mb=100.0, boot_s=5.0, health_check_interval_s=30.0)
    shares = np.array([0.1, 0.5, 0.9])
    assert start_quantile_s(one, shares, log_sd=1e-4) == pytest.approx(41.2 + 30 * shares, abs=0.02)


def test_quantiles_agree_with_drawn_starts():
    one, n, spread = scenario(image_mb=300.0), 40_000, limit("task_start.fit_log_sd")
    interval = np.broadcast_to(health_check_interval_s(one), (n,))
    drawn = drawn_start_s(task_start(one), interval, spread, np.random.default_rng(7))
    for share in (0.05, 0.5, 0.95):
        below = np.mean(drawn <= start_quantile_s(one, share))
        assert below == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / n))
    assert drawn.mean() == pytest.approx(task_start(one).total_s, abs=4 * drawn.std() / np.sqrt(n))


def test_the_published_starts_lie_within_the_spread_between_setups():
    starts = [start for start in load_task_starts() if start.image_mb <= limit("task_start.fit_max_mb")]
    assert len(starts) >= 4
    for start in starts:
        one = scenario(image_mb=start.image_mb, boot_s=0.0, load_balancer="none")
        low, high = start_quantile_s(one, np.array([0.01, 0.99]))
        assert low < start.seconds < high, start.setup


def test_tasks_launched_together_start_at_evenly_spaced_quantiles():
    one = scenario()
    table = start_table(one, (), 1.0, np.zeros(1), None)
    started = np.repeat(np.arange(len(table.share)), table.joining(np.array([4.0]))[:, 0].astype(int))
    spread = limit("task_start.batch_log_sd")
    expected = start_quantile_s(one, (np.arange(1, 5) - 0.5) / 4, log_sd=spread)
    assert started == pytest.approx(expected, abs=1.0)


def test_parts_broadcast_over_image_sizes():
    sizes = np.array([0.0, 100.0, 1000.0])
    many = start_quantile_s(scenario(image_mb=sizes), 0.9)
    assert many == pytest.approx([float(start_quantile_s(scenario(image_mb=size), 0.9)) for size in sizes])
