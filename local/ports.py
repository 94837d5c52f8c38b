"""Listen on ports of this machine, find free ones, and wait until one accepts connections."""

import asyncio
import socket
import time

_START_SECONDS = 30.0
_AWAY = 10


def listen(port: int, advice: str) -> socket.socket:
    """Listen on the port; if it is in use, raise an error that ends with `advice`."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as failure:
        listener.close()
        raise PortError(f"port {port} is in use; {advice}") from failure
    return listener


def listen_beside(port: int) -> socket.socket:
    """Listen on the port that is ten above another one, or on any that is free."""
    try:
        return listen(port + _AWAY if port else 0, "")
    except (PortError, OverflowError):
        return listen(0, "")


def find_free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def wait_until_open(endpoint: str, too_late: str) -> None:
    """Wait until something listens at the endpoint; raise `too_late` as an error if nothing does in time."""
    host, _, port = endpoint.removeprefix("http://").partition(":")
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            _, writer = await asyncio.open_connection(host, int(port))
        except OSError as failure:
            if time.monotonic() > deadline:
                raise PortError(too_late) from failure
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return


class PortError(Exception):
    """A port cannot be used; the message says what to do."""
