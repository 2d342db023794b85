"""Page data of single neurons: of layers with two inputs, whose units can be looked at in a plane."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import repeat
from typing import Any

import numpy as np

from replay.network.activation_limits import range_of
from replay.runs.evaluation import Evaluation
from replay.types import Array
from replay.views.neuron_threshold import BINS
from replay.views.shared.geometry import most
from replay.views.shared.unit import OverRun, Unit

STEPS = 120  # of z, to find where an open activation ends
USUAL = 0.95  # the share of snapshots whose arrows are usual, as in the films


def neurons_data(
    evaluation: Evaluation, shown: Mapping[str, Sequence[int]], planes: Collection[str]
) -> list[dict[str, Any]]:
    """NeuronsData of each Dense layer that reads the input plane, or a layer of two units among `planes`.

    `shown` are the units of each Dense layer that the page draws, counted from 0.
    """
    found = []
    for layer, units in shown.items():
        first = Unit(evaluation, layer, units[0] + 1)
        plane = evaluation.recording.input_shape == (2,) if first.source is None else first.source in planes
        if first.n_inputs == 2 and first.has_inputs and plane:
            found.append(_layer_data(first, units))
    return found


def _layer_data(first: Unit, numbers: Sequence[int]) -> dict[str, Any]:
    runs = _over_run(first, numbers)
    return {
        "layer": first.layer,
        "source": first.source,
        "acting": first.described.name,
        "activation": first.activation,
        "letter": first.letter,
        "bins": BINS,
        "units": [
            _unit_data(Unit(first.evaluation, first.layer, number + 1), run)
            for number, run in zip(numbers, runs, strict=True)
        ],
    }


def _unit_data(unit: Unit, run: OverRun) -> dict[str, Any]:
    return {
        "number": unit.number,
        "speaks_for": unit.speaks_for,
        "sum_limits": run.sum_limits,
        "ends": _ends(unit, run),
        "norm": float(np.quantile(run.norms, USUAL)) or 1.0,
    }


def _ends(unit: Unit, run: OverRun) -> tuple[float, float]:
    """The activations of no and of full strength, as `NeuronPlane.ends` has them."""
    low, high = range_of(unit.described)
    z = np.linspace(*run.z_limits, STEPS)
    with np.errstate(all="ignore"):
        given = z if unit.f is None else unit.f(z)
    low = low if np.isfinite(low) else float(given.min())
    high = high if np.isfinite(high) else float(given.max())
    return low, high if high > low else low + 1


def _over_run(first: Unit, numbers: Sequence[int]) -> list[OverRun]:
    """`Unit.over_run` of several units, for which the samples go through the network once."""
    evaluation, rows = first.evaluation, []
    paths = [path for path, _ in evaluation.recording.description.weight_paths]
    kernel_at, bias_at = paths.index(f"{first.layer}/kernel"), f"{first.layer}/bias"
    size = evaluation.block_size(len(evaluation.inputs))
    for start, stop, weights in evaluation.recording.blocks(evaluation.surveyed, size):
        entering = _entering(first, weights)
        for snapshot, x in zip(range(stop - start), entering, strict=False):
            kernel = weights[kernel_at][snapshot][:, numbers]
            bias = weights[paths.index(bias_at)][snapshot][numbers] if bias_at in paths else kernel[0] * 0
            rows.append(_row(x, kernel, bias))
    every: Array = np.array(rows)  # (s, quantities, units)
    return [_finite(every[..., unit]) for unit in range(len(numbers))]


def _entering(unit: Unit, weights: list[Array]) -> Any:
    """What enters the layer, of each snapshot."""
    inputs = unit.evaluation.inputs
    if unit.source is None:
        return repeat(inputs)
    return unit.evaluation.network.evaluate(inputs, weights, unit.source)


def _row(x: Array, kernel: Array, bias: Array) -> tuple[Array, ...]:
    with np.errstate(all="ignore"):  # the network may have diverged
        z = x @ kernel + bias
    low, high = most(z)
    sizes = np.abs(kernel)
    return low, high, bias, np.linalg.norm(kernel.astype(np.float64), axis=0), sizes.max(axis=0), kernel[0]


def _finite(rows: Array) -> OverRun:
    found = rows[np.isfinite(rows).all(axis=1)]
    return OverRun(*(found if len(found) else np.array([[0.0, 1.0, 0.0, 0.0, 1.0, 0.0]])).T)
