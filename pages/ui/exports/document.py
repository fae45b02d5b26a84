"""What a document says about one scenario: the answer, what it rests on, and where it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from model import Comparison, Scenario, evaluate
from model.cost.lines import Line, day
from model.decide.break_even import CostCurve, Crossing, break_even, total_curves
from model.decide.capacity import full_at_per_s
from model.decide.cost_bands import band_now
from model.decide.flips import Flip, flips
from model.decide.verdict import PLATFORMS, Verdict, verdict
from model.facts import Price
from pages.ui import tables, words
from pages.ui.answers import common, spike, which_one
from pages.ui.answers import cost as cost_answers
from pages.ui.answers import flips as turning
from pages.ui.exports.origin import Origin, origin


@dataclass(frozen=True)
class Document:
    """One plain scenario, ready to be written down. Its parts are computed when first asked for."""

    scenario: Scenario
    origin: Origin

    @cached_property
    def comparison(self) -> Comparison:
        return evaluate(self.scenario)

    @cached_property
    def verdict(self) -> Verdict:
        return verdict(self.comparison)

    @cached_property
    def curve(self) -> CostCurve:
        return total_curves(self.scenario)

    @cached_property
    def crossings(self) -> tuple[Crossing, ...]:
        return break_even(self.scenario, self.curve)

    @cached_property
    def flips(self) -> tuple[Flip, ...]:
        return flips(self.scenario, self.verdict)

    @property
    def finding(self) -> str:
        """The verdict in a sentence."""
        return which_one.which_one(self.comparison, self.verdict)

    @property
    def decides(self) -> str:
        return turning.decides(self.comparison, self.verdict)

    @property
    def break_even(self) -> str:
        """Where the bills cross, in sentences; nothing while a total is open."""
        return common.money_line(self.verdict, self.crossings)

    @cached_property
    def ranges(self) -> dict[str, str]:
        """The range of each total, in words, by platform."""
        return cost_answers.ranges(band_now(self.scenario))

    @property
    def turned_round(self) -> list[str]:
        """What would flip the verdict, a sentence each, with **what** marked as Markdown does."""
        return turning.flips(self.flips, self.verdict)

    @cached_property
    def key_figures(self) -> list[tuple[str, ...]]:
        """What, Lambda, Fargate: the comparison in a few rows."""
        frame = tables.side_by_side(self.comparison, self.verdict)
        return [
            (str(label), *map(str, row)) for label, row in zip(frame.index, frame.to_numpy(), strict=True)
        ]

    @property
    def lines(self) -> tuple[Line, ...]:
        return (*self.comparison.aws_lambda.bill.lines, *self.comparison.fargate.bill.lines)

    @cached_property
    def prices(self) -> list[Price]:
        """The price rows behind both bills."""
        return tables.priced_rows(self.lines, day(self.scenario.billing))

    @property
    def latency_title(self) -> str:
        return common.service_level(self.comparison, self.verdict)

    @property
    def cost_title(self) -> str:
        return common.cost_title(self.verdict, self.crossings)

    @property
    def bill_title(self) -> str:
        return cost_answers.largest_lines(cost_answers.bills_of(self.comparison))

    @property
    def spike_title(self) -> str:
        """What happens in the spike; nothing for a job."""
        return "" if self.is_job else spike.spike_title(self.comparison.spike)

    @property
    def is_job(self) -> bool:
        return self.scenario.workload.kind == "job"

    @property
    def full_at_per_s(self) -> float:
        return full_at_per_s(self.scenario, self.comparison.fargate.traffic)

    @property
    def bill_sentences(self) -> Sequence[str]:
        """Each total with its range."""
        return [
            f"{words.BILLS[name]}: {words.cents(self.verdict.usd[name])} a month"
            + (f", range {self.ranges[name]}" if name in self.ranges else "")
            for name in PLATFORMS
        ]


def document(scenario: Scenario, name: str = "", link: str = "") -> Document:
    """A document about a plain scenario. Args: name: the user's own, any text; link: to the app with it."""
    return Document(scenario, origin(scenario, name, link))


def default_name(verdict_: Verdict, scenario: Scenario) -> str:
    """A name until the user gives one: what was chosen, and for which traffic."""
    chosen = "Open" if verdict_.choice is None else words.PLATFORMS[verdict_.choice]
    path = "workload.runs_per_day" if scenario.workload.kind == "job" else "workload.requests_per_s"
    return f"{chosen} for {common.traffic_said(path, common.traffic_now(scenario))}"
