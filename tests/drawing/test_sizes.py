"""A picture has exactly the pixels that were asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from replay import Replay
from replay.drawing.sizes import NARROWEST, SIZES, Shape, Size, check_size, parse_size, shape
from replay.errors import OutputError

NATIVE = Shape(12.0, 6.0, 120.0)
ODD = [Size(101, 100), Size(641, 479), Size(479, 641), Size(1079, 1081), Size(366, 366), Size(233, 117)]


@pytest.mark.slow
@pytest.mark.parametrize("size", [Size(720, 360), Size(333, 222), Size(222, 333), Size(401, 101)])
def test_frames_and_stills_have_exactly_the_pixels_asked_for(
    make_run: Any, tmp_path: Path, size: Size
) -> None:
    composition = Replay(make_run()).view("dashboard", size=size)
    frame = next(composition.animate().frames())
    assert frame.shape == (size.height, size.width, 4)
    composition.save(tmp_path / "still.png", epoch=1)
    with Image.open(tmp_path / "still.png") as still:
        assert still.size == size


@pytest.mark.slow
@pytest.mark.parametrize("name", ["blog", "story", pytest.param("4k", marks=pytest.mark.slow)])
def test_pictures_of_every_name_have_its_pixels(make_run: Any, tmp_path: Path, name: str) -> None:
    composition = Replay(make_run()).view("dashboard", size=parse_size(name))
    frame = next(composition.animate().frames())
    assert frame.shape == (SIZES[name].height, SIZES[name].width, 4)
    composition.save(tmp_path / "still.png", epoch=1)
    with Image.open(tmp_path / "still.png") as still:
        assert still.size == SIZES[name]


@pytest.mark.parametrize("native", [NATIVE, Shape(7.2, 7.2, 120), Shape(8, 5, 120), Shape(3.9, 20, 150)])
@pytest.mark.parametrize("size", [*SIZES.values(), *ODD])
def test_a_canvas_of_any_shape_has_the_pixels(native: Shape, size: Size) -> None:
    wanted = shape(native, size)
    canvas = FigureCanvasAgg(Figure(figsize=wanted.inches, dpi=wanted.dpi))
    assert canvas.get_width_height() == size
    renderer = canvas.get_renderer()
    assert (int(renderer.width), int(renderer.height)) == size


@pytest.mark.parametrize("size", [Size(1440, 720), Size(1080, 1080), Size(800, 450)])
def test_text_keeps_its_share_of_the_picture(size: Size) -> None:
    made = shape(NATIVE, size)
    assert made.width * made.height == pytest.approx(NATIVE.width * NATIVE.height, rel=1e-3)
    assert made.aspect == pytest.approx(size.width / size.height, rel=1e-3)


def test_a_narrow_picture_has_smaller_text_so_that_words_have_room() -> None:
    made = shape(NATIVE, Size(400, 1600))
    assert made.width == pytest.approx(NARROWEST, rel=1e-3)
    assert made.height == pytest.approx(4 * NARROWEST, rel=1e-3)


def test_without_a_size_the_shape_is_the_native_one() -> None:
    assert shape(NATIVE, None) is NATIVE


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("blog", (1440, 720)),
        ("Square", (1080, 1080)),
        ("STORY", (1080, 1920)),
        ("4K", (3840, 2160)),
        ("1200x600", (1200, 600)),
        ("1200×600", (1200, 600)),
        (" 640X480 ", (640, 480)),
        ("100x400", (100, 400)),
        ("8192x2048", (8192, 2048)),
    ],
)
def test_sizes_are_named_or_written_in_pixels(text: str, size: tuple[int, int]) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "unknown size"),
        ("sqare", "did you mean square"),
        ("1200", "WIDTHxHEIGHT"),
        ("x600", "WIDTHxHEIGHT"),
        ("12x34x56", "WIDTHxHEIGHT"),
        ("-100x200", "WIDTHxHEIGHT"),
        ("200.5x300", "WIDTHxHEIGHT"),
        ("1e3x500", "WIDTHxHEIGHT"),
        ("²00x300", "WIDTHxHEIGHT"),
        ("99999999999999x100", "WIDTHxHEIGHT"),
        ("a\nb", "WIDTHxHEIGHT"),
        ("0x0", "100 to 8192 pixels, not 0x0"),
        ("99x99", "100 to 8192 pixels, not 99x99"),
        ("100000x10", "100 to 8192 pixels, not 100000x10"),
        ("8193x4000", "100 to 8192 pixels"),
        ("100x401", "too slim: one side may be 4 times the other"),
        ("2000x300", "2000x300 is too slim"),
    ],
)
def test_what_makes_no_picture_is_refused_in_one_line(text: str, message: str) -> None:
    with pytest.raises(OutputError) as raised:
        parse_size(text)
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("size", [(0, 0), (99, 500), (9000, 9000), (1000, 100)])
def test_sizes_given_as_numbers_are_checked_too(make_run: Any, size: tuple[int, int]) -> None:
    with pytest.raises(OutputError):
        check_size(size)
    with pytest.raises(OutputError):
        Replay(make_run()).dashboard(size=size)


@pytest.mark.slow
def test_a_resolution_multiplies_the_pixels_of_a_picture_without_a_size(make_run: Any) -> None:
    animation = Replay(make_run()).dashboard().animate()
    for dpi, pixels in ((None, (720, 1440)), (60, (360, 720)), (30, (180, 360))):
        assert next(animation.frames(dpi=dpi)).shape == (*pixels, 4)


def test_sizes_are_large_enough_for_every_name() -> None:
    assert all(check_size(size) == size for size in SIZES.values())
    assert np.all([size.width * size.height > 0 for size in SIZES.values()])
