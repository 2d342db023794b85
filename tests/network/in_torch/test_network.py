"""Modules that were recorded whole and are passed again: outputs, parts and gradients are PyTorch's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.helpers.backends import need

need("torch")

import torch
from torch import nn

from replay import Replay
from replay.errors import RunFileError, ViewError
from replay.torch import Recorder

Array = np.ndarray
N, EPOCHS = 12, 2
RNG = np.random.default_rng(8)
IMAGES = RNG.normal(size=(N, 1, 6, 6)).astype(np.float32)
POINTS = RNG.normal(size=(N, 4)).astype(np.float32)
WORDS = RNG.integers(0, 9, (N, 5))
LABELS = RNG.integers(0, 3, N)
NUMBERS = RNG.normal(size=N).astype(np.float32)


def convolutional() -> Any:
    return nn.Sequential(
        *(nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(12, 3))
    )


class Attention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.words, self.attention = nn.Embedding(9, 4), nn.MultiheadAttention(4, 2, batch_first=True)
        self.head = nn.Linear(4, 3)

    def forward(self, x: Any) -> Any:
        x = self.words(x)
        return self.head(self.attention(x, x, x)[0].mean(dim=1))


class Recurrent(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.gru, self.head = nn.GRU(1, 3, batch_first=True), nn.Linear(3, 1)

    def forward(self, x: Any) -> Any:
        return self.head(self.gru(x[..., None])[0][:, -1]).squeeze(-1)


class Tied(nn.Module):
    """Two layers with one weight, whose gradient comes through both."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.head = nn.Linear(4, 4), nn.Linear(4, 4), nn.Linear(4, 3)
        self.second.weight = self.first.weight

    def forward(self, x: Any) -> Any:
        return self.head(torch.tanh(self.second(torch.tanh(self.first(x)))))


def normed() -> Any:
    return nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Linear(4, 5)), nn.Tanh(), nn.Linear(5, 3))


def frozen() -> Any:
    model = convolutional()
    model[0].requires_grad_(False)
    return model


CLASSES = nn.CrossEntropyLoss()
MODELS: dict[str, tuple[Callable[[], Any], Array, Array, Any]] = {
    "convolutional": (convolutional, IMAGES, LABELS, CLASSES),
    "weighted": (convolutional, IMAGES, LABELS, nn.CrossEntropyLoss(torch.tensor([1.0, 3.0, 0.5]))),
    "attention": (Attention, WORDS, LABELS, CLASSES),
    "recurrent": (Recurrent, POINTS, NUMBERS, nn.MSELoss()),
    "sum": (Recurrent, POINTS, NUMBERS, nn.MSELoss(reduction="sum")),
    "tied": (Tied, POINTS, LABELS, CLASSES),
    "weight norm": (normed, POINTS, LABELS, CLASSES),
    "frozen": (frozen, IMAGES, LABELS, CLASSES),
    "script": (lambda: torch.jit.script(convolutional()), IMAGES, LABELS, CLASSES),
}


def train(name: str, path: Path) -> tuple[Any, list[tuple[Array, Array, dict[str, Array]]]]:
    """The model, and at each snapshot its outputs, losses and gradients."""
    make, inputs, targets, loss = MODELS[name]
    torch.manual_seed(2)
    model = make()
    x, t = torch.tensor(inputs), torch.tensor(targets)
    optimizer = torch.optim.Adam([one for one in model.parameters() if one.requires_grad], 0.02)
    recorder = Recorder(model, inputs, targets, path, loss=loss)
    truths = [of(model, x, t, loss)]
    for _ in range(EPOCHS):
        model.train()
        optimizer.zero_grad()
        loss(model(x), t).backward()
        optimizer.step()
        recorder.epoch_end()
        truths.append(of(model, x, t, loss))
    recorder.close()
    return model, truths


def of(model: Any, x: Any, t: Any, loss: Any) -> tuple[Array, Array, dict[str, Array]]:
    model.eval()
    model.zero_grad()
    answers = model(x)
    loss(answers, t).backward()
    gradients = {
        name: np.zeros(tuple(one.shape)) if one.grad is None else one.grad.numpy().copy()
        for name, one in model.named_parameters()
    }
    reduction, loss.reduction = loss.reduction, "none"
    each = loss(answers, t).detach().numpy()
    loss.reduction = reduction
    return answers.detach().numpy().reshape(N, -1), each, gradients


