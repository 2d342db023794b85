"""Modules of PyTorch as data: what NumPy replays gives PyTorch's own numbers, the rest is recorded whole."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.helpers.backends import need

need("torch")

import torch
from torch import nn
from torch.nn import functional as F

from replay import Replay
from replay.errors import DataError
from replay.network.in_numpy import forward
from replay.network.in_torch.describe import described, unwrapped
from replay.torch import Recorder

Array = np.ndarray
N, EPOCHS = 30, 3
RNG = np.random.default_rng(4)
POINTS = RNG.normal(size=(N, 2)).astype(np.float32)
LABELS = (POINTS[:, 0] * POINTS[:, 1] > 0).astype(np.int64) + (POINTS[:, 0] > 1)
YES = (LABELS > 0).astype(np.float32)
NUMBERS = RNG.normal(size=(N, 2)).astype(np.float32)


class Functional(nn.Module):
    """As tutorials write one: functions in place of modules, a flattening, dropout by F."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.output = nn.Linear(2, 5), nn.Linear(5, 4), nn.Linear(4, 3)
        self.drop = nn.Dropout(0.2)

    def forward(self, x: Any) -> Any:
        x = F.relu(self.first(x.view(x.size(0), -1)))
        x = F.dropout(x, 0.3, training=self.training)
        return F.log_softmax(self.output(self.drop(torch.tanh(self.second(x)))), dim=1)


class Squeezed(nn.Module):
    """One number for each sample, without an axis for the unit."""

    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(2, 3), nn.GELU(approximate="tanh"))
        self.head = nn.Linear(3, 1)

    def forward(self, x: Any) -> Any:
        return torch.sigmoid(self.head(self.net(x))).squeeze(-1)


class Exponential(nn.Module):
    """A function of a tensor's own, and a part with weights that are frozen."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden, self.output = nn.Linear(2, 4), nn.Linear(4, 1)
        self.hidden.requires_grad_(False)

    def forward(self, x: Any) -> Any:
        return self.output(self.hidden(x).exp())


class Residual(nn.Module):
    """Two blocks that values also pass by: one of layers, one of the samples themselves."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.output = nn.Linear(2, 2), nn.Linear(2, 2), nn.Linear(2, 1)
        self.norm = nn.BatchNorm1d(2)

    def forward(self, x: Any) -> Any:
        x = x + torch.tanh(self.first(x))
        return self.output(torch.add(x, F.relu(self.norm(self.second(x)))))


class Gated(nn.Module):
    """A gate by a product, and a row of three layers, as in dense nets."""

    def __init__(self) -> None:
        super().__init__()
        self.gate, self.value, self.output = nn.Linear(2, 3), nn.Linear(2, 3), nn.Linear(8, 2)

    def forward(self, x: Any) -> Any:
        value = F.silu(self.value(x))
        gated = torch.sigmoid(self.gate(x)) * value
        return self.output(torch.cat([gated, value, x], dim=1))


