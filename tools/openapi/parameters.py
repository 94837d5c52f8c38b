"""The parameters of paths and queries; those of the pipes from the catalogue."""

import re
from collections import defaultdict
from typing import Any

from pixel.foundation.ids import EVENT_ID, EVENT_ID_FORM, ID_CHARACTERS_MAX, WEBSITE_ID
from pixel.reports.pipes import describe_pipes
from pixel.reports.question import parameters_for_callers
from pixel.reports.window import PARAMETERS as WINDOW
from pixel.tinybird.catalogue import Pipe, catalogue
from tools.openapi.fields import CONTROL, MONTH_AND_DAY, OFFSET, TIME_OF_DAY
from tools.openapi.schema import Schema, ref, text

COMMON = ("website_id", *WINDOW)
_YEAR = r"(19[7-9]\d|20\d\d|210[0-5])"  # those of report_window
_MOMENT = rf"^{_YEAR}-{MONTH_AND_DAY}(T{TIME_OF_DAY}(Z|{OFFSET}))?$"
_FORM = "YYYY-MM-DD, a day of the time zone, or an instant with its zone"
_RANGE = re.compile(r"(\w+) must be from (\d+) to (\d+)\b")
_CHOICE = re.compile(r"(\w+) must be ([\w, ]+ or \w+)$")
_TEXT_CHARACTERS_MAX = 1024


def components() -> dict[str, Schema]:
    return {
        "website_id": _query(
            "website_id",
            "One website of the workspace; all of them without it.",
            text(pattern=f"^{WEBSITE_ID.pattern}$"),
            example="admx_demo",
        ),
        "from": _query("from", f"{_FORM}. 30 days before `to` unless given.", _moment()),
        "to": _query("to", f"{_FORM}. A day is inclusive, an instant exclusive; in an hour unless given.", _moment()),
        "timezone": _query(
            "timezone",
            "Name in the IANA time zone database; days, weeks and months are its own.",
            text(format="iana-time-zone", minLength=1, default="UTC"),
            example="Europe/Berlin",
        ),
        "pipe": _path("pipe", "One of the pipes.", text(enum=list(catalogue())), example="p_top_pages"),
        "visitor": _path(
            "id",
            "The visitor's id, URL-encoded as one segment; it is trimmed.",
            text(minLength=1, maxLength=ID_CHARACTERS_MAX, pattern=rf"^[^{CONTROL}]*[^\s{CONTROL}][^{CONTROL}]*$"),
            example="v_1",
        ),
        "idempotency_key": {
            "name": "Idempotency-Key",
            "in": "header",
            "description": f"The same as `event_id` in the body. {EVENT_ID_FORM}.",
            "schema": text(pattern=f"^{EVENT_ID.pattern}$"),
        },
        **{f"pipe_{name}": parameter for name, parameter in _own_parameters().items()},
    }


def of_reports() -> list[Schema]:
    return [ref("parameters", name) for name in COMMON]


def of_query() -> list[Schema]:
    return [*of_reports(), *(ref("parameters", f"pipe_{name}") for name in _own_parameters())]


def taken_by(pipe: Pipe) -> dict[str, bool]:
    """Name of each of the pipe's own parameters -> whether it is required."""
    own = sorted(parameters_for_callers(pipe) - {*COMMON})
    return {name: pipe.parameters[name].required for name in own}


def _own_parameters() -> dict[str, Schema]:
    """Each once, though pipes differ in which they take, in defaults and in words."""
    uses: dict[str, dict[str, Schema]] = defaultdict(dict)
    for described in describe_pipes():
        pipe = catalogue()[str(described["name"])]
        for parameter in described["parameters"]:
            if parameter["name"] in taken_by(pipe):
                uses[parameter["name"]][pipe.name] = parameter
    return {name: _own_parameter(name, by_pipe) for name, by_pipe in sorted(uses.items())}


def _own_parameter(name: str, by_pipe: dict[str, Schema]) -> Schema:
    words: dict[str, list[str]] = defaultdict(list)
    for pipe, parameter in by_pipe.items():
        default = "" if parameter["default"] in (None, "") else f" Default {parameter['default']}."
        required = " Required." if parameter["required"] else ""
        words[f"{parameter['description']}.{default}{required}"].append(pipe)
    lines = [f"{said} {_taken_by(pipes)}" for said, pipes in words.items()]
    return _query(name, "\n\n".join(lines), _schema_of(next(iter(by_pipe.values())), list(by_pipe)))


def _taken_by(pipes: list[str]) -> str:
    missing = [name for name in catalogue() if name not in pipes]
    if not missing:
        return "Taken by every pipe."
    if len(missing) < len(pipes):
        return f"Taken by every pipe but {', '.join(missing)}."
    return f"Taken by {', '.join(pipes)}."


def _schema_of(parameter: Schema, pipes: list[str]) -> Schema:
    """Bounds and choices are what the pipes' own refusals say."""
    name, is_whole = parameter["name"], parameter["type"].startswith("Int")
    refusals = {sentence for pipe in pipes for sentence in catalogue()[pipe].refusals}
    ranges = {found.groups() for said in refusals if (found := _RANGE.match(said)) and found[1] == name}
    choices = {found[2] for said in refusals if (found := _CHOICE.match(said)) and found[1] == name}
    if ranges:
        [(_, lowest, highest)] = ranges
        return {"type": "integer", "minimum": int(lowest), "maximum": int(highest)}
    if choices:
        [named] = choices
        values = re.split(r", | or ", named)
        return {"type": "integer", "enum": [int(value) for value in values]} if is_whole else text(enum=values)
    longest = ID_CHARACTERS_MAX if name == "visitor_id" else _TEXT_CHARACTERS_MAX
    shortest = 1 if parameter["required"] else 0  # elsewhere an empty text is no filter
    return text(minLength=shortest, maxLength=longest, pattern=rf"^[^{CONTROL}]*$")


def _moment() -> Schema:
    return text(format="day-or-instant", pattern=_MOMENT)


def _query(name: str, description: str, schema: Schema, **more: Any) -> Schema:
    return {"name": name, "in": "query", "description": description, "schema": schema, **more}


def _path(name: str, description: str, schema: Schema, **more: Any) -> Schema:
    return {"name": name, "in": "path", "required": True, "description": description, "schema": schema, **more}
