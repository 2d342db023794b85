"""One unit of a Dense layer: its weights, what enters it, z and a at an epoch, and limits over the run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from replay.errors import ViewError
from replay.network.activation_limits import Interval, flat_parts, function_of
from replay.network.description import LayerDescription
from replay.network.graph import SAMPLES
from replay.network.in_numpy.layers import LAYERS
from replay.runs.evaluation import Evaluation, Moment
from replay.runs.recording import Recording
from replay.runs.task import BINARY
from replay.types import Array, Units
from replay.views.shared.geometry import most, usual_ends

DENSE = "Dense"
MARGIN = 0.06  # of the range of z, around it
# Layers of nothing but an activation: the one of the layer before them.
ACTIVATIONS = ("Activation", "ReLU", "LeakyReLU", "ELU")


@dataclass(frozen=True)
class Weights:
    """What a unit multiplies and adds: `kernel` (n_inputs,) and `bias`, float64."""

    kernel: Array
    bias: float

    @property
    def threshold(self) -> float:
        """What w·x must exceed: w·x + b > 0 where w·x > −b."""
        return 0.0 - self.bias

    @property
    def norm(self) -> float:
        """‖w‖, how steeply z rises."""
        return float(np.linalg.norm(self.kernel))

    @property
    def distance(self) -> float:
        """|b| / ‖w‖, from the origin to where z is 0; infinite for weights of 0."""
        with np.errstate(all="ignore"):
            return float(np.abs(self.bias) / np.float64(self.norm)) if self.norm else np.inf


class Unit:
    """The unit `units` of `layer`, counted from 1: a = f(w·x + b), where x is what enters the layer.

    By default it is the first unit of the first hidden Dense layer or, without one, of the output layer. An
    activation that stands in a layer of its own counts as the unit's. Raises ViewError for a layer of another
    kind, or whose weights were not recorded, and for a missing unit.
    """

    def __init__(self, evaluation: Evaluation, layer: str | None = None, units: Units = None) -> None:
        recording = evaluation.recording
        self.evaluation = evaluation
        described = _first_dense(recording) if layer is None else recording.layer(layer)
        _check(recording, described)
        self.layer = described.name
        paths = [path for path, _ in recording.description.weight_paths]
        self._kernel = paths.index(f"{self.layer}/kernel")
        bias = f"{self.layer}/bias"
        self._bias = paths.index(bias) if bias in paths else None
        shape = next(weight.shape for weight in described.weights if weight.name == "kernel")
        if len(shape) != 2:
            raise ViewError(_not_dense(recording, described))
        self.n_inputs, self.n_units = shape
        self.number = _checked(units, self.n_units, self.layer)
        self._acting = _acting(recording, described)
        self._latest: tuple[float, Array] | None = None
        if recording.input_shape is None or not self.has_inputs:
            _ = self._z_of_first  # raises ViewError where nobody can compute it

    @property
    def index(self) -> int:
        """The unit, counted from 0."""
        return self.number - 1

    @property
    def is_only_one(self) -> bool:
        """Whether its layer has no other."""
        return self.n_units == 1

    @property
    def is_output(self) -> bool:
        """Whether it belongs to the layer that answers."""
        output = self.evaluation.recording.description.output
        return output is not None and output.name in (self.layer, self._acting.name)

    @property
    def activation(self) -> str:
        """The name of f."""
        return self._acting.activation or "linear"

    @cached_property
    def f(self) -> Callable[[Array], Array] | None:
        """The function from z to a, None where it needs the other units' z too, as softmax does."""
        return function_of(self._acting)

    @property
    def flat_parts(self) -> tuple[Interval, ...]:
        """The half-lines of z where the slope of f is below 0.01."""
        return flat_parts(self._acting)

    @property
    def described(self) -> LayerDescription:
        """The layer whose activation it has."""
        return self._acting

    # What enters it

    @cached_property
    def source(self) -> str | None:
        """The layer whose activations enter, None where the inputs do. Known in chains and graphs alone."""
        layers = self.evaluation.recording.description.layers
        graph = self.evaluation.recording.description.graph
        place = SAMPLES if graph is None else graph.sources[graph.positions[self.layer]][0]
        return None if place == SAMPLES else layers[place].name

    @cached_property
    def has_inputs(self) -> bool:
        """Whether what enters it is known, as a vector for each sample."""
        recording = self.evaluation.recording
        if recording.description.graph is None or recording.input_shape is None:
            return False
        try:
            return self._one_sample().shape == (1, self.n_inputs)
        except ViewError:  # a part of a custom model
            return False

    def _one_sample(self) -> Array:
        first = self.evaluation.inputs[:1]
        if self.source is None:
            return first
        start = self.evaluation.recording.epochs[:1]
        return self.evaluation.activations(self.source, first, start)[0]

    @cached_property
    def takes_inputs(self) -> bool:
        """Whether the run's inputs enter it as they are, or only rescaled."""
        description, own = self.evaluation.recording.description, self.evaluation.order[self.layer]
        needed = range(own) if description.graph is None else description.graph.needed_by([own])[:-1]
        kinds = [description.layers[place].class_name for place in needed]
        return all(kind in LAYERS and LAYERS[kind].passes_on for kind in kinds)

    @property
    def letter(self) -> str:
        """The symbol of what enters: x, or a of the layer before."""
        return "x" if self.takes_inputs else "a"

    @property
    def input_names(self) -> tuple[str, ...]:
        """The names of what enters, where the run knows them; else empty."""
        names = self.evaluation.names.inputs
        return names if self.takes_inputs and len(names) == self.n_inputs else ()

    # At an epoch

    def weights(self, epoch: float) -> Weights:
        """The unit's weights at `epoch`."""
        return self._weights_in(self.evaluation.at(epoch).weights, 0)

    def _weights_in(self, weights: list[Array], snapshot: int) -> Weights:
        kernel = weights[self._kernel][snapshot][:, self.index].astype(np.float64)
        bias = 0.0 if self._bias is None else float(weights[self._bias][snapshot][self.index])
        return Weights(kernel, bias)

    def inputs_at(self, moment: Moment) -> Array:
        """What enters it, of each sample: (n_samples, n_inputs)."""
        return moment.inputs if self.source is None else moment.activations(self.source)

    def z(self, epoch: float, evaluation: Evaluation | None = None) -> Array:
        """w·x + b of each sample, by default the recorded ones: (n_samples,)."""
        if evaluation is None and self._latest is not None and self._latest[0] == epoch:
            return self._latest[1]
        moment = (evaluation or self.evaluation).at(epoch)
        z = self._z_of(moment)
        if evaluation is None:
            self._latest = epoch, z
        return z

    def _z_of(self, moment: Moment) -> Array:
        if self.has_inputs:
            return self._product(self.inputs_at(moment), self._weights_in(moment.weights, 0))
        return self._z_by_layer(moment.inputs, moment.weights)[0]

    def _product(self, x: Array, weights: Weights) -> Array:
        with np.errstate(all="ignore"):  # the network may have diverged
            return x @ weights.kernel.astype(x.dtype) + x.dtype.type(weights.bias)

    def _z_by_layer(self, inputs: Array, weights: list[Array]) -> Array:
        """Of all the layer's units, as Keras computes them, those of this one: (n_snapshots, n)."""
        z = self.evaluation.network.evaluate(inputs, weights, self.layer, before_activation=True)
        if z.ndim != 3:
            raise ViewError(_not_a_vector(self.evaluation.recording, self.layer))
        return z[..., self.index]

    @cached_property
    def _z_of_first(self) -> Array:
        recording = self.evaluation.recording
        return self._z_by_layer(self.evaluation.inputs[:1], recording.weights_at(float(recording.epochs[0])))

    def a(self, epoch: float, evaluation: Evaluation | None = None) -> Array:
        """The activation of each sample, by default of the recorded ones: (n_samples,)."""
        if self.f is None:
            return (evaluation or self.evaluation).at(epoch).activations(self._acting.name)[:, self.index]
        with np.errstate(all="ignore"):
            return self.f(self.z(epoch, evaluation))

    # Over the run

    @cached_property
    def over_run(self) -> OverRun:
        """What the limits of pictures come from: see `OverRun`."""
        rows = [row for row in self._rows() if np.isfinite(row).all()]
        if not rows:
            rows = [(0.0, 1.0, 0.0, 0.0, 1.0, 0.0)]
        return OverRun(*np.array(rows).T)

    def _rows(self) -> Iterator[tuple[float, ...]]:
        evaluation, inputs = self.evaluation, self.evaluation.inputs
        size = evaluation.block_size(len(inputs))
        for start, stop, weights in evaluation.recording.blocks(evaluation.surveyed, size):
            x = self._inputs_of(weights) if self.has_inputs else None
            z = None if x is not None else self._z_by_layer(inputs, weights)
            for snapshot in range(stop - start):
                own = self._weights_in(weights, snapshot)
                if not (np.isfinite(own.kernel).all() and np.isfinite(own.bias)):
                    continue
                each = z[snapshot] if z is not None else self._product(_of(x, snapshot), own)
                low, high = most(each[:, None].astype(np.float64))
                yield (
                    float(low[0]),
                    float(high[0]),
                    own.bias,
                    own.norm,
                    float(np.abs(own.kernel).max()),
                    own.kernel[0],
                )

    def _inputs_of(self, weights: list[Array]) -> Array:
        """What enters at these snapshots: (n_snapshots, n_samples, n_inputs), or (1, …) of inputs."""
        inputs = self.evaluation.inputs
        return (
            inputs[None]
            if self.source is None
            else self.evaluation.network.evaluate(inputs, weights, self.source)
        )

    @property
    def last_finite(self) -> float:
        """The epoch of the last snapshot before weights were NaN or infinite, else of the first."""
        epochs, since = self.evaluation.recording.epochs, self.evaluation.recording.diverged_at
        before = epochs if since is None else epochs[epochs < since]
        return float(before[-1] if len(before) else epochs[0])

    # Classes

    @cached_property
    def speaks_for(self) -> int | None:
        """The class that the unit tells from the others, None for a regression.

        An output unit's is the one it answers. A hidden unit's is the class that at the end of the run it is
        above 0 for most often, compared with the others (Youden 1950, "Index for rating diagnostic tests").
        """
        task = self.evaluation.task
        if task.labels is None:
            return None
        if self.is_output and (task.kind == BINARY or self.n_units == task.n_classes):
            return 1 if task.kind == BINARY else self.index
        fires = self.z(self.last_finite) > 0
        found = [label for label in range(task.n_classes) if (task.labels == label).any()]
        labels = task.labels
        return max(found, key=lambda label: (_index(fires, np.equal(labels, label)), label))

    def groups(self, evaluation: Evaluation | None = None) -> list[Array]:
        """Which samples are of the class it speaks for, and which of the others; all of a regression.

        (n_samples,) of bool each.
        """
        of = evaluation or self.evaluation
        if self.speaks_for is None:
            return [np.ones(len(of.inputs), dtype=bool)]
        members = of.task.class_labels == self.speaks_for
        return [members, ~members]


