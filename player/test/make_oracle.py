"""What NumPy computes, for the tests of the page's JavaScript: writes oracle.json beside this file.

    python player/test/make_oracle.py

Its arrays are packed as a page carries them (`player/src/types.d.ts`).
"""

from __future__ import annotations

import base64
import gzip
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from replay.network import activations
from replay.network.description import LayerDescription, RunDescription, WeightDescription, dense
from replay.network.in_numpy.forward import Network
from replay.network.losses import losses
from replay.player.payload.diagram_data import diagram_data
from replay.player.payload.fit_data import fit_data
from replay.player.payload.neurons_data import neurons_data
from replay.player.payload.paths_data import POINTS, Paths
from replay.player.payload.script_json import plain_json
from replay.runs.evaluation import Evaluation
from replay.runs.recording import Recording
from replay.runs.regression import r2_at
from replay.runs.steps import step_at
from replay.runs.task import Task
from replay.runs.without import without
from replay.storage.writer import RunWriter
from replay.views.contributions import Contributions
from replay.views.fit import fit
from replay.views.fitted_curve import FittedCurve
from replay.views.fitted_surface import FittedSurface
from replay.views.loss_surface import LossSurface
from replay.views.neuron_threshold import NeuronThreshold
from replay.views.predictions import PredictedAgainstTrue, Residuals
from replay.views.residual_plane import ResidualPlane
from replay.views.shared.geometry import Limits, mesh
from replay.views.shared.histogram import Bins, count
from replay.views.shared.unit import Unit
from replay.views.trajectory import Trajectory, times
from replay.views.view import View

Array = NDArray[Any]
Ref = dict[str, Any]
Shape = tuple[int, ...]
PATH = Path(__file__).with_name("oracle.json")
# Losses for numbers with arguments.
OF_NUMBERS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("half_squared_error", {}),
    ("mean_absolute_error", {}),
    ("huber", {}),
    ("huber", {"delta": 0.4}),
    ("smooth_l1", {"beta": 0.4}),
    ("poisson_of_log", {}),
    ("log_cosh", {}),
    ("poisson", {}),
    ("quantile", {"q": 0.9}),
    ("mean_absolute_percentage_error", {}),
    ("mean_squared_logarithmic_error", {}),
)
LOSS = {"name": "mean_squared_error"}
EPOCHS = (0.0, 1.0, 2.5, 6.0)
MOMENTS = (0.0, 1.75, 6.0)
LAST_CODE = {"uint8": 255, "uint16": 65535}


