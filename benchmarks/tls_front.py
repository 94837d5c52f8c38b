"""Put TLS in front of the stores and Tinybird of a benchmark, as functions use it in AWS.

Peers trust a bundle of all authorities, as on Lambda; our functions trust the folder of their layer. Both also get the
authority that signs the certificates of this module.
"""

import asyncio
import ssl
import subprocess
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import certifi

from local.lambdas.runtime_api import Program
from tests.certificates import make_certificate

_HOST = "localhost"
_PIECE_BYTES = 64 * 1024


class TlsFront:
    """A port with TLS for each plain port that a program's variables name."""

    def __init__(self, folder: Path, authorities: Path) -> None:
        self._certificate = make_certificate(folder, _HOST)
        self._bundle = folder / "bundle.pem"
        self._bundle.write_text(Path(certifi.where()).read_text() + _certificate_in(self._certificate))
        (authorities / "benchmark.pem").write_text(_certificate_in(self._certificate))
        subprocess.run(["openssl", "rehash", str(authorities)], check=True, capture_output=True)
        self._servers: dict[int, asyncio.Server] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in self._servers.values():
            server.close()

    async def behind(self, program: Program) -> Program:
        """Return the program with each address of this machine replaced by its TLS address."""
        environment = {name: await self._secured(value) for name, value in program.environment.items()}
        variables = ("SSL_CERT_FILE", "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE")  # of OpenSSL, botocore and requests
        return program._replace(environment={**environment, **dict.fromkeys(variables, str(self._bundle))})

    async def _secured(self, value: str) -> str:
        if not value.startswith("http://127.0.0.1:"):
            return value
        port = urlsplit(value).port or 80
        if port not in self._servers:
            self._servers[port] = await self._serve(port)
        return f"https://{_HOST}:{self._servers[port].sockets[0].getsockname()[1]}"

    async def _serve(self, port: int) -> asyncio.Server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._certificate)

        async def bridge(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
            await asyncio.gather(_copy(reader, inner_writer), _copy(inner_reader, writer))

        return await asyncio.start_server(bridge, "127.0.0.1", 0, ssl=context)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError, ssl.SSLError):
        while piece := await reader.read(_PIECE_BYTES):
            writer.write(piece)
            await writer.drain()
    writer.close()


def _certificate_in(file: Path) -> str:
    text = file.read_text()
    return text[text.index("-----BEGIN CERTIFICATE-----") :]
