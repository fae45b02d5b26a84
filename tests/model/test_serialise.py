"""Files are strict, links forgiving; both bring back exactly what was written, and write only what differs."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.fields import ChoiceField, FlagField, ManyField, NumberField, ScenarioError
from model.scenario import (
    Billing,
    Fargate,
    Scenario,
    Workload,
    fargate_memory_options,
    fargate_vcpu_options,
    replace_at,
    value_at,
    vocabulary,
)
from model.serialise import from_dict, from_json, from_params, repaired, to_dict, to_json, to_params
from model.series import UPLOADED

FIELDS = {path: spec for path, spec, _ in vocabulary()}
X86_VCPU, ARM_MEMORY = "fargate.vcpu/linux_x86_64@us-east-1", "fargate.memory/linux_arm64@eu-west-1"


def values_of(spec):
    """Any plain value a field may hold."""
    if isinstance(spec, NumberField):
        inside = (
            st.integers(int(np.ceil(spec.low)), int(spec.high))
            if spec.whole
            else st.floats(spec.low, spec.high)
        )
        return inside | st.none() if spec.when_none else inside
    if isinstance(spec, ChoiceField):
        return st.sampled_from([option for option in spec.options if option != UPLOADED])  # it needs a series
    if isinstance(spec, ManyField):
        return st.lists(st.sampled_from(spec.options), unique=True)
    assert isinstance(spec, FlagField)
    return st.booleans()


VALUES = {path: values_of(spec) for path, spec in FIELDS.items()}


@st.composite
def scenarios(draw):
    """Any plain scenario: any fields anywhere in their range, and those together that must be."""
    paths = draw(st.lists(st.sampled_from(sorted(FIELDS)), max_size=10, unique=True))
    values = {path: draw(VALUES[path]) for path in paths}
    if values.get("fargate.os") == "windows":
        values |= {"fargate.architecture": "x86_64", "fargate.spot_share": 0.0}
    vcpu = draw(st.sampled_from(fargate_vcpu_options(values.get("fargate.os", "linux"))))
    sizes = fargate_memory_options(vcpu, values.get("fargate.os", "linux"))
    values |= {"fargate.vcpu": vcpu, "fargate.memory_gb": draw(st.sampled_from(sizes))}
    values["fargate.metric_period_s"] = draw(st.sampled_from((20, 60)))
    low, high = values.get("fargate.min_tasks", 2), values.get("fargate.max_tasks", 20)
    values |= {"fargate.min_tasks": min(low, high), "fargate.max_tasks": max(low, high, 1)}
    if values.get("workload.kind", "service") == "service" and "workload.duration_s" in values:
        values["workload.duration_s"] = min(values["workload.duration_s"], 900.0)
    values["billing.on"] = draw(st.just("") | st.dates().map(str))
    values["billing.overrides"] = draw(
        st.dictionaries(st.sampled_from((X86_VCPU, ARM_MEMORY)), st.floats(0, 1e6), max_size=2)
    )
    own = st.dictionaries(st.just("elb.requests_per_connection"), st.floats(1, 1000), max_size=1)
    return replace_at(Scenario(), values | {"assumptions": draw(own)})


def different(scenario):
    """Paths of what is not at its default."""
    paths = (*FIELDS, "billing.on", "billing.overrides", "assumptions")
    return {path for path in paths if value_at(scenario, path) != value_at(Scenario(), path)}


# --- files ----------------------------------------------------------------------------------------


@given(scenarios())
@settings(max_examples=50)
def test_a_file_brings_back_the_same_scenario_and_holds_only_what_differs(scenario):
    assert from_json(to_json(scenario)) == from_json(to_json(scenario, all_fields=True)) == scenario
    tree = to_dict(scenario)
    written = {
        f"{group}.{name}" for group in tree.keys() - {"version", "assumptions"} for name in tree[group]
    }
    assert written == different(scenario) - {"assumptions"}
    assert tree.get("assumptions", {}) == scenario.assumptions


def test_the_default_scenario_is_an_empty_file():
    assert to_dict(Scenario()) == {"version": 1}
    assert from_dict({}) == from_json('{"version": 1}') == Scenario()


def test_a_file_is_plain_json_in_the_words_of_the_vocabulary():
    scenario = replace_at(
        Scenario(),
        {
            "workload.requests_per_s": 20,
            "workload.needs": ["gpu"],
            "workload.db_connections_limit": 90,
            "fargate.nat": True,
            "billing.overrides": {X86_VCPU: 0.03},
            "assumptions": {"elb.requests_per_connection": 5},
        },
    )
    assert json.loads(to_json(scenario)) == {
        "version": 1,
        "workload": {"requests_per_s": 20, "db_connections_limit": 90, "needs": ["gpu"]},
        "fargate": {"nat": True},
        "billing": {"overrides": {X86_VCPU: 0.03}},
        "assumptions": {"elb.requests_per_connection": 5},
    }


def test_a_complete_file_names_every_field():
    tree = to_dict(Scenario(), all_fields=True)
    written = {f"{group}.{name}" for group, fields in tree.items() if group != "version" for name in fields}
    assert written == {
        *FIELDS,
        "billing.on",
        "billing.overrides",
        "workload.series",
        "workload.measured_durations",
    }
    assert from_dict(tree) == Scenario()


def test_arrays_come_back_from_a_file():
    grid = np.array([[1.0, 2.5], [3.0, 1e-6]])
    scenario = replace_at(
        Scenario(),
        {
            "workload.requests_per_s": grid,
            "aws_lambda.memory_mb": np.array([128, 256]),
            "assumptions": {"compute.arm64_speed": np.array([0.9, 1.1])},
        },
    )
    again = from_json(to_json(scenario))
    assert again.shape == (2, 2)
    np.testing.assert_array_equal(again.workload.requests_per_s, grid)
    np.testing.assert_array_equal(again.aws_lambda.memory_mb, [128, 256])
    np.testing.assert_array_equal(again.assumed("compute.arm64_speed"), [0.9, 1.1])
    assert to_json(again) == to_json(scenario)


def test_our_own_output_is_read_as_a_scenario():
    output = {"scenario": {"workload": {"requests_per_s": 5}}, "aws_lambda": {"bill": {}}, "break_even": []}
    assert from_dict(output).workload.requests_per_s == 5


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"^scenario = '' .* JSON; this is not: .*line 1 column 1"),
        ("{", r"JSON; this is not: .*line 1 column 2"),
        ("{'workload': 1}", r"JSON; this is not: "),
        ("[" * 100_000, r"JSON; this is not: "),
        ("[]", r"^scenario = \[\] .* a JSON object such as"),
        ("5", r"^scenario = 5 .* a JSON object such as"),
        ("null", r"^scenario = None .* a JSON object such as"),
        ('{"version": 2}', r"^version = 2 is not allowed: 1, the version this program writes$"),
        ('{"version": "1"}', r"^version = '1' is not allowed"),
        ('{"workloads": {}}', r"^workloads = {} .* no such field; did you mean workload\?$"),
        ('{"zzz": 1}', r"^zzz = 1 .* did you mean workload or aws_lambda or fargate or billing"),
        ('{"workload": 5}', r"^workload = 5 is not allowed: an object of fields$"),
        ('{"workload": []}', r"^workload = \[\] is not allowed: an object of fields$"),
        (
            '{"workload": {"requests": 5}}',
            r"^workload.requests = 5 .* did you mean .*workload.requests_per_s",
        ),
        ('{"workload": {"requests_per_s": "5"}}', r"^workload.requests_per_s = '5' .* a number from"),
        ('{"workload": {"requests_per_s": -5}}', r"^workload.requests_per_s = -5 .* a number from"),
        ('{"workload": {"requests_per_s": NaN}}', r"^workload.requests_per_s = nan .* a number from"),
        ('{"workload": {"requests_per_s": 1e999}}', r"^workload.requests_per_s = inf .* a number from"),
        ('{"workload": {"requests_per_s": true}}', r"^workload.requests_per_s = True .* a number from"),
        ('{"workload": {"requests_per_s": []}}', r"^workload.requests_per_s = \[\] .* a number from"),
        ('{"workload": {"requests_per_s": [1, null]}}', r"^workload.requests_per_s = .* a number from"),
        ('{"workload": {"requests_per_s": [1, "2"]}}', r"^workload.requests_per_s = .* a number from"),
        ('{"workload": {"requests_per_s": [[1], [1, 2]]}}', r"^workload.requests_per_s = .* a number from"),
        ('{"workload": {"requests_per_s": [1, true]}}', r"^workload.requests_per_s = .* a number from"),
        ('{"workload": {"kind": null}}', r"^workload.kind = None .* one of service, job$"),
        ('{"fargate": {"vcpu": 1}}', r"^fargate.memory_gb = 1.0 .* the next legal one is 2$"),
        ('{"fargate": {"nat": 1}}', r"^fargate.nat = 1 .* true or false$"),
        ('{"billing": {"on": 5}}', r"^billing.on = 5 .* YYYY-MM-DD"),
        ('{"billing": {"overrides": {"x": 1}}}', r"^billing.overrides\[x\] = 1 .* a price key"),
        ('{"assumptions": 5}', r"^assumptions = 5 .* an object of fact id"),
        ('{"assumptions": {"x": 1}}', r"^assumptions\[x\] = 1 is not allowed: "),
        (
            '{"workload": {"requests_per_s": [1, 2]}, "fargate": {"boot_s": [1, 2, 3]}}',
            r"must broadcast together",
        ),
    ],
)
def test_a_file_that_is_wrong_is_refused_in_one_sentence(text, message):
    with pytest.raises(ScenarioError, match=message) as raised:
        from_json(text)
    assert "\n" not in str(raised.value)


# --- links ----------------------------------------------------------------------------------------


@given(scenarios())
@settings(max_examples=50)
def test_a_link_brings_back_the_same_scenario_in_silence_and_holds_only_what_differs(scenario):
    params = to_params(scenario)
    assert from_params(params) == (scenario, ())
    assert all(isinstance(text, str) for text in params.values())
    assert params.keys() - {"v"} == different(scenario)
    assert ("v" in params) == bool(params)


@pytest.mark.parametrize(
    ("path", "value", "text"),
    [
        ("workload.requests_per_s", 250.0, "250"),
        ("workload.requests_per_s", 1e6, "1000000"),
        ("workload.requests_per_s", 0.1, "0.1"),
        ("workload.requests_per_s", 1e-6, "1e-06"),
        ("workload.requests_per_s", 1 / 3, "0.3333333333333333"),
        ("workload.requests_per_s", 3e6 / 2_628_000, "1.1415525114155252"),
        ("workload.db_connections_limit", 90, "90"),
        ("workload.needs", ["gpu", "websockets"], "websockets,gpu"),
        ("aws_lambda.runtime", "python3.13", "python313"),
        ("aws_lambda.vpc", True, "true"),
        ("billing.free_tier", False, "false"),
        ("billing.on", "2026-01-01", "2026-01-01"),
    ],
)
def test_a_link_is_readable_and_exact(path, value, text):
    scenario = replace_at(Scenario(), path, value)
    assert to_params(scenario) == {"v": "1", path: text}
    assert from_params({"v": "1", path: text}) == (scenario, ())


def test_the_default_scenario_needs_no_parameters():
    assert to_params(Scenario()) == {}
    assert from_params({}) == (Scenario(), ())
    assert from_params({"v": "1"}) == (Scenario(), ())


def test_arrays_do_not_go_into_a_link():
    """A link holds one scenario; a curve's grid belongs to the page that draws it."""
    for changes in (
        {"workload.requests_per_s": np.array([1.0, 2.0])},
        {"assumptions": {"compute.arm64_speed": np.array([0.9, 1.0])}},
    ):
        with pytest.raises(ValueError, match="one scenario|array"):
            to_params(replace_at(Scenario(), changes))


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"workload.requests_per_s": "-5"}, {"workload.requests_per_s": 1e-6}),
        ({"workload.requests_per_s": "9e9"}, {"workload.requests_per_s": 1e6}),
        ({"workload.requests_per_s": "many"}, {}),
        ({"workload.requests_per_s": ""}, {}),
        ({"workload.requests_per_s": "nan"}, {}),
        ({"workload.requests_per_s": "inf"}, {}),
        ({"workload.requests_per_s": "1,5"}, {}),
        ({"workload.cpu_threads": "2.4"}, {"workload.cpu_threads": 2}),
        ({"workload.cpu_share": "130"}, {"workload.cpu_share": 1}),
        ({"workload.duration_s": "5000"}, {"workload.duration_s": 900}),
        ({"workload.db_connections_limit": "0"}, {"workload.db_connections_limit": 1}),
        ({"workload.needs": "gpu,teleport"}, {}),
        ({"workload.kind": "JOB"}, {}),
        ({"workload.kind": "true"}, {}),
        ({"aws_lambda.vpc": "yes"}, {}),
        ({"aws_lambda.memory_mb": "64"}, {"aws_lambda.memory_mb": 128}),
        ({"fargate.vcpu": "4"}, {"fargate.vcpu": 4, "fargate.memory_gb": 8}),
        ({"fargate.vcpu": "1", "fargate.memory_gb": "100"}, {"fargate.vcpu": 1, "fargate.memory_gb": 8}),
        ({"fargate.vcpu": "5"}, {"fargate.vcpu": 4, "fargate.memory_gb": 8}),
        ({"fargate.vcpu": "1", "fargate.memory_gb": "2.5"}, {"fargate.vcpu": 1, "fargate.memory_gb": 3}),
        ({"fargate.os": "windows"}, {"fargate.os": "windows", "fargate.vcpu": 1, "fargate.memory_gb": 2}),
        ({"fargate.os": "windows", "fargate.architecture": "arm64"}, {"fargate.architecture": "arm64"}),
        ({"fargate.os": "windows", "fargate.spot_share": "0.5"}, {"fargate.spot_share": 0.5}),
        ({"fargate.min_tasks": "30"}, {"fargate.min_tasks": 20}),
        ({"fargate.max_tasks": "1"}, {"fargate.min_tasks": 1, "fargate.max_tasks": 1}),
        ({"fargate.metric_period_s": "35"}, {"fargate.metric_period_s": 20}),
        ({"fargate.metric_period_s": "45"}, {"fargate.metric_period_s": 60}),
        ({"billing.on": "2026-02-30"}, {}),
        ({"billing.on": "<script>"}, {}),
        ({"billing.overrides": "{"}, {}),
        ({"billing.overrides": "5"}, {}),
        ({"billing.overrides": "null"}, {}),
        ({"billing.overrides": '{"x": 1}'}, {}),
        ({"billing.overrides": f'{{"x": 1, "{X86_VCPU}": 0.03}}'}, {"billing.overrides": {X86_VCPU: 0.03}}),
        ({"billing.overrides": f'{{"{X86_VCPU}": -1}}'}, {}),
        ({"billing.overrides": f'{{"{X86_VCPU}": NaN}}'}, {}),
        (
            {"workload.measured_durations": '{"128": 1, "256": 0.5, "64": 2}'},
            {"workload.measured_durations": {"128": 1, "256": 0.5}},
        ),
        ({"workload.measured_durations": '{"128": 1, "64": 0.5}'}, {}),
        ({"workload.measured_durations": "[1, 2]"}, {}),
        ({"workload.measured_durations": '{"128": [1, 2]}'}, {}),
        ({"assumptions": '{"x": 1, "elb.rules": 7}'}, {"assumptions": {"elb.rules": 7}}),
        ({"assumptions": "[1, 2]"}, {}),
        ({"assumptions": '{"elb.rules": [1, 2]}'}, {}),
        ({"workload": "5"}, {}),
        ({"nonsense": "5"}, {}),
        ({"v": "2", "workload.cpu_share": "0.5"}, {"workload.cpu_share": 0.5}),
    ],
    ids=str,
)
def test_a_wrong_link_is_set_right_and_says_so(params, expected):
    scenario, notices = from_params(params)
    assert scenario == replace_at(Scenario(), expected)
    assert notices
    assert all(len(notice) < 1500 and notice.endswith(".") for notice in notices)


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        (
            {"workload.cpu_share": "130"},
            "workload.cpu_share = 130 in the link is not a number from 0 to 1. Using 1.",
        ),
        ({"nonsense": "5"}, "The link sets 'nonsense', which is not a field; it is left out."),
        ({"v": "2"}, "The link is of version 2; it is read as version 1."),
        (
            {"workload.kind": "task"},
            "workload.kind = 'task' in the link is not one of service, job. Using service.",
        ),
        (
            {"fargate.vcpu": "1", "fargate.memory_gb": "1"},
            "fargate.memory_gb = 1.0 is not allowed: with 1 vCPU one of 2, 3, 4, 5, 6, 7, 8 GB; "
            "the next legal one is 2. Using 2.",
        ),
    ],
)
def test_a_notice_says_what_was_wrong_and_what_is_used(params, sentence):
    assert from_params(params)[1] == (sentence,)


