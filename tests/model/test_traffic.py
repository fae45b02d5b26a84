"""Arrival rates: whatever the pattern, the mean is the one asked for, and the shape is the one described."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.facts import load_traces
from model.scenario import PATTERNS, Scenario, replace_at
from model.traffic import requests_per_month, spike_traffic, traffic

HOUR, DAY, WEEK = 3_600, 86_400, 604_800
PERIOD_S = {
    "steady": HOUR,
    "diurnal": DAY,
    "business_hours": WEEK,
    "spike": DAY,
    "bursty": DAY,
    "on_off": HOUR,
    "ramp": DAY,
    "cron": HOUR,
    "trace": WEEK,
}
STEPS_S = (60.0, 300.0, 900.0, 3600.0)


def pattern(name, **workload):
    return replace_at(
        Scenario(), {f"workload.{key}": value for key, value in ({"pattern": name} | workload).items()}
    )


def relative(name, step_s=300.0, **workload):
    """Rates over their mean."""
    return traffic(pattern(name, **workload), step_s).per_s / 100


# --- every pattern --------------------------------------------------------------------------------


@pytest.mark.parametrize("step_s", STEPS_S)
@pytest.mark.parametrize("name", PATTERNS)
def test_the_mean_is_the_one_asked_for_at_any_step(name, step_s):
    per_s = traffic(pattern(name, requests_per_s=37.5), step_s).per_s
    assert per_s.mean() == pytest.approx(37.5)
    assert np.all(per_s >= 0) and np.all(np.isfinite(per_s))


@pytest.mark.parametrize("step_s", (10.0, *STEPS_S))
@pytest.mark.parametrize("name", PATTERNS)
def test_the_steps_fill_the_representative_period(name, step_s):
    """Number of steps x their stated length: an hour, a day or a week."""
    arriving = traffic(pattern(name), step_s)
    assert arriving.per_s.shape[-1] * arriving.step_s == pytest.approx(PERIOD_S[name])


@pytest.mark.parametrize("name", PATTERNS)
@settings(max_examples=15)
@given(
    requests_per_s=st.floats(1e-6, 1e6),
    peak_to_mean=st.floats(1, 100),
    spike_factor=st.floats(1, 1000),
    spike_duration_s=st.floats(10, 86_400),
    on_share=st.floats(0.001, 1),
    burstiness=st.floats(0, 10),
    step_s=st.sampled_from(STEPS_S),
)
def test_any_setting_keeps_the_mean_and_is_never_negative(name, requests_per_s, step_s, **shape):
    per_s = traffic(pattern(name, requests_per_s=requests_per_s, **shape), step_s).per_s
    assert per_s.mean() == pytest.approx(requests_per_s)
    assert np.all(per_s >= 0) and np.all(np.isfinite(per_s))


@pytest.mark.parametrize("name", PATTERNS)
def test_broadcasting_equals_looping(name):
    rates = np.array([1.0, 50.0, 1e4])
    shape = {
        "peak_to_mean": np.array([[1.5], [6.0]]),
        "spike_factor": np.array([[2.0], [9.0]]),
        "on_share": np.array([[0.1], [0.7]]),
        "burstiness": np.array([[0.0], [2.0]]),
        "spike_duration_s": np.array([600.0, 60.0, 40_000.0]),
    }
    at_once = traffic(pattern(name, requests_per_s=rates, **shape)).per_s
    assert at_once.shape[:-1] == (2, 3)
    for i, j in np.ndindex(2, 3):
        one = {key: np.broadcast_to(value, (2, 3))[i, j] for key, value in shape.items()}
        alone = traffic(pattern(name, requests_per_s=rates[j], **one)).per_s
        np.testing.assert_allclose(at_once[i, j], alone, rtol=1e-12)


def test_the_platforms_fields_widen_the_traffic_too():
    scenario = replace_at(Scenario(), "aws_lambda.memory_mb", np.array([128, 256, 512]))
    assert traffic(scenario).per_s.shape[:-1] == (3,)


def test_the_peak_is_the_highest_step():
    arriving = traffic(
        pattern("spike", spike_factor=4, spike_duration_s=3600, requests_per_s=np.array([1, 10]))
    )
    np.testing.assert_array_equal(arriving.peak_per_s, arriving.per_s.max(axis=-1))
    assert arriving.peak_per_s[1] == pytest.approx(10 * arriving.peak_per_s[0])


def test_steady_is_steady():
    assert np.all(relative("steady") == 1)


# --- patterns with a peak -------------------------------------------------------------------------


@pytest.mark.parametrize("step_s", [60.0, 300.0])
@pytest.mark.parametrize("name", ["diurnal", "business_hours", "ramp"])
def test_the_peak_over_the_mean_is_as_asked_within_half_a_percent(name, step_s):
    wanted = np.array([1, 1.05, 1.5, 2, 3, 5, 10, 30, 100])
    rates = relative(name, step_s, peak_to_mean=wanted)
    np.testing.assert_allclose(rates.max(axis=-1), wanted, rtol=0.005)


def test_a_peak_narrower_than_a_step_is_as_sharp_as_the_steps_allow():
    """All of a day's traffic in one of 24 hours is 24 times the mean."""
    assert 20 < relative("diurnal", 3600.0, peak_to_mean=100).max() <= 24


