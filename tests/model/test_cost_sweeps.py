"""Money over ranges: bands, the map over two fields, Regions, utilisation. All of it is single evaluations, many times."""

import numpy as np
import pytest

from model import Scenario, evaluate
from model.decide.break_even import TRAFFIC, lifted, total_curves
from model.decide.cost_bands import (
    CURVE_STRIDE,
    OF_CODE,
    OF_SCALING,
    PER_UNIT,
    band_now,
    cost_bands,
    curve_bands,
)
from model.decide.sweeps import (
    FEWEST_MAP_POINTS,
    MAP_FIELDS,
    MAP_POINTS,
    cost_over_utilisation,
    cost_ratio_map,
    map_points,
    map_values,
    region_totals,
    utilisation_now,
)
from model.facts import limit, load_fargate_sizes, load_regions, pick_fact
from model.scenario import adjustable_assumptions, replace_at, value_at, vocabulary

RATE, TIME = "workload.requests_per_s", "workload.duration_s"
VALUES = np.array([0.5, 20.0, 700.0])
JOB = {"workload.kind": "job", TIME: 120.0}


def totals(scenario):
    comparison = evaluate(scenario)
    return [getattr(comparison, name).bill.total_usd for name in ("aws_lambda", "fargate")]


# --- bands ------------------------------------------------------------------------------------------

SETTINGS = {
    "the article's example": {},
    "day and night": {"workload.pattern": "diurnal"},
    "arm": {"aws_lambda.architecture": "arm64", "fargate.architecture": "arm64"},
    "a savings plan": {"billing.savings_plan": "1yr_no_upfront"},
    "Spot": {"fargate.spot_share": 0.5},
    "a queue, metrics": {"workload.queue": True, "fargate.container_insights": True},
    "job": JOB,
}


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_a_band_holds_the_total(settings):
    scenario = lifted(replace_at(Scenario(), settings))
    bands = cost_bands(scenario, VALUES)
    assert bands.path == TRAFFIC[scenario.workload.kind][0]
    for band, total in zip(
        (bands.aws_lambda, bands.fargate), totals(replace_at(scenario, bands.path, VALUES)), strict=True
    ):
        assert band.low_usd.shape == band.high_usd.shape == VALUES.shape
        assert np.all(band.low_usd <= total) and np.all(total <= band.high_usd)
        # a job's bill on Lambda holds nothing that is assumed
        assert band.high_usd[-1] > band.low_usd[-1] or scenario.workload.kind == "job"


MOVED = [id for id in adjustable_assumptions() if id.startswith(PER_UNIT) or id in (*OF_CODE, *OF_SCALING)]


@pytest.mark.parametrize("id", MOVED)
def test_each_end_of_each_range_lies_inside_the_band_as_a_single_evaluation(id):
    settings = {
        "workload.pattern": "diurnal",
        "workload.queue": True,
        "fargate.container_insights": True,
        "fargate.architecture": "arm64",
        "aws_lambda.architecture": "arm64",
        "fargate.spot_share": 0.2,
    }
    scenario = replace_at(Scenario(), settings)
    bands = band_now(scenario)
    fact = pick_fact(id)
    for end in (fact.low, fact.high):
        of_lambda, of_fargate = totals(replace_at(scenario, "assumptions", {id: end}))
        assert bands.fargate.low_usd[0] * (1 - 1e-9) <= of_fargate <= bands.fargate.high_usd[0] * (1 + 1e-9)
        # p_cold is not found anew for the code's speed: a thousandth of the bill at most
        assert bands.aws_lambda.low_usd[0] * 0.999 <= of_lambda <= bands.aws_lambda.high_usd[0] * 1.001


def test_a_band_is_the_lowest_and_highest_of_single_evaluations():
    scenario = Scenario()
    ends = [
        totals(replace_at(scenario, "assumptions", {id: end}))
        for id in MOVED
        for end in (pick_fact(id).low, pick_fact(id).high)
    ]
    of_lambda, of_fargate = (
        np.array([*column, here])
        for column, here in zip(zip(*ends, strict=True), totals(scenario), strict=True)
    )
    bands = band_now(scenario)
    for band, single in ((bands.aws_lambda, of_lambda), (bands.fargate, of_fargate)):
        assert [band.low_usd[0], band.high_usd[0]] == pytest.approx([single.min(), single.max()], rel=1e-6)


@pytest.mark.parametrize("pattern", ["steady", "diurnal", "spike"])
def test_what_the_bands_leave_alone_hardly_moves_a_bill(pattern):
    """As METHOD.md says: less than 2 % of either bill, seen at a few requests a second and more."""
    scenario = lifted(replace_at(Scenario(), {"workload.pattern": pattern, RATE: np.array([3.0, 100.0])}))
    here = totals(scenario)
    for id in set(adjustable_assumptions()) - set(MOVED) - {"target_tracking.scale_in_step_min_tasks"}:
        if id.startswith("managed_instances."):
            continue
        for end in (pick_fact(id).low, pick_fact(id).high):
            moved = totals(replace_at(scenario, "assumptions", {id: end}))
            assert np.max(np.abs(np.array(moved) / np.array(here) - 1)) < 0.02, id


