"""Files that earlier versions of this project wrote are read, drawn, and not resumed.

`archive/run-1.0.h5.gz`, `run-1.2.h5.gz` and `run-1.3.h5.gz` are complete runs of the formats 1.0, 1.2 and
1.3, `run-1.1.h5.gz` one of 1.1 whose writer did not come to its end: a 2-3-1 network on XOR with four
snapshots, whose kth weight is epoch + k/8 throughout.
"""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from replay import Replay
from replay.errors import RunFileError
from replay.storage.reader import RunFile
from replay.storage.writer import RunWriter

ARCHIVE = Path(__file__).with_name("archive")
VERSIONS = {"1.0": True, "1.1": False, "1.2": True, "1.3": True}  # whether the run is complete


@pytest.fixture(params=VERSIONS)
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def path(version: str, tmp_path: Path) -> Path:
    found = tmp_path / "run.h5"
    found.write_bytes(gzip.decompress((ARCHIVE / f"run-{version}.h5.gz").read_bytes()))
    return found


def test_it_holds_what_was_written(path: Path, version: str) -> None:
    run = RunFile(path)
    assert (run.format_version, run.complete) == (version, VERSIONS[version])
    assert run.epochs.tolist() == [0, 1, 2, 3]
    for number, array in enumerate(run.weights(0, 4)):
        np.testing.assert_array_equal(array[:, ..., 0].reshape(4, -1)[:, 0], np.arange(4) + number / 8)
        assert (array == array.reshape(4, -1)[:, :1].reshape(4, *[1] * (array.ndim - 1))).all()
    epochs, history = run.history()
    assert epochs.tolist() == [1, 2, 3] and history["loss"].tolist() == [1 / 2, 1 / 3, 1 / 4]
    assert run.inputs.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert (run.description.scenario, run.description.seed, run.description.batch_size) == ("archive", 4, 2)


@pytest.mark.slow
def test_it_is_replayed_and_drawn(path: Path) -> None:
    x = RunFile(path).inputs
    hidden = np.tanh(x @ np.full((2, 3), 3.0) + 3.125)
    expected = 1 / (1 + np.exp(-(hidden @ np.full((3, 1), 3.25) + 3.375)))
    np.testing.assert_allclose(Replay(path).probabilities()[-1], expected[:, 0], rtol=1e-5)
    picture = path.with_name("picture.png")
    Replay(path).dashboard().save(picture, epoch=2)
    with Image.open(picture) as image:
        assert len(image.convert("RGB").getcolors(1 << 20) or []) > 50


@pytest.mark.slow
def test_it_is_not_resumed_and_stays_as_it_was(path: Path, version: str) -> None:
    from replay import Recorder  # with TensorFlow

    before = path.read_bytes()
    words = "is complete" if VERSIONS[version] else "does not hold what resuming needs"
    samples: Any = np.zeros((4, 2), "f4"), np.array([0, 1, 1, 0])
    with pytest.raises(RunFileError, match=rf"run\.h5 {words}.*--overwrite"):
        Recorder(path, *samples, resume=True)
    assert path.read_bytes() == before


def test_another_fit_can_go_on_in_it(path: Path) -> None:
    with RunWriter.reopen(path) as writer:
        writer.snapshot(4, [np.full(weight.shape, 9, "f4") for _, weight in writer.description.weight_paths])
    run = RunFile(path)
    assert run.complete and run.epochs.tolist() == [0, 1, 2, 3, 4] and (run.weights(4, 5)[0] == 9).all()
