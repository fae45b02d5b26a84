"""The scenario of this browser tab: kept in session state, moved by widgets, mirrored in the address bar.

Every field is a session-state key of its own name ("workload.requests_per_s"), which is also its widget's key and its
URL parameter. app.py calls `restore` before it draws anything and `address_bar` at the end, on every run. Streamlit's
own URL binding is not used: it writes what a widget displays ("200 ms", "Node.js 22") where our links hold the
scenario's words ("0.2", "nodejs22x"), and it knows nothing of versions, own prices or notices.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

import streamlit as st
from streamlit.navigation.page import StreamlitPage
from streamlit.runtime.scriptrunner import get_script_run_ctx

from model.scenario import Scenario, value_at, vocabulary
from model.serialise import FILE_PATHS, from_params, repaired, to_params
from model.series import PATH as SERIES
from pages.ui import words

PATHS = (*(path for path, _, _ in vocabulary()), *FILE_PATHS)
MOST_NOTICES = 6
BESIDE = {"compare": "", "scenes": "", "show": "present"}
"""What a link holds beside the scenario, as text -> the page it belongs to, or "" for all of them."""
HOME = "which_one"
LONGEST_LINK = 7_000  # characters; what is beside the scenario and does not fit in stays out

_SCENARIO, _PAGE, _HELD, _CHANGED = "scenario", "page", "held", "changed"
_NOTHING = object()


def scenario() -> Scenario:
    """What the controls say, set right where two of them do not go together."""
    held: Scenario | None = st.session_state.get(_HELD)
    return st.session_state[_SCENARIO] if held is None else held


def settled() -> Scenario:
    """The scenario of the last full run: without what a hand on a slider is about to change."""
    return st.session_state[_SCENARIO]


def restore(page: StreamlitPage) -> bool:
    """Settle the scenario of this run, before any control is drawn, and say what had to be set right.

    The address counts when it is news: at the first run, on the browser's way back and forward, and when a link of
    ours leads to a page with parameters. Otherwise the controls count.

    Returns: whether this is the first run.
    """
    last: Scenario | None = st.session_state.get(_SCENARIO)
    st.session_state[_HELD] = None
    st.session_state[_CHANGED] = False
    if last is None or _address_is_news(page):
        params = st.query_params.to_dict()
        for name in BESIDE.keys() & params.keys():
            set_beside(name, params.pop(name))
        new, notices = from_params(params, st.session_state.get(SERIES))
        say(notices, "This link was set right", stay=True)
    else:
        values = {path: st.session_state.get(path, value_at(last, path)) for path in PATHS}
        new, notices = repaired(values)
        say(notices, "Set right, because these do not go together", stay=False)
    _set_controls(new, anew=page.url_path != st.session_state.get(_PAGE))
    st.session_state[_SCENARIO] = new
    st.session_state[_PAGE] = page.url_path
    for name, where in BESIDE.items():
        if where not in ("", page.url_path):
            set_beside(name, "")
    return last is None


def load(new: Scenario) -> None:
    """Set every control to a plain scenario; for callbacks (`on_click=load, args=(preset,)`)."""
    _set_controls(new)
    st.session_state[_CHANGED] = True


def start_over_if_changed() -> None:
    """At the start of a run of the page alone: if a callback has changed settings, the controls must follow."""
    if st.session_state[_CHANGED]:
        st.rerun()


def hold(values: Mapping[str, Any] | None) -> None:
    """While a slider is held, show the page with its present value; None: as the controls say again."""
    last = settled()
    everything = {path: value_at(last, path) for path in PATHS} | dict(values or {})
    st.session_state[_HELD] = repaired(everything)[0] if values else None


def _set_controls(new: Scenario, *, anew: bool = False) -> None:
    """anew: also tell the browser what it should know already; after a change of page it may have forgotten."""
    for path in PATHS:
        value = _as_widgets_have_it(value_at(new, path))
        if anew or st.session_state.get(path, _NOTHING) != value:
            st.session_state[path] = value


def tell(path: str, value: Any) -> None:
    """Before a control is drawn that was not there in the last run: the browser is told its value, too."""
    st.session_state[path] = _as_widgets_have_it(value)


def _as_widgets_have_it(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def change(values: Mapping[str, Any]) -> None:
    """Set some fields, by path, to values as the scenario holds them; for callbacks."""
    for path, value in values.items():
        st.session_state[path] = value
    st.session_state[_CHANGED] = True


def override(key: str, usd: float | None) -> None:
    """Use an own price instead of ours, or ours again if None; for callbacks."""
    _keep("billing.overrides", key, usd)


def assume(id: str, value: float | None) -> None:
    """Use an own value of an assumption instead of ours, or ours again if None; for callbacks."""
    _keep("assumptions", id, value)


def link(of: Scenario | None = None) -> str:
    """The query string of a link to the scenario, to follow a page's address: "?v=1&…", or "" for the defaults."""
    params = to_params(scenario() if of is None else of)
    return f"?{urlencode(params, quote_via=quote, safe=',:/')}" if params else ""


