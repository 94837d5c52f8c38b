"""Responses that a client may keep and ask for again with If-None-Match (RFC 9110, 13.1.2)."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Protocol

from pixel.http.response import Document, RawJson, Response

_ANY = "*"
_WEAK = "W/"
_CHARACTERS = 32


class _WithHeaders(Protocol):
    def header(self, name: str) -> str | None: ...


def tagged(request: _WithHeaders, data: Document | RawJson, headers: Mapping[str, str]) -> Response:
    """Return the data with an ETag, or 304 without a body if the client has it.

    The tag is weak, because API Gateway compresses responses for some clients, and because the envelope of JSON has the
    id of the request.
    """
    content = data.content if isinstance(data, Document) else data
    tag = weak_tag(content.encode() if isinstance(content, str) else content)
    headers = {**headers, "ETag": tag}
    if matches(request.header("if-none-match"), tag):
        media_type = "application/json" if isinstance(data, RawJson) else data.media_type
        return Response(Document(media_type, ""), status=304, headers=headers)
    return Response(data, headers=headers)


def weak_tag(content: bytes) -> str:
    """Return the weak ETag of contents."""
    return f'{_WEAK}"{sha256(content).hexdigest()[:_CHARACTERS]}"'


def matches(if_none_match: str | None, tag: str) -> bool:
    """Return whether a client has what the tag stands for, by the weak comparison."""
    given = [one.strip().removeprefix(_WEAK) for one in (if_none_match or "").split(",")]
    return _ANY in given or tag.removeprefix(_WEAK) in given
