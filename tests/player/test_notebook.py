"""Telling a notebook from everything else."""

from __future__ import annotations

import sys
import types
from typing import Any

import pytest

from replay.player.notebook import in_notebook


@pytest.mark.parametrize(
    ("shell", "expected"),
    [(None, False), (types.SimpleNamespace(), False), (types.SimpleNamespace(kernel=object()), True)],
    ids=["no shell", "a terminal's shell", "a kernel's shell"],
)
def test_a_notebook_is_a_shell_with_a_kernel(
    monkeypatch: pytest.MonkeyPatch, shell: Any, expected: bool
) -> None:
    package = types.ModuleType("IPython")
    package.get_ipython = lambda: shell  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython", package)
    assert in_notebook() is expected


def test_where_nobody_loaded_ipython_there_is_no_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    assert not in_notebook()
    assert "IPython" not in sys.modules
