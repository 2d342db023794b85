"""Makes the interactive page of one or several runs, and saves it or shows it in a notebook."""

from __future__ import annotations

import html
import os
import tempfile
import webbrowser
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from replay.choices import MAX_ON_PAGE
from replay.errors import ViewError
from replay.film.encoder.formats import PAGE, check_suffix
from replay.language.catalogue import ENGLISH
from replay.language.message import speaking
from replay.player import notebook
from replay.player.html import Still, write_page
from replay.player.options import AUTO, PageOptions
from replay.player.payload.payload import MAX_BYTES, Payload
from replay.runs.description import Subject
from replay.runs.evaluation import Evaluation

if TYPE_CHECKING:  # load matplotlib only when drawing
    from replay.drawing.style import Style

STILL_SIZE = (1280, 640)
QUALITY = 70  # of the still: WebP quality
HEIGHT = 720  # of the page in a notebook, in pixels
# The attributes of a style that the page uses.
COLOURS = (
    *("background", "ink", "muted", "faint", "classes", "markers", "error"),
    *("grid_x", "grid_y", "boundary", "loss", "metric", "shading"),
)


class InteractivePage:
    """A page that plays runs: one HTML file, which needs nothing beside it.

    Args:
        title: The title of the page.
        html: The content of the file.
        notes: What was thinned out so that the page keeps within its size, a line for each thing.

    All are kept as attributes. `interactive` and `Replay.interactive` make pages. In a notebook a page shows
    itself.

    >>> from replay import Replay
    >>> page = Replay("run.h5").interactive(duration=10)
    >>> page.title, page.notes
    ('parabola · tanh', [])
    >>> page.save("run.html").name
    'run.html'
    """

    def __init__(self, title: str, html: str, notes: Sequence[str]) -> None:
        self.title = title
        self.html = html
        self.notes = list(notes)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.title}: {len(self.html) / 1000:.0f} kB>"

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the page (.html); it appears whole or not at all. Returns the path.

        Raises OutputError where the file cannot be written, or has another suffix.
        """
        from replay.files import whole_file

        path = Path(path).expanduser()
        check_suffix(path, (PAGE,))
        with whole_file(path) as partial:
            partial.write_text(self.html, encoding="utf-8")
        return path

    def show(self) -> InteractivePage | None:
        """Show the page: in a notebook below the cell, elsewhere in the browser, from a temporary file.

        Returns None in a notebook, which would show what is returned as well; else the page.
        """
        if notebook.in_notebook():
            notebook.display(self)
            return None
        path = self.save(Path(tempfile.mkdtemp(prefix="replay-")) / f"page{PAGE}")
        webbrowser.open(path.as_uri())
        return self

    def _repr_html_(self) -> str:
        """For notebooks: the page in a sandboxed frame."""
        content, title = html.escape(self.html), html.escape(self.title)
        return (
            f'<iframe srcdoc="{content}" sandbox="allow-scripts" title="{title}" '
            f'width="100%" height="{HEIGHT}" loading="lazy" frameborder="0"></iframe>'
        )


def page_of(
    evaluations: Sequence[Evaluation],
    *,
    max_bytes: int | None = None,
    theme: str | None = None,
    language: str | None = None,
    title: str | None = None,
    names: Sequence[str] | None = None,
    still: bool = True,
    **options: Any,
) -> InteractivePage:
    """The page of these runs; `options` are those of `PageOptions`.

    The `still` takes a second to draw; printing, and readers without JavaScript, need it.
    """
    if not 1 <= len(evaluations) <= MAX_ON_PAGE:
        raise ViewError(f"a page shows 1 to {MAX_ON_PAGE} runs, not {len(evaluations)}")
    if names is not None and len(names) != len(evaluations):
        raise ViewError(f"{len(evaluations)} runs need as many names, not {len(names)}")
    from replay.drawing.style import THEMES
    from replay.drawing.style import theme as style_of
    from replay.runs.run_names import run_names, runs_title

    style = style_of(theme or "light", language=ENGLISH if language is None else language)
    title = title if title is not None else runs_title(evaluations)
    wish = PageOptions(
        title,
        run_names(evaluations) if names is None else names,
        {name: _colours(each, evaluations) for name, each in THEMES.items()},
        theme=theme or AUTO,
        language=None if language is None else style.language,
        **options,
    )
    payload = Payload(evaluations, wish, MAX_BYTES if max_bytes is None else max_bytes)
    with speaking(style.language):
        picture = _still(evaluations, style, wish, payload.subject) if still else None
        told = payload.subject.description()
        data, notes = payload.within(overhead=len(write_page(title, "", picture, told).encode()))
        return InteractivePage(title, write_page(title, data, picture, told), notes)


def _colours(style: Style, evaluations: Sequence[Evaluation]) -> dict[str, Any]:
    """The colours of a theme for these runs: `runs` are theirs, in their order, as are `run_dashes`.

    `units` are those of the units of a layer.
    """
    from replay.drawing.class_looks import class_style
    from replay.drawing.identity import run_looks

    if len({evaluation.task.n_classes for evaluation in evaluations}) == 1:
        style = class_style(style, evaluations)
    looks = run_looks(evaluations, style)
    dashes = [[] if look.dashes == "-" else list(look.dashes[1]) for look in looks]
    colours = {name: getattr(style, name) for name in COLOURS}
    return {
        **colours,
        "runs": [look.colour for look in looks],
        "run_dashes": dashes,
        "units": list(style.runs),
    }


def _still(evaluations: Sequence[Evaluation], style: Style, wish: PageOptions, subject: Subject) -> Still:
    """The dashboard of a run, or the comparison of several, at the page's first epoch, else at the last."""
    from replay.drawing.comparison import compare
    from replay.drawing.dashboard import dashboard

    drawn = (
        dashboard(evaluations[0], style, STILL_SIZE)
        if len(evaluations) == 1
        else compare(evaluations, style, STILL_SIZE)
    )
    epoch = wish.epoch if wish.epoch is not None else wish.epochs[1]
    content = drawn.image(epoch, "webp", quality=QUALITY)
    return Still(content, STILL_SIZE, subject.description(epoch).alt)
