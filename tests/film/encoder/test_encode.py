"""Films read back with other decoders than the one that wrote them: PyAV and Pillow."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from contextlib import nullcontext
from itertools import pairwise
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np
import pytest
from PIL import Image

from replay.cli.rendering import check_folder
from replay.errors import OutputError
from replay.files import whole_file
from replay.film.encoder.encode import save_animation

Array = np.ndarray
RED = (200, 30, 30)
VIDEO, LOOPING = (".mp4", ".webm"), (".gif", ".webp")


def colours(n: int, height: int = 48, width: int = 64, alpha: int = 255) -> Iterator[Array]:
    """Frames of one grey each, brighter from frame to frame, with an opaque red square that stands still.

    One buffer is used for all, as a figure's canvas does: each frame is valid until the next.
    """
    frame = np.full((height, width, 4), alpha, dtype=np.uint8)
    for number in range(n):
        frame[..., :3] = 40 + 10 * number
        frame[8:24, 8:24] = (*RED, 255)
        yield frame


def decoded(path: Path) -> list[Array]:
    """The frames of a film, (height, width, 4) each, as FFmpeg's libraries or Pillow see them."""
    if path.suffix in LOOPING:
        with Image.open(path) as film:
            return [np.asarray(_at(film, number).convert("RGBA")) for number in range(film.n_frames)]
    with av.open(str(path)) as film:
        return [frame.to_ndarray(format="rgba") for frame in film.decode(video=0)]


def durations(path: Path) -> list[int]:
    """How long a GIF or WebP shows each frame, in milliseconds."""
    with Image.open(path) as film:
        return [_at(film, number).info["duration"] for number in range(film.n_frames)]


def _at(film: Image.Image, number: int) -> Image.Image:
    film.seek(number)
    film.load()
    return film


def seconds(path: Path) -> float:
    with av.open(str(path)) as film:
        assert film.duration is not None
        return film.duration / av.time_base


def boxes(path: Path) -> list[bytes]:
    """The top-level boxes of an MP4 file, in order."""
    data, position, names = path.read_bytes(), 0, []
    while position < len(data):
        names.append(data[position + 4 : position + 8])
        position += int.from_bytes(data[position : position + 4], "big")
    return names


def nothing_left_running(before: set[threading.Thread]) -> bool:
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
    ours = children.read_text().split() if children.exists() else []
    commands = [Path(f"/proc/{child}/comm").read_text() for child in ours]
    return set(threading.enumerate()) <= before and not any("ffmpeg" in command for command in commands)


# What a film contains


@pytest.mark.parametrize("suffix", [*VIDEO, *LOOPING])
def test_a_film_has_every_frame_in_its_colours(tmp_path: Path, suffix: str) -> None:
    frames = decoded(save_animation(tmp_path / f"film{suffix}", colours(12), fps=25))
    assert len(frames) == 12
    for number, frame in enumerate(frames):
        assert frame.shape == (48, 64, 4)
        assert np.abs(frame[40, 50, :3].astype(int) - (40 + 10 * number)).max() <= 4
        assert np.abs(frame[16, 16, :3].astype(int) - RED).max() <= 16


@pytest.mark.parametrize(("suffix", "codec"), [(".mp4", "h264"), (".webm", "vp9")])
def test_a_video_has_the_asked_rate_and_a_codec_that_browsers_play(
    tmp_path: Path, suffix: str, codec: str
) -> None:
    path = save_animation(tmp_path / f"film{suffix}", colours(12), fps=25)
    with av.open(str(path)) as film:
        stream = film.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == (codec, "yuv420p")
        assert stream.average_rate == 25
    assert seconds(path) == pytest.approx(12 / 25, abs=0.002)


@pytest.mark.parametrize("suffix", VIDEO)
def test_a_video_says_by_which_standard_its_colours_are_read(tmp_path: Path, suffix: str) -> None:
    path = save_animation(tmp_path / f"film{suffix}", colours(2), fps=20)
    with av.open(str(path)) as film:
        frame = next(film.decode(video=0))
        assert (frame.colorspace, frame.color_range) == (1, 1)  # BT.709, limited
        pixels = frame.reformat(format="rgb24", src_colorspace="ITU709").to_ndarray()
    assert np.abs(pixels[16, 16].astype(int) - RED).max() <= 6


def test_an_mp4_starts_with_its_index_so_that_pages_play_it_while_loading(tmp_path: Path) -> None:
    path = save_animation(tmp_path / "film.mp4", colours(5), fps=20)
    names = boxes(path)
    assert names.index(b"moov") < names.index(b"mdat")


