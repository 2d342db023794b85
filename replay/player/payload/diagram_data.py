"""Page data of the network's diagram: its columns, which units are drawn, and scales over the run."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from replay.errors import ViewError
from replay.runs.evaluation import Evaluation
from replay.runs.unit_states import condition_of
from replay.runs.without import can_be_without
from replay.views.kernels import Kernels
from replay.views.network import CHANGES, Network
from replay.views.shared.columns import Column
from replay.views.shared.unit_pictures import IMAGE


def diagram_data(evaluation: Evaluation) -> dict[str, Any] | None:
    """DiagramData; None of a network that is no chain of Dense layers.

    The page draws the units that the films draw. It has weights and what follows from them: their changes.
    Gradients need a backward pass, which it lacks.
    """
    try:
        view = Network(evaluation)
        changes = Network(evaluation, CHANGES)
    except ViewError:
        return None
    return {
        "kind": view.kind,
        "limits": {"weights": view.limit, "changes": changes.limit},
        "image": _image(evaluation) if view.kind == IMAGE else None,
        "columns": [
            {
                "layers": [layer.name for layer in column.layers],
                "n": column.n,
                "shown": column.shown.tolist(),
                "range": list(ends),
                "steps": list(column.steps),
                "takes": column.reads and can_be_without(evaluation.recording, column.layers[0]),
                "state": _state(column) if 0 < place < len(view.columns) - 1 else None,
            }
            for place, (column, ends) in enumerate(zip(view.columns, view.ranges, strict=True))
        ],
    }


def _state(column: Column) -> dict[str, Any] | None:
    """When a unit of the column hardly learns."""
    found = [condition for layer in column.layers if (condition := condition_of(layer))]
    return asdict(found[0]) if found else None


def _image(evaluation: Evaluation) -> dict[str, Any]:
    """How the first layer's kernels are images, in the channels' mean, and the end of their scale."""
    kernels = Kernels(evaluation)
    return {"height": kernels.image_shape[0], "width": kernels.image_shape[1], "limit": kernels.limit}
