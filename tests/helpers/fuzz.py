"""Mutated run files, each opened, summarised and drawn in a process of its own with limits.

`python -m tests.helpers.fuzz 5000` makes that many from seed 0, `python -m tests.helpers.fuzz 5000 7` from
seed 7. One parent imports everything and forks for each file. A file passes where the child ends by itself,
in time and within the memory, with a picture or one of the project's own errors.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from replay import LayerDescription, Recording, Replay, RunDescription, RunWriter, datasets, dense
from replay.cli.info import as_text, summary
from replay.drawing.picture import picture
from replay.drawing.style import LIGHT
from replay.errors import ReplayError
from replay.network.data_description import DataDescription
from replay.predictions import Recorder
from replay.runs.evaluation import Evaluation
from replay.storage.reader import RunFile

from .sealed import seal

SECONDS = 10
EVERY_CONVOLUTIONAL = 30  # TensorFlow takes its time in each child
BYTES = 1_000_000_000  # of memory, with all that is imported
ADDRESSES = 8_000_000_000  # NumPy and matplotlib lay hands on far more addresses than memory
PICTURE, REFUSED = "a picture", "refused"
SILENT = "a change without a word"
Mutation = Callable[[Path, np.random.Generator], str]


@dataclass(frozen=True)
class Outcome:
    """What became of one mutated file: "a picture", "refused", or how it failed."""

    kind: str
    how: str
    said: str
    seconds: float
    megabytes: float

    @property
    def passed(self) -> bool:
        return self.kind in (PICTURE, REFUSED)


# Honest files


CHAIN = (dense("hidden", 2, 2, "tanh"), dense("output", 2, 1, "sigmoid"))
GRAPH = (
    LayerDescription("start", "InputLayer", 2, shape=(2,)),
    dense("hidden", 2, 2, "tanh"),
    LayerDescription("sum", "Add", 2, shape=(2,), inputs=("start", "hidden")),
    LayerDescription("row", "Concatenate", 4, config={"axis": [-1]}, shape=(4,), inputs=("sum", "hidden")),
    dense("output", 4, 1, "sigmoid"),
)


def toy(
    path: Path, complete: bool = True, layers: tuple[LayerDescription, ...] = CHAIN, **storing: object
) -> Path:
    """A run of a 2-2-1 network, or of another, still open for writing where it is not complete."""
    rng = np.random.default_rng(0)
    description = RunDescription(
        layers=layers,
        chain=layers == CHAIN,
        loss={"name": "binary_crossentropy"},
        optimizer={"class": "SGD", "clipnorm": 1.0},
        scenario="parabola",
        run="tanh",
        seed=3,
        batch_size=16,
        packages={"numpy": np.__version__},
        data=DataDescription("label", ("no", "yes"), ("x", "y"), ("Id",)),
    )
    inputs, targets = datasets.parabola(30)
    writer = RunWriter(path, description, inputs, targets, overwrite=True, **storing)  # type: ignore[arg-type]
    for epoch in range(6):
        weights = [rng.normal(size=weight.shape) for _, weight in description.weight_paths]
        writer.snapshot(epoch, weights, {"loss": 1 / (1 + epoch), "accuracy": epoch / 6} if epoch else None)
    if complete:
        writer.finish()
        writer.close()
    else:
        whole = path.read_bytes()  # as a writer that is killed leaves it
        writer.close()
        path.write_bytes(whole)
    return path


def of_deep_replay(path: Path) -> Path:
    """A training as DeepReplay wrote it, in HDF5's old format, which has no checksums."""
    rng = np.random.default_rng(0)
    inputs, targets = datasets.parabola(20)
    with h5py.File(path, "w") as file:
        group = file.create_group("part1")
        group.attrs.update(samples=len(inputs), batch_size=4, n_batches=10, n_epochs=4, n_layers=2)
        group.attrs["activation_functions"] = [np.bytes_("tanh"), np.bytes_("sigmoid")]
        group["inputs"], group["targets"] = inputs, targets.reshape(-1, 1)
        group["loss"] = rng.uniform(size=4).astype("f")
        group["acc"] = rng.uniform(size=4).astype("f")
        for number, shapes in enumerate((((2, 2), (2,)), ((2, 1), (1,)))):
            for position, shape in enumerate(shapes):
                group[f"layer{number}/weights{position}"] = rng.normal(size=(5, *shape)).astype("f")
    return path


