"""What the documents say of the routes of analytics and of QR codes: reports, parameters, answers."""

from typing import get_args

from pixel.foundation.errors import ErrorCode
from pixel.smart_links.analytics import LIMIT, LIMIT_MAX, LINK_REPORTS, USAGE, WORKSPACE_REPORTS
from pixel.smart_links.analytics_questions import DAYS_MAX, FILTERS, GRANULARITIES, HOURLY_DAYS_MAX, TRIGGERS
from pixel.smart_links.qr_codes import MARGIN_MAX, SIZE_MAX, SIZE_MIN, Format, Level
from tools.openapi.operation import Operation
from tools.openapi.schema import Schema, array, integer, nullable, number, one_of, record, ref, schema, text
from tools.openapi.smart_links import LINKS_TAG, MOMENT, SENDING, body, one, page_of, path, query

NEW_QR_CODE: Schema = {"linkId": "link_mx0roj4hz46vgxhf858b", "fg": "1d4ed8"}
_COUNT = integer(minimum=0)
_COLOR = text(pattern="^[0-9A-Fa-f]{6}$")
_BACKGROUND = text("Or transparent.", pattern="^([0-9A-Fa-f]{6}|transparent)$")
_SIZE = integer("Pixels.", minimum=SIZE_MIN, maximum=SIZE_MAX, default=512)
_MARGIN = integer("Modules.", minimum=0, maximum=MARGIN_MAX, default=4)
_STYLE: dict[str, Schema] = {
    "format": {**one_of(list(get_args(Format))), "default": "svg"},
    "size": _SIZE,
    "margin": _MARGIN,
    "level": {**one_of(list(get_args(Level)), "How much of it may be damaged."), "default": "M"},
    "fg": {**_COLOR, "default": "000000"},
    "bg": {**_BACKGROUND, "default": "ffffff"},
}


def parameters() -> dict[str, Schema]:
    """Return the parameters of the routes by name."""
    word = text(minLength=1)
    filters = {
        f"clicks_{name}": query(name, "Clicks with this value.", word)
        for name in FILTERS
        if name not in {"trigger", "includeBots"}
    }
    return {
        "clicks_from": query("from", "A day, or an instant; `start` is the same.", text()),
        "clicks_to": query("to", "A day, which is included, or an instant; `end` is the same.", text()),
        "clicks_start": query("start", "As `from`.", text()),
        "clicks_end": query("end", "As `to`.", text()),
        "clicks_days": query(
            "days", "So many days up to today, in place of dates.", integer(minimum=1, maximum=DAYS_MAX, default=30)
        ),
        "clicks_timezone": query("timezone", "Of days and of timestamps; UTC unless given.", text()),
        **filters,
        "clicks_trigger": query("trigger", "", one_of(list(TRIGGERS))),
        "clicks_includeBots": query("includeBots", "true counts bots too.", one_of(["true", "false"])),
        "clicks_granularity": query(
            "granularity", f"hour for at most {HOURLY_DAYS_MAX} days.", one_of(list(GRANULARITIES))
        ),
        "clicks_limit": query("limit", "Rows.", integer(minimum=1, maximum=LIMIT_MAX, default=LIMIT)),
        **{f"qr_{name}": query(name, "Of the picture.", style) for name, style in _STYLE.items()},
    }


def schemas() -> dict[str, Schema]:
    """Return the schemas of answers by name."""
    numbers = {
        **dict.fromkeys(("clicks", "uniqueClicks", "qrScans", "botClicks"), _COUNT),
        "lastClickedAt": nullable(MOMENT),
    }
    point = {"timestamp": text("Local, without a zone."), "clicks": _COUNT, "uniqueVisitors": _COUNT}
    counted = {
        "dimension": text("Empty where it is not known."),
        **dict.fromkeys(("clicks", "uniqueClicks", "unique_clicks"), _COUNT),
        "percentage": number("Of all clicks.", minimum=0, maximum=100),
        "country": text("Of a region or a city."),
        "shortUrl": nullable(text("Of a link that still exists.")),
        "title": nullable(text()),
    }
    rule = {
        "ruleId": nullable(text()),
        "name": nullable(text("That of now.")),
        "variant": _COUNT,
        "destinationUrl": nullable(text(format="uri")),
        "destinationHost": text("Where the last click led."),
    }
    listed = array(schema("ClicksOfValue"))
    reports = [
        schema("ClickTotals"),
        record({"timeseries": array(record({**point, "uniqueClicks": _COUNT})), "granularity": text()}),
        listed,
        {"type": "object", "description": "A list for each dimension.", "additionalProperties": listed},
        array(record({**rule, "clicks": _COUNT, "uniqueClicks": _COUNT})),
        record(
            {"links": _COUNT, "linksIsLowerBound": {"type": "boolean"}, "clicksThisMonth": _COUNT},
            optional=("linksIsLowerBound",),
        ),
    ]
    return {
        "ClickTotals": record({**numbers, "previous": record(numbers, description="Of the period before.")}),
        "ClicksOfValue": record(counted, optional=("country", "shortUrl", "title")),
        "ClickReport": {"anyOf": reports},
        "Click": {"type": "object", "description": "A click, without anything that tells who clicked."},
        "LiveClicks": record(
            {"minutes": array(record({"minute": MOMENT, "clicks": _COUNT})), "recent": array(schema("Click"))}
        ),
        "NewQrCode": {
            **record({"url": text(format="uri"), "linkId": text(), **_STYLE}, optional=("url", "linkId", *_STYLE)),
            "description": "`url` or `linkId`, and what it looks like.",
            "additionalProperties": False,
            "example": NEW_QR_CODE,
        },
        "QrCode": record({"svg": text(), "png": text("Base64.")}, optional=("svg", "png")),
    }


