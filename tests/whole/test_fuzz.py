"""Mutated run files: 80, and 240 with REPLAY_FUZZ=all, as in CI.

`python -m tests.helpers.fuzz 5000` is the long one.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.helpers import fuzz

ROOT = Path(__file__).resolve().parents[2]
N_MUTATED = 240 if os.environ.get("REPLAY_FUZZ") == "all" else 80


@pytest.mark.slow
def test_mutated_run_files_are_drawn_or_refused() -> None:
    done = subprocess.run(  # apart from this process, which may hold TensorFlow and its threads
        [sys.executable, "-m", "tests.helpers.fuzz", str(N_MUTATED)],
        capture_output=True, text=True, cwd=ROOT, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    counts = {line[7:]: int(line[:6]) for line in done.stdout.splitlines()[:2]}
    assert counts.keys() == {fuzz.PICTURE, fuzz.REFUSED}
    assert sum(counts.values()) == N_MUTATED
    assert min(counts.values()) > N_MUTATED / 12  # the mutations do something, and not too much


def test_mutations_are_those_of_their_seed(tmp_path: Path) -> None:
    source = fuzz.toy(tmp_path / "toy.h5")
    for seed in range(12):
        said = {fuzz.mutated(source, tmp_path / name, seed) for name in ("a.h5", "b.h5")}
        assert len(said) == 1
    assert len({fuzz.mutated(source, tmp_path / "a.h5", seed) for seed in range(30)}) > 20


def crash(path: Path) -> str:
    os.kill(os.getpid(), signal.SIGSEGV)
    return fuzz.PICTURE


def hang(path: Path) -> str:
    while True:
        pass


def devour(path: Path) -> str:
    held = np.ones(150_000_000)
    return f"{fuzz.PICTURE}: {held.sum()}"


def fail(path: Path) -> str:
    raise KeyError("a slip")


LOOKS = {look.__name__: look for look in (crash, hang, devour, fail)}


def report(folder: str) -> None:
    """What the fuzz says of a file at which it looks in each of these ways."""
    path = fuzz.toy(Path(folder) / "toy.h5")
    for name, look in LOOKS.items():
        fuzz.look_at, fuzz.SECONDS = look, 1 if name == "hang" else 30
        outcome = fuzz.tried(path, "as it was written")
        print(f"{name}: {outcome.kind} {outcome.passed}", flush=True)


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    code = "import sys; from tests.whole import test_fuzz; test_fuzz.report(*sys.argv[1:])"
    done = subprocess.run(  # apart from this process, which may be larger than what is allowed
        [sys.executable, "-c", code, str(tmp_path_factory.mktemp("fuzz"))],
        capture_output=True, text=True, cwd=Path(__file__).parents[2], timeout=100, check=True,
    )  # fmt: skip
    return dict(line.split(": ") for line in done.stdout.splitlines())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("look", "kind"),
    [
        ("crash", "killed by SIGSEGV"),
        ("hang", "too slow"),
        ("devour", "too large"),
        ("fail", "another error"),
    ],
)
def test_the_fuzz_sees_what_it_looks_for(reported: dict[str, str], look: str, kind: str) -> None:
    assert reported[look] == f"{kind} False"
