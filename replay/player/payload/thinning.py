"""Thinning: what a page leaves out, step by step, to fit its size: samples, images, views, snapshots."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from replay.evenly import evenly
from replay.language.message import Message
from replay.storage.stratified import stratified
from replay.types import Array

SAMPLES = (5000, 2000, 1000, 500)
MAX_VALUES = 20_000_000  # samples × snapshots; each takes a few numbers of memory


@dataclass(frozen=True)
class Thinning:
    """At most `samples`, every `stride`th snapshot and the last, and whether images and views of layers are
    included; with these, paths over the loss surface.
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


def notes(
    step: Thinning, recorded: Iterable[int], snapshots: Sequence[int], images: bool, paths: bool = False
) -> list[Message]:
    """What was left out, in sentences. `recorded` counts samples by set, `snapshots` by run.

    `images` and `paths` tell whether there are any.
    """
    sentences = [
        Message("{shown:,} of {all:,} samples are shown.", {"shown": step.samples, "all": n})
        for n in sorted(set(recorded))
        if n > step.samples
    ]
    if step.stride > 1 and len(set(snapshots)) == 1:
        values = {"stride": step.stride, "all": snapshots[0]}
        sentences.append(Message("One in {stride} of {all:,} snapshots is shown.", values))
    elif step.stride > 1:
        sentences.append(Message("One in {stride} snapshots is shown.", {"stride": step.stride}))
    if images and not step.images:
        sentences.append(Message("The samples are shown without their images."))
    if not step.layers:
        sentences.append(Message("Weights, gradients, unit health and kernels are left out."))
    if paths and not step.layers:
        sentences.append(Message("Paths over the loss surface are left out."))
    return sentences
