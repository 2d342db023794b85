"""Run files made to do harm: each is refused with an error that names it, or harmless."""

from __future__ import annotations

import json
import os
import pickle
import re
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h5py
import matplotlib.pyplot as plt
import numpy as np
import pytest
from typer.testing import CliRunner

from replay import Recording, Replay, RunDescription, RunWriter, datasets, dense
from replay.cli.app import app
from replay.cli.info import as_text, summary
from replay.cli.terminal import in_json, printable
from replay.errors import ReplayError, RunFileError
from replay.network.in_keras.architecture import objection, read
from replay.storage.deepreplay import deepreplay_groups
from replay.storage.reader import RunFile
from replay.storage.training_state import StateLayout
from replay.storage.unfinished import unfinished
from tests.helpers.sealed import seal
from tests.helpers.warm import WarmProcess

MakeRun = Callable[..., Path]
Change = Callable[[h5py.File], None]
MAX_BYTES = 150_000_000  # of memory that a refusal may take, imports aside


def look(path: Path, trust: bool = False) -> dict[str, Any]:
    """Everything that `info` says, and the answers of the network."""
    replay = Replay(path, trust=trust)
    facts = summary(replay)
    as_text(facts)
    replay.probabilities()
    replay.losses()
    _ = replay.recording.validation_data
    return facts


def change(path: Path, how: Change) -> Path:
    with h5py.File(path, "r+") as file:
        how(file)
    return path


def put(name: str, make: Callable[[h5py.File, str, Any], None]) -> Change:
    """Something else in the place of a dataset; it is given the old one's values."""

    def put_it(file: h5py.File) -> None:
        old = file[name][()]
        del file[name]
        make(file, name, old)
        seal(file)

    return put_it


def describe(edit: Callable[[dict[str, Any]], None]) -> Change:
    """The description, edited."""

    def put_it(file: h5py.File) -> None:
        data = json.loads(file["description"][()].decode())
        edit(data)
        del file["description"]
        file["description"] = np.bytes_(json.dumps(data).encode())
        seal(file)

    return put_it


def describe_as(text: bytes) -> Change:
    return put("description", lambda file, name, _: file.create_dataset(name, data=np.bytes_(text)))


def set_key(*keys: Any, value: Any) -> Change:
    """The value at such a place of the description."""

    def edit(data: Any) -> None:
        for key in keys[:-1]:
            data = data[key]
        data[keys[-1]] = value

    return describe(edit)


def external_link(file: h5py.File, name: str, old: Any) -> None:
    other = Path(file.filename).with_name("secret.h5")
    with h5py.File(other, "w") as secret:
        secret["inputs"] = old
    file[name] = h5py.ExternalLink(str(other), "/inputs")


def soft_link(file: h5py.File, name: str, old: Any) -> None:
    file["elsewhere"] = old
    file[name] = h5py.SoftLink("/elsewhere")


def soft_link_loop(file: h5py.File, name: str, old: Any) -> None:
    file[name] = h5py.SoftLink(f"/{name}")


def external_storage(file: h5py.File, name: str, old: Any) -> None:
    other = Path(file.filename).with_name("secret.bin")
    other.write_bytes(old.tobytes())
    file.create_dataset(name, old.shape, old.dtype, external=[(str(other), 0, old.nbytes)])


def virtual(file: h5py.File, name: str, old: Any) -> None:
    other = Path(file.filename).with_name("secret.h5")
    with h5py.File(other, "w") as secret:
        secret["values"] = old
    layout = h5py.VirtualLayout(old.shape, old.dtype)
    layout[...] = h5py.VirtualSource(str(other), "values", shape=old.shape)
    file.create_virtual_dataset(name, layout)


def claiming(*shape: int, **storing: Any) -> Callable[[h5py.File, str, Any], None]:
    return lambda file, name, old: file.create_dataset(name, shape, old.dtype, **storing)


def bomb(file: h5py.File, name: str, old: Any) -> None:
    """A hundred megabytes of zeros in a chunk that says it has 800 kB."""
    found = file.create_dataset(
        name, (60, 2), "f4", chunks=(10**5, 2), maxshape=(10**5, 2), compression="gzip"
    )
    packer = zlib.compressobj(9)
    zeros = bytes(10**7)
    data = b"".join(packer.compress(zeros) for _ in range(10)) + packer.flush()
    found.id.write_direct_chunk((0, 0), data)


def zeros_upon_zeros(file: h5py.File, name: str, old: Any) -> None:
    """Two gigabytes, honestly compressed."""
    found = file.create_dataset(name, (10**8, 2), "f8", chunks=(10**6, 2), compression="gzip")
    packed = zlib.compress(bytes(16 * 10**6), 9)
    for start in range(0, 10**8, 10**6):
        found.id.write_direct_chunk((start, 0), packed)


