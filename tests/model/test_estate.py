"""An estate: tables in, every service judged as the model judges one, totals and savings by hand."""

from math import fsum

import numpy as np
import pandas as pd
import pytest

from model import Scenario, evaluate, replace_at
from model.decide.right_size import right_size
from model.distribution import lognormal_quantile
from model.fleet.cold import stepwise_pool
from model.fleet.counts import Counts
from model.fleet.estate import break_even_line, savings, totals
from model.fleet.files import read_services
from model.fleet.generate import example_estate
from model.fleet.judge import COLUMNS, blocks, is_bursty, judge
from model.fleet.mapping import FleetError, form, settled, suggested
from model.fleet.read import cv_of_p99, services, usage
from model.fleet.services import Recorded, estate_base
from model.traffic import traffic

BASE = estate_base(Scenario())


def read(rows, **options):
    frame = pd.DataFrame(rows)
    return services(frame, suggested(list(frame.columns)), options.pop("base", BASE), **options)


def results(found):
    return pd.concat([judge(found, rows) for rows in blocks(found)]).sort_values("row", ignore_index=True)


# --- columns --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "target"),
    [
        ("requests_per_s", "workload.requests_per_s"),
        ("workload.requests_per_s", "workload.requests_per_s"),
        ("fargate.architecture", "fargate.architecture"),
        ("region", "billing.region"),
        ("FunctionName", "name"),
        ("Invocations (Sum)", "invocations"),
        ("Duration Average (ms)", "duration_ms"),
        ("Duration p99", "duration_p99_ms"),
        ("Memory (MB)", "memory_configured_mb"),
        ("lineItem/ResourceId", "name"),
        ("line_item_usage_type", "usage_type"),
        ("lineItem/UsageAmount", "usage_amount"),
        ("Timestamp", "time"),
    ],
)
def test_a_usual_column_is_recognised(column, target):
    assert suggested([column]) == {column: target}


def test_a_column_that_says_nothing_to_us_is_left_out_and_no_two_stand_for_the_same():
    assert suggested(["owner", "name", "service"]) == {"name": "name"}


def test_a_users_choice_goes_before_the_suggestion():
    columns = settled(["service", "calls", "count"], {"calls": "requests_per_s", "count": ""})
    assert columns == {"service": "name", "calls": "workload.requests_per_s"}


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ({"x": "name"}, "There is no column 'x'"),
        ({"calls": "speed"}, "'speed' is nothing a column can stand for"),
        ({"calls": "name", "service": "name"}, "stand for the same: name"),
    ],
)
def test_a_choice_that_cannot_be_is_said(own, said):
    with pytest.raises(FleetError, match=said):
        settled(["service", "calls"], own)


def test_a_table_without_traffic_is_refused():
    with pytest.raises(FleetError, match="No column tells how much traffic there is"):
        form(suggested(["name", "duration_s"]))


# --- rows -----------------------------------------------------------------------------------------


def test_every_row_is_used_or_listed_with_its_reason():
    found = read(
        {
            "name": ["good", "text", "negative", "size", "good", "twice empty"],
            "requests_per_s": [1, "many", -2, 3, 4, ""],
            "memory_mb": [512, 512, 512, 99999, 512, None],
            "vcpu": [1, 1, 1, 1, 1, 0.25],
            "memory_gb": [2, 2, 2, 2, 2, 30],
        }
    )
    assert found.name == ("good",)
    reasons = {(one.row, one.column) for one in found.refused}
    assert reasons == {
        (2, "requests_per_s"),
        (3, "requests_per_s"),
        (4, "memory_mb"),
        (5, "name"),
        (6, "fargate.memory_gb"),
    }
    assert all(one.reason for one in found.refused)


def test_what_a_row_does_not_say_is_the_bases():
    found = read({"name": ["a", "b"], "requests_per_s": [5, None], "pattern": [None, "diurnal"]})
    assert found.one(0) == replace_at(BASE, {"workload.requests_per_s": 5.0})
    assert found.one(1) == replace_at(BASE, {"workload.pattern": "diurnal"})


