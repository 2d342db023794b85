"""The decision boundaries at the end, a row for each combination and a column for each seed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from replay.drawing.artists.shading import Shading
from replay.drawing.artists.words import fit
from replay.drawing.style import Style
from replay.errors import ViewError
from replay.language.message import Message, say
from replay.network.in_numpy.forward import Network
from replay.runs.task import ByClass
from replay.sweeps.folder import SweepStore
from replay.sweeps.pictures.page import BOTTOM, TOP, fitted_names, grid, native_shape, page_of
from replay.sweeps.result import SweepRun
from replay.sweeps.table import SweepTable
from replay.types import Array
from replay.views.shared.geometry import finite_range, limits_around
from replay.views.shared.regions import Regions

SQUASHING = ("sigmoid", "hard_sigmoid", "softmax")  # output activations that give probabilities
PLANE_ROW = 0.75  # the least height of a row, in inches
BOUNDARIES = 8  # runs of a combination whose boundaries are shown
MESH = 60  # points per side of a plane
GAP = 0.09  # inches between planes


def boundaries(table: SweepTable, style: Style, size: tuple[int, int] | None = None) -> Figure:
    """The final decision boundaries of some seeds, a row per combination.

    Raises ViewError if inputs are not 2-D, or no final weights were kept.
    """
    data = plane_samples(table)
    if data is None:
        raise ViewError(f"{table.folder}: boundaries need inputs of 2 dimensions")
    ended = table.ended()
    runs = {
        name: {run.seed: run for run in some if run.weights}
        for name, some in ended.items()
        if any(run.weights for run in some)
    }
    if not runs:
        raise ViewError(f"{table.folder}: no final weights were kept, as the networks are too large")
    if not all(gives_probabilities(run) for some in runs.values() for run in some.values()):
        raise ViewError(
            f"{table.folder}: boundaries need a network whose outputs are probabilities of classes"
        )
    seeds = sorted({seed for some in runs.values() for seed in some})[:BOUNDARIES]
    with style.applied():
        subtitle = Message("the plane at the end, by seed; framed: some samples are wrong")
        page = page_of(
            table, Message("What they made of it"), subtitle, style, native_shape(len(runs), PLANE_ROW), size
        )
        height = (page.get_size_inches()[1] - TOP - BOTTOM) / len(runs)
        names, points, left = fitted_names(page, list(runs), height, style)
        axes = grid(
            page, len(runs), len(seeds), gap=(GAP, GAP), left=left, bottom=BOTTOM - 0.4, top=TOP + 0.12
        )
        for row, some in enumerate(runs.values()):
            for column, seed in enumerate(seeds):
                place = axes[row * len(seeds) + column]
                if seed in some:
                    _plane(place, some[seed], *data, style)
                    continue
                place.set(xticks=[], yticks=[])
                for spine in place.spines.values():
                    spine.set_visible(False)
            axes[row * len(seeds)].set_ylabel(
                names[row],
                rotation=0,
                ha="right",
                va="center",
                color=style.ink,
                labelpad=10,
                fontsize=points,
            )
        _title_seeds(page, axes[: len(seeds)], seeds, style)
        return page


def plane_samples(table: SweepTable) -> tuple[Array, Array] | None:
    """The samples of a sweep whose inputs are 2-D; None for any other."""
    data = SweepStore(table.folder).data()
    return None if data is None or data[0].shape[1:] != (2,) else data


def gives_probabilities(run: SweepRun) -> bool:
    """Whether the network's outputs are probabilities of classes.

    A linear output may be a logit or any number: the loss, which would tell, is not kept.
    """
    return run.accuracy is not None and run.layers[-1].activation in SQUASHING


def _plane(axes: Axes, run: SweepRun, inputs: Array, targets: Array, style: Style) -> None:
    limits = limits_around(*finite_range(inputs))
    network = Network(run.layers)
    weights = [array[None] for array in run.weights]

    def answers_of(points: Array) -> ByClass:
        outputs = network.evaluate(points, weights)[0]
        by_class = np.column_stack([1 - outputs, outputs]) if outputs.shape[1] == 1 else outputs
        return ByClass(by_class, by_class)

    regions = Regions.over(limits, MESH, answers_of)
    shading = Shading(axes, limits, style)
    axes.add_artist(shading)
    shading.show(regions.probabilities)
    labels = targets.reshape(len(targets), -1)
    labels = labels.argmax(axis=1) if labels.shape[1] > 1 else labels[:, 0].astype(int)
    for label in np.unique(labels):
        axes.plot(*inputs[labels == label].T, ",", color=style.class_colour(int(label)), zorder=2)
    for line in regions.boundary:
        axes.plot(*line.T, color=style.boundary, linewidth=style.boundary_width * 0.6, zorder=3)
    axes.set(xlim=limits.x, ylim=limits.y, xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set(visible=True, color=style.faint if run.solved else style.error)
        spine.set_linewidth(1.0 if run.solved else 2.0)


def _title_seeds(page: Figure, axes: Sequence[Axes], seeds: Sequence[int], style: Style) -> None:
    """Title the columns "seed 0", "seed 1", or with just the numbers if columns are narrow."""
    renderer = FigureCanvasAgg(page).get_renderer()
    look: dict[str, Any] = {"fontsize": style.size_tick, "loc": "center", "pad": 5}
    titles = [
        each.set_title(say("seed {seed}", seed=seed), **look) for each, seed in zip(axes, seeds, strict=True)
    ]
    room = axes[0].bbox.width
    if all(title.get_window_extent(renderer).width < 0.9 * room for title in titles):
        return
    for title, seed in zip(titles, seeds, strict=True):
        title.set_text(str(seed))
        fit(title, room, style.size_tick, renderer)
    axes[0].annotate(
        say("seed"),
        (0, 1),
        (-10, 5),
        xycoords="axes fraction",
        textcoords="offset points",
        ha="right",
        fontsize=style.size_tick,
    )
