"""Capacity while a rollout goes on, a row for each strategy on one time axis."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from model.deploy.rollouts import Rollout
from pages.ui import palette
from pages.ui.theme import base_layout, steady_axis

SECONDS_PER_MINUTE = 60.0
OLD_OPACITY, NEW_OPACITY = 0.3, 0.75
ROW_PX, AROUND_PX = 150, 180
UNIT = {"fargate": "tasks", "aws_lambda": "environments"}


def height(rollouts: Sequence[Rollout]) -> int:
    """Height of the figure in pixels."""
    return AROUND_PX + ROW_PX * len(rollouts)


def capacity_courses(rollouts: Sequence[Rollout], names: Sequence[str], title: str) -> go.Figure:
    """What serves of each version over time, what is billed, and what the traffic needs.

    Args: rollouts: of one platform, at least one; names: of the strategies, in the same order.
    """
    platform = rollouts[0].platform
    colour, unit = palette.PLATFORM[platform], UNIT[platform]
    figure = make_subplots(
        rows=len(rollouts), cols=1, shared_xaxes=True, vertical_spacing=0.06 if len(rollouts) < 4 else 0.05
    )
    for row, one in enumerate(rollouts, 1):
        minutes = one.course.time_s / SECONDS_PER_MINUTE
        for name, values, opacity in (
            ("Old version", one.course.old, OLD_OPACITY),
            ("New version", one.course.new, NEW_OPACITY),
        ):
            figure.add_trace(
                go.Scatter(
                    x=minutes,
                    y=values,
                    name=name,
                    legendgroup=name,
                    showlegend=row == 1,
                    mode="lines",
                    line={"width": 0.5, "color": colour},
                    fillcolor=palette.see_through(colour, opacity),
                    stackgroup=f"row {row}",
                    hovertemplate=f"%{{y:,.3~r}} {unit}",
                ),
                row=row,
                col=1,
            )
        lines = [("Needed", [one.breaks.needed] * len(minutes), palette.SLO, "dash")]
        if one.course.billed.any():
            billed = "Billed" if platform == "fargate" else "Provisioned, billed"
            lines.append((billed, one.course.billed, palette.BAD, "dot"))
        for name, values, line_colour, dash in lines:
            figure.add_trace(
                go.Scatter(
                    x=minutes,
                    y=values,
                    name=name,
                    legendgroup=name,
                    showlegend=row == 1,
                    mode="lines",
                    line={"width": 2, "color": line_colour, "dash": dash, "shape": "hv"},
                    hovertemplate=f"%{{y:,.3~r}} {unit}",
                ),
                row=row,
                col=1,
            )
    figure.update_layout(base_layout(title))
    top = max(float((one.course.old + one.course.new).max()) for one in rollouts)
    top = max([top, *(float(one.course.billed.max()) for one in rollouts)])
    last = max(float(one.course.time_s[-1]) for one in rollouts) / SECONDS_PER_MINUTE
    figure.update_xaxes(title_text="", range=[0, last])
    figure.update_xaxes(title_text="Minutes since the rollout began", row=len(rollouts), col=1)
    figure.update_yaxes(title_text="", **steady_axis([top]))
    for row, name in enumerate(names, 1):
        axis = "" if row == 1 else str(row)
        figure.add_annotation(
            text=f"{name} ({unit})",
            x=0,
            xref="paper",
            xanchor="left",
            y=1,
            yref=f"y{axis} domain",
            yanchor="bottom",
            font={"size": 15},
        )
    return figure
