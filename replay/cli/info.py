"""The command `replay info`: summarises a run file as text or JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from replay.cli.console import finite, say, say_json
from replay.cli.run_files import RunPlace, run_places
from replay.cli.terminal import on_one_line
from replay.errors import RunFileError

if TYPE_CHECKING:
    from replay.replay import Replay

RunArgument = Annotated[
    Path,
    typer.Argument(metavar="RUN|DIR", help="A run file (.h5), or a folder of them.", show_default=False),
]


def info(
    run: RunArgument,
    group: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The run of a folder, or of a file that DeepReplay wrote."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object, for programs.")] = False,
) -> None:
    """Show what is in a run file, or which runs are in a folder."""
    from replay.replay import Replay

    places = run_places([run], None if group is None else [group])
    if len(places) > 1:
        facts = {"path": str(run), "groups": [_in_short(place) for place in places]}
        text = as_list(facts)
    else:
        facts = summary(Replay(places[0].path, group=places[0].group))
        text = as_text(facts)
    if as_json:
        say_json(facts)
    else:
        say(text)


def _in_short(place: RunPlace) -> dict[str, Any]:
    """What tells a run from the others of its folder or file, or why it cannot be read."""
    name = place.group or place.path.stem
    try:
        recording = place.read()
    except RunFileError as error:
        return {"group": name, "error": str(error)}
    return {
        "group": name,
        "complete": recording.complete,
        "n_snapshots": recording.n_snapshots,
        "epochs": recording.epochs.tolist(),
    }


def as_list(facts: Mapping[str, Any]) -> str:
    """The runs of a folder or file, one a line."""
    groups = facts["groups"]
    widest = max(len(one["group"]) for one in groups)
    lines = [f"  {one['group']:<{widest}}  {_state(one)}" for one in groups]
    n_runs = sum("error" not in one for one in groups)
    head = f"{facts['path']} has {_count(n_runs, 'run')}; --group NAME shows one"
    return "\n".join(on_one_line(line) for line in (head, *lines))


def _state(facts: Mapping[str, Any]) -> str:
    if "error" in facts:
        return str(facts["error"])
    return f"{_snapshots(facts)}{'' if facts['complete'] else '  (incomplete)'}"


def _snapshots(facts: Mapping[str, Any]) -> str:
    epochs = facts["epochs"]
    return f"{facts['n_snapshots']} snapshots, epoch {epochs[0]:g} to {epochs[-1]:g}"


def summary(replay: Replay) -> dict[str, Any]:
    """The facts of a run as plain data. Milestones are None for a network that only Keras can evaluate."""
    from replay.storage.samples import n_samples, parts

    recording = replay.recording
    description = recording.description
    return {
        "path": str(recording.path),
        "format_version": recording.format_version,
        "scenario": description.scenario,
        "run": description.run,
        "title": recording.data_title,
        "seed": description.seed,
        "batch_size": description.batch_size,
        "loss": description.loss,
        "losses": description.losses,
        "optimizer": description.optimizer,
        "complete": recording.complete,
        "error": recording.ending.error,
        "held": [{"epoch": at, "same_as": of} for at, of in recording.ending.held.items()],
        "n_snapshots": recording.n_snapshots,
        "epochs": recording.epochs.tolist(),
        "layers": [
            {
                "name": layer.name,
                "class": layer.class_name,
                "units": layer.units,
                "activation": layer.activation,
                "activation_arguments": dict(layer.config.get("activation_arguments", {})),
                "recorded": layer.recorded,
            }
            for layer in description.layers
        ],
        "history_epochs": recording.history_epochs.tolist(),
        "history": {name: finite(values.tolist()) for name, values in recording.history.items()},
        "damages": list(recording.damages),  # when the history was read, which may be damaged, too
        "n_samples": recording.n_samples,
        "n_samples_given": (description.subset or {}).get("of", recording.n_samples),
        "n_held_out": 0 if recording.validation_data is None else n_samples(recording.validation_data[0]),
        "n_inputs": sum(math.prod(part.shape[1:]) for part in parts(recording.samples[0]).values()),
        "n_classes": recording.task.n_classes,
        "task": recording.task.kind,
        "data": None if description.data is None else description.data.to_json(),
        "milestones": [milestone.facts for milestone in replay.milestones()]
        if replay.evaluation.at_hand
        else None,
        "packages": dict(description.packages),
    }


def as_text(facts: Mapping[str, Any]) -> str:
    """The summary in a few lines."""
    epochs = facts["epochs"]
    title = " · ".join(name for name in (facts["title"], facts["run"]) if name)
    state = "" if facts["complete"] else f"  (incomplete: {facts['error'] or 'still training, or cut short'})"
    rows = [
        ("run", f"{title or facts['path']}{state}"),
        ("snapshots", f"{facts['n_snapshots']}, epoch {epochs[0]:g} to {epochs[-1]:g}"),
        ("samples", f"{_samples(facts)} with {_count(facts['n_inputs'], 'input')}, {_task(facts)}"),
        *([("held out", _count(facts["n_held_out"], "sample"))] if facts["n_held_out"] else []),
        ("training", _training(facts)),
    ]
    if facts["data"] is not None:
        from replay.network.data_description import DataDescription  # here: the help needs none

        if told := DataDescription(**facts["data"]).told(facts["n_classes"]):
            rows.insert(-1, ("data", told))
    rows += [("damaged" if not number else "", told) for number, told in enumerate(facts["damages"])]
    rows += [("layers" if not number else "", _layer(layer)) for number, layer in enumerate(facts["layers"])]
    for number, (name, values) in enumerate(facts["history"].items()):
        logged = [value for value in values if value is not None]
        change = f"{name} {logged[0]:.4g} → {logged[-1]:.4g}" if logged else f"{name} never finite"
        change += _of_held_weights(facts, values)
        rows.append(("history" if not number else "", change))
    for number, milestone in enumerate(facts["milestones"] or []):
        rows.append(("milestones" if not number else "", _milestone(milestone)))
    packages = ", ".join(f"{name} {version}" for name, version in facts["packages"].items())
    rows.append(("written by", packages or "unknown"))
    return "\n".join(f"{label:<11} {on_one_line(text)}" for label, text in rows)


def _of_held_weights(facts: Mapping[str, Any], values: Sequence[float | None]) -> str:
    """What was logged of the weights that the run ends with, where they are those of an earlier epoch."""
    held = {one["epoch"]: one["same_as"] for one in facts["held"]}
    of = held.get(facts["epochs"][-1])
    found = [value for epoch, value in zip(facts["history_epochs"], values, strict=True) if epoch == of]
    return f", {found[-1]:.4g} at epoch {of:g}" if found and found[-1] is not None else ""


def _milestone(facts: Mapping[str, Any]) -> str:
    until = "" if facts["until"] is None else f" to {facts['until']:g}"
    return f"epoch {facts['epoch']:g}{until}: {facts['text']}"


def _samples(facts: Mapping[str, Any]) -> str:
    kept, given = facts["n_samples"], facts["n_samples_given"]
    return f"{kept}" if kept == given else f"{kept} of {given}, stratified by class,"


def _task(facts: Mapping[str, Any]) -> str:
    return f"{facts['n_classes']} classes" if facts["n_classes"] else "regression"


def _training(facts: Mapping[str, Any]) -> str:
    optimizer = (facts["optimizer"] or {}).get("class")
    parts = [part for part in (optimizer, _loss(facts)) if part]
    parts += [
        f"{label} {facts[name]}"
        for name, label in (("batch_size", "batch"), ("seed", "seed"))
        if facts[name] is not None
    ]
    return ", ".join(parts) or "unknown"


def _loss(facts: Mapping[str, Any]) -> str | None:
    if facts["losses"]:
        return " and ".join(f"{loss['name']} of {output}" for output, loss in facts["losses"].items())
    return (facts["loss"] or {}).get("name")


def _layer(layer: Mapping[str, Any]) -> str:
    units = f" {_count(layer['units'], 'unit')}" if layer["units"] is not None else ""
    activation = f", {_activation(layer)}" if layer["activation"] else ""
    state = "" if layer["recorded"] else " (weights not recorded)"
    return f"{layer['name']}: {layer['class']}{units}{activation}{state}"


def _activation(layer: Mapping[str, Any]) -> str:
    """The activation of a layer, with the parameters that are not Keras's defaults: "elu (alpha 0.2)"."""
    from replay.network.activation_names import unusual  # here: the help needs none

    chosen = unusual(layer["activation"], layer["activation_arguments"])
    told = ", ".join(f"{name} {value:g}" for name, value in chosen.items())
    return f"{layer['activation']} ({told})" if told else str(layer["activation"])


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
