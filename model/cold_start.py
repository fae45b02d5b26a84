"""How long a cold start takes as the client sees it: named parts, and a sample of the whole.

A client waits for placement and download, the runtime's init, its own code, a client library or framework,
the first invocation's extra work, and the network; then the handler runs as on any request.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from model.distribution import normal_quantile
from model.facts import (
    Framework,
    StartGroup,
    limit,
    load_frameworks,
    load_init_fits,
    load_init_quantiles,
    pick_fact,
)
from model.fields import Number, ScenarioError
from model.scenario import AwsLambda, Scenario

Array = NDArray[np.float64]

SAMPLES = 256
_PLASTIC = 0.7548776662466927  # 1 / plastic number: low-discrepancy beside the even first coordinate
_FAMILIES = {
    "java": ("java",),
    "dotnet": ("dotnet",),
    "python": ("python",),
    "node": ("nodejs",),
    "rust": ("rust",),
}
_NATIVE_JAVA = ("graalvm", "quarkus")
_SDK_MEASURED = ("node", "python", "rust")
_SNAPSTART_ASSUMED = {"dotnet": ("dotnet8", "dotnet10"), "python": ("python312", "python313", "python314")}


@dataclass(frozen=True)
class ColdPart:
    """One bar of the cold start.

    name: pre_init, init, restore, framework, loaded_code, sdk, first_invocation, vpc, extensions, init_again or whole.
    mean_s: s, scenario shape. kind: measured, published, assumed, or yours. fact: where the number stands in data/,
        or the field that holds yours.
    init_billed: whether it is part of the billed init phase (the first invocation is billed as duration).
    """

    name: str
    mean_s: Array
    kind: str
    fact: str
    init_billed: bool


@dataclass(frozen=True)
class ColdStart:
    """Extra time of a cold request over a warm one.

    parts: in the order they happen; their means add up to mean_s.
    samples_s: equally likely values, ascending on the last axis, shape S + (SAMPLES,).
    billed_init_s: mean init that is billed (without pre-init), s, scenario shape.
    """

    parts: tuple[ColdPart, ...]
    samples_s: Array
    billed_init_s: Array

    @property
    def mean_s(self) -> Array:
        return np.asarray(self.samples_s.mean(axis=-1))

    def percentile(self, p: float) -> Array:
        """The p-quantile of the extra time, s."""
        return np.asarray(np.quantile(self.samples_s, p, axis=-1))


@dataclass(frozen=True)
class _Part:
    name: str
    samples_s: Array
    kind: str
    fact: str
    init_billed: bool


def cold_start(scenario: Scenario) -> ColdStart:
    """The cold start of the configured function.

    Returns: ColdStart, scenario shape; quantiles resolve 1/256.
    Raises: ScenarioError where runtime, architecture, package, framework or SnapStart do not go together or
        were never measured.
    Source: METHOD.md "Cold start"; facts cold_start.*, init_quantiles_ms.csv, init_fits.csv, frameworks.csv.
    Assumes: parts are independent; init beyond the 10 s limit starts over inside the first call; init does
        not depend on memory (measured flat), a framework's total neither (measured at one size only).
    """
    preset = _preset(scenario.aws_lambda)
    if scenario.aws_lambda.cold_start_s is not None:
        parts = [_own("whole", scenario.aws_lambda.cold_start_s, "cold_start_s", True)]
    else:
        parts = [*_before_init(scenario, preset), *_init(scenario, preset), *_after_init(scenario, preset)]
    inside = sum((part.samples_s for part in parts if part.init_billed), start=np.zeros(1))
    init_limit = limit("lambda.init_limit_s")
    whole = scenario.aws_lambda.cold_start_s is not None
    again = np.where((inside > init_limit) & ~np.array(whole), init_limit, 0.0)
    if np.any(again):
        parts.append(_Part("init_again", again, "published", "lambda.init_limit_s", True))
    shape = scenario.shape
    total = sum((part.samples_s for part in parts), start=np.zeros(1))
    total = np.broadcast_to(total, (*shape, SAMPLES))
    billed = np.broadcast_to((inside + again).mean(axis=-1), shape)
    shown = tuple(
        ColdPart(p.name, np.broadcast_to(p.samples_s.mean(axis=-1), shape), p.kind, p.fact, p.init_billed)
        for p in parts
    )
    return ColdStart(shown, np.sort(total, axis=-1), billed)


def _before_init(scenario: Scenario, preset: Framework | None) -> list[_Part]:
    """Placement and download; a preset timed by the client has it inside."""
    function = scenario.aws_lambda
    if preset is not None and preset.measured_at == "client":
        return []
    if function.package == "image":
        middle = np.asarray(scenario.assumed("cold_start.pre_init_image_s"))
        fact = "cold_start.pre_init_image_s"
    else:
        free_mb = scenario.assumed("cold_start.pre_init_zip_free_mb")
        beyond = np.maximum(np.asarray(function.package_mb) - free_mb, 0.0)
        per_mb = scenario.assumed("cold_start.pre_init_zip_s_per_mb")
        middle = scenario.assumed("cold_start.pre_init_zip_s") + per_mb * beyond
        fact = "cold_start.pre_init_zip_s"
    log_sd = np.asarray(scenario.assumed("cold_start.pre_init_log_sd"))[..., None]
    spread = np.exp(log_sd * normal_quantile(_coordinates()[1]))
    return [_Part("pre_init", np.asarray(middle)[..., None] * spread, _kind(scenario, fact), fact, False)]


def _init(scenario: Scenario, preset: Framework | None) -> list[_Part]:
    """Your own init, or that of the runtime with code and client library, or a framework's total, or a restore."""
    function = scenario.aws_lambda
    if function.init_s is not None:
        return [_own_init(scenario)]
    if preset is not None:
        fact = f"frameworks.csv {function.framework}"
        own = [] if preset.snapstart else [_loaded_code(scenario)]
        return [_Part("framework", _framework_s(preset), preset.kind, fact, True), *own]
    if function.snapstart:
        return [_restore(scenario)]
    key = StartGroup(function.runtime, function.architecture, function.package, False)
    measured = load_init_quantiles()[key]
    seconds = np.interp(_coordinates()[0], measured.probabilities, measured.seconds)
    parts = [_Part("init", seconds, "measured", "init_quantiles_ms.csv", True), _loaded_code(scenario)]
    return parts + ([_sdk(scenario)] if function.framework == "sdk" else [])


