"""Claims about money."""

from __future__ import annotations

from functools import cache

import numpy as np

from model.article.finding import Outcome, Step, one
from model.cost.lines import Bill
from model.cost.network import GROUP as NETWORK
from model.decide.break_even import Crossing, break_even, lifted
from model.decide.endpoints import EXAMPLE, endpoints
from model.decide.hybrid import split
from model.evaluate import evaluate
from model.facts import limit
from model.scenario import Scenario, replace_at
from model.serialise import to_json

IDLE_PER_S = 1e-6
CPU_SHARES = (0.02, 0.05, 0.08, 0.12, 0.2, 0.3, 0.5, 0.8)
WANTED = (0.2, 0.3)  # the utilisation of the claim


def equal_at_100(base: Scenario) -> Outcome:
    comparison = evaluate(base)
    of_lambda, of_fargate = (_total(bill) for bill in (comparison.aws_lambda.bill, comparison.fargate.bill))
    crossing = _first_crossing(base)
    steps = (Step("Lambda, a month", of_lambda, "USD"), Step("Fargate, a month", of_fargate, "USD"))
    at = None if crossing is None else crossing.value
    return one(of_lambda / of_fargate, {}, *steps, at=at, at_unit="1/s")


def lambda_cheaper_below(base: Scenario) -> Outcome:
    crossing = _first_crossing(base)
    if crossing is not None and crossing.below == "aws_lambda":
        return _break_even_outcome(base, crossing.value, crossing.value)
    return _break_even_outcome(base, _where_no_crossing(base, crossing, lambda_wins=np.inf), None)


def fargate_cheaper_above(base: Scenario) -> Outcome:
    crossing = _last_crossing(base)
    if crossing is not None and crossing.above == "fargate":
        return _break_even_outcome(base, crossing.value, crossing.value)
    return _break_even_outcome(base, _where_no_crossing(base, crossing, lambda_wins=np.inf), None)


def utilisation(base: Scenario) -> Outcome:
    """At the break-even; and the share of computing in the handler time at which it falls into the claimed range."""
    by_share = {
        share: _busy_at_break_even(replace_at(base, "workload.cpu_share", share)) for share in CPU_SHARES
    }
    within = [
        share for share, busy in by_share.items() if busy is not None and WANTED[0] <= busy <= WANTED[1]
    ]
    found = _busy_at_break_even(base)
    steps = tuple(
        Step(f"if computing is {share:.0%} of the handler time", busy, "share")
        for share, busy in by_share.items()
        if busy is not None
    )
    crossing = _first_crossing(base)
    changes = {} if crossing is None else {"workload.requests_per_s": round(crossing.value, 3)}
    return one(found, changes, *steps, at=within[0] if within else None, at_unit="share")


def idle_lambda(base: Scenario) -> Outcome:
    idle = replace_at(base, "workload.requests_per_s", IDLE_PER_S)
    return _idle(idle, evaluate(idle).aws_lambda.bill)


def idle_fargate(base: Scenario) -> Outcome:
    idle = replace_at(base, "workload.requests_per_s", IDLE_PER_S)
    return _idle(idle, evaluate(idle).fargate.bill)


def free_requests(base: Scenario) -> Outcome:
    return _free(base, "Requests, free tier")


def free_gb_s(base: Scenario) -> Outcome:
    return _free(base, "Duration, free tier")


def same_network(base: Scenario) -> Outcome:
    def gap(scenario: Scenario) -> float:
        comparison = evaluate(scenario)
        of_fargate, of_lambda = (
            _total(Bill(tuple(line for line in bill.lines if line.group == NETWORK and not line.common)))
            for bill in (comparison.fargate.bill, comparison.aws_lambda.bill)
        )
        return of_fargate - of_lambda

    inside = gap(replace_at(base, "workload.internet_facing", False))
    at = inside if abs(inside) < 0.01 else None
    return one(gap(base), {}, Step("with an internal load balancer", inside, "USD"), at=at, at_unit="USD")


def provisioned_costs(base: Scenario) -> Outcome:
    """Ten environments at work all the time; and the use at which keeping them pays, from the three prices."""
    path = "aws_lambda.provisioned_concurrency"
    usage = {number: evaluate(replace_at(base, path, number)).aws_lambda for number in (0, 10)}
    without, with_it = (_total(side.bill) for side in usage.values())
    keep, run, on_demand = (
        float(next(line.unit_usd for line in usage[10].bill.lines if line.item.startswith(name)) or np.nan)
        for name in ("Provisioned concurrency", "Duration on provisioned", "Duration (")
    )
    pays_at = keep / (on_demand - run) if on_demand > run else np.nan
    share = float(usage[10].provisioned.share)
    steps = (
        Step("Lambda, a month, without", without, "USD"),
        Step("with ten", with_it, "USD"),
        Step("requests they serve", share, "share"),
    )
    return one(with_it - without, {path: 10}, *steps, at=pays_at, at_unit="share")


