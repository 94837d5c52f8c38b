"""The process that serves AWS services: moto behind a server with keep-alive.

Run as `python -m local.aws.server PORT`; it exits when its standard input closes, so that it never outlives the stack.
With `--state FILE` it keeps the contents of the stores in the file (state/), under names that end in `--stack-id`.
"""

import argparse
import sys
import threading
from collections.abc import Callable, Iterable
from os import _exit
from pathlib import Path
from typing import Any

import waitress
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser

from local.aws import arrival_pages, event_delivery, kept_mail, moto_shortcuts, stable_names
from local.aws.state import control
from local.aws.state.keeper import Keeper

StartResponse = Callable[..., Any]
Application = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]

_CONNECTIONS_MAX = 10_000
_ONE_AT_A_TIME = ("DynamoDB_", "Kinesis_")


def one_write_at_a_time(application: Application, lock: threading.Lock) -> Application:
    """Serialize the requests of services that must be atomic.

    moto reads, changes and writes an item in separate steps, but counters rely on DynamoDB's atomic updates. It numbers
    the records of a shard in steps too, and would lose one of two that arrive at once.
    """

    def serve(environment: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        if environment.get("HTTP_X_AMZ_TARGET", "").startswith(_ONE_AT_A_TIME):
            with lock:
                return application(environment, start_response)
        return application(environment, start_response)

    return serve


class RequestParser(HTTPRequestParser):  # type: ignore[misc]  # waitress ships no types
    """Never sends 100 Continue for an empty body: waitress would wait for it, and an empty object never arrive."""

    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        if self.content_length == 0 and not self.chunked:
            self.expect_continue = False


def _end_with_parent(keeper: Keeper | None) -> None:
    sys.stdin.read()
    try:
        if keeper is not None:
            keeper.close()
    finally:
        _exit(0)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m local.aws.server")
    parser.add_argument("port", type=int)
    parser.add_argument("--state", type=Path, help="file that keeps the contents of the stores")
    parser.add_argument("--stack-id", help="suffix of the names that CloudFormation generates (default: random)")
    options = parser.parse_args()
    event_delivery.install()
    kept_mail.install()
    moto_shortcuts.install()
    if options.stack_id:
        stable_names.install(options.stack_id)
    HTTPChannel.parser_class = RequestParser
    lock = threading.Lock()
    application = one_write_at_a_time(DomainDispatcherApplication(create_backend_app), lock)
    application = arrival_pages.serving(application)
    keeper = None
    if options.state is not None:
        keeper = Keeper(options.state, str(options.stack_id), lock)
        application = control.keeping(application, keeper)
    threading.Thread(target=_end_with_parent, args=(keeper,), daemon=True).start()
    # Every function process keeps connections open, so the default limit of 100 would refuse new ones.
    waitress.serve(
        application,
        host="127.0.0.1",
        port=options.port,
        threads=32,
        connection_limit=_CONNECTIONS_MAX,
        _quiet=True,
    )


if __name__ == "__main__":
    main()
