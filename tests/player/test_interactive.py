"""The interactive page from Python: its file, its frame in a notebook, and what shows it while training."""

from __future__ import annotations

import base64
import io
import logging
import sys
import types
from collections.abc import Iterator
from html import escape, unescape
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from replay import Replay, datasets, interactive
from replay.drawing.identity import looks
from replay.drawing.style import DARK, LIGHT
from replay.errors import OutputError, ReplayError, ViewError
from replay.player import html, live
from replay.player import interactive as module
from tests.helpers.page_reader import STAND_IN, Packed, Reader


@pytest.fixture
def drawn_still() -> None:
    """The page has the still that is drawn for it, which takes long; without this, it has a dot."""


@pytest.fixture(autouse=True)
def _stand_ins(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    monkeypatch.setattr(html, "page_template", lambda: STAND_IN)
    if "drawn_still" not in request.fixturenames:
        Image.new("RGB", (1, 1)).save(dot := io.BytesIO(), "webp")
        still = html.Still(dot.getvalue(), (1, 1), "one moment of the training")
        monkeypatch.setattr(module, "_still", lambda *_: still)


class Handle:
    """Where a notebook shows something."""

    def __init__(self) -> None:
        self.shown: list[Any] = []

    def update(self, content: Any) -> None:
        self.shown.append(content)


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Handle]]:
    """A kernel that keeps what is displayed, each in a handle of its own."""
    handles: list[Handle] = []

    def display(content: Any, display_id: bool = False) -> Handle | None:
        handles.append(Handle())
        handles[-1].update(content)
        return handles[-1] if display_id else None

    package, displaying = types.ModuleType("IPython"), types.ModuleType("IPython.display")
    package.get_ipython = lambda: types.SimpleNamespace(kernel=object())  # type: ignore[attr-defined]
    displaying.display = display  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython", package)
    monkeypatch.setitem(sys.modules, "IPython.display", displaying)
    yield handles


def data_of(page: Any) -> dict[str, Any]:
    return Reader(page.html).data


# The page


@pytest.mark.slow
@pytest.mark.usefixtures("drawn_still")
def test_a_page_is_made_of_paths_and_of_replays(make_run: Any) -> None:
    path = make_run(scenario="parabola", run="tanh")
    pages = [interactive(path), interactive(str(path)), interactive(Replay(path)), Replay(path).interactive()]
    assert len({page.html for page in pages}) == 1
    data = data_of(pages[0])
    assert data["title"] == "parabola · tanh" and data["runs"][0]["name"] == "tanh"
    kernel = Packed(data)[data["runs"][0]["network"]["layers"][0]["weights"]["kernel"]]
    np.testing.assert_array_equal(kernel, Replay(path).weights("hidden")["kernel"])


def test_colours_are_those_of_the_pictures(make_run: Any) -> None:
    styles = data_of(interactive(make_run()))["styles"]
    for name, style in (("light", LIGHT), ("dark", DARK)):
        assert styles[name].pop("runs") == [looks([{"activation": "tanh"}], style)[0].colour]
        assert styles[name].pop("run_dashes") == [[]]
        assert styles[name].pop("units") == [style.unit_colour(unit) for unit in range(len(style.runs))]
        assert {key: getattr(style, key) for key in styles[name]} == {
            key: tuple(value) if isinstance(value, list) else value for key, value in styles[name].items()
        }
        assert len(styles[name]) == 13


def test_several_runs_are_told_apart_and_share_the_page(make_run: Any) -> None:
    paths = [make_run(f"{name}.h5", activation=name, scenario="parabola") for name in ("tanh", "relu")]
    data = data_of(interactive(paths))
    assert data["title"] == "parabola"
    assert [run["name"] for run in data["runs"]] == ["tanh", "relu"]
    named = data_of(interactive([Replay(paths[0]), paths[1]], title="mine", names=["a", "b"]))
    assert (named["title"], [run["name"] for run in named["runs"]]) == ("mine", ["a", "b"])


