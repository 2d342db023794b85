"""What each unit of a network answers to, as a small picture: of the input plane, an image, a density."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from replay.errors import ViewError
from replay.evenly import evenly
from replay.network.activation_limits import range_of
from replay.runs.evaluation import Evaluation, Moment
from replay.runs.task import REGRESSION
from replay.types import Array
from replay.views.decision_boundary import input_limits
from replay.views.shared.boundary import NOBODY, boundary_lines, leading_class
from replay.views.shared.columns import Column
from replay.views.shared.geometry import mesh, usual_ends
from replay.views.shared.images import image_shape
from replay.views.shared.regions import MAX_CLASSES, Regions

PLANE, IMAGE, DENSITY = "plane", "image", "density"
SIDE = 40  # points of a mesh over the input plane
OF_PLANE, OF_SAMPLES = 40_000_000, 300_000_000  # multiplications for a frame; with more, fewer points
SMALLEST_SIDE = 14
SURVEYED = 12  # snapshots, for limits
STRAYS = 0.99  # quantile of the sizes of activations that limits hold
MOST_SAMPLES, MOST_VALUES, FEWEST = 1000, 4_000_000, 50  # fewer samples where each has very many values
BINS = 16


class UnitPictures(ABC):
    """Small pictures of the drawn units of all columns, and what does not move over the run.

    `limits` has for each column the ends of its units' values, (low, high).
    """

    kind: str

    def __init__(self, evaluation: Evaluation, columns: Sequence[Column]) -> None:
        self.evaluation, self.columns = evaluation, columns
        self.limits = self._limits()

    @abstractmethod
    def of(self, moment: Moment) -> list[Array]:
        """The pictures of each column at a moment, (n_shown, …)."""

    def values(self, moment: Moment, inputs: Array) -> list[Array]:
        """What all units of each column answer to these inputs: (n_inputs, n) each."""
        found, x, behind = [], inputs, None
        for column in self.columns:
            if column.end is not None:
                x = moment.evaluate(x, column.end, start_after=behind)
                behind = column.end
            found.append(x.reshape(len(inputs), -1))
        return found

    @property
    def samples(self) -> Array:
        """The positions of the samples that limits and pictures are made of, evenly spread."""
        most = min(MOST_VALUES // max(1, self.columns[0].n), OF_SAMPLES // max(1, work_of(self.columns)))
        return evenly(len(self.evaluation.inputs), min(MOST_SAMPLES, max(FEWEST, most)))

    def _limits(self) -> list[tuple[float, float]]:
        """Where a range ends on both sides, it; else what holds most activations over the run."""
        recording = self.evaluation.recording
        epochs = recording.epochs[self.evaluation.surveyed]
        chosen = epochs[evenly(len(epochs), SURVEYED)]
        inputs = self.evaluation.inputs[self.samples]
        ends: list[list[tuple[float, float]]] = [[] for _ in self.columns]
        with np.errstate(all="ignore"):
            for epoch in chosen:
                moment = Moment(self.evaluation, float(epoch))
                for kept, values in zip(ends, self.values(moment, inputs), strict=True):
                    finite = values[np.isfinite(values)].astype(np.float64)
                    if finite.size:
                        low, high = np.quantile(finite, [1 - STRAYS, STRAYS])
                        kept.append((min(0.0, float(low)), max(0.0, float(high))))
        return [_fixed(column) or _usual(kept) for column, kept in zip(self.columns, ends, strict=True)]


def _fixed(column: Column) -> tuple[float, float] | None:
    if not column.layers or column.acting.class_name == "PReLU":
        return None
    low, high = range_of(column.acting)
    return (low, high) if np.isfinite([low, high]).all() else None


def _usual(ends: list[tuple[float, float]]) -> tuple[float, float]:
    low, high = usual_ends(np.array(ends)) if ends else (0.0, 0.0)
    return (low, high) if high > low else (-1.0, 1.0)


class OverPlane(UnitPictures):
    """Activations over the plane of 2-D inputs: (n_shown, side, side), rows from the bottom up."""

    kind = PLANE

    def __init__(self, evaluation: Evaluation, columns: Sequence[Column]) -> None:
        self.side = int(np.clip(np.sqrt(OF_PLANE / max(work_of(columns), 1)), SMALLEST_SIDE, SIDE))
        self.plane = input_limits(evaluation)
        self.mesh = mesh(self.plane, self.side)
        super().__init__(evaluation, columns)

    def of(self, moment: Moment) -> list[Array]:
        """Activations on the mesh."""
        every = self.values(moment, self.mesh)
        return [
            np.ascontiguousarray(values[:, column.shown].T).reshape(-1, self.side, self.side)
            for column, values in zip(self.columns, every, strict=True)
        ]

    @property
    def has_regions(self) -> bool:
        """Whether there are classes, and not too many."""
        task = self.evaluation.task
        return task.kind != REGRESSION and task.n_classes <= MAX_CLASSES

    def regions(self, moment: Moment) -> Regions | None:
        """The classes over the plane; None for a regression, or too many classes."""
        if not self.has_regions:
            return None
        answers = moment.answers_of(self.mesh)
        probabilities, scores = (each.reshape(self.side, self.side, -1) for each in answers)
        leading = leading_class(scores)
        lines = [] if (leading == NOBODY).all() else boundary_lines(self.plane, scores, leading)
        return Regions(self.plane, probabilities, leading, lines)


class AsImages(UnitPictures):
    """What goes with a unit in the images that the network was shown: (n_shown, h, w).

    Of the first layer it is the kernel. Of others it is the mean of the images, each as much as the unit
    answers to it, less the mean image: the covariance of a pixel and the unit, as a share of the largest
    that the unit's and the pixels' deviations allow, from −1 to 1. The inputs are one picture, their mean.
    """

    kind = IMAGE

    def __init__(self, evaluation: Evaluation, columns: Sequence[Column]) -> None:
        super().__init__(evaluation, columns)
        self.shape = image_shape(tuple(evaluation.recording.inputs.shape[1:]))[:2]
        images = evaluation.inputs[self.samples].reshape(len(self.samples), -1).astype(np.float32)
        grey = images.reshape(len(images), int(np.prod(self.shape)), -1).mean(axis=-1)
        self.mean = grey.mean(axis=0).reshape(1, *self.shape)
        self._centred = grey - grey.mean(axis=0)
        self._deviation = float(self._centred.std(axis=0).max(initial=0.0)) or 1.0
        paths = [path for path, _ in evaluation.recording.description.weight_paths]
        self._kernel = paths.index(f"{columns[1].name}/kernel")

    def of(self, moment: Moment) -> list[Array]:
        """The mean image, the kernels of the first layer, and what goes with the units of the others."""
        first = self.columns[1]
        kernels = moment.weights[self._kernel][0][:, first.shown].T
        coloured = kernels.reshape(len(kernels), int(np.prod(self.shape)), -1).mean(axis=-1)
        every = self.values(moment, self.evaluation.inputs[self.samples])[2:]
        deeper = [
            self._excites(values[:, column.shown])
            for column, values in zip(self.columns[2:], every, strict=True)
        ]
        return [self.mean, coloured.reshape(-1, *self.shape), *deeper]

    def _excites(self, values: Array) -> Array:
        with np.errstate(all="ignore"):
            centred = values - values.mean(axis=0, dtype=np.float64).astype(np.float32)
            scale = np.maximum(centred.std(axis=0), 1e-12) * self._deviation * len(values)
            found: Array = (centred.T @ self._centred) / scale[:, None]
        return found.reshape(-1, *self.shape)


class AsDensities(UnitPictures):
    """How many samples a unit answers with which value: (n_shown, BINS, n_groups), shares of the fullest bin.

    The bins lie over the column's limits, and values beyond them count in the outermost bins; groups are the
    classes, one for a regression.
    """

    kind = DENSITY

    def __init__(self, evaluation: Evaluation, columns: Sequence[Column]) -> None:
        super().__init__(evaluation, columns)
        labels = evaluation.task.labels
        self.groups = np.zeros(len(self.samples), int) if labels is None else labels[self.samples]
        self.n_groups = max(1, evaluation.task.n_classes)

    def of(self, moment: Moment) -> list[Array]:
        """The densities of the drawn units."""
        every = self.values(moment, self.evaluation.inputs[self.samples])
        return [
            self._densities(values[:, column.shown], limits)
            for values, column, limits in zip(every, self.columns, self.limits, strict=True)
        ]

    def _densities(self, values: Array, limits: tuple[float, float]) -> Array:
        low, high = limits
        with np.errstate(all="ignore"):
            place = np.nan_to_num((values - low) * (BINS / (high - low)), nan=-1.0, posinf=BINS, neginf=0)
        bins = np.clip(place, 0, BINS - 1).astype(int)
        units = np.arange(values.shape[1])
        cells = (units * BINS + bins) * self.n_groups + self.groups[:, None]
        known = np.isfinite(values)
        counts = np.bincount(cells[known], minlength=len(units) * BINS * self.n_groups)
        counts = counts.reshape(len(units), BINS, self.n_groups)
        return counts / np.maximum(counts.sum(axis=2).max(axis=1), 1)[:, None, None]


def unit_pictures(evaluation: Evaluation, columns: Sequence[Column]) -> UnitPictures:
    """The pictures that suit the inputs."""
    sample = tuple(evaluation.recording.inputs.shape[1:])
    if sample == (2,):
        return OverPlane(evaluation, columns)
    return (
        AsImages(evaluation, columns) if are_images(sample, evaluation) else AsDensities(evaluation, columns)
    )


def work_of(columns: Sequence[Column]) -> int:
    """How many multiplications one sample takes."""
    return sum(one.n * other.n for one, other in pairwise(columns))


def are_images(sample: tuple[int, ...], evaluation: Evaluation) -> bool:
    """Whether inputs are images: of a row of numbers without names, those of a square number of values."""
    if evaluation.names.inputs:
        return False
    try:
        image_shape(sample)
    except ViewError:
        return False
    return True
