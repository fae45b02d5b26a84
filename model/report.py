"""A comparison as JSON-ready values and as a Markdown page, for scripts and records."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np

from model.cost.lines import Bill, Line, day, early_prices, used
from model.decide.break_even import Crossing, break_even
from model.evaluate import Comparison, FargateSide, LambdaSide
from model.facts import Price, find_price, load_sources, pick_fact
from model.fit import Check, fit
from model.latency import Latency
from model.scaling.spike import Reaction
from model.serialise import to_dict

PERCENTILES = ("p50_s", "p90_s", "p95_s", "p99_s", "p999_s", "mean_s", "within_slo")
SIDES = {"aws_lambda": "Lambda", "fargate": "Fargate"}
OWN_PRICE = "your own price"
MODELLED = "Modelled from dated list prices and published measurements; not a bill."


def as_dict(comparison: Comparison) -> dict[str, Any]:
    """Everything a script needs, as plain values; infinite times and unknown prices are None."""
    scenario = comparison.scenario
    crossings = () if scenario.shape else break_even(scenario)
    bills = [comparison.aws_lambda.bill, comparison.fargate.bill, comparison.aws_lambda.managed_bill]
    lines = [line for bill in bills if bill is not None for line in used(bill.lines)]
    return {
        "scenario": to_dict(scenario, all_fields=True),
        "aws_lambda": _lambda_dict(comparison.aws_lambda)
        | {"scaling": _spike_dict(comparison, "aws_lambda")},
        "fargate": _fargate_dict(comparison.fargate) | {"scaling": _spike_dict(comparison, "fargate")},
        "break_even": [_crossing_dict(crossing) for crossing in crossings],
        "fit": [_check_dict(check) for check in fit(scenario, comparison.aws_lambda.traffic)],
        "early_prices": [
            {"fact": row.key, "valid_from": row.valid_from.isoformat()}
            for row in early_prices(lines, scenario.billing)
        ],
        "note": MODELLED,
    }


def as_markdown(comparison: Comparison) -> str:
    """Both bills and the key figures of a plain scenario as a Markdown page.

    Raises: ValueError for a scenario with array fields.
    """
    if comparison.scenario.shape:
        raise ValueError("Markdown shows one scenario; give plain numbers, or ask for JSON.")
    tree = as_dict(comparison)
    sections = [f"# Lambda or Fargate?\n\n{MODELLED}", _table(("", *SIDES.values()), _key_figures(tree))]
    sections += filter(None, [_early_section(tree["early_prices"], comparison.scenario.billing.on)])
    sections += [_bill_section(tree[side]["bill"], name) for side, name in SIDES.items()]
    if "managed_instances" in tree["aws_lambda"]:
        managed = tree["aws_lambda"]["managed_instances"]["bill"]
        sections.append(_bill_section(managed, "Lambda Managed Instances"))
    unpriced = any(tree[side]["bill"]["missing"] for side in SIDES)
    sections += [_break_even_section(tree["break_even"], unpriced), _fit_section(tree["fit"])]
    return "\n\n".join(sections) + "\n"


def plain(value: Any) -> Any:
    """Numbers, arrays and None as JSON takes them; what is not finite becomes None."""
    if value is None or isinstance(value, (str, bool)):
        return value
    array = np.asarray(value)
    if array.dtype == bool:
        return array.tolist()
    if array.ndim:
        return [plain(item) for item in array]
    number = float(array)
    return number if math.isfinite(number) else None


def _lambda_dict(side: LambdaSide) -> dict[str, Any]:
    cold = {
        "p_cold": plain(side.cold.p_cold),
        "environments_mean": plain(side.cold.environments_mean),
        "environments_max": plain(side.cold.environments_max),
    }
    throttles = {
        "share": plain(side.throttles.share),
        "by_concurrency": plain(side.throttles.by_concurrency),
        "by_scaling_rate": plain(side.throttles.by_scaling_rate),
        "outcome": "429" if side.scenario.aws_lambda.invocation == "sync" else "delayed",
    }
    start = {"mean_s": plain(side.start.mean_s), "billed_init_s": plain(side.start.billed_init_s)}
    managed = side.managed_bill
    return {
        "bill": _bill_dict(side.bill, day(side.scenario.billing)),
        "latency": _latency_dict(side.latency),
        "cold": cold | {"start": start},
        "throttles": throttles,
        **(
            {}
            if managed is None
            else {"managed_instances": {"bill": _bill_dict(managed, day(side.scenario.billing))}}
        ),
    }


def _fargate_dict(side: FargateSide) -> dict[str, Any]:
    tasks = {"task_hours": plain(side.task_hours)}
    if side.scenario.workload.kind == "service":
        tasks["tasks_mean"] = plain(side.run.running.mean(axis=-1))
    cold = {"p_cold": plain(np.zeros(side.scenario.shape)), "environments_mean": tasks.get("tasks_mean")}
    return {
        "bill": _bill_dict(side.bill, day(side.scenario.billing)),
        "latency": _latency_dict(side.latency),
        "cold": cold,
        "tasks": tasks,
    }


def _bill_dict(bill: Bill, on: date | None) -> dict[str, Any]:
    return {
        "lines": [_line_dict(line, on) for line in used(bill.lines)],
        "total_usd": plain(bill.total_usd),
        "own_usd": plain(bill.own_usd),
        "common_usd": plain(bill.common_usd),
        "known_usd": plain(bill.known_usd),
        "missing": [line.fact for line in bill.missing],
    }


def _line_dict(line: Line, on: date | None) -> dict[str, Any]:
    return {
        "item": line.item,
        "group": line.group,
        "quantity": plain(line.quantity),
        "unit": line.unit,
        "unit_usd": plain(line.unit_usd),
        "usd": plain(line.usd),
        "fact": line.fact,
        "overridden": line.overridden,
        "common": line.common,
        **_origin(line, on),
    }


def _origin(line: Line, on: date | None) -> dict[str, Any]:
    """Who published the price, since when it holds and when it was last checked; of an own price only that."""
    if line.overridden:
        return {"source": OWN_PRICE, "source_url": None, "valid_from": None, "checked": None}
    priced = "@" in line.fact
    row = find_price(line.fact, on) if priced else pick_fact(line.fact)
    source = load_sources().get(row.source)
    return {
        "source": source.publisher if source else row.source or None,
        "source_url": (source.url or None) if source else None,
        "valid_from": row.valid_from.isoformat() if isinstance(row, Price) else None,
        "checked": row.checked.isoformat(),
    }


def _latency_dict(latency: Latency) -> dict[str, Any]:
    return {name: plain(getattr(latency, name)) for name in PERCENTILES}


def _spike_dict(comparison: Comparison, platform: str) -> dict[str, Any]:
    """Key figures of the spike; time to capacity None for "never"; nothing for a job, which does not queue."""
    if comparison.scenario.workload.kind == "job":
        return {}
    reaction: Reaction = getattr(comparison.spike, platform)
    figures = {name: plain(value) for name, value in vars(reaction).items()}
    if platform == "fargate":
        figures["first_scale_out_s"] = plain(comparison.spike.first_scale_out_s)
        figures["lag_parts_s"] = {name: plain(part) for name, part in comparison.spike.lag_parts}
    return figures


def _crossing_dict(crossing: Crossing) -> dict[str, Any]:
    return {
        "field": crossing.path,
        "value": crossing.value,
        "usd": crossing.usd,
        "cheaper_below": crossing.below,
        "cheaper_above": crossing.above,
        "jump": crossing.jump,
    }


def _check_dict(check: Check) -> dict[str, Any]:
    numbers = {name: plain(getattr(check, name)) for name in ("ok", "value", "limit")}
    words = {name: getattr(check, name) for name in ("platform", "check", "unit", "fact", "text")}
    return words | numbers


def _bill_section(bill: dict[str, Any], name: str) -> str:
    rows: list[tuple[str, ...]] = [
        (
            line["item"],
            _short(line["quantity"]),
            line["unit"],
            _short(line["unit_usd"]),
            _money(line["usd"]),
            line["source"] or "–",
            line["valid_from"] or "–",
            line["checked"] or "–",
        )
        for line in bill["lines"]
    ]
    if bill["common_usd"]:
        rows.append(("of these, on both bills alike", "", "", "", _money(bill["common_usd"]), "", "", ""))
    rows.append(("**Total**", "", "", "", f"**{_money(bill['total_usd'])}**", "", "", ""))
    return f"## {name}: the month's bill\n\n" + _table(
        ("Item", "Quantity", "Unit", "USD per unit", "USD", "Source", "In force since", "Checked"), rows
    )


def _early_section(early: list[dict[str, Any]], on: str) -> str:
    """That older prices are not known, if the bill's day asks for them."""
    if not early:
        return ""
    since = min(row["valid_from"] for row in early)
    return (
        f"**Prices of {on}:** for {len(early)} of them no figure as old as that is known. The oldest known one stands "
        f"in (in force since {since} or later; see the column)."
    )


