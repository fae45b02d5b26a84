"""Sentences from hand-made results: the figures in a sentence are those of the result, and it reads well."""

from __future__ import annotations

import dataclasses
import re
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from model.cost.lines import Bill, Line
from model.decide.break_even import Crossing
from model.decide.cost_bands import CostBand, CostBands
from model.decide.sweeps import CostMap, RegionTotals, UtilisationCurve
from model.decide.verdict import Verdict
from model.facts import InitQuantiles, Price, load_prices
from model.fit import Check
from model.scaling.spike import Reaction
from model.scenario import Scenario, replace_at
from pages.ui.answers import cold_start, common, cost, sources, spike, which_one

RATE, RUNS = "workload.requests_per_s", "workload.runs_per_day"
NEVER_SAID = re.compile(r"\b(nan|inf|None)\b|e[+-]\d\d| ,|  |\$-|\.\.")


def check(platform: str, name: str) -> Check:
    return Check(platform, name, False, 2.0, 1.0, "MB", "", "")


def verdict(
    usd: tuple[float | None, float | None] = (30.0, 10.0),
    p99_s: tuple[float, float] = (0.4, 0.8),
    meets: tuple[bool, bool] = (True, True),
    unmet: tuple[tuple[Check, ...], tuple[Check, ...]] = ((), ()),
    choice: str | None = "fargate",
    times: float | None = 3.0,
) -> Verdict:
    names = ("aws_lambda", "fargate")
    known = None not in usd
    cheaper, dearer = sorted(names, key=lambda name: usd[names.index(name)]) if known else (None, None)  # type: ignore[arg-type, return-value]
    return Verdict(
        usd=dict(zip(names, usd, strict=True)),
        p99_s=dict(zip(names, p99_s, strict=True)),
        meets_slo=dict(zip(names, meets, strict=True)),
        unmet=dict(zip(names, unmet, strict=True)),
        choice=choice,
        cheaper=cheaper,
        dearer=dearer,
        times=times,
        saved_usd=20.0,
        per_million_usd={"aws_lambda": 3.21, "fargate": 1.07},
    )


def reaction(full_s: float = 90.0, lost: float = 1234.0, lost_share: float = 0.087) -> Reaction:
    zero = np.float64(0)
    return Reaction(zero, zero, zero, np.float64(full_s), np.float64(lost), np.float64(lost_share), zero)


def spike_of(fargate: Reaction, aws_lambda: Reaction, first: float = 60.0, parts: tuple = ()) -> Any:
    return SimpleNamespace(
        fargate=fargate, aws_lambda=aws_lambda, first_scale_out_s=np.float64(first), lag_parts=parts
    )


def latency(p99_s: float, p999_s: float = 2.0, throttled: float = 0.0) -> Any:
    return SimpleNamespace(
        p99_s=np.float64(p99_s), p999_s=np.float64(p999_s), throttled=np.float64(throttled)
    )


def comparison(
    settings: dict[str, Any] | None = None, p99_s: tuple[float, float] = (0.4, 0.8), p_cold: float = 0.0123
) -> Any:
    start = SimpleNamespace(percentile=lambda p: {0.5: np.float64(0.3), 0.99: np.float64(0.7)}[p])
    return SimpleNamespace(
        scenario=replace_at(Scenario(), settings or {}),
        aws_lambda=SimpleNamespace(
            start=start, cold=SimpleNamespace(p_cold=np.float64(p_cold)), latency=latency(p99_s[0], 0.77)
        ),
        fargate=SimpleNamespace(latency=latency(p99_s[1], 1.25)),
    )


def crossing(value: float, below: str = "aws_lambda", path: str = RATE) -> Crossing:
    above = "fargate" if below == "aws_lambda" else "aws_lambda"
    return Crossing(path, value, 50.0, below, above, False)


# --- which one, money -----------------------------------------------------------------------------


