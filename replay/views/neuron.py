"""A single neuron, part by part: what enters it, its weighted sum, the threshold and the activation."""

from __future__ import annotations

from replay.runs.evaluation import Evaluation
from replay.types import Units
from replay.views.neuron_activation import NeuronActivation
from replay.views.neuron_plane import NeuronPlane
from replay.views.neuron_threshold import NeuronThreshold
from replay.views.shared.unit import DENSE, Unit
from replay.views.truth_table import TruthTable, has_few_rows
from replay.views.view import View
from replay.views.weighted_inputs import WeightedInputs


def neuron(evaluation: Evaluation, layer: str | None = None, units: Units = None) -> list[View]:
    """The parts of a picture of one unit: the large one first, then its threshold and its activation.

    The large one is the plane that enters the unit, where that has two inputs; a table of all samples, where
    they are of eight kinds at most; else a table of its inputs. It is left out where nobody knows what enters
    the unit: in networks that only Keras evaluates. `layer` and `units` choose the unit: see `Unit`, which
    also says what raises ViewError.
    """
    unit = Unit(evaluation, layer, units)
    small: list[View] = [NeuronThreshold(unit), NeuronActivation(unit)]
    if not unit.has_inputs:
        return small
    if unit.n_inputs == 2:
        return [NeuronPlane(unit), *small]
    return [TruthTable(unit) if has_few_rows(unit) else WeightedInputs(unit), *small]


def is_single_neuron(evaluation: Evaluation) -> bool:
    """Whether the whole network is one unit."""
    description = evaluation.recording.description
    weighted = [layer for layer in description.layers if layer.weights]
    return (
        description.chain
        and evaluation.recording.input_shape is not None
        and len(weighted) == 1
        and (weighted[0].class_name, weighted[0].units, weighted[0].recorded) == (DENSE, 1, True)
    )
