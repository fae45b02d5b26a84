"""Does the workload fit each platform: hard limits, quotas to raise, pitfalls, and when to use which."""

from model.fit.check import Check
from model.fit.checklist import Point, Portfolio, checklist
from model.fit.limits import NEEDS_A_CONTAINER, fit
from model.fit.pitfalls import Evidence, Pitfall, Remedy, pitfalls
from model.fit.quotas import quotas

__all__ = [
    "NEEDS_A_CONTAINER",
    "Check",
    "Evidence",
    "Pitfall",
    "Point",
    "Portfolio",
    "Remedy",
    "checklist",
    "fit",
    "pitfalls",
    "quotas",
]
