"""The command `replay concepts`: which command shows which concept."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Annotated

import typer

from replay.cli.console import say

if TYPE_CHECKING:
    from replay.scenario.concepts import Concept

WIDTH = 80  # columns of a terminal


def concepts(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="WORD", help="Only concepts with these words, or of this name."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print them as JSON, for programs.")] = False,
) -> None:
    """List concepts of neural networks, each with the command that draws it."""
    from replay.scenario.concepts import found

    chosen = found(words or [])
    if as_json:
        say(json.dumps([_as_object(one) for one in chosen], ensure_ascii=False, indent=2))
        return
    in_full = len(chosen) == 1
    for concept in chosen:
        say(f"{concept.name}: {concept.title}")
        if in_full:
            say(textwrap.fill(concept.look, WIDTH))
        say(f"    replay {concept.command}")
        if in_full:
            say(f"writes {concept.file}; explained in: {'; '.join(concept.articles)}")


def _as_object(concept: Concept) -> dict[str, object]:
    return {**concept._asdict(), "command": f"replay {concept.command}"}
