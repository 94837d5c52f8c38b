"""What every other package stands on: errors, settings, logs and time."""

from typing import Any

JsonObject = dict[str, Any]
"""An object as JSON knows it: an event, a body, an answer."""