def test_a_day_peaks_at_two_in_the_afternoon_and_is_lowest_twelve_hours_earlier():
    day = relative("diurnal", peak_to_mean=3)
    assert day.argmax() * 300 == 14 * HOUR
    assert day.argmin() * 300 == 2 * HOUR


def test_working_days_are_busy_between_seven_and_seven_and_nights_are_alike():
    week = relative("business_hours", peak_to_mean=3).reshape(7, 24, 12)
    night = week[0, 0, 0]
    assert np.all(week[:5, 8:18] > night) and np.all(week[5:] == night)
    assert np.all(week[:, :7] == night) and np.all(week[:, 19:] == night)
    np.testing.assert_allclose(week[0], week[4])


def test_a_ramp_climbs_all_day():
    assert np.all(np.diff(relative("ramp", peak_to_mean=3)) > 0)


# --- spike, on/off, cron --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("factor", "duration_s"),
    [(2.5, 1800), (10, 600), (1000, 3600), (2, 43_200), (2, 72_000), (3, 86_400), (1, 1800), (5, 90)],
)
def test_a_daily_spike_has_its_factor_and_its_duration(factor, duration_s):
    """Base b and factor f for d of 86,400 s: b (1 + (f - 1) d / 86,400) is the mean."""
    base = 1 / (1 + (factor - 1) * duration_s / DAY)
    rates = relative("spike", 60.0, spike_factor=factor, spike_duration_s=duration_s)
    assert rates.max() == pytest.approx(factor * base)
    if factor > 1:
        extra_s = ((rates / base - 1) / (factor - 1)).sum() * 60
        assert extra_s == pytest.approx(duration_s)


def test_a_spike_shorter_than_a_step_is_spread_over_it_and_loses_nothing():
    rates = relative("spike", 300.0, spike_factor=11, spike_duration_s=30)
    assert rates.max() / rates.min() == pytest.approx(1 + 10 * 30 / 300)


@pytest.mark.parametrize("on_share", [0.05, 0.2, 0.5, 1.0])
def test_traffic_is_on_for_its_share_of_the_hour(on_share):
    rates = relative("on_off", 60.0, on_share=on_share)
    assert np.mean(rates > 0) == pytest.approx(on_share)
    np.testing.assert_allclose(rates[rates > 0], 1 / on_share)


def test_cron_sends_everything_in_the_first_minute_of_the_hour():
    rates = relative("cron", 60.0)
    assert rates[0] == pytest.approx(60) and np.all(rates[1:] == 0)


@pytest.mark.parametrize("step_s", [60.0, 300.0])
def test_cron_sends_an_hours_requests_within_the_hour(step_s):
    """100/s on average is 360,000 an hour."""
    arriving = traffic(pattern("cron"), step_s)
    assert arriving.per_s.sum() * arriving.step_s == pytest.approx(360_000)


# --- bursty ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("burstiness", [0.0, 0.25, 0.5, 1.0])
def test_bursty_minutes_vary_as_asked(burstiness):
    """Standard deviation over mean of the per-minute rate; 1,440 minutes cut the tail a little."""
    rates = relative("bursty", 60.0, burstiness=burstiness)
    assert rates.std() == pytest.approx(burstiness, rel=0.04)


