"""Pictures look as they did when somebody last looked at them.

After a change that is meant to be seen, renew them, and look at each before committing it:

    REPLAY_GOLDEN=renew python -m pytest tests/whole/test_golden.py
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from replay import Replay, datasets
from replay.drawing.artists.plane import SampleArtists
from replay.drawing.artists.shading import Shading
from replay.drawing.composition import save_still
from replay.drawing.sheet import sheet
from replay.drawing.sizes import Size
from replay.drawing.style import DARK, LIGHT
from tests.helpers.awkward import RUNS, awkward_run

GOLDEN = Path(__file__).parent / "golden"
RENEW = os.environ.get("REPLAY_GOLDEN") == "renew"
BLOCK = 6  # pixels: what counts is their mean, as fonts and smoothing differ a little between systems
MAX_RMS = 2.0  # of 255, over the whole picture
DIFFERENT = 24  # of 255: a block that a reader would see to be different …
MAX_DIFFERENT = 0.001  # … and the share of the picture that may be


def light_dashboard(make_run: Any) -> Figure:
    replay = Replay(make_run(scenario="parabola", run="tanh", epochs=np.array([0, 10, 20, 50, 150])))
    return replay.dashboard(size=Size(720, 360)).plot(35)


def dark_square(make_run: Any) -> Figure:
    inputs, labels = datasets.blobs(25)
    run = make_run(units=(2, 6, 4), data=(inputs / 3, labels), scenario="blobs", run="tanh", seed=3)
    return Replay(run, style=DARK).dashboard(size=Size(400, 400)).plot(2)


def feature_space(make_run: Any) -> Figure:
    replay = Replay(make_run(units=(2, 2, 3), data=(datasets.moons(45)[0], np.arange(90) % 3), seed=5))
    return replay.view("feature-space", size=Size(420, 420)).plot(4)


def contact_sheet(make_run: Any) -> Figure:
    replay = Replay(make_run(units=(2, 5, 1), n_snapshots=9, seed=2))
    moments = replay.epochs.tolist()
    return sheet(replay.evaluation, "dashboard", LIGHT, moments, 3, 2, size=Size(400, 300))


def why(make_run: Any) -> Figure:
    replay = Replay(make_run(units=(2, 3, 2, 1), activation="relu", seed=4))
    return replay.view("why", size=Size(720, 360)).plot(4)


def awkward(name: str) -> Callable[[Any], Figure]:
    """The dashboard of an awkward run, small, in one theme or the other."""

    def draw(make_run: Any) -> Figure:
        style = DARK if _is_dark(f"awkward-{name}") else LIGHT
        replay = Replay(awkward_run(name, make_run("other.h5").parent), style=style)
        return replay.dashboard(size=Size(480, 270)).plot()

    return draw


def _is_dark(name: str) -> bool:
    return "dark" in name or name.removeprefix("awkward-") in list(RUNS)[::2]


PICTURES: dict[str, Callable[[Any], Figure]] = {
    "light-dashboard": light_dashboard,
    "dark-square": dark_square,
    "feature-space": feature_space,
    "sheet": contact_sheet,
    "why": why,
}
AWKWARD = {f"awkward-{name}": awkward(name) for name in RUNS}


def blocks(path: Path) -> np.ndarray:
    """The mean colour of each block of a picture: (rows, columns, 3)."""
    pixels = np.asarray(Image.open(path).convert("RGB")).astype(float)
    rows, columns = (side // BLOCK for side in pixels.shape[:2])
    whole = pixels[: rows * BLOCK, : columns * BLOCK]
    return whole.reshape(rows, BLOCK, columns, BLOCK, 3).mean(axis=(1, 3))


def differs(name: str, make_run: Any, tmp_path: Path) -> bool:
    """Whether the picture called `name` differs from the golden one for a reader."""
    draw = {**PICTURES, **AWKWARD}[name]
    drawn = save_still(draw(make_run), tmp_path / f"{name}.png", DARK if _is_dark(name) else LIGHT)
    golden = blocks(GOLDEN / f"{name}.webp")
    difference = np.abs(blocks(drawn) - golden)
    rms = float(np.sqrt((difference**2).mean()))
    return rms > MAX_RMS or float((difference.max(axis=-1) > DIFFERENT).mean()) > MAX_DIFFERENT


@pytest.mark.slow
@pytest.mark.parametrize("name", [*PICTURES, *AWKWARD])
def test_a_picture_looks_as_it_did(make_run: Any, tmp_path: Path, name: str) -> None:
    if RENEW:
        style = DARK if _is_dark(name) else LIGHT
        drawn = save_still({**PICTURES, **AWKWARD}[name](make_run), tmp_path / f"{name}.png", style)
        Image.open(drawn).convert("RGB").save(GOLDEN / f"{name}.webp", lossless=True, method=6)
    assert not differs(name, make_run, tmp_path), (
        f"{name} has changed: compare {tmp_path / name}.png with {GOLDEN / name}.webp"
    )


def test_golden_pictures_are_small() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == {*PICTURES, *AWKWARD}
    assert all(path.stat().st_size < 60_000 for path in GOLDEN.iterdir())


def upside_down(monkeypatch: pytest.MonkeyPatch) -> None:
    colours = Shading.colours
    monkeypatch.setattr(Shading, "colours", lambda self, *size: colours(self, *size)[::-1].copy())


def without_rings(monkeypatch: pytest.MonkeyPatch) -> None:
    show = SampleArtists.show
    monkeypatch.setattr(SampleArtists, "show", lambda self, points, correct: show(self, points, None))


def without_boundary(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("replay.views.shared.regions.boundary_lines", lambda *arguments: [])


@pytest.mark.slow
@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("defect", [upside_down, without_rings, without_boundary])
def test_a_real_defect_is_seen(
    make_run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, defect: Any, name: str
) -> None:
    defect(monkeypatch)
    assert differs(name, make_run, tmp_path)
