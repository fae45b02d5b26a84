"""`python -m model refresh` against a small price list on this machine, on a copy of the data folder."""

from __future__ import annotations

import errno
import itertools
import json
import os
import random
import shutil
import subprocess
import sys
import threading
import tomllib
import tracemalloc
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model import facts
from model.__main__ import main as command_line
from model.facts import files
from model.facts import prices as price_book
from model.price_files import alone, as_csv, read_rows
from model.refresh import network
from model.refresh.command import main
from model.refresh.json_stream import JsonError, JsonStream
from model.refresh.price_list import OfferReader
from model.refresh.settings import as_settings
from tests.model import price_list_server as server

ROOT = Path(__file__).parents[2]
REGIONS = ("eu-west-1", "us-east-1")
ON = "2026-11-25"
LEFT_OUT = ("AmazonVPC", "AmazonECR", "AmazonSNS")
DECOYS = {Decimal("7.77"), Decimal("9.99")}

Row = dict[str, str]


# --- a copy of the data, a list that agrees with it ----------------------------------------------------


@pytest.fixture(scope="module")
def two_regions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder cut down to two Regions, with short waits: small, so that a run takes a moment."""
    folder = tmp_path_factory.mktemp("two_regions")
    (folder / "prices").mkdir()
    for path in sorted((ROOT / "data" / "prices").glob("*.csv")):
        kept = [row for row in read_rows(path) if row["region"] in REGIONS and row["source"] != "AWSLIST"]
        (folder / "prices" / path.name).write_text(as_csv(kept))
    regions = [row for row in read_rows(ROOT / "data" / "regions.csv") if row["code"] in REGIONS]
    (folder / "regions.csv").write_text(as_csv(regions))
    shutil.copy(ROOT / "data" / "sources.csv", folder)
    settings = (ROOT / "data" / "price_list.toml").read_text()
    for name, seconds in (("timeout_s", 0.3), ("file_timeout_s", 0.6), ("pause_s", 0)):
        before = next(line for line in settings.splitlines() if line.startswith(f"{name} ="))
        settings = settings.replace(before, f"{name} = {seconds}")
    head, *entries = settings.split("[[price]]")  # fewer files to ask for, too
    entries = [entry for entry in entries if not any(f'"{offer}"' in entry for offer in LEFT_OUT)]
    (folder / "price_list.toml").write_text("[[price]]".join([head, *entries]))
    return folder


@pytest.fixture
def data(two_regions: Path, tmp_path: Path) -> Path:
    return shutil.copytree(two_regions, tmp_path / "data")


@pytest.fixture(scope="module")
def known_prices(two_regions: Path) -> server.PriceList:
    return server.as_known(two_regions, REGIONS)


@pytest.fixture
def prices(known_prices: server.PriceList) -> Iterator[server.PriceList]:
    with server.serving(known_prices.copy()) as listed:
        yield listed


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(data: Path, prices: server.PriceList, capsys: pytest.CaptureFixture[str]) -> Run:
    """Refresh the copy from the list: exit code, standard output, standard error."""

    def once(*more: str, on: str = ON, regions: tuple[str, ...] = ("us-east-1",)) -> tuple[int, str, str]:
        where = [word for region in regions for word in ("--region", region)]
        code = main(["--data", str(data), "--base", prices.base, "--on", on, *where, *more])
        said = capsys.readouterr()
        return code, said.out, said.err

    return once


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def price_rows(folder: Path) -> list[Row]:
    return [row for path in sorted((folder / "prices").glob("*.csv")) for row in read_rows(path)]


def rows_of(
    folder: Path, id_: str, variant: str = "", region: str = "us-east-1", tier: str = ""
) -> list[Row]:
    return [
        row
        for row in price_rows(folder)
        if (row["id"], row["variant"], row["region"]) == (id_, variant, region)
        and tier in ("", row["tier_from"])
    ]


def without(row: Row, *columns: str) -> Row:
    return {name: value for name, value in row.items() if name not in columns}


@pytest.fixture
def price(data: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    """`pick_price` as the app would answer with the copy as its data folder."""

    def clear() -> None:
        for cached in (
            facts.load_prices,
            price_book._price_index,
            facts.pick_price,
            facts.load_price_variants,
        ):
            cached.cache_clear()

    def pick(id_: str, variant: str = "", region: str = "us-east-1", on: str | None = None) -> Any:
        clear()
        return facts.pick_price(id_, region, variant, date.fromisoformat(on) if on else None)

    monkeypatch.setattr(files, "DATA", data)
    yield pick
    monkeypatch.undo()
    clear()


VCPU = ("fargate.vcpu", "linux_x86_64")


# --- what a good list does -----------------------------------------------------------------------------


def test_a_list_that_agrees_moves_only_the_day_checked(run: Run, data: Path) -> None:
    run()  # savings-plan shares that were rounded otherwise are appended here, once
    before = price_rows(data)
    code, out, err = run(on="2026-11-26")
    assert (code, err) == (0, "")
    assert "0 prices were changed, 0 were new" in out
    after = price_rows(data)
    assert [without(row, "checked") for row in after] == [without(row, "checked") for row in before]
    moved = [row for row, old in zip(after, before, strict=True) if row != old]
    assert {row["checked"] for row in moved} == {"2026-11-26"}
    assert "fargate.vcpu" in {row["id"] for row in moved}


def test_nothing_that_only_looks_like_a_wanted_product_is_taken(run: Run, data: Path) -> None:
    """Longer and shorter usage types, Local Zones, the free tier, another Region: all at 7.77 in the list."""
    assert run(regions=REGIONS)[0] == 0
    assert not [row for row in price_rows(data) if row["usd"] and Decimal(row["usd"]) in DECOYS]


def test_a_second_run_on_the_same_day_changes_nothing(run: Run, data: Path, prices: server.PriceList) -> None:
    prices.product(*VCPU).say("0.0420000000")
    assert run()[0] == 0
    before = contents(data)
    code, out, _ = run()
    assert code == 0 and "0 prices were changed, 0 were new" in out
    assert contents(data) == before


def test_a_changed_price_is_a_new_row_beside_the_old_one(
    run: Run, data: Path, prices: server.PriceList, price: Callable[..., Any]
) -> None:
    old = rows_of(data, *VCPU)
    product = prices.product(*VCPU)
    product.say("0.0420000000")
    code, out, err = run()
    assert (code, err) == (0, "")
    assert "fargate.vcpu/linux_x86_64@us-east-1: 0.04048 -> 0.042 USD per vCPU-hour (+3.75 %)" in out
    new = [row for row in rows_of(data, *VCPU) if row not in old]
    assert [row for row in rows_of(data, *VCPU) if row in old] == old
    assert new == [
        {
            **old[-1],
            "usd": "0.042",
            "valid_from": "2026-11-01",
            "checked": ON,
            "source": "AWSLIST",
            "locator": f"AmazonECS list, version 20261120100000, SKU {product.sku}; read from {prices.base}",
            "kind": "published",
        }
    ]
    assert price(*VCPU, on="2026-10-31").usd == (0.04048,)
    assert price(*VCPU, on="2026-11-01").usd == price(*VCPU).usd == (0.042,)


def test_rows_stay_sorted_and_other_rows_stay_as_they_were(
    run: Run, data: Path, prices: server.PriceList
) -> None:
    before = {path.name: path.read_text().splitlines() for path in (data / "prices").glob("*.csv")}
    prices.product("lambda.request", "x86_64").say("0.0000003000")
    run()
    for path in (data / "prices").glob("*.csv"):
        lines = path.read_text().splitlines()
        assert [line for line in lines if ",eu-west-1," in line] == [
            line for line in before[path.name] if ",eu-west-1," in line
        ]
        rows = read_rows(path)
        keys = [(r["id"], r["variant"], float(r["tier_from"]), r["region"], r["valid_from"]) for r in rows]
        assert keys == sorted(keys)
        assert len(set(keys)) == len(keys)


def test_the_sources_of_a_run_are_listed_with_its_day(run: Run, data: Path) -> None:
    before = read_rows(data / "sources.csv")
    run()
    after = {row["id"]: row for row in read_rows(data / "sources.csv")}
    assert [row for row in after.values() if row["id"] not in ("AWSLIST", "SPOTFEED")] == before
    assert list(after) == sorted(after)
    for id_ in ("AWSLIST", "SPOTFEED"):
        assert after[id_]["checked"] == ON and after[id_]["url"].startswith("https://")


@pytest.mark.parametrize(
    ("known_since", "expected"),
    [("2026-10-31", "2026-11-01"), ("2026-11-01", "2026-11-20"), ("2026-11-20", "2026-11-25")],
    ids=["the price's own day", "else the day of the file", "else the day it was read"],
)
def test_a_price_is_valid_from_the_first_attested_day_after_the_row_before(
    run: Run, data: Path, prices: server.PriceList, known_since: str, expected: str
) -> None:
    edit_rows(data, lambda row: {**row, "valid_from": known_since} if row["usd"] == "0.04048" else row)
    prices.product(*VCPU).say("0.0420000000")
    assert run()[0] == 0
    assert rows_of(data, *VCPU)[-1]["valid_from"] == expected


def test_two_prices_on_one_day_are_not_both_kept(run: Run, data: Path, prices: server.PriceList) -> None:
    for usd in ("0.0420000000", "0.0430000000", "0.0440000000", "0.0450000000"):
        prices.product(*VCPU).say(usd)
        code, out, _ = run()
        assert code == 0
    assert "already has a row of 2026-11-25 or later" in out
    assert [row["usd"] for row in rows_of(data, *VCPU)] == ["0.04048", "0.042", "0.043", "0.044"]


def test_a_figure_replaces_a_missing_one(
    run: Run, data: Path, prices: server.PriceList, price: Callable[..., Any]
) -> None:
    assert price("elb.nlb_hour", region="eu-west-1").missing
    prices.add_product("elb.nlb_hour", "0.0252000000", region="eu-west-1")
    code, out, _ = run(regions=REGIONS)
    assert code == 0
    assert "elb.nlb_hour@eu-west-1: new, 0.0252 USD per hour, from 2026-11-01" in out
    assert price("elb.nlb_hour", region="eu-west-1").usd == (0.0252,)


def test_a_figure_of_the_day_of_a_placeholder_takes_its_place(
    run: Run, data: Path, prices: server.PriceList
) -> None:
    prices.add_product("elb.nlb_hour", "0.0252", region="eu-west-1").term["effectiveDate"] = "2026-11-23"
    edit_rows(data, lambda r: {**r, "valid_from": "2026-11-23"} if r["kind"] == "missing" else r)
    assert run(regions=REGIONS)[0] == 0
    assert [row["usd"] for row in rows_of(data, "elb.nlb_hour", region="eu-west-1")] == ["0.0252"]


def test_slices_come_in_any_order_and_each_is_compared_with_its_own(
    run: Run, data: Path, prices: server.PriceList, price: Callable[..., Any]
) -> None:
    prices.product("lambda.duration", "x86_64").say("0.0000140000", "6000000000")
    code, out, _ = run()
    assert code == 0
    assert "lambda.duration/x86_64@us-east-1#6000000000: 0.000015 -> 0.000014 USD per GB-s (-6.67 %)" in out
    assert price("lambda.duration", "x86_64").usd == (0.0000166667, 0.000014, 0.0000133334)


def test_a_new_slice_leaves_earlier_days_as_they_were(
    run: Run, prices: server.PriceList, price: Callable[..., Any]
) -> None:
    """Slices 0, 6e9, 15e9 become 0, 6e9, 10e9, 15e9: before, 12e9 GB-s were in the slice from 6e9."""
    product = prices.product("lambda.duration", "x86_64")
    product.set_slices(
        {
            "0": "0.0000166667",
            "6000000000": "0.000015",
            "10000000000": "0.0000141",
            "15000000000": "0.0000133334",
        }
    )
    assert run()[0] == 0
    now, then = price("lambda.duration", "x86_64"), price("lambda.duration", "x86_64", on="2026-10-31")
    assert now.tier_from == (0, 6e9, 10e9, 15e9)
    assert now.usd == (0.0000166667, 0.000015, 0.0000141, 0.0000133334)
    assert then.usd == (0.0000166667, 0.000015, 0.000015, 0.0000133334)


def test_a_slice_that_is_gone_has_the_price_of_the_slice_around_it(
    run: Run, data: Path, prices: server.PriceList, price: Callable[..., Any]
) -> None:
    prices.product("lambda.duration", "x86_64").set_slices(
        {"0": "0.0000166667", "15000000000": "0.0000133334"}
    )
    assert run()[0] == 0
    assert price("lambda.duration", "x86_64").usd == (0.0000166667, 0.0000166667, 0.0000133334)
    assert price("lambda.duration", "x86_64", on="2026-10-31").usd == (0.0000166667, 0.000015, 0.0000133334)
    before = contents(data)
    assert run()[0] == 0
    assert contents(data) == before


def test_an_allowance_ahead_of_the_first_price_is_no_slice(
    run: Run, prices: server.PriceList, price: Callable[..., Any]
) -> None:
    """Data transfer once began with 1 GB at 0; the bill knows its own allowances."""
    prices.product("network.egress_gb").set_slices(
        {
            "0": "0.0000000000",
            "1": "0.0900000000",
            "10240": "0.0850000000",
            "51200": "0.0700000000",
            "153600": "0.0500000000",
        }
    )
    code, out, _ = run()
    assert code == 0 and "network.egress_gb" not in out
    assert price("network.egress_gb").tier_from == (0, 10240, 51200, 153600)
    assert price("network.egress_gb").usd == (0.09, 0.085, 0.07, 0.05)


def test_another_unit_of_the_same_thing_is_converted(
    run: Run, prices: server.PriceList, price: Callable[..., Any]
) -> None:
    """0.00001667 per GB-s = 0.060012 per GB-hour; 3.6e6 and 18e6 GB-s are 1,000 and 5,000 GB-hours."""
    product = prices.product("step_functions.express_duration")
    product.set_slices({"0": "0.00001667", "3600000": "0.00000833", "18000000": "0.00000456"})
    for entry in product.term["priceDimensions"].values():
        entry["unit"] = "GB-Seconds"
    assert run()[0] == 0
    assert price("step_functions.express_duration").tier_from == (0, 1000, 5000)
    assert price("step_functions.express_duration").usd == (0.060012, 0.029988, 0.016416)


def test_a_unit_that_nobody_told_us_of_is_not_taken(run: Run, data: Path, prices: server.PriceList) -> None:
    before = rows_of(data, *VCPU)
    prices.product(*VCPU).slice()["unit"] = "vCPU-Months"
    code, out, _ = run()
    assert code == 0 and "has the unit 'vCPU-Months'; known are" in out
    assert rows_of(data, *VCPU) == before


def test_of_two_names_the_list_may_use_the_first_that_is_there_counts(
    run: Run, prices: server.PriceList
) -> None:
    product = prices.product("sqs.request", "standard")
    product.attributes["usagetype"] = "Requests-RBP"
    product.say("0.0000005000")
    assert "sqs.request/standard@us-east-1: 0.0000004 -> 0.0000005" in run()[1]


@pytest.mark.parametrize("prefix", ["", "EU-", "EUW1-"])
def test_a_region_may_have_two_prefixes_or_none(run: Run, prices: server.PriceList, prefix: str) -> None:
    product = prices.product(*VCPU, region="eu-west-1")
    product.attributes["usagetype"] = f"{prefix}Fargate-vCPU-Hours:perCPU"
    product.say("0.0410000000")
    assert "fargate.vcpu/linux_x86_64@eu-west-1: 0.04048 -> 0.041" in run(regions=REGIONS)[1]


def test_another_regions_prefix_is_not_taken_whatever_else_the_product_says(
    run: Run, data: Path, prices: server.PriceList
) -> None:
    before = rows_of(data, *VCPU)
    prices.product(*VCPU).attributes["usagetype"] = "USE2-Fargate-vCPU-Hours:perCPU"
    code, out, _ = run()
    assert code == 0
    assert "Not in the list, kept as it was: fargate.vcpu/linux_x86_64 (us-east-1)" in out
    assert rows_of(data, *VCPU) == before


def test_a_product_that_is_gone_is_told_and_its_rows_are_kept(
    run: Run, data: Path, prices: server.PriceList
) -> None:
    before = rows_of(data, *VCPU)
    prices.product(*VCPU).remove()
    prices.product("fargate.memory", "linux_x86_64").say("0.0050000000")
    code, out, _ = run()
    assert code == 0
    assert "Not in the list, kept as it was: fargate.vcpu/linux_x86_64 (us-east-1)" in out
    assert rows_of(data, *VCPU) == before
    assert rows_of(data, "fargate.memory", "linux_x86_64")[-1]["usd"] == "0.005"


def test_a_product_without_an_on_demand_term_counts_as_gone(run: Run, prices: server.PriceList) -> None:
    product = prices.product(*VCPU)
    terms = product.document["terms"]["OnDemand"][product.sku]
    terms[f"{product.sku}.OTHERTERM"] = terms.pop(f"{product.sku}.{server.TERM}")
    assert "Not in the list, kept as it was: fargate.vcpu/linux_x86_64 (us-east-1)" in run()[1]


@pytest.mark.parametrize("usd", ["0.0404800000", "0.0500000000"])
def test_two_products_that_fit_must_agree(run: Run, data: Path, prices: server.PriceList, usd: str) -> None:
    before = [without(row, "checked") for row in rows_of(data, *VCPU)]
    prices.product(*VCPU).copy("TWIN", usd)
    code, out, _ = run()
    assert code == 0
    assert ("2 products fit and differ" in out) == (usd != "0.0404800000")
    assert [without(row, "checked") for row in rows_of(data, *VCPU)] == before


def test_an_offer_that_is_not_sold_in_a_region_is_no_failure(run: Run, prices: server.PriceList) -> None:
    del prices.documents["/offers/v1.0/aws/AmazonRDS/current/region_index.json"]["regions"]["eu-west-1"]
    del prices.documents[server.INDEX]["offers"]["AWSXRay"]
    code, out, _ = run(regions=REGIONS)
    assert code == 0
    assert "AWSXRay: not in the index of the list" in out
    assert "Not in the list, kept as it was: xray.trace_recorded (us-east-1)" in out


def test_price_ids_that_the_list_does_not_cover_are_named(run: Run) -> None:
    assert "Not covered by refresh: " in run()[1]
    assert "lambda.microvm_vcpu" in run()[1].split("Not covered by refresh: ")[1]


# --- Spot and savings plans ----------------------------------------------------------------------------


def test_spot_prices_come_from_their_own_feed(run: Run, data: Path, prices: server.PriceList) -> None:
    for entry in prices.documents[server.SPOT]["prices"]:
        if entry["unit"] == "ARM-vCPU-Hours" and entry["attributes"]["aws:region"] == "us-east-1":
            entry["price"]["USD"] = "0.0110000000"
    assert "fargate_spot.vcpu/linux_arm64@us-east-1: 0.01030969 -> 0.011" in run()[1]
    row = rows_of(data, "fargate_spot.vcpu", "linux_arm64")[-1]
    assert (row["source"], row["valid_from"], row["usd"]) == ("SPOTFEED", ON, "0.011")


def test_without_the_spot_feed_everything_else_is_still_read(run: Run, prices: server.PriceList) -> None:
    del prices.documents[server.SPOT]
    prices.product(*VCPU).say("0.0420000000")
    code, out, _ = run()
    assert code == 0 and "Fargate Spot: " in out and "-> 0.042" in out
    assert "Not in the list, kept as it was: fargate_spot.vcpu/linux_arm64, linux_x86_64" in out


def test_savings_plan_rates_are_appended_and_shares_follow_from_them(
    run: Run, data: Path, prices: server.PriceList
) -> None:
    """0.030360 / 0.04048 = 0.75: a share of 0.25 where it was 0.2."""
    change_rate(prices, "1yr_no_upfront", "USE1-Fargate-vCPU-Hours:perCPU", "0.030360")
    code, out, _ = run()
    assert code == 0
    assert "savings_plan.fargate_vcpu/linux_x86_64_1yr_no_upfront@us-east-1: 0.032384 -> 0.03036" in out
    share = rows_of(data, "savings_plan.fargate_discount", "linux_x86_64_1yr_no_upfront")[-1]
    assert (share["usd"], share["kind"], share["source"]) == ("0.25", "published", "AWSLIST")
    assert "1 - 0.03036 / 0.04048" in share["locator"]


def test_an_assumed_share_becomes_a_published_one_even_if_it_was_right(
    run: Run, data: Path, prices: server.PriceList
) -> None:
    """eu-west-1: 0.04048 x 0.8 = 0.032384, the share that was assumed from us-east-1."""
    plan = prices.documents[server.plan_path("eu-west-1")]["terms"]["savingsPlan"][0]
    rate = {"price": "0.032384", "currency": "USD"}
    plan["rates"].append(
        {
            "discountedUsageType": "EU-Fargate-vCPU-Hours:perCPU",
            "discountedServiceCode": "AmazonECS",
            "discountedRate": rate,
        }
    )
    code, out, _ = run(regions=REGIONS)
    assert code == 0 and "same figure, now published" in out
    kept = rows_of(data, "savings_plan.fargate_discount", "linux_x86_64_1yr_no_upfront", "eu-west-1")
    assert [(row["usd"], row["kind"]) for row in kept] == [("0.2", "assumed"), ("0.2", "published")]


def change_rate(prices: server.PriceList, plan: str, usagetype: str, usd: str) -> None:
    for term in prices.documents[server.plan_path("us-east-1")]["terms"]["savingsPlan"]:
        for rate in term["rates"]:
            if term["description"] == plan and rate["discountedUsageType"] == usagetype:
                rate["discountedRate"]["price"] = usd


# --- what a bad list does: nothing ---------------------------------------------------------------------

ECS = server.offer_path("AmazonECS", "us-east-1")
ECS_INDEX = "/offers/v1.0/aws/AmazonECS/current/region_index.json"
PLAN = server.plan_path("us-east-1")
BROKEN_FILES = [
    *itertools.product([server.INDEX, ECS_INDEX, PLAN, server.SPOT], ["cut", "half", "html", "500"]),
    *itertools.product([ECS], ["cut", "half", "html", "html_called_json", "moved", "500", "403"]),
    *itertools.product([ECS], ["nothing", "a list", "cut_gzip"]),
]


def broken(how: str, document: Any) -> server.Answer:
    answers: dict[str, server.Answer] = {
        "cut": server.cut(document),
        "half": server.half(document),
        "html": server.html,
        "html_called_json": server.html_called_json,
        "moved": server.moved,
        "500": server.status(500),
        "403": server.status(403),
        "nothing": lambda request: server.send(request, b""),
        "a list": lambda request: server.send(request, b"[1, 2]"),
        "cut_gzip": server.zipped(document, keep=0.7),
    }
    return answers[how]


def assert_failed(result: tuple[int, str, str], before: dict[str, bytes], data: Path, *words: str) -> None:
    code, out, err = result
    assert code == 1 and out == ""
    assert err.startswith("Nothing was changed: ") and err.count("\n") == 1 and err.endswith(".\n")
    assert all(word in err for word in words), err
    assert contents(data) == before


@pytest.mark.parametrize(("path", "how"), BROKEN_FILES)
def test_a_broken_file_changes_nothing(
    run: Run, data: Path, prices: server.PriceList, path: str, how: str
) -> None:
    prices.product("lambda.request", "x86_64").say("0.0000003000")  # would be a change
    prices.answers[path] = broken(how, prices.documents[path])
    before = contents(data)
    assert_failed(run(), before, data, path.rpartition("/")[2])


@pytest.mark.parametrize("path", [server.INDEX, ECS_INDEX, ECS, PLAN])
def test_a_file_that_is_not_there_changes_nothing(
    run: Run, data: Path, prices: server.PriceList, path: str
) -> None:
    del prices.documents[path]
    before = contents(data)
    assert_failed(run(), before, data, "404")


WRONG = {
    "price is a word": (lambda p, d: p.say("free"), "not a number"),
    "price is nothing": (lambda p, d: p.say(None), "not a number"),
    "price is a list": (lambda p, d: p.say(["0.04"]), "not a number"),
    "price is true": (lambda p, d: p.say(True), "not a number"),
    "price is not finite": (lambda p, d: p.say("NaN"), "not a number"),
    "price is negative": (lambda p, d: p.say("-0.0404800000"), "below 0"),
    "price is zero": (lambda p, d: p.say("0.0000000000"), "not above 0"),
    "price is in yuan": (lambda p, d: p.slice().update(pricePerUnit={"CNY": "0.04"}), "not a number"),
    "pricePerUnit is a number": (lambda p, d: p.slice().update(pricePerUnit=0.04), "not a table"),
    "no slices": (lambda p, d: p.term.update(priceDimensions={}), "no slices"),
    "slices are a list": (lambda p, d: p.term.update(priceDimensions=[]), "not a table"),
    "slice begins at a word": (lambda p, d: p.slice().update(beginRange="start"), "not a number"),
    "day is no day": (lambda p, d: p.term.update(effectiveDate="soon"), "not a date"),
    "publication is no day": (lambda p, d: d.update(publicationDate=None), "not a date"),
    "file is of another offer": (lambda p, d: d.update(offerCode="AWSLambda"), "it is the list of AWSLambda"),
    "file has no products": (lambda p, d: d.update(products={}), "no products"),
    "products are a list": (lambda p, d: d.update(products=[]), "not the expected JSON"),
    "file lacks products": (lambda p, d: d.pop("products"), "lacks `products`"),
    "file lacks terms": (lambda p, d: d.pop("terms"), "lacks `products` or `terms`"),
    "terms lack OnDemand": (lambda p, d: d.update(terms={"Reserved": {}}), "lacks `terms.OnDemand`"),
    "product is a text": (lambda p, d: d["products"].update({p.sku: "x"}), "not a table"),
}


@pytest.mark.parametrize(("spoil", "words"), WRONG.values(), ids=WRONG)
def test_a_wrong_value_changes_nothing(
    run: Run, data: Path, prices: server.PriceList, spoil: Callable[[Any, Any], object], words: str
) -> None:
    prices.product("lambda.request", "x86_64").say("0.0000003000")
    product = prices.product(*VCPU)
    spoil(product, product.document)
    before = contents(data)
    assert_failed(run(), before, data, words)


@pytest.mark.parametrize("usd", ["4.0480000000", "0.0004048000"])
def test_an_absurd_jump_is_refused_unless_it_is_accepted(
    run: Run, data: Path, prices: server.PriceList, usd: str
) -> None:
    prices.product(*VCPU).say(usd)
    before = contents(data)
    assert_failed(run(), before, data, "0.04048", "--accept-large-changes")
    code, out, _ = run("--accept-large-changes")
    assert code == 0
    assert rows_of(data, *VCPU)[-1]["usd"] == usd.rstrip("0")


@pytest.mark.parametrize(
    "place", ["https://elsewhere.example/x.json", "//elsewhere.example/x.json", "x.json"]
)
def test_the_list_cannot_send_us_to_another_machine(
    run: Run, data: Path, prices: server.PriceList, place: str
) -> None:
    prices.documents[ECS_INDEX]["regions"]["us-east-1"]["currentVersionUrl"] = place
    before = contents(data)
    assert_failed(run(), before, data, "not a path at")


def test_a_server_that_never_answers_is_given_up(run: Run, data: Path, prices: server.PriceList) -> None:
    done = threading.Event()
    prices.answers[server.INDEX] = server.silent(done)
    before = contents(data)
    assert_failed(run(), before, data, "nothing came for 0.3 s")
    done.set()
    assert prices.asked == [server.INDEX] * 3


def test_a_server_that_dribbles_is_given_up(
    run: Run, data: Path, prices: server.PriceList, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit_settings(data, "tries = 3", "tries = 1")
    done = threading.Event()
    prices.answers[server.INDEX] = server.dribbling(prices.documents[server.INDEX], done)
    before = contents(data)
    assert_failed(run(), before, data, "took more than 0.6 s")
    done.set()


def test_where_nothing_listens_nothing_is_changed(run: Run, data: Path, prices: server.PriceList) -> None:
    prices.base = "http://127.0.0.1:9"
    assert_failed(run(), contents(data), data, "could not be read")


def test_a_passing_failure_is_tried_again(run: Run, prices: server.PriceList) -> None:
    answers = itertools.chain([server.status(503), server.cut(prices.documents[ECS])])

    def answer(request: Any) -> None:
        next(answers, lambda r: server.send(r, server.text(prices.documents[ECS])))(request)

    prices.answers[ECS] = answer
    prices.product(*VCPU).say("0.0420000000")
    code, out, _ = run()
    assert code == 0 and "-> 0.042" in out
    assert prices.asked.count(ECS) == 3


def test_a_compressed_file_and_terms_ahead_of_products_are_read(run: Run, prices: server.PriceList) -> None:
    document = prices.offer("AmazonECS")
    prices.product(*VCPU).say("0.0420000000")
    prices.answers[ECS] = server.zipped(dict(sorted(document.items(), reverse=True)))
    code, out, _ = run()
    assert code == 0 and "-> 0.042" in out


def test_a_list_from_the_future_is_refused(run: Run, data: Path) -> None:
    assert_failed(run(on="2026-11-19"), contents(data), data, "published on 2026-11-20, after 2026-11-19")


def test_an_unknown_region_is_named(run: Run, data: Path) -> None:
    assert_failed(run(regions=("eu-west-9",)), contents(data), data, "'eu-west-9'", "eu-west-1, us-east-1")


@pytest.mark.parametrize("base", ["file:///etc", "ftp://127.0.0.1", "pricing"])
def test_only_http_addresses_are_read(data: Path, base: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = contents(data)
    code = main(["--data", str(data), "--base", base, "--on", ON])
    assert_failed((code, *capsys.readouterr()), before, data, "https:// or http://")


@pytest.mark.parametrize("missing", ["price_list.toml", "prices", "regions.csv", "sources.csv"])
def test_an_incomplete_data_folder_is_a_sentence(run: Run, data: Path, missing: str) -> None:
    path = data / missing
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert_failed(run(), contents(data), data, missing)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("tries = 3", ""),
        ('id = "AWSLIST"', "name = 3"),
        ("[list]", "[[list"),
        ("largest_change = 3", "largest_change = 0"),
    ],
)
def test_wrong_settings_are_a_sentence(run: Run, data: Path, before: str, after: str) -> None:
    edit_settings(data, before, after)
    assert_failed(run(), contents(data), data)


def edit_settings(data: Path, before: str, after: str) -> None:
    path = data / "price_list.toml"
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))


def edit_rows(data: Path, edit: Callable[[Row], Row]) -> None:
    for path in (data / "prices").glob("*.csv"):
        path.write_text(as_csv([edit(row) for row in read_rows(path)]))


# --- writing: all or nothing ---------------------------------------------------------------------------


def change_everything(prices: server.PriceList) -> None:
    """A change in every price file, so that a run replaces all of them."""
    for product in (
        prices.product(*VCPU),
        prices.product("lambda.request", "x86_64"),
        prices.product("elb.alb_hour"),
        prices.product("api_gateway.http_request"),
        prices.product("network.nat_hour"),
        prices.product("cloudwatch.alarm_standard"),
        prices.product("sqs.request", "standard"),
    ):
        entry = product.slice()
        product.say(str(Decimal(entry["pricePerUnit"]["USD"]) * 2))


@pytest.mark.parametrize("call", ["fsync", "replace"])
@pytest.mark.parametrize("at", [1, 2, 5, 8, 9])
def test_a_full_disk_at_any_file_changes_nothing(
    run: Run, data: Path, prices: server.PriceList, monkeypatch: pytest.MonkeyPatch, call: str, at: int
) -> None:
    """Nine files: eight of prices and the sources. Whichever fails, those before it are taken back."""
    change_everything(prices)
    real, calls = getattr(os, call), itertools.count(1)

    def fail(*args: Any) -> Any:
        if next(calls) == at:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(*args)

    monkeypatch.setattr(f"model.price_files.os.{call}", fail)
    before = contents(data)
    assert_failed(run(), before, data, "No space left on device")


def test_a_dry_run_tells_and_writes_nothing(run: Run, data: Path, prices: server.PriceList) -> None:
    prices.product(*VCPU).say("0.0420000000")
    before = contents(data)
    code, out, _ = run("--dry-run")
    assert code == 0 and "0.04048 -> 0.042" in out and "would be changed" in out
    assert contents(data) == before


def test_two_runs_at_once_do_not_mix(run: Run, data: Path) -> None:
    with alone(data):
        assert_failed(run(), contents(data), data, "another run is already refreshing")
    assert run()[0] == 0


def test_the_rights_of_the_files_stay(run: Run, data: Path) -> None:
    path = data / "prices" / "fargate.csv"
    path.chmod(0o640)
    before = path.read_bytes()
    assert run()[0] == 0
    assert path.stat().st_mode & 0o777 == 0o640 and path.read_bytes() != before


KILLED = """
import itertools, os, shutil, signal, sys, time
from model.refresh import command

