"""Plots and animations under DeepReplay's names, drawn by this package's compositions."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from replay.choices import UNIFORM
from replay.errors import ViewError
from replay.types import Array
from replay.views.shared.geometry import Limits, grid_lines

if TYPE_CHECKING:  # loaded when something is drawn
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from replay.drawing.clocks import TitleClock
    from replay.drawing.composition import Composition
    from replay.drawing.panels.panel import Panel
    from replay.film.animation import Animation

FPS = 5.0  # of DeepReplay's films


class FeatureSpaceLines(NamedTuple):
    """Grid lines (…, n_lines, n_points, 2), samples (…, n_samples, 2) and a mesh (…, n, n, 2) of a plane."""

    grid: Array
    input: Array
    contour: Array


class FeatureSpaceData(NamedTuple):
    """What a plane shows: before the layer, after it at each epoch, and the class that is predicted there.

    `prediction` is (n_epochs, n, n, 1) on the mesh, `target` (n_samples,).
    """

    line: FeatureSpaceLines
    bent_line: FeatureSpaceLines
    prediction: Array
    target: Array


class LossAndMetricData(NamedTuple):
    """The logged loss and metric, (n_epochs,) each."""

    loss: Array
    metric: Array
    metric_name: str


class ProbHistogramData(NamedTuple):
    """Probabilities (n_epochs, n_samples, 1) and targets (n_samples, 1)."""

    prob: Array
    target: Array


class LossHistogramData(NamedTuple):
    """The loss of each sample, (n_epochs, n_samples)."""

    loss: Array


class LayerViolinsData(NamedTuple):
    """Values by epoch and layer: `values[epoch][n]` are those of the layer `names[n]`."""

    names: list[str]
    values: list[list[Array]]
    layers: list[str]
    selected_layers: list[str]


class Film:
    """An animation with matplotlib's methods: DeepReplay's were matplotlib's.

    Args:
        animation: What moves, an `Animation`.
    """

    def __init__(self, animation: Animation) -> None:
        self.animation = animation

    def save(
        self,
        filename: str | os.PathLike[str],
        writer: Any = None,
        fps: float | None = None,
        dpi: float | None = None,
        **options: Any,
    ) -> Path:
        """Write the film.

        Args:
            filename: The file to write. Its suffix is its format: .mp4, .gif, .webm or .webp.
            writer: One of matplotlib's writers, with a codec or metadata of your own. A name, or None, leaves
                the encoding to this package, which needs no ffmpeg on the PATH.
            fps: Frames a second, by default 5, or those of the writer.
            dpi: Pixels an inch, by default the figure's own.
            **options: `codec`, `bitrate`, `extra_args` and `metadata` of matplotlib's ffmpeg writer, which
                then writes the film.

        Returns:
            The path.

        Raises:
            OutputError: The file cannot be written as asked.
        """
        if not options and (writer is None or isinstance(writer, str)):
            return self.animation.save(filename, fps=fps, dpi=dpi)
        from replay.film.matplotlib_writers import ffmpeg_writer, save_through

        if options:
            writer = ffmpeg_writer(fps or FPS, **options)
        return save_through(self.animation, writer, Path(filename).expanduser(), dpi)

    def to_html5_video(self) -> str:
        """The film as an HTML video, for notebooks."""
        return self.animation._repr_html_()

    def to_jshtml(self, fps: float | None = None) -> str:
        """The film as HTML with buttons to play and stop it, for notebooks."""
        from replay.film.matplotlib_writers import page_with_buttons

        return page_with_buttons(self.animation, fps or FPS)

    def _repr_html_(self) -> str:
        return self.to_html5_video()


class Plot:
    """A panel on axes of your own, as the `build_…` methods return it.

    Args:
        composition: What this package drew on the axes.
        *axes: The axes.

    Attributes:
        composition: The `Composition`, for all that DeepReplay does not have.
        axes: The axes; `ax` is the first of them, and `fig` their figure.
        title: The title of each of the axes, without the epoch.
    """

    def __init__(self, composition: Composition, *axes: Axes) -> None:
        self.composition = composition
        self.axes = axes
        self.title = (self._clock.title, *(one.get_title(loc="left") for one in axes[1:]))
        self._kept_titles = self.title

    @property
    def ax(self) -> Axes:
        """The first of the axes."""
        return self.axes[0]

    @property
    def fig(self) -> Figure:
        """The figure of the axes."""
        return self.composition.figure

    @property
    def view(self) -> Any:
        """What gives the arrays to draw, on the first of the axes."""
        return cast("Panel", self.composition.panels[0]).view

    @property
    def n_epochs(self) -> int:
        """How many epochs it can show, that before training included."""
        return len(self.composition.epochs)

    def set_title(self, title: str) -> None:
        """Put `title` before the title of each of the axes; of a plane, in place of it."""
        self.title = tuple(f"{title} {kept}".strip() for kept in self._kept_titles)
        with self.composition.style.applied():
            for axes, words in zip(self.axes, self.title, strict=True):
                axes.set_title(words)

    @property
    def _clock(self) -> TitleClock:
        return cast("TitleClock", self.composition.clock)

    def plot(self, epoch: float) -> Figure:
        """Show `epoch`, and return the figure. Raises ViewError outside the run."""
        _arrange(self.composition)
        return self.composition.plot(epoch)

    def animate(self, epoch_start: float = 0, epoch_end: float = -1) -> Film:
        """A film from `epoch_start` to `epoch_end`, both included; −1 is the last epoch."""
        return _film(self.composition, epoch_start, epoch_end)


class FeatureSpace(Plot):
    """The plane of a layer, or of the inputs. It loses its title to one of your own, as in DeepReplay."""

    def __init__(self, composition: Composition, *axes: Axes) -> None:
        super().__init__(composition, *axes)
        self._kept_titles = ("",)


class ProbabilityHistogram(Plot):
    """The probabilities of negative and of positive cases."""


class LossHistogram(Plot):
    """The losses of the samples."""


class LossAndMetric(Plot):
    """The logged loss and a metric."""


class LayerViolins(Plot):
    """The distributions of weights, gradients or outputs by layer."""


def compose_plots(objects: Sequence[Plot], epoch: float, title: str = "") -> Figure:
    """Show one epoch in several plots of one figure.

    Args:
        objects: What the `build_…` methods returned, for axes of one figure.
        epoch: The epoch to show. Beyond the end of a run, its end is shown.
        title: What the figure is called; the epoch is named after it.

    Returns:
        The figure.

    Raises:
        ViewError: There are no plots, or they lie on several figures.
    """
    composition = _composed(objects, title)
    return composition.plot(min(epoch, _common_end(objects)))


def compose_animations(
    objects: Sequence[Plot], epoch_start: float = 0, epoch_end: float = -1, title: str = ""
) -> Film:
    """A film of several plots of one figure.

    Args:
        objects: What the `build_…` methods returned, for axes of one figure.
        epoch_start, epoch_end: The first and last epoch, both included; −1 is the end of the shortest run.
        title: What the figure is called; the epoch is named after it.

    Returns:
        A `Film`.

    Raises:
        ViewError: There are no plots, they lie on several figures, or the run does not have these epochs.
    """
    composition = _composed(objects, title)
    return _film(composition, epoch_start, _common_end(objects) if epoch_end == -1 else epoch_end)


def _composed(objects: Sequence[Plot], title: str) -> Composition:
    from replay.drawing.shared_clock import compose

    if isinstance(objects, Plot) or not all(isinstance(one, Plot) for one in objects):
        raise ViewError(
            "plots are composed as a list of what the build_… methods of replay.deepreplay's Replay return; "
            "for panels of replay.Replay there is replay.compose"
        )
    composition = compose(*(one.composition for one in objects), title=title)
    _arrange(composition)
    return composition


def _common_end(objects: Sequence[Plot]) -> float:
    return min(float(one.composition.epochs[-1]) for one in objects)


def _film(composition: Composition, epoch_start: float, epoch_end: float) -> Film:
    first = max(epoch_start, float(composition.epochs[0]))
    _arrange(composition)
    return Film(composition.animate(first, epoch_end, fps=FPS, pace=UNIFORM))


def _arrange(composition: Composition) -> None:
    """Make room for titles and labels, as DeepReplay does, unless the figure arranges itself."""
    figure = composition.figure
    if not (figure.get_constrained_layout() or figure.get_tight_layout()):
        with composition.style.applied():
            figure.tight_layout()


def build_2d_grid(
    xlim: tuple[float, float], ylim: tuple[float, float], n_lines: int = 11, n_points: int = 1000
) -> Array:
    """The lines of a grid, or a mesh.

    Args:
        xlim, ylim: The ends of the grid.
        n_lines: How many lines there are in each direction.
        n_points: How many points a line has.

    Returns:
        (2 · n_lines, n_points, 2), first the lines of constant x. With as many points as lines, the mesh
        (n_points, n_points, 2).
    """
    lines = grid_lines(Limits(xlim, ylim), n_lines, n_points)
    return lines[0] if n_lines == n_points else np.concatenate(list(lines))
