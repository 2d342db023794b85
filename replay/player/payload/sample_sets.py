"""The sample sets of a page: inputs, labels, images. Runs with the same samples share a set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from replay.errors import ViewError
from replay.player.payload.fit_data import has_fit
from replay.player.payload.packing import Packing, Ref
from replay.player.payload.thinning import some_samples
from replay.runs.evaluation import Evaluation
from replay.runs.recording import Recording
from replay.types import Array
from replay.views.decision_boundary import input_limits
from replay.views.shared.geometry import Limits
from replay.views.shared.images import image_shape, value_range


def shared(evaluations: Sequence[Evaluation]) -> list[int]:
    """The number of each run's sample set, from 0; runs with equal samples have the same number."""
    firsts: list[Recording] = []
    numbers = []
    for evaluation in evaluations:
        own = evaluation.recording
        same = [number for number, first in enumerate(firsts) if _are_equal(own, first)]
        if not same:
            firsts.append(own)
        numbers.append(same[0] if same else len(firsts) - 1)
    return numbers


def _are_equal(one: Recording, other: Recording) -> bool:
    pairs = (
        (one.inputs, other.inputs),
        (one.targets, other.targets),
        (np.asarray(one.task.labels), np.asarray(other.task.labels)),
    )
    return all(np.array_equal(a, b) for a, b in pairs)


def common_limits(evaluations: Sequence[Evaluation]) -> Limits | None:
    """The plane that holds all 2-D inputs, None if there are none."""
    flat = [evaluation for evaluation in evaluations if evaluation.recording.input_shape == (2,)]
    if not flat:
        return None
    alone = np.array([input_limits(evaluation) for evaluation in flat])  # (runs, axes, ends)
    low, high = alone[..., 0].min(axis=0), alone[..., 1].max(axis=0)
    return Limits(*((float(a), float(b)) for a, b in zip(low, high, strict=True)))


class SampleSet:
    """The samples of `evaluation`, which other runs may share.

    With `asked`, the page evaluates a network on them, so it needs their inputs and targets.
    """

    def __init__(self, evaluation: Evaluation, asked: bool) -> None:
        self.evaluation = evaluation
        self.recording = evaluation.recording
        self._asked = asked

    @property
    def n_recorded(self) -> int:
        """The number of recorded samples."""
        return self.recording.n_samples

    @property
    def has_images(self) -> bool:
        """Whether the samples are images."""
        return self._image_shape is not None

    @property
    def _image_shape(self) -> tuple[int, ...] | None:
        try:
            return image_shape(self.recording.inputs.shape[1:])
        except ViewError:  # they are not images
            return None

    def positions(self, most: int) -> Array:
        """The positions of at most `most` samples to include."""
        return some_samples(self.recording.task.labels, self.n_recorded, most)

    def data(self, positions: Array, images: bool, limits: Limits | None, packing: Packing) -> dict[str, Any]:
        """The SampleSet of the page's types, with the samples at these positions."""
        labels = self.recording.task.labels
        in_plane = self.recording.input_shape == (2,)
        return {
            "n_recorded": self.n_recorded,
            "positions": None if len(positions) == self.n_recorded else packing.add(positions, "int32"),
            "inputs": packing.add(self.recording.inputs[positions], "float32")
            if self._asked or in_plane
            else None,
            "targets": packing.add(self.recording.targets[positions], "float32")
            if self._asked or has_fit(self.evaluation)
            else None,
            "labels": None if labels is None else packing.add(labels[positions], "int32"),
            "images": self._images(positions, packing) if images and self.has_images else None,
            "limits": limits if in_plane else None,
        }

    def _images(self, positions: Array, packing: Packing) -> Ref:
        low, high = value_range(self.recording.inputs)
        shape = self._image_shape
        assert shape is not None
        share = (self.recording.inputs[positions].astype(np.float64) - low) / (high - low)
        return packing.add(np.rint(np.nan_to_num(share) * 255).clip(0, 255).reshape(-1, *shape), "uint8")
