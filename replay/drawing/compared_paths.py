"""Paths of several runs on the one loss surface that they share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from replay.drawing.composition import Composition
from replay.drawing.layout import Layout
from replay.drawing.panels.trajectory import TrajectoryPanel
from replay.drawing.registry.lookup import row_of
from replay.drawing.run_style import readable
from replay.drawing.sizes import Shape, shape
from replay.drawing.style import Style
from replay.runs.evaluation import Evaluation
from replay.runs.run_names import runs_title
from replay.views.trajectory import Trajectories

NATIVE = Shape(12.0, 7.2, 120.0)


def paths_of_runs(
    evaluations: Sequence[Evaluation], view: str, style: Style, size: tuple[int, int] | None = None
) -> Composition:
    """The loss surface with the path of each run, in its colour and with its name.

    A run that ended earlier stays at its end. Raises ViewError for runs without a surface in common.
    """
    together = Trajectories(evaluations)
    style = readable(style, evaluations)
    last = max(float(np.max(evaluation.recording.epochs)) for evaluation in evaluations)
    with style.applied():
        layout = Layout(runs_title(evaluations), style, shape(NATIVE, size), n_classes=0, last_epoch=last)
        panel = TrajectoryPanel(layout.figure.add_subplot(layout.room), together, style)
    return layout.composition([panel], evaluations, row_of(view).words)
