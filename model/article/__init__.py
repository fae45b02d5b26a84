"""The article's claims, each computed: does it hold, under which condition, and by which scenario."""

from model.article.check import CLAIMS, check_claim
from model.article.finding import FAILS, HOLDS, ONLY_IF, OPEN, Finding, article_scenario

__all__ = ["CLAIMS", "FAILS", "HOLDS", "ONLY_IF", "OPEN", "Finding", "article_scenario", "check_claim"]
