"""What a run file keeps so that its training can go on: the variables of model and optimizer after an epoch.

The state of each epoch goes to the older of two slots, in one piece, with a checksum. A process that is
killed while it writes one leaves the other.
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
# Keras's variables have these types too, which NumPy knows once Keras is loaded.
STATE_DTYPES = (*DTYPES, "bfloat16", "float8_e4m3fn", "float8_e5m2")


@dataclass(frozen=True)
class StateLayout:
    """The variables, each with "name", "shape" and "dtype", and the facts of the training.

    `training` holds what a training that goes on must have in common with the one that began, as JSON has it.
    """

    variables: Sequence[Mapping[str, Any]]
    training: Mapping[str, Any] = field(default_factory=dict)

    @property
    def n_bytes(self) -> int:
        """Of one slot."""
        sizes = (
            math.prod(variable["shape"]) * np.dtype(variable["dtype"]).itemsize for variable in self.variables
        )
        return HEADER.size + sum(sizes)

    @property
    def kinds(self) -> list[tuple[tuple[int, ...], str]]:
        """Shape and type of each variable; its name may be another in each process."""
        return [(tuple(variable["shape"]), variable["dtype"]) for variable in self.variables]


@dataclass(frozen=True)
class SavedState:
    """The state after `epoch`, as bytes (`StateLayout.n_bytes` less the header)."""

    epoch: float
    content: bytes

    def arrays(self, layout: StateLayout) -> list[Array]:
        """The variables, each in its shape."""
        found, at = [], 0
        for shape, dtype in layout.kinds:
            n_values = math.prod(shape)
            found.append(np.frombuffer(self.content, dtype, n_values, at).reshape(shape))
            at += n_values * np.dtype(dtype).itemsize
        return found


def packed(epoch: float, arrays: Sequence[Array]) -> Array:
    """One slot: its header, and the variables one after the other (n_bytes,)."""
    content = b"".join(np.ascontiguousarray(array).tobytes() for array in arrays)
    return np.frombuffer(HEADER.pack(epoch, _checksum(epoch, content)) + content, np.uint8)


def unpacked(slot: Array) -> SavedState | None:
    """What a slot holds; None where it was never written, or not to its end."""
    data = slot.tobytes()
    epoch, checksum = HEADER.unpack_from(data)
    content = data[HEADER.size :]
    return SavedState(epoch, content) if checksum == _checksum(epoch, content) else None


def _checksum(epoch: float, content: bytes) -> int:
    # More than 32 bits, so that a slot full of zeros is not whole.
    return 1 << 32 | zlib.crc32(content, zlib.crc32(struct.pack("<d", epoch)))


def layout_from_json(variables: bytes, training: bytes) -> StateLayout:
    """The layout that a file tells. Raises ValueError, naming the field, where it is none."""
    loads = untrusted_json.loads
    told = Fields({"variables": loads(variables.decode()), "training": loads(training.decode())}, GROUP)
    return StateLayout([_variable(one) for one in told.each("variables")], dict(told.object("training")))


def _variable(fields: Fields) -> Mapping[str, Any]:
    dtype = fields.text("dtype")
    if dtype not in STATE_DTYPES:  # NumPy would take text of any kind for a type, also objects
        raise fields.refusal("dtype", f"one of {', '.join(STATE_DTYPES)}")
    return {"name": fields.text("name"), "shape": list(fields.shape("shape")), "dtype": dtype}
