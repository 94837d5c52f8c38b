"""What the document says of each route beyond what the code says: words, parameters, answer and failures."""

from pixel.foundation.errors import ErrorCode
from pixel.hooks.destinations import DESTINATIONS
from pixel.tinybird.catalogue import Pipe
from pixel.workspaces.alerts import ALERTS
from pixel.workspaces.destination_kind import DESTINATION
from pixel.workspaces.errors import with_article
from pixel.workspaces.goal_kind import GOAL
from pixel.workspaces.goals import GOALS
from pixel.workspaces.reports import REPORTS
from pixel.workspaces.rules import Rules
from pixel.workspaces.share_link_kind import SHARE_LINK
from pixel.workspaces.share_links import SHARE_LINKS
from pixel.workspaces.website_kind import WEBSITE
from pixel.workspaces.websites import WEBSITES
from tools.openapi import (
    analytics_operations,
    dashboard_operations,
    events,
    hook_operations,
    infinity,
    key_operations,
    link_operations,
    mail_operations,
    parameters,
    pixel_operations,
    pxl,
    records,
    report_test_operation,
    rule_operations,
)
from tools.openapi.answers import envelope, rows_name
from tools.openapi.operation import Operation
from tools.openapi.row_examples import rows_example
from tools.openapi.schema import Schema, array, record, ref, schema

_BODY = (ErrorCode.INVALID_BODY, ErrorCode.PAYLOAD_TOO_LARGE, ErrorCode.UNSUPPORTED_MEDIA_TYPE)
_KEEPING = (ErrorCode.WEBSITE_NOT_FOUND, ErrorCode.TINYBIRD_ERROR)
_REPORT = (ErrorCode.WEBSITE_NOT_FOUND, ErrorCode.TINYBIRD_ERROR)


ABOUT_ROWS = (
    "Without dates a report is of the last 30 days. An answer above 5 MB is refused with advice, never cut. CSV is the "
    "rows below a line of column names (RFC 4180); errors are JSON either way."
)


def _json(data: Schema) -> Schema:
    return {"application/json": {"schema": envelope(data)}}


def _rows(name: str, example: Schema | None = None) -> Schema:
    more = {"example": example} if example else {}
    return {
        "application/json": {"schema": envelope(schema(name)), **more},
        "text/csv": {"schema": {"type": "string"}},
    }


def _list(rules: Rules, words: str) -> Operation:
    row = {"anyOf": [schema(records.record_name(rules)), schema(records.row_name(rules))]}
    own = [ref("parameters", "domain")] if rules.kind is WEBSITE else []
    of_website = () if rules.kind is DESTINATION else ("website_id",)
    named = [ref("parameters", name) for name in (*of_website, "updated_since", "limit", "cursor")]
    return Operation(
        tag="Workspace",
        description=f"{words} Oldest first, at most 1,000, without what was deleted. With `limit` or `cursor` whole "
        "records, page by page in order of their ids: ask again with `meta.next_cursor` until there is none.",
        answer={"application/json": {"schema": record({"data": array(row), "meta": schema("PageMeta")})}},
        parameters=(*named, *own),
    )


