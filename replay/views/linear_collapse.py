"""What a chain of Dense layers is without its activations: its matrices as one, and its one line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from replay.errors import ViewError
from replay.network.activations import find
from replay.network.description import LayerDescription
from replay.network.in_numpy.forward import Network
from replay.network.in_numpy.layers import LAYERS
from replay.network.losses import TIES_IN_LOGITS
from replay.runs.evaluation import Evaluation
from replay.runs.task import ByClass
from replay.types import Array
from replay.views.decision_boundary import DecisionBoundary
from replay.views.shared.geometry import Limits
from replay.views.shared.regions import MAX_CLASSES, Regions
from replay.views.view import View

MESH, LINE_MESH = 140, 40  # points a side: of the network, and of the product, whose lines are straight
LINEAR = (None, "linear")


@dataclass(frozen=True)
class Affine:
    """The map x ↦ x·kernel + bias, of rows x: `kernel` (inputs, units) and `bias` (units,), float64."""

    kernel: Array
    bias: Array

    def then(self, following: Affine) -> Affine:
        """This map and the following one as a single map: x·(W₁W₂) + (b₁W₂ + b₂)."""
        with np.errstate(all="ignore"):
            return Affine(self.kernel @ following.kernel, self.bias @ following.kernel + following.bias)

    def __call__(self, x: Array) -> Array:
        """Map rows (n, inputs) to (n, units)."""
        with np.errstate(all="ignore"):
            return np.asarray(x.reshape(len(x), -1) @ self.kernel + self.bias)


class DenseChain:
    """The affine maps of a network that has Dense layers alone, and the activations between them.

    `names` are those of the Dense layers, `between` what stands after each but the last: the name of its
    activation, or None where there is none. Raises ViewError for networks with other layers, or of one layer.
    """

    def __init__(self, evaluation: Evaluation) -> None:
        self.evaluation = evaluation
        path = evaluation.recording.path
        if not evaluation.chain_in_numpy or not evaluation.all_recorded:
            raise ViewError(
                f"{path}: only a chain of Dense layers, all recorded, can be multiplied out: show the "
                "view weights instead"
            )
        layers = [layer for layer in evaluation.recording.description.layers if not _passes_on(layer)]
        strange = next((layer for layer in layers if layer.class_name != "Dense" and not _acts(layer)), None)
        if strange is not None:
            raise ViewError(
                f"{path}: only Dense layers can be multiplied out, but {strange.name!r} is of the class "
                f"{strange.class_name}: show the view weights instead"
            )
        dense = [place for place, layer in enumerate(layers) if layer.class_name == "Dense"]
        if len(dense) < 2:
            raise ViewError(
                f"{path}: this network has one Dense layer or none, so there is nothing to multiply: train "
                "one with a hidden layer"
            )
        self.names = tuple(layers[place].name for place in dense)
        parts = [layers[start:stop] for start, stop in zip(dense, [*dense[1:], len(layers)], strict=True)]
        acting = [[layer for layer in part if layer.activation not in LINEAR] for part in parts]
        self.between = tuple(part[-1].activation if part else None for part in acting[:-1])
        self._last = acting[-1][-1] if acting[-1] else layers[dense[-1]]

    @property
    def is_linear(self) -> bool:
        """Whether nothing bends between the layers, so that the product is the network."""
        return all(activation is None for activation in self.between)

    def maps(self, epoch: float) -> list[Affine]:
        """The map of each Dense layer at `epoch`."""
        network = self.evaluation.network
        assert isinstance(network, Network)
        found = []
        for layer, own in network.with_weights(self.evaluation.at(epoch).weights):
            if layer.description.name in self.names:
                kernel = own["kernel"][0].astype(np.float64)
                bias = own["bias"][0].astype(np.float64) if "bias" in own else np.zeros(kernel.shape[1])
                found.append(Affine(kernel, bias))
        return found

    def product(self, epoch: float) -> Affine:
        """All maps of `epoch` as one."""
        first, *others = self.maps(epoch)
        for other in others:
            first = first.then(other)
        return first

    def outputs(self, z: Array) -> tuple[Array, Array | None]:
        """What the output layer makes of z (n, units), and its logits where it has some."""
        name, arguments = self._last.activation or "linear", self._last.config.get("activation_arguments", {})
        with np.errstate(all="ignore"):
            return find(name)(z, **arguments), z if name in TIES_IN_LOGITS else None


def _passes_on(layer: LayerDescription) -> bool:
    return LAYERS[layer.class_name].passes_on if layer.class_name in LAYERS else False


def _acts(layer: LayerDescription) -> bool:
    """Whether a layer is an activation, or reshapes its input to a row."""
    return layer.class_name == "Flatten" or layer.activation is not None


@dataclass(frozen=True)
class ProductFrame:
    """The maps of the layers at one epoch, and what they are multiplied out."""

    epoch: float
    maps: list[Affine]
    product: Affine


class LayerProduct(View):
    """The matrix and the bias of each layer, and of their product.

    `largest` and `largest_product` are the largest sizes of their numbers over the run, by which colours are
    chosen. Raises ViewError as `DenseChain` does.
    """

    def __init__(self, evaluation: Evaluation, chain: DenseChain | None = None) -> None:
        super().__init__(evaluation)
        self.chain = chain or DenseChain(evaluation)

    @cached_property
    def _largest(self) -> tuple[float, float]:
        epochs = self.evaluation.recording.epochs[self.evaluation.surveyed]
        frames = [self.at(float(epoch)) for epoch in epochs]
        return _largest([one for frame in frames for one in frame.maps]), _largest(
            [frame.product for frame in frames]
        )

    @property
    def largest(self) -> float:
        """Of the layers."""
        return self._largest[0]

    @property
    def largest_product(self) -> float:
        """Of the product."""
        return self._largest[1]

    def at(self, epoch: float) -> ProductFrame:
        """The matrices at `epoch`."""
        return ProductFrame(epoch, self.chain.maps(epoch), self.chain.product(epoch))


def _largest(maps: Sequence[Affine]) -> float:
    sizes = [
        np.abs(part[np.isfinite(part)]).max(initial=0) for one in maps for part in (one.kernel, one.bias)
    ]
    return float(max(sizes, default=0.0)) or 1.0


@dataclass(frozen=True)
class CollapsedPlaneFrame:
    """The input plane at one epoch.

    `regions` are those of the network, `line` the boundary (n_points, 2) by the product alone, piece by
    piece. `correct` (n_samples,) are the samples that the network gets right, `right` their share, and
    `right_alone` that of the product; `held_out` says it of held-out samples, None without any.
    """

    epoch: float
    regions: Regions
    correct: Array
    line: list[Array]
    right: float
    right_alone: float
    held_out: Array | None = None


class CollapsedPlane(View):
    """The boundary of the network in the input plane, and that of the product of its matrices.

    Raises ViewError as `DenseChain` and `DecisionBoundary` do.
    """

    def __init__(self, evaluation: Evaluation, chain: DenseChain | None = None) -> None:
        super().__init__(evaluation)
        self.chain = chain or DenseChain(evaluation)
        self._boundary = DecisionBoundary(evaluation, MESH)
        self.limits = self._boundary.limits

    def at(self, epoch: float, within: Limits | None = None) -> CollapsedPlaneFrame:
        """The plane at `epoch`, `within` other limits than the view's own if they are given."""
        frame = self._boundary.at(epoch, within)
        product = self.chain.product(epoch)

        def answers_of(points: Array) -> ByClass:
            return self.evaluation.task.answers(*self.chain.outputs(product(points.astype(np.float64))))

        alone = self.evaluation.task.correct(
            self.evaluation.task.probabilities(self.chain.outputs(product(self.evaluation.inputs))[0])
        )
        line = Regions.over(frame.regions.limits, LINE_MESH, answers_of).boundary
        return CollapsedPlaneFrame(
            epoch,
            frame.regions,
            frame.correct,
            line,
            float(frame.correct.mean()),
            float(alone.mean()),
            frame.held_out,
        )


def linear_collapse(evaluation: Evaluation) -> list[LayerProduct | CollapsedPlane]:
    """The plane, where there is one with classes, and the product. Raises ViewError as `DenseChain` does."""
    chain = DenseChain(evaluation)
    product = LayerProduct(evaluation, chain)
    has_plane = evaluation.recording.inputs.shape[1:] == (2,)
    if not has_plane or not 0 < evaluation.task.n_classes <= MAX_CLASSES:
        return [product]
    return [CollapsedPlane(evaluation, chain), product]
