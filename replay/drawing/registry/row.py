"""One row of the table of views, and the names that several rows share."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from replay.language.message import Message

if TYPE_CHECKING:
    from replay.runs.evaluation import Evaluation

DASHBOARD, ARTICLE, WHY = COMPOSED = "dashboard", "article", "why"  # several views at once
LAYER, UNITS, SAMPLE = "layer", "units", "sample"  # options that some views take
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")  # of a view: it becomes part of a file's name


class Row(NamedTuple):
    """One view.

    `view` makes what the panels draw from an evaluation and the options that it `takes`: one view or several,
    each for a panel of its own. It and the class `panel` are written "module:name" until they are used; parts
    of several kinds have a panel each, by the name of the part's class. `fixed` are further arguments of
    `view`. With `first_large`, the other parts are small beside the first; one that is `wide` has many
    columns. `needs` says in words what a run needs to have the view; `suits` is a quick look at a run, by
    which the dashboard chooses. `legend` names the classes above the picture. A `plane` is as high as it is
    wide. A page can begin with what is `on_page`. Panels of the row `beside` stand beside this one's where
    the run has them; where it takes a layer, its `view` makes the first and the last alone with `ends`.
    `film` makes a film that stays at one epoch, and goes through the network or moves a cut-off instead;
    `told` gives the subject of its description, and `sheet` makes its contact sheet, where that has no
    epochs either. `called` is what a sentence calls the view. `together` is a function that draws it of
    several runs on one figure, where there is one.
    """

    name: str
    caption: str
    view: Any = None
    panel: Any = None
    needs: str = ""
    suits: Callable[[Evaluation], bool] = lambda evaluation: True
    takes: tuple[str, ...] = ()
    fixed: Mapping[str, Any] = MappingProxyType({})
    legend: bool = False
    plane: bool = False
    on_page: bool = False
    beside: str = ""
    first_large: bool = False
    wide: bool = False
    film: str = ""
    told: str = ""
    sheet: str = ""
    called: Message | None = None
    together: str = ""

    @property
    def words(self) -> tuple[Message | str, ...]:
        """What a description calls the view; nothing for the dashboard, which is the usual picture."""
        if self.name in COMPOSED:
            return ()
        return (self.called or self.name.replace("-", " "),)

    @property
    def at_one_epoch(self) -> bool:
        """Whether films stay at one epoch."""
        return bool(self.film)

    @property
    def is_own(self) -> bool:
        """Whether a user made it."""
        return isinstance(self.view, type)


def layer_curves(name: str, caption: str, view: str, **more: Any) -> Row:
    """The row of a view of curves, one for each layer."""
    return Row(name, caption, view, "drawing.panels.layer_curves:LayerCurvesPanel", **more)