def _after_init(scenario: Scenario, preset: Framework | None) -> list[_Part]:
    function = scenario.aws_lambda
    parts = [] if preset is not None else [_first_invocation(function)]
    if function.first_invocation_s is not None:
        parts = [_own("first_invocation", function.first_invocation_s, "first_invocation_s", False)]
    if scenario.aws_lambda.vpc:
        parts.append(_constant(scenario, "vpc", "cold_start.vpc_s", False))
    return [*parts, _constant(scenario, "extensions", "cold_start.extension_s", True)]


def _own(name: str, seconds: Number, field: str, init_billed: bool) -> _Part:
    """A part the user has timed, the same in every cold start."""
    return _Part(
        name, np.asarray(seconds, np.float64)[..., None], "yours", f"aws_lambda.{field}", init_billed
    )


def _own_init(scenario: Scenario) -> _Part:
    """Lognormal around the user's median; its spread is the user's, or the measured tail of the runtime."""
    function = scenario.aws_lambda
    log_sd = function.init_log_sd
    if log_sd is None:
        measured = load_init_quantiles()[
            StartGroup(function.runtime, function.architecture, function.package, False)
        ]
        middle, slow = np.interp((0.5, 0.99), measured.probabilities, measured.seconds)
        log_sd = np.log(slow / middle) / normal_quantile(0.99)
    spread = np.exp(np.asarray(log_sd)[..., None] * normal_quantile(_coordinates()[0]))
    seconds = np.asarray(function.init_s, np.float64)[..., None] * spread
    return _Part("restore" if function.snapstart else "init", seconds, "yours", "aws_lambda.init_s", True)


def _kind(scenario: Scenario, fact: str) -> str:
    return "yours" if fact in scenario.assumptions else pick_fact(fact).kind


def _loaded_code(scenario: Scenario) -> _Part:
    fact = "cold_start.loaded_code_s_per_mb"
    seconds = np.asarray(scenario.aws_lambda.loaded_mb) * scenario.assumed(fact)
    return _Part("loaded_code", np.asarray(seconds)[..., None], _kind(scenario, fact), fact, True)


def _sdk(scenario: Scenario) -> _Part:
    return _constant(scenario, "sdk", f"cold_start.sdk_{_family(scenario.aws_lambda.runtime)}_s", True)


def _constant(scenario: Scenario, name: str, fact: str, init_billed: bool) -> _Part:
    seconds = np.asarray(scenario.assumed(fact), np.float64)[..., None]
    return _Part(name, seconds, _kind(scenario, fact), fact, init_billed)


def _first_invocation(function: AwsLambda) -> _Part:
    """a + b / memory; after a restore the same figure stands in for one nobody measured."""
    fit = load_init_fits()[StartGroup(function.runtime, function.architecture, function.package, False)]
    seconds = fit.first_invoke_s + fit.first_invoke_s_mb / np.asarray(function.memory_mb, np.float64)
    kind = "assumed" if function.snapstart else "measured"
    return _Part("first_invocation", seconds[..., None], kind, "init_fits.csv", False)


