"""The concepts: each is found by its words, and its command is one that Replay knows."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from replay.cli.comparison import stem
from replay.drawing.registry.table import TABLE
from replay.errors import ScenarioError
from replay.network.activations import CATALOGUE
from replay.scenario.built_in import built_in, load_scenario
from replay.scenario.concepts import Concept, concepts, found

NAMES = [one.name for one in concepts()]


def after(arguments: list[str], option: str) -> list[str]:
    """What follows this option, each time that it is given."""
    return [value for given, value in pairwise(arguments) if given == option]


def files_of(concept: Concept) -> set[str]:
    """What a `replay run` writes, told from its arguments."""
    arguments = concept.arguments
    activations = tuple(after(arguments, "-a")) or None
    scenario = load_scenario(arguments[1]).with_changes(activations=activations)
    names = [name for name, _ in scenario.variants]
    views = after(arguments, "--view") or scenario.views
    ends = ["" if view == "dashboard" else f"-{view}" for view in views]
    compared = stem(after(arguments, "--view")[0] if "--view" in arguments else None)
    stems = [f"{name}{end}" for name in names for end in ends] + [compared] * (len(names) > 1)
    return {
        f"outputs/{scenario.name}/{stem}.{suffix}"
        for stem in stems
        for suffix in after(arguments, "--format")
    }


def test_names_are_unique_and_all_are_listed_without_words() -> None:
    assert len(set(NAMES)) == len(NAMES) >= 29
    assert found([]) == list(concepts())


@pytest.mark.parametrize("concept", concepts(), ids=NAMES)
def test_its_command_names_what_there_is_and_writes_its_file(concept: Concept) -> None:
    command, *arguments = concept.arguments
    assert concept.look.count(". ") == 1 and concept.look.endswith("."), "two sentences"
    assert concept.articles
    assert set(after(arguments, "--view")) <= set(TABLE)
    assert {name.split(":")[0] for name in after(arguments, "-a")} <= set(CATALOGUE)
    if command == "activations":
        assert after(arguments, "-o") == [concept.file]
    else:
        assert command in ("run", "sweep") and arguments[0] in built_in()
    if command == "run":
        assert concept.file in files_of(concept)


def test_words_find_concepts_whatever_their_case() -> None:
    assert "dying-relu" in [one.name for one in found(["DYING"])]
    both = found(["relu", "gradient"])
    assert both and all("relu" in " ".join(map(str, one)).lower() for one in both)


def test_a_name_finds_one_alone() -> None:
    assert [one.name for one in found(["softmax"])] == ["softmax"]
    assert Path(found(["softmax"])[0].file).parts[0] == "outputs"


def test_what_is_nowhere_is_refused_with_what_is_near() -> None:
    with pytest.raises(ScenarioError, match=r"unknown concept 'softmx'.*softmax"):
        found(["softmx"])
