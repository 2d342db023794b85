"""The data behind DeepReplay's plots: its tuples, filled with the arrays that the pictures are drawn from."""

from __future__ import annotations

import numpy as np

from replay.deepreplay.plot import FeatureSpaceData, FeatureSpaceLines, LayerViolinsData
from replay.runs.layer_values import acting_layers, kernels
from replay.types import Array
from replay.views.decision_boundary import DecisionBoundary
from replay.views.feature_space import FeatureSpace
from replay.views.layer_distributions import GRADIENTS, INPUTS, PRE_ACTIVATIONS, WEIGHTS, LayerDistributions
from replay.views.shared.geometry import mesh
from replay.views.shared.regions import Regions

NOTHING = np.empty(0)  # in place of a grid or regions that a plane does not have


def space_data(view: FeatureSpace, epochs: Array) -> FeatureSpaceData:
    """The plane of a layer. Samples are sorted by class; the mesh lies over the plane, whatever the grid."""
    frames = [view.at(float(epoch)) for epoch in epochs]
    order, target = _by_class(view.evaluation.recording.targets)
    regions = [frame.regions for frame in frames if frame.regions is not None]
    return FeatureSpaceData(
        line=FeatureSpaceLines(_lines(view.input_lines), view.evaluation.inputs[order], NOTHING),
        bent_line=FeatureSpaceLines(
            grid=_stacked([_lines(frame.lines) for frame in frames]),
            input=np.stack([frame.points[order] for frame in frames]),
            contour=_stacked([_mesh(each) for each in regions]),
        ),
        prediction=_stacked([_classes(each) for each in regions]),
        target=target,
    )


def boundary_data(view: DecisionBoundary, epochs: Array) -> FeatureSpaceData:
    """The plane of the inputs, which nothing bends. Samples are sorted by class."""
    regions = [view.at(float(epoch)).regions for epoch in epochs]
    order, target = _by_class(view.evaluation.recording.targets)
    still = FeatureSpaceLines(_lines(view.lines), view.evaluation.inputs[order], _mesh(regions[0]))
    return FeatureSpaceData(
        line=still,
        bent_line=FeatureSpaceLines(*(np.stack([part] * len(regions)) for part in still)),
        prediction=_stacked([_classes(each) for each in regions]),
        target=target,
    )


def layer_data(view: LayerDistributions, epochs: Array) -> LayerViolinsData:
    """All values of each layer at these epochs; the selected layers are those that the plot shows."""
    evaluation = view.evaluation
    of_kernels = view.quantity in (WEIGHTS, GRADIENTS)
    layers = (
        list(kernels(evaluation.recording.description))
        if of_kernels
        else acting_layers(evaluation, view.quantity == PRE_ACTIVATIONS)
    )
    values = [_kernels(view, epoch) if of_kernels else _outputs(view, layers, epoch) for epoch in epochs]
    names = layers if of_kernels else [INPUTS, *layers]
    return LayerViolinsData(names, values, layers, list(view.names))


def standard_deviations(data: LayerViolinsData | None) -> Array | None:
    """The standard deviation of each layer's values, (n_epochs, n_layers)."""
    if data is None:
        return None
    return np.array([[values.std() for values in of_layers] for of_layers in data.values])


def _kernels(view: LayerDistributions, epoch: float) -> list[Array]:
    """The first kernel of each layer, or its gradient."""
    evaluation = view.evaluation
    arrays = (
        evaluation.at(epoch).gradients()
        if view.quantity == GRADIENTS
        else evaluation.recording.weights_at(epoch)
    )
    return [arrays[positions[0]][0] for positions in kernels(evaluation.recording.description).values()]


def _outputs(view: LayerDistributions, layers: list[str], epoch: float) -> list[Array]:
    """The inputs, and what each layer makes of them."""
    evaluation, before = view.evaluation, view.quantity == PRE_ACTIVATIONS
    made = [evaluation.activations(layer, None, [epoch], before)[0] for layer in layers]
    return [evaluation.inputs, *made]


def _by_class(targets: Array) -> tuple[Array, Array]:
    """An order in which the classes follow each other, and the targets (n_samples,) in it."""
    flat = targets.reshape(len(targets), -1)[:, 0]
    order = np.argsort(flat, kind="stable")
    return order, flat[order]


def _lines(lines: Array | None) -> Array:
    """(2, n_lines, n_points, 2) as (2 · n_lines, n_points, 2)."""
    return NOTHING if lines is None else np.concatenate(list(lines))


def _mesh(regions: Regions) -> Array:
    n = len(regions.probabilities)
    return mesh(regions.limits, n).reshape(n, n, 2)


def _classes(regions: Regions) -> Array:
    return regions.probabilities.argmax(axis=-1)[..., None]


def _stacked(parts: list[Array]) -> Array:
    return np.stack(parts) if parts else NOTHING
