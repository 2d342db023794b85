"""Benchmarks of training, the recorder, the NumPy forward pass and its fidelity, and start-up time."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from measuring import Row, command, parabola, recorded, timed


def training() -> Row:
    """A recorded training, compiled to one program per epoch, against Keras's fit without recording."""
    scenario, data, folder = parabola()

    def compiled() -> None:
        from replay import Recorder, train

        recorder = Recorder(folder / "compiled.h5", *data, overwrite=True)
        train(_model(scenario), *data, batch_size=16, epochs=150, callbacks=[recorder], seed=0)

    _model(scenario)  # Keras's first model is slow; build it before timing
    ratio = timed(lambda: _fit(scenario, data, 150)) / timed(compiled)
    return Row(
        "training 150 epochs with recording, against fit without",
        f"{ratio:.0f} times faster",
        "20 times",
        ratio >= 20,
    )


def recorder() -> Row:
    """Keras's fit with the recorder against fit without it, alternating."""
    from replay import Recorder

    scenario, data, folder = parabola()
    epochs, pairs = 40, 7

    inside, total = 0.0, 0.0

    class Timed(Recorder):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            nonlocal inside
            inside += timed(lambda: super(Timed, self).on_epoch_end(epoch, logs))

    def recorded() -> float:
        nonlocal total
        seconds = _fit(scenario, data, epochs, [Timed(folder / "fit.h5", *data, overwrite=True)])
        total += seconds
        return seconds

    _fit(scenario, data, 2)
    ratios = []
    for pair in range(pairs):
        bare_first = pair % 2 == 0  # alternate which side goes first
        first = _fit(scenario, data, epochs) if bare_first else recorded()
        second = recorded() if bare_first else _fit(scenario, data, epochs)
        ratios.append(second / first if bare_first else first / second)
    more = statistics.median(ratios) - 1
    spread = f"{min(ratios) - 1:+.1%} to {max(ratios) - 1:+.1%}"
    return Row(
        f"recorder inside fit, {pairs} pairs of {epochs} epochs",
        f"{more:+.1%} ({spread}); {inside / total:.1%} spent in its hooks",
        "under 5%",
        more < 0.05,
    )


def fidelity() -> Row:
    """Replayed probabilities and losses against Keras's predict and evaluate, for all scenarios."""
    from replay import Replay, run
    from replay.scenario.built_in import built_in, load_scenario
    from replay.training.experiment import build_model

    worst = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for name in built_in():
            scenario = load_scenario(name)
            for recording in run(scenario, Path(folder) / name):
                replay = Replay(recording.path)
                inputs, targets = recording.inputs, recording.targets
                variant = dict(scenario.variants)[recording.description.run]
                model = build_model(variant, variant.activations[0], inputs.shape[1:])
                probabilities, losses = replay.probabilities(), replay.losses().mean(axis=1)
                for position in range(recording.n_snapshots):
                    model.set_weights([array[0] for array in recording.weights_at(replay.epochs[position])])
                    expected = np.asarray(model(inputs)).reshape(probabilities[position].shape)
                    worst = max(worst, float(np.abs(expected - probabilities[position]).max()))
                    loss = model.evaluate(
                        inputs, targets, batch_size=len(inputs), verbose=0, return_dict=True
                    )["loss"]
                    worst = max(worst, abs(loss - float(losses[position])))
    return Row(
        "replayed probabilities and losses against Keras, all scenarios",
        f"{worst:.1e} apart",
        "1e-5",
        worst <= 1e-5,
    )


def feature_space() -> Row:
    """The forward pass of the feature space, 300×300 mesh and 151 snapshots."""
    from replay import Replay
    from replay.views.decision_boundary import input_limits
    from replay.views.shared.geometry import mesh

    path = recorded()
    replay = Replay(path)
    points = mesh(input_limits(replay.recording), 300)
    seconds = min(timed(lambda: replay.activations("hidden", inputs=points)) for _ in range(3))
    return Row("feature space, 300×300 mesh × 151 snapshots", f"{seconds:.2f} s", "under 1 s", seconds < 1)


def render() -> Row:
    """Which heavy modules rendering a saved dense run loads: it must not load TensorFlow."""
    path = recorded()
    code = (
        "import sys; from replay.cli.app import app; "
        f"app(['render', {str(path)!r}, '-o', {str(path.with_suffix('.png'))!r}], standalone_mode=False); "
        "print(sorted({'tensorflow', 'keras'} & set(sys.modules)))"
    )
    printed = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    loaded = printed.strip().splitlines()[-1]
    return Row(
        "replay render of a dense run loads",
        "no TensorFlow" if loaded == "[]" else loaded,
        "none",
        loaded == "[]",
    )


def help_text() -> Row:
    """`replay --help`, the median of five."""
    seconds = statistics.median(timed(lambda: command(["--help"])) for _ in range(5))
    return Row("replay --help", f"{seconds:.2f} s", "under 0.5 s", seconds < 0.5)


def _model(scenario: Any) -> Any:
    from replay.training.experiment import build_model

    return build_model(scenario, "tanh", (2,))


def _fit(scenario: Any, data: tuple[Any, Any], epochs: int, callbacks: list[Any] | None = None) -> float:
    model = _model(scenario)
    return timed(lambda: model.fit(*data, batch_size=16, epochs=epochs, verbose=0, callbacks=callbacks))
