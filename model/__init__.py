"""Lambda or ECS Fargate: cost, cold starts, latency and scaling of both under the same traffic."""

from model.evaluate import Comparison, evaluate
from model.fields import ScenarioError
from model.scenario import Scenario, replace_at

__all__ = ["Comparison", "Scenario", "ScenarioError", "evaluate", "replace_at"]
