"""Names that lead where a test says, and a server with a certificate of such a name."""

import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from shutil import which
from typing import Any

import pytest

from authorities import write_authorities
from pixel.hooks import sending
from pixel.workspaces.store import Store
from tests.certificates import make_certificate
from tests.conftest import Frozen
from tests.unit.foundation.misbehaving_server import MisbehavingServer, running
from tests.unit.hooks.receivers import Receiver, new_workspace

RECEIVER = "hooks.receiver.example"


class Names:
    """A resolver: what each name leads to, look-up by look-up; the last answer stands for all after it."""

    def __init__(self) -> None:
        self.looked_up: list[str] = []
        self._answers: dict[str, list[Sequence[str]]] = {}

    def lead(self, name: str, *answers: Sequence[str]) -> None:
        self._answers[name] = list(answers)

    def look_up(self, host: str, port: int) -> list[Any]:
        self.looked_up.append(host)
        answers = self._answers.get(host)
        if answers is None:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        addresses = answers.pop(0) if len(answers) > 1 else answers[0]
        return [
            (socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in addresses
        ]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    """Answer look-ups of names; addresses are answered by the system, as they are when a connection is opened."""
    resolver, system = Names(), socket.getaddrinfo

    def getaddrinfo(host: str, port: int, *args: Any, **options: Any) -> Any:
        if host.replace(".", "").isdecimal() or ":" in host:
            return system(host, port, *args, **options)
        return resolver.look_up(host, port)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return resolver


@pytest.fixture
def server() -> Iterator[MisbehavingServer]:
    with running() as server:
        yield server


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if which("openssl") is None:
        pytest.skip("a folder of authorities is made by the openssl command")
    folder = tmp_path_factory.mktemp("tls")
    certificate = make_certificate(folder, RECEIVER)
    write_authorities(certificate.read_text(), folder / "authorities")
    return certificate


@pytest.fixture
def authorities(certificate: Path) -> Path:
    return certificate.parent / "authorities"


@pytest.fixture
def asked_names() -> list[str | None]:
    """Collect the names that connections ask for by SNI."""
    return []


@pytest.fixture
def secure_server(certificate: Path, asked_names: list[str | None]) -> Iterator[MisbehavingServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.sni_callback = _collect(asked_names)
    with running() as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        yield server


def _collect(asked_names: list[str | None]) -> Callable[[Any, str | None, Any], None]:
    def asked(_socket: Any, name: str | None, _context: Any) -> None:
        asked_names.append(name)

    return asked


@pytest.fixture
def store(tables: object) -> Store:
    return new_workspace()


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Receiver:
    found = Receiver()
    monkeypatch.setattr(sending, "call", found.call)
    monkeypatch.setattr("pixel.hooks.addresses._looked_up", lambda _place: ["93.184.215.14"])
    return found


@pytest.fixture
def middle_of_the_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pixel.hooks.retries.random.uniform", lambda _low, _high: 1.0)


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch, frozen: Frozen) -> list[float]:
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        frozen.move(seconds)

    monkeypatch.setattr("pixel.hooks.sending.time.sleep", sleep)
    return pauses
