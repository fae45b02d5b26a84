"""What AWS Lambda Power Tuning found, read from its output or its visualisation address; nothing is fetched."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

import numpy as np
from numpy.typing import NDArray

from model.fields import ScenarioError
from model.measured import as_durations

HOST = "lambda-power-tuning.show"
LONGEST_TEXT = 200_000
MS_PER_S = 1000.0
MOST_WHOLE = 10**15
_NEEDED = f"the tool's JSON output, or its address https://{HOST}/#…"
_TYPES = {"memory sizes": "<i2", "durations": "<f4", "costs": "<f4"}


class PowerTuningError(ValueError):
    """The text holds no usable result; the message is one sentence for the user."""


def read_power_tuning(text: str) -> dict[str, float]:
    """Measured durations as `workload.measured_durations` holds them: memory in MB -> seconds.

    Args: text: the output of the state machine (also inside `results`, or as the `output` of describe-execution),
        its `stats` alone, or the visualisation address.
    Raises: PowerTuningError: anything else, or sizes and durations that Lambda does not have.
    Source: METHOD.md "Compute"; the format as the tool's documentation describes it.
    """
    text = text.strip()
    if not text:
        raise PowerTuningError(f"There is nothing to read: paste {_NEEDED}.")
    if len(text) > LONGEST_TEXT:
        raise PowerTuningError(
            f"This text has {len(text):,} characters, no result has more than {LONGEST_TEXT:,}."
        )
    pairs = _of_json(text) if text[0] in "{[" else _of_address(text)
    if len({size for size, _ in pairs}) != len(pairs):
        raise PowerTuningError("A memory size stands there twice: a result has each once.")
    try:
        durations = as_durations(dict(pairs))
    except ScenarioError as error:
        raise PowerTuningError(_in_words(error)) from None
    if not durations:
        raise PowerTuningError("The result holds no measurement.")
    return durations


def _of_json(text: str) -> list[tuple[Any, Any]]:
    try:
        tree = json.loads(text)
    except (ValueError, RecursionError):
        raise PowerTuningError(f"This is no JSON that can be read: paste {_NEEDED}.") from None
    if isinstance(tree, Mapping) and isinstance(tree.get("output"), str):
        return _of_json(tree["output"].strip()) if tree["output"].strip().startswith("{") else _refuse()
    if isinstance(tree, Mapping) and isinstance(tree.get("results"), Mapping):
        tree = tree["results"]
    stats = tree.get("stats") if isinstance(tree, Mapping) else tree
    if isinstance(stats, list) and stats:
        return _of_stats(stats)
    machine = tree.get("stateMachine") if isinstance(tree, Mapping) else None
    address = machine.get("visualization") if isinstance(machine, Mapping) else None
    return _of_address(address.strip()) if isinstance(address, str) else _refuse()


def _refuse() -> list[tuple[Any, Any]]:
    raise PowerTuningError(
        "This JSON is no result of AWS Lambda Power Tuning: it has neither “stats” nor a “stateMachine” "
        "with its “visualization”."
    )


def _of_stats(stats: Sequence[Any]) -> list[tuple[Any, Any]]:
    pairs = []
    for number, entry in enumerate(stats, 1):
        fields = entry if isinstance(entry, Mapping) else {}
        size, found = (
            fields.get("value", fields.get("power")),
            fields.get("averageDuration", fields.get("duration")),
        )
        if not (_is_number(size) or isinstance(size, str)) or not _is_number(found):
            raise PowerTuningError(f"Entry {number} of “stats” has no memory size or no average duration.")
        pairs.append((size, _as_s(found)))
    return pairs


def _is_number(value: object) -> bool:
    """Whether it is a number that a float holds."""
    return isinstance(value, float) or (type(value) is int and abs(value) < MOST_WHOLE)


def _of_address(text: str) -> list[tuple[Any, Any]]:
    before, sign, data = text.partition("#")
    if not sign or not _is_the_tool(before):
        raise PowerTuningError(f"This is no result of AWS Lambda Power Tuning: paste {_NEEDED}.")
    parts = unquote(data).split(";")
    if len(parts) > len(_TYPES):
        raise PowerTuningError("This address compares two functions: paste that of one of them.")
    if len(parts) < len(_TYPES):
        raise PowerTuningError(
            "This address is cut short: after the # come memory sizes, durations and costs, with semicolons between."
        )
    found = [_decoded(part, name) for part, name in zip(parts, _TYPES, strict=True)]
    if len({values.size for values in found}) > 1:
        sizes, durations, costs = (values.size for values in found)
        raise PowerTuningError(
            f"This address holds {sizes} memory sizes, {durations} durations and {costs} costs: a part is missing."
        )
    return [
        (int(size), _as_s(float(found_ms)))
        for size, found_ms in zip(found[0].tolist(), found[1].tolist(), strict=True)
    ]


def _is_the_tool(address: str) -> bool:
    try:
        split = urlsplit(address if "//" in address else f"https://{address}")
        return split.scheme in ("http", "https") and split.hostname == HOST
    except ValueError:
        return False


def _decoded(part: str, name: str) -> NDArray[Any]:
    kind = np.dtype(_TYPES[name])
    try:
        raw = base64.b64decode(
            part.strip().rstrip("=") + "=" * (-len(part.strip().rstrip("=")) % 4), validate=True
        )
    except (ValueError, binascii.Error):
        raise PowerTuningError(f"The {name} of this address are no base64: copy all of it.") from None
    if not raw or len(raw) % kind.itemsize:
        raise PowerTuningError(f"The {name} of this address are cut short: copy all of it.")
    return np.frombuffer(raw, kind)


def _as_s(found_ms: float) -> float:
    """Seconds, to the seven digits that the address holds."""
    return float(f"{found_ms / MS_PER_S:.7g}")


def _in_words(error: ScenarioError) -> str:
    _, _, size = error.path.partition("[")
    if not size:
        return f"The result cannot be used: needed are {error.allowed}."
    if "seconds" in error.allowed:
        return (
            f"The duration at {size[:-1][:20]} MB is {str(error.value)[:20]} s; possible are {error.allowed}."
        )
    return f"A memory size of the result is {size[:-1][:20]}; possible are {error.allowed}."
