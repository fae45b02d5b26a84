"""Lambda or ECS Fargate? Run it with `streamlit run app.py`."""

import streamlit as st

from pages.ui.controls import sidebar
from pages.ui.page import use_the_height
from pages.ui.pages import navigation, run
from pages.ui.process import freeze_garbage_collector
from pages.ui.start import top_of_sidebar
from pages.ui.state import address_bar, restore

st.set_page_config(page_title="Lambda or ECS Fargate?", layout="wide")
freeze_garbage_collector()
use_the_height()

page = navigation()
is_first = restore(page)
if is_first:  # a sidebar that appears beside charts already there makes them narrower
    sidebar(page.url_path, top_of_sidebar)
run(page)
if not is_first:  # the controls' values are known: what they change comes first
    sidebar(page.url_path, top_of_sidebar)
address_bar(page)
