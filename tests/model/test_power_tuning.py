"""Results of AWS Lambda Power Tuning: read as published, refused in a sentence, and answered by the handler time."""

import base64
import json
import math
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model import Scenario, ScenarioError, evaluate, replace_at
from model.compute import (
    cpu_work_vcpu_s,
    fargate_cpu_s,
    fargate_handler_s,
    fitted_fields,
    lambda_handler_s,
    lambda_vcpu,
)
from model.power_tuning import HOST, LONGEST_TEXT, PowerTuningError, read_power_tuning
from model.serialise import from_dict, from_params, to_dict, to_params


def encoded(kind, values):
    return base64.b64encode(struct.pack(f"<{len(values)}{kind}", *values)).decode()


def address(sizes, found_ms, costs=None, host=HOST):
    parts = (encoded("h", sizes), encoded("f", found_ms), encoded("f", costs or [1e-6] * len(sizes)))
    return f"https://{host}/#{';'.join(parts)}"


# --- published results ----------------------------------------------------------------------------

# Three results that people published whole: the tool's own words (power, duration in ms) beside its address.
PUBLISHED = {
    "image resizing": (
        "gAAAAQACAAQACMAL;cSwARe92gERmEgdE6IzTQ+VXaUOPEmRD;tYWQNuffkDYZfJg20gPvNsDoAzcSmj03",
        (128, 256, 512, 1024, 2048, 3008),
        (128, 2050.7774999999997),
    ),
    "image flipping": (
        "gAAAAQACAAQACMAL;9jbsRMPpakTo1PBDVRWIQ+j02UOTj8BD;cy2FNhB5hDbt2oc24OSZNo7HdTehy583",
        (128, 256, 512, 1024, 2048, 3008),
        (256, 939.6525),
    ),
    "a small API": (
        "AAQABgAI;3t2NQUREREFERExB;ilmiNADhrzRWgeo0",
        (1024, 1536, 2048),
        (1536, 12.266666666666667),
    ),
}


@pytest.mark.parametrize(("data", "sizes", "named"), PUBLISHED.values(), ids=PUBLISHED)
def test_the_address_holds_what_the_tool_said_in_words(data, sizes, named):
    found = read_power_tuning(f"https://{HOST}/#{data}")
    assert tuple(found) == tuple(map(str, sizes))
    power, duration_ms = named
    assert found[str(power)] == pytest.approx(duration_ms / 1000, rel=1e-6)


def test_the_example_of_the_tools_documentation_goes_from_37_to_2_seconds():
    found = read_power_tuning(
        f"https://{HOST}/#gAAAAQACAAQABsAL;ZooQR4yvkUa/pQRGRC5zRaADHUVjOftE;QdWhOEMkoziDT5Q4xhiIOMYYiDi6RNc4"
    )
    assert list(found) == ["128", "256", "512", "1024", "1536", "3008"]
    assert (round(found["128"]), round(found["3008"])) == (37, 2)


SIZES, FOUND_MS = (128, 512, 1769), (800.0, 210.0, 90.0)
STATS = [
    {"averagePrice": 1e-6, "averageDuration": ms, "value": size}
    for size, ms in zip(SIZES, FOUND_MS, strict=True)
]
OUTPUT = {
    "power": 512,
    "cost": 1e-6,
    "duration": 210.0,
    "stateMachine": {"executionCost": 3e-4, "lambdaCost": 1e-4, "visualization": address(SIZES, FOUND_MS)},
}
FORMS = {
    "address": address(SIZES, FOUND_MS),
    "address without its scheme": address(SIZES, FOUND_MS).removeprefix("https://"),
    "address with signs in percent": address(SIZES, FOUND_MS).replace(";", "%3B").replace("=", "%3D"),
    "address without padding": address(SIZES, FOUND_MS).replace("=", ""),
    "output": json.dumps(OUTPUT),
    "output inside results": json.dumps({"results": OUTPUT}),
    "output as describe-execution prints it": json.dumps(
        {"status": "SUCCEEDED", "output": json.dumps(OUTPUT)}
    ),
    "output with stats and another site": json.dumps(
        OUTPUT | {"stateMachine": {"visualization": "https://example.com/#x"}, "stats": STATS}
    ),
    "stats alone, in any order": json.dumps(STATS[::-1]),
    "white space around": f"\n  {address(SIZES, FOUND_MS)}  \n",
}


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS)
def test_every_form_of_a_result_is_read_alike(text):
    assert read_power_tuning(text) == {"128": 0.8, "512": 0.21, "1769": 0.09}


