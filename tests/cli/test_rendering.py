"""What each option of a picture does to the file that is written, read back with Pillow and PyAV."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import av
import numpy as np
import pytest
from PIL import Image

from replay import Recording, RunDescription, RunWriter, datasets, dense
from replay.cli.rendering import Rendering
from replay.drawing.style import THEMES
from replay.errors import OutputError, ReplayError
from replay.player.interactive import page_of
from replay.runs.evaluation import Evaluation

Array = np.ndarray
FILMS = (".gif", ".mp4", ".webm", ".webp")
BACKGROUNDS = {name: tuple(bytes.fromhex(style.background[1:])) for name, style in THEMES.items()}
SMALL = {"view": "curves", "size": (200, 120)}  # what is quickly drawn
BAR = 3  # rows of its film that a bar needs: a tenth of an inch


class Film(NamedTuple):
    """A film as a player sees it: RGBA frames, and how long each is shown, in seconds."""

    frames: list[Array]
    times: list[float]


def read(path: Path) -> Film:
    return _read_by_pillow(path) if path.suffix in (".gif", ".webp") else _read_by_av(path)


def _read_by_pillow(path: Path) -> Film:
    film = Film([], [])
    with Image.open(path) as image:
        for number in range(image.n_frames):
            image.seek(number)
            film.frames.append(np.array(image.convert("RGBA")))
            film.times.append(image.info["duration"] / 1000)
    return film


def _read_by_av(path: Path) -> Film:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        frames = [frame.to_ndarray(format="rgba") for frame in container.decode(stream)]
        return Film(frames, [float(1 / Fraction(stream.average_rate))] * len(frames))


class Rendered(NamedTuple):
    """What a rendering left behind: the file, the moments that were drawn, and its notes."""

    path: Path
    moments: list[float]
    notes: list[str]


Render = Callable[..., Rendered]


@pytest.fixture
def render(make_run: Any, tmp_path: Path) -> Render:
    """Render a run of five snapshots, or another, to a file of this name with these options.

    Films and sheets have a uniform pace, and so a frame per snapshot, unless told.
    """

    def make(name: str, run: Path | None = None, **options: Any) -> Rendered:
        moments: list[float] = []

        def tracked(path: Path) -> Callable[[Sequence[float]], Iterable[float]]:
            def track(all_moments: Sequence[float]) -> Sequence[float]:
                moments.extend(all_moments)
                return all_moments

            return track

        path = tmp_path / name
        if path.suffix in FILMS or options.get("sheet"):
            options.setdefault("pace", "uniform")
        rendering = Rendering(**{**SMALL, **options})
        rendering.check(path)
        notes = rendering.render(Recording(run or make_run()), [path], tracked)
        return Rendered(path, moments, notes)

    return make


def epochs_run(path: Path, weights: Sequence[float]) -> Path:
    """A run of one neuron over 2-D inputs whose weights are these, an epoch apart, and whose loss is 1."""
    description = RunDescription((dense("output", 2, 1, "sigmoid"),), loss={"name": "binary_crossentropy"})
    with RunWriter(path, description, *datasets.parabola(20)) as writer:
        for epoch, weight in enumerate(weights):
            snapshot = [np.full((2, 1), weight), np.zeros(1)]
            writer.snapshot(epoch, snapshot, {"loss": 1.0} if epoch else None)
    return path


# Which frames there are


@pytest.mark.slow
@pytest.mark.parametrize("suffix", FILMS)
def test_a_film_has_a_frame_for_each_snapshot_and_the_size_asked_for(render: Render, suffix: str) -> None:
    film = read(render(f"x{suffix}", hold=0).path)
    assert [frame.shape for frame in film.frames] == [(120, 200, 4)] * 5
    assert film.times == pytest.approx([1 / 20] * 5)


@pytest.mark.slow
@pytest.mark.parametrize("suffix", FILMS)
def test_the_last_frame_of_a_film_is_the_still_of_the_last_epoch(render: Render, suffix: str) -> None:
    film = read(render(f"x{suffix}", hold=0).path)
    first, last = (read_still(render("x.png", epoch=epoch).path) for epoch in (0, 4))
    above, beneath = slice(None, -BAR), slice(-BAR, None)  # the bar of the film's time is in no still
    for frame, own, other in ((film.frames[0], first, last), (film.frames[-1], last, first)):
        assert difference(frame[above], own[above]) < difference(frame[above], other[above]) / 2
        assert (own[beneath] == 255).all()
        assert np.median(frame[beneath, 50:150, :3].min(axis=(0, 2))) < 230


def read_still(path: Path) -> Array:
    with Image.open(path) as image:
        return np.array(image.convert("RGBA"))


def difference(a: Array, b: Array) -> float:
    """The root mean square of what two pictures differ by, where 255 is from black to white."""
    return float(np.sqrt(((a[..., :3].astype(float) - b[..., :3]) ** 2).mean()))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "moments"),
    [
        ({}, [0, 1, 2, 3, 4, 5, 6]),
        ({"epochs": (2, 5)}, [2, 3, 4, 5]),
        ({"epochs": (5, None)}, [5, 6]),
        ({"epochs": (None, 1)}, [0, 1]),
        ({"epochs": (3, 3)}, [3]),
        ({"every": 4}, [0, 4, 6]),
        ({"every": 2, "epochs": (1, 4)}, [1, 3, 4]),
        ({"every": 100}, [0, 6]),
        ({"tween": 1, "epochs": (4, 6)}, [4, 4.5, 5, 5.5, 6]),
        ({"duration": 0.2}, [0, 2, 4, 6]),
        ({"duration": 0.5, "fps": 4}, [0, 6]),
    ],
)
def test_the_moments_are_those_that_the_options_choose(
    render: Render, make_run: Any, options: dict[str, Any], moments: list[float]
) -> None:
    made = render("x.mp4", make_run(n_snapshots=7), **options)
    assert made.moments == moments
    assert len(read(made.path).frames) == len(moments)


def test_a_logarithmic_pace_gives_equal_times_to_equal_factors(render: Render, make_run: Any) -> None:
    run = make_run(n_snapshots=64)
    made = render("x.mp4", run, pace="log", duration=7, fps=1)
    np.testing.assert_array_equal(made.moments, [0, 1, 3, 7, 15, 31, 63])


@pytest.mark.slow
def test_an_adaptive_pace_spends_its_frames_where_the_picture_moves(render: Render, tmp_path: Path) -> None:
    run = epochs_run(tmp_path / "run.h5", [0, 2, 4] + [6] * 18)  # moves for 3 of 20 steps
    shares = {}
    for pace in ("uniform", "adaptive"):
        made = render("x.mp4", run, pace=pace, duration=5)
        assert len(made.moments) == len(read(made.path).frames) == 100
        assert (made.moments[0], made.moments[-1]) == (0, 20)
        shares[pace] = np.mean(np.array(made.moments) < 3)
    assert shares["uniform"] == pytest.approx(3 / 20, abs=0.02)
    assert shares["adaptive"] > 0.5


def test_a_constant_run_has_a_uniform_film_at_any_pace(render: Render, tmp_path: Path) -> None:
    run = epochs_run(tmp_path / "run.h5", [1.0] * 6)
    moments = render("x.mp4", run, pace="adaptive", duration=2).moments
    assert moments.count(1) == 10  # where the caption says that the loss stands still
    np.testing.assert_allclose([moment for moment in moments if moment != 1], np.linspace(0, 5, 30))


@pytest.mark.slow
@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("pace", "bad_from"), [("uniform", 3), ("log", 3), ("adaptive", 3), ("adaptive", 1), ("adaptive", 0)]
)
def test_a_run_that_diverges_is_a_film_to_its_end(
    render: Render, tmp_path: Path, pace: str, bad_from: int
) -> None:
    run = epochs_run(tmp_path / "run.h5", [1.0 * n if n < bad_from else np.nan for n in range(6)])
    made = render("x.gif", run, pace=pace, duration=6 / 20, view="dashboard", size=(300, 200))
    assert (made.moments[0], made.moments[-1], len(made.moments)) == (0, 5, 6)
    assert len(read(made.path).frames) == 6


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [*FILMS, ".png", ".svg"])
def test_a_run_of_one_snapshot_is_a_picture_in_every_format(
    render: Render, make_run: Any, suffix: str
) -> None:
    path = render(f"x{suffix}", make_run(n_snapshots=1), view="dashboard", size=(400, 300)).path
    if suffix in FILMS:
        film = read(path)
        assert len(film.frames) == 1
        assert film.frames[0].shape == (300, 400, 4)
    assert path.stat().st_size > 0


# Times


@pytest.mark.slow
@pytest.mark.parametrize(("suffix", "default"), [(".gif", 1), (".webp", 1), (".mp4", 0), (".webm", 0)])
@pytest.mark.parametrize("hold", [None, 2.5])
def test_the_last_frame_holds_for_as_long_as_asked_or_as_the_format_wants(
    render: Render, suffix: str, default: float, hold: float | None
) -> None:
    film = read(render(f"x{suffix}", fps=10, hold=hold).path)
    assert sum(film.times) == pytest.approx(5 / 10 + (default if hold is None else hold), abs=0.02)


@pytest.mark.slow
@pytest.mark.parametrize("suffix", FILMS)
def test_a_duration_is_that_of_the_film_without_its_hold(render: Render, suffix: str) -> None:
    film = read(render(f"x{suffix}", duration=2, fps=10, hold=0.5).path)
    assert sum(film.times) == pytest.approx(2.5, abs=0.02)


@pytest.mark.slow
@pytest.mark.parametrize("fps", [12.5, 25])
def test_frames_a_second_are_those_asked_for(render: Render, fps: float) -> None:
    for suffix in FILMS:
        assert read(render(f"x{suffix}", fps=fps, hold=0).path).times[0] == pytest.approx(1 / fps, abs=0.001)


@pytest.mark.slow
@pytest.mark.parametrize(("loop", "repeats"), [(0, 0), (1, None), (2, 1), (7, 6)])
def test_a_gif_is_played_as_often_as_asked(render: Render, loop: int, repeats: int | None) -> None:
    """The extension of Netscape 2.0 counts what comes after the first time, 0 being for ever."""
    content = render("x.gif", loop=loop).path.read_bytes()
    place = content.find(b"NETSCAPE2.0\x03\x01")
    told = int.from_bytes(content[place + 13 : place + 15], "little") if place >= 0 else None
    assert told == repeats


@pytest.mark.slow
@pytest.mark.parametrize("loop", [0, 1, 3])
def test_a_webp_is_played_as_often_as_asked(render: Render, loop: int) -> None:
    with Image.open(render("x.webp", loop=loop).path) as film:
        assert film.info["loop"] == loop


# Looks


@pytest.mark.slow
@pytest.mark.parametrize(("size", "pixels"), [((201, 121), (202, 122)), ((300, 121), (300, 122))])
@pytest.mark.parametrize("suffix", FILMS)
def test_sizes_are_exact_but_for_formats_of_even_sides(
    render: Render, suffix: str, size: tuple[int, int], pixels: tuple[int, int]
) -> None:
    height, width = read(render(f"x{suffix}", size=size, epochs=(0, 1)).path).frames[0].shape[:2]
    assert (width, height) == (pixels if suffix in (".mp4", ".webm") else size)


@pytest.mark.slow
@pytest.mark.parametrize("size", [(201, 121), (1080, 1920), (3840, 2160)])
@pytest.mark.parametrize("sheet", [None, (2, 2)])
def test_stills_have_exactly_the_pixels_asked_for(
    render: Render, size: tuple[int, int], sheet: tuple[int, int] | None
) -> None:
    with Image.open(render("x.png", size=size, sheet=sheet).path) as image:
        assert image.size == size


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "options", "pixels"),
    [
        ("x.mp4", {}, (1440, 720)),
        ("x.gif", {}, (720, 360)),
        ("x.webp", {}, (1440, 720)),
        ("x.gif", {"dpi": 30}, (360, 180)),
        ("x.mp4", {"dpi": 30}, (360, 180)),
        ("x.mp4", {"view": "feature-space", "dpi": 50}, (360, 360)),
    ],
)
def test_without_a_size_dpi_tells_how_large_a_film_is(
    render: Render, name: str, options: dict[str, Any], pixels: tuple[int, int]
) -> None:
    made = render(name, **{"view": "dashboard", "size": None, "epochs": (0, 1), **options})
    height, width = read(made.path).frames[0].shape[:2]
    assert (width, height) == pixels


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("suffix", [*FILMS, ".png"])
def test_a_theme_paints_the_background(render: Render, suffix: str, theme: str) -> None:
    path = render(f"x{suffix}", theme=theme).path
    corner = (read_still(path) if suffix == ".png" else read(path).frames[-1])[1, 1]
    exact = suffix in (".png", ".gif")  # the others keep colours in fewer steps, and lossily
    np.testing.assert_allclose(corner, (*BACKGROUNDS[theme], 255), atol=0 if exact else 4)


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_transparent_pictures_have_no_background(render: Render, theme: str) -> None:
    still = read_still(render("x.png", theme=theme, transparent=True).path)
    film = read(render("x.webp", theme=theme, transparent=True).path)
    for picture in (still, film.frames[0], film.frames[-1]):
        assert picture[1, 1, 3] == 0
        assert (picture[..., 3] == 255).any()
    svg = {
        transparent: render("x.svg", theme=theme, transparent=transparent).path.read_text()
        for transparent in (False, True)
    }
    painted = "#{:02x}{:02x}{:02x}".format(*BACKGROUNDS[theme])
    assert f"fill: {painted}" in svg[False] and f"fill: {painted}" not in svg[True]


def test_a_transparent_webm_has_no_background(render: Render) -> None:
    decoder = av.codec.CodecContext.create("libvpx-vp9", "r")  # FFmpeg's own passes over transparency
    with av.open(str(render("x.webm", transparent=True).path)) as container:
        packets = list(container.demux(video=0))
        assert container.streams.video[0].metadata["alpha_mode"] == "1"
    frames = [frame.to_ndarray(format="rgba") for packet in packets for frame in decoder.decode(packet)]
    assert len(frames) == 5
    assert max(int(frame[1, 1, 3]) for frame in frames) < 5  # it is lossy
    assert (frames[-1][..., 3] > 250).any()


def test_captions_are_words_above_the_panels_and_can_be_left_out(render: Render, tmp_path: Path) -> None:
    run = epochs_run(tmp_path / "run.h5", [1.0] * 8)  # a loss that stands still
    size = (800, 500)  # as large as 8 by 5 inches
    told, silent = (read_still(render("x.png", run, size=size, captions=on).path) for on in (True, False))
    rows, columns = np.nonzero((told != silent).any(axis=-1))
    assert len(rows)
    assert rows.min() > 45 and rows.max() < 85  # between the title and the panel
    assert columns.min() > 200
    assert (silent[60:75] == 255).all()


# Size in bytes, processes, sheets


@pytest.mark.slow
@pytest.mark.parametrize("suffix", FILMS)
def test_a_film_fits_into_the_bytes_allowed_and_says_what_was_given_up(render: Render, suffix: str) -> None:
    options = {"view": "feature-space", "size": (480, 300), "tween": 2}
    whole = render(f"x{suffix}", **options)
    allowed = int(0.6 * whole.path.stat().st_size)
    made = render(f"y{suffix}", **options, max_bytes=allowed)
    assert made.path.stat().st_size <= allowed
    (note,) = made.notes
    assert note.startswith(f"{made.path}: ") and "given up: " in note and "nothing" not in note
    assert whole.notes == []
    film = read(made.path)
    assert sum(film.times) == pytest.approx(sum(read(whole.path).times), rel=0.25)


@pytest.mark.slow
def test_where_enough_is_allowed_nothing_is_given_up(render: Render) -> None:
    whole, allowed = render("x.gif"), render("y.gif", max_bytes=10**7)
    assert "given up: nothing" in allowed.notes[0]
    assert whole.path.read_bytes() == allowed.path.read_bytes()


@pytest.mark.slow
def test_a_film_that_cannot_fit_is_refused_and_leaves_the_older_one(
    render: Render, tmp_path: Path, make_run: Any
) -> None:
    run = make_run()
    size = (400, 300)
    older = render("x.gif", run, size=size).path.read_bytes()
    with pytest.raises(OutputError, match=r"x\.gif: cannot be made smaller"):
        render("x.gif", run, size=size, max_bytes=1000)
    assert (tmp_path / "x.gif").read_bytes() == older
    assert {path.name for path in tmp_path.iterdir()} == {"run.h5", "x.gif"}


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".gif", ".mp4"])
def test_several_processes_draw_the_same_film(render: Render, suffix: str) -> None:
    options = {"tween": 3, "view": "dashboard", "size": (300, 200)}
    one, three = render(f"x{suffix}", **options), render(f"y{suffix}", **options, jobs=3)
    assert one.moments == three.moments
    pairs = zip(read(one.path).frames, read(three.path).frames, strict=True)
    assert all(np.array_equal(a, b) for a, b in pairs)


@pytest.mark.slow
def test_networks_that_only_keras_evaluates_are_drawn_by_one_process(
    render: Render, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TensorFlow's threads do not come along into a forked process, which then waits for them for ever."""
    import keras

    from replay.network.in_keras import describe

    monkeypatch.setattr(multiprocessing, "Process", None)  # not to be called
    inputs = keras.Input((2,))
    both = keras.layers.Average()([keras.layers.Dense(3)(inputs), keras.layers.Dense(3)(inputs)])
    model = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(both))
    model.compile(loss="binary_crossentropy")
    description = describe.describe(model)
    with RunWriter(tmp_path / "run.h5", description, *datasets.parabola(10)) as writer:
        for epoch in range(3):
            writer.snapshot(epoch, [weight * epoch for weight in model.get_weights()], {"loss": 1.0})
    made = render("x.mp4", tmp_path / "run.h5", view="losses", jobs=2)
    assert len(read(made.path).frames) == 3


