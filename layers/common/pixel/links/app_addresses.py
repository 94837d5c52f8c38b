"""Addresses that open an app: those of the web that apps claim, schemes of apps, and Android's intents."""

import re
from typing import Any, Final

from pydantic_core import PydanticCustomError

from pixel.http.field_checks import invalid, too_long, wrong_type
from pixel.links.destinations import CHARACTERS_MAX, as_browsers_write, normalized_destination

_HARMFUL: Final = frozenset({"javascript", "data", "vbscript", "file", "blob", "about", "view-source", "http"})
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://", re.ASCII)
_PRINTABLE = re.compile(r"[!-~]+", re.ASCII)
_INTENT = re.compile(r"intent://[^#]*#Intent;(?:[^;]*;)*end", re.ASCII)
_PART = re.compile(r";scheme=([^;]*)", re.ASCII | re.IGNORECASE)


def normalized_app_address(value: Any) -> str:
    """Return an address as browsers write it. Raises a custom error of pydantic if no link may open it."""
    if not isinstance(value, str):
        raise wrong_type("must be text.")
    text = value.strip(" ")
    if text[:6].lower() == "https:":
        return normalized_destination(text)
    if len(text) > CHARACTERS_MAX:
        raise too_long(f"must have at most {CHARACTERS_MAX} characters.")
    scheme = _SCHEME.match(text)
    if scheme is None or not _PRINTABLE.fullmatch(text):
        raise invalid("must be an address such as https://www.example.com/page or myapp://page, percent-encoded.")
    if _HARMFUL & {scheme[1].lower(), *map(str.lower, _PART.findall(text))}:
        raise PydanticCustomError("scheme", "must begin with https:// or the scheme of an app.")
    if scheme[1].lower() == "intent" and not _INTENT.fullmatch(text):
        raise invalid("must be an intent such as intent://page#Intent;scheme=myapp;package=com.example.app;end.")
    try:
        return as_browsers_write(text)
    except ValueError:
        raise invalid("must be an address such as https://www.example.com/page or myapp://page.") from None
