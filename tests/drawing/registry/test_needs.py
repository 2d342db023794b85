"""Quick looks at runs."""

from __future__ import annotations

from typing import Any

import numpy as np

from replay import Replay
from replay.drawing.registry.lookup import row_of
from replay.drawing.shown import shown
from replay.errors import ViewError


def test_the_quick_look_agrees_with_what_the_views_themselves_say(make_run: Any) -> None:
    x = np.random.default_rng(0).normal(size=(40, 2)).astype(np.float32)
    runs = {
        "classes": make_run("classes.h5"),
        "regression": make_run(
            "regression.h5", data=(x, x[:, 0]), output_activation="linear", loss="mean_squared_error"
        ),
        "unknown loss": make_run("unknown.h5", loss="mine"),
        "nothing logged": make_run("silent.h5", logs=False),
    }
    suited = {}
    for kind, path in runs.items():
        evaluation = Replay(path).evaluation
        for name in ("probabilities", "losses", "curves", "confusion-matrix", "fit", "predicted", "errors"):
            suited[kind, name] = row_of(name).suits(evaluation)
            try:
                for part in shown(name, evaluation):
                    part.content.at(0)
            except ViewError:
                assert not suited[kind, name]
            else:
                assert suited[kind, name]
    assert set(suited.values()) == {True, False}
