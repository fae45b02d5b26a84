"""Whatever the vocabulary allows: a comparison that is finite and adds up, or a refusal that names the field.

`EXAMPLES=5000` looks at more scenarios than the usual run does.
"""

from __future__ import annotations

import os

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model import Scenario, ScenarioError, evaluate, replace_at
from tests.model.any_scenario import FIELDS, consistent, names_a_field, random_scenario

EXAMPLES = int(os.environ.get("EXAMPLES", "60"))


@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**63))
def test_any_scenario_is_finite_and_adds_up_or_is_refused_by_the_name_of_a_field(seed: int) -> None:
    scenario = random_scenario(np.random.default_rng(seed))
    try:
        comparison = evaluate(scenario)
    except ScenarioError as refusal:
        assert names_a_field(refusal)
        return
    consistent(comparison)


@pytest.mark.parametrize(
    "settings",
    [
        {"workload.requests_per_s": 1e-6, "billing.hours_per_month": 278},  # one request a month
        {"workload.requests_per_s": 1e6},
        {"workload.requests_per_s": 1e6, "workload.spike_factor": 1000, "workload.duration_s": 900},
        {"workload.requests_per_s": 1e-6, "workload.duration_s": 0.001},
        {"workload.kind": "job", "workload.runs_per_day": FIELDS["workload.runs_per_day"].low},  # type: ignore[union-attr]
        {"fargate.min_tasks": 0, "fargate.max_tasks": 1, "workload.requests_per_s": 1e6},
        {"aws_lambda.reserved_concurrency": 0, "workload.requests_per_s": 1e6},
        {
            "aws_lambda.reserved_concurrency": 0,
            "aws_lambda.provisioned_concurrency": 5,
            "aws_lambda.provisioned_target_percent": 50,
        },
        {  # very many very long runs, without chance
            "workload.kind": "job",
            "workload.runs_per_day": 1e7,
            "workload.duration_s": 14 * 86_400,
            "workload.pattern": "bursty",
            "workload.burstiness": 0,
            "workload.arrivals": "evenly_spaced",
            "aws_lambda.keep_alive_s": 1e-4,
        },
        {  # so many environments that allocating them takes longer than the week
            "workload.kind": "job",
            "workload.runs_per_day": 1e7,
            "workload.duration_s": 14 * 86_400,
            "workload.pattern": "business_hours",
            "aws_lambda.provisioned_target_percent": 10,
            "aws_lambda.memory_mb": 128,
        },
    ],
    ids=str,
)
def test_the_ends_of_what_may_arrive_are_finite_and_add_up(settings: dict[str, object]) -> None:
    consistent(evaluate(replace_at(Scenario(), settings)))
