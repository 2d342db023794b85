"""How large a picture is, in pixels, and the shape of the figure that it is drawn on."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from replay.errors import OutputError, unknown

SMALLEST, LARGEST = 100, 8192  # pixels; what H.264 and browsers can show ends there
SLIMMEST = 4.0  # one side at most so many times the other
NARROWEST = 6.2  # inches that titles, ticks and legend need beside one another


class Size(NamedTuple):
    """Pixels."""

    width: int
    height: int


SIZES = {
    "blog": Size(1440, 720),
    "square": Size(1080, 1080),
    "story": Size(1080, 1920),
    "4k": Size(3840, 2160),
}


class Shape(NamedTuple):
    """A figure: `width` and `height` in inches, and the `dpi` at which it has the pixels that are wanted."""

    width: float
    height: float
    dpi: float

    @property
    def inches(self) -> tuple[float, float]:
        """What matplotlib calls figsize."""
        return self.width, self.height

    @property
    def aspect(self) -> float:
        """How many times wider than high."""
        return self.width / self.height


def parse_size(text: str) -> Size:
    """A size by name, or as "1200x600". Raises OutputError for what is neither, or makes no picture."""
    if text.lower() in SIZES:
        return SIZES[text.lower()]
    pixels = re.fullmatch(r"(\d{1,9})[x×](\d{1,9})", text.strip().lower())
    if pixels is None:
        raise OutputError(unknown("size", text, SIZES) + ", or WIDTHxHEIGHT in pixels such as 1200x600")
    return check_size(Size(int(pixels[1]), int(pixels[2])))


def check_size(size: tuple[int, int]) -> Size:
    """`size` itself; raises OutputError for one that makes no picture."""
    width, height = size
    if min(width, height) < SMALLEST or max(width, height) > LARGEST:
        raise OutputError(f"a side must have {SMALLEST} to {LARGEST} pixels, which {width}x{height} has not")
    if max(width, height) > SLIMMEST * min(width, height):
        raise OutputError(f"{width}x{height} is too slim: one side may be {SLIMMEST:g} times the other")
    return Size(width, height)


def shape(native: Shape, size: tuple[int, int] | None) -> Shape:
    """The figure for `size`: as large in inches as `native`, so that text keeps its share of the picture.

    Text becomes smaller where the figure would be narrower than NARROWEST. Without a size it is `native`
    itself.
    """
    if size is None:
        return native
    wanted = check_size(size)
    dpi = math.sqrt(wanted.width * wanted.height / (native.width * native.height))
    dpi = min(dpi, wanted.width / NARROWEST)
    hair = 0.01  # a figure of 1079.999 pixels would be cut to 1079
    return Shape((wanted.width + hair) / dpi, (wanted.height + hair) / dpi, dpi)
