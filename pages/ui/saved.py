"""Up to three saved scenarios, A, B and C: kept in the link, said beside the answer and drawn into the charts."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import streamlit as st

from model.fields import ScenarioError
from model.scenario import Scenario
from model.serialise import cache_key
from model.series import PATH as SERIES
from model.series import Series
from pages.ui import state, words
from pages.ui.answers import saved as answers
from pages.ui.asked import Asked, asked
from pages.ui.figures.overlay import DASHES, ghosts
from pages.ui.packed import Unreadable, packed, unpacked
from pages.ui.pictures import OFFERS
from pages.ui.scenes import params_of, scenario_from_params

LETTERS = tuple(DASHES)
_KEPT, _MOST_KEPT = "saved answers", 24


def saved() -> dict[str, Scenario]:
    """The saved scenarios by letter."""
    return _read(state.beside("compare"), st.session_state.get(SERIES))[0]


def notices() -> tuple[str, ...]:
    """What of the link's saved scenarios was set right."""
    return _read(state.beside("compare"), st.session_state.get(SERIES))[1]


def save(letter: str, scenario: Scenario | None) -> None:
    """Save a scenario under a letter, or forget it if None; for callbacks."""
    others = {known: one for known, one in saved().items() if known != letter}
    now = others if scenario is None else others | {letter: scenario}
    state.set_beside("compare", as_text(now))
    state.change({})


def as_text(scenarios: dict[str, Scenario]) -> str:
    """Saved scenarios for a link; "" for none."""
    return packed({letter: params_of(scenarios[letter]) for letter in sorted(scenarios)}) if scenarios else ""


def from_text(text: str, series: Series | None = None) -> tuple[dict[str, Scenario], tuple[str, ...]]:
    """The saved scenarios of a link, and a notice for each thing set right; never raises."""
    if not text:
        return {}, ()
    try:
        tree = unpacked(text)
    except Unreadable as why:
        return {}, (f"The link's saved scenarios cannot be read: {why}.",)
    if not isinstance(tree, dict):
        return {}, ("The link's saved scenarios cannot be read: they are no list by letter.",)
    found, said = {}, []
    for letter, params in tree.items():
        if letter not in LETTERS:
            said.append(f"The link saves a scenario as {letter[:10]!r}; there are only A, B and C.")
            continue
        found[letter], more = scenario_from_params(params, series, f"Saved scenario {letter}")
        said += more
    return {letter: found[letter] for letter in sorted(found)}, tuple(said)


@lru_cache(maxsize=16)
def _read(text: str, series: Series | None) -> tuple[dict[str, Scenario], tuple[str, ...]]:
    return from_text(text, series)


def sentences(page: str) -> list[str]:
    """How the present scenario differs from each saved one, in the page's key figures."""
    others = saved()
    if not others:
        return []
    now = asked()
    figures = answers.key_figures(page, now)
    said = []
    for letter, scenario in others.items():
        apart = answers.settings_apart(now.scenario, scenario)
        try:
            then = (
                _kept(("figures", page), scenario, lambda of: answers.key_figures(page, of)) if apart else []
            )
        except ScenarioError as error:
            said.append(f"{letter} cannot be computed: {words.with_labels(str(error))}.")
            continue
        if figures:
            said.append(answers.difference(letter, apart, figures, then))
    return said


def drawn_ghosts(key: str) -> list[Any]:
    """The curves and bars of the saved scenarios for a chart that a page offers."""
    now = state.scenario()
    found = []
    for letter, scenario in saved().items():
        if key in OFFERS and scenario != now and scenario.workload.kind == now.workload.kind:
            try:
                found += _kept((key, letter), scenario, lambda of, letter=letter: _ghosts(key, letter, of))
            except ScenarioError:
                continue  # said beside the answer
    return found


def _ghosts(key: str, letter: str, of: Asked) -> list[Any]:
    figure = OFFERS[key].picture(of).figure
    return [] if figure is None else ghosts(figure, letter)


def _kept(what: tuple[str, ...], scenario: Scenario, make: Any) -> Any:
    """What is known of a saved scenario, computed once in a visit."""
    known: dict[Any, Any] = st.session_state.setdefault(_KEPT, {})
    whose = cache_key(scenario)
    while len(known) > _MOST_KEPT:
        del known[next(iter(known))]
    if (whose, what) not in known:
        of = known.setdefault((whose, "asked"), None) or Asked(scenario)
        known[whose, "asked"] = of
        known[whose, what] = make(of)
    return known[whose, what]


def controls() -> None:
    """Save the present settings as A, B or C; open or forget a saved one."""
    others, now = saved(), state.scenario()
    name = f"Compare with {words.said_list(others)}" if others else "Compare scenarios"
    box = st.popover(
        name, icon=":material/compare_arrows:", key="compare", width="stretch", on_change="rerun"
    )
    if not box.open:
        return
    with box:
        st.caption("Save these settings, then change some: every page says what differs, and draws both.")
        for letter in LETTERS:
            held = others.get(letter)
            apart = "" if held is None else answers.settings_apart(now, held) or "these settings"
            st.markdown(f"**{letter}** {words.as_typed(apart or 'is free')}")
            with st.container(horizontal=True, gap="xsmall"):
                st.button("Save", key=f"save {letter}", on_click=save, args=(letter, now))
                if held is not None:
                    st.button("Open", key=f"open {letter}", on_click=state.load, args=(held,))
                    st.button("Forget", key=f"forget {letter}", on_click=save, args=(letter, None))
