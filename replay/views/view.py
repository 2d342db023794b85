"""The View base class: computes the arrays of one picture of a run at any epoch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from replay.runs.evaluation import Evaluation


class View(ABC):
    """The base class of views: what one picture shows of a run, as arrays without a figure.

    Args:
        evaluation: The run: `evaluation.at(epoch)` gives what its network answers at any epoch, also between
            two snapshots (`.probabilities`, `.losses`, `.correct`, `.activations(layer)`,
            `.evaluate(inputs)`), and `evaluation.recording` what was recorded (`.epochs`, `.inputs`,
            `.targets`, `.history`, `.weights_at(epoch)`). `evaluation.held_out` is the same for the held-out
            samples, None where there are none or they are left out. It is kept as an attribute.

    Your class must have `at`. Compute in the constructor, from all snapshots, what must not change while the
    picture moves, such as limits and bins. Raise ViewError there if the run does not have what the view
    shows. `register` gives the view a name.

    >>> from replay import Replay, View
    >>> class Margins(View):
    ...     def at(self, epoch):
    ...         return abs(self.evaluation.at(epoch).probabilities - 0.5)
    >>> Margins(Replay("run.h5").evaluation).at(60).shape  # one for each sample
    (100,)
    """

    def __init__(self, evaluation: Evaluation) -> None:
        self.evaluation = evaluation

    @abstractmethod
    def at(self, epoch: float) -> Any:
        """The arrays of the picture at `epoch`, as an array or as several in a tuple, dict or dataclass."""
