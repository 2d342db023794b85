"""GIFs: their bytes, their palettes, and pixels that keep still. Pillow decodes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from replay.film.encoder import gif_palette
from replay.film.encoder.encode import save_animation
from replay.film.encoder.formats import GIF_ERROR, GIF_TOLERANCE

Array = np.ndarray
PAPER = (253, 251, 247)


@dataclass
class Picture:
    """One picture in a GIF: its place, whether it has a palette of its own, and its length in bytes."""

    size: tuple[int, int]
    own_palette: bool
    n_bytes: int


def pictures(data: bytes) -> list[Picture]:
    """The pictures of a GIF (GIF89a specification, sections 18 to 23)."""
    assert data[:6] == b"GIF89a"
    assert data[10] & 0x80, "no global palette"
    position, found = 13 + 3 * 2 ** ((data[10] & 7) + 1), []
    while data[position] != 0x3B:
        start, own = position, False
        if data[position] == 0x21:
            position += 2
        else:
            size = (int.from_bytes(data[position + 5 : position + 7], "little"),
                    int.from_bytes(data[position + 7 : position + 9], "little"))  # fmt: skip
            own = bool(data[position + 9] & 0x80)
            position += 11 + (3 * 2 ** ((data[position + 9] & 7) + 1) if own else 0)
        while data[position]:
            position += data[position] + 1
        position += 1
        if data[start] == 0x2C:
            found.append(Picture(size, own, position - start))
    return found


def decoded(path: Path) -> list[Array]:
    with Image.open(path) as film:
        frames = []
        for number in range(film.n_frames):
            film.seek(number)
            frames.append(np.asarray(film.convert("RGB")))
    return frames


def paper(height: int = 120, width: int = 160) -> Array:
    frame = np.full((height, width, 4), 255, dtype=np.uint8)
    frame[..., :3] = PAPER
    return frame


def moving_bar(n: int) -> Iterator[Array]:
    for number in range(n):
        frame = paper()
        frame[20:100, 5 * number : 5 * number + 10, :3] = (20, 90, 180)
        yield frame


def rainbow(n_colours: int) -> Array:
    """A frame with that many different colours, two rows of a column of each."""
    numbers = np.arange(n_colours)
    frame = np.full((2, n_colours, 4), 255, dtype=np.uint8)
    frame[..., 0], frame[..., 1], frame[..., 2] = numbers % 256, (numbers * 7) % 256, numbers // 4 % 256
    return frame


def distance(found: Array, colour: tuple[int, int, int]) -> int:
    """How far the nearest of the colours found is, in the channel that differs most."""
    return int(np.abs(found.astype(int) - colour).max(axis=-1).min())


# Bytes


def test_a_gif_has_one_palette_for_the_whole_film(tmp_path: Path) -> None:
    path = save_animation(tmp_path / "film.gif", moving_bar(12), fps=20)
    found = pictures(path.read_bytes())
    assert len(found) == 12
    assert not any(picture.own_palette for picture in found)


def test_frames_in_which_nothing_changes_cost_almost_nothing_and_keep_their_time(tmp_path: Path) -> None:
    path = save_animation(tmp_path / "film.gif", [paper()] * 30, fps=20, hold=1)
    first, *others = pictures(path.read_bytes())
    assert first.size == (160, 120)
    assert len(others) == 29
    assert all(picture.n_bytes < 40 for picture in others)
    with Image.open(path) as film:
        delays = []
        for number in range(film.n_frames):
            film.seek(number)
            film.load()
            delays.append(film.info["duration"])
    assert delays == [50] * 29 + [1050]


def test_a_change_is_stored_as_the_part_that_changes(tmp_path: Path) -> None:
    path = save_animation(tmp_path / "film.gif", moving_bar(5), fps=20)
    for picture in pictures(path.read_bytes())[1:]:
        width, height = picture.size
        assert (height, width <= 20) == (80, True)


def test_changes_too_small_to_see_are_not_stored(tmp_path: Path) -> None:
    def flickering() -> Iterator[Array]:
        rng = np.random.default_rng(0)
        for _ in range(10):
            frame = paper()
            frame[..., :3] -= rng.integers(0, 5, (120, 160, 3), dtype=np.uint8)
            yield frame

    path = save_animation(tmp_path / "film.gif", flickering(), fps=20)
    assert sum(picture.n_bytes for picture in pictures(path.read_bytes())[1:]) < 1000


# Colours


@pytest.mark.parametrize("quality", range(4))
def test_a_flat_background_is_exact(tmp_path: Path, quality: int) -> None:
    path = save_animation(tmp_path / "film.gif", moving_bar(8), fps=20, quality=quality)
    for frame in decoded(path):
        assert (frame[:15] == PAPER).all()


def test_a_film_of_one_colour_is_exact(tmp_path: Path) -> None:
    (frame,) = decoded(save_animation(tmp_path / "film.gif", [paper()], fps=20))
    assert (frame == PAPER).all()


@pytest.mark.parametrize("n_colours", [300, 1000])
def test_more_colours_than_a_gif_has_become_the_nearest_of_those_it_has(
    tmp_path: Path, n_colours: int
) -> None:
    frame = rainbow(n_colours)
    (found,) = decoded(save_animation(tmp_path / "film.gif", [frame], fps=20))
    assert len(np.unique(found.reshape(-1, 3), axis=0)) <= gif_palette.MAX_COLOURS
    assert np.abs(found.astype(int) - frame[..., :3]).max() <= 64
    assert np.abs(found.astype(int) - frame[..., :3]).mean() <= 16


@pytest.mark.parametrize("quality", range(4))
def test_a_thin_line_keeps_its_colour_beside_large_areas(quality: int) -> None:
    frame = np.full((360, 720, 4), 255, dtype=np.uint8)
    ramp = np.linspace(0, 1, 720)[:, None]
    frame[:, :, :3] = np.round((1 - ramp) * (180, 205, 232) + ramp * (247, 214, 170)).astype(np.uint8)
    green, blue = (17, 138, 110), (46, 107, 181)
    frame[100, 50:250, :3] = green
    frame[200:300, 100:105, :3] = blue
    colours = gif_palette.palette([frame], GIF_ERROR[quality])
    assert distance(colours, green) <= 24
    assert distance(colours, blue) <= 24
    nearest = [int(np.abs(colours.astype(int) - hue).sum(axis=1).argmin()) for hue in (green, blue)]
    assert nearest[0] != nearest[1]


@pytest.mark.parametrize("quality", range(4))
def test_the_hues_of_ten_classes_stay_apart(quality: int) -> None:
    rng = np.random.default_rng(1)
    hues = [(int(r), int(g), int(b)) for r, g, b in rng.permutation(np.array(np.meshgrid(
        [30, 130, 230], [40, 200], [30, 220])).reshape(3, -1).T)[:10]]  # fmt: skip
    frame = paper(360, 720)
    for number, hue in enumerate(hues):
        frame[40:60, 40 + 60 * number : 60 + 60 * number, :3] = hue
    colours = gif_palette.palette([frame], GIF_ERROR[quality])
    assert all(distance(colours, hue) <= 8 for hue in hues)


def test_the_number_of_colours_follows_from_the_error() -> None:
    frame = rainbow(1000)
    numbers = [len(gif_palette.palette([frame], error)) for error in (0.0, 1.0, 2.0, 4.0, 8.0, 1000.0)]
    assert numbers[0] == gif_palette.MAX_COLOURS
    assert numbers == sorted(numbers, reverse=True)
    assert len(set(numbers)) >= 4
    assert numbers[-1] == gif_palette.KEPT


def test_a_palette_has_each_of_a_few_colours_exactly() -> None:
    frame = paper()
    frame[:10, :, :3], frame[10:12, :, :3], frame[12, :1, :3] = (0, 0, 0), (200, 30, 30), (30, 30, 200)
    found = gif_palette.palette([frame], 0.0)
    expected = sorted([PAPER, (0, 0, 0), (200, 30, 30), (30, 30, 200)])
    assert sorted(map(tuple, found.tolist())) == expected


def test_a_palette_looks_at_every_frame_of_its_preview() -> None:
    first, last = paper(), paper()
    last[50:60, 50:60, :3] = (200, 30, 30)
    assert distance(gif_palette.palette([first, last], 0.5), (200, 30, 30)) == 0


def test_a_preview_gives_colours_that_come_late(tmp_path: Path) -> None:
    late = paper()
    late[50:60, 50:60, :3] = (200, 30, 30)
    frames = [paper()] * 40 + [late]
    path = save_animation(tmp_path / "film.gif", frames, fps=20, preview=[paper(), late])
    assert decoded(path)[-1][55, 55].tolist() == [200, 30, 30]


@pytest.mark.slow
def test_noise_has_a_palette_soon_enough() -> None:
    frame = np.random.default_rng(0).integers(0, 256, (480, 640, 4), dtype=np.uint8)
    assert len(gif_palette.palette([frame] * 3, 0.1)) == gif_palette.MAX_COLOURS


def test_a_palette_file_is_a_picture_of_256_colours(tmp_path: Path) -> None:
    colours = np.array([[0, 10, 20], [250, 240, 230]], dtype=np.uint8)
    gif_palette.write_palette(tmp_path / "palette.ppm", colours)
    with Image.open(tmp_path / "palette.ppm") as picture:
        pixels = np.asarray(picture).reshape(-1, 3)
    assert pixels.shape == (256, 3)
    assert pixels[0].tolist() == [0, 10, 20]
    assert (pixels[1:] == (250, 240, 230)).all()


# Keeping still


GREYS = np.repeat(np.arange(0, 256, 5, dtype=np.uint8)[:, None], 3, axis=1)  # 0, 5, 10, …, 255


def greys(values: list[int]) -> list[Array]:
    frames = [np.full((1, 1, 4), value, dtype=np.uint8) for value in values]
    for frame in frames:
        frame[..., 3] = 255
    return frames


@pytest.mark.parametrize("tolerance", [0, *GIF_TOLERANCE])
def test_pixels_have_a_colour_of_the_palette_near_to_their_own(tolerance: int) -> None:
    rng = np.random.default_rng(tolerance)
    walk = np.cumsum(rng.integers(-4, 5, (40, 20, 30, 1)), axis=0) + 128
    frames = np.repeat(np.clip(walk, 0, 255).astype(np.uint8), 4, axis=3)
    frames[..., 3] = 255
    buffer = np.empty_like(frames[0])

    def reused() -> Iterator[Array]:
        for frame in frames:
            buffer[:] = frame
            yield buffer

    shown = np.array([frame.copy() for frame in gif_palette.settled(reused(), GREYS, tolerance)])
    assert shown.shape == frames.shape
    assert set(shown[..., 0].ravel().tolist()) <= set(range(0, 256, 5))
    # Half the step of the palette, and 4 for the bits by which colours are looked up.
    assert np.abs(shown.astype(int) - frames).max() <= max(tolerance, 3 + 4)


def test_a_pixel_stays_until_it_is_further_away_than_the_tolerance() -> None:
    values = [100, 104, 107, 108, 109, 104, 101, 100]
    shown = [int(frame[0, 0, 0]) for frame in gif_palette.settled(greys(values), GREYS, 8)]
    assert shown == [100, 100, 100, 100, 110, 110, 100, 100]


def test_one_channel_alone_may_move_a_pixel() -> None:
    colours = np.array([[100, 100, 100], [100, 140, 100]], dtype=np.uint8)
    first, second = greys([100, 100])
    second[0, 0, 1] = 130
    assert [frame[0, 0, 1] for frame in gif_palette.settled([first, second], colours, 8)][-1] == 140


def test_black_and_white_are_themselves() -> None:
    colours = np.array([[0, 0, 0], [128, 128, 128], [255, 255, 255]], dtype=np.uint8)
    frames = np.array(greys([0, 255])).reshape(1, 1, 2, 4)
    assert [frame[0, :, 0].tolist() for frame in gif_palette.settled(frames, colours, 0)] == [[0, 255]]


def test_the_decoded_film_follows_the_true_one(tmp_path: Path) -> None:
    true = [frame[..., :3].astype(int) for frame in moving_bar(20)]
    found = decoded(save_animation(tmp_path / "film.gif", moving_bar(20), fps=20))
    assert max(np.abs(a - b).max() for a, b in zip(found, true, strict=True)) <= 2
