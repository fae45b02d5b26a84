"""Where to start: example workloads, on the first page as buttons and on top of the sidebar as a list."""

from __future__ import annotations

import streamlit as st

from model.presets import chosen_preset, load_presets
from pages.ui import presentation, saved, state, words

OWN_SETTINGS = "Your own settings"
_LAST, _SAID = "last preset", "said beside"
OWN = "own"


def top_of_sidebar() -> None:
    """The example in use, and the saved scenarios."""
    _say_notices()
    presets = load_presets()
    key = list_key(now := _remembered())
    st.session_state[key] = now or OWN
    options = [*presets, OWN]
    st.selectbox(
        "Example",
        options,
        index=options.index(now or OWN),
        format_func=lambda id: presets[id].title if id in presets else OWN_SETTINGS,
        key=key,
        on_change=_take,
        args=(key, now),
        help="Sets workload, function and service at once; Region, prices and assumptions stay yours.",
    )
    saved.controls()


def list_key(now: str | None) -> str:
    """Key of the list while this example is in use, or none.

    Another for each: two quick steps of a slider would otherwise choose the example again, because the second step's
    message still tells what the list showed before the first.
    """
    return f"preset_list {now or OWN}"


def row_of_presets() -> None:
    """The examples as buttons in a row, with a sentence on the chosen one."""
    presets = load_presets()
    now = _remembered()
    key = f"preset_row {now or OWN}"
    st.session_state[key] = now
    st.pills(
        "Start from an example",
        list(presets),
        format_func=lambda id: presets[id].title,
        key=key,
        on_change=_take,
        args=(key, now),
        label_visibility="collapsed",
    )
    st.caption(words.in_markdown(_told(now)))


def _told(now: str | None) -> str:
    """What the chosen example is, or what has become of it."""
    presets, last = load_presets(), st.session_state.get(_LAST)
    if now is not None:
        return f"**{presets[now].title}.** {presets[now].says}"
    return f"{presets[last].title}, with settings of your own." if last else f"{OWN_SETTINGS}."


def _remembered() -> str | None:
    """The example whose settings are in use, kept for when they are changed."""
    found = chosen_preset(state.scenario())
    if found is not None:
        st.session_state[_LAST] = found.id
    return None if found is None else found.id


def _take(key: str, shown: str | None) -> None:
    chosen = st.session_state[key]
    if chosen == shown:  # a message that was under way, not a choice
        return
    if chosen in load_presets():
        state.load(load_presets()[chosen].applied_to(state.scenario()))
    else:
        state.change({})


def _say_notices() -> None:
    """Once for each link: what of its scenes and saved scenarios was set right."""
    found = (*presentation.notices(), *saved.notices())
    if found != st.session_state.get(_SAID, ()):
        st.session_state[_SAID] = found
        if found:
            state.say(found, "This link was set right", stay=True)
