"""`python -m model` as a shell sees it: what it prints, where, and with which exit code."""

import io
import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from model import Scenario, evaluate
from model.__main__ import main
from model.facts import load_measured
from model.report import as_dict, as_markdown
from model.serialise import from_json

ROOT = Path(__file__).parents[2]
SCENARIOS = sorted((ROOT / "tests" / "scenarios").glob("*.json"))
EXAMPLES = {example["id"]: example for example in load_measured("worked_examples")["examples"]}


@cache
def run(*arguments, given=b""):
    """Exit code, standard output, standard error."""
    given = given.encode() if isinstance(given, str) else given
    command = [sys.executable, "-W", "error", "-m", "model", *map(str, arguments)]
    done = subprocess.run(command, input=given, capture_output=True, cwd=ROOT, timeout=120)
    return done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8")


def printed(*arguments, given=b""):
    code, out, err = run(*arguments, given=given)
    assert (code, err) == (0, "")
    return out


def refused(*arguments, given=b""):
    """The one line on standard error of a scenario that cannot be used."""
    code, out, err = run(*arguments, given=given)
    assert (code, out) == (2, "")
    assert err.endswith("\n") and err.count("\n") == 1, err
    return err.strip()


def scenario(name):
    return ROOT / "tests" / "scenarios" / f"{name}.json"


# --- the examples -----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_every_example_is_strict_json_that_gives_itself_again(path):
    def no_constant(word):
        raise AssertionError(word)

    out = printed(path)
    tree = json.loads(out, parse_constant=no_constant)
    assert printed("-", given=json.dumps(tree["scenario"])) == out
    assert tree == json.loads(json.dumps(as_dict(evaluate(from_json(path.read_text(encoding="utf-8"))))))


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_every_example_is_named(path):
    assert len(json.loads(path.read_text(encoding="utf-8"))["name"]) > 10


def test_the_articles_example_spells_out_the_defaults():
    assert from_json(scenario("article").read_text(encoding="utf-8")) == Scenario()


def test_json_is_what_comes_unasked():
    assert printed(scenario("article")) == printed(scenario("article"), "--format", "json")


@pytest.mark.parametrize(
    ("name", "platform", "example", "published"),
    [
        ("mobile_backend", "aws_lambda", "aws-lambda-1-mobile-backend", 2.73),
        ("telemetry", "aws_lambda", "aws-lambda-2-telemetry", 249.49),
        ("fargate_x86_tasks", "fargate", "aws-fargate-1-x86", 1.26),
        ("fargate_x86_job", "fargate", "aws-fargate-1-x86", 1.26),
    ],
)
def test_published_bills_to_the_cent(name, platform, example, published):
    bill = json.loads(printed(scenario(name)))[platform]["bill"]
    assert EXAMPLES[example]["line_items"]["total"]["published"] == published
    assert round(bill["total_usd"], 2) == published
    shown = printed(scenario(name), "--format", "md")
    assert f"**{published:,.2f}**" in shown


def test_a_nightly_job_of_40_minutes_fits_fargate_only():
    tree = json.loads(printed(scenario("nightly_job")))
    missed = {(check["platform"], check["check"]) for check in tree["fit"] if not check["ok"]}
    assert missed == {("aws_lambda", "Handler time, p99"), ("aws_lambda", "over 15 minutes")}
    # 0.2 x 2,400 s of waiting, 0.8 x 2,400 s x 1,024/1,769 vCPU-s on one vCPU; start-up on top, once a day
    handler_s = 480 + 1920 * 1024 / 1769
    hours = tree["fargate"]["tasks"]["task_hours"]
    assert handler_s * 730 / 24 / 3600 < hours < (handler_s + 60) * 730 / 24 / 3600
    assert tree["aws_lambda"]["cold"]["p_cold"] > 0.99