def test_a_cloudwatch_export_becomes_rates_seconds_and_a_spread():
    found = read(
        {
            "FunctionName": ["f"],
            "Invocations": [2_592_000],
            "Duration Average (ms)": [150],
            "Duration p99 (ms)": [450],
            "Memory (MB)": [512],
        },
        days=30,
    )
    one = found.one(0)
    assert one.workload.requests_per_s == 1.0  # 2,592,000 / (30 · 86,400)
    assert (one.workload.duration_s, one.aws_lambda.memory_mb, one.workload.measured_at_mb) == (
        0.15,
        512,
        512,
    )
    assert lognormal_quantile(0.99, 0.15, one.workload.duration_cv) == pytest.approx(0.45, rel=1e-6)
    assert found.on == ("aws_lambda",)


def test_a_p99_below_the_mean_has_no_spread_and_one_beyond_any_lognormal_the_widest():
    assert cv_of_p99(np.array([1.0, 1.0]), np.array([0.9, 1e3])) == pytest.approx([0, 10])


def test_lines_of_a_bill_add_up_to_functions_and_tasks_are_refused_with_the_reason():
    arn = "arn:aws:lambda:us-east-1:1:function:"
    frame = pd.DataFrame(
        {
            "lineItem/ResourceId": [
                arn + "f",
                arn + "f",
                arn + "f",
                "arn:aws:ecs:eu:1:service/c/s",
                "bucket",
            ],
            "lineItem/UsageType": [
                "USE1-Request",
                "Request",
                "USE1-Lambda-GB-Second",
                "Fargate-GB-Hours",
                "GB",
            ],
            "lineItem/UsageAmount": [1_000_000, 1_592_000, 518_400, 700, 1],
        }
    )
    found = usage(frame, suggested(list(frame.columns)), BASE)
    assert found.name == ("f",)
    # 518,400 GB-s / 2,592,000 requests / 1 GB = 0.2 s
    assert found.one(0).workload.duration_s == pytest.approx(0.2)
    assert found.one(0).workload.requests_per_s == 1.0
    assert [(one.name, "not the requests" in one.reason) for one in found.refused] == [("s", True)]
    assert any("neither Lambda nor Fargate" in notice for notice in found.notices)


def long_form(counts, start="2026-01-05T00:00:00Z", period="60s"):
    times = pd.date_range(start, periods=len(next(iter(counts.values()))), freq=period)
    return pd.concat(
        [pd.DataFrame({"service": n, "timestamp": times, "requests": c}) for n, c in counts.items()]
    )


def test_counts_in_long_form_give_each_service_its_own_rate_whatever_the_order_and_the_pieces():
    day = np.r_[np.full(720, 60.0), np.full(720, 180.0)]
    frame = long_form({"a": day, "b": day[::-1] / 2})
    columns = suggested(list(frame.columns))
    whole, pieces = Counts(columns), Counts(columns)
    whole.add(frame)
    mixed = frame.sample(frac=1, random_state=1)
    for start in range(0, len(mixed), 700):
        pieces.add(mixed.iloc[start : start + 700])
    a, b = whole.services(BASE), pieces.services(BASE)
    assert a.recorded.step_s == 300
    assert dict(zip(a.name, a.settings["workload.requests_per_s"], strict=True)) == {"a": 2.0, "b": 1.0}
    index = [b.name.index(name) for name in a.name]
    assert np.array_equal(a.recorded.per_s, b.recorded.per_s[index])
    assert a.recorded.per_s[0] == pytest.approx(np.r_[np.full(144, 1.0), np.full(144, 3.0)])


def test_rows_of_counts_that_cannot_be_read_are_listed():
    frame = pd.DataFrame(
        {
            "service": ["a"] * 4,
            "timestamp": ["2026-01-05T00:00Z", "soon", "2026-01-05T00:01Z", None],
            "requests": [5, 6, "x", 7],
        }
    )
    counts = Counts(suggested(list(frame.columns)))
    counts.add(frame)
    assert [one.row for one in counts.refused] == [2, 3, 4]
    assert counts.services(BASE).name == ("a",)


def test_counts_of_more_than_a_month_are_refused():
    counts = Counts({"s": "name", "t": "time", "n": "requests"})
    with pytest.raises(FleetError, match="more than 31 days"):
        counts.add(pd.DataFrame({"s": ["a", "a"], "t": ["2026-01-01", "2026-03-01"], "n": [1, 1]}))


