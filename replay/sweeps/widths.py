"""The losses of a sweep by the width of its networks, and the width from which on they fit their samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from replay.runs.lasting import for_good
from replay.sweeps.table import SweepTable
from replay.types import Array

AXIS, FEWEST = "hidden_units", 3  # the axis, and how many of its values make a curve
FITTED = 0.01  # of the training loss of the narrowest networks: what is less is nearly zero
DIVERGED = 1e30  # in place of a loss that is no number


@dataclass(frozen=True, kw_only=True)
class LossesByWidth:
    """The losses at the end of networks that differ only in the units of their hidden layers.

    `units` (n_widths,) increase. `training` and `held_out` have the losses of each width (n_seeds,), those
    of the runs that finished; what is no number is DIVERGED.
    """

    units: Array
    training: list[Array]
    held_out: list[Array]

    @property
    def fitted_from(self) -> int | None:
        """The units from which on the networks fit their samples, None if they do not.

        They fit them if the median of their training losses is below FITTED of that of the narrowest, and
        those of all wider networks are, too.
        """
        medians = np.array([np.median(losses) for losses in self.training])
        found = for_good(medians < FITTED * medians[0], self.units)
        return None if found is None else int(found)


def losses_by_width(table: SweepTable) -> LossesByWidth | None:
    """The losses by width.

    None if something else varies as well, there are fewer than FEWEST widths, or the loss of held-out
    samples is not known for all runs that finished.
    """
    others = {
        tuple((axis, value) for axis, value in axes.items() if axis != AXIS)
        for axes in table.combinations.values()
    }
    units = {name: str(axes.get(AXIS)) for name, axes in table.combinations.items()}
    if len(others) != 1 or not all(width.isdecimal() for width in units.values()):  # such as 8x2
        return None
    runs = {int(units[name]): some for name, some in table.ended().items() if some}
    known = all(run.held_out_loss is not None for some in runs.values() for run in some)
    if len(runs) < FEWEST or not known:
        return None
    widths = sorted(runs)
    return LossesByWidth(
        units=np.array(widths),
        training=[_numbers([run.loss for run in runs[width]]) for width in widths],
        held_out=[_numbers([run.held_out_loss for run in runs[width]]) for width in widths],
    )


def _numbers(losses: Sequence[float | None]) -> Array:
    found = np.array(losses, dtype=float)
    return np.where(np.isfinite(found), np.minimum(found, DIVERGED), DIVERGED)