def _restore(scenario: Scenario) -> _Part:
    """Measured quantiles where there are some (Java on x86_64), else a lognormal around the fact."""
    function = scenario.aws_lambda
    measured = load_init_quantiles().get(StartGroup(function.runtime, "x86_64", "zip", True))
    if measured is not None:
        seconds = np.interp(_coordinates()[0], measured.probabilities, measured.seconds)
        kind = "measured" if function.architecture == "x86_64" else "assumed"
        return _Part("restore", seconds, kind, "init_quantiles_ms.csv", True)
    family = _family(function.runtime)
    fact = f"cold_start.snapstart_restore_{family}_s"
    log_sd = np.asarray(scenario.assumed(f"cold_start.snapstart_restore_{family}_log_sd"))[..., None]
    middle = np.asarray(scenario.assumed(fact))[..., None]
    seconds = middle * np.exp(log_sd * normal_quantile(_coordinates()[0]))
    return _Part("restore", seconds, _kind(scenario, fact), fact, True)


def _framework_s(preset: Framework) -> Array:
    """Quantiles through p50, p90 and p99, straight lines in log time over the normal quantile."""
    z = normal_quantile(_coordinates()[0])
    knots = np.array([preset.p50_s, preset.p90_s, preset.p99_s])
    if np.isnan(knots).any():
        return np.full(1, preset.p50_s)
    at = normal_quantile(np.array([0.5, 0.9, 0.99]))
    slopes = np.diff(np.log(knots)) / np.diff(at)
    inner = np.log(knots[0]) + slopes[0] * np.minimum(z, at[1])
    return np.asarray(np.exp(inner + slopes[1] * np.maximum(z - at[1], 0.0)))


@cache
def _coordinates() -> tuple[Array, Array]:
    """Two columns of evenly spread probabilities, for the init and for what comes before it."""
    index = np.arange(SAMPLES)
    return np.asarray((index + 0.5) / SAMPLES), np.asarray((index * _PLASTIC + 0.5) % 1)


def _family(runtime: str) -> str:
    """java, dotnet, python, node, rust or the runtime's own name."""
    return next((family for family, starts in _FAMILIES.items() if runtime.startswith(starts)), runtime)


def _preset(function: AwsLambda) -> Framework | None:
    """The framework's figures, its SnapStart twin when SnapStart is on; checks that things go together."""
    _check_measured(function)
    presets = load_frameworks()
    if function.framework == "sdk":
        _check_sdk(function)
    if function.snapstart:
        _check_snapstart(function)
    if function.framework in ("none", "sdk"):
        return None
    preset = presets[function.framework]
    if function.snapstart and not preset.snapstart:
        preset = presets.get(f"{function.framework}_snapstart", preset)
        if not preset.snapstart:
            allowed = (
                f"false with {function.framework}: no restore of it is measured; switch one of the two off"
            )
            raise ScenarioError("aws_lambda.snapstart", True, allowed)
    if preset.snapstart and not function.snapstart:
        allowed = (
            "only with aws_lambda.snapstart = true; switch that on or choose the preset without SnapStart"
        )
        raise ScenarioError("aws_lambda.framework", function.framework, allowed)
    native_java = preset.runtime_family == "java" and function.runtime.startswith(_NATIVE_JAVA)
    if _family(function.runtime) != preset.runtime_family and not native_java:
        fits = [name for name, p in presets.items() if p.runtime_family == _family(function.runtime)]
        sdk = ["sdk"] if _family(function.runtime) in _SDK_MEASURED else []
        allowed = f"with runtime {function.runtime} one of {', '.join(['none', *sdk, *fits])}"
        raise ScenarioError("aws_lambda.framework", function.framework, allowed)
    return preset


def _check_measured(function: AwsLambda) -> None:
    chosen = (function.architecture, function.package)
    known = sorted(
        (k.architecture, k.package)
        for k in load_init_quantiles()
        if k.runtime == function.runtime and not k.snapstart
    )
    if chosen not in known:
        pairs = ", ".join(f"{architecture} with {package}" for architecture, package in known)
        field = "architecture" if function.architecture not in {a for a, _ in known} else "package"
        allowed = f"{function.runtime} is measured only on {pairs}"
        raise ScenarioError(f"aws_lambda.{field}", getattr(function, field), allowed)


def _check_sdk(function: AwsLambda) -> None:
    if _family(function.runtime) not in _SDK_MEASURED:
        allowed = (
            f"none with runtime {function.runtime}: the SDK's start-up is measured for Node, Python and Rust; "
            "say how much code is loaded (aws_lambda.loaded_mb) instead"
        )
        raise ScenarioError("aws_lambda.framework", "sdk", allowed)


def _check_snapstart(function: AwsLambda) -> None:
    measured = sorted(k.runtime for k in load_init_quantiles() if k.snapstart)
    assumed = [name for names in _SNAPSTART_ASSUMED.values() for name in names]
    known = [name for name in measured + assumed if (name, "x86_64", "zip", False) in load_init_quantiles()]
    if function.runtime not in known:
        allowed = f"false with runtime {function.runtime}; SnapStart is modelled for {', '.join(known)}"
        raise ScenarioError("aws_lambda.snapstart", True, allowed)
    if function.package != "zip":
        raise ScenarioError("aws_lambda.snapstart", True, "false with package image; SnapStart needs a zip")
