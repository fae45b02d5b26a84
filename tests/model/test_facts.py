"""Reading the data files: dates, slices, SI units, and messages that teach."""

import inspect
import math
from dataclasses import FrozenInstanceError, replace
from datetime import date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model import facts
from model.facts import files, limits, prices

US_EAST = "us-east-1"
SPOT = ("fargate_spot.vcpu", US_EAST, "linux_x86_64")
# Fargate Spot in us-east-1, USD per vCPU-hour: three dated readings.
SPOT_2021, SPOT_2024, SPOT_2026 = 0.01264355, 0.01246287, 0.01288871


@pytest.mark.parametrize(
    ("on", "usd"),
    [
        pytest.param(None, SPOT_2026, id="no day means the newest"),
        pytest.param(date(2026, 9, 28), SPOT_2026, id="on the day itself"),
        pytest.param(date(2026, 9, 27), SPOT_2024, id="the day before"),
        pytest.param(date(2023, 12, 31), SPOT_2021, id="between two readings"),
        pytest.param(date(2019, 1, 1), SPOT_2021, id="before the first, the first"),
    ],
)
def test_the_day_picks_the_price_in_force(on, usd):
    assert facts.pick_price(*SPOT, on=on).usd == (usd,)


@given(st.dates(date(2015, 1, 1), date(2030, 1, 1)))
def test_no_day_picks_a_row_from_its_future_unless_nothing_is_older(on):
    (row,) = facts.pick_price(*SPOT, on=on).rows
    assert row.valid_from <= on or row.usd == SPOT_2021


def test_a_tiered_price_gives_its_slices_in_order():
    price = facts.pick_price("lambda.duration", US_EAST, "x86_64")
    assert (price.id, price.region, price.variant, price.unit) == (
        "lambda.duration",
        US_EAST,
        "x86_64",
        "GB-s",
    )
    assert price.tier_from == (0, 6e9, 15e9)
    assert price.usd == (0.0000166667, 0.000015, 0.0000133334)
    assert not price.missing


def test_a_missing_price_is_none_and_not_zero():
    price = facts.pick_price("elb.alb_hour", "af-south-1")
    assert price.missing
    assert price.usd == (None,)


@pytest.mark.parametrize("day", [date(2026, 1, 1), date(2027, 1, 1)])
def test_a_row_without_a_figure_never_hides_one_with_a_figure(monkeypatch, day):
    """A later price is appended to a missing one, whatever day it took effect."""
    missing = facts.pick_price("elb.alb_hour", "af-south-1").rows[0]
    found = replace(missing, usd=0.03, kind="published", valid_from=day)
    index = prices._price_index.__wrapped__
    monkeypatch.setattr(prices, "load_prices", lambda: (found, missing))
    assert index()[("elb.alb_hour", "af-south-1", "")] == {0.0: [found]}


@pytest.mark.parametrize(
    ("price", "key"),
    [
        (("lambda.duration", US_EAST, "x86_64", 0), "lambda.duration/x86_64@us-east-1"),
        (("lambda.duration", US_EAST, "x86_64", 1), "lambda.duration/x86_64@us-east-1#6000000000"),
        (("elb.alb_hour", "eu-west-1", "", 0), "elb.alb_hour@eu-west-1"),
    ],
)
def test_a_key_names_the_price_without_its_date(price, key):
    id_, region, variant, tier = price
    assert facts.pick_price(id_, region, variant).rows[tier].key == key


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("lambda.durations", US_EAST, "x86_64"),
            r"'lambda.durations' is unknown; use one of .*lambda.duration,",
        ),
        (("nonsense", US_EAST), r"'nonsense' is unknown; use one of api_gateway"),
        (("lambda.duration", "us-east-9", "x86_64"), r"region 'us-east-9' is unknown; use one of af-south-1"),
        (
            ("lambda.duration", US_EAST),
            r"variant '' of price 'lambda.duration' is unknown; use one of 'arm64'",
        ),
    ],
)
def test_an_unknown_price_is_refused_with_what_is_allowed(arguments, message):
    with pytest.raises(ValueError, match=message):
        facts.pick_price(*arguments)


def test_facts_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        facts.load_prices()[0].usd = 1.0
    with pytest.raises(ValueError, match="read-only"):
        facts.load_traces()["azure_llm_code_2023_hour"].counts[0] = 1


def test_prices_checked_over_90_days_ago_are_stale():
    on = date(2026, 11, 23)
    stale = facts.stale_prices(on)
    assert stale and all((on - price.checked).days > 90 and price.usd is not None for price in stale)
    keys = {price.key for price in stale}
    assert "fargate.vcpu/linux_x86_64@us-east-1" not in keys  # checked 2026-10-09, 45 days before
    assert "api_gateway.websocket_minute@us-east-1" in keys  # checked 2025-11-04


def test_more_patience_means_fewer_stale_prices():
    on = date(2026, 11, 23)
    counts = [len(facts.stale_prices(on, days)) for days in (0, 60, 90, 400, 5000)]
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] == 0


def test_the_age_of_prices_counts_what_is_stale():
    on = max(price.checked for price in facts.load_prices())
    age = facts.price_age(on)
    assert age.stale == len(facts.stale_prices(on)) and 0 < age.stale < age.prices
    assert age.oldest == min(price.checked for price in facts.stale_prices(on)) < age.newest <= on
    assert facts.price_age(age.oldest).stale == 0
    assert facts.price_age(on, days=10_000).stale == 0


