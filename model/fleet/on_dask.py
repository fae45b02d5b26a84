"""Partitions on a Dask cluster. Dask is optional: requirements-dask.txt."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pandas as pd
from dask import config
from distributed import Client, LocalCluster, as_completed

from model.fleet.judge import COLUMNS
from model.fleet.mapping import FleetError
from model.fleet.partitions import Done, Partition, work_on
from model.fleet.services import Services

CONNECT_S = 30
TRIES = 3
AHEAD = 4
"""Partitions sent for each worker: enough to keep it busy, few enough to keep memory small."""


def run(
    services: Services, todo: list[Partition], scheduler: str | None, workers: int | None
) -> Iterator[Done]:
    """Every partition as it is finished.

    Args: scheduler: address of a cluster whose workers have this model installed; else workers: processes to start.
    Returns: Done; a partition whose worker dies goes to another, and is reported as failed after TRIES.
    Raises: FleetError if the scheduler cannot be reached.
    """
    with ExitStack() as stack:
        stack.enter_context(config.set({"distributed.scheduler.allowed-failures": TRIES}))
        client = stack.enter_context(_client(stack, scheduler, workers))
        waiting = iter(todo)
        numbers: dict[str, Partition] = {}

        def send() -> list[Any]:
            one = next(waiting, None)
            if one is None:
                return []
            future = client.submit(work_on, services.part(one.rows), one, pure=False)
            numbers[future.key] = one
            return [future]

        room = AHEAD * max(len(client.scheduler_info(n_workers=-1)["workers"]), 1)
        finished = as_completed([future for _ in range(room) for future in send()])
        for future in finished:
            one = numbers.pop(future.key)
            if future.status == "finished":
                yield future.result()
            else:
                error = future.exception()
                reason = f"could not be judged: {type(error).__name__}: {' '.join(str(error).split())[:200]}"
                names = services.part(one.rows).name
                yield Done(
                    one.number, pd.DataFrame(columns=list(COLUMNS)), tuple((name, reason) for name in names)
                )
            for more in send():
                finished.add(more)


def _client(stack: ExitStack, scheduler: str | None, workers: int | None) -> Client:
    if scheduler is None:
        cluster = LocalCluster(
            n_workers=workers, threads_per_worker=1, dashboard_address=None, host="127.0.0.1", silence_logs=50
        )
        return Client(stack.enter_context(cluster))
    try:
        return Client(scheduler, timeout=CONNECT_S)
    except (OSError, ValueError) as error:
        raise FleetError(f"No Dask scheduler answers at {scheduler}: {error}") from None
