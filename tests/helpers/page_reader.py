"""What a page carries, read without the code that wrote it."""

from __future__ import annotations

import base64
import json
import zlib
from html.parser import HTMLParser
from typing import Any

import numpy as np

GZIP = 16 + zlib.MAX_WBITS
# What a page is built from, at its smallest.
STAND_IN = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>%%TITLE%%</title>'
    '<meta name="description" content="%%DESCRIPTION%%"></head><body>'
    "<noscript>%%STILL%%</noscript>"
    '<script type="text/plain" id="replay-data">%%DATA%%</script><script>play()</script></body></html>'
)


def page_data(text: str) -> dict[str, Any]:
    """PageData, of two words of base64: gzipped JSON, and the gzipped arrays, which stay as they are."""
    told, packed = text.split(" ")
    return json.loads(zlib.decompress(base64.b64decode(told), GZIP)) | {"packed": packed}


class Packed:
    """The arrays of PageData, by their refs."""

    def __init__(self, page: dict[str, Any]) -> None:
        self.content = zlib.decompress(base64.b64decode(page["packed"]), GZIP)

    def __getitem__(self, ref: dict[str, Any]) -> np.ndarray:
        """The values, dequantised: NaN for what is not finite."""
        assert ref["at"] % 4 == 0
        kind = {"float32": "<f4", "int32": "<i4", "uint16": "<u2", "uint8": "<u1"}[ref["dtype"]]
        count = int(np.prod(ref["shape"], dtype=int))
        codes = np.frombuffer(self.content, kind, count, ref["at"]).reshape(ref["shape"])
        if "quantised" not in ref:
            return codes
        low, high = ref["quantised"]["low"], ref["quantised"]["high"]
        last = {"uint16": 65535, "uint8": 255}[ref["dtype"]]
        values = low + (high - low) * codes.astype(float) / (last - 1)
        if ref["quantised"].get("log"):
            values = np.exp(values)
        return np.where(codes == last, np.nan, values)


class Reader(HTMLParser):
    """Tags in order, and the text within each kind of tag."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self._data: list[str] = []
        self._open: list[tuple[str, str | None]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "img", "link", "br"):
            self._open.append((tag, dict(attrs).get("id")))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._open:
            tag, name = self._open[-1]
            self.texts.setdefault(tag, []).append(data)
            if name == "replay-data":
                self._data.append(data)

    @property
    def data(self) -> dict[str, Any]:
        """PageData."""
        return page_data("".join(self._data))

    def first(self, tag: str) -> dict[str, str | None]:
        """The attributes of the first such tag."""
        return next(attributes for name, attributes in self.tags if name == tag)
