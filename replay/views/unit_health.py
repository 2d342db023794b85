"""Unit health: the share of each layer's units that are dead or saturated, over the epochs."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from replay.errors import ViewError
from replay.language.message import Message
from replay.runs.evaluation import Evaluation
from replay.runs.layer_values import depths
from replay.runs.unit_states import DEAD, SATURATED, UnitStates, unit_states
from replay.types import Array
from replay.views.layer_curves import PERCENT, LayerCurves, epoch_limits, lines_of


class UnitHealth:
    """The share of a layer's units that hardly learn any more, from `unit_states`; a feature map is a unit.

    ReLU-like layers can have dead units, sigmoid and tanh layers saturated ones; other layers are left out.
    Raises ViewError if no layer is left.
    """

    def __init__(self, evaluation: Evaluation) -> None:
        self.evaluation = evaluation
        if not self._states:
            raise ViewError(
                f"{evaluation.recording.path}: no layer has units that can be dead (ReLU, ReLU6) or "
                "saturated (sigmoid, tanh), or their z cannot be computed: choose another view"
            )

    @cached_property
    def _states(self) -> list[UnitStates]:
        return unit_states(self.evaluation, feature_maps=True)

    @property
    def names(self) -> tuple[str, ...]:
        """The layers, from input to output."""
        return tuple(states.layer for states in self._states)

    @property
    def states(self) -> tuple[str, ...]:
        """What the units of each layer can be: DEAD or SATURATED."""
        return tuple(states.state for states in self._states)

    @cached_property
    def shares(self) -> Array:
        """The share of dead or saturated units: (n_layers, n_snapshots), NaN once the weights diverge."""
        recording = self.evaluation.recording
        shares = np.array([states.holds.mean(axis=1) for states in self._states])
        if recording.diverged_at is not None:
            shares[:, recording.epochs >= recording.diverged_at] = np.nan
        return shares

    @cached_property
    def panels(self) -> tuple[LayerCurves, ...]:
        """The content of the one panel; saturated units are dashed if there are both kinds."""
        recording = self.evaluation.recording
        deep, epochs = depths(recording, self.names), recording.epochs
        dashed = [state == SATURATED and DEAD in self.states for state in self.states]
        lines = lines_of(self.names, epochs, self.shares, dashed)
        return (LayerCurves(self._title, self.names, deep, lines, epoch_limits(epochs), PERCENT),)

    @property
    def _title(self) -> Message:
        if DEAD not in self.states:
            return Message("Saturated units")
        if SATURATED not in self.states:
            return Message("Dead units")
        return Message("Dead units, saturated dashed")


def unit_health(evaluation: Evaluation) -> tuple[LayerCurves, ...]:
    """The content of each panel of this view."""
    return UnitHealth(evaluation).panels
