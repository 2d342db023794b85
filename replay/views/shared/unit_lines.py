"""The lines of a network's units in the input plane: where each has z = 0, and where the boundary kinks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np

from replay.network.activation_limits import flat_parts
from replay.network.activations import OF_LAYERS, find
from replay.network.description import LayerDescription
from replay.network.in_numpy.bends import bends
from replay.network.in_numpy.forward import Network
from replay.network.in_numpy.layers import LAYERS
from replay.network.losses import TIES_IN_LOGITS
from replay.runs.evaluation import Evaluation, Moment
from replay.runs.layer_values import answering_layer
from replay.runs.twin_units import ENOUGH, are_alike
from replay.runs.unit_states import DEAD, condition_of
from replay.types import Array
from replay.views.shared.boundary import boundary_lines, leading_class
from replay.views.shared.cells import Cells, chords
from replay.views.shared.geometry import Limits, mesh
from replay.views.shared.pieces import Line, Pieces
from replay.views.shared.ties import Ties

MAX_LINES = 64  # of the first layer: those that matter most
MAX_BENT = 128  # units of all layers, up to which pieces are exact
MAX_CLASSES = 12  # whose ties are exact
MESH = 160  # points a side, for the lines of deeper units that are no straight pieces


@dataclass(frozen=True)
class UnitLine:
    """The line of a unit of the first layer, counted from 0.

    `ends` (2, 2) are where it leaves the plane, or None where it does not cross it; `flat` (n, 2, 2) are its
    parallels, beyond which the activation is flat. `normal` (2,), of length 1, points to where z is positive.
    `strength` is the length of its weights, as a share of the longest over the run. `dead`: it answers 0 to
    all samples, or no later layer reads it. `twin` is the first unit that carries the same signal.
    """

    unit: int
    ends: Array | None
    flat: Array
    normal: Array
    strength: float
    dead: bool = False
    twin: int | None = None


@dataclass(frozen=True)
class UnitLines:
    """The lines of units at one epoch: of the `first` layer, and of `deeper` ones, as far as they are asked.

    `boundary`, straight pieces (2, 2) of the decision boundary, and its `kinks` (n, 2) are exact. Both are
    None where the network is not piecewise linear, has very many units or classes, or gives no classes.
    """

    first: list[UnitLine]
    deeper: list[Line]
    boundary: list[Array] | None = None
    kinks: Array | None = None


class LinesOfUnits:
    """Where the units of a run's network are zero in the input plane, at any epoch.

    Make it with `lines_of_units`. `layers` are those with lines, from input to output; `units` those of the
    first whose lines are shown: all, or the MAX_LINES whose weights, to and from them, are largest in the
    end.
    """

    def __init__(self, evaluation: Evaluation, layers: Sequence[LayerDescription]) -> None:
        self.evaluation = evaluation
        self.layers = layers
        self.first = layers[0]
        network = evaluation.network
        assert isinstance(network, Network)
        self._network = network

    @property
    def n_units(self) -> int:
        """The number of units of the first layer."""
        return self.evaluation.shapes[self.first.name][0]

    @cached_property
    def units(self) -> list[int]:
        """The units of the first layer whose lines are shown."""
        if self.n_units <= MAX_LINES:
            return list(range(self.n_units))
        importance = np.where(np.isfinite(self._slopes_over_run[-1]), self._slopes_over_run[-1], 0)
        return sorted(np.argsort(-importance, kind="stable")[:MAX_LINES].tolist())

    @cached_property
    def is_exact(self) -> bool:
        """Whether the network is piecewise linear up to its output, and small enough to be cut."""
        chain = [layer.description for layer in self._network.layers]
        *hidden, output = chain
        n_bent = 0
        for layer in hidden:
            found = bends(layer)
            if found is None:
                return False
            n_bent += len(found) * int(np.prod(self.evaluation.shapes[layer.name]))
        return n_bent <= MAX_BENT and (output.activation in TIES_IN_LOGITS or bends(output) is not None)

    def pieces(self, moment: Moment, limits: Limits) -> Pieces:
        """The linear pieces of the plane, with the lines of all units but those of the first layer."""
        levels = {layer.name: (0.0,) for layer in self.layers[1:]}
        return Pieces.over(limits, self._network, moment.weights, levels)

    def at(self, epoch: float, limits: Limits, deep: bool = False) -> UnitLines:
        """The lines at `epoch` within the limits; with `deep`, those of deeper layers, too."""
        moment = self.evaluation.at(epoch)
        first = self._first(moment, limits)
        if not self.is_exact:
            return UnitLines(first, self._contours(moment, limits) if deep else [])
        pieces = self.pieces(moment, limits)
        ties = self.ties(pieces)
        return UnitLines(
            first,
            pieces.lines if deep else [],
            None if ties is None else list(ties.segments),
            None if ties is None else ties.kinks,
        )

    def _first(self, moment: Moment, limits: Limits) -> list[UnitLine]:
        """The lines of the first layer, at whose corners z is known exactly."""
        rectangle = Cells.within(limits)
        z = self._z_of(rectangle.points, [weight.astype(np.float64) for weight in moment.weights])
        slopes = rectangle.slopes(z)[0].T
        lengths = np.hypot(*slopes.T)
        dead, twins = self._states(moment)
        # Of each unit first its line, then its parallels.
        levels = np.array([0.0, *self.flat_from])
        above = z.T[self.units][:, None] - levels[:, None]
        found = chords(rectangle.points, above.reshape(-1, 4)).reshape(-1, len(levels), 2, 2)
        across = np.asarray(np.isfinite(found).all(axis=(2, 3)))
        return [
            UnitLine(
                unit,
                lines[0] if there[0] else None,
                lines[1:][there[1:]],
                slopes[unit] / lengths[unit] if 0 < lengths[unit] < np.inf else np.zeros(2),
                float(np.nan_to_num(lengths[unit] / self.longest)),
                bool(dead[unit]),
                twins.get(unit),
            )
            for unit, lines, there in zip(self.units, found, across, strict=True)
        ]

    def _z_of(self, points: Array, weights: Sequence[Array]) -> Array:
        """The pre-activations of the first layer at points (n, 2): (n, units)."""
        x = points[None]
        with np.errstate(all="ignore"):
            for layer, own in self._network.with_weights(weights):
                z = layer.pre_activation(x, own)
                if layer.description.name == self.first.name:
                    break
                x = layer.activation(z, own)
        return np.nan_to_num(z[0].astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)

    @cached_property
    def flat_from(self) -> list[float]:
        """The z, other than 0, from which on the activation of the first layer is flat."""
        ends = [end for part in flat_parts(self.first) for end in part]
        return sorted({end for end in ends if np.isfinite(end) and end != 0})

    @cached_property
    def _slopes_over_run(self) -> Array:
        """The length of each unit's weights at the surveyed snapshots: (n, units)."""
        evaluation = self.evaluation
        square = np.array([(0, 0), (1, 0), (0, 1)], np.float32)
        lengths = []
        for _, _, weights in evaluation.recording.blocks(evaluation.surveyed, evaluation.block_size(3)):
            z = evaluation.network.evaluate(square, weights, self.first.name, before_activation=True)
            with np.errstate(all="ignore"):
                lengths.append(np.hypot(z[:, 1] - z[:, 0], z[:, 2] - z[:, 0]).astype(np.float64))
        return np.concatenate(lengths)

    @cached_property
    def longest(self) -> float:
        """The length of the longest weights of a unit of the first layer, over the run."""
        finite = self._slopes_over_run[np.isfinite(self._slopes_over_run)]
        return float(finite.max(initial=0.0)) or 1.0

    def _states(self, moment: Moment) -> tuple[Array, dict[int, int]]:
        """Which units of the first layer are dead, (units,) of bool, and the first twin of those with one."""
        dead, n_samples = self._unread(moment), len(self.evaluation.inputs)
        if not n_samples:
            return dead, {}
        activations = moment.activations(self.first.name)
        condition = condition_of(self.first)
        if condition is not None and condition.state == DEAD:  # z is at most 0 where the activation is 0
            dead = dead | (activations == 0).all(axis=0)
        if n_samples < ENOUGH or len(self.units) < 2:
            return dead, {}
        pairs = list(combinations(self.units, 2))
        with np.errstate(all="ignore"):
            alike = are_alike(activations[None].astype(np.float64), pairs)[0]
        twins: dict[int, int] = {}
        for one, other in (pair for pair, is_alike in zip(pairs, alike, strict=True) if is_alike):
            twins.setdefault(other, twins.get(one, one))
        return dead, twins

    def _unread(self, moment: Moment) -> Array:
        """The units whose weights to the next layer are all 0, as of those that were taken away: (units,)."""
        after = False
        for layer, own in self._network.with_weights(moment.weights):
            if after and "kernel" in own and own["kernel"].shape[1] == self.n_units:
                return np.asarray((own["kernel"][0] == 0).all(axis=1))
            after = after or layer.description.name == self.first.name
        return np.zeros(self.n_units, dtype=bool)

    def ties(self, pieces: Pieces) -> Ties | None:
        """The exact decision boundary; None where there are no classes, or very many."""
        task, output = self.evaluation.task, self._network.layers[-1].description
        if pieces.z is None or not 0 < task.n_classes <= MAX_CLASSES:
            return None
        logits = pieces.z if output.activation in TIES_IN_LOGITS else None
        arguments = output.config.get("activation_arguments", {})
        outputs = find(output.activation or "linear")(pieces.z, **arguments)
        return Ties.within(pieces.cells, task.answers(outputs, logits).scores)

    def _contours(self, moment: Moment, limits: Limits) -> list[Line]:
        """The lines of deeper units of a network that curves, found on a mesh and brought closer."""
        names = [layer.name for layer in self.layers[1:]]
        found: list[Line] = []
        for name, z in self._network.pre_activations(mesh(limits, MESH), moment.weights, names):
            found += [
                Line(name, unit, 0.0, self._contour(moment, limits, name, unit, z[0, :, unit]))
                for unit in range(z.shape[-1])
            ]
        return found

    def _contour(self, moment: Moment, limits: Limits, name: str, unit: int, z: Array) -> Array:
        """The segments (n, 2, 2) along which a unit has z = 0, from its values (MESH², ) on the mesh."""

        def scores_of(points: Array) -> Array:
            own = self._network.evaluate(points, moment.weights, name, before_activation=True)[0, :, unit]
            return np.stack([np.zeros_like(own), own], axis=-1)

        scores = np.stack([np.zeros_like(z), z], axis=-1).reshape(MESH, MESH, 2)
        lines = boundary_lines(limits, scores, leading_class(scores), scores_of)
        pieces = [np.stack([line[:-1], line[1:]], axis=1) for line in lines]
        return np.concatenate([np.empty((0, 2, 2)), *pieces])


