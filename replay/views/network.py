"""The network as a diagram: its units with what they answer to, and the weights between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from replay.errors import ViewError
from replay.evenly import evenly
from replay.runs.evaluation import Evaluation, Moment
from replay.runs.steps import step_at
from replay.runs.unit_states import DEAD, SATURATED, unit_states
from replay.types import Array
from replay.views.kernels import Kernels
from replay.views.shared.columns import Column, columns_of, those_that_matter
from replay.views.shared.geometry import usual_ends
from replay.views.shared.regions import Regions
from replay.views.shared.unit_pictures import IMAGE, OverPlane, unit_pictures
from replay.views.view import View

WEIGHTS, GRADIENTS, CHANGES = "weights", "gradients", "changes"
QUANTITIES = (WEIGHTS, GRADIENTS, CHANGES)
MOST = 16  # places in a column
STRAYS = 0.98  # quantile of the sizes that a snapshot's scale holds
SURVEYED, OF_GRADIENTS = 40, 12  # snapshots, for the scale; a backward pass takes longer


@dataclass(frozen=True)
class NetworkFrame:
    """The network at one epoch, column by column from the inputs to the output.

    `pictures` of the drawn units, (n_shown, …) as `Network.kind` says; `edges` between the drawn units of
    two neighbours, (n_left, n_right); `biases` of the drawn units, (n_shown,), NaN where a column has none;
    `dead` and `saturated`, (n_shown,) of bool. `regions` are the classes over the input plane, None where
    inputs are not 2-D or the run has no classes.
    """

    epoch: float
    pictures: list[Array]
    edges: list[Array]
    biases: list[Array]
    dead: list[Array]
    saturated: list[Array]
    regions: Regions | None


class Network(View):
    """The diagram of a chain of Dense layers, whose edges and biases are of one `quantity`.

    That is "weights"; "gradients", of the mean loss over the recorded samples; or "changes", from one
    snapshot to the next. `columns` are the inputs and the units of each Dense layer. Of more than `most`
    units those are drawn that matter most: see `those_that_matter`. `kind` says what the pictures of units
    are: "plane", activations over the plane of 2-D inputs; "image", kernels and what excites a unit, where
    inputs are images, which are one node of their own and have no edges; else "density", of activations by
    class. They come from `pictures`. `ranges` are the ends of each column's values, and `limit` the size of
    edges and biases that is drawn widest, both over the whole run. Raises ViewError for another network, or a
    loss that is not known.
    """

    def __init__(self, evaluation: Evaluation, quantity: str = WEIGHTS, most: int = MOST) -> None:
        super().__init__(evaluation)
        if quantity not in QUANTITIES:
            raise ViewError(f"a diagram of the network shows {', '.join(QUANTITIES)}, not {quantity!r}")
        self.quantity = quantity
        recording = evaluation.recording
        columns = columns_of(recording)
        _ = evaluation.task  # raises for a damaged file
        self.paths = [path for path, _ in recording.description.weight_paths]
        if quantity == GRADIENTS:
            evaluation.at(float(recording.epochs[0])).gradients()  # raises for an unknown loss
        self.columns: list[Column] = list(those_that_matter(evaluation, columns, most))
        self.pictures = unit_pictures(evaluation, self.columns)
        self.kind = self.pictures.kind
        if self.kind == IMAGE:
            inputs = self.columns[0]
            self.columns[0] = Column(inputs.layers, inputs.n, np.arange(0), reads=False)
        self.ranges = self.pictures.limits

    def at(self, epoch: float) -> NetworkFrame:
        """The network at `epoch`."""
        moment = self.evaluation.at(epoch)
        with np.errstate(all="ignore"):  # weights may not be finite
            edges, biases = self._parted(self._values(moment))
            pictures = self.pictures.of(moment)
            plane = self.pictures
            regions = plane.regions(moment) if isinstance(plane, OverPlane) else None
        dead, saturated = (self._state(state, epoch) for state in (DEAD, SATURATED))
        return NetworkFrame(epoch, pictures, edges, biases, dead, saturated, regions)

    def _values(self, moment: Moment) -> list[Array]:
        """The quantity of all weights, (1, …) each."""
        if self.quantity == WEIGHTS:
            return moment.weights
        if self.quantity == GRADIENTS:
            return moment.gradients()
        before, after = (
            self.evaluation.recording.weights_at(epoch)
            for epoch in step_at(self.evaluation.recording, moment.epoch)
        )
        return [new - old for old, new in zip(before, after, strict=True)]

    def _parted(self, values: list[Array]) -> tuple[list[Array], list[Array]]:
        """Those of the drawn edges, and of the drawn units' biases."""
        by_path = dict(zip(self.paths, (each[0] for each in values), strict=True))
        edges, biases = [], [np.full(len(self.columns[0].shown), np.nan)]
        for left, right in pairwise(self.columns):
            edges.append(by_path[f"{right.name}/kernel"][np.ix_(left.shown, right.shown)])
            bias = by_path.get(f"{right.name}/bias")
            biases.append(np.full(len(right.shown), np.nan) if bias is None else bias[right.shown])
        return edges, biases

    @property
    def has_regions(self) -> bool:
        """Whether the output's pictures are the classes over the input plane."""
        return isinstance(self.pictures, OverPlane) and self.pictures.has_regions

    @cached_property
    def kernel_limit(self) -> float:
        """The end of the scale of the first layer's kernels as images, as an absolute weight."""
        return Kernels(self.evaluation).limit

    @cached_property
    def limit(self) -> float:
        """The size of edges and biases that is drawn widest, for all epochs; 1 if all are 0.

        At each of the surveyed snapshots it is the size below which 98% are. A few snapshots that would make
        it more than twice as large do not count.
        """
        sizes = [size for size in map(self._size, self._looked_at()) if np.isfinite(size)]
        return (usual_ends(np.array([[0.0, size] for size in sizes]))[1] if sizes else 0.0) or 1.0

    def _looked_at(self) -> Iterator[Moment]:
        epochs = self.evaluation.recording.epochs[self.evaluation.surveyed]
        most = OF_GRADIENTS if self.quantity == GRADIENTS else SURVEYED
        for epoch in epochs[evenly(len(epochs), most)]:
            yield Moment(self.evaluation, float(epoch))

    def _size(self, moment: Moment) -> float:
        with np.errstate(all="ignore"):
            edges, biases = self._parted(self._values(moment))
        sizes = np.abs(np.concatenate([each.ravel() for each in (*edges, *biases)]).astype(np.float64))
        finite = sizes[np.isfinite(sizes)]
        return float(np.quantile(finite, STRAYS)) if finite.size else np.nan

    # Units that hardly learn

    def _state(self, state: str, epoch: float) -> list[Array]:
        """Which drawn units are in a state, at the last snapshot up to `epoch`; of the output, none."""
        recording = self.evaluation.recording
        place = int(np.searchsorted(recording.epochs, epoch, side="right")) - 1
        row = int(np.searchsorted(self.evaluation.surveyed, place, side="right")) - 1
        return [
            self._states[state, column.name][row][column.shown]
            if (state, column.name) in self._states
            else np.zeros(len(column.shown), bool)
            for column in self.columns
        ]

    @cached_property
    def _states(self) -> dict[tuple[str, str], Array]:
        """By state and column, the units that are in it: (n_surveyed, n) of bool."""
        found = unit_states(self.evaluation, positions=self.evaluation.surveyed)
        hidden = {layer.name: column for column in self.columns[1:-1] for layer in column.layers}
        return {
            (each.state, hidden[each.layer].name): each.holds
            for each in found
            if each.layer in hidden and each.holds.shape[1] == hidden[each.layer].n
        }
