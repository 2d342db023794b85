"""What is said of a run is in its file, counted here by hand; and alt texts are short, whatever names are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest

from replay import RunDescription, RunWriter, compare, compose, dense, describe
from replay.drawing.registry.row import COMPOSED
from replay.drawing.registry.table import TABLE
from replay.errors import ViewError
from replay.language.catalogue import languages
from replay.language.message import speaking
from replay.network.data_description import DataDescription
from replay.replay import Replay
from replay.runs.description import MOST, Subject, clean
from replay.runs.evaluation import Evaluation
from replay.runs.recording import Recording
from tests.helpers.awkward import RUNS, awkward_run

EPOCHS = np.array([0, 1, 2, 10])
INPUTS = np.array([[-2.0], [-1.0], [1.0], [3.0]], dtype=np.float32)
LABELS = np.array([0, 0, 1, 1])
# Of four samples these are right, as the output is sigmoid(w x + b): three, then all.
WEIGHTS = [([[1.0]], [1.5]), ([[1.0]], [1.5]), ([[1.0]], [0.0]), ([[2.0]], [0.0])]
RIGHT = {0: "75%", 1: "75%", 2: "100%", 10: "100%"}


@pytest.fixture
def write(tmp_path: Path) -> Any:
    """Write a run of one layer, y = f(w x + b), whose answers are known; return its path."""

    def write(
        name: str = "run", rows: Any = None, complete: bool = True, validation_data: Any = None, **facts: Any
    ) -> Path:
        activation, targets = facts.pop("activation", "sigmoid"), facts.pop("targets", LABELS)
        held = facts.pop("held", {})
        facts = {"loss": {"name": "binary_crossentropy"}, "scenario": "line", "run": name, **facts}
        layers = (dense("output", 1, 1, activation),)
        path = tmp_path / f"{name}.h5"
        writer = RunWriter(
            path, RunDescription(layers, **facts), INPUTS, targets, validation_data=validation_data
        )
        for number, (epoch, weights) in enumerate(zip(EPOCHS, WEIGHTS, strict=True)):
            row = {"loss": 1 / epoch} if epoch else None
            row = rows[number] if rows else row
            writer.snapshot(int(epoch), [np.array(each, dtype=np.float32) for each in weights], row)
        for at, of in held.items():
            writer.hold(at, [np.array(each, dtype=np.float32) for each in WEIGHTS[-1]], of)
        if complete:
            writer.finish()
        writer.close()
        return path

    return write


def sentences(text: str) -> list[str]:
    return [sentence for sentence in text.replace(".\n", ". ").split(". ") if sentence]


def test_the_paragraph_tells_data_network_training_and_end(write: Any) -> None:
    names = DataDescription(classes=("blue", "a" * 100))
    told = describe(write(data=names, optimizer={"class": "Adam"}))
    assert told.title == "line · run"
    end = "At epoch 10, 100% of the samples are right."
    assert told.alt == f"line · run. A network learns to tell 2 classes apart. {end}"
    start = (
        "A network learns to tell 2 classes apart. The recording has 4 samples with 1 input each. "
        f"The classes are blue, {'a' * 16}…{'a' * 15}. Its layers are output (1 unit, sigmoid). "
        "It is trained with Adam on its cross-entropy. From epoch 1 to 10, its loss falls from 1 to 0.1. "
    )
    assert told.text.startswith(start)
    assert told.text.endswith(end)


@pytest.mark.parametrize("epoch", RIGHT)
def test_a_still_says_how_it_is_at_its_epoch(epoch: int, write: Any) -> None:
    told = describe(write(), epoch=epoch)
    assert told.alt.endswith(f"At epoch {epoch}, {RIGHT[epoch]} of the samples are right.")
    assert ("The training goes on to epoch 10." in told.text) == (epoch < 10)
    assert "solved" not in told.text
    happened = [each for each in Replay(write("again")).milestones() if each.epoch <= epoch]
    assert ("every sample is right" in told.text) == any(each.kind == "solved" for each in happened)


def test_each_milestone_is_told_with_its_epochs(make_run: Any) -> None:
    run = make_run(n_snapshots=9)
    replay, text = Replay(run), describe(run).text
    for milestone in replay.milestones():
        if milestone.text in text:
            assert f"epoch {milestone.epoch:g}" in text.partition(milestone.text)[0][-40:]
    assert sum(milestone.text in text for milestone in replay.milestones()) >= 1


def test_a_regression_tells_its_loss(write: Any) -> None:
    targets = np.array([-2.0, -1.0, 1.0, 2.5])
    told = describe(write(activation="linear", targets=targets, loss={"name": "mean_squared_error"}))
    error = float(((2 * INPUTS[:, 0] - targets) ** 2).mean())
    assert (
        told.alt == f"line · run. A network learns to predict numbers. At epoch 10, the loss is {error:.3g}."
    )


def test_a_loss_that_nobody_knows_is_told_as_it_was_logged(write: Any) -> None:
    told = describe(write(activation="linear", targets=LABELS + 0.5, loss={"name": "my_loss"}))
    assert told.alt.endswith("At epoch 10, the loss is 0.1.")


def test_samples_that_were_held_out_are_told_as_logged(write: Any) -> None:
    rows = [None, {"loss": 1.0, "val_loss": 2.0}, {"loss": 0.5, "val_loss": 1.25}, {"loss": 0.25}]
    assert "On the samples held out, the loss is 1.25." in describe(write(rows=rows)).text
    rows = [None, *({"loss": 1.0, "val_accuracy": share} for share in (0.25, 0.5, 0.75))]
    path = write("shares", rows=rows)
    assert "Of the samples held out, 75% are right." in describe(path).text
    assert "Of the samples held out, 50% are right." in describe(path, epoch=2).text
    assert "held out" not in describe(path, epoch=0).text


def test_of_restored_weights_is_told_what_was_logged_of_them(write: Any) -> None:
    rows = [None, *({"loss": 1.0, "val_accuracy": share} for share in (0.25, 0.5, 0.75))]
    restored, unknown = (write(name, rows=rows, held={10.5: of}) for name, of in (("a", 2), ("b", None)))
    assert "Of the samples held out, 50% are right." in describe(restored).text
    assert "Of the samples held out, 75% are right." in describe(restored, epoch=10).text
    assert "Of the samples held out" not in describe(unknown).text


def test_held_out_samples_of_the_file_are_counted(write: Any, make_run: Any) -> None:
    told = describe(write(validation_data=(INPUTS[:3], np.array([0, 1, 1]))))  # of −2, −1 and 1, one is wrong
    end = "At epoch 10, 100% of the training samples are right, 67% of those held out."
    assert told.alt == f"line · run. A network learns to tell 2 classes apart. {end}"
    assert "3 more were held out." in told.text
    assert "of the samples held out" not in told.text


def test_of_runs_side_by_side_the_held_out_samples_are_told(write: Any) -> None:
    paths = [write(name, validation_data=(INPUTS[:3], np.array([0, 1, 1]))) for name in ("one", "two")]
    assert "Held out, right at epoch 10: one 67%, two 67%." in describe(paths).alt


def test_a_loss_of_held_out_samples_is_told_beside_that_of_the_others(write: Any) -> None:
    targets, held_out = np.array([-4.0, -2.0, 2.0, 6.0]), (INPUTS[:2], np.array([-4.0, 0.0]))
    facts = {"activation": "linear", "targets": targets, "loss": {"name": "mean_squared_error"}}
    told = describe(write(validation_data=held_out, **facts))
    assert told.alt.endswith("At epoch 10, the loss is 0, and 2 on the samples held out.")


def test_inputs_target_and_classes_are_told_by_their_names(write: Any) -> None:
    names = DataDescription("species", ("Adelie", "Gentoo"), ("bill",), title="Penguins")
    told = describe(write(data=names))
    assert "The inputs are bill. The target is species. The classes are Adelie, Gentoo." in told.text
    assert told.alt.startswith("Penguins")


def test_a_recording_that_is_not_complete_says_so(write: Any) -> None:
    assert describe(write(complete=False)).text.endswith(
        "The recording is not complete: it ends at epoch 10."
    )
    assert "not complete" not in describe(write("whole")).text


def test_of_more_samples_it_says_how_many_there_were(write: Any) -> None:
    told = describe(write(subset={"of": 60_000, "positions": [0, 1, 2, 3]}))
    assert "The recording has 4 samples of 60000, with 1 input each." in told.text


def test_a_training_that_diverged_is_told_from_then_on(tmp_path: Path) -> None:
    path = awkward_run("nan-from-3", tmp_path)
    assert describe(path).alt.endswith("From epoch 3 on, its weights are no longer finite.")
    assert "of the samples are right" in describe(path, epoch=2).alt
    assert "nan" not in describe(path).text.replace("nan-from-3", "")


def test_several_inputs_are_told_without_answers(tmp_path: Path) -> None:
    path = tmp_path / "two.h5"
    inputs = {"a": np.zeros((4, 2)), "b": np.ones((4, 3))}
    description = RunDescription((dense("output", 2, 1, "sigmoid"),), loss={"name": "mse"})
    with RunWriter(path, description, inputs, np.zeros(4)) as writer:
        for epoch in range(2):
            writer.snapshot(epoch, [np.zeros((2, 1)), np.zeros(1)], {"loss": 0.5} if epoch else None)
    told = describe(path)
    assert told.alt.startswith("two. A network with several inputs or outputs is trained.")
    assert "4 samples with 5 inputs each" in told.text
    assert told.alt.endswith("At epoch 1, the loss is 0.5.")


@pytest.fixture(scope="module")
def awkward(tmp_path_factory: pytest.TempPathFactory) -> list[Evaluation]:
    folder = tmp_path_factory.mktemp("awkward")
    return [Evaluation(Recording(awkward_run(name, folder))) for name in RUNS]


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("view", TABLE)
def test_an_alt_text_is_short_and_names_the_view(view: str, language: str, awkward: list[Evaluation]) -> None:
    for evaluation in awkward:
        with speaking(language):
            told = Subject((evaluation,), TABLE[view].words).description()
            assert 20 < len(told.alt) <= MOST < 150
            if view not in COMPOSED:
                assert str(TABLE[view].called) in told.alt
            assert clean(told.text) == told.text


def test_panels_of_ones_own_are_told_by_their_titles(make_run: Any) -> None:
    _, (left, right) = plt.subplots(1, 2, figsize=(14, 5))
    replay = Replay(make_run(scenario="parabola", run="tanh"))
    space, losses = replay.build_feature_space(left), replay.build_loss_histogram(right)
    told = compose(space, losses, title="Two panels").description()
    assert told is not None
    assert told.title == "Two panels"
    for panel, axes in ((space, left), (losses, right)):
        alone = panel.description()
        assert alone is not None
        name = axes.get_title(loc="left")
        assert name
        assert alone.alt.startswith(f"parabola · tanh, {name}. A network learns to tell 2 classes apart.")
        assert name.split()[0] in told.alt


def test_a_view_or_a_title_of_any_length_leaves_the_alt_text_short(write: Any) -> None:
    evaluation = Evaluation(Recording(write()))
    for title in ("", "x", "x" * 149, "x" * 3000, "שלום " * 100):
        for views in ((), ("v",), ("v" * 300,), ("one", "two" * 100)):
            told = Subject((evaluation,), views, title).description()
            assert len(told.alt) <= MOST
            assert len(told.opening) < 150 or len(title) > 20


def test_names_of_any_kind_are_one_line_of_letters_that_can_be_written(write: Any) -> None:
    nasty = "a\n\nb\x00\x07\u202ec\ud800 <b>&amp;</b> $x$ --> क्\u200dष"
    assert clean("5\u00a0% \t of") == "5\u00a0% of"
    assert clean(nasty) == "a bc <b>&amp;</b> $x$ --> क्\u200dष"
    told = Subject((Evaluation(Recording(write())),), (), nasty).description()
    told.alt.encode()
    assert "\n" not in told.alt + told.text


def test_runs_side_by_side_are_told_each(write: Any) -> None:
    paths = [write("early", run="early"), write("late", run="late")]
    told = describe(paths)
    assert told.alt == "line. 2 trainings are shown side by side. Right at epoch 10: early 100%, late 100%."
    assert "early: At epoch 10, 100% of the samples are right." in told.text
    assert compare(paths).description(1).alt.endswith("Right at epoch 1: early 75%, late 75%.")  # type: ignore[union-attr]


def test_runs_compared_in_a_view_are_told_with_it(make_run: Any) -> None:
    told = compare([make_run(name, run=name) for name in ("a", "b")], view="weights").description()
    assert told is not None
    assert told.alt.startswith("2 runs, weights by layer. 2 trainings are shown side by side.")


def test_many_runs_or_long_names_leave_the_alt_text_short(write: Any) -> None:
    paths = [write(f"run {number} {'x' * 50}") for number in range(12)]
    told = describe(paths)
    assert (
        told.alt == "line. 12 trainings are shown side by side. At epoch 10, 100% of the samples are right."
    )
    assert told.text.count("of the samples are right") == 12


def test_a_run_without_keras_at_hand_is_told_from_its_logs(make_run: Any, monkeypatch: Any) -> None:
    run = make_run()
    monkeypatch.setattr("replay.network.in_numpy.forward.covers", lambda description: False)
    assert describe(run).alt.endswith("At epoch 4, the loss is 0.2.")


def test_what_there_is_not_is_an_error(write: Any) -> None:
    for wrong in ({"epoch": 11}, {"epoch": -1}, {"view": "nothing"}, {"language": "tlh"}):
        with pytest.raises(ViewError):
            describe(write(f"{wrong}".strip("{}").replace("'", "")), **wrong)  # type: ignore[arg-type]
    with pytest.raises(ViewError, match="pass a run file"):
        describe([])


def test_narration_begins_with_the_picture_and_ends_with_its_end(write: Any) -> None:
    animation = Replay(write()).dashboard(size=(320, 200)).animate(duration=4)
    told = animation.narration()
    assert told[0].text == "line · run. A network learns to tell 2 classes apart."
    assert told[-1].text == "At epoch 10, 100% of the samples are right."
    part = Replay(write("part")).dashboard(size=(320, 200)).animate(0, 1, duration=4).narration()
    assert part[-1].text == "At epoch 1, 75% of the samples are right."
