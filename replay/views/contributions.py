"""Contributions: what each unit of the last hidden layer adds to the answer, along a single input."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from replay.evenly import evenly
from replay.network.description import LayerDescription
from replay.runs.evaluation import Evaluation
from replay.types import Array
from replay.views.shared.geometry import padded, usual_ends
from replay.views.view import View

POINTS = 201
COARSE = 41  # points, to set limits
LOOKED = 60  # snapshots, to set limits
FEW = 8  # units that are told apart; as many as there are colours
MARGIN = 0.06
Ends = tuple[float, float]


@dataclass(frozen=True)
class ContributionsFrame:
    """What units add at one epoch, along the inputs `x` (n,).

    `parts` (n_shown, n) is w·a of each of the units that are shown, `others` (n,) the sum of the rest, `bias`
    what stands without any, and `total` (n,) the sum of all: the answer before the output's activation.
    """

    epoch: float
    x: Array
    parts: Array
    others: Array
    bias: float
    total: Array


class Contributions(View):
    """The terms of the sum that a Dense output layer makes: w_j · a_j(x) for each unit j before it.

    Make it with `contributions_of`. `layer` is the layer whose units these are; `x_limits` are those of the
    inputs, `value_limits` those of the stacked terms over the run where `data` (low, high) are. Of many
    units, `units` are the FEW with the largest mean |w_j · a_j| at the end of the run. They add to the first
    number of several.
    """

    def __init__(self, evaluation: Evaluation, layer: str, x_limits: Ends, data: Ends) -> None:
        super().__init__(evaluation)
        self.layer, self.x_limits, self.data = layer, x_limits, data
        description = evaluation.recording.description
        self._before, self._output = (one.name for one in description.layers[-2:])
        self.is_answer = description.layers[-1].activation in (None, "linear")
        paths = [path for path, _ in description.weight_paths]
        self._kernel = paths.index(f"{self._output}/kernel")
        bias = f"{self._output}/bias"
        self._bias = paths.index(bias) if bias in paths else None
        self._x = np.linspace(*x_limits, POINTS)

    @property
    def n_units(self) -> int:
        """How many units add to the answer."""
        return int(self.evaluation.recording.description.weight_paths[self._kernel][1].shape[0])

    @cached_property
    def units(self) -> Array:
        """The units that are shown one by one, counted from 0, in order."""
        sizes = np.abs(self._terms(self._last_finite, self._coarse)[0]).mean(axis=1)
        return np.sort(np.argsort(-np.nan_to_num(sizes), kind="stable")[:FEW])

    @cached_property
    def value_limits(self) -> tuple[float, float]:
        """The ends of what is stacked above and below 0, at nearly all moments."""
        epochs = self.evaluation.recording.epochs
        ends = []
        for epoch in epochs[evenly(len(epochs), LOOKED)]:
            frame = self._frame(float(epoch), self._coarse)
            terms = np.vstack([frame.parts, frame.others, np.full(len(frame.x), frame.bias)])
            top, bottom = np.maximum(terms, 0).sum(axis=0).max(), np.minimum(terms, 0).sum(axis=0).min()
            ends.append((bottom, top))
        finite = np.array(ends)[np.isfinite(ends).all(axis=1)]
        return padded(*usual_ends(finite), MARGIN) if len(finite) else (-1.0, 1.0)

    def at(self, epoch: float) -> ContributionsFrame:
        """What the units add at `epoch`."""
        return self._frame(epoch, self._x)

    @property
    def _coarse(self) -> Array:
        return np.linspace(*self.data, COARSE)

    @property
    def _last_finite(self) -> float:
        epochs, since = self.evaluation.recording.epochs, self.evaluation.recording.diverged_at
        before = epochs if since is None else epochs[epochs < since]
        return float(before[-1] if len(before) else epochs[0])

    def _frame(self, epoch: float, x: Array) -> ContributionsFrame:
        terms, bias = self._terms(epoch, x)
        shown = terms[self.units]
        rest = np.delete(terms, self.units, axis=0).sum(axis=0)
        return ContributionsFrame(epoch, x, shown, rest, bias, terms.sum(axis=0) + bias)

    def _terms(self, epoch: float, x: Array) -> tuple[Array, float]:
        """w_j · a_j(x) of every unit, (n_units, n), and the bias; float64."""
        moment = self.evaluation.at(epoch)
        inputs = x.reshape(-1, *self.evaluation.inputs.shape[1:]).astype(np.float32)
        a = moment.evaluate(inputs, self._before).reshape(len(x), -1).astype(np.float64)
        kernel = moment.weights[self._kernel][0][:, 0].astype(np.float64)
        bias = 0.0 if self._bias is None else float(moment.weights[self._bias][0][0])
        with np.errstate(all="ignore"):  # a network that diverged
            return (a * kernel).T, bias


def contributions_of(evaluation: Evaluation, x_limits: Ends, data: Ends) -> Contributions | None:
    """What units add to the answer; None of a network without a hidden layer, or without a Dense one at last.

    Only in a chain is it known what enters the last layer.
    """
    description = evaluation.recording.description
    hidden = [layer for layer in description.layers[:-1] if _acts(layer)]
    if not description.chain or not hidden or description.layers[-1].class_name != "Dense":
        return None
    shapes = {path: weight.shape for path, weight in description.weight_paths}
    kernel = shapes.get(f"{description.layers[-1].name}/kernel", ())
    if len(kernel) != 2 or kernel[0] != evaluation.n_values(description.layers[-2].name):
        return None
    return Contributions(evaluation, hidden[-1].name, x_limits, data)


def _acts(layer: LayerDescription) -> bool:
    return bool(layer.weights) or layer.activation not in (None, "linear")
