"""The checkpoint that a run file keeps for resuming: model and optimizer variables, with a checksum.

Each epoch's state overwrites the older of two slots. If the process is killed while it writes one, the other
is still valid.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from replay.network import untrusted_json
from replay.network.description import DTYPES
from replay.network.untrusted_json import Fields
from replay.types import Array

GROUP = "resume"
SLOTS = 2
HEADER = struct.Struct("<dQ")  # epoch, checksum
# Keras variables may also have these types; NumPy knows them once Keras is loaded.
STATE_DTYPES = (*DTYPES, "bfloat16", "float8_e4m3fn", "float8_e5m2")


@dataclass(frozen=True)
class StateLayout:
    """The variables, each with "name", "shape" and "dtype", and facts about the training.

    `training` holds what must stay the same when the training is resumed, as JSON values.
    """

    variables: Sequence[Mapping[str, Any]]
    training: Mapping[str, Any] = field(default_factory=dict)

    @property
    def n_bytes(self) -> int:
        """Size of one slot in bytes."""
        sizes = (
            math.prod(variable["shape"]) * np.dtype(variable["dtype"]).itemsize for variable in self.variables
        )
        return HEADER.size + sum(sizes)

    @property
    def n_values(self) -> int:
        """How many values all variables have."""
        return sum(math.prod(variable["shape"]) for variable in self.variables)

    @property
    def kinds(self) -> list[tuple[tuple[int, ...], str]]:
        """Shape and dtype of each variable; names may differ between processes."""
        return [(tuple(variable["shape"]), variable["dtype"]) for variable in self.variables]


@dataclass(frozen=True)
class SavedState:
    """The state after `epoch`, as bytes (`StateLayout.n_bytes` less the header)."""

    epoch: float
    content: bytes

    def arrays(self, layout: StateLayout) -> list[Array]:
        """The variables as arrays in their shapes."""
        found, at = [], 0
        for shape, dtype in layout.kinds:
            n_values = math.prod(shape)
            found.append(np.frombuffer(self.content, dtype, n_values, at).reshape(shape))
            at += n_values * np.dtype(dtype).itemsize
        return found


def packed(epoch: float, arrays: Sequence[Array]) -> Array:
    """The bytes of one slot (n_bytes,): the header, then the variables in order."""
    content = b"".join(np.ascontiguousarray(array).tobytes() for array in arrays)
    return np.frombuffer(HEADER.pack(epoch, _checksum(epoch, content)) + content, np.uint8)


def unpacked(slot: Array) -> SavedState | None:
    """The state in a slot; None if it was never written, or not completely."""
    data = slot.tobytes()
    epoch, checksum = HEADER.unpack_from(data)
    content = data[HEADER.size :]
    return SavedState(epoch, content) if checksum == _checksum(epoch, content) else None


def _checksum(epoch: float, content: bytes) -> int:
    # The 33rd bit is set, so that a slot full of zeros is not valid.
    return 1 << 32 | zlib.crc32(content, zlib.crc32(struct.pack("<d", epoch)))


def layout_from_json(variables: bytes, training: bytes) -> StateLayout:
    """Parse the layout from a file; raises ValueError, naming the field, if it is malformed."""
    texts = {"variables": variables, "training": training}
    fields = Fields(
        {name: untrusted_json.loads(text.decode(), f"{GROUP}/{name}") for name, text in texts.items()}, GROUP
    )
    return StateLayout([_variable(one) for one in fields.each("variables")], dict(fields.object("training")))


def _variable(fields: Fields) -> Mapping[str, Any]:
    dtype = fields.text("dtype")
    if dtype not in STATE_DTYPES:  # NumPy parses any text as a dtype, objects included
        raise fields.refusal("dtype", f"one of {', '.join(STATE_DTYPES)}")
    return {"name": fields.text("name"), "shape": list(fields.shape("shape")), "dtype": dtype}