@pytest.mark.parametrize("suffix", VIDEO)
def test_odd_sides_are_padded_in_videos_by_repeating_the_edge_and_never_scaled(
    tmp_path: Path, suffix: str
) -> None:
    def edged() -> Iterator[Array]:
        frame = np.full((47, 63, 4), 255, dtype=np.uint8)
        frame[:, 61:, :3] = frame[45:, :, :3] = 60
        yield frame

    (frame,) = decoded(save_animation(tmp_path / f"film{suffix}", edged(), fps=20))
    assert frame.shape == (48, 64, 4)
    assert np.abs(frame[47, :, :3].astype(int) - 60).max() <= 10
    assert np.abs(frame[:, 63, :3].astype(int) - 60).max() <= 10
    assert np.abs(frame[:43, :59, :3].astype(int) - 255).max() <= 10


@pytest.mark.parametrize("suffix", LOOPING)
def test_odd_sides_stay_as_they_are_in_pictures_that_loop(tmp_path: Path, suffix: str) -> None:
    frames = decoded(save_animation(tmp_path / f"film{suffix}", colours(3, 47, 63), fps=20))
    assert [frame.shape for frame in frames] == [(47, 63, 4)] * 3


@pytest.mark.parametrize("suffix", [*VIDEO, *LOOPING])
def test_a_single_frame_makes_a_film(tmp_path: Path, suffix: str) -> None:
    assert len(decoded(save_animation(tmp_path / f"one{suffix}", colours(1), fps=20))) == 1


def test_a_webm_is_half_transparent_where_the_frames_are(tmp_path: Path) -> None:
    path = save_animation(tmp_path / "film.webm", colours(3, alpha=100), fps=20)
    decoder = av.CodecContext.create("libvpx-vp9", "r")  # FFmpeg's own decoder leaves transparency out
    with av.open(str(path)) as film:
        pictures = [frame for packet in film.demux(video=0) for frame in decoder.decode(packet)]
    assert [picture.format.name for picture in pictures] == ["yuva420p"] * 3
    for picture in pictures:
        pixels = picture.to_ndarray(format="rgba").astype(int)
        assert abs(pixels[40, 50, 3] - 100) <= 3
        assert abs(pixels[16, 16, 3] - 255) <= 3


def test_a_webp_is_half_transparent_where_the_frames_are(tmp_path: Path) -> None:
    for frame in decoded(save_animation(tmp_path / "film.webp", colours(3, alpha=100), fps=20)):
        assert (frame[40, 50, 3], frame[16, 16, 3]) == (100, 255)


@pytest.mark.parametrize("suffix", [".gif", ".mp4"])
def test_transparent_frames_are_refused_where_the_format_has_none_with_those_that_do(
    tmp_path: Path, suffix: str
) -> None:
    with pytest.raises(OutputError, match=r"transparent.*\.webm, \.webp") as refused:
        save_animation(tmp_path / f"film{suffix}", colours(3, alpha=100), fps=20)
    assert "\n" not in str(refused.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [*VIDEO, *LOOPING])
