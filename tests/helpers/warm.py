"""A process that has imported what takes long, and done nothing else: a fork of it is as good as a new one.

For what must be looked at in a process of its own, as it may end, grow or hang.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

SECONDS = 60  # that a child may take


class WarmProcess:
    """Forks for each piece of code; use it as a context manager."""

    def __init__(self, imports: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, imports], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> WarmProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()

    def run(self, code: str, *arguments: str) -> str:
        """What the code prints in a child whose sys.argv ends in these arguments; it must end well."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps([code, arguments]) + "\n")
        self._process.stdin.flush()
        status, printed = json.loads(self._process.stdout.readline())
        assert status == 0, (status, printed)
        return printed


def serve(imports: str) -> None:
    """The parent: fork for each line of standard input, and say how the child ended and what it printed."""
    exec(imports)
    for line in sys.stdin:
        code, arguments = json.loads(line)
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            _live(code, arguments, writing)
        os.close(writing)
        with os.fdopen(reading) as pipe:
            printed = pipe.read()
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        print(json.dumps([status, printed]), flush=True)


def _live(code: str, arguments: Sequence[str], output: int) -> None:
    """The child: never returns."""
    status = 1
    try:
        signal.alarm(SECONDS)
        os.dup2(output, 1)
        sys.argv[1:] = arguments
        exec(code, {"__name__": "__main__"})
        sys.stdout.flush()
        status = 0
    except BaseException:  # noqa: BLE001 - whatever it is, the child must not go on as its parent
        traceback.print_exc()
    finally:
        os._exit(status)


if __name__ == "__main__":
    sys.path[0] = str(Path.cwd())  # as with -c
    serve(sys.argv[1])
