"""What the document says of the face of Pxl: routes, bodies, answers and failures."""

from pixel.auth.caller import Scope
from pixel.faces.pxl import DAY, ShortScope
from pixel.foundation.errors import ApiError, ErrorCode, field_error
from pixel.foundation.ids import EVENT_ID, EVENT_ID_FORM
from pixel.links import models
from pixel.links.destinations import CHARACTERS_MAX
from pixel.pxl.bodies import FORM, Consent, NewShort, ShortChanges, ShortDomain
from pixel.pxl.insight import FILTERS, PROPERTIES, RECENT_MINUTES
from pixel.pxl.shorts import SKIP_MAX, TAKE_MAX
from pixel.reports.days import DAYS_MAX
from tools.openapi.models import adapters_of, schemas_of
from tools.openapi.operation import Operation
from tools.openapi.schema import Schema, array, integer, nullable, record, ref, schema, text

TAG = "Pxl"
ABOUT = (
    "Programs written for the API of Pxl work with this address and with a key that has the scopes "
    f"`{'`, `'.join(ShortScope)}`. A success has `data` alone, a list its own `meta` too; errors are the core's. "
    f"A key may send {DAY.requests} requests in each day of UTC. Short links are there only if the operator has turned "
    "them on. docs/guides/from-pxl.md says more."
)
_ID = "go.example.com/mylink"
_DATE = r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$"
_URL = text("As browsers read it, at a public domain name.", maxLength=CHARACTERS_MAX)
_PICTURE = text("An https address.", maxLength=models.PICTURE_CHARACTERS_MAX)
_TYPES = {
    models.Destination: _URL,
    models.Title: text(minLength=1, maxLength=models.TITLE_CHARACTERS_MAX),
    models.Description: text(maxLength=models.DESCRIPTION_CHARACTERS_MAX),
    models.Picture: _PICTURE,
    models.ShortCode: text(
        "At random if it is left out; 4 characters or more, and it cannot be changed.",
        pattern=r"^[A-Za-z0-9_-]{1,64}(/[A-Za-z0-9_-]{1,64}){0,2}$",
    ),
    ShortDomain: text("The domain of the workspace's short links, which is the default one if it is left out."),
    Consent: {"type": "boolean", "description": "true needs the name and the privacy address of your company."},
}
_EXAMPLES: dict[str, Schema] = {
    "NewShort": {"destination": "https://www.example.com/pricing", "title": "Pricing"},
    "ShortChanges": {"destination": "https://www.example.com/plans"},
}
_SAVING = (
    ErrorCode.INVALID_BODY,
    ErrorCode.PAYLOAD_TOO_LARGE,
    ErrorCode.UNSUPPORTED_MEDIA_TYPE,
    ErrorCode.SHORT_NOT_FOUND,
    ErrorCode.CONCURRENT_CHANGE,
)
FAILURES = {
    ErrorCode.INSUFFICIENT_SCOPE: ApiError(
        ErrorCode.INSUFFICIENT_SCOPE,
        details={"required": ShortScope.WRITE, "available": [Scope.WRITE]},
        required=ShortScope.WRITE,
    ),
    ErrorCode.INVALID_BODY: field_error(ErrorCode.INVALID_BODY, "destination", "missing", "`destination` is required."),
    ErrorCode.RATE_LIMIT_EXCEEDED: ApiError(
        ErrorCode.RATE_LIMIT_EXCEEDED,
        details={"limit": DAY.requests, "window": "1 day"},
        limit=DAY.requests,
        window="1 day",
        seconds=17,
    ),
}
"""Examples of errors that differ from those of the core."""
HEADERS = {
    "x-ratelimit-limit": "Requests that the key may send in a day.",
    "x-ratelimit-remaining": "How many of them are left.",
    "x-ratelimit-reset": "When the day ends, in epoch seconds.",
    "x-ratelimit-latency": "How many milliseconds counting took.",
}


def schemas() -> dict[str, Schema]:
    """Return the schemas of bodies and answers by name."""
    found = schemas_of(adapters_of(NewShort, ShortChanges), _TYPES)
    for name, example in _EXAMPLES.items():
        found[name] |= {"example": example}
    found["ShortChanges"] |= {"minProperties": 1}
    forms = {
        f"{name}Form": {
            "type": "object",
            "description": f"The fields of {name} as a form has them: an empty one is none.",
            "properties": {field: text() for field in found[name]["properties"]},
            "required": found[name].get("required", []),
            "additionalProperties": False,
            "minProperties": 1,
        }
        for name in _EXAMPLES
    }
    count = integer(minimum=0)
    clicks = {"total": count, "unique": count}
    optional = {name: nullable(text()) for name in ("title", "description", "image", "favicon")}
    return {
        **found,
        **forms,
        "Short": record(
            {
                "id": text("The address without its scheme."),
                "route": text(),
                "destination": nullable(text()),
                "consent": {"type": "boolean"},
                **optional,
                "clicks": nullable(integer("Without bots; null while the warehouse does not answer.", minimum=0)),
                "createdAt": text("UTC, such as 2024-12-27 08:26:49.219717."),
                "updatedAt": text("UTC: the later of the last change and the last click."),
            }
        ),
        "ShortAnswer": record({"data": schema("Short")}),
        "ShortList": record(
            {
                "data": array(schema("Short"), maxItems=TAKE_MAX),
                "meta": record(
                    {
                        "take": integer(minimum=1),
                        "skip": count,
                        "total": integer(f"Exact up to {SKIP_MAX + TAKE_MAX:,}.", minimum=0),
                        "hasMore": {"type": "boolean"},
                    }
                ),
            }
        ),
        "DeletedShort": record({"data": record({"id": text(), "deleted": {"type": "boolean", "const": True}})}),
        "Insight": record(
            {
                "data": record(
                    {
                        "recent": integer(f"Clicks of the last {RECENT_MINUTES} minutes.", minimum=0),
                        **clicks,
                        "grouped": array(
                            record({"date": text("A day, or an hour if there is but one day."), **clicks})
                        ),
                        "properties": record(
                            {
                                name: array(record({"value": text("Unknown is empty."), **clicks}), maxItems=100)
                                for name in PROPERTIES
                            }
                        ),
                    }
                )
            }
        ),
    }


