"""Which one? The verdict, what it rests on, and what would turn it round."""

import streamlit as st

from model import evaluate
from model.decide.break_even import break_even, total_curves
from model.decide.capacity import full_at_per_s
from model.decide.flips import in_few_steps
from model.decide.verdict import verdict
from pages.ui import kept_decisions as kept
from pages.ui import tables
from pages.ui.answers import common, spike, which_one
from pages.ui.answers import flips as turning
from pages.ui.chart import chart
from pages.ui.figures.cost import cost_curves
from pages.ui.figures.latency import percentile_dots
from pages.ui.figures.spike import spike_timeline
from pages.ui.page import answer, how_computed, listed, numbers_used, one_of
from pages.ui.pages import inside_app
from pages.ui.state import change, scenario

inside_app()

question = scenario()
st.caption(
    "AWS Lambda or ECS Fargate for your workload: the same traffic on both, in money, waiting time and scaling lag."
)
if one_of("Sizes", turning.SIZES, key="which_sizes") == turning.RIGHT_SIZED:
    sized = kept.right_sized(question)
    listed(turning.sized(sized))
    taken = turning.settings_to_take(sized)
    st.button("Take these sizes over into the settings", disabled=not taken, on_click=change, args=(taken,))
    question = sized.scenario

comparison = evaluate(question)
decision = verdict(comparison)
curve = total_curves(question)
crossings = break_even(question, curve)
money = common.money_line(decision, crossings)

answer(which_one.which_one(comparison, decision), money)
listed([turning.decides(comparison, decision)])
st.table(tables.side_by_side(comparison, decision))

left, right = st.columns(2)
with left:
    chart(
        cost_curves(
            curve,
            crossings,
            common.traffic_now(question),
            full_at_per_s(question, comparison.fargate.traffic),
            common.cost_title(decision, crossings),
        ),
        key="which_cost",
        of=question,
        description=money or common.cost_title(decision, crossings),
    )
with right:
    waiting = {"aws_lambda": comparison.aws_lambda.latency, "fargate": comparison.fargate.latency}
    chart(
        percentile_dots(waiting, common.level(question), common.service_level(comparison, decision)),
        key="which_latency",
        of=question,
        description=common.service_level(comparison, decision),
    )
if question.workload.kind == "service":
    rush = spike.spike_title(comparison.spike)
    chart(
        spike_timeline(comparison.spike, rush), key="which_spike", height=620, description=rush, of=question
    )

st.subheader("What would turn it round?")
if in_few_steps(question) or st.toggle("Search (some seconds under this traffic)", key="which_search"):
    listed(turning.flips(kept.turned_round(question), decision))
    listed([turning.glance(*kept.glance(question))])

how_computed("Verdict", "Right size", "What would flip it", "Break-even", "Latency")
numbers_used((*comparison.aws_lambda.bill.lines, *comparison.fargate.bill.lines), ("compute",))
