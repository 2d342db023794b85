"""Make the README's pictures, each under 1.5 MB: `python docs/pictures/make/gallery.py`."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from replay import DataOptions, Recording, Replay, run
from replay.drawing.activations.figure import figure
from replay.drawing.comparison import compare
from replay.drawing.composition import save_still
from replay.drawing.sheet import sheet
from replay.drawing.style import theme
from replay.film.budget import save_within
from replay.runs.evaluation import Evaluation
from replay.scenario.built_in import load_scenario

GALLERY = Path(__file__).parents[3] / "outputs" / "gallery"
IRIS = Path(__file__).parents[2] / "iris.csv"
MAX_BYTES = 1_500_000
FILMS = {
    ("parabola", "sigmoid"): "light",
    ("parabola", "tanh"): "light",
    ("parabola", "relu"): "light",
    ("blobs", "relu"): "light",
    ("spiral", "tanh"): "dark",
    ("digits", "tanh"): "light",
    ("overfit", "plain"): "light",
    ("sine", "tanh"): "light",
}


def main() -> None:
    light = theme("light")
    drawn = figure(["sigmoid", "tanh", "relu"], light, (1440, 480))
    save_still(drawn, GALLERY / "activations.png", light)
    with tempfile.TemporaryDirectory() as folder:
        _comparison(Path(folder) / "compare")
        for (name, chosen), colours in FILMS.items():
            single = dict(load_scenario(name).variants)[chosen]
            recording = run(single.with_changes(runs={chosen: {}}), Path(folder) / name)[0]
            if (name, chosen) == ("parabola", "tanh"):
                _film(recording, GALLERY / f"{name}-{chosen}-why.gif", colours, "why")
                _sheet(recording, GALLERY / f"{name}-{chosen}-sheet.png")
            else:
                _film(recording, GALLERY / f"{name}-{chosen}.gif", colours)
        _own_data(Path(folder) / "iris")


def _own_data(folder: Path) -> None:
    """The README's example of a table."""
    options = DataOptions(inputs=("petal length (cm)", "petal width (cm)"))
    scenario = load_scenario("moons").with_data_file(IRIS, options).with_changes(activations=("tanh",))
    _film(run(scenario, folder)[0], GALLERY / "iris-tanh.gif", "light")


def _film(recording: Recording, path: Path, colours: str, view: str = "dashboard") -> None:
    animation = Replay(recording.path, style=theme(colours)).view(view).animate(hold=2)
    given_up = save_within(animation, path, MAX_BYTES, dpi=60)
    print(f"{path.name}: {path.stat().st_size / 1e6:.2f} MB, given up: {given_up}")


def _comparison(folder: Path) -> None:
    evaluations = [Evaluation(recording) for recording in run(load_scenario("parabola"), folder)]
    animation = compare(evaluations, theme("light")).animate(pace="adaptive", duration=4, hold=2)
    path = GALLERY / "parabola-compare.gif"
    given_up = save_within(animation, path, MAX_BYTES, dpi=60)
    print(f"{path.name}: {path.stat().st_size / 1e6:.2f} MB, given up: {given_up}")


def _sheet(recording: Recording, path: Path) -> None:
    replay = Replay(recording.path)
    moments = replay.dashboard().animate(pace="adaptive").timeline.moments
    figure = sheet(replay.evaluation, "feature-space", replay.style, moments, 4, 2, size=(1440, 800))
    save_still(figure, path, replay.style)


if __name__ == "__main__":
    main()