@pytest.mark.parametrize("name", MODELS)
def test_a_model_that_is_passed_again_says_what_it_said(name: str, tmp_path: Path) -> None:
    model, truths = train(name, tmp_path / "run.h5")
    before = {key: value.clone() for key, value in model.state_dict().items()}
    replay = Replay(tmp_path / "run.h5", model=MODELS[name][0]())
    outputs, losses, gradients = (list(each) for each in zip(*truths, strict=True))
    np.testing.assert_allclose(replay.evaluation.activations(), outputs, atol=1e-5)
    np.testing.assert_allclose(replay.losses(), losses, atol=1e-5)
    named = dict(model.named_modules())
    compared = 0
    for layer in replay.recording.description.layers:
        path = next((one for one in named if one and layer.name.endswith(one)), None)
        for weight, found in replay.evaluation.gradients(layer.name).items():
            own = f"{path}.{'weight' if weight == 'kernel' else weight}"
            if own in gradients[0]:
                expected = np.array([each[own] for each in gradients])
                if weight == "kernel":  # inputs before units, behind the axes of space
                    expected = np.moveaxis(expected, (2, 1), (-2, -1))
                np.testing.assert_allclose(found, expected, atol=1e-5, err_msg=f"{layer.name} {weight}")
                compared += 1
    assert compared == len(gradients[0])
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())


def test_what_its_parts_give_is_there(tmp_path: Path) -> None:
    model, _ = train("convolutional", tmp_path / "run.h5")
    replay = Replay(tmp_path / "run.h5", model=model)
    found = replay.activations("conv2d_0", epochs=[EPOCHS])
    np.testing.assert_allclose(found[0], model[0](torch.tensor(IMAGES)).detach().numpy(), atol=1e-6)
    with pytest.raises(ViewError, match="unknown layer 'conv'"):
        replay.activations("conv")


def test_parts_whose_weights_were_not_recorded_are_told(tmp_path: Path) -> None:
    model = convolutional()
    Recorder(model, IMAGES, LABELS, tmp_path / "run.h5", loss=CLASSES, layers=["linear_5"]).close()
    with pytest.raises(ViewError, match="conv2d_0"):
        Replay(tmp_path / "run.h5", model=model).losses()


def test_without_the_model_or_with_another_it_is_refused_in_one_line(tmp_path: Path) -> None:
    train("convolutional", tmp_path / "run.h5")
    for given, why in ((None, "pass the model itself"), (normed(), "not the one that was recorded")):
        with pytest.raises(RunFileError, match=why) as caught:
            Replay(tmp_path / "run.h5", model=given).losses()
        assert "\n" not in str(caught.value)
    with pytest.raises(RunFileError, match="a module of PyTorch"):
        Replay(tmp_path / "run.h5", model="resnet").losses()
    assert Replay(tmp_path / "run.h5").history["loss"].shape == (EPOCHS,)


def test_kernels_have_kerass_names_and_axes(tmp_path: Path) -> None:
    model, _ = train("convolutional", tmp_path / "run.h5")
    weights = dict(Replay(tmp_path / "run.h5").recording.description.weight_paths)
    assert weights["conv2d_0/kernel"].shape == (3, 3, 1, 3)
    assert weights["linear_5/kernel"].shape == (12, 3)
    last = Replay(tmp_path / "run.h5").recording.weights_at(EPOCHS)
    np.testing.assert_array_equal(last[0][0][2, 1, 0], model[0].weight.detach().numpy()[:, 0, 2, 1])


def test_pictures_of_it_can_be_drawn(tmp_path: Path) -> None:
    model, _ = train("recurrent", tmp_path / "run.h5")
    replay = Replay(tmp_path / "run.h5", model=model)
    replay.dashboard().save(tmp_path / "run.png", epoch=1)
    assert (tmp_path / "run.png").stat().st_size > 5_000
