"""Films that have to fit into so many bytes."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from replay import Replay
from replay.errors import OutputError
from replay.film import budget
from replay.film.animation import Animation
from replay.film.budget import CONCESSIONS, Concession, parse_bytes, save_within
from replay.film.first_that_fits import first_that_fits
from replay.film.timeline import Timeline
from tests.conftest import maker_of_runs

DPI = 40
SAVE = budget._save  # as it is where no test counts its calls


@dataclass
class Film:
    """A film that was made, and the moments that it shows."""

    path: Path
    moments: tuple[float, ...]

    @property
    def size(self) -> int:
        return self.path.stat().st_size


class Films:
    """Films of one animation: each is made once, for all tests of this module."""

    def __init__(self, animation: Animation, folder: Path) -> None:
        self._animation, self._folder = animation, folder
        self._made: dict[tuple[Concession, str, float], Film] = {}

    def __call__(self, given_up: Concession, suffix: str = ".gif", dpi: float = DPI) -> Film:
        what = given_up, suffix, dpi
        if what not in self._made:
            self._made[what] = self._make(self._folder / f"{len(self._made)}{suffix}", given_up, dpi)
        return self._made[what]

    def _make(self, path: Path, given_up: Concession, dpi: float) -> Film:
        shown: list[tuple[float, ...]] = []
        save = Animation.save

        def noting(self: Animation, *rest: object, **options: object) -> Path:
            shown.append(self.timeline.moments)
            return save(self, *rest, **options)  # type: ignore[arg-type]

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Animation, "save", noting)
            SAVE(self._animation, path, given_up, dpi)
        (moments,) = shown
        return Film(path, moments)


@pytest.fixture(scope="module")
def animation(tmp_path_factory: pytest.TempPathFactory) -> Animation:
    run = maker_of_runs(tmp_path_factory.mktemp("run"))(n_snapshots=12)
    return Replay(run).dashboard().animate(tween=1, fps=20, pace="uniform")


@pytest.fixture(scope="module")
def films(animation: Animation, tmp_path_factory: pytest.TempPathFactory) -> Films:
    return Films(animation, tmp_path_factory.mktemp("films"))


def counted(monkeypatch: pytest.MonkeyPatch, save: Callable[..., object]) -> list[Concession]:
    """What is given up in each film that `save` makes from now on, in order."""
    made: list[Concession] = []

    def counting(
        animation: Animation, path: Path, given_up: Concession, *rest: object, **options: object
    ) -> None:
        made.append(given_up)
        save(animation, path, given_up, *rest, **options)

    monkeypatch.setattr(budget, "_save", counting)
    return made


@pytest.fixture
def encodings(monkeypatch: pytest.MonkeyPatch) -> list[Concession]:
    """What is given up in each film that is made, in order."""
    return counted(monkeypatch, SAVE)


@pytest.fixture
def copies(monkeypatch: pytest.MonkeyPatch, films: Films) -> list[Concession]:
    """The same where the films are those that were made for another test."""

    def copied(_: Animation, path: Path, given_up: Concession, dpi: float, **options: object) -> None:
        shutil.copyfile(films(given_up, path.suffix, dpi).path, path)

    return counted(monkeypatch, copied)


def duration(path: Path) -> int:
    """Milliseconds of a GIF."""
    with Image.open(path) as film:
        return sum(_delays(film))


def _delays(film: Image.Image) -> Iterator[int]:
    for number in range(film.n_frames):
        film.seek(number)
        film.load()
        yield film.info["duration"]


@pytest.mark.parametrize(
    ("text", "n_bytes"),
    [
        ("2MB", 2_000_000),
        ("500 kB", 500_000),
        ("1.5MiB", 1_572_864),
        ("  10k ", 10_000),
        ("3g", 3_000_000_000),
        ("1KiB", 1024),
        ("1gib", 2**30),
        ("800", 800),
        ("800 B", 800),
        ("0.5k", 500),
    ],
)
def test_sizes_are_read_as_people_write_them(text: str, n_bytes: int) -> None:
    assert parse_bytes(text) == n_bytes


@pytest.mark.parametrize(
    "text",
    ["", "MB", "0", "0MB", "0.2", "-2MB", "2TB", "2iB", "2 M B", "1e6", "1,5MB", ".5MB", "nan", "9" * 400],
)
def test_what_is_no_size_is_refused_with_examples(text: str) -> None:
    with pytest.raises(OutputError, match=r"2MB, 500kB or 1\.5MiB"):
        parse_bytes(text)


@pytest.mark.parametrize("n", [1, 2, 3, len(CONCESSIONS), 40])
def test_the_first_that_fits_is_found_with_few_trials(n: int) -> None:
    for first in range(n + 1):
        trials: list[int] = []

        def fits(number: int, first: int = first, trials: list[int] = trials) -> bool:
            trials.append(number)
            return number >= first

        assert first_that_fits(fits, n) == (first if first < n else None)
        assert len(trials) == len(set(trials)) <= 1 + int(np.ceil(np.log2(n)))
        if first == n:
            assert n - 1 in trials  # so that the least size is known without another film


def test_at_most_five_films_are_made() -> None:
    assert 1 + int(np.ceil(np.log2(len(CONCESSIONS)))) <= 5


def test_what_is_given_up_is_said_in_words() -> None:
    assert str(Concession()) == "nothing"
    assert str(Concession(2)) == "quality of colours and lines (2 of 3 steps)"
    assert str(Concession(0, 0.8, 2)) == "20% of the width, all but every 2nd frame"
    assert str(Concession(0, 1.0, 3)) == "all but every 3rd frame"
    assert str(Concession(0, 0.35, 6)) == "65% of the width, all but every 6th frame"


@pytest.mark.slow
@pytest.mark.parametrize(("suffix", "dpi"), [(".gif", DPI), (".mp4", 70)])
def test_each_step_makes_a_smaller_film_of_two_thirds_or_more_of_the_one_before(
    films: Films, suffix: str, dpi: float
) -> None:
    sizes = np.array([films(given, suffix, dpi).size for given in CONCESSIONS])
    steps = sizes[1:] / sizes[:-1]
    assert (steps < 1).all()
    assert steps.min() > 0.6
    assert np.median(steps) > 0.75


@pytest.mark.slow
def test_a_film_that_fits_gives_up_nothing_and_is_made_once(
    animation: Animation, tmp_path: Path, encodings: list[Concession]
) -> None:
    assert save_within(animation, tmp_path / "film.gif", 10**9, dpi=DPI) == Concession()
    assert encodings == [Concession()]


@pytest.mark.slow
def test_a_film_fits_into_its_budget_and_gives_up_no_more_than_it_must(
    animation: Animation, films: Films, tmp_path: Path, copies: list[Concession]
) -> None:
    path = tmp_path / "film.gif"
    most = int(0.6 * films(Concession()).size)
    given_up = save_within(animation, path, most, dpi=DPI)
    assert path.stat().st_size <= most
    assert len(copies) <= 5
    before = CONCESSIONS[CONCESSIONS.index(given_up) - 1]
    assert films(before).size > most
    assert path.stat().st_size > 0.6 * most


@pytest.mark.slow
def test_nothing_is_written_where_even_the_least_film_is_too_large(
    animation: Animation, films: Films, tmp_path: Path, copies: list[Concession]
) -> None:
    folder = tmp_path / "films"
    folder.mkdir()
    (folder / "film.gif").write_bytes(b"older")
    least = films(CONCESSIONS[-1]).size
    with pytest.raises(
        OutputError, match=rf"smaller than {least / 1e6:.2f} MB.*show fewer epochs"
    ) as refused:
        save_within(animation, folder / "film.gif", 100, dpi=DPI)
    assert "\n" not in str(refused.value)
    assert len(copies) <= 5
    assert list(folder.iterdir()) == [folder / "film.gif"]
    assert (folder / "film.gif").read_bytes() == b"older"


@pytest.mark.slow
@pytest.mark.parametrize("stride", [2, 3, 4, 6])
def test_a_film_of_fewer_frames_takes_as_long_and_ends_on_the_same_moment(films: Films, stride: int) -> None:
    full, fewer = films(Concession()), films(Concession(0, 1.0, stride))
    assert abs(duration(fewer.path) - duration(full.path)) <= 20
    assert (fewer.moments[0], fewer.moments[-1]) == (full.moments[0], full.moments[-1])
    assert len(fewer.moments) == -(-len(full.moments) // stride)
    assert np.diff(fewer.moments).max() < 2 * np.diff(fewer.moments).min()
    with Image.open(full.path) as a, Image.open(fewer.path) as b:
        a.seek(a.n_frames - 1)
        b.seek(b.n_frames - 1)
        # Below the title: films of half epochs have a decimal in their epochs.
        last = [np.asarray(film.convert("RGB")).astype(int)[a.height // 10 :] for film in (a, b)]
    assert np.abs(last[0] - last[1]).mean() < 1


@pytest.mark.slow
def test_a_film_of_one_or_two_frames_keeps_them(animation: Animation, tmp_path: Path) -> None:
    for n in (1, 2):
        short = Animation(animation.composition, Timeline((0.0, 3.0)[-n:], fps=20))
        budget._save(short, tmp_path / "film.gif", CONCESSIONS[-1], DPI)
        with Image.open(tmp_path / "film.gif") as film:
            assert film.n_frames == n


@pytest.mark.slow
def test_a_scaled_film_is_narrower_but_never_below_the_least_dpi(films: Films) -> None:
    sizes = []
    for dpi, given_up in [(40, Concession()), (40, Concession(0, 0.5)), (12, Concession(0, 0.5))]:
        with Image.open(films(given_up, dpi=dpi).path) as film:
            sizes.append(film.width)
    inches = sizes[0] / 40
    assert sizes == pytest.approx([40 * inches, 20 * inches, 10 * inches], abs=1)


@pytest.mark.parametrize("name", ["film.png", "film"])
def test_only_films_have_a_budget(animation: Animation, tmp_path: Path, name: str) -> None:
    with pytest.raises(OutputError, match="unknown format"):
        save_within(animation, tmp_path / name, 10**6)
