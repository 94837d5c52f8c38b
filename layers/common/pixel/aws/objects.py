"""Objects of S3: read as a stream that survives broken connections, or written whole."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from urllib3.exceptions import HTTPError

from pixel.aws.clients import make_client
from pixel.aws.json_service import ATTEMPTS, AwsRefusedError, AwsUnreachableError, pause_after
from pixel.foundation import JsonObject

_TIMEOUT_SECONDS = 10.0
_CHUNK_BYTES = 64 * 1024


class MissingObjectError(AwsRefusedError):
    """There is no such object. A caller that may not list the bucket is told 403, and gets an AwsRefusedError."""


class ChangedObjectError(AwsRefusedError):
    """Another object has come under this name."""


class OpenObject:
    """A stream of an object, from `start` on.

    It is one and the same object to the end: a caller that gives an `etag`, or has read a part, never gets the bytes of
    another one."""

    def __init__(self, bucket: str, key: str, *, start: int, etag: str | None) -> None:
        self._bucket = bucket
        self._key = key
        self._offset = start
        answer = self._open(etag)
        self._body = answer["Body"]
        try:
            self.etag = answer["ETag"].strip('"')
            self.size = start + answer["ContentLength"]
            self.modified_ms = int(answer["LastModified"].timestamp()) * 1000
        except KeyError as missing:
            self.close()
            raise AwsUnreachableError("s3 GetObject", f"an answer without {missing}") from None

    def chunks(self) -> Iterator[bytes]:
        """Yield the object in chunks. Where a connection breaks, the next one begins behind the last chunk."""
        breaks = 0
        try:
            while self._offset < self.size:
                try:
                    chunk = self._read()
                except AwsUnreachableError:
                    breaks += 1
                    if breaks == ATTEMPTS:
                        raise
                    self._body.close()
                    pause_after(breaks)
                    self._body = self._open(self.etag)["Body"]
                else:
                    breaks = 0
                    self._offset += len(chunk)
                    yield chunk
        finally:
            self.close()

    def close(self) -> None:
        """Give up the connection, unless everything was read."""
        self._body.close()

    def _read(self) -> bytes:
        chunk: bytes = _call("GetObject", lambda: self._body.read(_CHUNK_BYTES))
        if not chunk:
            raise AwsUnreachableError("s3 GetObject", "the answer ended early")
        return chunk

    def _open(self, etag: str | None) -> JsonObject:
        wanted = {"Bucket": self._bucket, "Key": self._key}
        if etag is not None:
            wanted["IfMatch"] = f'"{etag}"'
        if self._offset:
            wanted["Range"] = f"bytes={self._offset}-"
        answer: JsonObject = _call("GetObject", lambda: s3_client().get_object(**wanted))
        if self._offset and not answer.get("ContentRange", "").startswith(f"bytes {self._offset}-"):
            answer["Body"].close()
            raise AwsUnreachableError("s3 GetObject", "the answer is another part of the object")
        return answer


def open_object(bucket: str, key: str, *, start: int = 0, etag: str | None = None) -> OpenObject:
    """Open an object at byte `start`; S3 refuses one behind its end."""
    return OpenObject(bucket, key, start=start, etag=etag)


def get_object(bucket: str, key: str) -> bytes | None:
    """Return the whole object, or None where there is none."""
    try:
        return b"".join(open_object(bucket, key).chunks())
    except MissingObjectError:
        return None


def put_object(bucket: str, key: str, content: bytes, *, content_type: str) -> None:
    """Write the object, replacing any existing one."""
    _call("PutObject", lambda: s3_client().put_object(Bucket=bucket, Key=key, Body=content, ContentType=content_type))


def _call[Answer](operation: str, call: Callable[[], Answer]) -> Answer:
    """Return what boto3 returns; its errors become those of this package, without the message of the service."""
    try:
        return call()
    except ClientError as failure:
        status = failure.response["ResponseMetadata"]["HTTPStatusCode"]
        kinds = {404: MissingObjectError, 412: ChangedObjectError}
        refusal = kinds.get(status, AwsRefusedError)
        raise refusal(f"s3 {operation}", status, {"__type": failure.response["Error"]["Code"]}) from failure
    except (BotoCoreError, HTTPError) as failure:  # botocore lets urllib3's own errors of TLS pass
        raise AwsUnreachableError(f"s3 {operation}", type(failure).__name__) from failure


@cache
def s3_client() -> Any:
    """Return the one client of this process."""
    return make_client("s3", timeout_seconds=_TIMEOUT_SECONDS)
