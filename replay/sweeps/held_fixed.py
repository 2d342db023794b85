"""What a sweep held fixed, in words, and whether one learning rate had to do for several optimizers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from replay.language.message import listed, say
from replay.scenario.hyperparameters import units_in_words
from replay.sweeps.table import SweepTable

OPTIMIZER, RATE = "optimizer", "learning_rate"


# Settings that readers ask for, and how they are told. Those of the network are unknown with `build_model`.
TOLD: dict[str, Callable[[Any], str]] = {
    OPTIMIZER: str,
    RATE: lambda rate: say("learning rate {rate:.6g}", rate=rate),
    "batch_size": lambda size: say("batches of {size:,}", size=size),
    "epochs": lambda epochs: say("{epochs:,} epochs", epochs=epochs),
}
OF_NETWORK: dict[str, Callable[[Any], str]] = {
    "hidden_units": lambda units: say("hidden units {units}", units=units_in_words(tuple(units))),
    "kernel_initializer": lambda name: say("weights from {initializer}", initializer=name),
}


def held_fixed(table: SweepTable) -> str:
    """The settings that all runs of a sweep had in common, as "Held fixed: sgd, learning rate 0.05, …"."""
    told = TOLD if table.settings.get("build_model") else TOLD | OF_NETWORK
    values = {name: _common(table, name) for name in told}
    if "depth" in _varied(table):
        values["hidden_units"] = None
    words = [told[name](value) for name, value in values.items() if value not in (None, [], ())]
    return say("Held fixed: {settings}", settings=listed(words)) if words else ""


def shared_rate(table: SweepTable) -> float | None:
    """The one learning rate that several optimizers had to share, None where each had its own or is alone."""
    optimizers = {axes.get(OPTIMIZER) for axes in table.combinations.values()} - {None}
    rate = _common(table, RATE)
    return float(rate) if len(optimizers) > 1 and rate is not None else None


def notes(table: SweepTable) -> list[str]:
    """The lines below the figures of a sweep."""
    lines = [held_fixed(table)]
    rate = shared_rate(table)
    if rate is not None:
        lines.append(
            say(
                "All optimizers had one learning rate, {rate:.6g}, which suits some better than others: tune "
                "it for each with the axis learning_rate",
                rate=rate,
            )
        )
    return [line for line in lines if line]


def _varied(table: SweepTable) -> set[str]:
    return {axis for axes in table.combinations.values() for axis in axes}


def _common(table: SweepTable, name: str) -> Any:
    """The value of a setting that all runs have in common, None if they differ or it is unknown."""
    if name not in _varied(table):
        return table.settings.get(name)
    values = {str(axes.get(name)): axes.get(name) for axes in table.combinations.values()}
    return next(iter(values.values())) if len(values) == 1 else None
