"""What platforms, fields, options, runtimes and Regions are called on screen, and how a field's value is written."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any

from model.facts import load_frameworks, load_regions, load_traces
from model.fields import Field, NumberField
from model.scenario import RUNTIMES, vocabulary
from model.series import UPLOADED
from pages.ui.words.labels import LABELS, LANGUAGES, OPTIONS, TWO_PART_VERSIONS
from pages.ui.words.numbers import exact
from pages.ui.words.sentences import in_markdown, said_list

PLATFORMS = {"aws_lambda": "Lambda", "fargate": "Fargate"}
BILLS = {**PLATFORMS, "managed_instances": "Managed Instances"}


def with_labels(sentence: str) -> str:
    """A sentence of the model in the words of the screen: labels, runtimes and options by name, no exponents."""
    sentence = re.sub(r"\b\d+e[+-]\d{2}\b", lambda found: exact(float(found.group())), sentence)
    sentence = re.sub(r"\b[a-z_]+\.[a-z0-9_]+\b", lambda found: label(found.group()), sentence)
    return re.sub(r"\b[a-z]+[a-z0-9_]*\b", lambda found: _on_screen(found.group()), sentence)


def _on_screen(word: str) -> str:
    if word in RUNTIMES:
        return runtime(word)
    if word in load_frameworks():
        return framework(word)
    return OPTIONS.get(word, word) if "_" in word else word


def label(path: str) -> str:
    """What a field is called on screen; something without a name of its own is called by its path."""
    return LABELS.get(path, path)


def option(path: str, word: str) -> str:
    """What an option of a choice is called on screen."""
    match path:
        case "billing.region":
            return region(word)
        case "aws_lambda.runtime":
            return runtime(word)
        case "aws_lambda.framework" if word in load_frameworks():
            return framework(word)
        case "workload.trace" if word == UPLOADED:
            return "Your upload"
        case "workload.trace":
            return load_traces()[word].title
        case "workload.spike_shape" if word == "step":
            return "Step"
    return OPTIONS.get(word, word)


def region(code: str) -> str:
    """ "us-east-1" is "N. Virginia (us-east-1)"."""
    area, _, place = load_regions()[code].rstrip(")").partition(" (")
    return f"{place or area} ({code})"


def runtime(word: str) -> str:
    """ "nodejs22x" is "Node.js 22", "go_on_provided_al2023" is "Go on AL2023"."""
    name, _, base = word.partition("_on_provided_")
    name, native, _ = name.partition("_aot")
    name, _, variant = name.removesuffix("_native").removesuffix("_layer").partition("_al")
    found = re.fullmatch(r"([a-z_]+?)(\d*)x?", name)
    language, version = found.groups() if found else (name, "")
    if language in TWO_PART_VERSIONS and len(version) > 1:
        version = f"{version[0]}.{version[1:]}"
    said = " ".join(filter(None, (LANGUAGES.get(language, language.capitalize()), version)))
    extras = (
        (" native", native or "_native" in word),
        (" layer", "_layer" in word),
        (f" on {base.upper()}", base),
        (f" on AL{variant}", variant),
    )
    return said + "".join(text for text, holds in extras if holds)


def framework(word: str) -> str:
    """ "spring_boot_snapstart" is "Spring Boot, SnapStart"."""
    kinds = {"_snapstart": ", SnapStart", "_native": ", native image"}
    suffix = next((end for end in kinds if word.endswith(end)), "")
    names = {
        "aspnet_minimal_api": "ASP.NET minimal API",
        "dotnet_aot": ".NET, native (AOT)",
        "fastapi": "FastAPI",
    }
    base = word.removesuffix(suffix)
    return names.get(base, base.replace("_", " ").title()) + kinds.get(suffix, "")


_SHARES = {path for path in LABELS if path.endswith("_share")}
_SCALED: dict[str, tuple[tuple[float, str], ...]] = {
    "s": ((86_400, " days"), (3600, " h"), (60, " min"), (1, " s"), (0.001, " ms")),
    "1/s": ((1e6, " M/s"), (1e3, " k/s"), (1, "/s")),
    "1/day": ((1e6, " M a day"), (1e3, " k a day"), (1, " a day")),
    "KB": ((1e6, " GB"), (1e3, " MB"), (1, " KB")),
    "MB": ((1, " MB"),),
    "GB": ((1, " GB"),),
    "%": ((1, " %"),),
}
_TIMES = {"workload.peak_to_mean", "workload.spike_factor"}


def setting(path: str, value: Any) -> str:
    """A field's value on its control: short, and exact, so that two values never read alike."""
    spec = _FIELDS[path]
    if isinstance(spec, NumberField):
        return spec.when_none if value is None else _quantity(path, spec.unit, value)
    if isinstance(value, tuple | list):
        return said_list(option(path, word) for word in value) or "nothing"
    return option(path, value) if isinstance(value, str) else "yes" if value else "no"


@lru_cache(maxsize=10_000)
def _quantity(path: str, base_unit: str, value: float) -> str:
    if value < 0:
        return f"-{_quantity(path, base_unit, -value)}"
    if path in _SHARES:
        return f"{exact(value * 100)} %"
    if path in _TIMES:
        return f"× {exact(value)}"
    scales = _SCALED.get(base_unit, ((1, f" {base_unit}" if base_unit else ""),))
    if base_unit == "s" and value >= 60:  # 90 s, not 1.5 min
        scales = tuple(scale for scale in scales if value % scale[0] == 0) or ((1, " s"),)
    zero = next(scale for scale in scales if scale[0] == 1)
    size, unit = next((scale for scale in scales if value >= scale[0]), scales[-1]) if value else zero
    shown = exact(value / size)
    counted = len(unit) > len(" ms") and not unit.endswith("/s")
    return shown + (unit.removesuffix("s") if shown == "1" and counted else unit)


@cache
def meaning(path: str) -> str:
    """What a field means, for its help: our names for other fields, its range, and its name in links and files."""
    spec = _FIELDS.get(path)
    if spec is None:
        return ""
    text = re.sub(
        r"[a-z0-9]+(?:_[a-z0-9]+)+", lambda found: _NAMED.get(found.group(), found.group()), spec.meaning
    )
    where = f"{_range(path, spec)} In links and files: `{path}`"
    return in_markdown(f"{text[0].upper()}{text[1:]}.  \n{where}")


def _range(path: str, spec: Field) -> str:
    if not isinstance(spec, NumberField):
        return ""
    empty = f" Empty: {spec.when_none}." if spec.when_none else ""
    return f"From {setting(path, spec.low)} to {setting(path, spec.high)}.{empty}"


_FIELDS: dict[str, Field] = {path: spec for path, spec, _ in vocabulary()}
_NAMED = {word: said.lower() for word, said in OPTIONS.items() if "_" in word and not word[0].isdigit()} | {
    path.partition(".")[2]: f"“{said}”" for path, said in LABELS.items() if "_" in path.partition(".")[2]
}