@dataclass(frozen=True)
class OverRun:
    """Of each surveyed snapshot with finite weights, (n,): ends of most z, b, ‖w‖, largest |w|, w₁."""

    low: Array
    high: Array
    biases: Array
    norms: Array
    largest: Array
    firsts: Array

    @property
    def distances(self) -> Array:
        """|b| / ‖w‖ at each snapshot, (n,), 0 of weights of 0."""
        return np.abs(self.biases) / np.where(self.norms > 0, self.norms, np.inf)

    @property
    def z_limits(self) -> tuple[float, float]:
        """Limits of z that hold 0 and most samples at nearly all epochs."""
        return _around(np.column_stack([np.minimum(self.low, 0), np.maximum(self.high, 0)]))

    @property
    def sum_limits(self) -> tuple[float, float]:
        """Limits of w·x that hold 0, the threshold and most samples at nearly all epochs."""
        low, high = self.low - self.biases, self.high - self.biases
        low, high = (np.stack([end, 0 - self.biases, 0 * end]) for end in (low, high))
        return _around(np.column_stack([low.min(axis=0), high.max(axis=0)]))


def _around(ends: Array) -> tuple[float, float]:
    low, high = usual_ends(ends)
    pad = MARGIN * (high - low) or 1.0
    return low - pad, high + pad


