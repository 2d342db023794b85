"""Axes that share their limits with others: what one panel needs must not cut what another shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from matplotlib.figure import Figure

Get = Callable[[], tuple[float, float]]
Set = Callable[[float, float], Any]


@contextmanager
def shared_limits_held(figure: Figure) -> Iterator[None]:
    """Draw panels within the block; shared axes then hold what they held before, too."""
    before = [(get, get(), change) for get, change in _shared(figure)]
    yield
    for get, (low, high), change in before:
        first, last = get()
        if low < high and first < last:  # the axis of an image runs down, over the same pixels in each
            change(min(low, first), max(high, last))


def _shared(figure: Figure) -> Iterator[tuple[Get, Set]]:
    """What gets and sets the limits of each shared axis that has limits already."""
    for axes in figure.axes:
        if len(axes.get_shared_x_axes().get_siblings(axes)) > 1 and not axes.get_autoscalex_on():
            yield axes.get_xlim, axes.set_xlim
        if len(axes.get_shared_y_axes().get_siblings(axes)) > 1 and not axes.get_autoscaley_on():
            yield axes.get_ylim, axes.set_ylim