def test_a_spiky_webhook_is_for_lambda():
    tree = json.loads(printed(scenario("spiky_webhook")))
    assert tree["aws_lambda"]["bill"]["total_usd"] < tree["fargate"]["bill"]["total_usd"]
    assert tree["aws_lambda"]["latency"]["p99_s"] <= 2 and tree["aws_lambda"]["scaling"]["lost"] == 0


def test_a_region_without_all_prices_has_no_total():
    tree = json.loads(printed(scenario("missing_price")))
    assert tree["aws_lambda"]["bill"]["total_usd"] is tree["fargate"]["bill"]["total_usd"] is None
    assert "no published figure" in printed(scenario("missing_price"), "--format", "md")


# --- what is good enough ----------------------------------------------------------------------------


def test_an_empty_scenario_is_the_default():
    assert json.loads(printed("-", given="{}")) == json.loads(json.dumps(as_dict(evaluate(Scenario()))))


def test_markdown_is_the_report_as_written():
    assert printed("-", "--format", "md", given="{}") == as_markdown(evaluate(Scenario())) + "\n"


def test_the_whole_output_is_an_input_again():
    out = printed(scenario("spiky_webhook"))
    assert printed("-", given=out) == out


def test_a_byte_order_mark_is_no_part_of_the_scenario(tmp_path):
    marked = b"\xef\xbb\xbf" + b'{"workload": {"requests_per_s": 5}}'
    path = tmp_path / "marked.json"
    path.write_bytes(marked)
    from_file = json.loads(printed(path))
    assert from_file["scenario"]["workload"]["requests_per_s"] == 5
    assert json.loads(printed("-", given=marked)) == from_file


def test_arrays_give_arrays():
    tree = json.loads(printed("-", given='{"workload": {"requests_per_s": [1, 10, 100]}}'))
    assert np_shape(tree["aws_lambda"]["bill"]["total_usd"]) == (3,)
    table = '{"workload": {"requests_per_s": [[1], [10]]}, "aws_lambda": {"memory_mb": [512, 1024, 2048]}}'
    tree = json.loads(printed("-", given=table))
    assert np_shape(tree["aws_lambda"]["latency"]["p99_s"]) == (2, 3)
    assert tree["break_even"] == []


def np_shape(values):
    return (len(values), *np_shape(values[0])) if isinstance(values, list) else ()


# --- what is not ------------------------------------------------------------------------------------

