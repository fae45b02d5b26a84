"""The cheapest size that meets the level, against trying all of them."""

import numpy as np
import pytest

from model import Scenario, evaluate
from model.decide.level import NEITHER, standing
from model.decide.right_size import TARGETS, right_size
from model.decide.verdict import PLATFORMS, verdict
from model.facts import load_fargate_sizes
from model.fit import fit
from model.scenario import replace_at

BUSY = {"workload.requests_per_s": 40.0, "workload.cpu_share": 0.6, "workload.duration_s": 0.15}
CASES = {
    "default": {},
    "strict": BUSY | {"workload.slo_p99_s": 0.4},
    "much memory": {"workload.memory_base_mb": 900.0},
    "little traffic": {"workload.requests_per_s": 0.5, "workload.slo_p99_s": 2.0},
}


def asked(changes):
    return replace_at(Scenario(), changes)


@pytest.mark.parametrize("changes", CASES.values(), ids=CASES)
def test_no_memory_of_all_is_cheaper_and_meets_the_level(changes):
    scenario = asked(changes)
    needed = scenario.workload.memory_base_mb + scenario.workload.memory_per_request_mb
    every = np.arange(max(128, np.ceil(needed)), 10_241)
    judged = standing(evaluate(replace_at(scenario, "aws_lambda.memory_mb", every)))
    found = right_size(scenario).aws_lambda
    assert found.fits
    assert found.usd == pytest.approx(judged.usd["aws_lambda"][judged.fits("aws_lambda")].min(), rel=1e-3)


def brute_force_usd(scenario, sizes, **fields):
    """Least total over all legal sizes and all combinations of the other settings."""
    vcpu, memory_gb = (column[:, None] for column in np.array(sizes).T)
    cells = {"fargate.vcpu": vcpu, "fargate.memory_gb": memory_gb, **fields}
    judged = standing(evaluate(replace_at(scenario, cells)))
    return np.where(judged.fits("fargate"), judged.usd["fargate"], np.inf).min()


@pytest.mark.parametrize("changes", CASES.values(), ids=CASES)
def test_no_fixed_number_of_any_size_is_cheaper_and_meets_the_level(changes):
    scenario = asked(changes | {"fargate.scaling": "fixed", "fargate.tasks": 30})
    least = brute_force_usd(scenario, load_fargate_sizes(), **{"fargate.tasks": np.arange(2, 80)})
    assert right_size(scenario).fargate.usd == pytest.approx(least, rel=1e-9)


@pytest.mark.parametrize("changes", CASES.values(), ids=CASES)
def test_no_size_and_target_is_cheaper_and_meets_the_level(changes):
    scenario = asked(changes | {"fargate.max_tasks": 500})
    least = brute_force_usd(scenario, load_fargate_sizes(), **{"fargate.target_percent": TARGETS})
    found = right_size(scenario).fargate
    assert found.fits and found.usd == pytest.approx(least, rel=1e-9)


@pytest.mark.parametrize(
    "changes",
    [
        *CASES.values(),
        {"workload.pattern": "diurnal"},
        {"workload.pattern": "on_off", "workload.requests_per_s": 5.0},
        {"workload.kind": "job", "workload.duration_s": 60.0},
        {"fargate.target_percent": 73.0, "fargate.min_tasks": 1},
        {"fargate.vcpu": 2, "fargate.memory_gb": 4.0, "fargate.target_percent": 93.0},
    ],
)
def test_right_sizes_meet_the_level_and_are_never_dearer_than_what_is_set_and_meets_it(changes):
    scenario = asked(changes)
    sized = right_size(scenario)
    after = verdict(evaluate(sized.scenario))
    for name in PLATFORMS:
        side = getattr(sized, name)
        if side.fits:
            assert after.meets_slo[name] and not after.unmet[name]
            assert after.usd[name] == side.usd and after.p99_s[name] == side.p99_s
        if side.present_fits:
            assert side.fits and side.usd <= side.present_usd and side.saved_usd >= 0
            assert side.saved_usd == pytest.approx(side.present_usd - side.usd)


