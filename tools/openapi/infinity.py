"""What the document says of the face of Infinity Metrics: routes, bodies, answers and failures."""

from pixel.auth.caller import Scope
from pixel.events.fields import SCALAR_CHARACTERS_MAX
from pixel.faces.infinity import INGEST, READ, SiteScope
from pixel.foundation.errors import ApiError, ErrorCode, field_error
from pixel.foundation.ids import ID_CHARACTERS_MAX
from pixel.infinity.analytics import METRICS
from pixel.infinity.events import EventName, Moment, SiteEvent
from pixel.infinity.purchases import Price, Purchase
from pixel.reports.days import DAYS_MAX
from tools.openapi.fields import CONTROL, MONTH_AND_DAY, OFFSET, SCHEMAS, TIME_OF_DAY
from tools.openapi.models import adapters_of, schemas_of
from tools.openapi.operation import Operation
from tools.openapi.schema import Schema, integer, one_of, record, ref, schema, text

TAG = "Infinity Metrics"
ABOUT = (
    "Programs written for the API of Infinity Metrics work with this address and with a key of one website, which has "
    f"the scopes `{SiteScope.WRITE}` and `{SiteScope.READ}`. Answers have that API's form: a success has no envelope, "
    f"an error no `meta`, and `X-Request-Id` has the id of the request. A key may send {INGEST.requests:,} events and "
    f"purchases, and ask for analytics {READ.requests} times, in each minute. What API Gateway answers itself has the "
    "codes and the form of the core. docs/guides/from-infinity-metrics.md says more."
)
_DATE = rf"^(19[7-9]\d|20\d\d|210[0-5])-{MONTH_AND_DAY}(T{TIME_OF_DAY}([Zz]|{OFFSET})?)?$"
_MOMENT = rf"^\d{{4}}-{MONTH_AND_DAY}[Tt]{TIME_OF_DAY}([Zz]|{OFFSET})?$"
_TYPES = {
    **SCHEMAS,
    EventName: text(
        "What happened. `page_view` and `pageview` with `metadata.url` or `metadata.path` is a page view.",
        minLength=1,
        pattern=rf"^\s*[^\s{CONTROL}]([^{CONTROL}]{{0,{ID_CHARACTERS_MAX - 2}}}[^\s{CONTROL}])?\s*$",
    ),
    Moment: text(
        "ISO 8601; UTC without a time zone. At most one hour ahead and five years ago.",
        format="instant",
        pattern=_MOMENT,
    ),
    Price: integer("In minor units, as ISO 4217 divides the currency: 2999 is 29.99 USD, and 2999 JPY.", minimum=1),
}
_WORDS = {
    "metadata": f"Kept as the properties of the event; a text has at most {SCALAR_CHARACTERS_MAX:,} characters.",
    "visitor_id": "Who did it; a UUID is made if it is left out.",
    "timestamp": "The time of receipt if it is left out.",
    "event_id": "Yours, so that the event counts once however often it is sent; made if it is left out.",
    "currency": "USD if it is left out.",
    "quantity": "How many were sold, 1 if it is left out; the amount is `price` times `quantity`.",
    "transaction_id": "Yours: a payment of the website counts once for each, under whichever event_id.",
    "refund": "The amount is subtracted.",
}
_WORDS_OF_MODELS = {
    "SiteEvent": {
        "metadata": f"{_WORDS['metadata']} Of a page view, `url`, `path`, `referrer`, `title`, `user_agent` and "
        "`language` are those of the page, and may be longer."
    }
}
_EXAMPLES: dict[str, Schema] = {
    "SiteEvent": {
        "event_name": "user_signup",
        "metadata": {"plan": "premium", "source": "landing_page"},
        "visitor_id": "v_1",
    },
    "Purchase": {
        "price": 2999,
        "currency": "USD",
        "product_name": "Premium Plan",
        "quantity": 1,
        "metadata": {"billing": "monthly", "category": "subscription"},
        "visitor_id": "v_1",
    },
}
_SENDING = (
    ErrorCode.INVALID_BODY,
    ErrorCode.PAYLOAD_TOO_LARGE,
    ErrorCode.UNSUPPORTED_MEDIA_TYPE,
    ErrorCode.IDEMPOTENCY_CONFLICT,
    ErrorCode.WEBSITE_NOT_FOUND,
    ErrorCode.INGEST_UNAVAILABLE,
    ErrorCode.TINYBIRD_ERROR,
)
FAILURES = {
    ErrorCode.INSUFFICIENT_SCOPE: ApiError(
        ErrorCode.INSUFFICIENT_SCOPE,
        details={"required": SiteScope.WRITE, "available": [Scope.WRITE]},
        required=SiteScope.WRITE,
    ),
    ErrorCode.INVALID_QUERY: field_error(
        ErrorCode.INVALID_QUERY, "start_date", "invalid", "`start_date` must not be later than `end_date`."
    ),
    ErrorCode.INVALID_BODY: field_error(ErrorCode.INVALID_BODY, "event_name", "missing", "Event name is required"),
    ErrorCode.RATE_LIMIT_EXCEEDED: ApiError(
        ErrorCode.RATE_LIMIT_EXCEEDED,
        details={"limit": INGEST.requests, "window": "1 minute"},
        limit=INGEST.requests,
        window="1 minute",
        seconds=17,
    ),
}
"""Examples of errors that differ from those of the core."""


