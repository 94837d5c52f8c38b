"""A request goes to an address that was checked, under the name that was written, and is never sent elsewhere."""

import time
from pathlib import Path

import pytest

from pixel.hooks import addresses, calling
from pixel.hooks.addresses import Place, read_url
from pixel.hooks.calling import ANSWER_BYTES_MAX, Answer, call
from tests.conftest import Frozen
from tests.unit.foundation.misbehaving_server import (
    Act,
    MisbehavingServer,
    answer,
    close,
    hang,
    plainly,
    reset,
    stop_half_way,
)
from tests.unit.hooks.conftest import RECEIVER, Names

_PUBLIC = "93.184.215.14"


def _place(server: MisbehavingServer, host: str = RECEIVER, scheme: str = "http", target: str = "/hook?a=b") -> Place:
    return Place(scheme, host, server.server_address[1], target)


@pytest.fixture
def loopback_is_public(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "is_public", lambda address: address in {"127.0.0.1", _PUBLIC, "::1"})


def test_a_name_that_leads_to_this_machine_reaches_nothing(names: Names, server: MisbehavingServer) -> None:
    names.lead(RECEIVER, ["127.0.0.1"])
    server.will(answer())

    found = call(_place(server), {}, b"{}")

    assert (found.status, found.error, found.succeeded) == (None, "private_address", False)
    assert server.connections == 0


def test_a_name_of_which_one_address_is_within_reaches_nothing(names: Names, server: MisbehavingServer) -> None:
    names.lead(RECEIVER, [_PUBLIC, "127.0.0.1"])
    server.will(answer())

    assert call(_place(server), {}, b"{}").error == "private_address"
    assert server.connections == 0


