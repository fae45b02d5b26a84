"""A spike on both platforms: key figures from hand sums, and parts that add up."""

import json

import numpy as np
import pytest

from model.scaling.spike import finite_or_none, spike
from model.scenario import Scenario, replace_at

# A task serves one request per second (half a vCPU-second each, half a vCPU); 10/s at 50 % are 20 tasks.
ONE_PER_S = {
    "workload.requests_per_s": 10.0,
    "workload.spike_factor": 3.0,
    "workload.spike_duration_s": 900.0,
    "workload.duration_s": 0.5,
    "workload.cpu_share": 1.0,
    "workload.measured_at_mb": 1769.0,
    "workload.timeout_s": 10.0,
    "aws_lambda.memory_mb": 1769,
    "fargate.vcpu": 0.5,
    "fargate.target_percent": 50.0,
    "fargate.max_tasks": 100,
}


def scenario(**changes):
    return replace_at(
        Scenario(), ONE_PER_S | {name.replace("__", "."): value for name, value in changes.items()}
    )


def test_needed_capacity_is_rate_over_what_one_can_do():
    result = spike(scenario())
    assert result.fargate.needed == pytest.approx(30.0)  # 30/s at 1/s a task
    assert result.aws_lambda.needed == pytest.approx(15.0)  # 30/s x 0.5 s


def test_time_zero_is_the_start_of_the_spike():
    result = spike(scenario(), before_s=120.0)
    assert result.time_s[0] == -120
    assert result.arrivals_per_s[result.time_s < 0] == pytest.approx(10.0)
    assert result.arrivals_per_s[(result.time_s >= 0) & (result.time_s < 900)] == pytest.approx(30.0)
    assert result.arrivals_per_s[result.time_s >= 900] == pytest.approx(10.0)


@pytest.mark.parametrize(
    ("period", "action_s"),
    [
        pytest.param(60, 3 * 60 + 180, id="three minutes and the calibrated lag"),
        pytest.param(20, 3 * 20 + 26, id="three 20-second datapoints and the calibrated lag"),
    ],
)
def test_the_first_action_follows_three_datapoints_and_the_lag(period, action_s):
    result = spike(scenario(fargate__metric_period_s=period))
    assert result.first_scale_out_s == pytest.approx(action_s)
    assert dict(result.lag_parts)["datapoints"] == pytest.approx(3 * period)


def test_a_spike_inside_a_period_waits_for_the_next_full_one_at_most():
    # 15 s before the end of a minute: that minute's mean (10 x 45 + 20 x 15) / 60 / 20 = 62.5 % is over 50 %.
    early = spike(scenario(), before_s=285.0)
    assert early.first_scale_out_s == pytest.approx(15 + 2 * 60 + 180)


def test_half_of_the_capacity_was_there_and_all_of_it_comes_with_the_first_tasks():
    # 20 tasks of 30 needed; the first action wants 20 x 100/50 = 40.
    result = spike(scenario())
    assert result.fargate.half_s == 0
    assert 360 + 30 < result.fargate.most_s <= result.fargate.full_s < 360 + 75


def test_lag_parts_add_up_to_the_first_new_serving_task():
    result = spike(scenario())
    serving = np.flatnonzero((result.service.running > 20) & (result.time_s >= 0))[0]
    assert sum(seconds for _, seconds in result.lag_parts) == pytest.approx(result.time_s[serving])
    assert all(seconds >= 0 for _, seconds in result.lag_parts)
    names = [name for name, _ in result.lag_parts]
    assert names[:3] == ["datapoints", "publishing", "placement"] and names[-1] == "health_check"


def test_a_fixed_service_loses_what_is_over_its_capacity():
    # 20 tasks, 30/s: the queue holds 10 s of arrivals (300), then 10/s are lost; nothing more is lost
    # once the spike is over, when 10 of the 20/s are spare. 10/s x 900 s less what the queue held back for later:
    # the last 300 waiting are served or lost as they come of age: at 20/s within 10 s 200, so 100 of them time out.
    result = spike(scenario(fargate__scaling="fixed", fargate__tasks=20))
    served = 20 * 900 + 200
    assert result.fargate.lost == pytest.approx(30 * 900 - served, abs=20)
    assert result.fargate.worst_wait_s == pytest.approx(10.0)
    assert result.fargate.full_s == np.inf and result.first_scale_out_s == np.inf
    assert result.lag_parts == ()


def test_lambda_takes_the_same_spike_with_cold_starts_only():
    result = spike(scenario(), cold_start_s=0.4)
    assert result.aws_lambda.lost == 0
    assert result.aws_lambda.full_s == pytest.approx(1.0)  # within the first second
    assert result.aws_lambda.worst_wait_s == pytest.approx(0.4)
    assert result.function.cold.sum() == pytest.approx(20 * (0.5 + 0.4))


def test_without_a_spike_nothing_happens():
    result = spike(scenario(workload__spike_factor=1.0))
    assert result.fargate.full_s == 0 and result.aws_lambda.full_s == 0
    assert result.fargate.lost == 0 and result.first_scale_out_s == np.inf
    assert dict(result.lag_parts)["datapoints"] == np.inf


def test_a_schedule_loses_nothing_and_acts_before_the_spike():
    result = spike(scenario(fargate__scaling="scheduled"))
    assert result.first_scale_out_s < 0 and result.fargate.lost == 0 and result.lag_parts == ()


def test_never_is_null_in_json():
    assert finite_or_none(np.inf) is None and finite_or_none(np.float64(3)) == 3.0
    assert json.dumps(finite_or_none(np.array([[1.0, np.inf]])), allow_nan=False) == "[[1.0, null]]"


def test_key_figures_broadcast_like_the_scenario():
    factors = np.array([[1.0], [3.0], [8.0]])
    periods = np.array([20.0, 60.0])
    together = spike(scenario(workload__spike_factor=factors, fargate__metric_period_s=periods))
    assert together.service.running.shape == (3, 2, len(together.time_s))
    for i, j in np.ndindex(3, 2):
        alone = spike(
            scenario(workload__spike_factor=float(factors[i, 0]), fargate__metric_period_s=int(periods[j]))
        )
        for side in ("fargate", "aws_lambda"):
            for name, value in vars(getattr(alone, side)).items():
                many = np.broadcast_to(getattr(getattr(together, side), name), (3, 2))
                assert many[i, j] == pytest.approx(value, rel=1e-9), (side, name)
        assert together.first_scale_out_s[i, j] == alone.first_scale_out_s
        for (_, many), (_, one) in zip(together.lag_parts, alone.lag_parts, strict=True):
            assert many[i, j] == pytest.approx(one)