def test_a_lower_quality_makes_a_smaller_file(tmp_path: Path, suffix: str) -> None:
    rng = np.random.default_rng(0)
    blurred = rng.integers(0, 256, (6, 12, 16, 3), dtype=np.uint8).repeat(8, axis=1).repeat(8, axis=2)
    waves = np.linspace(0, 60, 96)[:, None] + np.linspace(0, 60, 128)
    frames = [np.dstack([frame // 2 + waves[..., None].astype(np.uint8), np.full((96, 128), 255, np.uint8)])
              for frame in blurred]  # fmt: skip
    sizes = [
        save_animation(tmp_path / f"{quality}{suffix}", frames, fps=20, quality=quality).stat().st_size
        for quality in range(4)
    ]
    assert all(worse <= better * 1.01 for better, worse in pairwise(sizes))
    assert sizes[-1] < sizes[0]
    assert len(set(sizes)) == 4


# How long and how often


@pytest.mark.parametrize("suffix", VIDEO)
def test_a_video_holds_its_last_frame(tmp_path: Path, suffix: str) -> None:
    path = save_animation(tmp_path / f"film{suffix}", colours(5), fps=20, hold=1.5)
    assert seconds(path) == pytest.approx(5 / 20 + 1.5, abs=0.002)
    assert np.abs(decoded(path)[-1][40, 50, :3].astype(int) - 80).max() <= 4


@pytest.mark.parametrize("suffix", LOOPING)
def test_a_picture_that_loops_holds_its_last_frame(tmp_path: Path, suffix: str) -> None:
    path = save_animation(tmp_path / f"film{suffix}", colours(4), fps=20, hold=1.5)
    assert durations(path) == [50, 50, 50, 1550]


@pytest.mark.parametrize("suffix", LOOPING)
@pytest.mark.parametrize("fps", [50, 30, 24, 12.5, 7, 20 / 3, 0.5])
def test_the_delays_of_a_picture_that_loops_sum_up_to_its_duration(
    tmp_path: Path, suffix: str, fps: float
) -> None:
    delays = durations(save_animation(tmp_path / f"film{suffix}", colours(13), fps))
    assert len(delays) == 13
    assert sum(delays) == pytest.approx(13_000 / fps, abs=10)
    assert np.abs(np.array(delays) - 1000 / fps).max() <= 10


def test_more_frames_a_second_than_a_gif_shows_are_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="at most 50 frames a second"):
        save_animation(tmp_path / "film.gif", colours(2), fps=51)


@pytest.mark.parametrize("hold", [-1, 501, float("nan"), float("inf")])
def test_a_hold_that_nobody_can_wait_for_is_refused(tmp_path: Path, hold: float) -> None:
    with pytest.raises(OutputError, match="hold"):
        save_animation(tmp_path / "film.gif", colours(2), fps=20, hold=hold)


@pytest.mark.parametrize(("loop", "again"), [(0, 0), (2, 1), (5, 4), (65535, 65534)])
def test_a_gif_counts_the_times_after_the_first(tmp_path: Path, loop: int, again: int) -> None:
    with Image.open(save_animation(tmp_path / "film.gif", colours(3), fps=20, loop=loop)) as film:
        assert film.info["loop"] == again  # Netscape's block; 0 stands for ever


def test_a_gif_that_is_played_once_has_no_word_of_looping(tmp_path: Path) -> None:
    path = save_animation(tmp_path / "film.gif", colours(3), fps=20, loop=1)
    assert b"NETSCAPE" not in path.read_bytes()


@pytest.mark.parametrize("loop", [0, 1, 5])
def test_a_webp_is_played_so_many_times(tmp_path: Path, loop: int) -> None:
    with Image.open(save_animation(tmp_path / "film.webp", colours(3), fps=20, loop=loop)) as film:
        assert film.info["loop"] == loop


@pytest.mark.parametrize("suffix", VIDEO)
def test_a_video_cannot_say_how_often_it_is_played(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(OutputError, match="up to the player"):
        save_animation(tmp_path / f"film{suffix}", colours(3), fps=20, loop=2)


@pytest.mark.parametrize("loop", [-1, 65536])
def test_absurd_numbers_of_times_are_refused(tmp_path: Path, loop: int) -> None:
    with pytest.raises(OutputError, match="loop"):
        save_animation(tmp_path / "film.gif", colours(3), fps=20, loop=loop)


@pytest.mark.parametrize("quality", [-1, 4])
def test_absurd_qualities_are_refused(tmp_path: Path, quality: int) -> None:
    with pytest.raises(OutputError, match="quality"):
        save_animation(tmp_path / "film.gif", colours(3), fps=20, quality=quality)


@pytest.mark.parametrize("fps", [0, -1, float("nan"), float("inf"), 1e-7, 1e6])
def test_absurd_rates_are_refused(tmp_path: Path, fps: float) -> None:
    with pytest.raises(OutputError, match="fps"):
        save_animation(tmp_path / "film.mp4", colours(2), fps=fps)


# Where it goes wrong


def test_no_frame_is_an_error_and_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="no frame"):
        save_animation(tmp_path / "none.mp4", iter(()), fps=20)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".mp4", ".gif"])
@pytest.mark.parametrize("error", [RuntimeError("drawing failed"), KeyboardInterrupt()])
def test_an_error_while_drawing_leaves_the_old_file_no_half_one_and_nothing_running(
    tmp_path: Path, suffix: str, error: BaseException
) -> None:
    path = tmp_path / f"film{suffix}"
    path.write_bytes(b"older")
    before = set(threading.enumerate())

    def breaking() -> Iterator[Array]:
        yield from colours(20, 480, 640)
        raise error

    with pytest.raises(type(error)):
        save_animation(path, breaking(), fps=20)
    assert path.read_bytes() == b"older"
    assert list(tmp_path.iterdir()) == [path]
    assert nothing_left_running(before)


