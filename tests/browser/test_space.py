"""Three units in space on a page: where samples are seen, and how a reader turns them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe

from replay import Replay
from tests.browser.conftest import Open, Opened, save_page
from tests.conftest import MakeRun

pytestmark = pytest.mark.slow
RUN = "boundaryReplay.runs[0]"
TURN = "boundaryReplay.stage.turn"


@pytest.fixture
def replay(make_run: MakeRun) -> Replay:
    return Replay(make_run(units=(2, 3, 1), activation="tanh", n_snapshots=3))


@pytest.fixture
def opened(replay: Replay, tmp_path: Path, open_page: Open) -> Opened:
    path = save_page(replay.recording.path, tmp_path / "page.html")
    return open_page(path, "#epoch=1&view=feature-space")


def test_samples_are_seen_where_rotations_put_them(opened: Opened, replay: Replay) -> None:
    activations = replay.activations(replay.recording.description.layers[0].name, epochs=[1])[0]
    space = opened.page.evaluate(f"{RUN}.data.spaces[0]")
    centred = activations - np.mean(space["unit_limits"], axis=1)
    for yaw, tilt in ((-35, 20), (90, 0), (130, -45)):
        plane = f"{{layer: {space['layer']!r}, units: 'space', turn: [{yaw}, {tilt}]}}"
        found = opened.floats(f"{RUN}.points(1, {plane})").reshape(-1, 2)
        (c, s), (e, t) = ((np.cos(a), np.sin(a)) for a in np.radians([yaw, tilt]))
        about_upright = np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]])
        tilted = np.array([[1, 0, 0], [0, e, -t], [0, t, e]])
        expected = centred @ (tilted @ about_upright).T
        np.testing.assert_allclose(found, expected[:, [0, 2]], atol=1e-5)


def test_the_plane_that_divides_them_is_the_outputs(opened: Opened, replay: Replay) -> None:
    space = opened.page.evaluate(f"{RUN}.data.spaces[0]")
    corners = np.array(opened.page.evaluate(f"{RUN}.divider(1, {space['layer']!r})"))
    kernel, bias = (each[0] for each in replay.recording.weights_at(1)[2:])
    np.testing.assert_allclose(corners @ kernel + bias, 0, atol=1e-5)
    low, high = np.transpose(space["unit_limits"])
    assert len(corners) >= 3 and (corners >= low - 1e-6).all() and (corners <= high + 1e-6).all()


def test_a_reader_turns_them_by_dragging_and_by_keys(opened: Opened, tmp_path: Path, open_page: Open) -> None:
    page = opened.page
    canvas = page.locator(".plane canvas")
    box = canvas.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 20, y + 10)
    page.mouse.move(x - 40, y + 20)
    page.mouse.up()
    assert page.evaluate(TURN) == [-15, 30]
    assert page.evaluate("boundaryReplay.stage.group === null && boundaryReplay.stage.drag === null")
    canvas.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowUp")
    assert page.evaluate(TURN) == [-20, 15]
    opened.settle()
    assert "Arrow keys turn the space." in str(canvas.get_attribute("aria-label"))
    again = open_page(tmp_path / "page.html", page.evaluate("location.hash"))
    assert again.page.evaluate(TURN) == [-20, 15]
    again.page.get_by_label("Plane of the feature space").select_option("pair")
    again.settle()
    assert again.page.evaluate("boundaryReplay.panels()[0].scene.space") is None


def test_a_finger_turns_them_on_a_small_screen(tmp_path: Path, replay: Replay, open_page: Open) -> None:
    path = save_page(replay.recording.path, tmp_path / "page.html")
    small = {"has_touch": True, "viewport": {"width": 320, "height": 640}, "bypass_csp": True}
    opened = open_page(path, "#epoch=1&view=feature-space", **small)
    canvas = opened.page.locator(".plane canvas")
    assert canvas.evaluate("(it) => getComputedStyle(it).touchAction") == "none"
    assert Axe().run(opened.page).response["violations"] == []
