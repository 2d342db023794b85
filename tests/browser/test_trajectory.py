"""Paths over loss surfaces on the page: where NumPy has them, drawn together where runs share a surface."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from replay import Replay
from replay.player.payload.paths_data import POINTS
from replay.views.shared.geometry import Limits
from replay.views.trajectory import Trajectories, Trajectory
from tests.browser.conftest import Open, Opened, save_page
from tests.conftest import MakeRun, maker_of_runs

pytestmark = pytest.mark.slow

CLOSE = 1e-4
PATH = "boundaryReplay.runs[{}].path"
TOLD = ".trajectory .told"


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two runs of one network on the same data."""
    make = maker_of_runs(tmp_path_factory.mktemp("runs"))
    return [
        make(f"{name}.h5", run=name, seed=seed, n_snapshots=9) for seed, name in enumerate(("one", "other"))
    ]


@pytest.fixture(scope="module")
def together(runs: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_page(runs, tmp_path_factory.mktemp("page") / "page.html", view="trajectory")


@pytest.fixture(scope="module")
def alone(runs: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_page(runs[0], tmp_path_factory.mktemp("alone") / "page.html")


def heights(opened: Opened) -> tuple[np.ndarray, Limits]:
    """The losses on the mesh of the first run's surface, and its limits."""
    found = opened.floats(f"{PATH.format(0)}.surface.heights").reshape(POINTS, POINTS)
    limits = opened.page.evaluate(f"{PATH.format(0)}.surface.data.limits")
    return found, Limits(*(tuple(side) for side in limits))


def test_surface_and_paths_are_numpys(runs: list[Path], together: Path, open_page: Open) -> None:
    opened = open_page(together, "#epoch=3")
    expected = Trajectories([Replay(run).evaluation for run in runs])
    found, limits = heights(opened)
    losses = np.minimum(expected.surface.over(limits, POINTS), expected.surface.ceiling)
    np.testing.assert_allclose(found, losses, rtol=CLOSE, atol=CLOSE)
    extent = np.ptp(np.array(limits), axis=1).max()
    for epoch in (0, 2.5, 8):
        for place, frame in enumerate(expected.at(epoch)):
            at = f"{PATH.format(place)}.at({epoch})"
            np.testing.assert_allclose(opened.floats(f"{at}.way"), frame.path.ravel(), atol=CLOSE * extent)
            np.testing.assert_allclose(opened.floats(f"{at}.step"), frame.step, atol=CLOSE * extent)
            if float(epoch).is_integer():
                assert opened.page.evaluate(f"{at}.loss") == pytest.approx(frame.loss, rel=CLOSE)


def test_runs_on_one_surface_are_drawn_together_and_one_alone_by_itself(
    together: Path, open_page: Open
) -> None:
    opened = open_page(together, "#epoch=3")
    expect(opened.page.locator(".trajectory")).to_have_count(1)
    expect(opened.page.locator(".trajectory .title")).to_have_text("Paths over the loss surface")
    assert "one loss" in opened.page.locator(TOLD).inner_text()
    opened.page.locator(".runs button").first.click()
    opened.settle()
    expect(opened.page.locator(".trajectory .title")).to_have_text("Path over the loss surface")
    assert opened.page.evaluate("boundaryReplay.panels()[0].going.length") == 1


def test_runs_of_other_networks_have_a_surface_each(
    make_run: MakeRun, runs: list[Path], tmp_path: Path, open_page: Open
) -> None:
    page = save_page([runs[0], make_run(units=(2, 3, 1), run="wider")], tmp_path / "page.html")
    opened = open_page(page, "#epoch=3&view=trajectory")
    expect(opened.page.locator(".trajectory")).to_have_count(2)
    assert opened.page.evaluate("boundaryReplay.page.surfaces.length") == 2


def test_a_page_that_does_not_begin_with_it_has_it_where_it_is_cheap(
    runs: list[Path], alone: Path, open_page: Open
) -> None:
    opened = open_page(alone, "#epoch=2&view=trajectory")
    found, limits = heights(opened)
    surface = Trajectory(Replay(runs[0]).evaluation).surface
    losses = np.minimum(surface.over(limits, POINTS), surface.ceiling)
    np.testing.assert_allclose(found, losses, rtol=CLOSE, atol=CLOSE)


def place_of(opened: Opened, snapshot: int) -> tuple[float, float]:
    """Where a snapshot of the path is in the window."""
    x, y = opened.page.evaluate(
        """(place) => { const panel = boundaryReplay.panels()[0]; const { left, top } = panel.margins;
             const box = panel.canvas.getBoundingClientRect();
             const [x, y] = panel.going[0].path.point(place);
             return [box.left + left + panel.x(x), box.top + top + panel.y(y)]; }""",
        snapshot,
    )
    return float(x), float(y)


def test_pointing_tells_the_loss_and_a_click_goes_to_the_epoch(alone: Path, open_page: Open) -> None:
    opened = open_page(alone, "#epoch=0&view=trajectory")
    opened.page.mouse.move(*place_of(opened, 6))
    opened.settle()
    words = opened.page.locator(TOLD).inner_text()
    assert words.startswith("here about ") and "nearest: epoch 6 of one with loss " in words
    opened.page.mouse.click(*place_of(opened, 6))
    assert opened.epoch() == 6
    opened.page.mouse.move(2, 2)
    opened.settle()
    assert opened.page.locator(TOLD).inner_text().startswith("loss ")


def test_keys_move_a_cross_and_enter_goes_to_the_nearest_snapshot(alone: Path, open_page: Open) -> None:
    opened = open_page(alone, "#epoch=0&view=trajectory")
    opened.page.locator(".trajectory canvas").focus()
    opened.page.keyboard.press("ArrowRight")
    opened.settle()
    assert "here" in opened.page.locator(TOLD).inner_text()
    assert opened.epoch() == 0
    opened.page.evaluate(
        """() => { const panel = boundaryReplay.panels()[0]; const [x, y] = panel.going[0].path.point(4);
             panel.at = [panel.x(x), panel.y(y)]; }"""
    )
    opened.page.keyboard.press("Enter")
    assert opened.epoch() == 4


def test_the_dot_moves(alone: Path, open_page: Open) -> None:
    opened = open_page(alone, "#epoch=0&view=trajectory")
    canvas = opened.page.locator(".trajectory canvas")
    before = canvas.evaluate("(it) => it.toDataURL()")
    opened.page.keyboard.press("ArrowRight")  # the page's own key: a snapshot on
    opened.settle()
    assert opened.epoch() == 1 and canvas.evaluate("(it) => it.toDataURL()") != before


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_it_fits_and_can_be_read(width: int, scheme: str, together: Path, open_page: Open) -> None:
    look: dict[str, Any] = {"viewport": {"width": width, "height": 720}, "color_scheme": scheme}
    opened = open_page(together, "#epoch=3", **look)
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
    title = opened.page.locator(".trajectory .title")
    assert title.evaluate("(it) => it.scrollWidth <= it.clientWidth + 1")
    assert Axe().run(opened.page).response["violations"] == []


def test_a_run_of_one_snapshot_has_none(make_run: MakeRun, tmp_path: Path, open_page: Open) -> None:
    opened = open_page(save_page(make_run(n_snapshots=1), tmp_path / "page.html"), "#view=trajectory")
    assert opened.page.evaluate("boundaryReplay.stage.view") == "dashboard"
