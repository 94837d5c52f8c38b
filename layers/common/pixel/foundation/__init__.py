"""The foundation of all other packages: errors, settings, logs and time."""

from typing import Any

JsonObject = dict[str, Any]
"""A JSON object: an event, a body, a response."""