def test_your_own_value_stays_where_it_is_while_others_move():
    tight = band_now(replace_at(Scenario(), "assumptions", {"network.public_egress_share": 0.0}))
    assert tight.fargate.high_usd[0] < band_now(Scenario()).fargate.high_usd[0]
    wide = band_now(replace_at(Scenario(), "assumptions", {"elb.rules": 10_000.0}))
    assert (
        wide.fargate.high_usd[0] >= totals(replace_at(Scenario(), "assumptions", {"elb.rules": 10_000.0}))[1]
    )


def test_a_missing_price_leaves_no_band():
    bands = cost_bands(replace_at(Scenario(), "billing.region", "mx-central-1"), VALUES)
    assert bands.aws_lambda is None and bands.fargate is None


def test_the_bands_of_a_curve_stand_at_points_of_the_curve():
    curve = total_curves(Scenario())
    bands = curve_bands(Scenario(), curve)
    assert bands.values.tolist() == curve.values[::CURVE_STRIDE].tolist()
    assert np.all(bands.fargate.low_usd <= curve.fargate_usd[::CURVE_STRIDE])
    assert np.all(curve.fargate_usd[::CURVE_STRIDE] <= bands.fargate.high_usd)


# --- the map over two fields ------------------------------------------------------------------------


def single_ratio(scenario, changes):
    of_lambda, of_fargate = totals(replace_at(lifted(scenario), changes))
    return of_lambda / of_fargate


PAIRS = [
    (RATE, TIME, {}),
    (RATE, "aws_lambda.memory_mb", {"workload.pattern": "diurnal"}),
    ("workload.cpu_share", "fargate.target_percent", {}),
    ("workload.runs_per_day", TIME, {"workload.kind": "job"}),
    ("fargate.spot_share", "workload.response_kb", {}),
]


@pytest.mark.parametrize(("x", "y", "settings"), PAIRS)
def test_a_cell_of_the_map_is_a_single_evaluation(x, y, settings):
    scenario = replace_at(Scenario(), settings)
    xs, ys = map_values(scenario, x, 5), map_values(scenario, y, 4)
    map_ = cost_ratio_map(scenario, x, xs, y, ys)
    assert map_.ratio.shape == (4, 5)
    for i, j in ((0, 0), (2, 3), (3, 1), (1, 4)):
        assert map_.ratio[i, j] == pytest.approx(
            single_ratio(scenario, {x: float(xs[j]), y: float(ys[i])}), rel=1e-9
        )


def test_sizes_that_are_not_on_sale_are_blank():
    scenario = Scenario()
    vcpus, memories = (map_values(scenario, f"fargate.{part}") for part in ("vcpu", "memory_gb"))
    map_ = cost_ratio_map(scenario, "fargate.vcpu", vcpus, "fargate.memory_gb", memories)
    sold = set(load_fargate_sizes("linux"))
    for i, memory in enumerate(memories):
        for j, vcpu in enumerate(vcpus):
            assert np.isfinite(map_.ratio[i, j]) == ((vcpu, memory) in sold)
    i, j = int(np.flatnonzero(memories == 4)[0]), int(np.flatnonzero(vcpus == 1)[0])
    assert map_.ratio[i, j] == pytest.approx(
        single_ratio(scenario, {"fargate.vcpu": 1.0, "fargate.memory_gb": 4.0})
    )


def test_only_the_memory_of_the_present_vcpu_is_drawn_beside_another_field():
    map_ = cost_ratio_map(Scenario(), "fargate.memory_gb", np.array([1.0, 4, 8]), TIME, np.array([0.1, 1]))
    # 0.5 vCPU comes with 1 to 4 GB
    assert np.isfinite(map_.ratio).tolist() == [[True, True, False]] * 2


def test_work_too_long_for_a_function_is_blank():
    job = replace_at(Scenario(), {**JOB, "workload.cpu_share": 1.0})
    most_s = limit("lambda.max_duration_s")
    times, memory = np.array([60.0, most_s]), np.array([128.0, 1024.0])
    map_ = cost_ratio_map(job, TIME, times, "aws_lambda.memory_mb", memory)
    # at 128 MB, an eighth of the CPU it was measured with, 900 s of computing take two hours
    assert np.isfinite(map_.ratio).tolist() == [[True, False], [True, True]]


def test_windows_has_no_spot_and_an_odd_instance_type_does_not_matter():
    windows = {"fargate.os": "windows", "fargate.vcpu": 1, "fargate.memory_gb": 2}
    spot = np.array([0.0, 0.5])
    map_ = cost_ratio_map(replace_at(Scenario(), windows), "fargate.spot_share", spot, TIME, np.array([0.1]))
    assert np.isfinite(map_.ratio).tolist() == [[True, False]]
    managed = replace_at(
        Scenario(), {"aws_lambda.managed_instances": True, "aws_lambda.managed_instance_type": "c7g.xlarge"}
    )
    memory = map_values(managed, "aws_lambda.memory_mb")
    assert np.isfinite(
        cost_ratio_map(managed, "aws_lambda.memory_mb", memory, TIME, np.array([0.1])).ratio
    ).all()