def _of_records(rules: Rules) -> dict[str, Operation]:
    """Return the operations of one record of a kind, by function."""
    kind = rules.kind
    noun, name = with_article(kind.noun), kind.noun.replace(" ", "_")
    missing = ErrorCode.WEBSITE_NOT_FOUND if kind is WEBSITE else ErrorCode.RECORD_NOT_FOUND
    unique = (ErrorCode.ALREADY_EXISTS,) if kind in (WEBSITE, GOAL, DESTINATION) else ()
    secret = (ErrorCode.SECRET_ALREADY_SHOWN,) if kind in (SHARE_LINK, DESTINATION) else ()
    of_workspace = kind in (WEBSITE, DESTINATION)
    refused = (ErrorCode.URL_NOT_ALLOWED, ErrorCode.WEBSITE_NOT_FOUND) if kind is DESTINATION else ()
    whole, issued = _json(schema(records.record_name(rules))), _json(schema(records.issued_name(rules)))
    one = ref("parameters", f"{name}_in_path")
    if_match = ref("parameters", "if_match")
    unchanged = (ErrorCode.CONCURRENT_CHANGE, ErrorCode.PRECONDITION_FAILED)
    along = " Everything that belongs to it is deleted too." if rules.children else ""
    found = {
        f"get_{name}": Operation(
            tag="Workspace",
            description=f"With `deleted=true` also {noun} that was deleted in the last 30 days.",
            answer=whole,
            parameters=(one, ref("parameters", "deleted")),
            codes=(missing,),
            headers=("ETag",),
        ),
        f"create_{name}": Operation(
            tag="Workspace",
            description="With an Idempotency-Key the same request creates one record, however often it is sent within "
            f"24 hours. A {'workspace' if of_workspace else 'website'} may have {kind.limit:,} {kind.noun}s.",
            answer=issued,
            status=201,
            parameters=(ref("parameters", "create_key"),),
            body=records.body(rules, new=True),
            codes=(
                *_BODY,
                ErrorCode.NOT_GRANTABLE if of_workspace else ErrorCode.WEBSITE_NOT_FOUND,
                missing,
                ErrorCode.IDEMPOTENCY_CONFLICT,
                ErrorCode.LIMIT_REACHED,
                ErrorCode.CONCURRENT_CHANGE,
                *unique,
                *secret,
                *refused,
            ),
            headers=("ETag", "Location", *(() if kind is SHARE_LINK else ("Idempotent-Replayed",))),
        ),
        f"update_{name}": Operation(
            tag="Workspace",
            description="A JSON merge patch (RFC 7396): what is sent changes, and null clears what may be null. An "
            "object is merged with the one that is there; null in it removes. With If-Match it changes only the "
            "revision that you read.",
            answer=whole,
            parameters=(one, if_match),
            body=records.body(rules, new=False),
            codes=(*_BODY, missing, *unchanged, *unique, *refused),
            headers=("ETag",),
        ),
        f"delete_{name}": Operation(
            tag="Workspace",
            description=f"Repeating it gives the same answer.{along}",
            answer=_json(schema(records.deletion_name(rules))),
            parameters=(one, if_match),
            codes=(missing, *unchanged),
        ),
    }
    if kind is SHARE_LINK:
        found[f"rotate_{name}"] = Operation(
            tag="Workspace",
            description="For a token that was lost, or seen by others.",
            answer=issued,
            parameters=(one,),
            codes=(ErrorCode.INVALID_BODY, missing, ErrorCode.CONCURRENT_CHANGE),
            headers=("ETag",),
        )
    return found


def query_of(pipe: Pipe) -> Operation:
    """Return the query of one pipe, with its own parameters and rows."""
    return Operation(
        tag="Rows by pipe",
        description=pipe.description,
        answer=_rows(rows_name(pipe), rows_example(pipe)),
        parameters=tuple(parameters.of_pipe(pipe)),
        codes=_REPORT,
    )


