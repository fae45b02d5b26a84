"""How much of each limit is in use, on both platforms."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from model.fit import Check
from pages.ui import palette
from pages.ui.answers.fit import amount
from pages.ui.figures import objects as go
from pages.ui.theme import base_layout
from pages.ui.words import PLATFORMS, share

LEFT, RIGHT = 0.001, 2.0
LONGEST = 100.0  # a limit missed by more is drawn this long; its label tells how far
QUOTA_OPACITY = 0.45


def margins(checks: Sequence[Check], title: str) -> go.Figure:
    """A bar for each limit with a number: need / limit on a logarithmic axis, the limit itself at 100 %.

    Default quotas are paler. The longest bar of each platform stands on top.
    """
    measured = [check for check in checks if check.used_share is not None]
    traces = [
        _bars([check for check in measured if (check.platform, check.raisable) == (name, raisable)])
        for name in PLATFORMS
        for raisable in (False, True)
    ]
    longest = max([_drawn(check) for check in measured], default=1.0)
    right = max(RIGHT, 1.6 * longest)
    figure = go.Figure(
        [trace for trace in traces if trace is not None],
        layout=base_layout(
            title,
            "Share in use",
            hovermode="closest",
            barmode="overlay",
            bargap=0.25,
            xaxis={
                "type": "log",
                "range": [np.log10(LEFT), np.log10(right)],
                "tickvals": [0.001, 0.01, 0.1, 1, 10, 100],
                "ticktext": ["0.1 %", "1 %", "10 %", "limit", "10 ×", "100 ×"],
                "tickangle": 0,
            },
            yaxis={
                "categoryorder": "array",
                "categoryarray": [_name(check) for check in _ordered(measured)][::-1],
                "tickfont": {"size": 14, "color": palette.INK},
                "showgrid": False,
            },
        ),
    )
    figure.add_shape(
        type="line",
        x0=1,
        x1=1,
        y0=0,
        y1=1,
        yref="paper",
        line={"color": palette.BAD, "width": 2, "dash": "dash"},
    )
    return figure


def bars(checks: Sequence[Check]) -> int:
    """How many bars there will be: the height follows."""
    return sum(check.used_share is not None for check in checks)


def _bars(checks: Sequence[Check]) -> go.Bar | None:
    if not checks:
        return None
    colour, raisable = palette.PLATFORM[checks[0].platform], checks[0].raisable
    ends = [_drawn(check) for check in checks]
    return go.Bar(
        x=[end - LEFT for end in ends],
        base=[LEFT] * len(checks),
        y=[_name(check) for check in checks],
        orientation="h",
        name=PLATFORMS[checks[0].platform] + (", default quota" if raisable else ", hard limit"),
        marker={"color": palette.see_through(colour, QUOTA_OPACITY) if raisable else colour},
        customdata=[f"{_used(check)}, {share(float(check.used_share))}<br>{check.text}" for check in checks],
        hovertemplate="%{y}<br>%{customdata}<extra></extra>",
    )


def _ordered(checks: Sequence[Check]) -> list[Check]:
    """Lambda's first, each platform's hard limits before its quotas, the tightest first."""
    places = list(PLATFORMS)
    return sorted(checks, key=lambda c: (places.index(c.platform), c.raisable, -_drawn(c)))


def _drawn(check: Check) -> float:
    used = 0.0 if check.used_share is None else float(check.used_share)
    return float(np.clip(used, LEFT * 1.05, LONGEST))


def _used(check: Check) -> str:
    return f"{amount(check.value, check.unit)} of {amount(check.limit, check.unit)}"


def _name(check: Check) -> str:
    return f"{check.check} · {PLATFORMS[check.platform]}"