def test_which_one_names_both_bills_the_ratio_and_the_level_both_keep() -> None:
    text = which_one.which_one(comparison(), verdict())
    assert text.startswith("Fargate, $10.00 a month; Lambda would cost $30.00")
    assert "3 times" in text and "both keep p99 within 2 s" in text and text.endswith(".")


def test_which_one_leaves_the_ratio_out_where_one_side_is_free() -> None:
    text = which_one.which_one(comparison(), verdict(usd=(0.0, 10.0), choice="aws_lambda", times=None))
    assert text.startswith("Lambda, $0 a month; Fargate would cost $10.00;")


def test_which_one_says_nothing_of_a_level_for_a_job() -> None:
    assert "p99" not in which_one.which_one(comparison({"workload.kind": "job"}), verdict())


def test_which_one_says_why_the_cheaper_side_is_out_for_its_p99() -> None:
    text = which_one.which_one(
        comparison(), verdict(p99_s=(0.4, 5.0), meets=(True, False), choice="aws_lambda")
    )
    assert text.startswith("Lambda, $30.00 a month")
    assert "Fargate ($10.00) is out" in text and "5 s" in text and "2 s" in text


def test_which_one_says_why_a_side_is_out_for_a_limit() -> None:
    unmet = ((check("aws_lambda", "Payload"), check("aws_lambda", "Memory")), ())
    text = which_one.which_one(comparison(), verdict(unmet=unmet))
    assert "Lambda ($30.00) is out" in text and "payload" in text.lower() and "memory" in text.lower()


def test_which_one_says_when_neither_will_do() -> None:
    text = which_one.which_one(comparison(), verdict(meets=(False, False), choice=None))
    assert text.startswith("Neither as configured")


def test_which_one_says_that_a_price_is_missing() -> None:
    text = which_one.which_one(comparison(), verdict(usd=(None, 10.0), choice=None, times=None))
    assert "no published figure" in text and not NEVER_SAID.search(text)


def test_one_crossing_names_the_cheaper_side_below_and_above() -> None:
    assert common.break_even([crossing(24.96)]) == (
        "The bills cross at 25 requests/s: below it Lambda is cheaper, above it Fargate."
    )
    assert common.short_break_even([crossing(24.96)]) == "Fargate is cheaper above 25 requests/s"
    other = [crossing(3.0, below="fargate")]
    assert common.break_even(other) == (
        "The bills cross at 3 requests/s: below it Fargate is cheaper, above it Lambda."
    )
    assert common.short_break_even(other) == "Lambda is cheaper above 3 requests/s"


def test_two_crossings_are_both_named() -> None:
    text = common.break_even([crossing(2.0), crossing(30.0, below="fargate")])
    assert "2 times" in text and "2 requests/s" in text and "30 requests/s" in text
    assert "Lambda is cheaper" in text
    assert "2 times" in common.short_break_even([crossing(2.0), crossing(30.0)])


def test_many_crossings_are_told_by_their_number_and_ends() -> None:
    many = [crossing(float(value), "aws_lambda" if value % 2 else "fargate") for value in range(11, 20)]
    text = common.break_even(many)
    assert "9 times" in text and "11 requests/s" in text and "19 requests/s" in text
    assert len(text) < 200
    assert "15 requests/s" not in text


def test_no_crossing_is_said() -> None:
    assert "do not cross" in common.break_even([])
    assert common.short_break_even([])


def test_crossings_of_jobs_are_told_in_runs_a_day() -> None:
    text = common.break_even([crossing(1500.0, path=RUNS)])
    assert "1,500 runs a day" in text and "requests" not in text


def test_cost_names_both_bills() -> None:
    text = cost.cost(verdict(usd=(1234.4, 9.5)), [crossing(6.0)])
    assert "$1,234" in text and "$9.50" in text and "6 requests/s" in text


def test_cost_does_not_say_that_something_costs_no_published_figure() -> None:
    text = cost.cost(verdict(usd=(None, 9.5), choice=None, times=None), [])
    assert "$9.50" in text
    assert "costs no published figure" not in text and "do not cross" not in text


