"""A real browser for the interactive page: Chromium, driven by Playwright."""

from __future__ import annotations

import base64
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from replay import Replay, interactive
from replay.player.interactive import page_of
from tests.conftest import maker_of_runs

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


@pytest.fixture(scope="package")  # no longer: while it runs, no other test can have an event loop of its own
def browser() -> Iterator[Browser]:
    executable = _chromium()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield chromium
        chromium.close()


class Tabs:
    """Tabs that look alike, opened where none is at rest: a process that renders takes long to start."""

    def __init__(self, browser: Browser) -> None:
        self._context = browser.new_context(viewport=DESKTOP)
        self._context.add_init_script(PACKED)
        self._resting: list[Page] = []

    def take(self) -> Page:
        page = self._resting.pop() if self._resting else self._context.new_page()
        page.bring_to_front()  # a tab behind another draws a frame a second
        return page

    def give_back(self, page: Page) -> None:
        """Let it rest as it was when it was new."""
        page.goto("about:blank")
        page.mouse.move(0, 0)
        page.set_viewport_size(DESKTOP)
        page.emulate_media(media="null", color_scheme="light", reduced_motion="no-preference")
        self._resting.append(page)


@pytest.fixture(scope="package")
def tabs(browser: Browser) -> Tabs:
    return Tabs(browser)


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
def open_page(browser: Browser, tabs: Tabs) -> Iterator[Open]:
    """Opens an HTML file from disk. At the end no page may have complained, or asked for anything.

    With options, in a context of its own.
    """
    opened: list[Opened] = []
    contexts: list[BrowserContext] = []
    taken: list[Page] = []
    with ExitStack() as ending:

        def new_page(options: dict[str, Any]) -> Page:
            if not options:
                taken.append(tabs.take())
                return taken[-1]
            context = browser.new_context(**{"viewport": DESKTOP, **options})
            contexts.append(context)
            context.add_init_script(PACKED)
            return context.new_page()

        def open_it(path: Path, link: str = "", waits: bool = True, **options: Any) -> Opened:
            page = new_page(options)
            it = Opened(page)
            opened.append(it)
            listen(page, it, ending)
            page.goto(path.as_uri() + link)
            if waits:
                it.until("globalThis.boundaryReplay !== undefined")
                it.settle()
            return it

        yield open_it
        for context in contexts:
            context.close()
        for page in taken:
            tabs.give_back(page)
    for it in opened:
        assert it.complaints == []
        away = [url for url in it.requests if not url.startswith(("file:", "data:", "blob:", "about:"))]
        assert away == []


def listen(page: Page, it: Opened, ending: ExitStack) -> None:
    """Note what the page complains of and asks for, until the end."""
    listeners: dict[Any, Callable[[Any], None]] = {
        "console": lambda message: it.complaints.append(message.text),
        "pageerror": lambda error: it.complaints.append(str(error)),
        "request": lambda request: it.requests.append(request.url),
    }
    for event, listener in listeners.items():
        page.on(event, listener)
        ending.callback(page.remove_listener, event, listener)


def save_page(runs: Path | Sequence[Path], path: Path, **options: Any) -> Path:
    """Write the page of these runs without its still, which takes long to draw and is not looked at."""
    paths = [runs] if isinstance(runs, Path) else runs
    return page_of([Replay(each).evaluation for each in paths], still=False, **options).save(path)


@pytest.fixture(scope="package")
def single(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of one run of 11 snapshots: that of `make_run(n_snapshots=11)`. Not to be changed."""
    folder = tmp_path_factory.mktemp("single")
    run = maker_of_runs(folder)(n_snapshots=11, scenario="mine", run="tanh")
    return interactive(run).save(folder / "single.html")
