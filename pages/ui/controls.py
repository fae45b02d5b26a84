"""The sidebar: one control per field of the scenario, the most important in sight, the rest folded."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import streamlit as st

from model.fields import ChoiceField, Field, FlagField, ManyField, NumberField
from model.scenario import Scenario, fargate_memory_options, fargate_vcpu_options, value_at, vocabulary
from model.series import UPLOADED
from pages.ui import state, words
from pages.ui.control_order import FOLDED, IN_SIGHT, OF_PAGE
from pages.ui.control_steps import STEPS
from pages.ui.fold import fold
from pages.ui.relevance import matters

_OF_JOBS = {"workload.requests_per_s": "workload.runs_per_day"}


def sidebar(page: str = "", top: Callable[[], None] | None = None) -> None:
    """Draw the controls: those of the page in sight, the others in groups, each while it is open.

    What is not drawn keeps its value in the scenario, from which `state.restore` takes it.
    Args: top: draws what stands above them.
    """
    now = state.scenario()
    in_sight = (
        *(_OF_JOBS.get(path, path) if now.workload.kind == "job" else path for path in IN_SIGHT),
        *OF_PAGE.get(page, ()),
    )
    drawn = set(in_sight)
    with st.sidebar.container(gap="xsmall"):
        if top is not None:
            top()
        for path in in_sight:
            control(path, now)
        for title, paths in FOLDED.items():
            group = fold(title)
            if group.open:
                with group:
                    for path in paths:
                        if path not in in_sight:
                            control(path, now)
                drawn.update(paths)
        exact = fold(EXACT)
        if exact.open:
            with exact:
                _exact_value()
        st.button("Back to the article's example", on_click=state.load, args=(Scenario(),), width="stretch")
    st.session_state[_DRAWN] = drawn


def control(path: str, now: Scenario) -> None:
    """The control of one field.

    It gets the present value as its own, too, although session state holds it: a browser that has to build the control
    anew, as when a page shows elsewhere what another folds away, starts from that and would otherwise send back the
    first option.
    """
    value = value_at(now, path)
    if path not in st.session_state.get(_DRAWN, ()):
        state.tell(path, value)
    common = {
        "label": words.label(path),
        "key": path,
        "help": words.meaning(path),
        "disabled": not matters(path, now),
    }
    match _FIELDS.get(path):
        case NumberField(when_none=""):
            st.select_slider(options=steps(path, now), value=value, format_func=_setting(path), **common)
        case NumberField() as spec:
            _number(spec, common)
        case ChoiceField():
            options = _at_hand(_in_order(path), now)
            st.selectbox(options=options, index=options.index(value), format_func=_option(path), **common)
        case ManyField() as spec:
            st.multiselect(
                options=spec.options,
                default=value,
                format_func=_option(path),
                placeholder="Nothing special",
                **common,
            )
        case FlagField():
            st.toggle(value=value, **common)
        case None:
            common["help"] = "Prices in force on this day, as YYYY-MM-DD. Empty: the newest we know."
            st.text_input(value=value, placeholder="newest", max_chars=10, **common)


def steps(path: str, now: Scenario) -> list[float]:
    """Where a slider can stand: round values, the default, and whatever a link, a preset or an exact entry brought."""
    if path not in STEPS:
        return list(steps_of_table(path, now))
    value, known = value_at(now, path), _round_steps(path)
    odd: dict[str, tuple[float, ...]] = st.session_state.setdefault(_ODD, {})
    if value not in known and value not in odd.get(path, ()):
        odd[path] = (*odd.get(path, ()), value)[-MOST_ODD_STEPS:]
    return sorted(known.union(odd.get(path, ())))


def steps_of_table(path: str, now: Scenario) -> tuple[float, ...]:
    """The sizes Fargate sells: of vCPU, and of memory beside the present vCPU."""
    os, vcpu = now.fargate.os, now.fargate.vcpu
    return fargate_vcpu_options(os) if path == "fargate.vcpu" else fargate_memory_options(vcpu, os)


@cache
def _round_steps(path: str) -> frozenset[float]:
    spec = _FIELDS[path]
    return frozenset(spec.normal(step) for step in (*STEPS[path], _DEFAULTS[path]) if spec.accepts(step))


def _number(spec: NumberField, common: dict[str, Any]) -> None:
    """A number that may be left out."""
    kind = int if spec.whole else float
    st.number_input(
        min_value=kind(spec.low),
        max_value=kind(spec.high),
        value=None,  # anything else could not be emptied again; state.restore sees to it on a change of page
        step=kind(1),
        format="%d" if spec.whole else "%g",
        placeholder=spec.when_none,
        **common,
    )


def _exact_value() -> None:
    """Any slider's value, typed in."""
    path = st.selectbox("Set", _SLIDERS, format_func=words.label, key="exact")
    spec = _FIELDS[path]
    kind = int if spec.whole else float
    st.number_input(
        f"to this many {spec.unit}" if spec.unit else "to",
        min_value=kind(spec.low),
        max_value=kind(spec.high),
        value=None,
        step=kind(1),
        format="%d" if spec.whole else "%g",
        placeholder=words.exact(value_at(state.scenario(), path)),
        key=f"exact.{path}",
        on_change=_set_exactly,
        args=(path,),
    )


def _set_exactly(path: str) -> None:
    value = st.session_state[f"exact.{path}"]
    if value is not None:
        state.change({path: _FIELDS[path].nearest(value)})
        st.session_state[f"exact.{path}"] = None


def _at_hand(options: tuple[str, ...], now: Scenario) -> tuple[str, ...]:
    """Without the user's own recording while there is none."""
    return options if now.workload.series is not None else tuple(o for o in options if o != UPLOADED)


@cache
def _in_order(path: str) -> tuple[str, ...]:
    """As the model lists them; runtimes by name, those AWS maintains first."""
    options = _FIELDS[path].options
    if path != "aws_lambda.runtime":
        return options
    return tuple(sorted(options, key=lambda word: ("_on_" in word, _natural(words.runtime(word)))))


def _natural(text: str) -> list[tuple[bool, int, str]]:
    """Sort key that puts 3.9 before 3.10."""
    parts = re.split(r"(\d+)", text.lower())
    return [(part.isdigit(), int(part) if part.isdigit() else 0, part) for part in parts]


def _option(path: str) -> Callable[[str], str]:
    return partial(words.option, path)


def _setting(path: str) -> Callable[[float], str]:
    return partial(words.setting, path)


EXACT = "Exact value"
MOST_ODD_STEPS = 5
_ODD, _DRAWN = "odd_steps", "drawn"
_FIELDS: dict[str, Field] = {path: spec for path, spec, _ in vocabulary()}
_DEFAULTS = {path: default for path, _, default in vocabulary()}
_SLIDERS = tuple(
    path for path in (*IN_SIGHT, *(p for paths in FOLDED.values() for p in paths)) if path in STEPS
)
