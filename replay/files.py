"""Atomic file writes, and running a user's Python file as a module."""

from __future__ import annotations

import importlib.util
import secrets
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from replay.errors import OutputError, ReplayError, first_line

SHORT = 40  # characters of the stem: the partial file's name is longer and must stay under 255 bytes


@contextmanager
def whole_file(path: Path, refusal: type[ReplayError] = OutputError) -> Iterator[Path]:
    """Yield a temporary path; rename it to `path` on success, remove it on failure.

    Raises `refusal` if the file cannot be written.
    """
    check_place(path, refusal)
    # A unique name: several processes may write the same file; each writes a whole one, the last one stays.
    partial = path.with_name(f".{path.stem[:SHORT]}.{secrets.token_hex(6)}.partial{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            partial.touch()  # a read-only folder fails here, with the system's own message
            yield partial
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or first_line(error)
        raise refusal(f"cannot write {path}: {reason}{_elsewhere(error, partial)}") from error


def check_place(path: Path, refusal: type[ReplayError] = OutputError) -> None:
    """Raise `refusal` if a file cannot take this place: of a folder, pipe or device, or under such a name."""
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):  # of which the system tells more when it is created
        return
    except OSError as error:
        raise refusal(f"cannot write {path}: {error.strerror}") from error
    if stat.S_ISDIR(mode):
        raise refusal(f"cannot write {path}: it is a folder; name a file in it")
    if not stat.S_ISREG(mode):
        raise refusal(f"cannot write {path}: it is a pipe or a device; name a file")


def _elsewhere(error: OSError, partial: Path) -> str:
    """Names the file an error is about if it is another one, e.g. a temporary file on a full disk."""
    return "" if error.filename in (None, str(partial), str(partial.parent)) else f" ({error.filename})"


def run_python(file: Path, prefix: str, refusal: type[ReplayError]) -> ModuleType:
    """Run a Python file and return it as a module named `prefix` + its stem.

    Raises `refusal` if the file does not exist or fails.
    """
    if not file.is_file():
        raise refusal(f"{file} does not exist: check its path")
    name = f"{prefix}{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise refusal(f"{file} cannot be read as Python")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # pickle needs the module here for what the file defines
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise refusal(f"{file} fails: {type(error).__name__}: {first_line(error)}") from error
    return module
