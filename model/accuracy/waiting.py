"""Waiting on Fargate, and losses on Lambda, beside what queueing theory knows exactly."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from model.accuracy.compared import Compared, figure
from model.compute import fargate_handler_s, task_capacity_per_s
from model.container import crowd, throughput_per_s
from model.fargate_latency import fargate_latency
from model.queueing import erlang_b, erlang_c, mean_wait_s, processor_sharing_mean_s
from model.scaling.ecs import simulate_service
from model.scenario import Scenario, replace_at

Array = NDArray[np.float64]

PLACES = (1, 10, 100, 1000, 4000)
LOADS = (0.5, 0.8, 0.95)
SPREADS = (0.0, 0.5, 1.0, 2.0)
_TASK = {
    "workload.cpu_share": 1.0,
    "workload.duration_s": 0.05,
    "workload.timeout_s": 900.0,
    "fargate.scaling": "fixed",
    "fargate.tasks": 1,
    "fargate.vcpu": 1,
    "fargate.memory_gb": 2,
    "fargate.requests_in_flight_per_task": 1000,
    "assumptions": {"fargate.task_imbalance": 0.0},
}


def waiting() -> tuple[Compared, ...]:
    """Our container beside Erlang's formulas, processor sharing and Pollaczek–Khinchine.

    Source: METHOD.md "Accuracy".
    """
    return (*_erlang_c(), *_shared_cpu(), *_one_by_one(), *_throughput())


def _erlang_c() -> list[Compared]:
    """Requests that only wait for others are M/M/c with as many servers as places."""
    rows, service_s = [], 0.2
    for places in PLACES:
        busy = 0.97 if places >= 100 else 0.8
        found = crowd(1, 0.0, service_s, places, busy)
        wait_s = float(found.p_full / (found.per_s * (1 - busy)))
        name = f"{places:,} {'place' if places == 1 else 'places'}, {100 * busy:g} % busy"
        theory, theory_s = (
            float(of(places, busy * places, *more))
            for of, more in ((erlang_c, ()), (mean_wait_s, (service_s,)))
        )
        source = "Erlang C (M/M/c)"
        rows += [
            figure(name, "Share that waits", "share", theory, float(found.p_full), source=source),
            figure(name, "Mean wait", "s", theory_s, wait_s, source=source),
        ]
    return rows


def _shared_cpu() -> list[Compared]:
    """M/G/1 with processor sharing: the mean does not depend on the spread."""
    load, cv = (x.ravel() for x in np.meshgrid(LOADS, SPREADS, indexing="ij"))
    ours_s, service_s = _mean_s({}, load, cv)
    theory_s = processor_sharing_mean_s(service_s, load)
    source = "processor sharing (M/G/1-PS)"
    return _rows("one shared vCPU", load, cv, theory_s, ours_s, source)


def _one_by_one() -> list[Compared]:
    """One place is M/G/1, first come first served."""
    load, cv = (x.ravel() for x in np.meshgrid(LOADS, SPREADS, indexing="ij"))
    ours_s, service_s = _mean_s({"fargate.requests_in_flight_per_task": 1}, load, cv)
    theory_s = service_s * (1 + load / (1 - load) * (1 + cv**2) / 2)
    return _rows("one request at a time", load, cv, theory_s, ours_s, "Pollaczek–Khinchine (M/G/1)")


def _mean_s(changes: dict[str, object], load: Array, cv: Array) -> tuple[Array, float]:
    scenario = replace_at(Scenario(), _TASK | changes | {"workload.duration_cv": cv})
    per_s = load * np.asarray(task_capacity_per_s(scenario))
    run = simulate_service(per_s[:, None] * np.ones(12), 300.0, scenario)
    return np.asarray(fargate_latency(scenario, run).mean_s), float(fargate_handler_s(scenario))


def _rows(what: str, load: Array, cv: Array, theory_s: Array, ours_s: Array, source: str) -> list[Compared]:
    return [
        figure(
            f"{what}, {100 * busy:g} % busy, spread {spread:g}", "Mean response", "s", *pair, source=source
        )
        for busy, spread, *pair in zip(load, cv, theory_s.tolist(), ours_s.tolist(), strict=True)
    ]


def _throughput() -> list[Compared]:
    """The CPU of a full task idles while all are waiting: Erlang B with as many servers as places."""
    computing_s, waiting_s = 0.1, 0.3
    return [
        figure(
            f"{places} places, a quarter computing",
            "Requests a full task finishes",
            "1/s",
            float((1 - erlang_b(places, waiting_s / computing_s)) / computing_s),
            float(throughput_per_s(1, computing_s, waiting_s, places)),
            source="Erlang B (machine repair)",
        )
        for places in (2, 5, 20)
    ]
