"""The façade: one object for everything that can be seen of a run."""

from __future__ import annotations

import html
import os
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from replay.drawing.on_axes import OnAxes
from replay.errors import ViewError
from replay.network.description import RunDescription
from replay.runs.evaluation import Evaluation
from replay.runs.recording import Recording
from replay.types import Units
from replay.views.arrays import RunArrays

if TYPE_CHECKING:  # matplotlib is loaded by drawing alone
    from matplotlib.figure import Figure

    from replay.drawing.composition import Composition
    from replay.drawing.style import Style
    from replay.player.interactive import InteractivePage
    from replay.views.view import View


class Replay(RunArrays, OnAxes):
    """A recorded run, to be looked at.

    Numbers come as plain arrays: `probabilities()`, `losses()`, `activations(layer)`, …. Pictures come from
    `dashboard()` and the `build_…` methods, which take matplotlib axes and have DeepReplay's names.

    `model` is the Keras model that was recorded; only models that cannot be rebuilt from the file, such as
    subclassed ones, need it. `style` is how pictures look, see `replay.Style`. `group` chooses a training in
    a file that DeepReplay wrote. `trust` rebuilds layers that carry code (`Lambda`, custom objects): only for
    files from people whose programs you would run. Raises RunFileError where `path` is no readable run file.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        model: Any = None,
        style: Style | None = None,
        group: str | None = None,
        trust: bool = False,
    ) -> None:
        def describe() -> RunDescription:
            from replay.network.in_keras import describe  # loads TensorFlow, as the model did

            return describe.describe(model)

        recording = Recording(path, group, None if model is None else describe, trust)
        super().__init__(Evaluation(recording, model))
        if style is not None:
            self.style = style

    def dashboard(self, size: tuple[int, int] | None = None, captions: bool = True) -> Composition:
        """The standard composition: a plane, probabilities, curves and losses; `size` in pixels."""
        return self.view("dashboard", size=size, captions=captions)

    def view(
        self,
        name: str | type[View],
        layer: str | None = None,
        size: tuple[int, int] | None = None,
        captions: bool = True,
        units: Units = None,
    ) -> Composition:
        """One view on a figure of its own, or the dashboard: by its name, or the class of one of your own.

        `layer` is for the feature space and the distributions, `units` for the feature space (see
        `build_feature_space`), `size` in pixels. `captions` tell the milestones.
        """
        from replay.drawing.picture import picture
        from replay.drawing.registry import row_of

        return picture(self.evaluation, row_of(name).name, self.style, layer, size, captions, units)

    def interactive(self, **options: Any) -> InteractivePage:
        """The interactive page of this run; the options are those of `replay.interactive`."""
        return interactive(self, **options)

    def show(self, **options: Any) -> InteractivePage | None:
        """Show the interactive page: in a notebook below the cell, elsewhere in the browser."""
        return self.interactive(**options).show()

    @cached_property
    def _page(self) -> InteractivePage:
        return self.interactive()

    def _repr_html_(self) -> str:
        """For notebooks: the interactive page or, where the run has none, what it is and why."""
        try:
            return self._page._repr_html_()
        except ViewError as error:
            return f"<pre>{html.escape(f'{self!r}')}\n{html.escape(str(error))}</pre>"


Run = Replay | str | os.PathLike[str]


def interactive(
    runs: Run | Sequence[Run],
    *,
    max_bytes: int | None = None,
    view: str | None = None,
    layer: str | None = None,
    units: Units = None,
    epoch: float | None = None,
    epochs: tuple[float | None, float | None] = (None, None),
    every: int = 1,
    theme: str | None = None,
    title: str | None = None,
    duration: float | None = None,
    names: Sequence[str] | None = None,
) -> InteractivePage:
    """A page of one run or of up to eight, which then share a clock.

    Runs are `Replay` objects or run files. What the page carries is thinned out until it has at most
    `max_bytes`, by default 5 MB. `epochs` (first, last) and `every` choose its snapshots. It begins at
    `epoch` with `view`, `layer` and `units`, in the `theme` of its reader unless there is one for all, and
    plays for `duration` seconds. `names` tell the runs apart. Raises ViewError for runs that no page can
    show, or not as asked.
    """
    from replay.player.interactive import page_of

    return page_of(
        _evaluations(runs),
        max_bytes=max_bytes,
        theme=theme,
        title=title,
        names=names,
        view=view,
        layer=layer,
        units=units,
        epoch=epoch,
        epochs=epochs,
        every=every,
        seconds=duration,
    )


def compare(
    runs: Sequence[Run], *, style: Style | None = None, size: tuple[int, int] | None = None
) -> Composition:
    """The same moment of two to eight runs side by side: planes, boundaries and curves.

    Args:
        runs: `Replay` objects or run files, all of one task.
        style: Colours and sizes, by default light.
        size: Width and height in pixels.

    Raises ViewError for runs that cannot be compared, OutputError for a size that makes no picture.

    >>> from replay import compare
    >>> compare(["sigmoid.h5", "tanh.h5"]).save("both.mp4")  # doctest: +SKIP
    """
    from replay.drawing.comparison import compare as compared
    from replay.drawing.style import LIGHT

    return compared(_evaluations(runs), style or LIGHT, size)


def sheet(
    run: Run,
    view: str | type[View] = "dashboard",
    columns: int = 4,
    rows: int = 2,
    *,
    moments: Sequence[float] | None = None,
    layer: str | None = None,
    units: Units = None,
    style: Style | None = None,
    size: tuple[int, int] | None = None,
) -> Figure:
    """Moments of a run side by side in one still, for print; of the dashboard its large panel.

    Args:
        run: A `Replay` object or a run file.
        view: The name of a view, or the class of one of your own.
        columns, rows: How many cells the sheet has.
        moments: Epochs over which the cells are spread evenly, by default those of all snapshots. Each cell
            shows the snapshot next to its moment.
        layer, units: As in `Replay.view`.
        style: Colours and sizes, by default those of the run.
        size: Width and height in pixels.

    Raises ViewError where the run does not have the view, OutputError for a size that makes no picture.

    >>> from replay import save_still, sheet
    >>> save_still(sheet("run.h5", "feature-space", columns=4, rows=2), "sheet.png")  # doctest: +SKIP
    """
    from replay.drawing.registry import row_of
    from replay.drawing.sheet import sheet as sheet_of

    shown = run if isinstance(run, Replay) else Replay(run)
    return sheet_of(
        shown.evaluation,
        row_of(view).name,
        style or shown.style,
        shown.epochs.tolist() if moments is None else moments,
        columns,
        rows,
        layer=layer,
        units=units,
        size=size,
    )


def _evaluations(runs: Run | Sequence[Run]) -> list[Evaluation]:
    chosen = [runs] if isinstance(runs, Replay | str | os.PathLike) else list(runs)
    return [(run if isinstance(run, Replay) else Replay(run)).evaluation for run in chosen]