def present_page() -> str:
    """File stem of the page that is shown; the first page's address is bare."""
    return st.session_state[_PAGE] or HOME


def beside(name: str) -> str:
    """A text that the link holds beside the scenario; "" if there is none."""
    return st.session_state.get(f"beside {name}", "")


def set_beside(name: str, text: str) -> None:
    """Keep a text in the link beside the scenario, or no longer if ""."""
    st.session_state[f"beside {name}"] = text


def whole_link() -> str:
    """The link with all that is beside the scenario and fits in."""
    return _fitted()[0]


def left_out() -> tuple[str, ...]:
    """What is beside the scenario but too long for the link."""
    return _fitted()[1]


def _fitted() -> tuple[str, tuple[str, ...]]:
    whole, out = link(), []
    for name in filter(beside, BESIDE):
        longer = f"{whole or '?'}{'&' if whole else ''}{name}={quote(beside(name))}"
        if len(longer) <= LONGEST_LINK:
            whole = longer
        else:
            out.append(name)
    return whole, tuple(out)


def address_bar(page: StreamlitPage) -> None:
    """Let the browser's address bar show the link, without a step in its history for each move of a slider."""
    _address_bar(key="address_bar", data={"page": page.url_path, "search": whole_link()})


_address_bar = st.components.v2.component(
    "address_bar",
    # The page is part of the data so that this runs after a change of page, too. Streamlit's own parameters stay.
    js="""
    export default function ({ data }) {
      const url = new URL(window.location.href)
      const own = [...url.searchParams].filter(([name]) => name.toLowerCase().startsWith("embed"))
      const search = [data.search.slice(1), new URLSearchParams(own).toString()].filter(Boolean).join("&")
      if (url.search.slice(1) !== search) {
        url.search = search
        window.history.replaceState(window.history.state, "", url)
      }
    }
    """,
)


def _keep(path: str, key: str, own: float | None) -> None:
    others = {known: value for known, value in st.session_state[path].items() if known != key}
    change({path: others if own is None else {**others, key: own}})


def _address_is_news(page: StreamlitPage) -> bool:
    context = get_script_run_ctx()
    way_back = context is not None and context.is_history_navigation
    # The menu leads to a page without parameters: then the controls keep their values.
    return way_back or (page.url_path != st.session_state.get(_PAGE) and bool(st.query_params.to_dict()))


def say(notices: Iterable[str], title: str, *, stay: bool) -> None:
    """One toast: drawn once, so it neither moves the page nor comes back with the next run."""
    sentences = [words.with_labels(notice) for notice in notices]
    if not sentences:
        return
    more = len(sentences) - MOST_NOTICES
    tail = [f"And {words.count(more, 'more such thing')}."] if more > 0 else []
    lines = "\n".join(f"- {words.as_typed(line)}" for line in (*sentences[:MOST_NOTICES], *tail))
    st.toast(f"**{title}**\n\n{lines}", duration="infinite" if stay else "long")
