"""Hooks of an optimizer: count its steps, and work before each. Copies of the optimizer have none of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class StepCount:
    """Counts the steps of an optimizer: in all, and since an epoch ended. `then` is called after each."""

    def __init__(self) -> None:
        self.in_all = self.in_epoch = 0
        self.then: Callable[[], None] | None = None

    def __call__(self, *_: Any) -> None:
        """Count a step: the optimizer calls this with itself and its arguments."""
        self.in_all += 1
        self.in_epoch += 1
        if self.then is not None:
            self.then()

    def __reduce__(self) -> Any:
        return StepCount, ()


class WorkBefore:
    """Calls `work` before each step."""

    def __init__(self, work: Callable[[], None] | None = None) -> None:
        self._work = work

    def __call__(self, *_: Any) -> None:
        """Work: the optimizer calls this with itself and its arguments."""
        if self._work is not None:
            self._work()

    def __reduce__(self) -> Any:
        return WorkBefore, ()
