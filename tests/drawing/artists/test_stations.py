"""The line of stations: where the film is, and which names have room."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from replay.drawing.artists.stations import Stations
from replay.drawing.style import LIGHT

NAMES = ["input", "stretched", "turned"]


def made(names: list[str], groups: list[str], height: float = 6.0) -> tuple[Stations, Any]:
    with LIGHT.applied():
        axes = Figure(figsize=(3, height)).add_axes((0, 0, 1, 1))
        return Stations(axes, names, groups, LIGHT), axes


def test_the_place_glides_from_stop_to_stop() -> None:
    stations, _ = made(NAMES, ["", "hidden", ""])
    gone, here, *names = stations.moving
    heights = []
    for mark in (0, 0.5, 1, 2):
        stations.show(mark)
        heights.append(here.get_ydata()[0])
        assert gone.get_ydata()[-1] == heights[-1]
    assert heights[1] == pytest.approx((heights[0] + heights[2]) / 2)
    assert np.diff(heights).max() < 0
    assert heights[0] == names[0].get_position()[1] and heights[3] == names[2].get_position()[1]


def test_the_goal_is_darker_than_the_others() -> None:
    stations, _ = made(NAMES, ["", "hidden", ""])
    for mark, goal in ((0, 0), (0.1, 1), (1, 1), (1.9, 2), (2, 2)):
        stations.show(mark)
        dark = [to_hex(words.get_color()) == LIGHT.ink for words in stations.moving[2:]]
        assert dark == [number == goal for number in range(3)]


def test_layers_stand_above_their_steps() -> None:
    stations, axes = made(NAMES, ["", "hidden", ""])
    heights = {text.get_text(): text.get_position()[1] for text in axes.artists or axes.texts}
    heights |= {words.get_text(): words.get_position()[1] for words in stations.moving[2:]}
    texts = [child for child in axes.get_children() if getattr(child, "get_text", str)() == "hidden"]
    assert heights["stretched"] < texts[0].get_position()[1] < heights["input"]


def test_of_very_many_stations_the_layers_that_have_room_are_named() -> None:
    names = ["input", *["tanh"] * 200]
    stations, axes = made(names, ["", *(f"layer {n}" for n in range(200))], height=4.0)
    assert len(stations.moving) == 2  # no names move
    heads = [
        child.get_position()[1]
        for child in axes.get_children()
        if getattr(child, "get_text", str)().startswith("layer")
    ]
    assert 5 < len(heads) < 60
    assert np.diff(heads).max() < -0.12


def test_one_station_is_no_error() -> None:
    stations, _ = made(["input"], [""])
    stations.show(0)
    assert stations.moving[1].get_ydata()[0] < 0
