"""Which platform is cheaper over two fields, as a map."""

import numpy as np

from model.decide.sweeps import MAP_FIELDS, CostMap
from pages.ui import palette, words
from pages.ui.figures import objects as go
from pages.ui.figures.axes import powers_of_ten
from pages.ui.theme import base_layout

MOST_TIMES = 10.0


def cost_map(map_: CostMap, now: tuple[float, float], title: str) -> go.Figure:
    """Which platform is cheaper, and how much, for every pair of values of two fields; break-even in ink.

    Args: now: today's values of the two fields.
    """
    assert map_.ratio is not None
    axes = {
        name: {
            "type": "log" if MAP_FIELDS[path].log else "linear",
            "showgrid": False,
            **(powers_of_ten(values, path) if MAP_FIELDS[path].log else _few_ticks(path)),
        }
        for name, path, values in (
            ("xaxis", map_.x_path, map_.x_values),
            ("yaxis", map_.y_path, map_.y_values),
        )
    }
    decades = np.log10(map_.ratio, where=map_.ratio > 0, out=np.full(map_.ratio.shape, np.nan))
    decades[map_.ratio == 0] = -np.log10(MOST_TIMES)  # a free function
    place = {"x": map_.x_values, "y": map_.y_values}
    shown = np.nan_to_num(decades, nan=0.0)
    crosses = shown.min() < 0 < shown.max()
    break_even = go.Contour(
        **place,
        z=decades,
        name="Break-even",
        contours={"start": 0, "end": 0, "size": 1, "coloring": "none"},
        line={"color": palette.INK, "width": 2.5},
        showscale=False,
        showlegend=True,
        hoverinfo="skip",
        connectgaps=False,
    )
    return go.Figure(
        [
            go.Heatmap(
                **place,
                z=decades,
                name="Lambda's total / Fargate's",
                customdata=map_.ratio,
                zmin=-np.log10(MOST_TIMES),
                zmax=np.log10(MOST_TIMES),
                colorscale=palette.LAMBDA_TO_FARGATE,
                colorbar=_cheaper_bar(),
                hovertemplate=f"{words.label(map_.x_path)} %{{x:,.3~g}}<br>{words.label(map_.y_path)} %{{y:,.3~g}}"
                "<br>Lambda costs %{customdata:,.3~g} × as much as Fargate<extra></extra>",
            ),
            *([break_even] if crosses else []),
            go.Scatter(
                x=[now[0]],
                y=[now[1]],
                name="now",
                mode="markers",
                marker={
                    "color": palette.SURFACE,
                    "size": 14,
                    "symbol": "circle",
                    "line": {"color": palette.INK, "width": 3},
                },
                hovertemplate="now<extra></extra>",
            ),
        ],
        layout=base_layout(
            title,
            words.label(map_.x_path),
            words.label(map_.y_path),
            hovermode="closest",
            **axes,
        ),
    )


def _cheaper_bar() -> dict[str, object]:
    """The key of the map's colours, in words, below it."""
    times = (0.1, 1, 10)
    texts = ("Lambda 10 times<br>cheaper", "equal", "Fargate 10 times<br>cheaper")
    return {
        "orientation": "h",
        "x": 0.5,
        "xanchor": "center",
        "y": 0,
        "yref": "container",
        "yanchor": "bottom",
        "thickness": 12,
        "len": 0.75,
        "outlinewidth": 0,
        "tickvals": np.log10(times).tolist(),
        "ticktext": texts,
        "tickangle": 0,
        "tickfont": {"size": 13, "color": palette.MUTED},
    }


def _few_ticks(path: str) -> dict[str, object]:
    return {"tickformat": ".0%" if path.endswith("_share") else ",~g", "nticks": 8}
