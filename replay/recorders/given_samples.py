"""The samples that a recorder was given: checked, some of them chosen, and with the names that they bring."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from replay.errors import DataError
from replay.network.data_description import DataDescription, check_numbers_of_names
from replay.network.description import RunDescription
from replay.recorders.fingerprint import fingerprint
from replay.recorders.options import RecordingOptions
from replay.runs.task import Task
from replay.scenario.found_names import coded, named
from replay.storage.samples import checked_samples, each, n_samples, parts
from replay.storage.stratified import stratified
from replay.types import Samples

logger = logging.getLogger(__name__)
Pair = tuple[Any, Any]


@dataclass(frozen=True)
class GivenSamples:
    """Samples and targets to record, those held out (or None), and what they are called.

    `subset` says of how many samples these are a choice, None where they are all. `fingerprint` is that of
    all that was given, empty where nobody will ask.
    """

    samples: tuple[Samples, Samples]
    held_out: tuple[Samples, Samples] | None
    subset: dict[str, int] | None
    described: DataDescription
    fingerprint: str

    @classmethod
    def of(cls, path: Path, X: Any, y: Any, options: RecordingOptions) -> GivenSamples:
        """Check what was given. Raises DataError where samples and targets do not fit each other."""
        X, y, found = named(X, y)
        if y is None:
            raise DataError(f"{path}: y is missing: give the targets of X")
        given = [_checked(path, X, y)]
        samples = _chosen(given[0], options.samples, options.seed or 0)
        subset = None
        if n_samples(samples[0]) < n_samples(given[0][0]):
            subset = {"of": n_samples(given[0][0]), "seed": options.seed or 0}
        held_out = None
        if options.validation_data is not None:
            checked = _held_out(path, options.validation_data, given[0], found)
            held_out = _chosen(checked, options.samples, options.seed or 0)
            given.append(checked)
        described = found if options.data is None else options.data.completed(found)
        names = options.class_names, options.feature_names, options.title, options.target_name
        return cls(
            samples,
            held_out,
            subset,
            described.with_names(*names),
            fingerprint(given) if options.resumable else "",
        )

    def fitting(self, samples: Pair) -> GivenSamples:
        """The same with the samples in the shape that the network takes."""
        return replace(self, samples=samples)

    def check_names(self, path: Path, description: RunDescription, options: RecordingOptions) -> None:
        """Raise DataError where the names that were given are not as many as classes or inputs."""
        inputs, targets = self.samples
        if isinstance(targets, dict):
            return
        shape = None if isinstance(inputs, dict) else inputs.shape[1:]
        names = DataDescription().with_names(options.class_names, options.feature_names)
        try:
            check_numbers_of_names(names, Task.of(description, targets).n_classes, shape)
        except DataError as error:
            raise DataError(f"{path}: {error}") from error


def _checked(path: Path, inputs: Any, targets: Any) -> tuple[Samples, Samples]:
    checked: tuple[Samples, Samples] = checked_samples(inputs, targets, several=True)
    return checked


def _held_out(path: Path, given: Any, own: Pair, found: DataDescription) -> tuple[Samples, Samples]:
    """The held-out samples, checked; a third part of `given` is sample weights."""
    if len(given) not in (2, 3):
        raise DataError(f"{path}: validation_data must be samples and targets")
    inputs, targets = given[:2]
    columns = named(inputs, targets).data.inputs
    checked = _checked(path, inputs, coded(targets))
    if misfit := _misfit(own[0], checked[0], found.inputs, columns):
        logger.warning("%s: validation_data: %s", path, misfit)
    return checked


def _chosen(given: Pair, n: int | None, seed: int) -> Pair:
    """At most `n` of the samples, stratified by class; with several outputs, by the first one's classes."""
    if n is None:
        return given
    inputs, targets = given
    chosen = stratified(next(iter(parts(targets).values())), n, seed)
    return each(inputs, lambda part: part[chosen]), each(targets, lambda part: part[chosen])


def _misfit(own: Any, held_out: Any, names: Sequence[str], columns: Sequence[str]) -> str:
    """Why held-out inputs are no samples as the others are; empty where they are."""
    shapes = [{name: part.shape[1:] for name, part in parts(each).items()} for each in (own, held_out)]
    if shapes[0] != shapes[1]:
        there, wanted = (next(iter(each.values())) for each in shapes[::-1])
        return f"each sample has shape {there}, not {wanted} as in X: no picture can show them"
    if names and columns and tuple(names) != tuple(columns):
        return f"its columns are {', '.join(columns)}, but those of X are {', '.join(names)}"
    return ""