def _of(x: Array | None, snapshot: int) -> Array:
    """What enters at one of these snapshots."""
    assert x is not None
    return x[snapshot if len(x) > 1 else 0]


def _index(fires: Array, members: Array) -> float:
    """How much more often the unit fires for these samples than for the others."""
    others = fires[~members]
    return float(fires[members].mean() - (others.mean() if len(others) else 0))


def _first_dense(recording: Recording) -> LayerDescription:
    """The first hidden Dense layer, else the Dense output layer."""
    dense = [layer for layer in recording.description.layers if layer.class_name == DENSE]
    if not dense:
        kinds = ", ".join(dict.fromkeys(layer.class_name for layer in recording.description.layers))
        raise ViewError(
            f"{recording.path}: a neuron is a unit of a Dense layer, and this network has none ({kinds}): "
            "choose another view"
        )
    recorded = [layer for layer in dense if layer.recorded]
    return (recorded or dense)[0]


def _check(recording: Recording, layer: LayerDescription) -> None:
    if layer.class_name != DENSE:
        raise ViewError(_not_dense(recording, layer))
    if not layer.recorded:
        raise ViewError(
            f"{recording.path}: the weights of layer {layer.name!r} were not recorded: record that layer to "
            "see its units"
        )


def _not_dense(recording: Recording, layer: LayerDescription) -> str:
    names = [one.name for one in recording.description.layers if one.class_name == DENSE]
    advice = f"choose one of the Dense layers: {', '.join(names)}" if names else "choose another view"
    return (
        f"{recording.path}: a neuron is a unit of a Dense layer, and {layer.name!r} is of the kind "
        f"{layer.class_name}; {advice}"
    )


def _not_a_vector(recording: Recording, layer: str) -> str:
    return f"{recording.path}: layer {layer!r} gives each unit several values for a sample: choose another"


def _checked(units: Units, n_units: int, layer: str) -> int:
    if units is None:
        return 1
    if not isinstance(units, int | np.integer):
        raise ViewError(f"a neuron is one unit, such as --units 2 (units=2), not {units}")
    if not 1 <= units <= n_units:
        raise ViewError(f"layer {layer!r} has no unit {units}: its units are 1 to {n_units}")
    return int(units)


def _acting(recording: Recording, layer: LayerDescription) -> LayerDescription:
    """The layer whose activation a Dense layer has: its own or, if that is linear, the one right after it."""
    graph = recording.description.graph
    place = None if graph is None else graph.taker(graph.positions[layer.name])
    following = None if place is None else recording.description.layers[place]
    is_linear = layer.activation in (None, "linear")
    return following if is_linear and following is not None and following.class_name in ACTIVATIONS else layer
