"""The layers of a run that have three dimensions or more."""

from __future__ import annotations

from replay.errors import ViewError
from replay.network.description import LayerDescription
from replay.runs.evaluation import Evaluation
from replay.runs.recording import Recording
from replay.views.feature_space import hidden_features

DIMENSIONS = 3


def three_unit_layers(recording: Recording) -> list[LayerDescription]:
    """The layers with a space of three units, from input to output, without the output layer."""
    return [
        layer
        for layer in hidden_features(recording)
        if layer.units == DIMENSIONS and layer.shape in (None, (DIMENSIONS,))
    ]


def choose_layer(recording: Recording, name: str | None = None) -> str:
    """Check that the layer `name` exists or, without a name, choose the last of three units, else of more.

    Raises ViewError if there is none, or no layer `name`.
    """
    if name is not None:
        return recording.layer(name).name
    candidates = three_unit_layers(recording) or _wide(recording)
    if not candidates:
        raise ViewError(
            f"{recording.path}: no hidden layer has 3 units or more, so there is no space to draw; add such "
            "a layer, or show the view feature-space"
        )
    return candidates[-1].name


def n_units_of(evaluation: Evaluation, layer: str) -> int:
    """The number of a layer's values for a sample. Raises ViewError if there are fewer than three."""
    n_units = evaluation.n_values(layer)
    if n_units < DIMENSIONS:
        names = ", ".join(each.name for each in _wide(evaluation.recording))
        advice = f"layers that have: {names}" if names else "no hidden layer of this run has"
        raise ViewError(
            f"a space needs a layer of 3 units or more, but {layer!r} has {n_units}; {advice}; the view "
            "feature-space shows two units"
        )
    return n_units


def _wide(recording: Recording) -> list[LayerDescription]:
    return [layer for layer in hidden_features(recording) if (layer.units or 0) >= DIMENSIONS]
