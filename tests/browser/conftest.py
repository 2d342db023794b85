"""A real browser for the interactive page: Chromium, driven by Playwright."""

from __future__ import annotations

import base64
import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
DESKTOP = {"width": 1280, "height": 720}


def _chromium() -> str:
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        advice = f"the page is tested in a browser, and there is none of {', '.join(NAMES)} on the PATH"
        if os.environ.get("REPLAY_BROWSER") == "required":
            pytest.fail(advice)
        pytest.skip(advice)
    return found


@pytest.fixture(scope="module")  # no longer: while it runs, no other test can have an event loop of its own
def browser() -> Iterator[Browser]:
    executable = _chromium()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@dataclass
class Opened:
    """A page that is open, and what it should not have done meanwhile."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def epoch(self) -> float:
        return float(self.page.evaluate("boundaryReplay.stage.epoch"))

    def until(self, condition: str, seconds: float = 10) -> None:
        """Wait until an expression of the page is true. (Playwright's own waiting needs eval, which the page
        forbids.)
        """
        end = time.monotonic() + seconds
        while not self.page.evaluate(condition):
            assert time.monotonic() < end, f"it did not come to be: {condition}"
            time.sleep(0.02)

    def settle(self) -> None:
        """Wait until what was changed is drawn."""
        self.page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def pixels(self, number: int = 0) -> NDArray[np.uint8]:
        """What is drawn on the canvas of a plane: (height, width, 4)."""
        width, height, packed = self.page.evaluate(
            """(number) => {
              const canvas = document.querySelectorAll(".plane canvas")[number];
              const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
              return [canvas.width, canvas.height, packed(data)];
            }""",
            number,
        )
        return np.frombuffer(base64.b64decode(packed), np.uint8).reshape(height, width, 4)

    def floats(self, expression: str, argument: Any = None) -> NDArray[np.float32]:
        """The numbers of a Float32Array that an expression of the page gives."""
        text = self.page.evaluate(f"(argument) => packed(Float32Array.from({expression}))", argument)
        return np.frombuffer(base64.b64decode(text), "<f4")


# Typed arrays leave the page as base64, not number by number.
PACKED = """globalThis.packed = (array) => {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  let text = "";
  for (let at = 0; at < bytes.length; at += 32768) {
    text += String.fromCharCode(...bytes.subarray(at, at + 32768));
  }
  return btoa(text);
};"""
Open = Callable[..., Opened]


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """Opens an HTML file from disk. At the end no page may have complained, or asked for anything."""
    opened: list[Opened] = []
    contexts = []

    def open_it(path: Path, link: str = "", waits: bool = True, **options: Any) -> Opened:
        context = browser.new_context(**{"viewport": DESKTOP, **options})
        contexts.append(context)
        context.add_init_script(PACKED)
        page = context.new_page()
        it = Opened(page)
        opened.append(it)
        page.on("console", lambda message: it.complaints.append(message.text))
        page.on("pageerror", lambda error: it.complaints.append(str(error)))
        page.on("request", lambda request: it.requests.append(request.url))
        page.goto(path.as_uri() + link)
        if waits:
            it.until("globalThis.boundaryReplay !== undefined")
            it.settle()
        return it

    yield open_it
    for context in contexts:
        context.close()
    for it in opened:
        assert it.complaints == []
        away = [url for url in it.requests if not url.startswith(("file:", "data:", "blob:", "about:"))]
        assert away == []
