"""Which one? The verdict, what it rests on, and what would turn it round."""

import streamlit as st

from model.decide.flips import in_few_steps
from pages.ui import kept_decisions as kept
from pages.ui import tables
from pages.ui.answers import common, which_one
from pages.ui.answers import flips as turning
from pages.ui.asked import asked
from pages.ui.beside import show
from pages.ui.page import answer, how_computed, listed, numbers_used, one_of
from pages.ui.pages import inside_app
from pages.ui.start import row_of_presets
from pages.ui.state import change, scenario

inside_app()

question = scenario()
st.caption(
    "AWS Lambda or ECS Fargate for your workload: the same traffic on both, in money, waiting time and scaling lag."
)
row_of_presets()
if one_of("Sizes", turning.SIZES, key="which_sizes") == turning.RIGHT_SIZED:
    sized = kept.right_sized(question)
    listed(turning.sized(sized))
    taken = turning.settings_to_take(sized)
    st.button("Take these sizes over into the settings", disabled=not taken, on_click=change, args=(taken,))
    question = sized.scenario

now = asked(question)
comparison, decision = now.comparison, now.decision

answer(which_one.which_one(comparison, decision), common.money_line(decision, now.crossings))
listed([turning.decides(comparison, decision)])
st.table(tables.side_by_side(comparison, decision))

left, right = st.columns(2)
with left:
    show("which_cost", now)
with right:
    show("which_latency", now)
if question.workload.kind == "service":
    show("which_spike", now)

st.subheader("What would turn it round?")
if in_few_steps(question) or st.toggle("Search (some seconds under this traffic)", key="which_search"):
    listed(turning.flips(kept.turned_round(question), decision))
    listed([turning.glance(*kept.glance(question))])

how_computed("Verdict", "Right size", "What would flip it", "Break-even", "Latency")
numbers_used((*comparison.aws_lambda.bill.lines, *comparison.fargate.bill.lines), ("compute",))