def parameters() -> dict[str, Schema]:
    """Return the parameters of the face by name."""
    day = text(format="date", pattern=_DATE)
    return {
        "short_in_path": {
            "name": "id",
            "in": "path",
            "required": True,
            "description": "The id, the address or the route of a short link. A slash may be sent encoded or not.",
            "schema": text(minLength=1),
            "example": _ID,
        },
        "take": _query("take", "How many.", integer(minimum=1, maximum=TAKE_MAX, default=50)),
        "skip": _query("skip", "How many to leave out first.", integer(minimum=0, maximum=SKIP_MAX, default=0)),
        "short_domain": _query("domain", "Only links of this domain.", text(maxLength=1024)),
        "search": _query("search", "What route, destination or title contain.", text(maxLength=1024)),
        "short_idempotency_key": {
            "name": "Idempotency-Key",
            "in": "header",
            "description": f"For 24 hours, the same request creates the short link once; it {EVENT_ID_FORM}",
            "schema": text(pattern=f"^{EVENT_ID}$"),
        },
        "datefrom": _query("datefrom", "First day; seven days before the last.", day),
        "dateto": _query("dateto", f"Last day, inclusive; today unless given. At most {DAYS_MAX:,} days.", day),
        "short_link": _query("link", "The id, the address or the route of a short link.", text(maxLength=1024)),
        **{
            f"short_{name}": _query(name, f"Only clicks with this {said}.", text(maxLength=1024))
            for name, said in _FILTERS.items()
        },
    }


_FILTERS = {
    **{name: name for name in FILTERS},
    "os": "operating system",
    "OS": "operating system",
    "medium": "utm_medium",
    "source": "utm_source",
    "campaign": "utm_campaign",
    "term": "utm_term",
    "content": "utm_content",
}


def operations() -> dict[str, Operation]:
    """Return the operations by function."""
    one, in_path = _json("ShortAnswer"), ref("parameters", "short_in_path")
    return {
        "create_short": Operation(
            tag=TAG,
            description="A short link works at once. As JSON or as a form, in which an empty field is one left out. "
            "At most 32 KB.",
            answer=one,
            status=201,
            parameters=(ref("parameters", "short_idempotency_key"),),
            body=_body("NewShort"),
            codes=(*_SAVING, ErrorCode.ROUTE_TAKEN, ErrorCode.IDEMPOTENCY_CONFLICT),
            headers=("Idempotent-Replayed",),
        ),
        "list_shorts": Operation(
            tag=TAG,
            description="Newest first. HEAD answers as GET does, without a body.",
            answer=_json("ShortList"),
            parameters=tuple(ref("parameters", name) for name in ("take", "skip", "short_domain", "search")),
        ),
        "get_short": Operation(
            tag=TAG,
            description="One short link with its clicks.",
            answer=one,
            parameters=(in_path,),
            codes=(ErrorCode.SHORT_NOT_FOUND,),
        ),
        "update_short": Operation(
            tag=TAG,
            description="Only the fields sent change; null, or an empty field of a form, removes an optional one.",
            answer=one,
            parameters=(in_path,),
            body=_body("ShortChanges"),
            codes=_SAVING,
        ),
        "delete_short": Operation(
            tag=TAG,
            description="The address stops working. For 90 days only the workspace may take its route again. Clicks "
            "that were counted stay.",
            answer=_json("DeletedShort"),
            parameters=(in_path,),
            codes=(ErrorCode.SHORT_NOT_FOUND, ErrorCode.CONCURRENT_CHANGE),
        ),
        "get_insight": Operation(
            tag=TAG,
            description="Clicks without bots. A visitor counts once in a day of UTC. Filters are exact.",
            answer=_json("Insight"),
            parameters=tuple(
                ref("parameters", name)
                for name in (
                    *("datefrom", "dateto", "timezone", "short_link", "short_domain"),
                    *(f"short_{name}" for name in _FILTERS),
                )
            ),
            codes=(ErrorCode.SHORT_NOT_FOUND, ErrorCode.TINYBIRD_ERROR),
        ),
    }


def limit_headers() -> dict[str, Schema]:
    """Return the headers that say what is left of the limit, by name."""
    whole = {"type": "integer", "minimum": 0}
    absent = "Absent where API Gateway answers itself."
    return {name: {"description": f"{said} {absent}", "schema": whole} for name, said in HEADERS.items()}


def _json(name: str) -> Schema:
    return {"application/json": {"schema": schema(name)}}


def _body(name: str) -> Schema:
    example = _EXAMPLES[name]
    content = {
        "application/json": {"schema": schema(name), "example": example},
        FORM: {"schema": schema(f"{name}Form"), "example": example},
    }
    return {"required": True, "content": content}


def _query(name: str, description: str, described: Schema) -> Schema:
    return {"name": name, "in": "query", "description": description, "schema": described}
