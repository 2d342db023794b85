"""Rendering for the command line: checks the picture options, then writes films, stills, pages and tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from replay.choices import ADAPTIVE, FPS, THEMES
from replay.errors import OutputError
from replay.files import check_place
from replay.film.encoder.formats import (
    ANIMATED,
    CAPTIONS,
    FORMATS,
    PAGE,
    STILL,
    check_alpha,
    check_subtitles,
    check_suffix,
)
from replay.film.timeline import Timeline
from replay.language.catalogue import ENGLISH
from replay.language.message import speaking
from replay.network.in_keras import quiet
from replay.runs.description import Subject
from replay.runs.evaluation import Evaluation
from replay.runs.recording import Recording
from replay.runs.without import joined, without
from replay.types import Array, Motion, Track, Units
from replay.views.motion import motion

if TYPE_CHECKING:  # load matplotlib only when drawing
    from replay.drawing.composition import Composition
    from replay.drawing.style import Style
    from replay.film.animation import Animation

# Options, by field name, that apply only to stills, only to films, only to films and sheets, or not to pages.
OF_STILLS = ("epoch", "sheet")
OF_FILMS = ("tween", "fps", "duration", "hold", "loop", "max_bytes", "subtitles", "captions_file")
OF_FILMS_AND_SHEETS = ("epochs", "every", "pace")
OF_THE_TRAINING = (*OF_FILMS_AND_SHEETS, "tween")
OF_PICTURES = (
    *("sheet", "sample", "size", "dpi", "font", "transparent", "captions", "unit_lines"),
    *("tween", "pace", "fps", "hold", "loop", "subtitles", "captions_file"),
)
NAMES = {  # options not named like their fields
    "max_bytes": "--max-size",
    "captions": "--no-captions",
    "captions_file": "--captions-file",
    "held_out": "--no-held-out",
    "unit_lines": "--no-unit-lines",
}
TABLES = (".md", ".csv")


@dataclass(frozen=True)
class Rendering:
    """The options of a picture as plain values; the command line's help explains them.

    `sheet` is (columns, rows), `size` (width, height) in pixels, `epochs` (first, last). Without a `theme`
    and a `language`, pictures are light and English, and pages follow their reader's settings. `without` has
    the units that are taken away, by layer.
    """

    view: str = "dashboard"
    layer: str | None = None
    units: Units = None
    sample: int | None = None
    epoch: float | None = None
    sheet: tuple[int, int] | None = None
    size: tuple[int, int] | None = None
    dpi: float | None = None
    theme: str | None = None
    language: str | None = None
    font: str | None = None
    transparent: bool = False
    captions: bool = True
    held_out: bool = True
    unit_lines: bool = True
    without: tuple[tuple[str, tuple[int, ...]], ...] = ()
    subtitles: bool = False
    captions_file: Path | None = None
    epochs: tuple[float | None, float | None] = (None, None)
    every: int = 1
    tween: int = 0
    pace: str = ADAPTIVE
    fps: float = FPS
    duration: float | None = None
    hold: float | None = None
    loop: int = 0
    jobs: int = 1
    max_bytes: int | None = None

    def check(self, path: Path) -> None:
        """Raise OutputError or ViewError, before drawing, for options that do not apply to `path`."""
        suffix = check_suffix(path, (*ANIMATED, *STILL, PAGE))
        check_folder(path.expanduser())
        _ = self._style  # raises for an unknown theme, language or font
        if self.size is not None and self.dpi is not None:
            raise OutputError("a size is in pixels already: give either --size or --dpi")
        if self.epoch is not None and self.sheet is not None and not self._has_own_sheet:
            raise OutputError("a sheet shows many epochs: give either --epoch or --sheet")
        if suffix == PAGE:
            self._check_page(path)
        elif suffix in ANIMATED:
            self._check_film(path)
        else:
            self._check_still(path)
        if self._at_one_epoch and suffix != PAGE:
            self._check_one_epoch(path)
        from replay.film.parallel import MAX_JOBS

        if not 1 <= self.jobs <= MAX_JOBS:
            raise OutputError(f"jobs must lie between 1 and {MAX_JOBS}, not {self.jobs}")

    def _check_page(self, path: Path) -> None:
        for option in self._given(OF_PICTURES):
            raise OutputError(
                f"{path}: {option} is for pictures: use one of {', '.join((*ANIMATED, *STILL))}"
            )
        from replay.player.options import check_start_view

        check_start_view(self.view)

    def _check_film(self, path: Path) -> None:
        if self.transparent:
            check_alpha(path)
        if self.subtitles:
            check_subtitles(path)
        if self.captions_file is not None:
            check_suffix(self.captions_file, (CAPTIONS,))
            check_folder(self.captions_file.expanduser())
        for option in self._given(OF_STILLS):
            if option == "--epoch" and self._at_one_epoch:
                continue
            raise OutputError(f"{path}: {option} makes a still: use one of {', '.join(STILL)}")

    @property
    def _at_one_epoch(self) -> bool:
        """Whether films of this view stay at one epoch."""
        from replay.drawing.registry.lookup import row_of

        return row_of(self.view).at_one_epoch

    @property
    def _has_own_sheet(self) -> bool:
        """Whether a sheet of this view stays at one epoch, too."""
        from replay.drawing.registry.lookup import row_of

        return bool(row_of(self.view).sheet)

    def _check_one_epoch(self, path: Path) -> None:
        for option in self._given(OF_THE_TRAINING):
            raise OutputError(
                f"{path}: {option} is for films of the training: {self.view} stays at one epoch, --epoch"
            )

    def _check_still(self, path: Path) -> None:
        for option in self._given(OF_FILMS):
            raise OutputError(f"{path}: {option} is for films: use one of {', '.join(ANIMATED)}")
        if self.sheet is None:
            for option in self._given(OF_FILMS_AND_SHEETS):
                raise OutputError(f"{path}: {option} is for films and sheets: a still shows one --epoch")

    def _given(self, names: Iterable[str]) -> Iterator[str]:
        """The options among `names` that differ from their default, as written on the command line."""
        for name in names:
            if getattr(self, name) != getattr(Rendering, name):
                yield NAMES.get(name, f"--{name}")

    def render(
        self, recording: Recording, paths: Iterable[Path], tracked: Callable[[Path], Track | None]
    ) -> list[str]:
        """Write a picture of `recording` to each of `paths`; return notes for the user.

        `tracked` returns the progress tracker for a path.
        """
        pages, paths = _parted(paths)
        notes = self._save_pages([recording], pages)
        if not paths:
            return notes
        evaluation = self._evaluation(recording)
        if self.sheet is not None:
            for path in paths:
                self._save_sheet(evaluation, path.expanduser())
            return []
        from replay.drawing.picture import picture

        drawn = picture(
            evaluation, self.view, self._style, self.layer, self.size, self.captions, self.units, self.sample
        )
        return notes + self._save_all(drawn, paths, tracked)

    def compare(
        self,
        recordings: Iterable[Recording],
        paths: Iterable[Path],
        tracked: Callable[[Path], Track | None],
    ) -> list[str]:
        """Write a comparison of the recordings to each of `paths`, as `render` does."""
        chosen = list(recordings)
        pages, paths = _parted(paths)
        notes = self._save_pages(chosen, pages)
        if not paths:
            return notes
        from replay.drawing.comparison import compare

        evaluations = [self._evaluation(recording) for recording in chosen]
        view = None if self.view == Rendering.view else self.view
        return notes + self._save_all(compare(evaluations, self._style, self.size, view), paths, tracked)

    def check_table(self, path: Path) -> None:
        """Raise OutputError if `path` cannot be a table, or picture options are given."""
        check_suffix(path, TABLES)
        check_folder(path.expanduser())
        given = [
            name for name in self.__dataclass_fields__ if getattr(self, name) != getattr(Rendering, name)
        ]
        for option in self._given(given):
            raise OutputError(f"{path}: {option} is for pictures: a table has the whole of each run")

    def _evaluation(self, recording: Recording) -> Evaluation:
        evaluation = Evaluation(recording)
        if not evaluation.at_hand:
            quiet.import_keras()
        shown = evaluation if self.held_out else evaluation.alone
        return without(shown, joined(self.without)) if self.without else shown

    @property
    def _style(self) -> Style:
        from replay.drawing.style import theme

        style = theme(
            self.theme or THEMES[0],
            self.transparent,
            self.font,
            ENGLISH if self.language is None else self.language,
        )
        return replace(style, unit_lines=self.unit_lines)

    def _timeline(self, epochs: Array, motion: Motion | None, stops: Sequence[float]) -> Timeline:
        first, last = self.epochs
        return Timeline.of(
            epochs,
            first=first,
            last=last,
            every=self.every,
            tween=self.tween,
            pace=self.pace,
            fps=self.fps,
            duration=self.duration,
            hold=self.hold,
            motion=motion,
            stops=stops,
        )

    def _save_all(
        self, composition: Composition, paths: Iterable[Path], tracked: Callable[[Path], Track | None]
    ) -> list[str]:
        notes = [self._save(composition, path.expanduser(), tracked(path)) for path in paths]
        return [note for note in notes if note]

    def _save(self, composition: Composition, path: Path, track: Track | None) -> str | None:
        suffix = check_suffix(path)
        if suffix in STILL:
            composition.save(path, epoch=self.epoch, dpi=self.dpi)
            return None
        animation = self._animation(composition)
        dpi = self.dpi
        if dpi is None and self.size is None and suffix == ".gif":
            dpi = animation.composition.figure.dpi / 2  # 720 pixels wide for the dashboard
        options: dict[str, Any] = {"dpi": dpi, "loop": self.loop, "jobs": self.jobs, "track": track}
        note = self._save_film(animation, path, {**options, "subtitles": self.subtitles})
        if self.captions_file is not None:
            animation.save_captions(self.captions_file, FORMATS[suffix].hold)
        return note

    def _animation(self, composition: Composition) -> Animation:
        from replay.film.animation import Animation

        if composition.journey is not None:
            return composition.animate(epoch=self.epoch, fps=self.fps, duration=self.duration, hold=self.hold)
        timeline = self._timeline(composition.epochs, composition.motion, composition.clock.stops)
        return Animation(composition, timeline)

    def _save_film(self, animation: Animation, path: Path, options: Mapping[str, Any]) -> str | None:
        if self.max_bytes is None:
            animation.save(path, **options)
            return None
        from replay.film.budget import save_within

        given_up = save_within(animation, path, self.max_bytes, **options)
        return f"{path}: {path.stat().st_size / 1000:.0f} kB; given up: {given_up}"

    def _save_pages(self, recordings: Sequence[Recording], paths: Sequence[Path]) -> list[str]:
        if not paths:
            return []
        from replay.player.interactive import page_of

        page = page_of(
            [self._evaluation(recording) for recording in recordings],
            max_bytes=self.max_bytes,
            theme=self.theme,
            language=self.language,
            view=None if self.view == Rendering.view else self.view,
            layer=self.layer,
            units=self.units,
            epoch=self.epoch,
            epochs=self.epochs,
            every=self.every,
            seconds=self.duration,
        )
        for path in paths:
            page.save(path)
        return [f"{path}: {' '.join(page.notes)}" for path in paths if page.notes]

    def _save_sheet(self, evaluation: Evaluation, path: Path) -> None:
        from replay.drawing.composition import save_still
        from replay.drawing.registry.lookup import row_of
        from replay.drawing.sheet import sheet

        assert self.sheet is not None
        columns, rows = self.sheet
        epochs = evaluation.recording.epochs
        if self._has_own_sheet:
            moments: Sequence[float] = [float(epochs[-1]) if self.epoch is None else self.epoch]
        else:
            moments = self._timeline(epochs, lambda chosen: motion(evaluation, chosen), ()).moments
        figure = sheet(
            evaluation, self.view, self._style, moments, columns, rows,
            layer=self.layer, size=self.size, units=self.units, sample=self.sample,
        )  # fmt: skip
        subject = Subject((evaluation,), row_of(self.view).words)
        with speaking(self._style.language):
            description = subject.description(moments[-1])
        save_still(figure, path, self._style, self.dpi, description=description)


def save_table(recordings: Iterable[Recording], path: Path) -> None:
    """Write the results of the runs as a table, in Markdown or CSV by the suffix."""
    from replay.files import whole_file
    from replay.runs.names import UNNAMED, common_names
    from replay.runs.run_names import run_names
    from replay.runs.table import as_csv, as_markdown, run_rows

    chosen = list(recordings)
    rows = run_rows(chosen, run_names([Evaluation(recording) for recording in chosen]))
    of_classes = any(column[-1].isdecimal() for column in rows[0])  # else the samples need not be read
    names = common_names([recording.names for recording in chosen]) if of_classes else UNNAMED
    text = as_markdown(rows, names) if check_suffix(path, TABLES) == ".md" else as_csv(rows)
    with whole_file(path.expanduser()) as partial:
        partial.write_text(text, encoding="utf-8")


def _parted(paths: Iterable[Path]) -> tuple[list[Path], list[Path]]:
    """Split paths into those of pages and those of pictures."""
    chosen = list(paths)
    pages = [path for path in chosen if path.suffix.lower() == PAGE]
    return pages, [path for path in chosen if path not in pages]


def check_folder(path: Path) -> None:
    """Raise OutputError if `path` clearly cannot be written, without trying."""
    check_place(path)
    nearest = next((folder for folder in path.parents if folder.exists()), None)
    if nearest is not None and not nearest.is_dir():
        raise OutputError(f"cannot write {path}: {nearest} is a file, not a folder")
