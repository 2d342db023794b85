"""Notebooks: whether this is one, and showing something in it."""

from __future__ import annotations

import importlib
import sys
from typing import Any


def in_notebook() -> bool:
    """Whether a notebook's kernel runs this: Jupyter's, VS Code's or Colab's."""
    if "IPython" not in sys.modules:
        return False
    shell = sys.modules["IPython"].get_ipython()
    return shell is not None and hasattr(shell, "kernel")


def display(content: Any, **options: Any) -> Any:
    """Show what has a rich display below the cell; with `display_id`, return the handle to replace it."""
    return importlib.import_module("IPython.display").display(content, **options)
