"""Queueing formulas against known tables, closed forms and limits."""

import math

import numpy as np
import pytest

from model.queueing import (
    erlang_b,
    erlang_c,
    mean_wait_s,
    processor_sharing_mean_s,
    variability,
    waiting_survival,
)


@pytest.mark.parametrize(
    ("servers", "erlangs"),
    [pytest.param(1, 0.5, id="one"), pytest.param(5, 3.0, id="few"), pytest.param(10, 15.0, id="overloaded")],
)
def test_erlang_b_is_the_truncated_poisson_share(servers, erlangs):
    terms = [erlangs**k / math.factorial(k) for k in range(servers + 1)]
    assert erlang_b(servers, erlangs) == pytest.approx(terms[-1] / sum(terms), rel=1e-12)


def test_erlang_b_matches_the_traffic_tables():
    """Standard Erlang B table: 1 % blocking at 10 servers is 4.46 erlangs, at 100 servers 84.1."""
    assert erlang_b(np.array([10, 100]), np.array([4.461, 84.06])) == pytest.approx([0.01, 0.01], rel=2e-3)


def test_erlang_b_between_whole_servers_lies_between_them():
    low, middle, high = erlang_b(np.array([2.0, 2.5, 3.0]), 2.0)
    assert high < middle < low


def test_erlang_b_without_load_or_servers():
    assert erlang_b(np.array([0.0, 4.0]), np.array([1.0, 0.0])).tolist() == [1, 0]


def test_erlang_c_of_one_server_is_its_utilisation():
    rho = np.linspace(0.01, 0.99, 9)
    assert erlang_c(1, rho) == pytest.approx(rho, rel=1e-12)


def test_erlang_c_of_two_servers():
    """C(2, a) = a^2 / (2 + a) by hand: 1/3 at a = 1."""
    assert erlang_c(2, 1.0) == pytest.approx(1 / 3, rel=1e-12)


def test_everyone_waits_at_saturation():
    assert erlang_c(3, np.array([3.0, 30.0])) == pytest.approx([1, 1])
    assert waiting_survival(1e6, 3, 3.0, 0.1) == pytest.approx(1)
    assert np.isinf(mean_wait_s(3, 3.0, 0.1))


def test_mm1_waits_rho_over_mu_minus_lambda():
    service, rate = 0.1, 8.0
    assert mean_wait_s(1, rate * service, service) == pytest.approx(0.8 / (10 - 8), rel=1e-12)
    late = 0.8 * math.exp(-(10 - 8) * 0.3)
    assert waiting_survival(0.3, 1, 0.8, service) == pytest.approx(late, rel=1e-12)


def test_one_server_waits_as_pollaczek_and_khinchine_say():
    rho, service, cv = 0.7, 0.2, 0.5
    assert mean_wait_s(1, rho, service, cv) == pytest.approx(rho * service * (1 + cv**2) / 2 / (1 - rho))


def test_allen_cunneen_is_one_for_exponential_times():
    assert variability(1, 1) == 1


def test_processor_sharing_slows_everyone_alike():
    assert processor_sharing_mean_s(0.2, np.array([0.0, 0.5])) == pytest.approx([0.2, 0.4])
    assert np.isinf(processor_sharing_mean_s(0.2, 1.0))


def test_many_servers_hardly_wait():
    assert erlang_c(400, 200.0) < 1e-20
