"""The columns of a network's diagram: which layers they join, and which units they show."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from replay import Replay, RunDescription, RunWriter, dense
from replay.errors import ViewError
from replay.network.description import LayerDescription, WeightDescription
from replay.views.shared.columns import columns_of, last_finite, those_that_matter


def written(folder: Path, *layers: LayerDescription, sample: tuple[int, ...] = (2,), **facts: Any) -> Replay:
    description = RunDescription(layers, **facts)
    shapes = [weight.shape for _, weight in description.weight_paths]
    rng = np.random.default_rng(0)
    x = rng.normal(size=(6, *sample)).astype(np.float32)
    with RunWriter(folder / "run.h5", description, x, np.arange(6) % 2) as writer:
        writer.snapshot(0, [rng.normal(size=shape).astype(np.float32) for shape in shapes])
    return Replay(folder / "run.h5")


def norm(n: int) -> LayerDescription:
    names = ("gamma", "beta", "moving_mean", "moving_variance")
    weights = tuple(WeightDescription(name, (n,)) for name in names)
    return LayerDescription("norm", "BatchNormalization", n, config={"axis": -1}, weights=weights)


def test_what_follows_a_dense_layer_belongs_to_its_column(tmp_path: Path) -> None:
    layers = (
        LayerDescription("flat", "Flatten", 4),
        dense("first", 4, 3),
        norm(3),
        LayerDescription("bend", "ReLU", 3, activation="relu"),
        LayerDescription("drop", "Dropout", 3),
        dense("last", 3, 1, "sigmoid"),
    )
    inputs, hidden, output = columns_of(written(tmp_path, *layers, sample=(2, 2)).recording)
    assert [column.n for column in (inputs, hidden, output)] == [4, 3, 1]
    assert [column.name for column in (inputs, hidden, output)] == ["", "first", "last"]
    assert [column.end for column in (inputs, hidden, output)] == ["flat", "drop", "last"]
    assert hidden.steps == ("BatchNormalization", "relu") and output.steps == ("sigmoid",)
    assert hidden.acting.name == "bend" and inputs.steps == ()


def test_a_network_without_hidden_layers_has_two_columns(make_run: Any) -> None:
    inputs, output = columns_of(Replay(make_run(units=(2, 1))).recording)
    assert (inputs.n, inputs.end, output.n) == (2, None, 1)


@pytest.mark.parametrize(
    ("layers", "facts", "message"),
    [
        ([dense("a", 2, 1)], {"chain": False, "output_layer": "a"}, "its layers branch"),
        (
            [LayerDescription("conv", "Conv2D", 3), dense("a", 2, 1)],
            {},
            "a chain of Dense layers, and 'conv' is a Conv2D: show weights instead",
        ),
        ([LayerDescription("flat", "Flatten", 2)], {}, "this one has 0"),
        ([dense(f"d{n}", 2, 2) for n in range(40)], {}, "1 to 39 Dense layers in a chain, and this .* 40"),
        ([dense("a", 2, 3), replace(dense("b", 3, 1), recorded=False)],
         {}, "needs all weights, and the weights of 'b' were not recorded"),
    ],
)  # fmt: skip
def test_another_network_is_refused_in_a_line(
    tmp_path: Path, layers: list[LayerDescription], facts: dict[str, Any], message: str
) -> None:
    with pytest.raises(ViewError, match=message) as error:
        columns_of(written(tmp_path, *layers, **facts).recording)
    assert "\n" not in str(error.value)


def test_a_layer_that_reads_a_part_at_a_time_is_refused(tmp_path: Path) -> None:
    replay = written(tmp_path, dense("a", 3, 2), sample=(5, 3))
    with pytest.raises(ViewError, match="'a' reads 3 of the 15 values before it at once"):
        columns_of(replay.recording)


def test_of_many_units_those_are_shown_that_reach_the_next_layer_most(make_run: Any) -> None:
    replay = Replay(make_run(units=(2, 20, 1), activation="relu"))
    columns = list(those_that_matter(replay.evaluation, columns_of(replay.recording), 5))
    activations = replay.activations("hidden", epochs=[4])[0]
    kernel = replay.weights("output", [4])["kernel"][0]
    matter = [np.mean([abs(a) for a in activations[:, unit]]) * abs(kernel[unit, 0]) for unit in range(20)]
    assert columns[1].shown.tolist() == sorted(sorted(range(20), key=lambda unit: -matter[unit])[:4])
    assert columns[1].rest == 16 and columns[0].rest == columns[2].rest == 0


def test_what_matters_is_judged_before_the_weights_diverge(tmp_path: Path) -> None:
    x, kernel = np.eye(2, dtype=np.float32), np.ones((2, 1), np.float32)
    with RunWriter(tmp_path / "run.h5", RunDescription((dense("output", 2, 1),)), x, np.arange(2)) as writer:
        for epoch, value in enumerate((1.0, 2.0, np.nan)):
            writer.snapshot(epoch, [kernel * np.float32(value), np.zeros(1, np.float32)])
    assert last_finite(Replay(tmp_path / "run.h5").recording) == 1
