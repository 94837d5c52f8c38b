"""The catalogue of pipes for callers: with `from` and `to` in place of the dates, and without workspace_id."""

from pixel.foundation import JsonObject
from pixel.tinybird.catalogue import Parameter, Pipe, catalogue

_API_PARAMETERS = {
    "date_from": ("from", "First day or instant of the period, YYYY-MM-DD or ISO 8601; default: 30 days ago"),
    "external_id_hash": (
        "external_id",
        "Instead of visitor_id: an id that identify linked to visitors, as sent; Tinybird gets its hash",
    ),
    "date_to": ("to", "Last day (inclusive) or end instant (exclusive) of the period; default: in one hour"),
}
_SHOWN = ("name", "type", "required", "default", "description")
_HIDDEN = "workspace_id"


def describe_pipes() -> list[JsonObject]:
    """Return the parameters and columns of each pipe."""
    return [_describe(pipe) for pipe in catalogue().values()]


def _describe(pipe: Pipe) -> JsonObject:
    shown = [_for_callers(parameter) for name, parameter in pipe.parameters.items() if name != _HIDDEN]
    in_order = sorted(shown, key=lambda one: (not one.required, one.name))
    parameters = [{name: getattr(parameter, name) for name in _SHOWN} for parameter in in_order]
    return {"name": pipe.name, "description": pipe.description, "parameters": parameters, "columns": pipe.columns}


def _for_callers(parameter: Parameter) -> Parameter:
    if parameter.name not in _API_PARAMETERS:
        return parameter
    name, description = _API_PARAMETERS[parameter.name]
    return parameter._replace(name=name, type="String", description=description)