def test_key_figures_of_money_are_totals_and_prices_of_a_million() -> None:
    assert cost.money(verdict()) == [
        ("Lambda, a month", "$30.00"),
        ("Fargate, a month", "$10.00"),
        ("Lambda, a million requests", "$3.21"),
        ("Fargate, a million requests", "$1.07"),
    ]


def line(item: str, usd: float | None) -> Line:
    amount = None if usd is None else np.float64(usd)
    return Line(item, "compute", 1.0, "GB", 1.0, amount, "lambda.duration/x86_64@us-east-1")


def test_the_largest_line_of_each_bill_is_named() -> None:
    bills = {
        "aws_lambda": Bill((line("Requests", 1.0), line("Duration", 5.0))),
        "fargate": Bill((line("vCPU (Linux)", 3.0), line("ALB hours", 4.0), line("Unknown", None))),
    }
    text = cost.largest_lines(bills)
    assert "Lambda pays most for duration" in text and "Fargate pays most for ALB hours" in text


def test_a_bill_of_nothing_has_no_largest_line() -> None:
    assert cost.largest_lines({"aws_lambda": Bill((line("Requests", 0.0),))}) == "Nothing is billed"


# --- waiting --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("meets", "said"),
    [
        ((True, True), "Both keep p99 within 2 s"),
        ((True, False), "Only Lambda keeps p99 within 2 s"),
        ((False, True), "Only Fargate keeps p99 within 2 s"),
        ((False, False), "Neither keeps p99 within 2 s"),
    ],
)
def test_service_level_says_who_keeps_it(meets: tuple[bool, bool], said: str) -> None:
    assert common.service_level(comparison(), verdict(meets=meets)) == said


def test_service_level_of_a_job_is_how_long_a_run_takes() -> None:
    text = common.service_level(comparison({"workload.kind": "job"}), verdict(p99_s=(0.4, 72.0)))
    assert "400 ms on Lambda" in text and "72 s on Fargate" in text


def test_cold_start_says_how_long_how_often_and_what_it_does() -> None:
    text = cold_start.cold_start(comparison())
    for figure in ("300 ms", "700 ms", "1.2 %", "400 ms, 1.6 s below the 2 s", "800 ms, 1.2 s below"):
        assert figure in text


def test_cold_start_says_above_where_lambda_misses_the_level() -> None:
    assert "2.5 s, 500 ms above the 2 s you want" in cold_start.cold_start(comparison(p99_s=(2.5, 0.8)))


def test_cold_start_says_when_a_platform_turns_requests_away() -> None:
    refusing = comparison()
    refusing.aws_lambda.latency = latency(29.0, throttled=0.11)
    text = cold_start.cold_start(refusing)
    assert "Lambda turns 11 % of its requests away and so has no p99; Fargate's p99 is 800 ms" in text


def test_cold_start_of_a_job_has_no_level() -> None:
    assert "you want" not in cold_start.cold_start(comparison({"workload.kind": "job"}))


def test_the_tail_names_one_in_a_thousand_of_both() -> None:
    text = cold_start.tail(comparison())
    assert "1,000" in text and "770 ms on Lambda" in text and "1.25 s on Fargate" in text


def test_how_often_names_traffic_and_share() -> None:
    text = cold_start.how_often(comparison({RATE: 0.5}, p_cold=0.25))
    assert "30 requests a minute" in text and "25 %" in text


def test_how_often_of_a_job_counts_runs() -> None:
    text = cold_start.how_often(comparison({"workload.kind": "job", RUNS: 48}))
    assert "48 runs a day" in text and "requests/s" not in text


def test_the_longest_part_is_told_beside_the_whole() -> None:
    parts = [("Placement", 0.1, "published"), ("Runtime init", 0.25, "measured"), ("VPC", 0.05, "assumed")]
    assert (
        cold_start.longest_part(parts) == "Runtime init takes 250 ms of a mean of 400 ms"
    )  # 0.1 + 0.25 + 0.05


