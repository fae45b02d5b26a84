"""The same question many times: over traffic, runtimes and metric periods."""

import pytest

from model import Scenario
from model.decide.sweeps import runtime_starts, spikes_by_metric_period
from model.facts import load_measured
from model.scenario import ARCHITECTURES, RUNTIMES, replace_at

BENCHMARKS = {60: 363.0, 20: 86.0}  # AWS, 18 June 2026: seconds from the load step to the scaling action


def test_the_published_reactions_are_the_ones_in_the_data():
    published = {
        case["trigger_scale_out_s"] for case in find_all(load_measured("timelines"), "trigger_scale_out_s")
    }
    assert set(BENCHMARKS.values()) <= published


def find_all(tree, key):
    """Every mapping in a tree that has the key."""
    if isinstance(tree, dict) or hasattr(tree, "items"):
        if key in tree:
            yield tree
        for value in tree.values():
            yield from find_all(value, key)
    elif isinstance(tree, (list, tuple)):
        for value in tree:
            yield from find_all(value, key)


def test_the_default_spike_reacts_as_aws_measured_with_either_metric():
    spikes = spikes_by_metric_period(Scenario())
    assert list(spikes) == [60, 20]
    for period, seconds in BENCHMARKS.items():
        assert spikes[period].first_scale_out_s == pytest.approx(seconds, rel=0.10)
        parts = dict(spikes[period].lag_parts)
        assert parts["datapoints"] + parts["publishing"] == pytest.approx(seconds, rel=0.10)
        assert parts["datapoints"] == pytest.approx(3 * period)


def test_faster_metrics_lose_less_and_change_nothing_for_lambda():
    spikes = spikes_by_metric_period(Scenario())
    assert spikes[20].fargate.lost < spikes[60].fargate.lost
    assert spikes[20].fargate.full_s < spikes[60].fargate.full_s
    assert spikes[20].aws_lambda.lost == spikes[60].aws_lambda.lost


def test_the_metric_period_of_the_scenario_does_not_matter_to_the_comparison():
    slow, fast = (
        spikes_by_metric_period(replace_at(Scenario(), "fargate.metric_period_s", period))
        for period in (60, 20)
    )
    assert {period: spike.first_scale_out_s for period, spike in slow.items()} == {
        period: spike.first_scale_out_s for period, spike in fast.items()
    }


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("package", ["zip", "image"])
def test_runtimes_shown_beside_each_other_are_of_one_kind(architecture, package):
    scenario = replace_at(
        Scenario(), {"aws_lambda.architecture": architecture, "aws_lambda.package": package}
    )
    starts = runtime_starts(scenario)
    assert starts
    assert {(m.architecture, m.package, m.snapstart) for m in starts} == {(architecture, package, False)}
    names = [m.runtime for m in starts]
    assert len(names) == len(set(names)) and set(names) <= set(RUNTIMES)
