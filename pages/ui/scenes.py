"""Scenes of a presentation: a scenario, a chart, a sentence and one slider each; as a link holds them, and as a file.

Files are strict (a wrong entry is an error); links are lenient (a wrong entry falls back, with a notice).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from model.fields import ScenarioError
from model.scenario import Scenario, value_at, vocabulary
from model.serialise import FILE_PATHS, from_dict, from_params, repaired, to_dict, to_params
from model.series import Series
from pages.ui.control_steps import STEPS
from pages.ui.packed import Unreadable, packed, unpacked
from pages.ui.pictures import OFFERS

VERSION = 1
MOST_SCENES = 20
LONGEST_NAME, LONGEST_SENTENCE = 80, 240
SLIDERS = (*(path for path, _, _ in vocabulary() if path in STEPS), "fargate.vcpu", "fargate.memory_gb")
"""Fields that a scene's slider can move."""


@dataclass(frozen=True)
class Scene:
    """One step of a presentation.

    chart: key in OFFERS, which also says the page. sentence: the presenter's own, may be empty.
    slider: path of the field that stays movable, "" for none.
    """

    name: str
    chart: str
    scenario: Scenario
    sentence: str = ""
    slider: str = ""

    @property
    def page(self) -> str:
        return OFFERS[self.chart].page

    def moved(self, value: Any) -> Scenario:
        """The scenario with the slider at a value; what no longer goes with it is set right."""
        everything = {path: value_at(self.scenario, path) for path in (*_PATHS, *FILE_PATHS)}
        return repaired(everything | {self.slider: value})[0]


def as_text(scenes: Sequence[Scene]) -> str:
    """Scenes for a link; "" for none."""
    rows = [[one.name, one.chart, one.sentence, one.slider, _params(one.scenario)] for one in scenes]
    return packed(rows) if rows else ""


def from_text(text: str, series: Series | None = None) -> tuple[tuple[Scene, ...], tuple[str, ...]]:
    """The scenes of a link, and a notice for each thing that was set right; never raises."""
    if not text:
        return (), ()
    try:
        rows = unpacked(text)
    except Unreadable as why:
        return (), (f"The link's scenes cannot be read: {why}.",)
    if not isinstance(rows, list):
        return (), ("The link's scenes cannot be read: they are no list.",)
    scenes, notices = [], []
    for number, row in enumerate(rows[:MOST_SCENES], 1):
        scene, more = _from_row(number, row, series)
        scenes += [scene] if scene else []
        notices += more
    if len(rows) > MOST_SCENES:
        notices.append(f"The link has {len(rows)} scenes; the first {MOST_SCENES} are kept.")
    return tuple(scenes), tuple(notices)


def to_json(scenes: Sequence[Scene]) -> str:
    """Scenes as a file."""
    rows = [
        {
            "name": one.name,
            "page": one.page,
            "chart": one.chart,
            "sentence": one.sentence,
            "slider": one.slider,
            "scenario": to_dict(one.scenario),
        }
        for one in scenes
    ]
    return json.dumps({"version": VERSION, "scenes": rows}, indent=2, ensure_ascii=False, allow_nan=False)


def from_json(text: str) -> tuple[Scene, ...]:
    """The scenes in a file.

    Raises: ScenarioError, in one sentence, for whatever is wrong in it.
    """
    try:
        tree = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ScenarioError("scenes", text[:40], f"JSON; this is not: {error}") from None
    if not isinstance(tree, dict) or not isinstance(tree.get("scenes"), list):
        raise ScenarioError("scenes", text[:40], 'an object with a list of "scenes", as the download here is')
    if tree.get("version") != VERSION:
        raise ScenarioError("version", tree.get("version"), f"{VERSION}, the version this program writes")
    rows = tree["scenes"]
    if not 0 < len(rows) <= MOST_SCENES:
        raise ScenarioError("scenes", f"{len(rows)} of them", f"a list of 1 to {MOST_SCENES}")
    return tuple(_from_entry(number, row) for number, row in enumerate(rows, 1))


