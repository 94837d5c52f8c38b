"""What the document says of dashboards: pages, assets, sessions and the numbers that they show."""

from typing import Any, get_args

from pixel.dashboard.asked import METRICS
from pixel.dashboard.data_route import FILTER, ROWS, ROWS_MAX, TOO_FEW_VISITORS
from pixel.dashboard.embedding import ORIGINS
from pixel.dashboard.open_route import PASSWORD_CHARACTERS_MAX
from pixel.dashboard.owner_sessions import NewDashboardSession, TtlSeconds
from pixel.dashboard.periods import COMPARISONS, CUSTOM_DAYS_MAX
from pixel.dashboard.views import VIEWS
from pixel.events.filters import DASHBOARD_FILTERS
from pixel.foundation.errors import ErrorCode
from pixel.foundation.ids import WEBSITE_ID
from pixel.workspaces import dashboard_fields as fields
from pixel.workspaces import models, pixel_defaults, vocabulary
from tools.openapi import parameters
from tools.openapi.models import adapters_of, schemas_of
from tools.openapi.operation import Operation
from tools.openapi.schema import Schema, array, integer, moment, nullable, number, one_of, record, ref, schema, text

TAG = "Dashboard"
_BODY = (ErrorCode.INVALID_BODY, ErrorCode.PAYLOAD_TOO_LARGE, ErrorCode.UNSUPPORTED_MEDIA_TYPE)
_TEXT: Schema = {"schema": {"type": "string"}}
_HTML = {"text/html": _TEXT}
_COUNT = integer(minimum=0)
_SHARE = number("From 0 to 1.")
_DAY = r"^\d{4}-\d\d-\d\d$"
_STEP = r"^(/[^,\x00-\x1f]*|goal:[^,\x00-\x1f]+|payment(:[^,\x00-\x1f]+)?)$"
_ORIGIN = r"^https://([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,20}(:[1-9][0-9]{0,3})?$"

_TOKEN = "share_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg"


def field_types() -> dict[Any, Schema]:
    """Return the schemas of the fields that say what a dashboard shows."""
    return {
        fields.Panels: array(one_of(list(vocabulary.PANELS)), "What is shown; funnel needs `steps`.", minItems=1),
        fields.OwnerPanels: array(
            one_of(list(vocabulary.OWNER_PANELS)), "What is shown; funnel needs `steps`.", minItems=1
        ),
        fields.Periods: array(one_of(list(vocabulary.PERIODS)), "What readers may choose.", minItems=1),
        fields.Filters: {
            "type": "object",
            "description": "Filters that readers see and cannot lift.",
            "properties": {name: _filter(name) for name in DASHBOARD_FILTERS},
            "additionalProperties": False,
        },
        fields.EmbedOrigins: array(
            text(pattern=_ORIGIN),
            "Pages that may embed it: https://, or http:// on the machine itself.",
            maxItems=fields.EMBED_ORIGINS_MAX,
        ),
        fields.OneTheme: one_of(list(get_args(vocabulary.Theme)), "auto: as the reader's device has it."),
        fields.MinVisitors: integer("Rows with fewer visitors are added up as others."),
        fields.Steps: array(
            text(pattern=_STEP, maxLength=100),
            "Of the funnel: none, or 2 to 10.",
            maxItems=fields.STEPS_MAX,
            anyOf=[{"maxItems": 0}, {"minItems": fields.STEPS_MIN}],
        ),
    }


