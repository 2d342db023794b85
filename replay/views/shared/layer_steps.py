"""The steps of a chain of layers, one after another: stretched, turned, shifted, activated, and so on.

Layers between two or three units are taken apart (`polar.py`). What goes into or comes out of a wider layer,
or of one unit, is one straight move of the picture, which is called mixed: a rotation is shown only where
there is one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from replay.language.message import Message
from replay.network.description import LayerDescription
from replay.network.in_numpy.forward import Layer
from replay.network.in_numpy.layers import LAYERS
from replay.types import Array, Weights
from replay.views.shared.lenses import IN_SPACE, Lens, Tilted, flat
from replay.views.shared.polar import Polar, partly

FEW = (2, 3)  # units of layers that are taken apart
LEAST = 0.5  # degrees that a sentence tells
SCALES = ("BatchNormalization", "Normalization", "Rescaling")
NORMALISES = "LayerNormalization"

Move = Callable[[Array], Array]  # activations before a step (n, units) → after it (n, units)


@dataclass(frozen=True)
class Step:
    """One step: how activations change, and how the picture moves while they do.

    `kind` is a word for programs, `layer` the name of the layer, `sign` what a formula writes for it, `name`
    and `told` a word and a sentence for readers. `lens` is how activations are seen after it; None of one
    unit, which is a line. `path(activations, share)` is where points are on the way, of activations before
    the step; None where they go straight.
    """

    kind: str
    layer: str
    sign: str
    name: Message | str
    told: Message
    move: Move
    lens: Lens | None
    path: Callable[[Array, float], Array] | None = None


def same(values: Array) -> Array:
    """Activations, unchanged."""
    return values


@dataclass(frozen=True)
class Part:
    """A layer of the chain with its `weights` (1, …), the units that enter and leave it, and the `lens`."""

    layer: Layer
    weights: Weights
    n_before: int
    n_after: int
    lens: Lens | None
    reads: bool = False  # the last Dense layer, which gives the answer

    @property
    def description(self) -> LayerDescription:
        """The layer as it was recorded."""
        return self.layer.description

    def steps(self) -> Iterator[Step]:
        """The steps of the layer; none of one that passes its input on."""
        kind = self.description.class_name
        if kind == "Dense":
            apart = self.n_before in FEW and self.n_after in FEW and not self.reads
            yield from self._taken_apart() if apart else [self._mixed()]
        elif kind in SCALES:
            yield self._step("scale", "·s + b", Message("scaled"), self._z)
        elif kind == NORMALISES:
            yield self._step("normalise", "÷ σ", Message("normalised"), self._z)
        if bends(self.description):
            yield self._activated()

    @property
    def divides(self) -> tuple[Array, float] | None:
        """Of the layer that answers one of two classes, the direction (n,) and offset of what it adds up."""
        if self.n_after > 2:
            return None
        kernel, bias = self._affine
        if self.n_after == 2:
            return kernel[:, 1] - kernel[:, 0], float(bias[1] - bias[0])
        return kernel[:, 0], float(bias[0])

    @property
    def _affine(self) -> tuple[Array, Array]:
        """The kernel (n_before, n_after) and the bias (n_after,) of a Dense layer."""
        bias = self.weights["bias"][0] if "bias" in self.weights else np.zeros(self.n_after)
        return self.weights["kernel"][0], bias

    def _z(self, values: Array) -> Array:
        with np.errstate(all="ignore"):  # a network that diverges
            return np.asarray(self.layer.pre_activation(values[None], self.weights)[0])

    def _a(self, z: Array) -> Array:
        with np.errstate(all="ignore"):
            return np.asarray(self.layer.activation(z[None], self.weights)[0])

    def _step(self, kind: str, sign: str, name: Message | str, move: Move) -> Step:
        return Step(kind, self.description.name, sign, name, self._told(name), move, self.lens)

    def _told(self, what: Message | str) -> Message:
        return Message("“{layer}”: {what}", {"layer": self.description.name, "what": what})

    def _mixed(self) -> Step:
        kind, name = ("read", Message("read")) if self.reads else ("mix", Message("mixed"))
        step = self._step(kind, "·W + b", name, self._z)
        return replace(step, told=self._told(_mix_words(self.n_after)))

    def _activated(self) -> Step:
        activation = self.description.activation or "prelu"
        return self._step("activate", activation, activation, self._a)

    def _taken_apart(self) -> Iterator[Step]:
        kernel, bias = self._affine
        stretched = self._stretched(kernel)
        if self.n_before <= self.n_after:
            yield stretched
        if self.n_before < self.n_after:
            yield self._lifted()
        yield self._turned(kernel)
        if self.n_before > self.n_after:
            yield self._flattened()
            yield stretched
        shifted = self._step("shift", "+ b", Message("shifted"), lambda values: values + bias)
        yield self._as(shifted.lens, shifted, _shift_words(bias))

    def _stretched(self, kernel: Array) -> Step:
        few = flat if min(self.n_before, self.n_after) == 2 else IN_SPACE
        polar = _polar(kernel)
        stretch = np.full((min(kernel.shape),) * 2, np.nan) if polar is None else polar.stretch
        words = _stretch_words(polar)
        return self._as(
            few, self._step("stretch", "·P", Message("stretched"), partial(_times, stretch)), words
        )

    def _turned(self, kernel: Array) -> Step:
        polar = _polar(kernel)
        turn = np.full((max(kernel.shape),) * 2, np.nan) if polar is None else polar.turn
        lens = flat if len(turn) == 2 else IN_SPACE

        def path(values: Array, share: float) -> Array:
            return lens(values if polar is None else values @ partly(turn, share))

        step = self._step("turn", "·R", Message("turned"), partial(_times, turn))
        return self._as(lens, step, _turn_words(polar), path)

    def _lifted(self) -> Step:
        step = self._step(
            "lift", "2D → 3D", Message("lifted"), lambda values: np.pad(values, ((0, 0), (0, 1)))
        )
        told = Message("seen in space: the plane has room to turn")
        return self._as(IN_SPACE, step, told, lambda values, share: Tilted(share)(values))

    def _flattened(self) -> Step:
        step = self._step("flatten", "3D → 2D", Message("flattened"), flat)
        told = Message("flattened: what lies above one another falls together")

        def path(values: Array, share: float) -> Array:
            return Tilted(1 - share)(values * (1, 1, 1 - share))

        return self._as(flat, step, told, path)

    def _as(
        self,
        lens: Lens | None,
        step: Step,
        what: Message,
        path: Callable[[Array, float], Array] | None = None,
    ) -> Step:
        return replace(step, told=self._told(what), lens=lens, path=path)


def bends(layer: LayerDescription) -> bool:
    """Whether a layer has an activation that does anything."""
    has_own = LAYERS[layer.class_name].activate is not None
    return has_own or layer.activation not in (None, "linear")


def moves(layer: LayerDescription) -> bool:
    """Whether a layer has a step at all."""
    return layer.class_name in ("Dense", *SCALES, NORMALISES) or bends(layer)


def _times(matrix: Array, values: Array) -> Array:
    with np.errstate(all="ignore"):
        return np.asarray(values @ matrix)


def _with_a_third(values: Array) -> Array:
    """Points of a plane (n, 2) as points of space (n, 3)."""
    return np.pad(values, ((0, 0), (0, 1)))


def _polar(kernel: Array) -> Polar | None:
    """W taken apart; None of a network that has diverged."""
    return Polar.of(kernel) if np.isfinite(kernel).all() else None


def _mix_words(n: int) -> Message:
    if n == 1:
        return Message("added up to one number")
    if n in FEW:
        return Message("mixed into {n} units", {"n": n})
    return Message("mixed into {n} units, seen in their principal plane", {"n": n})


def _stretch_words(polar: Polar | None) -> Message:
    if polar is None:
        return Message("stretched")
    longest, shortest = float(polar.stretches[0]), float(polar.stretches[-1])
    values: Mapping[str, float] = {"most": round(longest, 2), "least": round(abs(shortest), 2)}
    if polar.mirrors:
        return Message("stretched {most:g} and {least:g} times, and mirrored", values)
    return Message("stretched {most:g} and {least:g} times", values)


def _shift_words(bias: Array) -> Message:
    x, y, *z = (round(float(by), 2) for by in bias)
    if z:
        return Message("shifted by {x:g}, {y:g} and {z:g}", {"x": x, "y": y, "z": z[0]})
    return Message("shifted by {x:g} and {y:g}", {"x": x, "y": y})


def _turn_words(polar: Polar | None) -> Message:
    angle = 0.0 if polar is None else abs(polar.degrees)
    return Message("turned by {angle:.0f}°", {"angle": angle}) if angle >= LEAST else Message("not turned")
