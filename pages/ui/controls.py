"""The sidebar: one control per field of the scenario, the most important in sight, the rest folded."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from functools import cache, partial
from typing import Any

import streamlit as st

from model.facts import limit
from model.fields import ChoiceField, Field, FlagField, ManyField, NumberField
from model.scenario import Scenario, fargate_memory_options, fargate_vcpu_options, value_at, vocabulary
from pages.ui import state, words

IN_SIGHT = (
    "billing.region",
    "workload.requests_per_s",
    "workload.duration_s",
    "workload.cpu_share",
    "aws_lambda.memory_mb",
    "fargate.vcpu",
    "fargate.memory_gb",
)

FOLDED: dict[str, tuple[str, ...]] = {
    "Traffic": (
        "workload.kind",
        "workload.requests_per_s",
        "workload.runs_per_day",
        "workload.pattern",
        "workload.trace",
        "workload.peak_to_mean",
        "workload.on_share",
        "workload.burstiness",
        "workload.spike_factor",
        "workload.spike_duration_s",
        "workload.slo_p99_s",
        "workload.timeout_s",
    ),
    "One request": (
        "workload.measured_at_mb",
        "workload.duration_cv",
        "workload.cpu_threads",
        "workload.memory_per_request_mb",
        "workload.memory_base_mb",
        "workload.request_kb",
        "workload.response_kb",
        "workload.log_kb",
        "workload.internet_facing",
        "workload.outbound_kb",
        "workload.cross_zone_kb",
        "workload.open_connections",
        "workload.db_connections_limit",
        "workload.needs",
    ),
    "Services around it": (
        "workload.rds_proxy",
        "workload.database_vcpu",
        "workload.queue",
        "workload.step_functions_transitions",
        "workload.custom_metrics",
        "workload.xray_share",
    ),
    "Lambda": (
        "aws_lambda.runtime",
        "aws_lambda.architecture",
        "aws_lambda.framework",
        "aws_lambda.package",
        "aws_lambda.package_mb",
        "aws_lambda.loaded_mb",
        "aws_lambda.front_door",
        "aws_lambda.invocation",
        "aws_lambda.streamed",
        "aws_lambda.vpc",
        "aws_lambda.nat",
        "aws_lambda.snapstart",
        "aws_lambda.snapstart_versions",
        "aws_lambda.provisioned_concurrency",
        "aws_lambda.provisioned_hours_per_day",
        "aws_lambda.provisioned_target_percent",
        "aws_lambda.reserved_concurrency",
        "aws_lambda.account_concurrency",
        "aws_lambda.keep_alive_s",
        "aws_lambda.ephemeral_mb",
        "aws_lambda.managed_instances",
        "aws_lambda.managed_instance_type",
    ),
    "Fargate": (
        "fargate.architecture",
        "fargate.os",
        "fargate.image_mb",
        "fargate.images_kept",
        "fargate.boot_s",
        "fargate.requests_in_flight_per_task",
        "fargate.load_balancer",
        "fargate.nlb_tls",
        "fargate.availability_zones",
        "fargate.ephemeral_gb",
        "fargate.spot_share",
        "fargate.nat",
        "fargate.public_ip",
        "fargate.interface_endpoints",
        "fargate.container_insights",
    ),
    "Fargate scaling": (
        "fargate.scaling",
        "fargate.tasks",
        "fargate.min_tasks",
        "fargate.max_tasks",
        "fargate.metric",
        "fargate.target_percent",
        "fargate.metric_period_s",
        "fargate.metric_lag_s",
        "fargate.scale_out_cooldown_s",
        "fargate.scale_in_cooldown_s",
        "fargate.health_check_interval_s",
    ),
    "Billing": (
        "billing.on",
        "billing.free_tier",
        "aws_lambda.free_tier_with_provisioned",
        "billing.other_lambda_gb_s",
        "billing.other_lambda_requests",
        "billing.init_billed",
        "billing.savings_plan",
        "billing.commitment_usd_per_hour",
        "billing.common_costs",
        "billing.hours_per_month",
    ),
}


OF_PAGE: dict[str, tuple[str, ...]] = {
    "cold_start": ("aws_lambda.runtime", "aws_lambda.framework", "aws_lambda.provisioned_concurrency"),
    "spike": (
        "workload.spike_factor",
        "workload.spike_duration_s",
        "fargate.min_tasks",
        "fargate.max_tasks",
        "fargate.metric_period_s",
    ),
}
"""What else a page is about: in sight there, folded elsewhere."""


_OF_JOBS = {"workload.requests_per_s": "workload.runs_per_day"}


def sidebar(page: str = "") -> None:
    """Draw all controls, those of the page in sight; a folded one counts as drawn."""
    now = state.scenario()
    in_sight = (
        *(_OF_JOBS.get(path, path) if now.workload.kind == "job" else path for path in IN_SIGHT),
        *OF_PAGE.get(page, ()),
    )
    with st.sidebar.container(gap="xsmall"):
        for path in in_sight:
            control(path, now)
        for title, paths in FOLDED.items():
            with st.expander(title):
                for path in paths:
                    if path not in in_sight:
                        control(path, now)
        _exact_value()
        st.button("Back to the article's example", on_click=state.load, args=(Scenario(),), width="stretch")


def control(path: str, now: Scenario) -> None:
    """The control of one field.

    It gets the present value as its own, too, although session state holds it: a browser that has to build the control
    anew, as when a page shows elsewhere what another folds away, starts from that and would otherwise send back the
    first option.
    """
    value = value_at(now, path)
    common = {
        "label": words.label(path),
        "key": path,
        "help": words.meaning(path),
        "disabled": not matters(path, now),
    }
    match _FIELDS.get(path):
        case NumberField(when_none=""):
            st.select_slider(options=steps(path, now), value=value, format_func=_setting(path), **common)
        case NumberField() as spec:
            _number(spec, common)
        case ChoiceField():
            options = _in_order(path)
            st.selectbox(options=options, index=options.index(value), format_func=_option(path), **common)
        case ManyField() as spec:
            st.multiselect(
                options=spec.options,
                default=value,
                format_func=_option(path),
                placeholder="Nothing special",
                **common,
            )
        case FlagField():
            st.toggle(value=value, **common)
        case None:
            common["help"] = "Prices in force on this day, as YYYY-MM-DD. Empty: the newest we know."
            st.text_input(value=value, placeholder="newest", max_chars=10, **common)


def steps(path: str, now: Scenario) -> list[float]:
    """Where a slider can stand: round values, the default, and whatever a link, a preset or an exact entry brought."""
    if path not in STEPS:
        return list(steps_of_table(path, now))
    value, known = value_at(now, path), _round_steps(path)
    odd: dict[str, tuple[float, ...]] = st.session_state.setdefault(_ODD, {})
    if value not in known and value not in odd.get(path, ()):
        odd[path] = (*odd.get(path, ()), value)[-MOST_ODD_STEPS:]
    return sorted(known.union(odd.get(path, ())))


def steps_of_table(path: str, now: Scenario) -> tuple[float, ...]:
    """The sizes Fargate sells: of vCPU, and of memory beside the present vCPU."""
    os, vcpu = now.fargate.os, now.fargate.vcpu
    return fargate_vcpu_options(os) if path == "fargate.vcpu" else fargate_memory_options(vcpu, os)


@cache
def _round_steps(path: str) -> frozenset[float]:
    spec = _FIELDS[path]
    return frozenset(spec.normal(step) for step in (*STEPS[path], _DEFAULTS[path]) if spec.accepts(step))


def _number(spec: NumberField, common: dict[str, Any]) -> None:
    """A number that may be left out."""
    kind = int if spec.whole else float
    st.number_input(
        min_value=kind(spec.low),
        max_value=kind(spec.high),
        value=None,  # anything else could not be emptied again; state.restore sees to it on a change of page
        step=kind(1),
        format="%d" if spec.whole else "%g",
        placeholder=spec.when_none,
        **common,
    )


def _exact_value() -> None:
    """Any slider's value, typed in."""
    with st.expander("Exact value"):
        path = st.selectbox("Set", _SLIDERS, format_func=words.label, key="exact")
        spec = _FIELDS[path]
        kind = int if spec.whole else float
        st.number_input(
            f"to this many {spec.unit}" if spec.unit else "to",
            min_value=kind(spec.low),
            max_value=kind(spec.high),
            value=None,
            step=kind(1),
            format="%d" if spec.whole else "%g",
            placeholder=words.exact(value_at(state.scenario(), path)),
            key=f"exact.{path}",
            on_change=_set_exactly,
            args=(path,),
        )


