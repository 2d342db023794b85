"""The table of views, in the order in which they are listed.

It loads a view and its panel only when they are drawn, so that the command line's help can read it, too.
"""

from __future__ import annotations

from replay.drawing.registry.answers import ANSWERS
from replay.drawing.registry.layers import LAYERS
from replay.drawing.registry.planes import PLANES
from replay.drawing.registry.row import Row

TABLE: dict[str, Row] = {row.name: row for row in (*PLANES, *ANSWERS, *LAYERS)}
