"""Captions as WebVTT, read back by ffmpeg's own reader and by hand."""

from __future__ import annotations

import re
from pathlib import Path

import av
import pytest

from replay.film.encoder.captions import Cue, webvtt

NASTY = ["a --> b", "<b>bold</b> & <i>not</i>", "two\n\nblocks", "{\\an8} \\N", "损失 שלום 🙂", "&amp;"]
TIME = re.compile(r"(\d\d+):([0-5]\d):([0-5]\d)\.(\d{3}) --> (\d\d+):([0-5]\d):([0-5]\d)\.(\d{3})")


@pytest.mark.parametrize("text", NASTY)
def test_text_of_any_kind_is_one_cue_without_markup(text: str, tmp_path: Path) -> None:
    path = tmp_path / "captions.vtt"
    path.write_text(webvtt([Cue(0, 1, text), Cue(1, 2.5, "next")]), encoding="utf-8")
    head, *blocks = path.read_text(encoding="utf-8").removesuffix("\n").split("\n\n")
    assert head == "WEBVTT"
    assert len(blocks) == 2
    times, *lines = blocks[0].split("\n")
    assert TIME.fullmatch(times)
    assert len(lines) == 1
    assert "-->" not in lines[0]
    assert not re.search(r"&(?!amp;|lt;|gt;)|[<>]", lines[0])
    with av.open(str(path)) as file:
        packets = [packet for packet in file.demux(subtitles=0) if packet.size]
        assert [(packet.pts, packet.duration) for packet in packets] == [(0, 1000), (1000, 1500)]


def test_times_go_beyond_the_hour() -> None:
    assert "00:59:59.999 --> 01:01:01.500" in webvtt([Cue(3599.9994, 3661.5, "x")])
    assert "01:00:00.000 --> 100:00:00.000" in webvtt([Cue(3599.9996, 360_000, "x")])
