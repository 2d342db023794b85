"""The table of views: everything that lists, checks or draws views reads it.

It loads a view and its panel only when they are drawn, so that the command line's help can read it, too.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from replay.errors import RunFileError, ViewError, unknown
from replay.language.message import Message

if TYPE_CHECKING:  # matplotlib is loaded by drawing alone
    from replay.drawing.panels.panel import Panel
    from replay.runs.evaluation import Evaluation
    from replay.views.view import View

DASHBOARD, ARTICLE, WHY = COMPOSED = "dashboard", "article", "why"  # several views at once
# Views that the answers of a model suffice for.
FROM_ANSWERS = (
    *("decision-boundary", "fit", "predicted", "residuals", "errors", "probabilities"),
    *("cross-entropy", "threshold", "calibration", "losses", "curves", "curves-after", "confusion-matrix"),
    "most-wrong",
)
LAYER, UNITS, SAMPLE = "layer", "units", "sample"  # options that some views take
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")  # of a view: it becomes part of a file's name


class Row(NamedTuple):
    """One view.

    `view` makes what the panels draw from an evaluation and the options that it `takes`: one view or several,
    each for a panel of its own. It and the class `panel` are written "module:name" until they are used; parts
    of several kinds have a panel each, by the name of the part's class. `fixed` are further arguments of
    `view`. With `first_large`, the other parts are small beside the first; one that is `wide` has many
    columns. `needs` says in words what a run needs to have the view; `suits` is a quick look at a run, by
    which the dashboard chooses. `legend` names the classes above the picture. A `plane` is as high as it is
    wide. A page can begin with what is `on_page`. Panels of the row `beside` stand beside this one's where
    the run has them; where it takes a layer, its `view` makes the first and the last alone with `ends`.
    `film` makes a film that stays at one epoch, and goes through the network or moves a cut-off instead;
    `told` gives the subject of its description, and `sheet` makes its contact sheet, where that has no
    epochs either. `called` is what a sentence calls the view. `together` is a function that draws it of
    several runs on one figure, where there is one.
    """

    name: str
    caption: str
    view: Any = None
    panel: Any = None
    needs: str = ""
    suits: Callable[[Evaluation], bool] = lambda evaluation: True
    takes: tuple[str, ...] = ()
    fixed: Mapping[str, Any] = MappingProxyType({})
    legend: bool = False
    plane: bool = False
    on_page: bool = False
    beside: str = ""
    first_large: bool = False
    wide: bool = False
    film: str = ""
    told: str = ""
    sheet: str = ""
    called: Message | None = None
    together: str = ""

    @property
    def words(self) -> tuple[Message | str, ...]:
        """What a description calls the view; nothing for the dashboard, which is the usual picture."""
        if self.name in COMPOSED:
            return ()
        return (self.called or self.name.replace("-", " "),)

    @property
    def at_one_epoch(self) -> bool:
        """Whether films stay at one epoch."""
        return bool(self.film)

    @property
    def is_own(self) -> bool:
        """Whether a user made it."""
        return isinstance(self.view, type)


def _has_classes(evaluation: Evaluation) -> bool:
    return evaluation.all_recorded and evaluation.task.n_classes > 0


def _has_losses(evaluation: Evaluation) -> bool:
    from replay.network.losses import is_known

    answers = evaluation.all_recorded and evaluation.recording.input_shape is not None
    return answers and is_known(evaluation.recording.description.loss)


def _predicts_numbers(evaluation: Evaluation) -> bool:
    from replay.runs.regression import objection

    try:
        return objection(evaluation) is None
    except RunFileError:  # nobody can rebuild the network: what was logged is left
        return False


def _has_curves(evaluation: Evaluation) -> bool:
    if evaluation.recording.history:
        return True
    return evaluation.at_hand and _predicts_numbers(evaluation)


CLASSES, LOSS = "classes", "a loss that Replay knows"
NUMBERS = "numbers to predict"
DENSE = "a chain of Dense layers"
PLANE = "2-D inputs, a chain of layers that NumPy computes"


def _distributions(name: str, caption: str, **more: Any) -> Row:
    return Row(
        name,
        caption,
        "views.layer_distributions:layer_distributions",
        "drawing.panels.layer_distributions:LayerDistributionsPanel",
        takes=(LAYER,),
        fixed={"quantity": name},
        together="drawing.compared_distributions:distributions_of_runs",
        **more,
    )


def _network(name: str, caption: str, quantity: str, **more: Any) -> Row:
    return Row(
        name,
        caption,
        "views.network:Network",
        "drawing.panels.network:NetworkPanel",
        fixed={"quantity": quantity},
        legend=True,
        plane=True,
        **more,
    )


def _layer_curves(name: str, caption: str, view: str, **more: Any) -> Row:
    return Row(name, caption, view, "drawing.panels.layer_curves:LayerCurvesPanel", **more)


TABLE: dict[str, Row] = {
    row.name: row
    for row in (
        Row(
            DASHBOARD,
            "several of the views below; with more than four classes, also the confusion matrix",
            legend=True,
            plane=True,
            on_page=True,
        ),
        Row(
            ARTICLE,
            "the articles' arrangement of them: one large view, small ones beside it",
            legend=True,
            plane=True,
        ),
        Row(
            WHY,
            "why the boundary bends: input plane with units, network and feature space",
            needs="2-D inputs, classes, a chain of Dense layers",
            legend=True,
            plane=True,
            on_page=True,
        ),
        Row(
            "feature-space",
            "the samples in a layer's plane: of its two units, a chosen pair, its `readout` or `pca`",
            "views.feature_space:feature_spaces",
            "drawing.panels.feature_space:FeatureSpacePanel",
            "a hidden layer with 2 units or more",
            takes=(LAYER, UNITS),
            legend=True,
            plane=True,
            on_page=True,
            called=Message("feature space"),
        ),
        Row(
            "before-after",
            "the plane of a layer before its activation and after it, on one scale: folded or squashed",
            "views.before_after:before_after",
            {
                "BeforeActivation": "drawing.panels.before_after:BeforeActivationPanel",
                "AfterActivation": "drawing.panels.before_after:AfterActivationPanel",
            },
            "a hidden layer of 2 units, layers that NumPy computes",
            takes=(LAYER,),
            legend=True,
            plane=True,
            called=Message("before and after f"),
        ),
        Row(
            "space",
            "the samples in the space of three units, or on a slow `tour` of planes through that of more",
            "views.space:space",
            "drawing.panels.space:SpacePanel",
            "a hidden layer with 3 units or more",
            takes=(LAYER, UNITS),
            legend=True,
            plane=True,
            called=Message("space of units"),
        ),
        Row(
            "decision-boundary",
            "the predicted class across the input plane",
            "views.decision_boundary:DecisionBoundary",
            "drawing.panels.decision_boundary:DecisionBoundaryPanel",
            "2-D inputs",
            legend=True,
            plane=True,
            on_page=True,
            called=Message("decision boundary"),
        ),
        _network(
            "network",
            "units with what each answers to, and the weights between them",
            "weights",
            needs=DENSE,
            on_page=True,
            called=Message("network"),
        ),
        _network(
            "network-gradients",
            "the same with the gradient of the loss in place of the weights",
            "gradients",
            needs=f"{DENSE}, {LOSS}",
            called=Message("network with its gradients"),
        ),
        _network(
            "network-changes",
            "the same with the change from one snapshot to the next",
            "changes",
            needs=DENSE,
            called=Message("network with its changes"),
        ),
        Row(
            "step",
            "what a step does: how far samples and weights move, and which samples push",
            "views.step:steps",
            {
                "Step": "drawing.panels.step:StepPanel",
                "Network": "drawing.panels.network:NetworkPanel",
            },
            f"a hidden layer with 2 units or more, {DENSE}, {LOSS}",
            takes=(LAYER, UNITS),
            legend=True,
            plane=True,
            on_page=True,
            called=Message("what a step does"),
        ),
        Row(
            "units",
            "what each unit does in the input plane: its line, the boundary's kinks, deeper lines",
            "views.units:Units",
            "drawing.panels.units:UnitsPanel",
            "2-D inputs, a hidden layer",
            legend=True,
            plane=True,
            on_page=True,
            called=Message("units in the input plane"),
        ),
        Row(
            "linear-regions",
            "where a network of the ReLU family is linear: exact cells, coloured by slope, with their number",
            "views.linear_regions:LinearRegions",
            "drawing.panels.linear_regions:LinearRegionsPanel",
            "2-D inputs, layers that are piecewise linear",
            legend=True,
            plane=True,
            beside="region-count",
            on_page=True,
            called=Message("linear regions"),
        ),
        _layer_curves(
            "region-count",
            "how many linear regions there are after each layer",
            "views.linear_regions:region_count",
            needs="2-D inputs, layers that are piecewise linear",
            called=Message("number of linear regions"),
        ),
        Row(
            "linear-collapse",
            "the layers' matrices multiplied out to one, and its line beside the network's boundary",
            "views.linear_collapse:linear_collapse",
            {
                "CollapsedPlane": "drawing.panels.linear_collapse:CollapsedPlanePanel",
                "LayerProduct": "drawing.panels.linear_collapse:LayerProductPanel",
            },
            "a chain of two Dense layers or more",
            legend=True,
            plane=True,
            called=Message("layers multiplied out"),
        ),
        Row(
            "neuron",
            "one unit: its weighted sum, the threshold with right and wrong, the activation",
            "views.neuron:neuron",
            {
                "NeuronPlane": "drawing.panels.neuron_plane:NeuronPlanePanel",
                "TruthTable": "drawing.panels.truth_table:TruthTablePanel",
                "WeightedInputs": "drawing.panels.weighted_inputs:WeightedInputsPanel",
                "NeuronThreshold": "drawing.panels.neuron_threshold:NeuronThresholdPanel",
                "NeuronActivation": "drawing.panels.neuron_activation:NeuronActivationPanel",
            },
            "a Dense layer",
            takes=(LAYER, UNITS),
            legend=True,
            on_page=True,
            first_large=True,
            called=Message("single neuron"),
        ),
        Row(
            "fit",
            "what a regression has learnt: its curve and what units add, its surface, or predicted and true",
            "views.fit:fit",
            {
                "FittedCurve": "drawing.panels.fitted_curve:FittedCurvePanel",
                "Contributions": "drawing.panels.contributions:ContributionsPanel",
                "FittedSurface": "drawing.panels.fitted_surface:FittedSurfacePanel",
                "ResidualPlane": "drawing.panels.residual_plane:ResidualPlanePanel",
                "PredictedAgainstTrue": "drawing.panels.predictions:PredictedAgainstTruePanel",
                "Residuals": "drawing.panels.predictions:ResidualsPanel",
            },
            NUMBERS,
            _predicts_numbers,
            legend=True,
            on_page=True,
            called=Message("fit"),
        ),
        Row(
            "predicted",
            "predicted against true numbers, with R²",
            "views.predictions:PredictedAgainstTrue",
            "drawing.panels.predictions:PredictedAgainstTruePanel",
            NUMBERS,
            _predicts_numbers,
            legend=True,
            plane=True,
            called=Message("predicted against true numbers"),
        ),
        Row(
            "residuals",
            "the residual of each sample, true − predicted, against its prediction",
            "views.predictions:Residuals",
            "drawing.panels.predictions:ResidualsPanel",
            NUMBERS,
            _predicts_numbers,
            legend=True,
            called=Message("residuals"),
        ),
        Row(
            "errors",
            "the distribution of the errors, true − predicted, with mean and spread",
            "views.error_histogram:ErrorHistogram",
            "drawing.panels.error_histogram:ErrorHistogramPanel",
            NUMBERS,
            _predicts_numbers,
            legend=True,
            called=Message("errors of predictions"),
        ),
        Row(
            "probabilities",
            "how sure the network is: a histogram per class, or one for more than 12 classes",
            "views.probability_histogram:probability_histograms",
            "drawing.panels.probability_histogram:ProbabilityHistogramPanel",
            CLASSES,
            _has_classes,
            legend=True,
            on_page=True,
            called=Message("probabilities"),
        ),
        Row(
            "mistakes",
            "the mistakes of a perceptron while it learns, against Novikoff's bound, and its line",
            "views.mistakes:mistakes",
            {
                "DecisionBoundary": "drawing.panels.decision_boundary:DecisionBoundaryPanel",
                "Mistakes": "drawing.panels.mistakes:MistakesPanel",
            },
            "one Dense layer of one step unit, accuracy",
            legend=True,
            called=Message("mistakes of the perceptron"),
        ),
        Row(
            "softmax",
            "one sample's logits, their powers and shares, −log p of its class, and the temperature",
            "views.softmax:softmax",
            {
                "SoftmaxShares": "drawing.panels.softmax:SoftmaxSharesPanel",
                "SoftmaxLoss": "drawing.panels.softmax:SoftmaxLossPanel",
                "SoftmaxTemperature": "drawing.panels.softmax:SoftmaxTemperaturePanel",
            },
            "classes, a softmax output",
            takes=(SAMPLE,),
            legend=True,
            first_large=True,
            called=Message("softmax of a sample"),
        ),
        Row(
            "cross-entropy",
            "the loss of each sample by its probability: −log p and −log(1 − p)",
            "views.cross_entropy:CrossEntropy",
            "drawing.panels.cross_entropy:CrossEntropyPanel",
            "two classes, one output",
            legend=True,
            called=Message("cross-entropy"),
        ),
        Row(
            "threshold",
            "the cut-off of a probability: right and wrong, precision and recall; films move the cut-off",
            "views.threshold:threshold",
            {
                "Threshold": "drawing.panels.threshold:ThresholdPanel",
                "PrecisionRecall": "drawing.panels.threshold:PrecisionRecallPanel",
            },
            "two classes, one output",
            legend=True,
            film="drawing.cutoffs:film",
            told="views.threshold:described",
            called=Message("cut-off of the probability"),
        ),
        Row(
            "calibration",
            "how often a probability comes true, in ten bins, with the expected calibration error",
            "views.calibration:Calibration",
            "drawing.panels.calibration:CalibrationPanel",
            CLASSES,
            _has_classes,
            plane=True,
            called=Message("calibration"),
        ),
        Row(
            "losses",
            "the loss of each sample",
            "views.loss_histogram:LossHistogram",
            "drawing.panels.loss_histogram:LossHistogramPanel",
            LOSS,
            _has_losses,
            legend=True,
            on_page=True,
            called=Message("loss of each sample"),
        ),
        Row(
            "curves",
            "loss and metric",
            "views.curves:LossAndMetric",
            "drawing.panels.curves:LossAndMetricPanel",
            suits=_has_curves,
            on_page=True,
            called=Message("curves of loss and metric"),
        ),
        Row(
            "curves-after",
            "loss and metric as logged during each epoch, and of the recorded samples after it",
            "views.curves:LossAndMetric",
            "drawing.panels.curves:LossAndMetricPanel",
            LOSS,
            _has_losses,
            fixed={"after_epochs": True},
            called=Message("curves of loss and metric"),
        ),
        Row(
            "confusion-matrix",
            "true against predicted classes",
            "views.confusion_matrix:confusion_matrices",
            "drawing.panels.confusion_matrix:ConfusionMatrixPanel",
            CLASSES,
            _has_classes,
            plane=True,
            on_page=True,
            called=Message("confusion matrix"),
        ),
        Row(
            "most-wrong",
            "the 16 images with the highest losses",
            "views.most_wrong:most_wrongs",
            "drawing.panels.most_wrong:MostWrongPanel",
            "classes, image inputs",
            plane=True,
            called=Message("most wrong samples"),
        ),
        Row(
            "kernels",
            "the weights of the first layer, as images",
            "views.kernels:Kernels",
            "drawing.panels.kernels:KernelsPanel",
            "image inputs, or Conv2D as the first layer",
            plane=True,
            on_page=True,
            called=Message("kernels of the first layer"),
        ),
        Row(
            "morph",
            "the layers in motion at one epoch: how each step moves the plane of the inputs",
            "views.stages:stages",
            "drawing.panels.morph:StagePanel",
            PLANE,
            legend=True,
            film="drawing.stages:journey",
            told="views.morph:described",
            sheet="drawing.stages:stage_sheet",
            called=Message("layers in motion"),
        ),
        Row(
            "stages",
            "all of these stages side by side, along the training",
            "views.stages:stages",
            "drawing.panels.morph:StagePanel",
            PLANE,
            legend=True,
            called=Message("stages of the layers"),
        ),
        _distributions(
            "weights",
            "the distribution of each layer's weights, without biases",
            on_page=True,
            called=Message("weights by layer"),
        ),
        _distributions(
            "pre-activations",
            "the same for the inputs of each activation",
            called=Message("pre-activations by layer"),
        ),
        _distributions(
            "activations",
            "the same for its outputs, with transfers beside",
            beside="transfer",
            called=Message("activations by layer"),
        ),
        _distributions(
            "gradients",
            "the same for the sizes of the gradients",
            needs=LOSS,
            on_page=True,
            called=Message("gradients by layer"),
        ),
        Row(
            "transfer",
            "how each activation maps z to a, over its flat parts",
            "views.transfer:transfers",
            "drawing.panels.transfer:TransferPanel",
            "a hidden layer with an activation that bends, such as tanh",
            takes=(LAYER,),
            called=Message("transfer of each activation"),
        ),
        _layer_curves(
            "gradient-flow",
            "the norm of each layer's gradient, before and after clipping",
            "views.gradient_flow:gradient_flow",
            needs=LOSS,
            on_page=True,
            called=Message("gradient flow"),
        ),
        Row(
            "backprop",
            "backpropagation as a chain: the gradient at each layer, and the factors between them",
            "views.backprop:Backprop",
            "drawing.panels.backprop:BackpropPanel",
            f"{LOSS}, a chain of layers that NumPy computes",
            wide=True,
            called=Message("backpropagation"),
        ),
        _layer_curves(
            "updates",
            "how far each layer's weights move from snapshot to snapshot, as a share of their size",
            "views.updates:updates",
            needs="two snapshots",
            called=Message("relative updates"),
        ),
        _layer_curves(
            "step-sizes",
            "how far weights move for their gradient: the learning rate that each weight or layer really has",
            "views.step_sizes:step_sizes",
            needs=f"{LOSS}, two snapshots",
            called=Message("learning rate of each weight"),
        ),
        Row(
            "clipping",
            "clipping by value and by norm: the gradient before and after, as arrows",
            "views.clipping:clippings",
            "drawing.panels.clipping:ClippingPanel",
            f"{LOSS}, an optimizer that clips",
            plane=True,
            called=Message("clipping of the gradient"),
        ),
        Row(
            "trajectory",
            "the path of the weights over the loss surface, on the plane that holds most of it",
            "views.trajectory:Trajectory",
            "drawing.panels.trajectory:TrajectoryPanel",
            f"{LOSS}, two snapshots",
            plane=True,
            on_page=True,
            called=Message("path over the loss surface"),
            together="drawing.compared_paths:paths_of_runs",
        ),
        _layer_curves(
            "unit-health",
            "each layer's share of dead and saturated units",
            "views.unit_health:unit_health",
            needs="ReLU, ReLU6, sigmoid, tanh, hard sigmoid or hard tanh",
            on_page=True,
            called=Message("dead and saturated units"),
        ),
        Row(
            "sparsity",
            "for how many samples each unit is off, dead units, and how sparse each layer is over the epochs",
            "views.sparsity:sparsity",
            {
                "Sparsity": "drawing.panels.sparsity:SparsityPanel",
                "LayerCurves": "drawing.panels.layer_curves:LayerCurvesPanel",
            },
            "ReLU, leaky ReLU, PReLU, ELU or SELU",
            called=Message("units off"),
        ),
        _layer_curves(
            "normalisation",
            "mean and variance of each hidden layer's activations",
            "views.normalisation:normalisation",
            called=Message("mean and variance by layer"),
        ),
    )
}


def names(**has: Any) -> list[str]:
    """The names of all views, or of those whose row has these values, as in `names(on_page=True)`."""
    return [
        name
        for name, row in TABLE.items()
        if all(getattr(row, field) == value for field, value in has.items())
    ]


def row_of(view: str | type[View]) -> Row:
    """The row of a view, by its name or, of one that was registered, its class.

    Raises ViewError where there is none.
    """
    if isinstance(view, str):
        if view not in TABLE:
            raise ViewError(unknown("view", view, TABLE))
        return TABLE[view]
    for row in TABLE.values():
        if row.view is view:
            return row
    raise ViewError(
        f"the view {view.__name__} is not registered: call replay.register({view.__name__}, ITS_PANEL)"
    )


def loaded(path: str) -> Any:
    """What a row names as "module:name"."""
    module, _, name = path.partition(":")
    return getattr(importlib.import_module(f"replay.{module}"), name)


def checked_options(name: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the options that are given; raises ViewError where the view does not take one."""
    row, given = row_of(name), {option: value for option, value in options.items() if value is not None}
    for option in given:
        if option not in row.takes:
            takers = [each.name for each in TABLE.values() if option in each.takes]
            raise ViewError(_TAKEN[option].format(", ".join(takers), name))
    return given


