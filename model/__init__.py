"""Lambda or ECS Fargate: cost, cold starts, latency and scaling of both under the same traffic."""

from model.evaluate import Comparison, evaluate
from model.fields import ScenarioError
from model.scenario import Scenario, replace_at
from model.version import VERSION as __version__

__all__ = ["Comparison", "Scenario", "ScenarioError", "__version__", "evaluate", "replace_at"]
