"""Taking in a result of AWS Lambda Power Tuning: a box to paste it into, and what was made of it."""

from __future__ import annotations

import streamlit as st

from model.compute import fitted_fields
from model.measured import PATH
from model.power_tuning import HOST, PowerTuningError, read_power_tuning
from model.scenario import Scenario, value_at
from model.serialise import OF_MEASURED
from pages.ui import words
from pages.ui.answers import memory
from pages.ui.state import change

BOX = "power_tuning"
_SAID = "power_tuning_said"
HELP = (
    f"The output of the state machine as JSON, or the address of its chart (https://{HOST}/#…). The address itself "
    "holds the measurements: nothing is fetched. The result counts as measured on x86-64."
)


def import_measurements(now: Scenario) -> None:
    """The box, what was wrong with the last paste, and what is in use."""
    st.text_area(
        "Measured with AWS Lambda Power Tuning? Paste its result",
        key=BOX,
        height=90,
        placeholder=f"https://{HOST}/#…   or   {{ “power”: …, “stateMachine”: … }}",
        help=HELP,
        on_change=take_result,
    )
    error = st.session_state.get(_SAID, "")
    if error:
        st.error(words.as_typed(f"{error} What was shown before stays."))
    if now.workload.measured_durations:
        st.caption(words.as_typed(memory.measured(now)))
        st.button("Forget these measurements", key="power_tuning_forget", on_click=forget)


def take_result() -> None:
    """Read the text just pasted; if it cannot be used, say why and leave everything as it is."""
    text = st.session_state[BOX]
    st.session_state[_SAID] = ""
    if not text.strip():
        return
    try:
        durations = read_power_tuning(text)
    except PowerTuningError as error:
        st.session_state[_SAID] = str(error)
        return
    change({PATH: durations, **fitted_fields(durations)})


def forget() -> None:
    """Back to the settings of a scenario without measurements."""
    st.session_state[_SAID], st.session_state[BOX] = "", ""
    change({PATH: {}, **{path: value_at(Scenario(), path) for path in OF_MEASURED}})
