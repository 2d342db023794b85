"""DataOptions: how to read a data file: target, inputs, task, scaling, missing cells, memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from replay.choices import DROP, MISSING, REFUSE, SCALES, TASKS
from replay.errors import DataError, unknown

MAX_DATA = 1_000_000_000


@dataclass(frozen=True, kw_only=True)
class DataOptions:
    """How to read a data file. What is not given is told from the file.

    Args:
        target: The column that holds the targets; several columns for one-hot rows or several targets.
        inputs: The columns to train on, by default all others.
        ignore: Columns to leave out.
        task: "classes" or "regression".
        scale: "standard" for inputs of mean 0 and standard deviation 1, "minmax" for inputs from 0 to 1, or
            "none". By default, only the pixels of images are scaled, to [0, 1].
        missing: "drop" leaves out the rows of a table in which a cell is missing; "refuse", the default,
            names the first.

        max_data: Bytes of memory that reading the file may take; more is refused before it is asked for.

    Raises:
        DataError: A value is unknown, or `max_data` is below 1.

    Columns are named by their heading or, counted from 1, by their position. All are kept as attributes.

    >>> from replay import DataOptions, load_scenario
    >>> from pathlib import Path
    >>> rows = [f"{n},{n * 10},{'AB'[n % 2]}" for n in range(8)]
    >>> _ = Path("points.csv").write_text("\\n".join(["a,b,kind", *rows]))
    >>> options = DataOptions(inputs="a", scale="minmax")
    >>> print(load_scenario("moons").with_data_file("points.csv", options).data_description)
    target: kind (2 classes: A, B); inputs: a; left out: b; scale: minmax
    """

    target: str | int | Sequence[str | int] | None = ()
    inputs: str | int | Sequence[str | int] | None = ()
    ignore: str | int | Sequence[str | int] | None = ()
    task: str | None = None
    scale: str | None = None
    missing: str = REFUSE
    max_data: int = MAX_DATA

    def __post_init__(self) -> None:
        for name in ("target", "inputs", "ignore"):
            value = getattr(self, name)
            several = () if value is None else (value,) if isinstance(value, str | int) else value
            object.__setattr__(self, name, tuple(map(str, several)))
        for name, known in (("task", TASKS), ("scale", SCALES), ("missing", MISSING)):
            value = getattr(self, name)
            if value is not None and value not in known:
                raise DataError(unknown(name, str(value), known))

        if self.max_data < 1:
            raise DataError(f"max_data must be 1 byte or more, not {self.max_data}")

    @property
    def of_columns(self) -> list[str]:
        """The names of the options that are given and that only a table can follow."""
        given = [name for name in ("target", "inputs", "ignore") if getattr(self, name)]
        return given + (["missing"] if self.missing == DROP else [])


AS_FOUND = DataOptions()
