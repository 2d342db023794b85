"""Runs a sweep: trains a scenario with many seeds and hyper-parameter axes, and resumes where it stopped."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from replay.errors import ScenarioError
from replay.network.description import CLIPS
from replay.scenario.data import Data, load_data
from replay.scenario.hyperparameters import AXES, checked, units_in_words
from replay.scenario.scenario import Scenario
from replay.storage.writing.existing import refuse_existing
from replay.sweeps.folder import TITLE, SweepStore, fingerprint
from replay.sweeps.result import SweepRun
from replay.sweeps.table import SweepTable
from replay.sweeps.workers import DIED, Chunk, Cluster, Finished, Pool, chunked, no_data, pool

OnRun = Callable[[int, int], None]
# Fields of a scenario that do not affect its runs, or that the settings hold in another form.
NOT_SETTINGS = (
    *("name", "data", "validation_data", "description", "views", "activations", "vary", "learning_rates"),
    *("seed", "build_model", "data_description", "compared_by"),
)

# Settings of which folders of earlier sweeps know nothing.
ADDED = ("batch_normalization", "dropout", "weight_decay", "patience", *CLIPS, "runs")


def sweep(
    scenario: Scenario,
    seeds: int | Iterable[int],
    out: str | os.PathLike[str] | None = None,
    *,
    axes: Mapping[str, Sequence[Any]] | None = None,
    jobs: int = 1,
    dask: str | None = None,
    keep: bool = True,
    overwrite: bool = False,
    on_run: OnRun | None = None,
) -> SweepTable:
    """Train every variant of a scenario with every seed, and return the table of the runs.

    Args:
        scenario: The scenario to train.
        seeds: How many seeds, from 0 on, or the seeds themselves.
        out: The folder of the sweep, by default outputs/SCENARIO/sweep.
        axes: Further hyper-parameters to vary, as in {"batch_size": (16, 64)}.
            `replay.scenario.hyperparameters.AXES` has the names. None by default.
        jobs: How many processes train.
        dask: The address of a Dask scheduler, such as tcp://10.0.0.1:8786, whose workers train instead. None
            by default.
        keep: Record each run in `out`/runs/NAME-SEED.h5. True by default.
        overwrite: Replace a sweep with other settings. False by default.
        on_run: A function on_run(n_finished, n_runs), called at the beginning and after each run.

    Returns:
        A `SweepTable`, which is also written to `out`.

    Raises:
        RunFileError: `out` holds a sweep with other settings and `overwrite` is not set.
        ClusterError: The cluster does not answer.
        ScenarioError: The scenario cannot be trained at all, there is no seed, or `jobs` is below 1.
        DataError: The data do not fit.

    A sweep with the same settings goes on where it ended, however that was: runs that are finished are not
    trained again, those that failed are. Seeds may be added.

    >>> from replay import Scenario, datasets, sweep
    >>> scenario = Scenario(name="moons", data=datasets.moons, samples=50, epochs=2, activations=("tanh",))
    >>> table = sweep(scenario, seeds=2)
    >>> [(run.name, run.seed, run.error) for run in table.runs]
    [('tanh', 0, ''), ('tanh', 1, '')]
    """
    scenario = scenario.with_axes(axes or {})
    numbers = _checked_seeds(scenario, seeds)
    _check_activations(scenario)
    local = pool(jobs)
    store = SweepStore((Path(out) if out is not None else scenario.folder / "sweep").expanduser().absolute())
    data = load_data(scenario)
    work = _Work(store, scenario, data, keep)
    with Cluster(dask) if dask is not None else nullcontext(local) as workers:
        work.begin(numbers, overwrite)
        n_workers = workers.workers if isinstance(workers, Cluster) else jobs
        try:
            work.finish(numbers, workers, n_workers, on_run or (lambda *_: None))
        finally:  # also where Ctrl-C stops it
            store.forget_begun()
    table = SweepTable(store.folder, work.settings, work.runs(numbers))
    table.write()
    return table


class _Work:
    """The runs of one sweep, and which are left to train."""

    def __init__(self, store: SweepStore, scenario: Scenario, data: Data, keep: bool) -> None:
        self.store, self._data, self._keep = store, data, keep
        self._variants = dict(scenario.variants)
        self.settings = _settings(scenario, self._variants, data)

    def begin(self, seeds: Sequence[int], overwrite: bool) -> None:
        """Prepare the folder. Raises RunFileError if it holds files that would be overwritten."""
        if self.store.settings is None and self._keep:
            for name in self._variants:
                for seed in seeds:
                    refuse_existing(self.store.run_file(name, seed), overwrite)
        self.store.begin(self.settings, overwrite)
        self.store.forget_begun()
        if np.shape(self._data.inputs)[1:] in ((), (1,), (2,)):  # for the figures of fits and boundaries
            self.store.keep_data(self._data.inputs, self._data.targets, self._data.validation)

    def finish(self, seeds: Sequence[int], workers: Pool, n_workers: int, on_run: OnRun) -> None:
        """Train the runs that are left."""
        self._total = len(self._variants) * len(seeds)
        self._on_run = on_run
        todo = {
            name: [seed for seed in seeds if not self._is_finished(name, seed)] for name in self._variants
        }
        self._left = {(name, seed) for name, some in todo.items() for seed in some}
        self._tell()
        while self._left:
            self._train(todo, workers, n_workers)
            for name, seed in self._suspects():
                self._train({name: [seed]}, workers, 1)
                if (name, seed) in self._left:
                    self._take(Finished(SweepRun(name=name, seed=seed, error=DIED)))
            todo = {name: [seed for seed in seeds if (name, seed) in self._left] for name in self._variants}

    def _train(self, todo: Mapping[str, Sequence[int]], workers: Pool, n_workers: int) -> None:
        for finished in workers(chunked(todo, n_workers, self._chunk), self._data):
            self._take(finished)
        # If a chunk's worker died, the folder holds the runs that it finished before.
        self._left = {one for one in self._left if not self._is_finished(*one)}
        self._tell()

    def _suspects(self) -> list[tuple[str, int]]:
        """The runs that may have killed a worker, to train alone: a run that kills it again has failed."""
        begun = {one for one in self._left if self.store.was_begun(*one)}
        return sorted(begun or self._left)

    def _take(self, finished: Finished) -> None:
        run, file = finished
        if file is not None:
            self.store.add_recording(run, file)
        if file is not None or run.error or not self._is_finished(run.name, run.seed):
            self.store.add(run)
        self._left.discard((run.name, run.seed))
        self._tell()

    def _tell(self) -> None:
        self._on_run(self._total - len(self._left), self._total)

    def _is_finished(self, name: str, seed: int) -> bool:
        run = self.store.run(name, seed)
        recorded = not self._keep or self.store.run_file(name, seed).exists()
        return run is not None and not run.error and recorded

    def _chunk(self, name: str, seeds: tuple[int, ...]) -> Chunk:
        scenario = self._variants[name]
        if self._data.validation is not None:
            scenario = scenario.with_changes(validation_data=no_data)
        scenario = scenario.with_changes(data=no_data)
        return Chunk(self.store.folder, self.settings, name, scenario, seeds, self._keep)

    def runs(self, seeds: Sequence[int]) -> list[SweepRun]:
        """The runs of these seeds; the folder may hold others from an earlier sweep."""
        found = [self.store.run(name, seed) for name in self._variants for seed in seeds]
        return [run for run in found if run is not None]


def _settings(scenario: Scenario, variants: Mapping[str, Scenario], data: Data) -> dict[str, Any]:
    """Everything that affects the runs besides their seeds, as plain data."""
    columns = [axis for axis in AXES.values() if axis.name in _varied(scenario)]
    combinations = {
        name: {axis.name: _in_words(axis.read(variant)) for axis in columns}
        for name, variant in variants.items()
    }
    fixed = {
        field.name: getattr(scenario, field.name)
        for field in fields(scenario)
        if field.name not in (*NOT_SETTINGS, *_varied(scenario))
        and (field.name not in ADDED or getattr(scenario, field.name))
    }
    return {
        "scenario": scenario.name,
        **({TITLE: data.described.title} if data.described and data.described.title else {}),
        "combinations": combinations,
        **fixed,
        "build_model": _source(scenario.build_model),
        "data fingerprint": fingerprint(data.inputs, data.targets),
        "validation fingerprint": None if data.validation is None else fingerprint(*data.validation),
    }


def _varied(scenario: Scenario) -> set[str]:
    """The axes in the table: always the activation, and the learning rate if optimizers have their own."""
    own_rates = bool(scenario.learning_rates) or "optimizer" in scenario.vary
    return {"activation", *scenario.vary} | ({"learning_rate"} if own_rates else set())


def _in_words(value: Any) -> Any:
    return units_in_words(value) if isinstance(value, tuple) else value


def _source(build_model: Callable[[str], Any] | None) -> str | None:
    """The source of `build_model`, or its name if the source cannot be found, as in a console."""
    if build_model is None:
        return None
    try:
        return inspect.getsource(build_model)
    except (OSError, TypeError):
        return getattr(build_model, "__qualname__", type(build_model).__name__)


def _checked_seeds(scenario: Scenario, seeds: int | Iterable[int]) -> list[int]:
    if "seed" in scenario.vary:
        raise ScenarioError(
            f"scenario {scenario.name!r}: a sweep varies the seeds already: leave out the axis seed"
        )
    numbers = [*range(seeds)] if isinstance(seeds, int) else list(seeds)
    if not numbers:
        raise ScenarioError("a sweep needs at least one seed")
    return list(checked("seed", numbers))


def _check_activations(scenario: Scenario) -> None:
    """Check the activations without loading Keras; the workers load it and check the other names."""
    if scenario.build_model is None:
        checked("activation", scenario.activations)