def _break_even_section(crossings: list[dict[str, Any]], unpriced: bool) -> str:
    said = [
        f"- {crossing['field']} = {crossing['value']:.4g} ({_money(crossing['usd'])} a month): "
        f"{SIDES[crossing['cheaper_below']]} is cheaper below, {SIDES[crossing['cheaper_above']]} above."
        for crossing in crossings
    ]
    none = "Unknown: a price is missing." if unpriced else "None in the range searched."
    return "## Break-even\n\n" + ("\n".join(said) or none)


def _fit_section(checks: list[dict[str, Any]]) -> str:
    said = [
        f"- {SIDES[check['platform']]}: {check['check']}. {check['text']}"
        for check in checks
        if not check["ok"]
    ]
    return "## Does it fit?\n\n" + ("\n".join(said) or "Every limit known to the model is met.")


def _key_figures(tree: dict[str, Any]) -> list[tuple[str, ...]]:
    rows = [("Total, USD a month", *(_money(tree[side]["bill"]["total_usd"]) for side in SIDES))]
    rows += [(name, *(_short(tree[side]["latency"][name]) for side in SIDES)) for name in PERCENTILES]
    return [*rows, ("Share of cold requests", *(_short(tree[side]["cold"]["p_cold"]) for side in SIDES))]


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def _money(usd: float | None) -> str:
    return "no published figure" if usd is None else f"{usd:,.2f}"


def _short(number: float | None) -> str:
    """Six significant digits, no exponent."""
    return "–" if number is None else f"{Decimal(f'{number:.6g}'):,f}"