class Transformed(nn.Module):
    """A sum that is bent, as in ResNet, and a tensor that three layers take."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.c = nn.Linear(2, 3), nn.Linear(3, 3), nn.Linear(3, 3)
        self.inputs = nn.Linear(3, 3)

    def forward(self, x: Any) -> Any:
        x = self.a(x)
        y = F.elu(self.b(x) + self.c(x))
        y += x
        return self.inputs(y)


def chain(*layers: Any, outputs: int = 1) -> Any:
    return nn.Sequential(nn.Linear(2, 4), *layers, nn.Linear(4, outputs))


def bent(*layers: Any) -> Callable[[], Any]:
    return lambda: chain(*layers)


WEIGHTS = torch.tensor([0.5, 2.0, 1.0])
BINARY, CLASSES = nn.BCEWithLogitsLoss, nn.CrossEntropyLoss
# Models, with their loss and targets: those that NumPy replays.
MODELS: dict[str, tuple[Callable[[], Any], Any, Array]] = {
    "sigmoid": (lambda: nn.Sequential(chain(nn.Tanh()), nn.Sigmoid()), nn.BCELoss(), YES),
    "logits": (bent(nn.ReLU()), BINARY(), YES),
    "positive weight": (bent(nn.LeakyReLU(0.1)), BINARY(pos_weight=torch.tensor([3.0])), YES),
    "sum of binary": (bent(nn.ELU(0.4)), BINARY(reduction="sum"), YES),
    "weight of binary": (bent(nn.SiLU()), BINARY(weight=torch.tensor([0.7])), YES),
    "softmax logits": (lambda: chain(nn.ELU(0.3), outputs=3), CLASSES(), LABELS),
    "smoothed": (lambda: chain(nn.SELU(), outputs=3), CLASSES(label_smoothing=0.1), LABELS),
    "weighted classes": (lambda: chain(nn.CELU(0.5), outputs=3), CLASSES(WEIGHTS), LABELS),
    "weighted and smoothed": (
        lambda: chain(nn.Mish(), outputs=3),
        CLASSES(WEIGHTS, label_smoothing=0.2),
        LABELS,
    ),
    "sum over classes": (lambda: chain(nn.Hardswish(), outputs=3), CLASSES(reduction="sum"), LABELS),
    "one-hot": (lambda: chain(nn.Softsign(), outputs=3), CLASSES(), np.eye(3, dtype=np.float32)[LABELS]),
    "log-softmax": (Functional, nn.NLLLoss(), LABELS),
    "weighted log-softmax": (Functional, nn.NLLLoss(WEIGHTS), LABELS),
    "squeezed": (Squeezed, nn.BCELoss(), YES),
    "batch norm": (bent(nn.BatchNorm1d(4), nn.ReLU()), BINARY(), YES),
    "bare batch norm": (bent(nn.BatchNorm1d(4, affine=False), nn.Tanh()), BINARY(), YES),
    "layer norm": (bent(nn.LayerNorm(4), nn.Softplus()), BINARY(), YES),
    "layer norm without bias": (bent(nn.LayerNorm(4, bias=False), nn.Hardsigmoid()), BINARY(), YES),
    "prelu": (bent(nn.PReLU(4)), BINARY(), YES),
    "one prelu": (bent(nn.PReLU()), BINARY(), YES),
    "dropouts": (bent(nn.Dropout(0.4), nn.Tanh(), nn.AlphaDropout(0.2)), BINARY(), YES),
    "flattened": (
        lambda: nn.Sequential(nn.Flatten(), nn.Identity(), chain(nn.ReLU6(), nn.Flatten())),
        BINARY(),
        YES,
    ),
    "squares": (lambda: chain(nn.Hardtanh(), outputs=2), nn.MSELoss(), NUMBERS),
    "sum of squares": (lambda: chain(nn.Tanhshrink(), outputs=2), nn.MSELoss(reduction="sum"), NUMBERS),
    "absolute": (lambda: chain(nn.Softshrink(0.1), outputs=2), nn.L1Loss(), NUMBERS),
    "smooth": (lambda: chain(nn.Hardshrink(0.1), outputs=2), nn.SmoothL1Loss(beta=0.4), NUMBERS),
    "huber": (lambda: chain(nn.Threshold(0.1, -0.2), outputs=2), nn.HuberLoss(delta=0.3), NUMBERS),
    "counts": (lambda: chain(nn.LogSigmoid(), outputs=2), nn.PoissonNLLLoss(), np.abs(NUMBERS).round()),
    "double": (lambda: chain(nn.GELU()).double(), BINARY(), YES),
    "random slopes": (bent(nn.RReLU()), BINARY(), YES),
    "residual": (Residual, BINARY(), YES),
    "a gate": (Gated, nn.MSELoss(), NUMBERS),
    "a sum that is bent": (Transformed, CLASSES(), LABELS),
    "exponential": (Exponential, BINARY(), YES),
}


class Truth:
    """What PyTorch itself says of a model, at each snapshot."""

    def __init__(self, model: Any, loss: Any, targets: Array) -> None:
        self.model, self.loss = model, loss
        dtype = next(model.parameters()).dtype
        self.inputs = torch.tensor(POINTS, dtype=dtype)
        self.targets = torch.tensor(targets)
        if self.targets.is_floating_point():
            self.targets = self.targets.to(dtype)
        self.outputs: list[Array] = []
        self.losses: list[Array] = []
        self.gradients: list[dict[str, Array]] = []

    def _compared(self) -> tuple[Any, Any]:
        answers = self.model(self.inputs)
        targets = self.targets
        if targets.ndim < answers.ndim and targets.is_floating_point():
            targets = targets[:, None]
        return answers, targets

    def train(self, optimizer: Any) -> None:
        self.model.train()
        optimizer.zero_grad()
        self.loss(*self._compared()).backward()
        optimizer.step()

    def note(self) -> None:
        self.model.eval()
        answers, targets = self._compared()
        self.outputs.append(answers.detach().numpy().reshape(N, -1))
        self.model.zero_grad()
        self.loss(answers, targets).backward()
        self.gradients.append(
            {
                name: np.zeros(tuple(one.shape)) if one.grad is None else one.grad.numpy().copy()
                for name, one in self.model.named_parameters()
            }
        )
        reduction, self.loss.reduction = self.loss.reduction, "none"
        each = self.loss(*self._compared()).detach().numpy().reshape(N, -1)
        self.loss.reduction = reduction
        self.losses.append(each.sum(axis=1) if reduction == "sum" else each.mean(axis=1))


def recorded(name: str, path: Path) -> Truth:
    make, loss, targets = MODELS[name]
    torch.manual_seed(3)
    truth = Truth(make(), loss, targets)
    optimizer = torch.optim.Adam([one for one in truth.model.parameters() if one.requires_grad], 0.05)
    truth.model.train()
    recorder = Recorder(truth.model, POINTS, targets, path, loss=loss)
    truth.note()
    for _ in range(EPOCHS):
        truth.train(optimizer)
        recorder.epoch_end()
        truth.note()
    recorder.close()
    return truth


@pytest.mark.parametrize("name", MODELS)
def test_what_numpy_replays_is_what_pytorch_says(name: str, tmp_path: Path, caplog: Any) -> None:
    with caplog.at_level(logging.WARNING):
        truth = recorded(name, tmp_path / "run.h5")
    assert "recorded whole" not in caplog.text
    replay = Replay(tmp_path / "run.h5")
    description = replay.recording.description
    assert forward.covers(description)
    outputs = replay.evaluation.activations()
    np.testing.assert_allclose(outputs, truth.outputs, atol=1e-5, rtol=1e-5)
    np.testing.assert_allclose(replay.losses(), truth.losses, atol=1e-5, rtol=1e-5)
    for layer in description.layers:
        if not layer.weights:
            continue
        found = replay.evaluation.gradients(layer.name)
        for weight, values in found.items():
            expected = of_pytorch(truth, layer.name, weight)
            if expected is not None:
                np.testing.assert_allclose(values, expected, atol=1e-5, rtol=1e-5, err_msg=weight)


def of_pytorch(truth: Truth, layer: str, weight: str) -> Array | None:
    """PyTorch's gradient of a weight, in the recorded shape; None of what is no parameter."""
    names = {"kernel": "weight", "bias": "bias", "gamma": "weight", "beta": "bias", "alpha": "weight"}
    module = layer if layer[0].isalpha() and "_" not in layer else layer.partition("_")[2]
    path = f"{module}.{names.get(weight, weight)}"
    if path not in truth.gradients[0]:
        assert weight.startswith("moving"), path
        return None
    values = np.array([each[path] for each in truth.gradients])
    return values.swapaxes(1, 2) if weight == "kernel" else values


