"""An object is read to its end whatever connections do, and never mixed with another one."""

from collections.abc import Iterator
from typing import Any

import pytest

from pixel.aws import objects
from pixel.aws.json_service import AwsRefusedError, AwsUnreachableError
from pixel.aws.objects import ChangedObjectError, MissingObjectError, get_object, open_object, put_object
from pixel.foundation import container
from tests import moto_in_process
from tests.unit.foundation.misbehaving_server import Act, MisbehavingServer, answer, close, hang, running

_CHUNK = 64 * 1024  # as it is read, and as far as a stream that breaks is sure to have got
_CONTENT = bytes(range(256)) * (8 * _CHUNK // 256)
_MODIFIED = "Sat, 21 Nov 2026 10:00:00 GMT"
_KEYS = ["a", "incoming/orders 2026.csv", "incoming/über/ü+&=?#%/~x.ndjson", "a//b/../c", "/leading"]


@pytest.fixture(autouse=True)
def with_http(monkeypatch: pytest.MonkeyPatch) -> None:
    moto_in_process.s3_with_http(monkeypatch)


@pytest.fixture
def misbehaving(monkeypatch: pytest.MonkeyPatch) -> Iterator[MisbehavingServer]:
    """Run a server in the place of S3."""
    with running() as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", server.url)
        monkeypatch.setattr(objects, "_TIMEOUT_SECONDS", 0.2)
        container.forget_environment()
        yield server


def _part(start: int, end: int, *, size: int = len(_CONTENT)) -> Act:
    """Answer the requested range, but only up to `end`."""

    def act(connection: Any) -> bool:
        lines = [
            "HTTP/1.1 206 Partial Content" if start else "HTTP/1.1 200 OK",
            f"Content-Length: {size - start}",
            'ETag: "e1"',
            f"Last-Modified: {_MODIFIED}",
            *([f"Content-Range: bytes {start}-{size - 1}/{size}"] if start else []),
        ]
        connection.wfile.write("\r\n".join([*lines, "", ""]).encode() + _CONTENT[start:end])
        return end == size

    return act


def _part_and_hang(start: int, end: int) -> Act:
    def act(connection: Any) -> bool:
        _part(start, end)(connection)
        return hang(connection)

    return act


def _refusal(status: int, code: str) -> Act:
    return answer(f"<Error><Code>{code}</Code><Message>a secret</Message></Error>".encode(), status=status, crc=None)


def _read(**given: Any) -> bytes:
    return b"".join(open_object("a-bucket", "a", **given).chunks())


@pytest.mark.parametrize("key", _KEYS)
def test_an_object_is_read_as_it_was_written(key: str, bucket: Any) -> None:
    put_object(bucket.name, key, _CONTENT, content_type="text/csv")

    opened = open_object(bucket.name, key)

    written = bucket.Object(key)
    assert b"".join(opened.chunks()) == _CONTENT == written.get()["Body"].read()
    assert opened.size == len(_CONTENT)
    assert opened.etag == written.e_tag.strip('"')
    assert opened.modified_ms == int(written.last_modified.timestamp()) * 1000
    assert written.content_type == "text/csv"


def test_an_object_is_read_from_where_it_is_asked_for(bucket: Any) -> None:
    bucket.put_object(Key="a", Body=_CONTENT)

    opened = open_object(bucket.name, "a", start=1000)

    assert b"".join(opened.chunks()) == _CONTENT[1000:]
    assert opened.size == len(_CONTENT)


@pytest.mark.parametrize("lacking", ["Content-Length: 1\r\nETag: e", f"ETag: e\r\nLast-Modified: {_MODIFIED}"])
def test_an_answer_that_does_not_say_how_much_or_how_new_is_none(lacking: str, misbehaving: MisbehavingServer) -> None:
    def act(connection: Any) -> bool:
        connection.wfile.write(f"HTTP/1.1 200 OK\r\n{lacking}\r\n\r\nx".encode())
        return False

    misbehaving.will(act)

    with pytest.raises(AwsUnreachableError, match="a response without"):
        open_object("a-bucket", "a")


def test_an_empty_object_has_no_chunks(bucket: Any) -> None:
    bucket.put_object(Key="a", Body=b"")

    assert list(open_object(bucket.name, "a").chunks()) == []


def test_a_packed_object_is_read_as_it_is_stored(bucket: Any) -> None:
    bucket.put_object(Key="a", Body=b"\x1f\x8b no gzip", ContentEncoding="gzip")

    assert get_object(bucket.name, "a") == b"\x1f\x8b no gzip"


def test_an_object_that_is_missing_is_none_or_an_error_of_its_own(bucket: Any) -> None:
    assert get_object(bucket.name, "a") is None
    with pytest.raises(MissingObjectError, match=r"^s3 GetObject: 404 NoSuchKey$"):
        open_object(bucket.name, "a")


def test_another_object_under_the_name_is_not_opened(bucket: Any) -> None:
    etag = bucket.put_object(Key="a", Body=_CONTENT).e_tag.strip('"')
    bucket.put_object(Key="a", Body=b"another")

    with pytest.raises(ChangedObjectError):
        open_object(bucket.name, "a", etag=etag)


def test_what_was_there_is_written_over(bucket: Any) -> None:
    put_object(bucket.name, "a", b"1", content_type="text/plain")
    put_object(bucket.name, "a", b"2", content_type="text/plain")

    assert get_object(bucket.name, "a") == b"2"


@pytest.mark.parametrize("broken", [_part(0, 2 * _CHUNK), _part_and_hang(0, 2 * _CHUNK + 9)], ids=["closed", "hangs"])
def test_a_broken_stream_goes_on_where_it_broke(
    broken: Act, misbehaving: MisbehavingServer, no_sleep: list[float]
) -> None:
    misbehaving.will(broken, _part(2 * _CHUNK, 3 * _CHUNK), _part(3 * _CHUNK, len(_CONTENT)))

    assert _read() == _CONTENT

    asked = [(request.headers.get("range"), request.headers.get("if-match")) for request in misbehaving.received]
    assert asked == [(None, None), ("bytes=131072-", '"e1"'), ("bytes=196608-", '"e1"')]


def test_a_stream_that_breaks_again_and_again_may_go_on_while_it_gets_further(
    misbehaving: MisbehavingServer, no_sleep: list[float]
) -> None:
    misbehaving.will(*(_part(start, start + _CHUNK) for start in range(0, len(_CONTENT), _CHUNK)))

    assert _read() == _CONTENT


def test_a_stream_that_gets_no_further_is_given_up(misbehaving: MisbehavingServer, no_sleep: list[float]) -> None:
    misbehaving.will(_part(0, 500), _part(500, 500))

    with pytest.raises(AwsUnreachableError, match=r"^s3 GetObject: "):
        _read()

    assert len(misbehaving.received) == 3


def test_an_object_that_changes_between_two_connections_is_not_mixed(
    misbehaving: MisbehavingServer, no_sleep: list[float]
) -> None:
    misbehaving.will(_part(0, 500), _refusal(412, "PreconditionFailed"))

    with pytest.raises(ChangedObjectError):
        _read()


def test_another_part_than_was_asked_for_is_refused(misbehaving: MisbehavingServer, no_sleep: list[float]) -> None:
    misbehaving.will(_part(0, len(_CONTENT)))

    with pytest.raises(AwsUnreachableError, match="different part"):
        _read(start=500)


@pytest.mark.parametrize("trouble", [_refusal(503, "SlowDown"), _refusal(500, "InternalError"), close, hang])
def test_a_request_is_repeated_after_trouble_that_passes(
    trouble: Act, misbehaving: MisbehavingServer, no_sleep: list[float]
) -> None:
    misbehaving.will(trouble, _part(0, len(_CONTENT)))

    assert _read() == _CONTENT
    assert len(no_sleep) == 1


@pytest.mark.parametrize("trouble", [_refusal(503, "SlowDown"), close, hang])
def test_a_write_is_repeated_after_trouble_that_passes(
    trouble: Act, misbehaving: MisbehavingServer, no_sleep: list[float]
) -> None:
    misbehaving.will(trouble, answer(b""))

    put_object("a-bucket", "a", b"content", content_type="text/plain")

    assert [request.body for request in misbehaving.received] == [b"content"] * 2


def test_a_refusal_is_named_by_its_code_and_never_by_its_message(misbehaving: MisbehavingServer) -> None:
    misbehaving.will(_refusal(403, "AccessDenied"))

    with pytest.raises(AwsRefusedError) as caught:
        put_object("a-bucket", "a", b"", content_type="text/plain")

    assert str(caught.value) == "s3 PutObject: 403 AccessDenied"
    assert not caught.value.is_transient
    assert len(misbehaving.received) == 1


def test_a_stream_that_is_left_gives_its_connection_up(misbehaving: MisbehavingServer) -> None:
    misbehaving.will(_part(0, 500), _part(0, len(_CONTENT)))
    opened = open_object("a-bucket", "a")

    next(opened.chunks())
    opened.close()

    assert _read() == _CONTENT
    assert [request.connection for request in misbehaving.received] == [1, 2]


def test_requests_share_one_connection(misbehaving: MisbehavingServer) -> None:
    misbehaving.will(_part(0, len(_CONTENT)), answer(b""), _refusal(404, "NoSuchKey"), _part(0, len(_CONTENT)))

    _read()
    put_object("a-bucket", "a", b"", content_type="text/plain")
    assert get_object("a-bucket", "a") is None
    _read()

    assert {request.connection for request in misbehaving.received} == {1}
