"""The parameters of paths and queries; those of pipes come from the catalogue."""

from collections import defaultdict
from functools import cache
from typing import Any

from pixel.events.fields import Country, Currency
from pixel.events.filters import EXTERNAL_ID_CHARACTERS_MAX, FILTERS
from pixel.foundation.ids import EVENT_ID, EVENT_ID_FORM, ID_CHARACTERS_MAX, WEBSITE_ID
from pixel.http.query import TEXT_CHARACTERS_MAX
from pixel.reports.csv_rows import FORMATS
from pixel.reports.pipes import describe_pipes
from pixel.reports.pipes_query import FIX, PIPES_MAX
from pixel.reports.visitors import ID_TYPES
from pixel.reports.window import PARAMETERS as WINDOW
from pixel.tinybird.catalogue import Parameter, Pipe, catalogue
from pixel.workspaces.alert_kind import ALERT
from pixel.workspaces.destination_kind import DESTINATION
from pixel.workspaces.errors import with_article
from pixel.workspaces.goal_kind import GOAL
from pixel.workspaces.key_reading import KINDS
from pixel.workspaces.key_responses import KEY
from pixel.workspaces.list_route import RECORDS_MAX
from pixel.workspaces.report_kind import REPORT
from pixel.workspaces.share_link_kind import SHARE_LINK
from pixel.workspaces.website_kind import WEBSITE
from tools.openapi import analytics_operations, hook_operations, infinity, link_operations, pxl, rule_operations
from tools.openapi.fields import CONTROL, MONTH_AND_DAY, OFFSET, SCHEMAS, TIME_OF_DAY
from tools.openapi.schema import Schema, ref, text

COMMON = ("website_id", *WINDOW)
_NAMES_OF_PIPES = {"external_id": "external_id_hash"}
_LONGEST = {"visitor_id": ID_CHARACTERS_MAX, "external_id_hash": EXTERNAL_ID_CHARACTERS_MAX}
_CODES = {"country": SCHEMAS[Country], "currency": SCHEMAS[Currency]}
_OF_MANY = ("minutes", "limit", "offset", "include_bots")
_EXAMPLES = {"steps": "/pricing,/signup,goal:signup", "visitor_id": "v_1", "property_key": "plan"}
_YEAR = r"(19[7-9]\d|20\d\d|210[0-5])"  # the years that pixel.reports.window accepts
_MOMENT = rf"^{_YEAR}-{MONTH_AND_DAY}(T{TIME_OF_DAY}(Z|{OFFSET}))?$"
_INSTANT = rf"^{_YEAR}-{MONTH_AND_DAY}T{TIME_OF_DAY}(Z|{OFFSET})$"
_FORM = "YYYY-MM-DD, a day of the time zone, or an instant with its zone"


def components() -> dict[str, Schema]:
    """Return the parameters that several routes take, by name."""
    return {
        "website_id": _query(
            "website_id",
            "One website of the workspace; all of them without it.",
            text(pattern=f"^{WEBSITE_ID}$"),
            example="admx_demo",
        ),
        "from": _query("from", f"{_FORM}. 30 days before `to` unless given.", _moment()),
        "to": _query("to", f"{_FORM}. A day is inclusive, an instant exclusive; in an hour unless given.", _moment()),
        "timezone": _query(
            "timezone",
            "Name in the IANA time zone database; days, weeks and months are its own.",
            text(format="iana-time-zone", pattern="^[A-Za-z0-9_+/-]+$", default="UTC"),
            example="Europe/Berlin",
        ),
        "pipe": _path("pipe", "One of the pipes.", text(enum=list(catalogue())), example="p_top_pages"),
        "visitor": _path(
            "id",
            "The visitor's id, URL-encoded as one segment; it is trimmed.",
            text(minLength=1, maxLength=ID_CHARACTERS_MAX, pattern=rf"^[^{CONTROL}]*[^\s{CONTROL}][^{CONTROL}]*$"),
            example="v_1",
        ),
        "event_in_path": _path(
            "id",
            "The id of an event, yours or the one that was made.",
            text(pattern=f"^{EVENT_ID}$"),
            example="order-1001",
        ),
        "id_type": _query(
            "id_type",
            "What the id in the path is: visitor_id unless given, or an external id that identify linked to visitors.",
            text(enum=list(ID_TYPES)),
        ),
        "format": _query(
            "format",
            "CSV instead of JSON; `Accept: text/csv` asks for it too.",
            text(enum=list(FORMATS)),
            example="csv",
        ),
        "idempotency_key": {
            "name": "Idempotency-Key",
            "in": "header",
            "description": f"The same as `event_id` in the body; it {EVENT_ID_FORM}",
            "schema": text(pattern=f"^{EVENT_ID}$"),
        },
        **_of_records(),
        **hook_operations.parameters(),
        **infinity.parameters(),
        **link_operations.parameters(),
        **rule_operations.parameters(),
        **pxl.parameters(),
        **analytics_operations.parameters(),
        **_shared_parameters(),
    }


