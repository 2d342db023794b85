"""Pipelines: transformers that are fitted once, and as layers where that is exact."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from replay.network.description import LayerDescription


def parts_of(model: Any) -> tuple[list[Any], Any]:
    """The transformers before an estimator, and the estimator itself."""
    if not isinstance(model, Pipeline):
        return [], model
    steps = [step for _, step in model.steps]
    return [step for step in steps[:-1] if step is not None and step != "passthrough"], steps[-1]


def fitted_to(transformers: Sequence[Any], X: Any, y: Any) -> Any:
    """Fit the transformers, each to what the one before makes of X: what the last one makes of it."""
    for transformer in transformers:
        X = transformer.fit_transform(X, y)
    return X


def transformed(transformers: Sequence[Any], X: Any) -> Any:
    """What fitted transformers make of X."""
    for transformer in transformers:
        X = transformer.transform(X)
    return X


def are_layers(transformers: Sequence[Any]) -> bool:
    """Whether all of them are scalers that a layer equals."""
    return all(
        type(step) is StandardScaler or (type(step) is MinMaxScaler and not step.clip)
        for step in transformers
    )


def as_layers(scalers: Sequence[Any]) -> list[LayerDescription]:
    """Fitted scalers as layers: "scaler_1", …."""
    return [_as_layer(step, f"scaler_{number}") for number, step in enumerate(scalers, start=1)]


def _as_layer(step: Any, name: str) -> LayerDescription:
    n = step.n_features_in_
    if type(step) is StandardScaler:
        mean = np.zeros(n) if step.mean_ is None or not step.with_mean else step.mean_
        deviation = np.ones(n) if step.scale_ is None else step.scale_
        config = {"mean": mean.tolist(), "variance": (np.asarray(deviation) ** 2).tolist()}
        return LayerDescription(name, "Normalization", n, config=config, shape=(n,), trainable=False)
    config = {"scale": step.scale_.tolist(), "offset": step.min_.tolist()}
    return LayerDescription(name, "Rescaling", n, config=config, shape=(n,), trainable=False)
