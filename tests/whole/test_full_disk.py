"""A picture for which there is no room: an error that says so, the older one as it was, nothing beside it.

A small file system needs the right to mount one; the limit of a file's size is tried everywhere.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from replay import Recording
from replay.cli.rendering import Rendering
from replay.errors import OutputError
from tests.conftest import maker_of_runs

resource = pytest.importorskip("resource")

OLDER = b"an older picture"
PAGE = 4096  # bytes of which a small file system in memory is made
SIZE = 4_000_000
NAMES = ("film.gif", "film.mp4", "still.png", "page.html")
QUICK_AND_SLOW = [
    pytest.param(name, marks=[] if name == "still.png" else [pytest.mark.slow]) for name in NAMES
]
SHARES = (0.0, 0.5, 0.9)  # of what the picture needs, that there is room for
FULL = re.compile("No space left on device|File too large|File size limit exceeded")
SMALL = {"view": "feature-space", "size": (320, 160)}  # some dozens of pages, and quickly drawn
OPTIONS: dict[str, Any] = {
    ".gif": SMALL,
    ".mp4": SMALL,
    ".png": {**SMALL, "epoch": 2.0},
    ".html": {},
}


@pytest.fixture(scope="module")
def small_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    place = tmp_path_factory.mktemp("disk")
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(place)]
    if not sys.platform.startswith("linux") or os.geteuid() or subprocess.run(command).returncode:
        pytest.skip("only the administrator of a Linux system can mount a small file system")
    yield place
    subprocess.run(["umount", str(place)], check=True)


Render = Callable[[Path], None]


@pytest.fixture(scope="module")
def render(tmp_path_factory: pytest.TempPathFactory) -> Render:
    recording = Recording(maker_of_runs(tmp_path_factory.mktemp("run"))(n_snapshots=12))

    def draw(path: Path) -> None:
        Rendering(**OPTIONS[path.suffix]).render(recording, [path], lambda path: None)

    return draw


@pytest.fixture(scope="module")
def needed(render: Render, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], int]:
    """How many bytes a picture has."""

    @cache
    def size(name: str) -> int:
        path = tmp_path_factory.mktemp("elsewhere") / name
        render(path)
        return path.stat().st_size

    return size


@contextmanager
def room_for(disk: Path, n_bytes: int) -> Iterator[None]:
    """So many bytes free, in whole pages."""
    state = os.statvfs(disk)
    taken = (state.f_bavail * state.f_frsize // PAGE - n_bytes // PAGE) * PAGE
    with (disk / "filler").open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, taken)
    try:
        yield
    finally:
        (disk / "filler").unlink()


@contextmanager
def files_of_at_most(n_bytes: int) -> Iterator[None]:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def assert_refused(render: Render, path: Path) -> None:
    before = sorted(path.parent.iterdir())
    with pytest.raises(OutputError, match=FULL) as refused:
        render(path)
    assert str(refused.value).startswith(f"cannot write {path}: ")
    assert path.read_bytes() == OLDER
    assert sorted(path.parent.iterdir()) == before


@pytest.mark.slow
@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("name", QUICK_AND_SLOW)
def test_a_full_disk_loses_nothing(
    render: Render, needed: Callable[[str], int], small_disk: Path, name: str, share: float
) -> None:
    path = small_disk / name
    path.write_bytes(OLDER)
    with room_for(small_disk, int(share * needed(name))):
        assert_refused(render, path)
    render(path)  # with room again
    assert path.stat().st_size > len(OLDER)
    path.unlink()


@pytest.mark.parametrize("share", SHARES[1:])
@pytest.mark.parametrize("name", QUICK_AND_SLOW)
def test_a_limit_of_a_files_size_loses_nothing(
    render: Render, needed: Callable[[str], int], tmp_path: Path, name: str, share: float
) -> None:
    (tmp_path / "pictures").mkdir()
    path = tmp_path / "pictures" / name
    path.write_bytes(OLDER)
    with files_of_at_most(int(share * needed(name))):
        assert_refused(render, path)


@pytest.mark.parametrize("max_bytes", [None, 10_000_000])
def test_where_temporary_files_have_no_room_they_are_named(
    make_run: Any,
    small_disk: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    max_bytes: int | None,
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(small_disk))
    rendering = Rendering(view="curves", size=(480, 240), max_bytes=max_bytes)
    recording = Recording(make_run())
    (tmp_path / "pictures").mkdir()
    with room_for(small_disk, 0), pytest.raises(OutputError, match=FULL) as refused:
        rendering.render(recording, [tmp_path / "pictures" / "film.gif"], lambda path: None)
    assert str(small_disk) in str(refused.value)
    assert list((tmp_path / "pictures").iterdir()) == []
    assert list(small_disk.iterdir()) == []
