"""The schemas of successful answers, which tests compare with real ones.

Schemas of records come from records.py, those of rows from the catalogue of pipes.
"""

import re

from pixel.tinybird.catalogue import Pipe, catalogue
from tools.openapi import (
    analytics_operations,
    dashboard_operations,
    hook_operations,
    infinity,
    key_operations,
    link_operations,
    pixel_operations,
    pxl,
    records,
    report_test_operation,
    rule_operations,
)
from tools.openapi.failures import REQUEST_ID
from tools.openapi.schema import Schema, array, integer, moment, nullable, number, one_of, record, schema, text

_META = {"request_id": text("Quote it when you ask for help.", pattern="^req_", example=REQUEST_ID)}
_CHECK = one_of(["ok", "failed"])
_DATASOURCES = ["pageviews", "custom_goals", "visitor_payments"]
_TAKEN = ["accepted", "queued", "duplicate"]
_COUNT = integer(minimum=0)
_COLUMN_TYPES = {
    "Int": integer(),
    "UInt": _COUNT,
    "Float": number(),
    "Decimal": number(),
    "String": text(),
}
_INSTANTS = ("timestamp", "first_seen", "last_seen", "started_at", "ended_at", "last_event_at")
_BUCKETS = ("bucket", "cohort")


def schemas() -> dict[str, Schema]:
    """Return the schema of each answer, and of what it holds, by name."""
    return {
        "Meta": record(_META),
        "PageMeta": record(
            {**_META, "next_cursor": text("For the next page, if there is one.")}, optional=("next_cursor",)
        ),
        "Health": _health(),
        "Me": _me(),
        **records.schemas(),
        **key_operations.schemas(),
        **hook_operations.schemas(),
        **report_test_operation.schemas(),
        **dashboard_operations.schemas(),
        **pixel_operations.schemas(),
        **infinity.schemas(),
        **link_operations.schemas(),
        **rule_operations.schemas(),
        **pxl.schemas(),
        **analytics_operations.schemas(),
        "Pipe": _pipe(),
        "Token": _token(),
        "Tokens": _tokens(),
        "ColumnInfo": record({"name": text(), "type": text("A type of ClickHouse.")}),
        "Statistics": record({"elapsed": number("Seconds."), "rows_read": _COUNT, "bytes_read": _COUNT}),
        "Rows": _rows({"type": "object"}),
        **{row_name(pipe): _row(pipe) for pipe in catalogue().values()},
        **{rows_name(pipe): _rows(schema(row_name(pipe))) for pipe in catalogue().values()},
        "TakenEvent": _taken_event(),
        "EventResult": _event_result(),
        "TakenBatch": _taken_batch(),
        "TakenIdentify": _taken_identify(),
        **_fates(),
    }


def envelope(data: Schema) -> Schema:
    return record({"data": data, "meta": schema("Meta")})


def row_name(pipe: Pipe) -> str:
    """Return the name of the schema of the pipe's rows, such as TopPagesRow."""
    return f"{_camel_case(pipe)}Row"


def rows_name(pipe: Pipe) -> str:
    """Return the name of the schema of the pipe's answer, such as TopPagesRows."""
    return f"{_camel_case(pipe)}Rows"


def _camel_case(pipe: Pipe) -> str:
    return "".join(word.capitalize() for word in pipe.name.removeprefix("p_").split("_"))


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
            "website_ids": {**nullable(array(text())), "description": "Those that the key is bound to; null: all."},
            "expires_at": nullable(moment()),
            "rate_limit": limit,
            "limits": {
                "type": "object",
                "description": "Limits of its own for routes of other faces, by class.",
                "additionalProperties": limit,
            },
        }
    )


def _pipe() -> Schema:
    default = {"description": "The value where it is left out.", "type": ["string", "number", "null"]}
    parameter = record(
        {"name": text(), "type": text(), "required": {"type": "boolean"}, "default": default, "description": text()}
    )
    return record(
        {
            "name": text(),
            "description": text(),
            "parameters": array(parameter),
            "columns": array(schema("ColumnInfo")),
        }
    )


def _token() -> Schema:
    return record(
        {
            "token": text("For `Authorization: Bearer` at Tinybird; valid for 120 s."),
            "pipe": one_of(list(catalogue())),
            "url": text("The complete address to GET.", format="uri"),
            "expires_at": moment(),
        }
    )


