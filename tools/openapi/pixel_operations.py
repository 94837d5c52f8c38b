"""What the document says of the browser pixel: the events that it sends, and its script."""

from typing import Any

from pixel.collect.given_events import EVENTS_MAX
from pixel.events.fields import SCROLL_MAX, VISIBLE_MS_MAX
from pixel.foundation.errors import ErrorCode
from tools.openapi.operation import Operation
from tools.openapi.schema import Schema, array, integer, one_of, record, schema, text

TAG = "Browser pixel"
_KEY = "pk_test_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg0W670s"
EXAMPLE: dict[str, Any] = {
    "k": _KEY,
    "e": [{"name": "pageview", "event_id": "5f0c", "url": "https://demo.example.com/pricing", "language": "de"}],
}
_NAMES = ("pageview", "custom", "payment", "engagement", "identify")


def schemas() -> dict[str, Schema]:
    """Return the schemas of bodies and answers by name."""
    event = {
        **record(
            {
                "name": one_of(list(_NAMES), "engagement: how long a page was seen, and how much of it."),
                "visible_ms": integer("Of an engagement: milliseconds.", minimum=0, maximum=VISIBLE_MS_MAX),
                "scroll_pct": integer("Of an engagement: the deepest place in percent.", minimum=0, maximum=SCROLL_MAX),
            },
            optional=("visible_ms", "scroll_pct"),
        ),
        "description": "An event as servers send it, without website, user agent, place and device, which the request "
        "says. visitor_id is that of the cookie mode, and is ignored where the website is not in it. An event that is "
        "not accepted is in `dropped`, and the others are kept.",
        "additionalProperties": True,
    }
    body = record(
        {
            "k": text("A publishable key."),
            "e": array({**event}, "The events.", minItems=1, maxItems=EVENTS_MAX),
            "w": integer("1 if a program drives the browser; its events are those of a bot.", minimum=0, maximum=1),
        },
        optional=("w",),
    )
    fault = record({"path": text(), "code": text(), "message": text()})
    dropped = record(
        {
            "index": integer("Of the event in the body, from 0.", minimum=0),
            "reason": text("The code of an error."),
            "fields": array(fault, "What is wrong with which field."),
            "total": integer("How many fields are wrong, if these are not all."),
        },
        optional=("fields", "total"),
    )
    return {
        "CollectedEvents": {**body, "additionalProperties": False, "example": EXAMPLE},
        "Collected": record({"accepted": integer(minimum=0), "dropped": array(dropped)}),
    }


def operations() -> dict[str, Operation]:
    """Return the operations by function."""
    content = {"schema": schema("CollectedEvents")}
    file = {
        "name": "file",
        "in": "path",
        "required": True,
        "description": "A publishable key and .js, or pixel.js.",
        "schema": text(minLength=1),
        "example": f"{_KEY}.js",
    }
    envelope = record({"data": schema("Collected"), "meta": schema("Meta")})
    return {
        "collect": Operation(
            tag=TAG,
            description="Without Authorization: the key is in the body, and `Origin`, or else `Referer`, must be on "
            "its list. As text/plain it is a request that browsers send without asking first. The events are "
            "kept when it is answered, and seen some seconds later. An address may send 120 events a minute, and a "
            "website 6,000, unless its key has other limits. The script sends to `/p/e` beside its own address, which "
            "is the same.",
            answer={"application/json": {"schema": envelope}},
            status=202,
            body={"required": True, "content": {"text/plain": content, "application/json": content}},
            codes=(
                ErrorCode.INVALID_BODY,
                ErrorCode.PAYLOAD_TOO_LARGE,
                ErrorCode.UNSUPPORTED_MEDIA_TYPE,
                ErrorCode.INVALID_API_KEY,
                ErrorCode.API_KEY_REVOKED,
                ErrorCode.API_KEY_EXPIRED,
                ErrorCode.ORIGIN_NOT_ALLOWED,
                ErrorCode.TOO_MANY_EVENTS,
                ErrorCode.COLLECT_UNAVAILABLE,
            ),
        ),
        "get_pixel_script": Operation(
            tag=TAG,
            description="A publishable key and `.js`: the script with the settings and the goals of its website. "
            "`pixel.js`: the script alone, whose key the page says in `data-key`. Caches keep it for an hour.",
            answer={"text/javascript": {"schema": {"type": "string"}}},
            parameters=(file,),
            codes=(ErrorCode.NOT_FOUND, ErrorCode.COLLECT_UNAVAILABLE),
            headers=("ETag",),
        ),
    }