def test_a_name_that_rebinds_is_looked_up_once(
    names: Names, server: MisbehavingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection goes to what was checked, although the name leads to this machine by then."""
    names.lead(RECEIVER, [_PUBLIC], ["127.0.0.1"])
    opened: list[str] = []
    server.will(answer())

    def refuse(address: tuple[str, int], *_args: object, **_options: object) -> None:
        opened.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr("urllib3.util.connection.create_connection", refuse)

    assert call(_place(server), {}, b"{}").error == "connection"
    assert opened == [_PUBLIC]
    assert names.looked_up == [RECEIVER]
    assert server.connections == 0


def test_a_name_that_rebinds_between_attempts_is_refused(names: Names, server: MisbehavingServer) -> None:
    names.lead(RECEIVER, ["127.0.0.1"])
    place = read_url(f"https://{RECEIVER}/")
    assert call(place, {}, b"{}").error == "private_address"


@pytest.mark.usefixtures("loopback_is_public")
def test_a_request_carries_the_name_and_nothing_of_ours(names: Names, server: MisbehavingServer) -> None:
    names.lead(RECEIVER, ["127.0.0.1"])
    server.will(answer(b"thanks"))

    found = call(_place(server), {"content-type": "application/json", "webhook-id": "msg_1"}, b'{"a":1}')

    assert (found.status, found.text, found.succeeded) == (200, "thanks", True)
    (received,) = server.received
    assert (received.target, received.body) == ("/hook?a=b", b'{"a":1}')
    assert received.headers == {
        "host": f"{RECEIVER}:{server.server_address[1]}",
        "user-agent": "pixel-api",
        "accept-encoding": "identity",
        "content-type": "application/json",
        "webhook-id": "msg_1",
        "content-length": "7",
    }


@pytest.mark.usefixtures("loopback_is_public")
def test_certificate_and_server_name_are_those_of_the_name(
    names: Names, secure_server: MisbehavingServer, authorities: Path, asked_names: list[str | None]
) -> None:
    names.lead(RECEIVER, ["127.0.0.1"])
    names.lead("other.example", ["127.0.0.1"])
    secure_server.will(answer())

    right = call(_place(secure_server, scheme="https"), {}, b"{}", authorities=authorities)
    wrong = call(_place(secure_server, "other.example", "https"), {}, b"{}", authorities=authorities)
    unknown = call(_place(secure_server, scheme="https"), {}, b"{}")

    assert (right.status, wrong.error, unknown.error) == (200, "connection", "connection")
    assert asked_names == [RECEIVER, "other.example", RECEIVER]
    assert len(secure_server.received) == 1


@pytest.mark.usefixtures("loopback_is_public")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(names: Names, server: MisbehavingServer, status: int) -> None:
    names.lead(RECEIVER, ["127.0.0.1"])
    server.will(answer(status=status, headers={"Location": f"{server.url}/elsewhere"}), answer())

    found = call(_place(server), {}, b"{}")

    assert (found.status, found.succeeded) == (status, False)
    assert len(server.received) == 1


@pytest.mark.usefixtures("loopback_is_public")
def test_a_second_address_is_tried_if_the_first_accepts_no_connection(names: Names, server: MisbehavingServer) -> None:
    names.lead(RECEIVER, ["::1", "127.0.0.1"])
    server.will(answer())
    assert call(_place(server), {}, b"{}").status == 200

    names.lead(RECEIVER, ["127.0.0.1", "::1"])
    assert call(_place(server), {}, b"{}").status == 200


@pytest.mark.usefixtures("loopback_is_public")
@pytest.mark.parametrize(
    "act",
    [
        answer(b"x" * 1_000_000),
        plainly(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nf4240\r\n", b"x" * 1_000_000),
        plainly(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 1_000_000, then_close=True),
    ],
    ids=["long", "in chunks", "without a length"],
)
def test_no_more_than_the_beginning_of_an_answer_is_read(names: Names, server: MisbehavingServer, act: Act) -> None:
    names.lead(RECEIVER, ["127.0.0.1"])
    server.will(act)
    found = call(_place(server), {}, b"{}")
    assert (found.status, found.text) == (200, "x" * 1_000)
    assert ANSWER_BYTES_MAX == 4_096


@pytest.mark.usefixtures("loopback_is_public")
@pytest.mark.parametrize(
    ("act", "status", "error"),
    [
        (hang, None, "timeout"),
        (close, None, "broken_response"),
        (reset, None, "broken_response"),
        (stop_half_way, 200, None),
        (plainly(b"nonsense\r\n\r\n", then_close=True), None, "broken_response"),
        (answer(status=500), 500, None),
        (answer(b"", status=410), 410, None),
    ],
    ids=["hang", "close", "reset", "half", "nonsense", "500", "410"],
)
def test_what_goes_wrong_has_a_name(
    names: Names, server: MisbehavingServer, act: Act, status: int | None, error: str | None
) -> None:
    names.lead(RECEIVER, ["127.0.0.1"])
    server.will(act)
    found = call(_place(server), {}, b"{}", seconds=0.3)
    assert (found.status, found.error) == (status, error)


@pytest.mark.usefixtures("loopback_is_public")
def test_an_answer_byte_by_byte_ends_at_the_deadline(names: Names, server: MisbehavingServer) -> None:
    names.lead(RECEIVER, ["127.0.0.1"])
    server.will(plainly(b"HTTP/1.1 200 OK\r\n", *[b"X-A: b\r\n"] * 50, pause=0.05))
    began = time.monotonic()
    assert call(_place(server), {}, b"{}", seconds=0.3).error == "timeout"
    assert time.monotonic() - began < 1


@pytest.mark.usefixtures("loopback_is_public")
@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120.0),
        ("0", 0.0),
        ("Wed, 21 Oct 2026 07:28:30 GMT", 30.0),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("soon", None),
        ("-1", None),
        ("Mon, 99 Foo", None),
    ],
)
def test_retry_after_is_a_number_or_a_date(
    names: Names, server: MisbehavingServer, frozen: Frozen, header: str, seconds: float | None
) -> None:
    frozen.seconds = 1_792_567_680.0  # 2026-10-21T07:28:00Z
    names.lead(RECEIVER, ["127.0.0.1"])
    server.will(answer(status=503, headers={"Retry-After": header}))
    assert call(_place(server), {}, b"{}").retry_after_seconds == seconds


@pytest.mark.usefixtures("loopback_is_public")
def test_an_answer_is_kept_as_printable_text(names: Names, server: MisbehavingServer) -> None:
    names.lead(RECEIVER, ["127.0.0.1"])
    server.will(answer("é\x00\x1b[31m".encode() + b"\xff\xfe"))
    assert call(_place(server), {}, b"{}").text == "é\ufffd\ufffd[31m\ufffd\ufffd"


def test_only_2xx_succeeds() -> None:
    assert [status for status in range(100, 600) if Answer(status, None, "", 0).succeeded] == list(range(200, 300))
    assert calling.SECONDS_MAX == 15