_TAKEN = {
    LAYER: "a layer is chosen for the views {}, not for {}",
    UNITS: "units are chosen for the views {}, not for {}",
    SAMPLE: "a sample is chosen for the view {}, not for {}",
}


def register(
    view: type[View],
    panel: type[Panel],
    name: str | None = None,
    caption: str = "",
    *,
    needs: str = "",
    legend: bool = False,
    plane: bool = False,
    takes: Sequence[str] = (),
) -> None:
    """Add a view of your own to the table: `replay render`, `Replay.view` and scenarios draw it by its name.

    Args:
        view: The class that gives the arrays at an epoch, a `View`. It is made with the run's evaluation.
        panel: The class that draws them, a `Panel`. It is made with axes, the view and the style.
        name: Small letters, digits and dashes. By default the name of the class, as in "my-view" for MyView.
        caption: A line that says what the view shows.
        needs: What a run needs to have the view, in words.
        legend: Name the classes above the picture.
        plane: The picture is as high as it is wide.
        takes: Of the options "layer", "units" and "sample", those that the view takes, as arguments of these
            names.

    Raises:
        ViewError: The name is taken or has other letters, the classes are not a View and a Panel, or an
            option is unknown.

    >>> from replay import Panel, Replay, View, register
    >>> class Sure(View):
    ...     def at(self, epoch):
    ...         return abs(self.evaluation.at(epoch).probabilities - 0.5).mean()
    >>> class SurePanel(Panel):
    ...     def __init__(self, axes, view, style):
    ...         super().__init__(axes, view, style)
    ...         (self.bar,) = axes.bar([0], [0])
    ...         axes.set_ylim(0, 0.5)
    ...     @property
    ...     def moving(self):
    ...         return [self.bar]
    ...     def show(self, epoch):
    ...         self.bar.set_height(self.view.at(epoch))
    >>> register(Sure, SurePanel, caption="how far from a tie the network is")
    >>> Replay("run.h5").view("sure").save("sure.png").name
    'sure.png'
    """
    _check_classes(view, panel)
    name = _kebab(view.__name__) if name is None else name
    where = origin(view)
    if not NAME.fullmatch(name):
        raise ViewError(
            f"{where}: a view's name has small letters, digits and dashes, as in my-view, not {name!r}"
        )
    present = TABLE.get(name)
    if present is not None and not (present.is_own and _same(present.view, view)):
        raise ViewError(
            f"{where}: {view.__name__} cannot be called {name!r}, as another view is: choose another name"
        )
    strange = [option for option in takes if option not in _TAKEN]
    if strange:
        raise ViewError(f"{where}: {unknown('option of a view', strange[0], _TAKEN)}")
    TABLE[name] = Row(name, caption, view, panel, needs, takes=tuple(takes), legend=legend, plane=plane)


