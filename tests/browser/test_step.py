"""A step from one snapshot to the next on the page: arrows of the samples, changes of the network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from replay import Replay
from replay.views.step import Step
from tests.browser.conftest import Open, save_page
from tests.conftest import MakeRun, maker_of_runs

pytestmark = pytest.mark.slow

CLOSE = 1e-4
STEP = """(() => {
  const { start, end, before, after, times } = boundaryReplay.panels()[0].known.step;
  return { start: [...start], end: [...end], before, after, times };
})()"""
DRAWN = "(it) => it.toDataURL()"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its snapshots are not evenly apart."""
    make = maker_of_runs(tmp_path_factory.mktemp("step"))
    return make(units=(2, 4, 2, 1), run="deep", epochs=np.array([0.0, 1, 2, 10, 11]))


@pytest.fixture(scope="module")
def page(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_page(run, tmp_path_factory.mktemp("page") / "page.html", view="step")


@pytest.mark.parametrize("epoch", [0, 1, 5.5, 10, 11])
def test_the_step_is_that_of_replay(epoch: float, run: Path, page: Path, open_page: Open) -> None:
    opened = open_page(page, f"#epoch={epoch}&morph=2")  # which is no part of this view
    found: dict[str, Any] = opened.page.evaluate(STEP)
    expected = Step(Replay(run).evaluation).at(epoch)
    assert (found["before"], found["after"]) == (expected.before, expected.after)
    np.testing.assert_allclose(found["start"], expected.start.ravel(), atol=CLOSE)
    np.testing.assert_allclose(found["end"], expected.end.ravel(), atol=CLOSE)
    assert found["times"] == expected.times
    aside = opened.page.locator(".plane .aside").first
    expect(aside).to_have_text(f"epoch {expected.before:g} → {expected.after:g}")
    label = opened.page.locator(".plane canvas").first.get_attribute("aria-label") or ""
    assert (f"arrows {expected.times} times as long" in label) == (expected.times > 1)


def test_the_network_beside_has_its_changes(page: Path, open_page: Open) -> None:
    opened = open_page(page, "#epoch=5")
    canvas = opened.page.locator(".network canvas")
    changes = canvas.evaluate(DRAWN)
    opened.page.evaluate("boundaryReplay.panels()[1].quantity = 'weights'; boundaryReplay.draw()")
    assert canvas.evaluate(DRAWN) != changes
    opened.page.evaluate(
        "boundaryReplay.panels()[1].quantity = null; boundaryReplay.stage.quantity = 'changes'"
    )
    opened.page.evaluate("boundaryReplay.draw()")
    assert canvas.evaluate(DRAWN) == changes


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_it_fits_and_can_be_read(width: int, scheme: str, page: Path, open_page: Open) -> None:
    opened = open_page(page, "#epoch=5", viewport={"width": width, "height": 720}, color_scheme=scheme)
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
    title = opened.page.locator(".plane .title").first
    assert title.evaluate("(it) => it.scrollWidth <= it.clientWidth + 1")  # it is not cut
    assert Axe().run(opened.page).response["violations"] == []


def test_a_run_of_one_snapshot_has_no_step(make_run: MakeRun, tmp_path: Path, open_page: Open) -> None:
    opened = open_page(save_page(make_run(n_snapshots=1), tmp_path / "page.html"), "#view=step")
    assert opened.page.evaluate("boundaryReplay.stage.view") == "dashboard"