def _tokens() -> Schema:
    address = record({"pipe": one_of(list(catalogue())), "url": text("The complete address to GET.", format="uri")})
    return record(
        {
            "token": text("For `Authorization: Bearer` at Tinybird, for each of the pipes; valid for 120 s."),
            "pipes": array(address),
            "server_time": moment(),
            "refresh_after": moment(),
            "expires_at": moment(),
        }
    )


def _rows(row: Schema) -> Schema:
    return record(
        {
            "data": array(row, "Rows of the pipe."),
            "meta": array(schema("ColumnInfo"), "Columns of the pipe."),
            "rows": _COUNT,
            "rows_before_limit_at_least": _COUNT,
            "statistics": schema("Statistics"),
            "data_status": text(const="ok"),
        },
        optional=("rows_before_limit_at_least",),
    )


def _row(pipe: Pipe) -> Schema:
    columns = {column["name"]: _moment_or(column["name"], _of_column(column["type"])) for column in pipe.columns}
    return record(columns, description=f"A row of {pipe.name}. {pipe.description}")


def _moment_or(name: str, found: Schema) -> Schema:
    """Return the schema of a moment, which pipes write as text, or else the one of the column's type."""
    if name in _BUCKETS:
        return text("Its first moment, with the offset of the time zone.", format="date-time")
    if name not in _INSTANTS:
        return found
    return nullable(moment()) if "null" in found["type"] else moment()


def _of_column(kind: str) -> Schema:
    """Return the schema of a column as Tinybird writes ClickHouse's types into JSON."""
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
            # `items: false` would mean the same as maxItems, but generators of clients fail on it.
            return {"type": "array", "prefixItems": parts, "minItems": len(parts), "maxItems": len(parts)}
    return _COLUMN_TYPES[outer.rstrip("123468")]


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


def _event_result() -> Schema:
    return record(
        {
            "index": integer("Place in the batch, from 0.", minimum=0),
            "status": one_of([*_TAKEN, "rejected"]),
            "event_id": text("Not of an identify."),
            "visitor_id": text(),
            "error": schema("EventError"),
        },
        optional=("event_id", "visitor_id", "error"),
        description="`error` says why an event was rejected, as for a single event, without its `docs_url`.",
    )


def _taken_batch() -> Schema:
    counts = dict.fromkeys(("accepted", "duplicate", "queued", "rejected"), _COUNT)
    return record({**counts, "results": array(schema("EventResult"), "One for each event, in order.")})


def _taken_identify() -> Schema:
    return record(
        {
            "visitor_id": text(),
            "external_id_hash": text("SHA-256 of the external id.", pattern="^[0-9a-f]{64}$"),
            "status": one_of(["accepted", "queued"]),
        }
    )


def _fates() -> dict[str, Schema]:
    """Return the schema of an event's fate, which has other fields for each."""
    event_id = text("As in the path.", example="order-1001")
    since, reason = moment(), text("For people: why the warehouse did not take it, or the code of an error.")
    fault = record({"path": text("The field, or `another`."), "code": text()})
    of_fate: dict[str, dict[str, Schema]] = {
        "stored": {
            "datasource": one_of([*_DATASOURCES, "identities"]),
            "website_id": text(),
            "visitor_id": text(),
            "timestamp": moment(),
            "received_at": moment(),
            "counted": {"type": "boolean", "description": "Whether reports count it without `include_bots`."},
            "bot_reason": nullable(text("Why it is taken for one of a bot.")),
            "copies": integer("Rows of it, which count once; the warehouse merges them in time.", minimum=1),
            "via": nullable(
                text("The way it came; null for events that were received 30 days ago.", enum=["direct", "queue", None])
            ),
        },
        "accepted": {"accepted_at": moment("When the API kept it; its row cannot be seen yet.")},
        "queued": {"since": since, "reason": reason},
        "dead_lettered": {
            "since": since,
            "reason": reason,
            "fields": array(fault, "Faults of an event that was rejected, from a queue or a stream."),
        },
        "in_progress": {"since": moment("Sending it again under the same id is safe.")},
    }
    named = {
        f"Fate{fate.title().replace('_', '')}": record({"event_id": event_id, "fate": text(const=fate), **own})
        for fate, own in of_fate.items()
    }
    warehouse = text("Only if it could not be asked.", const="unavailable")
    return {
        "EventFate": {"oneOf": [schema(name) for name in named]},
        **named,
        "FateMeta": record({**_META, "warehouse": warehouse}, optional=("warehouse",)),
    }
