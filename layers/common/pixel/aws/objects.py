"""S3 objects: reading them as a stream that survives broken connections, and writing them."""

from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from urllib3.exceptions import HTTPError

from pixel.aws.clients import make_client
from pixel.aws.json_service import ATTEMPTS, AwsRefusedError, AwsUnreachableError, back_off
from pixel.foundation import JsonObject
from pixel.foundation.container import made_once

_TIMEOUT_SECONDS = 10.0
_CHUNK_BYTES = 64 * 1024


class MissingObjectError(AwsRefusedError):
    """The object does not exist. Without permission to list the bucket, an AwsRefusedError is raised instead."""


class ChangedObjectError(AwsRefusedError):
    """The object was replaced by another one of the same name."""


class OpenObject:
    """A stream of an object, beginning at byte `start`.

    A reader that gives an `etag`, or has read a part, never gets bytes of an object that replaced it.
    """

    def __init__(self, bucket: str, key: str, *, start: int, etag: str | None) -> None:
        self._bucket = bucket
        self._key = key
        self._offset = start
        response = self._open(etag)
        self._body = response["Body"]
        try:
            self.etag = response["ETag"].strip('"')
            self.size = start + response["ContentLength"]
            self.modified_ms = int(response["LastModified"].timestamp()) * 1000
        except KeyError as missing:
            self.close()
            raise AwsUnreachableError("s3 GetObject", f"a response without {missing}") from None

    def chunks(self) -> Iterator[bytes]:
        """Yield the object in chunks. After a broken connection, reading resumes after the last chunk."""
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
                    back_off(breaks)
                    self._body = self._open(self.etag)["Body"]
                else:
                    breaks = 0
                    self._offset += len(chunk)
                    yield chunk
        finally:
            self.close()

    def close(self) -> None:
        """Close the connection, or keep it for reuse if everything was read."""
        self._body.close()

    def _read(self) -> bytes:
        chunk: bytes = _call("GetObject", lambda: self._body.read(_CHUNK_BYTES))
        if not chunk:
            raise AwsUnreachableError("s3 GetObject", "the response ended early")
        return chunk

    def _open(self, etag: str | None) -> JsonObject:
        parameters = {"Bucket": self._bucket, "Key": self._key}
        if etag is not None:
            parameters["IfMatch"] = f'"{etag}"'
        if self._offset:
            parameters["Range"] = f"bytes={self._offset}-"
        response: JsonObject = _call("GetObject", lambda: s3_client().get_object(**parameters))
        if self._offset and not response.get("ContentRange", "").startswith(f"bytes {self._offset}-"):
            response["Body"].close()
            raise AwsUnreachableError("s3 GetObject", "the response is a different part of the object")
        return response


def open_object(bucket: str, key: str, *, start: int = 0, etag: str | None = None) -> OpenObject:
    """Open an object at byte `start`; S3 rejects a start beyond its end."""
    return OpenObject(bucket, key, start=start, etag=etag)


def get_object(bucket: str, key: str) -> bytes | None:
    """Return the whole object, or None if it does not exist."""
    try:
        return b"".join(open_object(bucket, key).chunks())
    except MissingObjectError:
        return None


def put_object(bucket: str, key: str, content: bytes, *, content_type: str) -> None:
    """Write the object, replacing any existing one."""
    _call("PutObject", lambda: s3_client().put_object(Bucket=bucket, Key=key, Body=content, ContentType=content_type))


def list_keys(bucket: str, prefix: str) -> list[str]:
    """Return the first thousand keys with the prefix, in their order."""
    response = _call("ListObjectsV2", lambda: s3_client().list_objects_v2(Bucket=bucket, Prefix=prefix))
    return [found["Key"] for found in response.get("Contents", [])]


def _call[T](operation: str, call: Callable[[], T]) -> T:
    """Call boto3, and convert its errors to those of this package, without the message of the service."""
    try:
        return call()
    except ClientError as failure:
        status = failure.response["ResponseMetadata"]["HTTPStatusCode"]
        kinds = {404: MissingObjectError, 412: ChangedObjectError}
        refusal = kinds.get(status, AwsRefusedError)
        raise refusal(f"s3 {operation}", status, {"__type": failure.response["Error"]["Code"]}) from failure
    except (BotoCoreError, HTTPError) as failure:  # botocore does not wrap urllib3's TLS errors
        raise AwsUnreachableError(f"s3 {operation}", type(failure).__name__) from failure


@made_once
def s3_client() -> Any:
    """Return the S3 client of this process."""
    return make_client("s3", timeout_seconds=_TIMEOUT_SECONDS)
