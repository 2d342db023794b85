"""One table lists the views, as the docs do."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from replay.drawing.registry.row import COMPOSED, NAME
from replay.drawing.registry.table import TABLE

DOCS = Path(__file__).parents[3] / "docs" / "command-line.md"


def test_the_docs_have_the_table_row_by_row() -> None:
    text = DOCS.read_text()
    table = text[text.index("| view | shows | a run needs |") :].split("\n\n")[0].splitlines()[2:]
    told = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in table]
    assert told == [(f"`{row.name}`", row.caption, row.needs) for row in TABLE.values()]


def test_every_row_names_a_view_and_a_panel_that_there_are(make_run: Any) -> None:
    for row in TABLE.values():
        assert NAME.fullmatch(row.name) and row.caption
        if row.name not in COMPOSED:
            assert re.fullmatch(r"views\.[a-z_.]+:\w+", row.view)
            for panel in [row.panel] if isinstance(row.panel, str) else row.panel.values():
                assert re.fullmatch(r"drawing\.panels\.[a-z_]+:\w+Panel", panel)
