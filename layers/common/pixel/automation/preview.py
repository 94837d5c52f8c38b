"""What an alert would have done in the last windows, by the functions that judge it."""

from itertools import islice
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field

from pixel.automation.alert_values import ValuesUnavailableError, pool_windows, read_values, usual
from pixel.automation.judging import AlertSettings, AlertState, judge
from pixel.automation.observing import filters_of, observe, windows_needed, zone_of
from pixel.aws.attributes import Item
from pixel.foundation import JsonObject
from pixel.foundation.clock import now
from pixel.foundation.errors import ApiError, ErrorCode
from pixel.foundation.observability import count, logger
from pixel.health.outages import read_outages
from pixel.http.field_checks import invalid, wrong_type
from pixel.http.request_bodies import JSON, read_json, unreadable
from pixel.http.response import Response
from pixel.http.route import Request
from pixel.workspaces.alert_fields import OneChannel
from pixel.workspaces.alert_windows import latest_end, windows_until
from pixel.workspaces.alerts import NewAlert
from pixel.workspaces.models import checked
from pixel.workspaces.record_failures import api_errors
from pixel.workspaces.record_routes import BODY_BYTES_MAX
from pixel.workspaces.store import function_store
from pixel.workspaces.website_kind import WEBSITE

WINDOWS_MAX: Final = 168


def _windows(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong_type("must be a whole number.")
    if not 1 <= value <= WINDOWS_MAX:
        raise invalid(f"must be from 1 to {WINDOWS_MAX}.")
    return value


WindowCount = Annotated[int, BeforeValidator(_windows), Field(ge=1, le=WINDOWS_MAX)]


class AlertPreview(NewAlert):
    """An alert that is tried on the past, as it would be created, and on how many windows. It needs no channel."""

    channel: OneChannel = "webhook"
    windows: WindowCount = WINDOWS_MAX


def answer_preview(request: Request) -> Response:
    """Return what the alert of the body would have done. Raises ApiError."""
    body = read_json(request, media_types=(JSON,), bytes_max=BODY_BYTES_MAX)
    if not isinstance(body, dict):
        raise unreadable("The body must be a JSON object.")
    asked = checked(AlertPreview, body)
    workspace_id = request.caller.workspace_id
    with api_errors(WEBSITE, missing=WEBSITE):
        website = function_store(request.caller).find(WEBSITE, workspace_id, asked.website_id)
    try:
        return Response({"points": _points(workspace_id, website, asked)})
    except ValuesUnavailableError as failure:
        logger.error("tinybird request failed", reason=str(failure))
        count("TinybirdFailures")
        raise ApiError(ErrorCode.TINYBIRD_ERROR) from failure


def _points(workspace_id: str, website: Item, asked: AlertPreview) -> list[JsonObject]:
    alert, zone = {**asked.given(), "enabled": True}, zone_of(website)
    settings = AlertSettings.of(alert, zone)
    rule = settings.rule
    windows = list(islice(windows_until(rule.window, zone, latest_end(rule.window, zone, now())), asked.windows))[::-1]
    read, first = windows_needed(settings, windows), windows[0].start
    if rule.kind == "anomaly":
        # The same query has what says how much values differed before the first window.
        read = [*pool_windows(rule.window, zone, first), *windows]
    values = read_values(workspace_id, {website["id"]: read}, rule.metric, filters_of(alert, website))[website["id"]]
    outages = read_outages()
    known = usual(rule.window, zone, first, values, rule.metric, outages=outages)
    points, state = [], AlertState()
    for bounds in windows:
        was_firing = state.firing
        state = judge(settings, state, observe(settings, bounds, values, known, outages=outages), bounds.end).state
        begins = state.firing and not was_firing
        points.append({**state.verdicts[0]._asdict(), "would_fire": begins, "state": state.name})
    return points