def test_more_burstiness_means_a_higher_peak():
    peaks = relative("bursty", 60.0, burstiness=np.array([0, 0.5, 1, 2, 5, 10])).max(axis=-1)
    assert np.all(np.diff(peaks) > 0)


def test_bursts_are_the_same_every_time():
    np.testing.assert_array_equal(relative("bursty"), relative("bursty"))


# --- traces ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(load_traces()))
def test_a_trace_keeps_its_shape_and_gets_the_mean_asked_for(name):
    trace = load_traces()[name]
    arriving = traffic(pattern("trace", trace=name, requests_per_s=5.0), trace.period_s)
    assert arriving.step_s == trace.period_s
    np.testing.assert_allclose(arriving.per_s, 5.0 * trace.counts / trace.counts.mean(), rtol=1e-12)


def test_a_coarser_trace_averages_its_neighbours():
    counts = load_traces()["nasa_http_1995_week"].counts
    rates = relative("trace", 300.0)
    np.testing.assert_allclose(rates, counts.reshape(-1, 5).mean(axis=-1) / counts.mean())


@pytest.mark.parametrize("step_s", [1.0, 30.0])
def test_a_trace_is_never_finer_than_it_was_recorded(step_s):
    assert traffic(pattern("trace"), step_s).step_s == 60


@pytest.mark.parametrize("step_s", [90.0, 100.0, 250.0])
def test_a_trace_says_the_step_it_really_has(step_s):
    """Minutes cannot be grouped by one and a half."""
    arriving = traffic(pattern("trace"), step_s)
    assert arriving.step_s % 60 == 0
    assert arriving.per_s.shape[-1] * arriving.step_s == pytest.approx(WEEK, rel=0.001)


# --- one spike ------------------------------------------------------------------------------------


def test_a_spike_starts_at_zero_and_lasts_as_long_as_asked():
    scenario = pattern("steady", requests_per_s=40, spike_factor=2.5, spike_duration_s=120)
    arriving = spike_traffic(scenario, before_s=60, after_s=240)
    assert arriving.step_s == 1 and arriving.per_s.shape == (300,)
    assert np.all(arriving.per_s[:60] == 40)
    assert np.all(arriving.per_s[60:180] == 100)
    assert np.all(arriving.per_s[180:] == 40)


def test_one_spike_broadcasts():
    scenario = pattern(
        "steady", requests_per_s=np.array([[1.0], [2.0]]), spike_factor=np.array([2.0, 3.0, 4.0])
    )
    arriving = spike_traffic(scenario, before_s=10, after_s=10)
    assert arriving.per_s.shape == (2, 3, 20)
    np.testing.assert_allclose(arriving.per_s[..., -1], [[2, 3, 4], [4, 6, 8]])


# --- the month ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scenario", "requests"),
    [
        pytest.param(Scenario(), 100 * 730 * 3600, id="100/s for 730 hours"),
        pytest.param(
            replace_at(Scenario(), "billing.hours_per_month", 720), 100 * 720 * 3600, id="720 hours"
        ),
        pytest.param(pattern("steady", kind="job", runs_per_day=48), 48 * 730 / 24, id="48 runs a day"),
    ],
)
def test_requests_of_the_month(scenario, requests):
    assert requests_per_month(scenario) == pytest.approx(requests)


@pytest.mark.parametrize("shape", ["steady", "diurnal", "business_hours"])
def test_the_runs_of_a_job_arrive_in_its_pattern(shape):
    """864 runs a day are 0.01/s on average, whatever requests_per_s says."""
    arriving = traffic(pattern(shape, kind="job", runs_per_day=864, requests_per_s=77))
    assert arriving.per_s.mean() == pytest.approx(0.01)
    relative_to_mean = arriving.per_s / arriving.per_s.mean()
    np.testing.assert_allclose(relative_to_mean, relative(shape, arriving.step_s))


def test_hourly_means_keep_the_mean():
    arriving = traffic(pattern("diurnal"))
    hourly = arriving.means(3600)
    assert hourly.shape[-1] == 24
    np.testing.assert_allclose(hourly[3], arriving.per_s[36:48].mean())
