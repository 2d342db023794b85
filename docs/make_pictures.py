"""Make the pictures of docs/reading.md: `python docs/make_pictures.py`."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from replay import Replay, run
from replay.composition import save_still
from replay.scenario_files import load
from replay.sheet import sheet

PICTURES = Path(__file__).parent / "pictures"
DASHBOARD = (1000, 500)


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        tanh = _run("parabola", work, activations=("tanh",))
        _sheet(tanh, "feature-space", "squashing", (1200, 420))
        _sheet(tanh, "losses", "losses", (1200, 380))
        _sheet(tanh, "probabilities", "confidence", (1200, 360), columns=2)
        _sheet(_run("parabola", work, activations=("relu",)), "feature-space", "widening", (1200, 420))
        stuck = _run("xor", work, activations=("relu",), seed=2)
        stuck.dashboard(size=DASHBOARD).save(PICTURES / "plateau.png")
        # A learning rate that is far too large throws a unit out of reach in the first epoch.
        dead = _run("parabola", work, activations=("relu",), seed=1, learning_rate=2.0, epochs=60)
        dead.dashboard(size=DASHBOARD).save(PICTURES / "dead-unit.png")
        saturated = _run("xor", work, activations=("sigmoid",), seed=0)
        saturated.dashboard(size=DASHBOARD).save(PICTURES / "saturation.png")
        _run("blobs", work).view("decision-boundary", size=(720, 600)).save(
            PICTURES / "boundary.png", epoch=3
        )


def _run(name: str, folder: Path, **changes: Any) -> Replay:
    scenario = load(name).with_changes(**changes)
    recording = run(scenario, folder / f"{name}-{len(list(folder.iterdir()))}")[0]
    return Replay(recording.path)


def _sheet(replay: Replay, view: str, name: str, size: tuple[int, int], columns: int = 4) -> None:
    moments = replay.dashboard().animate(pace="adaptive").timeline.moments
    figure = sheet(replay.evaluation, view, replay.style, moments, columns, 1, size=size)
    save_still(figure, PICTURES / f"{name}.png", replay.style)


if __name__ == "__main__":
    main()
