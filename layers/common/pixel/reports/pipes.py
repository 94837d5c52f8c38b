"""The catalogue of pipes as callers of this API see it: `from` and `to` in place of the dates, and no workspace_id."""

from pixel.foundation import JsonObject
from pixel.tinybird.catalogue import Parameter, Pipe, catalogue

_OF_THE_API = {
    "date_from": ("from", "First day or moment of the report, YYYY-MM-DD or ISO 8601; 30 days ago unless given"),
    "date_to": ("to", "Last day, inclusive, or the moment after the last; in an hour unless given"),
}
_NEVER_GIVEN = "workspace_id"


def describe_pipes() -> list[JsonObject]:
    """Return what each pipe takes and gives."""
    return [_describe(pipe) for pipe in catalogue().values()]


def _describe(pipe: Pipe) -> JsonObject:
    shown = [_as_given(parameter) for name, parameter in pipe.parameters.items() if name != _NEVER_GIVEN]
    parameters = [parameter._asdict() for parameter in sorted(shown, key=lambda one: (not one.required, one.name))]
    return {"name": pipe.name, "description": pipe.description, "parameters": parameters, "columns": pipe.columns}


def _as_given(parameter: Parameter) -> Parameter:
    if parameter.name not in _OF_THE_API:
        return parameter
    name, description = _OF_THE_API[parameter.name]
    return parameter._replace(name=name, type="String", description=description)
