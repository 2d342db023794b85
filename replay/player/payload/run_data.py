"""The page data of one run: milestones, curves, feature spaces, histogram axes, weights or arrays."""

from __future__ import annotations

from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from replay.language.message import in_each_language
from replay.player.payload.answers import RunAnswers, knows_losses, run_answers
from replay.player.payload.arrays_data import (
    PlaneMoments,
    answers_data,
    arrays_data,
    input_region,
    run_planes,
)
from replay.player.payload.diagram_data import diagram_data
from replay.player.payload.fit_data import fit_data
from replay.player.payload.histograms import loss_axes, probability_axes
from replay.player.payload.layer_views import LayerViews
from replay.player.payload.network_data import network_data
from replay.player.payload.neurons_data import neurons_data
from replay.player.payload.packing import Packing
from replay.player.payload.script_json import short
from replay.player.payload.spaces import Space, chosen_spaces, space_data
from replay.player.payload.thinning import Thinning, some_snapshots
from replay.player.payload.units_data import units_data
from replay.runs.evaluation import Evaluation
from replay.runs.milestone import Milestone
from replay.runs.milestones import milestones
from replay.runs.names import Names
from replay.types import Array, Units
from replay.views.curves import curve, metric_names
from replay.views.loss_histogram import LossHistogram
from replay.views.shared.geometry import Limits

LETTERS = 24  # of the names of classes where room is short
DIGITS = 7  # of logged values, which are only drawn as curves


class Carried(NamedTuple):
    """The samples of a set that the page carries: the number of the set, and their positions in it."""

    number: int
    positions: Array


