"""The cold start's parts: known sums, measured quantiles, and combinations nobody measured."""

import math

import numpy as np
import pytest

from model.cold_start import cold_start
from model.facts import StartGroup, load_init_quantiles
from model.fields import ScenarioError
from model.scenario import Scenario, replace_at


def start(**changes):
    return cold_start(replace_at(Scenario(), {f"aws_lambda.{k}": v for k, v in changes.items()}))


def parts(found):
    return {part.name: float(part.mean_s) for part in found.parts}


def test_parts_add_up_to_the_whole():
    for found in (start(), start(vpc=True, framework="sdk", package="image"), start(loaded_mb=400)):
        assert sum(parts(found).values()) == pytest.approx(float(found.mean_s), rel=1e-9)


def test_pre_init_of_a_zip_grows_with_its_size():
    """Median 0.1 s + 6 ms for each MB beyond 3 MB, lognormal with log-sd 0.35: mean = median exp(0.35^2 / 2)."""
    assert parts(start(package_mb=3))["pre_init"] == pytest.approx(0.1 * math.exp(0.35**2 / 2), rel=5e-3)
    assert parts(start(package_mb=53))["pre_init"] == pytest.approx(0.4 * math.exp(0.35**2 / 2), rel=5e-3)


def test_pre_init_of_an_image_is_flat_in_its_size():
    assert parts(start(package="image", package_mb=10)) == parts(start(package="image", package_mb=5000))


def test_init_sample_reproduces_the_measured_quantiles():
    measured = load_init_quantiles()[StartGroup("python313", "arm64", "zip", False)]
    found = start(runtime="python313", architecture="arm64")
    middle = np.interp(np.linspace(0.005, 0.995, 100), measured.probabilities, measured.seconds).mean()
    assert parts(found)["init"] == pytest.approx(middle, rel=0.01)


def test_first_invocation_falls_with_memory():
    """.NET 8 on x86_64 zip: 0 + 87,442.304 ms MB / memory."""
    at = {mb: parts(start(runtime="dotnet8", memory_mb=mb))["first_invocation"] for mb in (128, 1024)}
    assert at[128] == pytest.approx(87.442304 / 128)
    assert at[1024] == pytest.approx(87.442304 / 1024)


def test_a_framework_total_replaces_init_sdk_and_first_invocation():
    found = start(runtime="java21", framework="spring_boot", loaded_mb=0)
    assert {"framework", "pre_init"} <= parts(found).keys()
    assert not {"init", "sdk", "first_invocation"} & parts(found).keys()


def test_a_framework_keeps_its_published_percentiles():
    """Spring Boot: 5.312, 5.646, 6.184 s at p50, p90, p99, measured from init to the first answer."""
    found = start(runtime="java21", framework="spring_boot", loaded_mb=0, package_mb=0.001)
    pre_init = parts(found)["pre_init"]
    for p, seconds in ((0.5, 5.312), (0.9, 5.646), (0.99, 6.184)):
        assert float(found.percentile(p)) == pytest.approx(seconds + pre_init, rel=0.01)


def test_a_framework_timed_by_the_client_holds_the_pre_init_already():
    assert "pre_init" not in parts(start(runtime="python313", framework="django"))


def test_snapstart_restores_instead_of_initialising():
    """Measured median for Java 21: 681 ms, its mean a little above, slower than a hello-world init."""
    found = start(runtime="java21", snapstart=True)
    assert "init" not in parts(found)
    assert 0.681 < parts(found)["restore"] < 1.05 * 0.681
    assert found.mean_s > start(runtime="java21").mean_s


def test_snapstart_takes_the_framework_s_own_restore():
    with_it = start(runtime="java21", framework="spring_boot", snapstart=True)
    assert (
        float(with_it.percentile(0.5))
        < 1.5
        < 5
        < float(start(runtime="java21", framework="spring_boot").percentile(0.5))
    )


def test_snapstart_that_nobody_measured_is_marked_as_assumed():
    kinds = {part.name: part.kind for part in start(runtime="python313", snapstart=True).parts}
    assert kinds["restore"] == "assumed"


def test_init_over_ten_seconds_runs_again():
    """400 MB of code at 28 ms per MB is 11.2 s: cut off at 10 s, then once more in full."""
    shorter, longer = start(loaded_mb=300), start(loaded_mb=400)
    assert float(longer.mean_s - shorter.mean_s) == pytest.approx(100 * 0.028 + 10, rel=1e-6)
    assert float(longer.billed_init_s - shorter.billed_init_s) == pytest.approx(100 * 0.028 + 10, rel=1e-6)


def test_billed_init_leaves_out_pre_init_network_and_first_invocation():
    found = start(vpc=True)
    inside = parts(found)["init"] + parts(found)["loaded_code"] + parts(found)["extensions"]
    assert float(found.billed_init_s) == pytest.approx(inside, rel=1e-9)


