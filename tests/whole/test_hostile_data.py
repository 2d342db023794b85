"""Data files made to do harm: each is read or refused in one line, in time and with little memory."""

from __future__ import annotations

import gzip
import io
import json
import os
import pickle
import re
import socket
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from tests.helpers import fuzz
from tests.helpers.warm import WarmProcess

SECONDS = 10
MAX_BYTES = 500_000_000
GIGABYTE = 10**9
Write = Callable[[Path], Path]
RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(60, 2)).astype(np.float32), np.arange(60) % 2
ROWS = "".join(f"{a:.3f},{b:.3f},{y}\n" for (a, b), y in zip(X, Y, strict=True))
TABLE = "a,b,label\n" + ROWS

# What a child does: it prints what became of the file, the seconds, and the bytes by which it grew.
LOOK = f"""
import json, resource, signal, sys, time, warnings
from pathlib import Path
from replay.errors import DataError
from replay.scenario.data_files import read
from replay.scenario.data_options import DataOptions
signal.alarm({SECONDS})
warnings.simplefilter("error")
def largest():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1000
before, begun = largest(), time.monotonic()
try:
    found = read(Path(sys.argv[1]), DataOptions(**json.loads(sys.argv[2])))
    said = f"read: {{found.description}}"
except DataError as error:
    said = str(error)
print(json.dumps([said, time.monotonic() - begun, largest() - before]))
"""


class Outcome(NamedTuple):
    """What was said of a file, in how many seconds, and for how many bytes of memory."""

    said: str
    seconds: float
    n_bytes: int


@pytest.fixture(scope="module")
def warm() -> Iterator[WarmProcess]:
    with WarmProcess("import numpy; numpy.unique([0]); from replay.scenario import data_files") as process:
        yield process


def looked_at(warm: WarmProcess, path: Path, **options: Any) -> Outcome:
    return Outcome(*json.loads(warm.run(LOOK, str(path), json.dumps(options)).splitlines()[-1]))


def assert_harmless(outcome: Outcome) -> None:
    said, seconds, n_bytes = outcome
    assert len(said.splitlines()) == 1 and len(said) < 6000, said[:300]  # a path may have 5,000 letters
    assert said.isprintable()
    assert seconds < SECONDS / 2 and n_bytes < MAX_BYTES, outcome


# Files


