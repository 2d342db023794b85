"""The page layout: a figure with its header, and a grid of cells below it, measured in inches."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec, GridSpecFromSubplotSpec, SubplotSpec

from replay.drawing.artists.optional_labels import leave_out_labels, make_room_for_labels
from replay.drawing.artists.words import fit
from replay.drawing.composition import Composition
from replay.drawing.fonts import lend_fonts
from replay.drawing.header import Header
from replay.drawing.margins import fit_numbers
from replay.drawing.sizes import Shape
from replay.drawing.style import Style
from replay.evenly import evenly
from replay.film.frames import Moving
from replay.language.message import Message
from replay.runs.description import Subject
from replay.runs.evaluation import Evaluation
from replay.runs.milestone import Caption
from replay.runs.milestones import milestones
from replay.runs.names import UNNAMED, Names
from replay.views.motion import common_motion

LEFT, RIGHT, BOTTOM = 0.64, 0.54, 0.69  # inches around the axes, for ticks and labels
TITLE = 0.5  # inches above axes, for their title
MEASURED = 12  # moments, of numbers that change
BEYOND = 0.3  # inches that titles may extend beyond their axes, into the gap or the margin


class Layout:
    """A new figure of `shape`, with a header that holds `title` and the legend of `n_classes`.

    `names` are those of the classes. `last_epoch` is the widest number that the epoch counter must show;
    captions come from `milestones`. Without `clock` there is no epoch counter. With `held_out`, the legend
    tells how held-out samples look. `Layout.of_run` takes these from a run.
    """

    def __init__(
        self,
        title: str,
        style: Style,
        shape: Shape,
        *,
        n_classes: int,
        last_epoch: float,
        milestones: Sequence[Caption] = (),
        clock: bool = True,
        names: Names = UNNAMED,
        held_out: bool = False,
    ) -> None:
        self.style, self.shape = style, shape
        self.figure = Figure(figsize=shape.inches, dpi=shape.dpi)
        left, right = LEFT / shape.width, 1 - RIGHT / shape.width
        self.header = Header(
            self.figure,
            title,
            n_classes,
            style,
            left=left,
            right=right,
            widest_epoch=last_epoch,
            clock=clock,
            milestones=milestones,
            names=names,
            held_out=held_out,
        )
        top = 1 - (self.header.height + TITLE) / shape.height
        room = GridSpec(1, 1, self.figure, left=left, right=right, bottom=BOTTOM / shape.height, top=top)
        self.room: SubplotSpec = room[0, 0]

    @classmethod
    def of_run(
        cls,
        evaluation: Evaluation,
        style: Style,
        shape: Shape,
        *,
        legend: bool = True,
        captions: bool = True,
        clock: bool = True,
    ) -> Layout:
        """The layout of one run, with a `legend` of the classes and `captions` of its milestones.

        There are captions only if NumPy can evaluate the network.
        """
        return cls(
            evaluation.recording.title,
            style,
            shape,
            n_classes=evaluation.task.n_classes if legend else 0,
            last_epoch=float(evaluation.recording.epochs[-1]),
            milestones=milestones(evaluation) if captions and evaluation.at_hand else (),
            clock=clock,
            names=evaluation.names,
            held_out=legend and evaluation.held_out is not None,
        )

    def split(
        self,
        cell: SubplotSpec,
        rows: int,
        columns: int,
        *,
        gap: tuple[float, float],
        heights: Sequence[float] | None = None,
        widths: Sequence[float] | None = None,
    ) -> GridSpecFromSubplotSpec:
        """Divide `cell`; `gap` is in inches, between rows and between columns."""
        width, height = self.inches(cell)
        return cell.subgridspec(
            rows,
            columns,
            hspace=_share(gap[0], height, rows),
            wspace=_share(gap[1], width, columns),
            height_ratios=heights,
            width_ratios=widths,
        )

    def inches(self, cell: SubplotSpec) -> tuple[float, float]:
        """Width and height of a cell."""
        box = cell.get_position(self.figure)
        return box.width * self.shape.width, box.height * self.shape.height

    def composition(
        self,
        panels: Sequence[Moving],
        evaluations: Sequence[Evaluation],
        views: tuple[Message | str, ...] = (),
    ) -> Composition:
        """Compose the panels, which show these runs in these views, with the header as their clock."""
        epochs = np.unique(np.concatenate([evaluation.recording.epochs for evaluation in evaluations]))
        self.fit(panels, epochs[evenly(len(epochs), MEASURED)].tolist())
        return Composition(
            self.figure,
            panels,
            self.header,
            epochs,
            self.style,
            lambda epochs: common_motion(evaluations, epochs),
            all(evaluation.at_hand for evaluation in evaluations),
            Subject(tuple(evaluations), views),
        )

    def fit(self, panels: Sequence[Moving], moments: Sequence[float]) -> None:
        """Make room for the numbers at axes, those of all these `moments`, and shorten titles to theirs.

        Labels that have no room are left out.
        """
        renderer = FigureCanvasAgg(self.figure).get_renderer()
        with self.style.applied():
            lend_fonts(self.figure, self.style.font)  # to a view of the user's own, which may say anything
            fit_numbers(self.figure, panels, moments, renderer)
            shorter = [panel for panel in panels if getattr(panel, "titles", ())]
            forms = {panel.axes: panel.titles for panel in shorter}  # type: ignore[attr-defined]  # of panels
            for axes in self.figure.axes:
                title = axes._left_title  # type: ignore[attr-defined]  # matplotlib has no public name for it
                room = axes.bbox.width * (1 - title.get_position()[0]) + BEYOND * self.shape.dpi
                for form in forms.get(axes, ()):
                    if title.get_window_extent(renderer).width <= room:
                        break
                    title.set_text(form)
                fit(title, room, self.style.size_panel, renderer)
            make_room_for_labels(self.figure, renderer)
            leave_out_labels(self.figure, renderer)


def _share(gap: float, length: float, n: int) -> float:
    """A gap in matplotlib's unit: the share of the mean cell length."""
    return gap / max((length - (n - 1) * gap) / n, 0.1)