data, base, copies, *delays = sys.argv[1:]
write, whole = command.replace_all, f"{copies}/whole"
shutil.copytree(data, whole)


def restore():
    shutil.rmtree(data)
    shutil.copytree(whole, data)


def child(work):
    pid = os.fork()
    if pid == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        work()
        os._exit(0)
    return pid


def killed_before_step(last, texts):
    steps = itertools.count(1)

    def watch(event, args):
        writes = event == "open" and "w" in str(args[1])
        if (writes or event in ("os.rename", "os.remove", "os.chmod")) and next(steps) == last:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
    write(texts)


def killed_everywhere(texts):
    for last in itertools.count(1):
        status = os.waitpid(child(lambda: killed_before_step(last, texts)), 0)[1]
        shutil.copytree(data, f"{copies}/{last}")
        restore()
        if status == 0:
            return


arguments = ["--data", data, "--base", base, "--on", "2026-11-25", "--region", "us-east-1"]
command.replace_all = killed_everywhere
command.main(arguments)
command.replace_all = write
for number, delay in enumerate(map(float, delays), start=1000):
    pid = child(lambda: command.main(arguments))
    time.sleep(delay)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    shutil.copytree(data, f"{copies}/{number}")
    restore()
shutil.rmtree(whole)
"""


def test_killed_at_any_moment_every_file_is_whole_and_a_second_run_completes_the_work(
    data: Path, prices: server.PriceList, tmp_path: Path, run: Run
) -> None:
    """SIGKILL before every single step of the writing that changes the disk, and at random moments of a run."""
    change_everything(prices)
    moments = random.Random(7)
    delays = [str(moments.uniform(0.05, 0.3)) for _ in range(6)]
    copies = tmp_path / "copies"
    copies.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(data), prices.base, str(copies), *delays],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    before = contents(data)
    assert run()[0] == 0
    after = contents(data)
    runs = sorted(copies.iterdir(), key=lambda path: int(path.name))
    assert len(runs) > 9 * 3 + len(delays)  # nine files, each written beside, given its rights, exchanged
    mixed = []
    for copy in runs:
        found = {name: text for name, text in contents(copy).items() if not name.endswith(".new")}
        assert found.keys() == before.keys()
        assert all(text in (before[name], after[name]) for name, text in found.items()), copy
        used = {row["source"] for row in price_rows(copy)} - {""}
        assert used <= {row["id"] for row in read_rows(copy / "sources.csv")}, copy
        mixed += [copy] if found not in (before, after) else []
    assert len(mixed) >= 8  # killed between the first exchange and the last
    for copy in (mixed[0], mixed[4], runs[3]):
        assert main(["--data", str(copy), "--base", prices.base, "--on", ON, "--region", "us-east-1"]) == 0
        assert contents(copy) == after


# --- reading JSON in pieces ------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


def pieces(text: str, size: int) -> Iterator[str]:
    return (text[at : at + size] for at in range(0, len(text), size))


def walked(stream: JsonStream) -> Any:
    first = stream._peek()
    if first == "{":
        return {key: walked(stream) for key in stream.members()}
    if first == "[":
        return [walked(stream) for _ in stream.items()]
    return stream.value()


@given(JSON, st.integers(1, 20), st.sampled_from([None, 1]))
def test_however_it_is_cut_the_same_is_read(document: Any, size: int, indent: int | None) -> None:
    text = json.dumps(document, indent=indent)
    for read in (walked, JsonStream.value):
        stream = JsonStream(pieces(text, size))
        assert read(stream) == document
        stream.end()


@given(st.lists(JSON, min_size=1, max_size=5), st.integers(1, 20))
def test_what_nobody_asks_for_is_passed_over(documents: list[Any], size: int) -> None:
    text = json.dumps({"skipped": documents, "wanted": 1, "also": {"skipped": documents}})
    stream = JsonStream(pieces(text, size))
    assert [stream.value() for key in stream.members() if key == "wanted"] == [1]
    stream.end()


@given(st.dictionaries(st.text(max_size=5), JSON, max_size=4), st.integers(1, 20), st.data())
def test_a_text_that_ends_early_is_never_taken_for_a_whole_one(document: Any, size: int, data: Any) -> None:
    text = json.dumps(document)
    cut = text[: data.draw(st.integers(0, len(text) - 1))]
    for read in (walked, JsonStream.value):
        with pytest.raises(JsonError):
            stream = JsonStream(pieces(cut, size))
            read(stream)


@pytest.mark.parametrize("text", ["{} {}", "1 2", "[1 2]", "{'a': 1}", "[NaN]", "{1: 2}", '{"a" 1}', "[1,]"])
def test_what_is_not_json_is_refused(text: str) -> None:
    with pytest.raises(JsonError):
        stream = JsonStream([text])
        walked(stream)
        stream.end()


def test_an_entry_without_end_does_not_fill_the_memory() -> None:
    endless = itertools.chain(['{"a": "'], itertools.repeat("x" * 1_000_000))
    with pytest.raises(JsonError, match="more than 8,000,000 characters"):
        walked(JsonStream(endless))


def test_memory_does_not_grow_with_the_file() -> None:
    """18 MB of products and terms, in the shape of the EC2 file, within 4 MB."""
    settings = as_settings(tomllib.loads((ROOT / "data" / "price_list.toml").read_text()))
    other = {"regionCode": "us-east-1", "locationType": "AWS Region", "usagetype": "BoxUsage", "x": "y" * 900}
    wanted = {**other, "usagetype": "NatGateway-Hours"}
    term = {
        "effectiveDate": "2026-11-01",
        "priceDimensions": server.dimensions("WANTED", "Hrs", [("0", "0.045")]),
    }

    def text() -> Generator[str, None, None]:
        yield '{"offerCode": "AmazonEC2", "publicationDate": "2026-11-20", "products": {'
        for number in range(9_000):
            yield f'"SKU{number}": {json.dumps({"attributes": other})}, '
        yield f'"WANTED": {json.dumps({"attributes": wanted})}}}, "terms": {{"OnDemand": {{'
        for number in range(9_000):
            yield f'"SKU{number}": {json.dumps({"x": "y" * 900})}, '
        yield f'"WANTED": {json.dumps({f"WANTED.{server.TERM}": term})}}}}}}}'

    def read(scan: Callable[[JsonStream], bool]) -> bool:
        with closing(text()) as chunks:
            return scan(JsonStream(chunks))

    tracemalloc.start()
    reading = OfferReader(settings, "AmazonEC2", "us-east-1").read(read)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [price.slices for price in reading.listed] == [((Decimal(0), Decimal("0.045")),)]
    assert peak < 4e6


# --- settings and command line ---------------------------------------------------------------------------


def test_every_price_the_list_is_asked_for_is_one_of_ours() -> None:
    settings = as_settings(tomllib.loads((ROOT / "data" / "price_list.toml").read_text()))
    ours = facts.load_price_variants()
    for selector in settings.selectors:
        assert selector.variant in ours[selector.id], selector
    for id_, variant in settings.spot_units.values():
        assert variant in ours[id_]
    for rate in (*settings.plan_rates, *settings.plan_shares):
        assert rate.id in ours, rate
    names = [(s.id, s.variant) for s in settings.selectors]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    "id_", ["lambda.duration", "fargate.vcpu", "elb.alb_lcu", "network.nat_gb", "sqs.request"]
)
def test_every_variant_of_a_covered_price_is_covered(id_: str) -> None:
    settings = as_settings(tomllib.loads((ROOT / "data" / "price_list.toml").read_text()))
    covered = {selector.variant for selector in settings.selectors if selector.id == id_}
    assert covered == set(facts.load_price_variants()[id_])


def test_every_price_file_is_written_as_it_was_read() -> None:
    for path in [*(ROOT / "data" / "prices").glob("*.csv"), ROOT / "data" / "sources.csv"]:
        assert as_csv(read_rows(path)) == path.read_text(encoding="utf-8"), path.name


def test_a_row_with_too_few_columns_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("id,usd\na,1\nb\n")
    with pytest.raises(ValueError, match=r"x\.csv, line 3"):
        read_rows(tmp_path / "x.csv")


def test_refresh_is_a_word_of_the_command_line(
    data: Path, prices: server.PriceList, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line(["refresh", "--data", str(data), "--base", prices.base, "--on", ON]) == 0
    assert "marked as checked" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        command_line(["--help"])
    assert "scenario files of those names are read as ./refresh and ./fleet" in " ".join(
        capsys.readouterr().out.split()
    )


def test_a_scenario_file_called_refresh_is_still_within_reach(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "refresh").write_text("{}")
    monkeypatch.chdir(tmp_path)
    assert command_line(["./refresh", "--format", "md"]) == 0
    assert capsys.readouterr().out


def test_the_program_ends_with_the_exit_code_and_no_traceback(data: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "model", "refresh", "--data", str(data), "--base", "http://127.0.0.1:9"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Nothing was changed: http://127.0.0.1:9/") and done.stderr.count("\n") == 1


def test_a_person_who_stops_it_finds_all_as_it_was(
    run: Run, data: Path, prices: server.PriceList, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*args: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(network.PriceServer, "read", stop)
    before = contents(data)
    assert run() == (1, "", "Stopped. Nothing was changed.\n")
    assert contents(data) == before