def measured(runtime: str, p50_s: float) -> InitQuantiles:
    fields = {field.name: None for field in dataclasses.fields(InitQuantiles)}
    fields |= {
        "runtime": runtime,
        "probabilities": np.array([0.05, 0.5, 0.99]),
        "seconds": np.array([p50_s / 2, p50_s, p50_s * 2]),
    }
    return InitQuantiles(**fields)  # type: ignore[arg-type]


def test_runtimes_are_ranked_by_their_median() -> None:
    runtimes = [measured("java21", 0.5), measured("nodejs22x", 0.2), measured("python313", 0.1)]
    assert cold_start.runtime_rows(runtimes)[0] == ("Java 21", 0.25, 0.5, 1.0)
    assert "2 of 3" in cold_start.rank(runtimes, "nodejs22x")
    assert "1 of 3" in cold_start.rank(runtimes, "python313")
    assert "not among them" in cold_start.rank(runtimes[:1], "python313")


# --- spike ----------------------------------------------------------------------------------------

NOTHING = reaction(full_s=0.0, lost=0.0, lost_share=0.0)


def test_the_spike_is_told_for_both_metric_periods() -> None:
    spikes = {
        60: spike_of(reaction(490, 39_000, 0.087), NOTHING),
        20: spike_of(reaction(216, 10_000, 0.022), NOTHING),
    }
    text = spike.spike(Scenario(), spikes)  # 100 requests/s, 2.5 times that
    for figure in (
        "100 requests/s",
        "250 requests/s",
        "8 min 10 s",
        "39,000",
        "8.7 %",
        "3 min 36 s",
        "10,000",
        "2.2 %",
    ):
        assert figure in text
    assert (
        text.index("60-second")
        < text.index("8 min 10 s")
        < text.index("20-second")
        < text.index("3 min 36 s")
    )
    assert "Lambda loses nothing" in text


def test_where_the_metric_period_makes_no_difference_the_spike_is_told_once() -> None:
    same = spike_of(NOTHING, NOTHING)
    text = spike.spike(Scenario(), {60: same, 20: same})
    assert text.count("from the start") == 1 and "60-second" not in text


@pytest.mark.parametrize(
    ("full_s", "lost", "said"),
    [
        (np.inf, 50.0, "never has enough tasks"),
        (0.0, 0.0, "has enough tasks from the start"),
        (75.0, 3.0, "has enough tasks after 75 s"),
        (75.0, 0.2, "loses nothing"),
        (75.0, 1.0, "loses 1 request "),
    ],
)
def test_the_spike_title_says_when_and_what_is_lost(full_s: float, lost: float, said: str) -> None:
    text = spike.spike_title(spike_of(reaction(full_s, lost, 0.01), NOTHING))
    assert said in text and text.endswith("Lambda loses nothing")
    assert not NEVER_SAID.search(text)


def test_key_figures_of_a_spike() -> None:
    figures = dict(spike.reaction(spike_of(reaction(490, 39_000, 0.087), reaction(1, 10, 0.002), first=360)))
    assert figures == {
        "Fargate scales out after": "6 min",
        "Fargate has enough after": "8 min 10 s",
        "Fargate loses": "8.7 %",
        "Lambda loses": "0.2 %",
    }


@pytest.mark.parametrize(
    "first", [pytest.param(-120.0, id="before the spike"), pytest.param(np.inf, id="never")]
)
def test_scaling_out_ahead_or_never_is_said_without_a_sign(first: float) -> None:
    figures = dict(spike.reaction(spike_of(NOTHING, NOTHING, first=first)))
    assert not any(value.startswith("-") or NEVER_SAID.search(value) for value in figures.values())


PARTS = (("datapoints", np.float64(180)), ("publishing", np.float64(60)), ("boot", np.float64(5)))


