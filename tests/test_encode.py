"""Films read back with other decoders than the one that wrote them: PyAV and Pillow."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from replay.encode import save_animation, whole_file
from replay.errors import OutputError


def colours(n: int, height: int = 48, width: int = 64) -> Iterator[np.ndarray]:
    """Frames of one grey each, brighter from frame to frame, with a red square that stands still."""
    for number in range(n):
        frame = np.full((height, width, 3), 40 + 10 * number, dtype=np.uint8)
        frame[8:24, 8:24] = (200, 30, 30)
        yield frame


def boxes(path: Path) -> list[bytes]:
    """The top-level boxes of an MP4 file, in order."""
    data, position, names = path.read_bytes(), 0, []
    while position < len(data):
        names.append(data[position + 4 : position + 8])
        position += int.from_bytes(data[position : position + 4], "big")
    return names


def test_an_mp4_is_h264_yuv420p_with_every_frame_at_the_asked_rate(tmp_path: Path) -> None:
    path = save_animation(tmp_path / "film.mp4", colours(12), fps=25)
    with av.open(str(path)) as film:
        stream = film.streams.video[0]
        frames = [frame.to_ndarray(format="rgb24") for frame in film.decode(stream)]
        assert stream.codec_context.name == "h264"
        assert stream.codec_context.pix_fmt == "yuv420p"
        assert stream.average_rate == 25
    assert len(frames) == 12
    for number, frame in enumerate(frames):
        assert np.abs(frame[40, 50].astype(int) - (40 + 10 * number)).max() <= 4
        assert np.abs(frame[16, 16].astype(int) - (200, 30, 30)).max() <= 25


def test_an_mp4_starts_with_its_index_so_that_pages_play_it_while_loading(tmp_path: Path) -> None:
    path = save_animation(tmp_path / "film.mp4", colours(5), fps=20)
    names = boxes(path)
    assert names.index(b"moov") < names.index(b"mdat")


@pytest.mark.parametrize("suffix", [".mp4", ".gif"])
def test_odd_sizes_are_padded_to_even_ones_and_never_scaled(tmp_path: Path, suffix: str) -> None:
    path = save_animation(tmp_path / f"film{suffix}", colours(3, height=47, width=63), fps=20)
    with av.open(str(path)) as film:
        frame = next(film.decode(video=0)).to_ndarray(format="rgb24")
    assert frame.shape == (48, 64, 3)
    assert np.abs(frame[47, 63].astype(int) - frame[46, 62]).max() <= 2
    assert abs(int(frame[16, 24:].argmax(axis=0)[0]) - 0) <= 39  # the square's edge is where it was drawn
    assert np.abs(frame[16, 22].astype(int) - (200, 30, 30)).max() <= 40


def test_a_gif_has_every_frame_loops_for_ever_and_keeps_its_colours(tmp_path: Path) -> None:
    path = save_animation(tmp_path / "film.gif", colours(12), fps=20)
    with Image.open(path) as film:
        assert film.n_frames == 12
        assert film.info["loop"] == 0
        for number in range(12):
            film.seek(number)
            assert film.info["duration"] == 50
            pixels = np.asarray(film.convert("RGB")).astype(int)
            assert np.abs(pixels[40, 50] - (40 + 10 * number)).max() <= 4
            assert np.abs(pixels[16, 16] - (200, 30, 30)).max() <= 4


def test_a_single_frame_makes_a_film(tmp_path: Path) -> None:
    for suffix in (".gif", ".mp4"):
        path = save_animation(tmp_path / f"one{suffix}", colours(1), fps=20)
        with av.open(str(path)) as film:
            assert len(list(film.decode(video=0))) == 1


def test_no_frame_is_an_error_and_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="no frame"):
        save_animation(tmp_path / "none.mp4", iter(()), fps=20)
    assert list(tmp_path.iterdir()) == []


def test_an_error_while_drawing_leaves_the_old_file_and_no_half_one(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(b"older")

    def breaking() -> Iterator[np.ndarray]:
        yield from colours(3)
        raise RuntimeError("drawing failed")

    with pytest.raises(RuntimeError, match="drawing failed"):
        save_animation(path, breaking(), fps=20)
    assert path.read_bytes() == b"older"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["film.mpeg", "film", "film.png"])
def test_an_unknown_format_is_refused_with_those_there_are(tmp_path: Path, name: str) -> None:
    with pytest.raises(OutputError, match=r"\.mp4"):
        save_animation(tmp_path / name, colours(2), fps=20)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("fps", [0, -1, float("nan"), float("inf"), 1e6])
def test_absurd_rates_are_refused(tmp_path: Path, fps: float) -> None:
    with pytest.raises(OutputError, match="fps"):
        save_animation(tmp_path / "film.mp4", colours(2), fps=fps)


def test_a_folder_that_cannot_be_made_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match=r"film\.mp4"):
        save_animation(tmp_path / "file" / "film.mp4", colours(2), fps=20)


def test_whole_file_replaces_only_when_the_block_ends_well(tmp_path: Path) -> None:
    path = tmp_path / "note.txt"
    path.write_text("old")
    with pytest.raises(KeyError), whole_file(path) as partial:
        partial.write_text("half")
        raise KeyError
    assert path.read_text() == "old"
    with whole_file(path) as partial:
        partial.write_text("new")
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]