def text(content: str | bytes, name: str = "mine.csv") -> Write:
    def write(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def lazily(make: Callable[[], str | bytes], name: str = "mine.csv") -> Write:
    return lambda folder: text(make(), name)(folder)


def npz(**arrays: Any) -> Write:
    def write(folder: Path) -> Path:
        np.savez(folder / "mine.npz", **arrays)
        return folder / "mine.npz"

    return write


def npy(shape: Any, descr: Any = "<f4", data: bytes = b"", fortran: Any = False, version: int = 1) -> bytes:
    """An .npy file whose header says this, whatever its data are."""
    said = {"descr": descr, "fortran_order": fortran, "shape": shape}
    return npy_of(repr(said).encode(), data, version)


def npy_of(header: bytes, data: bytes = b"", version: int = 1) -> bytes:
    length = struct.pack("<H" if version == 1 else "<I", len(header) + 1)
    return b"\x93NUMPY" + bytes([version, 0]) + length + header + b"\n" + data


class Member(NamedTuple):
    """A file in a zip, as it is packed and as it is said to be."""

    name: str
    packed: bytes
    size: int | None = None
    method: int = 0
    flags: int = 0
    version: int = 20
    crc: int | None = None


def archive(*members: Member, name: str = "mine.npz", before: bytes = b"") -> Write:
    """A zip, which says of its members what they say."""

    def write(folder: Path) -> Path:
        body, directory = before, b""
        for one in members:
            size = len(one.packed) if one.size is None else one.size
            crc = zlib.crc32(one.packed) if one.crc is None else one.crc
            encoded = one.name.encode()
            facts = struct.pack(
                "<HHHHHIIIHH",
                *(one.version, one.flags, one.method, 0, 33, crc, len(one.packed), size, len(encoded), 0),
            )
            directory += b"PK\1\2" + struct.pack("<H", 20) + facts
            directory += struct.pack("<HHHII", 0, 0, 0, 0, len(body)) + encoded
            body += b"PK\3\4" + facts + encoded + one.packed
        end = struct.pack("<HHHHIIH", 0, 0, len(members), len(members), len(directory), len(body), 0)
        (folder / name).write_bytes(body + directory + b"PK\5\6" + end)
        return folder / name

    return write


def member(name: str, content: bytes, **said: Any) -> Member:
    return Member(f"{name}.npy", content, **said)


TARGETS = member("y", npy((60,), "<i8", Y.astype("<i8").tobytes()))


def with_x(content: bytes, **said: Any) -> Write:
    """An archive with good targets, and this as its inputs."""
    return archive(member("x", content, **said), TARGETS)


def with_y(content: bytes) -> Write:
    return archive(member("x", npy((60, 2), "<f4", X.tobytes())), member("y", content))


def zeros(n_bytes: int, start: bytes = b"", wbits: int = -15) -> bytes:
    """So many zeros after `start`, deflated: the same packed piece again and again."""
    piece = 2**24
    packer = zlib.compressobj(9, wbits=wbits)
    head = packer.compress(start) + packer.flush(zlib.Z_FULL_FLUSH)
    middle = packer.compress(bytes(piece)) + packer.flush(zlib.Z_FULL_FLUSH)
    return head + middle * (n_bytes // piece) + packer.flush()


def bomb(n_bytes: int, claimed: int | None = None, method: int = 8) -> Write:
    def write(folder: Path) -> Path:
        header = npy((n_bytes // 2**24 * 2**24 // 2, 2), "|u1")
        packed = zeros(n_bytes, header)
        size = len(header) + n_bytes // 2**24 * 2**24
        return with_x(packed, size=claimed or size % 2**32, method=method)(folder)

    return write


def idx(*shape: int, kind: int = 8, data: bytes = b"") -> bytes:
    return struct.pack(f">BBBB{len(shape)}I", 0, 0, kind, len(shape), *shape) + data


LABELS = idx(60, data=Y.astype("u1").tobytes())
IMAGES = idx(60, 2, 2, data=bytes(range(240)))


def mnist(images: bytes | Callable[[], bytes] = IMAGES, labels: bytes = LABELS, end: str = "") -> Write:
    """A folder of IDX files."""

    def write(folder: Path) -> Path:
        content = images() if callable(images) else images
        (folder / f"train-images-idx3-ubyte{end}").write_bytes(content)
        (folder / "train-labels-idx1-ubyte").write_bytes(labels)
        return folder

    return write


def link(to: str, name: str = "mine.csv") -> Write:
    def write(folder: Path) -> Path:
        (folder / name).symlink_to(to)
        return folder / name

    return write


def linked(write: Write, name: str) -> Write:
    return lambda folder: link(str(write(folder)), name)(folder)


def at(path: str) -> Write:
    return lambda folder: Path(path)


def pipe(name: str) -> Write:
    def write(folder: Path) -> Path:
        os.mkfifo(folder / name)
        return folder / name

    return write


def pipe_among_idx(folder: Path) -> Path:
    mnist()(folder)
    (folder / "train-images-idx3-ubyte").unlink()
    return pipe("train-images-idx3-ubyte")(folder).parent


def unix_socket(folder: Path) -> Path:
    here = Path.cwd()
    os.chdir(folder)  # a socket's path is short
    try:
        socket.socket(socket.AF_UNIX).bind("mine.csv")
    finally:
        os.chdir(here)
    return folder / "mine.csv"


def folder_called(name: str) -> Write:
    def write(folder: Path) -> Path:
        (folder / name).mkdir()
        return folder / name

    return write


def sparse(n_bytes: int, name: str, start: bytes = b"") -> Write:
    def write(folder: Path) -> Path:
        path = text(start, name)(folder)
        os.truncate(path, n_bytes)
        return path

    return write


def many_members(n: int) -> Write:
    def write(folder: Path) -> Path:
        one = archive(Member("a.npy", b""))(folder).read_bytes()
        at_directory, at_end = one.index(b"PK\1\2"), one.index(b"PK\5\6")
        directory = one[at_directory:at_end] * n
        end = struct.pack("<HHHHIIH", 0, 0, 65535, 65535, len(directory), at_directory, 0)
        (folder / "mine.npz").write_bytes(one[:at_directory] + directory + b"PK\5\6" + end)
        return folder / "mine.npz"

    return write


def of_zipfile(method: int) -> Write:
    def write(folder: Path) -> Path:
        with zipfile.ZipFile(folder / "mine.npz", "w", method) as file:
            for name, array in (("x", X), ("y", Y)):
                content = io.BytesIO()
                np.save(content, array)
                file.writestr(f"{name}.npy", content.getvalue())
        return folder / "mine.npz"

    return write


def wide(n_columns: int, n_rows: int = 3) -> str:
    return "\n".join(",".join(str((n * 7 + row) % 5) for n in range(n_columns)) for row in range(n_rows))


def labelled(*labels: object) -> str:
    return "a,label\n" + "".join(f"{n},{labels[n % len(labels)]}\n" for n in range(60))


class Trap:
    def __reduce__(self) -> object:
        return (os.mkdir, ("sprung",))


TOO_LARGE = r"takes .* of memory, more than .*--max-data"
NO_TABLE = "no table of text"
NO_DATA = "a file that the system makes up, without data"
NO_FILE = "a pipe or a device, not a file"
DAMAGED = "cannot be read as .npz|is no .npz archive|is damaged: its header"
# Each kind with what is said of it; "read" for those that are data like others.
KINDS: dict[str, tuple[Write, str]] = {
    # No files
    "a link to /dev/zero": (link("/dev/zero"), NO_FILE),
    "a link to /dev/zero, as .npz": (link("/dev/zero", "mine.npz"), NO_FILE),
    "a link to /dev/random": (link("/dev/random"), NO_FILE),
    "/dev/null": (link("/dev/null"), NO_FILE),
    "/dev/tty": (link("/dev/tty"), "pipe or a device|No such|does not exist|cannot be read"),
    "a named pipe": (pipe("mine.csv"), NO_FILE),
    "a named pipe, as .npz": (pipe("mine.npz"), NO_FILE),
    "a named pipe among IDX files": (pipe_among_idx, f"train-images-idx3-ubyte: .*{NO_FILE}"),
    "a socket": (unix_socket, NO_FILE),
    "a folder called .csv": (folder_called("mine.csv"), "folder holds no train-images"),
    "a folder called .npz": (folder_called("mine.npz"), "folder holds no train-images"),
    "a folder in the place of images": (
        lambda folder: folder_called("train-images-idx3-ubyte")(mnist(end=".gz")(folder)).parent,
        "train-images-idx3-ubyte: this is a folder",
    ),
    "a link to itself": (link("mine.csv"), "cannot be read: Too many levels"),
    "a link to nowhere": (link("nowhere.csv"), "does not exist"),
    "a link to a file": (linked(text(TABLE, "other.csv"), "mine.csv"), "read: target: label"),
    "a link to an archive": (linked(npz(x=X, y=Y), "mine2.npz"), "read: target: y"),
    "a hundred folders up": (at("/" + "../" * 100 + "nowhere.csv"), "does not exist"),
    "a very long name": (at("a" * 5000 + ".csv"), "cannot be read: File name too long"),
    "a name with a null": (lambda folder: folder / "mine.c\\0sv", "does not exist"),
    "the home of nobody": (at("~nobody-of-this-name/mine.csv"), "cannot be read"),
    "a file within a file": (
        lambda folder: text(TABLE)(folder) / "mine.csv",
        "cannot be read: Not a directory",
    ),
    "a file of /proc": (link("/proc/self/status"), NO_DATA),
    "a file of /sys": (link("/sys/kernel/mm/transparent_hugepage/enabled"), f"{NO_DATA}|not exist"),
    "a file of /proc that waits": (link("/proc/kmsg"), f"{NO_DATA}|cannot be read|not exist"),
    "the memory of the kernel": (
        link("/proc/kcore"),
        f"{NO_DATA}|not exist|cannot be read",
    ),
    "nothing": (text(""), "the file is empty"),
    "nothing, as .npz": (text("", "mine.npz"), "the file is empty"),
    "a hole of 10 GB": (sparse(10 * GIGABYTE, "mine.csv"), TOO_LARGE),
    "a hole of 10 GB, as .npz": (sparse(10 * GIGABYTE, "mine.npz"), TOO_LARGE),
    "a hole of 900 MB": (sparse(900_000_000, "mine.csv"), NO_TABLE),
    "a hole behind a table": (sparse(900_000_000, "mine.csv", TABLE.encode()), NO_TABLE),
    "a hole of 900 MB, as .npz": (sparse(900_000_000, "mine.npz"), DAMAGED),
    "a hole behind images": (
        lambda folder: sparse(900_000_000, "train-images-idx3-ubyte", IMAGES)(mnist()(folder)).parent,
        "damaged",
    ),
    "an array alone": (text(npy((60, 2), "<f4", X.tobytes()), "mine.npy"), "np.savez"),
    "a pickle": (text(pickle.dumps(Trap()), "mine.pkl"), "data must be a table"),
    "a pickle, as .npz": (text(pickle.dumps(Trap()), "mine.npz"), DAMAGED),
    "a pickle, as .csv": (text(pickle.dumps(Trap(), 4), "mine.csv"), NO_TABLE),
    "an array, as .npz": (text(npy((60, 2)), "mine.npz"), DAMAGED),
    # Tables
    "one line of 8 MB": (lazily(lambda: "a" * 8_000_000), "a cell of more than 131,072 letters"),
    "one line of 8 MB of commas": (lazily(lambda: "1," * 4_000_000), "line 1 has more than 50,000 columns"),
    "a line of 8 MB below others": (lazily(lambda: TABLE + "1," * 4_000_000), "has more than 50,000 columns"),
    "8 MB of quotation marks": (lazily(lambda: '"' * 8_000_000), "separators or quotation marks alone"),
    "3 MB of commas": (lazily(lambda: ", " * 1_500_000), "separators or quotation marks alone"),
    "a quotation mark never closed": (lazily(lambda: 'a,"b\n' + ROWS * 2000), "quotation mark is left open"),
    "a quotation mark not closed, short": (text('a,b\n1,"2\n3,4\n'), "there is one sample"),
    "100,000 columns": (lazily(lambda: wide(100_000)), "line 1 has more than 50,000 columns"),
    "10,000 columns": (lazily(lambda: wide(10_000, 6)), "read"),
    "10,000 columns of one name": (lazily(lambda: ",".join(["a"] * 10_000) + "\n" + wide(10_000, 6)), "read"),
    "10,000 empty columns at the end": (
        lazily(lambda: "\n".join(f"{n},{n % 2}" + "," * 10_000 for n in range(6))),
        "read",
    ),
    "10,000 columns of words": (lazily(lambda: ",".join(["a"] * 10_000) + "\n" + "b,c\n" * 3), "columns"),
    "blanks alone behind Excel's hint": (text("sep=;\n\u00a0\n\u0085\n"), "the file is empty"),
    "a name of 100,000 digits": (
        lazily(lambda: "1" * 100_000 + ",2020\n1,0\n2,1\n3,0\n"),
        "sample|row|words|read",
    ),
    "100,000 blank lines before JSON": (lazily(lambda: "\n" * 100_000 + "[[1, 2]]"), "JSON|column|read"),
    "nearly Weka's format": (lazily(lambda: " %\n\n" * 1_000_000 + TABLE), "column|row|line|read|takes"),
    "nearly LIBSVM's format": (lazily(lambda: "1 1:1" + " 1:1" * 1_000_000 + " x\n"), "columns|LIBSVM"),
    "30 million blank lines": (lazily(lambda: "\n" * 30_000_000), "the file is empty"),
    "a table, then 4 million blank lines": (lazily(lambda: TABLE + "\n" * 4_000_000), TOO_LARGE + "|read"),
    "2 million short lines": (lazily(lambda: "0,1\n1,0\n" * 1_000_000), "read"),
    "30 million short lines": (lazily(lambda: "0,1\n1,0\n" * 15_000_000), TOO_LARGE),
    "10 million lines of words": (lazily(lambda: "a,b\nb,a\n" * 5_000_000), TOO_LARGE),
    "4 million lines with one word": (lazily(lambda: "0,1\n1,0\n" * 2_000_000 + "a,b"), TOO_LARGE),
    "5 million cells of digits": (
        lazily(lambda: "a,label\n" + "1" * 100_000 + ",2\n3,4\n"),
        "row 2 holds '1111",
    ),
    "a number of 100,000 digits, grouped": (
        lazily(lambda: '1,2\n"1,' + "1" * 100_000 + 'x",3\n'),
        "line|row|sample|words|read",
    ),
    "a number with 100,000 points": (lazily(lambda: "a;b\n1," + "1." * 50_000 + "x;3\n2;4\n"), "row|words"),
    "a word of 100,000 letters as a label": (
        lazily(lambda: labelled("a" * 100_000, "b") + "1,b\n" * 100_000),
        "a text of 100,000 letters",
    ),
    "a word of 100,000 letters as an input": (
        lazily(lambda: "a,label\n" + "a" * 100_000 + ",1\n" + "b,2\n" * 100_000),
        "a text of 100,000 letters",
    ),
    "a name of 100,000 letters": (lazily(lambda: "a" * 100_000 + ",label\n" + "1,0\n2,1\n" * 30), "read"),
    "words in every cell": (
        lazily(lambda: "a,label\n" + "".join(f"w{n},{n % 2}\n" for n in range(200_000))),
        "200000 different words",
    ),
    "every label another": (lazily(lambda: labelled(*(f"w{n}" for n in range(60)))), "60 different values"),
    "control characters": (text("a,b\n1\x1b[2J,2\n3,4\n"), NO_TABLE),
    "control characters in 8 bits": (text("a\u009b2J,b\n1,2\n3,4\n5,4\n"), "read"),
    "marks of direction in names": (text(TABLE.replace("a,b", "\u202ea,\u2066b")), "read"),
    "line breaks in names": (text(TABLE.replace("a,b", '"a\nb","c\rd"')), "read"),
    "separators of lines in cells": (text(TABLE.replace("a,b", "a\u2028,b\x85")), "read"),
    "binary": (text(bytes(RNG.integers(0, 256, 5000, dtype=np.uint8))), NO_TABLE),
    "UTF-16, half a letter": (text(TABLE.encode("utf-16")[:-1]), NO_TABLE),
    "UTF-16, a half pair": (text(b"\xff\xfe" + b"\x00\xd8" * 500), NO_TABLE),
    "UTF-32": (text(TABLE.encode("utf-32")), "read"),
    "UTF-32, beyond its letters": (text(b"\xff\xfe\0\0" + b"\xff" * 400), NO_TABLE),
    "UTF-8 that ends within a letter": (text(TABLE.encode() + b"\xc3"), "row 62|read"),
    "UTF-7": (text(TABLE.encode("utf-7")), "read"),
    "EBCDIC": (text(TABLE.encode("cp500")), NO_TABLE),
    "cp1252 with letters that it lacks": (text(b"a,b\n\x81,\x8d\n\xff,\xfe\n"), NO_TABLE),
    "letters of four bytes": (
        lazily(lambda: "😀," * 40_000 + "\n" + "😁," * 40_000 + "\n"),
        "words|column|sample",
    ),
    "a mark alone": (text(b"\xef\xbb\xbf"), "the file is empty"),
    "two marks": (text(b"\xef\xbb\xbf" * 2 + TABLE.encode()), "read"),
    "Excel's hint of a quotation mark": (text('sep="\n' + TABLE), "line|row|column|read"),
    "Excel's hint of a digit": (text("sep=1\n" + TABLE), "line|row|column|read"),
    "Excel's hint alone": (text("sep=;\n"), "the file is empty"),
    "comments alone": (text("# a\n# b\n# c, d\n"), "column|row|words|sample"),
    "100,000 comments": (lazily(lambda: "# made\n" * 100_000 + TABLE), "column|row|read|line"),
    "a workbook": (text(b"PK\3\4" + bytes(50)), "an Excel workbook or a zip"),
    "packed": (text(gzip.compress(TABLE.encode())), "compressed: unpack it first"),
    "labels of 9e18": (text(labelled(9e18, 8e18)), r"read: target: label \(2 classes: 8e\+18, 9e\+18\)"),
    "labels of 19 digits": (
        text(labelled(9 * 10**18 + 1, 9 * 10**18 + 2)),
        r"read: target: label \(2 classes: 9000000000000000001, 9000000000000000002\)",
    ),
    "labels of 1e39": (text(labelled("1e39", "2e39")), "2 classes: 1e39, 2e39"),
    "targets of 1e39": (
        lazily(lambda: labelled(*(f"{n}e39" for n in range(1, 61)))),
        r"1e\+39 in the targets is too large",
    ),
    "labels of 1e999": (text(labelled("1e999", "1")), "row 2 holds '1e999'"),
    "inputs of 1e400": (
        text("a,label\n" + "1e400,0\n2,1\n" * 30),
        "row 2 holds '1e400' in column a, a number that is",
    ),
    "inputs of infinity": (
        text("a,label\n" + "2,0\n-inf,1\n" * 30),
        "row 3 holds '-inf' in column a, a number that is too large",
    ),
    "inputs of 1e-50": (text("a,label\n" + "1e-50,0\n3e-50,1\n" * 30), "a: values so small"),
    "inputs of 1e-170": (npz(x=X * 1e-170, y=Y), "x: values so small|read"),
    "inputs of 1e9 and a little": (npz(x=1e9 + X.astype(float), y=Y), "input 1 and 1 more: values so small"),
    "targets of 1e-50": (npz(x=X, y=X[:, 0].astype(float) * 1e-50), "targets so small or so close together"),
    "targets of 1e9 and a little": (npz(x=X, y=X[:, 0].astype(float) + 1e9), "targets so small or so close"),
    "whole targets of 1e15 and a little": (
        npz(x=X, y=10**15 + RNG.permutation(60)),
        "targets so small or so close together",
    ),
    "inputs of 1e39": (
        text("a,label\n" + "1e39,0\n2,1\n" * 30),
        r"1e\+39 in the inputs is too large",
    ),
    "labels of several lines": (text(labelled('"a\nb"', '"c\r\nd"')), r"read: .*2 classes: a b, c d"),
    "inputs of several lines": (
        text('a,label\n"x\ny",1\n"z\u202e",2\n' + '"x\ny",1\n' * 9),
        "read: .*a=x y, a=z",
    ),
    "a label of several lines alone": (text(labelled('"a\nb"')), "every target is a b: "),
    "labels of many lines, each another": (
        lazily(lambda: labelled(*(f'"a\n{n}"' for n in range(60)))),
        "such as a 0: choose another",
    ),
    "labels that are NaN": (text(labelled("nan", 1)), "has no value"),
    "labels that are all alike": (text(labelled(1)), "every target is 1"),
    "hexadecimal numbers": (text(labelled("0x10", "0x11")), "2 classes: 0x10, 0x11"),
    "digits of other scripts": (text(labelled("١", "٢")), "read"),
    # Archives
    "a bomb of 4 GB": (bomb(4 * GIGABYTE), TOO_LARGE),
    "a bomb of 4 GB that claims to be small": (bomb(4 * GIGABYTE, claimed=1000), DAMAGED),
    "a bomb of 40 GB in a claim of 64 bits": (bomb(40 * GIGABYTE), "claims|" + TOO_LARGE),
    "a header that claims 1.5 TB": (
        with_x(npy((60, 3_125_000_000), "<f8")),
        "x is damaged: it claims 1.5 TB",
    ),
    "a header and a directory that claim 1 GB": (
        with_x(npy((60, 10**7), "|u1"), size=700_000_000),
        "x is damaged|" + DAMAGED,
    ),
    "a header that claims 2 to the 62": (with_x(npy((2**62, 2**62))), "x is damaged"),
    "negative lengths": (with_x(npy((-60, -2), "<f4", X.tobytes())), "x holds no samples"),
    "lengths of nothing": (with_x(npy((0, 2**62))), "x holds no samples"),
    "lengths that are no numbers": (with_x(npy(("60", 2))), DAMAGED),
    "lengths that are true": (
        with_x(npy((60, True), "<f4", X.tobytes())),
        "x is damaged: its header claims a shape",
    ),
    "a length of 10,000 digits": (
        with_x(npy_of(b"{'descr': '<f4', 'fortran_order': False, 'shape': (" + b"9" * 4000 + b",)}")),
        "x is damaged: its header claims a shape that no array has",
    ),
    "a length of 5,000 digits": (
        with_x(npy_of(b"{'descr': '<f4', 'fortran_order': False, 'shape': (" + b"9" * 5000 + b",)}")),
        "x is damaged: its header is none",
    ),
    "a hundred axes": (with_x(npy((1,) * 100, "<f4", bytes(4))), DAMAGED),
    "no axes": (with_x(npy((), "<f4", bytes(4))), "do not match"),
    "Fortran's order": (with_x(npy((60, 2), "<f4", X.T.tobytes(), fortran=True)), "read"),
    "an order that is no order": (with_x(npy((60, 2), "<f4", X.tobytes(), fortran="yes")), DAMAGED),
    "objects": (npz(x=X, y=np.array([{}] * 60)), "y is a pickled array of objects"),
    "objects in a structure": (with_x(npy((60,), [("a", "|O"), ("b", "<f4")])), "pickled array"),
    "a structure": (npz(x=np.zeros(60, [("a", "f4"), ("b", "i4")]), y=Y), "x must hold numbers"),
    "a structure in structures": (
        with_x(npy((60,), [("a", [("b", [("c", "<f4", (9, 9))])])])),
        "x must hold numbers",
    ),
    "letters of a billion bytes": (with_x(npy((60,), "<U250000000")), "x holds texts of 1000000000 bytes"),
    "labels of 10,000 letters": (
        lambda folder: npz(x=X, y=np.array(["a" * 10_000, "b"] * 30))(folder),
        "y holds texts of 40000 bytes",
    ),
    "labels of half a letter": (
        with_y(npy((60,), "<U1", np.array([0xD800, 97] * 30, "<u4").tobytes())),
        r"2 classes: a, \\ud800",
    ),
    "labels as bytes that are no letters": (
        npz(x=X, y=np.array([b"\xff", b"a"] * 30)),
        "y holds bytes that are no text in UTF-8",
    ),
    "complex numbers": (npz(x=X * 1j, y=Y), "x must hold numbers, not complex"),
    "dates": (npz(x=X, y=Y.astype("M8[s]")), "y must hold numbers"),
    "wide floats": (npz(x=X.astype(np.longdouble), y=Y), "read"),
    "numbers in the other order of bytes": (npz(x=X.astype(">f4"), y=Y.astype(">i8")), "read"),
    "a type that is none": (with_x(npy((60, 2), "?!")), DAMAGED),
    "a type of 100 brackets": (with_x(npy_of(b"[" * 5000)), DAMAGED),
    "a header of minus signs": (with_x(npy_of(b"-" * 9000 + b"1")), DAMAGED),
    "a header that is code": (with_x(npy_of(b"__import__('os').mkdir('sprung')")), DAMAGED),
    "a header of Python 2": (
        with_x(npy_of(b"{'descr': '<f4', 'fortran_order': False, 'shape': (60L, 2L)}", X.tobytes())),
        "read",
    ),
    "a header of 60,000 letters": (with_x(npy_of(b"{" + b" " * 60_000 + b"}")), DAMAGED),
    "a header of another version": (with_x(npy((60, 2), "<f4", X.tobytes(), version=2)), "version 2"),
    "a header of version 9": (with_x(npy((60, 2), "<f4", X.tobytes(), version=9)), "version|" + DAMAGED),
    "no header": (with_x(b"hello"), DAMAGED),
    "an empty member": (with_x(b""), DAMAGED),
    "an encrypted member": (with_x(npy((60, 2), "<f4", X.tobytes()), flags=1), "x is encrypted"),
    "a member packed by a method of the future": (with_x(b"abc", method=99), "x is packed in an unusual way"),
    "a member packed by bzip2": (of_zipfile(zipfile.ZIP_BZIP2), "packed in an unusual way"),
    "a member packed by LZMA": (of_zipfile(zipfile.ZIP_LZMA), "packed in an unusual way"),
    "a zip of a version to come": (with_x(b"abc", version=255), DAMAGED),
    "a patch in a zip": (with_x(b"abc", flags=32), DAMAGED),
    "a wrong checksum": (with_x(npy((60, 2), "<f4", X.tobytes()), crc=1), DAMAGED),
    "a member that is not deflated": (with_x(b"abc" * 99, size=600, method=8), DAMAGED),
    "a member cut short": (
        with_x(zlib.compress(npy((60, 2), "<f4", X.tobytes()))[2:200], size=608, method=8),
        DAMAGED,
    ),
    "a zip that holds no array": (archive(Member("readme.txt", b"hello")), "holds readme.txt: it must hold"),
    "a zip that holds nothing": (archive(), "holds nothing"),
    "a zip in a zip": (archive(Member("x.npz", b"PK\5\6" + bytes(18))), "holds x.npz"),
    "absolute paths": (archive(Member("/x.npy", b""), Member("/etc/y.npy", b"")), "holds /x, /etc/y"),
    "paths up": (archive(Member("../x.npy", b""), Member("../../y.npy", b"")), "holds ../x"),
    "folders in folders": (archive(Member("a/" * 3000 + "x.npy", b"")), "holds a/a/"),
    "names of control characters": (archive(Member("\x1b[2J\n\r", b"")), r"holds \\x1b\[2J\\n"),
    "a name of 60,000 letters": (archive(Member("a" * 60_000, b"")), "holds aaa"),
    "an array twice": (
        archive(member("x", npy((2, 2**40))), member("x", npy((60, 2), "<f4", X.tobytes())), TARGETS),
        "the archive holds x twice",
    ),
    "an array twice, once without a suffix": (
        archive(member("x", npy((60, 2), "<f4", X.tobytes())), Member("x", b""), TARGETS),
        "the archive holds x twice",
    ),
    "names in two cases": (
        archive(member("X", npy((60, 2), "<f4", X.tobytes())), member("x", b""), TARGETS),
        "read: .*inputs: X; left out: x$",
    ),
    "inputs for validation without targets": (
        npz(x_train=X, y_train=Y, x_test=X),
        "inputs: x_train; left out: x_test$",
    ),
    "10,000 members": (many_members(10_000), "holds a"),
    "400,000 members": (many_members(400_000), "part of the file that should be small is very large"),
    "a program before the zip": (
        archive(member("x", npy((60, 2), "<f4", X.tobytes())), TARGETS, before=b"#!/bin/sh\n"),
        "read",
    ),
    "labels that a terminal obeys": (
        npz(x=X, y=np.array(["\x1b[2J", "\n\x00a"] * 30)),
        r"2 classes: \\x00a, \\x1b\[2J",
    ),
    "labels that are NaN, in an archive": (
        npz(x=X, y=np.where(Y, np.nan, 1.0)),
        "targets hold NaN or infinity in 30 of 60",
    ),
    "inputs that are NaN": (npz(x=X * np.nan, y=Y), "inputs hold NaN or infinity in 60 of 60"),
    "labels of 9e18, in an archive": (
        npz(x=X, y=9 * 10**18 + Y),
        "2 classes: 9000000000000000000, 9000000000000000001",
    ),
    "labels beyond int64": (
        npz(x=X, y=np.array([2**64 - 1, 2**64 - 2] * 30, np.uint64)),
        "2 classes: 18446744073709551614, 18446744073709551615",
    ),
    "numbers beyond int64": (npz(x=X, y=2**64 - 1 - np.arange(60, dtype=np.uint64)), "read"),
    "the least and the most of int64": (
        npz(x=X, y=np.array([-(2**63), 2**63 - 1] * 30)),
        "2 classes: -9223372036854775808, 9223372036854775807",
    ),
    "inputs beyond float32": (
        npz(x=X.astype(float) * 1e200, y=Y),
        r"e\+199 in the inputs is too large",
    ),
    "20 million labels": (lambda folder: bomb_of_labels(folder, 20_000_000), TOO_LARGE),
    "5 million words": (lambda folder: bomb_of_labels(folder, 2_000_000), "every target is"),
    "a sample without inputs": (npz(x=np.zeros((60, 0)), y=Y), "holds no samples"),
    "no samples": (npz(x=np.zeros((0, 2)), y=np.zeros(0)), "holds no samples"),
    # IDX
    "images": (mnist(), "read"),
    "IDX with 255 axes": (mnist(idx(*(1,) * 255)), "train-images-idx3-ubyte: .* 255 axes"),
    "IDX with 255 axes of a billion": (mnist(idx(*(2**31,) * 255)), "255 axes"),
    "IDX without axes": (mnist(b"\0\0\x08\0\7"), "0 axes"),
    "IDX with an axis of nothing": (mnist(idx(0, 2**32 - 1, 2**32 - 1)), "no IDX file of images"),
    "IDX that claims 1.5 TB": (mnist(idx(60, 158_000, 158_000)), "is damaged"),
    "IDX of another type": (mnist(idx(60, 2, 2, kind=7)), "not an IDX file"),
    "IDX that ends in its header": (mnist(b"\0\0\x08\x03\0\0"), "no IDX file of images"),
    "IDX with more than it says": (mnist(IMAGES + b"\0"), "is damaged"),
    "IDX of NaN": (mnist(idx(60, 1, kind=13, data=b"\xff" * 240)), "inputs hold NaN"),
    "IDX with fewer labels": (mnist(labels=idx(59, data=bytes(59))), "do not match"),
    "images beside the same, packed": (
        lambda folder: mnist(end=".gz")(mnist()(folder)),
        "left out: train-images-idx3-ubyte.gz;",
    ),
    "images for validation without labels": (
        lambda folder: text(IMAGES, "t10k-images-idx3-ubyte")(mnist()(folder)).parent,
        "left out: t10k-images-idx3-ubyte;",
    ),
    "gzip of images": (mnist(lambda: gzip.compress(IMAGES), end=".gz"), "read"),
    "gzip in parts": (
        mnist(lambda: gzip.compress(IMAGES[:50]) + gzip.compress(IMAGES[50:]), end=".gz"),
        "read",
    ),
    "gzip of 4 GB": (mnist(lambda: zeros(4 * GIGABYTE, idx(60, 8000, 8000), 31), end=".gz"), TOO_LARGE),
    "gzip of 4 GB, said to be small": (
        mnist(lambda: zeros(4 * GIGABYTE, idx(60, 2, 2), 31), end=".gz"),
        "is damaged",
    ),
    "gzip that claims 500 GB": (
        mnist(lambda: gzip.compress(idx(60, 90_000, 90_000)), end=".gz"),
        "is damaged",
    ),
    "gzip with a wrong checksum": (
        mnist(lambda: gzip.compress(IMAGES)[:-8] + bytes(8), end=".gz"),
        "cannot be read",
    ),
    "gzip cut short": (mnist(lambda: gzip.compress(IMAGES)[:-20], end=".gz"), "cannot be read|damaged"),
    "gzip that is none": (mnist(b"hello", end=".gz"), "cannot be read"),
    "gzip within gzip": (mnist(lambda: gzip.compress(gzip.compress(IMAGES)), end=".gz"), "not an IDX file"),
}


def bomb_of_labels(folder: Path, n: int) -> Path:
    with zipfile.ZipFile(folder / "mine.npz", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
        file.writestr("x.npy", npy((n, 1), "|u1", bytes(n)))
        file.writestr("y.npy", npy((n,), "<U1", bytes(4 * n)))
    return folder / "mine.npz"


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_data_are_read_or_refused_in_one_line(tmp_path: Path, warm: WarmProcess, kind: str) -> None:
    write, words = KINDS[kind]
    path = write(tmp_path)
    outcome = looked_at(warm, path)
    assert re.search(words, outcome.said), outcome.said[:500]
    assert_harmless(outcome)
    assert not (tmp_path / "sprung").exists()


# Mutants


def packed(folder: Path) -> Path:
    np.savez_compressed(folder / "mine.npz", x=X, y=Y)
    return folder / "mine.npz"


HONEST: dict[str, Write] = {
    "table": text(TABLE),
    "words": text(labelled("größer", "kleiner").encode("cp1252")),
    "utf16": text(TABLE.encode("utf-16")),
    "archive": npz(x=X, y=Y),
    "packed": packed,
    "images": mnist(),
    "gzip": mnist(lambda: gzip.compress(IMAGES), end=".gz"),
}
N_MUTANTS = 12  # of each


@pytest.mark.parametrize("seed", range(N_MUTANTS))
@pytest.mark.parametrize("kind", HONEST)
def test_mutants_are_read_or_refused_in_one_line(
    tmp_path: Path, warm: WarmProcess, kind: str, seed: int
) -> None:
    path = HONEST[kind](tmp_path)
    of_bytes = next(tmp_path.glob("train-images*"), path)
    mutation = fuzz.OF_BYTES[seed % len(fuzz.OF_BYTES)]
    mutation(of_bytes, np.random.default_rng(seed))
    assert_harmless(looked_at(warm, path))


def test_there_are_170_kinds_and_mutants_or_more() -> None:
    assert len(KINDS) + len(RACES) + N_MUTANTS * len(HONEST) >= 170


# Races


REPLACED = """
import os
from pathlib import Path
from replay.scenario import regular_file
check = regular_file._check_kind
def replacing(status):
    check(status)
    if not os.path.exists("other"):
        os.link(sys.argv[1], "other")
        os.unlink(sys.argv[1])
        {replace}
regular_file._check_kind = replacing
"""
GROWING = """
import threading, time
def grow():
    with open(sys.argv[1], "ab", buffering=0) as file:
        while True:
            file.write(b"1.5,2.5,1\\n" * 100_000)
threading.Thread(target=grow, daemon=True).start()
time.sleep(0.02)
"""
RACES = {
    "a pipe takes the file's place": (
        REPLACED.format(replace="os.mkfifo(sys.argv[1])"),
        NO_FILE,
    ),
    "a device takes the file's place": (
        REPLACED.format(replace='os.symlink("/dev/zero", sys.argv[1])'),
        NO_FILE,
    ),
    "nothing takes the file's place": (REPLACED.format(replace="pass"), "does not exist"),
    "another file takes the file's place": (
        REPLACED.format(replace='Path(sys.argv[1]).write_text("a,label\\n" + "1,0\\n2,1\\n" * 30)'),
        "inputs: a$",
    ),
    "the file grows without end": (GROWING, f"changed while it was read|{TOO_LARGE}"),
    "the file becomes shorter": (
        """
from replay.scenario import regular_file
honest = regular_file.InPieces.read
def shortening(self, size=-1):
    os.truncate(sys.argv[1], 100)
    return honest(self, size)
import os
regular_file.InPieces.read = shortening
""",
        "changed while it was read|rows? ",
    ),
}


@pytest.mark.parametrize("kind", RACES)
def test_files_that_change_are_read_as_they_were_or_refused(
    tmp_path: Path, warm: WarmProcess, kind: str
) -> None:
    before, words = RACES[kind]
    path = text(TABLE)(tmp_path)
    code = f"import os, sys\nos.chdir({str(tmp_path)!r})\n{before}\n{LOOK}"
    outcome = Outcome(*json.loads(warm.run(code, str(path), "{}").splitlines()[-1]))
    assert re.search(words, outcome.said), outcome.said
    assert_harmless(outcome)


# Limits


def test_more_is_read_where_more_is_allowed(tmp_path: Path, warm: WarmProcess) -> None:
    path = text(TABLE)(tmp_path)
    assert re.search(TOO_LARGE, looked_at(warm, path, max_data=1000).said)
    assert looked_at(warm, path, max_data=10_000).said.startswith("read")


@pytest.mark.skipif(sys.platform != "linux", reason="counts what Linux counts")
def test_the_memory_that_is_taken_is_seen(warm: WarmProcess) -> None:
    code = LOOK.replace("try:\n", "held = bytes(range(256)) * 3_000_000\ntry:\n")
    assert json.loads(warm.run(code, "nowhere.csv", "{}"))[2] > MAX_BYTES