GOOD = encoded("h", SIZES), encoded("f", FOUND_MS), encoded("f", FOUND_MS)
HOSTILE = {
    "nothing": ("  ", "nothing to read"),
    "too long": ("x" * (LONGEST_TEXT + 1), "characters"),
    "a word": ("hello", "no result of AWS Lambda Power Tuning"),
    "another site": (address(SIZES, FOUND_MS, host="example.com"), "no result of AWS Lambda Power Tuning"),
    "a site that looks alike": (
        address(SIZES, FOUND_MS, host=f"{HOST}.example.com"),
        "no result of AWS Lambda Power Tuning",
    ),
    "a user name that looks alike": (
        address(SIZES, FOUND_MS, host=f"{HOST}@example.com"),
        "no result of AWS Lambda Power Tuning",
    ),
    "a broken host": ("https://[#a;b;c", "no result of AWS Lambda Power Tuning"),
    "a script": (f"javascript://{HOST}/#a;b;c", "no result of AWS Lambda Power Tuning"),
    "no data": (f"https://{HOST}/#", "cut short"),
    "two parts": (f"https://{HOST}/#{GOOD[0]};{GOOD[1]}", "cut short"),
    "two functions": (f"https://{HOST}/#{';'.join(GOOD + GOOD)}", "compares two functions"),
    "no base64": (f"https://{HOST}/#{GOOD[0]};!!!!;{GOOD[2]}", "durations of this address are no base64"),
    "other letters": (f"https://{HOST}/#{GOOD[0]};ä;{GOOD[2]}", "no base64"),
    "half a number": (f"https://{HOST}/#{GOOD[0]};AAA=;{GOOD[2]}", "durations of this address are cut short"),
    "no numbers": (f"https://{HOST}/#{GOOD[0]};;{GOOD[2]}", "cut short"),
    "lengths differ": (
        f"https://{HOST}/#{GOOD[0]};{encoded('f', [1.0])};{GOOD[2]}",
        "3 memory sizes, 1 durations",
    ),
    "NaN": (address(SIZES, (1.0, math.nan, 2.0)), "duration at 512 MB is nan s"),
    "infinite": (address(SIZES, (1.0, math.inf, 2.0)), "duration at 512 MB is inf s"),
    "negative": (address(SIZES, (1.0, -3.0, 2.0)), "duration at 512 MB is -0.003 s"),
    "zero": (address(SIZES, (1.0, 0.0, 2.0)), "duration at 512 MB is 0.0 s"),
    "a quarter of an hour and more": (address(SIZES, (1.0, 900_001.0, 2.0)), "up to 900"),
    "a negative size": (address((-128, 512, 1769), FOUND_MS), "memory size of the result is -128"),
    "a size Lambda does not have": (address((64, 512, 1769), FOUND_MS), "memory size of the result is 64"),
    "one size": (address((512,), (210.0,)), "two memory sizes at least"),
    "a size twice": (address((512, 512, 1769), FOUND_MS), "twice"),
    "broken JSON": ('{"power": ', "no JSON that can be read"),
    "deep JSON": ("[" * 100_000, "no JSON that can be read"),
    "other JSON": ('{"a": 1}', "neither “stats” nor"),
    "an empty list": ("[]", "neither “stats” nor"),
    "JSON that holds itself": (json.dumps({"output": "5"}), "neither “stats” nor"),
    "an address that is none": (json.dumps({"stateMachine": {"visualization": 5}}), "neither “stats” nor"),
    "another site in the output": (
        json.dumps({"stateMachine": {"visualization": "https://example.com/#a;b;c"}}),
        "no result of AWS Lambda Power Tuning",
    ),
    "stats of words": ('["a", "b"]', "Entry 1 of “stats”"),
    "stats without a duration": ('[{"value": 128}]', "Entry 1 of “stats”"),
    "stats with a word as duration": ('[{"value": 128, "averageDuration": "5"}]', "Entry 1 of “stats”"),
    "stats with NaN": (
        '[{"value": 128, "averageDuration": NaN}, {"value": 256, "averageDuration": 1}]',
        "nan s",
    ),
    "stats with a huge size": (
        '[{"value": 1e400, "averageDuration": 5}, {"value": 256, "averageDuration": 1}]',
        "memory size of the result is inf",
    ),
    "stats with a list as size": ('[{"value": [1], "averageDuration": 5}]', "Entry 1 of “stats”"),
    "stats with an integer of many digits": (
        '[{"value": 128, "averageDuration": 1' + "0" * 400 + '}, {"value": 256, "averageDuration": 1}]',
        "Entry 1 of “stats”",
    ),
}