def test_lags_are_told_by_metric_period_and_the_longest_part() -> None:
    lags = spike.lags({60: spike_of(NOTHING, NOTHING, 240, PARTS), 20: spike_of(NOTHING, NOTHING, 80, PARTS)})
    assert [label for label, _ in lags] == ["60-second metrics", "20-second metrics"]
    assert [seconds for _, seconds in lags[0][1]] == [180, 60, 5]
    text = spike.longest_lag(lags)
    assert "3 min" in text and "4 min 5 s" in text  # 180 of 180 + 60 + 5
    assert "datapoints takes" not in text


@pytest.mark.parametrize(
    "one", [spike_of(NOTHING, NOTHING, np.inf, PARTS), spike_of(NOTHING, NOTHING, 60, ())]
)
def test_without_an_alarm_there_is_no_lag_to_take_apart(one: Any) -> None:
    assert spike.lags({60: one}) == []


def test_sources_counts_what_is_old_as_of_the_day() -> None:
    def old(day: date) -> int:
        return int(re.search(r"([\d,]+) prices were checked more", sources.sources(day))[1].replace(",", ""))  # type: ignore[index]

    known = [price for price in load_prices() if price.usd is not None]
    first = min(price.checked for price in known)
    assert old(first + timedelta(days=90)) == 0 < old(first + timedelta(days=91)) <= old(date(2100, 1, 1))


# --- money over ranges ----------------------------------------------------------------------------

RANGES = {"aws_lambda": "$25.00 to $35.00", "fargate": "$9.00 to $12.00"}


def test_cost_says_each_total_with_its_range() -> None:
    text = cost.cost(verdict(), [crossing(25)], RANGES)
    assert text.startswith(
        "Lambda costs $30.00 a month ($25.00 to $35.00) and Fargate costs $10.00 a month ($9.00"
    )
    assert cost.money(verdict(), RANGES)[0] == ("Lambda, a month", "$30.00", "$25.00 to $35.00")
    assert cost.money(verdict())[0] == ("Lambda, a month", "$30.00")
    open_ = cost.cost(verdict(usd=(None, 10.0), choice=None, times=None), [], {"fargate": "$9.00 to $12.00"})
    assert open_.startswith("Fargate costs $10.00 a month ($9.00 to $12.00).")


def test_ranges_are_read_off_the_bands() -> None:
    band = CostBand(np.array([9.0]), np.array([12.0]))
    assert cost.ranges(CostBands(RATE, np.array([1.0]), None, band)) == {"fargate": "$9.00 to $12.00"}
    point = CostBand(np.array([9.0]), np.array([9.001]))
    assert cost.ranges(CostBands(RATE, np.array([1.0]), None, point)) == {"fargate": "$9.00"}


def bill(*amounts: float | None) -> Bill:
    return Bill(
        tuple(
            Line(
                f"Item (x86_64), {n}",
                "g",
                np.float64(1),
                "h",
                usd,
                None if usd is None else np.float64(usd),
                "f",
            )
            for n, usd in enumerate(amounts)
        )
    )


def test_managed_instances_are_said_if_asked_for() -> None:
    assert cost.managed({"aws_lambda": bill(1.0)}) == ""
    assert "$5.00" in cost.managed({"managed_instances": bill(2.0, 3.0)})
    assert "open" in cost.managed({"managed_instances": bill(2.0, None)})
    assert cost.managed_total({"managed_instances": bill(2.0, None)}) is None


def test_the_largest_line_is_named_without_platform_and_slice() -> None:
    assert cost.largest_lines({"fargate": bill(1.0, 2.0)}) == "Fargate pays most for item"


CURVE = UtilisationCurve(
    RATE, np.array([1.0, 100.0]), np.array([0.1, 0.5]), {"aws_lambda": None, "fargate": None}
)


def test_utilisation_is_said_now_and_where_the_bills_are_equal() -> None:
    # 10 requests/s lie half-way between 1 and 100 on a logarithmic scale
    assert cost.utilisation(CURVE, [crossing(10.0)], 0.25) == (
        "Fargate's CPU is 25 % busy now; at 30 % the bills are equal"
    )
    assert cost.utilisation(CURVE, [], 0.25) == "Fargate's CPU is 25 % busy now"


