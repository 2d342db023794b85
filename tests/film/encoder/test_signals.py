"""A signal may come at any moment: what was begun is put away."""

from __future__ import annotations

import shutil
import signal
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from replay.film.encoder.signals import temporary_folder

pytestmark = pytest.mark.usefixtures("heeded_signals")


def interrupted(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, at whose end Ctrl-C comes."""

    def then_stopped(*arguments: Any, **named: Any) -> Any:
        answer = function(*arguments, **named)
        signal.raise_signal(signal.SIGINT)
        return answer

    return then_stopped


@pytest.mark.parametrize("module, name", [(tempfile, "mkdtemp"), (shutil, "rmtree")])
def test_a_temporary_folder_is_removed_at_whatever_moment_a_signal_comes(
    module: Any, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with monkeypatch.context() as patch:
        patch.setattr(module, name, interrupted(getattr(module, name)))
        with pytest.raises(KeyboardInterrupt), temporary_folder() as folder:
            (folder / "palette.ppm").touch()
    assert not list(tmp_path.iterdir())