@pytest.mark.parametrize("name", ["film.mpeg", "film", "film.png"])
def test_an_unknown_format_is_refused_with_those_there_are(tmp_path: Path, name: str) -> None:
    with pytest.raises(OutputError, match=r"\.mp4"):
        save_animation(tmp_path / name, colours(2), fps=20)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match=r"film\.mp4: .*") as raised:
        save_animation(tmp_path / "file" / "film.mp4", colours(2), fps=20)
    assert "\n" not in str(raised.value)


def test_a_folder_in_the_place_of_the_film_is_seen_before_anything_is_drawn(tmp_path: Path) -> None:
    (tmp_path / "film.mp4").mkdir()
    frames = colours(5)
    with pytest.raises(OutputError, match="it is a folder"):
        save_animation(tmp_path / "film.mp4", frames, fps=20)
    assert len(list(frames)) >= 4


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder nobody can write to")
def test_a_folder_that_cannot_be_written_to_is_an_error_that_names_the_file() -> None:
    with pytest.raises(OutputError, match=r"^cannot write /proc/film\.mp4: [^\n]+$"):
        save_animation("/proc/film.mp4", colours(2), fps=20)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="limits are POSIX's")
@pytest.mark.parametrize("suffix", [".mp4", ".gif"])
def test_a_full_disk_is_an_error_of_one_line_and_leaves_the_old_file(tmp_path: Path, suffix: str) -> None:
    """A process whose files must not grow stands for a full disk, which ffmpeg hears of as an error."""
    wrapped = tmp_path / "bin" / "ffmpeg"
    wrapped.parent.mkdir()
    wrapped.write_text(f"#!/bin/sh\ntrap '' XFSZ\nexec {imageio_ffmpeg.get_ffmpeg_exe()} \"$@\"\n")
    wrapped.chmod(0o755)
    path = tmp_path / "films" / f"film{suffix}"
    path.parent.mkdir()
    path.write_bytes(b"older")
    program = textwrap.dedent("""
        import resource, signal, sys, numpy as np
        from replay.film.encoder.encode import save_animation
        from replay.errors import OutputError
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
        rng = np.random.default_rng(0)
        opaque = np.array([0, 0, 0, 255], np.uint8)
        frames = (rng.integers(0, 256, (120, 160, 4), dtype=np.uint8) | opaque for _ in range(200))
        try:
            save_animation(sys.argv[1], frames, 20)
        except OutputError as error:
            print(error)
    """)
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)],
        env={**os.environ, "IMAGEIO_FFMPEG_EXE": str(wrapped)},
        capture_output=True,
        text=True,
    )
    assert done.stdout == f"cannot write {path}: ffmpeg failed: File too large\n"
    assert done.stderr == ""
    assert path.read_bytes() == b"older"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
def test_ctrl_c_while_frames_are_encoded_leaves_nothing_behind(tmp_path: Path) -> None:
    program = textwrap.dedent("""
        import signal, sys, numpy as np
        from replay.film.encoder.encode import save_animation
        signal.signal(signal.SIGINT, signal.default_int_handler)  # which background jobs of a shell ignore
        def endless():
            frame = np.full((480, 640, 4), 255, np.uint8)
            for number in range(10**9):
                if number == 20:
                    print("going", flush=True)
                yield frame
        try:
            save_animation(sys.argv[1], endless(), 20)
        except KeyboardInterrupt:
            print("interrupted")
    """)
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path / "film.mp4")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "going\n"
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all that were started there
        assert process.communicate(timeout=20) == ("interrupted\n", "")
    finally:
        process.kill()
    assert list(tmp_path.iterdir()) == []


def test_what_no_file_can_replace_is_refused_before_it_is_drawn(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "loop.png").symlink_to(tmp_path / "loop.png")
    (tmp_path / "device.png").symlink_to("/dev/null")
    (tmp_path / "folder.png").mkdir()
    for name, message in (
        ("pipe.png", "is a pipe or a device; name a file"),
        ("device.png", "is a pipe or a device; name a file"),
        ("loop.png", "Too many levels of symbolic links"),
        ("folder.png", "is a folder; name a file in it"),
        ("a" * 256 + ".png", "File name too long"),
        ("a" * 256 + "/b.png", "File name too long"),
    ):
        path = tmp_path / name
        for refused in (whole_file, lambda path: nullcontext(check_folder(path))):
            with pytest.raises(OutputError, match=message) as caught, refused(path):
                raise AssertionError(name)
            assert str(caught.value).startswith(f"cannot write {path}: ")
    assert (tmp_path / "pipe.png").is_fifo()


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