def test_one_bad_own_price_does_not_lose_the_rest_of_the_link():
    """Whatever the bad key looks like, and however many there are."""
    bad = {"x]": 1, "[": 1, "": 1, "a[b]": 1, X86_VCPU + "]": 1} | {f"key{i}": 1 for i in range(150)}
    params = {
        "workload.requests_per_s": "7",
        "billing.overrides": json.dumps(bad | {X86_VCPU: 0.03}),
    }
    scenario, notices = from_params(params)
    assert scenario.workload.requests_per_s == 7
    assert scenario.billing.overrides == {X86_VCPU: 0.03}
    assert notices


hostile_text = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            *("nan", "inf", "-inf", "1e999", "-1e999", "0x10", "1_000", "٣", "½", "true", "null", "[]", "{}"),
            *(
                "[[[[",
                "[1, 2]",
                '{"a": {}}',
                "\x00",
                "\ud800",
                "'; DROP TABLE",
                "../../etc/passwd",
                "1" * 5000,
            ),
            *('{"elb.rules": 0}', '{"compute.arm64_speed": [1, 2]}', f'{{"{X86_VCPU}]": 1}}', "[" * 5000),
        ]
    ),
    st.floats().map(str),
    st.integers().map(str),
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
        max_leaves=6,
    ).map(json.dumps),
)
hostile_names = st.sampled_from((*FIELDS, "billing.on", "billing.overrides", "assumptions", "v")) | st.text(
    max_size=20
)


