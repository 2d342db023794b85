"""The page as a file: nothing that it carries can become markup."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator

import pytest

from replay.film.description import Description
from replay.player import html
from replay.player.html import MARKERS, Still, write_page
from replay.player.payload.script_json import plain_json, script_text
from tests.helpers.page_reader import STAND_IN, Reader, page_data

NASTY = [
    '<img src=x onerror="alert(1)">',
    "</script><script>alert(1)</script>",
    "</title></noscript><!-- <![CDATA[",
    "\"quotes\" and 'these' & &amp; &lt;",
    "\u202eevil\u202c \u05e9\u05dc\u05d5\u05dd \u0627\u0644\u0633\u0644\u0627\u0645",
    "line\u2028and\u2029paragraph",
    "%%DATA%% %%STILL%% %%TITLE%% \\1 \\g<0>",
    "bell\x07 and \x00 nothing \x85",
    "half a pair \ud800",
]


@pytest.fixture(autouse=True)
def _stand_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(html, "page_template", lambda: STAND_IN)
    yield


@pytest.mark.parametrize("text", NASTY)
def test_text_of_any_kind_stays_text(text: str) -> None:
    data = {"title": text, "names": [text], text: 1, "packed": "QUJD"}
    still = Still(b"picture", (20, 10), text)
    told = Description(text, text, text, "en", text, list)
    page = Reader(write_page(text, script_text(data), still, told))
    assert page.data == data
    tags = [tag for tag, _ in page.tags]
    head, body = ["html", "head", "meta", "title", "meta"], ["body", "noscript", "img", "p", "p"]
    assert tags == [*head, *body, "script", "script"]
    allowed = re.sub("[\x00-\x1f\x7f-\x9f]", " ", text).replace("\ud800", "?")
    assert "".join(page.texts["title"]) == allowed
    assert page.first("img")["alt"] == allowed
    assert {"name": "description", "content": allowed} in [attributes for _, attributes in page.tags]
    assert page.texts["p"][1] == allowed
    assert page.texts["script"][1] == "play()"


@pytest.mark.parametrize("text", NASTY)
def test_the_data_are_letters_that_html_does_not_read(text: str) -> None:
    written = script_text({"x": text, "packed": "QUJD"})
    assert written.isascii()
    assert not set("<>&") & set(written)
    assert page_data(written) == {"x": text, "packed": "QUJD"}


def test_numbers_that_are_not_finite_are_null() -> None:
    data = {"a": [float("nan"), float("inf"), (-float("inf"), 1.5)], "b": None, "c": True}
    assert json.loads(plain_json(data)) == {"a": [None, None, [None, 1.5]], "b": None, "c": True}


def test_the_still_is_within_the_page_with_its_size_and_a_sentence() -> None:
    page = Reader(write_page("x", "{}", Still(b"RIFF picture", (1440, 720), "tanh at the end")))
    image = page.first("img")
    source = image["src"] or ""
    assert source.startswith("data:image/webp;base64,")
    assert base64.b64decode(source.partition(",")[2]) == b"RIFF picture"
    assert (image["width"], image["height"], image["alt"]) == ("1440", "720", "tanh at the end")
    assert "JavaScript" in page.texts["p"][0]


def test_a_page_without_a_still_has_none() -> None:
    assert [tag for tag, _ in Reader(write_page("x", "{}", None)).tags].count("img") == 0


def test_the_built_page_has_each_marker_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    built = html.page_template()
    assert {marker: built.count(f"%%{marker}%%") for marker in MARKERS} == dict.fromkeys(MARKERS, 1)
