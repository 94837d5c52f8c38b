"""What an alert would have done in the last windows, by the functions that judge it."""

from itertools import islice
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field

from pixel.automation.alert_values import ValuesUnavailableError, history, pool_windows, read_values, usual
from pixel.automation.formulas import find
from pixel.automation.judging import AlertSettings, AlertState, Observation, judge
from pixel.aws.attributes import Item
from pixel.foundation import JsonObject
from pixel.foundation.clock import now
from pixel.foundation.errors import ApiError, ErrorCode
from pixel.foundation.observability import count, logger
from pixel.health.outages import outages_within, read_outages
from pixel.http.field_checks import invalid, wrong_type
from pixel.http.request_bodies import JSON, read_json, unreadable
from pixel.http.response import Response
from pixel.http.route import Request
from pixel.workspaces.alert_fields import OneChannel
from pixel.workspaces.alert_windows import latest_end, windows_until
from pixel.workspaces.alerts import NewAlert
from pixel.workspaces.kinds import WEBSITE
from pixel.workspaces.models import checked
from pixel.workspaces.record_failures import api_errors
from pixel.workspaces.record_routes import BODY_BYTES_MAX
from pixel.workspaces.store import function_store

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
    zone = website.get("timezone", WEBSITE.defaults["timezone"])
    currency = website.get("currency", WEBSITE.defaults["currency"])
    settings = AlertSettings.of({**asked.given(), "enabled": True}, zone)
    rule = settings.rule
    filters = {"currency": currency} if rule.metric == "revenue" else {}
    windows = list(islice(windows_until(rule.window, zone, latest_end(rule.window, zone, now())), asked.windows))[::-1]
    # One query has the previewed windows, the weeks before each, and what says how much usual values differ.
    read = [*pool_windows(rule.window, zone, windows[0].start), *windows]
    filters |= asked.filters or {}
    values = read_values(workspace_id, {website["id"]: read}, rule.metric, filters)[website["id"]]
    outages = read_outages()
    known = {bounds: value for bounds, value in values.items() if bounds.end <= windows[0].start}
    found = usual(rule.window, zone, windows[0].start, known or values, rule.metric, outages=outages)
    first_at = min((bounds.start for bounds, value in values.items() if value.number), default=None)
    points, state = [], AlertState()
    for bounds in windows:
        if outages_within(outages, *bounds):
            observation = Observation.missing(bounds.end, "canary")
        else:
            seen = history(rule.window, zone, bounds.end, values, first_at=first_at, outages=outages)
            finding = find(rule, values[bounds], seen, found.sigma)
            observation = Observation(bounds.end, values[bounds].value, finding)
        was_firing = state.firing
        state = judge(settings, state, observation, bounds.end).state
        points.append(
            {
                **state.verdicts[0]._asdict(),
                "would_fire": state.firing and not was_firing,
                "state": state.name,
            }
        )
    return points