def _same(one: type, other: type) -> bool:
    """Whether one class is the other, defined again, as in a cell of a notebook that is run twice."""
    return (one.__module__, one.__qualname__) == (other.__module__, other.__qualname__)


def origin(one: type) -> str:
    """The file that a class is from, as far as it is known, as errors call it."""
    import inspect
    from pathlib import Path

    try:
        return str(Path(inspect.getfile(one)))
    except (TypeError, OSError):  # defined in a terminal or a notebook
        return one.__module__


def _kebab(name: str) -> str:
    """The name of a class as views are called: "MyView" is "my-view"."""
    return (
        re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name)
        .replace("_", "-")
        .lower()
        .strip("-")
    )


def _check_classes(view: Any, panel: Any) -> None:
    """Raise ViewError for what is no View or no Panel, or lacks one of their methods."""
    import inspect

    from replay.drawing.panels.panel import Panel
    from replay.views.view import View

    for one, base in ((view, View), (panel, Panel)):
        if not (isinstance(one, type) and issubclass(one, base)):
            raise ViewError(f"a view is registered with a class of {base.__name__}, not with {one!r}")
        if inspect.isabstract(one):
            missing = ", ".join(sorted(one.__abstractmethods__))
            raise ViewError(f"{origin(one)}: {one.__name__} lacks {missing}")
