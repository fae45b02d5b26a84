"""The function, and the words AWS has for its parts."""

from __future__ import annotations

import re
from dataclasses import dataclass

from model.facts import limit, load_frameworks, load_init_quantiles, load_price_variants
from model.fields import Number, choice, flag, number
from model.scenario.assumptions import WIDEST_LOG_SD

ARCHITECTURES = ("x86_64", "arm64")

INSTANCE_TYPES = load_price_variants()["ec2.instance_hour"]

RUNTIMES = tuple(sorted({runtime for runtime, *_ in load_init_quantiles()}))

AWS_RUNTIMES = {
    re.sub(r"^(python3|ruby3|nodejs\d\d)_?(\w+)$|^(java8)_(al2)$", r"\1\3.\2\4", runtime): runtime
    for runtime in RUNTIMES
}
"""AWS's spelling (python3.13, nodejs22.x, java8.al2) -> ours."""

FRAMEWORKS = ("none", "sdk", *sorted(load_frameworks()))


@dataclass(frozen=True)
class AwsLambda:
    """The function as configured on AWS Lambda."""

    memory_mb: Number = number(
        1024,
        "MB",
        limit("lambda.memory_min_mb"),
        limit("lambda.memory_max_mb"),
        "memory; CPU comes in proportion",
        whole=True,
    )
    architecture: str = choice("x86_64", ARCHITECTURES, "instruction set")
    runtime: str = choice("nodejs22x", RUNTIMES, "language runtime", AWS_RUNTIMES)
    package: str = choice("zip", ("zip", "image"), "deployment package type")
    package_mb: Number = number(
        5.0, "MB", 0.001, limit("lambda.package_image_mb"), "size of the zip or image as uploaded"
    )
    loaded_mb: Number = number(
        1.0, "MB", 0, limit("lambda.package_image_mb"), "code really loaded while the function starts"
    )
    framework: str = choice(
        "none", FRAMEWORKS, "what start-up loads: nothing, an AWS SDK client, a framework"
    )
    init_s: Number | None = number(
        None,
        "s",
        0,
        900,
        "your function's own median init (restore, with SnapStart) with all its code, as its REPORT lines say",
        when_none="from its parts, as measured",
    )
    init_log_sd: Number | None = number(
        None,
        "",
        0,
        WIDEST_LOG_SD,
        "spread of init_s between cold starts: standard deviation of its logarithm",
        when_none="the runtime's measured tail, log(p99 / p50) / 2.33",
    )
    first_invocation_s: Number | None = number(
        None, "s", 0, 900, "extra time of an environment's first request", when_none="as measured"
    )
    cold_start_s: Number | None = number(
        None,
        "s",
        0,
        900,
        "your own figure for all that a cold request takes longer than a warm one, the same each time",
        when_none="from its parts",
    )
    vpc: bool = flag(False, "attached to a VPC")
    nat: bool = flag(False, "the function reaches out through one NAT gateway per zone (vpc = true)")
    invocation: str = choice("sync", ("sync", "async"), "whether the caller waits for the answer")
    streamed: bool = flag(False, "responses are streamed, so they may be larger than 6 MB")
    snapstart: bool = flag(False, "start from a snapshot (Java, Python, .NET)")
    snapstart_versions: Number = number(
        1, "versions", 0, 1000, "published versions with a snapshot", whole=True
    )
    provisioned_concurrency: Number = number(
        0,
        "",
        0,
        1e5,
        "environments kept initialised; the fewest, if provisioned_target_percent is set",
        whole=True,
    )
    provisioned_target_percent: Number | None = number(
        None,
        "%",
        10,
        90,
        "provisioned concurrency follows the traffic so that this much of it is in use",
        when_none="a fixed number",
    )
    provisioned_hours_per_day: Number = number(
        24.0, "h", 0, 24, "hours a day a fixed number of provisioned environments is switched on"
    )
    free_tier_with_provisioned: bool = flag(
        False, "deduct Lambda's free tier although there is provisioned concurrency"
    )
    reserved_concurrency: Number | None = number(
        None,
        "",
        0,
        1e6,
        "concurrency set aside for, and capping, this function",
        whole=True,
        when_none="not set",
    )
    account_concurrency: Number = number(
        limit("lambda.account_concurrency"), "", 10, 1e6, "concurrency quota of the account", whole=True
    )
    keep_alive_s: Number | None = number(
        None, "s", 0, 86_400, "how long an idle environment lives", when_none="the measured curve"
    )
    ephemeral_mb: Number = number(
        limit("lambda.ephemeral_free_mb"),
        "MB",
        limit("lambda.ephemeral_free_mb"),
        limit("lambda.ephemeral_max_mb"),
        "/tmp",
        whole=True,
    )
    front_door: str = choice(
        "function_url",
        ("function_url", "http_api", "rest_api", "websocket_api", "alb", "none"),
        "what callers talk to",
    )
    managed_instances: bool = flag(
        False, "bill Lambda Managed Instances as a third option (beside the other two)"
    )
    managed_instance_type: str = choice(
        "m7g.xlarge", INSTANCE_TYPES, "EC2 instance that Lambda Managed Instances run on"
    )
