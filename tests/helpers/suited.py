"""The networks that views need: arguments of `make_run` for those that not any run has."""

from __future__ import annotations

from typing import Any

OF_IMAGES = ("most-wrong", "kernels")
OF_RELU = ("linear-regions", "region-count", "sparsity")
OF_TWO_CLASSES = ("cross-entropy", "threshold")
OF_SEVERAL_CLASSES = ("softmax",)
OF_A_STEP = ("mistakes",)
OF_CLIPPING = ("clipping",)
CLIPPED = {"class": "SGD", "clipvalue": 0.1}
STEP: dict[str, Any] = {"units": (2, 1), "output_activation": "step", "loss": "mean_squared_error"}


def suited(view: str, hidden: tuple[int, ...], n_classes: int) -> dict[str, Any]:
    """Arguments for a run that has the view: its `units`, and more, for images of 4×4 pixels or a plane.

    The network has so many classes where the view lets it, and else 2 or 3.
    """
    if view in OF_A_STEP:
        return STEP
    if view in OF_TWO_CLASSES:
        n_classes = 2
    if view in OF_SEVERAL_CLASSES:
        n_classes = max(3, n_classes)
    units = (16 if view in OF_IMAGES else 2, *hidden, 1 if n_classes == 2 else n_classes)
    given: dict[str, Any] = {"units": units, "activation": "relu" if view in OF_RELU else "tanh"}
    return given | ({"optimizer": CLIPPED} if view in OF_CLIPPING else {})


def n_classes_of(given: dict[str, Any]) -> int:
    """The number of classes of such a run."""
    return max(2, int(given["units"][-1]))
