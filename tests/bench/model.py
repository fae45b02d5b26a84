"""How fast the model is, beside one `evaluate` of the default scenario and beside two other simulators.

All times are CPU time, best of some, so that whatever else the machine does counts little; keep the ratios. Run it
with `make bench-model`.
"""

from __future__ import annotations

import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from model import Scenario, evaluate, replace_at  # noqa: E402
from model.decide.monte_carlo import monte_carlo  # noqa: E402
from model.decide.ranges import default_ranges  # noqa: E402
from model.decide.sweeps import cost_ratio_map  # noqa: E402
from model.decide.verdict import verdict  # noqa: E402
from model.replay import replay  # noqa: E402
from model.replay.run import as_recorded  # noqa: E402
from model.warm_pool import simulate_pool  # noqa: E402

RATE, HANDLER = "workload.requests_per_s", "workload.duration_s"
PER_S, WARM_S, COLD_S, IDLE_S = 0.9, 1.991, 2.244, 600.0
"""The workload that SimFaaS's own documentation shows."""
SERVERS, LOAD = 20, 0.95


def main() -> None:
    default = Scenario()
    everything(default)
    one, bills_s = best(lambda: everything(default), 7), best(lambda: bills(default), 7)
    print(f"{'':46} {'ms':>9} {'x evaluate':>11} {'wanted':>7}")
    row("evaluate, all of it", one, one)
    row("evaluate, bills only", bills_s, one)
    row("200-point curve, both bills", best(lambda: bills(curve(200)), 5), one, 3)
    row("2,000-point curve, both bills", best(lambda: bills(curve(2_000)), 2), one, 30)
    row("100 x 100 map, both bills", best(lambda: cost_map(100), 1), one, 100)
    row("10,000 Monte Carlo draws", best(lambda: worlds(10_000), 1), one, 100)
    week = as_recorded(default)
    row("a week's replay", best(lambda: replay(week), 2), one)
    print(f"import model: {imported_ms():.0f} ms beyond NumPy and pandas")
    beside_others()
    memory()


def bills(scenario: Scenario) -> None:
    """Both totals."""
    comparison = evaluate(scenario)
    comparison.aws_lambda.bill.total_usd  # noqa: B018
    comparison.fargate.bill.total_usd  # noqa: B018


def everything(scenario: Scenario) -> None:
    """Bills, latencies, cold starts, scaling, verdict and limits of one scenario."""
    comparison = evaluate(scenario)
    verdict(comparison)
    comparison.spike  # noqa: B018


def curve(points: int) -> Scenario:
    return replace_at(Scenario(), RATE, np.geomspace(1, 1e4, points))


def cost_map(points: int) -> None:
    cost_ratio_map(Scenario(), RATE, np.geomspace(1, 1e4, points), HANDLER, np.geomspace(0.01, 2, points))


def worlds(draws: int) -> None:
    scenario = Scenario()
    monte_carlo(scenario, default_ranges(scenario), np.random.default_rng(0), draws)


def best(work: Callable[[], object], times: int) -> float:
    """Shortest CPU time of some runs, s."""
    taken = []
    for _ in range(times):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return min(taken)


def row(name: str, taken_s: float, one_s: float, wanted: float | None = None) -> None:
    print(f"{name:46} {taken_s * 1000:9.1f} {taken_s / one_s:11.1f} {wanted or '':>7}", flush=True)


def imported_ms() -> float:
    code = "import time, numpy, pandas; t = time.process_time(); import model; print(time.process_time() - t)"
    runs = [
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True) for _ in "123"
    ]
    return min(float(run.stdout) for run in runs) * 1000


def beside_others() -> None:
    """Requests per second of the same work: theirs, ours, and how many times theirs ours is."""
    try:
        import ciw
        from simfaas.ServerlessSimulator import ServerlessSimulator
    except ImportError:
        print("SimFaaS and Ciw are not installed: pip install -r tests/bench/requirements.txt")
        return
    theirs = ServerlessSimulator(
        arrival_rate=PER_S,
        warm_service_rate=1 / WARM_S,
        cold_service_rate=1 / COLD_S,
        expiration_threshold=IDLE_S,
        max_time=3e4,
    )
    their_s = best(lambda: theirs.generate_trace(debug_print=False, progress=False), 1)
    rng, requests = np.random.default_rng(0), 900_000
    arrival = np.cumsum(rng.exponential(1 / PER_S, requests))
    warm, cold = rng.exponential(WARM_S, requests), rng.exponential(COLD_S, requests)
    compare("warm pool, SimFaaS", theirs.total_req_count / their_s, 0.0)
    ours = requests / best(lambda: simulate_pool(arrival, warm, IDLE_S, cold), 3)
    compare("warm pool, simulate_pool", ours, theirs.total_req_count / their_s)
    same = requests / best(lambda: simulate_pool(arrival, warm, IDLE_S), 3)
    compare("the same, cold requests as long as warm ones", same, theirs.total_req_count / their_s)
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(SERVERS * LOAD)],
        service_distributions=[ciw.dists.Exponential(1.0)],
        number_of_servers=[SERVERS],
    )
    ciw.seed(0)
    queue = ciw.Simulation(network)
    ciw_s = best(lambda: queue.simulate_until_max_time(1_500), 1)
    compare("M/M/20 at 95 % load, Ciw", len(queue.get_all_records()) / ciw_s, 0.0)


def compare(name: str, per_s: float, other_per_s: float) -> None:
    times = f"{per_s / other_per_s:.0f} x" if other_per_s else ""
    print(f"{name:46} {per_s:12,.0f} requests/s {times:>7}", flush=True)


def memory() -> None:
    """Most memory of ten million requests, one by one."""
    rng, requests = np.random.default_rng(0), 10_000_000
    arrival = np.cumsum(rng.exponential(0.01, requests))
    tracemalloc.start()
    simulate_pool(arrival, 0.2, IDLE_S)
    print(f"10 million requests one by one: {tracemalloc.get_traced_memory()[1] / 1e6:,.0f} MB at most")


if __name__ == "__main__":
    main()
