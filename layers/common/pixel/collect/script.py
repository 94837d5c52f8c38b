"""The script of the browser pixel, with the settings of the website that its key belongs to.

Goals of kind css are part of it, so that they fire without a change of the pages.
"""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any, Final

from pixel.aws.json_service import AwsError
from pixel.collect.known_keys import Sender, find_sender
from pixel.events.enrichment.reference_data import group_of_each
from pixel.foundation import JsonObject
from pixel.foundation.clock import epoch_seconds
from pixel.foundation.container import kept
from pixel.foundation.errors import ApiError, ErrorCode
from pixel.foundation.observability import logger
from pixel.http.conditional import tagged
from pixel.http.public_route import PublicRequest
from pixel.http.response import Document, Response
from pixel.workspaces.goal_kind import GOAL, kind_of
from pixel.workspaces.pixel_defaults import PIXEL_DEFAULTS, pixel_settings_of
from pixel.workspaces.store import function_store
from pixel.workspaces.website_lookup import find_live_website

FILE: Final = Path(__file__).with_name("pixel.js")
WITHOUT_KEY: Final = "pixel.js"
GOALS_MAX: Final = 50
GOALS_BYTES_MAX: Final = 8 * 1024
_HEADERS: Final = {
    "Cache-Control": "public, max-age=3600",
    # Pages that are isolated from other origins take scripts of them only with it.
    "Cross-Origin-Resource-Policy": "cross-origin",
}
_FRESH_SECONDS: Final = 60
_KEPT_MAX: Final = 1_000
_OPTIONS: Final = {
    "downloads": "download",
    "forms": "form",
    "query_params_kept": "keep",
    "cookie_domain": "cookie",
}
"""The names of settings in the script, where they differ."""
_SPECIAL: Final = re.compile(r"[.+?^${}()|\[\]\\]")
_OF_MAIL: Final = "email"
_WILDCARDS: Final = re.compile(r"\*+")
_KNOWN_TO_SCRIPT: Final = re.compile(r"utm_.*|.*cl(|k|ick)id|.*braid|.*(_c|fat_)id|igsh.*")
_CONFIG: Final = re.compile(r"/\*!?CONFIG\*/(?:\{[^{}]*\}|.*?/\*!?END\*/)", re.DOTALL)

_scripts: dict[str, tuple[str, float]] = kept({})


def script_response(request: PublicRequest) -> Response:
    """Return the script of a key, or the one without settings."""
    name = request.path["file"]
    if name == WITHOUT_KEY:
        text = with_config({"o": {"keep": _pattern(_click_ids())}})
    elif name.endswith(".js"):
        text = _script_of(name.removesuffix(".js"))
    else:
        raise ApiError(ErrorCode.NOT_FOUND)
    return tagged(request, Document("text/javascript; charset=utf-8", text), _HEADERS)


def with_config(config: JsonObject) -> str:
    """Return the script with this object in the place that it leaves for one."""
    before, after = _parts()
    return f"{before}{json.dumps(config, separators=(',', ':'))}{after}"


def config_of(key: str, website: dict[str, Any], goals: list[list[str]]) -> JsonObject:
    """Return what the script of a key needs to know: only settings that are not as they usually are."""
    settings = pixel_settings_of(website)
    usual: dict[str, object] = {**PIXEL_DEFAULTS}
    changed = {name: value for name, value in settings.items() if value != usual.get(name)}
    changed["query_params_kept"] = [*_click_ids(), *settings["query_params_kept"]]
    options = {
        _OPTIONS.get(name, name): _pattern(value) if isinstance(value, list) else value
        for name, value in changed.items()
        if name != "mode"
    }
    mode = {"m": changed["mode"]} if "mode" in changed else {}
    return {"k": key, **mode, **({"g": goals} if goals else {}), "o": options}


def _pattern(listed: list[str]) -> str:
    """Return a list as the script reads it: alternatives of a regular expression, in which `*` is any text."""
    return "|".join(_SPECIAL.sub(r"\\\g<0>", _WILDCARDS.sub("*", one)) for one in listed)


@cache
def _click_ids() -> list[str]:
    """Return the parameters of advertisements that the script does not know by the form of their names.

    Those that mail services add are none: they say who the reader is, and would be stored with each address.
    """
    groups = group_of_each("click_ids").items()
    return sorted(name for name, group in groups if group != _OF_MAIL and not _KNOWN_TO_SCRIPT.fullmatch(name))


def _script_of(key: str) -> str:
    moment = epoch_seconds()
    text, until = _scripts.get(key, ("", 0.0))
    if until > moment:
        return text
    try:
        text = _made(key)
    except ApiError:
        raise ApiError(ErrorCode.NOT_FOUND) from None
    except AwsError as failure:
        if not text:
            raise ApiError(ErrorCode.COLLECT_UNAVAILABLE, headers={"Retry-After": "5"}) from failure
        logger.warning("settings of a script could not be read; using what is known", reason=str(failure))
    if len(_scripts) >= _KEPT_MAX:
        _scripts.clear()
    _scripts[key] = text, moment + _FRESH_SECONDS
    return text


def _made(key: str) -> str:
    sender = find_sender(key)
    website = find_live_website(sender.key.workspace_id, sender.website_id)
    if website is None:
        raise ApiError(ErrorCode.NOT_FOUND)
    return with_config(config_of(key, website, _css_goals(sender)))


def _css_goals(sender: Sender) -> list[list[str]]:
    """Return the selectors and the names of the oldest goals that elements of pages reach, as many as may be."""
    items, room = function_store().list_live(GOAL, sender.key.workspace_id, sender.website_id), GOALS_BYTES_MAX
    found: list[list[str]] = []
    for item in items:
        if kind_of(item["selector"]) != "css" or len(found) == GOALS_MAX:
            continue
        goal = [item["selector"], item.get("name") or item["id"]]
        room -= len(json.dumps(goal, separators=(",", ":"))) + 1
        if room < 0:
            break
        found.append(goal)
    return found


@cache
def _parts() -> tuple[str, str]:
    """Return the text of the script before and after the object that it leaves a place for."""
    text = FILE.read_text()
    place = _CONFIG.search(text)
    if place is None:
        raise ValueError("the script has no place for its settings")
    return text[: place.start()], text[place.end() :]