def test_a_linear_layer_and_what_bends_it_are_one_layer_named_by_its_maker(tmp_path: Path) -> None:
    recorded("log-softmax", tmp_path / "run.h5")
    layers = Replay(tmp_path / "run.h5").recording.description.layers
    assert [(layer.name, layer.class_name, layer.activation) for layer in layers] == [
        ("first", "Dense", "relu"),
        ("second", "Dense", "tanh"),
        ("drop", "Dropout", None),
        ("output", "Dense", "log_softmax"),
    ]
    recorded("sigmoid", tmp_path / "numbers.h5")
    names = [layer.name for layer in Replay(tmp_path / "numbers.h5").recording.description.layers]
    assert names == ["linear_0.0", "linear_0.2"]


class Words(nn.Module):
    def __init__(self, **arguments: Any) -> None:
        super().__init__()
        self.words, self.output = nn.Embedding(7, 3, **arguments), nn.Linear(12, 1)

    def forward(self, x: Any) -> Any:
        return self.output(self.words(x).flatten(1))


@pytest.mark.parametrize("arguments", [{}, {"padding_idx": 0}, {"max_norm": 1.0}])
def test_an_embedding_takes_whole_numbers(arguments: dict[str, Any], tmp_path: Path) -> None:
    torch.manual_seed(0)
    words, model = RNG.integers(0, 7, (N, 4)), Words(**arguments)
    recorder = Recorder(model, words, YES, tmp_path / "run.h5", loss=BINARY())
    optimizer = torch.optim.SGD(model.parameters(), 0.5)
    BINARY()(model(torch.tensor(words)), torch.tensor(YES)[:, None]).backward()
    optimizer.step()
    recorder.epoch_end()
    recorder.close()
    replay = Replay(tmp_path / "run.h5", model=model)
    assert forward.covers(replay.recording.description) == (not arguments)
    with torch.no_grad():
        expected = model(torch.tensor(words)).numpy()
    np.testing.assert_allclose(replay.evaluation.activations(epochs=[1])[0], expected, atol=1e-5)
    model.zero_grad()
    BINARY()(model(torch.tensor(words)), torch.tensor(YES)[:, None]).backward()
    found = replay.evaluation.gradients("words", epochs=[1])
    (gradient,) = found.values()
    np.testing.assert_allclose(gradient[0], model.words.weight.grad.numpy(), atol=1e-5)


