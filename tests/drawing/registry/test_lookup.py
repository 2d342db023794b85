"""Views are looked up by what their rows hold."""

from __future__ import annotations

from replay.drawing.registry.lookup import names
from replay.drawing.registry.table import TABLE


def test_names_can_be_chosen_by_what_their_rows_hold() -> None:
    assert names() == list(TABLE)
    assert names(beside="transfer") == ["activations"]
    assert names(name="article", legend=True, on_page=False) == ["article"]