def schemas() -> dict[str, Schema]:
    """Return the schemas of bodies and answers by name."""
    bodies = schemas_of(
        adapters_of(NewDashboardSession),
        {
            **field_types(),
            models.WebsiteId: text("The id of a website of the workspace.", pattern=f"^{WEBSITE_ID}$"),
            TtlSeconds: integer("How long it lives, an hour unless given."),
        },
    )
    bodies["NewDashboardSession"]["example"] = {"website_id": "admx_demo", "ttl_seconds": 900}
    opening = record(
        {
            "token": text("The token of the link, the end of its address."),
            "password": text("If the link has one.", maxLength=PASSWORD_CHARACTERS_MAX),
        },
        optional=("password",),
    )
    opening |= {"additionalProperties": False, "example": {"token": _TOKEN}}
    return {
        **bodies,
        "DashboardSession": record(
            {
                "url": text("Give it to one reader: whoever has it sees the numbers.", format="uri"),
                "expires_at": moment(),
            }
        ),
        "ShareOpening": opening,
        "DashboardWebsite": record(
            {
                **{name: text() for name in ("id", "name", "domain", "timezone", "currency")},
                "pixel_mode": one_of(list(get_args(pixel_defaults.PixelMode)))
                | {"description": "`cookieless`: the browser pixel counts a person who returns on another day again."},
            },
        ),
        "DashboardHead": _head(),
        "OpenedShare": _opened(),
        "DashboardPeriod": _period(),
        "DashboardData": _data(),
    }


def operations() -> dict[str, Operation]:
    """Return the operations by function."""
    token = _in_path("token", "The token of the link.", _TOKEN)
    return {
        "share_page": Operation(
            tag=TAG,
            description="The same bytes for every token: nothing is looked up, so nothing can be probed.",
            answer=_HTML,
            parameters=(token,),
            headers=("ETag",),
        ),
        "embed_page": Operation(
            tag=TAG,
            description="The same page, which the `embed_origins` of the link may embed; of an unknown link, nobody.",
            answer=_HTML,
            parameters=(token,),
            headers=("ETag",),
        ),
        "dashboard_page": Operation(
            tag=TAG,
            description=f"The same page. `{ORIGINS}` is part of the address that dashboard-sessions returns.",
            answer=_HTML,
            parameters=(_in_query(ORIGINS, "Who may embed the page, signed.", text()),),
            headers=("ETag",),
        ),
        "get_asset": Operation(
            tag=TAG,
            description="Caches may keep it for a year, because a change changes the name.",
            answer={"text/javascript": _TEXT, "text/css": _TEXT, "image/svg+xml": _TEXT},
            parameters=(_in_path("file", "The name of the file, as the page has it.", "app.0123456789ab.js"),),
        ),
        "open_share": Operation(
            tag=TAG,
            description="An unknown, expired or deleted token is answered alike. An address may open 10 dashboards a "
            "minute, and send 5 wrong passwords for a link in a quarter of an hour; a link takes 50 in an hour. A "
            "session lives for an hour, and is sent as `Authorization: Viewer <session>`.",
            answer=_json("OpenedShare"),
            body={"required": True, "content": {"application/json": {"schema": schema("ShareOpening")}}},
            codes=(
                *_BODY,
                ErrorCode.SHARE_NOT_FOUND,
                ErrorCode.PASSWORD_REQUIRED,
                ErrorCode.PASSWORD_WRONG,
                ErrorCode.TOO_MANY_ATTEMPTS,
                ErrorCode.DASHBOARD_UNAVAILABLE,
            ),
        ),
        "get_share_data": Operation(
            tag=TAG,
            description="Views that fail stand in `failed` with a code, and the others are answered. With "
            "`min_visitors`, numbers of fewer visitors are null, or added up in `others`. Without `panels`, the answer "
            "is what the dashboard shares. The filters of a link win over those of a reader. A link may be asked 120 "
            "times a minute, and an address 60 times. A link that is deleted, rotated or given another password ends "
            "its sessions within 30 seconds.",
            answer={"application/json": {"schema": _either_answer()}},
            parameters=_parameters(),
            codes=(
                ErrorCode.SESSION_EXPIRED,
                ErrorCode.PANEL_NOT_SHARED,
                ErrorCode.TOO_MANY_ATTEMPTS,
                ErrorCode.DASHBOARD_UNAVAILABLE,
            ),
            headers=("ETag",),
            is_for_viewers=True,
        ),
        "open_dashboard": Operation(
            tag=TAG,
            description="For a product that shows its customers their numbers: a server asks for an address and gives "
            "it to a browser, which never sees a key. Sessions cannot be revoked one by one.",
            answer=_json("DashboardSession"),
            status=201,
            body={"required": True, "content": {"application/json": {"schema": schema("NewDashboardSession")}}},
            codes=(*_BODY, ErrorCode.WEBSITE_NOT_FOUND, ErrorCode.DASHBOARD_UNAVAILABLE),
        ),
    }


