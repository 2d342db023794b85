"""The package as it is installed."""

from __future__ import annotations

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import replay

ROOT = Path(__file__).parents[2]


def test_every_public_name_can_be_had() -> None:
    for name in replay.__all__:
        assert getattr(replay, name) is not None
    assert set(replay.__all__) <= set(dir(replay))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = replay.nothing


def test_the_version_is_that_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == replay.__version__


@pytest.mark.slow
def test_a_wheel_carries_the_scenarios_and_finds_them(tmp_path: Path) -> None:
    build = ["pip", "wheel", "--no-deps", "--no-build-isolation", "-q", "-w", str(tmp_path), str(ROOT)]
    subprocess.run([sys.executable, "-m", *build], check=True, capture_output=True)
    (wheel,) = tmp_path.glob("boundary_replay-*.whl")
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    code = (
        "import replay; from replay.scenario.built_in import built_in, load_scenario; "
        "print(replay.__file__, *built_in(), load_scenario('xor').name)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"PYTHONPATH": str(site)},
    )
    where, *names = done.stdout.split()
    assert Path(where).is_relative_to(site)
    assert names == [
        *("batch-size", "blobs", "circles", "digits", "initializers", "mnist-cnn", "mnist-deep"),
        *("mnist-dense", "mnist-latent", "moons", "optimizers", "parabola", "spiral", "xor", "xor"),
    ]