class PageRun:
    """A run on a page: its weights or, if they are too large, the network's answers as arrays.

    `epochs` and `positions` are the most snapshots and samples that may be included; `held_out` are positions
    of held-out samples, None without any. The page starts with `layer` and `units`; `input_limits` is the
    plane of 2-D inputs, which all runs share.
    """

    def __init__(
        self,
        evaluation: Evaluation,
        name: str,
        epochs: Array,
        positions: Array,
        held_out: Array | None,
        as_weights: bool,
        layer: str | None,
        units: Units,
        input_limits: Limits | None,
    ) -> None:
        self.evaluation = evaluation
        self.name = name
        self.epochs = epochs
        self.positions = positions
        self.held_out = held_out
        self.as_weights = as_weights
        self._asked = layer, units
        self._input_limits = input_limits if evaluation.recording.input_shape == (2,) else None

    def data(
        self, step: Thinning, samples: Carried, held_out: Carried | None, packing: Packing
    ) -> dict[str, Any]:
        """RunData at the snapshots of a step of thinning, for these samples and held-out samples."""
        epochs = some_snapshots(self.epochs, step.stride)
        answers = self._answers[0].part(epochs, np.searchsorted(self.positions, samples.positions))
        recording, task = self.evaluation.recording, self.evaluation.task
        extents = zip(self.spaces, answers.extents, strict=True)
        rows = np.searchsorted(self.epochs, epochs)
        return {
            "name": self.name,
            "title": recording.title,
            "samples": samples.number,
            "held_out": None if held_out is None else self._held_out_data(epochs, held_out, packing),
            "epochs": [int(epoch) if float(epoch).is_integer() else float(epoch) for epoch in epochs],
            "task": {"kind": task.kind, "n_classes": task.n_classes, "from_logits": task.from_logits},
            "names": _names(recording.names),
            "milestones": self._milestones,
            "last_finite": _last_finite(epochs, recording.diverged_at),
            "curves": self._curves,
            "spaces": [space_data(space, reach, rows, packing) for space, reach in extents],
            "units": units_data(self.evaluation) if self.as_weights else None,
            "probabilities": probability_axes(task, samples.positions, answers),
            "losses": self._losses(answers),
            "network": network_data(recording, epochs, packing) if self.as_weights else None,
            "arrays": None if self.as_weights else self._arrays(answers, packing),
            "layers": self._layer_views.data(packing) if step.layers else None,
            "diagram": self._diagram,
            "neurons": self._neurons,
            "fit": self._fit,
        }

    def _held_out_data(self, epochs: Array, samples: Carried, packing: Packing) -> dict[str, Any]:
        """What the page knows of the held-out samples: HeldOutData."""
        assert self.held_out is not None and self.evaluation.held_out is not None
        answers = self._answers[1].part(epochs, np.searchsorted(self.held_out, samples.positions))
        return {
            "samples": samples.number,
            "probabilities": probability_axes(self.evaluation.held_out.task, samples.positions, answers),
            "losses": self._losses(answers),
            "arrays": None if self.as_weights else answers_data(answers, packing),
        }

    def _losses(self, answers: RunAnswers) -> dict[str, Any] | None:
        if self._loss_edges is None:
            return None
        return loss_axes(self._loss_edges, self.evaluation.recording.description, answers)

    @cached_property
    def spaces(self) -> list[Space]:
        """The layers whose planes the page shows."""
        return chosen_spaces(self.evaluation, *self._asked, everything=self.as_weights)

    @cached_property
    def _diagram(self) -> dict[str, Any] | None:
        """The network's diagram, which needs the weights."""
        return diagram_data(self.evaluation) if self.as_weights else None

    def has_neuron(self, layer: str, number: int) -> bool:
        """Whether the page shows this unit, counted from 1, as a neuron."""
        return any(
            unit["number"] == number
            for each in self._neurons
            if each["layer"] == layer
            for unit in each["units"]
        )

    @cached_property
    def _neurons(self) -> list[dict[str, Any]]:
        """The layers whose units can be looked at one by one."""
        if self._diagram is None:
            return []
        shown = {column["layers"][0]: column["shown"] for column in self._diagram["columns"][1:]}
        return neurons_data(self.evaluation, shown, {space.layer for space in self.spaces})

    @cached_property
    def _fit(self) -> dict[str, Any] | None:
        return fit_data(self.evaluation, asks=self.as_weights)

    @cached_property
    def _layer_views(self) -> LayerViews:
        return LayerViews(self.evaluation, self.epochs)

    @cached_property
    def _carried(self) -> Evaluation:
        return self.evaluation.of_samples(self.positions)

    @cached_property
    def _answers(self) -> list[RunAnswers]:
        """The answers for the most that may be included, and those of held-out samples if there are some.

        Thinned answers are a part of them.
        """
        sets = [self._carried]
        if self.held_out is not None and self.evaluation.held_out is not None:
            sets.append(self.evaluation.held_out.of_samples(self.held_out))
        return run_answers(sets, self.epochs, self.spaces, keep_points=not self.as_weights)

    @cached_property
    def _limits(self) -> list[list[Limits]]:
        """The limits of each space's plane at each snapshot."""
        found = []
        for space, extents in zip(self.spaces, self._answers[0].extents, strict=True):
            moving = extents.moving_limits(space)
            fixed = extents.limits(space)
            found.append([fixed] * len(self.epochs) if moving is None else [Limits(*each) for each in moving])
        return found

    @cached_property
    def _planes(self) -> tuple[PlaneMoments | None, list[PlaneMoments]]:
        return run_planes(self._carried, self.epochs, self.spaces, self._limits, self._input_limits)

    def _arrays(self, answers: RunAnswers, packing: Packing) -> dict[str, Any]:
        rows = np.searchsorted(self.epochs, answers.epochs)
        inputs, planes = self._planes
        return arrays_data(
            answers,
            self.spaces,
            [[limits[row] for row in rows] for limits in self._limits],
            None if inputs is None else inputs.part(rows),
            input_region(self._carried, self._input_limits),
            [plane.part(rows) for plane in planes],
            packing,
        )

    @cached_property
    def _milestones(self) -> list[dict[str, Any]]:
        """The milestones, if NumPy can evaluate the network."""
        found = milestones(self.evaluation) if self.evaluation.at_hand else []
        return [_milestone_data(each) for each in found]

    @cached_property
    def _curves(self) -> list[dict[str, Any]]:
        recording = self.evaluation.recording
        names = [f"{prefix}{name}" for name in ("loss", *metric_names(recording)) for prefix in ("", "val_")]
        logged = [curve(recording, name) for name in names if name in recording.history]
        return [
            {"name": each.name, "epochs": short(each.epochs), "values": short(each.values, DIGITS)}
            for each in logged
        ]

    @cached_property
    def _loss_edges(self) -> Array | None:
        return LossHistogram(self.evaluation).edges if knows_losses(self.evaluation) else None


def _last_finite(epochs: Array, diverged_at: float | None) -> float | None:
    """Of a run that diverged, the last of these epochs before; None of others, and if there is none."""
    if diverged_at is None or not (epochs < diverged_at).any():
        return None
    return float(epochs[epochs < diverged_at][-1])


def _milestone_data(milestone: Milestone) -> dict[str, Any]:
    """MilestoneData."""
    return {
        "epoch": milestone.epoch,
        "until": milestone.until,
        "kind": milestone.kind,
        "importance": milestone.importance,
        "text": in_each_language(lambda: milestone.text),
        "caption": in_each_language(lambda: milestone.caption),
    }


def _names(names: Names) -> dict[str, Any]:
    """NamesData. Where names would be alike without their middles, all stay long."""
    from replay.drawing.artists.short_names import to_letters  # here: it loads matplotlib

    classes = list(names.classes)
    return {
        "classes": classes,
        "short": to_letters(classes, LETTERS) or classes,
        "inputs": list(names.inputs),
    }
