"""The verdict of a sweep in words: how many seeds solve it, with Wilson's interval, and when."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist, median

from replay.errors import DataError
from replay.sweeps.result import SweepRun

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Verdict:
    """`n_solved` of `n_runs` seeds of the combination called `name` solve it within `epochs`.

    `interval` is Wilson's 95% confidence interval for the share of solving seeds. `median_epoch` is the
    median epoch at which they solve it, None if none does. `n_failed` further runs failed. `r2` is the median
    R² of a regression at the end, None of other tasks: to solve it is to fit it with an R² of 0.9 or more.
    """

    name: str
    n_solved: int
    n_runs: int
    epochs: int
    interval: tuple[float, float]
    median_epoch: float | None
    n_failed: int = 0
    r2: float | None = None

    @property
    def share(self) -> float:
        """The share of seeds that solve it."""
        return self.n_solved / self.n_runs

    def __str__(self) -> str:
        low, high = (round(100 * bound) for bound in self.interval)
        verb = "solve" if self.r2 is None else "fit"
        does = f"does not {verb}" if self.n_runs == 1 and not self.n_solved else f"{verb}s"
        words = f"{self.name} {does} it {self._how_often} [{low}–{high}%]"
        if self.median_epoch is not None:
            words += f", at a median of epoch {self.median_epoch:g}"
        elif self.n_runs:
            words += f" within {self.epochs} epochs"
        if self.r2 is not None:
            words += f"; R² {self.r2:.2f} at the end"
        return words + self._failures

    @property
    def _how_often(self) -> str:
        seeds = f"{self.n_runs} seeds"
        if self.n_runs == 1:
            return "with the one seed tried"
        if self.n_solved == 0:
            return f"with none of {seeds}"
        if self.n_solved == self.n_runs:
            return f"with all {seeds}"
        return f"in {percent(self.n_solved, self.n_runs)} of {seeds}"

    @property
    def _failures(self) -> str:
        if not self.n_failed:
            return ""
        return f"; {self.n_failed} {'run' if self.n_failed == 1 else 'runs'} failed and do not count"


def verdicts(runs_by_name: Mapping[str, Sequence[SweepRun]], epochs: int) -> list[Verdict]:
    """Say in words how many seeds solve it, with an interval, and when: a verdict on each combination.

    Args:
        runs_by_name: The runs of each combination, as `SweepTable.by_combination` returns them.
        epochs: For how many epochs each run was trained.

    Returns:
        A verdict on each combination with runs that came to an end, in the order given. `print` tells it in
        words; `n_solved`, `n_runs`, `share`, `interval`, `median_epoch` and `n_failed` are numbers.

    Raises:
        DataError: The task has neither classes nor an R², so that no run solves it.

    The interval is Wilson's for the share of all seeds that solve it, at 95% confidence: Wilson 1927,
    "Probable Inference, the Law of Succession, and Statistical Inference", J. Am. Stat. Assoc. 22:209–212.

    >>> from replay import SweepTable, verdicts
    >>> table = SweepTable.open("sweep")
    >>> for verdict in verdicts(table.by_combination(), table.epochs):
    ...     print(verdict)
    sigmoid solves it in 25% of 4 seeds [5–70%], at a median of epoch 100
    tanh solves it with all 4 seeds [51–100%], at a median of epoch 115
    """
    return [
        _verdict(name, runs, epochs)
        for name, runs in runs_by_name.items()
        if any(not run.error for run in runs)
    ]


def _verdict(name: str, runs: Sequence[SweepRun], epochs: int) -> Verdict:
    ended = [run for run in runs if not run.error]
    if any(run.solved is None for run in ended):
        raise DataError(
            f"{name}: its runs cannot count as solved, as the task has no classes, and no R² that is defined"
        )
    r2 = [run.r2 for run in ended if run.r2 is not None]
    when = [run.solved_at for run in ended if run.solved_at is not None]
    return Verdict(
        name,
        n_solved=len(when),
        n_runs=len(ended),
        epochs=epochs,
        interval=wilson(len(when), len(ended)),
        median_epoch=median(when) if when else None,
        n_failed=len(runs) - len(ended),
        r2=median(r2) if r2 else None,
    )


def wilson(n_successes: int, n: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The confidence interval for a share, from `n_successes` of `n`.

    Wilson 1927, "Probable Inference, the Law of Succession, and Statistical Inference", J. Am. Stat. Assoc.
    22:209–212. It stays within [0, 1], and is informative even if none or all succeed.
    """
    if not 0 <= n_successes <= n or n == 0:
        raise DataError(f"{n_successes} of {n} is not a share")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share = n_successes / n
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    low = 0.0 if n_successes == 0 else centre - half  # exact, without rounding error
    return low, 1.0 if n_successes == n else centre + half


def percent(part: int, whole: int) -> str:
    """A share in percent; 0% and 100% only for none and all."""
    rounded = round(100 * part / whole)
    if rounded == 100 and part < whole:
        return "more than 99%"
    if rounded == 0 and part > 0:
        return "less than 1%"
    return f"{rounded}%"