OPERATIONS = {
    "get_health": Operation(
        tag="Service",
        description="Checks are made once in a while, not for each request. With a check that fails the status is 503, "
        "and the body the same.",
        answer=_json(schema("Health")),
    ),
    "get_openapi": Operation(
        tag="Service",
        description="As this deployment serves it.",
        answer={"application/yaml": {"schema": {}}},
    ),
    "get_me": Operation(
        tag="Service",
        description="Any key may ask, one without scopes too.",
        answer=_json(schema("Me")),
    ),
    "list_alerts": _list(ALERTS, "Alerts on a metric."),
    "list_destinations": _list(DESTINATIONS, "Where webhooks and messages of Slack are sent; never an address."),
    "list_goals": _list(GOALS, "Goals by URL pattern, custom event or CSS selector."),
    "list_reports": _list(REPORTS, "Reports that are sent on a schedule."),
    "list_share_links": _list(SHARE_LINKS, "Links to shared dashboards; never a token or a password."),
    "list_websites": _list(WEBSITES, "Websites, whose ids events and reports name."),
    **{name: operation for rules in records.RULES for name, operation in _of_records(rules).items()},
    **key_operations.operations(),
    **hook_operations.operations(),
    **report_test_operation.operations(),
    **dashboard_operations.operations(),
    **mail_operations.operations(),
    **pixel_operations.operations(),
    **infinity.operations(),
    **link_operations.operations(),
    **rule_operations.operations(),
    **pxl.operations(),
    **analytics_operations.operations(),
    "list_pipes": Operation(
        tag="Reports",
        description="What `query` and `metrics` take and give; it is the same for every workspace.",
        answer=_json(array(schema("Pipe"))),
    ),
    "mint_metrics_token": Operation(
        tag="Reports",
        description="For dashboards that ask Tinybird themselves. What the token fixes (workspace, website, dates, "
        "time zone) nothing in the address can change; the pipe's own parameters may be added to it: *Rows by pipe* "
        "describes them.",
        answer=_json(schema("Token")),
        parameters=(ref("parameters", "pipe"), *parameters.of_reports()),
        codes=(ErrorCode.INVALID_PIPE, *_REPORT),
    ),
    "mint_metrics_tokens": Operation(
        tag="Reports",
        description="For dashboards of several reports: each pipe keeps what the token fixes for it. `fix.country=DE` "
        "fixes a filter of all pipes, so that nobody can lift it. Ask for another token from `refresh_after` on; times "
        "are those of `server_time`'s clock.",
        answer=_json(schema("Tokens")),
        parameters=(*parameters.of_several_pipes(), *parameters.of_reports()),
        codes=(ErrorCode.INVALID_PIPE, *_REPORT),
    ),
    "query_pipe": Operation(
        tag="Reports",
        description="For programs that choose a pipe at run time. *Rows by pipe* describes each pipe with the "
        f"parameters that it takes and the rows that it gives. {ABOUT_ROWS}",
        answer=_rows("Rows"),
        parameters=(ref("parameters", "pipe"), *parameters.of_reports(), ref("parameters", "format")),
        codes=(ErrorCode.INVALID_PIPE, *_REPORT),
    ),
    "mint_visitor_token": Operation(
        tag="Reports",
        description="For `p_visitor_profile`; the address cannot change whose profile it is. An external id is "
        "hashed here, and may belong to several visitors.",
        answer=_json(schema("Token")),
        parameters=(ref("parameters", "visitor"), *parameters.of_reports(), ref("parameters", "id_type")),
        codes=(ErrorCode.INVALID_VISITOR, *_REPORT),
    ),
    "ingest_event": Operation(
        tag="Events",
        description="An event that is answered 202 is kept and counts once. After any other answer, send it again with "
        "the same id, corrected if the answer says so. At most 32 KB; gzip is allowed.",
        answer=_json(schema("TakenEvent")),
        status=202,
        parameters=(ref("parameters", "idempotency_key"),),
        body=events.event_body(),
        codes=(*_BODY, *_KEEPING, ErrorCode.IDEMPOTENCY_CONFLICT, ErrorCode.INGEST_UNAVAILABLE),
    ),
    "preview_alert": Operation(
        tag="Workspace",
        description="Judges windows of the past as the alert would have done: the body is that of a new alert, and "
        "`channel` and `threshold` of an anomaly may be missing. Nothing is kept and nobody is told.",
        answer=_json(schema("AlertPoints")),
        body={"required": True, "content": {"application/json": {"schema": schema("AlertPreview")}}},
        codes=(*_BODY, ErrorCode.WEBSITE_NOT_FOUND, ErrorCode.TINYBIRD_ERROR),
    ),
    "ingest_batch": Operation(
        tag="Events",
        description="Each event has a result of its own, and a bad one does not affect the others: look at `rejected` "
        "even though the status is 202. A batch counts as one request. An identify is an event with the name "
        "`identify`. Gzip is allowed.",
        answer=_json(schema("TakenBatch")),
        status=202,
        body=events.batch_body(),
        codes=(*_BODY, ErrorCode.INGEST_UNAVAILABLE, ErrorCode.TINYBIRD_ERROR),
    ),
    "get_event": Operation(
        tag="Events",
        description="An event that was answered 202 is in the warehouse, in a queue on its way there, or a dead letter "
        "that the operator can send again. One that was accepted seconds ago under an id that was made here may be 404 "
        "for a moment. If the warehouse cannot be asked, `meta.warehouse` is `unavailable`, and the answer is what is "
        "known without it: the event may have been stored since. If events of several websites had the id, the answer "
        "is about the last one, or about that of `website_id`.",
        answer={"application/json": {"schema": record({"data": schema("EventFate"), "meta": schema("FateMeta")})}},
        parameters=(ref("parameters", "event_in_path"), ref("parameters", "website_id")),
        codes=(ErrorCode.EVENT_NOT_FOUND, ErrorCode.TINYBIRD_ERROR),
    ),
    "identify_visitor": Operation(
        tag="Events",
        description="Says who a visitor is in a system of yours. Only hashes of what identifies a person are kept.",
        answer=_json(schema("TakenIdentify")),
        status=202,
        body=events.identify_body(),
        codes=(*_BODY, *_KEEPING, ErrorCode.IDENTIFY_UNAVAILABLE),
    ),
}
