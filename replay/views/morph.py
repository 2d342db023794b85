"""The layers in motion: how each is taken apart and seen, and the journey through them at any epoch."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from replay.errors import ViewError
from replay.evenly import evenly
from replay.language.message import Message
from replay.network.description import LayerDescription
from replay.network.in_numpy.forward import Layer
from replay.runs.description import Subject
from replay.runs.evaluation import Evaluation, Moment
from replay.views.decision_boundary import input_limits
from replay.views.journey import Journey
from replay.views.shared.geometry import grid_lines
from replay.views.shared.layer_steps import Part, moves
from replay.views.shared.lenses import IN_SPACE, Lens, flat, nearest
from replay.views.shared.projection import LinearPlane, principal_plane
from replay.views.view import View

MESH = 140  # points a side
GRID_POINTS = 121  # of each line of the grid
MAX_ALIGNED = 1000  # samples by which a principal plane is turned


class Morph(View):
    """The layers of a network with 2-D inputs, step by step. `at(epoch)` is the `Journey` of that epoch.

    Layers between two or three units are stretched, turned, shifted and activated one after the other. Layers
    of four units or more are seen in the principal plane of their activations over the run, which is turned
    within itself towards what comes before; their weights act in one straight move. One unit is a line: the
    height of the picture then only keeps the samples apart. `mesh_points` is the side of the meshes of
    regions. Raises ViewError where inputs are not 2-D, or NumPy cannot take the network apart.
    """

    def __init__(self, evaluation: Evaluation, mesh_points: int = MESH) -> None:
        super().__init__(evaluation)
        _check(evaluation)
        self._mesh_points = mesh_points
        self._lines = grid_lines(input_limits(evaluation), points=GRID_POINTS)
        self._layers = [layer for layer in evaluation.recording.description.layers if moves(layer)]
        dense = [layer.name for layer in self._layers if layer.class_name == "Dense"]
        self._reader = dense[-1] if dense else None
        self._lenses: dict[str, Lens | None] = {}
        self._find_lenses()
        self._journey: Journey | None = None

    def at(self, epoch: float) -> Journey:
        """The journey at `epoch`. The last one is kept, because several panels show it in turn."""
        if self._journey is None or self._journey.epoch != epoch:
            self._journey = self.journey(epoch)
        return self._journey

    def journey(self, epoch: float, with_boundary: bool = True) -> Journey:
        """The journey at `epoch`, which takes longer with the decision boundary."""
        parts = self._parts(self.evaluation.at(epoch))
        return Journey(self.evaluation, epoch, parts, self._lines, self._mesh_points, with_boundary)

    def shown(self, epoch: float) -> float:
        """The epoch to show for this one: the last finite one of a network that has diverged by then."""
        diverged = self.evaluation.recording.diverged_at is not None
        return min(epoch, self.last_finite) if diverged else epoch

    @property
    def last_finite(self) -> float:
        """The last epoch at which the weights are finite, or the first of all."""
        recording = self.evaluation.recording
        since = recording.diverged_at
        before = recording.epochs if since is None else recording.epochs[recording.epochs < since]
        return float(before[-1] if len(before) else recording.epochs[0])

    def _parts(self, moment: Moment) -> list[Part]:
        """The layers that do anything, with their weights at a moment, in float64."""
        recorded, found = self.evaluation.recording.description, []
        weights = dict(zip((path for path, _ in recorded.weight_paths), moment.weights, strict=True))
        n_before = 2
        for layer in self._layers:
            own = {one.name: weights[f"{layer.name}/{one.name}"].astype(np.float64) for one in layer.weights}
            n_after = self._n_units(layer)
            found.append(
                Part(
                    Layer(replace(layer, shape=(n_after,))), own, n_before, n_after,
                    self._lenses[layer.name], layer.name == self._reader,
                )
            )  # fmt: skip
            n_before = n_after
        return found

    def _n_units(self, layer: LayerDescription) -> int:
        return int(self.evaluation.shapes[layer.name][0])

    def _find_lenses(self) -> None:
        """How each layer is seen: a Dense layer as the layers are that follow it, up to the next."""
        before: str | None = None
        for number, layer in enumerate(self._layers):
            if number and layer.class_name != "Dense":
                self._lenses[layer.name] = self._lenses[self._layers[number - 1].name]
                continue
            following = self._layers[number + 1 :]
            n_own = next((n for n, one in enumerate(following) if one.class_name == "Dense"), len(following))
            last = self._layers[number + n_own].name
            self._lenses[layer.name] = self._lens(self._n_units(layer), last, before)
            before = last

    def _lens(self, n_units: int, layer: str, before: str | None) -> Lens | None:
        if n_units <= 3:
            return (None, flat, IN_SPACE)[n_units - 1]
        try:
            plane = principal_plane(self.evaluation, layer)
        except ViewError:  # nothing is finite, so that nothing is drawn either
            return LinearPlane(np.zeros(n_units), np.eye(2, n_units), (np.nan, np.nan)).of
        moment, inputs = self.evaluation.at(self.last_finite), self.evaluation.inputs
        inputs = inputs[evenly(len(inputs), MAX_ALIGNED)]
        seen = inputs if before is None else moment.evaluate(inputs, before)
        lens = flat if before is None else self._lenses[before]
        there = seen.astype(np.float64) if lens is None else lens(seen.astype(np.float64))
        there = np.pad(there, ((0, 0), (0, 2 - there.shape[1])))
        return nearest(plane, plane.of(moment.evaluate(inputs, layer)), there).of


def _check(evaluation: Evaluation) -> None:
    """Raise ViewError for a run that has no layers to take apart."""
    recording = evaluation.recording
    if recording.input_shape != (2,):
        raise ViewError(
            f"{recording.path}: the layers in motion begin with a plane, which needs inputs of 2 dimensions, "
            f"but these have shape {recording.inputs.shape[1:]}; show the feature space instead"
        )
    if not evaluation.chain_in_numpy or not evaluation.all_recorded:
        raise ViewError(
            f"{recording.path}: the layers in motion need a chain of layers that NumPy computes, all of them "
            "recorded, and this network is none; show the decision boundary instead"
        )
    for layer in recording.description.layers:
        if len(evaluation.shapes[layer.name]) != 1:
            raise ViewError(
                f"{recording.path}: the layers in motion need units in a row, but layer {layer.name!r} has "
                f"the shape {evaluation.shapes[layer.name]}; show the decision boundary instead"
            )


def described(evaluation: Evaluation, epoch: float, views: tuple[Message | str, ...]) -> Subject:
    """What a film through the layers at `epoch` is of. Raises ViewError as `Morph` does."""
    return subject(Morph(evaluation), epoch, views)


def subject(morph: Morph, epoch: float, views: tuple[Message | str, ...]) -> Subject:
    """What a film through the layers is of, and what it tells of each step."""
    told = tuple(morph.at(morph.shown(epoch)).told[1:])
    return Subject((morph.evaluation,), views, epoch=epoch, told=told)
