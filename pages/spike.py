"""What happens in a spike? Both platforms second by second, why Fargate lags, and what would have helped."""

import streamlit as st

from model.decide.spike_lab import has_alarms
from model.scenario import value_at
from pages.ui import kept
from pages.ui.answers import spike as answers
from pages.ui.asked import asked
from pages.ui.beside import draw, show
from pages.ui.chart import chart
from pages.ui.figures.spike import alternative_bars, spike_map, spike_timeline
from pages.ui.page import answer, how_computed, metrics, numbers_used
from pages.ui.pages import inside_app
from pages.ui.scrub import scrub
from pages.ui.state import scenario

inside_app()

question = scenario()
if question.workload.kind == "job":
    answer(answers.NO_SPIKE)
else:
    spikes = asked().spikes
    chosen = spikes[question.fargate.metric_period_s]
    answer(answers.spike(question, spikes))
    metrics(answers.reaction(chosen))
    title = answers.spike_title(chosen)

    def at_moment(at_s: float) -> None:
        """The timeline with one moment marked, and that moment in words."""
        told = answers.moment(chosen, at_s)
        st.markdown(told)
        timeline = spike_timeline(chosen, title, at_s, full=True)
        draw(timeline, "spike_timeline", 1000, f"{title}. {told}")

    first_s, last_s = float(chosen.time_s[0]), float(chosen.time_s[-1])
    scrub("Moment, seconds since the spike began", first_s, last_s, 60.0, "spike", at_moment)

    why, what_helps, by_height, by_alarm, by_start = st.tabs(
        ["Why Fargate lags", "What would help", "Height and tasks", "Target and cooldown", "Image and start"],
        key="spike_tab",
        on_change="rerun",
    )
    if why.open:
        with why:
            show("spike_lags")
    if what_helps.open:
        with what_helps:
            rows = kept.spike_alternatives(question)
            best = answers.best_alternative(rows)
            bars = alternative_bars(answers.alternatives(rows), best)
            chart(bars, key="spike_help", height=540, description=best)
            st.caption(answers.MONTH_OF_SPIKES)
    maps = {
        "height": (by_height, lambda map_: answers.height_map(map_, chosen), True),
        "alarm": (by_alarm, answers.alarm_map, has_alarms(question)),
        "start": (
            by_start,
            lambda map_: answers.start_map(map_, chosen),
            question.fargate.scaling != "fixed",
        ),
    }
    for name, (tab, finding, counts) in maps.items():
        if tab.open:
            with tab:
                if counts:
                    over = kept.spike_map(question, name)
                    now = (value_at(question, over.x_path), value_at(question, over.y_path))
                    found = finding(over)
                    chart(spike_map(over, now, found), key=f"spike_{name}", height=560, description=found)
                else:
                    st.info(answers.NO_MAP)

how_computed("Scaling", "Spike lab")
numbers_used(groups=("target_tracking", "task_start"))