def test_a_missing_price_leaves_no_map():
    there = replace_at(Scenario(), "billing.region", "mx-central-1")
    assert cost_ratio_map(there, RATE, VALUES, TIME, np.array([0.1])).ratio is None


@pytest.mark.parametrize("path", MAP_FIELDS)
def test_the_axis_of_a_field_stays_within_what_the_field_may_hold(path):
    spec = {known: field for known, field, _ in vocabulary()}[path]
    values = map_values(Scenario(), path)
    assert spec.accepts(values)
    assert np.all(np.diff(values) > 0) and 2 <= values.size <= 60
    span = MAP_FIELDS[path]
    assert span.low > 0 or not span.log
    default = value_at(Scenario(), path)
    assert not default or values[0] <= default <= values[-1]


def test_long_traffic_gets_a_coarser_map():
    assert map_points(Scenario()) == MAP_POINTS
    week = map_points(replace_at(Scenario(), "workload.pattern", "business_hours"))
    day = map_points(replace_at(Scenario(), "workload.pattern", "diurnal"))
    assert FEWEST_MAP_POINTS <= week < day < MAP_POINTS


# --- Regions ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "settings", [{}, {"workload.pattern": "diurnal", "aws_lambda.front_door": "http_api"}, JOB]
)
def test_a_regions_totals_are_those_of_the_scenario_there(settings):
    scenario = replace_at(Scenario(), settings)
    rows = {row.region: row for row in region_totals(scenario)}
    assert rows.keys() == load_regions().keys()
    for region in ("us-east-1", "eu-central-1", "ap-northeast-1", "sa-east-1", "mx-central-1"):
        there = totals(replace_at(scenario, "billing.region", region))
        for found, expected in zip(rows[region].usd.values(), there, strict=True):
            assert found == (None if expected is None else pytest.approx(float(expected), rel=1e-9))


def test_regions_come_cheapest_first_and_those_without_a_total_last():
    rows = region_totals(Scenario())
    complete = [None not in row.usd.values() for row in rows]
    assert complete == sorted(complete, reverse=True) and any(complete) and not all(complete)
    cheapest = [min(row.usd.values()) for row in rows if None not in row.usd.values()]
    assert cheapest == sorted(cheapest)


def test_a_region_without_a_total_names_what_has_no_price():
    for row in region_totals(Scenario()):
        assert bool(row.missing) == (None in row.usd.values())
        assert 0 not in row.usd.values()


def test_an_own_price_counts_in_its_own_region_only():
    key = "fargate.vcpu/linux_x86_64@us-east-1"
    plain, own = (
        {row.region: row.usd for row in region_totals(s)}
        for s in (Scenario(), replace_at(Scenario(), "billing.overrides", {key: 0.0}))
    )
    assert own["us-east-1"]["fargate"] < plain["us-east-1"]["fargate"]
    assert own["eu-central-1"] == plain["eu-central-1"]


# --- utilisation ------------------------------------------------------------------------------------


def test_utilisation_of_fixed_tasks_and_a_million_requests_by_hand():
    """0.2 s · 0.3 of computing on 1,024/1,769 vCPU are 0.034732 vCPU-s; four tasks of half a vCPU are paid for."""
    fixed = replace_at(Scenario(), {"fargate.scaling": "fixed", "fargate.tasks": 4})
    curve = cost_over_utilisation(fixed, np.array([10.0, 20.0]))
    work_s = 0.2 * 0.3 * 1024 / limit("lambda.mb_per_vcpu")
    assert curve.utilisation == pytest.approx([10 * work_s / 2, 20 * work_s / 2], rel=1e-9)
    for name in ("aws_lambda", "fargate"):
        total = getattr(evaluate(replace_at(fixed, RATE, 10.0)), name).bill.total_usd
        # 10 requests/s for 730 h are 26.28 million
        assert curve.per_million_usd[name][0] == pytest.approx(total / 26.28, rel=1e-9)


def test_utilisation_never_passes_1_and_rises_with_traffic_while_the_fewest_tasks_do():
    curve = cost_over_utilisation(Scenario(), np.geomspace(1e-3, 1e4, 41))
    assert np.all((curve.utilisation > 0) & (curve.utilisation <= 1))
    few = curve.traffic < 5
    assert np.all(np.diff(curve.utilisation[few]) > 0)
    assert utilisation_now(replace_at(Scenario(), RATE, float(curve.traffic[20]))) == pytest.approx(
        curve.utilisation[20], rel=1e-9
    )


def test_a_fargate_that_has_no_task_is_not_utilised():
    assert utilisation_now(replace_at(Scenario(), {"fargate.scaling": "fixed", "fargate.tasks": 0})) == 0


def test_without_a_price_there_is_no_price_of_a_million():
    curve = cost_over_utilisation(replace_at(Scenario(), "billing.region", "mx-central-1"), VALUES)
    assert curve.per_million_usd == {"aws_lambda": None, "fargate": None}
