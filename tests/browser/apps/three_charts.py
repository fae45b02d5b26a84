"""A page of its own for the chart component: one slider, three charts, and a scenario only to be named."""

import sys
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import streamlit as st

ROOT = str(Path(__file__).parents[3])
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)

from model import Scenario  # noqa: E402
from pages.ui import palette  # noqa: E402
from pages.ui.at_hand import NAME  # noqa: E402
from pages.ui.chart import chart  # noqa: E402
from pages.ui.process import freeze_garbage_collector  # noqa: E402
from pages.ui.theme import base_layout, steady_axis  # noqa: E402

freeze_garbage_collector()
st.set_page_config(layout="wide")

st.session_state["scenario"], st.session_state[NAME] = Scenario(), "=1+1 <b>"
load = st.slider("Load", 1, 100, 20)
x = np.linspace(1, 300, 500)
on_lambda, on_fargate = x * load / 40, 70 + 40 * np.sqrt(x) * load / 100
curves = [
    go.Scatter(x=x, y=on_lambda, name="Lambda", line_color=palette.LAMBDA),
    go.Scatter(x=x, y=on_fargate, name="Fargate", line_color=palette.FARGATE),
]
cost = go.Figure(
    curves,
    base_layout(
        f"Fargate is cheaper from about {4_000 / load:.0f} requests a second on",
        "Requests (1/s)",
        "USD a month",
        yaxis={"tickprefix": "$", **steady_axis(on_lambda, on_fargate)},
    ),
)
wait = go.Figure(
    [
        go.Scatter(x=x, y=np.full_like(x, 0.9), name="Wanted", line={"color": palette.SLO, "dash": "dash"}),
        go.Scatter(
            x=x,
            y=np.exp(-x / (3 * load)),
            name="Lambda",
            line_color=palette.LAMBDA,
            fill="tozeroy",
            fillcolor=palette.see_through(palette.LAMBDA, 0.15),
        ),
        go.Scatter(x=x, y=2 * np.exp(-x / load), name="Fargate", line_color=palette.FARGATE),
    ],
    base_layout("Waiting time after a step in the traffic", "Seconds after the step", "Seconds"),
)
parts = go.Figure(
    [
        go.Bar(
            x=["Lambda", "Fargate"], y=[load, 40 + load / 4], name="Compute", marker_color=palette.NEUTRAL
        ),
        go.Bar(x=["Lambda", "Fargate"], y=[load / 3, 20], name="Around it", marker_color=palette.GOOD),
        go.Bar(x=["Lambda", "Fargate"], y=[5, load / 5], name="=2+3", marker_color=palette.BAD),
    ],
    base_layout("What the money is spent on", "", "USD a month", hovermode="closest", barmode="stack"),
)
chart(cost, key="cost", description="Cost of both over requests per second")
left, right = st.columns(2)
with left:
    chart(wait, key="wait", height=360, description="Waiting time of both after a step")
with right:
    chart(parts, key="parts", height=360, description="Parts of both bills")