@pytest.mark.parametrize(("text", "why"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_result_is_refused_in_one_sentence(text, why):
    with pytest.raises(PowerTuningError) as refused:
        read_power_tuning(text)
    said = str(refused.value)
    assert why in said
    assert len(said) < 250 and said.endswith(".") and "\n" not in said


@given(
    st.text(max_size=200)
    | st.binary(max_size=60).map(lambda raw: f"{HOST}/#{base64.b64encode(raw).decode()}")
)
def test_any_other_text_is_refused_and_nothing_else_happens(text):
    with pytest.raises(PowerTuningError):
        read_power_tuning(text)


# --- measured durations in a scenario -------------------------------------------------------------


def measured(durations, memory_mb=1024.0, **more):
    tree = {"workload": {"measured_durations": durations}, "aws_lambda": {"memory_mb": memory_mb}}
    return replace_at(from_dict(tree), {name.replace("__", "."): value for name, value in more.items()})


def test_at_a_measured_size_the_handler_takes_what_was_measured():
    for size, seconds in (("128", 0.9), ("512", 0.25), ("3008", 0.1)):
        scenario = measured({"128": 0.9, "512": 0.25, "3008": 0.1}, float(size))
        assert lambda_handler_s(scenario) == pytest.approx(seconds, rel=1e-12)


def test_a_round_measurement_is_billed_as_such():
    """100 ms at 512 MB are 100 ms on the bill, not 101: half a GB, a million requests, 50,000 GB-s."""
    scenario = measured({"256": 0.2, "512": 0.1}, 512.0, workload__requests_per_s=1e6 / 730 / 3600)
    scenario = replace_at(scenario, {"workload.duration_cv": 0, "billing.init_billed": False})
    bill = evaluate(scenario).aws_lambda.bill
    billed = sum(float(line.quantity) for line in bill.lines if line.item.startswith("Duration"))
    assert billed == pytest.approx(50_000)


def test_between_two_sizes_the_line_is_straight_in_logarithms():
    """Halfway between 256 and 1,024 MB, which is 512, stands the geometric mean of the times."""
    assert lambda_handler_s(measured({"256": 0.8, "1024": 0.2}, 512.0)) == pytest.approx(math.sqrt(0.8 * 0.2))


def test_beyond_the_ends_the_cpu_law_goes_on():
    """Work of 0.1 vCPU-s and no waiting: at 128 MB 0.1 · 1,769 / 128; beyond a vCPU one thread gains nothing."""
    durations = {"512": 0.1 * 1769 / 512, "1024": 0.1 * 1769 / 1024}
    assert lambda_handler_s(measured(durations, 128.0)) == pytest.approx(0.1 * 1769 / 128, rel=1e-5)
    assert lambda_handler_s(measured(durations, 10_240.0)) == pytest.approx(0.1, rel=1e-5)


@given(
    waiting_s=st.floats(0.01, 5),
    work=st.floats(0.01, 5),
    threads=st.integers(1, 4),
)
def test_the_fit_finds_the_law_that_made_the_measurements(waiting_s, work, threads):
    sizes = (128, 512, 1769, 3538, 5307, 7076, 10_240)
    law = {str(mb): waiting_s + work / min(mb / 1769, 6, threads) for mb in sizes}
    fields = fitted_fields(law)
    fitted = replace_at(Scenario(), fields)
    assert fields["workload.cpu_threads"] == threads
    assert cpu_work_vcpu_s(fitted.workload) == pytest.approx(work, rel=1e-3)
    assert float(fargate_handler_s(fitted)) == pytest.approx(waiting_s + work / min(0.5, threads), rel=1e-3)


@given(st.dictionaries(st.integers(128, 10_240).map(str), st.floats(0.001, 900), min_size=2, max_size=8))
def test_any_measurement_gives_settings_in_range_and_goes_through_files_and_links(durations):
    scenario = measured(durations)
    assert from_dict(to_dict(scenario)) == scenario
    assert from_params(to_params(scenario)) == (scenario, ())
    for size, seconds in durations.items():
        here = replace_at(scenario, "aws_lambda.memory_mb", float(size))
        assert lambda_handler_s(here) == pytest.approx(seconds, rel=1e-9)
    assert 0 < float(fargate_handler_s(scenario)) < math.inf


def test_fargate_does_the_cpu_seconds_that_were_measured():
    """At 885 MB, half a vCPU, 0.3 s; at 1,769 MB 0.2 s: 0.1 s waiting and 0.1 vCPU-s (to a MB)."""
    scenario = measured({"884": 0.1 + 0.1 * 1769 / 884, "1769": 0.2})
    assert fargate_cpu_s(scenario) == pytest.approx(0.1, rel=1e-4)
    assert scenario.workload.cpu_share == pytest.approx(
        0.1 * 1769 / 1024 / (0.1 + 0.1 * 1769 / 1024), rel=1e-4
    )


def test_the_settings_still_move_both_platforms():
    scenario = measured({"128": 0.9, "512": 0.25, "3008": 0.1})
    doubled = replace_at(scenario, "workload.duration_s", 2 * scenario.workload.duration_s)
    for handler_s in (lambda_handler_s, fargate_handler_s):
        assert handler_s(doubled) == pytest.approx(2 * float(handler_s(scenario)))


def test_many_sizes_at_once_are_as_one_by_one():
    durations = {"128": 0.9, "512": 0.25, "3008": 0.1}
    grid = np.array([128.0, 300.0, 2000.0, 10_240.0])
    alone = [float(lambda_handler_s(measured(durations, size))) for size in grid]
    assert lambda_handler_s(measured(durations, grid)) == pytest.approx(alone)
    assert lambda_vcpu(grid).shape == grid.shape


@pytest.mark.parametrize(
    ("durations", "message"),
    [
        ([], r"^workload.measured_durations = \[\] .* memory in MB -> seconds"),
        ({"512": 0.1}, r"^workload.measured_durations = \{'512': 0.1\} .* two memory sizes"),
        ({"64": 0.1, "512": 1}, r"^workload.measured_durations\[64\] = 0.1 .* 128 to 10,240"),
        ({"512.5": 0.1, "512": 1}, r"\[512.5\]"),
        ({"x": 0.1, "512": 1}, r"\[x\]"),
        ({"512": "0.1", "128": 1}, r"\[512\] = '0.1' .* seconds above 0, up to 900"),
        ({"512": float("nan"), "128": 1}, r"\[512\] = nan"),
        ({"512": True, "128": 1}, r"\[512\] = True"),
        ({"512": 0, "128": 1}, r"\[512\] = 0"),
        ({"512": 901, "128": 1}, r"\[512\] = 901"),
        ({"512": 1, "512.0": 1}, r"each memory size once"),
        ({str(mb): 1.0 for mb in range(128, 300)}, r"at most 100"),
    ],
    ids=str,
)
def test_wrong_durations_are_named(durations, message):
    with pytest.raises(ScenarioError, match=message):
        replace_at(Scenario(), "workload.measured_durations", durations)