class Packing:
    """Arrays one behind the other, and what to find them by."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def add(self, values: Array, dtype: str = "float32") -> Ref:
        """Append an array and return how to find it."""
        values = np.asarray(values)
        ref = {"at": len(self._bytes), "shape": list(values.shape), "dtype": dtype}
        self._bytes += values.astype(np.dtype(dtype).newbyteorder("<")).tobytes()
        self._bytes += bytes(-len(self._bytes) % 4)
        return ref

    def add_quantised(self, values: Array, low: float, high: float) -> Ref:
        """Append an array as it is: codes may differ by one from machine to machine."""
        return self.add(values)

    def packed(self) -> str:
        """All arrays as a page carries them."""
        return base64.b64encode(gzip.compress(bytes(self._bytes), mtime=0)).decode()


def oracle() -> dict[str, Any]:
    """Everything that oracle.json holds."""
    packing, rng = Packing(), np.random.default_rng(6)
    with np.errstate(all="ignore"):
        content = {
            "arrays": _arrays(packing.add),
            "activations": _activations(packing.add),
            "layers": _layers(packing.add, rng),
            "losses": _losses(packing.add, rng),
            "histograms": _histograms(packing.add, rng),
            "runs": _runs(packing.add, rng),
            "fits": _fits(packing.add, rng),
            "paths": _paths(packing, rng),
        }
    return {**content, "packed": packing.packed()}


Add = Callable[..., Ref]


def _arrays(add: Add) -> list[dict[str, Any]]:
    """Quantised arrays of two snapshots, and what each snapshot holds."""
    cases = []
    for dtype, low, high, log in (
        ("uint8", -1.5, 2.0, False),
        ("uint16", -40.0, 80.0, False),
        ("uint16", -18.0, 3.0, True),
    ):
        last = LAST_CODE[dtype]
        codes = np.array([[0, 1, last - 1, last], [last // 2, 7, 100, last]])
        values = np.where(codes == last, np.nan, low + codes / (last - 1) * (high - low))
        ref = {**add(codes, dtype), "quantised": {"low": low, "high": high, "log": log}}
        cases.append({"ref": ref, "values": add(np.exp(values) if log else values)})
    return cases


def _activations(add: Add) -> list[dict[str, Any]]:
    """Every activation of the catalogue, with and without its arguments."""
    sides = np.array([1e-8, 0.1, 0.5, 0.8, 1, 1.5, 2, 3, 4.5, 6, 7.2, 12, 20, 50, 90, 200, 1e4, np.inf])
    numbers = np.concatenate([-sides[::-1], [0, np.nan], sides]).astype(np.float32)
    rows = np.array(
        [[1, 2, 3, 4], [0, 0, 0, 0], [90, -90, 0, 200], [-1e4, 1e4, 1e4, 3], [0.2, 0.25, -0.4, 0.3]],
        dtype=np.float32,
    )
    maps = np.linspace(-2, 3, 24, dtype=np.float32).reshape(2, 4, 3) ** 2
    broken = np.array([[1, np.nan, 2, 0]], dtype=np.float32)
    arguments: dict[str, list[dict[str, Any]]] = {
        "relu": [
            {"max_value": 2.0},
            {"negative_slope": 0.1, "threshold": 1.0, "max_value": 3.0},
            {"threshold": 0.8},
        ],
        "leaky_relu": [{"negative_slope": 0.3}],
        "elu": [{"alpha": 1.7}],
        "celu": [{"alpha": 0.6}],
        "squareplus": [{"b": 1.0}],
        "soft_shrink": [{"threshold": 0.8}],
        "hard_shrink": [{"threshold": 0.8}],
        "gelu": [{"approximate": True}],
        "softmax": [{"axis": -2}],
        "glu": [{"axis": -2}],
    }
    needed = {"threshold": [{"threshold": 0.5, "default_value": -2.0}]}
    cases = []
    z_numbers, z_rows, z_maps, z_broken = add(numbers), add(rows), add(maps), add(broken)
    for name, activation in activations.CATALOGUE.items():
        for given in needed.get(name, [{}, *arguments.get(name, [])]):
            if activation.derivative is not None:
                inputs = [(numbers, z_numbers)]
            elif given:
                inputs = [(maps, z_maps)]
            else:
                inputs = [(rows, z_rows), (broken, z_broken)]
            # The page's numbers have double precision on the way: float32 would lose √(z² + b) − |z| here.
            dtype = np.float64 if name == "squareplus" else np.float32
            cases += [
                {"name": name, "arguments": given, "z": ref, "a": add(activation(z.astype(dtype), **given))}
                for z, ref in inputs
            ]
    return cases


def _layers(add: Add, rng: np.random.Generator) -> list[dict[str, Any]]:
    """Every kind of layer that has a way of its own, with what it makes of an input."""
    softly: dict[str, Any] = {"activation_arguments": {"negative_slope": 0.3}}
    moving: dict[str, Shape] = {"moving_mean": (3,), "moving_variance": (3,)}
    scaled: dict[str, Shape] = {"gamma": (3,), "beta": (3,), **moving}
    cases: list[tuple[str, dict[str, Any], dict[str, Shape], Shape, str | None]] = [
        ("Dense", {}, {"kernel": (3, 4), "bias": (4,)}, (3,), "tanh"),
        ("Dense", {}, {"kernel": (3, 2)}, (4, 3), "softmax"),
        ("BatchNormalization", {"axis": -1, "epsilon": 0.01}, scaled, (3,), None),
        ("BatchNormalization", {"axis": 1}, scaled, (3, 2), None),
        ("BatchNormalization", {"axis": 2}, moving, (2, 3, 2), None),
        ("LayerNormalization", {"axis": [-1]}, {"gamma": (3,), "beta": (3,)}, (2, 3), None),
        ("LayerNormalization", {"axis": [-2, -1], "epsilon": 0.1}, {"gamma": (2, 3)}, (2, 3), None),
        ("Normalization", {"axis": [-1]}, {"mean": (3,), "variance": (3,)}, (3,), None),
        ("Normalization", {"mean": [[0.5, -1.0, 2.0]], "variance": [[0.0, 4.0, 9.0]]}, {}, (3,), None),
        ("Normalization", {"mean": 1.5, "variance": 4.0, "invert": True}, {}, (3,), None),
        ("Normalization", {"mean": [[1.0], [2.0]], "variance": 4.0}, {}, (2, 3), None),
        ("Rescaling", {"scale": 0.25, "offset": -1.0}, {}, (3,), None),
        ("Rescaling", {"scale": [1.0, 2.0, 3.0], "offset": 0.5}, {}, (2, 3), None),
        ("Flatten", {}, {}, (2, 3), None),
        ("Reshape", {"target_shape": [3, -1]}, {}, (2, 3), None),
        ("PReLU", {}, {"alpha": (3,)}, (3,), "prelu"),
        ("PReLU", {}, {"alpha": (1, 3)}, (2, 3), "prelu"),
        ("PReLU", {}, {"alpha": (2, 1)}, (2, 3), "prelu"),
        ("ReLU", softly, {}, (3,), "relu"),
        ("Softmax", {"activation_arguments": {"axis": -1}}, {}, (3,), "softmax"),
        ("Activation", {}, {}, (3,), "selu"),
        ("Dropout", {}, {}, (3,), None),
    ]
    return [_layer(add, rng, *case) for case in cases]


def _layer(
    add: Add,
    rng: np.random.Generator,
    class_name: str,
    config: dict[str, Any],
    shapes: dict[str, Shape],
    input_shape: Shape,
    activation: str | None,
) -> dict[str, Any]:
    weights = {name: rng.uniform(0.3, 1.7, shape).astype(np.float32) for name, shape in shapes.items()}
    x = rng.normal(0, 2, (4, *input_shape)).astype(np.float32)
    described = tuple(WeightDescription(name, shape) for name, shape in shapes.items())
    layer = LayerDescription("layer", class_name, activation=activation, config=config, weights=described)
    network, of_one = Network([layer]), [array[None] for array in weights.values()]
    return {
        "layer": _layer_data(layer, {name: add(array[None]) for name, array in weights.items()}),
        "inputs": add(x),
        "z": add(network.evaluate(x, of_one, "layer", before_activation=True)[0]),
        "a": add(network.evaluate(x, of_one)[0]),
    }


def _layer_data(layer: LayerDescription, weights: dict[str, Ref]) -> dict[str, Any]:
    return {
        "name": layer.name,
        "class_name": layer.class_name,
        "units": layer.units,
        "activation": layer.activation,
        "config": layer.config,
        "weights": weights,
    }


def _losses(add: Add, rng: np.random.Generator) -> list[dict[str, Any]]:
    """All losses, from probabilities and from logits."""
    z = rng.normal(0, 3, (6, 3)).astype(np.float32)
    z[0], z[1] = (200, -200, 0), (np.nan, 1, 2)
    z[2] = (40, 0, -40)
    labels = np.array([0, 1, 2, 2, 0, 1], dtype=np.float32)
    one_hot, chances = np.eye(3, dtype=np.float32)[labels.astype(int)], activations.softmax(z)
    yes = (labels > 0).astype(np.float32)
    column = z[:, :1]
    pixels, answers = rng.integers(0, 2, (3, 2, 2, 1)), rng.uniform(size=(3, 2, 2, 1)).astype(np.float32)
    sure = np.array([[0], [1], [1], [0.5], [np.nan], [1e-9]], dtype=np.float32)
    smooth = {"label_smoothing": 0.1}
    floor = {"from_outputs": True, "least_log": -100}  # PyTorch's
    logits, weighted = {"from_logits": True, "from_outputs": True}, {"weights": [0.5, 2.0, 1.0]}
    cases: list[tuple[str, dict[str, Any], Array, Array, Array | None]] = [
        ("binary_crossentropy", {}, yes, sure, None),
        ("binary_crossentropy", smooth, yes, sure, None),
        ("binary_crossentropy", {}, yes, activations.sigmoid(column), column),
        ("binary_crossentropy", smooth, yes, activations.sigmoid(column), column),
        ("binary_crossentropy", {"from_logits": True}, yes, column, None),
        ("binary_crossentropy", {}, one_hot, activations.sigmoid(z), z),
        ("binary_crossentropy", {}, pixels, answers, None),
        ("categorical_crossentropy", {}, one_hot, chances, None),
        ("categorical_crossentropy", smooth, one_hot, 2 * chances, None),
        ("categorical_crossentropy", {}, one_hot, chances, z),
        ("categorical_crossentropy", smooth | {"from_logits": True}, one_hot, z, None),
        ("sparse_categorical_crossentropy", {}, labels, chances, None),
        ("sparse_categorical_crossentropy", {}, labels, chances, z),
        ("sparse_categorical_crossentropy", {"from_logits": True}, labels[:, None], z, None),
        ("binary_crossentropy", {"from_outputs": True}, yes, activations.sigmoid(column), column),
        ("categorical_crossentropy", {"from_outputs": True}, one_hot, activations.sigmoid(z), z),
        ("sparse_categorical_crossentropy", {"from_outputs": True}, labels, activations.softplus(z), None),
        ("binary_crossentropy", floor | {"weights": [2.0, 0.5, 1.0]}, one_hot, activations.sigmoid(z), z),
        ("binary_crossentropy", logits | {"positive_weights": [3.0, 1.0, 0.2]}, one_hot, z, None),
        ("binary_crossentropy", logits | {"reduction": "sum"}, pixels, answers, None),
        ("sparse_categorical_crossentropy", logits | weighted | smooth, labels, z, None),
        ("categorical_crossentropy", logits | weighted, one_hot, z, None),
        ("smooth_l1", {"beta": 0.5, "reduction": "sum"}, one_hot, z, None),
        ("mean_squared_error", {}, labels, sure, None),
        ("mean_squared_error", {}, one_hot, 1e20 * z, None),
        *((name, given, one_hot, z, None) for name, given in OF_NUMBERS),
        *((name, given, labels, sure, None) for name, given in OF_NUMBERS),
    ]
    return [
        {
            "loss": {"name": name, **given},
            "targets": add(targets),
            "outputs": add(outputs),
            "logits": None if logits is None else add(logits),
            "losses": add(
                losses(
                    {"name": name, **given}, targets, outputs[None], None if logits is None else logits[None]
                )[0]
            ),
        }
        for name, given, targets, outputs, logits in cases
    ]


def _histograms(add: Add, rng: np.random.Generator) -> list[dict[str, Any]]:
    """Values within bins, on their edges, outside and not finite."""
    cases = []
    even, geometric = np.linspace(0, 1, 21), np.geomspace(2e-5, 3.0, 31)
    # Rounding beside an edge depends on the machine: edges moved by as little show that it is mended.
    moved = [edges * (1 + 1e-6 * np.sin(np.arange(len(edges)))) for edges in (even, geometric)]
    for edges, log in ((even, False), (geometric, True), (moved[0], False), (moved[1], True)):
        beside = np.nextafter(edges.astype(np.float32), np.float32(0))
        inside = rng.uniform(edges[0], edges[-1], 40)
        odd = [np.nan, np.inf, -np.inf, -1e-9, -5, 0, 1e30]
        values = np.concatenate([edges, beside, inside, odd]).astype(np.float32)
        correct, bins = rng.integers(0, 2, len(values)).astype(bool), Bins(edges, log)
        members = np.flatnonzero(rng.integers(0, 2, len(values)))
        frame = count(0.0, values[members], correct[members], bins)
        cases.append(
            {
                "edges": edges.tolist(),
                "log": log,
                "values": add(values),
                "correct": add(correct, "uint8"),
                "members": add(members, "int32"),
                "positions": add(bins.positions(values), "int32"),
                "right": frame.right.tolist(),
                "wrong": frame.wrong.tolist(),
                "missing": frame.missing,
            }
        )
    return cases


def _runs(add: Add, rng: np.random.Generator) -> list[dict[str, Any]]:
    """Runs as pages carry them, and what each answers at snapshots and between them."""
    inputs = rng.uniform(-2, 2, (24, 2)).astype(np.float32)
    two = (inputs[:, 1] > inputs[:, 0] ** 2 - 1).astype(np.float32)
    three = two + (inputs[:, 0] > 0)
    amounts = (inputs**2).sum(axis=1)
    runs: list[tuple[Shape, tuple[str, ...], Array, dict[str, Any]]] = [
        ((2, 16, 16, 2, 1), ("tanh", "gelu", "elu", "sigmoid"), two, {"name": "binary_crossentropy"}),
        ((2, 2, 1), ("tanh", "linear"), two, {"name": "binary_crossentropy", "from_logits": True}),
        ((2, 3, 3), ("relu", "softmax"), three, {"name": "sparse_categorical_crossentropy"}),
        (
            (2, 2, 3),
            ("silu", "linear"),
            three,
            {"name": "sparse_categorical_crossentropy", "from_logits": True},
        ),
        ((2, 2, 1), ("softplus", "linear"), amounts, {"name": "mean_squared_error"}),
    ]
    return [_run(add, rng, inputs, *run) for run in runs]


def _run(
    add: Add,
    rng: np.random.Generator,
    inputs: Array,
    units: Sequence[int],
    functions: Sequence[str],
    targets: Array,
    loss: dict[str, Any],
) -> dict[str, Any]:
    with _recorded(rng, inputs, units, functions, targets, loss) as (evaluation, weights):
        return {
            **_page_run(add, evaluation, weights, inputs, targets),
            "moments": [_moment(add, evaluation, epoch) for epoch in MOMENTS],
            **_units(add, evaluation, 1.75),
        }


@contextmanager
def _recorded(
    rng: np.random.Generator,
    inputs: Array,
    units: Sequence[int],
    functions: Sequence[str],
    targets: Array,
    loss: dict[str, Any],
) -> Iterator[tuple[Evaluation, list[Array]]]:
    """A run of EPOCHS with weights at random, as long as it is needed, and its weights, (s, …) each."""
    layers = tuple(
        dense(f"layer {position}", n_in, n_out, function)
        for position, (n_in, n_out, function) in enumerate(zip(units, units[1:], functions, strict=False))
    )
    description = RunDescription(layers=layers, loss=loss)
    shapes = [weight.shape for _, weight in description.weight_paths]
    snapshots = [[rng.normal(0, 0.7, shape).astype(np.float32) for shape in shapes] for _ in EPOCHS]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.h5"
        writer = RunWriter(path, description, inputs, targets)
        for epoch, weights in zip(EPOCHS, snapshots, strict=True):
            writer.snapshot(epoch, weights, None)
        writer.finish()
        writer.close()
        yield Evaluation(Recording(path)), [np.stack(arrays) for arrays in zip(*snapshots, strict=True)]


def _page_run(
    add: Add, evaluation: Evaluation, weights: list[Array], inputs: Array, targets: Array
) -> dict[str, Any]:
    """What a page carries of the run of a chain."""
    stacked, task = iter(weights), evaluation.task
    described = evaluation.recording.description
    return {
        "epochs": list(EPOCHS),
        "task": {"kind": task.kind, "n_classes": task.n_classes, "from_logits": task.from_logits},
        "network": {
            "layers": [
                _layer_data(layer, {weight.name: add(next(stacked)) for weight in layer.weights})
                for layer in described.layers
            ],
            "loss": described.loss,
        },
        "inputs": add(inputs),
        "targets": add(targets),
        "labels": None if task.labels is None else add(task.labels, "int32"),
    }


def _fits(add: Add, rng: np.random.Generator) -> list[dict[str, Any]]:
    """Regressions of one, two and three inputs, of one target and of two."""
    line = np.sort(rng.uniform(-2, 2, (20, 1)), axis=0).astype(np.float32)
    wide = rng.uniform(-2, 2, (20, 3)).astype(np.float32)
    return [
        _fit(add, rng, line, (1, 12, 1), ("relu", "linear"), np.sin(line[:, 0])),
        _fit(add, rng, line, (1, 3, 4, 2), ("tanh", "elu", "linear"), np.hstack([line**2, np.cos(line)])),
        _fit(add, rng, wide[:, :2], (2, 5, 1), ("tanh", "linear"), (wide[:, :2] ** 2).sum(axis=1)),
        _fit(add, rng, wide, (3, 4, 2), ("silu", "linear"), wide[:, :2] ** 2),
    ]


def _fit(
    add: Add,
    rng: np.random.Generator,
    inputs: Array,
    units: Sequence[int],
    functions: Sequence[str],
    targets: Array,
) -> dict[str, Any]:
    with _recorded(rng, inputs, units, functions, targets.astype(np.float32), LOSS) as (evaluation, weights):
        page, epoch = fit_data(evaluation), 1.75
        assert page is not None
        return {
            **_page_run(add, evaluation, weights, inputs, targets),
            "fit": _plain(page),
            "epoch": epoch,
            "r2": add(r2_at(evaluation, epoch)),
            "moment": _fitted(add, fit(evaluation), epoch),
        }


def _fitted(add: Add, parts: Sequence[View], epoch: float) -> dict[str, Any]:
    """The arrays of the parts of a fit, each under its name."""
    found: dict[str, Any] = {}
    for part in parts:
        frame = part.at(epoch)
        match part:
            case FittedCurve():
                names = ("x", "answers", "predicted", "hinges", "heights")
                found |= {name: add(getattr(frame, name)) for name in names}
            case Contributions():
                names = ("parts", "others", "bias", "total")
                found |= {"along": add(frame.x), **{name: add(getattr(frame, name)) for name in names}}
            case FittedSurface():
                points = mesh(part.limits, 100)[::37]
                found |= {"places": add(points), "values": add(frame.values.reshape(-1)[::37])}
                found["levels"] = [add(np.concatenate(lines)) if lines else None for lines in frame.contours]
            case ResidualPlane() | Residuals():
                found["residuals"] = add(frame.residuals)
            case PredictedAgainstTrue():
                found["predicted"] = add(frame.predicted)
    return found


def _plain(value: Any) -> Any:
    """Page data as JSON has them, numbers with seven digits: more depend on the machine."""
    return json.loads(plain_json(value), parse_float=lambda text: float(f"{float(text):.7g}"))


def _paths(packing: Packing, rng: np.random.Generator) -> list[dict[str, Any]]:
    """Paths over loss surfaces: of two runs on one that shows all weights, and of one that is projected."""
    inputs = rng.uniform(-1, 1, (16, 1)).astype(np.float32)
    targets = (2 * inputs[:, 0] + 0.5).astype(np.float32)
    small, large = ((1, 1), ("linear",)), ((1, 3, 1), ("tanh", "linear"))
    return [_together(packing, rng, inputs, targets, runs) for runs in ((small, small), (large,))]


def _together(
    packing: Packing, rng: np.random.Generator, inputs: Array, targets: Array, runs: Sequence[Any]
) -> dict[str, Any]:
    with ExitStack() as stack:
        recorded = [_recorded(rng, inputs, *run, targets, LOSS) for run in runs]
        evaluations = [stack.enter_context(each)[0] for each in recorded]
        paths, surface = Paths(evaluations, asked=True), LossSurface(evaluations)
        views = [Trajectory(one, surface, place, fan=False) for place, one in enumerate(evaluations)]
        (page,) = paths.surfaces(packing)
        x, y = page["limits"]
        points = rng.uniform((x[0], y[0]), (x[1], y[1]), (40, 2))
        logarithmic = bool(page.pop("heights")["quantised"].get("log"))
        return {
            "surface": _plain(page),
            "logarithmic": logarithmic,
            "heights": packing.add(np.minimum(surface.over(Limits(x, y), POINTS), surface.ceiling)),
            "paths": [paths.path(place, np.array(EPOCHS), packing) for place in range(len(runs))],
            "points": packing.add(points),
            "losses": packing.add(np.minimum(surface.losses(points), surface.ceiling)),
            "moments": [
                [_on_the_way(packing.add, view, epoch, Limits(x, y)) for epoch in (*MOMENTS, 2.5)]
                for view in views
            ],
        }


def _on_the_way(add: Add, view: Trajectory, epoch: float, shown: Limits) -> dict[str, Any]:
    frame = view.at(epoch)
    return {
        "epoch": epoch,
        "way": add(frame.path),
        "step": add(frame.step),
        "times": times(frame.step, shown),
        "loss": add(frame.loss),
        "off": add((frame.off, frame.loss_on_plane)) if frame.is_off else None,
    }


def _units(add: Add, evaluation: Evaluation, epoch: float) -> dict[str, Any]:
    """The network's diagram, the network without some units, and its neurons of two inputs."""
    diagram, moment = diagram_data(evaluation), evaluation.at(epoch)
    assert diagram is not None
    described = evaluation.recording.description.layers
    shown = {column["layers"][0]: column["shown"] for column in diagram["columns"][1:]}
    neurons = neurons_data(evaluation, shown, set(shown))
    before, after = (evaluation.recording.weights_at(each) for each in step_at(evaluation.recording, epoch))
    taken = {described[0].name: [1], **({described[1].name: [3, 4]} if len(described) > 3 else {})}
    rest = without(evaluation, taken).at(epoch)
    narrow = len(described) == 2  # pictures of a wide network would fill the file
    points = mesh(Limits((-2.0, 2.0), (-2.5, 2.5)), 24)
    return {
        "diagram": diagram,
        "pictures": [add(moment.evaluate(points, layer.name).T) for layer in described] if narrow else None,
        "weights": [add(each[0]) for each in moment.weights],
        "changes": [add((new - old)[0]) for old, new in zip(before, after, strict=True)],
        "taken": taken,
        "without": {"outputs": add(rest.activations(described[-1].name)), "losses": add(rest.losses)},
        "neurons": neurons,
        "thresholds": [
            _threshold(add, Unit(evaluation, layer["layer"], unit["number"]), epoch)
            for layer in neurons
            for unit in layer["units"]
        ],
    }


