"""How slow is a cold start? How long, how often, and what it does to the slowest requests."""

import streamlit as st

from model.decide.break_even import TRAFFIC
from model.decide.cold_curves import KEEP_ALIVE, MEMORY, PACKAGE
from model.decide.sweeps import runtime_starts
from pages.ui import kept
from pages.ui.answers import cold_start as answers
from pages.ui.answers import common
from pages.ui.asked import asked
from pages.ui.beside import draw, show
from pages.ui.chart import chart
from pages.ui.figures.cold_curves import (
    cold_share_over,
    p99_over,
    pool_sizes,
    provisioned_colds,
    provisioned_cost,
)
from pages.ui.figures.latency import runtime_dots
from pages.ui.page import answer, how_computed, numbers_used, quiet
from pages.ui.pages import inside_app
from pages.ui.state import scenario
from pages.ui.words import label, runtime

inside_app()

question = scenario()
comparison = asked().comparison
start, level = comparison.aws_lambda.start, common.level(question)

answer(answers.cold_start(comparison))
if answers.turned_away(comparison):
    st.warning(answers.turned_away(comparison))

show("start_parts")
quiet(answers.init_in_use(start))
left, right = st.columns(2)
with left:
    show("survival")
with right:
    show("first_request")

FIELDS = {
    "Traffic": TRAFFIC[question.workload.kind][0],
    "Memory": MEMORY,
    "Package size": PACKAGE,
    "Keep-alive": KEEP_ALIVE,
}
*over_fields, provisioning, sizing = st.tabs(
    [*FIELDS, "Provisioned concurrency", "Size of the pool"], key="cold_tab", on_change="rerun"
)
for tab, path in zip(over_fields, FIELDS.values(), strict=True):
    if tab.open:
        with tab:
            curve = kept.cold_curve(question, path)
            left, right = st.columns(2)
            with left:
                finding = answers.over(curve)
                over = cold_share_over(curve, label(path), finding)
                if path == FIELDS["Traffic"]:  # what the page offers
                    draw(over, "cold_share", 420, finding)
                else:
                    chart(over, key="cold_share", description=finding)
            with right:
                finding = answers.p99_over(curve, level)
                chart(p99_over(curve, level, label(path), finding), key="cold_p99", description=finding)

if provisioning.open:
    with provisioning:
        levels, now = kept.levels(question), float(question.aws_lambda.provisioned_concurrency)
        left, right = st.columns(2)
        with left:
            finding = answers.enough(levels, level)
            if levels.usd is None:
                st.info("No published price for provisioned concurrency in this Region.")
            else:
                chart(provisioned_cost(levels, now, finding), key="provisioned_cost", description=finding)
        with right:
            finding = answers.saved(levels)
            chart(provisioned_colds(levels, now, finding), key="provisioned_colds", description=finding)
        quiet(answers.allocation(question, answers.to_allocate(levels, now)))

if sizing.open:
    with sizing:
        quiet(answers.pool(comparison))
        pool = kept.drawn_pool(question)
        if isinstance(pool, str):
            st.info(pool)
        else:
            finding = answers.sizes(pool)
            chart(pool_sizes(pool.size_share, finding), key="pool_sizes", description=finding)
            quiet(answers.drawn(pool, float(comparison.aws_lambda.cold.p_cold)))

runtimes = runtime_starts(question)
chosen = runtime(question.aws_lambda.runtime)
ranking = answers.rank(runtimes, question.aws_lambda.runtime)
chart(
    runtime_dots(answers.runtime_rows(runtimes), chosen, ranking),
    key="runtimes",
    height=900,
    description=ranking,
)

how_computed("Cold start", "Warm pool", "Provisioned concurrency", "Throttles", "Latency")
numbers_used(groups=("cold_start", "lambda"))
