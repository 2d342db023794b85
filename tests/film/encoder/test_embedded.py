"""Words within pictures and films, read back with Pillow, PyAV and an XML parser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import av
import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from replay.drawing.composition import save_still
from replay.errors import OutputError
from replay.film.description import Description
from replay.film.encoder.captions import Cue
from replay.film.encoder.embedded import TRACKS
from replay.film.encoder.encode import save_animation
from replay.language.catalogue import languages

SVG, RDF = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
DC, IPTC = "{http://purl.org/dc/elements/1.1/}", "{http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/}"


TITLE = "a <title> & “more” 损失 שלום"
ALT = "alt = x; y: [z] \\ # \" ' %d"
TEXT = "A long paragraph. " * 40 + "<b>&amp;</b> 决策边界"
TOLD = Description(TITLE, ALT, TEXT, "zh", opening="", tell=list)


def frames(n: int = 6) -> Iterator[np.ndarray]:
    for number in range(n):
        yield np.full((32, 32, 4), (10 * number, 90, 200, 255), dtype=np.uint8)


def film(path: Path, **options: Any) -> Path:
    return save_animation(path, frames(), 2.0, **options)


def picture() -> Figure:
    figure = Figure((1, 1))
    figure.add_subplot().plot([0, 1])
    return figure


def test_a_gif_has_a_comment_and_still_plays(tmp_path: Path) -> None:
    for loop in (0, 1, 3):
        plain = film(tmp_path / f"plain{loop}.gif", loop=loop)
        told = film(tmp_path / f"told{loop}.gif", loop=loop, description=TOLD)
        with Image.open(plain) as before, Image.open(told) as after:
            assert after.info["comment"].decode() == f"{ALT}\n\n{TEXT}"
            assert after.info.get("loop") == before.info.get("loop")
            assert after.n_frames == before.n_frames == 6
            after.seek(5)
            before.seek(5)
            np.testing.assert_array_equal(np.asarray(after.convert("RGB")), np.asarray(before.convert("RGB")))


def test_a_webp_has_metadata_and_still_plays(tmp_path: Path) -> None:
    with Image.open(film(tmp_path / "told.webp", description=TOLD)) as told:
        assert told.n_frames == 6
        root = ElementTree.fromstring(told.info["xmp"])
    found = {part.tag: "".join(part.itertext()) for part in next(root.iter(f"{RDF}Description"))}
    assert found == {
        f"{DC}title": TITLE,
        f"{DC}description": ALT,
        f"{IPTC}AltTextAccessibility": ALT,
        f"{IPTC}ExtDescrAccessibility": TEXT,
    }


@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
def test_a_film_has_its_words_and_subtitles_in_its_language(suffix: str, tmp_path: Path) -> None:
    cues = [Cue(0, 1, "first <b>&</b> 损失"), Cue(1.5, 3, "then")]
    path = film(tmp_path / f"told{suffix}", description=TOLD, subtitles=cues)
    with av.open(str(path)) as told:
        found = {name.lower(): value for name, value in told.metadata.items()}
        assert {name: found[name] for name in ("title", "description", "comment")} == {
            "title": TITLE,
            "description": ALT,
            "comment": TEXT,
        }
        (track,) = told.streams.subtitles
        assert track.metadata["language"] in ("zho", "chi")
        assert len(list(told.decode(video=0))) == 6
    with av.open(str(path)) as told:
        packets = [packet for packet in told.demux(subtitles=0) if packet.pts is not None]
        said = {float(packet.pts * packet.time_base): bytes(packet) for packet in packets}
    # MP4 has plain text, WebM that of WebVTT.
    assert (b"first <b>&</b>" if suffix == ".mp4" else b"first &lt;b&gt;&amp;&lt;/b&gt;") in said[0]
    assert b"then" in said[1.5]


@pytest.mark.parametrize("suffix", [".gif", ".webp"])
def test_formats_without_subtitles_say_so_and_write_nothing(suffix: str, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"no subtitles: use \.mp4, \.webm"):
        film(tmp_path / f"told{suffix}", description=TOLD, subtitles=[Cue(0, 1, "x")])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".mp4", ".webm", ".png", ".svg"])
def test_the_same_words_give_the_same_bytes(suffix: str, tmp_path: Path) -> None:
    made = []
    for number in range(2):
        path = tmp_path / f"{number}{suffix}"
        if suffix in (".png", ".svg"):
            save_still(picture(), path, description=TOLD)
        else:
            film(path, description=TOLD)
        made.append(path.read_bytes())
    assert made[0] == made[1]


def test_a_png_has_its_fields(tmp_path: Path) -> None:
    with Image.open(save_still(picture(), tmp_path / "told.png", description=TOLD)) as told:
        told.load()
        assert told.text == {  # type: ignore[attr-defined]
            "Title": TITLE,
            "Description": ALT,
            "Comment": TEXT,
        }


def test_an_svg_is_an_image_with_a_name_and_a_description(tmp_path: Path) -> None:
    told = save_still(picture(), tmp_path / "told.svg", description=TOLD)
    plain = save_still(picture(), tmp_path / "plain.svg")
    root, before = (ElementTree.parse(path).getroot() for path in (told, plain))
    by_id = {part.get("id"): part for part in root.iter()}
    assert root.get("role") == "img"
    assert by_id[root.get("aria-labelledby")].tag == f"{SVG}title"
    assert by_id[root.get("aria-labelledby")].text == ALT
    assert by_id[root.get("aria-describedby")].tag == f"{SVG}desc"
    assert by_id[root.get("aria-describedby")].text == TEXT
    assert [part.tag for part in root][2:] == [part.tag for part in before]


def test_every_language_has_a_tag_for_its_track() -> None:
    assert set(languages()) <= set(TRACKS)
