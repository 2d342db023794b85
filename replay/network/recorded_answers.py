"""A network without layers: the answers that a model gave for samples, and on a mesh, as they were recorded.

What was recorded is answered exactly. Between the points of the mesh, answers are interpolated linearly in
each direction; beyond it, and without one, other inputs have none.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from replay.errors import RunFileError, ViewError, unknown
from replay.network.description import LayerDescription, RunDescription, WeightDescription
from replay.types import Array

CLASS, NAME = "RecordedAnswers", "answers"
SAMPLES, HELD_OUT, MESH = "samples", "held_out", "mesh"  # the weights, as a file calls them
LIMITS = "mesh_limits"  # in the layer's config: the ends of each input


@dataclass(frozen=True)
class Mesh:
    """Evenly spaced points over the range of one input, or the plane of two.

    `limits` are the ends (low, high) of each input, and `points` how many there are along each.
    """

    limits: tuple[tuple[float, float], ...]
    points: int

    @property
    def shape(self) -> tuple[int, ...]:
        """As many numbers as inputs."""
        return (self.points,) * len(self.limits)

    @cached_property
    def inputs(self) -> Array:
        """The points, (n, n_inputs) of float32: of two inputs row by row, from the lowest second input."""
        axes = [np.linspace(low, high, self.points, dtype=np.float32) for low, high in self.limits]
        return np.column_stack([each.ravel() for each in np.meshgrid(*axes)])


def is_recorded(description: RunDescription) -> bool:
    """Whether a run has recorded answers in place of a network."""
    return any(layer.class_name == CLASS for layer in description.layers)


def answers_layer(units: int, n_samples: int, n_held_out: int, mesh: Mesh | None) -> LayerDescription:
    """The layer of a run of recorded answers, of so many numbers a sample. `n_held_out` is 0 for none."""
    shapes: dict[str, tuple[int, ...]] = {SAMPLES: (n_samples, units)}
    if n_held_out:
        shapes[HELD_OUT] = (n_held_out, units)
    if mesh is not None:
        shapes[MESH] = (*mesh.shape, units)
    return LayerDescription(
        NAME,
        CLASS,
        units=units,
        shape=(units,),
        config={} if mesh is None else {LIMITS: [list(ends) for ends in mesh.limits]},
        weights=tuple(WeightDescription(name, shape) for name, shape in shapes.items()),
        trainable=False,
    )


class RecordedAnswers:
    """Answers from a file, for the samples `inputs` that it has, those held out (or None), and a mesh.

    Raises RunFileError where the file's claims do not fit each other.
    """

    def __init__(
        self, description: RunDescription, inputs: Array, held_out: Array | None, path: Path
    ) -> None:
        self._path = path
        self._inputs = [inputs, *([] if held_out is None else [held_out])]
        self.layer = self._checked(description)
        self._names = [weight.name for weight in self.layer.weights]
        self.mesh = self._mesh()

    def _checked(self, description: RunDescription) -> LayerDescription:
        """The only layer, where it has what it must."""
        layer = description.layers[0]
        shapes = {weight.name: weight.shape for weight in layer.weights}
        units = layer.units or 0
        rows = dict(zip((SAMPLES, HELD_OUT), map(len, self._inputs), strict=False))
        fits = len(description.layers) == 1 and layer.recorded and units > 0
        fits = fits and all(shapes.get(name) == (n, units) for name, n in rows.items())
        if not fits or not shapes.keys() <= {*rows, MESH}:
            raise self._damaged("its recorded answers do not fit its samples")
        return layer

    def _mesh(self) -> Mesh | None:
        shape = next((one.shape for one in self.layer.weights if one.name == MESH), None)
        if shape is None:
            return None
        limits, n_inputs = self.layer.config.get(LIMITS), self._inputs[0].shape[1:]
        points = shape[0] if shape else 0
        fits = (
            isinstance(limits, list | tuple)
            and n_inputs in ((1,), (2,))
            and len(limits) == n_inputs[0]
            and all(map(_are_ends, limits))
            and points > 1
            and shape == (*(points,) * len(limits), self.layer.units)
        )
        if not fits:
            raise self._damaged("its mesh of answers is none")
        assert isinstance(limits, list | tuple)
        return Mesh(tuple((float(low), float(high)) for low, high in limits), points)

    def _damaged(self, why: str) -> RunFileError:
        return RunFileError(f"{self._path} is damaged: {why}")

    def evaluate(
        self,
        inputs: Array,
        weights: Sequence[Array],
        layer: str | None = None,
        before_activation: bool = False,
        start_after: str | None = None,
    ) -> Array:
        """The answers for `inputs`: (n_snapshots, n, units). Raises ViewError for inputs without any."""
        for name in (layer, start_after):
            if name is not None and name != self.layer.name:
                raise ViewError(unknown("layer", name, [self.layer.name]))
        if before_activation or start_after is not None:
            raise self.refusal("values within a network")
        found = dict(zip(self._names, weights, strict=True))
        if self.mesh is not None and _same(inputs, self.mesh.inputs):
            return found[MESH].reshape(len(found[MESH]), len(inputs), -1)
        for name, own in zip((SAMPLES, HELD_OUT), self._inputs, strict=False):
            if inputs is own or _same(inputs, own):
                return found[name]
        return self._mixed(inputs, found)

    def gradients(
        self, inputs: Array, targets: Array, weights: Sequence[Array], loss: Mapping[str, Any] | None
    ) -> list[Array]:
        """Raise ViewError: there are no weights to differentiate by."""
        raise self.refusal("gradients")

    def refusal(self, what: str) -> ViewError:
        """The error for what needs a network."""
        return ViewError(
            f"{self._path}: {what} cannot be shown: the run has a model's answers alone, and no weights"
        )

    def _mixed(self, inputs: Array, found: Mapping[str, Array]) -> Array:
        """Answers for inputs of which each may be a sample, or lie on the mesh or between its points."""
        rows = [self._rows.get(_key(one), -1) for one in inputs]
        place = np.array(rows, dtype=int)
        recorded = np.concatenate([found[name] for name in self._names if name != MESH], axis=1)
        answers = recorded[:, place]
        others = place < 0
        if others.any():
            answers[:, others] = self._between(inputs[others], found)
        return answers

    @cached_property
    def _rows(self) -> Mapping[bytes, int]:
        """The row of the recorded answers of each sample; of equal samples, the first."""
        rows: dict[bytes, int] = {}
        for number, one in enumerate(itertools.chain(*self._inputs)):
            rows.setdefault(_key(one), number)
        return rows

    def _between(self, inputs: Array, found: Mapping[str, Array]) -> Array:
        """Answers between the points of the mesh: linear in each direction."""
        if self.mesh is None:
            raise ViewError(
                f"{self._path} has recorded answers for its samples alone, not for other inputs: record the "
                "model with a mesh, of one or two inputs"
            )
        points, values = self.mesh.points, found[MESH]
        for column, (low, high) in enumerate(self.mesh.limits):
            x = inputs[:, column].astype(np.float64)
            slack = 1e-6 * (high - low)  # inputs may be rounded to float32
            if not ((x >= low - slack) & (x <= high + slack)).all():
                raise ViewError(
                    f"{self._path} has recorded answers for input {column + 1} from {low:g} to {high:g} alone"
                )
        share = [
            np.clip((inputs[:, column].astype(np.float64) - low) / (high - low), 0, 1) * (points - 1)
            for column, (low, high) in enumerate(self.mesh.limits)
        ]
        cell = [np.minimum(each.astype(int), points - 2) for each in share]
        along = [(each - low).astype(values.dtype) for each, low in zip(share, cell, strict=True)]
        total = np.zeros((len(values), len(inputs), values.shape[-1]), values.dtype)
        for corner in itertools.product((0, 1), repeat=len(cell)):
            weight = np.prod([a if up else 1 - a for a, up in zip(along, corner, strict=True)], axis=0)
            place = [low + up for low, up in zip(cell, corner, strict=True)][::-1]  # rows are the last input
            with np.errstate(all="ignore"):
                total += np.where(weight[:, None] > 0, values[(slice(None), *place)] * weight[:, None], 0)
        return total


def _same(some: Array, others: Array) -> bool:
    return some.shape == others.shape and bool(np.array_equal(some, others))


def _key(sample: Array) -> bytes:
    return (np.asarray(sample, np.float64) + 0.0).tobytes()  # −0 is 0


def _are_ends(ends: Any) -> bool:
    if not isinstance(ends, list | tuple) or len(ends) != 2:
        return False
    numbers = all(isinstance(one, int | float) and not isinstance(one, bool) for one in ends)
    return numbers and bool(np.isfinite(ends).all()) and ends[0] < ends[1]
