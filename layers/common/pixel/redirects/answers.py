"""The answer to a request for a link, as API Gateway expects it from a function."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from pixel.foundation import JsonObject

_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Strict-Transport-Security": "max-age=31536000",
}
_NOT_INDEXED: Final = {"X-Robots-Tag": "noindex"}
REMEMBERED_STATUSES: Final = (301, 308)


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str] = {}
    body: str = ""
    cookies: tuple[str, ...] = ()


def redirect(address: str, status: int = 302) -> Answer:
    """Return a redirect, which browsers ask for again each time, or after 90 seconds if it is permanent."""
    caching = "private, max-age=90" if status in REMEMBERED_STATUSES else "no-store"
    return Answer(status, {"Location": address, "Cache-Control": caching})


def nothing() -> Answer:
    return Answer(204, {"Cache-Control": "no-store"})


def render(answer: Answer, *, is_head: bool, is_indexable: bool) -> JsonObject:
    """Return what API Gateway gets. An answer to HEAD has no body."""
    headers = {**_HEADERS, **({} if is_indexable else _NOT_INDEXED), **answer.headers}
    # API Gateway would call an answer without a type JSON.
    headers.setdefault("Content-Type", "text/plain; charset=utf-8")
    several: JsonObject = {}
    if len(answer.cookies) == 1:
        headers["Set-Cookie"] = answer.cookies[0]
    elif answer.cookies:
        several = {"multiValueHeaders": {"Set-Cookie": [*answer.cookies]}}
    body = "" if is_head else answer.body
    return {"statusCode": answer.status, "headers": headers, **several, "body": body, "isBase64Encoded": False}
