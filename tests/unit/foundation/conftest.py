"""Servers that misbehave, plainly and over TLS, and connections to them."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from urllib3 import HTTPConnectionPool

from authorities import write_authorities
from pixel.foundation.connections import open_pool
from tests.certificates import make_certificate
from tests.unit.foundation.misbehaving_server import MisbehavingServer, running


@pytest.fixture
def plain_server() -> Iterator[MisbehavingServer]:
    with running() as server:
        yield server


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Create a self-signed certificate, and a folder of authorities that holds only it."""
    folder = tmp_path_factory.mktemp("tls")
    certificate = make_certificate(folder, "localhost")
    write_authorities(certificate.read_text(), folder / "authorities")
    return certificate


@pytest.fixture
def secure_server(certificate: Path) -> Iterator[MisbehavingServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with running() as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        yield server


@pytest.fixture(params=["plain", "over TLS"])
def server(request: pytest.FixtureRequest) -> MisbehavingServer:
    served: MisbehavingServer = request.getfixturevalue("plain_server" if request.param == "plain" else "secure_server")
    return served


@pytest.fixture
def pool(server: MisbehavingServer, certificate: Path) -> HTTPConnectionPool:
    is_secure = isinstance(server.socket, ssl.SSLSocket)
    url = f"https://localhost:{server.server_address[1]}" if is_secure else server.url
    return open_pool(url, connect_seconds=2, authorities=certificate.parent / "authorities")
