"""The bodies of requests, from the models that read them."""

from types import NoneType
from typing import Literal, get_args, get_origin

from pixel.events.model_schemas import Field, Model, fields_of
from pixel.events.models import Custom, Identify, Pageview, Payment
from tools.openapi.fields import SCHEMAS
from tools.openapi.schema import Schema, array, nullable, schema, text

_EVENTS: dict[str, type[Model]] = {"Pageview": Pageview, "Custom": Custom, "Payment": Payment}
_DESCRIPTIONS = {
    "name": "What kind of event it is.",
    "visitor_id": "Who did it; a UUID is made if it is left out.",
    "event_id": "Yours, so that the event counts once however often it is sent; made if it is left out.",
    "timestamp": "The time of receipt if it is left out.",
    "session_id": "Your own session; without it, visits are made of what a visitor does within 30 minutes.",
    "path": "Of the page, if there is no url.",
    "referrer": "Where the visitor came from; the website itself counts as nowhere.",
    "user_agent": "Of the visitor: device, browser, system and bots are told from it.",
    "language": "Such as en-GB.",
    "device": "Derived from user_agent unless given, as are browser and os.",
    "utm_source": "Derived from the query of url unless given, as are the other utm_ fields.",
    "goal_name": "Which goal was reached.",
    "refund": "The amount is subtracted.",
    "transaction_id": "Yours: a payment of the website counts once for each.",
    "external_id": "Who the visitor is in your own system. E-mail addresses are lower-cased; only a SHA-256 is kept.",
    "traits": "What is known of the visitor. E-mail addresses and phone numbers are hashed.",
}
_EXAMPLES: dict[str, Schema] = {
    "Pageview": {
        "website_id": "admx_demo",
        "name": "pageview",
        "url": "https://demo.example.com/pricing?utm_source=newsletter",
        "referrer": "https://www.google.com/",
        "visitor_id": "v_1",
    },
    "Custom": {"website_id": "admx_demo", "name": "custom", "goal_name": "signup", "visitor_id": "v_1"},
    "Payment": {
        "website_id": "admx_demo",
        "name": "payment",
        "amount": 99.5,
        "currency": "USD",
        "transaction_id": "order-1",
        "visitor_id": "v_1",
    },
    "Identify": {
        "website_id": "admx_demo",
        "visitor_id": "v_1",
        "external_id": "jane@example.com",
        "traits": {"plan": "pro"},
    },
}
# What the model checks about two fields at once.
_URL_OR_PATH = [
    {"required": ["url"], "properties": {"url": {"type": "string"}}},
    {"required": ["path"], "properties": {"path": {"type": "string", "minLength": 1}}},
]


def schemas() -> dict[str, Schema]:
    found = {name: _of_model(name, model) for name, model in _EVENTS.items()}
    found["Identify"] = _of_model("Identify", Identify)
    found["Pageview"]["anyOf"] = _URL_OR_PATH
    names = {_name_of(model): f"#/components/schemas/{name}" for name, model in _EVENTS.items()}
    return {
        "Event": {
            "oneOf": [schema(name) for name in _EVENTS],
            "discriminator": {"propertyName": "name", "mapping": names},
        },
        **found,
        "Batch": {
            "type": "object",
            "required": ["events"],
            "additionalProperties": False,
            "properties": {"events": array(schema("Event"), minItems=1, maxItems=1000)},
        },
    }


def event_body() -> Schema:
    examples = {model.lower(): {"value": _EXAMPLES[model]} for model in _EVENTS}
    return {"required": True, "content": {"application/json": {"schema": schema("Event"), "examples": examples}}}


def batch_body() -> Schema:
    events = [_EXAMPLES["Pageview"], _EXAMPLES["Payment"]]
    return {
        "required": True,
        "description": "At most 1,000 events and 4 MB; each event at most 32 KB.",
        "content": {
            "application/json": {"schema": schema("Batch"), "example": {"events": events}},
            "application/x-ndjson": {
                "schema": text(
                    "One event on each line, as in the other form; empty lines are passed over.", pattern=r"\S"
                ),
                "example": '{"website_id": "admx_demo", "name": "pageview", "path": "/"}\n',
            },
        },
    }


def identify_body() -> Schema:
    content = {"schema": schema("Identify"), "example": _EXAMPLES["Identify"]}
    return {"required": True, "content": {"application/json": content}}


def _of_model(name: str, model: type[Model]) -> Schema:
    fields = fields_of(model)
    return {
        "type": "object",
        "required": [name for name, field in fields.items() if field.is_required],
        "additionalProperties": False,
        "properties": {name: _of_field(name, field) for name, field in fields.items()},
        "example": _EXAMPLES[name],
    }


def _of_field(name: str, field: Field) -> Schema:
    hint = field.annotation
    if get_origin(hint) is Literal:
        [value] = get_args(hint)
        return text(_DESCRIPTIONS[name], const=value)
    inner = [part for part in get_args(hint) if part is not NoneType] if NoneType in get_args(hint) else [hint]
    found = dict(SCHEMAS[inner[0]])
    said = [_DESCRIPTIONS.get(name, ""), found.pop("description", "")]
    described = {"description": " ".join(filter(None, said))} if any(said) else {}
    if NoneType in get_args(hint):
        return {**described, **nullable(found)}
    return {**described, **found, **({} if field.is_required else {"default": field.default})}


def _name_of(model: type[Model]) -> str:
    [value] = get_args(fields_of(model)["name"].annotation)
    return str(value)
