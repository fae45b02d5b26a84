"""Scenarios as JSON and as URL parameters: only what differs from the defaults, versioned, and set right on the way in.

Files are strict (a wrong field is an error); links are lenient (a wrong field falls back, with a notice).
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from model.compute import fitted_fields
from model.facts import limit
from model.fields import Field, ManyField, NumberField, ScenarioError, unknown_name
from model.measured import PATH as MEASURED
from model.measured import as_durations
from model.scenario import (
    GROUPS,
    Scenario,
    fargate_memory_options,
    fargate_vcpu_options,
    replace_at,
    value_at,
    vocabulary,
)
from model.series import PATH as SERIES
from model.series import UPLOADED, Series, as_series

VERSION = 1
RATE = "workload.requests_per_s"
OF_MEASURED = (
    "workload.duration_s",
    "workload.measured_at_mb",
    "workload.cpu_share",
    "workload.cpu_threads",
)
"""What measured durations say of the workload."""
NO_SERIES = (
    "The link's traffic is an upload, which is too long for a link: upload the file again, or open the JSON file. "
    "Until then a shipped recording stands in."
)
_COUNTS = "counts of the series, on one line"
MOST_REPAIRS = 1_000  # a link of 8,000 characters has fewer keys
EXTRA_PATHS = ("billing.on", "billing.overrides", "assumptions", MEASURED)
FILE_PATHS = (*EXTRA_PATHS, SERIES)
"""What is no field of the vocabulary; a series is too long for a link."""


def to_dict(scenario: Scenario, *, all_fields: bool = False) -> dict[str, Any]:
    """A scenario as nested plain values; only what differs from the defaults unless all_fields."""
    tree: dict[str, Any] = {"version": VERSION}
    # What a file with a series, or with measured durations, leaves out is taken from them: so it is always written.
    always = {RATE} if scenario.workload.series is not None else set()
    always |= set(OF_MEASURED) if scenario.workload.measured_durations else set()
    for path in (*(path for path, _, _ in vocabulary()), *FILE_PATHS):
        value, default = value_at(scenario, path), value_at(_DEFAULTS, path)
        if all_fields or not _same(value, default) or path in always:
            group, _, name = path.rpartition(".")
            (tree.setdefault(group, {}) if group else tree)[name] = _plain(value)
    return tree


def from_dict(tree: object) -> Scenario:
    """The scenario a nested mapping describes; what is left out takes its default, beside a series its own rate,
    beside measured durations what is fitted to them.

    Accepts the mapping itself or one that holds it under "scenario", as our own output does.

    Raises:
        ScenarioError: not a mapping, another version, an unknown group or field, or a value not allowed.
    """
    if isinstance(tree, Mapping) and isinstance(tree.get("scenario"), Mapping):
        tree = tree["scenario"]
    if not isinstance(tree, Mapping):
        raise ScenarioError("scenario", tree, 'a JSON object such as {"workload": {"requests_per_s": 100}}')
    if tree.get("version", VERSION) != VERSION:
        raise ScenarioError("version", tree["version"], f"{VERSION}, the version this program writes")
    changes: dict[str, Any] = {}
    for group, values in tree.items():
        if group in ("version", "name", "origin"):
            continue
        if group == "assumptions":
            changes[group] = _all_numbers(values)
            continue
        if group not in GROUPS:
            raise unknown_name(str(group), values, GROUPS)
        if not isinstance(values, Mapping):
            raise ScenarioError(group, values, "an object of fields")
        changes |= {f"{group}.{name}": _numbers(value) for name, value in values.items()}
    series = as_series(changes.get(SERIES))
    if series is not None:
        changes = {RATE: series.mean_per_s, "workload.pattern": "trace", "workload.trace": UPLOADED} | changes
    durations = as_durations(changes.get(MEASURED, {}))
    if durations:
        at_mb = changes.get("workload.measured_at_mb")
        changes = fitted_fields(durations, at_mb if isinstance(at_mb, (int, float)) else None) | changes
    return replace_at(_DEFAULTS, changes)


def to_json(scenario: Scenario, *, all_fields: bool = False) -> str:
    """A scenario as JSON text, two spaces deep; the counts of a series on one line."""
    tree = to_dict(scenario, all_fields=all_fields)
    series, counts = tree.get("workload", {}).get("series"), ""
    if series is not None:
        counts = json.dumps(series["counts"], allow_nan=False)
        tree["workload"]["series"] = series | {"counts": _COUNTS}
    text = json.dumps(tree, indent=2, ensure_ascii=False, allow_nan=False)
    return text.replace(f'"{_COUNTS}"', counts, 1) if counts else text


def cache_key(scenario: Scenario) -> str:
    """A text that differs between any two different scenarios; short, however long a series is."""
    series = scenario.workload.series
    if series is None:
        return to_json(scenario)
    plain = replace_at(scenario, {SERIES: None, "workload.trace": _DEFAULTS.workload.trace})
    return f"{scenario.workload.trace} {series.digest} {to_json(plain)}"


def from_json(text: str) -> Scenario:
    """The scenario in a JSON text.

    Raises:
        ScenarioError: not JSON (says where), or a field that is not allowed.
    """
    try:
        tree = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ScenarioError("scenario", text[:40], f"JSON; this is not: {error}") from None
    return from_dict(tree)


def to_params(scenario: Scenario) -> dict[str, str]:
    """URL parameters, path -> text, of what differs from the defaults; empty for the default scenario."""
    if scenario.shape:
        raise ValueError("a link holds one scenario; this one holds arrays: write it to a file")
    params = {
        path: _param(value_at(scenario, path))
        for path, _, _ in vocabulary()
        if not _same(value_at(scenario, path), value_at(_DEFAULTS, path))
    }
    for path in EXTRA_PATHS:
        value = value_at(scenario, path)
        if value:
            params[path] = value if isinstance(value, str) else json.dumps(_plain(value))
    return {"v": str(VERSION), **params} if params else {}


def from_params(params: Mapping[str, str], series: Series | None = None) -> tuple[Scenario, tuple[str, ...]]:
    """The scenario a link describes, and a notice for each thing that had to be set right.

    Args: series: the upload at hand, which no link carries. Never raises: unknown names are skipped, unreadable values take the default, numbers out of range the nearest bound.
    """
    notices: list[str] = []
    if params.get("v", str(VERSION)) != str(VERSION):
        notices.append(f"The link is of version {params['v'][:20]}; it is read as version {VERSION}.")
    known = {path: spec for path, spec, _ in vocabulary()}
    values: dict[str, Any] = {} if series is None else {SERIES: series}
    for path, text in params.items():
        if path == "workload.trace" and text == UPLOADED and series is None:
            notices.append(NO_SERIES)
        elif path in known:
            values[path], notice = _read(path, known[path], text)
            notices += [notice] if notice else []
        elif path in EXTRA_PATHS:
            values[path] = text if path == "billing.on" else _json_param(text)
            lists = (
                [k for k, v in values[path].items() if isinstance(v, list)]
                if isinstance(values[path], dict)
                else []
            )
            values[path] = (
                {k: v for k, v in values[path].items() if k not in lists} if lists else values[path]
            )
            notices += [f"{path}[{key[:60]}] in the link is a list; it is left out." for key in lists]
        elif path != "v":
            notices.append(f"The link sets {path[:60]!r}, which is not a field; it is left out.")
    scenario, more = repaired(values)
    return scenario, (*notices, *more)


def repaired(values: Mapping[str, Any]) -> tuple[Scenario, tuple[str, ...]]:
    """A valid scenario from field values that may not go together, and a notice for each one changed."""
    values = dict(values)
    notices: list[str] = []
    for _ in range(MOST_REPAIRS):
        try:
            return replace_at(_DEFAULTS, values), tuple(notices)
        except ScenarioError as error:
            path, bracket, key = error.path.partition("[")
            if bracket:
                values[path] = {k: v for k, v in values[path].items() if k != key[:-1]}
                notices.append(f"{error}. It is left out.")
                continue
            changed = _repair(values, path)
            values[path] = value_at(_DEFAULTS, path) if changed is None else changed
            notices.append(f"{error}. Using {_said(values[path])}.")
    return _DEFAULTS, (*notices, "The link's settings do not go together; the defaults are used.")


def _repair(values: dict[str, Any], path: str) -> Any:
    """A value near the given one that goes with the others, or None for the default."""
    spec = {known: spec for known, spec, _ in vocabulary()}.get(path)
    if isinstance(spec, NumberField) and not spec.accepts(values.get(path, value_at(_DEFAULTS, path))):
        value = values[path]
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
        return spec.nearest(value) if is_number else None
    os = values.get("fargate.os", "linux")
    vcpu = values.get("fargate.vcpu", _DEFAULTS.fargate.vcpu)
    if path == "fargate.vcpu":
        return min(fargate_vcpu_options(os), key=lambda option: abs(option - vcpu))
    if path == "fargate.memory_gb":
        options = fargate_memory_options(vcpu, os)
        wanted = values.get(path, _DEFAULTS.fargate.memory_gb)
        return next((option for option in options if option >= wanted), options[-1])
    if path == "fargate.min_tasks":
        return values.get("fargate.max_tasks", _DEFAULTS.fargate.max_tasks)
    if path == "fargate.metric_period_s":
        return 20 if values[path] < 40 else 60
    if path == "workload.duration_s":
        return limit("lambda.max_duration_s")
    return None


def _read(path: str, spec: Field, text: str) -> tuple[Any, str]:
    """The value a URL text stands for, and what to tell the user if it was not usable as it is."""
    default = value_at(_DEFAULTS, path)
    value = _parsed(spec, text)
    if spec.accepts(value):
        return spec.normal(value), ""
    if isinstance(spec, NumberField) and isinstance(value, float) and math.isfinite(value):
        near = spec.nearest(value)
        return near, f"{path} = {text[:40]} in the link is not {spec.allowed}. Using {_said(near)}."
    return default, f"{path} = {text[:40]!r} in the link is not {spec.allowed}. Using {_said(default)}."


def _parsed(spec: Field, text: str) -> Any:
    if isinstance(spec, NumberField):
        if text == "" and spec.when_none:
            return None
        try:
            return float(text)
        except ValueError:
            return text
    if text in ("true", "false"):
        return text == "true"
    return text.split(",") if isinstance(spec, ManyField) else text


def _json_param(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text[:80]


def _param(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ",".join(value)
    if value is None:
        return ""
    return repr(value).removesuffix(".0") if isinstance(value, (int, float)) else str(value)


def _said(value: Any) -> str:
    return (
        "nothing" if value in (None, "", ()) else _param(value) if not isinstance(value, Mapping) else "none"
    )


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, Series):
        return value.as_dict()
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return value


def _numbers(value: Any) -> Any:
    """A JSON list of numbers as an array; lists of words stay lists."""
    if (
        isinstance(value, list)
        and value
        and all(isinstance(x, (int, float, list)) and not isinstance(x, bool) for x in value)
    ):
        try:
            return np.asarray(value, dtype=np.float64)
        except (TypeError, ValueError):
            return value
    return value


def _all_numbers(values: object) -> object:
    return {key: _numbers(value) for key, value in values.items()} if isinstance(values, Mapping) else values


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return np.array_equal(np.asarray(a), np.asarray(b))
    return bool(a == b)


_DEFAULTS = Scenario()