def _parameters() -> tuple[Schema, ...]:
    shared = parameters.components()
    day = text(format="date", pattern=_DAY)
    return (
        _in_query("panels", f"Views, with commas between them: {', '.join(VIEWS)}.", text(), example="summary,series"),
        _in_query("period", "30d unless given, or the first that the link has.", one_of(list(vocabulary.PERIODS))),
        _in_query("from", f"First day of the period custom, which has at most {CUSTOM_DAYS_MAX}.", day),
        _in_query("to", "Last day of the period custom.", day),
        _in_query("compare", "What numbers are compared with; previous unless given.", one_of(list(COMPARISONS))),
        _in_query("metric", "Of the view series; visitors unless given.", one_of(list(METRICS))),
        _in_query("limit", f"Rows of lists, {ROWS} unless given.", integer(minimum=1, maximum=ROWS_MAX)),
        ref("parameters", "timezone"),
        *(_in_query(f"{FILTER}{name}", "A filter.", shared[name]["schema"]) for name in DASHBOARD_FILTERS),
    )


def _head_fields() -> dict[str, Schema]:
    return {
        "expires_at": moment("When the session ends."),
        "website": schema("DashboardWebsite"),
        "panels": array(one_of(list(vocabulary.OWNER_PANELS))),
        "periods": array(one_of(list(vocabulary.PERIODS))),
        "filters": {"type": "object", "description": "Filters that cannot be lifted.", "additionalProperties": text()},
        "theme": one_of(list(get_args(vocabulary.Theme))),
        "min_visitors": _COUNT,
    }


def _head() -> Schema:
    return record(_head_fields())


def _opened() -> Schema:
    return record({"session": text("For `Authorization: Viewer`."), **_head_fields()})


def _period() -> Schema:
    day = text(pattern=_DAY)
    return record(
        {
            "name": one_of(list(vocabulary.PERIODS)),
            "from": day,
            "to": day,
            "compare_from": nullable(day),
            "compare_to": nullable(day),
            "compared_until": nullable(
                text("The local moment up to which the comparison counts, where the period is not over.")
            ),
            "granularity": one_of(["hour", "day", "week", "month"]),
            "timezone": text(),
        }
    )


def _data() -> Schema:
    return record(
        {
            "website": schema("DashboardWebsite"),
            "period": schema("DashboardPeriod"),
            "panels": record(_views(), optional=tuple(VIEWS)),
            "failed": {
                "type": "object",
                "description": f"A code for each view that failed: that of an error, or {TOO_FEW_VISITORS} where it "
                "is about fewer visitors than `min_visitors` of the link.",
                "additionalProperties": text(),
            },
            "as_of": moment("When the oldest of the numbers was asked for."),
        }
    )


