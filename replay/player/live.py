"""The page of a run that is still being recorded, shown while it trains."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import Any

from replay.player import notebook
from replay.player.interactive import page_of
from replay.runs.evaluation import Evaluation
from replay.runs.recording import Recording

logger = logging.getLogger(__name__)
PATIENCE = 10  # times as long as an update takes until the next, so that it costs a tenth of the time at most
SHORTEST_WAIT = 2.0  # seconds


class LivePage:
    """Shows the page of the run file at `path` below the cell, and puts newer ones in its place.

    Outside of a notebook nothing is shown, and the log says so. Whatever goes wrong is logged, and ends the
    showing: never the training.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._handle: Any = None
        self._next = 0.0
        self._works = notebook.in_notebook()
        if not self._works:
            logger.warning("%s: a page is shown live in notebooks alone; the recording goes on as ever", path)

    def update(self, at_end: bool = False) -> None:
        """Show what was recorded so far, if it is time for it or the training is `at_end`."""
        began = time.monotonic()
        if not self._works or (began < self._next and not at_end):
            return
        try:
            self._show()
        except Exception as error:  # noqa: BLE001 - whatever it is, the training matters more
            self._works = False
            logger.warning("%s: the page cannot be shown while it trains: %s", self.path, error)
        ended = time.monotonic()
        self._next = ended + max(SHORTEST_WAIT, PATIENCE * (ended - began))

    def _show(self) -> None:
        recording = Recording(self.path)
        page = page_of([Evaluation(recording)], still=False, epoch=float(recording.epochs[-1]))
        if self._handle is None:
            self._handle = notebook.display(page, display_id=True)
        else:
            self._handle.update(page)
