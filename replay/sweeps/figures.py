"""The figures of a sweep by name: solved shares, epochs to solve, losses, boundaries, fitted curves."""

from __future__ import annotations

from dataclasses import replace

from matplotlib.figure import Figure

from replay.drawing.fonts import with_fonts
from replay.drawing.style import LIGHT, Style
from replay.errors import ViewError, unknown
from replay.sweeps.pictures.boundaries import boundaries, gives_probabilities, plane_samples
from replay.sweeps.pictures.fits import fits, training_samples
from replay.sweeps.pictures.losses import loss_fans, width_curves
from replay.sweeps.pictures.solved import solved_epochs, solved_shares, tuned_shares
from replay.sweeps.table import SweepTable
from replay.sweeps.tuning import tuned
from replay.sweeps.widths import losses_by_width

FIGURES = {
    "solved": solved_shares,
    "tuned": tuned_shares,
    "epochs": solved_epochs,
    "losses": loss_fans,
    "widths": width_curves,
    "boundaries": boundaries,
    "fits": fits,
}


def sweep_figure(
    table: SweepTable, name: str, style: Style = LIGHT, size: tuple[int, int] | None = None
) -> Figure:
    """Draw one of the figures of a sweep.

    Args:
        table: The runs.
        name: "solved" (the share of the seeds that solve it), "tuned" (the same at each optimizer's best
            learning rate), "epochs" (when they do), "losses" (over the epochs), "widths" (the losses at the
            end, by the units of a hidden layer), "boundaries" (the planes at the end) or "fits" (the curves
            of a regression at the end). `sweep_figures` tells which ones the sweep has.
        style: Colours and sizes, by default `theme("light")`.
        size: Width and height in pixels, by default 1440×720, higher for many combinations.

    Returns:
        A matplotlib figure, for `save_still`.

    Raises:
        ViewError: The name is unknown, or the sweep has no data for the figure.
        DataError: The task has no classes, so that no run solves it.
        OutputError: No picture has this size.

    >>> from replay import SweepTable, save_still, sweep_figure
    >>> figure = sweep_figure(SweepTable.open("sweep"), "solved")
    >>> save_still(figure, "solved.png").name
    'solved.png'
    """
    if name not in FIGURES:
        raise ViewError(unknown("figure of a sweep", name, FIGURES))
    fonts = with_fonts(style.font, [table.scenario, *table.combinations])
    return FIGURES[name](table, replace(style, font=fonts), size)


def sweep_figures(table: SweepTable) -> list[str]:
    """Tell which figures a sweep has the data for.

    Args:
        table: The runs.

    Returns:
        Their names, for `sweep_figure`.

    >>> from replay import SweepTable, sweep_figures
    >>> sweep_figures(SweepTable.open("sweep"))
    ['solved', 'epochs', 'losses', 'boundaries']
    """
    runs = [run for some in table.ended().values() for run in some]
    solvable = bool(runs) and all(run.solved is not None for run in runs)
    kept = [run for run in runs if run.weights]
    drawable = bool(kept) and all(map(gives_probabilities, kept))
    in_plane = drawable and plane_samples(table) is not None
    tunable = solvable and bool(tuned(table))
    fit_for = {
        "solved": solvable,
        "tuned": tunable,
        "epochs": solvable,
        "losses": bool(runs),
        "widths": losses_by_width(table) is not None,
        "boundaries": in_plane,
        "fits": bool(kept) and training_samples(table) is not None,
    }
    return [name for name in FIGURES if fit_for[name]]
