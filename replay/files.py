"""Files: written whole or not at all, and Python files of a user's that are run."""

from __future__ import annotations

import importlib.util
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from replay.errors import OutputError, ReplayError, first_line

SHORT = 40  # letters: a name may have 255 bytes, and that of the part has more than that of the whole


@contextmanager
def whole_file(path: Path, refusal: type[ReplayError] = OutputError) -> Iterator[Path]:
    """A path to write to, moved to `path` when the block ends well and removed when it does not.

    Raises `refusal` where the file cannot be written.
    """
    if path.is_dir():
        raise refusal(f"cannot write {path}: it is a folder")
    # A name of its own, so that of several who write one file each writes a whole one, and the last stays.
    partial = path.with_name(f".{path.stem[:SHORT]}.{secrets.token_hex(6)}.partial{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            partial.touch()  # so that a folder that cannot be written to says so itself
            yield partial
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or first_line(error)
        raise refusal(f"cannot write {path}: {reason}{_elsewhere(error, partial)}") from error


def _elsewhere(error: OSError, partial: Path) -> str:
    """The other file that an error is about, such as a temporary one on a disk that is full."""
    return "" if error.filename in (None, str(partial), str(partial.parent)) else f" ({error.filename})"


def run_python(file: Path, prefix: str, refusal: type[ReplayError]) -> ModuleType:
    """The module that a Python file makes, called `prefix` and its stem.

    Raises `refusal` where there is no such file, or it fails.
    """
    if not file.is_file():
        raise refusal(f"{file} does not exist: check its path")
    name = f"{prefix}{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise refusal(f"{file} cannot be read as Python")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # what the file defines can be pickled only when its module is known
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise refusal(f"{file} fails: {type(error).__name__}: {first_line(error)}") from error
    return module