def of_answers(path: Path) -> Path:
    """A small run of recorded answers, with held-out samples and a mesh."""
    inputs, targets = datasets.parabola(20)
    held_out = inputs[:7] + 0.1, targets[:7]
    with Recorder(path, inputs, targets, validation_data=held_out, mesh=9) as recorder:
        for share in (0.2, 0.6, 1.0):
            recorder.snapshot(lambda x, share=share: 1 / (1 + np.exp(share * (x[:, 1] - x[:, 0] ** 2))))
    return path


def convolutional(path: Path) -> Path:
    """A run that only Keras can replay, recorded by a child: nothing may be forked once Keras has threads."""
    child = os.fork()
    if child == 0:
        _record_convolutional(path)
    assert _waited(child)[0] == 0
    return path


def _record_convolutional(path: Path) -> None:
    """The child: never returns."""
    status = 1
    try:
        import keras
        from keras import layers as kl

        from replay import Recorder

        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # for what TensorFlow says as it starts
        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(20, 6, 6, 1)).astype("float32"), np.arange(20) % 2
        model = keras.Sequential(
            [keras.Input((6, 6, 1)), kl.Conv2D(2, 3), kl.Flatten(), kl.Dense(1, "sigmoid")]
        )
        model.compile("sgd", "binary_crossentropy", metrics=["accuracy"], run_eagerly=True)
        model.fit(x, y, epochs=3, verbose=0, callbacks=[Recorder(path, x, y)])
        status = 0
    finally:
        os._exit(status)


def honest(folder: Path) -> list[Path]:
    """The files that are mutated."""
    return [
        toy(folder / "toy.h5"),
        toy(folder / "incomplete.h5", complete=False),
        toy(folder / "compressed.h5", compress=True, dtype="float16"),
        toy(folder / "graph.h5", layers=GRAPH),
        of_deep_replay(folder / "deepreplay.h5"),
        of_answers(folder / "answers.h5"),
    ]


# Mutations


def flip_bits(path: Path, rng: np.random.Generator) -> str:
    content = bytearray(path.read_bytes())
    n = int(rng.choice([1, 2, 8, 64]))
    for position in _interesting(content, n, rng):
        content[position] ^= 1 << int(rng.integers(8))
    path.write_bytes(content)
    return f"{n} bits flipped"


def set_bytes(path: Path, rng: np.random.Generator) -> str:
    content = bytearray(path.read_bytes())
    n = int(rng.choice([1, 4, 8]))
    start = _interesting(content, 1, rng)[0]
    content[start : start + n] = bytes([int(rng.choice([0, 1, 0x7F, 0x80, 0xFF]))]) * n
    path.write_bytes(content)
    return f"{n} bytes set at {start}"


def cut(path: Path, rng: np.random.Generator) -> str:
    content = path.read_bytes()
    kept = int(rng.integers(len(content)))
    path.write_bytes(content[:kept])
    return f"cut after {kept} bytes"


def zero_block(path: Path, rng: np.random.Generator) -> str:
    content = bytearray(path.read_bytes())
    length = int(rng.choice([8, 64, 512, 4096]))
    start = _interesting(content, 1, rng)[0]
    content[start : start + length] = bytes(len(content[start : start + length]))
    path.write_bytes(content)
    return f"{length} bytes zeroed at {start}"


def move_block(path: Path, rng: np.random.Generator) -> str:
    content = bytearray(path.read_bytes())
    length = int(rng.choice([8, 32, 256]))
    source, target = (int(position) for position in rng.integers(max(1, len(content) - length), size=2))
    content[target : target + length] = content[source : source + length]
    path.write_bytes(content)
    return f"{length} bytes copied from {source} to {target}"


def _interesting(content: bytes, n: int, rng: np.random.Generator) -> list[int]:
    """Positions of bytes, mostly of such that are not zero: most of a file is empty room."""
    used = np.flatnonzero(np.frombuffer(bytes(content), np.uint8))
    anywhere = rng.random() < 0.2 or not len(used)
    return [int(one) for one in (rng.integers(len(content), size=n) if anywhere else rng.choice(used, n))]


ODD: Sequence[object] = (
    *(
        None,
        True,
        -1,
        0,
        1,
        7,
        2**31,
        2**62,
        1e308,
        -1e-300,
        0.5,
        "",
        "x",
        "\x1b[31m",
        "../../x",
        "$\\frac{$",
    ),
    *(
        [],
        [1, 2],
        [[1]],
        {},
        {"a": 1},
        "softmax",
        "Dense",
        "Lambda",
        "Add",
        "sum",
        ["sum"],
        ["hidden", "hidden"],
        "relu",
        float("nan"),
        float("inf"),
    ),
)


