"""An estate in partitions: whole blocks, so that their number and who works on them changes no number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from model.fleet.judge import COLUMNS, blocks, judge
from model.fleet.services import Rows, Services


@dataclass(frozen=True)
class Partition:
    """Some whole blocks. rows: of the table, as they come out; inside: the blocks, counted within the partition."""

    number: int
    rows: Rows
    inside: tuple[Rows, ...]


@dataclass(frozen=True)
class Done:
    """A partition's results; failed: services whose block could not be judged, with the reason."""

    number: int
    results: pd.DataFrame
    failed: tuple[tuple[str, str], ...]


def partitions(services: Services, size: int) -> list[Partition]:
    """All blocks, some together: how many in a partition changes no number."""
    found: list[Partition] = []
    waiting: list[Rows] = []
    every = blocks(services)
    for place, block in enumerate(every):
        waiting.append(block)
        full = sum(len(one) for one in waiting) >= size
        if full or place + 1 == len(every):
            ends = np.cumsum([len(one) for one in waiting])
            inside = tuple(np.arange(end - len(one), end) for one, end in zip(waiting, ends, strict=True))
            found.append(Partition(len(found), np.concatenate(waiting), inside))
            waiting = []
    return found


def work_on(services: Services, partition: Partition) -> Done:
    """Judge one partition: services holds its rows only. A block that fails is reported, the others go on."""
    results, failed = [], []
    for block in partition.inside:
        try:
            results.append(judge(services, block))
        except Exception as error:  # whatever it is: it must not take the other services along
            reason = f"could not be judged: {type(error).__name__}: {' '.join(str(error).split())[:200]}"
            failed += [(services.name[i], reason) for i in block]
    whole = pd.concat(results, ignore_index=True) if results else pd.DataFrame(columns=list(COLUMNS))
    return Done(partition.number, whole, tuple(failed))