def test_a_superseded_price_is_not_reported_as_stale():
    stale = {(price.key, price.usd) for price in facts.stale_prices(date(2026, 11, 23))}
    assert ("fargate_spot.vcpu/linux_x86_64@us-east-1", SPOT_2021) not in stale


def test_a_limit_is_the_value_of_its_fact():
    fact = facts.pick_fact("lambda.max_duration_s")
    assert (fact.value, fact.unit, fact.kind) == (900, "s", "published")
    assert facts.limit("lambda.max_duration_s") == 900.0


def test_limits_assumptions_and_terms_share_one_namespace():
    assert facts.pick_fact("lambda.free_requests").kind == "published"
    assert facts.pick_fact("fargate.boot_s").kind == "assumed"
    assert facts.pick_fact("cold_start.loaded_code_s_per_mb").kind == "measured"
    assert facts.pick_fact("task_start.deprovision_s").value == 23


@pytest.mark.parametrize(
    "id_", ["lambda.init_billed_from", "lambda.snapstart_java_free", "deployment.lambda_presets"]
)
def test_a_fact_that_is_no_number_is_no_limit(id_):
    with pytest.raises(ValueError, match="not a number; read it with pick_fact"):
        facts.limit(id_)


@pytest.mark.parametrize(
    ("id_", "message"),
    [
        ("lambda.max_duration", r"'lambda.max_duration' is unknown; use one of .*lambda.max_duration_s"),
        ("nonsense", r"'nonsense' is unknown; use one of .*fargate.*lambda"),
    ],
)
def test_an_unknown_fact_is_refused_with_what_is_allowed(id_, message):
    with pytest.raises(ValueError, match=message):
        facts.pick_fact(id_)


@pytest.fixture
def other_data(tmp_path, monkeypatch):
    """An empty data folder in place of ours, and no cache."""
    (tmp_path / "cold_starts").mkdir()
    (tmp_path / "prices").mkdir()
    for path in limits.FACT_FILES:
        tmp_path.joinpath(*path).write_text("", encoding="utf-8")
    monkeypatch.setattr(files, "DATA", tmp_path)
    return tmp_path


FACT = '[a.b]\nvalue = 1\nunit = "s"\nsource = "OWN"\nchecked = 2026-01-01\nkind = "published"\n'


def test_a_fact_defined_in_two_files_is_an_error(other_data):
    for name in ("limits.toml", "assumptions.toml"):
        (other_data / name).write_text(FACT, encoding="utf-8")
    with pytest.raises(ValueError, match=r"'a.b' is defined twice; the second time in assumptions.toml"):
        facts.load_facts.__wrapped__()


@pytest.mark.parametrize("text", [FACT + "colour = 1\n", FACT.replace('unit = "s"\n', "")])
def test_a_fact_with_a_wrong_key_is_an_error_that_names_it(other_data, text):
    (other_data / "limits.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"fact 'a.b' in limits.toml: .*(colour|unit)"):
        facts.load_facts.__wrapped__()


def test_a_price_file_without_a_column_is_an_error_that_names_the_columns(other_data):
    (other_data / "prices" / "x.csv").write_text("id,region,usd\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"x.csv: the first line must be id,region,variant"):
        facts.load_prices.__wrapped__()


def test_task_sizes_rise():
    sizes = facts.load_fargate_sizes()
    assert list(sizes) == sorted(sizes)
    with pytest.raises(ValueError, match=r"os 'plan9' is unknown; use 'linux' or 'windows'"):
        facts.load_fargate_sizes("plan9")


def test_measurements_arrive_in_seconds():
    """Extract of lambda-perf: bun on arm64, zip: 295.68 ms; first invocation 16,702 ms MB."""
    group = ("bun", "arm64", "zip", False)
    quantiles, fit = facts.load_init_quantiles()[group], facts.load_init_fits()[group]
    assert quantiles.seconds[quantiles.probabilities == 0.5] == pytest.approx(0.29568)
    assert fit.first_invoke_s_mb == pytest.approx(16.702208)
    assert facts.load_frameworks()["spring_boot"].p50_s == pytest.approx(5.312)


def test_a_percentile_nobody_gave_is_nan():
    assert math.isnan(facts.load_frameworks()["django"].p99_s)
    assert math.isnan(facts.load_init_fits()[("java21", "x86_64", "zip", True)].first_invoke_s)
    assert np.isnan([start.image_mb for start in facts.load_task_starts()]).sum() == 3


def test_keep_alive_needs_a_year_that_was_measured():
    with pytest.raises(
        ValueError, match=r"year 2019 has no keep-alive measurement; use one of 2020, 2021, 2025"
    ):
        facts.load_keep_alive(2019)


def test_a_trace_knows_its_start_and_period():
    trace = facts.load_traces()["azure_llm_code_2023_hour"]
    assert (trace.start, trace.period_s) == (datetime(2023, 11, 16, 18, 17), 60.0)
    assert trace.name == "azure_llm_code_2023_hour" and trace.licence == "CC-BY 4.0"


def test_published_evidence_is_found_by_name():
    assert {"worked_examples", "timelines", "warm_pool_cases"} == {
        name for name in ("worked_examples", "timelines", "warm_pool_cases") if facts.load_measured(name)
    }
    with pytest.raises(ValueError, match="use one of timelines, warm_pool_cases, worked_examples"):
        facts.load_measured("nothing")


def test_every_public_function_says_what_it_gives():
    for name, function in inspect.getmembers(facts, callable):
        if not name.startswith("_") and getattr(function, "__module__", "") == facts.__name__:
            assert inspect.getdoc(function), name
