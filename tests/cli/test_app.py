"""The command line as a user meets it: what it prints, writes, and says of mistakes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import av
import h5py
import numpy as np
import pytest
from PIL import Image

from replay import Recording, Replay
from replay.cli.rendering import Rendering
from replay.drawing.activations.descriptions import NAMES
from replay.drawing.style import DARK
from tests.cli.conftest import Command, Outcome
from tests.helpers.page_reader import Reader
from tests.storage.test_deepreplay import write

pytestmark = pytest.mark.usefixtures("without_xla")
SCENARIO = """
import numpy as np
from replay import Scenario
rng = np.random.default_rng(0)
X = rng.normal(size=(40, 2)).astype("float32")
y = (X[:, 0] > 0).astype(int)
scenario = Scenario(name="mine", data=lambda: (X, y), activations=("tanh", "relu"), epochs=3, {extra})
"""


def scenario_file(folder: Path, extra: str = "") -> Path:
    path = folder / "mine.py"
    path.write_text(SCENARIO.format(extra=extra))
    return path


def assert_refused(outcome: Outcome, *words: str) -> None:
    """One line on stderr that holds these words, nothing on stdout, exit status 2."""
    assert outcome.status == 2
    assert outcome.out == ""
    assert outcome.err.startswith("replay: ") and outcome.err.count("\n") == 1, outcome.err
    for word in words:
        assert word in outcome.err


@pytest.mark.parametrize(
    "name", ["", "scenarios", "run", "info", "render", "compare", "activations", "import", "sweep"]
)
def test_every_command_has_help(command: Command, name: str) -> None:
    outcome = command(*([name] if name else []), "--help")
    assert outcome.status == 0
    assert "Usage: replay" in outcome.out and name in outcome.out


def test_scenarios_lists_every_built_in_one(command: Command) -> None:
    outcome = command("scenarios")
    assert outcome.status == 0
    for name in ("parabola", "moons", "circles", "xor", "spiral", "blobs"):
        assert name in outcome.out


@pytest.mark.slow
def test_run_trains_records_and_renders_a_file_of_the_users_own(command: Command, tmp_path: Path) -> None:
    outcome = command("run", scenario_file(tmp_path))
    assert outcome.status == 0
    folder = tmp_path / "outputs" / "mine"
    made = {f"{name}.{suffix}" for name in ("tanh", "relu") for suffix in ("h5", "gif", "mp4")}
    made |= {"compare.gif", "compare.mp4"}
    assert {path.name for path in folder.iterdir()} == made
    assert {Path(line).name for line in outcome.out.splitlines()} == made
    for name in ("tanh", "relu"):
        assert list(Replay(folder / f"{name}.h5").epochs) == [0, 1, 2, 3]
        with Image.open(folder / f"{name}.gif") as film:
            assert (film.n_frames, film.size) == (35, (720, 360))  # three steps: 1.75 seconds
        with av.open(str(folder / f"{name}.mp4")) as film:
            stream = film.streams.video[0]
            assert (stream.frames, stream.width, stream.height) == (35, 1440, 720)
    for name in ("compare.gif", "compare.mp4"):
        with av.open(str(folder / name)) as film:
            assert len(list(film.decode(video=0))) >= 35


@pytest.mark.slow
def test_run_compares_in_each_format_and_replaces_a_comparison_only_when_told(
    command: Command, tmp_path: Path
) -> None:
    file, folder = scenario_file(tmp_path), tmp_path / "outputs" / "mine"
    arguments = ("run", file, "--epochs", 1, "--format", "png", "--format", "svg", "--size", "400x300")
    folder.mkdir(parents=True)
    (folder / "compare.svg").write_text("precious")
    assert_refused(command(*arguments), "compare.svg exists", "--overwrite")
    assert [path.name for path in folder.iterdir()] == ["compare.svg"]
    assert command(*arguments, "--overwrite").status == 0
    assert (folder / "compare.svg").read_text().startswith("<?xml")
    with Image.open(folder / "compare.png") as still:
        assert still.size == (400, 300)


@pytest.mark.slow
@pytest.mark.parametrize("options", [("-a", "tanh", "--format", "png"), ("--no-render",)])
def test_run_compares_nothing_where_there_is_one_training_or_no_picture(
    command: Command, tmp_path: Path, options: tuple[str, ...]
) -> None:
    assert command("run", scenario_file(tmp_path), "--epochs", 1, *options).status == 0
    assert not list(tmp_path.rglob("compare.*"))


@pytest.mark.slow
def test_run_takes_its_options(command: Command, tmp_path: Path) -> None:
    options = (
        "-a",
        "elu",
        "--epochs",
        2,
        "--seed",
        9,
        "--out",
        "here",
        "--format",
        "png",
        "--format",
        ".svg",
    )
    assert command("run", scenario_file(tmp_path), *options).status == 0
    assert {path.name for path in (tmp_path / "here").iterdir()} == {"elu.h5", "elu.png", "elu.svg"}
    replay = Replay(tmp_path / "here" / "elu.h5")
    assert (replay.epochs[-1], replay.recording.description.seed) == (2, 9)
    assert replay.recording.layer("hidden").activation == "elu"


@pytest.mark.slow
def test_run_renders_the_views_that_a_scenario_names(command: Command, tmp_path: Path) -> None:
    file = scenario_file(tmp_path, "views=('dashboard', 'curves')")
    assert command("run", file, "--format", "png", "-a", "tanh").status == 0
    made = {path.name for path in (tmp_path / "outputs" / "mine").iterdir()}
    assert made == {"tanh.h5", "tanh.png", "tanh-curves.png"}


@pytest.mark.slow
def test_run_renders_the_views_and_the_epoch_that_are_asked_for(command: Command, tmp_path: Path) -> None:
    arguments = ("-a", "tanh", "--format", "png", "--view", "losses", "--view", "curves", "--epoch", 2)
    assert command("run", scenario_file(tmp_path), *arguments).status == 0
    folder = tmp_path / "outputs" / "mine"
    assert {path.name for path in folder.iterdir()} == {"tanh.h5", "tanh-losses.png", "tanh-curves.png"}
    made = (folder / "tanh-losses.png").read_bytes()
    assert command("render", folder / "tanh.h5", "--view", "losses", "--epoch", 2, "-o", "x.png").status == 0
    assert made == Path("x.png").read_bytes()


@pytest.mark.slow
def test_run_says_which_runs_lack_a_view_that_others_have(command: Command, tmp_path: Path) -> None:
    file = scenario_file(tmp_path, 'runs={"none": {}, "clipped": {"clipnorm": 1.0}}')
    file.write_text(file.read_text().replace('("tanh", "relu")', '("tanh",)'))
    outcome = command("run", file, "--format", "png", "--view", "clipping")
    assert outcome.status == 0 and "none.h5: its optimizer does not clip" in outcome.err
    folder = tmp_path / "outputs" / "mine"
    assert {path.name for path in folder.glob("*.png")} == {"clipped-clipping.png"}
    assert "none-clipping.png" not in outcome.out
    refused = command("run", file, "--format", "png", "--view", "sparsity", "--overwrite")
    kept = "the runs are kept: 'replay render outputs/mine/none.h5 --view NAME' draws one"
    assert_refused(refused, "ReLU", kept)
    assert (folder / "none.h5").exists()


@pytest.mark.slow
def test_a_page_that_run_writes_begins_with_the_view_that_is_asked_for(
    command: Command, tmp_path: Path
) -> None:
    arguments = ("-a", "tanh", "--format", "html", "--view", "curves")
    assert command("run", scenario_file(tmp_path), *arguments).status == 0
    assert read_page(tmp_path / "outputs" / "mine" / "tanh.html")["start"]["view"] == "curves"


@pytest.mark.slow
def test_run_keeps_a_run_that_was_trained_alike_and_draws_it(command: Command, tmp_path: Path) -> None:
    file = scenario_file(tmp_path)
    arguments = ("run", file, "-a", "tanh", "--view", "curves", "--format", "png")
    assert command("run", file, "--no-render", "-a", "tanh").status == 0
    path = tmp_path / "outputs" / "mine" / "tanh.h5"
    before = path.read_bytes()
    kept = "outputs/mine/tanh.h5 is kept: --overwrite trains anew\n"
    first, again = command(*arguments), command(*arguments)
    assert (first.status, first.err) == (0, kept)
    assert first.out == again.out == "outputs/mine/tanh.h5\noutputs/mine/tanh-curves.png\n"
    assert (again.status, again.err) == (0, f"{kept}outputs/mine/tanh-curves.png is replaced\n")
    assert path.read_bytes() == before


@pytest.mark.slow
def test_run_refuses_to_replace_a_run_that_was_trained_otherwise_until_told_to(
    command: Command, tmp_path: Path
) -> None:
    file = scenario_file(tmp_path)
    arguments = ("run", file, "--no-render", "-a", "tanh")
    assert command(*arguments).status == 0
    path = tmp_path / "outputs" / "mine" / "tanh.h5"
    before = path.read_bytes()
    for options in (("--epochs", 1), ("--seed", 3), ("--every-n-epochs", 2), ("--title", "Other")):
        refused = command(*arguments, *options)
        assert_refused(refused, "tanh.h5", "replay edit" if "--title" in options else "--overwrite")
        assert "=True" not in refused.err
    assert path.read_bytes() == before
    assert command(*arguments, "--overwrite", "--epochs", 1).status == 0
    assert Replay(path).epochs[-1] == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("run", "parabole"), ("unknown scenario 'parabole'", "did you mean parabola")),
        (("run", "nothing/here.py"), ("nothing/here.py does not exist",)),
        (("run", "parabola", "-a", "rellu"), ("unknown activation 'rellu'", "relu")),
        (("run", "parabola", "--format", "mpeg"), ("unknown format '.mpeg': use .mp4 or .webm",)),
        (("run", "parabola", "--size", "big"), ("did you mean blog, or WIDTHxHEIGHT in pixels, such as",)),
        (("activations", "relu", "--jacobian", "1,2"), ("softmax alone: leave out relu",)),
        (("activations", "--through", "3", "--jacobian", "1,2"), ("leave one of them out",)),
        (
            ("activations", "sigmoid", "relu", "--through", "10", "--nudge", "1", "-o", "t.mp4"),
            ("--nudge and --through make a picture each",),
        ),
        (("activations", "--nudge", "1", "-o", "t.png"), ("name one or several",)),
        (("activations", "step", "--nudge", "1"), ("name its file with -o FILE.png",)),
        (("run", "parabola", "--theme", "drak"), ("unknown theme 'drak'", "did you mean dark")),
        (("run", "parabola", "--size", "storey"), ("unknown size 'storey'", "did you mean story")),
        (("run", "parabola", "--view", "losse"), ("unknown view 'losse'", "losses")),
        (("run", "parabola", "--view", "fit"), ("fit is for numbers to predict", "parabola has classes")),
        (("run", "hills", "--view", "calibration"), ("hills predicts numbers", "fit, predicted")),
        (("run", "valley", "-a", "sgd"), ("'sgd' is no activation but a run of valley", "momentum, ")),
        (("run", "parabola", "--epoch", "151", "--format", "png"), ("no epoch 151", "0 to 150")),
        (("run", "parabola", "--epoch", "3"), ("gif: --epoch makes a still", ".png")),
        (("run", "parabola", "--max-size", "2 potatoes"), ("2MB", "not '2 potatoes'")),
        (("run", "parabola", "--jobs", "0"), ("jobs", "not 0")),
        (("info", "missing.h5"), ("missing.h5 does not exist",)),
        (("render", "missing.h5"), ("missing.h5 does not exist",)),
        (("compare", "missing.h5", "other.h5"), ("missing.h5 does not exist",)),
        (("compare", "."), ("is a folder without a run file (.h5)",)),
        (("import", "missing.h5"), ("missing.h5 does not exist",)),
        (("run", "parabola", "--font", "DejaVu Sanz"), ("unknown font 'DejaVu Sanz'", "DejaVu Sans")),
        (("sweep", "parabola", "--font", "none.ttf"), ("none.ttf does not exist",)),
        (("activations", "-o", "x.png", "--font", "none.otf"), ("none.otf does not exist",)),
        (("activations", "--font", "DejaVu Sans"), ("name its file with -o",)),
        (("activations", "tahn"), ("unknown activation 'tahn'", "did you mean tanh?")),
        (("activations", "relu", "sigmoyd"), ("'sigmoyd'", "sigmoid", "hard_sigmoid")),
        (("activations", "-o", "x.gif"), ("x.gif", ".png", ".svg")),
        (("activations", "-o", "x.png", "--size", "blog", "--dpi", "50"), ("either --size or --dpi",)),
    ],
)
def test_mistakes_get_one_line_with_the_remedy_and_write_nothing(
    command: Command, tmp_path: Path, arguments: tuple[str, ...], words: tuple[str, ...]
) -> None:
    assert_refused(command(*arguments), *words)
    assert list(tmp_path.rglob("*.*")) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--view", "curvs"), ("unknown view 'curvs'", "did you mean curves")),
        (("-o", "film.avi"), ("film.avi: unknown format '.avi': use .mp4 or .webm",)),
        (("-o", "still.jpg"), ("unknown format '.jpg': use .png or .svg",)),
        (("-o", "film.mp5"), ("unknown format '.mp5': did you mean .mp4",)),
        (("--view", "feature-space", "--layer", "output"), ("2 units", "'output' has 1", "hidden")),
        (("--view", "feature-space", "--layer", "hiden"), ("unknown layer 'hiden'", "did you mean hidden?")),
        (("--epoch", "99", "-o", "x.png"), ("no epoch 99", "0 to 4")),
        (("--epoch", "1", "-o", "x.mp4"), ("still", ".png")),
        (("--fps", "0"), ("fps", "not 0")),
        (("--dpi", "1"), ("dpi",)),
        (("--layer", "hidden"), ("feature-space",)),
        (("--size", "0x100"), ("0x100", "100 to 8192 pixels")),
        (("--size", "99999x99999"), ("99999x99999", "100 to 8192 pixels")),
        (("--size", "1000x100"), ("too slim",)),
        (("--size", "blogg"), ("unknown size 'blogg'", "did you mean blog", "WIDTHxHEIGHT")),
        (("--size", "blog", "--dpi", "50"), ("either --size or --dpi",)),
        (("--theme", "drak"), ("unknown theme 'drak'", "did you mean dark?")),
        (("--epochs", "3:9"), ("no epoch 9", "0 to 4")),
        (("--epochs", "-1:3"), ("no epoch -1", "0 to 4")),
        (("--epochs", "1.2:1.4"), ("no snapshot", "1.2 and 1.4")),
        (("--epochs", "3:1"), ("epoch 3 comes after epoch 1",)),
        (("--epochs", "3"), ("A:B", "not '3'")),
        (("--every", "0"), ("every must be 1 or more", "not 0")),
        (("--tween", "-1"), ("tween", "not -1")),
        (("--tween", "100000"), ("at most 100000 frames", "duration")),
        (("--pace", "slow"), ("unknown pace 'slow'",)),
        (("--fps", "60", "-o", "x.gif"), ("x.gif", "at most 50", "60")),
        (("--duration", "0"), ("duration of 0 seconds",)),
        (("--duration", "-1"), ("duration of -1 seconds",)),
        (("--duration", "1e9"), ("duration of 1e+09 seconds", "100000 frames")),
        (("--hold", "-1"), ("hold", "0 to 60 seconds")),
        (("--loop", "2", "-o", "x.mp4"), ("x.mp4", "loop is for")),
        (("--loop", "-1", "-o", "x.gif"), ("loop", "not -1")),
        (("--max-size", "1kB", "--size", "400x300"), ("cannot be made smaller than", "allow more")),
        (("--max-size", "2 potatoes"), ("2MB, 500kB", "not '2 potatoes'")),
        (("--max-size", "2MB", "-o", "x.png"), ("x.png", "--max-size is for films")),
        (("--sheet", "0x3"), ("COLUMNSxROWS", "not 0x3")),
        (("--sheet", "3"), ("COLUMNSxROWS", "not '3'")),
        (("--sheet", "2x2", "-o", "x.mp4"), ("x.mp4", "--sheet makes a still", ".png")),
        (("--sheet", "2x2", "--epoch", "1"), ("either --epoch or --sheet",)),
        (("--epoch", "1", "--every", "2"), ("run.png", "--every is for films and sheets")),
        (("--transparent",), ("run.mp4", ".webm")),
        (("--transparent", "-o", "x.gif"), ("x.gif", ".webp")),
        (("--jobs", "0"), ("jobs", "not 0")),
        (("-o", "run.h5/x.mp4"), ("run.h5/x.mp4", "run.h5 is a file, not a folder")),
        (("-o", "x"), ("unknown format 'x'",)),
    ],
)
def test_render_says_what_is_wrong_with_its_arguments(
    command: Command, make_run: Any, tmp_path: Path, arguments: tuple[str, ...], words: tuple[str, ...]
) -> None:
    run = make_run()
    assert_refused(command("render", run, *arguments), *words)
    assert list(tmp_path.iterdir()) == [run]


@pytest.mark.parametrize("view", ["calibration", "confusion-matrix", "probabilities"])
def test_a_view_of_classes_names_the_regression_and_views_that_suit_it(
    command: Command, make_run: Any, view: str
) -> None:
    x = np.linspace(-1, 1, 30, dtype=np.float32).reshape(-1, 2)
    numbers = {"output_activation": "linear", "loss": "mean_squared_error", "data": (x, x[:, 0] * 1.5)}
    run = make_run(**numbers)
    outcome = command("render", run, "--view", view, "--epoch", 1)
    assert_refused(outcome, f"{run}: this run counts as a regression", "show fit, predicted")


def test_every_option_of_render_reaches_the_picture(
    command: Command, make_run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[Rendering, list[Path]]] = []
    monkeypatch.setattr(
        Rendering, "render", lambda self, recording, paths, tracked: asked.append((self, paths)) or []
    )
    monkeypatch.setattr(Rendering, "check", lambda self, path: None)  # not all of these go together
    options = {
        "--view": "feature-space", "--layer": "hidden", "--units": "1,2", "--epoch": 2, "--sheet": "3x2",
        "--size": "story", "--dpi": 70, "--theme": "dark", "--font": "DejaVu Serif", "--epochs": "1:3",
        "--every": 2, "--tween": 4, "--pace": "log", "--fps": 12.5, "--duration": 3, "--hold": 0, "--loop": 5,
        "--max-size": "1.5MB", "--jobs": 2, "--language": "es", "--captions-file": "x.vtt",
        "--without": "hidden:2", "--sample": 3,
    }  # fmt: skip
    words = [word for pair in options.items() for word in pair]
    flags = ("--transparent", "--no-captions", "--no-held-out", "--no-unit-lines", "--subtitles")
    outcome = command("render", make_run(), "-o", "x.gif", *words, *flags)
    assert outcome.err == ""
    expected = Rendering(
        view="feature-space", layer="hidden", units=(1, 2), epoch=2, sheet=(3, 2), size=(1080, 1920), dpi=70,
        theme="dark", font="DejaVu Serif", transparent=True, captions=False, held_out=False, epochs=(1, 3),
        every=2, tween=4, pace="log", fps=12.5, duration=3, hold=0, loop=5, jobs=2, max_bytes=1_500_000,
        language="es", subtitles=True, captions_file=Path("x.vtt"), unit_lines=False,
        without=(("hidden", (2,)),), sample=3,
    )  # fmt: skip
    assert asked == [(expected, [Path("x.gif")])]
    differing = [field for field in fields(Rendering) if getattr(expected, field.name) == field.default]
    assert differing == []  # each option has been tried


@pytest.mark.slow
def test_options_of_run_reach_its_pictures(command: Command, tmp_path: Path) -> None:
    looks = ("--theme", "dark", "--size", "400x300", "--max-size", "20kB", "--jobs", 2)
    formats = ("--format", "png", "--format", "mp4")
    outcome = command("run", scenario_file(tmp_path), "-a", "tanh", *formats, *looks)
    assert outcome.status == 0
    folder = tmp_path / "outputs" / "mine"
    assert (folder / "tanh.mp4").stat().st_size <= 20_000
    assert "tanh.mp4: " in outcome.err and " kB; given up: " in outcome.err
    with Image.open(folder / "tanh.png") as still:
        assert still.size == (400, 300)
        assert still.convert("RGB").getpixel((0, 0)) == tuple(bytes.fromhex(DARK.background[1:]))


def test_a_note_of_what_was_given_up_is_no_result(command: Command, make_run: Any) -> None:
    outcome = command("render", make_run(), "-o", "x.mp4", "--max-size", "1MB", "--size", "400x300")
    assert (outcome.status, outcome.out) == (0, "x.mp4\n")
    n_bytes = Path("x.mp4").stat().st_size
    assert outcome.err == f"x.mp4: {n_bytes / 1000:.0f} kB; given up: nothing\n"


def read_page(path: Path) -> dict[str, Any]:
    return Reader(path.read_text(encoding="utf-8")).data


@pytest.mark.slow
def test_runs_are_rendered_as_one_page(command: Command, make_run: Any) -> None:
    runs = [make_run(f"{name}.h5") for name in ("tanh", "relu")]
    for words in (("render", "-o", "page.html"), ("compare", "-o", "page.html")):
        outcome = command(*words[:1], *runs, *words[1:], "--epoch", 2, "--theme", "dark")
        assert outcome == (0, "page.html\n", "")
        page = read_page(Path("page.html"))
        assert [run["name"] for run in page["runs"]] == ["tanh", "relu"]
        assert (page["start"]["epoch"], page["theme"]) == (2, "dark")
    assert command("render", runs[0], "-o", "one.html").status == 0
    assert len(read_page(Path("one.html"))["runs"]) == 1


def test_what_a_page_leaves_out_is_told_and_no_result(command: Command, make_run: Any) -> None:
    samples = np.random.default_rng(0).normal(size=(6000, 2)), np.arange(6000) % 2
    outcome = command("render", make_run(data=samples, n_snapshots=2), "-o", "x.html")
    assert (outcome.status, outcome.out) == (0, "x.html\n")
    assert outcome.err == "x.html: 5,000 of 6,000 samples are shown.\n"


@pytest.mark.slow
def test_a_page_too_large_for_what_is_allowed_is_refused(command: Command, make_run: Any) -> None:
    outcome = command("render", make_run(), "-o", "x.html", "--max-size", "1kB")
    assert_refused(outcome, "the page cannot be made smaller than")
    assert not Path("x.html").exists()


@pytest.mark.slow
def test_a_scenario_is_written_as_pages(command: Command, tmp_path: Path) -> None:
    views = 'views=("dashboard", "losses"), tween=2'
    outcome = command(
        "run", scenario_file(tmp_path, views), "--format", "html", "--format", "png", "--size", "400x300"
    )
    folder = tmp_path / "outputs" / "mine"
    assert outcome.status == 0
    pages = {path.name: len(read_page(path)["runs"]) for path in folder.glob("*.html")}
    assert pages == {"tanh.html": 1, "relu.html": 1, "compare.html": 2}
    printed = [Path(line).name for line in outcome.out.splitlines()]
    assert sorted(printed) == sorted(path.name for path in folder.iterdir())
    only = command(
        "run", scenario_file(tmp_path, views), "--format", "html", "--size", "400x300", "--overwrite"
    )
    assert_refused(only, "tanh.html: --size is for pictures")


@pytest.mark.slow
def test_a_film_that_cannot_be_made_leaves_the_older_one(command: Command, make_run: Any) -> None:
    run = make_run()
    assert command("render", run, "--size", "300x200").status == 0
    older = run.with_suffix(".mp4").read_bytes()
    for options in (("--max-size", "1kB", "--size", "400x300"), ("--hold", "99"), ("--loop", "1")):
        assert command("render", run, *options).status == 2
    assert run.with_suffix(".mp4").read_bytes() == older
    assert {path.name for path in run.parent.iterdir()} == {"run.h5", "run.mp4"}


@pytest.mark.parametrize("out", ["taken", "taken/deeper"])
@pytest.mark.parametrize("options", [(), ("--no-render",)])
def test_a_folder_that_cannot_be_made_is_refused_before_training(
    command: Command, tmp_path: Path, out: str, options: tuple[str, ...]
) -> None:
    (tmp_path / "taken").write_text("in the way")
    assert_refused(command("run", "parabola", "--out", out, *options), "taken is a file, not a folder")
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def modules_after(folder: Path, *arguments: str) -> set[str]:
    """The libraries that a command has loaded, in a process of its own."""
    code = (
        "import sys\nfrom replay.cli import app as cli\n"
        f"sys.argv = ['replay', *{arguments!r}]\n"
        "try:\n    cli.main()\nexcept SystemExit as end:\n    assert not end.code\n"
        "print(*sys.modules, sep='\\n')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, check=True, capture_output=True, text=True
    )
    heavy = {
        "numpy",
        "matplotlib",
        "tensorflow",
        "keras",
        "sklearn",
        "scipy",
        "h5py",
        "PIL",
        "imageio_ffmpeg",
    }
    return heavy & set(done.stdout.splitlines())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "loaded"),
    [
        (("--help",), set()),
        (("render", "--help"), set()),
        (("--version",), set()),
        (("info", "run.h5"), {"numpy", "h5py"}),
        (("compare", "--help"), set()),
        (("activations", "tanh"), {"numpy"}),
        (("activations", "tanh", "-o", "x.png"), {"numpy", "h5py", "matplotlib", "PIL"}),
        (("compare", "run.h5", "run.h5", "--epoch", "1"), {"numpy", "h5py", "matplotlib", "PIL"}),
        (("render", "run.h5", "-o", "x.png"), {"numpy", "h5py", "matplotlib", "PIL"}),
        (
            ("render", "run.h5", "-o", "x.gif", "--size", "200x120", "--pace", "adaptive"),
            {"numpy", "h5py", "matplotlib", "PIL", "imageio_ffmpeg"},
        ),
    ],
)
def test_a_command_loads_no_more_than_it_needs(
    make_run: Any, arguments: tuple[str, ...], loaded: set[str]
) -> None:
    assert modules_after(make_run().parent, *arguments) <= loaded


def test_info_of_a_network_that_only_keras_evaluates_loads_no_keras(make_run: Any) -> None:
    assert modules_after(make_run(chain=False).parent, "info", "run.h5") <= {"numpy", "h5py"}


def test_a_feature_space_is_refused_where_no_layer_has_two_units(command: Command, make_run: Any) -> None:
    run = make_run(units=(2, 1, 1))
    assert_refused(command("render", run, "--view", "feature-space"), "no hidden layer has 2 units or more")


def damaged(path: Path, kind: str) -> None:
    whole = path.read_bytes()
    match kind:
        case "empty":
            path.write_bytes(b"")
        case "truncated":
            path.write_bytes(whole[: len(whole) // 3])
        case "text":
            path.write_text("this is no run file")
        case "other":
            with h5py.File(path, "w") as file:
                file["x"] = np.arange(3)
        case "newer":
            with h5py.File(path, "r+") as file:
                file.attrs["format_version"] = "2.0"
        case "without a snapshot":
            with h5py.File(path, "r+") as file:
                file["epochs"].resize(0, axis=0)


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        ("empty", "is empty"),
        ("truncated", "cut short"),
        ("text", "not an HDF5 file"),
        ("other", "not a run file"),
        ("newer", "upgrade"),
        ("without a snapshot", "no snapshot"),
    ],
)
@pytest.mark.parametrize("name", ["info", "render"])
def test_a_bad_run_file_gets_one_line_that_names_it(
    command: Command, make_run: Any, tmp_path: Path, kind: str, word: str, name: str
) -> None:
    path = make_run()
    damaged(path, kind)
    assert_refused(command(name, path), str(path), word)
    assert list(tmp_path.iterdir()) == [path]


def test_debug_shows_the_traceback(command: Command) -> None:
    with pytest.raises(Exception, match="does not exist"):
        command("--debug", "info", "missing.h5")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("lambda: (X, y[:-1])", ("mine", "(40, 2)", "(39,)")),
        ("lambda: (X, y + 1)", ("mine", "between 0 and 1")),
        ("lambda: (np.where(X > 2, np.nan, X), y)", ("mine", "NaN")),
        ("lambda: X", ("mine", "inputs and targets")),
        ("lambda: (X[:0], y[:0])", ("mine", "no samples")),
    ],
)
def test_data_that_cannot_be_trained_on_are_refused_before_training(
    command: Command, tmp_path: Path, data: str, words: tuple[str, ...]
) -> None:
    file = scenario_file(tmp_path)
    file.write_text(file.read_text().replace("data=lambda: (X, y)", f"data={data}"))
    assert_refused(command("run", file), *words)
    assert not (tmp_path / "outputs").exists()


@pytest.mark.slow
def test_a_training_that_diverges_is_recorded_drawn_and_said(command: Command, tmp_path: Path) -> None:
    file = scenario_file(
        tmp_path, "learning_rate=1e30, loss='mean_squared_error', output_activation='linear'"
    )
    outcome = command("run", file, "-a", "relu", "--format", "png", "--format", "gif")
    assert outcome.status == 0
    assert "diverged" in outcome.err and "learning rate" in outcome.err
    with Image.open(tmp_path / "outputs" / "mine" / "relu.gif") as film:
        assert film.n_frames == 35  # three steps: 1.75 seconds
    outcome = command("info", tmp_path / "outputs" / "mine" / "relu.h5", "--json")
    facts = json.loads(outcome.out)
    assert [m["kind"] for m in facts["milestones"]] == ["diverged"]
    assert None in facts["history"]["loss"]


def test_info_prints_text_for_readers_and_json_for_programs(command: Command, make_run: Any) -> None:
    run = make_run(scenario="demo", run="tanh", batch_size=8)
    text = command("info", run).out
    assert "demo · tanh" in text and "5, epoch 0 to 4" in text and "hidden: Dense 2 units, tanh" in text
    facts = json.loads(command("info", run, "--json").out)
    assert (facts["scenario"], facts["run"], facts["batch_size"], facts["n_snapshots"]) == (
        "demo",
        "tanh",
        8,
        5,
    )
    assert facts["epochs"] == [0, 1, 2, 3, 4]


def test_info_says_that_a_run_was_cut_short(command: Command, make_run: Any) -> None:
    assert "incomplete" in command("info", make_run(complete=False)).out


@pytest.mark.slow
def test_render_writes_beside_the_run_unless_told_where(
    command: Command, make_run: Any, tmp_path: Path
) -> None:
    runs = [make_run(name) for name in ("a.h5", "b.h5")]
    outcome = command("render", *runs, "--dpi", 40)
    assert outcome.status == 0
    assert [Path(line).name for line in outcome.out.splitlines()] == ["a.mp4", "b.mp4"]
    assert command("render", runs[0], "-o", "deep/er/x.png", "--epoch", 2).status == 0
    assert (tmp_path / "deep" / "er" / "x.png").exists()
    assert_refused(command("render", *runs, "-o", "x.mp4"), "one file")


def test_fps_and_dpi_reach_the_film(command: Command, make_run: Any) -> None:
    assert command("render", make_run(), "-o", "x.mp4", "--fps", 5, "--dpi", 50).status == 0
    with av.open("x.mp4") as film:
        stream = film.streams.video[0]
        assert (stream.average_rate, stream.width, stream.height) == (5, 600, 300)


def test_the_installed_command_exits_with_2_and_no_traceback(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "replay", "info", str(tmp_path / "no.h5")],
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1 and "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ("views=('nope',)", ("unknown view 'nope'",)),
        ("views=('feature-space',), hidden_units=(1,)", ("feature-space", "2 units")),
        ("seed=-1", ("seed",)),
        ("learning_rate=-1.0", ("learning_rate",)),
        ("loss='binary_crosentropy'", ("loss 'binary_crosentropy'",)),
        ("metrics=('acuracy',)", ("metric 'acuracy'",)),
        ("build_model=lambda activation: 1 / 0", ("build_model fails", "division by zero")),
    ],
)
def test_a_scenario_that_does_not_hold_together_gets_one_line(
    command: Command, tmp_path: Path, extra: str, words: tuple[str, ...]
) -> None:
    outcome = command("run", scenario_file(tmp_path, extra), "--no-render")
    assert outcome.status == 2
    last = outcome.err.splitlines()[-1]
    assert last.startswith("replay: ") and all(word in last for word in words), outcome.err
    assert list(tmp_path.rglob("*.h5")) == []


@pytest.mark.parametrize("name", ["glu", "threshold"])
def test_activations_that_no_dense_layer_can_have_are_not_offered(command: Command, name: str) -> None:
    assert_refused(command("run", "parabola", "-a", name), f"unknown activation '{name}'")


def test_an_activation_named_twice_is_refused_before_training(command: Command, tmp_path: Path) -> None:
    assert_refused(command("run", "parabola", "-a", "tanh", "-a", "tanh"), "named twice")


def test_version_is_printed(command: Command) -> None:
    import replay

    assert command("--version").out == f"replay {replay.__version__}\n"


@pytest.mark.slow
def test_a_network_that_does_not_fit_its_loss_gets_one_line_and_leaves_no_file(tmp_path: Path) -> None:
    file = scenario_file(tmp_path, "output_units=3")
    arguments = [sys.executable, "-m", "replay", "run", str(file), "--no-render"]
    done = subprocess.run(arguments, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr and "cannot be trained with tanh" in done.stderr.splitlines()[-1]
    assert list(tmp_path.rglob("*.h5")) == []


# Comparing


@pytest.mark.slow
@pytest.mark.parametrize("name", ["x.mp4", "x.gif", "x.webm"])
def test_compare_makes_a_film_as_long_as_the_longest_run(command: Command, make_run: Any, name: str) -> None:
    runs = [make_run("a.h5", n_snapshots=3), make_run("b.h5", n_snapshots=6)]
    options = "--size", "400x300", "--hold", 0, "--pace", "uniform"
    outcome = command("compare", *runs, "-o", name, *options)
    assert (outcome.status, outcome.out, outcome.err) == (0, f"{name}\n", "")
    with av.open(name) as film:
        frames = list(film.decode(video=0))
        assert (len(frames), frames[0].width, frames[0].height) == (6, 400, 300)


@pytest.mark.slow
def test_compare_takes_a_folder_and_writes_beside_its_first_run(
    command: Command, make_run: Any, tmp_path: Path
) -> None:
    folder = make_run("a.h5").parent
    make_run("b.h5")
    outcome = command("compare", folder, "--size", "400x300")
    assert outcome.out == f"{tmp_path / 'compare.mp4'}\n"
    outcome = command("compare", folder, "--epoch", 2.5, "--size", "400x300")
    assert outcome.out == f"{tmp_path / 'compare.png'}\n"
    assert {path.name for path in folder.iterdir()} == {"a.h5", "b.h5", "compare.mp4", "compare.png"}
    with Image.open(tmp_path / "compare.png") as still:
        assert still.size == (400, 300)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--size", "blog", "--dpi", "50"), ("either --size or --dpi",)),
        (("--transparent",), ("compare.mp4", ".webm")),
        (("--epoch", "99"), ("no epoch 99", "0 to 4")),
        (("--epoch", "1", "-o", "x.mp4"), ("still", ".png")),
        (("--epoch", "1", "--fps", "9"), ("compare.png", "--fps is for films")),
        (("--epochs", "3:9"), ("no epoch 9", "0 to 4")),
        (("--theme", "drak"), ("did you mean dark?",)),
        (("-o", "a.h5/x.mp4"), ("a.h5 is a file, not a folder",)),
        (("missing.h5",), ("missing.h5 does not exist",)),
    ],
)
def test_compare_says_what_is_wrong_with_its_arguments(
    command: Command, make_run: Any, tmp_path: Path, arguments: tuple[str, ...], words: tuple[str, ...]
) -> None:
    make_run("a.h5"), make_run("b.h5")
    assert_refused(command("compare", "a.h5", "b.h5", *arguments), *words)
    assert {path.name for path in tmp_path.iterdir()} == {"a.h5", "b.h5"}


def test_compare_names_the_runs_that_do_not_go_together(command: Command, make_run: Any) -> None:
    data = np.zeros((8, 5), np.float32), np.arange(8) % 2
    make_run("a.h5"), make_run("b.h5", units=(5, 2, 1), data=data)
    assert_refused(command("compare", "a.h5", "b.h5"), "a.h5", "b.h5", "(5,)", "(2,)")
    assert_refused(command("compare", "a.h5"), "2 to 30 runs", "not 1")
    assert_refused(command("compare", *["a.h5"] * 31), "2 to 30 runs", "not 31")


def test_every_option_of_compare_reaches_the_picture(
    command: Command, make_run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[Rendering, list[Path], list[Path]]] = []

    def compare(self: Rendering, recordings: list[Recording], paths: list[Path], tracked: Any) -> list[str]:
        asked.append((self, [recording.path for recording in recordings], paths))
        return ["a note"]

    monkeypatch.setattr(Rendering, "compare", compare)
    monkeypatch.setattr(Rendering, "check", lambda self, path: None)  # not all of these go together
    options = {
        "--epoch": 2, "--size": "story", "--dpi": 70, "--theme": "dark", "--epochs": "1:3", "--every": 2,
        "--tween": 4, "--pace": "log", "--fps": 12.5, "--duration": 3, "--hold": 0, "--loop": 5,
        "--max-size": "1.5MB", "--jobs": 2, "--language": "en", "--captions-file": "x.vtt",
    }  # fmt: skip
    runs = [make_run("b.h5"), make_run("a.h5")]
    words = [word for pair in options.items() for word in pair]
    outcome = command("compare", *runs, "-o", "x.gif", *words, "--transparent", "--subtitles")
    expected = Rendering(
        epoch=2, size=(1080, 1920), dpi=70, theme="dark", transparent=True, epochs=(1, 3), every=2, tween=4,
        pace="log", fps=12.5, duration=3, hold=0, loop=5, jobs=2, max_bytes=1_500_000, language="en",
        subtitles=True, captions_file=Path("x.vtt"),
    )  # fmt: skip
    assert (outcome.out, outcome.err) == ("x.gif\nx.vtt\n", "a note\n")
    assert asked == [(expected, runs, [Path("x.gif")])]


# Activations


def test_activations_are_told_in_eighty_columns(command: Command) -> None:
    every, two = command("activations"), command("activations", "tanh", "relu")
    assert every.status == two.status == 0
    for name in NAMES:
        assert any(line.split()[0] == name for line in every.out.splitlines() if line), name
    assert all(len(line) <= 80 for line in (every.out + two.out).splitlines())
    assert "max(0, z)" in two.out.split("\n\n")[1] and len(two.out.split("\n\n")) == 2


@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_activations_are_drawn(command: Command, tmp_path: Path, suffix: str) -> None:
    name = f"deeper/x{suffix}"
    outcome = command("activations", "tanh", "relu", "-o", name, "--size", "600x400", "--theme", "dark")
    assert (outcome.status, outcome.out, outcome.err) == (0, f"{name}\n", "")
    if suffix == ".svg":
        assert "<svg" in Path(name).read_text()
        return
    with Image.open(name) as still:
        assert still.size == (600, 400)
        assert still.convert("RGB").getpixel((0, 0)) == tuple(bytes.fromhex(DARK.background[1:]))


def test_activations_take_parameters(command: Command) -> None:
    outcome = command("activations", "elu:0.2", "leaky_relu:0.01")
    assert "ELU (α = 0.2)" in outcome.out and "leaky ReLU (α = 0.01)" in outcome.out
    assert_refused(command("activations", "sigmoid:2"), "sigmoid takes no parameters")


def test_a_value_passes_through_layers(command: Command, tmp_path: Path) -> None:
    outcome = command("activations", "relu", "sigmoid", "--through", 3, "--start", 2)
    assert [line.split(" becomes")[0] for line in outcome.out.splitlines()] == ["ReLU: 2", "sigmoid: 2"]
    outcome = command("activations", "relu", "--through", 2, "-o", "x.png", "--size", "480x300")
    assert (outcome.status, outcome.out) == (0, "x.png\n")
    with Image.open("x.png") as still:
        assert still.size == (480, 300)
    outcome = command("activations", "relu", "--through", 1, "-o", "x.gif", "--size", "240x160")
    assert (outcome.status, outcome.out) == (0, "x.gif\n")
    with Image.open("x.gif") as film:
        assert getattr(film, "n_frames", 1) > 5


def test_the_jacobian_of_softmax_is_told_and_drawn(command: Command, tmp_path: Path) -> None:
    assert "∂pᵢ/∂zⱼ" in command("activations", "--jacobian", "2,1,0").out
    assert command("activations", "softmax", "--jacobian", "2,1,0", "-o", "x.png").out == "x.png\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--through", "3"], "name one or several"),
        (["tanh", "--start", "3"], "--through"),
        (["tanh", "--jacobian", "1,2"], "softmax alone"),
        (["softmax", "--jacobian", "1,2", "--through", "2"], "leave one of them out"),
        (["--jacobian", "1,x"], "numbers with commas"),
        (["tanh", "--through", "3", "-o", "x.html"], "unknown format"),
        (["--jacobian", "1,2", "-o", "x.gif"], "unknown format"),
        (["tanh", "--through", "3", "-o", "x.gif", "--transparent"], "semi-transparent"),
    ],
)
def test_options_of_activations_that_do_not_go_together_are_refused(
    command: Command, words: list[str], message: str
) -> None:
    assert_refused(command("activations", *words), message)


# Importing


@pytest.mark.slow
def test_a_file_of_deepreplay_becomes_a_run_that_the_other_commands_take(
    command: Command, tmp_path: Path
) -> None:
    old = write(tmp_path / "old.h5")
    assert command("import", "old.h5").out == "old-part1.h5\n"
    np.testing.assert_array_equal(Recording("old-part1.h5").weights_at(2)[0], Recording(old).weights_at(2)[0])
    assert command("info", "old-part1.h5").status == 0
    assert command("import", "old.h5", "-o", "deeper/new.h5").out == "deeper/new.h5\n"
    arguments = ("compare", "old-part1.h5", "deeper/new.h5", "--epoch", 1, "--size", "300x200")
    assert command(*arguments).out == "compare.png\n"


def test_import_replaces_a_file_only_when_told(command: Command, tmp_path: Path) -> None:
    write(tmp_path / "old.h5")
    (tmp_path / "run.h5").write_text("precious")
    assert_refused(command("import", "old.h5", "-o", "run.h5"), "run.h5 exists", "--overwrite")
    assert (tmp_path / "run.h5").read_text() == "precious"
    assert command("import", "old.h5", "-o", "run.h5", "--overwrite").status == 0
    assert Recording("run.h5").complete


def test_import_asks_which_of_several_trainings_is_meant(command: Command, tmp_path: Path) -> None:
    for group in ("first", "second"):
        write(tmp_path / "old.h5", group=group)
    assert_refused(command("import", "old.h5"), "several trainings", "--group", "first, second")
    assert_refused(command("import", "old.h5", "--group", "secnd"), "did you mean second?")
    assert command("import", "old.h5", "--group", "second").out == "old-second.h5\n"
    assert Recording("old-second.h5").title == "second"


def test_groups_are_rendered_and_compared_like_run_files(command: Command, tmp_path: Path) -> None:
    for group in ("first", "second", "third"):
        write(tmp_path / "old.h5", group=group)
    assert command("info", "old.h5").out.splitlines()[1:] == [
        f"  {group:<6}  7 snapshots, epoch 0 to 6" for group in ("first", "second", "third")
    ]
    assert command("render", "old.h5", "--group", "second", "--epoch", 2).out == "old-second.png\n"
    assert command("render", "old.h5", "--epoch", 2).out.split() == [
        *("old-first.png", "old-second.png", "old-third.png"),
    ]
    assert_refused(command("render", "old.h5", "-o", "one.png"), "-o names one file")
    assert_refused(command("render", "old.h5", "--group", "secnd"), "did you mean second?")
    outcome = command("compare", "old.h5", "--group", "first", "--group", "third", "-o", "two.md")
    assert outcome.out == "two.md\n"
    assert [line.split()[1] for line in (tmp_path / "two.md").read_text().splitlines()[2:]] == [
        *("first", "third"),
    ]


def test_groups_of_a_folder_are_its_run_files(command: Command, make_run: Any, tmp_path: Path) -> None:
    (tmp_path / "part1.h5").mkdir()
    for group in ("sigmoid", "tanh"):
        make_run(f"part1.h5/{group}.h5", run=group)
    shown = command("render", "part1.h5", "--group", "tanh", "--epoch", 2)
    assert shown.out == "part1.h5/tanh.png\n"
    assert_refused(command("watch", "part1.h5"), "several trainings", "sigmoid, tanh")
    assert command("watch", "part1.h5", "--group", "tanh").status == 0


def test_import_of_a_file_that_deepreplay_did_not_write_is_refused(command: Command, make_run: Any) -> None:
    make_run()
    assert_refused(command("import", "run.h5"), "run.h5")


@pytest.mark.slow
def test_sweep_says_its_verdict_and_writes_table_and_figures(command: Command, tmp_path: Path) -> None:
    file = scenario_file(tmp_path)
    outcome = command(
        "sweep", file, "--seeds", 3, "--no-keep", "--axis", "batch_size=8,40", "--size", "900x500"
    )
    assert outcome.status == 0, outcome.err
    lines = outcome.out.splitlines()
    names = ["tanh-batch8", "tanh-batch40", "relu-batch8", "relu-batch40"]
    assert [line.split(" ")[0] for line in lines[:4]] == names
    assert all("3 seeds" in line for line in lines[:4])
    folder = tmp_path / "outputs" / "mine" / "sweep"
    table = (folder / "table.csv").read_text().splitlines()
    assert len(table) == 1 + 3 * 4
    assert not list(folder.glob("runs/*.h5"))
    for figure in ("solved", "epochs", "losses", "boundaries"):
        with Image.open(folder / f"{figure}.png") as picture:
            assert picture.size == (900, 500)


@pytest.mark.slow
def test_a_sweep_goes_on_with_more_seeds_and_refuses_other_settings(command: Command, tmp_path: Path) -> None:
    file = scenario_file(tmp_path)
    assert command("sweep", file, "--seeds", 1, "-a", "tanh").status == 0
    folder = tmp_path / "outputs" / "mine" / "sweep"
    finished = {path: path.stat().st_mtime_ns for path in (folder / "finished").iterdir()}
    assert len(list(folder.glob("runs/*.h5"))) == 1
    assert command("sweep", file, "--seeds", 2, "-a", "tanh").status == 0
    assert len(list(folder.glob("runs/*.h5"))) == 2
    assert all(path.stat().st_mtime_ns == written for path, written in finished.items())
    before = (folder / "table.csv").read_text()
    assert_refused(command("sweep", file, "--seeds", 2, "-a", "tanh", "--epochs", 4), "epochs")
    assert (folder / "table.csv").read_text() == before
    assert command("sweep", file, "--seeds", 2, "-a", "tanh", "--epochs", 4, "--overwrite").status == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--axis", "batchsize=3"], ["batch_size"]),
        (["--axis", "batch_size"], ["NAME=V1,V2"]),
        (["--axis", "batch_size=0"], ["batch_size"]),
        (["--axis", "optimizer=adm"], ["adam"]),
        (["-a", "rleu"], ["relu"]),
        (["--format", "gif"], [".png"]),
        (["--theme", "drak"], ["dark"]),
        (["--size", "0x0"], ["0x0"]),
        (["--jobs", "0"], ["jobs"]),
    ],
)
def test_mistakes_in_a_sweep_get_one_line_and_train_nothing(
    command: Command, tmp_path: Path, arguments: list[str], words: list[str]
) -> None:
    outcome = command("sweep", scenario_file(tmp_path), "--seeds", 2, *arguments)
    assert_refused(outcome, *words)
    assert not (tmp_path / "outputs").exists()


@pytest.mark.slow
def test_run_of_a_scenario_that_varies_something_else_names_its_runs_by_it(
    command: Command, tmp_path: Path
) -> None:
    file = scenario_file(tmp_path, 'vary={"batch_size": (8, 40)}')
    outcome = command("run", file, "-a", "tanh", "--format", "png")
    assert outcome.status == 0, outcome.err
    folder = tmp_path / "outputs" / "mine"
    names = {path.name for path in folder.iterdir()}
    assert names == {"batch8.h5", "batch8.png", "batch40.h5", "batch40.png", "compare.png"}


@pytest.mark.slow
def test_a_sweep_of_a_regression_says_how_well_it_fits(command: Command, tmp_path: Path) -> None:
    file = scenario_file(tmp_path, 'loss="mean_squared_error", output_activation="linear", metrics=()')
    file.write_text(file.read_text().replace("(X[:, 0] > 0).astype(int)", "X[:, 0] * 2.5"))
    outcome = command("sweep", file, "--seeds", 2, "--no-keep")
    assert outcome.status == 0, outcome.err
    verdict = outcome.out.splitlines()[0]
    assert "fits it" in verdict and "R²" in verdict and "solve" not in verdict
    folder = tmp_path / "outputs" / "mine" / "sweep"
    assert {path.name for path in folder.glob("*.*")} >= {"table.csv", "losses.png", "solved.png"}


def test_a_sweep_says_which_runs_failed_and_that_none_ended(command: Command, tmp_path: Path) -> None:
    file = scenario_file(tmp_path, 'loss="no_such_loss"')
    outcome = command("sweep", file, "--seeds", 2, "--no-keep")
    assert outcome.status == 2
    assert "no_such_loss" in outcome.err
    assert "Traceback" not in outcome.err


def test_an_activation_is_named_once(command: Command, tmp_path: Path) -> None:
    outcome = command("sweep", scenario_file(tmp_path), "-a", "relu", "--axis", "activation=tanh")
    assert_refused(outcome, "--axis")


def small_mnist(path: Path, images: Any) -> Path:
    """The first images of each part, in a file as MNIST's."""
    (x, y), (x_test, y_test) = images
    np.savez(path, x_train=x[:200], y_train=y[:200], x_test=x_test[:50], y_test=y_test[:50])
    return path


