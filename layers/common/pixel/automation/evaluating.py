"""Alerts."""

from pixel.foundation import JsonObject


def evaluate_alerts(event: JsonObject, _context: object) -> JsonObject:
    raise NotImplementedError
