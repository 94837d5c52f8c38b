"""The schemas of the fields of alerts."""

from typing import Any, get_args

from pixel.automation.preview import WINDOWS_MAX, WindowCount
from pixel.events.filters import FILTERS
from pixel.workspaces import alert_fields, alerts, vocabulary
from pixel.workspaces.alert_fields import ALERT_FILTERS
from tools.openapi import parameters
from tools.openapi.schema import Schema, array, integer, moment, nullable, number, one_of, record, text

PREVIEW_EXAMPLE: Schema = {"website_id": "admx_demo", "metric": "visitors", "kind": "anomaly", "windows": 48}
TIME_OF_DAY = "^([01][0-9]|2[0-3]):[0-5][0-9]$"


def alert_field_types() -> dict[Any, Schema]:
    """Return the schemas of the types of the fields."""
    return {
        alerts.Threshold: number(
            "At least 0; for bounce_rate a fraction from 0 to 1; for change a fraction of the value a week before; for "
            f"anomaly from {alerts.Z_MIN} to {alerts.Z_MAX}, {alerts.Z_DEFAULT} unless given."
        ),
        alert_fields.OneMetric: one_of(list(get_args(vocabulary.Metric)), "One of those of p_metric_series."),
        alert_fields.OneChannel: one_of(list(get_args(vocabulary.AlertChannel))),
        alert_fields.OneKind: one_of(
            list(get_args(vocabulary.AlertKind)),
            "What a value is compared with: a number, the value a week before, or what is usual at that time.",
        ),
        alert_fields.OneDirection: one_of(list(get_args(vocabulary.AlertDirection)), "either is for anomaly alone."),
        alert_fields.OneWindow: one_of(
            list(get_args(vocabulary.Window)), "How long the windows are; they begin at full local times."
        ),
        alert_fields.OneMissing: one_of(
            list(get_args(vocabulary.Missing)), "What becomes of the alert while its metric cannot be known."
        ),
        alert_fields.AlertFilters: {
            "type": "object",
            "description": "What is counted alone. goal, the name of one, is for conversions; currency for revenue.",
            "properties": {name: _filter(name) for name in ALERT_FILTERS},
            "additionalProperties": False,
        },
        alert_fields.MinVolume: integer("Counts below it never fire."),
        alert_fields.WindowsToFire: integer("Windows in a row until it fires: 1 unless given, for anomaly 2."),
        alert_fields.WindowsToEnd: integer("Windows in a row until it ends."),
        alert_fields.Clear: number("How far beyond the threshold a value must be back until it ends, as a fraction."),
        alert_fields.CooldownMinutes: integer("Minutes after a message that it fires until another one may go."),
        WindowCount: integer(f"How many windows, {WINDOWS_MAX} unless given, the last of which has ended."),
        alert_fields.Quiet: {
            **record({name: text(pattern=TIME_OF_DAY) for name in ("from", "to")}),
            "description": "Local times of the website between which nobody is told.",
            "additionalProperties": False,
        },
    }


def alert_points() -> Schema:
    """Return the schema of the answer of the preview."""
    point = {
        "at": moment("The end of the window."),
        "value": nullable(number("The metric in the window.")),
        "expected": nullable(number("What it is compared with: the threshold, the week before, or what is usual.")),
        "score": nullable(number("How far it is from that: a fraction of a change, z of an anomaly.")),
        "verdict": one_of(list(get_args(vocabulary.VerdictName)), "missing: it cannot be judged. learning: not yet."),
        "would_fire": {"type": "boolean", "description": "Whether the alert would have begun to fire."},
        "state": one_of(["ok", "firing", "learning", "missing"], "What the alert would have been then."),
    }
    return record({"points": array(record(point), "The windows, the last one last.", maxItems=WINDOWS_MAX)})


def _filter(name: str) -> Schema:
    if name not in {*FILTERS, "currency"}:
        return text(minLength=1, maxLength=100)
    found = parameters.components()[name]["schema"]
    return found if "enum" in found else {**found, "minLength": 1}
