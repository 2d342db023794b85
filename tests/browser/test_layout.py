"""How the page is laid out: one scale in planes, a player that is always in view."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from replay.views.shared.geometry import Limits, have_one_scale
from tests.browser.conftest import Open, Opened, save_page
from tests.conftest import MakeRun, maker_of_runs

pytestmark = pytest.mark.slow

WINDOWS = [(320, 480), (390, 844), (720, 405), (1280, 720), (1920, 1080)]
SCALES = """() => boundaryReplay.panels().filter((each) => each.scene).map(({ x, y }) => {
  const [[x0, x1], [y0, y1]] = [x.domain(), y.domain()];
  const [width, height] = [Math.abs(x(x1) - x(x0)), Math.abs(y(y1) - y(y0))];
  return { x: [x0, x1], y: [y0, y1], width, height };
})"""


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of three runs."""
    folder = tmp_path_factory.mktemp("three")
    make = maker_of_runs(folder)
    return save_page([make(f"{n}.h5", run=f"run {n}", seed=n) for n in range(3)], folder / "three.html")


def planes(opened: Opened) -> list[dict[str, Any]]:
    return list(opened.page.evaluate(SCALES))


@pytest.mark.parametrize("width", [320, 720, 1280, 1920])
def test_both_axes_of_a_plane_have_one_scale(width: int, single: Path, three: Path, open_page: Open) -> None:
    opened = open_page(single, "#epoch=0")
    wanted = opened.page.evaluate(
        "() => boundaryReplay.panels().filter((each) => each.scene)"
        ".map((each) => each.run.limits(each.planeOf(boundaryReplay.stage)))"
    )
    for page in (single, three):
        opened = open_page(page, "#epoch=2")
        opened.page.set_viewport_size({"width": width, "height": max(480, width * 9 // 16)})
        opened.settle()
        found = planes(opened)
        assert len(found) == (2 if page == single else 6)
        for plane in found:
            across, up = (plane[axis][1] - plane[axis][0] for axis in "xy")
            assert have_one_scale(Limits(tuple(plane["x"]), tuple(plane["y"])))
            assert plane["width"] / across == pytest.approx(plane["height"] / up, rel=1e-6)
            assert plane["width"] <= 1.5 * plane["height"] + 2
    for plane, (x, y) in zip(planes(open_page(single, "#epoch=0")), wanted, strict=True):
        for axis, (low, high) in (("x", x), ("y", y)):  # only ever widened
            assert plane[axis][0] <= low < high <= plane[axis][1]


@pytest.mark.parametrize(("width", "height"), WINDOWS)
def test_the_player_is_in_view_and_covers_nothing(
    width: int, height: int, single: Path, three: Path, open_page: Open
) -> None:
    for page in (single, three):
        opened = open_page(page, "#epoch=1")
        opened.page.set_viewport_size({"width": width, "height": height})
        opened.settle()
        at_the_top = boxes(opened)
        assert opened.page.evaluate("document.documentElement.scrollHeight") <= height
        opened.page.evaluate("document.querySelector('.seen').scrollTo(0, 1e6); scrollTo(0, 1e6)")
        opened.settle()
        assert boxes(opened) == at_the_top
        for left, top, right, bottom in at_the_top["player"]:
            assert 0 <= left < right <= width
            assert at_the_top["seen"][0][3] <= top < bottom <= height
        assert at_the_top["seen"][0][3] - at_the_top["seen"][0][1] >= 0.45 * height


def boxes(opened: Opened) -> dict[str, list[list[float]]]:
    """The edges (left, top, right, bottom) of what scrolls, and of each control of the player."""
    return dict(
        opened.page.evaluate(
            """() => {
              const edges = (selector) => [...document.querySelectorAll(selector)]
                .filter((it) => !it.hidden)
                .map((it) => it.getBoundingClientRect())
                .map((b) => [b.left, b.top, b.right, b.bottom]);
              return { player: edges(".player button:not(.milestone), .player select, .player input"),
                       seen: edges(".seen") };
            }"""
        )
    )


def test_the_player_is_in_view_in_a_frame(three: Path, tmp_path: Path, open_page: Open) -> None:
    post = tmp_path / "post.html"
    post.write_text(
        f'<!doctype html><iframe src="{three.as_uri()}#epoch=1" width="720" height="405"></iframe>'
    )
    frame = open_page(post, waits=False).page.frame_locator("iframe")
    play = frame.get_by_role("button", name="Play", exact=True)
    play.wait_for()
    assert frame.locator("html").evaluate("(it) => it.scrollHeight") <= 405
    assert play.evaluate("(it) => it.getBoundingClientRect().bottom") <= 405


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("activation", ["tanh", "hard_sigmoid"])
@pytest.mark.parametrize("units", [(2, 2, 1), (2, 2, 8, 3, 2, 1)])
def test_stages_of_the_morph_have_room(
    width: int, activation: str, units: tuple[int, ...], tmp_path: Path, make_run: MakeRun, open_page: Open
) -> None:
    page = save_page(make_run(activation=activation, units=units), tmp_path / "page.html")
    opened = open_page(page, "#epoch=1&morph=1.5", viewport={"width": width, "height": 568})
    shown = opened.page.locator(".stages span:not(.hidden)")
    words = shown.all_inner_texts()
    assert (words[0], words[-1]) == (
        "input",
        "sigmoid",
    ) and "rotate" in words  # both ends, and what is reached
    assert width == 320 or len(words) == opened.page.locator(".stages span").count()
    names = shown.evaluate_all(
        "(all) => all.map((it) => it.getBoundingClientRect()).map((b) => [b.left, b.top, b.right, b.bottom])"
    )
    for number, (left, top, right, bottom) in enumerate(names):
        assert 0 <= left < right <= width
        for other in names[number + 1 :]:
            beside = right < other[0] or other[2] < left
            assert beside or bottom <= other[1] + 2 or other[3] <= top + 2


def test_everything_of_a_morph_lies_inside_its_plane(single: Path, open_page: Open) -> None:
    opened = open_page(single, "#epoch=6&morph=0")
    for mark in np.arange(0, 6.25, 0.25):
        opened.page.evaluate(f"boundaryReplay.stage.mark = {mark}; boundaryReplay.draw()")
        (low, high), (bottom, top) = opened.page.evaluate("boundaryReplay.panels()[0].scene.limits")
        for part in ("points", "lines.points"):
            points = opened.floats(f"boundaryReplay.panels()[0].scene.{part}").reshape(-1, 2)
            assert low < points[:, 0].min() and points[:, 0].max() < high
            assert bottom < points[:, 1].min() and points[:, 1].max() < top
