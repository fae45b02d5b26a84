"""A figure on screen: drawn once, then updated in place, in the colours of the page.

`st.plotly_chart` builds a new chart at every change, which blanks it for a frame and forgets zoom, legend
clicks and hover. This component keeps one `<div>` and lets `Plotly.react` change what differs.
"""

import json
from pathlib import Path

import plotly
import plotly.graph_objects as go
import streamlit as st
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest

from model.scenario import Scenario
from pages.ui import palette
from pages.ui.at_hand import origin_lines
from pages.ui.theme import TEMPLATE

_PLOTLY_JS = "plotly.library"
"""Name under which Streamlit serves the plotly.js that comes with the installed Plotly package."""

_CONSTANTS = {
    "PLOTLY_URL": f"_stcore/bidi-components/{_PLOTLY_JS}/plotly.min.js?v={plotly.__version__}",
    "DARK": {palette.LIGHT[role]: palette.DARK[role] for role in palette.LIGHT},
    "TEMPLATE": TEMPLATE,
    "FROM_PAGE": {palette.LIGHT[role]: variable for role, variable in palette.FROM_PAGE.items()},
}

_component = st.components.v2.component(
    "what_if_chart",
    js="".join(f"const {name} = {json.dumps(value)};\n" for name, value in _CONSTANTS.items())
    + "".join(
        Path(__file__).with_name(name).read_text(encoding="utf-8") for name in ("chart.js", "chart_take.js")
    ),
    isolate_styles=False,  # Plotly puts its style sheet into the document, out of reach of a shadow root
)


def chart(
    figure: go.Figure,
    *,
    key: str,
    height: int | None = 420,
    description: str,
    larger: int = 0,
    of: Scenario | None = None,
) -> None:
    """Show a figure; a later run with the same key changes it in place.

    Args: figure, in the colours of `palette` (light values); key, unique on the page, and the name of downloads;
    height in pixels, or None for all that the rest of the page leaves of the window; description, what a screen reader says instead of the picture; larger: pixels added to every size
    of type, for a large room; of, the scenario shown if it is not the one of the controls: pictures name it.
    In tests: `figures_shown(AppTest)` gives the figures of the last run by key.
    """
    _serve_plotly_js()
    about = json.dumps(
        {
            "key": key,
            "height": height,
            "description": description,
            "larger": larger,
            "footer": origin_lines(of),
        }
    )
    # Bytes go through Streamlit untouched; a dict would be serialised twice.
    data = f'{about[:-1]}, "figure": {figure.to_json(validate=False)}}}'.encode()
    _component(key=key, data=data, height=height or "content")


def figures_shown(app_test: object) -> dict[str, dict]:
    """The figures a page showed in an AppTest run, by key, as `{"data": [...], "layout": {...}}`.

    Arrays come as Plotly sends them, `{"dtype": …, "bdata": base64}`.
    """
    shown = [
        json.loads(element.proto.bytes) for element in app_test.get("bidi_component") if element.proto.bytes
    ]  # type: ignore[attr-defined]
    return {chart["key"]: chart["figure"] for chart in shown}


def _serve_plotly_js() -> None:
    manager = get_bidi_component_manager()
    if manager.get_component_asset_root(_PLOTLY_JS) is None:
        package, name = _PLOTLY_JS.split(".")
        manifest = ComponentManifest(package, plotly.__version__, [ComponentConfig(name, "package_data")])
        manager.register_from_manifest(manifest, Path(plotly.__file__).parent)
