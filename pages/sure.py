"""How sure are we? Everything that is not certain, one at a time and all at once."""

import streamlit as st

from model import evaluate
from model.decide.monte_carlo import running_share, share_and_error, variance_shares
from model.decide.verdict import verdict
from pages.ui import kept_decisions as kept
from pages.ui.answers import sure
from pages.ui.chart import chart
from pages.ui.figures.sure import convergence, difference_bars, share_bars, tornado_bars
from pages.ui.page import answer, how_computed, numbers_used, table
from pages.ui.pages import inside_app
from pages.ui.ranges import range_editor, ranges_of, settings
from pages.ui.state import scenario

inside_app()

question = scenario()
decision = verdict(evaluate(question))
ranges = ranges_of(question)
draws, seed = settings()
worlds, break_evens = kept.worlds(question, ranges, seed, draws)
swings = kept.swings(question, ranges)

answer(sure.sure(worlds, question))
st.markdown(sure.chosen(worlds))
table(sure.intervals(worlds, break_evens, decision, question), in_full=True)

if not sure.open_totals(worlds):
    now = sure.difference_now(decision)
    left, right = st.columns(2)
    with left:
        found = sure.spread(worlds)
        chart(difference_bars(worlds.difference_usd, now, found), key="sure_spread", description=found)
    with right:
        share, error = share_and_error(worlds.lambda_cheaper)
        settled = sure.converged(share, error, draws)
        chart(
            convergence(running_share(worlds.lambda_cheaper), settled),
            key="sure_converged",
            description=settled,
        )

    one_at_a_time, all_at_once = st.columns(2)
    with one_at_a_time:
        effect = st.selectbox(
            "Effect on", list(sure.EFFECTS), format_func=sure.EFFECTS.get, key="sure_effect"
        )
        title = sure.widest(swings, effect, decision)
        bars = tornado_bars(swings, effect, sure.result_now(decision, effect), title)
        chart(bars, key="sure_tornado", height=520, description=title)
    with all_at_once:
        explained = variance_shares(worlds)
        first = sure.measure_first(explained)
        chart(share_bars(explained, first), key="sure_first", height=600, description=first)

st.subheader("What is not certain")
range_editor(ranges)

how_computed("How sure", "Cost over ranges")
numbers_used(groups=("uncertainty",))