def test_options_reach_the_page(make_run: Any) -> None:
    path = make_run(n_snapshots=9)
    page = interactive(
        path, view="losses", layer="hidden", units=(2, 1), epoch=3, epochs=(1, 7), every=2, theme="dark",
        duration=4,
    )  # fmt: skip
    data = data_of(page)
    start = {"epoch": 3, "runs": [0], "view": "losses", "layer": "hidden", "units": [2, 1], "neuron": None}
    assert data["start"] == start
    assert (data["theme"], data["seconds"], data["runs"][0]["epochs"]) == ("dark", 4, [1, 3, 5, 7])
    assert data_of(interactive(path))["theme"] == "auto"


@pytest.mark.slow
@pytest.mark.parametrize(("theme", "style"), [(None, LIGHT), ("dark", DARK)])
@pytest.mark.parametrize("n_runs", [1, 2])
@pytest.mark.usefixtures("drawn_still")
def test_the_still_is_a_picture_of_the_run_in_the_theme(
    make_run: Any, theme: str | None, style: Any, n_runs: int
) -> None:
    page = interactive([make_run(f"{n}.h5") for n in range(n_runs)], theme=theme)
    image = Reader(page.html).first("img")
    with Image.open(io.BytesIO(base64.b64decode((image["src"] or "").partition(",")[2]))) as still:
        assert still.format == "WEBP" and still.size == (1280, 640)
        corner = still.convert("RGB").getpixel((1, 1))
    np.testing.assert_allclose(corner, list(bytes.fromhex(style.background[1:])), atol=4)


@pytest.mark.usefixtures("drawn_still")
def test_names_of_any_kind_are_harmless(make_run: Any) -> None:
    nasty = "</script><script>alert(1)</script> \u202e\u05e9\u05dc\u05d5\u05dd \"'&"
    page = interactive(make_run(scenario=nasty, run=nasty))
    read = Reader(page.html)
    assert read.data["title"] == f"{nasty} · {nasty}"
    assert read.texts["script"][1:] == ["play()"]
    frame = Reader(page._repr_html_())
    assert [tag for tag, _ in frame.tags] == ["iframe"]


@pytest.mark.slow
@pytest.mark.parametrize("size", [400_000, 250_000])
@pytest.mark.usefixtures("drawn_still")
def test_the_whole_page_keeps_within_its_size_and_says_what_it_gave_up(make_run: Any, size: int) -> None:
    rng = np.random.default_rng(0)
    samples = rng.normal(size=(3000, 2)).astype(np.float32), np.arange(3000) % 2
    path = make_run(units=(2, 80, 80, 2, 1), data=samples, n_snapshots=40)
    page = interactive(path, max_bytes=size)
    assert 0.3 * size < len(page.html.encode()) <= size
    assert page.notes == [note["en"] for note in data_of(page)["notes"]] != []


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"theme": "drak"}, "unknown theme 'drak'"),
        ({"view": "most-wrong"}, "most-wrong"),
        ({"max_bytes": 9}, "MB"),
    ],
)
def test_what_cannot_be_is_refused(make_run: Any, options: dict[str, Any], told: str) -> None:
    with pytest.raises(ReplayError, match=told):
        interactive(make_run(), **options)


def test_a_page_has_one_to_eight_runs(make_run: Any) -> None:
    path = make_run()
    for runs in ([], [path] * 9):
        with pytest.raises(ReplayError, match=f"1 to 8 runs, not {len(runs)}"):
            interactive(runs)


@pytest.mark.usefixtures("drawn_still")
def test_runs_that_cannot_be_compared_share_no_page(make_run: Any) -> None:
    wide = np.random.default_rng(0).normal(size=(20, 3)), np.arange(20) % 2
    with pytest.raises(ReplayError, match="cannot be compared"):
        interactive([make_run("a.h5"), make_run("b.h5", units=(3, 2, 1), data=wide)])


# Its file


