"""The colours, in one place: a role per meaning, one value for each theme.

Figures write the light value of a role. The browser swaps it for the dark one on a dark page (chart.js), so a
figure is built once, knows nothing of themes and prints well as it is.
Held by tests/pages/test_chart_component.py: every colour that may carry text or a line has a contrast of at
least 4.5 with both backgrounds of its theme; any two of the SERIES stay apart for every kind of colour
vision; the platforms are the same here and in .streamlit/config.toml.
"""

LIGHT: dict[str, str] = {
    "lambda": "#b84a00",
    "fargate": "#0068a8",
    "neutral": "#677183",
    "slo": "#10161d",
    "good": "#0c4f2b",
    "bad": "#7d1050",
    "ink": "#1f2933",
    "muted": "#566270",
    "grid": "#e3e7eb",
    "surface": "#ffffff",
}
DARK: dict[str, str] = {
    "lambda": "#ff9a4d",
    "fargate": "#5cb3f2",
    "neutral": "#8b98b1",
    "slo": "#f6f8fa",
    "good": "#4be3a4",
    "bad": "#f75f6a",
    "ink": "#e6eaef",
    "muted": "#a7b1bd",
    "grid": "#2c343e",
    "surface": "#12161c",
}
SERIES = ("lambda", "fargate", "neutral", "slo", "good", "bad")

FROM_PAGE: dict[str, str] = {
    "ink": "--st-text-color",
    "grid": "--st-border-color-light",
    "surface": "--st-background-color",
}
"""Roles that take the page's own colour, so that a theme of one's own reaches the charts."""

LAMBDA = LIGHT["lambda"]
FARGATE = LIGHT["fargate"]
NEUTRAL = LIGHT["neutral"]
SLO = LIGHT["slo"]
GOOD = LIGHT["good"]
BAD = LIGHT["bad"]
INK = LIGHT["ink"]
MUTED = LIGHT["muted"]
GRID = LIGHT["grid"]
SURFACE = LIGHT["surface"]
PLATFORM: dict[str, str] = {"aws_lambda": LAMBDA, "fargate": FARGATE, "managed_instances": NEUTRAL}
LAMBDA_TO_FARGATE: list[tuple[float, str]] = [(0.0, LAMBDA), (0.5, SURFACE), (1.0, FARGATE)]
"""A diverging scale: strongest where one platform is far cheaper, the background where both cost the same."""


def see_through(colour: str, opacity: float) -> str:
    """The same colour at an opacity (0…1), for bands and fills; it still follows the theme."""
    return f"{colour}{round(opacity * 255):02x}"
