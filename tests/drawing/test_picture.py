"""Each view by name is a picture of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from replay import Replay
from replay.drawing.composition import Composition
from replay.drawing.panels.backprop import BackpropPanel
from replay.drawing.panels.before_after import AfterActivationPanel, BeforeActivationPanel
from replay.drawing.panels.calibration import CalibrationPanel
from replay.drawing.panels.clipping import ClippingPanel
from replay.drawing.panels.collapsed_plane import CollapsedPlanePanel
from replay.drawing.panels.confusion_matrix import ConfusionMatrixPanel
from replay.drawing.panels.contributions import ContributionsPanel
from replay.drawing.panels.cross_entropy import CrossEntropyPanel
from replay.drawing.panels.curves import LossAndMetricPanel
from replay.drawing.panels.decision_boundary import DecisionBoundaryPanel
from replay.drawing.panels.error_histogram import ErrorHistogramPanel
from replay.drawing.panels.feature_space import FeatureSpacePanel
from replay.drawing.panels.fitted_curve import FittedCurvePanel
from replay.drawing.panels.kernels import KernelsPanel
from replay.drawing.panels.layer_curves import LayerCurvesPanel
from replay.drawing.panels.layer_distributions import LayerDistributionsPanel
from replay.drawing.panels.layer_product import LayerProductPanel
from replay.drawing.panels.linear_regions import LinearRegionsPanel
from replay.drawing.panels.loss_histogram import LossHistogramPanel
from replay.drawing.panels.mistakes import MistakesPanel
from replay.drawing.panels.morph import StagePanel
from replay.drawing.panels.most_wrong import MostWrongPanel
from replay.drawing.panels.network import NetworkPanel
from replay.drawing.panels.neuron_activation import NeuronActivationPanel
from replay.drawing.panels.neuron_plane import NeuronPlanePanel
from replay.drawing.panels.neuron_threshold import NeuronThresholdPanel
from replay.drawing.panels.predictions import PredictedAgainstTruePanel, ResidualsPanel
from replay.drawing.panels.probability_histogram import ProbabilityHistogramPanel
from replay.drawing.panels.softmax_loss import SoftmaxLossPanel
from replay.drawing.panels.softmax_shares import SoftmaxSharesPanel
from replay.drawing.panels.softmax_temperature import SoftmaxTemperaturePanel
from replay.drawing.panels.space import SpacePanel
from replay.drawing.panels.sparsity import SparsityPanel
from replay.drawing.panels.step import StepPanel
from replay.drawing.panels.threshold import PrecisionRecallPanel, ThresholdPanel
from replay.drawing.panels.trajectory import TrajectoryPanel
from replay.drawing.panels.transfer import TransferPanel
from replay.drawing.panels.units import UnitsPanel
from replay.drawing.registry.row import COMPOSED
from replay.drawing.registry.table import TABLE as VIEWS
from replay.drawing.sizes import SIZES, Size
from replay.errors import OutputError, ViewError
from replay.views.layer_distributions import QUANTITIES
from tests.conftest import MakeRun, maker_of_runs
from tests.helpers.pictures import faults
from tests.helpers.regressions import OF_NUMBERS, of_numbers
from tests.helpers.suited import OF_A_STEP, OF_IMAGES, OF_RELU, OF_TWO_CLASSES, STEP

PANELS = {
    "feature-space": [FeatureSpacePanel],
    "before-after": [BeforeActivationPanel, AfterActivationPanel],
    "decision-boundary": [DecisionBoundaryPanel],
    "units": [UnitsPanel],
    "linear-regions": [LayerCurvesPanel, LinearRegionsPanel],
    "region-count": [LayerCurvesPanel],
    "linear-collapse": [CollapsedPlanePanel, LayerProductPanel],
    "mistakes": [DecisionBoundaryPanel, MistakesPanel],
    "softmax": [SoftmaxSharesPanel, SoftmaxLossPanel, SoftmaxTemperaturePanel],
    "cross-entropy": [CrossEntropyPanel],
    "threshold": [ThresholdPanel, PrecisionRecallPanel],
    "calibration": [CalibrationPanel],
    "sparsity": [SparsityPanel, LayerCurvesPanel],
    "neuron": [NeuronPlanePanel, NeuronThresholdPanel, NeuronActivationPanel],
    **{name: [NetworkPanel] for name in ("network", "network-gradients", "network-changes")},
    "morph": [StagePanel] * 11,
    "stages": [StagePanel] * 11,
    "space": [SpacePanel],
    "step": [StepPanel, NetworkPanel],
    "probabilities": [ProbabilityHistogramPanel] * 4,
    "losses": [LossHistogramPanel],
    "curves": [LossAndMetricPanel],
    "curves-after": [LossAndMetricPanel],
    "confusion-matrix": [ConfusionMatrixPanel],
    "most-wrong": [MostWrongPanel],
    "kernels": [KernelsPanel],
    **{quantity: [LayerDistributionsPanel] for quantity in QUANTITIES},
    "activations": [TransferPanel, TransferPanel, LayerDistributionsPanel],
    "transfer": [TransferPanel] * 3,
    "fit": [FittedCurvePanel, ContributionsPanel],
    "predicted": [PredictedAgainstTruePanel],
    "residuals": [ResidualsPanel],
    "errors": [ErrorHistogramPanel],
    "gradient-flow": [LayerCurvesPanel],
    "backprop": [BackpropPanel],
    "updates": [LayerCurvesPanel],
    "step-sizes": [LayerCurvesPanel],
    "clipping": [ClippingPanel] * 2,
    "trajectory": [TrajectoryPanel],
    "unit-health": [LayerCurvesPanel],
    "normalisation": [LayerCurvesPanel, LayerCurvesPanel],
}
Show = Callable[..., Composition]


@pytest.fixture(scope="module")
def make_shared(tmp_path_factory: pytest.TempPathFactory) -> MakeRun:
    """Write a run that many tests look at, and none changes."""
    return maker_of_runs(tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="module")
def replay(make_shared: MakeRun) -> Replay:
    clips = {"class": "SGD", "clipvalue": 0.1}
    return Replay(make_shared(units=(2, 2, 5, 2, 4), data=_four_classes(), optimizer=clips))


@pytest.fixture(scope="module")
def show(make_shared: MakeRun, replay: Replay) -> Show:
    """A view of a run that has it: of images of 4×4 pixels, of ReLU units, or of points of a plane."""
    inputs = np.random.default_rng(0).uniform(size=(120, 4, 4)).astype(np.float32)
    of_images = Replay(
        make_shared("images.h5", units=(16, 2, 5, 2, 4), data=(inputs.reshape(120, 16), np.arange(120) % 4))
    )
    of_relu = Replay(make_shared("relu.h5", units=(2, 2, 5, 2, 4), activation="relu", data=_four_classes()))
    two = (_four_classes()[0], np.arange(120) % 2)
    of_two = Replay(make_shared("two.h5", units=(2, 5, 1), data=two))
    of_a_step = Replay(make_shared("step.h5", data=two, **STEP))
    others = {
        **dict.fromkeys(OF_IMAGES, of_images),
        **dict.fromkeys(OF_RELU, of_relu),
        **dict.fromkeys(OF_TWO_CLASSES, of_two),
        **dict.fromkeys(OF_A_STEP, of_a_step),
    }
    others |= dict.fromkeys(OF_NUMBERS, Replay(make_shared("numbers.h5", **of_numbers())))
    return lambda name, **options: others.get(name, replay).view(name, **options)


def _four_classes() -> tuple[np.ndarray, np.ndarray]:
    return np.random.default_rng(0).normal(size=(120, 2)).astype(np.float32), np.arange(120) % 4


@pytest.mark.slow
@pytest.mark.parametrize("name", PANELS)
def test_each_view_has_its_panels(show: Show, name: str) -> None:
    assert set(PANELS) | set(COMPOSED) == set(VIEWS)
    assert [type(panel) for panel in show(name).panels] == PANELS[name]


@pytest.mark.slow
@pytest.mark.parametrize(
    "size",
    [None, *(pytest.param(size, marks=pytest.mark.slow) for size in (SIZES["story"], Size(1200, 300)))],
)
@pytest.mark.parametrize("name", PANELS)
def test_no_words_overlap_or_leave_the_picture(show: Show, name: str, size: Size | None) -> None:
    composition = show(name, size=size)
    for epoch in (0, 4):
        assert faults(composition.plot(epoch), composition.style) == []


@pytest.mark.parametrize(
    ("size", "columns"), [(Size(400, 800), 1), (Size(600, 600), 2), (Size(1200, 300), 4)]
)
def test_panels_stand_in_as_many_columns_as_there_is_room_for(
    replay: Replay, size: Size, columns: int
) -> None:
    panels: list[Any] = replay.view("probabilities", size=size).panels
    left = {round(panel.axes.get_position().x0, 3) for panel in panels}
    assert len(left) == columns


@pytest.mark.slow
@pytest.mark.parametrize("size", [None, SIZES["square"], SIZES["story"], Size(1200, 300)])
def test_ten_classes_have_a_histogram_each(make_run: Any, size: Size | None) -> None:
    inputs = np.random.default_rng(0).normal(size=(60, 2)).astype(np.float32)
    replay = Replay(make_run(units=(2, 2, 10), data=(inputs, np.arange(60) % 10)))
    composition = replay.view("probabilities", size=size)
    names = [panel.name for panel in composition.panels]  # type: ignore[attr-defined]
    assert names == [f"Class {label}" for label in range(10)]
    if size != Size(1200, 300):  # no page for ten
        assert faults(composition.plot(2), composition.style) == []


def test_very_many_classes_share_one_histogram(make_run: Any) -> None:
    inputs = np.random.default_rng(0).normal(size=(60, 2)).astype(np.float32)
    replay = Replay(make_run(units=(2, 2, 20), data=(inputs, np.arange(60) % 20)))
    (panel,) = replay.view("probabilities").panels
    assert panel.name == "All samples"  # type: ignore[attr-defined]


def test_curves_have_no_legend_of_classes(replay: Replay) -> None:
    assert replay.view("curves").figure.legends == []
    assert len(replay.view("losses").figure.legends) == 1


def test_a_layer_can_be_chosen_for_the_feature_space(replay: Replay) -> None:
    for layer in ("hidden_1", "hidden_3"):
        (panel,) = replay.view("feature-space", layer=layer).panels
        assert panel.axes.get_title("left") == f"Feature space of layer “{layer}”"  # type: ignore[attr-defined]
    (panel,) = replay.view("feature-space").panels
    assert panel.view.layer == "hidden_3"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("name", "layer", "message"),
    [
        ("feature-spaces", None, "did you mean feature-space"),
        ("", None, "unknown view"),
        ("losses", "hidden_1", "a layer is chosen for the views feature-space, .*, not for losses"),
        ("dashboard", "hidden_1", "not for dashboard"),
        ("feature-space", "hiden_1", "did you mean hidden_1"),
    ],
)
def test_what_is_no_view_is_refused(replay: Replay, name: str, layer: str | None, message: str) -> None:
    with pytest.raises(ViewError, match=message):
        replay.view(name, layer=layer)


@pytest.mark.parametrize("name", VIEWS)
def test_a_size_that_makes_no_picture_is_refused(show: Show, name: str) -> None:
    with pytest.raises(OutputError, match="99x99"):
        show(name, size=Size(99, 99))


def test_units_are_chosen_for_the_feature_space_alone(replay: Replay) -> None:
    (panel,) = replay.view("feature-space", layer="hidden_2", units=(2, 5)).panels
    axes = panel.axes  # type: ignore[attr-defined]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("tanh unit 2", "tanh unit 5")
    with pytest.raises(
        ViewError, match=r"units are chosen for the views feature-space, .*neuron, not for weights"
    ):
        replay.view("weights", units=(1, 2))


def test_a_layer_can_be_chosen_for_distributions(replay: Replay) -> None:
    (panel,) = replay.view("weights", layer="hidden_2").panels
    assert panel.view.names == ("hidden_2",)  # type: ignore[attr-defined]