def test_the_file_is_the_page_and_its_folder_is_made(make_run: Any, tmp_path: Path) -> None:
    page = interactive(make_run())
    path = page.save(tmp_path / "deep" / "er.HTML")
    assert path.read_text(encoding="utf-8") == page.html
    assert [each.name for each in path.parent.iterdir()] == ["er.HTML"]


def test_a_page_is_written_as_html_alone(make_run: Any, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"page\.gif: unknown format"):
        interactive(make_run()).save(tmp_path / "page.gif")


def test_elsewhere_show_opens_the_page_in_the_browser(
    make_run: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(module.webbrowser, "open", opened.append)
    monkeypatch.setattr(module.tempfile, "mkdtemp", lambda prefix: str(tmp_path))
    page = Replay(make_run()).show(theme="dark")
    assert opened == [(tmp_path / "page.html").as_uri()]
    assert page is not None and (tmp_path / "page.html").read_text(encoding="utf-8") == page.html


# In notebooks


def test_in_a_notebook_the_page_stands_in_a_frame_that_reaches_nothing(make_run: Any) -> None:
    page = interactive(make_run(), title='a "title"')
    frame = Reader(page._repr_html_()).first("iframe")
    assert frame["srcdoc"] == page.html
    assert frame["sandbox"] == "allow-scripts"
    assert (frame["title"], frame["width"]) == ('a "title"', "100%")
    assert unescape(escape(page.html)) == page.html


def test_show_displays_the_page_once(make_run: Any, notebook: list[Handle]) -> None:
    replay = Replay(make_run())
    assert replay.show(theme="dark") is None
    (handle,) = notebook
    assert [page.html for page in handle.shown] == [replay.interactive(theme="dark").html]


def test_a_replay_shows_its_page_and_makes_it_once(make_run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    replay = Replay(make_run())
    first = replay._repr_html_()
    assert first == replay.interactive()._repr_html_()
    monkeypatch.setattr(module, "page_of", None)
    assert replay._repr_html_() == first


def test_a_replay_without_a_page_says_why(tmp_path: Path) -> None:
    from replay import RunDescription, RunWriter, dense

    description = RunDescription((dense("output", 2, 1, "sigmoid"),), scenario="<b>")
    with RunWriter(
        tmp_path / "run.h5", description, {"a": np.ones(2), "b": np.ones(2)}, np.ones(2)
    ) as writer:
        writer.snapshot(0, [np.zeros((2, 1)), np.zeros(1)])
    read = Reader(Replay(tmp_path / "run.h5")._repr_html_())
    assert [tag for tag, _ in read.tags] == ["pre"]
    words = "".join(read.texts["pre"])
    assert "<b>" in words and "a page cannot show" in words


def test_a_composition_shows_its_last_epoch(make_run: Any) -> None:
    drawn = Replay(make_run()).view("curves", size=(300, 200))
    with Image.open(io.BytesIO(drawn._repr_png_())) as shown:
        assert (shown.format, shown.size) == ("PNG", (300, 200))
        last = np.array(shown.convert("RGB"))
    with Image.open(io.BytesIO(drawn.image(epoch=1))) as earlier:
        assert (np.array(earlier.convert("RGB")) != last).any()


def test_an_animation_shows_its_film_and_leaves_no_file(
    make_run: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (folder := tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    animation = Replay(make_run()).view("curves", size=(300, 200)).animate(pace="uniform")
    video = Reader(animation._repr_html_()).first("video")
    assert {"controls", "loop"} <= video.keys()
    source = video["src"] or ""
    assert source.startswith("data:video/mp4;base64,")
    with av.open(io.BytesIO(base64.b64decode(source.partition(",")[2]))) as film:
        assert len(list(film.decode(video=0))) == 5
    assert list(folder.iterdir()) == []


# While it trains


@pytest.fixture
def train(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Train a small network for some epochs, each of which takes 0.1 s by the live page's clock."""
    import keras

    from replay import Recorder

    monkeypatch.setattr(live, "SHORTEST_WAIT", 0.25)
    monkeypatch.setattr(live, "PATIENCE", 0)
    clock = [0.0]
    monkeypatch.setattr(live, "time", types.SimpleNamespace(monotonic=lambda: clock[0]))

    class Ticking(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            clock[0] += 0.1

    def fit(epochs: int = 8) -> Path:
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, activation="sigmoid")])
        model.compile(loss="binary_crossentropy", metrics=["accuracy"])
        X, y = datasets.parabola(20)
        recorder = Recorder(tmp_path / "run.h5", X, y, live=True)
        model.fit(X, y, epochs=epochs, batch_size=20, verbose=0, callbacks=[Ticking(), recorder])
        return tmp_path / "run.h5"

    return fit


@pytest.mark.slow
def test_a_training_is_shown_while_it_goes_on_and_in_one_place(notebook: list[Handle], train: Any) -> None:
    path = train()
    (handle,) = notebook
    shown = [data_of(page)["runs"][0]["epochs"][-1] for page in handle.shown]
    assert shown == [1, 4, 7, 8]  # a quarter of a second apart, and at the end
    assert all("<img" not in page.html for page in handle.shown)
    assert Replay(path).recording.complete


def test_an_update_waits_ten_times_as_long_as_the_last_one_took(
    notebook: list[Handle], make_run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter([0.0, 1.0, 10.9, 11.1, 12.1, 12.2, 12.3])  # of the calls of the clock
    monkeypatch.setattr(live, "time", types.SimpleNamespace(monotonic=lambda: next(times)))
    shown = live.LivePage(make_run())
    shown.update()  # from 0 to 1
    assert len(notebook) == 1
    (handle,) = notebook
    shown.update()  # at 10.9
    assert len(handle.shown) == 1
    shown.update()  # at 11.1
    assert len(handle.shown) == 2
    shown.update(at_end=True)
    assert len(handle.shown) == 3


@pytest.mark.slow
def test_outside_of_a_notebook_a_training_is_recorded_and_the_log_says_so(
    train: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        path = train()
    assert [record.getMessage() for record in caplog.records if "live" in record.getMessage()] == [
        f"{path}: a live page needs a notebook; the recording goes on without it"
    ]
    assert len(Replay(path).epochs) == 9


@pytest.mark.slow
def test_a_page_that_cannot_be_shown_never_ends_the_training(
    notebook: list[Handle], train: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*arguments: Any, **options: Any) -> None:
        raise RuntimeError("the front end is gone")

    monkeypatch.setattr(live, "page_of", broken)
    with caplog.at_level(logging.WARNING):
        path = train()
    told = [record.getMessage() for record in caplog.records if "front end" in record.getMessage()]
    assert len(told) == 1 and "cannot be shown while it trains" in told[0]
    assert len(Replay(path).epochs) == 9 and Replay(path).recording.complete


@pytest.mark.slow
def test_a_recorder_shows_nothing_unless_asked(notebook: list[Handle], tmp_path: Path) -> None:
    import keras

    from replay import Recorder

    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, activation="sigmoid")])
    model.compile(loss="binary_crossentropy")
    X, y = datasets.parabola(20)
    model.fit(X, y, epochs=2, verbose=0, callbacks=[Recorder(tmp_path / "run.h5", X, y)])
    assert notebook == []


@pytest.mark.parametrize("names", [["a"], ["a", "b", "c"], ["a", "a"]])
def test_names_must_be_as_many_as_runs_and_tell_them_apart(names: list[str], make_run: Any) -> None:
    with pytest.raises(ViewError, match="names"):
        interactive([make_run("one.h5"), make_run("two.h5")], names=names)


def test_a_page_cannot_begin_outside_the_epochs_that_it_shows(make_run: Any) -> None:
    with pytest.raises(ViewError, match="epoch"):
        interactive(make_run(n_snapshots=9), epochs=(2, 5), epoch=7)
