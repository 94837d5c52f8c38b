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
    tag = weak_tag(data.text)
    headers = {**headers, "ETag": tag}
    if matches(request.header("if-none-match"), tag):
        media_type = data.media_type if isinstance(data, Document) else "application/json"
        return Response(Document(media_type, ""), status=304, headers=headers)
    return Response(data, headers=headers)


def weak_tag(text: str) -> str:
    """Return the weak ETag of a text."""
    return f'{_WEAK}"{sha256(text.encode()).hexdigest()[:_CHARACTERS]}"'


def matches(if_none_match: str | None, tag: str) -> bool:
    """Return whether a client has what the tag stands for, by the weak comparison."""
    given = [one.strip().removeprefix(_WEAK) for one in (if_none_match or "").split(",")]
    return _ANY in given or tag.removeprefix(_WEAK) in given
