"""Tables of words from hand-made results: the cells are the result's figures."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from model.cost.lines import Bill, Line
from model.decide.sweeps import RegionTotals
from model.facts import load_disagreements, load_facts, load_prices, load_sources
from model.scenario import Scenario, replace_at
from pages.ui import tables
from tests.pages.test_answers import check, reaction, verdict

DURATION = "lambda.duration/x86_64@us-east-1"


def line(
    item: str,
    quantity: float,
    unit_usd: float | None,
    fact: str = DURATION,
    own: bool = False,
    common: bool = False,
) -> Line:
    usd = None if unit_usd is None else np.float64(quantity * unit_usd)
    return Line(item, "compute", np.float64(quantity), "GB-s", unit_usd, usd, fact, own, common)


def latency(p50_s: float, p99_s: float, within: float) -> Any:
    return SimpleNamespace(p50_s=np.float64(p50_s), p99_s=np.float64(p99_s), within_slo=np.float64(within))


def comparison(settings: dict[str, Any] | None = None) -> Any:
    return SimpleNamespace(
        scenario=replace_at(Scenario(), settings or {}),
        aws_lambda=SimpleNamespace(latency=latency(0.1, 0.4, 0.9995)),
        fargate=SimpleNamespace(latency=latency(0.2, 0.8, 0.75)),
        spike=SimpleNamespace(aws_lambda=reaction(1.0, 0, 0.0), fargate=reaction(np.inf, 10, 0.5)),
    )


def assert_no_hole(frame: pd.DataFrame) -> None:
    cells = frame.drop(columns="Where", errors="ignore").to_numpy().ravel()
    assert not [cell for cell in cells if str(cell) in ("nan", "None", "NaT", "inf")]


def test_side_by_side_has_a_column_for_each_platform() -> None:
    unmet = ((check("aws_lambda", "Payload"),), ())
    frame = tables.side_by_side(comparison(), verdict(unmet=unmet))
    assert list(frame.columns) == ["Lambda", "Fargate"]
    rows = {name: list(row) for name, row in frame.iterrows()}
    assert rows["Bill a month"] == ["$30.00", "$10.00"]
    assert rows["Median response time"] == ["100 ms", "200 ms"]
    assert rows["p99 response time"] == ["400 ms", "800 ms"]
    assert rows["Requests within 2 s"] == ["99.95 %", "75 %"]
    assert rows["Enough capacity in a spike × 2.5 after"] == ["1 s", "never"]
    assert rows["Requests lost in that spike"] == ["0 %", "50 %"]
    assert rows["Hard limits"] == ["payload", "all met"]
    assert_no_hole(frame)


def test_side_by_side_of_a_job_has_neither_level_nor_spike() -> None:
    frame = tables.side_by_side(comparison({"workload.kind": "job"}), verdict())
    assert not frame.index.str.contains("spike|within").any()
    assert frame.loc["Bill a month"].tolist() == ["$30.00", "$10.00"]


def test_side_by_side_says_that_a_total_is_missing() -> None:
    frame = tables.side_by_side(comparison(), verdict(usd=(None, 10.0), choice=None, times=None))
    assert frame.loc["Bill a month"].tolist() == ["no published figure", "$10.00"]


def test_a_bill_lists_what_is_used_and_ends_with_the_total() -> None:
    bill = Bill(
        (line("Duration", 52_291_409, 0.0000166667), line("Idle", 0, 5.0), line("Requests", 12.5, 0.2))
    )
    frame = tables.bill(bill)
    assert list(frame["Item"]) == ["Duration", "Requests", "Total"]
    assert list(frame["Quantity"]) == ["52,291,409", "12.5", ""]
    assert list(frame["Unit price"]) == ["$0.0000166667", "$0.2", ""]
    # 52,291,409 * 0.0000166667 = 871.5252; 12.5 * 0.2 = 2.50; together 874.0252
    assert list(frame["A month"]) == ["$871.53", "$2.50", "$874.03"]
    assert frame["Price from"].iloc[0].startswith("AWS")
    assert_no_hole(frame)


def test_a_line_with_an_own_price_is_marked_as_own() -> None:
    frame = tables.bill(Bill((line("Duration", 10, 2.0, own=True), line("Requests", 1, 1.0))))
    assert frame["Price from"].tolist()[:2] == [
        "your own price",
        tables.bill(Bill((line("R", 1, 1.0),)))["Price from"][0],
    ]
    assert frame["Checked"].iloc[0] == "" and date.fromisoformat(frame["Checked"].iloc[1])


def test_a_bill_with_a_missing_price_has_no_total() -> None:
    frame = tables.bill(Bill((line("Duration", 10, None), line("Requests", 1, 1.0))))
    assert list(frame["A month"]) == ["no published figure", "$1.00", "no published figure"]
    assert frame["Unit price"].iloc[0] == "no published figure"
    assert_no_hole(frame)


SHARED = Bill(
    (
        line("Duration", 10, 2.0),
        line("Idle", 0, 9.0),
        line("Logs", 4, 0.5, common=True),
        line("Egress", 1, 3.0, common=True),
    )
)


def test_what_is_common_to_both_is_one_row_of_a_bill_with_the_total_with_and_without() -> None:
    frame = tables.bill(SHARED)
    assert dict(zip(frame["Item"], frame["A month"], strict=True)) == {
        "Duration": "$20.00",
        "Without what is common to both": "$20.00",
        "Common to both, below": "$5.00",  # 4 * 0.5 + 1 * 3
        "Total": "$25.00",
    }
    assert_no_hole(frame)


def test_the_common_lines_have_a_table_of_their_own() -> None:
    frame = tables.common(SHARED)
    assert frame is not None
    assert list(frame["Item"]) == ["Logs", "Egress", "Sum"]
    assert list(frame["A month"]) == ["$2.00", "$3.00", "$5.00"]
    assert tables.common(Bill((line("Duration", 10, 2.0),))) is None


def test_a_missing_common_price_leaves_the_own_part_known() -> None:
    frame = tables.bill(Bill((line("Duration", 10, 2.0), line("Egress", 1, None, common=True))))
    amounts = dict(zip(frame["Item"], frame["A month"], strict=True))
    assert amounts["Without what is common to both"] == "$20.00"
    assert amounts["Common to both, below"] == amounts["Total"] == "no published figure"


def test_a_bill_of_a_day_names_the_day_its_prices_were_checked() -> None:
    key = "fargate_spot.vcpu/linux_x86_64@us-east-1"
    dates = {price.valid_from: price.checked for price in load_prices() if price.key == key}
    spot = Bill((line("vCPU Spot", 10, 0.01, fact=key),))
    for valid_from, checked in dates.items():
        assert tables.bill(spot, valid_from)["Checked"].iloc[0] == checked.isoformat()


def test_own_prices_stand_beside_ours() -> None:
    rows = tables.priced_rows((line("Duration", 10, 0.1), line("Unused", 0, 1.0)), None)
    assert [row.key for row in rows] == [DURATION]
    assert tables.own_prices(rows, {DURATION: 0.5})["Yours"].tolist() == [0.5]
    assert tables.own_prices(rows, {})["Yours"].isna().tolist() == [True]
    assert list(tables.own_prices([], {}).columns)[:3] == ["Price", "Amount", "Yours"]


def test_regions_are_listed_with_both_totals_and_what_is_missing() -> None:
    rows = (
        RegionTotals("us-east-1", {"aws_lambda": 12.5, "fargate": 10.0}, ()),
        RegionTotals("eu-north-1", {"aws_lambda": 9.0, "fargate": None}, ("ALB hours", "ALB capacity units")),
    )
    frame = tables.regions(rows)
    assert list(frame["Region"]) == ["N. Virginia (us-east-1)", "Stockholm (eu-north-1)"]
    assert list(frame["Fargate"]) == ["$10.00", "no published figure"]
    assert list(frame["No published price of"]) == ["", "ALB hours and ALB capacity units"]
    assert_no_hole(frame)


def test_an_empty_bill_is_a_total_of_nothing() -> None:
    frame = tables.bill(Bill(()))
    assert list(frame["Item"]) == ["Total"] and list(frame["A month"]) == ["$0.00"]


def test_prices_of_lines_are_listed_once_and_only_where_there_is_a_price() -> None:
    lines = (
        line("Duration", 10, 0.1),
        line("More of it", 5, 0.1),
        line("Free", 5, 0.0, fact="lambda.free_requests"),
        line("Unused", 0, 0.1, fact="lambda.duration/arm64@us-east-1"),
    )
    frame = tables.prices_of(lines, None)
    assert list(frame["Price"]) == ["lambda.duration (x86_64)"]
    assert list(frame["per"]) == ["GB-s"]


def test_a_price_is_listed_with_kind_dates_publisher_and_link() -> None:
    price = next(price for price in load_prices() if load_sources()[price.source].url)
    row = tables.prices([price]).iloc[0]
    assert row["Where"] == load_sources()[price.source].url
    assert row["Source"] == load_sources()[price.source].publisher
    assert (row["Valid from"], row["Checked"]) == (price.valid_from.isoformat(), price.checked.isoformat())
    assert row["Kind"] == price.kind


def test_prices_of_lines_follow_the_day() -> None:
    newest = tables.prices_of((line("Duration", 10, 0.1),), None)
    first = min(price.valid_from for price in load_prices() if price.key == DURATION)
    then = tables.prices_of((line("Duration", 10, 0.1),), first)
    assert then["Valid from"].iloc[0] == first.isoformat() <= newest["Valid from"].iloc[0]


@pytest.mark.parametrize("region", ["us-east-1", "mx-central-1"])
def test_all_prices_of_a_region_are_listed_missing_ones_by_name(region: str) -> None:
    frame = tables.prices_in(region)
    names = {(price.id, price.variant) for price in load_prices()}
    assert len(frame) >= len(names)
    missing = frame[frame["Kind"] == "missing"]
    assert (missing["Amount"] == "no published figure").all()
    assert not (frame[frame["Kind"] != "missing"]["Amount"] == "no published figure").any()
    assert_no_hole(frame)


def test_facts_can_be_asked_for_by_kind_and_by_first_word() -> None:
    assumed = tables.facts(kinds=("assumed",))
    expected = [fact for fact in load_facts().values() if fact.kind == "assumed"]
    assert list(assumed["Number"]) == [fact.id for fact in expected]
    assert (assumed["Range"] != "").all() and (assumed["Why, note"] != "").all()
    tracking = tables.facts(groups=("target_tracking",))
    assert len(tracking) and tracking["Number"].str.startswith("target_tracking.").all()
    everything = tables.facts(kinds=("published", "measured", "assumed"))
    assert len(everything) == len(load_facts())
    assert_no_hole(everything)
    assert not everything["Value"].str.contains(r"e[+-]\d\d|[{}\[\]]").any()
    assert not everything["Range"].str.contains(r"e[+-]\d\d").any()


def test_disagreements_and_sources_are_listed_in_full() -> None:
    assert len(tables.disagreements()) == len(load_disagreements()) > 0
    sources = tables.sources()
    assert list(sources["Source"]) == list(load_sources())
    assert all(date.fromisoformat(day) for day in sources["Checked"])
    assert_no_hole(tables.disagreements())
    assert_no_hole(sources)
