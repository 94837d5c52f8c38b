"""From an alert and the values of windows to observations, the same for evaluation and preview."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pixel.automation.alert_values import Usual, Values, history, pool_windows, read_values, usual, windows_of_history
from pixel.automation.formulas import find
from pixel.automation.judging import AlertSettings, AlertState, Observation, Unknown
from pixel.health.outages import Outage, outages_within
from pixel.workspaces.alert_fields import CURRENCY_FILTER
from pixel.workspaces.alert_windows import Bounds
from pixel.workspaces.website_kind import WEBSITE

_WEEKS_OF_A_CHANGE = 1


def zone_of(website: Mapping[str, Any]) -> str:
    """Return the time zone that the windows of a website's alerts are aligned to."""
    return str(website.get("timezone", WEBSITE.defaults["timezone"]))


def filters_of(alert: Mapping[str, Any], website: Mapping[str, Any]) -> dict[str, str]:
    """Return the parameters of the pipe for an alert: its filters, and of revenue the website's currency."""
    currency = str(website.get("currency", WEBSITE.defaults["currency"]))
    own = {CURRENCY_FILTER: currency} if alert["metric"] == "revenue" else {}
    return {**own, **alert.get("filters", {})}


def windows_needed(settings: AlertSettings, windows: Iterable[Bounds]) -> list[Bounds]:
    """Return the windows whose values it takes to judge these: themselves, and those that they are compared with."""
    window, found = settings.rule.window, list(windows)
    if settings.rule.kind == "threshold":
        return found
    weeks = _WEEKS_OF_A_CHANGE if settings.rule.kind == "change" else None
    before = [windows_of_history(window, settings.zone, bounds.end)[:weeks] for bounds in found]
    return sorted({*found, *(bounds for some in before for bounds in some if bounds is not None)})


def observe(  # noqa: PLR0913 - what is known of a window, by name
    settings: AlertSettings,
    bounds: Bounds,
    values: Values,
    known: Usual,
    *,
    outages: Sequence[Outage] = (),
    unknown: Unknown | None = None,
) -> Observation:
    """Return what a window was, or that it cannot be judged: why is `unknown`, or an outage while it lasted."""
    if unknown is None and outages_within(outages, *bounds):
        unknown = "canary"
    if unknown is not None:
        return Observation.missing(bounds.end, unknown)
    rule, value = settings.rule, values[bounds]
    seen = history(rule.window, settings.zone, bounds.end, values, first_at=known.first_at, outages=outages)
    return Observation(bounds.end, value.value, find(rule, value, seen, known.sigma))


def learn(  # noqa: PLR0913, PLR0917 - whose windows are looked at, and what of them says nothing
    workspace_id: str,
    website_id: str,
    settings: AlertSettings,
    filters: Mapping[str, str],
    until: datetime,
    outages: Sequence[Outage],
) -> Usual:
    """Return how much usual values of an alert differ, by one query, as is done every night.

    Raises ValuesUnavailableError.
    """
    rule, zone = settings.rule, settings.zone
    windows = pool_windows(rule.window, zone, until)
    values = read_values(workspace_id, {website_id: windows}, rule.metric, filters)[website_id]
    return usual(rule.window, zone, until, values, rule.metric, outages=outages)


def known_of(state: AlertState) -> Usual:
    """Return what was learnt last."""
    return Usual(state.sigma, state.first_at)


def with_learnt(state: AlertState, found: Usual, at: datetime) -> AlertState:
    """Return the state with what was learnt."""
    return state._replace(sigma=found.sigma, first_at=found.first_at, sigma_at=at)
