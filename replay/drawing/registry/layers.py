"""The rows of views of layers: what goes through them, their weights and their gradients."""

from __future__ import annotations

from typing import Any

from replay.drawing.registry.needs import LOSS, PLANE
from replay.drawing.registry.row import LAYER, Row, layer_curves
from replay.language.message import Message


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


LAYERS: tuple[Row, ...] = (
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
    layer_curves(
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
    layer_curves(
        "updates",
        "how far each layer's weights move from snapshot to snapshot, as a share of their size",
        "views.updates:updates",
        needs="two snapshots",
        called=Message("relative updates"),
    ),
    layer_curves(
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
    layer_curves(
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
    layer_curves(
        "normalisation",
        "mean and variance of each hidden layer's activations",
        "views.normalisation:normalisation",
        called=Message("mean and variance by layer"),
    ),
)
