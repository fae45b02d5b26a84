"""A container's places and shared CPU: closed forms, limits, and Ciw, a simulation library, as an independent witness."""

import ciw
import numpy as np
import pytest

from model.container import crowd, throughput_per_s
from model.queueing import erlang_b, erlang_c, mean_wait_s
from tests.model.simulated_container import response_s


def machine_repair_per_s(servers, computing_s, waiting_s, places):
    """Second method: stationary shares of the number at the CPU, state by state, with all places taken."""
    shares = [1.0]
    for j in range(1, places + 1):  # one more computes: one of those waiting is done with it
        shares.append(shares[-1] * (places - j + 1) / waiting_s / (min(j, servers) / computing_s))
    busy = sum(min(j, servers) * share for j, share in enumerate(shares)) / sum(shares)
    return busy / computing_s


@pytest.mark.parametrize(
    ("servers", "computing_s", "waiting_s", "places"),
    [
        pytest.param(1, 0.06, 0.14, 4, id="one vCPU, four places"),
        pytest.param(4, 0.06, 0.14, 10, id="four vCPU, ten places"),
        pytest.param(1.5, 0.1, 0.05, 3, id="a broken number of servers"),
        pytest.param(2, 0.01, 1.0, 200, id="as many places as the CPU can feed"),
    ],
)
def test_throughput_is_that_of_the_birth_and_death_chain(servers, computing_s, waiting_s, places):
    expected = machine_repair_per_s(servers, computing_s, waiting_s, places)
    assert throughput_per_s(servers, computing_s, waiting_s, places) == pytest.approx(expected, rel=1e-9)


def test_one_cpu_idles_with_erlang_s_loss_formula():
    """The CPU idles while all are waiting: Erlang B with as many servers as places."""
    places = np.array([1, 5, 20])
    expected = (1 - erlang_b(places, 0.3 / 0.1)) / 0.1
    assert throughput_per_s(1, 0.1, 0.3, places) == pytest.approx(expected, rel=1e-9)


def test_throughput_in_its_limits():
    assert throughput_per_s(2, 0.1, 0.0, 100) == pytest.approx(2 / 0.1)
    assert throughput_per_s(2, 0.0, 0.1, 7) == pytest.approx(7 / 0.1)
    assert throughput_per_s(1, 0.1, 0.3, 1) == pytest.approx(1 / 0.4)
    assert np.isinf(throughput_per_s(1, 0.0, 0.0, 1))


def test_more_places_never_finish_less():
    places = np.concatenate((np.arange(1, 60), [900, 1000, 1001, 1100, 5000, 100_000]))
    assert np.all(np.diff(throughput_per_s(1, 0.01, 5.0, places)) > -1e-9)


@pytest.mark.parametrize("servers", [1, 4])
def test_with_places_enough_the_cpu_slows_down_as_in_erlang_s_queue(servers):
    """M/M/c by Little: time / service = 1 + C / (c (1 - rho))."""
    found = crowd(servers, 0.05, 0.1, 1000, 0.8)
    expected = 1 + erlang_c(servers, 0.8 * servers) / (servers * 0.2)
    assert found.slowdown == pytest.approx(expected, rel=1e-3)
    assert found.p_full < 1e-9


@pytest.mark.parametrize(("places", "tolerance"), [(10, 1e-6), (1000, 1e-6), (4000, 0.05)])
def test_who_only_waits_stands_in_line_as_erlang_c_says(places, tolerance):
    found = crowd(1, 0.0, 0.2, places, 0.97)
    assert found.p_full == pytest.approx(float(erlang_c(places, 0.97 * places)), rel=tolerance)


def test_one_place_is_one_server():
    found = crowd(2, 0.05, 0.1, 1, 0.7)
    assert (found.p_full, found.slowdown) == (pytest.approx(0.7), pytest.approx(1.0))


def test_numbers_and_times_obey_little_s_law():
    """Exponential times, event by event: mean time inside and before = mean number / rate, from the chain of n."""
    servers, b, w, places, u = 1, 0.06, 0.14, 4, 0.8
    top = float(throughput_per_s(servers, b, w, places))
    rate = u * top
    per_s = [float(throughput_per_s(servers, b, w, n)) for n in range(1, places + 1)]
    shares = [1.0]
    for n in range(1, 400):
        shares.append(shares[-1] * rate / per_s[min(n, places) - 1])
    number = np.arange(400) @ shares / sum(shares)
    found = crowd(servers, b, w, places, u)
    inside = w + b * (found.slowdown * (1 - found.p_full) + found.full_slowdown * found.p_full)
    line = found.p_full / (top - rate)
    assert inside + line == pytest.approx(number / rate, rel=1e-6)


# --- Ciw --------------------------------------------------------------------------------------------


def by_ciw(seed, until_s, **network):
    """Mean time from arrival to the end of service, s, without the first tenth."""
    ciw.seed(seed)
    simulation = ciw.Simulation(
        ciw.create_network(**{key: value for key, value in network.items() if key != "node_class"}),
        node_class=network.get("node_class"),
    )
    simulation.simulate_until_max_time(until_s)
    records = [r for r in simulation.get_all_records() if r.arrival_date > until_s / 10]
    return np.mean([r.exit_date - r.arrival_date for r in records])


def blocks_of(network, until_s, blocks=6):
    found = [by_ciw(seed, until_s, **network) for seed in range(blocks)]
    return np.mean(found), np.std(found, ddof=1) / blocks**0.5


def test_ciw_waits_as_erlang_c_says():
    network = {
        "arrival_distributions": [ciw.dists.Exponential(24.0)],
        "service_distributions": [ciw.dists.Exponential(10.0)],
        "number_of_servers": [3],
    }
    mean, error = blocks_of(network, 200.0)
    assert 0.1 + float(mean_wait_s(3, 2.4, 0.1)) == pytest.approx(mean, abs=4 * error)


def test_ciw_shares_a_cpu_with_limited_places_as_we_do():
    """Four places at one vCPU, exponential times, no waiting for others: M/M/1 in number, so 0.1 / (1 - 0.8)."""
    network = {
        "arrival_distributions": [ciw.dists.Exponential(8.0)],
        "service_distributions": [ciw.dists.Exponential(10.0)],
        "number_of_servers": [4],
        "ps_thresholds": [1],
        "node_class": ciw.PSNode,
    }
    mean, error = blocks_of(network, 500.0)
    found = crowd(1, 0.1, 0.0, 4, 0.8)
    inside = 0.1 * (found.slowdown * (1 - found.p_full) + found.full_slowdown * found.p_full)
    ours = float(inside + found.p_full / (10.0 - 8.0))
    assert ours == pytest.approx(0.5)
    assert ours == pytest.approx(mean, abs=4 * error)


def test_our_simulated_container_agrees_with_ciw_s():
    """Constant times, four places, two vCPU: no closed form, two programs."""
    network = {
        "arrival_distributions": [ciw.dists.Exponential(17.0)],
        "service_distributions": [ciw.dists.Deterministic(0.1)],
        "number_of_servers": [4],
        "ps_thresholds": [2],
        "node_class": ciw.PSNode,
    }
    mean, error = blocks_of(network, 250.0)
    ours = [
        response_s(
            rng, per_s=17.0, servers=2, computing_s=0.1, waiting_s=0.0, places=4, cv=0.0, requests=12_000
        )[1_200:].mean()
        for rng in np.random.default_rng(1).spawn(6)
    ]
    spread = np.hypot(error, np.std(ours, ddof=1) / 6**0.5)
    assert np.mean(ours) == pytest.approx(mean, abs=4 * spread)
