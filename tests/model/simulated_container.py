"""A container event by event: requests wait, then compute at a CPU that all present share; the rest stand in line."""

import heapq

import numpy as np

ARRIVES, HAS_WAITED, HAS_COMPUTED = range(3)


def lognormal(rng, cv, n):
    """Times with mean 1."""
    sd = np.log1p(cv**2) ** 0.5
    return np.exp(rng.normal(-(sd**2) / 2, sd, n)) if cv else np.ones(n)


def round_robin_arrivals_s(rng, *, per_s, tasks, nodes, requests):
    """Arrivals at one of some tasks behind balancer nodes that take turns, each for itself, s."""
    count = requests * tasks
    arrive = np.cumsum(rng.exponential(1 / (per_s * tasks), count))
    node = rng.integers(0, nodes, count)
    mine = np.zeros(count, bool)
    for one in range(nodes):
        here = np.flatnonzero(node == one)
        mine[here[rng.integers(tasks) :: tasks]] = True
    return arrive[mine]


def response_s(rng, *, per_s, servers, computing_s, waiting_s, places, cv, requests, arrive=None):
    """Response times in the order of arrival, s; arrivals are Poisson unless given.

    Everybody at the CPU gets min(1, servers / number there) of what one request can use. `done` is how much each
    would have computed since the start, so whoever comes leaves when it has grown by the own work: one heap.
    """
    arrive = np.cumsum(rng.exponential(1 / per_s, requests)) if arrive is None else arrive
    requests = len(arrive)
    sizes = lognormal(rng, cv, requests)
    work, pause = (sizes * computing_s).tolist(), (sizes * waiting_s).tolist()
    finish = np.zeros(requests)
    pauses, cpu, line = [], [], []
    arrivals, coming, taken, now, done, head = arrive.tolist(), 0, 0, 0.0, 0.0, 0

    def enter(i):
        heapq.heappush(pauses, (now + pause[i], i))

    while coming < requests or pauses or cpu:
        rate = min(1.0, servers / len(cpu)) if cpu else 0.0
        nexts = (
            arrivals[coming] if coming < requests else np.inf,
            pauses[0][0] if pauses else np.inf,
            now + (cpu[0][0] - done) / rate if cpu else np.inf,
        )
        at = min(nexts)
        done += (at - now) * rate
        now = at
        event = nexts.index(at)
        if event == ARRIVES:
            if taken < places:
                taken += 1
                enter(coming)
            else:
                line.append(coming)
            coming += 1
        elif event == HAS_WAITED:
            _, i = heapq.heappop(pauses)
            heapq.heappush(cpu, (done + work[i], i))
        else:
            _, i = heapq.heappop(cpu)
            finish[i] = now
            if head < len(line):
                enter(line[head])
                head += 1
            else:
                taken -= 1
    return finish - arrive
