"""The bodies of requests, generated from the models that read them."""

from pixel.events.models import EVENT_ADAPTER, EVENTS_MAX, IDENTIFY, Identify
from tools.openapi.fields import SCHEMAS
from tools.openapi.models import adapters_of, schemas_of
from tools.openapi.schema import Schema, array, schema, text

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
    "transaction_id": "Yours: a payment of the website counts once for each, under whichever event_id.",
    "refund_id": "Tells several refunds of one transaction_id, which it needs, apart, if their event_id does not.",
    "external_id": "Who the visitor is in your own system. E-mail addresses are lower-cased; only a SHA-256 is kept.",
    "traits": "What is known of the visitor. E-mail addresses and phone numbers are hashed; names may hold none.",
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
# Rules of the model that concern two fields.
_URL_OR_PATH = [
    {"required": ["url"], "properties": {"url": {"type": "string"}}},
    {"required": ["path"], "properties": {"path": {"type": "string", "minLength": 1}}},
]


def schemas() -> dict[str, Schema]:
    """Return the schemas of an event, of each kind of event, of a batch and of an identify."""
    found = schemas_of({"Event": EVENT_ADAPTER, **adapters_of(Identify)}, SCHEMAS)
    for name, example in _EXAMPLES.items():
        found[name] |= {"properties": _described(found[name]["properties"]), "example": example}
    found["Pageview"] |= {
        "description": "A page that a visitor viewed: its `url`, or its `path`.",
        "anyOf": _URL_OR_PATH,
    }
    found["Batch"] = {
        "type": "object",
        "required": ["events"],
        "additionalProperties": False,
        "properties": {"events": array(schema("BatchEvent"), minItems=1, maxItems=EVENTS_MAX)},
    }
    found["BatchEvent"] = _with_identify(found)
    return found


def _with_identify(found: dict[str, Schema]) -> Schema:
    """Return the schema of an event of a batch, and add the one of an identify with a name."""
    identify, name = found["Identify"], text("That it is an identify.", const=IDENTIFY)
    found["NamedIdentify"] = {
        **identify,
        "description": f"{identify['description']} In a batch, its name is {IDENTIFY}.",
        "properties": {**identify["properties"], "name": name},
        "required": [*identify["required"], "name"],
        "example": {**identify["example"], "name": IDENTIFY},
    }
    event, named = found["Event"], schema("NamedIdentify")
    mapping = {**event["discriminator"]["mapping"], IDENTIFY: named["$ref"]}
    return {"oneOf": [*event["oneOf"], named], "discriminator": {**event["discriminator"], "mapping": mapping}}


def event_body() -> Schema:
    """Return the request body of a single event."""
    examples = {name.lower(): {"value": example} for name, example in _EXAMPLES.items() if name != "Identify"}
    return {"required": True, "content": {"application/json": {"schema": schema("Event"), "examples": examples}}}


def batch_body() -> Schema:
    """Return the request body of a batch, in its two forms."""
    events = [_EXAMPLES["Pageview"], _EXAMPLES["Payment"]]
    return {
        "required": True,
        "description": f"At most {EVENTS_MAX:,} events and 4 MB; each event at most 32 KB.",
        "content": {
            "application/json": {"schema": schema("Batch"), "example": {"events": events}},
            "application/x-ndjson": {
                "schema": text(
                    "One event or identify on each line, as in the other form; empty lines are ignored.", pattern=r"\S"
                ),
                "example": '{"website_id": "admx_demo", "name": "pageview", "path": "/"}\n',
            },
        },
    }


def identify_body() -> Schema:
    """Return the request body of an identify."""
    content = {"schema": schema("Identify"), "example": _EXAMPLES["Identify"]}
    return {"required": True, "content": {"application/json": content}}


def _described(properties: dict[str, Schema]) -> dict[str, Schema]:
    """Add the descriptions of fields, before the rest of each schema."""
    described = {}
    for name, found in properties.items():
        words = " ".join(filter(None, [_DESCRIPTIONS.get(name), found.get("description")]))
        described[name] = {**({"description": words} if words else {}), **_without_description(found)}
    return described


def _without_description(found: Schema) -> Schema:
    return {key: value for key, value in found.items() if key != "description"}
