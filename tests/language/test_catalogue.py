"""Catalogues are complete and up to date, and numbers are written as CLDR says."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog
from babel.messages.frontend import CommandLineInterface
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

from replay.language.catalogue import ENGLISH, FOLDER, Catalogue, catalogue, languages

ROOT = Path(__file__).parents[2]
SAYING = ("say", "say_number", "Message", "Message.counted")
OTHERS = [name for name in languages() if name != ENGLISH]


@pytest.fixture(scope="module")
def english(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """What the source says, gathered as the docs tell."""
    docs = (ROOT / "docs/languages.md").read_text(encoding="utf-8")
    command = shlex.split(next(line for line in docs.splitlines() if "pybabel extract" in line))
    file = tmp_path_factory.mktemp("extracted") / "replay.pot"
    command[command.index("-o") + 1], command[command.index("-F") + 1] = (
        str(file),
        str(ROOT / "pyproject.toml"),
    )
    command[-1] = str(ROOT)
    CommandLineInterface().run(["pybabel", "-q", *command[1:]])
    with file.open("rb") as found:
        return read_po(found)


def places_in(catalog: Catalog) -> dict[str, set[str]]:
    """The files that use each message: the page gets those of its script."""
    return {
        str(each.id): {file.removeprefix(f"{ROOT}/") for file, _ in each.locations}
        for each in catalog
        if each.id
    }


@cache
def translated(language: str) -> Catalog:
    return Catalogue(language).file()


def places(text: str) -> set[tuple[str, str]]:
    """The values that a message takes, and how each is written."""
    return {(name, form or "") for _, name, form, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", OTHERS)
def test_every_message_of_the_source_is_in_the_catalogue_and_no_other(
    language: str, english: Catalog
) -> None:
    assert len(english) > 200
    assert places_in(translated(language)) == places_in(english)


def said_in_python() -> Iterator[tuple[str, str | None]]:
    """The file and the words of everything that is said, None where they do not stand there."""
    for file in sorted((ROOT / "replay").rglob("*.py")):
        if "cli" in file.parts or file.name == "message.py":
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in SAYING:
                words = node.args[0]
                yield file.name, words.value if isinstance(words, ast.Constant) else None


def test_what_is_said_stands_where_it_is_said(english: Catalog) -> None:
    """Read by Python's own parser; words that a variable holds are in no catalogue."""
    known = {each.id if isinstance(each.id, str) else each.id[0] for each in english if each.id}
    found = list(said_in_python())
    assert len(found) > 200
    assert [(file, words) for file, words in found if words not in known] == []


def test_what_the_page_says_is_found_within_other_calls_too(english: Catalog) -> None:
    known = {each.id if isinstance(each.id, str) else each.id[0] for each in english if each.id}
    called = re.compile(r"""(?<![.\w])(?:say|sayNumber)\(\s*(?:"((?:[^"\\]|\\.)*)"|([^"\s)]))""")
    for file in sorted((ROOT / "player/src").rglob("*.js")):
        if file.name == "language.js":
            continue
        for words, other in called.findall(file.read_text(encoding="utf-8")):
            assert not other or other == "/", f"{file.name} says what a variable holds"
            assert not words or words in known, (file.name, words)


@pytest.mark.parametrize("language", OTHERS)
def test_every_message_is_translated_with_its_values(language: str) -> None:
    wrong = []
    for message in translated(language):
        if not message.id:
            continue
        ids = [message.id] if isinstance(message.id, str) else list(message.id)
        said = [message.string] if isinstance(message.string, str) else list(message.string)
        if not all(said) or message.fuzzy:
            wrong.append((message.id, "is not translated"))
        wanted = places(ids[-1])
        wrong += [(message.id, text) for text in said if places(text) != wanted]
    assert wrong == []


@pytest.mark.parametrize("language", OTHERS)
def test_a_message_ends_as_the_english_one_does(language: str) -> None:
    """A sentence ends with a stop; there are no blanks at the ends."""
    stops = (".", "。")
    for message in list(translated(language))[1:]:  # without the head
        said = message.string if isinstance(message.string, str) else message.string[0]
        told = message.id if isinstance(message.id, str) else message.id[0]
        assert said == said.strip(), told
        assert said.endswith(stops) or not told.endswith(stops), told


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("value", [0.5, 97.5, 1500, 12345.678, -0.25, 1_000_000])
def test_numbers_are_written_as_cldr_says(language: str, value: float) -> None:
    written = catalogue(language).with_numbers(f"{value:,.10g}")
    # Babel groups where CLDR's minimumGroupingDigits says not to: 1500 has four digits in Spanish.
    form = "0.###" if language == "es" and value < 10_000 else "#,##0.###"
    assert written == format_decimal(value, format=form, locale=language)


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("share", [0.0, 0.07, 0.975, 1.0])
def test_percentages_are_written_as_cldr_says(language: str, share: float) -> None:
    written = catalogue(language).with_numbers(f"{share:.1%}")
    assert written == format_percent(share, format=_percent_form(language), locale=language)


def _percent_form(language: str) -> str:
    """CLDR's own pattern, with one decimal."""
    from babel import Locale

    pattern = Locale.parse(language).percent_formats[None].pattern
    return re.sub("[#0,.]+", "0.0", pattern)


def test_words_around_numbers_are_left_alone() -> None:
    spanish = catalogue("es")
    assert spanish.with_numbers("since 1.5: <1%, 2×10⁻³, 20k, v1") == "since 1,5: <1\xa0%, 2×10⁻³, 20k, v1"


def test_the_page_gets_the_words_of_its_script_and_plurals_by_category() -> None:
    spanish, english = catalogue("es").for_page, catalogue("en").for_page
    assert (spanish["name"], english["name"], english["words"]) == ("español", "English", {})
    assert spanish["words"]["All views"] == "Todas las vistas"
    assert spanish["words"]["group of {number} sample"] == {
        "one": "grupo de {number} muestra",
        "many": "grupo de {number} muestras",
        "other": "grupo de {number} muestras",
    }
    assert "How many seeds solve it" not in spanish["words"]  # no page says it


def test_a_file_in_the_folder_is_a_language() -> None:
    assert languages() == (ENGLISH, *sorted(file.stem for file in FOLDER.iterdir()))
    assert {"es", "zh"} <= set(languages())