@pytest.mark.parametrize(
    ("ratio", "said"),
    [
        pytest.param([[0.5, 0.9]], "Lambda is cheaper all over this map", id="Lambda"),
        pytest.param([[1.5, np.nan]], "Fargate is cheaper all over this map", id="Fargate"),
        pytest.param(
            [[0.5, 2.0]], "Now Lambda costs 3 times as much; on the line both cost the same", id="both"
        ),
        pytest.param([[np.nan]], "None of these combinations can be had", id="blank"),
        pytest.param(None, "A price is missing: enter yours", id="no price"),
    ],
)
def test_the_map_says_what_it_shows(ratio: Any, said: str) -> None:
    cells = None if ratio is None else np.array(ratio)
    assert cost.cost_map(CostMap(RATE, np.ones(1), RUNS, np.ones(1), cells), verdict()) == said


def region(code: str, usd: float | None) -> RegionTotals:
    return RegionTotals(code, {"aws_lambda": 50.0, "fargate": usd}, () if usd else ("ALB hours",))


def test_regions_say_where_the_present_one_stands() -> None:
    rows = [region("us-east-1", 10.0), region("eu-central-1", 12.0)]
    assert cost.regions(rows, "eu-central-1") == (
        "Frankfurt is number 2 of all Regions; the cheapest asks $10.00 a month"
    )
    assert cost.missing_regions(rows) == ""
    rows.append(region("eu-north-1", None))
    assert "of the 2 Regions with all prices" in cost.regions(rows, "us-east-1")
    assert cost.regions(rows, "eu-north-1").startswith("Stockholm lacks a price")
    assert "No Region" in cost.regions(rows[2:], "eu-north-1")
    assert cost.missing_regions(rows).startswith(
        "1 of 3 Regions lacks a total: nobody published what ALB hours"
    )


def price(checked: date, usd: float | None = 1.0) -> Price:
    return Price("a.b", "us-east-1", "", 0, usd, "h", checked, checked, "S", "", "published")


def test_old_prices_are_counted_as_of_the_day() -> None:
    prices = [price(date(2025, 11, 4)), price(date(2026, 9, 1)), price(date(2025, 1, 1), None)]
    assert common.price_age(prices, date(2025, 12, 1)) == ""
    assert common.price_age(prices[:1], date(2026, 2, 2)) == ""  # 90 days are not more than 90
    assert common.price_age(prices, date(2026, 2, 3)) == (
        "1 of the 2 prices used here was last checked more than 90 days ago, on 4 November 2025: "
        "refresh it, or enter yours under “Numbers used”."
    )
    assert common.price_age(prices, date(2026, 12, 1), "of this Region", "on the cost page") == (
        "2 of the 2 prices of this Region were last checked more than 90 days ago, the oldest on 4 November 2025, "
        "over a year ago: refresh them, or enter yours on the cost page."
    )


# --- all of them ----------------------------------------------------------------------------------


def test_no_sentence_holds_a_number_that_is_none() -> None:
    unknown = verdict(usd=(None, None), choice=None, times=None)
    said = [
        which_one.which_one(comparison(), unknown),
        cost.cost(unknown, []),
        *(
            value
            for _, value in cost.money(
                dataclasses.replace(unknown, per_million_usd={"aws_lambda": None, "fargate": None})
            )
        ),
        spike.spike_title(spike_of(reaction(np.inf, 1e9, 1.0), reaction(np.inf, 1e9, 1.0))),
        *(value for _, value in spike.reaction(spike_of(reaction(np.inf), reaction(np.inf), first=np.inf))),
        cold_start.cold_start(comparison(p_cold=0.0)),
        cold_start.cold_start(comparison(p_cold=1.0)),
    ]
    assert not [text for text in said if NEVER_SAID.search(text)]
