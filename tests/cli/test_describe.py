"""The command `replay describe`, and the words that films, stills and pages are written with."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import av
import pytest
from PIL import Image

from replay import Replay, describe, save_within
from replay.cli.rendering import Rendering
from tests.cli.conftest import Command
from tests.conftest import MakeRun
from tests.helpers.page_reader import Reader

SMALL = ("--size", "320x200", "--duration", "2")


def test_a_run_is_told_in_lines_and_as_json(make_run: MakeRun, command: Command) -> None:
    run, told = make_run(scenario="parabola", run="tanh"), describe(make_run(scenario="parabola", run="tanh"))
    status, out, err = command("describe", run)
    assert (status, err) == (0, "")
    assert out.splitlines()[:2] == [told.alt, told.text]
    facts = json.loads(command("describe", run, "--json")[1])
    assert {name: facts[name] for name in ("title", "alt", "text", "language")} == {
        "title": "parabola · tanh",
        "alt": told.alt,
        "text": told.text,
        "language": "en",
    }
    film = Replay(run).dashboard().animate()
    assert facts["narration"] == [cue._asdict() for cue in film.narration()]


def test_several_runs_are_told_as_a_comparison(make_run: MakeRun, command: Command) -> None:
    runs = [make_run(name, run=name) for name in ("a.h5", "b.h5")]
    facts = json.loads(command("describe", *runs, "--json", "--epoch", "2")[1])
    assert facts["alt"] == describe(runs, epoch=2).alt
    assert command("describe", runs[0].parent)[1].splitlines()[0] == describe(runs).alt


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--language", "tlh"), "unknown language 'tlh'"),
        (("--view", "curve"), "unknown view 'curve': did you mean curves"),
        (("--epoch", "9"), "there is no epoch 9: choose one from 0 to 4"),
    ],
)
def test_what_there_is_not_is_one_line(
    options: tuple[str, str], reason: str, make_run: MakeRun, command: Command
) -> None:
    status, out, err = command("describe", make_run(), *options)
    assert (status, out) == (2, "")
    assert err.startswith(f"replay: {reason}")
    assert err.count("\n") == 1


def test_it_loads_neither_matplotlib_nor_tensorflow(make_run: MakeRun) -> None:
    code = (
        "import sys; from replay.cli import app; sys.argv = ['replay', 'describe', sys.argv[1]]\n"
        "try: app.main()\n"
        "finally: print(sorted({'matplotlib', 'tensorflow', 'keras'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, make_run()], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("name", ["film.mp4", "film.webm", "film.gif", "film.webp"])
def test_a_film_has_its_description_and_its_captions(name: str, make_run: MakeRun, command: Command) -> None:
    run = make_run(scenario="parabola", run="tanh")
    film, captions = run.parent / name, run.parent / "film.vtt"
    status, out, _ = command("render", run, *SMALL, "-o", film, "--captions-file", captions)
    assert (status, out.split()) == (0, [str(film), str(captions)])
    told = describe(run)
    assert _words_of(film).count(told.alt) >= 1
    assert told.text in _words_of(film)
    text = captions.read_text(encoding="utf-8")
    assert text.startswith("WEBVTT\n\n00:00:00.000 --> ")
    assert "\nparabola · tanh. A network learns to tell 2 classes apart.\n" in text
    end = text.rsplit(" --> ", 1)[1].partition("\n")[0]
    assert end == ("00:00:03.000" if name in ("film.gif", "film.webp") else "00:00:02.000")  # with their hold


def _words_of(film: Path) -> str:
    if film.suffix in (".gif", ".webp"):
        with Image.open(film) as picture:
            found = picture.info.get("comment") or picture.info["xmp"]
            return bytes(found).decode()
    with av.open(str(film)) as opened:
        return "\n".join(opened.metadata.values())


@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
def test_subtitles_say_what_captions_do(suffix: str, make_run: MakeRun, command: Command) -> None:
    run = make_run()
    film = run.parent / f"film{suffix}"
    assert command("render", run, *SMALL, "-o", film, "--subtitles", "--max-size", "1MB")[0] == 0
    cues = Replay(run).dashboard().animate(duration=2).narration()
    with av.open(str(film)) as opened:
        assert opened.streams.subtitles[0].metadata["language"] == "eng"
        packets = [packet for packet in opened.demux(subtitles=0) if packet.pts is not None]
        starts = [float(packet.pts * packet.time_base) for packet in packets]
        texts = [bytes(packet).decode("utf-8", "replace") for packet in packets]
    told = [(start, text) for start, text in zip(starts, texts, strict=True) if text.strip("\x00\x02")]
    assert [start for start, _ in told] == [round(cue.start, 3) for cue in cues]
    assert all(cue.text in text for cue, (_, text) in zip(cues, told, strict=True))


def test_a_comparison_has_captions_too(make_run: MakeRun, command: Command) -> None:
    runs = [make_run(name, run=name) for name in ("a", "b")]
    film, captions = runs[0].parent / "film.mp4", runs[0].parent / "film.vtt"
    options = ("-o", film, "--captions-file", captions, "--subtitles")
    assert command("compare", *runs, *SMALL, *options)[:2] == (0, f"{film}\n{captions}\n")
    assert "2 runs. 2 trainings are shown side by side." in captions.read_text(encoding="utf-8")
    assert describe(runs).alt in _words_of(film)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("-o", "film.gif", "--subtitles"), "film.gif: this format has no subtitles: use .mp4, .webm"),
        (("-o", "still.png", "--subtitles"), "still.png: --subtitles is for films"),
        (("-o", "still.png", "--captions-file", "a.vtt"), "still.png: --captions-file is for films"),
        (("-o", "page.html", "--captions-file", "a.vtt"), "page.html: --captions-file is for pictures"),
        (("-o", "film.mp4", "--captions-file", "a.srt"), "a.srt: unknown format '.srt': did you mean .vtt?"),
        (
            ("-o", "film.mp4", "--captions-file", "run.h5/a.vtt"),
            "cannot write run.h5/a.vtt: run.h5 is",
        ),
        (("--captions-file", "a.vtt", "."), "--captions-file names one file"),
    ],
)
def test_words_where_none_can_be_are_refused_before_anything_is_drawn(
    options: tuple[str, ...],
    reason: str,
    make_run: MakeRun,
    command: Command,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = make_run()
    monkeypatch.chdir(run.parent)
    status, out, err = command("render", "run.h5", *options)
    assert (status, out) == (2, "")
    assert err.startswith(f"replay: {reason}")
    assert err.count("\n") == 1
    assert [path.name for path in run.parent.iterdir()] == ["run.h5"]


def test_stills_and_sheets_have_their_words(make_run: MakeRun) -> None:
    run = make_run()
    for rendering in (Rendering(epoch=2, size=(320, 200)), Rendering(sheet=(2, 1), view="curves")):
        path = run.parent / "still.png"
        rendering.render(Replay(run).recording, [path], lambda path: None)
        with Image.open(path) as still:
            still.load()
            told = describe(run, view=rendering.view, epoch=rendering.epoch)
            assert still.text["Description"] == told.alt  # type: ignore[attr-defined]
            assert still.text["Comment"] == told.text  # type: ignore[attr-defined]


def test_a_page_has_its_words_for_readers_without_its_script(make_run: MakeRun) -> None:
    run = make_run()
    page = Reader(Replay(run).interactive(epoch=2).html)
    metas = {each.get("name"): each.get("content") for tag, each in page.tags if tag == "meta"}
    assert metas["description"] == describe(run).alt
    assert page.first("img")["alt"] == describe(run, epoch=2).alt
    assert page.texts["p"][1] == describe(run).text
    assert page.data["description"]["alt"]["en"] == describe(run).alt


def test_a_film_that_must_fit_has_its_words(make_run: MakeRun) -> None:
    run = make_run()
    film = run.parent / "film.mp4"
    save_within(Replay(run).dashboard(size=(320, 200)).animate(duration=2), film, 60_000, subtitles=True)
    assert describe(run).alt in _words_of(film)
    assert film.stat().st_size <= 60_000


def test_the_layers_in_motion_are_told_step_by_step(make_run: MakeRun, command: Command) -> None:
    facts = json.loads(command("describe", make_run(), "--view", "morph", "--epoch", "2", "--json")[1])
    told = [cue["text"] for cue in facts["narration"]]
    assert told[1].startswith("“hidden”: stretched") and told[-1].startswith("At epoch 2,")
    starts = [cue["start"] for cue in facts["narration"]]
    assert starts == sorted(starts) and 11 < starts[-1] < 13.1
