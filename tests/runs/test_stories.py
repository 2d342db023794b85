"""Twenty runs with known stories: the captions that a teacher would tell, and no sentence that is false.

The weights are written by hand. Whatever a milestone says is computed again from the weights and the log, at
every snapshot at which it may be told.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import linprog

from replay import LayerDescription, Milestone, Replay, RunDescription, RunWriter, dense
from replay.runs.milestone import latest

Array = np.ndarray
Weights = list[Array]
NAN = float("nan")

# Forty samples: the class is the side of x = 0.
SIDES = np.stack(np.meshgrid([-2, -1.5, -1, -0.5, 0.5, 1, 1.5, 2], [-1, -0.5, 0, 0.5, 1]), axis=-1).reshape(
    -1, 2
)
SIDE = (SIDES[:, 0] > 0).astype(int)
# The same samples: the class is whether x lies within 1.2 of 0.
BAND = (np.abs(SIDES[:, 0]) < 1.2).astype(int)


@dataclass
class Story:
    """A run to write, and its captions at some epochs; None where there is none."""

    layers: tuple[LayerDescription, ...]
    moments: list[Weights]
    captions: dict[float, str | None]
    inputs: Array = field(default_factory=lambda: SIDES)
    targets: Array = field(default_factory=lambda: SIDE)
    logs: dict[str, Sequence[float]] = field(default_factory=dict)  # from epoch 1 on


def two_units(activation: str) -> tuple[LayerDescription, ...]:
    return dense("hidden", 2, 2, activation), dense("output", 2, 1, "sigmoid")


def weights(one: Sequence[float], other: Sequence[float], output: Sequence[float]) -> Weights:
    """Two hidden units, each with two weights and a bias, and an output with the same."""
    rows = np.array([one, other], float)
    last = np.array(output, float)
    return [rows[:, :2].T, rows[:, 2], last[:2, None], last[2:]]


X, MINUS_X, Y = (1, 0, 0), (-1, 0, 0), (0, 1, 0)
DEAD = (0, 0, -1)
# With ReLU: by the side of x, which is right; by the side of y, which is half right; the other side of x.
RIGHT = weights(X, MINUS_X, (4, -4, 0))
BY_Y = weights(Y, (0, -1, 0), (4, -4, 0))
WRONG = weights(X, MINUS_X, (-4, 4, 0))
ALL_DEAD = weights(DEAD, DEAD, (4, -4, -1))
RELU, TANH = two_units("relu"), two_units("tanh")


def bump(n: int, at: int) -> list[float]:
    """A loss of validation that falls up to an epoch, and rises from there."""
    return [0.4 + 0.02 * abs(epoch - at) for epoch in range(1, n + 1)]


def falling(n: int) -> list[float]:
    return [0.7 * 0.85**epoch for epoch in range(1, n + 1)]


def noisy(n: int, level: float, share: float) -> list[float]:
    return (level * (1 + share * np.random.default_rng(0).uniform(-1, 1, n))).tolist()


def answering(answers: Sequence[int], n_classes: int) -> Weights:
    """One layer over an identity matrix of samples that answers each of them so."""
    return [3 * np.eye(n_classes)[list(answers)], np.zeros(n_classes)]


def softmax(n_samples: int, n_classes: int) -> tuple[LayerDescription, ...]:
    return (dense("output", n_samples, n_classes, "softmax"),)


RARE = np.vstack([SIDES[SIDE == 0][np.arange(200) % 20], [[2.0, 0.0]]])
MISSES_THE_RARE = weights(X, X, (1, 1, -9))
THREE = np.repeat([0, 1, 2], 4)
FORTY = np.repeat(np.arange(40), 2)
FITS = np.array([[1.0], [2.0], [3.0]])

STORIES: dict[str, Story] = {
    "solved early": Story(
        RELU,
        [WRONG] * 3 + [RIGHT] * 20,
        {
            0: None,
            2: None,
            3: "since epoch 3: every sample is right",
            22: "since epoch 3: every sample is right",
        },
    ),
    "solved, and lost again": Story(
        RELU,
        [WRONG] * 3 + [RIGHT] * 5 + [BY_Y] * 5,
        {
            2: None,
            3: "since epoch 3: every sample is right",
            7: "since epoch 3: every sample is right",
            8: None,
        },
    ),
    "a plateau, then a breakthrough": Story(
        RELU,
        [BY_Y] * 15 + [RIGHT] * 15,
        {
            6: "since epoch 1: the loss stays near 0.69",
            13: "epoch 13: the loss fell fastest, from 0.69 to 0.3",
            14: "epoch 13: the loss fell fastest, from 0.69 to 0.3",
            15: "since epoch 15: every sample is right",
            29: "since epoch 15: every sample is right",
        },
        logs={"loss": [0.69] * 12 + [0.3, 0.2] + [0.2 * 0.8**n for n in range(15)]},
    ),
    "flat throughout": Story(
        RELU,
        [BY_Y] * 31,
        {
            0: None,
            15: "since epoch 1: the loss stays near 0.695",
            30: "since epoch 1: the loss stays near 0.695",
        },
        logs={"loss": noisy(30, 0.695, 0.005)},
    ),
    "the loss diverges": Story(
        RELU,
        [RIGHT] * 5 + [BY_Y] * 6,
        {5: None, 7: "since epoch 7: the loss diverges", 10: "since epoch 7: the loss diverges"},
        logs={"loss": [0.5, 0.48, 0.47, 0.46, 1.0, 3.0, 9.0, 50.0, 1e9, np.inf]},
    ),
    "the weights are lost": Story(
        RELU,
        [WRONG] * 2 + [RIGHT] * 3 + [[NAN * each for each in RIGHT]] * 3,
        {4: None, 5: "since epoch 5: the weights are no longer finite"},
    ),
    "dead from the start": Story(
        RELU,
        [ALL_DEAD] * 12,
        {
            0: "since epoch 0: “hidden” is dead, so every sample gets the same answer",
            11: "since epoch 0: “hidden” is dead, so every sample gets the same answer",
        },
        logs={"loss": [0.6] * 11},
    ),
    "dies later": Story(
        RELU,
        [RIGHT] * 3 + [weights(X, DEAD, (4, -4, -1))] * 3 + [ALL_DEAD] * 9,
        {
            5: "since epoch 0: every sample is right",
            6: "since epoch 6: “hidden” is dead, so every sample gets the same answer",
            14: "since epoch 6: “hidden” is dead, so every sample gets the same answer",
        },
        logs={"loss": [0.1, 0.1, 0.3, 0.3, 0.3] + [0.6] * 9},
    ),
    "solved, and sure of it": Story(
        RELU,
        [RIGHT] * 2 + [weights(X, MINUS_X, (90, -90, 0))] * 8,
        {0: "since epoch 0: every sample is right", 9: "since epoch 0: every sample is right"},
    ),
    "one in two hundred is never found": Story(
        RELU,
        [WRONG] + [MISSES_THE_RARE] * 19,
        {0: None, 1: "since epoch 1: every sample is answered “negative”"},
        inputs=RARE,
        targets=np.array([0] * 200 + [1]),
        logs={"loss": falling(19), "accuracy": [0.995] * 19},
    ),
    "one of three classes is never answered": Story(
        softmax(12, 3),
        [answering(THREE, 3)] + [answering([0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 1, 1], 3)] * 9,
        {
            0: None,
            1: "since epoch 1: class 2 is never answered",
            9: "since epoch 1: class 2 is never answered",
        },
        inputs=np.eye(12),
        targets=THREE,
        logs={"loss": falling(9)},
    ),
    "overfits": Story(
        RELU,
        [WRONG] * 10 + [RIGHT] * 31,
        {
            14: "since epoch 10: every sample is right",
            15: "since epoch 15: held-out loss rises while training loss falls: the network overfits",
            40: "since epoch 15: held-out loss rises while training loss falls: the network overfits",
        },
        logs={"loss": falling(40), "val_loss": bump(40, 15)},
    ),
    "validation wavers, and does not overfit": Story(
        RELU,
        [WRONG] * 10 + [RIGHT] * 31,
        {
            9: "epoch 2: the loss fell fastest, from 0.595 to 0.506",
            40: "since epoch 10: every sample is right",
        },
        logs={"loss": falling(40), "val_loss": noisy(40, 0.5, 0.1)},
    ),
    "two units become one": Story(
        TANH,
        [weights(X, Y, (-1, 0, 0))] * 4 + [weights(X, (1.05, 0.01, 0), (-1, 0, 0))] * 4,
        {3: None, 4: "since epoch 4: units 1 and 2 of “hidden” carry the same signal"},
    ),
    "a line enters the data": Story(
        TANH,
        [weights((1, 0, 2.5), Y, (-1, 0, 0))] * 4 + [weights((1, 0, 1.2), Y, (-1, 0, 0))] * 4,
        {3: None, 4: "since epoch 4: the line of unit 1 of “hidden” crosses the data"},
    ),
    "a unit squashes": Story(
        TANH,
        [weights(X, Y, (-1, 0, 0))] * 4 + [weights((4, 0, 0), Y, (-1, 0, 0))] * 4,
        {3: None, 4: "since epoch 4: unit 1 of “hidden” squashes most samples"},
    ),
    "separable before it is solved": Story(
        RELU,
        [weights(Y, X, (1, 1, -1))] * 3
        + [weights((1, 0, 0), MINUS_X, (-1, -1, 0.1))] * 4
        + [weights((1, 0, 0), MINUS_X, (-4, -4, 5))] * 4,
        {
            2: None,
            3: "since epoch 3: the classes are linearly separable in “hidden”",
            7: "since epoch 7: every sample is right",
        },
        targets=BAND,
    ),
    "all samples have one class": Story(
        RELU,
        [MISSES_THE_RARE] * 4 + [weights(X, X, (1, 1, 9))] * 4,
        {0: None, 3: None, 4: "since epoch 4: every sample is right"},
        targets=np.ones(40, int),
    ),
    "forty classes": Story(
        softmax(80, 40),
        [answering(FORTY[::-1], 40)] * 2 + [answering(np.minimum(FORTY, 30), 40)] * 6,
        {1: None, 2: "since epoch 2: 9 of 40 classes are never answered"},
        inputs=np.eye(80),
        targets=FORTY,
    ),
    "a regression whose small loss goes on falling": Story(
        (dense("output", 1, 1),),
        [[np.array([[1 - 0.9**epoch]]), np.zeros(1)] for epoch in range(61)],
        {
            20: "epoch 2: the loss fell fastest, from 0.5 to 0.2",
            60: "epoch 2: the loss fell fastest, from 0.5 to 0.2",
        },
        inputs=FITS,
        targets=FITS[:, 0],
        logs={"loss": [0.5, 0.2, 0.05, *np.geomspace(0.009, 0.0001, 57)]},
    ),
    "one snapshot of an untrained network": Story(RELU, [MISSES_THE_RARE], {0: None}),
    "one snapshot of a network that is right": Story(
        RELU, [RIGHT], {0: "since epoch 0: every sample is right"}
    ),
}


def write(path: Path, story: Story) -> Replay:
    with RunWriter(path, RunDescription(story.layers), story.inputs, story.targets) as writer:
        for epoch, moment in enumerate(story.moments):
            logs = {name: values[epoch - 1] for name, values in story.logs.items()} if epoch else {}
            writer.snapshot(epoch, moment, logs or None)
        writer.finish()
    return Replay(path)


@pytest.mark.parametrize("name", STORIES)
def test_the_captions_are_those_that_a_teacher_would_tell(name: str, tmp_path: Path) -> None:
    told = write(tmp_path / "run.h5", STORIES[name]).milestones()
    for epoch, caption in STORIES[name].captions.items():
        found = latest(told, epoch)
        assert (None if found is None else found.caption) == caption, f"epoch {epoch}: {told}"


@pytest.mark.parametrize("name", STORIES)
def test_no_sentence_is_false_at_any_moment_at_which_it_may_be_told(name: str, tmp_path: Path) -> None:
    story = STORIES[name]
    for milestone in write(tmp_path / "run.h5", story).milestones():
        for epoch in range(len(story.moments)):
            if milestone.epoch <= epoch <= (milestone.until if milestone.until is not None else np.inf):
                assert Truth(story, epoch).of(milestone), f"epoch {epoch}: {milestone}"


def test_there_are_twenty_stories_and_their_sentences_are_of_all_kinds(tmp_path: Path) -> None:
    kinds = {
        milestone.kind.replace("_2_", "_N_").replace("_0_", "_N_").replace("_1_", "_N_")
        for number, story in enumerate(STORIES.values())
        for milestone in write(tmp_path / f"{number}.h5", story).milestones()
    }
    assert len(STORIES) >= 20
    assert kinds >= {
        *("diverged", "collapsed", "one_class", "class_N_never_answered", "classes_never_answered"),
        *(
            "overfitting",
            "solved",
            "solved_for_a_while",
            "plateau",
            "separable",
            "negatives_right",
            "positives_right",
        ),
        *("steepest_fall", "dead_unit", "saturated_unit", "unit_line_enters", "twin_units"),
        "positives_right",
    }


# What is true, computed again


class Truth:
    """What holds in a story at one epoch, from its weights and log alone."""

    def __init__(self, story: Story, epoch: int) -> None:
        self.story, self.epoch = story, epoch
        self.z, self.a = forward(story, epoch)
        self.output = self.a["output"]
        binary = self.output.shape[1] == 1
        self.answers = (self.output[:, 0] > 0.5).astype(int) if binary else self.output.argmax(axis=1)
        self.labels = story.targets

    def of(self, milestone: Milestone) -> bool:
        """Whether the milestone's text is true; a text that no pattern fits is an error."""
        for pattern, holds in SENTENCES.items():
            match = re.fullmatch(pattern, milestone.text)
            if match:
                return bool(holds(self, milestone, *match.groups()))
        raise AssertionError(f"no test for {milestone.text!r}")

    def right(self, label: int) -> float:
        """The share of the samples of a class that are right."""
        return float((self.answers == label)[self.labels == label].mean())

    def all_right(self, label: int) -> bool:
        others = [self.right(other) >= 0.5 for other in np.unique(self.labels)]
        return self.right(label) == 1 and all(others)

    def loss(self, epoch: float, name: str = "loss") -> float:
        return float(self.story.logs[name][int(epoch) - 1])

    def later(self) -> list[Truth]:
        return [Truth(self.story, epoch) for epoch in range(self.epoch, len(self.story.moments))]

    def separable(self, layer: str) -> bool:
        """Whether a linear program finds a plane between two classes."""
        points = np.column_stack([self.a[layer], np.ones(len(self.labels))])
        signed = -points * np.where(self.labels == 1, 1, -1)[:, None]
        answer = linprog(np.zeros(3), A_ub=signed, b_ub=-np.ones(len(points)), bounds=[(None, None)] * 3)
        return bool(answer.status == 0)


