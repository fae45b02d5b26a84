"""The page to compare with: one native slider, one chart of two traces, nothing else. Argument: points per trace."""

import sys

import numpy as np
import plotly.graph_objects as go
import streamlit as st

load = st.slider("Load", 1, 100, 50)
x = np.geomspace(0.001, 10_000, int(sys.argv[1]))
traces = [
    go.Scatter(x=x, y=x ** (load / 50), name="Lambda"),
    go.Scatter(x=x, y=70 + x ** (load / 60), name="Fargate"),
]
st.plotly_chart(go.Figure(traces, layout={"title": {"text": f"Load {load}"}}), key="chart")
