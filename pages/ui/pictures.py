"""The charts that pages offer: each by its key, as a function of a scenario's answers.

A page shows one with `beside.show(key, asked())`; a scene of the presentation and a saved scenario beside the present
one get the same chart from the same function, so no chart is described twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from model.decide.break_even import TRAFFIC
from model.decide.capacity import full_at_per_s
from model.decide.cold_curves import first_request
from model.decide.cost_bands import band_now
from model.decide.endpoints import EXAMPLE
from model.deploy.rollouts import Plan
from model.fit import fit, quotas
from pages.ui import endpoint_table, kept, kept_decisions, tables
from pages.ui.answers import (
    article,
    cold_start,
    common,
    cost,
    replay,
    rollout,
    spike,
    split,
    sure,
    which_one,
)
from pages.ui.answers import fit as fitting
from pages.ui.asked import Asked
from pages.ui.figures import objects as go
from pages.ui.figures.bill import bill_bars
from pages.ui.figures.cold_curves import cold_share_over
from pages.ui.figures.cost import cost_curves
from pages.ui.figures.fit import bars, margins
from pages.ui.figures.latency import cold_start_parts, percentile_dots, survival_curves
from pages.ui.figures.replay import height as rows_height
from pages.ui.figures.replay import replay_timeline, worst_timeline
from pages.ui.figures.rollout import capacity_courses
from pages.ui.figures.spike import lag_bars, spike_timeline
from pages.ui.figures.split import mix_bars
from pages.ui.figures.sure import difference_bars
from pages.ui.ranges import ranges_of, settings
from pages.ui.words import label


@dataclass(frozen=True)
class Picture:
    """A chart and what it shows. finding: for who cannot see it; answer: the page's own sentence.

    figure is None where the question does not arise, as a spike of job runs.
    """

    figure: go.Figure | None
    finding: str
    answer: str
    height: int = 420


@dataclass(frozen=True)
class Offer:
    """A chart that can be shown away from its page: that page's address, what the chart is called, how it is made."""

    page: str
    name: str
    picture: Callable[[Asked], Picture]
    on_stage: Callable[[Asked], Picture] | None = (
        None  # with fewer rows, if the page's own has too many for a room
    )

    def for_stage(self, of: Asked) -> Picture:
        """The chart as a scene shows it."""
        return (self.on_stage or self.picture)(of)


def _costs(of: Asked, **more: Any) -> go.Figure:
    return cost_curves(
        of.curve,
        of.crossings,
        common.traffic_now(of.scenario),
        full_at_per_s(of.scenario, of.comparison.fargate.traffic),
        common.cost_title(of.decision, of.crossings),
        **more,
    )


def _which_cost(of: Asked) -> Picture:
    money = common.money_line(of.decision, of.crossings)
    return Picture(_costs(of), money or common.cost_title(of.decision, of.crossings), _verdict(of))


def _verdict(of: Asked) -> str:
    return which_one.which_one(of.comparison, of.decision)


def _waiting(of: Asked) -> dict[str, Any]:
    return {"aws_lambda": of.comparison.aws_lambda.latency, "fargate": of.comparison.fargate.latency}


def _which_latency(of: Asked) -> Picture:
    finding = common.service_level(of.comparison, of.decision)
    return Picture(percentile_dots(_waiting(of), common.level(of.scenario), finding), finding, _verdict(of))


def _which_spike(of: Asked) -> Picture:
    if of.is_job:
        return Picture(None, spike.NO_SPIKE, spike.NO_SPIKE)
    rush = spike.spike_title(of.comparison.spike)
    return Picture(spike_timeline(of.comparison.spike, rush), rush, _verdict(of), 620)


def cost_answer(of: Asked) -> str:
    """Both bills with their ranges, and where they cross."""
    return cost.cost(of.decision, of.crossings, cost.ranges(band_now(of.scenario)))


def _cost_curves(of: Asked) -> Picture:
    words = cost_answer(of)
    figure = _costs(
        of,
        bands=kept.curve_bands(of.scenario, of.curve),
        managed_usd=cost.managed_total(cost.bills_of(of.comparison)),
    )
    return Picture(figure, words, words, 480)


def _cost_lines(of: Asked) -> Picture:
    bills = cost.bills_of(of.comparison)
    largest = cost.largest_lines(bills)
    return Picture(bill_bars(bills, largest), largest, cost_answer(of), cost.bars_height(bills))


def _start_parts(of: Asked) -> Picture:
    parts = cold_start.start_parts(of.comparison.aws_lambda.start)
    longest = cold_start.longest_part(parts)
    return Picture(cold_start_parts(parts, longest), longest, cold_start.cold_start(of.comparison), 320)


def _survival(of: Asked) -> Picture:
    tail = cold_start.tail(of.comparison)
    figure = survival_curves(_waiting(of), common.level(of.scenario), tail)
    return Picture(figure, tail, cold_start.cold_start(of.comparison))


def _first_request(of: Asked) -> Picture:
    idle = first_request(of.scenario)
    alone = cold_start.first(idle)
    figure = survival_curves(idle.latency, common.level(of.scenario), alone)
    return Picture(figure, alone, cold_start.cold_start(of.comparison))


def _cold_share(of: Asked) -> Picture:
    path = TRAFFIC[of.scenario.workload.kind][0]
    curve = kept.cold_curve(of.scenario, path)
    finding = cold_start.over(curve)
    return Picture(
        cold_share_over(curve, label(path), finding), finding, cold_start.cold_start(of.comparison)
    )