def change_description(path: Path, rng: np.random.Generator) -> str:
    """Another value in a random place of the description."""
    with h5py.File(path, "r+") as file:
        if "description" not in file:
            return _change_attribute(file, rng)
        data = json.loads(file["description"][()].decode())
        place, key = _random_place(data, rng)
        value = ODD[int(rng.integers(len(ODD)))]
        told = f"{key!r} becomes {value!r}"
        if rng.random() < 0.1:
            del place[key]
            told = f"{key!r} is taken away"
        else:
            place[key] = value
        del file["description"]
        file["description"] = np.bytes_(json.dumps(data).encode())
        seal(file)
    return told


def _change_attribute(file: h5py.File, rng: np.random.Generator) -> str:
    group = file["part1"]
    name = str(rng.choice(list(group.attrs)))
    value = [-1, 0, 3, 2**40, 0.5, "x", np.arange(5), np.bytes_("relu")][int(rng.integers(8))]
    group.attrs[name] = value
    return f"attribute {name} becomes {value!r}"


def _random_place(data: object, rng: np.random.Generator) -> tuple[dict | list, object]:
    places: list[tuple[dict | list, object]] = []

    def walk(value: object) -> None:
        if isinstance(value, dict | list):
            keys = list(value) if isinstance(value, dict) else range(len(value))
            for key in keys:
                places.append((value, key))
                walk(value[key])  # type: ignore[index]

    walk(data)
    return places[int(rng.integers(len(places)))]


def change_dataset(path: Path, rng: np.random.Generator) -> str:
    """Another dataset in the place of one."""
    with h5py.File(path, "r+") as file:
        names: list[str] = []
        file.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
        name = str(rng.choice(names))
        old = file[name][()]
        kinds: dict[str, Callable[[], object]] = {
            "nothing": lambda: None,
            "a scalar": lambda: np.float64(3),
            "text": lambda: np.bytes_(b"\xff\xfe text"),
            "fewer rows": lambda: old[: len(old) // 2] if np.ndim(old) else old,
            "one more axis": lambda: np.asarray(old)[None],
            "NaN": lambda: np.full(np.shape(old), np.nan),
            "large": lambda: np.full(np.shape(old), 1e300),
            "negative": lambda: np.full(np.shape(old), -5),
            "another type": lambda: np.zeros(
                np.shape(old), str(rng.choice(["i1", ">f8", "u8", "f2", "c8", "?"]))
            ),
            "no rows": lambda: np.zeros((0, *np.shape(old)[1:])),
            "huge": lambda: "huge",
            "twisted": lambda: rng.permutation(np.ravel(old)).reshape(np.shape(old)),
        }
        kind = str(rng.choice(list(kinds)))
        value = kinds[kind]()
        del file[name]
        if isinstance(value, str):
            file.create_dataset(
                name, (10**7, *np.shape(old)[1:], 1000), "f8", chunks=True, compression="gzip"
            )
        elif value is not None:
            file[name] = value
        seal(file)
    return f"{name} becomes {kind}"


OF_BYTES: Sequence[Mutation] = (flip_bits, flip_bits, set_bytes, cut, zero_block, move_block)
OF_CONTENT: Sequence[Mutation] = (change_description, change_description, change_dataset)


def mutated(source: Path, path: Path, seed: int) -> tuple[str, bool]:
    """Write `source`, mutated with `seed`, to `path`; say how, and whether only by chance."""
    rng = np.random.default_rng(seed)
    content = source.read_bytes()
    path.write_bytes(content)
    is_open = bool(content[11] & 1)  # h5py does not change what a writer has open
    choice = OF_BYTES if is_open else (*OF_BYTES, *OF_CONTENT)
    mutation = choice[int(rng.integers(len(choice)))]
    return f"{source.stem} {seed}: {mutation(path, rng)}", mutation in OF_BYTES


def numbers(path: Path) -> tuple[str, bool]:
    """All that a reader gets of a run file, as text, and whether it is told of damage."""
    run = RunFile(path)
    history = run.history()
    arrays = [*run.weights(0, len(run.epochs)), run.inputs, run.targets, history[0], *history[1].values()]
    facts = [run.epochs.tolist(), run.description, run.complete, run.ending, list(history[1])]
    return repr([*facts, *(array.tolist() for array in arrays)]), bool(run.damages)


# Trying


def look_at(path: Path) -> str:
    """Open, summarise and draw a file, as `replay info` and `replay render` do."""
    try:
        replay = Replay(path)
        facts = summary(replay)
        as_text(facts)
        json.dumps(facts)
        drawn = picture(Evaluation(Recording(path)), "dashboard", LIGHT, None, (480, 240), True, None)
        drawn.save(path.with_suffix(".png"))
    except ReplayError as error:
        if not str(error).strip():
            raise
        return f"{REFUSED}: {error}"
    return PICTURE


def tried(path: Path, how: str, honest: str | None = None) -> Outcome:
    """What becomes of a file in a child process with limits; `honest` are the numbers that it had before."""
    answer = path.with_suffix(".answer")
    begun = time.monotonic()
    child = os.fork()
    if child == 0:
        _live(path, answer, honest)
    status, usage = _waited(child)
    seconds = time.monotonic() - begun
    megabytes = max(0.0, usage.ru_maxrss / 1000)
    said = answer.read_text(errors="replace") if answer.exists() else ""
    kind = said.partition(":")[0]
    if os.WIFSIGNALED(status):
        name = signal.Signals(os.WTERMSIG(status)).name
        kind = (
            "too slow" if seconds > SECONDS - 0.5 and name in ("SIGALRM", "SIGXCPU") else f"killed by {name}"
        )
    elif kind not in (PICTURE, REFUSED):
        kind = SILENT if kind == SILENT else "another error"
    elif megabytes * 1e6 > BYTES:
        kind = "too large"
    answer.unlink(missing_ok=True)
    path.with_suffix(".png").unlink(missing_ok=True)
    return Outcome(kind, how, said, seconds, megabytes)


def _live(path: Path, answer: Path, honest: str | None) -> None:
    """The child: never returns."""
    signal.alarm(SECONDS)
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESSES, ADDRESSES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):  # noqa: PTH123
        try:
            said = look_at(path)
            if honest is not None and said == PICTURE:
                found, told = numbers(path)
                said = PICTURE if found == honest or told else SILENT
        except BaseException:  # noqa: BLE001 - whatever it is, the parent must hear of it
            said = f"another error: {traceback.format_exc()}"
    answer.write_text(said, errors="replace")
    os._exit(0)


