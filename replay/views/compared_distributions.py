"""Distributions of several runs, layer by layer, on one axis for all layers and runs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from replay.errors import ViewError
from replay.runs.evaluation import Evaluation
from replay.views.layer_distributions import LayerDistributions


def compared_distributions(evaluations: Sequence[Evaluation], quantity: str) -> list[LayerDistributions]:
    """The distributions of one quantity in each of these runs, on one axis.

    It holds what any layer has in any run, by the rule of `LayerDistributions.limits`, so that a signal that
    fades from layer to layer is seen to. The inputs, which runs have in common, and the output layers are
    left out. Raises ViewError if the runs do not have the same layers, or not the quantity.
    """
    views = [LayerDistributions(each, quantity, include_inputs=False) for each in evaluations]
    for view in views:
        if view.names != views[0].names:
            raise ViewError(
                f"{view.evaluation.recording.path} cannot be compared layer by layer with "
                f"{evaluations[0].recording.path}: it has the layers {', '.join(view.names)}, not "
                f"{', '.join(views[0].names)}"
            )
    limits = np.array([view.limits for view in views])
    common = limits[:, 0].min(), limits[:, 1].max()
    for view in views:
        view.axes = np.tile(common, (len(view.names), 1))
    return views
