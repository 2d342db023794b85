"""Benchmarks of MNIST: accuracy, and the cost of training, recording, replaying and drawing.

The data come from Keras, or from the file named by the environment variable MNIST.
"""

from __future__ import annotations

import functools
import os
import statistics
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from measuring import Row, command, peak_of, timed

ACCURACIES = {  # at least and, for linear networks, at most
    "mnist-dense": {"linear": (0.91, 0.93), "sigmoid": (0.955, 1), "tanh": (0.970, 1), "relu": (0.975, 1)},
    "mnist-deep": {"linear": (0.86, 0.93), "sigmoid": (0.93, 1)},
}


@functools.cache
def _scenario(name: str) -> Any:
    from replay.scenario.built_in import load_scenario

    scenario, file = load_scenario(name), os.environ.get("MNIST")
    return scenario if file is None else scenario.with_data_file(Path(file))


def _recorded(name: str, activation: str, epochs: int, **recording: Any) -> Path:
    from replay import run

    scenario = _scenario(name)
    recording = {**scenario.recording, **recording}
    changed = scenario.with_changes(activations=(activation,), epochs=epochs, recording=recording)
    return run(changed, tempfile.mkdtemp())[0].path


def _accuracy(name: str) -> Row:
    from replay import Recording

    asked = ACCURACIES[name]
    reached = {}
    for activation in asked:
        history = Recording(_recorded(name, activation, 5)).history
        reached[activation] = float(history["val_accuracy"][-1])
    holds = all(low <= reached[activation] <= high for activation, (low, high) in asked.items())
    return Row(
        f"{name}, 5 epochs, test accuracy",
        ", ".join(f"{activation} {share:.3f}" for activation, share in reached.items()),
        ", ".join(f"{low}" + (f"–{high}" if high < 1 else "") for low, high in asked.values()),
        holds,
    )


def dense_accuracy() -> Row:
    """The test accuracy of one hidden layer on the full data."""
    return _accuracy("mnist-dense")


def deep_accuracy() -> Row:
    """The test accuracy of six hidden layers."""
    return _accuracy("mnist-deep")


def mnist_training() -> Row:
    """An epoch of 784-512-10 with recording, against Keras's fit without: medians of four epochs."""
    import keras

    from replay import Recorder, train
    from replay.training.experiment import build_model

    scenario = _scenario("mnist-dense")
    x, y = scenario.data()
    ends: list[float] = []

    class Clock(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            import time

            ends.append(time.perf_counter())

    def epoch_seconds(start: Any) -> list[float]:
        ends.clear()
        start()
        return list(np.diff(ends))  # without the first, which compiles

    path = Path(tempfile.mkdtemp()) / "run.h5"
    recorder = Recorder(path, x, y, samples=1000)
    bare, own = (build_model(scenario, "relu", (28, 28)) for _ in range(2))
    by_fit = epoch_seconds(lambda: bare.fit(x, y, batch_size=128, epochs=5, verbose=0, callbacks=[Clock()]))
    ours = epoch_seconds(
        lambda: train(own, x, y, batch_size=128, epochs=5, callbacks=[recorder, Clock()], seed=0)
    )
    ratio = statistics.median(by_fit) / statistics.median(ours)
    return Row(
        "an epoch of mnist-dense ReLU with recording, against fit without",
        f"{statistics.median(ours):.2f} s, {ratio:.1f} times faster",
        "no slower; twice",
        ratio >= 1,
    )


def mnist_fidelity() -> Row:
    """Probabilities of the test images at all snapshots against Keras, and the peak memory."""
    from replay.training.experiment import build_model

    path = _recorded("mnist-dense", "relu", 20)
    scenario = _scenario("mnist-dense")
    assert scenario.validation_data is not None
    inputs = scenario.validation_data()[0]
    stored = path.with_name("inputs.npy")
    np.save(stored, inputs)
    code = (
        "import sys, numpy as np; from replay import Replay; "
        "np.save(sys.argv[3], Replay(sys.argv[1]).probabilities(np.load(sys.argv[2])))"
    )
    answers = path.with_name("answers.npy")
    megabytes = peak_of(["-c", code, str(path), str(stored), str(answers)])
    from replay import Replay

    replayed, recording = np.load(answers), Replay(path).recording
    model = build_model(scenario, "relu", inputs.shape[1:])
    worst = 0.0
    for position, epoch in enumerate(recording.epochs):
        model.set_weights([weights[0] for weights in recording.weights_at(epoch)])
        expected = model.predict(inputs, batch_size=1000, verbose=0)
        worst = max(worst, float(np.abs(replayed[position] - expected).max()))
    return Row(
        f"replaying mnist-dense's test probabilities, {len(replayed)} snapshots, against Keras",
        f"{worst:.0e}, {megabytes:.0f} MB",
        "1e-5, 1 GB",
        worst <= 1e-5 and megabytes < 1000,
    )


def mnist_latent() -> Row:
    """Drawing and encoding the feature space of 10,000 samples in ten classes."""
    from replay import Replay

    path = _recorded("mnist-latent", "tanh", 10, samples=10_000)
    composition = Replay(path).view("feature-space")
    animation = composition.animate(tween=_scenario("mnist-latent").tween)
    composition.plot()  # find the limits before timing: once per run, not per frame
    n_frames = len(animation.timeline.moments)
    seconds = timed(lambda: animation.save(path.with_suffix(".mp4")))
    rate = n_frames / seconds
    return Row(
        f"mnist-latent's feature space, 10,000 points, {n_frames} frames to MP4",
        f"{rate:.0f} frames a second",
        "15",
        rate >= 15,
    )


def mnist_file() -> Row:
    """The size of run files of 20 epochs against their weights in float32."""
    from replay import Recording

    shares = []
    for dtype in ("float32", "float16"):
        path = _recorded("mnist-dense", "relu", 20, dtype=dtype)
        recording = Recording(path)
        raw = sum(4 * weights.size for weights in recording.weights_at(0)) * recording.n_snapshots
        shares.append(path.stat().st_size / raw)
    return Row(
        "run file of mnist-dense, 20 epochs, against its raw weights: float32, float16",
        f"{shares[0]:.3f}, {shares[1]:.3f}",
        "1.05, 0.525",
        shares[0] <= 1.05 and shares[1] <= 0.525,
    )


def digits_run() -> Row:
    """The time of `replay run digits`."""
    with tempfile.TemporaryDirectory() as folder:
        seconds = timed(lambda: command(["run", "digits", "--out", folder]))
    return Row("replay run digits: 2 runs, 3 GIFs, 3 MP4s", f"{seconds:.0f} s", "30 s", seconds < 30)