def forward(story: Story, epoch: int) -> tuple[dict[str, Array], dict[str, Array]]:
    """The pre-activations and the activations of each layer."""
    functions: dict[str | None, Callable[[Array], Array]] = {
        "relu": lambda z: np.maximum(z, 0),
        "tanh": np.tanh,
        "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
        "softmax": lambda z: np.exp(z) / np.exp(z).sum(axis=1, keepdims=True),
    }
    x, zs, activations = story.inputs.astype(float), {}, {}
    moment = iter(story.moments[epoch])
    for layer in story.layers:
        z = x @ next(moment) + next(moment)
        x = functions.get(layer.activation, lambda z: z)(z)
        zs[layer.name], activations[layer.name] = z, x
    return zs, activations


def fell(truth: Truth, milestone: Milestone, before: str, after: str) -> bool:
    losses = np.array(truth.story.logs["loss"])
    place = int(milestone.epoch) - 1
    told = float(f"{losses[place - 1]:.3g}") == float(before) and float(f"{losses[place]:.3g}") == float(
        after
    )
    return told and bool(np.diff(losses).argmin() == place - 1)


def overfits(truth: Truth, milestone: Milestone) -> bool:
    last = len(truth.story.logs["loss"])
    rises = truth.loss(last, "val_loss") > 1.05 * truth.loss(milestone.epoch, "val_loss")
    return rises and truth.loss(last) < 0.95 * truth.loss(milestone.epoch)


