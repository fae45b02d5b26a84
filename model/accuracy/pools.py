"""The warm pool beside what was measured on AWS, simulated by others, and known in closed form."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.accuracy.compared import Compared, figure
from model.facts import load_measured
from model.queueing import erlang_b
from model.warm_pool import simulate_pool, steady_pool

Array = NDArray[np.float64]

P_COLD, ENVIRONMENTS = "Share of cold requests", "Environments"
_REPLICATIONS = 1000
_SOON_S = 1.0
_APART = 4  # keep-alive times between two replications: nothing of one is left in the next


def published_accuracy() -> tuple[float, float, str]:
    """Errors that SimFaaS reports against AWS, of the cold share and of the environments, and where it does."""
    found = load_measured("warm_pool_cases")["published_accuracy"]
    return found["p_cold_error"], found["environments_error"], found["source"]


def measured_pools() -> tuple[Compared, ...]:
    """Measurements on AWS: the cold share of each, then the environments of each.

    Source: METHOD.md "Accuracy"; measured/warm_pool_cases.json.
    """
    cases = [case for case in _cases() if "measured_on_aws" in case]
    return _compared(cases, "measured_on_aws")


def exact_pools() -> tuple[Compared, ...]:
    """The same cases and more, beside simulations request by request whose chance error is below 1.3 %.

    Source: METHOD.md "Accuracy"; measured/warm_pool_cases.json.
    Assumes: those simulations reuse the newest environment first, we the one used last.
    """
    return _compared([case for case in _cases() if "exact_sim" in case], "exact_sim")


def special_pools(rng: np.random.Generator) -> tuple[Compared, ...]:
    """Cases that are not steady Poisson traffic without a limit: losses, a pool from a given state, no service time.

    Args: rng: draws the pool from a given state; its cold share has a standard error of some 9 %.
    Source: METHOD.md "Accuracy"; measured/warm_pool_cases.json.
    """
    by_id = {case["id"]: case for case in _cases()}
    full, state = by_id["simfaas_max_concurrency"], by_id["simfaas_temporal"]
    turned_away = float(erlang_b(full["max_concurrency"], full["lam"] * full["sw"]))
    rows = [
        figure(
            full["id"],
            "Share turned away at the limit",
            "share",
            full["published"]["p_reject"],
            turned_away,
            source=full["published"]["source"],
            note="the published value includes filling up from empty",
        ),
        figure(
            state["id"],
            "Share of cold requests from a given state",
            "share",
            state["simfaas"]["pooled_ratio"],
            _from_a_state(state, rng),
            standard_error=state["simfaas"]["se"],
            source=state["published"]["source"],
            note="drawn request by request, with a standard error of some 9 %",
        ),
    ]
    for check in load_measured("warm_pool_cases")["closed_form_limits"]["checks"]:
        pool = steady_pool(check["lam"], check["sw"], np.array([check["T"]]))
        alone = float(np.exp(-check["lam"] * check["T"]))
        name = f"{check['lam']:g} requests/s, kept for {check['T']} s"
        rows += [
            figure(name, f"{P_COLD}, no service time", "share", alone, float(pool.p_cold), source="exp(−λT)"),
            figure(
                name,
                f"{ENVIRONMENTS}, no service time",
                "environments",
                1 - alone,
                float(pool.environments_mean),
                source="1 − exp(−λT)",
            ),
        ]
    return tuple(rows)


def _cases() -> list[dict[str, Any]]:
    return list(load_measured("warm_pool_cases")["cases"])


def _compared(cases: list[dict[str, Any]], by: str) -> tuple[Compared, ...]:
    rate, warm_s, cold_s, alive_s = (
        np.array([case[name] for case in cases], np.float64) for name in ("lam", "sw", "sc", "T")
    )
    pool = steady_pool(rate, warm_s, alive_s[:, None], cold_s)
    parts = (
        (P_COLD, "share", "p_cold", pool.p_cold),
        (ENVIRONMENTS, "environments", "avg_instances", pool.environments_mean),
    )
    return tuple(
        figure(
            case["id"],
            quantity,
            unit,
            case[by][name],
            float(ours),
            literature=case["analytic"][name],
            standard_error=case[by].get(f"{name}_se", float("nan")),
            requests_per_s=case["lam"],
            source=case[by].get("source", "exact simulation, event by event"),
        )
        for quantity, unit, name, found in parts
        for case, ours in zip(cases, found, strict=True)
    )


def _from_a_state(case: dict[str, Any], rng: np.random.Generator) -> float:
    """Cold share over a horizon that begins with some running and some idle environments, over many replications.

    The state is brought about by requests before the horizon: all at once, and those idle done soon.
    """
    running, idle = case["start"]["running"], case["start"]["idle"]
    horizon_s, alive_s = case["horizon_s"], case["T"]
    before_s = alive_s - case["start"]["idle_terminate_at_s"]
    count = rng.poisson(case["lam"] * horizon_s, _REPLICATIONS)
    begins_s = np.arange(_REPLICATIONS) * (before_s + horizon_s + _APART * alive_s)
    inside_s = rng.uniform(0.0, horizon_s, count.sum()) + np.repeat(begins_s, count)
    first_s = np.repeat(begins_s - before_s - _SOON_S, running + idle)
    holds_s = np.tile([before_s + _SOON_S] * running + [_SOON_S] * idle, _REPLICATIONS)
    is_running = np.tile([1.0] * running + [0.0] * idle, _REPLICATIONS)
    holds_s = holds_s + is_running * rng.exponential(case["sw"], holds_s.size)
    sizes = rng.exponential(1.0, inside_s.size)
    arrival_s = np.concatenate((first_s, inside_s))
    warm_s = np.concatenate((holds_s, sizes * case["sw"]))
    cold_s = np.concatenate((holds_s, sizes * case["sc"]))
    order = np.argsort(arrival_s, kind="stable")
    run = simulate_pool(arrival_s[order], warm_s[order], alive_s, cold_s[order])
    return float(run.cold[order >= first_s.size].mean())
