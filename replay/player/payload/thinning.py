"""Thinning: what a page leaves out, step by step, to fit its size: samples, images, views, snapshots."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from replay.evenly import evenly
from replay.storage.stratified import stratified
from replay.types import Array

SAMPLES = (5000, 2000, 1000, 500)
MAX_VALUES = 20_000_000  # samples × snapshots; each takes a few numbers of memory


@dataclass(frozen=True)
class Thinning:
    """At most `samples`, every `stride`th snapshot and the last, and whether images and views of layers are
    included.
    """

    samples: int = SAMPLES[0]
    stride: int = 1
    images: bool = True
    layers: bool = True


def steps(n_samples: int, n_snapshots: int, images: bool) -> list[Thinning]:
    """From a full page to the smallest: fewer samples, no images, no views of layers, fewer snapshots.

    Each step keeps a part of the step before. `n_samples` and `n_snapshots` are those of the largest run.
    """
    found = [Thinning(min(n_samples, SAMPLES[0]))]
    found += [Thinning(samples) for samples in SAMPLES[1:] if samples < n_samples]
    if images:
        found.append(Thinning(found[-1].samples, 1, False))
    found.append(replace(found[-1], layers=False))
    while 2 * found[-1].stride < n_snapshots:
        found.append(replace(found[-1], stride=2 * found[-1].stride))
    within = [step for step in found if step.samples * (n_snapshots // step.stride) <= MAX_VALUES]
    return within or found[-1:]


def some_samples(labels: Array | None, n_recorded: int, most: int) -> Array:
    """Positions (n,) of at most `most` samples: stratified by class or, without classes, evenly spread.

    A smaller choice is part of every larger one.
    """
    chosen = np.arange(n_recorded)
    for size in SAMPLES:
        if most <= size < len(chosen):
            chosen = chosen[_choice(None if labels is None else labels[chosen], len(chosen), size)]
    return chosen


def _choice(labels: Array | None, n: int, size: int) -> Array:
    if labels is None:
        return evenly(n, size)
    return stratified(labels, size)


def some_snapshots(epochs: Array, stride: int) -> Array:
    """Every `stride`th of the epochs, and the last."""
    return np.union1d(epochs[::stride], epochs[-1:])


def notes(step: Thinning, recorded: Iterable[int], snapshots: Sequence[int], images: bool) -> list[str]:
    """What was left out, in sentences. `recorded` counts samples by set, `snapshots` by run."""
    sentences = [
        f"{step.samples:,} of {n:,} samples are shown." for n in sorted(set(recorded)) if n > step.samples
    ]
    if step.stride > 1:
        what = f"of {snapshots[0]:,} snapshots" if len(set(snapshots)) == 1 else "snapshot"
        sentences.append(f"Every {ordinal(step.stride)} {what} is shown.")
    if images and not step.images:
        sentences.append("The samples are shown without their images.")
    if not step.layers:
        sentences.append("Weights, gradients, unit health and kernels are left out.")
    return sentences


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th, …"""
    ending = "th" if 10 < number % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
