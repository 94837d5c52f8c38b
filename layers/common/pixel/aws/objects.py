"""Objects of S3: read as a stream that survives broken connections, or written whole."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from urllib.parse import quote, urlsplit

from pixel.aws.json_service import (
    ATTEMPTS,
    AwsRefusedError,
    AwsUnreachableError,
    Target,
    pause_after,
    repeat_where_safe,
    sign,
    unreachable,
)
from pixel.foundation.clock import epoch_seconds
from pixel.foundation.http_answers import HttpError
from pixel.foundation.http_pool import HttpPool, HttpRequest, OpenAnswer
from pixel.foundation.settings import AwsEnvironment, aws_environment

_TIMEOUT_SECONDS = 10.0
_ERROR_BYTES_MAX = 64 * 1024
_HTTP_DATE = "%a, %d %b %Y %H:%M:%S GMT"
_ERROR_CODE = re.compile(rb"<Code>(\w{1,64})</Code>")
_EXPECTED = {("GET", 200), ("GET", 206), ("PUT", 200)}


class MissingObjectError(AwsRefusedError):
    """There is no such object. Who may not list the bucket is told 403 instead, and gets an AwsRefusedError."""


class ChangedObjectError(AwsRefusedError):
    """Another object has come under this name."""


class OpenObject:
    """A stream of an object, from `start` on. It is one and the same object to the end: who asks for an `etag`, and
    whoever has read a part of it, is never given another one's bytes."""

    def __init__(self, bucket: str, key: str, *, start: int, etag: str | None) -> None:
        self._bucket = bucket
        self._key = key
        self._offset = start
        self._answer = self._open(etag)
        headers = self._answer.headers
        self.etag = headers.get("etag", "").strip('"')
        try:
            self.size = start + int(headers["content-length"])
            modified = datetime.strptime(headers["last-modified"], _HTTP_DATE).replace(tzinfo=UTC)
        except (KeyError, ValueError):
            self._answer.close()
            raise AwsUnreachableError("s3 GET", "an answer without a size or a date") from None
        self.modified_ms = int(modified.timestamp()) * 1000

    def chunks(self) -> Iterator[bytes]:
        """As they come, hence of any size. A connection that breaks is opened anew where it broke."""
        breaks = 0
        try:
            while self._offset < self.size:
                try:
                    chunk = self._read()
                except AwsUnreachableError:
                    breaks += 1
                    if breaks == ATTEMPTS:
                        raise
                    pause_after(breaks)
                    self._answer = self._open(self.etag)
                else:
                    breaks = 0
                    self._offset += len(chunk)
                    yield chunk
        finally:
            self.close()

    def close(self) -> None:
        self._answer.close()

    def _read(self) -> bytes:
        try:
            chunk = self._answer.read()
        except HttpError as failure:
            raise unreachable("s3 GET", failure) from failure
        if not chunk:
            raise AwsUnreachableError("s3 GET", "the answer ended early")
        return chunk

    def _open(self, etag: str | None) -> OpenAnswer:
        headers = {} if etag is None else {"if-match": f'"{etag}"'}
        if self._offset:
            headers["range"] = f"bytes={self._offset}-"
        answer = repeat_where_safe(lambda: _ask("GET", self._bucket, self._key, headers), idempotent=True)
        if self._offset and not answer.headers.get("content-range", "").startswith(f"bytes {self._offset}-"):
            answer.close()
            raise AwsUnreachableError("s3 GET", "the answer is another part of the object")
        return answer


def open_object(bucket: str, key: str, *, start: int = 0, etag: str | None = None) -> OpenObject:
    """`start` is a byte of the object: S3 refuses one behind its end."""
    return OpenObject(bucket, key, start=start, etag=etag)


def get_object(bucket: str, key: str) -> bytes | None:
    """The whole of it, at once; None where there is none."""
    try:
        return b"".join(open_object(bucket, key).chunks())
    except MissingObjectError:
        return None


def put_object(bucket: str, key: str, content: bytes, *, content_type: str) -> None:
    """Whatever was there."""
    headers = {"content-type": content_type}
    repeat_where_safe(lambda: _ask("PUT", bucket, key, headers, content), idempotent=True).close()


def _ask(method: str, bucket: str, key: str, headers: Mapping[str, str], body: bytes | None = None) -> OpenAnswer:
    """The answer, of which only the head has been read; every refusal is an error."""
    host, path = address_of(bucket, key, aws_environment())
    signed = sign(
        {**headers, "host": urlsplit(host).netloc, "x-amz-content-sha256": sha256(body or b"").hexdigest()},
        body or b"",
        target=Target("s3", method, path),
        environment=aws_environment(),
        moment=datetime.fromtimestamp(epoch_seconds(), UTC),
    )
    call = f"s3 {method}"
    try:
        answer = _pool(host).open(HttpRequest(method, path, signed, body), silent_seconds=_TIMEOUT_SECONDS)
        if (method, answer.status) in _EXPECTED:
            return answer
        refusal = answer.read_all(_ERROR_BYTES_MAX)
    except HttpError as failure:
        raise unreachable(call, failure) from failure
    kind = _ERROR_CODE.search(refusal)
    named = {"__type": kind[1].decode() if kind else ""}
    errors = {404: MissingObjectError, 412: ChangedObjectError}
    raise errors.get(answer.status, AwsRefusedError)(call, answer.status, named)


def address_of(bucket: str, key: str, environment: AwsEnvironment) -> tuple[str, str]:
    """Scheme and host, and the path. A bucket is a name in front of the service's own, except where an override says
    where S3 is, or where the bucket's name has dots, for which there is no certificate."""
    endpoint = environment.endpoint("s3")
    is_aws = endpoint == environment._replace(endpoints={}).endpoint("s3")
    path = f"/{quote(key, safe='/~')}"
    if is_aws and "." not in bucket:
        return endpoint.replace("://", f"://{bucket}."), path
    return endpoint, f"/{bucket}{path}"


@cache
def _pool(host: str) -> HttpPool:
    return HttpPool(host, connect_seconds=_TIMEOUT_SECONDS)
