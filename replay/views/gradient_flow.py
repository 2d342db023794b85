"""Gradient flow: the norm of each layer's gradient over the epochs, before and after clipping."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from replay.language.message import Message
from replay.network.clipping import clips
from replay.runs.evaluation import Evaluation
from replay.runs.layer_values import chosen, depths, kernels
from replay.types import Array
from replay.views.layer_curves import LOGARITHMIC, LayerCurves, epoch_limits, lines_of


class GradientFlow:
    """How much gradient reaches each layer: the L2 norm of ∂loss/∂kernel, before and after clipping.

    It is the norm, which is also what optimizers clip, not a mean over the entries: gradients vanish or
    explode by decades, so the kernel's size hardly matters. For a layer with several kernels it is the norm
    of all their entries. Raises ViewError if no layer has a kernel, or gradients cannot be computed.
    """

    def __init__(self, evaluation: Evaluation) -> None:
        self.evaluation = evaluation
        recording = evaluation.recording
        self._kernels = kernels(recording.description)
        self.names = tuple(chosen(recording, list(self._kernels), False, "kernels, and so no gradients"))
        evaluation.at(float(recording.epochs[0])).gradients()  # raises if they cannot be computed
        self.clips = clips(recording.description.optimizer)

    @property
    def before(self) -> Array:
        """The gradient norms before clipping: (n_layers, n_snapshots)."""
        return self._norms[0]

    @property
    def after(self) -> Array | None:
        """The gradient norms after clipping; None if the optimizer does not clip."""
        return self._norms[1] if self.clips else None

    @cached_property
    def _norms(self) -> Array:
        """Before and, if the optimizer clips, after clipping: (1 or 2, n_layers, n_snapshots)."""
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
        """The content of the one panel; norms after clipping are dashed."""
        recording = self.evaluation.recording
        deep, epochs = depths(recording, self.names), recording.epochs
        lines = lines_of(self.names, epochs, self.before)
        title = Message("Gradient norm")
        if self.after is not None:
            lines += lines_of(self.names, epochs, self.after, dashed=True)
            title = Message("Gradient norm, clipped dashed")
        return (LayerCurves(title, self.names, deep, lines, epoch_limits(epochs), LOGARITHMIC),)


def gradient_flow(evaluation: Evaluation) -> tuple[LayerCurves, ...]:
    """The content of each panel of this view."""
    return GradientFlow(evaluation).panels


def _norm(gradients: list[Array]) -> float:
    """The L2 norm of all entries of these arrays."""
    with np.errstate(all="ignore"):
        return float(np.sqrt(sum(np.square(one, dtype=np.float64).sum() for one in gradients)))
