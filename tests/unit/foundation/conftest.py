"""Servers that misbehave, plainly and over TLS, and connections to them."""

import ssl
from collections.abc import Iterator
from pathlib import Path
from shutil import which

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
    if which("openssl") is None:
        pytest.skip("a folder of authorities is made by the openssl command")
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
def pool(server: MisbehavingServer, request: pytest.FixtureRequest) -> HTTPConnectionPool:
    if not isinstance(server.socket, ssl.SSLSocket):
        return open_pool(server.url, connect_seconds=2)
    certificate: Path = request.getfixturevalue("certificate")
    url = f"https://localhost:{server.server_address[1]}"
    return open_pool(url, connect_seconds=2, authorities=certificate.parent / "authorities")
