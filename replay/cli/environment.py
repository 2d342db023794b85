"""The environment of a command: what a user's variables and settings must not break."""

from __future__ import annotations

import logging
import os
from contextlib import chdir
from pathlib import Path

SETTINGS = Path(__file__).with_name("matplotlibrc")  # empty: styles start from matplotlib's defaults
SIZES = ("COLUMNS", "LINES", "TERMINAL_WIDTH")
NARROWEST, WIDEST = 40, 500  # characters: in less no help can be read, and of more each line is filled


def prepare() -> None:
    """Set what libraries read when they are loaded."""
    os.environ["MPLBACKEND"] = "agg"  # no command needs a screen, and matplotlib fails on an unknown backend
    os.environ["MATPLOTLIBRC"] = str(SETTINGS)  # it also fails on a file that is not UTF-8
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # it warns where it cannot keep its list of fonts
    if Path(SETTINGS.name).exists():  # which comes before the variable
        with chdir(SETTINGS.parent):
            import matplotlib  # noqa: F401
    for name in SIZES:
        _bound(name)


def _bound(name: str) -> None:
    """Keep a size of the terminal within what can be read; forget it if it is no number."""
    size = os.environ.pop(name, "")
    if size.isascii() and size.isdecimal():
        os.environ[name] = str(min(max(int(size[:9]), NARROWEST), WIDEST))
