"""The columns of a network's diagram: its inputs, and the units of each layer that has a kernel."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from replay.errors import ViewError
from replay.network.description import LayerDescription
from replay.network.in_numpy.layers import LAYERS
from replay.runs.evaluation import Evaluation
from replay.runs.recording import Recording
from replay.types import Array

MOST_COLUMNS = 40


@dataclass(frozen=True)
class Column:
    """The inputs, or the units of a Dense layer.

    `layers` are those between the column before and the next one: a Dense layer, which `reads` the column
    before, and what follows it, such as its batch normalisation, a separate activation, dropout. The inputs
    have those before the first Dense layer, often none. `n` is how many values it has, `shown` the indices
    of those that are drawn, (n_shown,), ascending.
    """

    layers: tuple[LayerDescription, ...]
    n: int
    shown: Array
    reads: bool = True

    @property
    def name(self) -> str:
        """The name of its Dense layer; "" for the inputs."""
        return self.layers[0].name if self.reads else ""

    @property
    def end(self) -> str | None:
        """The layer whose activations the next column reads; None for inputs that nothing changes."""
        return self.layers[-1].name if self.layers else None

    @property
    def acting(self) -> LayerDescription:
        """The last of its layers that does more than to pass its input on: its units' values are of it."""
        acting = [layer for layer in self.layers if not LAYERS[layer.class_name].passes_on]
        return (acting or list(self.layers))[-1]

    @property
    def steps(self) -> tuple[str, ...]:
        """What becomes of the units: names of activations, and of layers such as BatchNormalization."""
        return tuple(filter(None, map(_step, self.layers)))

    @property
    def rest(self) -> int:
        """How many are not drawn."""
        return self.n - len(self.shown)


def columns_of(recording: Recording) -> list[Column]:
    """The columns of a chain of Dense layers, from the inputs to the output, with all of their units.

    Raises ViewError for another network, in words that say what it has.
    """
    _check_chain(recording)
    sizes = [math.prod(recording.inputs.shape[1:])]
    groups: list[list[LayerDescription]] = [[]]
    for layer in recording.description.layers:
        if layer.class_name == "Dense":
            groups.append([])
            n_in, n_out = next(weight.shape for weight in layer.weights if weight.name == "kernel")
            if n_in != sizes[-1]:
                raise _refusal(
                    recording, f"{layer.name!r} reads {n_in} of the {sizes[-1]} values before it at once"
                )
            sizes.append(n_out)
        groups[-1].append(layer)
    if not 1 < len(groups) <= MOST_COLUMNS:
        raise _refusal(
            recording, f"this one has {len(groups) - 1}", f"1 to {MOST_COLUMNS - 1} Dense layers in a chain"
        )
    return [
        Column(tuple(layers), size, np.arange(size), reads=place > 0)
        for place, (layers, size) in enumerate(zip(groups, sizes, strict=True))
    ]


def _check_chain(recording: Recording) -> None:
    description = recording.description
    if not description.chain:
        raise _refusal(recording, "its layers branch, or only its framework knows how they are joined")
    for layer in description.layers:
        if layer.class_name not in LAYERS:
            raise _refusal(recording, f"{layer.name!r} is a {layer.class_name}")
        if layer.weights and not layer.recorded:
            raise _refusal(recording, f"the weights of {layer.name!r} were not recorded", "all weights")


def _refusal(recording: Recording, why: str, needs: str = "a chain of Dense layers") -> ViewError:
    return ViewError(
        f"{recording.path}: a diagram of the network needs {needs}, and {why}: show weights instead"
    )


def _step(layer: LayerDescription) -> str | None:
    if LAYERS[layer.class_name].passes_on or layer.activation == "linear":
        return None
    if layer.activation is not None:
        return layer.activation
    return None if layer.class_name in ("Dense", "Activation") else layer.class_name


def those_that_matter(evaluation: Evaluation, columns: list[Column], most: int) -> Iterator[Column]:
    """The columns with `most` places each: of more units, those that matter most to what reads them.

    One place is left for those that are not shown. A unit matters by the mean of its |activation| over the
    samples, times the sum of its |outgoing weights|, at the last snapshot with finite weights. Of an output,
    which nothing reads, the first units are shown.
    """
    for column, reader in zip(columns, [*columns[1:], None], strict=True):
        if column.n <= most:
            yield column
        elif reader is None:
            yield Column(column.layers, column.n, np.arange(most - 1), column.reads)
        else:
            matter = _matter(evaluation, column, reader)
            first = np.argsort(-matter, kind="stable")[: most - 1]
            yield Column(column.layers, column.n, np.sort(first), column.reads)


def _matter(evaluation: Evaluation, column: Column, reader: Column) -> Array:
    """How much each value of a column matters: (n,)."""
    moment = evaluation.at(last_finite(evaluation.recording))
    paths = [path for path, _ in evaluation.recording.description.weight_paths]
    kernel = moment.weights[paths.index(f"{reader.name}/kernel")][0]
    values = moment.inputs if column.end is None else moment.activations(column.end)
    with np.errstate(all="ignore"):
        sizes = np.abs(values.reshape(len(values), -1).astype(np.float64)).mean(axis=0)
        return np.nan_to_num(sizes * np.abs(kernel.astype(np.float64)).sum(axis=1), posinf=0.0)


def last_finite(recording: Recording) -> float:
    """The epoch of the last snapshot before any weight is NaN or infinite; the first, if there is none."""
    since = recording.diverged_at
    before = recording.epochs if since is None else recording.epochs[recording.epochs < since]
    return float(before[-1] if len(before) else recording.epochs[0])
