"""Choosing recorded traffic: a shipped recording, or a file of the user's own."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from model.arrivals import ArrivalsError, read_arrivals
from model.facts import trace_names
from model.scenario import Scenario
from model.serialise import to_json
from model.series import UPLOADED
from pages.ui import words
from pages.ui.answers import replay as answers
from pages.ui.state import change

FILE, CHOICE = "replay_file", "replay_choice"
_SAID = "replay_said"
HELP = (
    "CloudWatch's download as CSV, the JSON that the AWS command line prints for get-metric-statistics or get-metric-data, "
    "or two columns: time and count. Periods of a second to an hour, up to 31 days. The file stays on this machine."
)


def choose_recording(now: Scenario) -> None:
    """The recordings, a place to drop a file, and what was said about the last one."""
    left, right = st.columns(2)
    with left:
        names = [*trace_names(), *([UPLOADED] if now.workload.series is not None else [])]
        st.session_state[CHOICE] = now.workload.trace
        st.selectbox("Recording", names, format_func=partial(_name, now=now), key=CHOICE, on_change=_choose)
        st.caption(words.as_typed(answers.source(now)))
    with right:
        st.file_uploader("Your own traffic", key=FILE, on_change=take_file, help=HELP, max_upload_size=5)
    said: tuple[str, tuple[str, ...]] | None = st.session_state.get(_SAID)
    if said is not None:
        error, notices = said
        if error:
            st.error(words.as_typed(f"{error} What was shown before stays."))
        if notices and now.workload.trace == UPLOADED:
            st.info("\n".join(f"- {words.as_typed(notice)}" for notice in notices))
    if now.workload.trace == UPLOADED:
        st.caption(answers.NOT_IN_LINK)
        st.download_button(
            "Scenario file with this traffic",
            data=lambda: to_json(now),
            file_name="scenario.json",
            mime="application/json",
            on_click="ignore",
        )
    if now.workload.pattern != "trace":
        st.button("Use this traffic on every page", on_click=change, args=({"workload.pattern": "trace"},))


def take_file() -> None:
    """Read the file just dropped; if it cannot be used, say why and leave everything as it is."""
    file = st.session_state[FILE]
    if file is None:
        st.session_state[_SAID] = None
        return
    try:
        reading = read_arrivals(file.getvalue(), file.name)
    except ArrivalsError as error:
        st.session_state[_SAID] = (str(error), ())
        return
    st.session_state[_SAID] = ("", reading.notices)
    change(
        {
            "workload.series": reading.series,
            "workload.trace": UPLOADED,
            "workload.pattern": "trace",
            "workload.kind": "service",
            "workload.requests_per_s": reading.series.mean_per_s,
        }
    )


def hours(rows: dict[str, list[object]]) -> None:
    """The table of windows, to sort, search and download."""
    formats = {name: st.column_config.NumberColumn(format=_format(name)) for name in rows if name != "Begins"}
    begins = {"Begins": st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm")}
    st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch", column_config={**begins, **formats})


def _format(column: str) -> str:
    if column.endswith("(USD)"):
        return "%.4f"
    if column.endswith("(s)"):
        return "%.3f"
    return "%,.1f" if column in ("Environments", "Tasks") else "%,.0f"


def _choose() -> None:
    change({"workload.trace": st.session_state[CHOICE], "workload.pattern": "trace"})


def _name(word: str, now: Scenario) -> str:
    series = now.workload.series
    if word == UPLOADED and series is not None:
        return f"Your upload: {series.name}"
    return words.option("workload.trace", word)
