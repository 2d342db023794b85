"""Make the gallery's page, and the pictures of docs/page.md.

`python docs/pictures/make/page_pictures.py` drives a Chromium, as a reader would.
"""

from __future__ import annotations

import io
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from replay import interactive, run
from replay.film.encoder.encode import save_animation
from replay.scenario.built_in import load_scenario

PICTURES = Path(__file__).parents[1]
GALLERY = Path(__file__).parents[3] / "outputs" / "gallery"
DESKTOP, PHONE = (1280, 720), (360, 760)
FPS = 12
# Where a sample is on the screen, in the input plane: the canvas without the margins of its axes.
PLACE = """(sample) => {
  const run = boundaryReplay.stage.onStage[0].run;
  const [[x0, x1], [y0, y1]] = run.limits({ layer: null });
  const [x, y] = run.input(sample);
  const box = document.querySelectorAll(".plane canvas")[1].getBoundingClientRect();
  return [
    box.left + 40 + ((x - x0) / (x1 - x0)) * (box.width - 48),
    box.bottom - 22 - ((y - y0) / (y1 - y0)) * (box.height - 28),
  ];
}"""
Frame = NDArray[np.uint8]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        parabola = interactive(
            [each.path for each in run(load_scenario("parabola"), Path(folder) / "parabola")]
        )
        page = parabola.save(GALLERY / "parabola.html").absolute().as_uri()
        digits = run(load_scenario("digits").with_changes(activations=("tanh",)), Path(folder) / "digits")
        others = interactive(digits[0].path, held_out=False).save(Path(folder) / "digits.html").as_uri()
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        _still(browser, f"{page}#epoch=12&run=tanh&probe=-0.4,0.65&probe=0.1,-0.2", "page")
        _still(browser, f"{page}#epoch=20&run=sigmoid&run=tanh&run=relu", "page-compared", scheme="dark")
        _still(browser, f"{page}#epoch=150&run=tanh&morph=1.6", "page-morph")
        _still(browser, f"{others}#epoch=30&sample=5", "page-digits")
        _still(browser, f"{page}#epoch=20&run=relu", "page-phone", PHONE)
        _film(browser, f"{page}#epoch=0&run=tanh")
        browser.close()


def _opened(browser: Browser, address: str, size: tuple[int, int], scheme: Any) -> Page:
    page = browser.new_page(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)
    page.goto(address)
    page.wait_for_timeout(600)
    return page


def _still(
    browser: Browser, address: str, name: str, size: tuple[int, int] = DESKTOP, scheme: str = "light"
) -> None:
    page = _opened(browser, address, size, scheme)
    _shot(page).save(PICTURES / f"{name}.png", optimize=True)
    page.close()


def _shot(page: Page) -> Image.Image:
    return Image.open(io.BytesIO(page.screenshot())).convert("RGB")


def _film(browser: Browser, address: str) -> None:
    """What a reader does with the page, in the order of `_acts`."""
    page = _opened(browser, address, DESKTOP, "light")
    small = (DESKTOP[0] * 9 // 16, DESKTOP[1] * 9 // 16)
    frames = [
        np.asarray(_shot(page).resize(small, Image.Resampling.LANCZOS).convert("RGBA")) for _ in _acts(page)
    ]
    path = save_animation(GALLERY / "page.gif", frames, FPS, hold=1, quality=1, preview=frames[::8])
    print(f"{path.name}: {path.stat().st_size / 1e6:.2f} MB")


def _acts(page: Page) -> Iterator[None]:
    """Each step is a frame."""
    stage = "boundaryReplay.stage"
    box = page.locator(".plane canvas").nth(1).bounding_box()
    assert box is not None
    for epoch in (0, 2, 4, 6, 8, 10, 12, 15, 18):
        page.evaluate(f"{stage}.clock.show({epoch}); {stage}.changed()")
        yield from _settled(page)
    for sample in range(150, 1000, 110):  # along a parabola
        page.mouse.move(*page.evaluate(PLACE, sample))
        yield from _settled(page)
    page.mouse.click(box["x"] + 0.35 * box["width"], box["y"] + 0.35 * box["height"])
    yield from _settled(page, 4)
    corner = box["x"] + 0.2 * box["width"], box["y"] + 0.45 * box["height"]
    page.mouse.move(*corner)
    page.mouse.down()
    for share in np.linspace(0.1, 1, 6):
        page.mouse.move(corner[0] + share * 0.3 * box["width"], corner[1] + share * 0.45 * box["height"])
        yield from _settled(page)
    page.mouse.up()
    page.mouse.move(5, 5)
    for epoch in (12, 8, 5, 3, 5, 8, 12, 18):
        page.evaluate(f"{stage}.clock.show({epoch}); {stage}.changed()")
        yield from _settled(page)
    page.keyboard.press("Escape")
    page.evaluate(f"{stage}.mark = 0; {stage}.changed()")
    for mark in np.linspace(0, 4, 25):
        page.evaluate(f"{stage}.mark = {mark}; {stage}.changed()")
        yield from _settled(page)
    page.evaluate(f"{stage}.mark = null; {stage}.changed()")
    for name in ("sigmoid", "relu"):
        page.get_by_role("button", name=name, exact=True).click()
    page.mouse.move(5, 5)
    for epoch in (18, 12, 6, 3, 6, 12, 20, 30, 45, 70, 100, 150):
        page.evaluate(f"{stage}.clock.show({epoch}); {stage}.changed()")
        yield from _settled(page)


def _settled(page: Page, frames: int = 1) -> Iterator[None]:
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    for _ in range(frames):
        yield


if __name__ == "__main__":
    main()
