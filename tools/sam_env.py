"""`make sam-env` - lets functions that `sam local` runs in containers use the running stack.

Writes env.json, for --env-vars, beside stack.json. A container has a loopback of its own: where it reaches this machine
by the gateway of Docker's network, this listens there and hands on to the stack, until Ctrl-C; where Docker runs in a
virtual machine, as Docker Desktop does, `host.docker.internal` leads to the stack's own loopback.
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


class Door(NamedTuple):
    """Where containers find this machine."""

    host: str
    is_ours: bool  # an address of this machine, on which one can listen


def find_door(host: str | None = None) -> Door:
    wanted = host or _gateway()
    if _can_listen(wanted):
        return Door(wanted, is_ours=True)
    return Door(host or _OF_A_VIRTUAL_MACHINE, is_ours=False)


def seen_from_containers(variables: Mapping[str, str], door: Door) -> dict[str, str]:
    return {
        name: value.replace(f"//{urlsplit(value).hostname}", f"//{door.host}") if _loopback_port(value) else value
        for name, value in variables.items()
    }


def loopback_ports(variables: Mapping[str, str]) -> list[int]:
    return sorted({port for value in variables.values() if (port := _loopback_port(value))})


async def open_ports(host: str, ports: Iterable[int]) -> list[asyncio.Server]:
    """The same ports as on loopback. One that is taken already belongs to a service that listens everywhere."""
    opened = []
    for port in ports:
        try:
            opened.append(await asyncio.start_server(_HandOn(port), host, port))
        except OSError as failure:
            if failure.errno != errno.EADDRINUSE:
                raise
    return opened


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m local.sam_env", description="Let sam local use the running stack.")
    parser.add_argument("--folder", type=Path, default=_PROJECT / ".local", help="of stack.json, and for env.json")
    parser.add_argument("--host", help="address under which containers reach this machine, if it is not found")
    given = parser.parse_args()
    try:
        variables = json.loads((given.folder / "stack.json").read_text())["function_variables"]
        door = find_door(given.host)
    except (OSError, subprocess.SubprocessError, ValueError, KeyError):
        print("no running stack, or no Docker engine; start `make run`, then Docker, or pass --host", file=sys.stderr)
        return 1
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve(given.folder / "env.json", variables, door))
    return 0


async def _serve(file: Path, variables: Mapping[str, str], door: Door) -> None:
    opened = await open_ports(door.host, loopback_ports(variables)) if door.is_ours else []
    draft = file.with_suffix(".draft")
    draft.write_text(json.dumps({"Parameters": seen_from_containers(variables, door)}, indent=2))
    draft.replace(file)
    print(f"wrote {file}: containers find the stack at {door.host}", flush=True)
    if opened:
        print("and will as long as this runs (Ctrl-C ends it)", flush=True)
        await asyncio.gather(*(server.serve_forever() for server in opened))


def _gateway() -> str:
    """Some engines name only the network; its first address is the gateway then."""
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


class _HandOn:
    """One port of loopback, to whoever connects."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError:
            writer.close()  # as the stack's own port would
            return
        await asyncio.gather(_copy(reader, there_writer), _copy(there_reader, writer))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while chunk := await reader.read(_CHUNK_BYTES):
            writer.write(chunk)
            await writer.drain()
    except ConnectionError:
        pass  # whoever hung up has what it wanted
    finally:
        writer.close()


if __name__ == "__main__":
    sys.exit(main())
