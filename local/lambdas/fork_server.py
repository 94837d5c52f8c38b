"""Fork processes of functions from one that has imported the packages that nearly all of them need.

Run by forks.py as a program, with a socket to read from. It imports nothing of this repository, so that each fork reads
the code as it is then. A fork takes on the environment, the folder and the streams of its function, and runs what a
started process would run.
"""

import gc
import importlib
import json
import os
import runpy
import signal
import socket
import sys
from contextlib import suppress
from typing import Any

MESSAGE_BYTES_MAX = 131_072
RUNTIME_CLIENT = "awslambdaric"

# Without the runtime client, which takes note of its server's address when it is loaded.
_MODULES = (
    "ada_url",
    "aws_lambda_powertools",
    "botocore.auth",
    "certifi",
    "concurrent.futures.thread",
    "confusable_homoglyphs.confusables",
    "csv",
    "email_validator",
    "idna",
    "jwt",
    "pydantic.main",
    "pydantic.type_adapter",
    "pydantic.types",
    "secrets",
    "simplejson",
    "tzdata",
    "urllib3",
)


def _serve(orders: socket.socket) -> dict[str, Any] | None:
    """Fork at each order. Returns in a fork with its order, and in the server once nobody can order any more."""
    while True:
        message, streams, _flags, _address = socket.recv_fds(orders, MESSAGE_BYTES_MAX, 2)
        if not message:
            return None
        pid = os.fork()
        if pid == 0:
            orders.close()
            _lead_output_to(streams)
            order: dict[str, Any] = json.loads(message)
            return order
        for stream in streams:
            os.close(stream)
        orders.send(str(pid).encode())


def _lead_output_to(streams: list[int]) -> None:
    for stream, standard in zip(streams, (1, 2), strict=True):
        os.dup2(stream, standard)
        os.close(stream)


def _run(folder: str, handler: str, environment: dict[str, str]) -> None:
    """Run a function as `python -m awslambdaric HANDLER` does in its folder."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.path.insert(0, folder)
    sys.argv = [RUNTIME_CLIENT, handler]
    runpy.run_module(RUNTIME_CLIENT, run_name="__main__", alter_sys=True)


def _reap(_signal: int, _frame: object) -> None:
    """Let the system forget forks that have ended; those that nobody waits for stay listed."""
    with suppress(ChildProcessError):  # none is left
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def main() -> None:
    signal.signal(signal.SIGCHLD, _reap)
    orders = socket.socket(fileno=int(sys.argv[1]))
    for module in _MODULES:
        importlib.import_module(module)
    gc.collect()
    gc.freeze()
    if (order := _serve(orders)) is not None:
        _run(**order)


if __name__ == "__main__":
    main()
