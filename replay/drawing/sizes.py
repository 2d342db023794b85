"""Picture sizes in pixels, by name (blog, square, story, 4k) or as 1200x600, and the figure's shape."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from replay.errors import OutputError, unknown

SMALLEST, LARGEST = 100, 8192  # pixels; H.264 and browsers cannot show more
SLIMMEST = 4.0  # the largest ratio between the sides
NARROWEST = 6.2  # inches that titles, ticks and legend need side by side


class Size(NamedTuple):
    """Width and height in pixels."""

    width: int
    height: int


SIZES = {
    "blog": Size(1440, 720),
    "square": Size(1080, 1080),
    "story": Size(1080, 1920),
    "4k": Size(3840, 2160),
}


class Shape(NamedTuple):
    """A figure: `width` and `height` in inches, and the `dpi` that gives the wanted pixels."""

    width: float
    height: float
    dpi: float

    @property
    def inches(self) -> tuple[float, float]:
        """Matplotlib's figsize."""
        return self.width, self.height

    @property
    def aspect(self) -> float:
        """The ratio of width to height."""
        return self.width / self.height


def parse_size(text: str) -> Size:
    """Parse a size, by name or as "1200x600". Raises OutputError for anything else, or an impossible size."""
    if text.lower() in SIZES:
        return SIZES[text.lower()]
    pixels = re.fullmatch(r"(\d{1,9})[x×](\d{1,9})", text.strip().lower())
    if pixels is None:
        told = unknown("size", text, SIZES).removesuffix("?")
        raise OutputError(f"{told}, or WIDTHxHEIGHT in pixels, such as 1200x600")
    return check_size(Size(int(pixels[1]), int(pixels[2])))


def check_size(size: tuple[int, int]) -> Size:
    """Return `size`; raise OutputError if it is too small, too large or too slim."""
    width, height = size
    if min(width, height) < SMALLEST or max(width, height) > LARGEST:
        raise OutputError(f"both sides must have {SMALLEST} to {LARGEST} pixels, not {width}x{height}")
    if max(width, height) > SLIMMEST * min(width, height):
        raise OutputError(f"{width}x{height} is too slim: one side may be {SLIMMEST:g} times the other")
    return Size(width, height)


def shape(native: Shape, size: tuple[int, int] | None) -> Shape:
    """The figure for `size` with the same area in inches as `native`, so text keeps its share of the picture.

    Text becomes smaller if the figure would be narrower than NARROWEST. Without a size, return `native`.
    """
    if size is None:
        return native
    wanted = check_size(size)
    dpi = math.sqrt(wanted.width * wanted.height / (native.width * native.height))
    dpi = min(dpi, wanted.width / NARROWEST)
    hair = 0.01  # matplotlib would cut a figure of 1079.999 pixels to 1079
    return Shape((wanted.width + hair) / dpi, (wanted.height + hair) / dpi, dpi)
