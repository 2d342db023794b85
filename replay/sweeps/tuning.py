"""Tuning: the best learning rate of each optimizer, chosen on half of the seeds and told on the others."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from replay.scenario.hyperparameters import AXES
from replay.sweeps.held_fixed import OPTIMIZER, RATE
from replay.sweeps.result import SweepRun
from replay.sweeps.table import SweepTable
from replay.sweeps.verdict import Verdict, verdicts


@dataclass(frozen=True)
class Tuned:
    """A combination at the best of its learning rates.

    `combination` is the name in the table, `axes` are its values without the rate. `verdict` tells the seeds
    that did not choose: on those that chose it, the best of several looks better than it is. Where there is
    one seed, it does both, and `held_out` is False.
    """

    name: str
    combination: str
    axes: Mapping[str, Any]
    rate: float
    n_rates: int
    n_choosing: int
    verdict: Verdict
    held_out: bool = True

    def __str__(self) -> str:
        how = "on other seeds than chose it" if self.held_out else "on the one seed that chose it"
        return f"{self.verdict} (the best of {self.n_rates} learning rates, {how})"


def tuned(table: SweepTable) -> list[Tuned]:
    """The best learning rate of each combination of the other axes, where several were tried.

    Every second seed chooses: the rate with which most of them solve it or, of equal ones, with the lowest
    mean of the final losses. The other seeds tell how good it is. All rates are tried with the same seeds.
    Empty where the sweep does not vary both the optimizer and its rate. Raises DataError for a task without
    classes.
    """
    ended = {name: runs for name, runs in table.ended().items() if runs}
    groups: dict[tuple[Any, ...], list[str]] = {}
    for name in ended:
        axes = table.combinations[name]
        if OPTIMIZER in axes and axes.get(RATE) is not None:
            groups.setdefault(tuple(_others(axes).items()), []).append(name)
    if not any(len(names) > 1 for names in groups.values()):
        return []
    return [_best(table, names, ended) for names in groups.values()]


def _others(axes: Mapping[str, Any]) -> dict[str, Any]:
    """The values of the axes without the learning rate."""
    return {axis: value for axis, value in axes.items() if axis != RATE}


def _best(table: SweepTable, names: Sequence[str], ended: Mapping[str, Sequence[SweepRun]]) -> Tuned:
    seeds = sorted({run.seed for name in names for run in ended[name]})
    choosing = set(seeds[::2])
    telling = set(seeds[1::2]) or choosing
    chosen = min(names, key=lambda name: _cost([run for run in ended[name] if run.seed in choosing]))
    rate = float(table.combinations[chosen][RATE])
    told = [run for run in ended[chosen] if run.seed in telling] or ended[chosen]
    word = AXES[RATE].word(rate)
    name = "-".join(part for part in chosen.split("-") if part != word)
    (verdict,) = verdicts({f"{name} at {rate:.6g}": told}, table.epochs)
    held_out = not choosing & {run.seed for run in told}
    return Tuned(
        name, chosen, _others(table.combinations[chosen]), rate, len(names), len(choosing), verdict, held_out
    )


def _cost(runs: Sequence[SweepRun]) -> tuple[float, float]:
    """What the best combination has least of: the share that does not solve it, then the mean final loss."""
    if not runs:
        return (math.inf, math.inf)
    unsolved = sum(not run.solved for run in runs) / len(runs)
    losses = [math.inf if run.loss is None or not math.isfinite(run.loss) else run.loss for run in runs]
    return unsolved, sum(losses) / len(losses)
