"""The presentation of this browser tab: scenes in the link, a box that collects them, and the stage."""

from __future__ import annotations

from functools import lru_cache, partial
from pathlib import Path

import streamlit as st

from model.fields import ScenarioError
from model.scenario import Scenario, value_at
from model.series import PATH as SERIES
from model.series import Series
from pages.ui import scenes as scene_list
from pages.ui import state, words
from pages.ui.answers.saved import settings_apart
from pages.ui.asked import Asked
from pages.ui.chart import chart
from pages.ui.controls import steps
from pages.ui.hand import in_hand, let_go
from pages.ui.pictures import OFFERS, offered
from pages.ui.scenes import MOST_SCENES, SLIDERS, Scene, as_text, default_scenes, edited, from_text

LARGER_PX = 6
MOST_BYTES = 2_000_000
_REFUSED, _ADDED = "scenes refused", "scene added"


def collected() -> tuple[Scene, ...]:
    """The scenes collected so far."""
    return _read(state.beside("scenes"), st.session_state.get(SERIES))[0]


def notices() -> tuple[str, ...]:
    """What of the link's scenes was set right."""
    return _read(state.beside("scenes"), st.session_state.get(SERIES))[1]


def running_order() -> tuple[Scene, ...]:
    """The scenes to show: those collected, or the article's example while there are none."""
    return collected() or default_scenes()


def keep(scenes: tuple[Scene, ...]) -> None:
    """Use other scenes; for callbacks."""
    state.set_beside("scenes", as_text(scenes))
    state.change({})


def step_to(number: int | None) -> None:
    """Show a scene, counted from 1, or leave the stage if None; for callbacks."""
    state.set_beside("show", "" if number is None else str(number))
    state.change({})


def on_stage(count: int) -> int | None:
    """Number of the scene that is shown, 1 to count; None off the stage."""
    text = state.beside("show")
    return min(max(int(text), 1), count) if text.isdecimal() and len(text) < 4 else None


@lru_cache(maxsize=16)
def _read(text: str, series: Series | None) -> tuple[tuple[Scene, ...], tuple[str, ...]]:
    return from_text(text, series)


# --- collecting -----------------------------------------------------------------------------------


def add_box(page: str) -> None:
    """“Add to the presentation”: chart, name, sentence and slider of a new scene; nothing if the page offers none."""
    offers = offered(page)
    if not offers:
        return
    box = st.popover(
        "Add to the presentation",
        type="tertiary",
        icon=":material/add_to_queue:",
        key=f"add {page}",
        on_change="rerun",
    )
    if not box.open:
        return
    with box:
        chart_key = st.selectbox(
            "Chart", list(offers), format_func=lambda key: offers[key].name, key=f"add {page} chart"
        )
        name = st.text_input(
            "Name",
            placeholder=offers[chart_key].name,
            max_chars=scene_list.LONGEST_NAME,
            key=f"add {page} name",
        )
        sentence = st.text_input(
            "Your sentence", max_chars=scene_list.LONGEST_SENTENCE, key=f"add {page} sentence"
        )
        slider = st.selectbox(
            "The slider that stays",
            ["", *SLIDERS],
            format_func=_slider_name,
            index=1,
            key=f"add {page} slider",
        )
        full = len(collected()) >= MOST_SCENES
        scene = Scene(name or offers[chart_key].name, chart_key, state.scenario(), sentence, slider)
        st.button(
            "Add this scene",
            key=f"add {page} now",
            disabled=full,
            on_click=_add,
            args=(scene,),
        )
        many = words.count(len(collected()), "scene")
        st.caption(f"{many} collected." if not full else f"{many} are as many as there can be.")


def _add(scene: Scene) -> None:
    keep((*collected(), edited(scene)))
    st.toast(f"Scene {len(collected())} of the presentation: {words.as_typed(scene.name)}")


def _slider_name(path: str) -> str:
    return words.label(path) if path else "None"


