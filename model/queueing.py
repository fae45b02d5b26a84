"""Waiting lines: Erlang B and C, waiting times, variability and processor sharing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from model.fields import Number

Array = NDArray[np.float64]


def erlang_b(servers: Number, offered_load_erlangs: Number) -> Array:
    """Share of arrivals that find all servers busy when nobody waits.

    Args: servers >= 0, whole or not; offered_load_erlangs >= 0; both broadcast.
    Returns: 0…1; exact for whole servers, else geometric between the whole neighbours (within 1 %).
    Source: A. K. Erlang 1917; recursion B(n) = a B(n-1) / (n + a B(n-1)).
    """
    servers, load = np.broadcast_arrays(
        np.asarray(servers, np.float64), np.asarray(offered_load_erlangs, np.float64)
    )
    below, part = np.floor(servers), servers % 1
    b = lower = np.ones(servers.shape)
    for n in range(1, int(np.max(np.ceil(servers), initial=0)) + 1):
        following = load * b / (n + load * b)
        b = np.where(n <= np.ceil(servers), following, b)
        lower = np.where(n <= below, following, lower)
    safe = np.maximum(lower, 1e-300) ** (1 - part) * np.maximum(b, 1e-300) ** part
    return np.where(part > 0, np.where(b > 0, safe, 0.0), b)


def erlang_c(servers: Number, offered_load_erlangs: Number) -> Array:
    """Share of arrivals that must wait when nobody leaves (M/M/c); 1 at or beyond saturation.

    Args: servers > 0, whole or not; offered_load_erlangs >= 0.
    Returns: 0…1.
    Source: Erlang C = B / (1 - rho (1 - B)).
    """
    b = erlang_b(servers, offered_load_erlangs)
    utilisation = np.minimum(np.asarray(offered_load_erlangs) / servers, 1.0)
    return np.asarray(b / np.maximum(1 - utilisation * (1 - b), 1e-300))


def variability(arrival_cv: Number, service_cv: Number) -> Array:
    """Factor on the mean wait of M/M/c for other spreads: (ca^2 + cs^2) / 2.

    Source: Allen–Cunneen; exact for M/G/1 (Pollaczek–Khinchine).
    """
    return np.asarray((np.square(np.asarray(arrival_cv)) + np.square(np.asarray(service_cv))) / 2)


def wait_decay_per_s(
    servers: Number, offered_load_erlangs: Number, service_s: Number, service_cv: Number = 1.0
) -> Array:
    """Rate at which P(wait > t) falls, given that there is a wait; 0 at or beyond saturation.

    Args: service_s: mean service time, s (0 gives a very fast fall); service_cv: its cv; Poisson arrivals.
    Returns: 1/s; exact for M/M/c, Allen–Cunneen's mean otherwise.
    """
    spare = np.maximum(np.asarray(servers) - offered_load_erlangs, 0.0)
    return np.asarray(spare / np.maximum(service_s, 1e-12) / variability(1.0, service_cv))


def waiting_survival(
    t_s: Number, servers: Number, offered_load_erlangs: Number, service_s: Number, service_cv: Number = 1.0
) -> Array:
    """P(wait > t), first come first served.

    Returns: 0…1; exact for M/M/c; 1 for every t at or beyond saturation.
    """
    decay = wait_decay_per_s(servers, offered_load_erlangs, service_s, service_cv)
    return np.asarray(erlang_c(servers, offered_load_erlangs) * np.exp(-np.minimum(decay * t_s, 700.0)))


def mean_wait_s(
    servers: Number, offered_load_erlangs: Number, service_s: Number, service_cv: Number = 1.0
) -> Array:
    """Mean wait over all arrivals, s; infinite at or beyond saturation."""
    wait = erlang_c(servers, offered_load_erlangs)
    decay = np.broadcast_to(
        wait_decay_per_s(servers, offered_load_erlangs, service_s, service_cv), np.shape(wait)
    )
    return np.asarray(np.divide(wait, decay, out=np.full(np.shape(wait), np.inf), where=decay > 0))


def processor_sharing_mean_s(service_s: Number, utilisation: Number) -> Array:
    """Mean time in an M/G/1 that serves all at once: service / (1 - rho), whatever the spread; infinite at rho >= 1.

    Source: Kleinrock, Queueing Systems II, section 4.4.
    """
    service, idle = np.broadcast_arrays(
        np.asarray(service_s, np.float64), 1 - np.asarray(utilisation, np.float64)
    )
    return np.asarray(np.divide(service, idle, out=np.full(service.shape, np.inf), where=idle > 0))
