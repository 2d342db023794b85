"""Benchmarks of large recordings: time and memory of info, stills, films, pages and tables."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

import numpy as np
from measuring import Row, peak_memory, timed

from replay import RunDescription, RunWriter, datasets, dense

EPOCHS, BATCHES = 1000, 125  # a snapshot after every batch
WIDE, WIDE_SNAPSHOTS = 1000, 250  # units of a layer with 4 MB per snapshot, which make 1 GB
RUNS = 500
MAX_MEGABYTES = 1000.0


def _write(path: Path, units: tuple[int, int], epochs: np.ndarray, n_samples: int) -> Path:
    """Write a run without training: its weights drift, and it logs at every whole epoch."""
    rng = np.random.default_rng(0)
    n_in, n_hidden = units
    inputs, targets = datasets.parabola(n_samples)
    layers = (dense("hidden", n_in, n_hidden, "tanh"), dense("output", n_hidden, 1, "sigmoid"))
    description = RunDescription(
        layers=layers, loss={"name": "binary_crossentropy"}, scenario="load", run=path.stem
    )
    shapes = [weight.shape for _, weight in description.weight_paths]
    start, drift = ([rng.normal(size=shape).astype(np.float32) for shape in shapes] for _ in range(2))
    wide = np.resize(inputs, (len(inputs), n_in)) if n_in != 2 else inputs
    with RunWriter(path, description, wide, targets) as writer:
        for epoch in epochs:
            weights = [a + np.float32(0.01 * epoch) * b for a, b in zip(start, drift, strict=True)]
            logged = {"loss": 1 / (1 + epoch), "accuracy": 0.5} if epoch and epoch == int(epoch) else None
            writer.snapshot(float(epoch), weights, logged)
        writer.finish()
    return path


@functools.cache
def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="load-"))


@functools.cache
def _long() -> Path:
    """125,001 snapshots of a 2-2-1 network, 2,000 samples."""
    epochs = np.arange(EPOCHS * BATCHES + 1) / BATCHES
    return _write(_folder() / "long.h5", (2, 2), epochs, 1000)


@functools.cache
def _large() -> Path:
    """A run file of 1 GB."""
    return _write(_folder() / "large.h5", (WIDE, WIDE), np.arange(WIDE_SNAPSHOTS), 100)


@functools.cache
def _many() -> Path:
    """A folder with 500 runs of 11 snapshots."""
    folder = _folder() / "many"
    folder.mkdir()
    for number in range(RUNS):
        _write(folder / f"run-{number:03}.h5", (2, 2), np.arange(11), 50)
    return folder


def _row(what: str, seconds: float, arguments: list[str]) -> Row:
    """Time and peak memory of one command."""
    megabytes: list[float] = []
    took = timed(lambda: megabytes.append(peak_memory(arguments)))
    return Row(
        what,
        f"{took:.1f} s, {megabytes[0]:.0f} MB",
        f"{seconds:g} s, {MAX_MEGABYTES:g} MB",
        took <= seconds and megabytes[0] <= MAX_MEGABYTES,
    )


def _picture(name: str) -> str:
    return str(_folder() / name)


def long_info() -> Row:
    return _row("125,001 snapshots: info", 5, ["info", str(_long())])


def long_still() -> Row:
    arguments = ["render", str(_long()), "--epoch", "500", "-o", _picture("still.png")]
    return _row("125,001 snapshots: a still", 10, arguments)


def long_film() -> Row:
    arguments = ["render", str(_long()), "--duration", "5", "-o", _picture("film.mp4")]
    return _row("125,001 snapshots: a film of 5 seconds", 20, arguments)


def long_page() -> Row:
    arguments = ["render", str(_long()), "--every", "25", "-o", _picture("page.html")]
    return _row("125,001 snapshots: the interactive page of every 25th", 30, arguments)


def large_info() -> Row:
    return _row("a run of 1 GB: info", 15, ["info", str(_large())])


def large_still() -> Row:
    arguments = ["render", str(_large()), "--epoch", "100", "-o", _picture("large.png")]
    return _row("a run of 1 GB: a still", 30, arguments)


def large_film() -> Row:
    arguments = ["render", str(_large()), "--duration", "5", "-o", _picture("large.mp4")]
    return _row("a run of 1 GB: a film of 5 seconds", 40, arguments)


def many_table() -> Row:
    return _row("500 runs: a table of them", 15, ["compare", str(_many()), "-o", _picture("table.csv")])