def default_scenes() -> tuple[Scene, ...]:
    """A running order for who has collected nothing: the article's example in four steps."""
    example = Scenario()
    return (
        Scene(
            "Who is cheaper?",
            "cost_curves",
            example,
            "Steady traffic favours tasks, little traffic the function.",
            "workload.requests_per_s",
        ),
        Scene(
            "What a cold start is made of",
            "start_parts",
            example,
            "Try another package size.",
            "aws_lambda.package_mb",
        ),
        Scene(
            "When traffic jumps",
            "spike_timeline",
            example,
            "How large a jump do the tasks in reserve bear?",
            "workload.spike_factor",
        ),
        Scene(
            "Which one keeps the promise?",
            "which_latency",
            example,
            "The tail decides, not the mean.",
            "workload.duration_s",
        ),
    )


def edited(scene: Scene, **changes: Any) -> Scene:
    """A scene with a name and sentence that fit, and a slider that exists."""
    new = replace(scene, **changes)
    return replace(
        new, name=new.name.strip()[:LONGEST_NAME], sentence=new.sentence.strip()[:LONGEST_SENTENCE]
    )


def scenario_from_params(
    params: object, series: Series | None, whose: str
) -> tuple[Scenario, tuple[str, ...]]:
    """A scenario packed beside the one of the link, leniently; the notices say whose settings they are about."""
    if not isinstance(params, Mapping):
        return Scenario(), (f"{whose} has no settings that can be read; the defaults are used.",)
    texts = {str(name): str(value) for name, value in params.items()}
    scenario, notices = from_params(texts, series)
    return scenario, tuple(f"{whose}: {notice}" for notice in notices)


def params_of(scenario: Scenario) -> dict[str, str]:
    """A scenario as it is packed beside the one of the link."""
    return _params(scenario)


_PATHS = tuple(path for path, _, _ in vocabulary())


def _params(scenario: Scenario) -> dict[str, str]:
    return {name: text for name, text in to_params(scenario).items() if name != "v"}


def _from_row(number: int, row: object, series: Series | None) -> tuple[Scene | None, list[str]]:
    whose = f"Scene {number} of the link"
    if not isinstance(row, list) or len(row) != 5 or not all(isinstance(part, str) for part in row[:4]):
        return None, [f"{whose} cannot be read; it is left out."]
    name, chart, sentence, slider, params = row
    if chart not in OFFERS:
        return None, [f"{whose} wants the chart {chart[:40]!r}, which is not there; it is left out."]
    notices = []
    if slider and slider not in SLIDERS:
        notices.append(f"{whose} wants a slider for {slider[:40]!r}, which has none.")
        slider = ""
    scenario, more = scenario_from_params(params, series, whose)
    scene = edited(Scene(name, chart, scenario, sentence, slider))
    return scene, [*notices, *more]


def _from_entry(number: int, row: object) -> Scene:
    where = f"scene {number}"
    if not isinstance(row, Mapping):
        raise ScenarioError(where, row, "an object with name, chart and scenario")
    texts = {name: row.get(name, "") for name in ("name", "chart", "sentence", "slider")}
    for name, value in texts.items():
        if not isinstance(value, str):
            raise ScenarioError(f"{where}, {name}", value, "a text")
    if texts["chart"] not in OFFERS:
        raise ScenarioError(f"{where}, chart", texts["chart"], f"one of {', '.join(OFFERS)}")
    if texts["slider"] and texts["slider"] not in SLIDERS:
        raise ScenarioError(f"{where}, slider", texts["slider"], "a field that has a slider, or nothing")
    try:
        scenario = from_dict(row.get("scenario", {}))
    except ScenarioError as error:
        raise ScenarioError(f"{where}, {error.path}", error.value, error.allowed) from None
    if scenario.shape:
        raise ScenarioError(f"{where}, scenario", "lists of values", "single values")
    return edited(Scene(texts["name"], texts["chart"], scenario, texts["sentence"], texts["slider"]))
