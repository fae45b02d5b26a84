"""A scenario as a JSON file that the app and the command line open again."""

from __future__ import annotations

import json

from model.fields import ScenarioError
from model.scenario import Scenario
from model.serialise import from_dict, to_json
from pages.ui.exports.document import Document
from pages.ui.exports.text import LONGEST_NAME, plain

LARGEST_BYTES = 5_000_000


def scenario_file(document: Document) -> str:
    """What differs from the defaults, under the scenario's name and origin."""
    said = document.origin
    origin = {what: text for what, text in said.rows if what not in ("Scenario", "Settings")}
    head = json.dumps({"name": said.name, "origin": origin}, indent=2, ensure_ascii=False)
    return head.removesuffix("\n}") + "," + to_json(document.scenario).removeprefix("{") + "\n"


def opened(content: bytes) -> tuple[Scenario, str]:
    """The scenario in a file, and its name.

    Raises: ScenarioError: too large, not text, not JSON, or a field that is not allowed.
    """
    if len(content) > LARGEST_BYTES:
        raise ScenarioError(
            "scenario", f"{len(content):,} bytes", f"a file of at most {LARGEST_BYTES:,} bytes"
        )
    try:
        tree = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise ScenarioError("scenario", "this file", "the JSON file that this app writes") from None
    name = tree.get("name", "") if isinstance(tree, dict) else ""
    return from_dict(tree), plain(name, LONGEST_NAME) if isinstance(name, str) else ""
