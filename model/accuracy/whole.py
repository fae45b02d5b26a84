"""Everything the model is held against, at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from model.accuracy.bills import bills
from model.accuracy.compared import Compared
from model.accuracy.pools import exact_pools, measured_pools, published_accuracy, special_pools
from model.accuracy.times import times
from model.accuracy.waiting import waiting

Rows = tuple[Compared, ...]


@dataclass(frozen=True)
class Accuracy:
    """All comparisons.

    measured, exact, special: the warm pool on AWS, in simulations of steady traffic, in other cases. times: scaling
    and task starts. waiting: queueing theory. bills: published bills, line by line. simfaas: errors that SimFaaS
    reports against AWS, of the cold share and of the environments; simfaas_source: where.
    """

    measured: Rows
    exact: Rows
    special: Rows
    times: Rows
    waiting: Rows
    bills: Rows
    simfaas: tuple[float, float]
    simfaas_source: str


def accuracy(rng: np.random.Generator) -> Accuracy:
    """Our figures beside the published ones, with our own assumptions and the prices of the examples' day.

    Args: rng: draws the one case that has no closed form.
    Source: METHOD.md "Accuracy".
    """
    p_cold, environments, source = published_accuracy()
    return Accuracy(
        measured_pools(),
        exact_pools(),
        special_pools(rng),
        times(),
        waiting(),
        bills(),
        (p_cold, environments),
        source,
    )
