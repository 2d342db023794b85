"""What a neuron is called above its picture."""

from __future__ import annotations

from matplotlib.axes import Axes

from replay.language.message import say
from replay.views.neuron import is_single_neuron
from replay.views.shared.unit import Unit


def name_unit(axes: Axes, unit: Unit) -> list[str]:
    """Set the title, and return shorter forms of it."""
    if is_single_neuron(unit.evaluation):
        axes.set_title(say("The neuron"))
        return []
    if unit.is_only_one:
        axes.set_title(say("The neuron of “{layer}”", layer=unit.layer))
        return [say("The neuron")]
    axes.set_title(say("Unit {unit} of “{layer}”", unit=unit.number, layer=unit.layer))
    return [say("Unit {unit}", unit=unit.number)]