def peak_sizing(base: Scenario) -> Outcome:
    daily = lifted(replace_at(base, "workload.pattern", "diurnal"))
    scaled = evaluate(daily).fargate
    tasks = float(np.ceil(scaled.run.running.max()))
    changes = {"workload.pattern": "diurnal", "fargate.scaling": "fixed", "fargate.tasks": tasks}
    fixed = evaluate(replace_at(base, changes)).fargate
    of_fixed, of_scaled = _total(fixed.bill), _total(scaled.bill)
    steps = (
        Step("tasks at the peak", tasks, "tasks"),
        Step("fixed number, a month", of_fixed, "USD"),
        Step("autoscaled, a month", of_scaled, "USD"),
    )
    return one(of_fixed / of_scaled, changes, *steps)


def hybrid(base: Scenario) -> Outcome:
    found = split(endpoints(base, EXAMPLE)[0])
    pure, saved = found.better_pure, found.saved_usd
    if pure is None or not pure.usd or saved is None:
        return one(None)
    steps = (
        Step("the better single platform", pure.usd, "USD"),
        Step("each on its better side", pure.usd - saved, "USD"),
        Step("endpoints on Lambda", found.best.on.count("aws_lambda"), "endpoints"),
    )
    return one(saved / pure.usd, {}, *steps)


def _idle(idle: Scenario, bill: Bill) -> Outcome:
    largest = sorted((line for line in bill.lines if line.usd), key=lambda line: -float(line.usd or 0))[:3]
    steps = tuple(Step(line.item, float(line.usd or 0), "USD") for line in largest)
    return one(_total(bill), {"workload.requests_per_s": IDLE_PER_S}, *steps)


def _free(base: Scenario, item: str) -> Outcome:
    """What the bill of a busy month really leaves unpaid."""
    lines = [line for line in evaluate(base).aws_lambda.bill.lines if line.item == item]
    return one(float(sum(float(line.quantity) for line in lines)))


def _break_even_outcome(base: Scenario, value: float, at: float | None) -> Outcome:
    steps = []
    for per_s in (1.0, 10.0, 100.0, 1000.0):
        comparison = evaluate(lifted(replace_at(base, "workload.requests_per_s", per_s)))
        ratio = _total(comparison.aws_lambda.bill) / _total(comparison.fargate.bill)
        steps.append(Step(f"Lambda's bill relative to Fargate's at {per_s:,.0f} requests/s", ratio, "times"))
    changes = {} if at is None else {"workload.requests_per_s": round(at, 3)}
    return one(value, changes, *steps, at=at, at_unit="1/s")


def _where_no_crossing(base: Scenario, crossing: Crossing | None, *, lambda_wins: float) -> float:
    """Without a crossing that says it: as if it lay beyond all traffic, or below it, by who is cheaper at 100/s."""
    comparison = evaluate(lifted(base))
    totals = _total(comparison.aws_lambda.bill), _total(comparison.fargate.bill)
    if any(np.isnan(total) for total in totals):
        return float("nan")
    return lambda_wins if totals[0] < totals[1] else 0.0


def _busy_at_break_even(scenario: Scenario) -> float | None:
    crossing = _first_crossing(scenario)
    if crossing is None:
        return None
    return float(evaluate(lifted(replace_at(scenario, crossing.path, crossing.value))).fargate.utilisation)


def _first_crossing(scenario: Scenario) -> Crossing | None:
    crossings = _crossings(to_json(scenario), scenario)
    return crossings[0] if crossings else None


def _last_crossing(scenario: Scenario) -> Crossing | None:
    crossings = _crossings(to_json(scenario), scenario)
    return crossings[-1] if crossings else None


class _Keyed:
    """A scenario that is found again by its text: mappings inside it cannot be hashed."""

    def __init__(self, text: str, scenario: Scenario) -> None:
        self.text, self.scenario = text, scenario

    def __hash__(self) -> int:
        return hash(self.text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Keyed) and self.text == other.text


def _crossings(text: str, scenario: Scenario) -> tuple[Crossing, ...]:
    return _kept_crossings(_Keyed(text, scenario))


@cache
def _kept_crossings(keyed: _Keyed) -> tuple[Crossing, ...]:
    return break_even(keyed.scenario)


def _total(bill: Bill) -> float:
    return float("nan") if bill.total_usd is None else float(bill.total_usd)


def minimum_lambda(base: Scenario) -> Outcome:
    return one(_billed_s(1e-4, limit("lambda.billing_granularity_s")), {"workload.duration_s": 0.001})


def _billed_s(used_s: float, granularity_s: float) -> float:
    return float(np.ceil(used_s / granularity_s - 1e-9)) * granularity_s
