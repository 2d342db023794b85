"""Benchmarks of the interactive page: its size, and its speed in headless Chromium, no GPU, 1280×720."""

from __future__ import annotations

import functools
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from measuring import Row, recorded

ACTIVATIONS = ("sigmoid", "tanh", "relu")
ALL = "#" + "&".join(f"run={name}" for name in ACTIVATIONS)
MAX_BYTES = 300_000
SECONDS = 8  # of playing; the whole run takes 12.5
# Counts frames, and main-thread tasks over 50 ms, starting half a second after the first picture.
PLAYED = """(seconds) => new Promise((done) => {
  const tasks = [];
  new PerformanceObserver((list) => tasks.push(...list.getEntries().map((task) => task.duration)))
    .observe({ type: "longtask" });
  setTimeout(() => {
    let first = 0;
    let frames = -1;
    tasks.length = 0;
    const count = (now) => {
      first ||= now;
      frames += 1;
      if (now - first < seconds * 1000) requestAnimationFrame(count);
      else done([frames / (now - first) * 1000, Math.max(0, ...tasks), boundaryReplay.stage.clock.playing]);
    };
    requestAnimationFrame(count);
  }, 500);
})"""
FIRST_PICTURE = """() => new Promise((done) => {
  const look = () => globalThis.boundaryReplay && document.querySelectorAll(".panel canvas").length
    ? requestAnimationFrame(() => done(performance.now()))
    : setTimeout(look, 5);
  look();
})"""


@functools.cache
def _page() -> Path:
    """The page of the three parabola runs, 151 snapshots each."""
    from replay import interactive

    page = interactive([recorded(name) for name in ACTIVATIONS])
    return page.save(Path(tempfile.mkdtemp()) / "parabola.html")


@contextmanager
def _opened(link: str) -> Iterator[tuple[Any, list[str]]]:
    """The page in a browser, with its requests, errors and console messages."""
    from playwright.sync_api import sync_playwright

    executable = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable, args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        noise: list[str] = []
        page.on("console", lambda message: noise.append(message.text))
        page.on("pageerror", lambda error: noise.append(str(error)))
        page.on("request", lambda asked: asked.url.startswith("file:") or noise.append(asked.url))
        page.goto(_page().as_uri() + link)
        yield page, noise
        browser.close()


def page_size() -> Row:
    """The size of the page of the three parabola runs."""
    size = _page().stat().st_size
    return Row(
        "page with the three parabola runs, 151 snapshots each",
        f"{size / 1000:.0f} kB",
        f"under {MAX_BYTES // 1000} kB",
        size < MAX_BYTES,
    )


def page_playing() -> Row:
    """Frames per second while one run plays, and while three play side by side."""
    with _opened("#run=tanh") as (page, _):
        page.keyboard.press("Space")
        one = page.evaluate(PLAYED, SECONDS)
    with _opened(ALL) as (page, noise):
        page.keyboard.press("Space")
        three = page.evaluate(PLAYED, SECONDS)
        heard = len(noise)
    assert one[2] and three[2], "the page stopped playing during the measurement"
    (of_one, of_three) = (f"{fps:.0f} a second, {task:.0f} ms" for fps, task, _ in (one, three))
    return Row(
        "playing: frames, the longest task over 50 ms, requests and console messages",
        f"{of_one} with one run; {of_three} with three; {heard}",
        "30; 100 ms; none",
        min(one[0], three[0]) >= 30 and max(one[1], three[1]) <= 100 and heard == 0,
    )


def page_opening() -> Row:
    """The time from opening the page to its first picture."""
    times = []
    for _ in range(3):
        with _opened(f"{ALL}&epoch=20") as (page, _noise):
            times.append(page.evaluate(FIRST_PICTURE) / 1000)
    return Row(
        "first picture after opening, the longest of 3",
        f"{max(times):.2f} s",
        "under 1 s",
        max(times) < 1,
    )
