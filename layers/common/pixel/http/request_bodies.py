"""Request bodies: media types, gzip, and strict JSON.

JSON that parsers may read differently is rejected: duplicate names, NaN and Infinity.
"""

import binascii
import json
import re
import zlib
from base64 import b64decode
from collections.abc import Collection
from typing import Any, NamedTuple, NoReturn

from pixel.foundation.errors import ApiError, ErrorCode, field_error
from pixel.foundation.ids import EVENT_ID, EVENT_ID_FORM
from pixel.http.public_route import PublicRequest
from pixel.http.route import Request

type AnyRequest = Request | PublicRequest

IDEMPOTENCY_KEY = "idempotency-key"
JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
NDJSON = "application/x-ndjson"
_WHITESPACE = " \t\n\r"  # in JSON
_BYTE_ORDER_MARK = "\ufeff"
# API Gateway decodes the bodies that it does not pass on in base64, and replaces what is not UTF-8 by U+FFFD.
_UTF_16_AS_TEXT = re.compile("\ufffd\ufffd|.?\x00", re.DOTALL)
_GZIP_ONLY = 31  # the window bits of zlib
_GZIP_MAGIC = b"\x1f\x8b"
# What is often sent and not supported, by the names that a message may repeat.
_TYPES = {"text/plain", "text/csv", "application/x-www-form-urlencoded", "multipart/form-data", JSON, NDJSON}
_ENCODINGS = {"br", "deflate", "zstd", "compress"}
_CHARSETS = {"iso-8859-1", "iso-8859-15", "latin-1", "latin1", "windows-1252", "utf-16", "us-ascii"}
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_NOT_UTF_8 = (
    "The body must be UTF-8 and has bytes that are not; it may be Latin-1 or Windows-1252, so encode it as UTF-8."
)


class Body(NamedTuple):
    """A decoded body and its media type."""

    media_type: str
    text: str


class InvalidJsonError(Exception):
    """The text is not valid JSON. The message contains nothing of the text."""


def read_body(request: AnyRequest, *, media_types: Collection[str], bytes_max: int) -> Body:
    media_type = _media_type(request, media_types)
    content = _content(request, bytes_max)
    if len(content) > bytes_max:
        raise too_large(bytes_max)
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise _not_utf_8() from None
    if _UTF_16_AS_TEXT.match(text):
        raise _not_utf_8()
    if _REPLACEMENT in text and text.replace(_REPLACEMENT, "").isascii():
        raise unreadable(f"{_NOT_UTF_8} If U+FFFD is meant, write it as \\ufffd.")
    return Body(media_type, text)


def parse_json(text: str) -> Any:
    """Return the value of a JSON text, which may begin with a byte order mark, as RFC 8259 allows."""
    try:
        stripped = text.removeprefix(_BYTE_ORDER_MARK).strip(_WHITESPACE)
        value, end = _DECODER.raw_decode(stripped)
    except RecursionError:
        raise InvalidJsonError("The JSON is nested too deeply; use fewer levels.") from None
    except _AmbiguousError as failure:
        raise InvalidJsonError(str(failure)) from None
    except ValueError:
        raise InvalidJsonError("The body must be valid JSON.") from None
    if end != len(stripped):
        raise InvalidJsonError("The body must be valid JSON.")
    return value


def read_json(request: AnyRequest, *, bytes_max: int, media_types: Collection[str] = (JSON,)) -> Any:
    """Return the value of a body that is JSON."""
    return parsed(read_body(request, media_types=media_types, bytes_max=bytes_max).text)


def parsed(text: str) -> Any:
    """Return the value of a JSON text. Raises the error that a caller gets."""
    try:
        return parse_json(text)
    except InvalidJsonError as failure:
        raise unreadable(str(failure)) from None


def idempotency_key(request: Request) -> str | None:
    """Return the Idempotency-Key of a request, or None if it has none."""
    key = request.header(IDEMPOTENCY_KEY)
    if key is not None and not re.fullmatch(EVENT_ID, key):
        raise field_error(ErrorCode.INVALID_BODY, "Idempotency-Key", "invalid", f"`Idempotency-Key` {EVENT_ID_FORM}")
    return key


def unreadable(sentence: str) -> ApiError:
    return field_error(ErrorCode.INVALID_BODY, "body", "invalid", sentence)


def _not_utf_8() -> ApiError:
    return unreadable(_NOT_UTF_8)


def too_large(bytes_max: int) -> ApiError:
    return ApiError(ErrorCode.PAYLOAD_TOO_LARGE, details={"limit_bytes": bytes_max})


def _media_type(request: AnyRequest, allowed: Collection[str]) -> str:
    declared, _, parameters = (request.header("content-type") or "").partition(";")
    media_type = declared.strip().lower()
    charset = parameters.strip().lower().removeprefix("charset=").strip('"')
    if media_type in allowed and charset in ("", "utf-8", "utf8"):
        return media_type
    if media_type in allowed:
        sent = f"is declared as {charset}" if charset in _CHARSETS else "has an unsupported charset"
        raise ApiError(ErrorCode.UNSUPPORTED_MEDIA_TYPE, sent=sent, allowed="it as UTF-8")
    sent = f"is declared as {media_type}" if media_type in _TYPES else "has an unsupported Content-Type"
    raise ApiError(
        ErrorCode.UNSUPPORTED_MEDIA_TYPE,
        sent=sent if media_type else "has no Content-Type",
        allowed=f"{' or '.join(sorted(allowed))}, optionally compressed with gzip",
    )


def _content(request: AnyRequest, bytes_max: int) -> bytes:
    try:
        content = b64decode(request.body, validate=True) if request.is_base64 else request.body.encode()
    except (binascii.Error, UnicodeEncodeError):
        raise _not_utf_8() from None
    match (request.header("content-encoding") or "identity").strip().lower():
        case "identity":
            return content
        case "gzip" if content.startswith(_GZIP_MAGIC):
            return _decompressed(content, bytes_max)
        case "gzip":
            return content  # API Gateway decompresses bodies but keeps the header
        case encoding:
            sent = f"is compressed with {encoding}" if encoding in _ENCODINGS else "has an unsupported Content-Encoding"
            raise ApiError(
                ErrorCode.UNSUPPORTED_MEDIA_TYPE,
                sent=sent,
                allowed="it compressed with gzip, or without a Content-Encoding",
            )


def _decompressed(content: bytes, bytes_max: int) -> bytes:
    """Decompress at most one byte more than allowed, because a few bytes can expand to gigabytes."""
    decompressor = zlib.decompressobj(_GZIP_ONLY)
    try:
        decompressed = decompressor.decompress(content, bytes_max + 1)
    except zlib.error:
        raise unreadable("The body must be valid gzip, as its Content-Encoding says.") from None
    if len(decompressed) <= bytes_max and (not decompressor.eof or decompressor.unused_data):
        raise unreadable("The body must be valid gzip, as its Content-Encoding says.")
    return decompressed


class _AmbiguousError(ValueError):
    pass


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _AmbiguousError("An object must not repeat a name.")
    return found


def _refuse_constant(_name: str) -> NoReturn:
    raise _AmbiguousError("NaN and Infinity are not valid JSON; send a number or null.")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_refuse_constant)
