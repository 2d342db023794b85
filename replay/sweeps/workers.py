"""Trains the runs of a sweep in parallel: in processes on this machine (joblib), or on a dask cluster.

A chunk is some seeds of one combination, which a process trains with one compiled network. A process keeps
the last networks that it compiled, as the next chunk often needs one of them. It writes each finished run
into the sweep's folder if it can see that folder; otherwise, the chunk returns its runs.
"""

from __future__ import annotations

import functools
import json
import math
import os
import sys
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from replay.errors import ClusterError, DataError, ReplayError, ScenarioError, first_line
from replay.network.in_keras import quiet
from replay.scenario.data import Data
from replay.scenario.scenario import Scenario
from replay.sweeps.folder import SweepStore
from replay.sweeps.result import SweepRun

if TYPE_CHECKING:
    from replay.sweeps.trainer import Trainer

CONNECT_SECONDS = 8.0  # a cluster must answer within this time
TRAINERS_KEPT = 2
CHUNKS = 2  # a chunk is 1 / (CHUNKS · workers) of the runs left, so that all workers end together
DIED = "the process that trained it died (it may have run out of memory)"
# A chunk may run in a thread of a cluster's worker, but a network trains one run at a time.
_TRAINERS: OrderedDict[str, Trainer] = OrderedDict()
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True)
class Chunk:
    """Seeds of the combination called `name`. `scenario` is that combination's, without data functions."""

    folder: Path
    settings: Mapping[str, Any]
    name: str
    scenario: Scenario
    seeds: tuple[int, ...]
    keep: bool


class Finished(NamedTuple):
    """A run, and its run file if the worker could not write to the sweep's folder."""

    run: SweepRun
    file: bytes | None = None


Pool = Callable[[Sequence[Chunk], Data], Iterator[Finished]]


def chunked(
    runs: Mapping[str, Sequence[int]], workers: int, chunk: Callable[[str, tuple[int, ...]], Chunk]
) -> list[Chunk]:
    """Divide runs, seeds by combination, into chunks: large ones first, so that all workers end together."""
    left = sum(map(len, runs.values()))
    chunks = []
    for name, seeds in runs.items():
        start = 0
        while start < len(seeds):
            size = math.ceil(left / (CHUNKS * workers))
            part = tuple(seeds[start : start + size])
            chunks.append(chunk(name, part))
            start, left = start + len(part), left - len(part)
    return chunks


# In a worker


def train_chunk(chunk: Chunk, data: Data) -> list[Finished]:
    """Train every run of a chunk, in a process that shares the machine with others."""
    _share_the_processor()
    quiet.import_keras()
    with _ONE_AT_A_TIME:
        return list(trained(chunk, data))


def _share_the_processor() -> None:
    """Limit TensorFlow to the threads that joblib and dask allow other libraries in their workers.

    Without it, two processes on two cores, each with two busy-waiting threads, took 1.8 times as long.
    """
    for kind in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
        os.environ.setdefault(kind, os.environ.get("OMP_NUM_THREADS", "1"))


def trained(chunk: Chunk, data: Data) -> Iterator[Finished]:
    """Train the runs of a chunk one by one. A run that fails holds its error, and the others go on.

    Raises ScenarioError or DataError if no seed of this combination can be trained.
    """
    store = SweepStore(chunk.folder)
    trainer = _trainer(chunk, data)
    if store.has(chunk.settings):
        for seed in chunk.seeds:
            with store.begun(chunk.name, seed):
                path = store.run_file(chunk.name, seed) if chunk.keep else None
                run = _run(trainer, chunk, seed, path)
                store.add(run)
            yield Finished(run)
        return
    with tempfile.TemporaryDirectory() as elsewhere:
        for seed in chunk.seeds:
            path = Path(elsewhere) / "run.h5" if chunk.keep else None
            run = _run(trainer, chunk, seed, path)
            yield Finished(run, path.read_bytes() if path is not None and not run.error else None)


