"""How many environments a function may have, and how long one request takes one up."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from model.compute import lambda_handler_s
from model.facts import limit
from model.scenario import Scenario

Array = NDArray[np.float64]


def concurrency_limit(scenario: Scenario) -> Array:
    """Environments the function may have: its reserved concurrency, or all the account has."""
    function = scenario.aws_lambda
    account = np.asarray(function.account_concurrency, dtype=np.float64)
    if function.reserved_concurrency is None:
        return account
    return np.minimum(account, function.reserved_concurrency)


def environment_s(scenario: Scenario) -> Array:
    """How long a warm request takes up an environment, s: its handler time, or a tenth of a second if it is synchronous.

    Source: fact lambda.requests_per_s_per_environment.
    """
    if scenario.workload.queue or scenario.aws_lambda.invocation == "async":
        return np.asarray(lambda_handler_s(scenario), dtype=np.float64)
    return np.maximum(lambda_handler_s(scenario), 1 / limit("lambda.requests_per_s_per_environment"))
