"""Temporary files for atomic writes: a hidden name with the process id, next to the target path."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from replay.storage.writing import lock


@contextmanager
def partial_file(place: Path) -> Iterator[Path]:
    """Yield a temporary path next to `place`; removes it afterwards, and first those of killed processes."""
    for leftover in _leftovers(place):
        leftover.unlink(missing_ok=True)
    partial = place.with_name(f".{place.name}.{os.getpid()}.{threading.get_ident()}.partial")
    try:
        yield partial
    finally:
        partial.unlink(missing_ok=True)


def _leftovers(place: Path) -> Iterator[Path]:
    """Temporary files of dead processes, without those locked by a process on another machine."""
    name = re.compile(rf"\.{re.escape(place.name)}\.([0-9]{{1,18}})\.[0-9]+\.partial")
    for path in list(place.parent.iterdir()):
        found = name.fullmatch(path.name)
        if found and lock.is_dead(int(found[1])) and lock.is_free(path):
            yield path