def schemas() -> dict[str, Schema]:
    """Return the schemas of bodies and answers by name."""
    found = schemas_of(adapters_of(SiteEvent, Purchase), _TYPES)
    for name, example in _EXAMPLES.items():
        words = _WORDS | _WORDS_OF_MODELS.get(name, {})
        properties = {field: _described(one, words.get(field)) for field, one in found[name]["properties"].items()}
        found[name] |= {"properties": properties, "example": example}
    count = integer(minimum=0)
    return {
        **found,
        "TakenSiteEvent": record(
            {
                "success": {"type": "boolean", "const": True},
                "event_id": text("Yours, or the one that was made."),
                "visitor_id": text(),
                "status": one_of(["accepted", "queued", "duplicate"], "All of them are kept."),
            }
        ),
        "SiteTotals": record(
            {
                "data": record(
                    dict.fromkeys(METRICS, count), optional=METRICS, description="Those that are asked for."
                ),
                "period": record({"start": text(format="date"), "end": text(format="date")}),
            }
        ),
    }


def parameters() -> dict[str, Schema]:
    """Return the parameters of analytics by name."""
    date = text(format="day-or-instant", pattern=_DATE)
    metric = f"({'|'.join(METRICS)})"
    return {
        "start_date": _query("start_date", "First day, YYYY-MM-DD or an instant of it; 29 days before the last.", date),
        "end_date": _query("end_date", f"Last day, inclusive; today unless given. At most {DAYS_MAX:,} days.", date),
        "site_metrics": {
            **_query("metrics", "Which numbers, with commas between them; all unless given.", text()),
            "schema": text(pattern=rf"^\s*{metric}\s*(,\s*{metric}\s*)*$"),
            "example": ",".join(METRICS),
        },
    }


def operations() -> dict[str, Operation]:
    """Return the operations by function."""
    sent: Schema = {"application/json": {"schema": schema("TakenSiteEvent")}}
    return {
        "infinity_event": Operation(
            tag=TAG,
            description="An event becomes a custom event of the core, or a pageview. With an `event_id`, here or as "
            "Idempotency-Key, it counts once however often it is sent. At most 32 KB.",
            answer=sent,
            parameters=(ref("parameters", "idempotency_key"),),
            body=_body("SiteEvent"),
            codes=_SENDING,
        ),
        "infinity_purchase": Operation(
            tag=TAG,
            description="A purchase becomes a payment of the core. With a `transaction_id` it counts once for 400 "
            "days.",
            answer=sent,
            parameters=(ref("parameters", "idempotency_key"),),
            body=_body("Purchase"),
            codes=_SENDING,
        ),
        "infinity_analytics": Operation(
            tag=TAG,
            description="Page views, the visitors who viewed them, and events: custom ones and payments that are not "
            "refunds. Bots do not count. Days without data count zero.",
            answer={"application/json": {"schema": schema("SiteTotals")}},
            parameters=tuple(
                ref("parameters", name) for name in ("start_date", "end_date", "site_metrics", "timezone")
            ),
            codes=(ErrorCode.WEBSITE_NOT_FOUND, ErrorCode.TINYBIRD_ERROR),
        ),
    }


def _body(name: str) -> Schema:
    return {"required": True, "content": {"application/json": {"schema": schema(name), "example": _EXAMPLES[name]}}}


def _query(name: str, description: str, described: Schema) -> Schema:
    return {"name": name, "in": "query", "description": description, "schema": described}


def _described(found: Schema, said: str | None) -> Schema:
    """Return the schema of a field with what is said of it, before what is said of its type."""
    words = " ".join(filter(None, [said, found.get("description")]))
    return {
        **({"description": words} if words else {}),
        **{key: one for key, one in found.items() if key != "description"},
    }
