"""Every name of the scenario and of the results has its line in the glossary, and the defaults there are true."""

import dataclasses
import re
from pathlib import Path

import pytest

from model.accuracy import Accuracy, Compared
from model.arrivals import Reading
from model.article.finding import Finding, Outcome
from model.cold_start import ColdPart, ColdStart
from model.cost.aws_lambda import LambdaUsage
from model.cost.lines import Bill, Line
from model.cost.savings_plan import Eligible, Rate
from model.decide.break_even import CostCurve, Crossing
from model.decide.endpoints import Endpoint, Problem
from model.decide.flips import Flip
from model.decide.hybrid import EndpointSide, Mix, Split
from model.decide.level import Standing
from model.decide.memory_tuning import MemoryTuning
from model.decide.monte_carlo import RunningShare, Worlds
from model.decide.overflow import Overflow
from model.decide.ranges import Range
from model.decide.right_size import RightSize, RightSized
from model.decide.tornado import Swing
from model.decide.verdict import Verdict
from model.decide.worlds import ColdTable
from model.deploy.code import Code
from model.deploy.observe import Signal
from model.deploy.rollouts import Breaks, Course, Plan, Rollout
from model.evaluate import Comparison
from model.facts import Claim
from model.fields import FlagField, ManyField, NumberField
from model.fit import Check, Evidence, Pitfall, Point, Portfolio, Remedy
from model.fleet.estate import BreakEvenLine, Savings, Totals
from model.fleet.services import Recorded, Refused, Services
from model.latency import Latency
from model.measured import CpuLaw
from model.provisioned import Provisioned
from model.replay import Replay, Windows, Worst
from model.replay import Side as ReplaySide
from model.scaling.ecs import ServiceRun
from model.scaling.function import FunctionRun
from model.scaling.spike import Reaction, Spike
from model.scaling.task_start import TaskStart
from model.scenario import vocabulary
from model.series import Series
from model.traffic import Traffic
from model.warm_pool import WarmPool

GLOSSARY = Path(__file__).parents[1].joinpath("model", "GLOSSARY.md").read_text(encoding="utf-8")
NAMED = set(re.findall(r"`([a-z0-9_.]+)`", GLOSSARY))
RESULTS = (
    Line,
    Bill,
    LambdaUsage,
    Provisioned,
    Rate,
    Eligible,
    Crossing,
    CostCurve,
    Verdict,
    Standing,
    RightSize,
    RightSized,
    MemoryTuning,
    CpuLaw,
    Flip,
    Range,
    Swing,
    Worlds,
    RunningShare,
    ColdTable,
    Check,
    Evidence,
    Remedy,
    Pitfall,
    Point,
    Portfolio,
    Endpoint,
    Problem,
    EndpointSide,
    Mix,
    Split,
    Overflow,
    ColdPart,
    ColdStart,
    WarmPool,
    Latency,
    TaskStart,
    ServiceRun,
    FunctionRun,
    Reaction,
    Spike,
    Traffic,
    Comparison,
    Series,
    Reading,
    Replay,
    ReplaySide,
    Windows,
    Worst,
    Plan,
    Course,
    Breaks,
    Rollout,
    Signal,
    Services,
    Recorded,
    Refused,
    Totals,
    Savings,
    BreakEvenLine,
    Code,
    Claim,
    Outcome,
    Finding,
    Compared,
    Accuracy,
)


@pytest.mark.parametrize("result", RESULTS, ids=lambda result: f"{result.__module__}.{result.__name__}")
def test_every_field_of_a_result_is_in_the_glossary(result: type) -> None:
    own = {field.name for field in dataclasses.fields(result)} - {"scenario", "traffic"}
    percentiles = {name for name in own if re.fullmatch(r"p\d+_s", name)}
    assert own - percentiles <= NAMED


@pytest.mark.parametrize(("path", "spec", "default"), vocabulary(), ids=[path for path, *_ in vocabulary()])
def test_every_scenario_field_is_in_the_glossary_with_its_default_and_range(path, spec, default) -> None:
    row = next(line for line in GLOSSARY.splitlines() if line.startswith(f"| `{path}` "))
    _, _, unit, shown, allowed, meaning, _ = (cell.strip() for cell in row.split("|"))
    assert meaning == spec.meaning
    assert unit == (spec.unit or "–")
    if isinstance(spec, NumberField):
        assert shown == (spec.when_none if default is None else f"{default:,.15g}")
        assert allowed == f"{spec.low:,.15g} … {spec.high:,.15g}"
    elif isinstance(spec, FlagField):
        assert shown == ("yes" if default else "no")
    elif isinstance(spec, ManyField):
        assert shown == "none" and all(option in allowed for option in spec.options)
    else:
        assert shown == default
