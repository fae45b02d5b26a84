"""What would have helped in a spike: single changes with their price, and maps over two settings."""

import numpy as np
import pytest

from model import evaluate
from model.decide.spike_lab import alarm_map, alternatives, height_map, start_map
from model.scaling.spike import spike
from model.scenario import Scenario, replace_at
from model.traffic import spike_shape, spike_traffic, traffic

# A task serves one request per second: 10/s at 50 % are 20 tasks, 30/s need 30.
ONE_PER_S = {
    "workload.requests_per_s": 10.0,
    "workload.spike_factor": 3.0,
    "workload.spike_duration_s": 900.0,
    "workload.duration_s": 0.5,
    "workload.cpu_share": 1.0,
    "workload.measured_at_mb": 1769.0,
    "workload.timeout_s": 10.0,
    "fargate.vcpu": 0.5,
    "fargate.target_percent": 50.0,
    "fargate.max_tasks": 100,
}


def scenario(**changes):
    return replace_at(
        Scenario(), ONE_PER_S | {name.replace("__", "."): value for name, value in changes.items()}
    )


def by_name(rows):
    return {row.name: row for row in rows}


def test_as_many_tasks_as_the_spike_needs_lose_nothing():
    rows = by_name(alternatives(scenario()))
    assert rows["now"].lost > 0 and rows["now"].extra_usd == 0
    assert rows["tasks_all"].value == 30 and rows["tasks_all"].lost == 0
    assert (
        rows["tasks_half"].value == 25 and rows["tasks_all"].lost < rows["tasks_half"].lost < rows["now"].lost
    )


def test_more_tasks_cost_their_hours_less_those_of_the_spike_itself():
    # 30 tasks instead of 20 all day; 15 minutes and the scale-in of the day are paid for now as well.
    rows = by_name(alternatives(scenario()))
    bill = evaluate(scenario()).fargate.bill
    per_task = float(bill.total_usd - bill_without_tasks(bill)) / 20
    assert 0.75 * 10 * per_task < rows["tasks_all"].extra_usd < 10 * per_task


def bill_without_tasks(bill):
    return sum(float(line.usd) for line in bill.lines if not line.fact.startswith("fargate."))


def test_a_lower_target_holds_more_tasks_ready():
    row = by_name(alternatives(scenario()))["target"]
    assert row.value == 35 and row.lost < by_name(alternatives(scenario()))["now"].lost  # 0.7 x 50
    assert row.extra_usd > 0


def test_what_nobody_priced_has_no_price():
    assert by_name(alternatives(scenario()))["period"].extra_usd is None


def test_a_schedule_pays_for_the_spike_only():
    rows = by_name(alternatives(scenario()))
    assert rows["schedule"].lost == 0 and rows["schedule"].full_s == 0
    assert rows["schedule"].extra_usd < rows["tasks_all"].extra_usd / 5


def test_a_fixed_service_can_only_have_more_tasks():
    names = [row.name for row in alternatives(scenario(fargate__scaling="fixed", fargate__tasks=20))]
    assert names == ["now", "tasks_half", "tasks_all"]


def test_an_alternative_is_the_spike_with_that_setting():
    row = by_name(alternatives(scenario()))["tasks_all"]
    same = spike(scenario(fargate__min_tasks=30)).fargate
    assert (row.lost, row.full_s) == (float(same.lost), float(same.full_s))


def test_more_tasks_never_lose_more_and_higher_spikes_never_lose_less():
    map_ = height_map(scenario())
    assert (np.diff(map_.values, axis=1) <= 1e-6).all()
    assert (np.diff(map_.values, axis=0) >= -1e-6).all()
    assert map_.values[0, -1] == 0 and map_.values[-1, 0] > 0
    assert (np.diff(map_.usd) >= 0).all()


def test_a_cell_of_a_map_is_the_spike_of_its_settings():
    for map_ in (height_map(scenario()), alarm_map(scenario()), start_map(scenario())):
        x, y = map_.x_values[2], map_.y_values[3]
        changes = {map_.x_path: x, map_.y_path: y}
        alone = spike(replace_at(scenario(), changes)).fargate
        assert map_.values[3, 2] == pytest.approx(float(getattr(alone, map_.quantity)))


def test_lighter_tasks_are_there_sooner():
    values = start_map(scenario()).values
    assert values[0, 0] == values.min() and values[-1, -1] == values.max()


def test_a_map_of_a_spike_with_too_few_tasks_is_blank():
    assert np.isnan(start_map(scenario(fargate__max_tasks=25)).values).all()


# --- shapes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        pytest.param("step", [1, 1, 1, 1, 1, 1], id="step"),
        # A line over 200 s: 0.25, 0.75 on average in its two steps of 100 s.
        pytest.param("ramp", [0.25, 0.75, 1, 1, 1, 1], id="ramp"),
        pytest.param("pulses", [1, 0, 1, 0, 1, 0], id="pulses"),
    ],
)
def test_shapes_of_a_spike_by_hand(shape, expected):
    workload = scenario(
        workload__spike_shape=shape,
        workload__spike_duration_s=600.0,
        workload__spike_rise_s=200.0,
        workload__spike_pulse_s=100.0,
    ).workload
    start_s = np.arange(-100.0, 800.0, 100.0)
    assert spike_shape(workload, start_s, 100.0) == pytest.approx([0, *expected, 0, 0])


def test_a_flash_crowd_climbs_and_decays_to_a_twentieth():
    workload = scenario(workload__spike_shape="flash_crowd", workload__spike_rise_s=300.0).workload
    shape = spike_shape(workload, np.arange(900.0), 1.0)
    assert shape[150] == pytest.approx(0.5, abs=0.01)
    assert shape[300] == pytest.approx(1.0, abs=0.01)
    assert shape[-1] == pytest.approx(np.exp(-3), abs=0.01)


@pytest.mark.parametrize("shape", ["step", "ramp", "flash_crowd", "pulses"])
def test_step_sizes_agree_on_the_requests_of_a_spike(shape):
    question = scenario(
        workload__spike_shape=shape, workload__spike_rise_s=130.0, workload__spike_pulse_s=70.0
    )
    counts = [spike_traffic(question, 300.0, 1500.0, step_s).per_s.sum() * step_s for step_s in (1.0, 60.0)]
    assert counts[0] == pytest.approx(counts[1])


def test_a_day_with_a_spike_has_the_wanted_mean_in_every_shape():
    for shape in ("step", "ramp", "flash_crowd", "pulses"):
        day = traffic(scenario(workload__pattern="spike", workload__spike_shape=shape))
        assert day.per_s.mean() == pytest.approx(10.0)


def test_the_second_of_the_minute_moves_the_reaction():
    # 45 s into its minute: that minute's mean (10 x 45 + 20 x 15) / 60 / 20 = 62.5 % is over 50 %.
    late = spike(scenario(workload__spike_at_s=45))
    assert late.first_scale_out_s == pytest.approx(15 + 2 * 60 + 180)
    assert late.arrivals_per_s[late.time_s < 0] == pytest.approx(10.0)
    assert late.arrivals_per_s[late.time_s >= 0][0] == pytest.approx(30.0)
