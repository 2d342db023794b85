"""Notebooks (Jupyter, VS Code, Colab): detect one, and display something in it."""

from __future__ import annotations

import importlib
import sys
from typing import Any


def in_notebook() -> bool:
    """Whether this runs in a notebook's kernel: Jupyter, VS Code or Colab."""
    if "IPython" not in sys.modules:
        return False
    shell = sys.modules["IPython"].get_ipython()
    return shell is not None and hasattr(shell, "kernel")


def display(content: Any, **options: Any) -> Any:
    """Show `content` below the cell; with `display_id`, return the handle to replace it."""
    return importlib.import_module("IPython.display").display(content, **options)
