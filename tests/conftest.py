"""What the tests share: quiet TensorFlow, small runs, closed figures."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("MPLBACKEND", "agg")

import numpy as np
import pytest

from replay import RunDescription, RunWriter, datasets, dense
from replay.network.data_description import DataDescription

# The files that take longest, in the order of their CPU seconds. They begin first: a worker has a file to
# itself, and none should be left with a long one while the others are at rest.
LONGEST = (
    *("training/test_compiled.py", "test_replay.py", "sweeps/test_run.py", "whole/test_machines.py"),
    *("cli/test_app.py", "whole/test_hostile_files.py", "whole/test_odd_models.py", "whole/test_fuzz.py"),
    *("training/test_resuming.py", "training/test_recorder.py", "cli/test_rendering.py"),
    *("whole/test_interrupted.py", "whole/test_legible.py", "drawing/test_comparison.py"),
    *("whole/test_determinism.py", "film/test_frames.py", "whole/test_hostile_data.py"),
    *("film/test_budget.py", "whole/test_full_disk.py", "training/test_faults.py"),
    *("drawing/test_dashboard.py", "whole/test_killed.py", "network/in_keras/test_rebuild.py"),
)
gc.set_threshold(20_000)  # a figure is very many objects: to look for rubbish as often as usual takes a tenth
MakeRun = Callable[..., Path]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, then the others in their order."""
    turns = {Path(__file__).parent / name: turn for turn, name in enumerate(LONGEST)}
    items.sort(key=lambda item: turns.get(item.path, len(turns)))


def maker_of_runs(folder: Path) -> MakeRun:
    """Write a run of a dense network with drifting random weights, without Keras; return its path.

    By default a 2-2-1 sigmoid network on 60 parabola samples, `n_snapshots` snapshots at epochs 0, 1, …, and
    no `held_out` samples.
    """

    def make(
        name: str = "run.h5",
        units: tuple[int, ...] = (2, 2, 1),
        activation: str = "tanh",
        output_activation: str | None = None,
        loss: str | None = None,
        n_snapshots: int = 5,
        data: tuple[np.ndarray, np.ndarray] | None = None,
        epochs: np.ndarray | None = None,
        seed: int = 0,
        complete: bool = True,
        logs: bool = True,
        described: DataDescription | None = None,
        held_out: tuple[np.ndarray, np.ndarray] | None = None,
        **facts: object,
    ) -> Path:
        rng = np.random.default_rng(seed)
        n_out = units[-1]
        inputs, targets = data if data is not None else datasets.parabola(30)
        names = ["hidden"] if len(units) == 3 else [f"hidden_{n}" for n in range(1, len(units) - 1)]
        functions = [activation] * len(names) + [
            output_activation or ("sigmoid" if n_out == 1 else "softmax")
        ]
        layers = tuple(
            dense(layer, n_in, n, function)
            for layer, n_in, n, function in zip([*names, "output"], units, units[1:], functions, strict=False)
        )
        default_loss = "binary_crossentropy" if n_out == 1 else "sparse_categorical_crossentropy"
        loss_of = {"name": loss or default_loss}
        description = RunDescription(layers=layers, loss=loss_of, data=described, **facts)  # type: ignore[arg-type]
        shapes = [weight.shape for _, weight in description.weight_paths]
        start = [rng.normal(size=shape) for shape in shapes]
        drift = [rng.normal(size=shape) for shape in shapes]
        path = folder / name
        writer = RunWriter(path, description, inputs, targets, overwrite=True, validation_data=held_out)
        for position, epoch in enumerate(range(n_snapshots) if epochs is None else epochs):
            weights = [(a + 0.2 * position * b).astype(np.float32) for a, b in zip(start, drift, strict=True)]
            row = {"loss": 1 / (1 + position), "accuracy": position / n_snapshots}
            writer.snapshot(epoch, weights, row if logs and position else None)
        if complete:
            writer.finish()
        writer.close()
        return path

    return make


def pytest_collection_finish() -> None:
    """What all modules have imported stays: to look through TensorFlow for rubbish takes half a second."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def make_run(tmp_path: Path) -> MakeRun:
    """Write a run into the folder of the test: see `maker_of_runs`."""
    return maker_of_runs(tmp_path)


@pytest.fixture(scope="session")
def images() -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """What looks like MNIST, and is scikit-learn's digits thrice as large: 1,500 images of bytes, and 297."""
    from sklearn.datasets import load_digits

    data = load_digits()
    large = np.kron(data.images, np.ones((3, 3))) * (255 / 16)
    framed = np.pad(large, ((0, 0), (2, 2), (2, 2))).astype(np.uint8)
    labels = data.target.astype(np.uint8)
    return (framed[:1500], labels[:1500]), (framed[1500:], labels[1500:])


@pytest.fixture
def mnist_at_hand(images: tuple[tuple[np.ndarray, np.ndarray], ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """Keras finds `images` in its cache where it looks for MNIST."""
    from keras.datasets import mnist

    monkeypatch.setattr(mnist, "load_data", lambda: images)


@pytest.fixture
def with_xla() -> None:
    """Asked for by a test of what XLA compiles, in a module that is otherwise tested `without_xla`."""


@pytest.fixture
def without_xla(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Train with TensorFlow's own kernels: XLA takes more than a second to compile each network."""
    if "with_xla" not in request.fixturenames:
        from replay.training import epoch_program

        monkeypatch.setattr(epoch_program, "_suits_xla", lambda model: False)


@pytest.fixture
def with_graphs() -> None:
    """Asked for by a test of what Keras compiles, in a module that otherwise goes `step_by_step`."""


@pytest.fixture
def step_by_step(request: pytest.FixtureRequest) -> Iterator[None]:
    """Keras's `fit` and `evaluate` run each step at once: to trace it takes longer than a few steps do."""
    if "with_graphs" in request.fixturenames:
        yield
        return
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


@pytest.fixture
def heeded_signals() -> Iterator[None]:
    """Ctrl-C and a hang-up are heeded, also by child processes; in the background they are not."""
    import signal

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGHUP)}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def table_of_views_kept() -> Iterator[None]:
    """Views that a test registers are gone after it."""
    from replay.drawing.registry.table import TABLE

    kept = dict(TABLE)
    yield
    TABLE.clear()
    TABLE.update(kept)


@pytest.fixture(autouse=True, scope="module")
def _forgotten_models(request: pytest.FixtureRequest) -> Iterator[None]:
    """Models and processes do not outlive the modules that make them, where Keras or a sweep keeps them."""
    yield
    if "joblib.externals.loky.reusable_executor" in sys.modules:  # it would wait minutes for a next sweep
        sys.modules["joblib.externals.loky"].get_reusable_executor().shutdown(wait=True)
    marks = request.node.iter_markers("usefixtures")
    if not (hasattr(request.module, "keras") or any("without_xla" in mark.args for mark in marks)):
        return  # to look through all that a process holds takes half a second
    if "replay.sweeps.workers" in sys.modules:
        sys.modules["replay.sweeps.workers"]._TRAINERS.clear()
    if "keras" in sys.modules:
        sys.modules["keras"].backend.clear_session()  # which collects garbage, too


@pytest.fixture(autouse=True)
def _closed_figures() -> Iterator[None]:
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
