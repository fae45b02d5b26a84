"""How many execution environments stay warm, and which requests find none.

When the environment used last is reused first, the pool at time t is the largest number of requests that
were in work at once during the last T seconds, and a request is cold exactly when it raises that running
maximum. `simulate_pool` applies this to single requests; `steady_pool` and `warm_pool` to Poisson traffic
in closed form.
"""

from model.warm_pool.changing import cold_requests, warm_pool
from model.warm_pool.drawn import DrawnPool, drawn_arrivals, simulate_scenario_pool
from model.warm_pool.keep_alive import keep_alive_sample_s, keep_alive_survival, periodic_p_cold
from model.warm_pool.requests import PoolRun, simulate_pool, simulate_pool_events
from model.warm_pool.steady import WarmPool, steady_pool

__all__ = [
    "DrawnPool",
    "PoolRun",
    "WarmPool",
    "cold_requests",
    "drawn_arrivals",
    "keep_alive_sample_s",
    "keep_alive_survival",
    "periodic_p_cold",
    "simulate_pool",
    "simulate_pool_events",
    "simulate_scenario_pool",
    "steady_pool",
    "warm_pool",
]
