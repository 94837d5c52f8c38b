"""What the documents say of rules of short links, and of their simulation."""

from typing import Any, get_args

from pixel.foundation.errors import ErrorCode
from pixel.links import rules
from pixel.links.rules_fields import FIELDS
from pixel.smart_links.names import as_written
from pixel.workspaces.models import Name
from pixel.workspaces.websites import TimeZone
from tools.openapi.link_operations import types as link_types
from tools.openapi.models import adapters_of, schemas_of
from tools.openapi.operation import Operation
from tools.openapi.schema import Schema, array, integer, nullable, one_of, record, ref, schema, text
from tools.openapi.smart_links import CREATING, MOMENT, PAGE, RULES_TAG, SENDING, body, one, page_of, path, query

_ID = "rule_mx0roj4hz46vgxhf858b"
_LINK_ID = "link_mx0roj4hz46vgxhf858b"
_RULE = ref("parameters", "rule_in_path")
NEW: Schema = {
    "linkId": _LINK_ID,
    "name": "Phones in Germany",
    "destinationUrl": "https://www.example.com/de/app",
    "conditions": [
        {"field": "country", "operator": "in", "value": ["DE", "AT"]},
        {"field": "deviceType", "operator": "equals", "value": "mobile"},
    ],
}
CHANGES: Schema = {"priority": 10}
SIMULATION: Schema = {"linkId": _LINK_ID, "request": {"country": "DE", "userAgent": "Mozilla/5.0 (iPhone)"}}


def parameters() -> dict[str, Schema]:
    """Return the parameters of the routes by name."""
    return {
        "rule_in_path": path("ruleId", "Its id.", _ID),
        "rule_link": query("linkId", "Rules of one link.", text(minLength=1)),
        "rule_enabled": query("enabled", "", one_of(["true", "false"])),
    }


def schemas() -> dict[str, Schema]:
    """Return the schemas of bodies and answers by name."""
    bodies = schemas_of(adapters_of(as_written(rules.NewRule), as_written(rules.RuleChanges)), _types())
    bodies["NewRule"]["example"] = NEW
    bodies["RuleChanges"] |= {"minProperties": 1, "example": CHANGES}
    asked = schemas_of(adapters_of(as_written(rules.SimulatedRequest)), _types())
    fields = {name: one for name, one in bodies["NewRule"]["properties"].items() if name != "linkId"}
    moments = {name: nullable(MOMENT) for name in ("startsAt", "endsAt")}
    shown = {name: nullable(one) for name, one in fields.items()} | moments
    tried = record({"ruleId": text(), "matched": {"type": "boolean"}, "because": text("A sentence.")})
    return {
        **bodies,
        **asked,
        "Rule": record({"id": text(), "linkId": text(), **shown, "createdAt": MOMENT, "updatedAt": MOMENT}),
        "Simulation": {
            **record(
                {
                    "linkId": text(),
                    "at": nullable(text("Now unless given.", format="date-time")),
                    "request": schema("SimulatedRequest"),
                },
                optional=("at", "request"),
            ),
            "additionalProperties": False,
            "example": SIMULATION,
        },
        "Simulated": record(
            {
                "outcome": text("As a click would have it, or not_found."),
                "ruleId": nullable(text()),
                "destinationUrl": nullable(text(format="uri")),
                "evaluated": array(tried, "The rules that were tried, in their order."),
            }
        ),
    }


def operations() -> dict[str, Operation]:
    """Return the operations by function."""
    missing = ErrorCode.RECORD_NOT_FOUND
    changing = Operation(
        tag=RULES_TAG,
        description="The given fields alone; null removes one. One kind of destination takes the place of the other.",
        answer=one(schema("Rule")),
        parameters=(_RULE,),
        body=body("RuleChanges"),
        codes=(*SENDING, missing, ErrorCode.CONCURRENT_CHANGE, ErrorCode.FEATURE_NOT_AVAILABLE),
    )
    return {
        "list_rules": Operation(
            tag=RULES_TAG,
            description="Newest first.",
            answer=page_of(schema("Rule")),
            parameters=(*PAGE, ref("parameters", "rule_link"), ref("parameters", "rule_enabled")),
        ),
        "create_rule": Operation(
            tag=RULES_TAG,
            description=f"A link may have {rules.RULES_MAX}. Of several `destinations` with weights, a visitor always "
            "gets the same.",
            answer=one(schema("Rule")),
            status=201,
            parameters=(ref("parameters", "create_key"),),
            body=body("NewRule"),
            codes=(*CREATING, missing, ErrorCode.LIMIT_REACHED, ErrorCode.FEATURE_NOT_AVAILABLE),
            headers=("Idempotent-Replayed",),
        ),
        "get_rule": Operation(
            tag=RULES_TAG, description="Whole.", answer=one(schema("Rule")), parameters=(_RULE,), codes=(missing,)
        ),
        "update_rule": changing,
        "replace_rule": changing,
        "delete_rule": Operation(
            tag=RULES_TAG,
            description="Its link follows the others.",
            answer=one(schema("DeletedRecord")),
            parameters=(_RULE,),
            codes=(missing, ErrorCode.CONCURRENT_CHANGE),
        ),
        "simulate_rules": Operation(
            tag=RULES_TAG,
            description="By the code that leads visitors. Nothing is recorded, and no limit is used up.",
            answer=one(schema("Simulated")),
            body=body("Simulation"),
            codes=(*SENDING, missing),
        ),
    }


def _types() -> dict[Any, Schema]:
    operators = sorted({operator for field in FIELDS.values() for operator in field.operators})
    value: Schema = {
        "type": ["string", "number", "boolean", "array"],
        "description": "What the field is compared with.",
        "items": {"type": ["string", "number", "boolean"]},
    }
    condition = {
        **record(
            {
                "field": text(f"{', '.join(FIELDS)}, or query. and the name of a parameter."),
                "operator": one_of(operators, "Each field has some of them."),
                "value": value,
            },
            optional=("value",),
        ),
        "additionalProperties": False,
    }
    destination = {
        **record({"url": text(format="uri"), "weight": integer(minimum=1, maximum=rules.WEIGHT_MAX)}),
        "additionalProperties": False,
    }
    return {
        **link_types(),
        Name: text("Printable; trimmed."),
        TimeZone: text("An IANA name, for time, dayOfWeek and date; without it UTC.", format="iana-time-zone"),
        rules.Priority: integer("Lower first."),
        rules.Description: text("Lines of text."),
        rules.OneLogic: one_of(list(get_args(rules.ConditionLogic)), "Whether all must hold, or any."),
        rules.OneSticky: one_of(list(get_args(rules.Sticky)), "How a visitor gets the same destination again."),
        rules.PlainText: text(),
        rules.Trigger: one_of(["link", "qr"]),
        rules.Conditions: array(condition, minItems=1, maxItems=rules.CONDITIONS_MAX),
        rules.Destinations: array(destination, minItems=rules.DESTINATIONS_MIN, maxItems=rules.DESTINATIONS_MAX),
    }
