"""The page data of views of layers: distributions, gradient flow, unit health, kernels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, TypeVar

import numpy as np

from replay.errors import ViewError
from replay.evenly import evenly
from replay.language.message import in_each_language
from replay.player.payload.network_data import multiplications
from replay.player.payload.packing import Packing
from replay.runs.evaluation import Evaluation
from replay.types import Array
from replay.views.gradient_flow import gradient_flow
from replay.views.kernels import Kernels
from replay.views.layer_curves import LayerCurves
from replay.views.layer_distributions import GRADIENTS, WEIGHTS, LayerDistributions
from replay.views.unit_health import unit_health

BINS = 100  # of a density, half of the film's
MAX_SNAPSHOTS = 200  # of distributions and kernels, evenly spread
MAX_CODES = 500_000  # bytes of each view before they are packed
MAX_LAYERS = 100
MAX_WORK = 5e10  # multiplications for the gradients of a run, some seconds
OVERHEAD = 1e6  # multiplications, as dear as the calls for a snapshot are
PASSES = 9  # as dear as a forward pass: three purposes ask for gradients, at three each

V = TypeVar("V")


@dataclass(frozen=True)
class Distributions:
    """Of one quantity at the `epochs` (s,) of a page.

    `density` (s, n_layers, BINS) has 1 where it is highest; `quartiles` (s, n_layers, 3); `shares`
    (s, n_layers, 4) are those of zeros, below and above the axis, and missing; `dots` (s, n) of each layer.
    """

    view: LayerDistributions
    epochs: Array
    density: Array
    quartiles: Array
    shares: Array
    dots: tuple[Array, ...]

    @classmethod
    def over(cls, view: LayerDistributions, epochs: Array) -> Distributions:
        """Those of a view at these epochs or, of very many, some."""
        epochs = some(epochs, len(view.names) * BINS)
        frames = [view.at(float(epoch)) for epoch in epochs]
        density = np.array([frame.density for frame in frames])
        density = density.reshape(*density.shape[:2], BINS, -1).mean(axis=-1)
        highest = density.max(axis=-1, keepdims=True)
        shares = [(frame.zero, frame.below, frame.above, frame.missing) for frame in frames]
        return cls(
            view,
            epochs,
            density / np.where(highest > 0, highest, 1),
            np.array([frame.quartiles for frame in frames]),
            np.moveaxis(np.array(shares), 1, -1),
            tuple(np.array(each) for each in zip(*(frame.dots for frame in frames), strict=True)),
        )

    def data(self, packing: Packing) -> dict[str, Any]:
        """DistributionsData."""
        view = self.view
        return {
            "quantity": view.quantity,
            "epochs": self.epochs,
            "names": view.names,
            "depths": view.depths,
            "ends": view.edges[:, [0, -1]],
            "limits": view.limits,
            "logarithmic": view.logarithmic,
            "density": packing.add_quantised(self.density, 0, 1, "uint8"),
            "quartiles": packing.add(self.quartiles, "float32"),
            "shares": packing.add_quantised(self.shares, 0, 1),
            "dots": [packing.add(dots, "float32") if dots.size else None for dots in self.dots],
        }


class LayerViews:
    """The views of layers that a run has, at `epochs` (s,) or some of them.

    Gradients are left out where they would take long: for networks that NumPy does not cover, and large ones.
    """

    def __init__(self, evaluation: Evaluation, epochs: Array) -> None:
        self.evaluation = evaluation
        self.epochs = epochs

    def data(self, packing: Packing) -> dict[str, Any]:
        """LayerViewsData."""
        kernels = self._kernels
        return {
            "distributions": [each.data(packing) for each in self._distributions],
            "curves": [_curves_data(name, curves, self.epochs, packing) for name, curves in self._curves],
            "kernels": None if kernels is None else _kernels_data(*kernels, packing),
        }

    @cached_property
    def _has_gradients(self) -> bool:
        evaluation = self.evaluation
        if not evaluation.in_numpy:
            return False
        work = sum(multiplications(layer) for layer in evaluation.recording.description.layers)
        of_snapshot = work * len(evaluation.inputs) + OVERHEAD
        return PASSES * of_snapshot * len(evaluation.recording.epochs) <= MAX_WORK

    @cached_property
    def _distributions(self) -> list[Distributions]:
        found = []
        for quantity in (WEIGHTS, *([GRADIENTS] if self._has_gradients else [])):
            with np.errstate(all="ignore"):
                view = _perhaps(partial(LayerDistributions, self.evaluation, quantity))
                if view is not None and len(view.names) <= MAX_LAYERS:
                    found.append(Distributions.over(view, self.epochs))
        return found

    @cached_property
    def _curves(self) -> list[tuple[str, LayerCurves]]:
        flow = _perhaps(lambda: gradient_flow(self.evaluation)) if self._has_gradients else None
        health = _perhaps(lambda: unit_health(self.evaluation)) if self.evaluation.in_numpy else None
        named = (("gradient-flow", flow), ("unit-health", health))
        return [
            (name, curves)
            for name, panels in named
            for curves in panels or ()
            if len(curves.names) <= MAX_LAYERS
        ]

    @cached_property
    def _kernels(self) -> tuple[Kernels, Array, Array] | None:
        """The view, its epochs, and the images at them."""
        view = _perhaps(lambda: Kernels(self.evaluation))
        if view is None:
            return None
        epochs = some(self.epochs, view.n * int(np.prod(view.image_shape)))
        return view, epochs, view.over(epochs)


def _perhaps(make: Callable[[], V]) -> V | None:
    """What `make` gives; None of a run that does not have it."""
    try:
        return make()
    except ViewError:
        return None


def some(epochs: Array, codes: int) -> Array:
    """Those of the epochs, evenly spread, that a view of so many bytes a snapshot shows."""
    most = max(2, min(MAX_SNAPSHOTS, MAX_CODES // codes))
    return epochs[evenly(len(epochs), min(most, len(epochs)))]


def _curves_data(name: str, curves: LayerCurves, epochs: Array, packing: Packing) -> dict[str, Any]:
    """LayerCurvesData at these epochs."""
    return {
        "view": name,
        "title": in_each_language(lambda: str(curves.title)),
        "epochs": epochs,
        "names": curves.names,
        "depths": curves.depths,
        "scale": curves.scale,
        "target": curves.target,
        "lines": [
            {
                "layer": line.layer,
                "dashed": line.dashed,
                "values": packing.add(line.curve.values[np.isin(line.curve.epochs, epochs)], "float32"),
            }
            for line in curves.lines
        ],
    }


def _kernels_data(view: Kernels, epochs: Array, images: Array, packing: Packing) -> dict[str, Any]:
    """KernelsData."""
    return {
        "layer": view.layer,
        "epochs": epochs,
        "n_units": view.n_units,
        "first_channel_of": view.first_channel_of,
        "limit": view.limit,
        "images": packing.add_quantised(images, -view.limit, view.limit, "uint8"),
    }