def test_an_assumption_can_be_moved():
    moved = cold_start(Scenario(assumptions={"cold_start.extension_s": 0.5}))
    assert float(moved.mean_s - cold_start(Scenario()).mean_s) == pytest.approx(0.5)


def test_arrays_give_one_cold_start_each():
    sizes = np.array([1.0, 50.0, 250.0])
    found = start(loaded_mb=sizes)
    assert found.samples_s.shape == (3, 256)
    assert found.mean_s == pytest.approx([float(start(loaded_mb=size).mean_s) for size in sizes])


def test_samples_ascend():
    assert np.all(np.diff(start(vpc=True).samples_s) >= 0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param({"snapstart": True}, "java21", id="SnapStart on Node"),
        pytest.param({"runtime": "java21", "snapstart": True, "package": "image"}, "needs a zip", id="image"),
        pytest.param(
            {"runtime": "bun_layer", "architecture": "arm64"}, "measured only on x86_64", id="arm64"
        ),
        pytest.param({"runtime": "bun_layer", "package": "image"}, "measured only on", id="no image"),
        pytest.param({"runtime": "java21", "framework": "sdk"}, "Node, Python and Rust", id="SDK on Java"),
        pytest.param({"framework": "django"}, "with runtime nodejs22x", id="Django on Node"),
        pytest.param(
            {"runtime": "java21", "framework": "spring_boot_snapstart"},
            "switch that on",
            id="twin without flag",
        ),
        pytest.param(
            {"runtime": "python313", "framework": "django", "snapstart": True},
            "no restore of it",
            id="no twin",
        ),
    ],
)
def test_what_was_never_measured_is_refused_with_a_way_out(changes, message):
    with pytest.raises(ScenarioError, match=message):
        start(**changes)


# --- the user's own numbers -----------------------------------------------------------------------


def _own(**changes):
    return cold_start(
        replace_at(Scenario(), {f"aws_lambda.{name}": value for name, value in changes.items()})
    )


def test_your_own_cold_start_stands_for_all_parts():
    start = _own(cold_start_s=12.5)
    assert [(part.name, part.kind, float(part.mean_s)) for part in start.parts] == [("whole", "yours", 12.5)]
    assert np.all(start.samples_s == 12.5) and start.billed_init_s == 12.5


def test_your_own_init_is_a_lognormal_that_replaces_code_client_and_framework():
    start = _own(init_s=2.0, init_log_sd=0.5, framework="sdk", loaded_mb=100)
    names = [part.name for part in start.parts]
    assert "init" in names and not {"loaded_code", "sdk", "framework"} & set(names)
    assert start.parts[names.index("init")].kind == "yours"
    assert start.billed_init_s == pytest.approx(2.0 * np.exp(0.5**2 / 2), rel=0.01)


def test_without_a_spread_of_your_own_the_runtime_s_measured_tail_counts():
    measured = load_init_quantiles()[StartGroup("nodejs22x", "x86_64", "zip", False)]
    middle, slow = np.interp((0.5, 0.99), measured.probabilities, measured.seconds)
    alone = {f"cold_start.{name}": 0.0 for name in ("pre_init_zip_s", "pre_init_zip_s_per_mb", "extension_s")}
    start = cold_start(
        replace_at(
            Scenario(),
            {"aws_lambda.init_s": 3.0, "aws_lambda.first_invocation_s": 0.0, "assumptions": alone},
        )
    )
    assert start.percentile(0.99) == pytest.approx(3.0 * slow / middle, rel=0.02)


@pytest.mark.parametrize(
    ("fact", "part", "changes"),
    [
        ("cold_start.pre_init_zip_s", "pre_init", {}),
        ("cold_start.sdk_node_s", "sdk", {"aws_lambda.framework": "sdk"}),
        ("cold_start.vpc_s", "vpc", {"aws_lambda.vpc": True}),
        ("cold_start.extension_s", "extensions", {}),
        ("cold_start.loaded_code_s_per_mb", "loaded_code", {}),
    ],
)
def test_every_part_can_be_set_and_says_that_it_is_yours(fact, part, changes):
    ours, yours = (
        next(p for p in cold_start(replace_at(Scenario(), changes | more)).parts if p.name == part)
        for more in ({}, {"assumptions": {fact: 3.0}})
    )
    assert yours.kind == "yours" != ours.kind
    assert float(yours.mean_s) > float(ours.mean_s)


def test_own_numbers_broadcast():
    start = _own(init_s=np.array([1.0, 2.0]), first_invocation_s=np.array([0.0, 0.1]))
    assert start.samples_s.shape == (2, 256)
    assert start.mean_s[1] > start.mean_s[0]