def operations() -> dict[str, Operation]:
    """Return the operations by function."""
    filters = tuple(ref("parameters", f"clicks_{name}") for name in FILTERS)
    of_link = tuple(ref("parameters", f"clicks_{name}") for name in FILTERS if name != "linkId")
    period = tuple(ref("parameters", f"clicks_{name}") for name in ("from", "to", "start", "end", "days", "timezone"))
    own = tuple(ref("parameters", f"clicks_{name}") for name in ("granularity", "limit"))
    link, missing, away = ref("parameters", "link_in_path"), ErrorCode.RECORD_NOT_FOUND, ErrorCode.TINYBIRD_ERROR
    style = tuple(ref("parameters", f"qr_{name}") for name in _STYLE)
    code = one(schema("QrCode"))
    pictures = {media_type: {"schema": {"type": "string"}} for media_type in ("image/svg+xml", "image/png")}
    return {
        "get_link_overview": Operation(
            tag=LINKS_TAG,
            description="The clicks of all links of the workspace, and those of the period before.",
            answer=one(schema("ClickTotals")),
            parameters=(*period, *filters),
            codes=(away,),
        ),
        "get_links_report": Operation(
            tag=LINKS_TAG,
            description="granularity is of timeseries alone, limit of lists; usage takes timezone alone.",
            answer=one(schema("ClickReport")),
            parameters=(_report([*WORKSPACE_REPORTS, USAGE]), *period, *own, *filters),
            codes=(away, ErrorCode.NOT_FOUND),
        ),
        "get_link_summary": Operation(
            tag=LINKS_TAG,
            description="The clicks of a link, which may be deleted, and those of the period before.",
            answer=one(schema("ClickTotals")),
            parameters=(link, *period, *of_link),
            codes=(missing, away),
        ),
        "get_link_report": Operation(
            tag=LINKS_TAG,
            description="granularity is of timeseries alone, limit of lists.",
            answer=one(schema("ClickReport")),
            parameters=(link, _report(list(LINK_REPORTS)), *period, *own, *of_link),
            codes=(missing, away),
        ),
        "list_clicks": Operation(
            tag=LINKS_TAG,
            description="Newest first, and nothing that tells who clicked.",
            answer=page_of(schema("Click")),
            parameters=(ref("parameters", "page"), ref("parameters", "clicks_limit"), *period, *filters),
            codes=(away,),
        ),
        "get_live_clicks": Operation(
            tag=LINKS_TAG,
            description="The last thirty whole minutes, and the last twenty clicks of that time.",
            answer=one(schema("LiveClicks")),
            parameters=filters,
            codes=(away,),
        ),
        "get_qr_code": Operation(
            tag=LINKS_TAG,
            description="It leads to the link with `qr=1`, so a scan counts as one. A PNG is a file for clients that "
            "accept image/png first of all, else base64 in JSON; it has whole pixels for each module.",
            answer={**code, **pictures},
            parameters=(link, *style),
            codes=(missing,),
            headers=("ETag",),
        ),
        "create_qr_code": Operation(
            tag=LINKS_TAG,
            description="Of a link, or of any public address. Nothing is stored.",
            answer=code,
            body=body("NewQrCode"),
            codes=(*SENDING, missing),
        ),
    }


def _report(names: list[str]) -> Schema:
    return path("report", "Which report.", "timeseries", one_of(names))
