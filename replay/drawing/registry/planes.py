"""The rows of views of planes and units: several views at once first."""

from __future__ import annotations

from typing import Any

from replay.drawing.registry.needs import DENSE, LOSS
from replay.drawing.registry.row import ARTICLE, DASHBOARD, LAYER, UNITS, WHY, Row, layer_curves
from replay.language.message import Message


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


PLANES: tuple[Row, ...] = (
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
    layer_curves(
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
            "CollapsedPlane": "drawing.panels.collapsed_plane:CollapsedPlanePanel",
            "LayerProduct": "drawing.panels.layer_product:LayerProductPanel",
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
)
