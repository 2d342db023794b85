"""Texts of variable length are read only from where HDF5 finds to their end."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import pytest

from replay import Recording
from replay.errors import RunFileError
from replay.storage.untrusted import global_heap

MakeRun = Callable[..., Path]


def collection_in(content: bytes) -> int:
    return content.index(b"GCOL")


def changed(path: Path, at: int, value: bytes) -> Path:
    """The file with these bytes so far behind the beginning of its collection."""
    content = bytearray(path.read_bytes())
    start = collection_in(bytes(content)) + at
    content[start : start + len(value)] = value
    path.write_bytes(content)
    return path


# Behind the header lie objects of 16 bytes and their text: index (2 bytes), …, size (8 bytes).
HARMFUL = {
    "room of no size": (16, struct.pack("<H6xQ", 0, 0)),
    "an object beyond the end": (24, struct.pack("<Q", 5000)),
    "an object as large as all memory": (24, struct.pack("<Q", 2**64 - 8)),
    "the index of another kind": (16, b"\0\0"),
}


@pytest.mark.parametrize("kind", HARMFUL)
def test_a_collection_that_has_no_end_is_refused(make_run: MakeRun, kind: str) -> None:
    """HDF5 itself would go round in it for ever."""
    path = changed(make_run(), *HARMFUL[kind])
    with pytest.raises(ValueError, match=r"the strings at byte [0-9]+ are damaged"):
        global_heap.check(path)
    with pytest.raises(RunFileError, match=r"run\.h5 is damaged: the strings"):
        Recording(path)


def test_an_honest_file_passes_and_is_searched_once(
    make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_run()
    searched: list[int] = []
    signatures = global_heap._signatures
    monkeypatch.setattr(global_heap, "_signatures", lambda content: searched.append(1) or signatures(content))
    for _ in range(3):
        global_heap.check(path)
    assert len(searched) == 1
    with h5py.File(path, "a") as file:
        file.attrs["more"] = "text " * 2000
    os.utime(path, ns=(1, 1))
    global_heap.check(path)
    assert len(searched) == 2


def test_a_collection_is_found_also_where_two_pieces_meet(
    make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = changed(make_run(), *HARMFUL["room of no size"])
    monkeypatch.setattr(global_heap, "PIECE", collection_in(path.read_bytes()) + 2)
    with pytest.raises(ValueError, match="are damaged"):
        global_heap.check(path)


def test_what_only_looks_like_a_collection_is_passed_over(tmp_path: Path) -> None:
    for tail in (b"", b"\0" * 4, struct.pack("<3xQ", 100), struct.pack("<3xQ", 2**60)):
        path = tmp_path / f"{len(tail)}-{tail[-1:].hex()}"
        path.write_bytes(b"x" * 50 + b"GCOL\x01" + tail)
        global_heap.check(path)


def test_a_file_that_becomes_shorter_meanwhile_ends_no_process(
    make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where its writer finishes it, and gives back the room that it took."""
    path = make_run()
    signatures = global_heap._signatures

    def shortened(file: Any) -> Any:
        os.truncate(path, 100)
        return signatures(file)

    monkeypatch.setattr(global_heap, "_signatures", shortened)
    global_heap.check(path)
