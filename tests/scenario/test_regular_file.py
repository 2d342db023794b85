"""Only regular files are opened, and one that changes while it is read is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from replay.errors import DataError
from replay.scenario.regular_file import opened


def test_a_file_is_read_in_pieces(tmp_path: Path) -> None:
    path = tmp_path / "file"
    content = bytes(range(250)) * 10_000
    path.write_bytes(content)
    with opened(path, 10**7) as file:
        assert file.size == len(content)
        assert b"".join(file.pieces()) == content
        file.seek(0)
        with pytest.raises(ValueError, match="should be small is very large"):
            file.read()


def test_the_end_of_a_file_can_be_read_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abcdef")
    with opened(tmp_path / "file", 100) as file:
        file.seek(-2, 2)
        assert file.read() == b"ef"


def test_a_file_that_is_appended_to_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"abc")
    with pytest.raises(DataError, match="changed while it was read"), opened(path, 100) as file:
        file.read(2)
        with path.open("ab") as other:
            other.write(b"d")


def test_a_file_that_is_replaced_is_read_as_it_was(tmp_path: Path) -> None:
    path, other = tmp_path / "file", tmp_path / "other"
    path.write_bytes(b"abc")
    other.write_bytes(b"xyz")
    with opened(path, 100) as file:
        other.replace(path)
        assert file.read(100) == b"abc"


@pytest.mark.parametrize(("most", "fits"), [(3, True), (2, False)])
def test_a_file_is_opened_up_to_its_limit(tmp_path: Path, most: int, fits: bool) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"abc")
    if fits:
        with opened(path, most) as file:
            assert file.read(10) == b"abc"
    else:
        with pytest.raises(DataError, match="takes 3 bytes of memory, more than 2 bytes"), opened(path, most):
            pass


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="this is a folder"), opened(tmp_path, 100):
        pass