def _views() -> dict[str, Schema]:
    numbers = record(
        {
            "visitors": _COUNT,
            "pageviews": _COUNT,
            "sessions": _COUNT,
            "bounce_rate": nullable(_SHARE),
            "session_duration": nullable(number("Seconds.")),
            "conversions": _COUNT,
        }
    )
    point = record({"at": text("Local: a day, or a day and hh:mm."), "value": nullable(number())})
    optional = ("visitors", "sessions", "pageviews", "bounce_rate", "country")
    row = record(
        {
            "value": text(),
            **dict.fromkeys(("visitors", "sessions", "pageviews"), _COUNT),
            "bounce_rate": _SHARE,
            "country": text(),
        },
        optional=optional,
    )
    listed = record(
        {
            "filter": nullable(text("The filter that a row stands for.")),
            "measure": one_of(["visitors", "sessions"], "What rows are ordered by."),
            "rows": array(row),
            "total": integer("The visitors or sessions of the period.", minimum=0),
            "others": _others(optional=("visitors", "sessions")),
        }
    )
    page = record({"value": text(), "visitors": _COUNT})
    clicks = record(dict.fromkeys(("clicks", "visitors", "scans"), _COUNT))
    money = record({"currency": text(), "value": number()})
    return {
        **dict.fromkeys(VIEWS, listed),
        "summary": record({"now": numbers, "before": {"anyOf": [numbers, {"type": "null"}]}}),
        "series": record(
            {
                "metric": one_of(list(METRICS)),
                "points": array(point),
                "before": {"anyOf": [array(point), {"type": "null"}]},
                "partial": {"type": "boolean", "description": "Whether the last point is not over."},
            }
        ),
        "goals": record(
            {
                "filter": {"type": "null"},
                "rows": array(
                    record(
                        {
                            "value": text(),
                            "visitors": _COUNT,
                            "conversions": _COUNT,
                            "rate": _SHARE,
                            "revenue": array(money),
                        }
                    )
                ),
                "others": _others("visitors", "conversions", revenue=array(money)),
            }
        ),
        "realtime": record(
            {
                "now": nullable(integer("Visitors of the last 5 minutes, null if they are too few.", minimum=0)),
                "last_30": _COUNT,
                "minutes": array(nullable(_COUNT), "Visitors of each of the last 30 minutes, the oldest first."),
                "filter": text("The filter that a page stands for.", const="path"),
                "pages": array(page),
                "others": _others("visitors"),
            }
        ),
        "revenue": record(
            {
                "filter": text("The filter that a row stands for.", const="channel"),
                "rows": array(
                    record(
                        {
                            "value": text(),
                            "currency": text(),
                            "revenue": number(),
                            "payments": _COUNT,
                            "visitors": _COUNT,
                        }
                    )
                ),
                "others": _others("visitors", "payments", revenue=array(money)),
                "model": text(const="last_touch"),
            }
        ),
        "funnel": record(
            {"steps": array(record({"value": text(), "visitors": nullable(_COUNT), "rate": nullable(_SHARE)}))}
        ),
        "links": record(
            {
                "now": clicks,
                "before": {"anyOf": [clicks, {"type": "null"}]},
                "points": array(point, "Clicks over time."),
                "rows": array(record({"value": text("The short code."), "clicks": _COUNT, "visitors": _COUNT})),
                "others": _others("clicks"),
                "ignored": array(text(), "Filters that clicks do not have."),
            }
        ),
        "retention": record(
            {
                "cohorts": array(record({"at": text(pattern=_DAY), "size": _COUNT, "kept": array(nullable(_COUNT))})),
                "others": _others("visitors"),
            }
        ),
    }


def _others(*counts: str, optional: tuple[str, ...] = (), **more: Schema) -> Schema:
    """Return the schema of the rows that are added up: those beyond the limit, and those of too few visitors."""
    added = record({**dict.fromkeys(("rows", *counts, *optional), _COUNT), **more}, optional=optional)
    return {"anyOf": [added, {"type": "null"}]}


def _either_answer() -> Schema:
    data = {"anyOf": [schema("DashboardData"), schema("DashboardHead")]}
    return record({"data": data, "meta": schema("Meta")})


def _json(name: str) -> Schema:
    return {"application/json": {"schema": record({"data": schema(name), "meta": schema("Meta")})}}


def _filter(name: str) -> Schema:
    found = parameters.components()[name]["schema"]
    return found if "enum" in found else {**found, "minLength": 1}


def _in_query(name: str, description: str, of: Schema, **more: Any) -> Schema:
    return {"name": name, "in": "query", "description": description, "schema": of, **more}


def _in_path(name: str, description: str, example: str) -> Schema:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": description,
        "schema": text(minLength=1),
        "example": example,
    }