def _trainer(chunk: Chunk, data: Data) -> Trainer:
    from replay.sweeps.trainer import Trainer  # loads TensorFlow

    if chunk.scenario.build_model is not None:  # compiles nothing worth keeping
        return Trainer(chunk.name, chunk.scenario, data)
    key = json.dumps([chunk.settings, chunk.name, chunk.keep])
    if key not in _TRAINERS:
        _TRAINERS[key] = Trainer(chunk.name, chunk.scenario, data)
        if len(_TRAINERS) > TRAINERS_KEPT:
            _TRAINERS.popitem(last=False)
    _TRAINERS.move_to_end(key)
    return _TRAINERS[key]


def _run(trainer: Trainer, chunk: Chunk, seed: int, path: Path | None) -> SweepRun:
    try:
        return trainer.run(seed, path)
    except Exception as error:  # noqa: BLE001 - only this run fails; the table has the error
        message = first_line(error)
        named = message if isinstance(error, ReplayError) else f"{type(error).__name__}: {message}"
        return SweepRun(name=chunk.name, seed=seed, error=named)


# Pools of workers. Each yields the finished runs, and nothing for chunks whose worker died.


def in_this_process(chunks: Sequence[Chunk], data: Data) -> Iterator[Finished]:
    """Train one chunk after another."""
    quiet.import_keras()
    for chunk in chunks:
        yield from trained(chunk, data)


def on_this_machine(chunks: Sequence[Chunk], data: Data, jobs: int) -> Iterator[Finished]:
    """Train in `jobs` processes. If one dies, all end."""
    from joblib import Parallel, delayed

    _send_by_value(chunks)
    # Dispatch one chunk ahead for each process, so that none waits.
    parallel = Parallel(n_jobs=jobs, return_as="generator_unordered", batch_size=1, pre_dispatch=2 * jobs)
    try:
        for finished in parallel(delayed(train_chunk)(chunk, data) for chunk in chunks):
            yield from finished
    except BrokenProcessPool:
        return


class Cluster:
    """A dask cluster; use it as a context manager. Raises ClusterError if it does not answer."""

    def __init__(self, address: str) -> None:
        try:
            from distributed import Client
        except ImportError as error:
            raise ClusterError(
                "a cluster needs dask and distributed: pip install 'boundary-replay[cluster]'"
            ) from error
        try:
            self._client = Client(address, timeout=CONNECT_SECONDS)
        except (OSError, ValueError, TypeError) as error:
            raise ClusterError(f"the cluster at {address} does not answer: {first_line(error)}") from error
        self.workers = len(self._client.scheduler_info()["workers"])
        if not self.workers:
            self.__exit__()
            raise ClusterError(f"the cluster at {address} has no workers: start some with dask worker")

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *error: object) -> None:
        self._client.close()

    def __call__(self, chunks: Sequence[Chunk], data: Data) -> Iterator[Finished]:
        """Train on the cluster. If a worker dies, dask gives its chunk to another one, a few times."""
        from distributed import KilledWorker, as_completed

        _send_by_value(chunks)
        shared = self._client.scatter(data, broadcast=True)
        futures = [self._client.submit(train_chunk, chunk, shared, pure=False) for chunk in chunks]
        for future in as_completed(futures):
            try:
                yield from future.result()
            except KilledWorker:
                continue


def pool(jobs: int) -> Pool:
    """The pool for `jobs` processes. Raises ScenarioError for fewer than one."""
    if jobs < 1:
        raise ScenarioError(f"jobs must be 1 or more, not {jobs}")
    return in_this_process if jobs == 1 else functools.partial(on_this_machine, jobs=jobs)


def no_data() -> tuple[Any, Any]:
    """Replaces the data functions of a scenario that is sent to a worker: the data are sent separately."""
    raise DataError("the data of this scenario are sent separately")


def _send_by_value(chunks: Sequence[Chunk]) -> None:
    """Pickle functions of a user's scenario file by value: no worker can import that file as a module."""
    for build_model in {chunk.scenario.build_model for chunk in chunks} - {None}:
        module = sys.modules.get(getattr(build_model, "__module__", ""))
        if module is not None and module.__name__.startswith("replay_scenario_"):
            for pickler in _picklers():
                pickler.register_pickle_by_value(module)


def _picklers() -> list[Any]:
    from joblib.externals import cloudpickle as of_joblib

    try:
        import cloudpickle as of_dask
    except ImportError:
        return [of_joblib]
    return [of_joblib, of_dask]
