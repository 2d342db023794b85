"""The page in any script: the reader's fonts draw it, sentences stay in order, no letter is cut."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from replay import interactive
from tests.browser.conftest import Open, Opened
from tests.conftest import MakeRun
from tests.helpers.awkward import _written
from tests.helpers.scripts import SAMPLES, needed

pytestmark = pytest.mark.slow
HEBREW = "שכבה"

# Where each character of a text stands, from left to right.
SEEN = r"""(element) => {
  const places = [];
  for (let walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT); walker.nextNode();) {
    const text = walker.currentNode;
    for (let at = 0; at < text.length; at++) {
      const range = document.createRange();
      range.setStart(text, at);
      range.setEnd(text, at + 1);
      const { left, width } = range.getBoundingClientRect();
      if (width) places.push([left, text.data[at]]);
    }
  }
  return places.sort((a, b) => a[0] - b[0]).map(([, character]) => character).join("");
}"""

# Whether a canvas draws each character otherwise than one that no font has.
DRAWN = """(text) => {
  const drawn = (letter) => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 40, height: 40 });
    const context = canvas.getContext("2d");
    context.font = "24px system-ui, sans-serif";
    context.fillText(letter, 4, 30);
    return canvas.toDataURL();
  };
  const nothing = drawn("\\u{10fffd}");
  return [...text].filter((letter) => letter.trim() && drawn(letter) === nothing).join("");
}"""


def seen(opened: Opened, selector: str) -> str:
    return opened.page.locator(selector).first.evaluate(SEEN)


@pytest.mark.parametrize("name", SAMPLES)
def test_each_script_is_drawn(name: str, make_run: MakeRun, tmp_path: Path, open_page: Open) -> None:
    title = needed(name).title
    page = interactive([make_run("a.h5", run=title), make_run("b.h5", run="b", seed=1)], title=title)
    opened = open_page(page.save(tmp_path / "page.html"), "#epoch=2")
    expect(opened.page.locator("h1")).to_have_text(title)
    assert opened.page.evaluate(DRAWN, title) == ""
    wide, inside = opened.page.locator("h1").evaluate("(it) => [it.scrollWidth, it.clientWidth]")
    assert wide <= inside


def test_a_caption_that_names_a_hebrew_layer_is_in_order(tmp_path: Path, open_page: Open) -> None:
    run = _written(tmp_path / "run.h5", "moons", "tanh", hidden=HEBREW, dead=True, activation="relu")
    opened = open_page(interactive([run]).save(tmp_path / "page.html"), "#epoch=5")
    caption = opened.page.locator(".caption").inner_text()
    assert HEBREW in caption
    plain = re.sub("[\u200e\u2068\u2069]", "", caption)
    assert seen(opened, ".caption").replace("\xa0", " ") == plain.replace(HEBREW, HEBREW[::-1])


def test_a_name_cut_short_keeps_its_letters_whole(tmp_path: Path, open_page: Open) -> None:
    layer = "क्षत्रिय" * 12
    run = _written(tmp_path / "run.h5", "moons", "tanh", hidden=layer)
    opened = open_page(interactive([run]).save(tmp_path / "page.html"), "#epoch=5&view=weights")
    names = opened.page.locator(".panel svg text").all_text_contents()
    cut = [name.removesuffix("…") for name in names if name.startswith("क्ष")]
    assert cut
    assert all(re.fullmatch("(क्ष|त्रि|य)+", name) for name in cut)