@pytest.mark.slow
@pytest.mark.parametrize("view", ["dashboard", "decision-boundary", "losses"])
def test_a_sheet_shows_moments_in_columns_and_rows(render: Render, view: str) -> None:
    sizes = {}
    for sheet in ((3, 1), (5, 1), (5, 2)):
        with Image.open(render("x.png", view=view, sheet=sheet, size=None).path) as image:
            sizes[sheet] = image.size
    assert sizes[5, 1][0] > 1.3 * sizes[3, 1][0] and sizes[5, 1][1] == sizes[3, 1][1]
    assert sizes[5, 2][1] > 1.3 * sizes[5, 1][1] and sizes[5, 2][0] == sizes[5, 1][0]


def test_a_sheet_shows_the_epochs_chosen(render: Render, monkeypatch: pytest.MonkeyPatch) -> None:
    from replay.drawing import sheet as sheets

    cells: list[tuple[list[float], int, int]] = []
    whole = sheets.sheet

    def spy(
        evaluation: Any, view: str, style: Any, moments: Any, columns: int, rows: int, **looks: Any
    ) -> Any:
        cells.append((list(moments), columns, rows))
        return whole(evaluation, view, style, moments, columns, rows, **looks)

    monkeypatch.setattr(sheets, "sheet", spy)
    render("x.png", sheet=(3, 2), epochs=(1, 3), size=(600, 400))
    render("x.png", sheet=(2, 1), every=3, size=(600, 400))
    assert cells == [([1, 2, 3], 3, 2), ([0, 3, 4], 2, 1)]