def _threshold(add: Add, unit: Unit, epoch: float) -> dict[str, Any]:
    view = NeuronThreshold(unit)
    sides = view.at(epoch).sides
    return {
        "z": add(unit.z(epoch)),
        "above": sides.above.tolist(),
        "below": sides.below.tolist(),
        "right": sides.right,
        "sum_limits": list(view.limits),
        "speaks_for": unit.speaks_for,
    }


def _moment(add: Add, evaluation: Evaluation, epoch: float) -> dict[str, Any]:
    moment, task = evaluation.at(epoch), evaluation.task
    layers = [layer.name for layer in evaluation.recording.description.layers]
    found: dict[str, Any] = {
        "epoch": epoch,
        "activations": {layer: add(moment.activations(layer)) for layer in layers},
        "losses": add(moment.losses),
    }
    if task.labels is not None:
        found |= _classes(add, task, moment.probabilities)
    return found


def _classes(add: Add, task: Task, probabilities: Array) -> dict[str, Any]:
    by_class = task.by_class(probabilities)
    return {
        "by_class": add(by_class),
        "of_true_class": add(by_class[np.arange(len(by_class)), task.class_labels]),
        "predicted": add(by_class.argmax(axis=-1), "int32"),
        "correct": add(task.correct(probabilities), "uint8"),
    }


if __name__ == "__main__":
    PATH.write_text(plain_json(oracle()) + "\n")
