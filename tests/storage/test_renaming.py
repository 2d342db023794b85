"""A run that gets other names is the same in all else, and a file that cannot have them is left alone."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from replay import Replay, RunDescription, RunWriter, dense
from replay.errors import RunFileError
from replay.network.data_description import DataDescription
from replay.storage.reader import RunFile
from replay.storage.renaming import rename
from replay.storage.training_state import StateLayout
from replay.storage.unfinished import unfinished
from tests.conftest import MakeRun
from tests.storage.test_deepreplay import write as write_deepreplay
from tests.whole.test_archive import ARCHIVE

IRIS = DataDescription("species", ("setosa", "virginica"), ("length", "width"), title="iris")


def content(path: Path) -> dict[str, bytes]:
    """Everything that a file holds, by path, but for the description and its checksum."""
    found: dict[str, bytes] = {}

    def keep(name: str, item: h5py.Group | h5py.Dataset) -> None:
        for key, value in item.attrs.items():
            if key != "description":
                found[f"{name}@{key}"] = np.asarray(value).tobytes()
        if isinstance(item, h5py.Dataset) and name != "description":
            layout = str((item.dtype, item.chunks, item.maxshape, item.compression))
            found[name] = np.asarray(item[()]).tobytes() + layout.encode()

    with h5py.File(path) as file:
        file.visititems(keep)
        found |= {f"@{key}": str(value).encode() for key, value in file.attrs.items()}
    return found


def test_all_else_stays_as_it_is(make_run: MakeRun, tmp_path: Path) -> None:
    run = make_run(scenario="moons", run="tanh", seed=3)
    before, described = content(run), RunFile(run).description
    assert rename(run, IRIS) == run
    assert content(run) == before
    after = RunFile(run).description
    assert after.data == IRIS and after.scenario == described.scenario and after.layers == described.layers
    replay = Replay(run)
    assert replay.recording.title == "iris · tanh" and replay.recording.damages == []


def test_the_same_names_give_the_same_bytes(make_run: MakeRun, tmp_path: Path) -> None:
    run = make_run()
    one, other = (rename(run, IRIS, tmp_path / name) for name in ("one.h5", "other.h5"))
    assert one.read_bytes() == other.read_bytes()
    assert rename(one, IRIS).read_bytes() == other.read_bytes()


def test_another_file_is_written_beside_the_first(make_run: MakeRun, tmp_path: Path) -> None:
    run = make_run()
    before = run.read_bytes()
    other = rename(run, IRIS, tmp_path / "new" / "other.h5")
    assert run.read_bytes() == before and RunFile(other).description.data == IRIS
    with pytest.raises(RunFileError, match="exists"):
        rename(run, IRIS, other)
    rename(run, DataDescription("kind"), other, overwrite=True)
    assert RunFile(other).description.data == DataDescription("kind")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new", "run.h5"]


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2", "1.3"])
def test_files_of_older_formats_stay_of_their_format(version: str, tmp_path: Path) -> None:
    run = tmp_path / "run.h5"
    run.write_bytes(gzip.decompress((ARCHIVE / f"run-{version}.h5.gz").read_bytes()))
    before = content(run)
    rename(run, DataDescription(title="old"))
    assert content(run) == before
    assert RunFile(run).format_version == version and Replay(run).recording.data_title == "old"


def test_what_a_training_needs_to_go_on_is_kept(tmp_path: Path) -> None:
    path, layers = tmp_path / "run.h5", (dense("output", 2, 1, "sigmoid"),)
    layout = StateLayout([{"name": "w", "shape": [2], "dtype": "float32"}], {"data": "x"})
    description = RunDescription(layers, loss={"name": "binary_crossentropy"})
    writer = RunWriter(path, description, np.eye(2), np.array([0, 1]), state=layout)
    for epoch in range(3):
        state = [np.full(2, epoch, np.float32)]
        writer.snapshot(epoch, [np.ones((2, 1)), np.ones(1)], {"loss": 1.0} if epoch else None, state)
    writer.close()
    rename(path, IRIS)
    kept = unfinished(path)
    assert kept is not None and kept.epoch == 2
    assert kept.state.arrays(kept.layout)[0].tolist() == [2, 2]


def test_a_file_that_is_being_recorded_is_refused(make_run: MakeRun, tmp_path: Path) -> None:
    run = make_run()
    script = "import sys, time; from replay import RunWriter; w = RunWriter.reopen(sys.argv[1]); " + (
        "print('open', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", script, run], stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None and process.stdout.readline() == b"open\n"
        with pytest.raises(RunFileError, match="being written by another recorder"):
            rename(run, IRIS)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        rename(run, IRIS)  # whoever recorded it is dead
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
    assert RunFile(run).description.data == IRIS
    assert len(RunFile(run).epochs) == 5 and RunFile(run).damages == []


def test_what_is_no_run_file_is_refused(tmp_path: Path) -> None:
    old = tmp_path / "old.h5"
    write_deepreplay(old)
    with pytest.raises(RunFileError, match="was written by DeepReplay: convert it first"):
        rename(old, IRIS)
    with pytest.raises(RunFileError, match="is a folder"):
        rename(tmp_path, IRIS)
    with pytest.raises(RunFileError, match="does not exist"):
        rename(tmp_path / "none.h5", IRIS)
