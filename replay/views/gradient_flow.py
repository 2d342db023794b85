"""The norm of each layer's gradient, over the epochs."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from replay.network.clipping import clips
from replay.runs.evaluation import Evaluation
from replay.runs.layer_values import chosen, depths, kernels
from replay.types import Array
from replay.views.layer_curves import LOGARITHMIC, LayerCurves, epoch_limits, lines_of


class GradientFlow:
    """How much gradient reaches each layer: the L2 norm of ∂loss/∂kernel, before and after clipping.

    It is the norm itself, which is also what optimizers clip, and no mean over the kernel's entries: what
    vanishes or explodes does so by decades, next to which the kernels' sizes do not count. A layer with
    several kernels has the norm of all their entries. Raises ViewError where no layer has a kernel, or the
    gradients cannot be had.
    """

    def __init__(self, evaluation: Evaluation) -> None:
        self.evaluation = evaluation
        recording = evaluation.recording
        self._kernels = kernels(recording.description)
        self.names = tuple(chosen(recording, list(self._kernels), False, "kernels, and so no gradients"))
        evaluation.at(float(recording.epochs[0])).gradients()  # raises where there are none
        self.clips = clips(recording.description.optimizer)

    @property
    def before(self) -> Array:
        """The norms of the gradients of the loss: (n_layers, n_snapshots)."""
        return self._norms[0]

    @property
    def after(self) -> Array | None:
        """The norms of the gradients as the optimizer clips them; None where it does not clip."""
        return self._norms[1] if self.clips else None

    @cached_property
    def _norms(self) -> Array:
        """Before and, where the optimizer clips, after clipping: (1 or 2, n_layers, n_snapshots)."""
        moments = (self.evaluation.at(float(epoch)) for epoch in self.evaluation.recording.epochs)
        norms = [
            [self._of_layers(moment.gradients(clipped)) for clipped in (False, True)[: 1 + self.clips]]
            for moment in moments
        ]
        return np.moveaxis(np.array(norms), 0, -1)

    def _of_layers(self, gradients: list[Array]) -> list[float]:
        return [_norm([gradients[position] for position in self._kernels[name]]) for name in self.names]

    @cached_property
    def panels(self) -> tuple[LayerCurves, ...]:
        """What there is to draw: one panel, dashed after clipping."""
        recording = self.evaluation.recording
        deep, epochs = depths(recording, self.names), recording.epochs
        lines = lines_of(self.names, epochs, self.before)
        title = "Gradient norm"
        if self.after is not None:
            lines += lines_of(self.names, epochs, self.after, dashed=True)
            title += ", clipped dashed"
        return (LayerCurves(title, self.names, deep, lines, epoch_limits(epochs), LOGARITHMIC),)


def gradient_flow(evaluation: Evaluation) -> tuple[LayerCurves, ...]:
    """What each panel of it draws."""
    return GradientFlow(evaluation).panels


def _norm(gradients: list[Array]) -> float:
    """The L2 norm of all entries of these arrays, of any shapes."""
    with np.errstate(all="ignore"):
        return float(np.sqrt(sum(np.square(one, dtype=np.float64).sum() for one in gradients)))
