"""How values are written on screen, and what fields, platforms and options are called.

Every number the reader sees goes through here, so that money, seconds and rates look alike on every page. Three
significant digits as a rule, never an exponent, never "-0"; what is not known says so.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

from model.facts import load_frameworks, load_regions, load_traces
from model.fields import Field, NumberField
from model.scenario import RUNTIMES, vocabulary

PLATFORMS = {"aws_lambda": "Lambda", "fargate": "Fargate"}
NO_PRICE = "no published figure"
NO_FIGURE = "no figure"

LABELS: dict[str, str] = {
    "workload.kind": "Kind of work",
    "workload.requests_per_s": "Requests per second",
    "workload.runs_per_day": "Job runs per day",
    "workload.pattern": "Traffic pattern",
    "workload.peak_to_mean": "Peak over mean rate",
    "workload.spike_factor": "Spike: rate over normal",
    "workload.spike_duration_s": "Spike: how long",
    "workload.on_share": "Time with traffic",
    "workload.burstiness": "Burstiness",
    "workload.trace": "Recorded traffic",
    "workload.duration_s": "Handler time",
    "workload.measured_at_mb": "Measured with memory",
    "workload.duration_cv": "Handler time spread",
    "workload.cpu_share": "CPU share of handler time",
    "workload.cpu_threads": "Threads per request",
    "workload.memory_per_request_mb": "Memory per request",
    "workload.memory_base_mb": "Memory of the process",
    "workload.request_kb": "Request size",
    "workload.response_kb": "Response size",
    "workload.log_kb": "Log text per request",
    "workload.internet_facing": "Callers on the internet",
    "workload.outbound_kb": "Through NAT per request",
    "workload.cross_zone_kb": "To other zones per request",
    "workload.open_connections": "Open WebSockets",
    "workload.database_vcpu": "CPU of the database",
    "workload.rds_proxy": "RDS Proxy",
    "workload.queue": "SQS queue",
    "workload.step_functions_transitions": "Workflow steps per request",
    "workload.custom_metrics": "Custom metrics",
    "workload.xray_share": "Requests traced (X-Ray)",
    "workload.slo_p99_s": "Wanted p99 latency",
    "workload.timeout_s": "Caller gives up after",
    "workload.db_connections_limit": "Database connections",
    "workload.needs": "Needs",
    "aws_lambda.memory_mb": "Lambda memory",
    "aws_lambda.architecture": "Lambda architecture",
    "aws_lambda.runtime": "Runtime",
    "aws_lambda.package": "Package type",
    "aws_lambda.package_mb": "Package size",
    "aws_lambda.loaded_mb": "Code loaded at start",
    "aws_lambda.framework": "Framework",
    "aws_lambda.vpc": "In a VPC",
    "aws_lambda.nat": "NAT for the function",
    "aws_lambda.invocation": "Invocation",
    "aws_lambda.streamed": "Streamed responses",
    "aws_lambda.snapstart_versions": "SnapStart versions",
    "aws_lambda.provisioned_target_percent": "Provisioned target (%)",
    "aws_lambda.free_tier_with_provisioned": "Free tier with provisioned",
    "aws_lambda.managed_instances": "Managed Instances",
    "aws_lambda.managed_instance_type": "Managed Instances run on",
    "aws_lambda.snapstart": "SnapStart",
    "aws_lambda.provisioned_concurrency": "Provisioned concurrency",
    "aws_lambda.provisioned_hours_per_day": "Provisioned hours a day",
    "aws_lambda.reserved_concurrency": "Reserved concurrency",
    "aws_lambda.account_concurrency": "Account concurrency",
    "aws_lambda.keep_alive_s": "Keep-alive when idle (s)",
    "aws_lambda.ephemeral_mb": "Lambda storage (/tmp)",
    "aws_lambda.front_door": "Front door",
    "fargate.vcpu": "Fargate vCPU",
    "fargate.memory_gb": "Fargate memory",
    "fargate.architecture": "Fargate architecture",
    "fargate.os": "Operating system",
    "fargate.spot_share": "Share on Spot",
    "fargate.scaling": "Scaling",
    "fargate.tasks": "Tasks, fixed number",
    "fargate.min_tasks": "Fewest tasks",
    "fargate.max_tasks": "Most tasks",
    "fargate.target_percent": "Target of the metric",
    "fargate.metric": "Metric",
    "fargate.metric_period_s": "Metric period",
    "fargate.metric_lag_s": "Metric lag (s)",
    "fargate.scale_out_cooldown_s": "Scale-out cooldown",
    "fargate.scale_in_cooldown_s": "Scale-in cooldown",
    "fargate.requests_in_flight_per_task": "In flight per task",
    "fargate.image_mb": "Image size",
    "fargate.boot_s": "Start of the app",
    "fargate.health_check_interval_s": "Health check interval",
    "fargate.ephemeral_gb": "Task storage",
    "fargate.load_balancer": "Load balancer",
    "fargate.availability_zones": "Availability Zones",
    "fargate.nat": "NAT gateways",
    "fargate.public_ip": "Public IPv4 addresses",
    "fargate.nlb_tls": "NLB ends TLS",
    "fargate.images_kept": "Images kept in ECR",
    "fargate.interface_endpoints": "Interface endpoints",
    "fargate.container_insights": "Container Insights",
    "billing.region": "Region",
    "billing.hours_per_month": "Hours per month",
    "billing.free_tier": "Free tier",
    "billing.other_lambda_gb_s": "Other Lambda duration",
    "billing.other_lambda_requests": "Other Lambda requests",
    "billing.savings_plan": "Savings plan",
    "billing.commitment_usd_per_hour": "Commitment (USD an hour)",
    "billing.common_costs": "Costs common to both",
    "billing.init_billed": "Bill Lambda starts",
    "billing.on": "Prices of the day",
}

OPTIONS: dict[str, str] = {
    "service": "A service that answers requests",
    "job": "A job that runs to completion",
    "steady": "Steady",
    "diurnal": "Day and night",
    "business_hours": "Business hours",
    "spike": "A spike",
    "bursty": "Bursty",
    "on_off": "On and off",
    "ramp": "Ramp",
    "cron": "On a schedule",
    "trace": "Recorded traffic",
    "websockets": "WebSockets",
    "grpc_streams": "gRPC streams",
    "gpu": "GPU",
    "over_15_minutes": "Over 15 minutes",
    "custom_os_packages": "Own OS packages",
    "persistent_connections": "Persistent connections",
    "in_memory_state": "State in memory",
    "x86_64": "x86-64",
    "arm64": "Arm (Graviton)",
    "zip": "Zip",
    "image": "Container image",
    "none": "None",
    "sdk": "AWS SDK client",
    "function_url": "Function URL",
    "http_api": "API Gateway, HTTP API",
    "rest_api": "API Gateway, REST API",
    "websocket_api": "API Gateway, WebSocket API",
    "sync": "The caller waits",
    "async": "Events, nobody waits",
    "aws_lambda": "Lambda only",
    "both": "Both platforms",
    "alb": "Application Load Balancer",
    "nlb": "Network Load Balancer",
    "linux": "Linux",
    "windows": "Windows",
    "fixed": "Fixed number of tasks",
    "target_tracking": "Target tracking",
    "step": "Step scaling",
    "scheduled": "Scheduled",
    "predictive": "Predictive",
    "cpu": "CPU utilisation",
    "requests_per_target": "Requests per target",
    "1yr_no_upfront": "1 year, nothing upfront",
    "1yr_partial_upfront": "1 year, partly upfront",
    "1yr_all_upfront": "1 year, all upfront",
    "3yr_no_upfront": "3 years, nothing upfront",
    "3yr_partial_upfront": "3 years, partly upfront",
    "3yr_all_upfront": "3 years, all upfront",
}

LANGUAGES = {
    "bun": "Bun",
    "cpp": "C++",
    "dotnet": ".NET",
    "go": "Go",
    "java": "Java",
    "llrt": "LLRT",
    "nodejs": "Node.js",
    "python": "Python",
    "ruby": "Ruby",
    "rust": "Rust",
    "shell": "Shell",
    "swift": "Swift",
    "graalvm_java": "GraalVM Java",
}
TWO_PART_VERSIONS = {"python", "ruby", "swift"}
"""Languages whose version is written with a dot: python313 is 3.13."""


# --- numbers --------------------------------------------------------------------------------------


def digits(value: float, significant: int = 3) -> str:
    """A number with so many significant digits, thousands set apart, no exponent: 0.0532, 5.1, 12,300."""
    return _plain(Decimal(f"{value:.{significant - 1}e}"))


def exact(value: float) -> str:
    """A number as it was given, up to twelve digits, thousands set apart, no exponent; different numbers differ."""
    return _plain(Decimal(f"{value:.12g}"))


def _plain(value: Decimal) -> str:
    text = f"{value:,f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def usd(value: float | None) -> str:
    """A sum of money: "$928", "$9.28", "$1.23 million", "less than a cent"; None is "no published figure"."""
    if value is None or math.isnan(value):
        return NO_PRICE
    sign, size = ("-" if value < 0 else ""), abs(value)
    if math.isinf(size):
        return f"{sign}unlimited"
    if size < 0.005:
        return "less than a cent" if size else "$0"
    if size < 99.995:
        return f"{sign}${size:.2f}"
    return f"{sign}${size:,.0f}" if size < 999_999.5 else f"{sign}${_large(size)}"


def quantity(value: float) -> str:
    """A billed quantity in full: "52,291,409", "0.25"."""
    return f"{value:,.0f}" if value >= 1000 else digits(value, 4)


def cents(value: float | None) -> str:
    """A sum of money to the cent, as on a bill: "$1,234.50"; None is "no published figure"."""
    return (
        NO_PRICE
        if value is None or math.isnan(value)
        else f"{'-' if value <= -0.005 else ''}${abs(value):,.2f}"
    )


def usd_price(value: float | None) -> str:
    """A unit price with all its digits: "$0.0000166667"."""
    return NO_PRICE if value is None or math.isnan(value) else f"${exact(value)}"


def seconds(value: float | None) -> str:
    """A time span: "53 ms", "9.5 s", "6 min 3 s", "2 h 5 min", "3 days 4 h"; infinity is "never"."""
    if value is None or math.isnan(value):
        return NO_FIGURE
    if math.isinf(value):
        return "never"
    if value < 0:
        return f"-{seconds(-value)}" if value <= -5e-7 else "0 s"
    if value < 5e-7:
        return "0 s"
    if value < 0.9995:
        return f"{digits(value * 1000) if value >= 0.0995 else digits(value * 1000, 2)} ms"
    if value < 99.95:
        return f"{digits(value)} s" if value < 9.995 else f"{digits(round(value, 1))} s"
    whole = round(value)
    if whole < 120:
        return f"{whole} s"
    if whole < 2 * 3600:
        return _two_units(whole, 60, "min", "s")
    whole = round(value / 60)
    if whole < 48 * 60:
        return _two_units(whole, 60, "h", "min")
    return _two_units(round(value / 3600), 24, "days", "h")


def rate(per_s: float | None, what: str = "requests") -> str:
    """How often: "100 requests/s", "12 requests a minute", "3 requests a day"; what="" leaves the noun out."""
    if per_s is None or not math.isfinite(per_s):
        return NO_FIGURE
    if per_s <= 0:
        return f"no {what}" if what else "none"
    spans = (
        ("/s", 1.0),
        (" a minute", 60.0),
        (" an hour", 3600.0),
        (" a day", 86_400.0),
        (" in 30 days", 2_592_000.0),
    )
    unit, length_s = next((span for span in spans if per_s * span[1] >= 0.9995), spans[-1])
    return (
        count(per_s * length_s, what.removesuffix("s"), what) if what else number(per_s * length_s)
    ) + unit


def share(value: float | None) -> str:
    """A share of 1 in percent: "30 %", "0.13 %", "< 0.01 %", "> 99.99 %"."""
    percent = math.nan if value is None else value * 100
    if not math.isfinite(percent):
        return NO_FIGURE
    if 0 < percent < 0.01:
        return "< 0.01 %"
    if 99.99 < percent < 100:
        return "> 99.99 %"
    places = 2 if abs(percent) < 1 or 99 < percent < 100 else 1 if abs(percent) < 10 or percent > 90 else 0
    text = f"{percent:,.{places}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return f"{'0' if text == '-0' else text} %"


def number(value: float | None) -> str:
    """A plain quantity: "1,500", "0.25", "1.2 million"."""
    if value is None or math.isnan(value):
        return NO_FIGURE
    if math.isinf(value):
        return "unlimited" if value > 0 else "-unlimited"
    if abs(value) >= 999_999.5:
        return f"{'-' if value < 0 else ''}{_large(abs(value))}"
    return digits(value) if abs(value) < 999.5 else f"{value:,.0f}"


def count(value: float | None, one: str, many: str = "") -> str:
    """A number of things: "1 task", "2 tasks", "2.5 tasks", "1.2 million requests"."""
    text = number(value)
    return f"{text} {one if text == '1' else many or one + 's'}"


def ratio(value: float | None) -> str:
    """How many times as much: "5.1 times", "120 times"."""
    if value is None or math.isnan(value):
        return NO_FIGURE
    if math.isinf(value):
        return "infinitely many times"
    return f"{digits(value, 2) if value < 100 else number(float(digits(value).replace(',', '')))} times"


def megabytes(value: float | None) -> str:
    """A size given in MB: "20 MB", "1,769 MB", "12 GB"."""
    if value is None or not math.isfinite(value):
        return NO_FIGURE
    if 0 < value < 1:
        return f"{digits(value * 1000)} KB"
    return f"{number(value)} MB" if value < 10_500 else f"{digits(value / 1024)} GB"


def gigabytes(value: float | None) -> str:
    """A size given in GB: "0.5 GB", "30 GB"."""
    return NO_FIGURE if value is None or not math.isfinite(value) else f"{number(value)} GB"


def kilobytes(value: float | None) -> str:
    """A size given in KB (thousands of bytes): "5 KB", "1.2 MB"."""
    if value is None or not math.isfinite(value):
        return NO_FIGURE
    for unit, size in (("GB", 1e6), ("MB", 1e3)):
        if value >= size:
            return f"{digits(value / size)} {unit}"
    return f"{digits(value)} KB" if not 0 < value < 1 else f"{digits(value * 1000)} bytes"


def day(value: date | str | None) -> str:
    """A date: "23 November 2026"."""
    if not value:
        return "no date"
    when = date.fromisoformat(value) if isinstance(value, str) else value
    return f"{when.day} {when:%B %Y}"


def _large(size: float) -> str:
    for word, unit in (("million", 1e6), ("billion", 1e9), ("trillion", 1e12)):
        if size < 999.5 * unit or unit == 1e12:
            return f"{digits(size / unit)} {word}"
    raise AssertionError


def _two_units(whole: int, ratio_: int, large: str, small: str) -> str:
    first, rest = divmod(whole, ratio_)
    return f"{first:,} {large} {rest} {small}" if rest else f"{first:,} {large}"


# --- sentences ------------------------------------------------------------------------------------


def said_list(items: Iterable[str], last: str = "and") -> str:
    """ "a", "a and b", "a, b and c"."""
    words = list(items)
    return f" {last} ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def in_markdown(text: str) -> str:
    """Our own sentence for st.markdown: dollars stay dollars instead of opening a formula."""
    return text.replace("$", r"\$")


def as_typed(text: str) -> str:
    """Somebody else's text for st.markdown: every sign is shown as it is, none acts.

    The invisible word joiner keeps addresses from turning into links and `:name:` from turning into a picture.
    """
    plain = "".join(sign if sign.isprintable() else " " for sign in text)
    joined = re.sub(r"[:@]|\b(?=www\.)|(?<=www)\.", lambda found: found.group() + "\u2060", plain, flags=re.I)
    return re.sub(r"([\\`*_{}\[\]()<>#+\-.!|~$:&=])", r"\\\1", joined)


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


# --- names ----------------------------------------------------------------------------------------


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
        case "workload.trace":
            return load_traces()[word].title
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
    return shown + (unit.removesuffix("s") if shown == "1" and len(unit) > len(" ms") else unit)


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
