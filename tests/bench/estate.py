"""How many services an estate judges in a second: growth, own traffic, memory, and two workers against one.

Run it with `make bench-estate`; ARGS="--services 100000" for the largest estate, some minutes. CPU seconds are told
beside wall seconds: on a busy machine they are the figure to compare. Counts by the minute are judged in the steps
of five minutes to which they are added up when they are read.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from model import Scenario  # noqa: E402
from model.fleet.counts import SLOT_S  # noqa: E402
from model.fleet.generate import example_estate  # noqa: E402
from model.fleet.judge import judged  # noqa: E402
from model.fleet.mapping import suggested  # noqa: E402
from model.fleet.partitions import partitions  # noqa: E402
from model.fleet.read import services  # noqa: E402
from model.fleet.services import Recorded, Services, estate_base  # noqa: E402
from model.traffic import DAY_S, HOUR_S  # noqa: E402

BASE = estate_base(Scenario())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--services", type=int, default=10_000, help="largest estate (default 10,000)")
    parser.add_argument("--workers", action="store_true", help="also two Dask workers against one")
    chosen = parser.parse_args()
    print("what                                 services  CPU s   wall s  a CPU second  peak MB")
    sizes = [size for size in (1_000, 10_000, 100_000) if size <= chosen.services] or [chosen.services]
    for size in sizes:
        table = example_estate(size)
        told("patterns, as generated", services(table, suggested(list(table.columns)), BASE))
        told("own counts by the minute, a day", with_counts(size, days=1))
    told("own counts by the hour, a day", with_counts(sizes[0], days=1, step_s=HOUR_S))
    told("own counts by the minute, a week", with_counts(sizes[0], days=7))
    if chosen.workers:
        two_against_one(with_counts(sizes[-1], days=1))


def with_counts(size: int, days: int, step_s: float = SLOT_S) -> Services:
    """Services with rates of a daily curve in steps of `step_s`, with the chance of single requests."""
    rng = np.random.default_rng(1)
    phase = np.arange(round(days * DAY_S / step_s)) * step_s / DAY_S
    mean = 10 ** rng.uniform(-2, 1.5, size)
    per_s = np.empty((size, phase.size), np.float32)
    for i in range(size):
        shape = np.exp(rng.uniform(0, 1.5) * np.cos(2 * np.pi * (phase - 0.58)))
        per_s[i] = (rng.poisson(mean[i] * step_s * shape / shape.mean()) + 0.01) / step_s
    settings = pd.DataFrame(
        {
            "workload.requests_per_s": per_s.mean(axis=1, dtype=np.float64),
            "workload.duration_s": 10 ** rng.uniform(-2, -0.2, size),
        }
    )
    names = tuple(f"service {i}" for i in range(size))
    return Services(names, np.arange(size), ("aws_lambda",) * size, settings, BASE, Recorded(per_s, step_s))


def told(what: str, found: Services) -> None:
    cpu, wall = time.process_time(), time.monotonic()
    count = sum(len(part) for part in judged(found))
    cpu, wall = time.process_time() - cpu, time.monotonic() - wall
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{what:36} {count:8,} {cpu:6.1f} {wall:8.1f} {count / cpu:13,.0f} {peak:8,.0f}", flush=True)


def two_against_one(found: Services) -> None:
    from model.fleet.on_dask import run

    work = partitions(found, 512)
    taken = []
    for workers in (1, 2):
        begun = time.monotonic()
        done = sum(len(one.results) for one in run(found, work, None, workers))
        taken.append(time.monotonic() - begun)
        print(f"Dask, {workers} of one thread: {done:,} services in {taken[-1]:.1f} s, start included")
    print(f"two against one: {taken[0] / taken[1]:.2f} times")


if __name__ == "__main__":
    main()