def _of_records() -> dict[str, Schema]:
    """Return the parameters of the routes of records, by name."""
    kinds = (ALERT, DESTINATION, GOAL, KEY, REPORT, SHARE_LINK, WEBSITE)
    return {
        **{
            f"{kind.noun.replace(' ', '_')}_in_path": _path(
                "id",
                f"The id of {with_article(kind.noun)}.",
                text(pattern=rf"^{kind.id_prefix}_[A-Za-z0-9_-]{{1,32}}$"),
                example=f"{kind.id_prefix}_mx0roj4hz46vgxhf858b",  # of none, so that trying it out deletes nothing
            )
            for kind in kinds
        },
        "key_kind": _query("kind", "Only keys of this kind.", text(enum=list(KINDS))),
        "live": _query("live", "Only keys that work.", text(enum=["true"])),
        "deleted": _query("deleted", "Return deleted ones too.", text(enum=["true", "false"])),
        "updated_since": _query(
            "updated_since",
            "Only what was created or changed since this instant, which has a time zone.",
            text(format="instant", pattern=_INSTANT),
            example="2026-01-31T18:00:00Z",
        ),
        "domain": _query("domain", "Only the website with this domain.", text(minLength=1, pattern=r"^[!-~]+$")),
        "limit": _query(
            "limit", "Records on a page.", {"type": "integer", "minimum": 1, "maximum": RECORDS_MAX}, example=100
        ),
        "cursor": _query(
            "cursor",
            "The `meta.next_cursor` of the page before, with the same filters.",
            text(maxLength=1024, pattern="^[A-Za-z0-9_-]+$"),
        ),
        "if_match": {
            "name": "If-Match",
            "in": "header",
            "description": "The ETag of the revision that you read, or * for any.",
            "schema": text(),
            "example": '"1"',
        },
        "create_key": {
            "name": "Idempotency-Key",
            "in": "header",
            "description": f"Yours, so that one record is created; it {EVENT_ID_FORM}",
            "schema": text(pattern=f"^{EVENT_ID}$"),
        },
    }


def of_reports() -> list[Schema]:
    """Return the parameters that every pipe takes."""
    return [ref("parameters", name) for name in COMMON]


def of_several_pipes() -> list[Schema]:
    """Return the parameters of a token for several pipes, the filters that it can fix among them."""
    shared = _shared_parameters()
    pipes = _query(
        "pipes",
        f"1 to {PIPES_MAX} different pipes, with commas between them.",
        text(pattern="^[a-z0-9_]+(,[a-z0-9_]+)*$"),
        example="p_top_pages,p_geo",
    )
    fixed = [
        _query(f"{FIX}{name}", f"Fixes the filter `{name}` of all pipes.", shared[name]["schema"]) for name in FILTERS
    ]
    visitor = _query(
        "visitor_id", "The visitor of `p_visitor_profile` and `p_visitor_timeline`.", shared["visitor_id"]["schema"]
    )
    return [{**pipes, "required": True}, visitor, *fixed]


def of_pipe(pipe: Pipe) -> list[Schema]:
    """Return all parameters of a pipe: its own, with bounds and defaults, before those of many pipes and filters."""
    shared = _shared_parameters()
    by_name = {
        parameter["name"]: ref("parameters", parameter["name"])
        if parameter == shared.get(parameter["name"])
        else parameter
        for parameter in _own_parameters()[pipe.name]
    }
    own = [parameter for name, parameter in by_name.items() if name not in (*_OF_MANY, *FILTERS)]
    of_many, filters = ([by_name[name] for name in names if name in by_name] for names in (_OF_MANY, FILTERS))
    return [*own, *of_reports(), *of_many, ref("parameters", "format"), *filters]


def _shared_parameters() -> dict[str, Schema]:
    """Return the parameters that several pipes take and describe alike, by name."""
    found: dict[str, list[Schema]] = defaultdict(list)
    for parameter in (parameter for own in _own_parameters().values() for parameter in own):
        found[parameter["name"]].append(parameter)
    usual = {name: max(alike, key=alike.count) for name, alike in sorted(found.items())}
    return {name: parameter for name, parameter in usual.items() if found[name].count(parameter) > 1}


@cache
def _own_parameters() -> dict[str, list[Schema]]:
    return {
        described["name"]: [
            _own_parameter(parameter, _known(described["name"], parameter["name"]))
            for parameter in described["parameters"]
            if parameter["name"] not in COMMON
        ]
        for described in describe_pipes()
    }


def _known(pipe: str, name: str) -> Parameter:
    return catalogue()[pipe].parameters[_NAMES_OF_PIPES.get(name, name)]


def _own_parameter(parameter: Schema, known: Parameter) -> Schema:
    # No `default` in the schema: clients would send it, and some parameters exclude each other.
    default = "" if parameter["default"] in (None, "") else f" Default {parameter['default']}."
    more: Schema = {"required": True} if parameter["required"] else {}
    if parameter["name"] in _EXAMPLES and (parameter["required"] or parameter["name"] not in FILTERS):
        more["example"] = _EXAMPLES[parameter["name"]]
    return _query(parameter["name"], f"{parameter['description']}.{default}", _schema_of(known), **more)


def _schema_of(parameter: Parameter) -> Schema:
    """Return the schema of a parameter, with the bounds or the values that its pipe takes."""
    if parameter.lowest is not None:
        return {"type": "integer", "minimum": parameter.lowest, "maximum": parameter.highest}
    if parameter.values and parameter.type.startswith("Int"):
        return {"type": "integer", "enum": [int(value) for value in parameter.values]}
    if parameter.values:
        return text(enum=list(parameter.values))
    if parameter.name in _CODES:
        return _CODES[parameter.name]
    longest = _LONGEST.get(parameter.name, TEXT_CHARACTERS_MAX)
    shortest = 1 if parameter.required else 0  # an empty value of an optional parameter is ignored
    return text(minLength=shortest, maxLength=longest, pattern=rf"^[^{CONTROL}]*$")


def _moment() -> Schema:
    return text(format="day-or-instant", pattern=_MOMENT)


def _query(name: str, description: str, schema: Schema, **more: Any) -> Schema:
    return {"name": name, "in": "query", "description": description, "schema": schema, **more}


def _path(name: str, description: str, schema: Schema, **more: Any) -> Schema:
    return {"name": name, "in": "path", "required": True, "description": description, "schema": schema, **more}