@pytest.mark.slow
def test_a_path_may_begin_at_the_users_home(render: Render, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    recording = Recording(render("x.png").path.with_name("run.h5"))
    for name, options in (("a.gif", {"max_bytes": 10**6}), ("b.png", {"sheet": (1, 1)}), ("c.png", {})):
        rendering = Rendering(**SMALL, **options)
        rendering.check(Path("~") / name)
        rendering.render(recording, [Path("~") / name], lambda path: None)
    assert {path.name for path in (tmp_path / "home").iterdir()} == {"a.gif", "b.png", "c.png"}


# Through the network at one epoch


def test_a_film_of_the_layers_in_motion_stays_at_its_epoch(render: Render) -> None:
    options = {"view": "morph", "size": (300, 200), "pace": "adaptive", "fps": 10}
    made = render("x.mp4", epoch=2, duration=1, captions_file=None, **options)
    moments = np.array(made.moments)
    assert (len(moments), moments[0], moments[-1]) == (10, 0, 7) and (np.diff(moments) >= 0).all()
    assert len(read(made.path).frames) == 10


def test_a_sheet_of_the_layers_in_motion_is_of_one_epoch(render: Render) -> None:
    sizes = {"view": "morph", "pace": "adaptive", "size": (600, 400)}
    early, late = (
        render(f"{epoch}.png", sheet=(4, 2), epoch=epoch, **sizes).path.read_bytes() for epoch in (0, 4)
    )
    assert early != late
    assert render("last.png", sheet=(4, 2), **sizes).path.read_bytes() == late


# What cannot be


@pytest.mark.parametrize(
    ("name", "options", "told"),
    [
        ("x.avi", {}, "unknown format '.avi'"),
        ("x.mp4", {"theme": "drak"}, "unknown theme 'drak': did you mean dark"),
        ("x.mp4", {"font": "DejaVu Sanz"}, "unknown font 'DejaVu Sanz': did you mean DejaVu Sans"),
        ("x.mp4", {"font": "/dev/null"}, "/dev/null is no file: give a font file"),
        ("x.mp4", {"size": (200, 100), "dpi": 50}, "either --size or --dpi"),
        ("x.mp4", {"transparent": True}, "x.mp4.*use .webm, .webp, .png or .svg"),
        ("x.gif", {"transparent": True}, "x.gif.*use .webm"),
        ("x.mp4", {"epoch": 2}, "--epoch makes a still: use one of .png, .svg"),
        ("x.mp4", {"epoch": 2, "view": "stages"}, "--epoch makes a still"),
        ("x.mp4", {"sheet": (2, 2), "view": "morph"}, "--sheet makes a still"),
        ("x.mp4", {"tween": 2, "view": "morph"}, "--tween is for films of the training: morph stays at one"),
        ("x.gif", {"pace": "log", "view": "morph"}, "--pace is for films of the training"),
        ("x.mp4", {"every": 3, "view": "morph"}, "--every is for films of the training"),
        ("x.mp4", {"epochs": (1, 3), "view": "morph"}, "--epochs is for films of the training"),
        ("x.png", {"pace": "log", "view": "morph", "sheet": (2, 2)}, "--pace is for films of the training"),
        ("x.webm", {"sheet": (2, 2)}, "--sheet makes a still"),
        ("x.png", {"sheet": (2, 2), "epoch": 1}, "either --epoch or --sheet"),
        ("x.png", {"max_bytes": 10}, "--max-size is for films: use one of .gif"),
        ("x.png", {"fps": 5}, "--fps is for films"),
        ("x.svg", {"tween": 2}, "--tween is for films"),
        ("x.png", {"duration": 2, "sheet": (2, 2)}, "--duration is for films"),
        ("x.png", {"hold": 0}, "--hold is for films"),
        ("x.png", {"loop": 1}, "--loop is for films"),
        ("x.png", {"epochs": (1, 3)}, "--epochs is for films and sheets: .* --epoch"),
        ("x.png", {"every": 2}, "--every is for films and sheets"),
        ("x.png", {"pace": "log"}, "--pace is for films and sheets"),
        ("x.mp4", {"jobs": 0}, "jobs must lie between 1 and 64, not 0"),
        ("x.png", {"jobs": 65}, "jobs must lie"),
        ("file/x.mp4", {}, "cannot write .*x.mp4: .*file is a file, not a folder"),
        ("file/deeper/x.png", {}, "file is a file, not a folder"),
        ("folder.mp4", {}, "folder.mp4: it is a folder"),
        ("x.html", {"fps": 5}, "x.html: --fps is for pictures: use one of .gif"),
        ("x.html", {"tween": 2}, "--tween is for pictures"),
        ("x.html", {"pace": "log"}, "--pace is for pictures"),
        ("x.html", {"hold": 1}, "--hold is for pictures"),
        ("x.html", {"loop": 1}, "--loop is for pictures"),
        ("x.html", {"size": (200, 100)}, "--size is for pictures"),
        ("x.html", {"dpi": 50}, "--dpi is for pictures"),
        ("x.html", {"font": "DejaVu Serif"}, "--font is for pictures"),
        ("x.html", {"sheet": (2, 2)}, "--sheet is for pictures"),
        ("x.html", {"transparent": True}, "--transparent is for pictures"),
        ("x.html", {"captions": False}, "--no-captions is for pictures"),
        ("x.html", {"view": "most-wrong"}, "a page has no view most-wrong: use one of dashboard"),
        ("x.html", {"theme": "drak"}, "unknown theme 'drak': did you mean dark"),
    ],
)
def test_options_that_do_not_go_together_are_refused_before_anything_is_drawn(
    tmp_path: Path, name: str, options: dict[str, Any], told: str
) -> None:
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "folder.mp4").mkdir()
    with pytest.raises(ReplayError, match=told):
        Rendering(**options).check(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("deep/er/x.mp4", {}),
        ("x.PNG", {}),
        ("x.png", {"epoch": 2}),
        ("x.svg", {"sheet": (2, 2), "epochs": (0, 2), "every": 2, "pace": "log"}),
        ("x.webp", {"transparent": True, "loop": 3, "hold": 0, "max_bytes": 10}),
        (
            "x.html",
            {"view": "losses", "epoch": 2, "epochs": (1, 3), "every": 2, "theme": "dark", "duration": 3},
        ),
        ("x.HTML", {"layer": "hidden", "units": (1, 2), "max_bytes": 10**6, "jobs": 2}),
    ],
)
def test_options_that_go_together_are_let_through(tmp_path: Path, name: str, options: dict[str, Any]) -> None:
    Rendering(**options).check(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


# Comparisons


@pytest.mark.slow
def test_a_comparison_is_written_to_every_path_with_the_options_of_a_film(
    make_run: Any, tmp_path: Path
) -> None:
    recordings = [Recording(make_run(name, n_snapshots=n)) for name, n in (("a.h5", 3), ("b.h5", 7))]
    rendering = Rendering(size=(300, 200), every=2, hold=0, epochs=(2, 6), pace="uniform")
    paths = [tmp_path / "x.gif", tmp_path / "x.mp4"]
    assert rendering.compare(recordings, paths, lambda path: None) == []
    for path in paths:
        assert [frame.shape for frame in read(path).frames] == [(200, 300, 4)] * 3


@pytest.mark.slow
def test_a_page_has_the_options_that_are_given(make_run: Any, tmp_path: Path) -> None:
    options: dict[str, Any] = {
        "view": "losses", "layer": "hidden", "units": (2, 1), "epoch": 3, "epochs": (1, 7), "every": 3,
        "theme": "dark", "duration": 4, "max_bytes": 10**6,
    }  # fmt: skip
    run, path = make_run(n_snapshots=9), tmp_path / "x.html"
    rendering = Rendering(**options)
    rendering.check(path)
    assert rendering.render(Recording(run), [path], lambda path: None) == []
    options["seconds"] = options.pop("duration")
    expected = page_of([Evaluation(Recording(run))], **options)
    assert path.read_text(encoding="utf-8") == expected.html


@pytest.mark.slow
def test_a_page_and_pictures_are_written_side_by_side(make_run: Any, tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("x.png", "x.html")]
    recordings = [Recording(make_run(name)) for name in ("a.h5", "b.h5")]
    Rendering().compare(recordings, paths, lambda path: None)
    assert all(path.stat().st_size for path in paths)
    evaluations = [Evaluation(recording) for recording in recordings]
    assert paths[1].read_text(encoding="utf-8") == page_of(evaluations).html


@pytest.mark.slow
def test_an_adaptive_comparison_goes_on_after_a_run_has_ended(make_run: Any, tmp_path: Path) -> None:
    recordings = [Recording(make_run(name, n_snapshots=n)) for name, n in (("a.h5", 3), ("b.h5", 7))]
    rendering = Rendering(size=(300, 200), pace="adaptive", duration=0.5, hold=0, epochs=(4, 6))
    rendering.compare(recordings, [tmp_path / "x.gif"], lambda path: None)
    assert sum(read(tmp_path / "x.gif").times) == pytest.approx(0.5)
