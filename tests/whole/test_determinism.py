"""The same seed and versions give the same run file and the same pictures, to the byte, in any process."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from replay import RunDescription, RunWriter, dense
from replay.storage.training_state import StateLayout
from replay.storage.unfinished import unfinished

SCENARIO = """
import numpy as np
from replay import Scenario, datasets

scenario = Scenario(
    name="small", data=lambda: datasets.parabola(32), hidden_units=(2,), activations=("tanh",), epochs=3
)  # whole batches: for a shorter one, the step would be compiled once more
"""
PICTURES = ("film.gif", "film.mp4", "film.webm", "film.webp", "still.png", "still.svg", "page.html")


# Several commands after one another: a process that loads TensorFlow takes seconds to start.
COMMANDS = """
import sys
from replay.cli import app

for arguments in {commands!r}:
    sys.argv = ["replay", *arguments]
    try:
        app.main()
    except SystemExit as end:
        if end.code:
            raise
"""


def replay(*commands: Sequence[Any], seed_of_hashes: int = 0) -> None:
    """Command lines in a process of their own, in which sets and dicts have an order of their own."""
    code = COMMANDS.format(commands=[[*map(str, arguments)] for arguments in commands])
    environment = {**os.environ, "PYTHONHASHSEED": str(seed_of_hashes), "CUDA_VISIBLE_DEVICES": "-1"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def content(path: Path) -> dict[str, tuple[Any, ...]]:
    """Everything in an HDF5 file: of each dataset type, shape and bytes, and all attributes."""
    found: dict[str, tuple[Any, ...]] = {}

    def look(name: str, item: h5py.Group | h5py.Dataset) -> None:
        values: tuple[Any, ...] = ()
        if isinstance(item, h5py.Dataset):
            held = np.asarray(item[()])
            values = (item.dtype.str, item.shape, held.tolist() if held.dtype.hasobject else held.tobytes())
        found[name] = (*values, sorted((key, str(value)) for key, value in item.attrs.items()))

    with h5py.File(path) as file:
        look("/", file)
        file.visititems(look)
    return found


@pytest.mark.slow
def test_two_trainings_with_one_seed_write_the_same_run_file(tmp_path: Path) -> None:
    """To the last byte of the file. No time, place, user or process is in it."""
    (tmp_path / "small.py").write_text(SCENARIO)
    outs = [tmp_path / name for name in ("first", "again", "other")]
    first, again, other = (
        ["run", tmp_path / "small.py", "--no-render", "--seed", seed, "--out", out]
        for seed, out in zip((7, 7, 8), outs, strict=True)
    )
    replay(first, seed_of_hashes=0)
    replay(again, other, seed_of_hashes=1)  # in this order: Keras counts what a process has made
    files = [out / "tanh.h5" for out in outs]
    one, same, another = (content(file) for file in files)
    assert one.keys() == same.keys()
    assert {name for name in one if one[name] != same[name]} == set()
    assert files[0].read_bytes() == files[1].read_bytes()
    assert {name for name in one if one[name] != another.get(name)} >= {"weights/hidden/kernel"}


@pytest.mark.slow
def test_a_file_tells_no_time_however_it_came_about(tmp_path: Path) -> None:
    """HDF5 counts seconds: each file is written in another one."""
    ways = {"plain": {}, "compressed": {"compress": True}, "widened": {"dtype": "float16"}, "resumed": {}}
    first, again = ([_written(tmp_path, way, **options) for way, options in ways.items()] for _ in _seconds())
    assert [way for way, one, other in zip(ways, first, again, strict=True) if one != other] == []


def _seconds() -> Iterator[float]:
    yield 0
    time.sleep(1.1)
    yield 1


def _written(folder: Path, way: str, **options: Any) -> bytes:
    """The bytes of a run of three epochs, with several inputs."""
    path = folder / f"{way}.h5"
    layers = (dense("hidden", 2, 2, "tanh"), dense("output", 2, 1, "sigmoid"))
    description = RunDescription(layers=layers, loss={"name": "mse"})
    inputs, state = {"a": np.zeros((4, 2)), "b": np.ones((4, 2))}, StateLayout([])
    writer = RunWriter(path, description, inputs, np.zeros(4), overwrite=True, state=state, **options)
    for epoch in range(3):
        if way == "resumed" and epoch == 2:
            writer.close()
            training = unfinished(path)
            assert training is not None
            writer = RunWriter.resume(path, training)
        weights = [np.full(weight.shape, 1e6**epoch) for _, weight in description.weight_paths]
        writer.snapshot(epoch, weights, {"loss": 1.0}, [])
    writer.finish()
    writer.close()
    return path.read_bytes()


@pytest.mark.slow
def test_pictures_are_the_same_to_the_byte_in_one_process_and_in_two(make_run: Any, tmp_path: Path) -> None:
    run, drawn = make_run(n_snapshots=6), []
    for jobs in (1, 2):
        (folder := tmp_path / str(jobs)).mkdir()
        commands = []
        for name in PICTURES:
            options = ["--epoch", 3] if name.startswith("still") else []
            size = [] if name.endswith(".html") else ["--size", "480x240"]
            output = ["-o", folder / name, "--jobs", jobs]
            commands.append(["render", run, *options, *size, *output])
        replay(*commands, seed_of_hashes=jobs)
        drawn.append({name: (folder / name).read_bytes() for name in PICTURES})
    assert [name for name in PICTURES if drawn[0][name] != drawn[1][name]] == []
    assert len(set(drawn[0].values())) == len(PICTURES)


@pytest.mark.slow
def test_what_is_drawn_does_not_depend_on_what_was_drawn_before(make_run: Any) -> None:
    """Every frame alone equals that frame of the film: nothing is left of the frames before it."""
    from replay import Replay

    composition = Replay(make_run(n_snapshots=5)).dashboard()
    film = [frame.copy() for frame in composition.animate(pace="uniform").frames(dpi=40)]
    for epoch in (4, 0, 2):
        (alone,) = (frame.copy() for frame in composition.animate(epoch, epoch).frames(dpi=40))
        np.testing.assert_array_equal(alone[:-4], film[epoch][:-4])  # the bar beneath is that of the film
