"""The package as it is installed."""

from __future__ import annotations

import importlib.metadata
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import replay
from replay.scenario.built_in import built_in

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_every_public_name_can_be_had() -> None:
    for name in replay.__all__:
        assert getattr(replay, name) is not None
    assert set(replay.__all__) <= set(dir(replay))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = replay.nothing


def test_the_version_stands_in_one_place() -> None:
    told = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert told["project"]["dynamic"] == ["version"] and "version" not in told["project"]
    assert ROOT / told["tool"]["hatch"]["version"]["path"] == Path(replay.__file__)
    assert importlib.metadata.version("boundary-replay") == replay.__version__


def test_types_ship() -> None:
    assert Path(replay.__file__).with_name("py.typed").is_file()


SCENARIOS = sorted(file.stem.replace("_", "-") for file in (ROOT / "scenarios").glob("*.py"))


def build(source: Path, target: str, folder: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(folder)]
    subprocess.run(command, cwd=source, check=True, capture_output=True)


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as its sdist has it."""
    folder = tmp_path_factory.mktemp("sdist")
    build(ROOT, "sdist", folder)
    (archive,) = folder.glob("boundary_replay-*.tar.gz")
    shutil.unpack_archive(archive, folder, filter="data")
    return folder / archive.name.removesuffix(".tar.gz")


def test_an_editable_install_finds_the_scenarios() -> None:
    assert built_in() == SCENARIOS and {"parabola", "noisy-polynomial"} < set(SCENARIOS)


@pytest.mark.slow
@pytest.mark.parametrize("origin", ["checkout", "sdist"])
def test_a_wheel_carries_the_scenarios_and_finds_them(unpacked: Path, origin: str, tmp_path: Path) -> None:
    build(ROOT if origin == "checkout" else unpacked, "wheel", tmp_path)
    (wheel,) = tmp_path.glob("boundary_replay-*.whl")
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    assert not (site / "scenarios").exists() and not (site / "tests").exists()
    for shipped in ("py.typed", "player/page.html", "scenario/concepts.toml"):
        assert (site / "replay" / shipped).is_file()
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
    assert names == [*SCENARIOS, "xor"]


@pytest.mark.slow
def test_the_sdist_finds_the_scenarios_too(unpacked: Path) -> None:
    code = "from replay.scenario.built_in import built_in; print(*built_in())"
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=unpacked,
        env={"PYTHONPATH": str(unpacked)},
    )  # fmt: skip
    assert done.stdout.split() == SCENARIOS
