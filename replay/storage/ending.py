"""How a recording ended: why it broke off, and which snapshots hold the weights of another moment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from replay.network import untrusted_json
from replay.network.untrusted_json import Fields, is_number

NAME = "history/ending"
ENDING_BYTES = 2048
MAX_REASON = 250  # characters
MAX_HELD = 8  # snapshots that are told; a training that goes on may add one each time


@dataclass(frozen=True)
class Ending:
    """What a file says of its end.

    - `error`: why the recording stopped before the training did; None if it did not.
    - `held`: the snapshots taken after a training because the model then held other weights than at its last
      epoch. Maps the snapshot's epoch to the epoch that had these weights, None if none had.
    """

    error: str | None = None
    held: Mapping[float, float | None] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """The ending as the file stores it, in at most ENDING_BYTES."""
        kept = list(self.held.items())[-MAX_HELD:]
        text = json.dumps({"error": self.error and self.error[:MAX_REASON], "held": kept}, ensure_ascii=False)
        return b"" if self == Ending() else text.encode()


def ending_from(text: str) -> Ending:
    """Parse the text of a file; raises ValueError, naming the field, if it is malformed."""
    if not text:
        return Ending()
    fields = Fields(untrusted_json.loads(text, NAME), NAME)
    held = fields["held"] or []
    if not isinstance(held, list) or not all(map(_is_pair, held)):
        raise fields.refusal("held", "pairs of an epoch and an earlier one, or null")
    return Ending(fields.text("error", None), {float(at): of for at, of in held})


def _is_pair(one: object) -> bool:
    if not isinstance(one, list) or len(one) != 2:
        return False
    at, of = one
    return is_number(at) and (of is None or (is_number(of) and of < at))
