"""What happens in a spike? Both platforms second by second, and why Fargate lags."""

from model.decide.sweeps import spikes_by_metric_period
from pages.ui.answers import spike as answers
from pages.ui.chart import chart
from pages.ui.figures.spike import lag_bars, spike_timeline
from pages.ui.page import answer, how_computed, metrics, numbers_used
from pages.ui.pages import inside_app
from pages.ui.state import scenario

inside_app()

question = scenario()
if question.workload.kind == "job":
    answer(answers.NO_SPIKE)
else:
    spikes = spikes_by_metric_period(question)
    chosen = spikes[question.fargate.metric_period_s]
    answer(answers.spike(question, spikes))
    metrics(answers.reaction(chosen))
    title = answers.spike_title(chosen)
    chart(spike_timeline(chosen, title), key="spike_timeline", height=680, description=title)
    lags = answers.lags(spikes)
    if lags:
        why = answers.longest_lag(lags)
        chart(lag_bars(lags, why), key="spike_lags", height=400, description=why)

how_computed("Scaling")
numbers_used(groups=("target_tracking", "task_start"))
