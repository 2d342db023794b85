"""The page speaks its reader's language, and readers may choose another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from replay import datasets
from tests.browser.conftest import Open, Opened, save_page
from tests.conftest import MakeRun
from tests.helpers.pseudo import pseudo_language, words_outside

NAMES = {"scenario", "tanh", "relu", "run", "hidden_1", "hidden_2", "hidden", "output", "softmax", "NaN"}
# What a page says: texts, what hangs on elements for those who do not see them, and what canvases were told.
SAID = """() => {
  const shown = (it) => it.getClientRects().length > 0;
  const found = [...(globalThis.painted ?? [])];
  const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) found.push(walker.currentNode.textContent);
  for (const it of document.querySelectorAll("main *"))
    for (const name of ["aria-label", "title", "aria-valuetext", "aria-roledescription", "placeholder"])
      if (it.hasAttribute(name)) found.push(it.getAttribute(name));
  return [...new Set(found)];
}"""
PAINTED = """globalThis.painted = [];
for (const name of ["fillText", "strokeText"]) {
  const own = CanvasRenderingContext2D.prototype[name];
  CanvasRenderingContext2D.prototype[name] = function (text, ...rest) {
    globalThis.painted.push(String(text));
    return own.call(this, text, ...rest);
  };
}"""


@pytest.fixture
def pseudo(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with pseudo_language(monkeypatch) as language:
        yield language


def deep_run(make_run: MakeRun, name: str = "run.h5", **facts: Any) -> Path:
    given = {"units": (2, 5, 2, 4), "data": datasets.blobs(30), "scenario": "scenario", "run": "run", **facts}
    return make_run(name, **given)


def outside(opened: Opened) -> list[str]:
    own = NAMES | {"Pseudo", "English", "español", "中文"}
    said = opened.page.evaluate(SAID)
    assert len(said) > 20
    return [f"{words} in {text}" for text in said if (words := words_outside(text, own))]


def test_every_word_is_in_the_catalogue(
    make_run: MakeRun, tmp_path: Path, open_page: Open, pseudo: str
) -> None:
    page = save_page(deep_run(make_run), tmp_path / "page.html", language=pseudo)
    opened = open_page(page, "#epoch=2", waits=True, java_script_enabled=True)
    opened.page.add_init_script(PAINTED)
    opened.page.reload()
    opened.until("globalThis.boundaryReplay !== undefined")
    choice = opened.page.locator(".choices select").first
    views = choice.locator("option").evaluate_all("(all) => all.map((it) => it.value)")
    assert len(views) > 8
    for view in views:
        choice.select_option(view)
        opened.settle()
        assert outside(opened) == [], view
    choice.select_option("dashboard")
    opened.settle()
    box = opened.page.locator(".plane canvas").first.bounding_box()
    assert box is not None
    opened.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)  # a probe
    opened.page.keyboard.press("?")
    opened.settle()
    assert outside(opened) == []


def test_two_runs_side_by_side_and_what_was_left_out(
    make_run: MakeRun, tmp_path: Path, open_page: Open, pseudo: str
) -> None:
    runs = [deep_run(make_run, f"run{n}.h5", seed=n, run=f"run{n}", n_snapshots=200) for n in range(2)]
    page = save_page(runs, tmp_path / "page.html", language=pseudo, max_bytes=240_000)
    opened = open_page(page, "#epoch=50")
    assert opened.page.locator(".note").count() > 0
    assert outside(opened) == []


@pytest.mark.parametrize(
    ("locale", "found", "word"),
    [
        ("es-MX", "es", "época 3"),
        ("zh-CN", "zh", "轮次 3"),
        ("en-GB", "en", "epoch 3"),
        ("fr-FR", "en", "epoch 3"),
    ],
)
def test_the_page_follows_its_reader(
    single: Path, open_page: Open, locale: str, found: str, word: str
) -> None:
    opened = open_page(single, "#epoch=3", locale=locale)
    expect(opened.page.locator(".epoch")).to_have_text(word)
    assert opened.page.locator("html").get_attribute("lang") == found


def test_a_page_that_was_made_for_a_language_begins_with_it(
    make_run: MakeRun, tmp_path: Path, open_page: Open
) -> None:
    page = save_page(make_run(), tmp_path / "page.html", language="es")
    assert '<html lang="es">' in page.read_text(encoding="utf-8")
    opened = open_page(page, "#epoch=3", locale="zh-CN")
    expect(opened.page.locator(".epoch")).to_have_text("época 3")


def test_a_reader_may_choose_another_and_keeps_the_moment_and_the_probes(
    single: Path, open_page: Open
) -> None:
    opened = open_page(single, "#epoch=7&view=probabilities&sample=3")
    choice = opened.page.locator("select.language")
    assert choice.locator("option").all_inner_texts() == ["English", "español", "中文"]
    said = {"zh": ("轮次 7", "帮助"), "es": ("época 7", "Ayuda"), "en": ("epoch 7", "Help")}
    for language, (epoch, button) in said.items():
        choice.select_option(language)
        expect(opened.page.locator(".epoch")).to_have_text(epoch)
        expect(opened.page.get_by_role("button", name=button)).to_be_visible()
        expect(choice).to_be_focused()
        assert opened.page.locator("html").get_attribute("lang") == language
    assert opened.page.locator(".readout tbody tr").count() == 1
    assert opened.page.evaluate("boundaryReplay.stage.view") == "probabilities"


def test_keys_are_followed_once_after_the_language_changed(single: Path, open_page: Open) -> None:
    opened = open_page(single, "#epoch=2")
    for language in ("zh", "es", "zh"):
        opened.page.locator("select.language").select_option(language)
        opened.settle()
    opened.page.locator("body").click(position={"x": 2, "y": 2})
    opened.page.keyboard.press("ArrowRight")
    opened.settle()
    assert opened.epoch() == 3


@pytest.mark.slow
@pytest.mark.parametrize("language", ["es", "zh"])
@pytest.mark.parametrize("width", [320, 1280])
def test_nobody_is_shut_out_of_the_page_in_another_language(
    make_run: MakeRun, tmp_path: Path, open_page: Open, language: str, width: int
) -> None:
    page = save_page(deep_run(make_run), tmp_path / "page.html", language=language)
    opened = open_page(page, "#epoch=3&sample=4", viewport={"width": width, "height": 800})
    found = Axe().run(opened.page)
    assert found.response["violations"] == []
    assert opened.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