def _spike_timeline(of: Asked, *, full: bool = True) -> Picture:
    if of.is_job:
        return Picture(None, spike.NO_SPIKE, spike.NO_SPIKE)
    chosen = of.comparison.spike
    title = spike.spike_title(chosen)
    said = spike.spike(of.scenario, {of.scenario.fargate.metric_period_s: chosen})
    return Picture(spike_timeline(chosen, title, full=full, few=not full), title, said, 1000 if full else 620)


def _spike_lags(of: Asked) -> Picture:
    if of.is_job:
        return Picture(None, spike.NO_SPIKE, spike.NO_SPIKE)
    said = spike.spike(of.scenario, of.spikes)
    lags = spike.lags(of.spikes)
    if not lags:
        return Picture(None, spike.NO_LAG, said)
    longest = spike.longest_lag(lags)
    return Picture(lag_bars(lags, longest), longest, said, 400)


def _replay_timeline(of: Asked) -> Picture:
    if of.is_job:
        return Picture(None, replay.NO_REPLAY, replay.NO_REPLAY)
    run, bands = kept.replayed(of.scenario)
    title = replay.timeline_title(run)
    figure = replay_timeline(run, title, replay.window(run))
    return Picture(figure, title, replay.replay(run, bands), rows_height(6))


def _replay_worst(of: Asked) -> Picture:
    if of.is_job:
        return Picture(None, replay.NO_REPLAY, replay.NO_REPLAY)
    run, bands = kept.replayed(of.scenario)
    worst = replay.worst_title(run)
    return Picture(worst_timeline(run, worst), worst, replay.replay(run, bands), rows_height(5))


def _split_mixes(of: Asked) -> Picture:
    found = kept.split(of.scenario, endpoint_table.kept_rows() or [dict(row) for row in EXAMPLE])
    if found is None:
        return Picture(None, "Type an endpoint into the table.", "Type an endpoint into the table.")
    finding = split.mix_title(found)
    names = tuple(one.name for one in found.endpoints)
    return Picture(mix_bars(names, split.mixes(found), finding), finding, split.split(found), 340)


def _fit_margins(of: Asked) -> Picture:
    traffic = of.comparison.aws_lambda.traffic
    limits = fit(of.scenario, traffic)
    checks = [*limits, *quotas(of.scenario, traffic)]
    said = fitting.fit(limits)
    figure = margins(checks, fitting.margins_title(limits))
    return Picture(figure, said, said, tables.rows_height(bars(checks)))


def _sure_spread(of: Asked) -> Picture:
    draws, seed = settings()
    worlds, _ = kept_decisions.worlds(of.scenario, ranges_of(of.scenario), seed, draws)
    said = sure.sure(worlds, of.scenario)
    if sure.open_totals(worlds):
        return Picture(None, sure.NO_PRICES, said)
    found = sure.spread(worlds)
    now = sure.difference_now(of.decision)
    return Picture(difference_bars(worlds.difference_usd, now, found), found, said)


def _rollout_fargate(of: Asked) -> Picture:
    plan = Plan()
    rollouts = kept.rollouts(of.scenario, plan)
    if not rollouts:
        return Picture(None, rollout.JOB, rollout.JOB)
    services = [one for one in rollouts if one.platform == "fargate"]
    function = next(one for one in rollouts if one.platform == "aws_lambda")
    title = rollout.course_title(services[0])
    figure = capacity_courses(services, [rollout.strategy(one.strategy) for one in services], title)
    return Picture(figure, title, rollout.rollout(services[0], function, plan))


def _claims(of: Asked) -> Picture:
    said = article.summary(article.ordered(kept.findings(of.scenario)))
    return Picture(None, said, said)


OFFERS: dict[str, Offer] = {
    "which_cost": Offer("which_one", "Both bills over traffic", _which_cost),
    "which_latency": Offer("which_one", "Percentiles of the response time", _which_latency),
    "which_spike": Offer("which_one", "The spike", _which_spike),
    "cost_curves": Offer("cost", "Both bills over traffic, with ranges", _cost_curves),
    "cost_lines": Offer("cost", "Both bills, line by line", _cost_lines),
    "start_parts": Offer("cold_start", "What a cold start is made of", _start_parts),
    "survival": Offer("cold_start", "How many requests are slower", _survival),
    "first_request": Offer("cold_start", "The first request after an idle hour", _first_request),
    "cold_share": Offer("cold_start", "Share of cold requests over traffic", _cold_share),
    "spike_timeline": Offer(
        "spike",
        "The spike, second by second",
        _spike_timeline,
        lambda of: _spike_timeline(of, full=False),
    ),
    "spike_lags": Offer("spike", "Why Fargate lags", _spike_lags),
    "replay_timeline": Offer("replay", "The recording, hour by hour", _replay_timeline),
    "replay_worst": Offer("replay", "Its worst ten minutes", _replay_worst),
    "split_mixes": Offer("split", "What each mix costs", _split_mixes),
    "fit_margins": Offer("fit", "Distance to every limit", _fit_margins),
    "sure_spread": Offer("sure", "All plausible worlds", _sure_spread),
    "rollout_fargate": Offer("rollout", "Capacity during a rollout", _rollout_fargate),
    "claims": Offer("article", "The verdicts, without a chart", _claims),
}
"""Key of the chart, unique over all pages -> the offer."""


def offered(page: str) -> dict[str, Offer]:
    """What a page offers, by key, its main chart first."""
    return {key: offer for key, offer in OFFERS.items() if offer.page == page}