def lines_of_units(evaluation: Evaluation) -> LinesOfUnits | None:
    """The lines of a run's units; None where its inputs are not 2-D, or there is no hidden layer in reach.

    They need what `layers_in_reach` needs.
    """
    layers = layers_in_reach(evaluation) if evaluation.recording.input_shape == (2,) else []
    return LinesOfUnits(evaluation, layers) if layers else None


def layers_in_reach(evaluation: Evaluation) -> list[LayerDescription]:
    """The hidden layers of units, of which the first is zero on straight lines: none where that is not so.

    They need a chain of layers that NumPy evaluates, and a first layer whose z is an affine map of the
    inputs.
    """
    recording = evaluation.recording
    if recording.input_shape is None or not evaluation.chain_in_numpy or not evaluation.all_recorded:
        return []
    layers = unit_layers(evaluation)
    if not layers:
        return []
    chain = recording.description.layers
    before = chain[: [layer.name for layer in chain].index(layers[0].name)]
    if any(bends(layer) != () for layer in before) or not LAYERS[layers[0].class_name].affine:
        return []
    return layers


def unit_layers(evaluation: Evaluation) -> list[LayerDescription]:
    """The hidden layers whose units have lines, from input to output.

    A layer that is followed by its activation as a layer of its own counts once, with that.
    """
    description = evaluation.recording.description
    answering = answering_layer(description)
    found: list[LayerDescription] = []
    waiting: LayerDescription | None = None
    for layer in description.layers:
        kind = LAYERS[layer.class_name]
        acts = kind.activate is not None or _bends_each_unit(layer)
        if layer.class_name == "Dense" or acts:
            if waiting is not None and layer.class_name == "Dense":
                found.append(waiting)
            waiting = None
            if layer.name == answering:
                break
            if acts:
                found.append(layer)
            elif layer.activation in (None, "linear"):
                waiting = layer
    return [layer for layer in found if len(evaluation.shapes.get(layer.name, ())) == 1]


def _bends_each_unit(layer: LayerDescription) -> bool:
    """Whether a layer has an activation of each unit alone, other than a linear one."""
    function = OF_LAYERS.get(layer.activation or "linear")
    return function is not None and function.name != "linear" and function.derivative is not None
