"""JSON merge patches, RFC 7396: objects are merged with what is there, and null removes.

A field of a record is replaced by what is sent for it, unless that is an object. What null does to a field itself is a
rule of the field.
"""

from typing import Any

from pixel.http.request_bodies import unreadable


def merge_patch(target: Any, patch: Any) -> Any:
    """Return the target as the patch changes it. Neither is changed itself."""
    try:
        return _merged(target, patch)
    except RecursionError:
        raise unreadable("The JSON is nested too deeply; use fewer levels.") from None


def _merged(target: Any, patch: Any) -> Any:
    if not isinstance(patch, dict):
        return patch
    found = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            found.pop(name, None)
        else:
            found[name] = _merged(found.get(name), value)
    return found