def _waited(child: int) -> tuple[int, resource.struct_rusage]:
    _, status, usage = os.wait4(child, 0)
    return status, usage


def fuzz(n: int, first: int = 0, folder: Path | None = None) -> Iterator[Outcome]:
    """Try `n` mutated files from seed `first` on."""
    with tempfile.TemporaryDirectory() as own:
        place = Path(own)
        sources = honest(place)
        import keras  # noqa: F401 - loaded once for all children, and not used here

        rare = convolutional(place / "convolutional.h5")
        look_at(sources[0])  # what is loaded and computed once is then there for every child
        before = {source: numbers(source)[0] for source in (*sources, rare) if source.stem != "deepreplay"}
        for source in (*sources, rare):
            if (outcome := tried(source, "as it was written")).kind != PICTURE:
                raise AssertionError(f"{source}: {outcome}")
        for seed in range(first, first + n):
            path = place / "mutated.h5"
            source = rare if seed % EVERY_CONVOLUTIONAL == 0 else sources[seed % len(sources)]
            how, by_chance = mutated(source, path, seed)
            outcome = tried(path, how, before.get(source) if by_chance else None)
            if folder is not None and not outcome.passed:
                path.rename(folder / f"{seed}.h5")
            yield outcome


def main() -> int:
    """Run as many as asked for, and say what became of them."""
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    counts: Counter[str] = Counter()
    slowest = largest = 0.0
    begun = time.monotonic()
    for outcome in fuzz(n, first):
        counts[outcome.kind] += 1
        slowest, largest = max(slowest, outcome.seconds), max(largest, outcome.megabytes)
        if not outcome.passed:
            print(f"{outcome.how}: {outcome.kind}, {outcome.said[-1500:]}", flush=True)
        if counts.total() % 500 == 0:
            print(f"{counts.total()} after {time.monotonic() - begun:.0f} s: {dict(counts)}", file=sys.stderr)
    for kind, count in counts.most_common():
        print(f"{count:6} {kind}")
    print(f"{time.monotonic() - begun:.0f} s; slowest {slowest:.1f} s, largest {largest:.0f} MB")
    return sum(count for kind, count in counts.items() if kind not in (PICTURE, REFUSED))


if __name__ == "__main__":
    sys.exit(min(main(), 1))
