"""Records a neural network while it trains, and replays it as a picture that moves.

from replay import Recorder, Replay

model.fit(X, y, epochs=150, callbacks=[Recorder("run.h5", X, y)])
Replay("run.h5").dashboard().save("run.mp4")
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from replay.drawing.composition import Composition as Composition
    from replay.drawing.composition import save_still as save_still
    from replay.drawing.panels.panel import Panel as Panel
    from replay.drawing.registry.register import register as register
    from replay.drawing.shared_clock import compose as compose
    from replay.drawing.style import Style as Style
    from replay.drawing.style import theme as theme
    from replay.errors import ReplayError as ReplayError
    from replay.film.animation import Animation as Animation
    from replay.film.budget import save_within as save_within
    from replay.film.description import Description as Description
    from replay.film.timeline import Timeline as Timeline
    from replay.language.catalogue import languages as languages
    from replay.network.data_description import DataDescription as DataDescription
    from replay.network.description import LayerDescription as LayerDescription
    from replay.network.description import RunDescription as RunDescription
    from replay.network.description import dense as dense
    from replay.network.in_keras.quantile_loss import QuantileLoss as QuantileLoss
    from replay.player.interactive import InteractivePage as InteractivePage
    from replay.replay import Replay as Replay
    from replay.replay import compare as compare
    from replay.replay import describe as describe
    from replay.replay import interactive as interactive
    from replay.replay import sheet as sheet
    from replay.runs.milestone import Milestone as Milestone
    from replay.runs.recording import Recording as Recording
    from replay.scenario import datasets as datasets
    from replay.scenario.built_in import load_scenario as load_scenario
    from replay.scenario.data_options import DataOptions as DataOptions
    from replay.scenario.scenario import Scenario as Scenario
    from replay.storage.writer import RunWriter as RunWriter
    from replay.sweeps.figures import sweep_figure as sweep_figure
    from replay.sweeps.figures import sweep_figures as sweep_figures
    from replay.sweeps.run import sweep as sweep
    from replay.sweeps.table import SweepTable as SweepTable
    from replay.sweeps.verdict import verdicts as verdicts
    from replay.training.compiled import train as train
    from replay.training.experiment import run as run
    from replay.training.recorder import Recorder as Recorder
    from replay.views.view import View as View

__version__ = "0.1.0"

# Loaded when first used: recording needs TensorFlow and replaying does not.
_HOMES = {
    "Animation": "film.animation",
    "Composition": "drawing.composition",
    "DataDescription": "network.data_description",
    "DataOptions": "scenario.data_options",
    "Description": "film.description",
    "InteractivePage": "player.interactive",
    "LayerDescription": "network.description",
    "Milestone": "runs.milestone",
    "Panel": "drawing.panels.panel",
    "QuantileLoss": "network.in_keras.quantile_loss",
    "Recorder": "training.recorder",
    "Recording": "runs.recording",
    "Replay": "replay",
    "ReplayError": "errors",
    "RunDescription": "network.description",
    "RunWriter": "storage.writer",
    "Scenario": "scenario.scenario",
    "Style": "drawing.style",
    "SweepTable": "sweeps.table",
    "Timeline": "film.timeline",
    "View": "views.view",
    "compare": "replay",
    "compose": "drawing.shared_clock",
    "datasets": "scenario.datasets",
    "dense": "network.description",
    "describe": "replay",
    "interactive": "replay",
    "languages": "language.catalogue",
    "load_scenario": "scenario.built_in",
    "register": "drawing.registry.register",
    "run": "training.experiment",
    "save_still": "drawing.composition",
    "save_within": "film.budget",
    "sheet": "replay",
    "sweep": "sweeps.run",
    "sweep_figure": "sweeps.figures",
    "sweep_figures": "sweeps.figures",
    "theme": "drawing.style",
    "train": "training.compiled",
    "verdicts": "sweeps.verdict",
}
# Packages for other frameworks than Keras, loaded when first used.
_FRAMEWORKS = ("jax", "lightning", "predictions", "sklearn", "torch")
__all__ = [*_HOMES, "__version__"]  # noqa: PLE0604 - the names are strings


def __getattr__(name: str) -> Any:
    if name in _FRAMEWORKS:
        return importlib.import_module(f"replay.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module 'replay' has no attribute {name!r}")
    module = importlib.import_module(f"replay.{_HOMES[name]}")
    return module if name == "datasets" else getattr(module, name)


def __dir__() -> list[str]:
    return sorted(__all__)
