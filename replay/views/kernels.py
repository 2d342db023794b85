"""The kernels (filters, weights) of the first layer, as images."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from replay.errors import ViewError
from replay.network.description import LayerDescription
from replay.runs.evaluation import Evaluation
from replay.runs.recording import Recording
from replay.types import Array
from replay.views.shared.images import image_shape
from replay.views.view import View

QUANTILE = 0.995  # of a snapshot's absolute weights: a few outliers should not dim all others
BLOCK_VALUES = 1_000_000  # weights read at once, 4 MB in float32


@dataclass(frozen=True)
class KernelsFrame:
    """The kernels at one epoch: `images` (n_kernels, h, w) or (n_kernels, h, w, 3), the unscaled weights."""

    epoch: float
    images: Array


class Kernels(View):
    """The first `most` kernels of the first layer that has any: one per unit or filter.

    For a Dense layer on image inputs, a kernel is a unit's incoming weights in the shape of the input. For a
    Conv2D layer it is the filter, or its first channel unless it has 1 or 3 input channels. Needs only the
    recorded weights. Raises ViewError if the first kernel is neither, or was not recorded.
    """

    def __init__(self, evaluation: Evaluation, most: int = 64) -> None:
        if most < 1:
            raise ViewError(f"at least one kernel must be shown, not {most}")
        super().__init__(evaluation)
        recording = evaluation.recording
        layer = _first_with_kernel(recording)
        paths = [path for path, _ in recording.description.weight_paths]
        if f"{layer.name}/kernel" not in paths:
            raise ViewError(
                f"{recording.path}: the weights of layer {layer.name!r} were not recorded: record that layer "
                "to see its kernels"
            )
        self.layer = layer.name
        self._place = paths.index(f"{layer.name}/kernel")
        self._shape = next(weight.shape for weight in layer.weights if weight.name == "kernel")
        self._input = _image_of_units(recording, layer, self._shape)
        self.n_units = self._shape[-1]
        self.n = min(most, self.n_units)

    @property
    def image_shape(self) -> tuple[int, ...]:
        """The shape of one kernel's image: (h, w) or (h, w, 3)."""
        if self._input is not None:
            return self._input
        return self._shape[:3] if self._shape[2] == 3 else self._shape[:2]

    @property
    def first_channel_of(self) -> int | None:
        """How many input channels the kernels have, if only the first is shown, else None."""
        return self._shape[2] if self._input is None and self._shape[2] not in (1, 3) else None

    @cached_property
    def limit(self) -> float:
        """The end of the colour scale, for all epochs, as an absolute weight.

        It is the largest 99.5% quantile of the finite absolute weights at any snapshot; 1 if all are 0.
        """
        largest = 0.0
        for images in self._blocks(self._positions()):
            for image in images:
                sizes = np.abs(image[np.isfinite(image)])
                largest = max(largest, float(np.quantile(sizes, QUANTILE)) if sizes.size else 0.0)
        return largest or 1.0

    def at(self, epoch: float) -> KernelsFrame:
        """The kernels at `epoch`."""
        with np.errstate(all="ignore"):  # between weights that overflow
            weights = self.evaluation.recording.weights_at(epoch)
        return KernelsFrame(epoch, self._images(weights[self._place])[0])

    def over(self, epochs: Iterable[float] | None = None) -> Array:
        """The kernels at all snapshots or at `epochs`: (n_snapshots, n_kernels, h, w[, 3]).

        Raises ViewError for an epoch without a snapshot.
        """
        positions = self._positions(epochs)
        images = np.empty((len(positions), self.n, *self.image_shape), dtype=np.float32)
        start = 0
        for block in self._blocks(positions):
            images[start : start + len(block)] = block
            start += len(block)
        return images

    def _positions(self, epochs: Iterable[float] | None = None) -> list[int]:
        return self.evaluation.recording.positions(epochs)

    def _blocks(self, positions: list[int]) -> Iterable[Array]:
        recording = self.evaluation.recording
        values = sum(math.prod(weight.shape) for _, weight in recording.description.weight_paths)
        for _, _, weights in recording.blocks(positions, max(1, BLOCK_VALUES // values)):
            yield self._images(weights[self._place])

    def _images(self, kernels: Array) -> Array:
        """Kernels (n_snapshots, …, units) as images (n_snapshots, n_kernels, h, w[, 3]) of float32."""
        shown = np.moveaxis(kernels[..., : self.n], -1, 1).astype(np.float32)
        if self._input is None and len(self.image_shape) == 2:
            shown = shown[..., 0]
        return shown.reshape(len(kernels), self.n, *self.image_shape)


def _first_with_kernel(recording: Recording) -> LayerDescription:
    for layer in recording.description.layers:
        if any(weight.name == "kernel" for weight in layer.weights):
            return layer
    raise ViewError(f"{recording.path}: no layer has a kernel to show")


def _is_joined(recording: Recording, layer: LayerDescription) -> bool:
    """Whether what enters a layer is made of several layers, such as a sum."""
    graph = recording.description.graph
    before = () if graph is None else graph.needed_by([graph.positions[layer.name]])
    return any(len(graph.sources[place]) > 1 for place in before) if graph is not None else False


def _image_of_units(
    recording: Recording, layer: LayerDescription, shape: tuple[int, ...]
) -> tuple[int, ...] | None:
    """The shape of the input image of a Dense layer's units; None for a Conv2D layer."""
    if layer.class_name == "Conv2D":
        return None
    sample = tuple(recording.inputs.shape[1:])
    if layer.class_name != "Dense" or math.prod(sample) != shape[0] or _is_joined(recording, layer):
        raise ViewError(
            f"{recording.path}: the first kernel, of layer {layer.name!r} ({layer.class_name}), is not an "
            "image: this view needs a Conv2D layer, or a Dense layer directly on the input"
        )
    return image_shape(sample)
