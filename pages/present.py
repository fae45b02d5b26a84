"""Present: collected scenes in order, each a chart, a sentence and one slider, over the whole window."""

import streamlit as st

from pages.ui.page import answer
from pages.ui.pages import inside_app
from pages.ui.presentation import arrange, files, introduction, on_stage, running_order, stage, start_button

inside_app()

scenes = running_order()
shown = on_stage(len(scenes))
if shown is not None:
    stage(scenes, shown)
else:
    answer(introduction(scenes))
    start_button()
    arrange(scenes)
    st.subheader("Keep it")
    files(scenes)
