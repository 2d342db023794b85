"""Make the pictures of docs/reading.md: `python docs/pictures/make/pictures.py`."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from replay import Replay, run
from replay.drawing.composition import save_still
from replay.drawing.sheet import sheet
from replay.scenario.built_in import load_scenario

PICTURES = Path(__file__).parents[1]
DASHBOARD = WIDE = (1000, 500)
PLANE, IMAGES, CURVES, TWO_CURVES = (480, 480), (480, 400), (660, 370), (900, 360)
TWO_PLANES = (900, 480)
DEEP = {"hidden_units": (64,) * 6, "epochs": 30}


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        _small_networks(work)
        _units_and_layers(work)
        _many_classes(work)
        _deep_networks(work)


def _small_networks(work: Path) -> None:
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
    _view(_run("blobs", work), "decision-boundary", "boundary", (720, 600), epoch=3, captions=True)


def _units_and_layers(work: Path) -> None:
    relu, tanh = (_run("parabola", work, activations=(name,)) for name in ("relu", "tanh"))
    _view(relu, "why", "why-relu", WIDE)
    _view(tanh, "why", "why-tanh", WIDE)
    _view(_run("moons", work, activations=("relu",)), "units", "units", PLANE)
    spiral = _run("spiral", work, activations=("relu",))
    _view(spiral, "linear-regions", "linear-regions", TWO_PLANES)
    _view(spiral, "network", "network", (900, 560))
    _view(tanh, "neuron", "neuron", (1000, 560))
    _view(_run("cinema", work), "neuron", "cinema", (1000, 560))
    _view(tanh, "morph", "layers-in-motion", WIDE)
    _view(_run("circles", work, activations=("tanh",)), "space", "three-units", PLANE)
    _view(tanh, "step", "step", (1000, 520), epoch=5)
    without = Replay(relu.recording.path).without({"hidden": 1})
    _view(without, "why", "without-a-unit", WIDE)


def _many_classes(work: Path) -> None:
    tanh = _run("digits", work, activations=("tanh",))
    _view(tanh, "feature-space", "ten-classes", PLANE)
    _view(tanh, "confusion-matrix", "confusion", PLANE, epoch=3)
    wide = _run("digits", work, activations=("relu",), hidden_units=(32,), epochs=30)
    _view(wide, "most-wrong", "most-wrong", PLANE, epoch=4)
    _view(wide, "kernels", "kernels", IMAGES)
    _view(wide, "feature-space", "principal-plane", TWO_PLANES)
    _view(wide, "feature-space", "pair-of-units", PLANE, units=(1, 2))


def _deep_networks(work: Path) -> None:
    sigmoid = _run("digits", work, activations=("sigmoid",), **DEEP)
    _view(sigmoid, "gradient-flow", "vanishing", CURVES)
    _view(sigmoid, "gradients", "vanishing-by-layer", CURVES, epoch=1)
    _view(sigmoid, "activations", "activations-by-layer", CURVES)
    clipped = _run("digits", work, activations=("relu",), build_model=_exploding, epochs=30)
    _view(clipped, "gradient-flow", "clipping", CURVES)
    # Adam's usual learning rate is 0.001.
    dead = _run("digits", work, activations=("relu",), hidden_units=(64,) * 3, epochs=30, learning_rate=0.05)
    _view(dead, "unit-health", "dead-units", CURVES)
    _view(dead, "gradients", "gradients-of-dead-units", CURVES)
    # Inputs of mean 0 and variance 1, as self-normalisation wants them.
    for activation in ("selu", "relu"):
        normal = _run(
            "initializers",
            work,
            activations=(activation,),
            vary={},
            kernel_initializer="lecun_normal",
            learning_rate=0.01,
        )
        _view(normal, "normalisation", f"normalisation-{activation}", TWO_CURVES)


def _exploding(activation: str) -> Any:
    """Six layers with initial weights that are too large, and an optimizer that clips their gradient."""
    import keras
    from keras import layers

    large = keras.initializers.RandomNormal(stddev=0.5, seed=0)
    hidden = [
        layers.Dense(64, activation=activation, kernel_initializer=large.clone(), name=f"hidden_{number}")
        for number in range(1, 7)
    ]
    output = layers.Dense(10, activation="softmax", name="output")
    model = keras.Sequential([keras.Input((8, 8)), layers.Flatten(), *hidden, output])
    model.compile(
        optimizer=keras.optimizers.SGD(0.01, global_clipnorm=1.0),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def _run(name: str, folder: Path, **changes: Any) -> Replay:
    scenario = load_scenario(name).with_changes(**changes)
    recording = run(scenario, folder / f"{name}-{len(list(folder.iterdir()))}")[0]
    return Replay(recording.path)


def _view(
    replay: Replay,
    view: str,
    name: str,
    size: tuple[int, int],
    epoch: float | None = None,
    captions: bool = False,
    units: tuple[int, ...] | None = None,
) -> None:
    shown = replay.view(view, size=size, captions=captions, units=units, held_out=False)
    shown.save(PICTURES / f"{name}.png", **({} if epoch is None else {"epoch": epoch}))


def _sheet(replay: Replay, view: str, name: str, size: tuple[int, int], columns: int = 4) -> None:
    moments = replay.dashboard().animate(pace="adaptive").timeline.moments
    figure = sheet(replay.evaluation, view, replay.style, moments, columns, 1, size=size)
    save_still(figure, PICTURES / f"{name}.png", replay.style)


if __name__ == "__main__":
    main()
