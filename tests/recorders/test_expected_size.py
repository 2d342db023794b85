"""What a run file will weigh is told before the training, and refused where there is no room."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from replay import RunDescription, RunWriter, dense
from replay.errors import RunFileError
from replay.recorders.expected_size import RunSize, check_size, expected_size, in_words

DESCRIPTION = RunDescription(layers=(dense("hidden", 300, 200, "tanh"), dense("output", 200, 10, "softmax")))
RNG = np.random.default_rng(0)
DATA = RNG.normal(size=(500, 300)).astype(np.float32), np.arange(500) % 10


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_the_estimate_is_what_the_file_has(tmp_path: Path, dtype: str) -> None:
    path = tmp_path / "run.h5"
    shapes = [weight.shape for _, weight in DESCRIPTION.weight_paths]
    with RunWriter(path, DESCRIPTION, *DATA, dtype=dtype) as writer:
        for epoch in range(10):
            writer.snapshot(epoch, [RNG.normal(size=shape).astype(np.float32) for shape in shapes])
    expected = expected_size(DESCRIPTION, 10, [DATA], dtype)
    assert expected.total == pytest.approx(path.stat().st_size, rel=0.06)


def test_a_run_above_the_limit_is_refused_with_what_would_help(tmp_path: Path) -> None:
    size = RunSize(1001, 5_000_000, 1000)
    with pytest.raises(
        RunFileError, match=r"about 5.01 GB \(1,001 snapshots of 5 MB.* more than 2 GB: .*max_bytes"
    ):
        check_size(tmp_path / "run.h5", size)
    check_size(tmp_path / "run.h5", size, most=6_000_000_000)


def test_a_disk_without_room_is_named_before_the_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=3_000_000))
    with pytest.raises(RunFileError, match=r"its disk has 3 MB left"):
        check_size(tmp_path / "new" / "run.h5", RunSize(10, 1_000_000, 0))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n_bytes", "words"),
    [(12, "12 bytes"), (1500, "1.5 kB"), (1_628_200, "1.63 MB"), (5_100_000_000, "5.1 GB")],
)
def test_sizes_are_told_in_words(n_bytes: int, words: str) -> None:
    assert in_words(n_bytes) == words
