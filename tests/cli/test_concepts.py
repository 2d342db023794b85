"""`replay concepts` lists concepts, or tells one in full."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

from replay.scenario.concepts import concepts
from tests.cli.conftest import Command

DOCS = Path(__file__).parents[2] / "docs"


def test_every_concept_has_a_line_and_its_command(command: Command) -> None:
    lines = command("concepts").out.splitlines()
    assert lines[::2] == [f"{one.name}: {one.title}" for one in concepts()]
    assert lines[1::2] == [f"    replay {one.command}" for one in concepts()]


def test_one_alone_says_what_to_look_for_and_what_it_writes(command: Command) -> None:
    concept = next(one for one in concepts() if one.name == "softmax")
    told = command("concepts", "softmax").out
    assert concept.look.split(". ")[0].split()[-1] in told
    assert f"writes {concept.file}" in told and concept.articles[0] in told


def test_programs_get_json(command: Command) -> None:
    listed = json.loads(command("concepts", "--json").out)
    assert [one["command"] for one in listed] == [f"replay {one.command}" for one in concepts()]


def test_an_unknown_word_is_one_line(command: Command) -> None:
    outcome = command("concepts", "softmx")
    assert outcome.status == 2 and outcome.err.count("\n") == 1 and "did you mean softmax" in outcome.err


def test_the_docs_have_what_the_command_lists_with_a_picture_each() -> None:
    making = runpy.run_path(str(DOCS / "pictures" / "make" / "concepts.py"))
    assert (DOCS / "concepts.md").read_text(encoding="utf-8") == making["page"]()
    for concept in concepts():
        assert 0 < making["picture"](concept).stat().st_size < 1_000_000, concept.name