@pytest.mark.slow
def test_run_trains_on_a_data_file_and_records_as_it_is_told(
    command: Command, tmp_path: Path, images: Any
) -> None:
    data = small_mnist(tmp_path / "small.npz", images)
    outcome = command(
        *("run", "mnist-dense", "--data", data, "-a", "relu", "--epochs", 1, "--samples", 100),
        *("--keep-samples", 40, "--layers", "hidden", "--float16", "--compress", "--no-render"),
    )
    digits = "10 classes: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9"
    told = f"target: y_train ({digits}); inputs: x_train; scale: pixels from 0 to 1"
    assert (outcome.status, outcome.err) == (0, f"{data}: {told}\n")
    path = tmp_path / "outputs" / "small-mnist-dense" / "relu.h5"
    recording = Recording(path)
    assert recording.description.subset == {"of": 100, "seed": 0}
    assert recording.inputs.shape == (40, 28, 28)
    assert recording.validation_data is not None and len(recording.validation_data[0]) == 40
    assert [layer.recorded for layer in recording.description.layers if layer.weights] == [True, False]
    with h5py.File(path) as file:
        kernel = file["weights/hidden/kernel"]
        assert (str(kernel.dtype), kernel.compression) == ("float16", "gzip")
    told = command("info", path).out
    assert "40 of 100, stratified by class, with 784 inputs, 10 classes" in told
    assert "output: Dense 10 units, softmax (weights not recorded)" in told
    for view in ("dashboard", "kernels", "weights", "activations"):  # up to the layer that was recorded
        assert command("render", path, "--view", view, "--epoch", 1).status == 0
    for view in ("confusion-matrix", "losses", "gradients"):
        refused = command("render", path, "--view", view, "--epoch", 1)
        assert_refused(refused, "weights of layer 'output' were not recorded")


