"""The data files themselves: complete, dated, sourced, without duplicates, true to what was published."""

import csv
import re
import tomllib
from collections import Counter
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from model import facts
from model.facts import prices as price_book

DATA = Path(__file__).parents[1] / "data"
WRITTEN = date(2026, 11, 25)  # the day a source was last read; no date may be later
UNCARDED = {"regions.csv", "sources.csv", "disagreements.csv"}  # rows carry their own origin, or need none
US_EAST = "us-east-1"
MEASUREMENTS = sorted(
    path for path in DATA.rglob("*.csv") if path.parent.name != "prices" and path.name not in UNCARDED
)


def rows(*path):
    with DATA.joinpath(*path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def card(path):
    return tomllib.loads(path.with_suffix(".toml").read_text(encoding="utf-8"))


def duplicates(items):
    return [item for item, count in Counter(items).items() if count > 1]


# --- regions and sources ----------------------------------------------------------------------------


def test_there_are_34_regions_with_a_name_each():
    regions = rows("regions.csv")
    assert len(regions) == 34
    assert not duplicates(row["code"] for row in regions)
    assert all(re.fullmatch(r"[a-z]{2}-[a-z]+-\d", row["code"]) and row["name"] for row in regions)


def test_every_source_is_complete_and_dated():
    assert not duplicates(row["id"] for row in rows("sources.csv"))
    for source in facts.load_sources().values():
        assert source.publisher and source.title, source.id
        assert source.url == "" or source.url.startswith("https://"), source.id
        assert date(2015, 1, 1) < source.checked <= WRITTEN, source.id


def used_sources():
    used = {price.source for price in facts.load_prices()} | {
        fact.source for fact in facts.load_facts().values()
    }
    for price in facts.load_prices():
        for others in re.findall(r"also: ([A-Z0-9_]+(?:; [A-Z0-9_]+)*)", price.locator):
            used.update(others.split("; "))
    for path in (DATA / "cold_starts").glob("*.csv"):
        used.update(row["source"] for row in rows("cold_starts", path.name) if "source" in row)
    for path in MEASUREMENTS:
        used.update([card(path)["source"], *card(path).get("also", [])])
    for disagreement in facts.load_disagreements():
        used.update(disagreement.sources)
    return used - {""}


def test_every_source_id_used_anywhere_is_listed():
    assert used_sources() <= set(facts.load_sources())


def test_every_listed_source_is_used_somewhere():
    assert set(facts.load_sources()) <= used_sources()


# --- prices -----------------------------------------------------------------------------------------


def test_no_price_occurs_twice():
    assert not duplicates((p.id, p.region, p.variant, p.tier_from, p.valid_from) for p in facts.load_prices())


def test_every_price_and_variant_exists_in_every_region():
    regions = set(facts.load_regions())
    seen = {}
    for price in facts.load_prices():
        seen.setdefault((price.id, price.variant), set()).add(price.region)
    assert {key: regions - found for key, found in seen.items() if found != regions} == {}


def test_a_price_is_a_positive_figure_or_marked_as_missing_never_zero():
    for price in facts.load_prices():
        assert (price.usd is None) == (price.kind == "missing"), price.key
        assert price.usd is None or price.usd > 0, price.key
        assert price.kind in ("published", "measured", "assumed", "missing"), price.key


def test_every_figure_names_its_source_and_every_row_says_where():
    for price in facts.load_prices():
        assert price.locator, price.key
        assert price.source or price.kind == "missing", price.key


def test_price_dates_are_in_order_and_not_in_the_future():
    for price in facts.load_prices():
        assert date(2015, 1, 1) < price.valid_from <= WRITTEN, price.key
        assert price.checked <= WRITTEN, price.key
        if price.usd is not None:
            assert price.valid_from <= price.checked, price.key


def test_slices_begin_at_zero_and_share_one_unit():
    for (id_, region, variant), tiers in price_book._price_index().items():
        bounds = sorted(tiers)
        assert bounds[0] == 0, (id_, region, variant)
        assert len({row.unit for of_tier in tiers.values() for row in of_tier}) == 1, (id_, region, variant)


def test_a_later_slice_is_never_dearer_than_the_one_before():
    for id_, region, variant in price_book._price_index():
        usd = [x for x in facts.pick_price(id_, region, variant).usd if x is not None]
        assert usd == sorted(usd, reverse=True), (id_, region, variant)


def test_one_price_has_one_unit_in_every_region():
    units = {}
    for price in facts.load_prices():
        units.setdefault((price.id, price.variant), set()).add(price.unit)
    assert {key: found for key, found in units.items() if len(found) > 1} == {}


def test_price_rows_are_sorted_so_that_a_change_is_one_line_in_a_diff():
    for path in sorted((DATA / "prices").glob("*.csv")):
        keys = [
            (r["id"], r["variant"], float(r["tier_from"]), r["region"], r["valid_from"])
            for r in rows("prices", path.name)
        ]
        assert keys == sorted(keys), path.name


def test_shares_lie_between_zero_and_one():
    for price in facts.load_prices():
        if price.unit == "share" and price.usd is not None:
            assert 0 < price.usd < 1, price.key


# Each figure as published; the source and day it was read stand beside it.
PUBLISHED = [
    # id, variant, region, slice, USD, citation
    ("lambda.request", "x86_64", US_EAST, 0, 0.20e-6, "AWSLambda list 2026-09-19"),
    ("lambda.duration", "x86_64", US_EAST, 0, 0.0000166667, "AWSLambda list 2026-09-19"),
    ("lambda.duration", "x86_64", US_EAST, 1, 0.000015, "AWSLambda list 2026-09-19"),
    ("lambda.duration", "x86_64", US_EAST, 2, 0.0000133334, "AWSLambda list 2026-09-19"),
    ("lambda.duration", "arm64", US_EAST, 0, 0.0000133334, "AWSLambda list 2026-09-19"),
    ("lambda.duration", "x86_64", "af-south-1", 0, 0.0000221, "Lambda price file 2025-10-30"),
    ("lambda.provisioned_concurrency", "x86_64", US_EAST, 0, 0.0000041667, "Lambda pricing page 2026"),
    ("lambda.provisioned_duration", "x86_64", US_EAST, 0, 0.0000097222, "Lambda pricing page 2026"),
    ("lambda.ephemeral_storage", "x86_64", US_EAST, 0, 0.0000000309, "Lambda pricing page 2026"),
    ("lambda.snapstart_cache", "", US_EAST, 0, 0.0000015046, "Lambda pricing page 2026"),
    ("lambda.snapstart_restore", "", US_EAST, 0, 0.0001397998, "Lambda pricing page 2026"),
    ("lambda.managed_instances_request", "", US_EAST, 0, 0.20e-6, "Lambda pricing page 2026"),
    ("lambda.managed_instances_fee_share", "", US_EAST, 0, 0.15, "Lambda pricing page 2026"),
    ("fargate.vcpu", "linux_x86_64", US_EAST, 0, 0.04048, "AmazonECS list 2026-09-11"),
    ("fargate.memory", "linux_x86_64", US_EAST, 0, 0.004445, "AmazonECS list 2026-09-11"),
    ("fargate.vcpu", "linux_arm64", US_EAST, 0, 0.03238, "AmazonECS list 2026-09-11"),
    ("fargate.vcpu", "windows_x86_64", US_EAST, 0, 0.046552, "AmazonECS list 2026-09-11"),
    ("fargate.windows_licence", "", US_EAST, 0, 0.046, "AmazonECS list 2026-09-11"),
    ("fargate.ephemeral_storage", "", US_EAST, 0, 0.000111, "AmazonECS list 2026-09-11"),
    ("fargate_spot.vcpu", "linux_x86_64", US_EAST, 0, 0.01288871, "Spot feed 2026-09-28"),
    ("elb.alb_hour", "", US_EAST, 0, 0.0225, "Price List extract 2026-09-03"),
    ("elb.alb_lcu", "", "eu-west-2", 0, 0.0084, "London test data 2026, one source"),
    ("elb.nlb_lcu", "", US_EAST, 0, 0.006, "Price List extract 2026-09-03"),
    ("api_gateway.rest_request", "", US_EAST, 3, 1.51e-6, "API Gateway price file 2025-10-20"),
    ("api_gateway.http_request", "", US_EAST, 1, 0.90e-6, "API Gateway price file 2025-10-20"),
    ("network.nat_hour", "", US_EAST, 0, 0.045, "Price List extract 2026-09-03"),
    ("network.public_ipv4_hour", "", "eu-west-1", 0, 0.005, "VPC price file 2025-11-04"),
    ("network.egress_gb", "", "ap-northeast-1", 0, 0.114, "Infracost reference 2024-09-25"),
    ("cloudwatch.logs_standard_gb", "", US_EAST, 0, 0.50, "Price List extract 2026-09-03"),
    ("cloudwatch.logs_lambda_gb", "", US_EAST, 3, 0.05, "CloudWatch price file 2025-09-23"),
    ("xray.trace_recorded", "", US_EAST, 0, 5e-6, "X-Ray pricing page"),
    ("rds_proxy.vcpu_hour", "", US_EAST, 0, 0.015, "hosting cost study 2026-08-17"),
    ("step_functions.express_duration", "", US_EAST, 0, 0.060012, "0.00001667 per GB-s x 3,600"),
    (
        "savings_plan.fargate_discount",
        "linux_x86_64_3yr_all_upfront",
        US_EAST,
        0,
        0.52,
        "plan list 2026-09-25",
    ),
    ("savings_plan.lambda_discount", "1yr_no_upfront", US_EAST, 0, 0.12, "plan list 2026-09-25"),
]


@pytest.mark.parametrize(
    ("id_", "variant", "region", "tier", "usd", "citation"),
    PUBLISHED,
    ids=[f"{row[0]}-{row[1]}-{row[2]}-{row[3]}" for row in PUBLISHED],
)
def test_a_price_is_what_its_source_says(id_, variant, region, tier, usd, citation):
    assert facts.pick_price(id_, region, variant, on=WRITTEN).usd[tier] == usd, citation


TIERS = [
    # id, variant, lower bounds of the slices, citation
    ("lambda.duration", "x86_64", (0, 6e9, 15e9), "AWS blog on tiered prices, 2022-08"),
    ("lambda.duration", "arm64", (0, 7.5e9, 18.75e9), "AWS blog on tiered prices, 2022-08"),
    ("api_gateway.rest_request", "", (0, 333e6, 1e9, 20e9), "API Gateway price file 2025-10-20"),
    ("api_gateway.http_request", "", (0, 300e6), "API Gateway price file 2025-10-20"),
    ("network.egress_gb", "", (0, 10 * 1024, 50 * 1024, 150 * 1024), "10, 50 and 150 TB"),
    ("cloudwatch.logs_lambda_gb", "", (0, 10 * 1024, 30 * 1024, 50 * 1024), "10, 30 and 50 TB"),
    ("cloudwatch.custom_metric", "", (0, 10e3, 250e3, 1e6), "CloudWatch price file 2025-09-23"),
    ("step_functions.express_duration", "", (0, 1000, 5000), "Infracost reference 2024-07-01"),
]


@pytest.mark.parametrize(
    ("id_", "variant", "bounds", "citation"), TIERS, ids=[f"{t[0]}-{t[1]}" for t in TIERS]
)
def test_slices_begin_where_aws_says(id_, variant, bounds, citation):
    assert facts.pick_price(id_, US_EAST, variant).tier_from == bounds, citation


def test_rest_api_has_three_slices_in_sydney_as_aws_lists_it():
    assert facts.pick_price("api_gateway.rest_request", "ap-southeast-2").tier_from == (0, 1e9, 20e9)


@pytest.mark.parametrize(
    ("id_", "variant", "region"),
    [
        ("elb.alb_hour", "", "af-south-1"),
        ("elb.alb_lcu", "", "sa-east-1"),
        ("elb.nlb_hour", "", "eu-west-2"),
        ("fargate_spot.vcpu", "linux_x86_64", "eu-central-1"),
        ("network.egress_gb", "", "mx-central-1"),
        ("lambda.response_streaming", "", "ap-southeast-5"),
        ("api_gateway.http_request", "", "mx-central-1"),
        ("lambda.durable_operation", "", "eu-west-1"),
        ("rds_proxy.acu_hour", "", US_EAST),
        ("eventbridge.scheduler_invocation", "", US_EAST),
        ("cloudwatch.ecs_20_second_metric", "", US_EAST),
    ],
)
def test_a_figure_nobody_published_is_missing(id_, variant, region):
    price = facts.pick_price(id_, region, variant)
    assert price.missing
    assert all(row.kind == "missing" and row.locator for row in price.rows)


def test_a_load_balancer_has_a_price_in_thirteen_regions_only():
    known = [r for r in facts.load_regions() if not facts.pick_price("elb.alb_hour", r).missing]
    assert len(known) == 13


def test_compute_on_both_sides_is_priced_in_every_region():
    for region in facts.load_regions():
        for id_ in ("lambda.request", "lambda.duration"):
            for architecture in ("x86_64", "arm64"):
                assert not facts.pick_price(id_, region, architecture).missing
        for id_ in ("fargate.vcpu", "fargate.memory"):
            for platform in ("linux_x86_64", "linux_arm64"):
                assert not facts.pick_price(id_, region, platform).missing


def test_a_savings_plan_share_outside_us_east_1_is_marked_as_assumed():
    for price in facts.load_prices():
        if price.id.endswith("_discount") and price.usd is not None:
            assert price.kind == ("published" if price.region == US_EAST else "assumed"), price.key


@pytest.mark.parametrize("part", ["vcpu", "memory"])
def test_savings_plan_rates_agree_with_the_shares_of_the_same_plan(part):
    """x86_64 on Fargate: rate = On-Demand x (1 - share), to the last digit listed."""
    on_demand = facts.pick_price(f"fargate.{part}", US_EAST, "linux_x86_64").usd[0]
    for plan in ("1yr_no_upfront", "3yr_no_upfront"):
        share = facts.pick_price("savings_plan.fargate_discount", US_EAST, f"linux_x86_64_{plan}").usd[0]
        rate = facts.pick_price(f"savings_plan.fargate_{part}", US_EAST, f"linux_x86_64_{plan}").usd[0]
        assert rate == pytest.approx(on_demand * (1 - share), rel=1e-9)


def test_the_management_fee_examples_are_15_percent_of_the_instance_price():
    for instance in ("c7i.xlarge", "c7g.xlarge", "m7g.xlarge"):
        fee = facts.pick_price("lambda.managed_instances_fee_hour", US_EAST, instance).usd[0]
        hour = facts.pick_price("ec2.instance_hour", US_EAST, instance).usd[0]
        assert fee == pytest.approx(0.15 * hour, rel=1e-9)


# --- limits and assumptions -------------------------------------------------------------------------


def test_every_fact_is_dated_sourced_and_of_a_known_kind():
    for fact in facts.load_facts().values():
        assert fact.kind in ("published", "measured", "assumed"), fact.id
        assert date(2015, 1, 1) < fact.checked <= WRITTEN, fact.id
        assert fact.source in facts.load_sources(), fact.id


def test_the_day_a_fact_was_checked_is_the_day_its_source_was_read():
    for fact in facts.load_facts().values():
        assert fact.checked <= facts.load_sources()[fact.source].checked, fact.id


def test_every_assumption_has_a_range_around_its_value_and_a_reason():
    for fact in facts.load_facts().values():
        if fact.kind == "assumed":
            assert fact.why, fact.id
            assert fact.low is not None and fact.high is not None, fact.id
        if fact.low is not None:
            assert fact.low <= fact.value <= fact.high, fact.id


def test_assumptions_stand_in_the_file_of_assumptions_or_among_the_cold_start_terms():
    limits = tomllib.loads((DATA / "limits.toml").read_text(encoding="utf-8"))
    kinds = {fields["kind"] for group in limits.values() for fields in group.values()}
    assert "assumed" not in kinds
    assumptions = tomllib.loads((DATA / "assumptions.toml").read_text(encoding="utf-8"))
    assert {fields["kind"] for group in assumptions.values() for fields in group.values()} == {"assumed"}


LIMITS = [
    ("lambda.memory_max_mb", 10_240, "Lambda quotas"),
    ("lambda.mb_per_vcpu", 1_769, "Lambda: 1,769 MB is one vCPU"),
    ("lambda.max_duration_s", 15 * 60, "Lambda quotas: 15 minutes"),
    ("lambda.burst_environments", 1_000, "Lambda scaling behaviour"),
    ("lambda.refill_environments_per_s", 1_000 / 10, "1,000 every 10 s"),
    ("lambda.free_gb_s", 400_000, "Lambda pricing page"),
    ("lambda.snapstart_cache_min_s", 3 * 3600, "Lambda pricing page: 3 hours"),
    ("lambda.async_retry_window_s", 6 * 3600, "6 hours"),
    ("lambda.durable_max_s", 365 * 24 * 3600, "one year"),
    ("fargate.min_billed_s", 60, "Fargate pricing page: 1 minute"),
    ("fargate.min_billed_windows_s", 5 * 60, "Fargate pricing page: 5 minutes"),
    ("fargate.launch_burst", 100, "Fargate throttling quotas"),
    ("lambda.package_upload_mb", 50, "Lambda quotas: 50 MB zipped, for direct upload"),
    ("api_gateway.http_timeout_s", 30, "HTTP API quotas: maximum integration timeout"),
    ("api_gateway.rest_timeout_s", 29, "REST API quotas: integration timeout"),
    ("api_gateway.websocket_connection_s", 2 * 3600, "WebSocket API quotas: 2 hours"),
    ("elb.lambda_payload_mb", 1, "ALB: request body and response JSON of a function"),
    ("fargate.file_descriptors", 2**16 - 1, "ECS API reference: nofile"),
    ("elb.lcu_gb_lambda", 0.4, "Elastic Load Balancing pricing page"),
    ("elb.nlcu_tls_new_flows_per_s", 50, "Elastic Load Balancing pricing page"),
    ("network.free_egress_gb", 100, "100 GB a month over all services"),
    ("target_tracking.metric_lag_at_60_s", 363 - 3 * 60 - 3, "363 s to the action, less about 180 s"),
    ("target_tracking.metric_lag_at_20_s", 86 - 3 * 20, "86 s to the action, less about 60 s"),
    ("deployment.canary_bake_s", 10 * 60, "10 minutes"),
]


@pytest.mark.parametrize(("id_", "value", "citation"), LIMITS, ids=[row[0] for row in LIMITS])
def test_a_limit_is_what_its_source_says(id_, value, citation):
    assert facts.limit(id_) == value, citation


def test_init_is_billed_for_every_function_since_august_2025():
    assert facts.pick_fact("lambda.init_billed_from").value == date(2025, 8, 1)


def test_lambda_deployment_presets_shift_all_traffic():
    """CodeDeploy: all at once, four canaries, four linear rates."""
    presets = {p["name"]: p for p in facts.pick_fact("deployment.lambda_presets").value}
    assert len(presets) == 9
    for name, preset in presets.items():
        if name.startswith("Linear"):
            assert preset["steps"] * preset["step_share"] == pytest.approx(1)
        minutes = re.search(r"(\d+)Minutes?$", name)
        assert preset["interval_s"] == (60 * int(minutes[1]) if minutes else 0)


# Fargate pricing page 2026; Windows: reading of 2026-09-28.
@pytest.mark.parametrize(
    ("os", "vcpu", "memory_gb", "legal"),
    [
        ("linux", 0.25, 0.5, True),
        ("linux", 0.25, 2, True),
        ("linux", 0.25, 3, False),
        ("linux", 0.5, 4, True),
        ("linux", 1, 1, False),
        ("linux", 4, 30, True),
        ("linux", 4, 31, False),
        ("linux", 8, 18, False),
        ("linux", 8, 20, True),
        ("linux", 16, 120, True),
        ("linux", 32, 244, True),
        ("linux", 32, 64, False),
        ("windows", 0.5, 4, False),
        ("windows", 1, 2, True),
        ("windows", 8, 16, False),
    ],
)
def test_a_task_size_is_legal_as_published(os, vcpu, memory_gb, legal):
    assert ((vcpu, memory_gb) in facts.load_fargate_sizes(os)) == legal


def test_there_are_as_many_task_sizes_as_the_ranges_have_steps():
    assert len(facts.load_fargate_sizes("linux")) == 3 + 4 + 7 + 13 + 23 + 12 + 12 + 3
    assert len(facts.load_fargate_sizes("windows")) == 7 + 13 + 23


# --- measurements -----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", MEASUREMENTS, ids=lambda path: path.stem)
def test_a_measurement_has_a_card_that_says_how_it_was_made(path):
    fields = card(path)
    for key in ("title", "method", "instrument", "n", "period", "licence", "source"):
        assert fields.get(key), f"{path.name}: {key}"


def test_quantiles_of_init_rise_with_probability():
    groups = facts.load_init_quantiles()
    assert len(groups) == 158
    for group, quantiles in groups.items():
        assert np.all(np.diff(quantiles.probabilities) > 0), group
        assert quantiles.probabilities[0] > 0 and quantiles.probabilities[-1] < 1, group
        assert np.all(np.diff(quantiles.seconds) >= 0), group
        assert 0 < quantiles.seconds[0] < 10 and quantiles.n > 100, group


def test_fits_describe_the_same_groups_and_agree_on_the_median():
    fits, quantiles = facts.load_init_fits(), facts.load_init_quantiles()
    assert fits.keys() == quantiles.keys()
    for group, fit in fits.items():
        median = quantiles[group].seconds[quantiles[group].probabilities == 0.5][0]
        assert fit.p50_s == pytest.approx(median, abs=1e-4), group
        assert fit.n == quantiles[group].n, group
        assert fit.p5_s <= fit.p50_s <= fit.p95_s <= fit.p99_s, group


@pytest.mark.parametrize(
    ("group", "median_s"),
    [
        (("bun", "arm64", "image", False), 0.14157),
        (("bun", "x86_64", "zip", False), 0.34592),
    ],
)
def test_a_median_init_time_is_as_extracted_from_lambda_perf(group, median_s):
    quantiles = facts.load_init_quantiles()[group]
    assert quantiles.seconds[quantiles.probabilities == 0.5] == pytest.approx(median_s)


@pytest.mark.parametrize("version", [11, 17, 21])
def test_the_java_restore_term_is_the_median_of_the_measured_restores(version):
    quantiles = facts.load_init_quantiles()[(f"java{version}", "x86_64", "zip", True)]
    median = quantiles.seconds[quantiles.probabilities == 0.5][0]
    assert facts.limit(f"cold_start.snapstart_restore_java{version}_s") == pytest.approx(median, abs=5e-4)


def test_framework_percentiles_rise_and_snapstart_shortens_every_start():
    presets = facts.load_frameworks()
    for name, preset in presets.items():
        given = [x for x in (preset.p50_s, preset.p90_s, preset.p99_s) if not np.isnan(x)]
        assert given == sorted(given) and given[0] > 0, name
        if preset.snapstart:
            assert preset.p50_s < presets[name.removesuffix("_snapstart")].p50_s, name


@pytest.mark.parametrize("year", [2020, 2021, 2025])
def test_a_keep_alive_curve_goes_from_warm_to_cold(year):
    idle_s, p_cold = facts.load_keep_alive(year)
    assert np.all(np.diff(idle_s) > 0)
    assert np.all((p_cold >= 0) & (p_cold <= 1))
    assert p_cold[0] < 0.05 and p_cold[-1] == 1


def test_half_of_the_environments_are_gone_after_about_320_s():
    """Keep-alive probes of 2025: 0.43 after 315 s, 0.68 after 330 s."""
    idle_s, p_cold = facts.load_keep_alive()
    assert np.interp(0.5, p_cold[-6:], idle_s[-6:]) == pytest.approx(320, abs=2)


def test_the_fargate_start_line_follows_from_the_published_points():
    """Least squares over the points up to 1,000 MB; images of unknown size count as 50 MB."""
    starts = facts.load_task_starts()
    size = np.array([50 if np.isnan(s.image_mb) else s.image_mb for s in starts])
    seconds = np.array([s.seconds for s in starts])[size <= 1000]
    design = np.column_stack([np.ones(len(seconds)), size[size <= 1000]])
    line = np.linalg.lstsq(design, seconds, rcond=None)[0]
    spread = np.std(np.log(seconds / (design @ line)), ddof=2)
    assert len(starts) == 10 and len(seconds) == 8
    assert line[0] == pytest.approx(facts.limit("task_start.fit_s"), abs=0.05)
    assert line[1] == pytest.approx(facts.limit("task_start.fit_s_per_mb"), abs=0.0005)
    assert spread == pytest.approx(facts.limit("task_start.fit_log_sd"), abs=0.005)


@pytest.mark.parametrize(
    ("name", "periods", "mean", "peak"),
    [
        ("nasa_http_1995_week", 7 * 1440, 55, 405),
        ("aws_elb_request_count_2014_week", 7 * 1440, 11.8, 132),
        ("twitter_amzn_mentions_2015_week", 7 * 1440, 11.5, 188),
        ("azure_llm_code_2023_hour", 58, 152, 585),
    ],
)
def test_a_trace_has_the_length_mean_and_peak_of_its_origin(name, periods, mean, peak):
    trace = facts.load_traces()[name]
    assert len(trace.counts) == periods
    assert trace.counts.mean() == pytest.approx(mean, rel=0.01)
    assert trace.counts.max() == peak
    assert np.all(trace.counts >= 0)


@pytest.mark.parametrize("path", sorted((DATA / "traces").glob("*.csv")), ids=lambda path: path.stem)
def test_a_trace_has_no_gap_and_fits_its_card(path):
    minutes = np.array([row["timestamp"] for row in rows("traces", path.name)], dtype="datetime64[m]")
    assert np.all(np.diff(minutes) == np.timedelta64(1, "m"))
    assert card(path)["period_s"] == 60 and card(path)["n"] == len(minutes)


@pytest.mark.parametrize("folder", ["cold_starts", "traces"])
def test_extracts_of_others_work_carry_their_licence(folder):
    text = (DATA / folder / "LICENCE.md").read_text(encoding="utf-8")
    assert "Apache License, Version 2.0" in text or "MIT" in text


def test_published_bills_add_up_as_recomputed():
    bills = facts.load_measured("worked_examples")["examples"]
    assert len(bills) == 24
    for bill in bills:
        wrong = [name for name, line in bill["line_items"].items() if not line["ok"]]
        assert wrong == bill["inconsistent_items"], bill["id"]
        assert bill["consistent"] == (not wrong), bill["id"]


# --- the folder -------------------------------------------------------------------------------------


def test_no_data_file_is_larger_than_a_megabyte():
    assert [path.name for path in DATA.rglob("*") if path.is_file() and path.stat().st_size > 1_000_000] == []


def test_no_data_file_names_a_place_on_somebodys_machine():
    for path in DATA.rglob("*.*"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"(?<![\w.])/(?:home|root|tmp|Users|work)/\w", text), path.name