WRONG = {
    "unknown field": (
        '{"workload": {"request_per_s": 5}}',
        ["workload.request_per_s", "5", "requests_per_s"],
    ),
    "unknown group": ('{"lambda": {"memory_mb": 512}}', ["lambda", "512", "aws_lambda"]),
    "a word for a number": ('{"workload": {"duration_s": "fast"}}', ["workload.duration_s", "fast", "0.001"]),
    "a number for a word": ('{"workload": {"pattern": 3}}', ["workload.pattern", "3", "diurnal"]),
    "a flag for a number": ('{"workload": {"duration_s": true}}', ["workload.duration_s", "True", "0.001"]),
    "a number for a flag": ('{"billing": {"free_tier": 1}}', ["billing.free_tier", "1", "true or false"]),
    "null for a number": ('{"workload": {"duration_s": null}}', ["workload.duration_s", "0.001"]),
    "too large": ('{"aws_lambda": {"memory_mb": 10241}}', ["aws_lambda.memory_mb", "10241", "128", "10,240"]),
    "too small": ('{"aws_lambda": {"memory_mb": 127}}', ["aws_lambda.memory_mb", "127", "128", "10,240"]),
    "not whole": ('{"fargate": {"max_tasks": 2.5}}', ["fargate.max_tasks", "2.5", "whole number"]),
    "not a number": ('{"workload": {"duration_s": NaN}}', ["workload.duration_s", "nan", "0.001"]),
    "too large for any number": ('{"workload": {"duration_s": 1e999}}', ["workload.duration_s", "inf"]),
    "one of an array": ('{"workload": {"duration_s": [1, 2, -3]}}', ["workload.duration_s", "-3", "0.001"]),
    "an empty array": ('{"workload": {"duration_s": []}}', ["workload.duration_s", "[]", "0.001"]),
    "arrays that do not go together": (
        '{"workload": {"requests_per_s": [1, 2], "duration_s": [1, 2, 3]}}',
        ["workload.requests_per_s", "broadcast"],
    ),
    "a task size that does not exist": (
        '{"fargate": {"vcpu": 0.25, "memory_gb": 8}}',
        ["fargate.memory_gb", "8", "0.5, 1, 2"],
    ),
    "least above most": ('{"fargate": {"min_tasks": 30}}', ["fargate.min_tasks", "30", "20"]),
    "what nobody measured": (
        '{"aws_lambda": {"snapstart": true}}',
        ["aws_lambda.snapstart", "True", "nodejs22x"],
    ),
    "a day that is none": ('{"billing": {"on": "2026-02-30"}}', ["billing.on", "2026-02-30", "YYYY-MM-DD"]),
    "an unknown price": ('{"billing": {"overrides": {"x": 1}}}', ["billing.overrides[x]", "1", "price key"]),
    "an unknown assumption": (
        '{"assumptions": {"x": 1}}',
        ["assumptions[x]", "1", "elb.requests_per_connection"],
    ),
    "another version": ('{"version": 2}', ["version", "2", "1"]),
    "a list": ("[]", ["scenario", "[]", "JSON object"]),
    "a group that is none": ('{"workload": 5}', ["workload", "5", "object"]),
    "half a file": ('{"workload": {"duration_s"', ["scenario", "JSON", "line 1"]),
    "nothing": ("", ["scenario", "JSON"]),
    "several lines of nonsense": ("a\nb\nc", ["scenario", "JSON"]),
    "lists in lists in lists": (
        '{"workload": {"duration_s": ' + "[" * 900 + "]" * 900 + "}}",
        ["workload.duration_s", "0.001"],
    ),
    "brackets without end": ("[" * 100_000, ["scenario", "JSON"]),
}


@pytest.mark.parametrize(("given", "parts"), WRONG.values(), ids=WRONG)
def test_a_bad_scenario_ends_with_2_and_one_line_that_teaches(given, parts, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.StringIO(given))
    assert main(["-"]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.endswith("\n") and err.count("\n") == 1
    for part in parts:
        assert part in err
    assert len(err) < 1500


@pytest.mark.parametrize("case", ["unknown field", "too large", "nothing", "several lines of nonsense"])
def test_a_shell_sees_the_same(case):
    given, parts = WRONG[case]
    line = refused("-", given=given)
    assert all(part in line for part in parts)


def test_markdown_of_arrays_is_refused_with_a_sentence():
    line = refused("-", "--format", "md", given='{"workload": {"requests_per_s": [1, 10]}}')
    assert "one scenario" in line and "JSON" in line


def test_a_file_that_is_not_there(tmp_path):
    path = tmp_path / "nowhere.json"
    line = refused(path)
    assert str(path) in line and "No such file" in line


def test_a_directory_is_no_scenario(tmp_path):
    assert str(tmp_path) in refused(tmp_path)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00\x01", bytes(range(128, 256))], ids=["UTF-16", "binary"])
def test_a_file_that_is_no_text_is_named(tmp_path, content):
    path = tmp_path / "picture.json"
    path.write_bytes(content)
    line = refused(path)
    assert str(path) in line and "UTF-8" in line


def test_binary_on_standard_input():
    refused("-", given=bytes(range(256)))


def test_an_empty_file(tmp_path):
    path = tmp_path / "empty.json"
    path.touch()
    assert refused(path).startswith("scenario = ''")


@pytest.mark.parametrize("arguments", [(), ("-", "--format", "pdf"), ("-", "--verbose")])
def test_a_wrong_call_ends_with_2_and_says_how_to_call(arguments):
    code, out, err = run(*arguments, given="{}")
    assert (code, out) == (2, "") and "usage: python -m model" in err