def test_run_takes_snapshots_as_often_as_it_is_told(command: Command, tmp_path: Path) -> None:
    options = ("--every-n-epochs", 2, "--every-n-batches", 2, "--no-render")
    assert command("run", scenario_file(tmp_path), "-a", "tanh", "--epochs", 3, *options).status == 0
    epochs = Recording(tmp_path / "outputs" / "mine" / "tanh.h5").epochs
    np.testing.assert_allclose(epochs, [0, 2 / 3, 1 + 2 / 3, 2, 2 + 2 / 3, 3])


def test_a_table_of_three_classes_gives_the_network_a_softmax(command: Command, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = [
        f"{x:.3f},{y:.3f},{label}" for (x, y), label in zip(rng.normal(size=(30, 2)), "abc" * 10, strict=True)
    ]
    (tmp_path / "mine.csv").write_text("\n".join(["x,y,class", *rows]))
    outcome = command("run", "parabola", "--data", "mine.csv", "-a", "tanh", "--epochs", 1, "--no-render")
    assert outcome.status == 0
    assert outcome.err.splitlines() == [
        "mine.csv: target: class (3 classes: a, b, c); inputs: x, y",
        "the output has 3 units (softmax), trained with sparse_categorical_crossentropy",
    ]
    recording = Recording(tmp_path / "outputs" / "mine-parabola" / "tanh.h5")
    assert recording.task.n_classes == 3


def test_the_options_of_data_are_followed_told_and_kept(
    command: Command, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [f"{n * 3},{n}000,{n % 4},{'' if n == 3 else n % 2}" for n in range(20)]
    (tmp_path / "mine.csv").write_text("\n".join(["a,b,c,sick", *rows]))
    options = ("--target", "sick", "--ignore", "c", "--scale", "minmax", "--missing", "drop")
    outcome = command(
        *("run", "parabola", "--data", "mine.csv", *options, "-a", "tanh", "--epochs", 1, "--no-render")
    )
    told = "target: sick (2 classes: 0, 1); inputs: a, b; left out: c; scale: minmax"
    assert (outcome.status, outcome.err.splitlines()[-1]) == (0, f"mine.csv: {told}")
    assert "mine.csv: 1 of 20 rows have missing cells and are left out" in caplog.messages
    path = tmp_path / "outputs" / "mine-parabola" / "tanh.h5"
    assert f"data        {told}" in command("info", path).out
    assert json.loads(command("info", path, "--json").out)["data"]["classes"] == ["0", "1"]
    inputs = Recording(path).inputs
    assert (len(inputs), inputs.min(), inputs.max()) == (19, 0, 1)


def test_options_of_data_need_data(command: Command, tmp_path: Path) -> None:
    for name in ("run", "sweep"):
        assert_refused(command(name, "parabola", "--target", "a"), "--target is for the data of")
        assert_refused(command(name, "parabola", "--max-data", "1GB"), "--max-data is for the data of")
    assert_refused(command("run", "parabola", "--data", "mine.csv", "--scale", "log"), "unknown scale 'log'")


def test_data_that_take_more_memory_than_allowed_are_refused(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("a,label\n" + "1,0\n2,1\n" * 30)
    for name in ("run", "sweep"):
        refused = command(name, "parabola", "--data", path, "--max-data", "1kB")
        assert_refused(refused, "mine.csv: to read this takes 2", "more than 1 kB", "--max-data")
    assert_refused(command("run", "parabola", "--data", path, "--max-data", "much"), "must be given as 2MB")


@pytest.mark.parametrize(
    ("arrays", "scenario", "words"),
    [
        ({"x": np.zeros((20, 28, 28)), "y": np.full(20, 5)}, "mnist-dense", "every target is 5"),
        (
            {"x": np.zeros((20, 9, 9)), "y": np.arange(20) % 10},
            "mnist-cnn",
            "shape .9, 9., but the model",
        ),
        ({"x": np.full((20, 4), np.nan), "y": np.arange(20) % 2}, "parabola", "NaN or infinity in 20 of 20"),
        ({"z": np.zeros(3)}, "digits", "holds z: it must hold x_train"),
    ],
    ids=["labels", "shape", "NaN", "names"],
)
def test_data_files_that_do_not_fit_are_refused_before_training(
    command: Command, tmp_path: Path, arrays: dict[str, Any], scenario: str, words: str
) -> None:
    np.savez(tmp_path / "mine.npz", **arrays)
    outcome = command("run", scenario, "--data", "mine.npz", "--no-render")
    *_, last = outcome.err.splitlines()  # what the data were taken for may stand before it
    assert outcome.status == 2 and re.match(f"replay: .*{words}", last), outcome.err
    assert not list(tmp_path.rglob("*.h5"))


def test_without_network_and_cache_run_says_how_to_bring_mnist(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    from keras.datasets import mnist

    def load_data() -> None:
        raise Exception("URL fetch failure on https://…")

    monkeypatch.setattr(mnist, "load_data", load_data)
    outcome = command("run", "mnist-dense", "--no-render")
    assert_refused(outcome, "URL fetch failure", "--data FILE", "digits, which needs no network")


@pytest.mark.slow
def test_a_run_that_would_be_too_large_is_refused_until_the_limit_is_raised(command: Command) -> None:
    few = ("run", "digits", "-a", "tanh", "--epochs", 2, "--no-render")
    assert_refused(command(*few, "--max-file-size", "10kB"), "more than 10 kB", "--max-file-size")
    assert command(*few, "--max-file-size", "2MB").status == 0


@pytest.mark.parametrize("suffix", [".md", ".csv"])
def test_compare_tabulates_runs(command: Command, make_run: Any, tmp_path: Path, suffix: str) -> None:
    runs = [make_run(f"{name}.h5", run=name, n_snapshots=n) for name, n in (("tanh", 5), ("relu", 3))]
    outcome = command("compare", *runs, "-o", f"table{suffix}")
    assert (outcome.status, outcome.out) == (0, f"table{suffix}\n")
    lines = (tmp_path / f"table{suffix}").read_text().splitlines()
    assert len(lines) == (4 if suffix == ".md" else 3)
    assert "tanh" in lines[-2] and "relu" in lines[-1]
    refused = command("compare", *runs, "-o", f"table{suffix}", "--theme", "dark")
    assert_refused(refused, "--theme is for pictures")


@pytest.mark.slow
def test_a_sample_is_chosen_for_softmax(command: Command, make_run: Any, tmp_path: Path) -> None:
    x = np.random.default_rng(0).normal(size=(30, 2)).astype(np.float32)
    path = make_run(units=(2, 3, 3), data=(x, np.arange(30) % 3))
    for sample in (1, 30):
        assert command("render", path, "--view", "softmax", "--sample", sample, "--epoch", 2).status == 0
    assert_refused(command("render", path, "--view", "softmax", "--sample", 31), "samples 1 to 30, not 31")
    assert_refused(command("render", path, "--view", "losses", "--sample", 1), "softmax, not for losses")
    assert_refused(command("render", make_run("two.h5"), "--view", "softmax"), "cross-entropy instead")


def test_units_of_a_wider_layer_are_chosen_for_the_feature_space(
    command: Command, make_run: Any, tmp_path: Path
) -> None:
    path = make_run(units=(2, 5, 1))
    chosen = (("feature-space", ("2,5", "pca")), ("space", ("1,2,5", "tour")))
    for view, units in ((view, units) for view, several in chosen for units in several):
        outcome = command("render", path, "--view", view, "--units", units, "--epoch", 2)
        assert outcome.status == 0
    assert_refused(command("render", path, "--view", "feature-space", "--units", "tour"), "view space")
    assert_refused(command("render", path, "--view", "space", "--units", "2,5"), "three different units")
    assert_refused(
        command("render", path, "-o", "x.html", "--units", "tour"), "a page shows two units of a layer"
    )
    assert_refused(command("render", path, "--view", "losses", "--units", "1,2"), "not for losses")
    assert_refused(command("render", path, "--view", "feature-space", "--units", "1,9"), "no unit 9")
    assert_refused(command("render", path, "--view", "feature-space", "--units", "one"), "such as 3,7")
