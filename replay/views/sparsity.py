"""Sparsity: for how many samples each unit is off, and how sparse each layer is over the epochs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from replay.errors import ViewError
from replay.language.message import Message
from replay.network.description import LayerDescription
from replay.network.in_numpy.forward import Network
from replay.runs.evaluation import Evaluation
from replay.runs.layer_values import depths, layer_values, rank, samples_at_once
from replay.runs.unit_states import DEAD, condition_of
from replay.types import Array
from replay.views.layer_curves import PERCENT, LayerCurves, epoch_limits, lines_of
from replay.views.view import View

# Activations that let a little through below 0: units of theirs leak there, and are never off.
LEAKY = ("leaky_relu", "prelu", "elu", "celu", "selu")


@dataclass(frozen=True)
class SparsityFrame:
    """The units at one epoch, layer by layer: the share of samples, (units,) each, for which each is off."""

    epoch: float
    shares: list[Array]


@dataclass(frozen=True)
class OffLayer:
    """A layer of the ReLU family: units are off, or leak, for z up to `bound`."""

    name: str
    bound: float
    leaks: bool


class Sparsity(View):
    """The share of samples for which each unit is off: its activation is 0 (ReLU and its kind).

    A unit of a leaky layer (leaky ReLU, PReLU, ELU, SELU, CELU) is never off; its share is that of samples
    with z ≤ 0, for which it leaks. A unit that is off for all samples is dead. `layers` are those that can be
    off or leak; in feature maps each channel is a unit, and each place of a sample a case. Raises ViewError
    without such a layer.
    """

    def __init__(self, evaluation: Evaluation) -> None:
        super().__init__(evaluation)
        self.layers = list(_layers(evaluation))
        if not self.layers:
            raise ViewError(
                f"{evaluation.recording.path}: no layer of this run has units that can be off (ReLU, leaky "
                "ReLU, PReLU, ELU, SELU), or their z cannot be computed: choose another view"
            )

    @cached_property
    def sizes(self) -> list[int]:
        """The number of units of each layer."""
        return [len(shares) for shares in self.at(float(self.evaluation.recording.epochs[0])).shares]

    def at(self, epoch: float) -> SparsityFrame:
        """The units at `epoch`."""
        return SparsityFrame(epoch, self.of(self.evaluation.at(epoch).weights))

    def of(self, weights: list[Array]) -> list[Array]:
        """The shares with these weights (1, …), layer by layer; NaN where z is not finite."""
        bounds = {layer.name: layer.bound for layer in self.layers}
        off: dict[str, Array] = {}
        n_cases = dict.fromkeys(bounds, 0)
        for name, z in _z_of(self.evaluation, list(bounds), weights):
            cases = z.reshape(-1, z.shape[-1])
            with np.errstate(all="ignore"):
                met = np.where(np.isfinite(cases), cases <= bounds[name], np.nan).sum(axis=0)
            off[name] = off.get(name, 0) + met
            n_cases[name] += len(cases)
        return [off[name] / max(n_cases[name], 1) for name in bounds]


def _layers(evaluation: Evaluation) -> Iterator[OffLayer]:
    for layer in evaluation.recording.description.layers:
        off = _off(layer)
        if off is not None and rank(evaluation, layer, before_activation=True) is not None:
            yield off


def _off(layer: LayerDescription) -> OffLayer | None:
    """Up to which z units of a layer are off or leak; None for those that are neither."""
    condition = condition_of(layer)
    if condition is not None and condition.state == DEAD:
        return OffLayer(layer.name, condition.bound, leaks=False)
    leaks = layer.activation in LEAKY or layer.class_name == "PReLU"
    slope = layer.activation == "relu" and layer.config.get("activation_arguments", {}).get("negative_slope")
    return OffLayer(layer.name, 0.0, leaks=True) if leaks or slope else None


def _z_of(evaluation: Evaluation, names: list[str], weights: list[Array]) -> Iterator[tuple[str, Array]]:
    """Z of these layers at one snapshot, for one batch of samples at a time."""
    network, inputs = evaluation.network, evaluation.inputs
    if not isinstance(network, Network):
        for name, _, z in layer_values(evaluation, names, weights, inputs, True):
            yield name, z
        return
    size = samples_at_once(evaluation)
    for start in range(0, max(len(inputs), 1), size):
        for name, z in network.pre_activations(inputs[start : start + size], weights, names):
            yield name, z[0]


class SparseLayers:
    """The share of activations of each layer that are 0, or leak, over the epochs.

    `values` (n_layers, n_snapshots) are NaN once the weights diverge.
    """

    def __init__(self, sparsity: Sparsity) -> None:
        self.sparsity, self.evaluation = sparsity, sparsity.evaluation

    @cached_property
    def values(self) -> Array:
        """One row for each layer."""
        every = (self.sparsity.at(float(epoch)).shares for epoch in self.epochs)
        return np.array([[shares.mean() for shares in layers] for layers in every]).T

    @property
    def epochs(self) -> Array:
        """Those of the surveyed snapshots: (n_snapshots,)."""
        return self.evaluation.recording.epochs[self.evaluation.surveyed]

    @property
    def curves(self) -> LayerCurves:
        """The content of a panel of layer curves."""
        recording, layers = self.evaluation.recording, self.sparsity.layers
        names = tuple(layer.name for layer in layers)
        leaks = [layer.leaks for layer in layers]
        title = (
            Message("Sparse: share of activations that are 0")
            if not any(leaks)
            else Message("Share of z below 0: leaking, not off")
            if all(leaks)
            else Message("Share of activations that are 0, leaking dashed")
        )
        dashed = [leak and not all(leaks) for leak in leaks]
        lines = lines_of(names, self.epochs, self.values, dashed)
        return LayerCurves(
            title, names, depths(recording, names), lines, epoch_limits(recording.epochs), PERCENT
        )


def sparsity(evaluation: Evaluation) -> list[Sparsity | LayerCurves]:
    """The units, and the curves of their layers. Raises ViewError as `Sparsity` does."""
    view = Sparsity(evaluation)
    return [view, SparseLayers(view).curves]
