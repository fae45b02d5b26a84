"""The scenario: what arrives, and how each platform is configured. Field names are the product's contract.

Any numeric field may be a NumPy array; all arrays of one scenario must broadcast together.
"""

from model.scenario.assumptions import (
    FIELD_OF_ASSUMPTION,
    WIDEST_LOG_SD,
    adjustable_assumptions,
    assumption_field,
    movable_facts,
)
from model.scenario.aws_lambda import (
    ARCHITECTURES,
    AWS_RUNTIMES,
    FRAMEWORKS,
    INSTANCE_TYPES,
    RUNTIMES,
    AwsLambda,
)
from model.scenario.billing import SAVINGS_PLANS, Billing
from model.scenario.fargate import Fargate, fargate_memory_options, fargate_vcpu_options
from model.scenario.scenario import GROUPS, Scenario, replace_at, value_at, vocabulary
from model.scenario.workload import LONGEST_JOB_S, NEEDS, PATTERNS, Workload

__all__ = [
    "ARCHITECTURES",
    "AWS_RUNTIMES",
    "AwsLambda",
    "Billing",
    "FIELD_OF_ASSUMPTION",
    "FRAMEWORKS",
    "Fargate",
    "GROUPS",
    "INSTANCE_TYPES",
    "LONGEST_JOB_S",
    "NEEDS",
    "PATTERNS",
    "RUNTIMES",
    "SAVINGS_PLANS",
    "Scenario",
    "WIDEST_LOG_SD",
    "Workload",
    "adjustable_assumptions",
    "assumption_field",
    "fargate_memory_options",
    "fargate_vcpu_options",
    "movable_facts",
    "replace_at",
    "value_at",
    "vocabulary",
]