def zeros(*shape: int) -> Callable[[h5py.File, str, Any], None]:
    """As many zeros as that, in chunks of a megabyte that take a kilobyte each."""

    def put_it(file: h5py.File, name: str, old: Any) -> None:
        n_rows = max(1, 250_000 // int(np.prod(shape[1:])))
        found = file.create_dataset(
            name, shape, "f4", chunks=(min(n_rows, shape[0]), *shape[1:]), compression="gzip"
        )
        packed = zlib.compress(np.zeros(found.chunks, "f4").tobytes(), 9)
        for start in range(0, shape[0], found.chunks[0]):
            found.id.write_direct_chunk((start,) + (0,) * (len(shape) - 1), packed)

    return put_it


def many_inputs(file: h5py.File, name: str, old: Any) -> None:
    for number in range(70):
        zeros(60, 16_000)(file, f"{name}/{number}", None)
        file[f"{name}/{number}"].attrs["name"] = str(number)


def heavy_weights(*units: int) -> Change:
    """One snapshot of layers without samples to answer to, of so many units, whose weights are zeros."""

    def put_it(file: h5py.File) -> None:
        layers = []
        for number, n in enumerate(units):
            weight = {"name": "kernel", "shape": [n * n], "dtype": "float32"}
            layers.append({"name": f"wide_{number}", "class": "Unknown", "units": n, "weights": [weight]})
            zeros(1, n * n)(file, f"weights/wide_{number}/kernel", None)
        describe(lambda data: data["layers"].extend(layers))(file)

    return put_it


def with_layers(run: dict[str, Any], n: int) -> None:
    """The run, with so many layers."""
    acting = [
        {"name": f"layer {number}", "class": "Activation", "activation": "tanh"} for number in range(n - 2)
    ]
    run["layers"] = [run["layers"][0], *acting, run["layers"][-1]]


def with_sum(*inputs: str) -> Change:
    """A layer between the two of a network that adds these; `twice` has the hidden layer's units twice."""

    def edit(run: dict[str, Any]) -> None:
        hidden, output = run["layers"]
        twice = {"name": "twice", "class": "Concatenate", "inputs": ["hidden", "hidden"], "weights": []}
        found = {"name": "sum", "class": "Add", "inputs": list(inputs), "weights": []}
        run["layers"] = [hidden, *([twice] if "twice" in inputs else []), found, output]
        run["chain"] = False

    return describe(edit)


def references(file: h5py.File, name: str, old: Any) -> None:
    file.create_dataset(name, data=np.array([file.ref] * len(old), h5py.ref_dtype), dtype=h5py.ref_dtype)


def compound(file: h5py.File, name: str, old: Any) -> None:
    file[name] = np.zeros(old.shape, [("x", "f4"), ("y", "f4")])


def ragged(file: h5py.File, name: str, old: Any) -> None:
    file.create_dataset(name, old.shape, h5py.vlen_dtype(np.float32))


def committed_type(file: h5py.File, name: str, old: Any) -> None:
    file[name] = np.dtype("f8")


def unknown_filter(file: h5py.File, name: str, old: Any) -> None:
    file.create_dataset(name, data=old, chunks=True, compression="lzf")


def as_values(values: Callable[[Any], Any]) -> Callable[[h5py.File, str, Any], None]:
    return lambda file, name, old: file.create_dataset(name, data=values(old))


def named_metrics(*names: bytes) -> Change:
    return put("history/names", as_values(lambda _: np.array(names, "S128")))


def ending(text: str, complete: int = 1) -> Change:
    """How the run ended, with sound checksums."""

    def put_it(file: h5py.File) -> None:
        file["history/ending"][()] = text.encode()
        file["complete"][()] = complete
        seal(file)

    return put_it


def version(value: Any) -> Change:
    return lambda file: file.attrs.create("format_version", value)


def checksum(name: str, value: Any) -> Change:
    return lambda file: file["history/checksums"].attrs.create(name, value)


LAYER, CONFIG = ("layers", 0), ("layers", 0, "config")
REFUSED: dict[str, tuple[Change, str]] = {
    "an external link": (put("data/inputs", external_link), "data/inputs is a soft or external link"),
    "an external link to a group": (
        lambda file: (file.move("data", "kept"), file.__setitem__("data", h5py.ExternalLink("x.h5", "/"))),
        "data/inputs is a soft or external link",
    ),
    "a soft link": (put("data/inputs", soft_link), "data/inputs is a soft or external link"),
    "a soft link to itself": (put("epochs", soft_link_loop), "epochs is a soft or external link"),
    "external storage": (put("data/inputs", external_storage), "data/inputs is stored in another file"),
    "a virtual dataset": (put("data/inputs", virtual), "data/inputs is a virtual dataset"),
    "a huge shape": (put("data/inputs", claiming(10**12, 2)), r"data/inputs claims \d+ bytes, but holds 0"),
    "a huge shape in chunks": (
        put("epochs", claiming(10**12, chunks=(1024,))),
        r"epochs claims \d+ bytes, but holds 0",
    ),
    "a huge compressed shape": (
        put("data/inputs", claiming(10**12, 2, chunks=(1024, 2), compression="gzip")),
        "claims",
    ),
    "a huge chunk": (
        put("data/inputs", claiming(60, 2**27, chunks=(2, 2**27), compression="gzip")),
        "chunks|claims",
    ),
    "a compression bomb in a chunk": (put("data/inputs", bomb), "compressed data"),
    "a compression bomb of many chunks": (put("data/inputs", zeros_upon_zeros), "claims"),
    "samples that compress a thousandfold": (put("data/inputs", zeros(5_000_000, 2)), "claims"),
    "samples that were never written": (
        put("data/inputs", claiming(4_000_000, 2, chunks=(4_000_000, 2))),
        "data/inputs claims 32000000 bytes, but holds 0",
    ),
    "a compression bomb of many inputs": (put("data/inputs", many_inputs), "data/inputs claims"),
    "a compression bomb in a weight": (heavy_weights(4200), "a snapshot of the weights claims"),
    "a compression bomb in many weights": (
        heavy_weights(2700, 2700, 2700),
        "a snapshot of the weights claims",
    ),
    "JSON of any depth": (describe_as(b"[" * 100_000), "nested more than 40 levels"),
    "JSON a little too deep": (describe_as(b"[" * 500 + b"]" * 500), "nested more than 40 levels"),
    "a description that is no JSON": (describe_as(b"{"), "is damaged"),
    "a description that is no object": (describe_as(b"[]"), r"must be an object, not \[\]"),
    "broken UTF-8": (
        describe_as(b'{"layers": [], "run": "\xff\xfe"}'),
        "description is no text in UTF-8",
    ),
    "half a surrogate pair": (
        set_key("run", value="\ud800"),
        r"description\.run holds half a surrogate pair, which is no character",
    ),
    "half a surrogate pair in a key": (
        set_key("packages", value={"a\ud800": "1"}),
        r"description\.packages\.a\\ud800 holds half a surrogate pair",
    ),
    "a number of 5,000 digits": (
        describe_as(b'{"layers": [], "seed": -' + b"9" * 5000 + b"}"),
        r"description\.seed is a whole number beyond 64 bits",
    ),
    "a number beyond 64 bits": (
        set_key(*LAYER, "config", value={"axis": [1, 10**40]}),
        r"description\.layers\[0\]\.config\.axis\[1\] is a whole number beyond 64 bits",
    ),
    "object references": (put("data/inputs", references), "data/inputs must be numbers"),
    "a compound type": (put("data/inputs", compound), "data/inputs must be numbers"),
    "arrays of any length": (put("data/inputs", ragged), "data/inputs must be numbers"),
    "text for numbers": (
        put("data/targets", as_values(lambda old: np.full(old.shape, b"x"))),
        "targets must be numbers",
    ),
    "complex numbers": (put("data/inputs", as_values(lambda old: old.astype("c8"))), "must be numbers"),
    "numbers of 16 bytes": (put("data/inputs", as_values(lambda old: old.astype("f16"))), "must be numbers"),
    "a type for a dataset": (put("epochs", committed_type), "epochs is neither a dataset nor a group"),
    "a group for a dataset": (put("epochs", lambda file, name, _: file.create_group(name)), "not a group"),
    "an unknown filter": (put("data/inputs", unknown_filter), "needs the filter 32000"),
    "epochs of NaN": (put("epochs", as_values(lambda old: old * np.nan)), "epochs must be finite"),
    "epochs that go back": (put("epochs", as_values(lambda old: old[::-1])), "epochs must be finite"),
    "epochs that stand still": (put("epochs", as_values(lambda old: old * 0)), "epochs must be finite"),
    "epochs that no axis can show": (
        put("epochs", as_values(lambda old: [-1e308, *old[1:-1], 1e308])),
        r"epochs must be finite numbers of at most 1e\+15",
    ),
    "logged epochs that no axis can show": (
        put("history/epochs", as_values(lambda old: [*old[:-1], 1e16])),
        r"history/epochs must be finite numbers of at most 1e\+15",
    ),
    "more layers than a network has": (describe(lambda data: with_layers(data, 2001)), "more than 2000"),
    "epochs on two axes": (put("epochs", as_values(lambda old: old[:, None])), "must have 1 axes"),
    "samples of NaN": (put("data/inputs", as_values(lambda old: old * np.nan)), "NaN or infinity"),
    "no samples": (put("data/inputs", as_values(lambda old: old[:0])), "rows"),
    "fewer targets than samples": (put("data/targets", as_values(lambda old: old[:7])), "rows"),
    "samples without an axis": (put("data/inputs", as_values(lambda _: 1.0)), "a row for each sample"),
    "samples of another rank": (
        put("data/inputs", as_values(lambda old: old[..., None])),
        "'hidden' does not fit the network",
    ),
    "negative units": (set_key(*LAYER, "units", value=-3), r"layers\[0\]\.units must be a whole number"),
    "units of text": (set_key(*LAYER, "units", value="many"), r"layers\[0\]\.units must be"),
    "more units than weights": (set_key(*LAYER, "units", value=2**39), "does not fit the network"),
    "a layer called ..": (set_key(*LAYER, "name", value=".."), "a name without '/'"),
    "a layer called /": (set_key(*LAYER, "name", value="../../secret"), "a name without '/'"),
    "no layers": (set_key("layers", value=[]), "description.layers is empty"),
    "a key twice": (
        put("description", as_values(lambda old: np.bytes_(old[:-1] + b', "layers": []}'))),
        "has the key 'layers' twice",
    ),
    "two layers of one name": (set_key("layers", 1, "name", value="hidden"), "two layers of the same name"),
    "a layer that takes itself": (with_sum("sum"), "'sum' takes 'sum', which is no layer before it"),
    "a layer that takes a later one": (
        set_key(*LAYER, "inputs", value=["output"]),
        "'hidden' takes 'output', which is no layer before it",
    ),
    "a layer that takes nothing": (with_sum(), r"layers\[1\]\.inputs must be the names of one layer or more"),
    "a layer that takes itself in bad words": (with_sum("\x1b[2J"), r"takes '\\x1b\[2J', which is no layer"),
    "a layer that takes others very often": (with_sum(*["hidden"] * 10_001), r"layers\[1\]\.inputs must be"),
    "a sum of other shapes": (with_sum("hidden", "twice"), r"'sum' does not fit .*\(2,\) and \(4,\)"),
    "a sum in a chain": (
        describe(lambda data: data["layers"][1].update(inputs=["hidden"])),
        "chain must be false where a layer has inputs",
    ),
    "an output that is no layer": (set_key("output_layer", value="none"), "output_layer must be"),
    "a shape of text": (set_key(*LAYER, "weights", 0, "shape", value="2x2"), "shape must be a list"),
    "a type of objects": (set_key(*LAYER, "weights", 0, "dtype", value="object"), "dtype must be one of"),
    "no weights": (set_key(*LAYER, "weights", value=[]), "has no kernel"),
    "a negative axis": (
        describe(
            lambda data: data["layers"][0].update({"class": "LayerNormalization", "config": {"axis": -9}})
        ),
        "kernel|axis|rebuilt",
    ),
    "an axis of text": (set_key(*CONFIG, value={"axis": "all"}), "axis must be whole numbers"),
    "an epsilon of text": (set_key(*CONFIG, value={"epsilon": "tiny"}), "epsilon must be a finite number"),
    "an argument of an activation": (
        set_key(*CONFIG, value={"activation_arguments": {"alpha": [1]}}),
        "alpha must be a number",
    ),
    "an unknown argument": (
        set_key(*CONFIG, value={"activation_arguments": {"out": 1}}),
        "takes no argument 'out'",
    ),
    "a clip value of text": (
        set_key("optimizer", value={"class": "SGD", "clipnorm": "no"}),
        "clipnorm must be a finite number",
    ),
    "a loss without a name": (set_key("loss", value={"from_logits": True}), "loss.name is missing"),
    "a smoothing of NaN": (
        set_key("loss", value={"name": "binary_crossentropy", "label_smoothing": float("nan")}),
        "label_smoothing must be a finite number",
    ),
    "a negative batch size": (put("batch_size", as_values(lambda _: -4)), "batch_size must not be -4"),
    "a history of text": (
        put("history/values", as_values(lambda old: np.full(old.shape, b"x"))),
        "history/values must be",
    ),
    "names that are no UTF-8": (
        put("history/names", as_values(lambda old: np.array([b"\xff\xfe"] * len(old)))),
        r"history/names holds .*xff.*, which is no UTF-8",
    ),
    "two metrics of one name": (named_metrics(b"loss", b"loss"), "history/names holds 'loss' twice"),
    "a format of numbers": (version(np.arange(3)), "format_version must be like 1.4, not "),
    "a format of nothing": (version(""), "format_version must be like 1.4, not ''"),
    "a format that a terminal obeys": (version("\x1b1.3"), r"must be like 1.4, not '\\x1b1.3'"),
    "a format below zero": (version("-1.3"), "format_version must be like 1.4, not '-1.3'"),
    "a format of 50,000 nines": (version("1." + "9" * 50_000), "must be like 1.4, not '1.9999"),
    "a format in wide digits": (version("１.３"), "format_version must be like 1.4"),
    "complete and more": (
        put("complete", as_values(lambda _: np.uint8(2))),
        "complete must be 0 or 1, not 2",
    ),
    "complete beyond a byte": (put("complete", as_values(lambda _: 300)), "complete must not be 300"),
    "less than incomplete": (put("complete", as_values(lambda _: -1)), "complete must not be -1"),
    "a batch beyond all samples": (put("batch_size", as_values(lambda _: 2**62)), "batch_size must not be"),
    "an ending that is no JSON": (ending("{{{"), "history/ending is no JSON from character 2 on"),
    "an error of a complete run": (
        ending('{"error": "the disk is full"}'),
        r"history/ending\.error must be null, as the run is complete",
    ),
    "held weights of an epoch to come": (
        ending('{"held": [[4, 99]]}'),
        r"history/ending\.held must be pairs of an epoch and an earlier one",
    ),
    "held weights of their own epoch": (
        ending('{"held": [[4, 4]]}'),
        r"history/ending\.held must be pairs of an epoch and an earlier one",
    ),
    "held weights without a snapshot": (
        ending('{"held": [[99, 4]]}'),
        r"history/ending\.held names epoch 99, which has no snapshot",
    ),
    "a choice from fewer samples": (
        set_key("subset", value={"of": 3, "seed": 0}),
        r"description\.subset\.of must be 60 or more, as there are 60 samples, not 3",
    ),
    "one class": (
        set_key("data", value={"target": "t", "classes": ["a"]}),
        r"description\.data\.classes must be the names of two classes or more, not \['a'\]|a list of 1",
    ),
    "more classes than the run has": (
        set_key("data", value={"target": "t", "classes": ["a", "b", "c"]}),
        r"description\.data\.classes names 3 classes, but the run has 2",
    ),
    "no checksums": (
        lambda file: file.__delitem__("history/checksums"),
        "damaged: history/checksums is missing",
    ),
    "several checksums for one": (
        checksum("description", np.arange(3, dtype="u4")),
        "the attribute description must be a whole number",
    ),
    "a text for a checksum": (checksum("inputs", "x"), "the attribute inputs must be a whole number"),
    "a checksum of validation data that are not there": (
        checksum("validation_inputs", np.uint32(1)),
        "data/validation_inputs is missing",
    ),
    "a format of references": (
        lambda file: file.attrs.create("format", file.ref, dtype=h5py.ref_dtype),
        "must be text or numbers",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", REFUSED)
def test_a_hostile_file_is_refused_by_name(make_run: MakeRun, kind: str) -> None:
    how, message = REFUSED[kind]
    path = change(make_run(optimizer={"class": "SGD"}, batch_size=4), how)
    with pytest.raises(RunFileError, match=message) as caught:
        look(path)
    assert str(path) in str(caught.value)


def pickled(file: h5py.File) -> None:
    class Trap:
        def __reduce__(self) -> Any:
            return os.system, ("touch " + str(Path(file.filename).with_name("touched")),)

    file.attrs["extra"] = np.void(pickle.dumps(Trap()))
    file["payload"] = np.void(pickle.dumps(Trap()))


def deep_groups(file: h5py.File) -> None:
    group = file
    for _ in range(2000):
        group = group.create_group("g")


def circle(file: h5py.File) -> None:
    file["weights/circle"] = file["weights"]
    file["data/circle"] = file["/"]


HARMLESS: dict[str, Change] = {
    "a pickled payload": pickled,
    "groups of any depth": deep_groups,
    "groups in a circle": circle,
    "links beside the run": lambda file: file.__setitem__("extra", h5py.ExternalLink("/etc/passwd", "/")),
    "numbers of the other endianness": put("data/inputs", as_values(lambda old: old.astype(">f8"))),
    "unknown keys of any kind": set_key("mood", value={"a": [1, {"b": None}]}),
}


@pytest.mark.parametrize("kind", HARMLESS)
def test_what_is_not_the_run_is_passed_over(make_run: MakeRun, kind: str) -> None:
    path = make_run()
    answers = Replay(path).probabilities()
    change(path, HARMLESS[kind])
    look(path)
    np.testing.assert_allclose(Replay(path).probabilities(), answers, rtol=1e-6)
    assert not path.with_name("touched").exists()


@pytest.mark.parametrize("kind", ["groups of any depth", "groups in a circle"])
def test_a_search_for_groups_ends(make_run: MakeRun, kind: str) -> None:
    path = change(make_run(), HARMLESS[kind])
    change(path, lambda file: file.attrs.modify("format", "another"))
    assert deepreplay_groups(path) == []


@pytest.fixture(scope="module")
def warm() -> Iterator[WarmProcess]:
    """It has imported what replays a run."""
    with WarmProcess("import replay.replay") as process:
        yield process


@pytest.fixture(scope="module")
def warm_with_keras() -> Iterator[WarmProcess]:
    """It has imported what Keras evaluates, too."""
    pytest.importorskip("keras")
    with WarmProcess("import replay.replay, replay.network.in_keras.network") as process:
        yield process


REFUSAL_AND_MEMORY = """
import resource, sys
from replay import Replay
from replay.errors import RunFileError

before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    Replay(sys.argv[1]).probabilities()
    print("answered")
except RunFileError as error:
    print(error)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def refusal_and_memory(path: Path, warm: WarmProcess) -> tuple[str, int]:
    """What a process of its own says of the file, and the bytes by which it grows."""
    refused, grown = warm.run(REFUSAL_AND_MEMORY, str(path)).splitlines()
    return refused, int(grown) * 1000


def test_the_memory_that_is_taken_is_seen(warm: WarmProcess) -> None:
    code = REFUSAL_AND_MEMORY.replace(
        "Replay(sys.argv[1])", "taken = bytearray(b'x') * 200_000_000; Replay('')"
    )
    grown = warm.run(code).splitlines()[-1]
    assert int(grown) * 1000 > MAX_BYTES


def test_a_small_file_that_claims_ten_terabytes_costs_no_memory(make_run: MakeRun, warm: WarmProcess) -> None:
    path = change(make_run(), put("data/inputs", claiming(10**12 * 5 // 4, 1, chunks=(64, 1))))
    assert path.stat().st_size < 200_000
    refused, grown = refusal_and_memory(path, warm)
    assert "claims" in refused
    assert grown < MAX_BYTES


def test_an_attribute_that_says_the_same_long_text_again_and_again_is_refused(
    tmp_path: Path, warm: WarmProcess
) -> None:
    """Each of its elements is 16 bytes, which say where the text lies."""
    path, n, length = tmp_path / "run.h5", 4000, 150_000
    with h5py.File(path, "w", libver="earliest") as file:
        texts = np.array(["x" * length, *["y"] * (n - 1)], dtype=object)
        file.attrs.create("format", texts, dtype=h5py.string_dtype())
    content = bytearray(path.read_bytes())
    start = content.index(struct.pack("<I", length))
    content[start : start + 16 * n] = content[start : start + 16] * n
    path.write_bytes(content)
    refused, grown = refusal_and_memory(path, warm)
    assert "the attribute format has 4000 variable-length strings" in refused
    assert grown < MAX_BYTES


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ([{"dtype": "(2,3f4"}], r"resume\.variables\[0\]\.dtype must be one of"),
        ([{"dtype": "O"}], r"resume\.variables\[0\]\.dtype must be one of"),
        ([{"shape": [-2]}], r"resume\.variables\[0\]\.shape must be a list of sizes"),
        ([{"shape": "22"}], r"resume\.variables\[0\]\.shape must be a list"),
        ([{"shape": [2.0]}], r"resume\.variables\[0\]\.shape must be a list of sizes"),
        ([{"name": None}], r"resume\.variables\[0\]\.name must be text"),
        ({}, r"resume\.variables must be a list"),
        ([{"shape": [2**39]}], r"resume/slots has shape"),
    ],
)
def test_a_state_to_resume_from_is_checked(tmp_path: Path, variables: Any, words: str) -> None:
    honest = {"name": "kernel", "shape": [2], "dtype": "float32"}
    path = tmp_path / "run.h5"
    description = RunDescription(layers=(dense("output", 2, 1, "sigmoid"),))
    writer = RunWriter(path, description, np.zeros((4, 2)), np.zeros(4), state=StateLayout([honest]))
    writer.snapshot(0, [np.zeros((2, 1)), np.zeros(1)], state=[np.ones(2, np.float32)])
    writer.close()
    found = unfinished(path)
    assert found is not None and found.state.arrays(found.layout)[0].tolist() == [1, 1]
    told = [honest | one for one in variables] if isinstance(variables, list) else variables
    text = np.bytes_(json.dumps(told).encode())
    change(path, put("resume/variables", as_values(lambda _: text)))
    with pytest.raises(RunFileError, match=words) as caught:
        unfinished(path)
    assert str(path) in str(caught.value)


@pytest.mark.slow
def test_very_many_layers_are_told_and_drawn_in_time(make_run: MakeRun) -> None:
    path = change(make_run(), describe(lambda data: with_layers(data, 2000)))
    begun = time.monotonic()
    look(path)
    for view in ("dashboard", "activations"):
        out = str(path.with_name(f"{view}.png"))
        done = CliRunner().invoke(app, ["render", str(path), "--view", view, "--epoch", "1", "-o", out])
        assert done.exit_code == 0, done.exception
    assert time.monotonic() - begun < 20  # once, each took minutes


def long_names(letter: str) -> Change:
    """Everything that may have a name has one of 10,000 letters."""
    name = 10_000 * letter

    def edit(data: dict[str, Any]) -> None:
        data |= {"scenario": name, "run": name, "packages": {name: name}, "optimizer": {"class": name}}
        data["layers"][0]["name"] = name

    def rename(file: h5py.File) -> None:
        describe(edit)(file)
        file.move("weights/hidden", f"weights/{name}")
        put("history/names", as_values(lambda old: np.array([old[0], name.encode()])))(file)

    return rename


def logged(values: Callable[[Any], Any]) -> Change:
    """A history of such values, made from the row numbers and the old ones."""
    return put("history/values", as_values(lambda old: values(np.indices(old.shape)[0]) + 0 * old))


HEAVY: dict[str, Change] = {
    "names of 10,000 letters": long_names("W"),
    "names of 10,000 Arabic letters": long_names("\u0634"),
    "a history of 1e308": logged(lambda row: 1e308 * (-1.0) ** row),
    "a history of the largest number": logged(lambda row: np.full(row.shape, np.finfo("f8").max)),
    "a falling history of 1e307": logged(lambda row: -1e307 * row),
    "a history of infinity": logged(lambda row: np.full(row.shape, np.inf)),
    "a history of the smallest numbers": logged(lambda row: 5e-324 * row),
    "a history of one large number": logged(lambda row: np.full(row.shape, -2e307)),
    "5,000 metrics": lambda file: (
        put("history/names", as_values(lambda _: np.array([b"m%d" % n for n in range(5000)])))(file),
        put("history/values", as_values(lambda old: np.ones((len(old), 5000))))(file),
    ),
    "samples of 1e308": put("data/inputs", as_values(lambda old: old.astype("f8") * 1e308)),
    "samples of the largest numbers": put(
        "data/inputs", as_values(lambda old: np.copysign(np.finfo("f8").max, old.astype("f8")))
    ),
    "samples of the smallest numbers": put("data/inputs", as_values(lambda old: old.astype("f8") * 1e-320)),
    "targets of 1e308": put("data/targets", as_values(lambda old: old.astype("f8") * 1e308)),
    "weights of the largest number": put(
        "weights/hidden/kernel", as_values(lambda old: np.full_like(old, np.finfo("f4").max))
    ),
    "weights of NaN": put("weights/hidden/kernel", as_values(lambda old: old * np.nan)),
    "no numbers in the optimizer": set_key(
        "optimizer", value={"class": "SGD", "rate": float("nan"), "momentum": [float("-inf")]}
    ),
}
COMMANDS = [
    ["info"],
    ["info", "--json"],
    *(
        ["render", "--epoch", "2", "-o", "out.png", "--size", "640x360", "--view", view]
        for view in ("dashboard", "curves", "weights", "losses", "decision-boundary")
    ),
    ["render", "-o", "out.html"],
    ["compare", "RUN", "--epoch", "2", "-o", "out.png", "--size", "640x360"],  # with itself
]


def assert_answered_or_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command ends within 10 seconds, with what was asked for or an error of the project's own."""
    monkeypatch.chdir(path.parent)
    for command in COMMANDS:
        begun = time.monotonic()
        options = [str(path) if word == "RUN" else word for word in command[1:]]
        done = CliRunner().invoke(app, [command[0], str(path), *options])
        assert done.exit_code == 0 or isinstance(done.exception, ReplayError), (command, done.exception)
        assert time.monotonic() - begun < 10, command


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("kind", HEAVY)
def test_what_is_very_large_or_long_is_shown_in_time(
    make_run: MakeRun, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert_answered_or_refused(change(make_run(), HEAVY[kind]), monkeypatch)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_hundred_thousand_classes_are_shown_in_time(
    make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs = np.random.default_rng(0).normal(size=(100, 2)).astype(np.float32)
    targets = np.linspace(0, 99_999, 100).astype(int)
    path = make_run(units=(2, 2, 100_000), data=(inputs, targets), n_snapshots=3)
    assert_answered_or_refused(path, monkeypatch)
    for view in ("confusion-matrix", "decision-boundary"):
        with pytest.raises(ReplayError, match="classes at most, and this run has 100000"):
            Replay(path).view(view)


def test_json_has_null_for_numbers_that_json_lacks(make_run: MakeRun) -> None:
    path = change(make_run(), HEAVY["no numbers in the optimizer"])

    def refuse(word: str) -> None:
        raise AssertionError(word)

    done = CliRunner().invoke(app, ["info", str(path), "--json"])
    told = json.loads(done.stdout, parse_constant=refuse)
    assert told["optimizer"] == {"class": "SGD", "rate": None, "momentum": [None]}


# What is no file


def test_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "run.h5")
    begun = time.monotonic()
    with pytest.raises(RunFileError, match=r"run\.h5 is a pipe or a device"):
        Recording(tmp_path / "run.h5")
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize("target", ["/dev/zero", "/dev/null"])
def test_a_link_to_a_device_is_refused(tmp_path: Path, target: str) -> None:
    (tmp_path / "run.h5").symlink_to(target)
    with pytest.raises(RunFileError, match=r"run\.h5 is a pipe or a device"):
        Recording(tmp_path / "run.h5")


def test_a_link_to_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run.h5").symlink_to(tmp_path / "run.h5")
    with pytest.raises(RunFileError, match=r"run\.h5 cannot be read"):
        Recording(tmp_path / "run.h5")


def test_a_folder_and_an_empty_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.h5").touch()
    (tmp_path / "folder").mkdir()
    for path, message in ((tmp_path / "folder", "is a folder"), (tmp_path / "empty.h5", "is empty")):
        with pytest.raises(RunFileError, match=message):
            Recording(path)


def test_a_damaged_file_that_counts_as_being_written_is_refused_in_time(make_run: MakeRun) -> None:
    path = make_run()
    content = bytearray(path.read_bytes())
    start = content.index(b"OHDR", 200)
    content[start + 20] ^= 255
    path.write_bytes(content)
    begun = time.monotonic()
    with pytest.raises(RunFileError, match="damaged"):
        look(path)
    assert time.monotonic() - begun < 5


# Names on their way to terminals, markup and pictures

NAMES = {
    "escape codes": "\x1b[31mred\x1b]0;owned\x07\x9b2J\u202eexe",
    "markup": "[bold red]x[/bold red] [/] <script>alert(1)</script>",
    "mathtext": "$\\frac{$ \\undefined{ $x^{",
    "a path": "../../../../tmp/owned",
    "line breaks": "a\nreplay: all is well\rb",
    "Arabic, emoji and boxes": "\u0634\u0628\u0643\u0629 🧠 \ufffe",
}
KEPT = set("\n")


def named(make_run: MakeRun, name: str) -> Path:
    """A run in which everything that may have a name has this one."""
    layer = name.replace("/", "|")

    def edit(data: dict[str, Any]) -> None:
        data |= {"scenario": name, "run": name, "packages": {name: name}, "optimizer": {"class": name}}
        data["layers"][0]["name"] = layer

    def rename(file: h5py.File) -> None:
        describe(edit)(file)
        file.move("weights/hidden", f"weights/{layer}")
        put("history/names", as_values(lambda old: np.array([old[0], name.encode()], "S128")))(file)

    return change(make_run(), rename)


@pytest.mark.parametrize("kind", NAMES)
@pytest.mark.parametrize("options", [[], ["--json"]], ids=["text", "json"])
def test_names_reach_the_terminal_without_what_it_obeys(
    make_run: MakeRun, kind: str, options: list[str]
) -> None:
    done = CliRunner().invoke(app, ["info", str(named(make_run, NAMES[kind])), *options])
    assert done.exit_code == 0
    assert all(character.isprintable() for character in set(done.stdout) - KEPT)
    if options:
        assert json.loads(done.stdout)["run"] == NAMES[kind]
    else:
        assert not any(line.startswith("replay:") for line in done.stdout.splitlines())


@pytest.mark.slow
@pytest.mark.parametrize("kind", NAMES)
def test_names_are_drawn_as_they_are_and_make_no_paths(make_run: MakeRun, kind: str, tmp_path: Path) -> None:
    path = named(make_run, NAMES[kind])
    before = set(tmp_path.rglob("*"))
    for view in ("dashboard", "weights", "gradient-flow"):
        out = tmp_path / f"{view}.png"
        done = CliRunner().invoke(
            app, ["render", str(path), "--view", view, "--epoch", "2", "-o", str(out), "--size", "480x240"]
        )
        assert done.exit_code == 0, done.exception
        before.add(out)
    assert set(tmp_path.rglob("*")) == before


def test_a_name_is_no_mathtext_on_axes_of_the_users_own(make_run: MakeRun, tmp_path: Path) -> None:
    replay = Replay(named(make_run, NAMES["mathtext"]))
    figure, axes = plt.subplots()
    replay.build_feature_space(axes).plot(epoch=2)
    figure.savefig(tmp_path / "picture.png")
    figure, axes = plt.subplots()
    replay.build_weights(axes).plot(epoch=2)
    figure.savefig(tmp_path / "weights.png")
    plt.close("all")


@pytest.mark.slow
def test_an_error_about_a_name_is_printable(make_run: MakeRun) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "replay", "render", str(make_run("\x1b[31m.h5", units=(2, 1, 1))),
         "--view", "feature-space", "-o", "x.png"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "\\x1b[31m.h5" in done.stderr or "no hidden layer" in done.stderr
    assert "\x1b" not in done.stderr


def test_a_warning_reaches_the_terminal_as_one_printable_line() -> None:
    """Keras, for one, warns of layers by their names."""
    code = (
        "import warnings\nfrom replay.cli import app as cli\n"
        "cli.app = lambda **_: warnings.warn('layer \x1b]0;owned\x07\\nreplay: all is well')\ncli.main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stderr == "UserWarning: layer \\x1b]0;owned\\x07 replay: all is well\n"


def test_printable_text_and_json_keep_what_they_say() -> None:
    text = "a\x1b[0m\u202e\x9bé🧠\U000e0041"
    assert printable(text) == "a\\x1b[0m\\u202e\\x9bé🧠\\U000e0041"
    escaped = in_json(json.dumps(text, ensure_ascii=False))
    assert escaped.isprintable()
    assert json.loads(escaped) == text


# Architectures

DENSE = {
    "module": "keras.layers", "class_name": "Dense", "registered_name": None,
    "build_config": {"input_shape": [None, 2]},
    "config": {"name": "d", "units": 1, "activation": "sigmoid"},
}  # fmt: skip


def sequential(layer: dict[str, Any]) -> str:
    return json.dumps(
        {"module": "keras", "class_name": "Sequential", "config": {"name": "s", "layers": [layer]}}
    )


def layer_of(module: str | None, class_name: str, **config: Any) -> dict[str, Any]:
    return {"module": module, "class_name": class_name, "registered_name": class_name, "config": config}


CARRY_CODE = {
    "Lambda": layer_of("keras.layers", "Lambda", function={"class_name": "__lambda__", "config": {}}),
    "Lambda without a module": {"class_name": "Lambda", "config": {}},
    "a custom object": layer_of("my.evil.module", "Layer"),
    "a custom object by its registered name": {**DENSE, "registered_name": "my_package>Dense"},
    "a function of a module": layer_of("os", "system", command="touch owned"),
    "a builtin": layer_of("builtins", "eval"),
    "a helper of Keras that downloads": layer_of("keras.utils", "get_file", origin="http://localhost/x"),
    "a layer that unpickles": layer_of("keras.layers", "TorchModuleWrapper", pickle="gASV"),
    "a layer that reads a file": layer_of("keras.layers", "StringLookup", vocabulary="/etc/passwd"),
    "a saved model": layer_of("keras.layers", "TFSMLayer", filepath="/tmp/x"),
    "a class of Keras in the guise of a function": {
        **layer_of("keras.layers", "Activation"),
        "config": {"activation": {"class_name": "function", "module": "keras.layers", "config": "TFSMLayer"}},
    },
    "an operation that calls functions": layer_of("keras.src.ops.linalg", "JVP"),
    "a layer that no list knows": layer_of("keras.layers", "MelSpectrogram"),
    "a layer that holds others": layer_of("keras.layers", "Pipeline", layers=[]),
    "a layer as Keras named them once": {"class_name": "Dense", "config": {"units": 1}},
    "a custom object in the guise of an operation": {
        **layer_of("keras.src.ops.numpy", "Add"), "registered_name": "my_package>Mine"
    },
    "a call with constants": {**DENSE, "name": "d", "inbound_nodes": [{"args": [1], "kwargs": {}}]},
    "a call of an old kind": {**DENSE, "name": "d", "inbound_nodes": [[["inputs", 0, 0, {}]]]},
    "a sequence of very many layers": {
        "module": "keras", "class_name": "Sequential", "config": {"name": "s", "layers": [DENSE] * 201}
    },
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("kind", CARRY_CODE)
def test_layers_that_carry_code_are_not_rebuilt_unless_trusted(make_run: MakeRun, kind: str) -> None:
    path = make_run(chain=False, architecture=sequential(CARRY_CODE[kind]))
    with pytest.raises(RunFileError, match=r"run\.h5: its architecture (holds|names|calls|lists).*--trust"):
        Replay(path).probabilities()
    done = CliRunner().invoke(app, ["render", str(path), "--epoch", "1", "-o", str(path.with_suffix(".png"))])
    assert isinstance(done.exception, ReplayError)
    assert summary(Replay(path))["milestones"] is None  # what needs no network is told


@pytest.mark.slow
def test_layers_of_keras_are_rebuilt_for_anybody() -> None:
    assert objection(sequential(DENSE)) is None
    keras = pytest.importorskip("keras")
    layers = keras.layers
    inputs = keras.Input((8, 8, 1))
    x = layers.Conv2D(2, 3, kernel_initializer="he_normal", kernel_regularizer="l2", activation="relu")(
        inputs
    )
    x = layers.Add()([layers.BatchNormalization()(x), x])
    x = layers.Dense(3, activation=layers.LeakyReLU(), kernel_constraint="max_norm")(layers.Flatten()(x))
    x = layers.TimeDistributed(layers.Dense(2))(layers.Reshape((3, 1))(x))
    model = keras.Model(inputs, layers.GlobalAveragePooling1D()(x))
    assert objection(model.to_json()) is None
    nested = keras.Sequential([keras.Input((8, 8, 1)), model, keras.Sequential([layers.Dense(2)])])
    assert objection(nested.to_json()) is None


@pytest.mark.slow
def test_a_lambda_is_rebuilt_with_trust(tmp_path: Path, make_run: MakeRun) -> None:
    keras = pytest.importorskip("keras")
    from replay import Recorder

    rng = np.random.default_rng(0)
    inputs, targets = rng.normal(size=(20, 2)).astype(np.float32), rng.integers(0, 2, 20)
    model = keras.Sequential(
        [keras.Input((2,)), keras.layers.Lambda(lambda x: x * 2), keras.layers.Dense(1, activation="sigmoid")]
    )
    model.compile("sgd", "binary_crossentropy")
    path = tmp_path / "run.h5"
    model.fit(inputs, targets, verbose=0, epochs=1, callbacks=[Recorder(path, inputs, targets)])
    with pytest.raises(RunFileError, match=r"holds the layer Lambda.*--trust"):
        Replay(path).probabilities()
    answers = Replay(path, trust=True).probabilities()[-1]
    np.testing.assert_allclose(answers, model.predict(inputs, verbose=0)[:, 0], rtol=1e-5)


def rebuilt_by_keras(make_run: MakeRun, *between: dict[str, Any], hidden: int = 2) -> Path:
    """A run of a 2-2-1 network whose architecture declares so many hidden units, and layers behind them."""
    layers = [
        layer_of("keras.layers", "InputLayer", batch_shape=[None, 2], name="inputs"),
        layer_of("keras.layers", "Dense", units=hidden, activation="tanh", name="hidden"),
        *between,
        layer_of("keras.layers", "Dense", units=1, activation="sigmoid", name="output"),
    ]
    config = {"name": "s", "layers": layers}
    architecture = {"module": "keras", "class_name": "Sequential", "config": config}
    return make_run(chain=False, architecture=json.dumps(architecture))


def functional(make_run: MakeRun, build: Callable[[Any, Any], Any], **options: Any) -> Path:
    """A run of a 2-2-1 network between whose layers Keras builds something."""
    keras = pytest.importorskip("keras")
    inputs = keras.Input((2,), name="inputs")
    hidden = keras.layers.Dense(2, "tanh", name="hidden")(inputs)
    outputs = keras.layers.Dense(1, "sigmoid", name="output")(build(keras, hidden))
    return make_run(chain=False, architecture=keras.Model(inputs, outputs).to_json(), **options)


def nested(keras: Any, x: Any, n: int = 300_000_000) -> Any:
    layers = keras.layers
    inner = [layers.RepeatVector(n), layers.GlobalAveragePooling1D()]
    return layers.Add()([keras.Sequential([keras.Input((2,)), *inner])(x), x])


def used_twice(keras: Any, x: Any) -> Any:
    repeat, mean = keras.layers.RepeatVector(300_000_000), keras.layers.GlobalAveragePooling1D()
    return mean(repeat(mean(repeat(x))))


def unrecorded(run: dict[str, Any]) -> None:
    """A layer, in the description and in the architecture, whose many weights are not in the file."""
    wide = {"name": "embeddings", "shape": [500_000_000, 1], "dtype": "float32"}
    layer = json.loads(json.dumps(run["layers"][-1]))
    run["layers"].append(layer | {"name": "wide", "weights": [wide], "recorded": False})
    architecture = json.loads(run["architecture"])
    architecture["config"]["layers"].append(
        layer_of("keras.layers", "Embedding", input_dim=500_000_000, output_dim=1, name="wide")
    )
    run["architecture"] = json.dumps(architecture)


TOO_LARGE: dict[str, tuple[Callable[[MakeRun], Path], str]] = {
    "units that the weights do not have": (
        lambda make_run: rebuilt_by_keras(make_run, hidden=500_000_000),
        "its architecture does not match its weights",
    ),
    "activations without weights": (
        lambda make_run: rebuilt_by_keras(
            make_run,
            layer_of("keras.layers", "RepeatVector", n=500_000_000, name="repeat"),
            layer_of("keras.layers", "GlobalAveragePooling1D", name="mean"),
        ),
        r"computes [0-9,]* values for each sample: if you trust the file.*model=model",
    ),
    "operations in the place of layers": (
        lambda make_run: functional(
            make_run, lambda keras, x: keras.ops.mean(keras.ops.repeat(x[:, None], 500_000_000, 1), 1)
        ),
        "values for each sample",
    ),
    "a model within the model": (lambda make_run: functional(make_run, nested), "values for each sample"),
    "layers used twice": (lambda make_run: functional(make_run, used_twice), "values for each sample"),
    "more answers than samples": (
        lambda make_run: functional(make_run, lambda keras, x: keras.ops.tile(x, [5_000_000, 1])),
        "does not give one output for each sample",
    ),
    "weights that were not recorded": (
        lambda make_run: change(rebuilt_by_keras(make_run), describe(unrecorded)),
        "has 500,000,000 weights that are not in the file",
    ),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("kind", TOO_LARGE)
def test_an_architecture_costs_no_memory_before_it_was_compared(
    make_run: MakeRun, warm_with_keras: WarmProcess, kind: str
) -> None:
    make, words = TOO_LARGE[kind]
    refused, grown = refusal_and_memory(make(make_run), warm_with_keras)
    assert re.search(rf"run\.h5: .*{words}", refused)
    assert grown < MAX_BYTES


@pytest.mark.slow
def test_what_keras_rebuilds_answers_and_is_forgotten_where_it_was_refused(make_run: MakeRun) -> None:
    keras = pytest.importorskip("keras")
    with pytest.raises(RunFileError, match="its architecture does not match"):
        Replay(rebuilt_by_keras(make_run, hidden=500_000_000)).probabilities()
    path = rebuilt_by_keras(make_run, layer_of("keras.layers", "Dropout", rate=0.5, name="dropout"))
    answers = Replay(path).probabilities()  # what was refused before is not initialised now
    run = RunFile(path)
    model = keras.Sequential(
        [keras.Input((2,)), keras.layers.Dense(2, "tanh"), keras.layers.Dense(1, "sigmoid")]
    )
    model.set_weights([array[0] for array in run.weights(len(run.epochs) - 1, len(run.epochs))])
    np.testing.assert_allclose(answers[-1], model.predict(run.inputs, verbose=0)[:, 0], rtol=1e-5)


@pytest.mark.slow
def test_a_heavy_network_within_the_limits_is_evaluated_sample_by_sample(
    make_run: MakeRun, warm_with_keras: WarmProcess
) -> None:
    """Its 24 samples at once would take a gigabyte."""
    few: Any = {"n_snapshots": 1, "data": datasets.parabola(12)}
    path = functional(make_run, lambda keras, x: nested(keras, x, 5_000_000), **few)
    answer, grown = refusal_and_memory(path, warm_with_keras)
    assert answer == "answered" and grown < 4 * MAX_BYTES


@pytest.mark.slow
def test_what_a_program_has_registered_is_not_found_by_a_file(make_run: MakeRun) -> None:
    keras = pytest.importorskip("keras")

    @keras.saving.register_keras_serializable("my_package")
    class Mine(keras.regularizers.Regularizer):
        def __init__(self) -> None:
            raise AssertionError("the file has it made")

    def regularized(run: dict[str, Any]) -> None:
        architecture = json.loads(run["architecture"])
        architecture["config"]["layers"][1]["config"]["kernel_regularizer"] = "my_package>Mine"
        run["architecture"] = json.dumps(architecture)

    with pytest.raises(RunFileError, match=r"names the custom object 'my_package>Mine'.*--trust"):
        Replay(change(rebuilt_by_keras(make_run), describe(regularized))).probabilities()


def test_no_initializer_of_a_file_is_ever_asked() -> None:
    code = {"module": "builtins", "class_name": "__lambda__", "config": {"value": "…"}}
    layer = {**DENSE, "config": {"units": 1, "kernel_initializer": code, "bias_initializer": "orthogonal"}}
    assert objection(sequential(layer)) is None
    config = read(sequential(layer))["config"]["layers"][0]["config"]
    assert (config["kernel_initializer"], config["bias_initializer"]) == ("zeros", "zeros")


@pytest.mark.slow
def test_layers_that_come_before_their_inputs_are_refused(make_run: MakeRun) -> None:
    keras = pytest.importorskip("keras")
    x = inputs = keras.Input((2,))
    for _ in range(150):
        x = keras.layers.Identity()(x)
    architecture = json.loads(keras.Model(inputs, x).to_json())
    assert objection(json.dumps(architecture)) is None
    for name in ([], {}, None, 3):
        strange = json.loads(json.dumps(architecture))
        strange["config"]["layers"][7]["name"] = name
        assert objection(json.dumps(strange)) is None
    architecture["config"]["layers"].reverse()
    found = objection(json.dumps(architecture))
    assert found is not None and re.search("lists 1[45][0-9] layers before their inputs", found)
