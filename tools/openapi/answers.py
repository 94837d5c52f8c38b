"""The shapes of successful answers. They are written here by hand, and held against real answers by the tests."""

import re
from typing import get_args

from pixel.tinybird.catalogue import Pipe, catalogue
from pixel.workspaces.kinds import ALERT, GOAL, REPORT, SHARE_LINK, WEBSITE, AlertChannel, RecordKind, ReportChannel
from tools.openapi.failures import REQUEST_ID
from tools.openapi.schema import Schema, array, integer, moment, nullable, number, one_of, record, schema, text

_WEBSITE_ID = text("The website's id.")
_FIELDS: dict[str, Schema] = {
    "id": text("Its id, with a prefix that says of what."),
    "website_id": _WEBSITE_ID,
    "domain": text("Lower case; other letters as punycode."),
    "name": nullable(text()),
    "createdAt": moment(),
    "created_at": moment(),
    "selector": text("A URL pattern, or a CSS selector."),
    "metric": text("One of those of p_metric_series."),
    "threshold": number(),
    "cadence": one_of(["daily", "weekly", "monthly"]),
    "recipients": array(text()),
    "last_sent_at": nullable(moment()),
    "token_prefix": text("The beginning of the token, to tell links apart."),
    "expires_at": nullable(moment()),
    "password_protected": {"type": "boolean"},
}
_CHANNELS = {"Alert": get_args(AlertChannel), "Report": get_args(ReportChannel)}
_RECORDS = {"Website": WEBSITE, "Goal": GOAL, "Alert": ALERT, "Report": REPORT, "ShareLink": SHARE_LINK}
_CHECK = one_of(["ok", "failed"])
_DATASOURCES = ["pageviews", "custom_goals", "visitor_payments"]
_TAKEN = ["accepted", "queued", "duplicate"]
_COUNT = integer(minimum=0)
_COLUMNS = {
    "Int": integer(),
    "UInt": _COUNT,
    "Float": number(),
    "Decimal": number(),
    "String": text(),
    "Date": text(format="date"),
    "DateTime": text("In UTC.", pattern=r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$"),
}


def schemas() -> dict[str, Schema]:
    return {
        "Meta": record({"request_id": text("Quote it when you ask for help.", pattern="^req_", example=REQUEST_ID)}),
        "Health": _health(),
        "Me": _me(),
        **{name: _record(name, kind) for name, kind in _RECORDS.items()},
        "Pipe": _pipe(),
        "Token": _token(),
        "Rows": _rows(),
        **{row_name(pipe): _row(pipe) for pipe in catalogue().values()},
        "TakenEvent": _taken_event(),
        "TakenBatch": _taken_batch(),
        "TakenIdentify": _taken_identify(),
    }


def envelope(data: Schema) -> Schema:
    return record({"data": data, "meta": schema("Meta")})


def row_name(pipe: Pipe) -> str:
    return f"Row_{pipe.name}"


def _record(name: str, kind: RecordKind) -> Schema:
    fields = {**_FIELDS, "channel": one_of(list(_CHANNELS.get(name, ())))}
    return record({field: fields[field] for field in kind.answered})


def _health() -> Schema:
    checks = record({"store": _CHECK, "ingest": _CHECK, "tokens": _CHECK})
    return record({"status": _CHECK, "version": text(), "checks": checks})


def _me() -> Schema:
    limit = record({"limit": integer("Requests a window.", minimum=1), "window_seconds": integer()})
    return record(
        {
            "key_id": text(pattern="^key_"),
            "name": text(),
            "workspace_id": text(pattern="^ws_"),
            "scopes": array(text()),
            "expires_at": nullable(moment()),
            "rate_limit": limit,
        }
    )


def _pipe() -> Schema:
    default = {"description": "What counts if it is left out.", "type": ["string", "number", "null"]}
    parameter = record(
        {"name": text(), "type": text(), "required": {"type": "boolean"}, "default": default, "description": text()}
    )
    column = record({"name": text(), "type": text("A type of ClickHouse.")})
    return record({"name": text(), "description": text(), "parameters": array(parameter), "columns": array(column)})


def _token() -> Schema:
    return record(
        {
            "token": text("For `Authorization: Bearer` at Tinybird; valid for 120 s."),
            "pipe": one_of(list(catalogue())),
            "url": text("The complete address to GET.", format="uri"),
            "expires_at": moment(),
        }
    )


def _rows() -> Schema:
    statistics = record({"elapsed": number("Seconds."), "rows_read": _COUNT, "bytes_read": _COUNT})
    return record(
        {
            "data": array({"anyOf": [schema(row_name(pipe)) for pipe in catalogue().values()]}, "Rows of the pipe."),
            "meta": array(record({"name": text(), "type": text("A type of ClickHouse.")}), "Columns of the pipe."),
            "rows": _COUNT,
            "rows_before_limit_at_least": _COUNT,
            "statistics": statistics,
            "data_status": one_of(["ok"]),
        },
        optional=("rows_before_limit_at_least",),
    )


def _row(pipe: Pipe) -> Schema:
    return record({column["name"]: _of_column(column["type"]) for column in pipe.columns}, description=pipe.description)


def _of_column(kind: str) -> Schema:
    """As Tinybird writes ClickHouse's types into JSON."""
    outer, _, inner = kind.removesuffix(")").partition("(")
    match outer:
        case "Nullable":
            return nullable(_of_column(inner))
        case "LowCardinality":
            return _of_column(inner)
        case "Array":
            return array(_of_column(inner))
        case "Tuple":
            parts = [_of_column(part) for part in re.split(r", (?![^(]*\))", inner)]
            return {"type": "array", "prefixItems": parts, "items": False}
    return _COLUMNS[outer.rstrip("123468")]


def _taken_event() -> Schema:
    return record(
        {
            "event_id": text("Yours, or the one that was made.", example="evt_1fc2c7e1d7cc498fbe91ae74d21886e6"),
            "visitor_id": text("Yours, or the one that was made.", example="v_1"),
            "status": one_of(
                _TAKEN, "accepted: Tinybird has it. queued: we have it. duplicate: its id was taken before."
            ),
            "datasource": one_of(_DATASOURCES, "Where it is written."),
        }
    )


def _taken_batch() -> Schema:
    error = record({"code": text(), "message": text(), "details": {"type": "object"}}, optional=("details",))
    result = record(
        {
            "index": integer("Place in the batch, from 0.", minimum=0),
            "status": one_of([*_TAKEN, "rejected"]),
            "event_id": text(),
            "visitor_id": text(),
            "error": {**error, "description": "Why it was rejected: the same as for a single event."},
        },
        optional=("event_id", "visitor_id", "error"),
    )
    counts = dict.fromkeys(("accepted", "duplicate", "queued", "rejected"), _COUNT)
    return record({**counts, "results": array(result, "One for each event, in order.")})


def _taken_identify() -> Schema:
    return record(
        {
            "visitor_id": text(),
            "external_id_hash": text("SHA-256 of the external id.", pattern="^[0-9a-f]{64}$"),
            "status": one_of(["accepted", "queued"]),
        }
    )
