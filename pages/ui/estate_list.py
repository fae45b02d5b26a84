"""The list of services: filters, what each costs, and one of them opened in the explorer."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from model.fleet.services import Services
from model.scenario import Scenario, replace_at
from model.serialise import to_params
from pages.ui.answers import estate as answers

_SIDES = {"Any side": None, "Lambda": "aws_lambda", "Fargate": "fargate", "Neither": ""}
_MONEY = ("Saves a month", "Today a month", "Lambda", "Fargate")
MOST_OFFERED = 1_000
MOST_PEAK = 100.0


def filtered(results: pd.DataFrame) -> pd.DataFrame:
    """Draw the filters; the services they leave, most saving first."""
    one, two, three, four = st.columns(4, vertical_alignment="bottom")
    best = one.selectbox("Best on", list(_SIDES), key="estate best")
    on = two.selectbox("Today on", list(_SIDES), key="estate on")
    text = three.text_input("Name contains", key="estate text")
    sure = four.toggle("Only sure ones", key="estate sure")
    keep = pd.Series(True, index=results.index)
    if _SIDES[best] is not None:
        keep &= results["best"] == _SIDES[best]
    if _SIDES[on] is not None:
        keep &= results["on"] == _SIDES[on]
    if text:
        keep &= results["name"].str.contains(text, case=False, regex=False)
    if sure:
        keep &= results["sure"].astype(bool)
    return results[keep].sort_values("saved_usd", ascending=False, kind="stable")


def service_list(left: pd.DataFrame, of: int) -> None:
    """The services that are left, to sort and search."""
    st.markdown(f"##### {answers.list_title(len(left), of)}")
    money = {name: st.column_config.NumberColumn(format="dollar") for name in _MONEY}
    name = {"Service": st.column_config.TextColumn(pinned=True)}
    st.dataframe(answers.listed(left), hide_index=True, width="stretch", column_config={**name, **money})


def open_one(left: pd.DataFrame, services: Services) -> None:
    """A link that opens one service, with all of its settings, on the first page."""
    names = left["name"].head(MOST_OFFERED).tolist()
    if not names:
        return
    name = st.selectbox("Open one in the explorer", names, key="estate one")
    place = {known: i for i, known in enumerate(services.name)}[name]
    st.page_link(
        "pages/which_one.py",
        label="Open its scenario",
        icon=":material/open_in_new:",
        query_params={"v": "1", **to_params(as_link(services, place))},
    )
    if services.recorded is not None:
        st.caption("A link cannot carry its own traffic: a daily curve of the same mean and peak stands in.")


def as_link(services: Services, place: int) -> Scenario:
    """The scenario of one service, as a link can hold it."""
    scenario = services.one(place)
    if services.recorded is None:
        return scenario
    rates = services.recorded.per_s[place]
    peak = min(float(rates.max() / max(rates.mean(), 1e-30)), MOST_PEAK)
    return replace_at(scenario, {"workload.pattern": "diurnal", "workload.peak_to_mean": max(peak, 1.0)})
