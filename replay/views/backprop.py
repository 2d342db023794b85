"""Backpropagation as a chain: how large the gradient is at each layer, and by what it was multiplied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from replay.errors import ViewError
from replay.network.in_numpy.forward import Network
from replay.network.in_numpy.layers import LAYERS
from replay.network.losses import known
from replay.runs.evaluation import Evaluation
from replay.runs.layer_values import acting_layers
from replay.types import Array
from replay.views.view import View


@dataclass(frozen=True)
class BackpropFrame:
    """The chain at one epoch, from the output to the first layer: (n_layers,) each.

    `of_a` and `of_z` are the means, over samples and units, of |∂L/∂a| and |∂L/∂z|: L the loss of a sample,
    a the activations of a layer, z what enters them. `by_activation` is what the activation multiplies the
    mean by, `of_z` / `of_a`: the mean of |σ′|, each unit weighted by its gradient. `by_weights` is what the
    weights between a layer and the one before it in the list do, `of_a` / `of_z` of that one. The product of
    all factors down to a layer, times the first `of_z`, is its `of_z`, exactly. The first of the list, the
    output, begins the chain and has no factors: NaN, as what is not finite.
    """

    epoch: float
    of_a: Array
    of_z: Array

    @property
    def by_activation(self) -> Array:
        """The factor of each layer's activation."""
        with np.errstate(all="ignore"):
            factors = self.of_z / self.of_a
        factors[0] = np.nan
        return factors

    @property
    def by_weights(self) -> Array:
        """The factor of the weights that lead to each layer."""
        with np.errstate(all="ignore"):
            return np.concatenate([[np.nan], self.of_a[1:] / self.of_z[:-1]])

    @property
    def whole(self) -> float:
        """The product of all factors."""
        with np.errstate(all="ignore"):
            return float(self.of_z[-1] / self.of_z[0])


class Backprop(View):
    """The gradient of the loss as it goes back through the layers that have an activation, linear included.

    Where other layers lie between two of them, such as batch normalisation, `by_weights` has their factor,
    too. The gradient is that of each recorded sample's own loss, in inference mode. Raises ViewError for
    networks that NumPy does not compute and for losses that cannot be differentiated.
    """

    def __init__(self, evaluation: Evaluation) -> None:
        super().__init__(evaluation)
        recording = evaluation.recording
        known(recording.description.loss, "backpropagation")
        if not evaluation.chain_in_numpy:
            raise ViewError(
                f"{recording.path}: backpropagation as a chain needs a chain of layers that NumPy computes: "
                "show gradient-flow instead"
            )
        layers = [layer for layer in recording.description.layers if layer.name in acting_layers(evaluation)]
        own = [layer.name for layer in layers if LAYERS[layer.class_name].activate is None]
        if not own or not evaluation.all_recorded:
            raise ViewError(
                f"{recording.path}: backpropagation needs all layers, and weights: record them all"
            )
        self.names = tuple(reversed(own))
        places = [layer.name for layer in recording.description.layers]
        self._places = [places.index(name) for name in self.names]
        self.activations = tuple(recording.layer(name).activation or "linear" for name in self.names)
        self._frames: dict[float, BackpropFrame] = {}
        self._others: tuple[Backprop, ...] = ()

    def at(self, epoch: float) -> BackpropFrame:
        """The chain at `epoch`."""
        if epoch not in self._frames:
            self._frames = {epoch: self._frame(epoch, self._sizes(self.evaluation.at(epoch).weights)[0])}
        return self._frames[epoch]

    def _frame(self, epoch: float, sizes: Array) -> BackpropFrame:
        return BackpropFrame(epoch, sizes[self._places, 0], sizes[self._places, 1])

    def _sizes(self, weights: list[Array]) -> Array:
        network, recording = self.evaluation.network, self.evaluation.recording
        assert isinstance(network, Network)
        return network.signal_sizes(
            self.evaluation.inputs, recording.targets, weights, recording.description.loss
        )

    @cached_property
    def over(self) -> tuple[Array, Array]:
        """Both means at all snapshots that are surveyed: (n_snapshots, n_layers) each."""
        recording, size = self.evaluation.recording, self.evaluation.block_size(len(self.evaluation.inputs))
        blocks = recording.blocks(self.evaluation.surveyed, max(1, size // 4))
        sizes = np.concatenate([self._sizes(weights) for _, _, weights in blocks])
        return sizes[:, self._places, 0], sizes[:, self._places, 1]

    def beside(self, others: Sequence[Backprop]) -> Backprop:
        """The same chain, on an axis that covers those of other runs, too."""
        self._others = tuple(others)
        return self

    @cached_property
    def limits(self) -> tuple[float, float]:
        """The smallest and the largest mean above 0, and finite, at any snapshot; 0.1 and 1 without."""
        shown = np.concatenate([each.shown for each in (self, *self._others)])
        return (float(shown.min()), float(shown.max())) if len(shown) else (0.1, 1.0)

    @cached_property
    def shown(self) -> Array:
        """The means of all snapshots that a logarithmic axis can show."""
        of_a, of_z = self.over
        every = np.concatenate([of_a[:, 1:].ravel(), of_z.ravel()])  # of the output only that of z is shown
        return every[np.isfinite(every) & (every > 0)]
