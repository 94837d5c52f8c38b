"""The foundation of all other packages: errors, settings, logs and time."""

from json import JSONEncoder
from typing import Any, Final

JsonObject = dict[str, Any]
"""A JSON object: an event, a body, a response."""

to_json: Final = JSONEncoder(separators=(",", ":")).encode
"""Returns a value as compact JSON. `json.dumps` with separators would make an encoder for each value."""