def _set_exactly(path: str) -> None:
    value = st.session_state[f"exact.{path}"]
    if value is not None:
        state.change({path: _FIELDS[path].nearest(value)})
        st.session_state[f"exact.{path}"] = None


@cache
def _in_order(path: str) -> tuple[str, ...]:
    """As the model lists them; runtimes by name, those AWS maintains first."""
    options = _FIELDS[path].options
    if path != "aws_lambda.runtime":
        return options
    return tuple(sorted(options, key=lambda word: ("_on_" in word, _natural(words.runtime(word)))))


def _natural(text: str) -> list[tuple[bool, int, str]]:
    """Sort key that puts 3.9 before 3.10."""
    parts = re.split(r"(\d+)", text.lower())
    return [(part.isdigit(), int(part) if part.isdigit() else 0, part) for part in parts]


def _option(path: str) -> Callable[[str], str]:
    return partial(words.option, path)


def _setting(path: str) -> Callable[[float], str]:
    return partial(words.setting, path)


def _decades(low: float, high: float, marks: Iterable[float] = (1, 1.5, 2, 3, 5, 7)) -> tuple[float, ...]:
    """Round numbers evenly spread on a logarithmic scale, both ends included."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    numbers = (float(f"{mark}e{power}") for power in powers for mark in marks)
    return tuple(number for number in numbers if low <= number <= high)


_COARSE = (1, 2, 5)
_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86_400.0
_TIMES_S = (10, 15, 20, 29, 30, 45, *(n * _MINUTE for n in (1, 1.5, 2, 3, 5, 7, 10, 15)))
_LONG_TIMES_S = (*(n * _MINUTE for n in (20, 30, 45)), *(n * _HOUR for n in (1, 2, 3, 6, 12)))
_VERY_LONG_TIMES_S = tuple(n * _DAY for n in (1, 2, 3, 7, 14))
_COOLDOWNS_S = (0, 10, 20, 30, 45, *(n * _MINUTE for n in (1, 1.5, 2, 3, 5, 10, 15, 20, 30, 60)))
_SMALL_TIMES_S = _decades(0.001, 7)
_PERCENT = tuple(n / 100 for n in range(0, 101, 5))
_TASKS = (*range(0, 11), 12, 15, 20, 25, 30, 40, 50, 70, *_decades(100, 50_000))
_MEMORY_MB = tuple(
    sorted(
        {
            128,
            192,
            256,
            384,
            512,
            640,
            768,
            1024,
            1280,
            1536,
            2048,
            2560,
            3008,
            4096,
            5120,
            6144,
            7168,
            8192,
            10_240,
        }
        # Where the function gets one more whole vCPU.
        | {round(limit("lambda.mb_per_vcpu") * vcpu) for vcpu in range(1, 6)}
    )
)

STEPS: dict[str, tuple[float, ...]] = {
    "workload.requests_per_s": _decades(0.001, 100_000),
    "workload.runs_per_day": (0, *_decades(1, 1_000_000), 12, 24, 48, 96, 144, 288, 1440),
    "workload.peak_to_mean": (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 15, 20, 30, 50, 100),
    "workload.spike_factor": (*_decades(1, 1000), 1.2, 2.5, 4),
    "workload.spike_duration_s": (10, 20, 30, *_TIMES_S[6:], *_LONG_TIMES_S, _DAY),
    "workload.on_share": (0.001, 0.002, 0.005, 0.01, 0.02, *_PERCENT[1:]),
    "workload.burstiness": (0, 0.2, 0.5, 0.7, 1, 1.5, 2, 3, 5, 7, 10),
    "workload.duration_s": (*_SMALL_TIMES_S, *_TIMES_S, *_LONG_TIMES_S, *_VERY_LONG_TIMES_S),
    "workload.measured_at_mb": _MEMORY_MB,
    "workload.duration_cv": (0, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 7, 10),
    "workload.cpu_share": _PERCENT,
    "workload.cpu_threads": (1, 2, 3, 4, 5, 6, 8, 12, 16, 24, 32, 48, 64),
    "workload.memory_per_request_mb": (0, *_decades(1, 10_000)),
    "workload.memory_base_mb": (0, *_decades(10, 100_000)),
    "workload.request_kb": (0, *_decades(0.1, 1_000_000, _COARSE)),
    "workload.response_kb": (0, *_decades(0.1, 1_000_000, _COARSE)),
    "workload.log_kb": (0, *_decades(0.1, 10_000, _COARSE)),
    "workload.outbound_kb": (0, *_decades(0.1, 1_000_000, _COARSE)),
    "workload.cross_zone_kb": (0, *_decades(0.1, 1_000_000, _COARSE)),
    "workload.open_connections": (0, *_decades(1, 10_000_000, _COARSE)),
    "workload.database_vcpu": (1, 2, 4, 8, 16, 32, 48, 64, 96, 128, 192, 256, 512),
    "workload.step_functions_transitions": (0, *range(1, 11), 12, 15, 20, 30, 50, 100, 1000, 25_000),
    "workload.custom_metrics": (0, *_decades(1, 1_000_000, _COARSE)),
    "workload.xray_share": (0, 0.001, 0.002, 0.005, 0.01, 0.02, *_PERCENT[1:]),
    "workload.slo_p99_s": (*_SMALL_TIMES_S[12:], *_TIMES_S, *_LONG_TIMES_S, *_VERY_LONG_TIMES_S),
    "workload.timeout_s": (*_SMALL_TIMES_S[12:], *_TIMES_S, *_LONG_TIMES_S, *_VERY_LONG_TIMES_S),
    "aws_lambda.memory_mb": _MEMORY_MB,
    "aws_lambda.package_mb": _decades(0.01, 10_000),
    "aws_lambda.loaded_mb": (0, *_decades(0.1, 10_000)),
    "aws_lambda.snapstart_versions": (*range(0, 11), 15, 20, 30, 50, 100),
    "aws_lambda.provisioned_concurrency": _TASKS,
    "aws_lambda.provisioned_hours_per_day": tuple(range(25)),
    "aws_lambda.account_concurrency": (*_decades(10, 1_000_000), 2500),
    "aws_lambda.ephemeral_mb": (512, *(1024 * n for n in range(1, 11))),
    "fargate.spot_share": _PERCENT,
    "fargate.tasks": _TASKS,
    "fargate.min_tasks": _TASKS,
    "fargate.max_tasks": _TASKS,
    "fargate.target_percent": tuple(range(10, 101, 5)),
    "fargate.metric_period_s": (20, 60),
    "fargate.scale_out_cooldown_s": _COOLDOWNS_S,
    "fargate.scale_in_cooldown_s": _COOLDOWNS_S,
    "fargate.requests_in_flight_per_task": _decades(1, 10_000),
    "fargate.image_mb": (0, *_decades(1, 10_000)),
    "fargate.boot_s": (0, 0.2, 0.5, 1, 2, 3, 5, 7, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600),
    "fargate.health_check_interval_s": (5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300),
    "fargate.ephemeral_gb": (20, 21, 25, 30, 40, 50, 70, 100, 150, 200),
    "fargate.images_kept": (*range(0, 11), 15, 20, 30, 50, 100, 1000),
    "fargate.interface_endpoints": tuple(range(11)),
    "fargate.availability_zones": (1, 2, 3, 4, 5, 6),
    "billing.other_lambda_gb_s": (0, *_decades(1e4, 1e11, _COARSE)),
    "billing.other_lambda_requests": (0, *_decades(1e4, 1e12, _COARSE)),
    "billing.hours_per_month": (50, 100, 176, 200, 300, 400, 500, 600, 672, 696, 720, 730, 744),
}
"""Stops of the sliders. They are a matter of comfort: what a field may hold is said in the model."""

MOST_ODD_STEPS = 5
_ODD = "odd_steps"
_FIELDS: dict[str, Field] = {path: spec for path, spec, _ in vocabulary()}
_DEFAULTS = {path: default for path, _, default in vocabulary()}
_SLIDERS = tuple(
    path for path in (*IN_SIGHT, *(p for paths in FOLDED.values() for p in paths)) if path in STEPS
)


def _is_job(now: Scenario) -> bool:
    return now.workload.kind == "job"


def _is_service(now: Scenario) -> bool:
    return not _is_job(now)


def _has_fixed_tasks(now: Scenario) -> bool:
    return now.fargate.scaling == "fixed"


def _pattern_is_none_of(*patterns: str) -> Callable[[Scenario], bool]:
    return lambda now: now.workload.pattern not in patterns


IRRELEVANT: dict[str, Callable[[Scenario], bool]] = {
    "workload.requests_per_s": _is_job,
    "workload.runs_per_day": _is_service,
    "workload.peak_to_mean": _pattern_is_none_of("diurnal", "business_hours", "ramp"),
    "workload.on_share": _pattern_is_none_of("on_off"),
    "workload.burstiness": _pattern_is_none_of("bursty"),
    "workload.trace": _pattern_is_none_of("trace"),
    "aws_lambda.front_door": _is_job,
    "aws_lambda.nat": lambda now: not now.aws_lambda.vpc,
    "aws_lambda.snapstart_versions": lambda now: not now.aws_lambda.snapstart,
    "aws_lambda.provisioned_hours_per_day": lambda now: (
        now.aws_lambda.provisioned_concurrency == 0 or now.aws_lambda.provisioned_target_percent is not None
    ),
    "aws_lambda.managed_instance_type": lambda now: not now.aws_lambda.managed_instances,
    "workload.open_connections": lambda now: now.aws_lambda.front_door != "websocket_api",
    "workload.database_vcpu": lambda now: now.workload.rds_proxy == "none",
    "billing.commitment_usd_per_hour": lambda now: now.billing.savings_plan == "none",
    "fargate.nlb_tls": lambda now: now.fargate.load_balancer != "nlb",
    "fargate.load_balancer": _is_job,
    "fargate.scaling": _is_job,
    "fargate.tasks": lambda now: not _has_fixed_tasks(now),
    **{
        f"fargate.{name}": _has_fixed_tasks
        for name in (
            "min_tasks",
            "max_tasks",
            "metric",
            "target_percent",
            "metric_period_s",
            "metric_lag_s",
            "scale_out_cooldown_s",
            "scale_in_cooldown_s",
        )
    },
}
"""Fields that play no part in the present scenario: drawn, but greyed out. A spike is always played, so it is not here."""


def matters(path: str, now: Scenario) -> bool:
    """Whether a field plays a part in the present scenario."""
    return path not in IRRELEVANT or not IRRELEVANT[path](now)