def test_the_model_stays_as_it_was() -> None:
    model = chain(nn.Dropout(0.5), nn.BatchNorm1d(4))
    model[1].eval()
    state, modes = torch.get_rng_state(), [part.training for part in model.modules()]
    before = {name: one.clone() for name, one in model.state_dict().items()}
    described(model, (POINTS, YES), BINARY(), None, {}, "run.h5")
    assert torch.equal(torch.get_rng_state(), state)
    assert [part.training for part in model.modules()] == modes
    assert all(torch.equal(one, before[name]) for name, one in model.state_dict().items())
    assert not any(part._forward_hooks or part._forward_pre_hooks for part in model.modules())


class Branching(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(2, 1)

    def forward(self, x: Any) -> Any:
        return self.layer(x) if x.sum() > 0 else -self.layer(x)


class Twice(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.same, self.output = nn.Linear(2, 2), nn.Linear(2, 1)

    def forward(self, x: Any) -> Any:
        return self.output(self.same(torch.tanh(self.same(x))))


class Louder(nn.Linear):
    """Not what its base class is."""

    def forward(self, x: Any) -> Any:
        return 2 * super().forward(x)


class Calling(nn.Module):
    """Calls a function with its layer's values."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        super().__init__()
        self.layer, self.function = nn.Linear(2, 1), function

    def forward(self, x: Any) -> Any:
        return self.function(self.layer(x))


class Idle(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.used, self.idle = nn.Linear(2, 1), nn.Linear(2, 1)

    def forward(self, x: Any) -> Any:
        return self.used(x)


def tied() -> Any:
    model = nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 2), nn.Linear(2, 1))
    model[2].weight = model[0].weight
    return model


def hooked() -> Any:
    model = chain(nn.Tanh())
    model[0].register_forward_hook(lambda module, taken, given: 3 * given)
    return model


def replaced_forward() -> Any:
    model = chain(nn.Tanh())
    model[1].forward = torch.sin
    return model


def normed() -> Any:
    return nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Linear(2, 2)), nn.Tanh(), nn.Linear(2, 1))


WHOLE: dict[str, tuple[Callable[[], Any], str]] = {
    "a branch": (Branching, "cannot be traced"),
    "a layer used twice": (Twice, "more than once"),
    "a layer of somebody's": (lambda: nn.Sequential(Louder(2, 2), nn.Linear(2, 1)), "0.weight"),
    "parameters that nothing uses": (Idle, "do not use"),
    "tied weights": (tied, "share weights"),
    "a hook": (hooked, "hooks"),
    "another forward": (replaced_forward, "hooks"),
    "weight norm": (normed, "parametrizations"),
    "dropout that always acts": (lambda: Dropping(), "calls dropout"),
    "batches that normalise": (bent(nn.BatchNorm1d(4, track_running_stats=False)), "BatchNorm1d"),
    "half precision": (lambda: chain(nn.ReLU()).bfloat16(), "NumPy does not compute"),
    "another beta": (bent(nn.Softplus(beta=2.0)), "Softplus"),
    "a frozen bias": (lambda: half_frozen(), "a part is frozen"),
    "a constant": (lambda: Calling(lambda z: z + 1.0), "calls add"),
    "a sum with a factor": (lambda: Calling(lambda z: torch.add(z, z, alpha=2)), "calls add"),
    "rows of samples": (lambda: Calling(lambda z: torch.cat([z, z])[: len(z)]), "Proxy|len|cannot be traced"),
    "a stack": (lambda: Calling(lambda z: torch.stack([z, z]).sum(0)), "calls stack"),
    "nothing that it takes": (lambda: Calling(lambda z: z * torch.ones(1)), "_tensor_constant0"),
    "samples in softmax": (bent(nn.Softmax(dim=0)), "Softmax"),
}


def half_frozen() -> Any:
    model = chain(nn.Tanh())
    model[0].bias.requires_grad_(False)
    return model


class Dropping(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(2, 1)

    def forward(self, x: Any) -> Any:
        return F.dropout(self.layer(x), 1e-9)


@pytest.mark.parametrize("name", WHOLE)
def test_what_numpy_does_not_compute_is_recorded_whole_and_one_line_says_why(
    name: str, tmp_path: Path, caplog: Any
) -> None:
    make, why = WHOLE[name]
    torch.manual_seed(1)
    model = make()
    with caplog.at_level(logging.WARNING):
        recorder = Recorder(model, POINTS, YES, tmp_path / "run.h5", loss=BINARY())
    recorder.epoch_end(loss=1.0)
    recorder.close()
    assert len(caplog.messages) == 1
    assert re.search(why, caplog.text)
    assert "\n" not in caplog.messages[0]
    replay = Replay(tmp_path / "run.h5", model=model)
    model.eval()
    with torch.no_grad():
        expected = model(torch.tensor(POINTS).to(next(model.parameters()).dtype)).float().numpy()
    found = replay.evaluation.activations()
    np.testing.assert_allclose(found, np.stack([expected, expected]), atol=1e-6)


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (nn.Sequential(nn.Tanh()), "no weights"),
        (nn.Sequential(nn.Linear(3, 1)), "does not take X"),
        (nn.LSTM(2, 2), "gives tuple"),
    ],
)
def test_a_model_that_cannot_be_recorded_is_refused_in_one_line(model: Any, why: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=why) as caught:
        Recorder(model, POINTS, YES, tmp_path / "run.h5")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "run.h5").exists()


def test_a_compiled_or_spread_model_is_recorded_as_the_one_within() -> None:
    model = chain(nn.Tanh())
    assert unwrapped(torch.compile(model)) is model
    assert unwrapped(nn.DataParallel(model)) is model
