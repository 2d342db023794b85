"""Input plane, network and feature space side by side: why the boundary bends."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from replay import interactive
from tests.browser.conftest import Open, save_page
from tests.conftest import MakeRun, maker_of_runs

pytestmark = pytest.mark.slow

TITLES = ".large figcaption"
BOXES = (
    """(all) => all.map((it) => it.getBoundingClientRect()).map((b) => [b.left, b.top, b.right, b.bottom])"""
)
DRAWN = "(it) => it.toDataURL()"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return maker_of_runs(tmp_path_factory.mktemp("why"))(units=(2, 4, 2, 1), run="deep")


@pytest.fixture(scope="module")
def page(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_page(run, tmp_path_factory.mktemp("page") / "page.html", view="why")


def test_the_page_can_begin_with_it(run: Path, tmp_path: Path, open_page: Open) -> None:
    opened = open_page(interactive(run, view="why").save(tmp_path / "why.html"), "#epoch=3")
    assert opened.page.evaluate("boundaryReplay.stage.view") == "why"
    titles = opened.page.locator(TITLES).all_inner_texts()
    assert [title.split("\n")[0] for title in titles] == [
        "Input plane",
        "Network",
        "Feature space of “hidden_2”",
    ]
    assert opened.page.evaluate("boundaryReplay.panels()[0].scene.units.first.length") == 4
    assert opened.page.locator(".curves").count() == 2  # of loss and accuracy, below


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "rows"), [(320, 3), (768, 1), (1280, 1)])
def test_its_panels_stand_in_a_row_or_above_one_another(
    width: int, rows: int, scheme: str, page: Path, open_page: Open
) -> None:
    opened = open_page(
        page, "#epoch=3&morph=2.5", viewport={"width": width, "height": 720}, color_scheme=scheme
    )
    boxes = opened.page.locator(".large .panel").evaluate_all(BOXES)
    assert len(boxes) == 3 and len({round(top) for _, top, _, _ in boxes}) == rows
    assert all(0 <= left < right <= width for left, _, right, _ in boxes)
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
    assert Axe().run(opened.page).response["violations"] == []


def test_pointing_at_a_unit_shows_its_line_in_the_input_plane(page: Path, open_page: Open) -> None:
    opened = open_page(page, "#epoch=3&view=why")
    canvas = opened.page.locator(".plane canvas").first
    before = canvas.evaluate(DRAWN)
    opened.page.locator(".network canvas").focus()
    for _ in range(3):  # from an input along an edge to a unit
        opened.page.keyboard.press("ArrowRight")
    opened.settle()
    assert opened.page.evaluate("boundaryReplay.stage.unit !== null")
    assert canvas.evaluate(DRAWN) != before


def test_of_several_runs_each_has_its_own(make_run: MakeRun, tmp_path: Path, open_page: Open) -> None:
    paths = [make_run(f"{n}.h5", run=f"run {n}", seed=n) for n in range(2)]
    opened = open_page(save_page(paths, tmp_path / "two.html"), "#run=run+0&run=run+1&view=why&epoch=1")
    columns = opened.page.locator(".column")
    assert [columns.nth(n).locator(".large .panel").count() for n in range(2)] == [3, 3]


def test_a_run_without_an_input_plane_has_it_not(make_run: MakeRun, tmp_path: Path, open_page: Open) -> None:
    inputs = np.random.default_rng(0).normal(size=(40, 4)).astype(np.float32)
    run = make_run(units=(4, 3, 1), data=(inputs, np.arange(40) % 2))
    opened = open_page(save_page(run, tmp_path / "page.html"), "#view=why&epoch=1")
    assert opened.page.evaluate("boundaryReplay.stage.view") == "dashboard"
    expect(opened.page.get_by_label("View").locator("option[value=why]")).to_have_count(0)