def introduction(scenes: tuple[Scene, ...]) -> str:
    """What there is to show."""
    many = words.count(len(scenes), "scene")
    if collected():
        return f"{many}, each with one slider that stays live."
    return f"{many} from the article’s example, until you collect your own on any page."


def start_button() -> None:
    """Go on stage, with how to step."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Present", icon=":material/slideshow:", on_click=step_to, args=(1,))
        st.caption("Arrow keys or Page Up and Down step, Escape leaves.")


# --- arranging ------------------------------------------------------------------------------------


def arrange(scenes: tuple[Scene, ...]) -> None:
    """Every scene with its name, sentence and slider, and buttons that move or remove it."""
    for index, scene in enumerate(scenes):
        with st.container(border=True, key=f"scene_{index}"):
            texts, slider, buttons = st.columns([5, 3, 5], vertical_alignment="bottom")
            with texts:
                _text(scenes, index, "name", scene.name, scene_list.LONGEST_NAME)
            with slider:
                _slider(scenes, index)
            with buttons, st.container(horizontal=True, gap="xsmall", horizontal_alignment="right"):
                _arrow(scenes, index, index - 1, "Up", ":material/arrow_upward:")
                _arrow(scenes, index, index + 1, "Down", ":material/arrow_downward:")
                rest = (*scenes[:index], *scenes[index + 1 :])
                st.button(
                    "Remove",
                    icon=":material/delete:",
                    key=f"scene {index} remove",
                    on_click=keep,
                    args=(rest,),
                )
            _text(scenes, index, "sentence", scene.sentence, scene_list.LONGEST_SENTENCE)
            st.caption(words.in_markdown(_about(scene)))


def _about(scene: Scene) -> str:
    apart = settings_apart(Scenario(), scene.scenario)
    return f"{OFFERS[scene.chart].name} · {apart or 'the article’s example'}"


def _text(scenes: tuple[Scene, ...], index: int, part: str, value: str, longest: int) -> None:
    key = f"scene {index} {part}"
    st.session_state[key] = value
    label = {"name": f"Scene {index + 1}", "sentence": "Your sentence"}[part]
    st.text_input(label, key=key, max_chars=longest, on_change=_take, args=(scenes, index, part, key))


def _slider(scenes: tuple[Scene, ...], index: int) -> None:
    key = f"scene {index} slider"
    st.session_state[key] = scenes[index].slider
    st.selectbox(
        "Slider",
        ["", *SLIDERS],
        format_func=_slider_name,
        key=key,
        on_change=_take,
        args=(scenes, index, "slider", key),
    )


def _take(scenes: tuple[Scene, ...], index: int, part: str, key: str) -> None:
    new = edited(scenes[index], **{part: st.session_state[key]})
    keep((*scenes[:index], new, *scenes[index + 1 :]))


def _arrow(scenes: tuple[Scene, ...], index: int, place: int, name: str, icon: str) -> None:
    order = list(scenes)
    if 0 <= place < len(scenes):
        order[index], order[place] = order[place], order[index]
    st.button(
        name,
        icon=icon,
        key=f"scene {index} {name}",
        disabled=not 0 <= place < len(scenes),
        on_click=keep,
        args=(tuple(order),),
    )


def files(scenes: tuple[Scene, ...]) -> None:
    """Scenes as a file, down and up; said to be the only way where a link cannot hold them."""
    if "scenes" in state.left_out():
        st.warning(
            "These scenes are too long for a link: only this browser tab has them. Download them to keep them."
        )
    st.download_button(
        "Download the scenes",
        scene_list.to_json(scenes),
        "scenes.json",
        "application/json",
        icon=":material/download:",
        on_click="ignore",
    )
    st.file_uploader(
        "Open scenes from a file", type="json", key="scenes_file", on_change=_take_file, max_upload_size=2
    )
    if st.session_state.get(_REFUSED):
        st.error(words.as_typed(st.session_state[_REFUSED]))


def _take_file() -> None:
    file = st.session_state["scenes_file"]
    st.session_state[_REFUSED] = ""
    if file is None:
        return
    try:
        keep(read_file(file.getvalue()))
    except ScenarioError as error:
        st.session_state[_REFUSED] = f"This file was not opened: {words.with_labels(str(error))}."


def read_file(raw: bytes) -> tuple[Scene, ...]:
    """The scenes in a file.

    Raises: ScenarioError, in one sentence, if it is none of ours.
    """
    if len(raw) > MOST_BYTES:
        raise ScenarioError("file", f"{len(raw):,} bytes", f"{MOST_BYTES:,} bytes at most")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ScenarioError("file", "bytes that are no text", "JSON in UTF-8") from None
    return scene_list.from_json(text)


# --- the stage ------------------------------------------------------------------------------------

_STAGE = """<style>
[data-testid=stHeader], [data-testid=stSidebar], [data-testid=stSidebarCollapsedControl],
[data-testid=stExpandSidebarButton] {display: none}
[data-testid=stMainBlockContainer] {padding: 0.8rem 2.5rem 0.5rem; max-width: none}
[data-testid=stMainBlockContainer] [data-testid=stElementContainer]:has(h1, style),
[data-testid=stLayoutWrapper]:has(> * .st-key-take_away):not(:has(.st-key-stage_foot)) {display: none}
.st-key-stage_sentence h2 {font-size: clamp(1.3rem, 2.44vw, 3rem); line-height: 1.22; padding: 0; text-wrap: pretty}
.st-key-stage_name p {font-size: 1.3rem; opacity: 0.85}
.st-key-stage_foot label p, .st-key-stage_foot [data-testid=stSliderThumbValue] {font-size: 1.25rem}
.st-key-stage_foot label {margin-bottom: 0.6rem}
.st-key-stage_foot button p {font-size: 1.15rem}
</style>"""


def stage(scenes: tuple[Scene, ...], number: int) -> None:
    """One scene over the whole window; arrow keys step, its slider stays live."""
    scene = scenes[number - 1]
    st.html(_STAGE)
    with st.container(key="stage_name"):
        own = f" · {words.as_typed(scene.sentence)}" if scene.sentence else ""
        st.markdown(f"**{words.as_typed(scene.name)}**{own}")
    told = st.container(key="stage_sentence")
    drawn = st.container()
    scenario = scene.scenario
    with st.container(key="stage_foot"):
        slider, buttons = st.columns([7, 5], vertical_alignment="bottom")
        with slider:
            if scene.slider:
                scenario = _moved(scene, number)
        with buttons, st.container(horizontal=True, horizontal_alignment="right"):
            _buttons(number, len(scenes))
    _keys(key="stage_keys", data={"scene": number})
    try:
        picture = OFFERS[scene.chart].for_stage(Asked(scenario))
    except ScenarioError as error:
        drawn.error(words.as_typed(words.with_labels(str(error))))
        return
    told.markdown(f"## {words.in_markdown(picture.answer)}")
    if picture.figure is not None:
        with drawn:
            picture.figure.update_layout(title={"text": ""})  # said above it, larger
            chart(
                picture.figure,
                key=f"stage {number}",
                height=None,
                description=picture.finding,
                larger=LARGER_PX,
                of=scenario,
            )


def _moved(scene: Scene, number: int) -> Scenario:
    stops = steps(scene.slider, scene.scenario)
    start = value_at(scene.scenario, scene.slider)
    key = f"stage_slider_{number}"
    value = st.select_slider(
        words.label(scene.slider),
        stops,
        start,
        format_func=partial(words.setting, scene.slider),
        key=key,
        on_change=let_go,
    )
    return scene.moved(in_hand(key, stops, value))


def _buttons(number: int, count: int) -> None:
    st.markdown(f"{number} of {count}")
    st.button("Back", key="stage_back", disabled=number == 1, on_click=step_to, args=(number - 1,))
    st.button("Next", key="stage_next", disabled=number == count, on_click=step_to, args=(number + 1,))
    st.button("Leave", key="stage_leave", on_click=step_to, args=(None,))


_keys = st.components.v2.component(
    "stage_keys", js=Path(__file__).with_name("stage_keys.js").read_text(encoding="utf-8")
)