def test_a_burst_is_told_from_chance():
    steps = np.full((3, 96 * 3), 1.0, np.float32)
    steps[1, 100] = 5.0  # 1,500 requests in five minutes, beside 300
    steps[2] = 0.001
    steps[2, 7] = 0.01  # three requests instead of none
    assert is_bursty(Recorded(steps, 300.0)).tolist() == [False, True, False]


# --- judging --------------------------------------------------------------------------------------


def test_a_service_is_judged_as_the_model_judges_its_sized_scenario():
    found = read(
        {"name": ["a", "b"], "requests_per_s": [0.02, 60.0], "duration_s": [0.3, 0.1], "slo_p99_s": [5, 2]}
    )
    table = results(found)
    for i in range(2):
        row = table.iloc[i]
        sized = replace_at(
            found.one(i),
            {
                "aws_lambda.memory_mb": row["memory_mb"],
                "fargate.vcpu": row["vcpu"],
                "fargate.memory_gb": row["memory_gb"],
                "fargate.min_tasks": row["tasks"],
                "fargate.max_tasks": 50,
            },
        )
        alone = evaluate(sized)
        assert row["fargate_usd"] == pytest.approx(alone.fargate.bill.total_usd, rel=1e-9)
        assert row["lambda_usd"] == pytest.approx(alone.aws_lambda.bill.total_usd, rel=2e-3)
        assert row["lambda_p99_s"] == pytest.approx(float(alone.aws_lambda.latency.p99_s), rel=0.03)
        assert row["fargate_p99_s"] == pytest.approx(float(alone.fargate.latency.p99_s), rel=0.03)


def test_today_is_the_bill_as_set_and_saving_is_today_less_best():
    found = read(
        {
            "name": ["a"],
            "on": ["Fargate"],
            "requests_per_s": [0.01],
            "vcpu": [4],
            "memory_gb": [8],
            "min_tasks": [3],
            "slo_p99_s": [5],
        }
    )
    row = results(found).iloc[0]
    assert row["today_usd"] == pytest.approx(evaluate(found.one(0)).fargate.bill.total_usd, rel=1e-9)
    assert row["best"] == "aws_lambda" and row["decides"] == "price"
    assert row["saved_usd"] == row["today_usd"] - row["lambda_usd"]


def test_a_limit_decides_before_the_price():
    row = results(
        read({"name": ["a"], "requests_per_s": [0.01], "needs": ["grpc_streams"], "slo_p99_s": [5]})
    ).iloc[0]
    assert row["best"] == "fargate" and row["lambda_usd"] < row["fargate_usd"]
    assert row["decides"] == row["lambda_misses"].split("; ")[0] != ""


def test_the_gap_lies_in_its_range_and_is_sure_only_if_the_range_keeps_its_sign():
    table = results(read(example_estate(60)))
    assert (table["gap_low_usd"] <= table["gap_usd"]).all() and (
        table["gap_usd"] <= table["gap_high_usd"]
    ).all()
    assert (table["sure"] == (table["gap_low_usd"] * table["gap_high_usd"] > 0)).all()
    assert (table["best_low_usd"] <= table["best_usd"]).all() and (
        table["best_usd"] <= table["best_high_usd"]
    ).all()
    assert list(table.columns) == list(COLUMNS)


def test_blocks_hold_every_service_once_and_agree_in_words():
    found = read(example_estate(200))
    rows = np.concatenate(blocks(found))
    assert sorted(rows) == list(range(200))
    for block in blocks(found):
        assert found.settings["workload.pattern"].iloc[block].nunique() == 1


