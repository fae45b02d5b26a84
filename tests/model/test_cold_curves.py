"""Cold share and p99 over one field, and the first request after an idle hour."""

import numpy as np
import pytest

from model import Scenario, evaluate
from model.compute import fargate_handler_s
from model.decide.cold_curves import KEEP_ALIVE, MEMORY, PACKAGE, cold_curve, first_request
from model.scenario import replace_at

RATE, RUNS = "workload.requests_per_s", "workload.runs_per_day"
RARE = {"aws_lambda.keep_alive_s": 300.0, "workload.duration_s": 0.001}


@pytest.mark.parametrize("path", [RATE, MEMORY, PACKAGE, KEEP_ALIVE])
def test_a_curve_is_a_loop_over_its_field(path):
    scenario = replace_at(Scenario(), RATE, 0.02)
    curve = cold_curve(scenario, path)
    for i in (0, 15, curve.values.size - 1):
        one = evaluate(replace_at(scenario, path, float(curve.values[i])))
        assert curve.p_cold[i] == pytest.approx(float(one.aws_lambda.cold.p_cold), rel=1e-3)
        assert curve.p99_s["aws_lambda"][i] == pytest.approx(float(one.aws_lambda.latency.p99_s), rel=5e-3)
        if path == RATE:
            assert curve.p99_s["fargate"][i] == pytest.approx(float(one.fargate.latency.p99_s), rel=5e-3)


def test_rare_requests_are_cold_if_alone_within_the_keep_alive_time():
    """Hardly ever two at once: exp(-rate x life) of them find nobody there."""
    curve = cold_curve(replace_at(Scenario(), RARE), RATE)
    rare = curve.values < 0.01
    assert curve.p_cold[rare] == pytest.approx(np.exp(-300 * curve.values[rare]), rel=0.01)
    assert np.all((curve.p_cold >= 0) & (curve.p_cold <= 1))


def test_the_cold_share_of_a_job_is_swept_over_its_runs():
    curve = cold_curve(replace_at(Scenario(), RARE | {"workload.kind": "job"}), RUNS)
    rare = curve.values < 0.01 * 86_400
    assert curve.p_cold[rare] == pytest.approx(np.exp(-300 * curve.values[rare] / 86_400), rel=0.01)


def test_longer_kept_means_fewer_cold_starts_and_larger_packages_slower_ones():
    quiet = replace_at(Scenario(), RATE, 0.002)
    assert np.all(np.diff(cold_curve(quiet, KEEP_ALIVE).p_cold) <= 0)
    assert np.all(np.diff(cold_curve(quiet, PACKAGE).p99_s["aws_lambda"]) >= -1e-9)
    assert cold_curve(quiet, KEEP_ALIVE).now is None


def test_more_memory_never_slows_a_function():
    assert np.all(np.diff(cold_curve(Scenario(), MEMORY).p99_s["aws_lambda"]) <= 1e-3)


def test_after_an_idle_hour_lambda_waits_for_a_cold_start_and_fargate_for_nothing():
    scenario = replace_at(Scenario(), "workload.duration_cv", 0)
    found = first_request(scenario)
    start = evaluate(scenario).aws_lambda.start
    assert float(found.p_cold) == 1
    assert float(found.latency["aws_lambda"].p50_s) == pytest.approx(
        0.2 + float(start.percentile(0.5)), rel=0.02
    )
    assert float(found.latency["fargate"].p99_s) == pytest.approx(
        float(fargate_handler_s(scenario)), rel=0.01
    )


@pytest.mark.parametrize(
    "warm", [{"aws_lambda.provisioned_concurrency": 1}, {"aws_lambda.keep_alive_s": 7200}], ids=str
)
def test_what_is_kept_for_longer_than_an_hour_is_warm(warm):
    found = first_request(replace_at(Scenario(), warm | {"workload.duration_cv": 0}))
    assert float(found.p_cold) == 0
    assert float(found.latency["aws_lambda"].p99_s) == pytest.approx(0.2, rel=0.01)