def diverges(truth: Truth) -> bool:
    loss = truth.loss(truth.epoch)
    return not np.isfinite(loss) or loss > 10 * truth.loss(1)


def is_dead(truth: Truth, layer: str) -> Array:
    dead: Array = (truth.a[layer] == 0).all(axis=0)
    return dead


def correlation(truth: Truth, one: str, other: str, layer: str) -> float:
    units = truth.a[layer][:, [int(one) - 1, int(other) - 1]].T
    return abs(float(np.corrcoef(units)[0, 1]))


BINARY = {"negative": 0, "positive": 1}
SENTENCES: dict[str, Callable[..., bool]] = {
    "every sample is right": lambda t, m: (t.answers == t.labels).all(),
    "every (negative|positive) is right": lambda t, m, name: t.all_right(BINARY[name]),
    r"every sample of class (\d+) is right": lambda t, m, label: t.all_right(int(label)),
    "every sample is answered “(negative|positive)”": lambda t, m, name: (
        (t.answers == BINARY[name]).all() and (t.labels != BINARY[name]).any()
    ),
    "every sample gets the same answer": lambda t, m: len(np.unique(t.answers)) == 1,
    r"class (\d+) is never answered": lambda t, m, label: (
        int(label) not in t.answers and int(label) in t.labels
    ),
    r"(\d+) of (\d+) classes are never answered": lambda t, m, n, of: (
        len({*t.labels} - {answer for later in t.later() for answer in later.answers}) == int(n)
        and len({*t.labels}) == int(of)
    ),
    "the classes are linearly separable in “(.+)”": lambda t, m, layer: t.separable(layer),
    "the loss stays near (.+)": lambda t, m, level: (
        abs(t.loss(t.epoch) / float(level) - 1) < 0.05 and t.loss(m.until) / t.loss(m.epoch) > 0.95
    ),
    "the loss fell fastest, from (.+) to (.+)": fell,
    "the loss diverges": lambda t, m: diverges(t),
    "the weights are no longer finite": lambda t, m: not np.isfinite(t.output).all(),
    "held-out loss rises while training loss falls: the network overfits": overfits,
    r"unit (\d+) of “(.+)” is dead": lambda t, m, unit, layer: is_dead(t, layer)[int(unit) - 1],
    r"unit (\d+) of “(.+)” squashes most samples": lambda t, m, unit, layer: (
        layer != "output" and (np.abs(t.z[layer][:, int(unit) - 1]) > 3).mean() > 0.5
    ),
    "“(.+)” is dead, so every sample gets the same answer": lambda t, m, layer: (
        is_dead(t, layer).all() and np.ptp(t.output) == 0
    ),
    r"the line of unit (\d+) of “(.+)” crosses the data": lambda t, m, unit, layer: (
        t.z[layer][:, int(unit) - 1].min() < 0 < t.z[layer][:, int(unit) - 1].max()
    ),
    r"units (\d+) and (\d+) of “(.+)” carry the same signal": lambda t, m, one, other, layer: (
        correlation(t, one, other, layer) > 0.999
    ),
}
