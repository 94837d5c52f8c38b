"""Let functions that `sam local` runs in containers use the running stack. `make sam-env` runs it.

It writes env.json, for --env-vars, beside stack.json. A container has its own loopback interface. If it reaches this
machine through the gateway of Docker's network, this program listens there and forwards connections to the stack until
Ctrl-C. If Docker runs in a virtual machine, as Docker Desktop does, `host.docker.internal` is the host's loopback.
"""

import argparse
import asyncio
import errno
import json
import socket
import subprocess
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from ipaddress import ip_network
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

_PROJECT = Path(__file__).resolve().parent.parent
_OF_A_VIRTUAL_MACHINE = "host.docker.internal"
_BRIDGE = ("docker", "network", "inspect", "bridge", "--format", "{{json (index .IPAM.Config 0)}}")
_LOOPBACK = ("127.0.0.1", "localhost")
_CHUNK_BYTES = 65_536


class HostAddress(NamedTuple):
    """The address at which containers reach this machine."""

    address: str
    is_ours: bool  # whether it is an address of this machine, on which a program can listen


def find_host(host: str | None = None) -> HostAddress:
    """Return the given address, or else the one that Docker names."""
    wanted = host or _gateway()
    if _can_listen(wanted):
        return HostAddress(wanted, is_ours=True)
    return HostAddress(host or _OF_A_VIRTUAL_MACHINE, is_ours=False)


def seen_from_containers(variables: Mapping[str, str], host: HostAddress) -> dict[str, str]:
    """Return the variables with the container's address of this machine in place of loopback addresses."""
    return {
        name: value.replace(f"//{urlsplit(value).hostname}", f"//{host.address}") if _loopback_port(value) else value
        for name, value in variables.items()
    }


def loopback_ports(variables: Mapping[str, str]) -> list[int]:
    """Return the ports of all loopback addresses among the variables."""
    return sorted({port for value in variables.values() if (port := _loopback_port(value))})


async def open_ports(host: str, ports: Iterable[int]) -> list[asyncio.Server]:
    """Listen on the same ports as on loopback, except those of services that listen on every address already."""
    opened = []
    for port in ports:
        try:
            opened.append(await asyncio.start_server(_Forwarder(port), host, port))
        except OSError as failure:
            if failure.errno != errno.EADDRINUSE:
                raise
    return opened


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.sam_env", description="Let sam local use the running stack.")
    parser.add_argument("--folder", type=Path, default=_PROJECT / ".local", help="folder of stack.json and env.json")
    parser.add_argument("--host", help="the address at which containers reach this machine, if it cannot be found")
    given = parser.parse_args()
    try:
        variables = json.loads((given.folder / "stack.json").read_text())["function_variables"]
        host = find_host(given.host)
    except (OSError, subprocess.SubprocessError, ValueError, KeyError):
        print("No running stack or no Docker engine was found; start both, or pass --host.", file=sys.stderr)
        return 1
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve(given.folder / "env.json", variables, host))
    return 0


async def _serve(file: Path, variables: Mapping[str, str], host: HostAddress) -> None:
    opened = await open_ports(host.address, loopback_ports(variables)) if host.is_ours else []
    draft = file.with_suffix(".draft")
    draft.write_text(json.dumps({"Parameters": seen_from_containers(variables, host)}, indent=2))
    draft.replace(file)
    print(f"wrote {file}: containers find the stack at {host.address}", flush=True)
    if opened:
        print("as long as this program runs (Ctrl-C ends it)", flush=True)
        await asyncio.gather(*(server.serve_forever() for server in opened))


def _gateway() -> str:
    """Return the gateway of Docker's network; engines that name only the network have it at the first address."""
    shown = subprocess.run(_BRIDGE, capture_output=True, check=True, text=True, timeout=20).stdout
    bridge = json.loads(shown)
    return str(bridge.get("Gateway") or ip_network(bridge["Subnet"])[1])


def _can_listen(host: str) -> bool:
    try:
        with socket.create_server((host, 0)):
            return True
    except OSError:
        return False


def _loopback_port(value: str) -> int | None:
    parts = urlsplit(value)
    return parts.port if parts.hostname in _LOOPBACK else None


class _Forwarder:
    """Forwards each connection to one port of loopback."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError:
            writer.close()  # as a closed port of the stack would
            return
        await asyncio.gather(_copy(reader, there_writer), _copy(there_reader, writer))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while chunk := await reader.read(_CHUNK_BYTES):
            writer.write(chunk)
            await writer.drain()
    except ConnectionError:
        pass  # one side has closed the connection
    finally:
        writer.close()


if __name__ == "__main__":
    sys.exit(main())