def test_a_single_thread_on_lambda_gains_nothing_beyond_one_vcpu():
    """0.3 x 200 ms of computing at 1,024 MB are 60 ms x 1,024 / 1,769 vCPU-seconds: with 1 vCPU the handler takes
    140 + 34.7 ms. A level that needs exactly one vCPU's speed asks for 1,769 MB, and more memory would not help."""
    scenario = asked({"workload.duration_cv": 0.0, "workload.slo_p99_s": 0.14 + 0.06 * 1024 / 1769 + 1e-5})
    found = right_size(scenario).aws_lambda
    assert found.fits and found.settings["aws_lambda.memory_mb"] in (1768, 1769)


def test_a_level_nobody_can_meet_is_told_with_the_nearest_miss():
    """140 ms of waiting alone, spread by half of it, keep p99 above 300 ms on any size."""
    sized = right_size(asked({"workload.slo_p99_s": 0.3}))
    for side in (sized.aws_lambda, sized.fargate):
        assert not side.fits and not side.meets_slo and not side.unmet
        assert 0.3 < side.p99_s < side.present_p99_s
    assert sized.scenario == asked({"workload.slo_p99_s": 0.3})  # nothing to take over


def test_a_limit_nobody_can_meet_is_named():
    sized = right_size(asked({"workload.needs": ("gpu",)}))
    assert [check.check for check in sized.fargate.unmet] == ["gpu"]
    assert not sized.aws_lambda.fits and not sized.fargate.fits


def test_only_the_side_that_can_is_sized():
    job = asked({"workload.kind": "job", "workload.duration_s": 1200.0})
    sized = right_size(job)
    assert not sized.aws_lambda.fits and [c.check for c in sized.aws_lambda.unmet] == ["Handler time, p99"]
    assert sized.fargate.fits and sized.scenario.aws_lambda == job.aws_lambda


def test_a_missing_price_leaves_the_totals_open_and_the_size_fitting():
    sized = right_size(asked({"billing.region": "ap-east-2"}))
    assert sized.fargate.usd is None and sized.fargate.saved_usd is None and sized.fargate.fits


def test_tasks_in_every_zone_are_kept_but_no_more_than_there_are_now():
    plenty = {"workload.requests_per_s": 1.0, "workload.slo_p99_s": 5.0}
    for min_tasks, zones, least in ((10, 3, 3), (1, 3, 1), (2, 2, 2)):
        changes = {
            "fargate.min_tasks": min_tasks,
            "fargate.availability_zones": zones,
            "fargate.max_tasks": 40,
        }
        assert right_size(asked(plenty | changes)).fargate.settings["fargate.min_tasks"] == least


def test_the_standing_of_many_is_the_verdict_of_each():
    rates = np.array([0.01, 1.0, 30.0, 100.0, 3000.0])
    levels = np.array([0.5, 0.55, 0.7, 1.0, 0.001])
    changes = {"workload.requests_per_s": rates, "workload.slo_p99_s": levels, "workload.timeout_s": 2.0}
    judged = standing(evaluate(asked(changes)))
    for i, (rate, level) in enumerate(zip(rates, levels, strict=True)):
        one = evaluate(asked(changes | {"workload.requests_per_s": rate, "workload.slo_p99_s": level}))
        plain = verdict(one)
        assert plain.choice == (None if judged.choice[i] == NEITHER else PLATFORMS[judged.choice[i]])
        unmet = {check.platform for check in fit(one.scenario, one.aws_lambda.traffic) if not check.ok}
        for name in PLATFORMS:
            assert plain.meets_slo[name] == judged.meets_slo[name][i]
            assert (name not in unmet) == judged.within_limits[name][i]
            assert judged.usd[name][i] == pytest.approx(plain.usd[name])
