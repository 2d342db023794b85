"""Models of every kind on every backend of Keras: a replay is right, or is refused in one line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from replay import Recording
from tests.helpers import odd_models
from tests.helpers.backends import need

ROOT = Path(__file__).parents[2]
# How many of the models, every n-th: JAX compiles each operation of each.
EVERY = {"tensorflow": 1, "torch": 1, "jax": 5}
EVERY_ACROSS = 3  # of those that one backend replays for another
# Honest models that only their maker can replay: in a file, Keras tells these functions by a name alone.
# What two chains share, Keras would make twice, and it forgets the weight of a low rank adaptation.
BEYOND_A_FILE = {
    "a gelu of keras.ops",
    "a chain that is used twice",
    "a layer of two chains",
    "low rank adaptation with a weight",
}
Verdicts = list[dict[str, str]]

pytestmark = pytest.mark.slow


def on(backend: str, command: str, folder: Path, every: int) -> Verdicts:
    """What `tests.helpers.odd_models` says under this backend."""
    need(backend)
    environment = {
        **os.environ,
        "KERAS_BACKEND": backend,
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "-1",
    }
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.helpers.odd_models", command, str(folder), str(every)],
        env=environment, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: Verdicts = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The folder of the files that a backend recorded, and what was said of each: of every n-th at least."""
    done: dict[tuple[str, int], tuple[Path, Verdicts]] = {}

    def of(backend: str, every: int | None = None) -> tuple[Path, Verdicts]:
        usual = backend, EVERY[backend]
        key = usual if every is None or every % usual[1] or usual in done else (backend, every)
        if key not in done:
            folder = tmp_path_factory.mktemp(backend)
            done[key] = folder, on(backend, "train", folder, key[1])
        return done[key]

    return of


@pytest.mark.parametrize("backend", EVERY)
def test_a_replay_is_right_or_refused(backend: str, trained: Any) -> None:
    _, verdicts = trained(backend)
    assert len(verdicts) == 1 + len(list(odd_models.CASES)[:: EVERY[backend]])
    wrong = [one for one in verdicts if any(said.startswith(("WRONG", "RAISED")) for said in one.values())]
    assert wrong == []


@pytest.mark.parametrize("backend", EVERY)
def test_honest_models_need_their_file_alone_and_all_are_right_with_the_model(
    backend: str, trained: Any
) -> None:
    _, verdicts = trained(backend)
    honest = [one for one in verdicts if one["name"] in {*odd_models.CASES} - odd_models.OWN - BEYOND_A_FILE]
    assert [one for one in honest if one["file"] != "ok"] == []
    assert [one for one in verdicts if one.get("model", "ok") != "ok"] == []


@pytest.mark.parametrize(
    ("recorded", "replayed"), [("torch", "tensorflow"), ("tensorflow", "torch"), ("torch", "jax")]
)
def test_a_run_of_one_backend_is_replayed_under_another(recorded: str, replayed: str, trained: Any) -> None:
    folder, before = trained(recorded, EVERY_ACROSS)
    said = {one["name"]: one["file"] for one in on(replayed, "replay", folder, EVERY_ACROSS)}
    kept = {one["name"]: one.get("file") for one in before}
    assert {name: told for name, told in said.items() if told.split(":")[0] != kept[name].split(":")[0]} == {}


def test_there_are_models_of_very_many_kinds() -> None:
    assert len(odd_models.CASES) >= 100
    assert len(odd_models.OWN) >= 25


def test_a_file_tells_which_backend_recorded_it(trained: Any) -> None:
    for backend in ("tensorflow", "torch"):
        folder, _ = trained(backend)
        assert backend in Recording(folder / "a residual.h5").description.packages