def test_a_service_with_its_own_traffic_is_judged_on_it():
    """Steady counts cost what a steady pattern costs; others what the model says of the same recording."""
    flat, peak = np.full(1440, 3000.0), np.r_[np.full(1200, 300.0), np.full(240, 16_500.0)]
    counts = Counts({"service": "name", "timestamp": "time", "requests": "requests"})
    counts.add(long_form({"flat": flat, "peak": peak}))
    own = results(counts.services(BASE)).set_index("name")
    steady = results(read({"name": ["s"], "requests_per_s": [50.0]})).iloc[0]
    assert own.loc["flat", "fargate_usd"] == pytest.approx(steady["fargate_usd"], rel=1e-6)
    assert own.loc["peak", "peak_per_s"] == pytest.approx(275)
    row = own.loc["peak"]
    recorded = replace_at(
        BASE,
        {
            "workload.pattern": "trace",
            "workload.trace": "uploaded",
            "workload.series": {"name": "peak", "period_s": 60, "counts": peak},
            "workload.requests_per_s": 50.0,
            "aws_lambda.memory_mb": row["memory_mb"],
            "fargate.vcpu": row["vcpu"],
            "fargate.memory_gb": row["memory_gb"],
            "fargate.min_tasks": row["tasks"],
            "fargate.max_tasks": 50,
        },
    )
    alone = evaluate(recorded)
    assert row["fargate_usd"] == pytest.approx(alone.fargate.bill.total_usd, rel=0.03)
    assert row["lambda_usd"] == pytest.approx(alone.aws_lambda.bill.total_usd, rel=0.01)


def test_cold_requests_step_by_step_are_near_the_exact_pool():
    rng = np.random.default_rng(5)
    for pattern in ("steady", "diurnal", "business_hours"):
        scenario = replace_at(
            Scenario(),
            {
                "workload.pattern": pattern,
                "workload.requests_per_s": 10 ** rng.uniform(-3, 2, 40),
                "workload.duration_s": 10 ** rng.uniform(-2, 0, 40),
            },
        )
        arriving = traffic(scenario, 900.0)
        ours = stepwise_pool(scenario, arriving.per_s, arriving.step_s).p_cold
        exact = evaluate(scenario).aws_lambda.cold.p_cold
        ratio = (ours / exact)[exact > 1e-4]
        assert np.mean(np.abs(ratio - 1) < 0.15) >= 0.9


# --- the whole ------------------------------------------------------------------------------------


def test_sums_and_savings_are_those_of_the_rows():
    table = results(read(example_estate(80)))
    found, ranked = totals(table), savings(table)
    assert found.lambda_usd == fsum(table["lambda_usd"]) and found.best_usd == fsum(table["best_usd"])
    assert found.on_lambda + found.on_fargate + found.on_neither == found.services == 80
    assert found == totals(table.sample(frac=1, random_state=3))
    assert np.all(np.diff(ranked.saved_usd) <= 0) and ranked.share[-1] == pytest.approx(1)
    first = ranked.first(0.8)
    assert (
        ranked.saved_usd[:first].sum()
        >= 0.8 * found.saved_usd * (1 - 1e-12)
        > ranked.saved_usd[: first - 1].sum()
    )


def test_no_savings_need_no_service():
    table = results(read({"name": ["a"], "requests_per_s": [1.0], "needs": ["gpu"]}))
    assert savings(table).first(0.8) == 0 and totals(table).on_neither == 1


def test_longer_requests_break_even_at_lower_rates():
    line = break_even_line(BASE)
    short = line.requests_per_s[line.duration_s < 2]
    assert np.all(np.isfinite(short)) and np.all(np.diff(short) < 0)


def test_the_example_estate_is_the_same_for_the_same_seed_and_usable():
    assert example_estate(20).equals(example_estate(20)) and not example_estate(20).equals(
        example_estate(20, seed=1)
    )
    assert not read(example_estate()).refused


def test_a_size_too_small_for_requests_that_share_it_gives_way_to_a_larger_one():
    """The explorer, which tries every size, finds one for this service; an estate's must not be far dearer."""
    (service,) = results(read([{"name": "a", "requests_per_s": 100, "on": "fargate"}])).to_dict("records")
    exact = right_size(BASE).fargate
    assert exact.meets_slo and service["fargate_meets_slo"]
    assert exact.usd <= service["fargate_usd"] <= 1.15 * exact.usd


def test_a_cell_that_says_it_is_no_number_is_refused_not_filled_in():
    table = b"name,requests_per_s,duration_s\na,NaN,0.2\nNA,7,N/A\nb,5,\n"
    found, _ = read_services(table, "t.csv", BASE)
    assert [(one.row, one.name, one.value) for one in found.refused] == [(1, "a", "NaN"), (2, "NA", "N/A")]
    assert found.name == ("b",)