@given(st.dictionaries(hostile_names, hostile_text, max_size=6))
@settings(max_examples=150)
def test_a_hostile_link_never_fails_and_what_comes_out_is_a_clean_link(params):
    scenario, notices = from_params(params)
    assert all(isinstance(notice, str) and notice for notice in notices)
    assert scenario.shape == ()
    assert from_params(to_params(scenario)) == (scenario, ())
    if not notices:  # silence means: every parameter was taken as it is
        taken = to_params(scenario)
        for path in params:
            assert path in taken or path == "v" or value_at(scenario, path) == value_at(Scenario(), path)


@given(st.sampled_from(sorted(FIELDS)), hostile_text)
@settings(max_examples=150)
def test_a_link_says_something_whenever_a_value_was_not_taken(path, text):
    scenario, notices = from_params({path: text})
    if not notices:
        again = {path: to_params(scenario).get(path, text)}
        assert from_params(again) == (scenario, ())
        spec = FIELDS[path]
        if isinstance(spec, NumberField) and text:
            assert float(text) == value_at(scenario, path)


# --- controls -------------------------------------------------------------------------------------


def test_settings_that_go_together_are_left_alone():
    values = {"fargate.vcpu": 2, "fargate.memory_gb": 8, "workload.kind": "job"}
    assert repaired(values) == (
        Scenario(workload=Workload(kind="job"), fargate=Fargate(vcpu=2, memory_gb=8)),
        (),
    )


def test_settings_that_do_not_go_together_are_repaired_one_by_one():
    own_price = {X86_VCPU: 0.03}
    scenario, notices = repaired(
        {
            "fargate.vcpu": 4,
            "fargate.memory_gb": 1,
            "fargate.min_tasks": 9,
            "fargate.max_tasks": 5,
            "billing.overrides": own_price,
        }
    )
    assert scenario == Scenario(
        fargate=Fargate(vcpu=4, memory_gb=8, min_tasks=5, max_tasks=5), billing=Billing(overrides=own_price)
    )
    assert len(notices) == 2


@pytest.mark.parametrize(
    "path", ["fargate.vcpu", "fargate.memory_gb", "fargate.min_tasks", "fargate.metric_period_s"]
)
@pytest.mark.parametrize("value", ["x", None, float("nan"), True, [], -1, 1e300], ids=repr)
def test_a_repair_never_fails(path, value):
    scenario, notices = repaired({path: value, "workload.requests_per_s": 7})
    assert scenario.workload.requests_per_s == 7
    assert notices
