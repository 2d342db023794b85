"""The live page: updates the page of a run in a notebook while it trains."""

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
PATIENCE = 10  # wait this many times an update's duration, so that updates cost at most a tenth of the time
SHORTEST_WAIT = 2.0  # seconds


class LivePage:
    """Shows the page of the run file at `path` below the cell, and replaces it as the training goes on.

    Outside a notebook it shows nothing and logs so. An error is logged and stops the updates, never the
    training.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._handle: Any = None
        self._next = 0.0
        self._works = notebook.in_notebook()
        if not self._works:
            logger.warning("%s: a live page needs a notebook; the recording goes on without it", path)

    def update(self, at_end: bool = False) -> None:
        """Show what was recorded so far, if an update is due or the training is `at_end`."""
        began = time.monotonic()
        if not self._works or (began < self._next and not at_end):
            return
        try:
            self._show()
        except Exception as error:  # noqa: BLE001 - the training must go on
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
