"""The façade: one object for everything that can be seen of a run."""

from __future__ import annotations

import copy
import html
import os
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from replay.drawing.on_axes import OnAxes
from replay.errors import ViewError, no_epoch
from replay.language.message import checked_language, speaking
from replay.network.description import RunDescription
from replay.runs.description import Subject
from replay.runs.evaluation import Evaluation
from replay.runs.recording import Recording
from replay.types import TakenAway, Units
from replay.views.arrays import RunArrays

if TYPE_CHECKING:  # matplotlib is loaded by drawing alone
    from matplotlib.figure import Figure

    from replay.drawing.composition import Composition
    from replay.drawing.style import Style
    from replay.film.description import Description
    from replay.player.interactive import InteractivePage
    from replay.views.view import View


class Replay(RunArrays, OnAxes):
    """A recorded run: its numbers as arrays, and its pictures.

    Args:
        path: The run file, or a recording of DeepReplay's.
        model: The model that was recorded: of Keras, a module of PyTorch or Flax NNX, or a function of JAX
            (with parameters other than dicts and lists, the pair of function and parameters). Only models
            that the file cannot rebuild need it, such as subclassed ones. None by default.
        style: How pictures look, by default `theme("light")`.
        group: The training to read, in a file that DeepReplay wrote. None where the file has one.
        trust: Rebuild layers that carry code (`Lambda`, custom objects). Set it only for files from people
            whose programs you would run. False by default.
        language: The language of the pictures' words, one of `languages()`: that of the style by default.
        held_out: Show the held-out samples, the recorded validation data, beside the others. True by default.

    Attributes:
        recording: What the file holds, a `Recording`.
        evaluation: What the network answers, at any epoch. Views are made with it.

    Raises:
        RunFileError: `path` is no run file that this version can read.
        ViewError: There is no such language.

    Arrays come from `probabilities`, `losses`, `activations` and the like, whole pictures from `dashboard`
    and `view`. The `build_…` methods draw on matplotlib axes and have DeepReplay's names.

    >>> from replay import Replay
    >>> replay = Replay("run.h5")
    >>> replay.probabilities().shape  # 6 snapshots, 100 samples
    (6, 100)
    >>> replay.dashboard().save("epoch60.png", epoch=60).name
    'epoch60.png'
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        model: Any = None,
        style: Style | None = None,
        group: str | None = None,
        trust: bool = False,
        language: str | None = None,
        held_out: bool = True,
    ) -> None:
        def describe() -> RunDescription:
            from replay.network.in_keras import describe  # loads TensorFlow, as the model did

            return describe.describe(model)

        recording = Recording(path, group, None if model is None else describe, trust)
        evaluation = Evaluation(recording, model)
        super().__init__(evaluation if held_out else evaluation.alone)
        if language is not None:
            self.language = checked_language(language)
        if style is not None:
            self.style = style if language is None else replace(style, language=self.language)

    @cached_property
    def held_out(self) -> RunArrays | None:
        """The same numbers for the held-out samples, the recorded validation data; None without any.

        Raises ViewError where they do not fit the recorded samples.

        >>> from replay import Replay
        >>> held_out = Replay("validated.h5").held_out
        >>> held_out.losses().shape, held_out.correct(epochs=[150]).shape  # 40 samples were held out
        ((6, 40), (1, 40))
        """
        return None if self.evaluation.held_out is None else RunArrays(self.evaluation.held_out)

    def without(self, units: TakenAway) -> Replay:
        """The same run with units taken away: for the next layer they count as 0, at each snapshot.

        Args:
            units: The units of a layer, counted from 1, by its name: {"hidden": 2} or {"hidden": [2, 5]}.
                Channels of a convolution are units, too.

        Returns:
            A `Replay`. Its pictures say what is missing. What was logged is of the whole network: its
            `history` is the loss and the accuracy of the recorded samples at each snapshot instead.

        Raises:
            ViewError: There is no such unit, or no weights read it alone: it is the network's answer, a layer
                such as a layer normalisation mixes it with others, or the network branches.

        >>> from replay import Replay
        >>> replay = Replay("run.h5").without({"hidden": 2})
        >>> replay.weights("output")["kernel"][-1, 1]  # of the second unit
        array([0.], dtype=float32)
        >>> replay.recording.title
        'parabola · tanh · without unit 2 of “hidden”'
        """
        from replay.runs.without import without

        other = copy.copy(self)
        for found in ("held_out", "_page"):
            other.__dict__.pop(found, None)
        RunArrays.__init__(other, without(self.evaluation, units))
        return other

    def dashboard(
        self, size: tuple[int, int] | None = None, captions: bool = True, held_out: bool = True
    ) -> Composition:
        """The dashboard: a plane, probabilities, the loss and metric curves, and the losses of the samples.

        Args:
            size: Width and height in pixels, by default 1440×720.
            captions: Tell the milestones below the title.
            held_out: Show the held-out samples beside the others, where the run has some.

        Returns:
            A `Composition`, to be saved as a still or a film. What the run does not have is left out.

        Raises:
            OutputError: No picture has this size.
        """
        return self.view("dashboard", size=size, captions=captions, held_out=held_out)

    def view(
        self,
        name: str | type[View],
        layer: str | None = None,
        size: tuple[int, int] | None = None,
        captions: bool = True,
        units: Units = None,
        held_out: bool = True,
        sample: int | None = None,
    ) -> Composition:
        """One view on a figure of its own, or the dashboard.

        Args:
            name: The name of a view, such as "decision-boundary", or the class of a view of your own.
            layer: The layer to show, for the feature space, a single neuron and the distributions. The view
                chooses by default.
            size: Width and height in pixels. Each view has its own by default.
            captions: Tell the milestones below the title.
            units: The units to show, for the feature space: see `build_feature_space`. For a single neuron
                one unit, counted from 1.
            held_out: Show the held-out samples beside the others, where the run has some.
            sample: The number of the recorded sample to show, counted from 1, for softmax.

        Returns:
            A `Composition`, to be saved as a still or a film.

        Raises:
            ViewError: There is no such view, the run does not have it, or it does not take an option.
            OutputError: No picture has this size.

        >>> from replay import Replay
        >>> Replay("run.h5").view("decision-boundary").save("boundary.png").name
        'boundary.png'
        """
        from replay.drawing.picture import picture
        from replay.drawing.registry.lookup import row_of

        shown = self.evaluation if held_out else self.evaluation.alone
        return picture(shown, row_of(name).name, self.style, layer, size, captions, units, sample)

    def interactive(self, **options: Any) -> InteractivePage:
        """The interactive page of this run; the `options` are those of `replay.interactive`."""
        return interactive(self, **options)

    def show(self, **options: Any) -> InteractivePage | None:
        """Show the interactive page: in a notebook below the cell, elsewhere in the browser.

        The `options` are those of `replay.interactive`. Returns None in a notebook, else the page.
        """
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
    language: str | None = None,
    title: str | None = None,
    duration: float | None = None,
    names: Sequence[str] | None = None,
    held_out: bool = True,
) -> InteractivePage:
    """Make an interactive page of one run, or of up to eight that share a clock.

    Args:
        runs: A `Replay` object or a run file, or a list of them.
        max_bytes: The size that the page may have, by default 5,000,000 bytes. Snapshots and samples are
            thinned out until it fits; `notes` of the page say what was.
        view: The view that the page begins with. The page chooses by default.
        layer: The layer that it begins with.
        units: The units of that layer: two numbers from 1 on, "readout" or "pca"; for the view "space"
                three, or "tour".
        epoch: The epoch that it stands at when it opens. By default it plays from the first.
        epochs: The first and last epoch to play; None stands for the end of the run.
        every: Take every n-th snapshot.
        theme: "light" or "dark", by default the one that the reader's browser prefers.
        language: The language that the page begins with, one of `languages()`, by default the one that the
            reader's browser prefers. Readers may choose another.
        title: The title of the page, by default that of the runs.
        duration: How many seconds playing takes. The page chooses by default.
        names: A name for each run, to tell them apart. By default they say what differs.
        held_out: Carry the held-out samples, where there are some. The page has a switch for them.

    Returns:
        An `InteractivePage`, which notebooks show.

    Raises:
        ViewError: No page can show these runs, or not as asked.
        RunFileError: A run file cannot be read.

    >>> from replay import interactive
    >>> interactive("run.h5", view="decision-boundary", epoch=60).save("run.html").name
    'run.html'
    """
    from replay.player.interactive import page_of

    return page_of(
        _evaluations(runs, held_out),
        max_bytes=max_bytes,
        theme=theme,
        language=language,
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
    runs: Sequence[Run],
    *,
    view: str | None = None,
    style: Style | None = None,
    size: tuple[int, int] | None = None,
    language: str | None = None,
    held_out: bool = True,
) -> Composition:
    """Show two to thirty runs at the same moment: planes, boundaries and curves.

    Args:
        runs: `Replay` objects or run files, all of one task.
        view: "weights", "pre-activations", "activations" or "gradients" compares their distributions instead,
            with a row for each run and a column for each layer; "trajectory" their paths over one loss
            surface. Any other view, such as "linear-collapse", shows up to eight runs in it side by side.
        style: Colours and sizes, by default `theme("light")`.
        size: Width and height in pixels. It follows from the number of runs by default.
        language: The language of the words, one of `languages()`: that of the style by default.
        held_out: Show the held-out samples beside the others, where there are some.

    Returns:
        A `Composition` over the epochs of all runs. A run that ended earlier stays at its end.

    Raises:
        ViewError: The runs are fewer or more, or cannot be compared.
        RunFileError: A run file cannot be read.
        OutputError: No picture has this size.

    >>> from replay import compare
    >>> both = compare(["sigmoid.h5", "tanh.h5"])
    >>> both.save("both.png", epoch=60).name  # .mp4 and .gif move
    'both.png'
    """
    from replay.drawing.comparison import compare as compared
    from replay.drawing.style import LIGHT

    chosen = style or LIGHT
    if language is not None:
        chosen = replace(chosen, language=checked_language(language))
    return compared(_evaluations(runs, held_out), chosen, size, view)


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
    held_out: bool = True,
    sample: int | None = None,
) -> Figure:
    """Draw moments of a run side by side in one still, for print.

    Args:
        run: A `Replay` object or a run file.
        view: The name of a view, or the class of one of your own. Of the dashboard, the sheet has the large
            panel.
        columns, rows: How many cells the sheet has, across and down.
        moments: Epochs over which the cells are spread evenly, by default those of all snapshots. Each cell
            shows the snapshot next to its moment.
        layer, units, sample: As in `Replay.view`.
        style: Colours and sizes, by default those of the run.
        size: Width and height in pixels. It follows from the number of cells by default.
        held_out: Show the held-out samples beside the others, where the run has some.

    Returns:
        A matplotlib figure, for `save_still`.

    Raises:
        ViewError: The run does not have the view, or the view has too many panels for a cell.
        OutputError: No picture has this size.

    >>> from replay import save_still, sheet
    >>> page = sheet("run.h5", "feature-space", columns=3, rows=2)
    >>> save_still(page, "sheet.png").name
    'sheet.png'
    """
    from replay.drawing.registry.lookup import row_of
    from replay.drawing.sheet import sheet as sheet_of

    shown = run if isinstance(run, Replay) else Replay(run)
    return sheet_of(
        shown.evaluation if held_out else shown.evaluation.alone,
        row_of(view).name,
        style or shown.style,
        shown.epochs.tolist() if moments is None else moments,
        columns,
        rows,
        layer=layer,
        units=units,
        size=size,
        sample=sample,
    )


def describe(
    runs: Run | Sequence[Run],
    *,
    view: str | type[View] = "dashboard",
    epoch: float | None = None,
    language: str = "en",
) -> Description:
    """Say in words what a picture of a run shows, or of several side by side.

    Args:
        runs: A `Replay` object or a run file, or a list of them for a comparison.
        view: The name of the view, or the class of one of your own.
        epoch: The last epoch that the picture shows, by default that of the last snapshot.
        language: The language to say it in, one of `languages()`.

    Returns:
        A `Description`: its `alt` is alternative text under 150 characters, its `text` a paragraph, and
        its `narration` tells what happens while a film plays.

    Raises:
        ViewError: There are no runs, or no such view, epoch or language.
        RunFileError: A run file cannot be read.

    Films, stills and pages have these words in them already.

    >>> from replay import describe
    >>> print(describe("run.h5", epoch=60).alt)
    parabola · tanh. A network learns to tell 2 classes apart. At epoch 60, 66% of the samples are right.
    """
    from replay.drawing.registry.lookup import loaded, row_of

    evaluations = _evaluations(runs)
    if not evaluations:
        raise ViewError("describe needs a run: pass a run file, or a list of them")
    first = min(float(evaluation.recording.epochs[0]) for evaluation in evaluations)
    last = max(float(evaluation.recording.epochs[-1]) for evaluation in evaluations)
    if epoch is not None and not first <= epoch <= last:
        raise ViewError(no_epoch(epoch, first, last))
    row = row_of(view)
    with speaking(checked_language(language)):
        if row.at_one_epoch and len(evaluations) == 1:
            subject: Subject = loaded(row.told)(evaluations[0], last if epoch is None else epoch, row.words)
            return subject.description()
        return Subject(tuple(evaluations), row.words).description(epoch)


def _evaluations(runs: Run | Sequence[Run], held_out: bool = True) -> list[Evaluation]:
    chosen = [runs] if isinstance(runs, Replay | str | os.PathLike) else list(runs)
    found = [(run if isinstance(run, Replay) else Replay(run)).evaluation for run in chosen]
    return found if held_out else [evaluation.alone for evaluation in found]
